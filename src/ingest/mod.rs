//! From bytes to flow records.

/// Reads one source, fed in chunks of any size.
#[derive(Debug)]
pub struct SourceScan {}

impl SourceScan {
    /// Begins a source. `name` is a file name, or the path inside the chosen folder.
    pub fn new(name: &str) -> Self {
        let _ = name;
        Self {}
    }

    /// Room for at least `len` bytes: fill it from the front, then call [`SourceScan::filled`].
    pub fn space(&mut self, len: usize) -> &mut [u8] {
        let _ = len;
        &mut []
    }

    /// Tells that the first `len` bytes of the last [`SourceScan::space`] now hold the source's next bytes.
    pub fn filled(&mut self, len: usize) {
        let _ = len;
    }

    /// The same as `space` and `filled` with a copy.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// An encoded partial table, when enough has gathered to send one on.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Ends the source and returns its last partial table, encoded.
    pub fn finish(self) -> Vec<u8> {
        Vec::new()
    }
}
