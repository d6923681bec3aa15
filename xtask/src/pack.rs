//! Compressing what the page carries, and what a server would make of the whole.

use flate2::{Compression, GzBuilder};
use lzma_rust2::{EncodeMode, LzmaOptions, LzmaWriter, MfType};
use std::io::Write;

/// The window that a match may reach back: more than the module is long.
const WINDOW: u32 = 1 << 22;

/// Compressed as small as gzip goes, and the same for the same bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    // A Vec takes every write.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Compressed as small as LZMA goes, with its header; the same for the same bytes. (The library is used
/// without the standard library's readers and writers, which would double what unpacks it in the page.)
pub fn lzma(bytes: &[u8]) -> lzma_rust2::Result<Vec<u8>> {
    let options = LzmaOptions {
        dict_size: WINDOW,
        lc: 4,
        lp: 0,
        // Instructions lie at any byte, so a position says nothing.
        pb: 0,
        mode: EncodeMode::Normal,
        nice_len: LzmaOptions::NICE_LEN_MAX,
        mf: MfType::Bt4,
        depth_limit: 512,
        preset_dict: None,
    };
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, Some(bytes.len() as u64))?;
    lzma_rust2::Write::write_all(&mut writer, bytes)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn what_is_packed_comes_back() {
        let bytes: Vec<u8> =
            (0..100_000_u32).flat_map(|n| (n & 0xff00).wrapping_mul(n).to_le_bytes()).collect();
        for bytes in [&bytes[..], b"", b"a"] {
            assert_eq!(azflow_unpack::unpacked(&lzma(bytes).unwrap()).as_deref(), Some(bytes));
            let mut back = Vec::new();
            GzDecoder::new(gzip(bytes).as_slice()).read_to_end(&mut back).unwrap();
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn damage_is_noticed_and_no_reason_to_panic() {
        let packed = lzma(&[7; 1000]).unwrap();
        for end in 0..packed.len() - 1 {
            assert_eq!(azflow_unpack::unpacked(&packed[..end]), None);
        }
        let mut huge = packed;
        huge[5..13].fill(0xff);
        assert_eq!(azflow_unpack::unpacked(&huge), None);
    }
}
