//! Compressing: what the page carries of its module, and what a server would make of the whole page.

use flate2::{Compression, GzBuilder};
use std::io::Write;

/// Compressed as small as gzip goes, and the same for the same bytes: no time, no name.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    // A Vec takes every write.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_is_compressed_comes_back() {
        let long: Vec<u8> = (0..100_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
        for bytes in [&long[..], b"", b"a"] {
            let mut back = Vec::new();
            GzDecoder::new(gzip(bytes).as_slice()).read_to_end(&mut back).unwrap();
            assert_eq!(back, bytes);
        }
    }
}
