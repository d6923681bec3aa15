//! Compressing what the page carries, and what a server would make of the whole.

use crate::instructions::StreamsError;
use crate::streams::taken_apart;
use azflow_unpack::module::stream;
use flate2::{Compression, GzBuilder};
use lzma_rust2::{EncodeMode, LzmaOptions, LzmaWriter, MfType};
use std::io::Write;

/// The window that a match may reach back: more than a stream is long.
const WINDOW: u32 = 1 << 22;

/// Of how many bits of the byte before a literal depends, for each stream: what was found to be best.
const CONTEXT: [(u8, u32); stream::COUNT] = [
    (stream::REST, 3),
    (stream::CODES, 8),
    (stream::GETS, 4),
    (stream::SETS, 8),
    (stream::OFFSETS, 4),
    (stream::ADDENDS, 4),
    (stream::CONSTANTS, 4),
    (stream::CONDITIONAL, 0),
    (stream::BRANCHES, 4),
    (stream::SELDOM, 4),
    (stream::RAW, 0),
];

/// Why a module could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It could not be taken apart.
    #[error(transparent)]
    Streams(#[from] StreamsError),
    /// A stream could not be compressed.
    #[error("a stream cannot be compressed: {0:?}")]
    Lzma(lzma_rust2::Error),
    /// It is too long.
    #[error("the module is too long")]
    Long,
    /// What the page would unpack is not what was packed.
    #[error("the packed module does not unpack to itself")]
    Differs,
}

/// Compressed as small as gzip goes, and the same for the same bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    // A Vec takes every write.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A module as small as we get it, and the same for the same bytes: what `azflow_unpack::unpacked` takes. That it
/// comes back byte for byte is checked.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).map(u32::to_le_bytes).map_err(|_| PackError::Long);
    let mut packed = size(module)?.to_vec();
    for (bytes, (_, context)) in taken_apart(module)?.iter().zip(CONTEXT) {
        let stream = lzma(bytes, context).map_err(PackError::Lzma)?;
        packed.push(context as u8);
        packed.extend(size(bytes)?);
        packed.extend(size(&stream)?);
        packed.extend(stream);
    }
    match azflow_unpack::unpacked(&packed) {
        Some(back) if back == module => Ok(packed),
        _ => Err(PackError::Differs),
    }
}

/// Compressed as small as LZMA goes, with neither header nor end.
fn lzma(bytes: &[u8], context: u32) -> lzma_rust2::Result<Vec<u8>> {
    let options = LzmaOptions {
        dict_size: WINDOW,
        lc: context,
        lp: 0,
        // Instructions lie at any byte, so a position says nothing.
        pb: 0,
        mode: EncodeMode::Normal,
        nice_len: LzmaOptions::NICE_LEN_MAX,
        mf: MfType::Bt4,
        depth_limit: 512,
        preset_dict: None,
    };
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false)?;
    lzma_rust2::Write::write_all(&mut writer, bytes)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn bytes() -> Vec<u8> {
        (0..100_000_u32).flat_map(|n| (n & 0xff00).wrapping_mul(n).to_le_bytes()).collect()
    }

    #[test]
    fn what_is_compressed_comes_back() {
        // Runs, repeated distances and plain bytes, whatever the context.
        let bytes = [&bytes()[..], &vec![7; 1000], &b"abcabdabcabe".repeat(30)].concat();
        for bytes in [&bytes[..], b"", b"a"] {
            for context in 0..=8 {
                let packed = lzma(bytes, context).unwrap();
                assert_eq!(
                    azflow_unpack::lzma::decode(&packed, context, bytes.len()).as_deref(),
                    Some(bytes)
                );
            }
            let mut back = Vec::new();
            GzDecoder::new(gzip(bytes).as_slice()).read_to_end(&mut back).unwrap();
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn damage_is_noticed_and_no_reason_to_panic() {
        let bytes = &bytes()[200_000..203_000];
        let packed = lzma(bytes, 3).unwrap();
        for end in 0..packed.len() {
            assert_eq!(azflow_unpack::lzma::decode(&packed[..end], 3, bytes.len()), None);
        }
        assert_eq!(azflow_unpack::lzma::decode(&packed, 9, bytes.len()), None);
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            let _ = azflow_unpack::lzma::decode(&damaged, 3, bytes.len());
        }
    }
}
