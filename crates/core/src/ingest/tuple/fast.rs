//! The fast reader: walks a well-formed tuple once, and gives up at the first surprise.
//!
//! Digits are counted and read eight bytes at a time. What it gives up is read by `careful`, so it may give up whatever
//! is rare.

use super::{FlowTuple, Layout, carries_nothing, numbered};
use crate::model::{Address, Counters, Decision, Direction, Protocol, UnixMillis};

/// Reads the tuple that begins at the front of `bytes`, just behind its opening quote.
/// Returns it with the index of its closing quote. `None` means only: use [`careful`].
#[inline]
pub fn fast(bytes: &[u8], layout: Layout) -> Option<(FlowTuple<'_>, usize)> {
    let mut at = Cursor { bytes, i: 0 };
    let time = at.number()?;
    let src = at.comma_address()?;
    let dst = at.comma_address()?;
    at.comma()?;
    let src_port = at.port()?;
    at.comma()?;
    let dst_port = at.port()?;
    at.comma()?;
    let protocol = match (layout, at.peek()?) {
        (Layout::Nsg, b'T') => at.skip(Protocol::TCP),
        (Layout::Nsg, b'U') => at.skip(Protocol::UDP),
        (_, b'0'..=b'9') => numbered(at.number()?)?,
        _ => return None,
    };
    at.comma()?;
    let direction = match at.next()? {
        b'I' => Direction::Inbound,
        b'O' => Direction::Outbound,
        _ => return None,
    };
    at.comma()?;
    let letter = at.next()?;
    let decision = match letter {
        b'D' => Decision::Denied,
        b'A' if layout == Layout::Nsg => Decision::Allowed,
        b'B' | b'C' | b'E' if layout == Layout::Vnet => Decision::Allowed,
        _ => return None,
    };
    let mut new_flow = true;
    let mut encryption: &[u8] = b"";
    let mut counters = Counters::default();
    if at.peek()? == b',' {
        match layout {
            Layout::Nsg => {
                at.comma()?;
                new_flow = match at.next()? {
                    b'B' => true,
                    b'C' | b'E' => decision == Decision::Denied,
                    _ => return None,
                };
            }
            Layout::Vnet => {
                new_flow = matches!(letter, b'B' | b'D');
                at.comma()?;
                encryption = at.word();
            }
        }
        counters = Counters::from_array([at.counter()?, at.counter()?, at.counter()?, at.counter()?]);
    } else if layout == Layout::Vnet {
        return None;
    }
    if at.peek()? != b'"' {
        return None;
    }
    if carries_nothing(decision, layout, new_flow) {
        counters = Counters::default();
    }
    let dst_port = if protocol.has_ports() { dst_port } else { 0 };
    let time = UnixMillis::from_tuple(time)?;
    let tuple = FlowTuple {
        time,
        src: Address::from_v4(src),
        dst: Address::from_v4(dst),
        src_port,
        dst_port,
        protocol,
        direction,
        decision,
        new_flow,
        counters,
        encryption,
        unknown_state: None,
    };
    Some((tuple, at.i))
}

const POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// How many of the eight bytes, from the lowest on, are digits, and the number they write.
#[inline(always)]
fn leading_digits(word: u64) -> (usize, u64) {
    let values = word ^ 0x3030_3030_3030_3030;
    // A byte above nine sets its high bit, alone or by the addition. A carry can only spoil
    // bytes behind the first such one, which is all that is asked for.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // Digits move to the high end; zeros that come in below are leading zeros.
    let aligned = values << (64 - 8 * count as u32);
    // Pairs, then fours, then eight: the lowest byte is the most significant digit.
    let pairs = aligned.wrapping_mul(10).wrapping_add(aligned >> 8);
    const EVEN: u64 = 0x0000_00ff_0000_00ff;
    let high = (pairs & EVEN).wrapping_mul(100 + (1_000_000 << 32));
    let low = ((pairs >> 16) & EVEN).wrapping_mul(1 + (10_000 << 32));
    (count, high.wrapping_add(low) >> 32)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    i: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.i).copied()
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.i += 1;
        Some(byte)
    }

    #[inline(always)]
    fn skip<T>(&mut self, value: T) -> T {
        self.i += 1;
        value
    }

    #[inline(always)]
    fn comma(&mut self) -> Option<()> {
        (self.next()? == b',').then_some(())
    }

    /// One to nineteen digits: what always fits 64 bits. Eight bytes at a time, since numbers
    /// are half of a tuple.
    #[inline(always)]
    fn number(&mut self) -> Option<u64> {
        let start = self.i;
        let mut value = 0u64;
        loop {
            let Some(word) = self.bytes.get(self.i..).and_then(|rest| rest.first_chunk::<8>()) else {
                return self.number_at_end(start, value);
            };
            let (count, low) = leading_digits(u64::from_le_bytes(*word));
            self.i += count;
            value = value.wrapping_mul(POWERS[count]).wrapping_add(low);
            if count < 8 {
                return (1..=19).contains(&(self.i - start)).then_some(value);
            }
        }
    }

    /// The rest of a number among the last seven bytes.
    #[cold]
    fn number_at_end(&mut self, start: usize, mut value: u64) -> Option<u64> {
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.i += 1;
        }
        (1..=19).contains(&(self.i - start)).then_some(value)
    }

    #[inline(always)]
    fn port(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    #[inline(always)]
    fn counter(&mut self) -> Option<u64> {
        self.comma()?;
        match self.peek()? {
            b'0'..=b'9' => self.number(),
            _ => Some(0),
        }
    }

    #[inline(always)]
    fn word(&mut self) -> &'a [u8] {
        let start = self.i;
        while matches!(self.peek(), Some(b'A'..=b'Z' | b'_')) {
            self.i += 1;
        }
        &self.bytes[start..self.i]
    }

    /// `,a.b.c.d`, strictly: no leading zeros, as `Ipv4Addr` has it. Without a branch on an
    /// octet's length, which no processor could foresee.
    #[inline(always)]
    fn comma_address(&mut self) -> Option<u32> {
        self.comma()?;
        let mut bits = 0u32;
        for octet in 0..4 {
            let word = u32::from_le_bytes(*self.bytes.get(self.i..)?.first_chunk::<4>()?);
            let values = word ^ 0x3030_3030;
            let others = (values.wrapping_add(0x7676_7676) | values) & 0x8080_8080;
            let count = others.trailing_zeros() / 8;
            if count == 0 || count > 3 {
                return None;
            }
            let aligned = values << (32 - 8 * count);
            let value = (aligned >> 24) + (aligned >> 16 & 0xff) * 10 + (aligned >> 8 & 0xff) * 100;
            let leading_zero = count > 1 && values & 0xff == 0;
            if value > 255 || leading_zero {
                return None;
            }
            bits = bits << 8 | value;
            self.i += count as usize;
            if octet < 3 {
                if (word >> (8 * count)) as u8 != b'.' {
                    return None;
                }
                self.i += 1;
            }
        }
        Some(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn eight_bytes_are_read_at_once() {
        for (text, expected) in [
            ("12345678", (8, 12_345_678)),
            ("00000000", (8, 0)),
            ("99999999", (8, 99_999_999)),
            ("1,345678", (1, 1)),
            ("443,T,O,", (3, 443)),
            ("65535\",\"", (5, 65_535)),
            (",2345678", (0, 0)),
            ("7\u{7f}999999", (1, 7)),
            ("0:/999999", (1, 0)),
        ] {
            let bytes: [u8; 8] = text.as_bytes()[..8].try_into().unwrap();
            assert_eq!(leading_digits(u64::from_le_bytes(bytes)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn digits_are_counted_before_anything_else(bytes: [u8; 8]) {
            let count = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
            let value = bytes[..count].iter().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
            prop_assert_eq!(leading_digits(u64::from_le_bytes(bytes)), (count, value));
        }
    }
}
