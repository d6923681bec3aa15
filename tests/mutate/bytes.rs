//! Changes to bytes: cut, joined, exchanged, encoded otherwise, packed, and packed badly.

use super::dice::Dice;
use super::odd;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What happens to copies on their way.
pub fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let (at, end) = (dice.below(bytes.len() + 1), dice.below(bytes.len() + 1));
    let (from, to) = (at.min(end), at.max(end));
    match dice.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(..at)),
        2 => drop(bytes.drain(from..to)),
        3 => bytes.extend_from_within(from..to),
        4 => drop(bytes.splice(at..at, other.iter().copied().take(4096))),
        5 => drop(bytes.splice(at..at, odd::text(dice).into_bytes())),
        6 => {
            for _ in 0..1 + dice.below(4) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b"\0\"\\{}[],:0\n\xff"[dice.below(13).min(11)];
            }
        }
    }
}

/// The text as another program may save it.
pub fn encode(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mark = if dice.one_in(2) { "\u{feff}" } else { "" };
    let units = format!("{mark}{text}");
    match dice.below(3) {
        0 => format!("\u{feff}{text}").into_bytes(),
        1 => units.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => units.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

/// In one or several members, with what may stand between them; sometimes damaged.
pub fn gzip(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in bytes.chunks(bytes.len() / (1 + dice.below(3)) + 1) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(dice.below(10) as u32));
        encoder.write_all(piece).unwrap();
        out.extend(encoder.finish().unwrap());
        out.extend(vec![0; if dice.one_in(3) { dice.below(600) } else { 0 }]);
    }
    if dice.one_in(2) {
        mutate(&mut out, b"garbage", dice);
    }
    out
}

/// In a zip archive beside another file; sometimes its members are cut, their sums or sizes wrong.
pub fn zip(bytes: &[u8], beside: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (at, content) in [bytes, beside].into_iter().enumerate().take(1 + dice.below(2)) {
        let method = if dice.one_in(2) { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let name = match dice.below(4) {
            0 => format!("{}{at}", odd::text(dice).replace('\0', "")),
            1 => format!("../../{at}/PT1H.json"),
            2 => format!("a\\b\\{at}.csv"),
            _ => format!("folder/{at}.json"),
        };
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    let mut out = zip.finish().unwrap().into_inner();
    for _ in 0..dice.below(3) {
        lie(&mut out, dice);
    }
    if dice.one_in(4) {
        mutate(&mut out, b"PK\x03\x04", dice);
    }
    out
}

/// Changes a field of a local or central header: version, flags, method, time, sum, sizes, lengths, offset.
fn lie(bytes: &mut [u8], dice: &mut Dice) {
    let heads: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, four)| four.starts_with(b"PK")).map(|(at, _)| at).collect();
    if heads.is_empty() {
        return;
    }
    let at = heads[dice.below(heads.len())] + 4 + dice.below(42);
    let value: &[u8] = match dice.below(5) {
        0 => &[0],
        1 => &[0xff],
        2 => &[0xff, 0xff, 0xff, 0xff],
        3 => &[0, 0, 0, 0],
        _ => &[0x63, 0],
    };
    for (byte, value) in bytes.iter_mut().skip(at).zip(value) {
        *byte = *value;
    }
}
