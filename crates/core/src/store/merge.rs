//! Changes of the table as a whole, made where it lies: rows that wait are merged in, bins get wider, conversations
//! get other keys.
//!
//! A second copy of the table would be the largest thing in memory, and an engine in a browser has four gigabytes
//! that never shrink. So merging works from the back, into the room behind the last row; wider bins work from the
//! front, where what is written never overtakes what is read; and other keys take one narrow column at a time.

use super::MERGE_AT;
use super::columns::{Columns, Rows};
use super::keys::Keys;
use super::ranks::put_in_order;
use super::waiting::{Entry, SPAN, Waiting};
use std::ops::Range;

impl Columns {
    /// Merges the rows that wait into the table, which has room for `most` at last. They must be in bins of the same
    /// width as the table's; rows of the same key and bin become one.
    pub fn merge(&mut self, waiting: &mut Waiting, most: usize) {
        let all = self.keys.len();
        let old = self.rows.len();
        self.rows.grow(old + waiting.len(), most);
        self.start.resize(all, old as u32);
        let mut back = Back { unread: old, keep: old, at: self.rows.len(), wide: Vec::new() };
        let mut sorted = Vec::new();
        let mut begin = [0; SPAN + 1];
        for place in (0..all.div_ceil(SPAN)).rev() {
            let first = place * SPAN;
            let end = all.min(first + SPAN);
            let Some(bucket) = waiting.bucket(place) else {
                let from = self.start[first] as usize;
                back.at -= back.keep - from;
                back.keep = from;
                let by = (back.at - from) as u32;
                self.start[first..end].iter_mut().for_each(|start| *start += by);
                continue;
            };
            bucket.sorted(&mut sorted, &mut begin);
            for number in (first..end).rev() {
                let known = self.start[number] as usize..back.keep;
                let (from, to) = (begin[number - first] as usize, begin[number - first + 1] as usize);
                if from < to {
                    let before = self.rows.before(known.clone(), sorted[from].order());
                    back.merge(&mut self.rows, before, &sorted[from..to]);
                }
                back.at -= back.keep - known.start;
                back.keep = known.start;
                self.start[number] = back.at as u32;
            }
        }
        back.end(&mut self.rows, &mut self.start);
        waiting.clear();
    }

    /// Puts the rows into wider bins.
    pub fn coarsen(&mut self, bin: u32) {
        let (mut at, mut wide, mut seen) = (0, Vec::new(), 0);
        let old = std::mem::take(&mut self.rows.wide);
        for number in 0..self.start.len() {
            let known = self.begin(number)..self.begin(number + 1);
            self.start[number] = at as u32;
            let mut write = |rows: &mut Rows, entry: &Entry| {
                if rows.put(at, entry) {
                    wide.push((at as u32, entry.counters));
                }
                at += 1;
            };
            let mut joiner = Joiner::default();
            for row in known {
                let entry = self.rows.entry(row, || {
                    seen += 1;
                    old.get(seen - 1).map_or([0; 4], |(_, counters)| *counters)
                });
                if let Some(done) = joiner.add(entry.binned(bin)) {
                    write(&mut self.rows, &done);
                }
            }
            if let Some(done) = joiner.0 {
                write(&mut self.rows, &done);
            }
        }
        self.rows.truncate(at);
        self.rows.wide = wide;
    }

    /// Gives back room that no rows will need soon: those that there are, and what is merged next.
    pub fn give_back(&mut self, most: usize) {
        self.rows.shrink_to(room(self.rows.len() + MERGE_AT.1, most));
    }

    /// Gives the rows other conversations: `to` tells a row's by the one it has and its context. What becomes one key
    /// and bin becomes one row.
    pub fn renumber(&mut self, keys: Keys, to: impl Fn(usize, u32) -> u32) {
        let mut start = vec![0u32; keys.len()];
        for number in 0..self.start.len() {
            for row in self.begin(number)..self.begin(number + 1) {
                start[to(number, self.rows.context[row]) as usize] += 1;
            }
        }
        let mut begin = 0;
        for start in &mut start {
            begin += std::mem::replace(start, begin);
        }
        // By place: which row goes there.
        let (mut order, mut next) = (vec![0u32; self.rows.len()], start.clone());
        for number in 0..self.start.len() {
            for row in self.begin(number)..self.begin(number + 1) {
                let next = &mut next[to(number, self.rows.context[row]) as usize];
                order[*next as usize] = row as u32;
                *next += 1;
            }
        }
        drop(next);
        (self.keys, self.start) = (keys, start);
        for number in 0..self.start.len() {
            let places = self.begin(number)..self.begin(number + 1);
            let of = |row: &u32| self.rows.order(*row as usize);
            if !order[places.clone()].is_sorted_by_key(of) {
                order[places].sort_unstable_by_key(of);
            }
        }
        self.rows.arrange(order);
        self.coarsen(1);
    }
}

/// The room for so many rows: always a half, a quarter and so on of `most`, and `most` itself at last. So the largest
/// step, which has old and new room of a column at once, is known.
fn room(rows: usize, most: usize) -> usize {
    let mut room = most.max(rows);
    while room / 2 >= rows && room > 1 {
        room /= 2;
    }
    room
}

/// How far merging from the back has come.
struct Back {
    /// Rows from here on have been read.
    unread: usize,
    /// Rows from here to `unread` stay as they are; they will be moved together. Before it, nothing was looked at.
    keep: usize,
    /// Where the first of those will be.
    at: usize,
    /// Wide counters by the new row, the last first.
    wide: Vec<(u32, [u64; 4])>,
}

impl Back {
    /// Moves what stays as it is.
    fn flush(&mut self, rows: &mut Rows) {
        let moved = self.keep..self.unread;
        while rows.wide.last().is_some_and(|(row, _)| *row as usize >= moved.start) {
            let Some((row, counters)) = rows.wide.pop() else { break };
            self.wide.push(((row as usize - self.keep + self.at) as u32, counters));
        }
        rows.shift(moved, self.at);
        self.unread = self.keep;
    }

    /// Merges new rows of a conversation with those that it has from `before` on.
    fn merge(&mut self, rows: &mut Rows, before: usize, mut new: &[Entry]) {
        self.flush(rows);
        let mut joiner = Joiner::default();
        loop {
            let take_old = self.unread > before
                && new.last().is_none_or(|new| rows.order(self.unread - 1) > new.order());
            let next = if take_old {
                self.unread -= 1;
                let counters = if rows.is_wide(self.unread) { rows.wide.pop() } else { None };
                rows.entry(self.unread, || counters.map_or([0; 4], |(_, counters)| counters))
            } else if let Some((last, rest)) = new.split_last() {
                new = rest;
                *last
            } else {
                break;
            };
            if let Some(done) = joiner.add(next) {
                self.write(rows, &done);
            }
        }
        if let Some(done) = joiner.0 {
            self.write(rows, &done);
        }
        self.keep = self.unread;
    }

    #[inline]
    fn write(&mut self, rows: &mut Rows, entry: &Entry) {
        self.at -= 1;
        if rows.put(self.at, entry) {
            self.wide.push((self.at as u32, entry.counters));
        }
    }

    /// Closes the gap that joined rows have left at the front.
    fn end(mut self, rows: &mut Rows, start: &mut [u32]) {
        self.flush(rows);
        let (gap, end) = (self.at, rows.len());
        rows.wide = self.wide;
        rows.wide.reverse();
        if gap > 0 {
            rows.shift(gap..end, 0);
            rows.truncate(end - gap);
            rows.wide.iter_mut().for_each(|(row, _)| *row -= gap as u32);
            start.iter_mut().for_each(|start| *start -= gap as u32);
        }
    }
}

impl Rows {
    /// Adds rows of zeros behind the last, up to so many.
    fn grow(&mut self, rows: usize, most: usize) {
        let room = room(rows, most);
        fn one<T: Copy>(column: &mut Vec<T>, rows: usize, room: usize, zero: T) {
            if column.capacity() < rows && column.try_reserve_exact(room - column.len()).is_err() {
                column.reserve_exact(rows - column.len());
            }
            column.resize(rows, zero);
        }
        // The widest first: what it leaves is room for others.
        one(&mut self.counters, rows, room, [0; 4]);
        for column in self.narrow() {
            one(column, rows, room, 0);
        }
    }

    /// Gives back room beyond so many rows.
    fn shrink_to(&mut self, room: usize) {
        self.narrow().into_iter().for_each(|column| column.shrink_to(room));
        self.counters.shrink_to(room);
    }

    fn narrow(&mut self) -> [&mut Vec<u32>; 6] {
        [
            &mut self.context,
            &mut self.minute,
            &mut self.first_ms,
            &mut self.last_ms,
            &mut self.tuples,
            &mut self.flows,
        ]
    }

    fn truncate(&mut self, rows: usize) {
        self.narrow().into_iter().for_each(|column| column.truncate(rows));
        self.counters.truncate(rows);
    }

    /// Moves rows so that the first of them comes to `to`.
    fn shift(&mut self, rows: Range<usize>, to: usize) {
        if rows.is_empty() || rows.start == to {
            return;
        }
        self.narrow().into_iter().for_each(|column| column.copy_within(rows.clone(), to));
        self.counters.copy_within(rows, to);
    }

    /// Behind the last of a conversation's rows that come before this order.
    fn before(&self, rows: Range<usize>, order: (u32, u32)) -> usize {
        // Mostly all of them do.
        match rows.clone().next_back() {
            Some(last) if self.order(last) >= order => {
                let minutes = &self.minute[rows.clone()];
                rows.start + minutes.partition_point(|minute| *minute < order.0)
            }
            _ => rows.end,
        }
    }

    /// Puts them into another order: by place, which row goes there.
    fn arrange(&mut self, mut order: Vec<u32>) {
        let mut wide = Vec::with_capacity(self.wide.len());
        for (place, row) in order.iter().enumerate() {
            if self.is_wide(*row as usize)
                && let Ok(at) = self.wide.binary_search_by_key(row, |wide| wide.0)
            {
                wide.push((place as u32, self.wide[at].1));
            }
        }
        self.wide = wide;
        // One column is written beside the others and becomes the room for the next.
        let mut other = Vec::with_capacity(self.context.capacity());
        for column in self.narrow() {
            other.clear();
            other.extend(order.iter().map(|row| column[*row as usize]));
            std::mem::swap(column, &mut other);
        }
        drop(other);
        // The widest one is put in order where it lies, which is slower.
        put_in_order(&mut self.counters, &mut order);
    }
}

/// Joins neighbours of one conversation and bin on their way into a table, forwards or backwards.
#[derive(Debug, Default)]
struct Joiner(Option<Entry>);

impl Joiner {
    /// Takes the next row; gives the one before it if that is done.
    #[inline]
    fn add(&mut self, next: Entry) -> Option<Entry> {
        let Some(last) = &mut self.0 else {
            self.0 = Some(next);
            return None;
        };
        match join(last, &next) {
            Some(joined) => {
                *last = joined;
                None
            }
            None => Some(std::mem::replace(last, next)),
        }
    }
}

/// Two rows of one conversation as one; `None` if their keys differ, or a sum would not fit.
#[inline]
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
