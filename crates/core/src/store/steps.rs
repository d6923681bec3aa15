//! Running sums of conversations with many rows: what any stretch of their rows adds up to, context by context,
//! without a walk over it. A brush over the timeline cuts every conversation twice; only the rows around the two
//! cuts are looked at.

use super::columns::Columns;
use std::ops::Range;

/// Sums are kept every so many rows, and behind the last.
const STEP: usize = 32;
/// Conversations with fewer rows have none: a walk is as fast.
const ROWS: usize = 16;
/// Nor have those with more contexts: their sums would be as large as their rows.
const CONTEXTS: usize = 8;

/// Rows, flows, packets and bytes.
pub(super) type RowSums = [u64; 6];

/// See the module's description. Conversations of which some flows were allowed and some denied have none: what was
/// denied later is taken from minutes of what was let pass before, wherever those are (see `spread`).
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// By conversation: where its contexts begin, and where its sums do. One more, where they end.
    begin: Vec<(u32, u32)>,
    /// The contexts of each, in order.
    contexts: Vec<u32>,
    /// What all rows of each add up to, context by context.
    wholes: Vec<RowSums>,
    /// The same step by step, without the last.
    sums: Vec<RowSums>,
    /// Rows of conversations that have sums.
    rows: usize,
}

/// A conversation that has sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stepped<'a> {
    /// Its contexts, in order.
    pub contexts: &'a [u32],
    /// What all its rows add up to, context by context.
    pub whole: &'a [RowSums],
    sums: &'a [RowSums],
    start: usize,
    end: usize,
}

impl Steps {
    /// `set` gives a conversation's contexts, `denied` which contexts are of what was denied.
    pub fn of<'a>(columns: &Columns, set: impl Fn(usize) -> &'a [u32], denied: &[bool]) -> Self {
        let mut out = Self { begin: Vec::with_capacity(columns.conversations() + 1), ..Self::default() };
        let mut sums: Vec<RowSums> = vec![[0; 6]; denied.len()];
        for number in 0..columns.conversations() {
            out.begin.push((out.contexts.len() as u32, out.sums.len() as u32));
            let (rows, set) = (columns.conversation(number).rows, set(number));
            if rows.len() < ROWS || set.len() > CONTEXTS {
                continue;
            }
            let before = out.sums.len();
            let mut from = rows.start;
            while from < rows.end {
                let until = rows.end.min(from + STEP);
                add(columns, from..until, false, &mut sums);
                if until < rows.end {
                    out.sums.extend(set.iter().map(|context| sums[*context as usize]));
                }
                from = until;
            }
            let flows = |of: bool| set.iter().any(|c| denied[*c as usize] == of && sums[*c as usize][1] > 0);
            if flows(true) && flows(false) {
                out.sums.truncate(before);
            } else {
                out.contexts.extend(set);
                out.wholes.extend(set.iter().map(|context| sums[*context as usize]));
                out.rows += rows.len();
            }
            set.iter().for_each(|context| sums[*context as usize] = [0; 6]);
        }
        out.begin.push((out.contexts.len() as u32, out.sums.len() as u32));
        out
    }

    /// The bytes that they would take at most.
    pub fn size<'a>(columns: &Columns, set: impl Fn(usize) -> &'a [u32]) -> usize {
        let of = |number| {
            let (rows, contexts) = (columns.conversation(number).rows.len(), set(number).len());
            let has = rows >= ROWS && contexts <= CONTEXTS;
            if has { contexts * (size_of::<u32>() + rows.div_ceil(STEP) * size_of::<RowSums>()) } else { 0 }
        };
        let conversations = columns.conversations();
        (0..conversations).map(of).sum::<usize>() + conversations * size_of::<(u32, u32)>()
    }

    /// Bytes that they take.
    pub fn held(&self) -> usize {
        let sums = self.wholes.capacity() + self.sums.capacity();
        let numbers = self.contexts.capacity() + 2 * self.begin.capacity();
        sums * size_of::<RowSums>() + numbers * size_of::<u32>()
    }

    /// Whether most rows are of conversations that have sums.
    pub fn cover_most(&self, rows: usize) -> bool {
        self.rows > rows / 2
    }

    /// A conversation with these rows, if it has sums.
    #[inline]
    pub fn get(&self, number: usize, rows: &Range<usize>) -> Option<Stepped<'_>> {
        let (from, until) = (self.begin.get(number)?, self.begin.get(number + 1)?);
        let all = from.0 as usize..until.0 as usize;
        let (contexts, whole) = (self.contexts.get(all.clone())?, self.wholes.get(all)?);
        let sums = self.sums.get(from.1 as usize..until.1 as usize)?;
        (!contexts.is_empty()).then_some(Stepped { contexts, whole, sums, start: rows.start, end: rows.end })
    }
}

impl Stepped<'_> {
    /// Adds what a stretch of its rows adds up to, by context.
    pub fn add(&self, columns: &Columns, stretch: Range<usize>, out: &mut [RowSums]) {
        for (cut, negative) in [(stretch.start, true), (stretch.end, false)] {
            let (before, at) = self.nearest(cut);
            for (context, sums) in self.contexts.iter().zip(before) {
                put(&mut out[*context as usize], *sums, negative);
            }
            if at < cut {
                add(columns, at..cut, negative, out);
            } else {
                add(columns, cut..at, !negative, out);
            }
        }
    }

    /// The sums that are nearest to a row, none before the first, and the row before which they end.
    fn nearest(&self, cut: usize) -> (&[RowSums], usize) {
        if cut == self.end {
            return (self.whole, cut);
        }
        let step = (cut - self.start + STEP / 2) / STEP;
        let at = self.start + step * STEP;
        match step.checked_sub(1) {
            None => (&[], at),
            Some(_) if at >= self.end => (self.whole, self.end),
            Some(before) => (&self.sums[before * self.contexts.len()..], at),
        }
    }
}

/// Adds rows to the sums of their contexts, or takes them away.
fn add(columns: &Columns, rows: Range<usize>, negative: bool, out: &mut [RowSums]) {
    let slice = columns.slice(rows.clone());
    for (row, (context, flows)) in rows.zip(slice.context.iter().zip(slice.flows)) {
        let [a, b, c, d] = columns.counters(row);
        put(&mut out[*context as usize], [1, u64::from(*flows), a, b, c, d], negative);
    }
}

#[inline]
fn put(sums: &mut RowSums, numbers: RowSums, negative: bool) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        // Whatever is taken away was added: the sums of all that is loaded fit.
        *sum = if negative { sum.wrapping_sub(number) } else { sum.wrapping_add(number) };
    }
}
