//! Reads a module's bytes for `streams`: numbers, and instructions with what they carry.

use azflow_unpack::module::{step, stream};

/// Why a module cannot be taken apart.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamsError {
    /// It ends within a number or an instruction.
    #[error("the module ends early")]
    End,
    /// An instruction that this step does not know; `Instruction::read` has them all.
    #[error("the instruction {0:#x} (after its prefix: {1:#x}) is not known to xtask/src/instructions.rs")]
    Instruction(u8, u32),
    /// A number is longer than it need be, so that its length could not be told again.
    #[error("a number or a size is written longer than it need be")]
    Number,
    /// More than the format has room for.
    #[error("too many {0}")]
    Many(&'static str),
}

/// What reading gives.
pub type Result<T> = std::result::Result<T, StreamsError>;

/// `end`.
pub const END: u8 = 0x0b;
/// `i32.const`.
pub const CONSTANT: u8 = 0x41;

/// Reads a module's bytes.
pub struct Reader<'a> {
    /// All of them.
    pub bytes: &'a [u8],
    /// Where the next one is.
    pub at: usize,
}

impl<'a> Reader<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).ok_or(StreamsError::End)?;
        self.at += 1;
        Ok(*byte)
    }

    /// So many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count).ok_or(StreamsError::End)?;
        let bytes = self.bytes.get(self.at..end).ok_or(StreamsError::End)?;
        self.at = end;
        Ok(bytes)
    }

    /// A LEB number as it is written.
    pub fn leb(&mut self) -> Result<&'a [u8]> {
        let from = self.at;
        while self.byte()? > 127 {}
        Ok(&self.bytes[from..self.at])
    }

    /// A LEB number that is unsigned and as short as it can be.
    pub fn number(&mut self) -> Result<usize> {
        let leb = self.leb()?;
        let number = leb.iter().rev().fold(0_u64, |number, byte| number << 7 | u64::from(byte & 127));
        match u32::try_from(number) {
            Ok(number) if leb.len() < 6 && (leb.len() == 1 || leb.last() != Some(&0)) => Ok(number as usize),
            _ => Err(StreamsError::Number),
        }
    }
}

/// Writes a LEB number.
pub fn write_number(mut number: usize, out: &mut Vec<u8>) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// An instruction: the program of its code, and what the program takes from which stream.
#[derive(Default)]
pub struct Instruction<'a> {
    /// Its first byte.
    pub first: u8,
    /// What its code stands for.
    pub program: Vec<u8>,
    /// What it takes, and from which stream.
    pub taken: Vec<(u8, Taken<'a>)>,
}

/// What a stream gets.
pub enum Taken<'a> {
    /// Bytes as they are in the module.
    Bytes(&'a [u8]),
    /// A local, whose place among those used last counts.
    Local(usize),
    /// A function's number, the high byte first.
    Call([u8; 2]),
}

impl<'a> Instruction<'a> {
    /// Reads one.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let from = reader.at;
        let first = reader.byte()?;
        let second = if matches!(first, 0xfc | 0xfd) { reader.number()? as u32 } else { 0 };
        let mut this = Self { first, ..Self::default() };
        // What is read before the first step is a part of the code.
        let mut steps = Vec::new();
        let numbers = |steps: &mut Vec<_>, streams: &[u8]| {
            steps.extend(streams.iter().map(|stream| step::NUMBER | stream));
        };
        match (first, second) {
            (0x02..=0x04, _) => {
                // The usual kinds, none or one value, are one byte.
                if reader.bytes.get(reader.at).is_some_and(|kind| matches!(kind, 0x40..=0x7f)) {
                    reader.byte()?;
                } else {
                    numbers(&mut steps, &[stream::SELDOM]);
                }
                steps.push(step::BEGIN);
            }
            (END, _) => steps.push(step::END),
            (0x0c, _) => numbers(&mut steps, &[stream::BRANCHES]),
            (0x0d, _) => numbers(&mut steps, &[stream::CONDITIONAL]),
            (0x0e, _) => steps.push(step::TABLE | stream::BRANCHES),
            (0x10, _) => steps.push(step::CALL),
            (0x11, _) => numbers(&mut steps, &[stream::SELDOM, stream::SELDOM]),
            (0x1c, _) => {
                let count = reader.number()?;
                reader.take(count)?;
            }
            (0x20, _) => steps.push(step::LOCAL | stream::GETS),
            (0x21 | 0x22, _) => steps.push(step::LOCAL | stream::SETS),
            (0x23..=0x26, _) | (0xd0 | 0xd2, _) => numbers(&mut steps, &[stream::SELDOM]),
            (0x28..=0x3e, _) | (0xfd, 0..=11 | 92 | 93) => {
                reader.leb()?;
                numbers(&mut steps, &[stream::OFFSETS]);
            }
            (0xfd, 84..=91) => {
                reader.leb()?;
                numbers(&mut steps, &[stream::OFFSETS]);
                steps.push(step::RAW);
            }
            (0x3f | 0x40, _) | (0xfc, 9 | 11 | 13 | 15..=17) => {
                reader.leb()?;
            }
            (0xfc, 8 | 10 | 12 | 14) => {
                reader.leb()?;
                reader.leb()?;
            }
            (CONSTANT, _) => numbers(&mut steps, &[stream::CONSTANTS]),
            (0x42, _) => numbers(&mut steps, &[stream::CODES]),
            (0x43, _) => steps.push(step::RAW | 3),
            (0x44, _) => steps.push(step::RAW | 7),
            (0xfd, 12 | 13) => steps.push(step::RAW | 15),
            (0xfd, 21..=34) => steps.push(step::RAW),
            (0x00 | 0x01 | 0x05 | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1, _)
            | (0xfc, 0..=7)
            | (0xfd, 14..=20 | 35..=83 | 94..=275) => {}
            _ => return Err(StreamsError::Instruction(first, second)),
        }
        let fused = &reader.bytes[from..reader.at];
        for part in fused.chunks(15) {
            this.program.push(step::BYTES | part.len() as u8);
            this.program.extend_from_slice(part);
        }
        this.program.extend_from_slice(&steps);
        for step in steps {
            let low = step & 15;
            let taken = match step & 0xf0 {
                step::NUMBER => (low, Taken::Bytes(reader.leb()?)),
                step::LOCAL => (low, Taken::Local(reader.number()?)),
                step::TABLE => {
                    let from = reader.at;
                    for _ in 0..=reader.number()? {
                        reader.leb()?;
                    }
                    (low, Taken::Bytes(&reader.bytes[from..reader.at]))
                }
                step::RAW => (stream::RAW, Taken::Bytes(reader.take(usize::from(low) + 1)?)),
                step::CALL => {
                    let function =
                        u16::try_from(reader.number()?).map_err(|_| StreamsError::Many("functions"))?;
                    (stream::CODES, Taken::Call(function.to_be_bytes()))
                }
                _ => continue,
            };
            this.taken.push(taken);
        }
        Ok(this)
    }

    /// A constant's stream is told by what becomes of it: the instruction behind it.
    pub fn is_followed_by(&mut self, next: u8) {
        let stream = match next {
            0x6a | 0x6b => stream::ADDENDS,
            0x46 | 0x47 | 0x71 | 0x74..=0x76 => stream::CODES,
            _ => return,
        };
        if self.first == CONSTANT {
            if let Some(step) = self.program.last_mut() {
                *step = step::NUMBER | stream;
            }
            self.taken.iter_mut().for_each(|taken| taken.0 = stream);
        }
    }
}
