//! Packets and bytes that may be from before the window.
//!
//! A tuple counts what passed since the flow's last one. Of a flow that began before the window the first tuple in it
//! may count hours or days: nobody can tell. So what a conversation's first rows count, where none of its flows was
//! seen to begin until then, is added to everything as it was logged, and named as possibly older, so that nobody takes
//! it for what happened in that minute.

use super::{Mode, Pick, Store};
use crate::model::{Counters, Decision};

/// What one NIC logged first of a conversation that had begun before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Older {
    number: u32,
    row: u32,
    stage: u32,
    /// Whether conversations take it: of several NICs the one that counted most.
    taken: bool,
    /// When it was logged.
    pub minute: u32,
    /// What was counted.
    pub counters: Counters,
}

impl Store {
    /// Finds what may be older, if that has not been done since the last change.
    pub fn find_older(&mut self) {
        self.seal();
        if self.older.is_none() {
            let mut out = Vec::new();
            for number in 0..self.columns.conversations() {
                self.older_of(number, &mut out);
            }
            self.older = Some(out);
        }
    }

    fn older_of(&self, number: usize, out: &mut Vec<Older>) {
        let from = out.len();
        for row in self.columns.conversation(number).rows {
            let at = self.columns.context(row) as usize;
            let context = &self.contexts[at];
            if context.decision == Decision::Denied || !self.counts(row, context) {
                continue;
            }
            let minute = self.columns.minute(row);
            if self.columns.flows(row) > 0 {
                // A flow begins here; what else this minute counts may be of it.
                while out.len() > from && out.last().is_some_and(|last| last.minute == minute) {
                    out.pop();
                }
                break;
            }
            let stage = self.stage_of[at];
            let counters = Counters::from_array(self.columns.counters(row));
            match out[from..].iter_mut().find(|known| known.stage == stage) {
                Some(known) if known.minute == minute => {
                    known.counters = known.counters.checked_add(counters).unwrap_or(known.counters);
                }
                Some(_) => {}
                None => {
                    let (number, row) = (number as u32, row as u32);
                    out.push(Older { number, row, stage, taken: false, minute, counters });
                }
            }
        }
        let rank = |older: &Older| self.stage_rank.get(older.stage as usize).copied().unwrap_or_default();
        let most = out[from..].iter_mut().max_by_key(|a| (a.counters.bytes(), std::cmp::Reverse(rank(a))));
        if let Some(most) = most {
            most.taken = true;
        }
    }

    /// What may be older of the picked conversations, all without a pick; nothing before [`Store::find_older`].
    pub fn older<'a>(&'a self, mode: Mode, pick: Option<&'a Pick>) -> impl Iterator<Item = &'a Older> {
        let picked = move |older: &&Older| {
            let is_there = |pick: &Pick| {
                pick.conversations.binary_search(&older.number).is_ok() && pick.has_row(older.row as usize)
            };
            (older.taken || mode == Mode::AsLogged) && pick.is_none_or(is_there)
        };
        self.older.iter().flatten().filter(picked)
    }
}
