//! Puts a module together again from the streams that `xtask/src/streams.rs` took it apart into: the
//! instructions, and each kind of number that goes with them, which pack far better apart.
//!
//! Nothing here knows WebAssembly's instructions. The first stream begins with a dictionary: what an
//! instruction's code stands for is a little program of the steps below.

use alloc::vec::Vec;

/// The steps of a code's program; the low four bits say how many bytes or which stream.
pub mod step {
    /// So many bytes of the program itself.
    pub const BYTES: u8 = 0x00;
    /// A LEB number of a stream.
    pub const NUMBER: u8 = 0x10;
    /// The number of a local, of a stream where it is the place in a list of those used last.
    pub const LOCAL: u8 = 0x20;
    /// A count, and one LEB number more than it says, of a stream.
    pub const TABLE: u8 = 0x30;
    /// One byte more than the low bits say, of the stream `RAW`.
    pub const RAW: u8 = 0x40;
    /// A function's number, which has two bytes behind the code itself.
    pub const CALL: u8 = 0x50;
    /// A block begins.
    pub const BEGIN: u8 = 0x60;
    /// A block or the function ends.
    pub const END: u8 = 0x70;
}

/// The streams by number.
pub mod stream {
    /// The dictionary, and whatever of the module is not its code.
    pub const REST: u8 = 0;
    /// Codes of instructions.
    pub const CODES: u8 = 1;
    /// Locals that are read.
    pub const GETS: u8 = 2;
    /// Locals that are written.
    pub const SETS: u8 = 3;
    /// Offsets of loads and stores.
    pub const OFFSETS: u8 = 4;
    /// Constants that are added.
    pub const ADDENDS: u8 = 5;
    /// Other constants.
    pub const CONSTANTS: u8 = 6;
    /// Labels of conditional branches.
    pub const CONDITIONAL: u8 = 7;
    /// Labels of other branches.
    pub const BRANCHES: u8 = 8;
    /// The kinds of locals, and numbers of rare instructions.
    pub const SELDOM: u8 = 9;
    /// Floating point and vectors.
    pub const RAW: u8 = 10;
    /// How many there are.
    pub const COUNT: usize = 11;
}

/// From this code on, a code has a second byte.
pub const WIDE: u8 = 255;
/// More locals than this no function has (a browser's own limit is lower).
pub const MOST_LOCALS: usize = 1 << 16;

struct Tape {
    bytes: Vec<u8>,
    at: usize,
}

impl Tape {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self) -> Option<usize> {
        let (mut number, mut place) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 127).checked_shl(place)?;
            if byte < 128 {
                return Some(number);
            }
            place += 7;
        }
    }

    fn copy_number(&mut self, out: &mut Vec<u8>) -> Option<()> {
        loop {
            let byte = self.byte()?;
            out.push(byte);
            if byte < 128 {
                return Some(());
            }
        }
    }
}

fn write_number(mut number: usize, out: &mut Vec<u8>) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The locals of a function, those used last first.
#[derive(Default)]
pub struct Recent(Vec<usize>);

impl Recent {
    /// None is used yet: a function begins.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The local at a place, which goes to the front; `None` where there can be none.
    pub fn at(&mut self, place: usize) -> Option<usize> {
        if place >= MOST_LOCALS {
            return None;
        }
        // Locals not used so far are in their own order at the end.
        while self.0.len() <= place {
            self.0.push(self.0.len());
        }
        let local = *self.0.get(place)?;
        let mut moved = local;
        for slot in self.0.iter_mut().take(place + 1) {
            core::mem::swap(slot, &mut moved);
        }
        Some(local)
    }

    /// The place of a local, which goes to the front: the inverse of `at`.
    pub fn place(&mut self, local: usize) -> Option<usize> {
        let place = self.0.iter().position(|other| *other == local).unwrap_or(local);
        self.at(place)?;
        Some(place)
    }
}

/// The module of `size` bytes whose streams these are; `None` if they are damaged.
pub fn assembled(streams: Vec<Vec<u8>>, size: usize) -> Option<Vec<u8>> {
    let mut tapes: Vec<_> = streams.into_iter().map(|bytes| Tape { bytes, at: 0 }).collect();
    let rest = tapes.get_mut(usize::from(stream::REST))?;
    let mut programs = Vec::new();
    for _ in 0..rest.number()? {
        let length = rest.number()?;
        programs.push(rest.take(length)?.to_vec());
    }
    let functions = rest.number()?;
    let cuts = rest.number()?;
    let before = rest.number()?;
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(rest.take(before)?);
    if functions > 0 {
        // Memory is not given back, so vectors had better not grow, nor be made again and again.
        let mut code = Vec::with_capacity(size);
        write_number(functions, &mut code);
        let mut body = Vec::new();
        let mut recent = Recent::default();
        for _ in 0..functions {
            body.clear();
            recent.forget();
            function(&mut tapes, &programs, &mut recent, &mut body)?;
            write_number(body.len(), &mut code);
            code.extend_from_slice(&body);
        }
        write_number(code.len(), &mut out);
        out.extend_from_slice(&code);
    }
    let rest = tapes.get_mut(usize::from(stream::REST))?;
    for _ in 0..cuts {
        let (before, rows) = (rest.number()?, rest.number()?);
        out.extend_from_slice(rest.take(before)?);
        checksum_table(rows, &mut out)?;
    }
    out.extend_from_slice(rest.bytes.get(rest.at..)?);
    (out.len() == size).then_some(out)
}

/// Writes a table for CRC-32, which could not be packed: a row of 256 numbers for each byte that is looked up
/// at once.
pub fn checksum_table(rows: usize, out: &mut Vec<u8>) -> Option<()> {
    for row in 1..=(rows <= 16).then_some(rows)? {
        for byte in 0..256_u32 {
            let sum = (0..8 * row).fold(byte, |sum, _| (sum >> 1) ^ ((sum & 1) * 0xedb8_8320));
            out.extend_from_slice(&sum.to_le_bytes());
        }
    }
    Some(())
}

fn function(tapes: &mut [Tape], programs: &[Vec<u8>], recent: &mut Recent, out: &mut Vec<u8>) -> Option<()> {
    table(tapes.get_mut(usize::from(stream::SELDOM))?, out, |kinds| kinds.checked_mul(2))?;
    let mut depth = 1_usize;
    while depth > 0 {
        let codes = tapes.get_mut(usize::from(stream::CODES))?;
        let mut code = usize::from(codes.byte()?);
        if code == usize::from(WIDE) {
            code += usize::from(codes.byte()?);
        }
        let mut program = programs.get(code)?.iter();
        while let Some(step) = program.next() {
            let (step, low) = (step & 0xf0, step & 15);
            let from = match step {
                step::CALL => stream::CODES,
                step::RAW => stream::RAW,
                _ => low,
            };
            let (tape, low) = (tapes.get_mut(usize::from(from)), usize::from(low));
            match step {
                step::BYTES => {
                    out.extend_from_slice(program.as_slice().get(..low)?);
                    program = program.as_slice().get(low..)?.iter();
                }
                step::NUMBER => tape?.copy_number(out)?,
                step::LOCAL => write_number(recent.at(tape?.number()?)?, out),
                step::TABLE => table(tape?, out, |count| count.checked_add(1))?,
                step::RAW => out.extend_from_slice(tape?.take(low + 1)?),
                step::CALL => {
                    let tape = tape?;
                    let high = usize::from(tape.byte()?);
                    write_number(high << 8 | usize::from(tape.byte()?), out);
                }
                step::BEGIN => depth += 1,
                step::END => depth = depth.checked_sub(1)?,
                _ => return None,
            }
        }
    }
    Some(())
}

/// Copies a count and the numbers behind it.
fn table(tape: &mut Tape, out: &mut Vec<u8>, numbers: fn(usize) -> Option<usize>) -> Option<()> {
    let count = tape.number()?;
    write_number(count, out);
    (0..numbers(count)?).try_for_each(|_| tape.copy_number(out))
}
