//! Decodes LZMA: only what `xtask` encodes (no end mark, the position says nothing), in a fifth of the code
//! of a library that does everything; every byte of it lies in the page.

use alloc::vec;
use alloc::vec::Vec;

/// Where the probabilities of each kind lie in the one list, and how many there are before the literals'.
const STATES: usize = 12;
const IS_MATCH: usize = 0;
const IS_REP: usize = IS_MATCH + STATES;
const IS_REP0: usize = IS_REP + STATES;
const IS_REP1: usize = IS_REP0 + STATES;
const IS_REP2: usize = IS_REP1 + STATES;
const IS_LONG: usize = IS_REP2 + STATES;
const SLOTS: usize = IS_LONG + STATES;
const SPECIAL: usize = SLOTS + 4 * 64;
const ALIGN: usize = SPECIAL + 128;
const LENGTH: usize = ALIGN + 16;
const REP_LENGTH: usize = LENGTH + 2 + 8 + 8 + 256;
const LITERALS: usize = REP_LENGTH + 2 + 8 + 8 + 256;

/// The range decoder and its probabilities.
struct Coder<'a> {
    packed: &'a [u8],
    at: usize,
    range: u32,
    code: u32,
    odds: Vec<u16>,
}

impl Coder<'_> {
    fn next_byte(&mut self) {
        // What lacks is noticed at the end.
        self.code = self.code << 8 | u32::from(self.packed.get(self.at).copied().unwrap_or(0));
        self.at += 1;
    }

    fn normalise(&mut self) {
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.next_byte();
        }
    }

    fn bit(&mut self, odds: usize) -> usize {
        self.normalise();
        let Some(odds) = self.odds.get_mut(odds) else { return 0 };
        let bound = (self.range >> 11) * u32::from(*odds);
        if self.code < bound {
            self.range = bound;
            *odds += (2048 - *odds) >> 5;
            0
        } else {
            self.range -= bound;
            self.code -= bound;
            *odds -= *odds >> 5;
            1
        }
    }

    /// A number of so many bits, the highest first.
    fn tree(&mut self, odds: usize, bits: u32) -> usize {
        let mut node = 1;
        for _ in 0..bits {
            node = node << 1 | self.bit(odds + node);
        }
        node - (1 << bits)
    }

    /// A number of so many bits, the lowest first.
    fn tree_reversed(&mut self, odds: usize, bits: u32) -> usize {
        let (mut node, mut number) = (1, 0);
        for place in 0..bits {
            let bit = self.bit(odds + node);
            node = node << 1 | bit;
            number |= bit << place;
        }
        number
    }

    /// A number of so many bits, each as likely as not.
    fn even(&mut self, bits: u32) -> usize {
        let mut number = 0;
        for _ in 0..bits {
            self.normalise();
            self.range >>= 1;
            let bit = self.code >= self.range;
            if bit {
                self.code -= self.range;
            }
            number = number << 1 | usize::from(bit);
        }
        number
    }

    fn length(&mut self, odds: usize) -> usize {
        if self.bit(odds) == 0 {
            2 + self.tree(odds + 2, 3)
        } else if self.bit(odds + 1) == 0 {
            10 + self.tree(odds + 10, 3)
        } else {
            18 + self.tree(odds + 18, 8)
        }
    }

    /// How far back a match of this length lies, less one.
    fn distance(&mut self, length: usize) -> usize {
        let slot = self.tree(SLOTS + (length - 2).min(3) * 64, 6);
        if slot < 4 {
            return slot;
        }
        let bits = (slot >> 1) as u32 - 1;
        let base = (2 | slot & 1) << bits;
        if slot < 14 {
            // A tree begins at its node 1, and the first of these trees at the list's first place.
            base + self.tree_reversed(SPECIAL + base - slot, bits)
        } else {
            base + (self.even(bits - 4) << 4) + self.tree_reversed(ALIGN, 4)
        }
    }

    fn literal(&mut self, odds: usize, state: usize, matched: u8) -> u8 {
        let mut node = 1;
        if state >= 7 {
            let mut matched = usize::from(matched);
            while node < 0x100 {
                matched <<= 1;
                let expected = matched & 0x100;
                let bit = self.bit(odds + 0x100 + expected + node);
                node = node << 1 | bit;
                if bit << 8 != expected {
                    break;
                }
            }
        }
        while node < 0x100 {
            node = node << 1 | self.bit(odds + node);
        }
        node as u8
    }
}

/// The `size` bytes that were packed with `lc` bits of the last byte as what a literal depends on; `None` if
/// they are damaged.
pub fn decode(packed: &[u8], lc: u32, size: usize) -> Option<Vec<u8>> {
    if lc > 8 {
        return None;
    }
    let odds = vec![1024; LITERALS + (0x300 << lc)];
    let mut coder = Coder { packed, at: 1, range: !0, code: 0, odds };
    (0..4).for_each(|_| coder.next_byte());
    let mut out = Vec::with_capacity(size);
    let mut state = 0;
    let mut reps = [0; 4];
    while out.len() < size && coder.at <= packed.len() {
        let back = |distance: usize| out.get(out.len().checked_sub(distance)?.checked_sub(1)?).copied();
        let after_literal = state < 7;
        if coder.bit(IS_MATCH + state) == 0 {
            let odds = LITERALS + 0x300 * (usize::from(back(0).unwrap_or(0)) >> (8 - lc));
            let matched = back(reps[0]).unwrap_or(0);
            out.push(coder.literal(odds, state, matched));
            state = state.saturating_sub(if state < 10 { 3 } else { 6 });
            continue;
        }
        let length;
        if coder.bit(IS_REP + state) == 0 {
            length = coder.length(LENGTH);
            reps = [coder.distance(length), reps[0], reps[1], reps[2]];
            state = if after_literal { 7 } else { 10 };
        } else {
            let mut short = false;
            if coder.bit(IS_REP0 + state) == 0 {
                short = coder.bit(IS_LONG + state) == 0;
            } else if coder.bit(IS_REP1 + state) == 0 {
                reps = [reps[1], reps[0], reps[2], reps[3]];
            } else if coder.bit(IS_REP2 + state) == 0 {
                reps = [reps[2], reps[0], reps[1], reps[3]];
            } else {
                reps = [reps[3], reps[0], reps[1], reps[2]];
            }
            length = if short { 1 } else { coder.length(REP_LENGTH) };
            state = if !after_literal {
                11
            } else if short {
                9
            } else {
                8
            };
        }
        let from = out.len().checked_sub(reps[0])?.checked_sub(1)?;
        for at in from..from + length.min(size - out.len()) {
            out.push(*out.get(at)?);
        }
    }
    coder.normalise();
    (coder.at == packed.len() && out.len() == size).then_some(out)
}
