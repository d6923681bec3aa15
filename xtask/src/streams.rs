//! Takes a module apart into streams that pack well: its instructions, and each kind of number that goes with
//! them. `unpack/src/module.rs` puts them together again, in the page.
//!
//! What an instruction carries that hardly varies (a load's alignment, a block's type) is part of its code, and so
//! is an instruction that often follows a constant; a dictionary of at most 511 codes says what each stands for.

use crate::instructions::{CONSTANT, END, Instruction, Reader, Result, StreamsError, Taken, write_number};
use azflow_unpack::module::{MOST_LOCALS, Recent, WIDE, checksum_table, stream};
use std::collections::BTreeMap;

const CODE_SECTION: u8 = 10;
/// So many instructions that follow a constant get a code together with it.
const PAIRS: usize = 20;

/// A function: its locals' kinds, and its instructions.
struct Function<'a> {
    kinds: &'a [u8],
    instructions: Vec<Instruction<'a>>,
}

impl<'a> Function<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let size = reader.number()?;
        let from = reader.at;
        for _ in 0..reader.number()? {
            reader.number()?;
            // A kind of more than one byte is a number to the other side, and comes back all the same.
            reader.leb()?;
        }
        let kinds = &reader.bytes[from..reader.at];
        let mut instructions: Vec<Instruction<'_>> = Vec::new();
        let mut depth = 1_usize;
        while depth > 0 {
            let instruction = Instruction::read(reader)?;
            match instruction.first {
                0x02..=0x04 => depth += 1,
                END => depth -= 1,
                _ => {}
            }
            if let Some(last) = instructions.last_mut() {
                last.is_followed_by(instruction.first);
            }
            instructions.push(instruction);
        }
        if reader.at - from == size { Ok(Self { kinds, instructions }) } else { Err(StreamsError::Number) }
    }

    /// The instructions by code: one, or a constant and the one behind it if that pair has a code.
    fn coded<'f>(
        &'f self,
        pairs: &'f BTreeMap<Vec<u8>, usize>,
    ) -> impl Iterator<Item = (Vec<u8>, &'f [Instruction<'a>])> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = self.instructions.get(at..)?;
            let (program, count) = match pair(rest).filter(|pair| pairs.contains_key(pair)) {
                Some(pair) => (pair, 2),
                None => (rest.first()?.program.clone(), 1),
            };
            at += count;
            Some((program, rest.get(..count)?))
        })
    }
}

/// The program of a constant and what is behind it.
fn pair(instructions: &[Instruction<'_>]) -> Option<Vec<u8>> {
    match instructions {
        [constant, next, ..] if constant.first == CONSTANT => {
            Some([&constant.program[..], &next.program].concat())
        }
        _ => None,
    }
}

/// The most frequent first; in the order of the programs where that is the same.
fn frequent(counts: BTreeMap<Vec<u8>, usize>) -> Vec<(Vec<u8>, usize)> {
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

/// The module's streams, by number.
pub fn taken_apart(module: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut reader = Reader { bytes: module, at: 0 };
    let mut functions = Vec::new();
    let mut before = module.len();
    reader.take(8)?;
    while reader.at < module.len() {
        let is_code = reader.byte()? == CODE_SECTION;
        let here = reader.at;
        let size = reader.number()?;
        let from = reader.at;
        if is_code && reader.number()? > 0 {
            reader.at = from;
            for _ in 0..reader.number()? {
                functions.push(Function::read(&mut reader)?);
            }
            if reader.at - from != size {
                return Err(StreamsError::Number);
            }
            before = here;
            break;
        }
        reader.at = from;
        reader.take(size)?;
    }
    let after = &module[reader.at..];

    let mut counts = BTreeMap::new();
    for function in &functions {
        for at in 0..function.instructions.len() {
            if let Some(pair) = pair(&function.instructions[at..]) {
                *counts.entry(pair).or_default() += 1;
            }
        }
    }
    let pairs: BTreeMap<_, _> = frequent(counts).into_iter().take(PAIRS).collect();
    let mut counts = BTreeMap::new();
    for (program, _) in functions.iter().flat_map(|function| function.coded(&pairs)) {
        *counts.entry(program).or_default() += 1;
    }
    // Codes of alike instructions lie together: that is in the order of the programs. The rarest are wide.
    let mut programs: Vec<_> = frequent(counts).into_iter().map(|(program, _)| program).collect();
    let narrow = programs.len().min(usize::from(WIDE));
    programs[..narrow].sort();
    if programs.len() > usize::from(WIDE) + 256 {
        return Err(StreamsError::Many("kinds of instructions"));
    }

    let mut streams = vec![Vec::new(); stream::COUNT];
    let rest = &mut streams[usize::from(stream::REST)];
    write_number(programs.len(), rest);
    for program in &programs {
        write_number(program.len(), rest);
        rest.extend_from_slice(program);
    }
    write_number(functions.len(), rest);
    let cuts = checksum_tables(after);
    write_number(cuts.len(), rest);
    write_number(before, rest);
    rest.extend_from_slice(&module[..before]);
    let mut done = 0;
    for (at, rows) in cuts {
        write_number(at - done, rest);
        write_number(rows, rest);
        rest.extend_from_slice(&after[done..at]);
        done = at + rows * ROW;
    }
    rest.extend_from_slice(&after[done..]);

    let codes: BTreeMap<_, _> = programs.iter().enumerate().map(|(code, program)| (program, code)).collect();
    let mut recent = Recent::default();
    for function in &functions {
        streams[usize::from(stream::SELDOM)].extend_from_slice(function.kinds);
        recent.forget();
        for (program, instructions) in function.coded(&pairs) {
            let code = codes.get(&program).copied().unwrap_or_default();
            let narrow = code.min(usize::from(WIDE));
            streams[usize::from(stream::CODES)].push(narrow as u8);
            if narrow == usize::from(WIDE) {
                streams[usize::from(stream::CODES)].push((code - narrow) as u8);
            }
            for (stream, taken) in instructions.iter().flat_map(|instruction| &instruction.taken) {
                let stream = &mut streams[usize::from(*stream)];
                match taken {
                    Taken::Bytes(bytes) => stream.extend_from_slice(bytes),
                    Taken::Call(bytes) => stream.extend_from_slice(bytes),
                    Taken::Local(local) if *local < MOST_LOCALS => {
                        let place = recent.place(*local).ok_or(StreamsError::Many("locals"))?;
                        write_number(place, stream);
                    }
                    Taken::Local(_) => return Err(StreamsError::Many("locals")),
                }
            }
        }
    }
    Ok(streams)
}

/// What a row of a table for CRC-32 takes.
const ROW: usize = 1024;

/// Where tables for CRC-32 lie, and how many rows they have: sums of sums, which cannot be packed but are soon
/// computed.
fn checksum_tables(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut table = Vec::new();
    // Sixteen rows are within what it takes.
    let _ = checksum_table(16, &mut table);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let rows = table.chunks(ROW).zip(rest.chunks(ROW)).take_while(|(row, other)| row == other).count();
        if rows > 0 {
            found.push((at, rows));
        }
        at += (rows * ROW).max(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{PackError, pack};

    const HEAD: &[u8] = b"\0asm\x01\0\0\0";

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        let mut section = vec![id];
        write_number(content.len(), &mut section);
        section.extend_from_slice(content);
        section
    }

    /// A module of functions (their locals' kinds and instructions) and data behind them.
    fn module(functions: &[&[u8]], data: &[u8]) -> Vec<u8> {
        let mut code = Vec::new();
        write_number(functions.len(), &mut code);
        for function in functions {
            write_number(function.len(), &mut code);
            code.extend_from_slice(function);
        }
        [HEAD, &section(1, &[0]), &section(CODE_SECTION, &code), &section(11, data)].concat()
    }

    /// Each kind of operand.
    const BODY: &[u8] = &[
        2, 3, 0x7f, 1, 0x7b, // locals
        0x02, 0x40, 0x03, 0x7f, 0x04, 0x85, 0x01, 0x05, 0x0b, // block, loop, if of a type, else, end
        0x0c, 1, 0x0d, 0x80, 0x01, 0x0e, 2, 0, 1, 0x90, 0x01, // br, br_if, br_table
        0x10, 0xff, 0xff, 0x03, 0x11, 3, 0, // call, call_indirect
        0x1a, 0x1c, 1, 0x7f, // drop, select of a type
        0x20, 5, 0x21, 0x80, 0x02, 0x22, 0, 0x20, 5, // local.get, .set, .tee
        0x23, 0, 0x24, 1, 0x25, 0, 0x26, 0, 0xd0, 0x70, 0xd1, 0xd2, 9, // global, table, ref
        0x28, 2, 0x80, 0x80, 0x40, 0x36, 0, 4, 0x3f, 0, 0x40, 0, // load, store, memory.size, .grow
        0x41, 16, 0x6a, 0x41, 0x7f, 0x46, 0x41, 0x80, 0x80, 0xc0, 0, 0x41,
        1, // i32.const before add, eq, itself
        0x42, 0x80, 0x7f, 0x43, 1, 2, 3, 4, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0xa7, // i64.const, f32, f64
        0xfc, 0, 0xfc, 8, 1, 0, 0xfc, 9, 1, 0xfc, 10, 0, 0, 0xfc, 11, 0, 0xfc, 12, 0, 0, 0xfc, 17, 0, 0xfd,
        0, 4, 16, 0xfd, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xfd, 21, 3, 0xfd, 84, 0,
        8, 15, 0xfd, 92, 2, 7, 0xfd, 0xae, 0x01, // lanes, loads into them, i32x4.add
        0x00, 0x0b, 0x0b, 0x0b,
    ];

    #[test]
    fn every_kind_of_instruction_comes_back() {
        for functions in [&[][..], &[BODY], &[BODY, &[0, 0x0b], BODY, BODY]] {
            let module = module(functions, b"data");
            assert_eq!(azflow_unpack::unpacked(&pack(&module).unwrap()).as_deref(), Some(&module[..]));
        }
        assert_eq!(azflow_unpack::unpacked(&pack(HEAD).unwrap()).as_deref(), Some(HEAD));
    }

    #[test]
    fn more_instructions_than_codes_of_one_byte_come_back() {
        let mut function = vec![0];
        for kind in 14..276 {
            if !(21..=34).contains(&kind) && !(84..=93).contains(&kind) {
                function.push(0xfd);
                write_number(kind, &mut function);
            }
        }
        function.extend(0x45..=0xc4);
        function.push(END);
        let module = module(&[&function], b"");
        assert_eq!(azflow_unpack::unpacked(&pack(&module).unwrap()), Some(module));
    }

    #[test]
    fn a_table_of_checksums_takes_no_room() {
        let mut table = Vec::new();
        checksum_table(16, &mut table).unwrap();
        let data = [b"before", &table[..], &table[..ROW], b"after", &table[ROW..2 * ROW]].concat();
        let module = module(&[BODY], &data);
        let packed = pack(&module).unwrap();
        assert_eq!(azflow_unpack::unpacked(&packed), Some(module));
        // The second row alone is no table.
        assert!(packed.len() < 2 * ROW);
    }

    #[test]
    fn what_cannot_be_taken_apart_is_named() {
        let of = |function: &[u8]| taken_apart(&module(&[function], b"")).unwrap_err();
        assert_eq!(of(&[0, 0x06, 0x0b]), StreamsError::Instruction(0x06, 0));
        assert_eq!(of(&[0, 0xfc, 0x20, 0x0b]), StreamsError::Instruction(0xfc, 0x20));
        assert_eq!(of(&[0, 0x10, 0x80, 0x00, 0x0b]), StreamsError::Number);
        assert_eq!(of(&[0, 0x10, 0x80, 0x80, 0x04, 0x0b]), StreamsError::Many("functions"));
        assert_eq!(of(&[0, 0x20, 0x80, 0x80, 0x04, 0x0b]), StreamsError::Many("locals"));
        let whole = module(&[BODY], b"");
        assert_eq!(taken_apart(&whole[..whole.len() / 2]), Err(StreamsError::End));
        assert!(matches!(pack(b"\0asm"), Err(PackError::Streams(StreamsError::End))));
    }

    #[test]
    fn damage_is_noticed_and_no_reason_to_panic() {
        let module = module(&[BODY, &[0, 0x0b], BODY], b"data");
        let packed = pack(&module).unwrap();
        for end in 0..packed.len() {
            assert_eq!(azflow_unpack::unpacked(&packed[..end]), None);
        }
        for at in 0..packed.len() {
            for bits in [0x01, 0x5a] {
                let mut damaged = packed.clone();
                damaged[at] ^= bits;
                // Some damage gives another module; the browser refuses that.
                let _ = azflow_unpack::unpacked(&damaged);
            }
        }
        let streams = taken_apart(&module).unwrap();
        for stream in 0..streams.len() {
            for at in 0..streams[stream].len() {
                for byte in [0, 1, 127, 128, 255] {
                    let mut damaged = streams.clone();
                    damaged[stream][at] = byte;
                    let _ = azflow_unpack::module::assembled(damaged, module.len());
                }
            }
        }
    }

    #[test]
    fn the_locals_used_last_come_first() {
        let (mut one, mut other) = (Recent::default(), Recent::default());
        for (local, place) in [(0, 0), (1, 1), (1, 0), (7, 7), (0, 2), (7, 1), (2, 3)] {
            assert_eq!(one.place(local), Some(place));
            assert_eq!(other.at(place), Some(local));
        }
        assert_eq!(other.at(MOST_LOCALS), None);
    }
}
