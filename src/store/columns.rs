//! The sealed table: flow records in columns, sorted by conversation.
//!
//! A conversation's key (source, destination, service) is stored once, its rows lie next to
//! each other. A row costs 40 bytes; packet and byte counts are 32 bits wide, and the few rows
//! that need more are kept whole in a list beside the columns.

use crate::ingest::Row;
use crate::model::UnixMillis;
use hashbrown::HashTable;

/// Marks a row whose counters are in the list of wide ones.
const WIDE: u32 = u32::MAX;

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Columns {
    src: Vec<u32>,
    dst: Vec<u32>,
    service: Vec<u32>,
    /// Where each conversation's rows begin.
    start: Vec<u32>,
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
    pub rows: std::ops::Range<usize>,
}

/// A row on its way into the table: its minute is the first of its bin.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: Row,
    first_ms: u32,
    last_ms: u32,
}

impl Entry {
    /// Moves a row's minute to the beginning of a bin of so many minutes.
    fn new(row: Row, bin: u32) -> Self {
        Self { row, first_ms: u32::from(row.first_ms), last_ms: u32::from(row.last_ms) }.binned(bin)
    }

    fn binned(mut self, bin: u32) -> Self {
        let start = self.row.minute / bin * bin;
        let later = (self.row.minute - start) * 60_000;
        self.row.minute = start;
        self.first_ms += later;
        self.last_ms += later;
        self
    }
}

type Order = (u32, u32, u32, u32, u32);

fn order(row: &Row) -> Order {
    (row.src, row.dst, row.service, row.context, row.minute)
}

impl Columns {
    /// Rows in the table.
    pub fn len(&self) -> usize {
        self.context.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.context.is_empty()
    }

    /// How many conversations there are.
    pub fn conversations(&self) -> usize {
        self.src.len()
    }

    /// The conversation of this number; numbers are below [`Columns::conversations`].
    pub fn conversation(&self, index: usize) -> ConversationRows {
        let start = self.start[index] as usize;
        let end = self.start.get(index + 1).map_or(self.len(), |s| *s as usize);
        ConversationRows {
            src: self.src[index],
            dst: self.dst[index],
            service: self.service[index],
            rows: start..end,
        }
    }

    /// The context of a row.
    #[inline]
    pub fn context(&self, row: usize) -> u32 {
        self.context[row]
    }

    /// The minute of a row.
    #[inline]
    pub fn minute(&self, row: usize) -> u32 {
        self.minute[row]
    }

    /// The flows of a row.
    #[inline]
    pub fn flows(&self, row: usize) -> u64 {
        u64::from(self.flows[row])
    }

    /// The tuples of a row.
    #[inline]
    pub fn tuples(&self, row: usize) -> u64 {
        u64::from(self.tuples[row])
    }

    /// The packets and bytes of a row, in the order in which a tuple has them.
    #[inline]
    pub fn counters(&self, row: usize) -> [u64; 4] {
        let narrow = self.counters[row];
        if narrow[0] == WIDE
            && let Ok(at) = self.wide.binary_search_by_key(&(row as u32), |w| w.0)
        {
            return self.wide[at].1;
        }
        narrow.map(u64::from)
    }

    /// Times of the earliest and latest tuple of a row.
    pub fn span(&self, row: usize) -> (UnixMillis, UnixMillis) {
        let start = UnixMillis::from_minute(self.minute[row]).0;
        (UnixMillis(start + i64::from(self.first_ms[row])), UnixMillis(start + i64::from(self.last_ms[row])))
    }

    fn entry(&self, conversation: &ConversationRows, row: usize) -> Entry {
        let found = Row {
            counters: self.counters(row),
            src: conversation.src,
            dst: conversation.dst,
            service: conversation.service,
            context: self.context[row],
            minute: self.minute[row],
            flows: self.flows[row],
            tuples: self.tuples[row],
            first_ms: 0,
            last_ms: 0,
        };
        Entry { row: found, first_ms: self.first_ms[row], last_ms: self.last_ms[row] }
    }

    /// All rows, in order.
    fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        (0..self.conversations()).flat_map(move |index| {
            let conversation = self.conversation(index);
            conversation.rows.clone().map(move |row| self.entry(&conversation, row))
        })
    }

    /// This table and more rows as one, in bins of so many minutes, which this table must have been made
    /// with too; rows of the same key and bin become one. Empties `more`.
    pub fn merged(&self, more: &mut Vec<Row>, bin: u32) -> Self {
        let sorted = sorted(more);
        let mut out = Self::default();
        out.reserve(self.len() + more.len());
        let mut joiner = Joiner::default();
        let mut old = self.iter().peekable();
        let mut new = sorted.iter().map(|index| Entry::new(more[*index as usize], bin)).peekable();
        loop {
            let next = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) if order(&b.row) < order(&a.row) => new.next(),
                (Some(_), _) => old.next(),
                (None, _) => new.next(),
            };
            let Some(next) = next else { break };
            joiner.add(next, &mut out);
        }
        joiner.end(&mut out);
        drop(new);
        more.clear();
        out
    }

    /// This table in wider bins.
    pub fn coarsened(&self, bin: u32) -> Self {
        let mut out = Self::default();
        let mut joiner = Joiner::default();
        self.iter().for_each(|entry| joiner.add(entry.binned(bin), &mut out));
        joiner.end(&mut out);
        out
    }

    /// This table with other addresses, by a row's context and its two ends.
    pub fn readdressed(&self, to: impl Fn(u32, u32, u32) -> (u32, u32)) -> Self {
        let mut entries: Vec<Entry> = self.iter().collect();
        for Entry { row, .. } in &mut entries {
            (row.src, row.dst) = to(row.context, row.src, row.dst);
        }
        entries.sort_by_key(|entry| order(&entry.row));
        let mut out = Self::default();
        let mut joiner = Joiner::default();
        entries.into_iter().for_each(|entry| joiner.add(entry, &mut out));
        joiner.end(&mut out);
        out
    }

    fn reserve(&mut self, rows: usize) {
        self.context.reserve(rows);
        self.minute.reserve(rows);
        self.first_ms.reserve(rows);
        self.last_ms.reserve(rows);
        self.tuples.reserve(rows);
        self.flows.reserve(rows);
        self.counters.reserve(rows);
    }

    fn append(&mut self, entry: &Entry) {
        let row = &entry.row;
        let index = self.len() as u32;
        let known = (self.src.last(), self.dst.last(), self.service.last());
        if known != (Some(&row.src), Some(&row.dst), Some(&row.service)) {
            self.src.push(row.src);
            self.dst.push(row.dst);
            self.service.push(row.service);
            self.start.push(index);
        }
        self.context.push(row.context);
        self.minute.push(row.minute);
        self.first_ms.push(entry.first_ms);
        self.last_ms.push(entry.last_ms);
        self.tuples.push(row.tuples);
        self.flows.push(row.flows);
        let narrow = row.counters.map(|c| u32::try_from(c).unwrap_or(WIDE));
        if narrow.contains(&WIDE) {
            self.counters.push([WIDE; 4]);
            self.wide.push((index, row.counters));
        } else {
            self.counters.push(narrow);
        }
    }
}

/// The order of rows, as their indices. There are far fewer conversations than rows: those are
/// told apart by hashing and sorted, and the rows counted into their places, so that comparing
/// is left for the few rows of each conversation.
fn sorted(rows: &[Row]) -> Vec<u32> {
    let mut table: HashTable<u32> = HashTable::new();
    let mut keys: Vec<(u32, u32, u32)> = Vec::new();
    let mut sizes: Vec<u32> = Vec::new();
    let mut conversation_of: Vec<u32> = Vec::with_capacity(rows.len());
    for row in rows {
        let key = (row.src, row.dst, row.service);
        let hash = hash(key);
        let found = table.find(hash, |id| keys[*id as usize] == key).copied();
        let id = found.unwrap_or_else(|| {
            let id = keys.len() as u32;
            keys.push(key);
            sizes.push(0);
            table.insert_unique(hash, id, |id| self::hash(keys[*id as usize]));
            id
        });
        sizes[id as usize] += 1;
        conversation_of.push(id);
    }
    drop(table);
    let mut by_key: Vec<u32> = (0..keys.len() as u32).collect();
    by_key.sort_unstable_by_key(|id| keys[*id as usize]);
    // Where each conversation's rows begin, then where its next row goes.
    let mut next = vec![0u32; keys.len()];
    let mut start = 0;
    for id in &by_key {
        next[*id as usize] = start;
        start += sizes[*id as usize];
    }
    let mut out = vec![0u32; rows.len()];
    for (index, id) in conversation_of.iter().enumerate() {
        let place = &mut next[*id as usize];
        out[*place as usize] = index as u32;
        *place += 1;
    }
    let mut rest = out.as_mut_slice();
    for id in &by_key {
        let (run, after) = rest.split_at_mut(sizes[*id as usize] as usize);
        if run.len() > 1 {
            run.sort_unstable_by_key(|index| {
                let row = &rows[*index as usize];
                (row.context, row.minute)
            });
        }
        rest = after;
    }
    out
}

/// Spreads a conversation's key over 64 bits.
fn hash((src, dst, service): (u32, u32, u32)) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let ends = u64::from(src) << 32 | u64::from(dst);
    let mixed = (ends.wrapping_mul(K) ^ u64::from(service)).wrapping_mul(K);
    mixed ^ mixed >> 32
}

/// Joins neighbours of one key and bin on their way into a table.
#[derive(Debug, Default)]
struct Joiner(Option<Entry>);

impl Joiner {
    fn add(&mut self, next: Entry, out: &mut Columns) {
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

    fn end(self, out: &mut Columns) {
        if let Some(last) = self.0 {
            out.append(&last);
        }
    }
}

/// Two rows of one key and bin as one; `None` if they aren't, or a sum would not fit.
fn join(a: &Entry, b: &Entry) -> Option<Entry> {
    if order(&a.row) != order(&b.row) {
        return None;
    }
    let mut out = *a;
    out.row.tuples = a.row.tuples.checked_add(b.row.tuples)?;
    out.row.flows = a.row.flows.checked_add(b.row.flows)?;
    for (sum, value) in out.row.counters.iter_mut().zip(b.row.counters) {
        *sum = sum.checked_add(value)?;
    }
    out.first_ms = a.first_ms.min(b.first_ms);
    out.last_ms = a.last_ms.max(b.last_ms);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn row(src: u32, service: u32, minute: u32, bytes: u64) -> Row {
        Row { src, service, minute, counters: [1, bytes, 0, 0], flows: 1, tuples: 2, ..Row::zeroed() }
    }

    #[test]
    fn merging_sorts_by_conversation_and_joins_equal_keys() {
        let first = Columns::default().merged(&mut vec![row(2, 1, 5, 10), row(1, 1, 5, 1)], 1);
        let both = first.merged(&mut vec![row(1, 1, 5, 2), row(1, 1, 6, 4), row(1, 2, 5, 8)], 1);
        assert_eq!((both.len(), both.conversations()), (4, 3));
        assert_eq!(both.conversation(0).rows, 0..2);
        assert_eq!(both.counters(0), [2, 3, 0, 0]);
        assert_eq!((both.flows(0), both.tuples(0)), (2, 4));
    }

    #[test]
    fn counters_past_32_bits_come_back_whole() {
        let big = u64::from(u32::MAX);
        let table = Columns::default()
            .merged(&mut vec![row(1, 1, 1, 7), row(1, 1, 2, big), row(1, 1, 3, 1 << 50)], 1);
        assert_eq!([0, 1, 2].map(|r| table.counters(r)[1]), [7, big, 1 << 50]);
        let again = table.merged(&mut vec![row(0, 0, 0, 1)], 1);
        assert_eq!([1, 2, 3].map(|r| again.counters(r)[1]), [7, big, 1 << 50]);
    }

    #[test]
    fn wider_bins_keep_sums_and_spans() {
        let rows = || vec![row(1, 1, 61, 7), row(1, 1, 119, 8), row(1, 1, 120, 9)];
        let fine = Columns::default().merged(&mut rows(), 1);
        let coarse = fine.coarsened(60);
        assert_eq!((coarse.len(), coarse.flows(0), coarse.counters(0)), (2, 2, [2, 15, 0, 0]));
        assert_eq!(coarse.span(0), (fine.span(0).0, fine.span(1).1));
        let at_once = Columns::default().merged(&mut rows(), 60);
        assert_eq!((at_once.len(), at_once.span(0), at_once.counters(0)), (2, coarse.span(0), [2, 15, 0, 0]));
    }
}
