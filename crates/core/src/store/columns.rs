//! The sealed table: flow records in columns, those of a conversation next to each other.
//!
//! A conversation's key (source, destination, service) is stored once; its rows are sorted by minute and
//! context. A row costs 40 bytes; packet and byte counts are 32 bits wide, and the few rows that need
//! more are kept whole in a list beside the columns.

use super::keys::{Key, Keys};
use super::waiting::Entry;
use crate::model::UnixMillis;
use std::ops::Range;

/// Marks a row whose counters are in the list of wide ones.
const WIDE: u32 = u32::MAX;

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Columns {
    pub(super) keys: Keys,
    /// Where each conversation's rows begin. Conversations of which no row was merged yet have none.
    pub(super) start: Vec<u32>,
    pub(super) rows: Rows,
}

/// The columns themselves.
#[derive(Debug, Default, Clone)]
pub(super) struct Rows {
    pub context: Vec<u32>,
    pub minute: Vec<u32>,
    /// Milliseconds from the row's minute to its earliest and latest tuple.
    pub first_ms: Vec<u32>,
    pub last_ms: Vec<u32>,
    pub tuples: Vec<u32>,
    pub flows: Vec<u32>,
    pub counters: Vec<[u32; 4]>,
    /// Rows whose counters are wider, in order.
    pub wide: Vec<(u32, [u64; 4])>,
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

    /// The same with those of which no row was merged yet.
    pub fn numbers(&self) -> usize {
        self.keys.len()
    }

    /// The conversation of this number; numbers are below [`Columns::conversations`].
    pub fn conversation(&self, index: usize) -> ConversationRows {
        let [src, dst, service] = self.keys.key(index);
        ConversationRows { src, dst, service, rows: self.begin(index)..self.begin(index + 1) }
    }

    /// Where the rows of a conversation begin; those of one that has none yet, at the end.
    pub(super) fn begin(&self, index: usize) -> usize {
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

    /// The number under which rows of this key wait.
    #[inline]
    pub fn number(&mut self, key: Key) -> u32 {
        self.keys.number(key)
    }

    /// How many rows have wide counters.
    pub fn wide(&self) -> usize {
        self.rows.wide.len()
    }

    /// How many rows there were, and how many of them wide, if every sum fitted into one row: a function of what was
    /// merged, where rows that are split for a sum are of the order in which they came.
    pub fn distinct(&self) -> (usize, usize) {
        let (mut rows, mut wide) = (self.len(), self.wide());
        for number in 0..self.conversations() {
            let mut from = self.begin(number);
            let end = self.begin(number + 1);
            while from < end {
                let order = self.rows.order(from);
                let same = (from + 1..end).take_while(|row| self.rows.order(*row) == order).count();
                if same > 0 {
                    let split = from..from + 1 + same;
                    let mut sums = [0u64; 4];
                    for row in split.clone() {
                        let counters = self.counters(row);
                        sums.iter_mut().zip(counters).for_each(|(sum, n)| *sum = sum.saturating_add(n));
                    }
                    rows -= same;
                    wide -= split.filter(|row| self.rows.is_wide(*row)).count();
                    wide += usize::from(sums.iter().any(|sum| *sum >= u64::from(WIDE)));
                }
                from += 1 + same;
            }
        }
        (rows, wide)
    }
}

impl Rows {
    #[inline]
    pub fn len(&self) -> usize {
        self.context.len()
    }

    /// What rows of one conversation are sorted by: see [`Entry::order`].
    #[inline]
    pub fn order(&self, row: usize) -> (u32, u32) {
        (self.minute[row], self.context[row])
    }

    /// A row, with these counters if they are wide.
    #[inline]
    pub fn entry(&self, row: usize, wide: impl FnOnce() -> [u64; 4]) -> Entry {
        Entry {
            counters: narrowly(&self.counters[row]).unwrap_or_else(wide),
            conversation: 0,
            context: self.context[row],
            minute: self.minute[row],
            flows: self.flows[row],
            tuples: self.tuples[row],
            first_ms: self.first_ms[row],
            last_ms: self.last_ms[row],
        }
    }

    /// Overwrites a row. Whoever does keeps wide counters in the list: whether they are.
    #[inline]
    pub fn put(&mut self, row: usize, entry: &Entry) -> bool {
        self.context[row] = entry.context;
        self.minute[row] = entry.minute;
        self.first_ms[row] = entry.first_ms;
        self.last_ms[row] = entry.last_ms;
        self.tuples[row] = entry.tuples;
        self.flows[row] = entry.flows;
        let narrow = entry.counters.map(|c| u32::try_from(c).unwrap_or(WIDE));
        let is_wide = narrow.contains(&WIDE);
        self.counters[row] = if is_wide { [WIDE; 4] } else { narrow };
        is_wide
    }

    /// Whether a row's counters are in the list of wide ones.
    #[inline]
    pub fn is_wide(&self, row: usize) -> bool {
        self.counters[row][0] == WIDE
    }
}

#[cfg(test)]
mod tests {
    use super::super::waiting::Waiting;
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
        table.merge(&mut waiting, 0);
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
            let mut keys = Keys::default();
            let to: Vec<[u32; 2]> = (0..table.conversations())
                .map(|number| {
                    let ConversationRows { src, dst, service, .. } = table.conversation(number);
                    [src / 2, src].map(|src| keys.number([src, dst, service]))
                })
                .collect();
            table.renumber(keys, |number, context| to[number][usize::from(context > 0)]);
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
