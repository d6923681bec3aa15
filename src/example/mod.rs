//! The built-in example: a small company's hub and spokes, as the log files it would have written.

/// How many files the example has.
pub const FILES: u32 = 1;

/// The name and the bytes of one of the example's files.
pub fn file(index: u32) -> (String, Vec<u8>) {
    (format!("example/{index}/PT1H.json"), Vec::new())
}
