//! What is found out about conversations once, until the table changes: when each was seen and in which contexts;
//! which have a pair of hosts, a service, a service's source or destination in common.

use super::steps::Steps;
use super::{ConversationRows, Minutes, Mode, Store, Sums};
use crate::model::{Decision, UnixMillis};
use hashbrown::HashMap;

/// What a filter and a list ask of whole conversations, so that they need not look at rows.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Earliest and latest tuple, by the conversation's number.
    pub spans: Vec<(UnixMillis, UnixMillis)>,
    /// Which of the sets its rows have.
    pub set_of: Vec<u32>,
    /// Sets of contexts, each in order of the numbers.
    pub sets: Vec<Vec<u32>>,
    /// Whether a tuple of a row may lie behind the row's minutes.
    pub spills: bool,
    /// What their rows add up to on the way.
    pub steps: Steps,
    /// Minutes of those conversations that have no such sums, counted once. Empty if most have none.
    pub walked: Minutes,
}

impl Known {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        let sets: usize = self.sets.iter().map(|set| (set.len() + 6) * size_of::<u32>()).sum();
        let conversation = size_of::<(UnixMillis, UnixMillis)>() + size_of::<u32>();
        self.spans.len() * conversation + 2 * sets + self.steps.held() + self.walked.held()
    }

    /// Goes without running sums: what they tell is added up row by row again.
    pub fn drop_steps(&mut self) {
        self.steps = Steps::default();
        self.walked = Minutes::default();
    }
    /// The contexts that a conversation's rows have.
    pub fn set(&self, number: usize) -> &[u32] {
        let set = self.set_of.get(number).and_then(|set| self.sets.get(*set as usize));
        set.map_or(&[], Vec::as_slice)
    }
}

/// What has something in common has the same number there.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    /// By conversation: the number of its pair of hosts.
    pub pair_of: Vec<u32>,
    /// Both addresses, by that number.
    pub pairs: Vec<(u32, u32)>,
    /// By conversation: the number of its service.
    pub service_of: Vec<u32>,
    /// Services, by that number.
    pub services: Vec<u32>,
    /// By conversation: the number of its service together with its source.
    pub source_of: Vec<u32>,
    /// How many such there are.
    pub sources: usize,
    /// The same with its destination.
    pub destination_of: Vec<u32>,
    /// How many such there are.
    pub destinations: usize,
}

impl Numbered {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        let each = 4 * self.pair_of.len() + 2 * self.pairs.len() + self.services.len();
        each * size_of::<u32>()
    }
}

/// Gives what is met for the first time the next number.
#[derive(Default)]
struct Numbers(HashMap<u64, u32>);

impl Numbers {
    #[inline]
    fn of(&mut self, high: u32, low: u32) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(u64::from(high) << 32 | u64::from(low)).or_insert(next)
    }
}

impl Store {
    /// Finds out what filters and lists ask, if that has not been done since the last change.
    pub fn know(&mut self) {
        self.seal();
        if self.known.is_some() {
            return;
        }
        let count = self.columns.conversations();
        let mut out = Known::default();
        out.spans.reserve_exact(count);
        out.set_of.reserve_exact(count);
        let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut met = vec![u32::MAX; self.contexts.len()];
        let (mut set, mut last_set) = (Vec::new(), u32::MAX);
        let within = self.resolution.bin_minutes.saturating_mul(60_000);
        for number in 0..count {
            let slice = self.columns.slice(self.columns.conversation(number).rows);
            let (mut first, mut last) = (u64::MAX, 0);
            set.clear();
            let columns =
                slice.context.iter().zip(slice.minute).zip(slice.first_ms.iter().zip(slice.last_ms));
            for ((context, minute), (first_ms, last_ms)) in columns {
                let begin = u64::from(*minute) * 60_000;
                first = first.min(begin + u64::from(*first_ms));
                last = last.max(begin + u64::from(*last_ms));
                out.spills |= *last_ms >= within;
                let met = &mut met[*context as usize];
                if *met != number as u32 {
                    *met = number as u32;
                    set.push(*context);
                }
            }
            out.spans.push((UnixMillis(first as i64), UnixMillis(last as i64)));
            set.sort_unstable();
            // Neighbours mostly have the same.
            if out.sets.get(last_set as usize) != Some(&set) {
                last_set = match numbers.get(&set) {
                    Some(known) => *known,
                    None => {
                        let next = out.sets.len() as u32;
                        out.sets.push(set.clone());
                        numbers.insert(set.clone(), next);
                        next
                    }
                };
            }
            out.set_of.push(last_set);
        }
        let denied: Vec<bool> = self.contexts.iter().map(|c| c.decision == Decision::Denied).collect();
        let room = self.limit.kept().saturating_sub(self.derived() + out.held());
        if Steps::size(&self.columns, |number| out.set(number)) <= room {
            out.steps = Steps::of(&self.columns, |number| out.set(number), &denied);
        }
        if out.steps.cover_most(self.columns.len()) {
            let (mut looking, mut sums) = (self.looking(), Sums::new(self));
            for number in 0..count {
                let of = self.columns.conversation(number);
                if out.steps.get(number, &of.rows).is_none() {
                    self.look(Mode::Conversations, &of, None, &mut looking, &mut sums);
                }
            }
            out.walked = sums.minutes;
        }
        self.known = Some(out);
    }

    /// Numbers what conversations have in common, if that has not been done since the last change.
    pub(super) fn number(&mut self) {
        self.seal();
        if self.numbered.is_some() {
            return;
        }
        let count = self.columns.conversations();
        let mut out = Numbered::default();
        let all = || (0..count).map(|number| self.columns.conversation(number));
        // One after the other: each table of what was met may be as large as all that comes of it.
        let number = |of: &mut dyn FnMut(&ConversationRows) -> (u32, u32)| {
            let mut numbers = Numbers::default();
            let list: Vec<u32> = all().map(|one| of(&one)).map(|(high, low)| numbers.of(high, low)).collect();
            (list, numbers.0.len())
        };
        (out.pair_of, _) = number(&mut |of| (of.src, of.dst));
        (out.service_of, _) = number(&mut |of| (0, of.service));
        for ((of, pair), service) in all().zip(&out.pair_of).zip(&out.service_of) {
            if *pair as usize == out.pairs.len() {
                out.pairs.push((of.src, of.dst));
            }
            if *service as usize == out.services.len() {
                out.services.push(of.service);
            }
        }
        let with = |end: fn(&ConversationRows) -> u32| {
            let mut services = out.service_of.iter();
            number(&mut |of| (services.next().copied().unwrap_or_default(), end(of)))
        };
        (out.source_of, out.sources) = with(|of| of.src);
        (out.destination_of, out.destinations) = with(|of| of.dst);
        self.numbered = Some(out);
    }

    /// The first and the last minute of a conversation of which the mode uses a row.
    pub(super) fn reach(&self, mode: Mode, number: usize) -> Option<(u32, u32)> {
        let rows = self.columns.conversation(number).rows;
        let all = mode == Mode::AsLogged || self.overlaps.is_simple();
        let used =
            |row: &usize| all || self.counts(*row, &self.contexts[self.columns.context(*row) as usize]);
        let (first, last) = (rows.clone().find(used)?, rows.rev().find(used)?);
        Some((self.columns.minute(first), self.columns.minute(last)))
    }
}
