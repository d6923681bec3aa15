//! Rows that wait to be merged into the table.
//!
//! They are put apart by conversation as they come, some hundred conversations together. So merging reads
//! rows that lie near each other: picking millions of them one by one out of a single list took most of
//! the time of loading, nearly all of it waiting for memory.

use crate::ingest::Row;

/// So many conversations share a bucket.
pub const SPAN: usize = 512;
/// Buckets grow by so many rows, so that nothing is ever moved to grow.
const CHUNK: usize = 64;

/// A row on its way into the table, with the number of its conversation; its minute is the first of its bin.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Packets and bytes, in the order in which a tuple has them.
    pub counters: [u64; 4],
    /// Number of the conversation.
    pub conversation: u32,
    /// Number of the context.
    pub context: u32,
    /// Minutes since 1970.
    pub minute: u32,
    /// New flows, or denied attempts.
    pub flows: u32,
    /// Tuples added up here.
    pub tuples: u32,
    /// Milliseconds of the earliest tuple into its bin.
    pub first_ms: u32,
    /// Milliseconds of the latest tuple into its bin.
    pub last_ms: u32,
}

impl Entry {
    /// A row of a part, in a bin of so many minutes.
    #[inline]
    pub fn new(row: &Row, conversation: u32, context: u32, bin: u32) -> Self {
        Self {
            counters: row.counters,
            conversation,
            context,
            minute: row.minute,
            flows: row.flows,
            tuples: row.tuples,
            first_ms: u32::from(row.first_ms),
            last_ms: u32::from(row.last_ms),
        }
        .binned(bin)
    }

    /// Moves its minute to the beginning of a bin of so many minutes.
    #[inline]
    pub fn binned(mut self, bin: u32) -> Self {
        if bin > 1 {
            let start = self.minute / bin * bin;
            let later = (self.minute - start) * 60_000;
            self.minute = start;
            self.first_ms += later;
            self.last_ms += later;
        }
        self
    }

    /// What rows of one conversation are sorted by: time first, so that what comes later mostly goes
    /// behind what is there.
    #[inline]
    pub fn order(&self) -> (u32, u32) {
        (self.minute, self.context)
    }
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Waiting {
    buckets: Vec<Bucket>,
    spare: Vec<Vec<Entry>>,
    rows: usize,
}

/// Rows of [`SPAN`] conversations, in order of arrival.
#[derive(Debug, Default)]
pub struct Bucket {
    full: Vec<Vec<Entry>>,
    last: Vec<Entry>,
}

impl Waiting {
    /// How many rows wait.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a row.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        let place = entry.conversation as usize / SPAN;
        if place >= self.buckets.len() {
            self.buckets.resize_with(place + 1, Bucket::default);
        }
        let bucket = &mut self.buckets[place];
        if bucket.last.len() == bucket.last.capacity() {
            let chunk = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK));
            let full = std::mem::replace(&mut bucket.last, chunk);
            if !full.is_empty() {
                bucket.full.push(full);
            }
        }
        bucket.last.push(entry);
        self.rows += 1;
    }

    /// The rows of the conversations from `SPAN * place` on, if any wait.
    pub fn bucket(&self, place: usize) -> Option<&Bucket> {
        self.buckets.get(place).filter(|bucket| bucket.len() > 0)
    }

    /// Bytes that are kept for rows to come.
    pub fn spare(&self) -> usize {
        self.spare.len() * CHUNK * size_of::<Entry>()
    }

    /// Gives them up.
    pub fn release(&mut self) {
        self.spare = Vec::new();
    }

    /// Forgets every row, and keeps their room for the next.
    pub fn clear(&mut self) {
        for bucket in &mut self.buckets {
            let last = std::mem::take(&mut bucket.last);
            for mut chunk in bucket.full.drain(..).chain((last.capacity() > 0).then_some(last)) {
                chunk.clear();
                self.spare.push(chunk);
            }
        }
        self.rows = 0;
    }
}

impl Bucket {
    fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len()
    }

    /// Puts its rows into `rows` by conversation, and within a conversation by minute and context, with
    /// where each conversation's begin: `begin[i]..begin[i + 1]` are those of the bucket's i-th.
    pub fn sorted(&self, rows: &mut Vec<Entry>, begin: &mut [u32; SPAN + 1]) {
        let chunks = || self.full.iter().chain(std::iter::once(&self.last));
        *begin = [0; SPAN + 1];
        for entry in chunks().flatten() {
            begin[entry.conversation as usize % SPAN + 1] += 1;
        }
        for i in 0..SPAN {
            begin[i + 1] += begin[i];
        }
        let mut next = *begin;
        let mut order = vec![0; self.len()];
        for (place, entry) in chunks().flatten().enumerate() {
            let next = &mut next[entry.conversation as usize % SPAN];
            order[*next as usize] = place;
            *next += 1;
        }
        rows.clear();
        // Nothing but copying: the next rows are fetched while one is waited for.
        let row = |place: usize| self.full.get(place / CHUNK).unwrap_or(&self.last)[place % CHUNK];
        rows.extend(order.into_iter().map(row));
        for i in 0..SPAN {
            let run = &mut rows[begin[i] as usize..begin[i + 1] as usize];
            if !run.is_sorted_by_key(Entry::order) {
                run.sort_unstable_by_key(Entry::order);
            }
        }
    }
}
