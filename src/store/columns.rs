//! The sealed table: flow records in columns, those of a conversation next to each other.
//!
//! A conversation's key (source, destination, service) is stored once; its rows are sorted by minute and
//! context. A row costs 40 bytes; packet and byte counts are 32 bits wide, and the few rows that need
//! more are kept whole in a list beside the columns.

use super::keys::{Key, Keys};
use super::waiting::{Entry, SPAN, Waiting};
use crate::model::UnixMillis;
use std::ops::Range;

/// Marks a row whose counters are in the list of wide ones.
const WIDE: u32 = u32::MAX;

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Columns {
    keys: Keys,
    /// Where each conversation's rows begin. Conversations of which no row was merged yet have none.
    start: Vec<u32>,
    rows: Rows,
}

/// The columns themselves.
#[derive(Debug, Default, Clone)]
struct Rows {
    context: Vec<u32>,
    minute: Vec<u32>,
    /// Milliseconds from the row's minute to its earliest and latest tuple.
    first_ms: Vec<u32>,
    last_ms: Vec<u32>,
    tuples: Vec<u32>,
    flows: Vec<u32>,
    counters: Vec<[u32; 4]>,
    wide: Vec<(u32, [u64; 4])>,
}

/// One conversation: its key and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRows {
    /// Number of the source address.
    pub src: u32,
    /// Number of the destination address.
    pub dst: u32,
    /// Protocol number in the upper 16 bits, destination port in the lower.
    pub service: u32,
    /// Its rows in the table.
    pub rows: Range<usize>,
}

/// Some rows, column by column.
#[derive(Debug, Clone, Copy)]
pub struct Slice<'a> {
    /// Numbers of contexts.
    pub context: &'a [u32],
    /// Minutes.
    pub minute: &'a [u32],
    /// Flows.
    pub flows: &'a [u32],
    /// Packets and bytes, for [`narrowly`].
    pub counters: &'a [[u32; 4]],
    /// Milliseconds from the minute to the earliest tuple.
    pub first_ms: &'a [u32],
    /// The same to the latest.
    pub last_ms: &'a [u32],
    /// The number of the first of them.
    pub from: usize,
}

/// The packets and bytes of a row; `None`: they are too large and with the wide ones.
#[inline]
pub(super) fn narrowly(counters: &[u32; 4]) -> Option<[u64; 4]> {
    // Written out: `map` is called, row by row.
    let [a, b, c, d] = *counters;
    if a == WIDE { None } else { Some([u64::from(a), u64::from(b), u64::from(c), u64::from(d)]) }
}

impl Columns {
    /// Rows in the table.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many conversations there are.
    pub fn conversations(&self) -> usize {
        self.start.len()
    }

    /// The conversation of this number; numbers are below [`Columns::conversations`].
    pub fn conversation(&self, index: usize) -> ConversationRows {
        let [src, dst, service] = self.keys.key(index);
        ConversationRows { src, dst, service, rows: self.begin(index)..self.begin(index + 1) }
    }

    /// Where the rows of a conversation begin; those of one that has none yet, at the end.
    fn begin(&self, index: usize) -> usize {
        self.start.get(index).map_or(self.len(), |start| *start as usize)
    }

    /// The context of a row.
    #[inline]
    pub fn context(&self, row: usize) -> u32 {
        self.rows.context[row]
    }

    /// The minute of a row.
    #[inline]
    pub fn minute(&self, row: usize) -> u32 {
        self.rows.minute[row]
    }

    /// The flows of a row.
    #[inline]
    pub fn flows(&self, row: usize) -> u64 {
        u64::from(self.rows.flows[row])
    }

    /// The tuples of a row.
    #[inline]
    pub fn tuples(&self, row: usize) -> u64 {
        u64::from(self.rows.tuples[row])
    }

    /// The packets and bytes of a row, in the order in which a tuple has them.
    #[inline]
    pub fn counters(&self, row: usize) -> [u64; 4] {
        let narrow = self.rows.counters[row];
        if narrow[0] == WIDE
            && let Ok(at) = self.rows.wide.binary_search_by_key(&(row as u32), |w| w.0)
        {
            return self.rows.wide[at].1;
        }
        narrow.map(u64::from)
    }

    /// The columns of some rows side by side.
    #[inline]
    pub fn slice(&self, rows: Range<usize>) -> Slice<'_> {
        let of = &self.rows;
        Slice {
            context: &of.context[rows.clone()],
            minute: &of.minute[rows.clone()],
            flows: &of.flows[rows.clone()],
            counters: &of.counters[rows.clone()],
            first_ms: &of.first_ms[rows.clone()],
            last_ms: &of.last_ms[rows.clone()],
            from: rows.start,
        }
    }

    /// The minutes of all rows.
    pub fn minutes(&self) -> &[u32] {
        &self.rows.minute
    }

    /// Times of the earliest and latest tuple of a row.
    pub fn span(&self, row: usize) -> (UnixMillis, UnixMillis) {
        let start = UnixMillis::from_minute(self.minute(row)).0;
        let rows = &self.rows;
        (UnixMillis(start + i64::from(rows.first_ms[row])), UnixMillis(start + i64::from(rows.last_ms[row])))
    }

    /// Behind the last of a conversation's rows that come before this order.
    fn before(&self, rows: Range<usize>, order: (u32, u32)) -> usize {
        // Mostly all of them do.
        match rows.clone().next_back() {
            Some(last) if (self.minute(last), self.context(last)) >= order => {
                let minutes = &self.rows.minute[rows.clone()];
                rows.start + minutes.partition_point(|minute| *minute < order.0)
            }
            _ => rows.end,
        }
    }

    fn entry(&self, conversation: u32, row: usize) -> Entry {
        Entry {
            counters: self.counters(row),
            conversation,
            context: self.context(row),
            minute: self.minute(row),
            flows: self.rows.flows[row],
            tuples: self.rows.tuples[row],
            first_ms: self.rows.first_ms[row],
            last_ms: self.rows.last_ms[row],
        }
    }

    fn entries(&self, conversation: usize, rows: Range<usize>) -> impl Iterator<Item = Entry> + '_ {
        rows.map(move |row| self.entry(conversation as u32, row))
    }

    /// The number under which rows of this key wait.
    #[inline]
    pub fn number(&mut self, key: Key) -> u32 {
        self.keys.number(key)
    }

    /// Merges the rows that wait into the table. They must be in bins of the same width as the table's;
    /// rows of the same key and bin become one.
    pub fn merge(&mut self, waiting: &mut Waiting) {
        let all = self.keys.len();
        let mut out = Rows::with_capacity(self.len() + waiting.len());
        let mut start = Vec::with_capacity(all);
        let mut rows = Vec::new();
        let mut begin = [0; SPAN + 1];
        for first in (0..all).step_by(SPAN) {
            let end = all.min(first + SPAN);
            let Some(bucket) = waiting.bucket(first / SPAN) else {
                let moved = out.len();
                let from = self.begin(first);
                start.extend((first..end).map(|number| (moved + self.begin(number) - from) as u32));
                out.copy(&self.rows, from..self.begin(end));
                continue;
            };
            bucket.sorted(&mut rows, &mut begin);
            for number in first..end {
                start.push(out.len() as u32);
                let known = self.begin(number)..self.begin(number + 1);
                let (from, to) = (begin[number - first] as usize, begin[number - first + 1] as usize);
                let mut new = rows[from..to].iter().copied().peekable();
                let before = new.peek().map_or(known.end, |first| self.before(known.clone(), first.order()));
                out.copy(&self.rows, known.start..before);
                let mut old = self.entries(number, before..known.end).peekable();
                let mut joiner = Joiner::default();
                loop {
                    let next = match (old.peek(), new.peek()) {
                        (Some(a), Some(b)) if b.order() < a.order() => new.next(),
                        (Some(_), _) => old.next(),
                        (None, _) => new.next(),
                    };
                    let Some(next) = next else { break };
                    joiner.add(next, &mut out);
                }
                joiner.end(&mut out);
            }
        }
        waiting.clear();
        self.rows = out;
        self.start = start;
    }

    /// Puts the rows into wider bins.
    pub fn coarsen(&mut self, bin: u32) {
        let mut out = Rows::default();
        let mut start = Vec::with_capacity(self.conversations());
        for number in 0..self.conversations() {
            start.push(out.len() as u32);
            let mut joiner = Joiner::default();
            let entries = self.entries(number, self.begin(number)..self.begin(number + 1));
            entries.for_each(|entry| joiner.add(entry.binned(bin), &mut out));
            joiner.end(&mut out);
        }
        self.rows = out;
        self.start = start;
    }

    /// Gives the rows other addresses, by a row's context and its two ends.
    pub fn readdress(&mut self, to: impl Fn(u32, u32, u32) -> (u32, u32)) {
        let mut keys = Keys::default();
        let mut entries: Vec<Entry> = Vec::with_capacity(self.len());
        for number in 0..self.conversations() {
            let [src, dst, service] = self.keys.key(number);
            for mut entry in self.entries(number, self.begin(number)..self.begin(number + 1)) {
                let (src, dst) = to(entry.context, src, dst);
                entry.conversation = keys.number([src, dst, service]);
                entries.push(entry);
            }
        }
        entries.sort_unstable_by_key(|entry| (entry.conversation, entry.order()));
        let mut out = Rows::default();
        let mut start = Vec::with_capacity(keys.len());
        for rows in entries.chunk_by(|a, b| a.conversation == b.conversation) {
            start.push(out.len() as u32);
            let mut joiner = Joiner::default();
            rows.iter().for_each(|entry| joiner.add(*entry, &mut out));
            joiner.end(&mut out);
        }
        *self = Self { keys, start, rows: out };
    }
}

impl Rows {
    fn with_capacity(rows: usize) -> Self {
        Self {
            context: Vec::with_capacity(rows),
            minute: Vec::with_capacity(rows),
            first_ms: Vec::with_capacity(rows),
            last_ms: Vec::with_capacity(rows),
            tuples: Vec::with_capacity(rows),
            flows: Vec::with_capacity(rows),
            counters: Vec::with_capacity(rows),
            wide: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.context.len()
    }

    /// Appends rows of another table as they are.
    fn copy(&mut self, of: &Self, rows: Range<usize>) {
        let (first, end) = (rows.start as u32, rows.end as u32);
        let wide = of.wide.partition_point(|w| w.0 < first)..of.wide.partition_point(|w| w.0 < end);
        let moved = self.len() as u32;
        self.wide.extend(of.wide[wide].iter().map(|(row, counters)| (row - first + moved, *counters)));
        self.context.extend_from_slice(&of.context[rows.clone()]);
        self.minute.extend_from_slice(&of.minute[rows.clone()]);
        self.first_ms.extend_from_slice(&of.first_ms[rows.clone()]);
        self.last_ms.extend_from_slice(&of.last_ms[rows.clone()]);
        self.tuples.extend_from_slice(&of.tuples[rows.clone()]);
        self.flows.extend_from_slice(&of.flows[rows.clone()]);
        self.counters.extend_from_slice(&of.counters[rows]);
    }

    fn append(&mut self, entry: &Entry) {
        let index = self.len() as u32;
        self.context.push(entry.context);
        self.minute.push(entry.minute);
        self.first_ms.push(entry.first_ms);
        self.last_ms.push(entry.last_ms);
        self.tuples.push(entry.tuples);
        self.flows.push(entry.flows);
        let narrow = entry.counters.map(|c| u32::try_from(c).unwrap_or(WIDE));
        if narrow.contains(&WIDE) {
            self.counters.push([WIDE; 4]);
            self.wide.push((index, entry.counters));
        } else {
            self.counters.push(narrow);
        }
    }
}

/// Joins neighbours of one conversation and bin on their way into a table.
#[derive(Debug, Default)]
struct Joiner(Option<Entry>);

impl Joiner {
    fn add(&mut self, next: Entry, out: &mut Rows) {
        self.0 = Some(match self.0.take() {
            None => next,
            Some(last) => match join(&last, &next) {
                Some(joined) => joined,
                None => {
                    out.append(&last);
                    next
                }
            },
        });
    }

    fn end(self, out: &mut Rows) {
        if let Some(last) = self.0 {
            out.append(&last);
        }
    }
}

/// Two rows of one conversation as one; `None` if their keys differ, or a sum would not fit.
fn join(a: &Entry, b: &Entry) -> Option<Entry> {
    if a.order() != b.order() {
        return None;
    }
    let mut out = *a;
    out.tuples = a.tuples.checked_add(b.tuples)?;
    out.flows = a.flows.checked_add(b.flows)?;
    for (sum, value) in out.counters.iter_mut().zip(b.counters) {
        *sum = sum.checked_add(value)?;
    }
    out.first_ms = a.first_ms.min(b.first_ms);
    out.last_ms = a.last_ms.max(b.last_ms);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Row;
    use bytemuck::Zeroable;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn row(src: u32, service: u32, minute: u32, bytes: u64) -> Row {
        Row { src, service, minute, counters: [1, bytes, 0, 0], flows: 1, tuples: 2, ..Row::zeroed() }
    }

    fn merge(table: &mut Columns, rows: &[Row], bin: u32) {
        let mut waiting = Waiting::default();
        for row in rows {
            let number = table.number([row.src, row.dst, row.service]);
            waiting.push(Entry::new(row, number, row.context, bin));
        }
        table.merge(&mut waiting);
        assert!(waiting.is_empty());
    }

    #[test]
    fn merging_groups_by_conversation_and_joins_equal_keys() {
        let mut table = Columns::default();
        merge(&mut table, &[row(2, 1, 5, 10), row(1, 1, 5, 1)], 1);
        merge(&mut table, &[row(1, 1, 5, 2), row(1, 1, 6, 4), row(1, 2, 5, 8)], 1);
        assert_eq!((table.len(), table.conversations()), (4, 3));
        let second = table.conversation(1);
        assert_eq!((second.src, second.service, second.rows), (1, 1, 1..3));
        assert_eq!(table.counters(1), [2, 3, 0, 0]);
        assert_eq!((table.flows(1), table.tuples(1)), (2, 4));
    }

    #[test]
    fn counters_past_32_bits_come_back_whole() {
        let big = u64::from(u32::MAX);
        let mut table = Columns::default();
        merge(&mut table, &[row(1, 1, 1, 7), row(1, 1, 2, big), row(1, 1, 3, 1 << 50)], 1);
        assert_eq!([0, 1, 2].map(|r| table.counters(r)[1]), [7, big, 1 << 50]);
        merge(&mut table, &[row(0, 0, 0, 1), row(1, 1, 0, 9)], 1);
        assert_eq!([0, 1, 2, 3].map(|r| table.counters(r)[1]), [9, 7, big, 1 << 50]);
        merge(&mut table, &[row(0, 0, 7, 1 << 40)], 1);
        assert_eq!([2, 3, 5].map(|r| table.counters(r)[1]), [big, 1 << 50, 1 << 40]);
    }

    #[test]
    fn wider_bins_keep_sums_and_spans() {
        let rows = [row(1, 1, 61, 7), row(1, 1, 119, 8), row(1, 1, 120, 9)];
        let mut fine = Columns::default();
        merge(&mut fine, &rows, 1);
        let mut coarse = fine.clone();
        coarse.coarsen(60);
        assert_eq!((coarse.len(), coarse.flows(0), coarse.counters(0)), (2, 2, [2, 15, 0, 0]));
        assert_eq!(coarse.span(0), (fine.span(0).0, fine.span(1).1));
        let mut at_once = Columns::default();
        merge(&mut at_once, &rows, 60);
        assert_eq!((at_once.len(), at_once.span(0), at_once.counters(0)), (2, coarse.span(0), [2, 15, 0, 0]));
    }

    type Sums = BTreeMap<(u32, u32, u32, u32, u32), [u64; 3]>;

    fn sums(table: &Columns) -> Sums {
        let mut out = Sums::new();
        for number in 0..table.conversations() {
            let conversation = table.conversation(number);
            for row in conversation.rows {
                let key = (
                    conversation.src,
                    conversation.dst,
                    conversation.service,
                    table.context(row),
                    table.minute(row),
                );
                let sums = [table.tuples(row), table.flows(row), table.counters(row)[1]];
                assert!(out.insert(key, sums).is_none(), "a key twice");
            }
        }
        out
    }

    fn any_row() -> impl Strategy<Value = Row> {
        // Sources past one bucket, few other values, so that keys meet; bytes of both widths.
        (0..1500_u32, 0..2_u32, 0..2_u32, 0..4_u32, prop_oneof![0..9_u64, Just(1 << 40)]).prop_map(
            |(src, dst, context, minute, bytes)| Row {
                dst,
                context,
                ..row(src % 700, src / 700, minute, bytes)
            },
        )
    }

    proptest! {
        #[test]
        fn however_rows_come_the_table_is_the_sum_by_key(
            rows in prop::collection::vec(any_row(), 0..600), cuts in prop::collection::vec(0..600_usize, 0..4),
        ) {
            let mut naive = Sums::new();
            for row in &rows {
                let sums = naive.entry((row.src, row.dst, row.service, row.context, row.minute)).or_default();
                for (sum, value) in sums.iter_mut().zip([2, 1, row.counters[1]]) {
                    *sum += value;
                }
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).collect();
            cuts.sort_unstable();
            cuts.push(rows.len());
            let mut table = Columns::default();
            let mut from = 0;
            for cut in cuts {
                merge(&mut table, &rows[from..cut], 1);
                from = cut;
            }
            prop_assert_eq!(&sums(&table), &naive);
            table.readdress(|context, src, dst| if context == 0 { (src / 2, dst) } else { (src, dst) });
            let mut moved = Sums::new();
            for ((src, dst, service, context, minute), values) in naive {
                let src = if context == 0 { src / 2 } else { src };
                let sums = moved.entry((src, dst, service, context, minute)).or_default();
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += value;
                }
            }
            prop_assert_eq!(sums(&table), moved);
        }
    }
}
