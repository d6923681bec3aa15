//! The checksum of gzip and zip (CRC-32, polynomial 0x04C11DB7, reflected), under the names of the crate
//! `crc32fast`.
//!
//! Sixteen bytes a step through sixteen tables (Kounavis and Berry, "slicing"), which are worked out once.

use std::sync::OnceLock;

/// The polynomial, lowest power first.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// What a byte adds to the sum, for each of its places in a step; the last place first.
type Tables = [[u32; 256]; 16];

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut out = Box::new([[0; 256]; 16]);
        for byte in 0..256 {
            let mut sum = byte as u32;
            for table in out.iter_mut() {
                // Eight bits further; the first table is that of the byte alone.
                for _ in 0..8 {
                    sum = (sum >> 1) ^ if sum & 1 == 1 { POLYNOMIAL } else { 0 };
                }
                table[byte] = sum;
            }
        }
        out
    })
}

fn updated(sum: u32, bytes: &[u8]) -> u32 {
    let tables = tables();
    let mut sum = !sum;
    let (steps, rest) = bytes.as_chunks::<16>();
    for step in steps {
        let mut step = *step;
        for (byte, known) in step.iter_mut().zip(sum.to_le_bytes()) {
            *byte ^= known;
        }
        sum = 0;
        for (table, byte) in tables.iter().rev().zip(step) {
            sum ^= table[usize::from(byte)];
        }
    }
    for byte in rest {
        sum = (sum >> 8) ^ tables[0][usize::from(sum as u8 ^ byte)];
    }
    !sum
}

/// The product of two polynomials, modulo the one above.
fn times(mut a: u32, b: u32) -> u32 {
    let mut out = 0;
    for bit in (0..32).rev() {
        if b >> bit & 1 == 1 {
            out ^= a;
        }
        a = (a >> 1) ^ if a & 1 == 1 { POLYNOMIAL } else { 0 };
    }
    out
}

/// The sum of some bytes.
pub fn hash(bytes: &[u8]) -> u32 {
    updated(0, bytes)
}

/// A sum that grows.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    sum: u32,
    length: u64,
}

impl Hasher {
    /// The sum of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on from a sum.
    pub fn new_with_initial(sum: u32) -> Self {
        Self { sum, length: 0 }
    }

    /// Goes on from the sum of `length` bytes.
    pub fn new_with_initial_len(sum: u32, length: u64) -> Self {
        Self { sum, length }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.sum = updated(self.sum, bytes);
    }

    /// The sum so far.
    pub fn finalize(self) -> u32 {
        self.sum
    }

    /// The sum of nothing again.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Adds what `other` has summed up, as if its bytes came next.
    pub fn combine(&mut self, other: &Self) {
        // As many zero bytes behind the first sum as the second has bytes: x^8 to that power.
        let (mut power, mut left) = (1 << 23, other.length);
        while left > 0 {
            if left & 1 == 1 {
                self.sum = times(self.sum, power);
            }
            power = times(power, power);
            left >>= 1;
        }
        self.sum ^= other.sum;
        self.length += other.length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the definition has it.
    fn slowly(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8)
                .fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { POLYNOMIAL } else { 0 })
        })
    }

    #[test]
    fn known_sums() {
        // The check value of the catalogue of CRC algorithms, and one from RFC 3720's neighbourhood: zlib's.
        assert_eq!(hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(hash(b"The quick brown fox jumps over the lazy dog"), 0x414f_a339);
        assert_eq!(hash(b""), 0);
    }

    #[test]
    fn any_length_in_any_pieces_is_what_the_definition_says() {
        let bytes: Vec<u8> = (0..200u32).map(|n| (n * 37 + n / 7) as u8).collect();
        for length in 0..bytes.len() {
            let (all, want) = (&bytes[..length], slowly(&bytes[..length]));
            assert_eq!(hash(all), want);
            let (a, b) = all.split_at(length / 3);
            let mut pieces = Hasher::new();
            pieces.update(a);
            let mut second = Hasher::new();
            second.update(b);
            let mut joined = pieces.clone();
            joined.combine(&second);
            pieces.update(b);
            assert_eq!((pieces.finalize(), joined.finalize()), (want, want));
        }
    }
}
