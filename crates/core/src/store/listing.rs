//! Conversations as a list shows them: when they were seen, which way, and which rules decided.
//!
//! A list has an order of its own that depends on nothing but what is in it: by source, destination, protocol
//! number and port. Whatever it is sorted by, that breaks ties.

use super::ranks::{put_in_order, ranks, sort_by_keys};
use super::{ConversationRows, Mode, Pick, Store};
use crate::model::SortSmall;
use crate::model::{Decision, FlowDirection, Tally, UnixMillis};
use hashbrown::HashMap;

/// What is known of a listed conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its number in the table.
    pub number: u32,
    /// Number of the source address.
    pub src: u32,
    /// Number of the destination address.
    pub dst: u32,
    /// Protocol and destination port: see `Protocol::service`.
    pub service: u32,
    /// Earliest tuple.
    pub first: UnixMillis,
    /// Latest tuple.
    pub last: UnixMillis,
    /// Whether it was logged inbound (1), outbound (2), without a direction (4).
    pub directions: u8,
    /// Whether some of it was allowed (1), denied (2).
    pub decisions: u8,
    /// The same of what the mode uses. Nothing of a conversation that only a superseded log holds: another kind of log
    /// counts at its NIC and in its hour.
    pub used: u8,
    /// Whether a log of it has packets and bytes; else what the tally has of them is not zero but unknown.
    pub counts_bytes: bool,
    /// Which rules decided: index into [`Listing::rules`].
    pub rules: u32,
    /// Flows and traffic in the asked mode.
    pub tally: Tally,
}

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Listing {
    /// The conversations, in the list's own order.
    pub rows: Vec<Listed>,
    /// Every set of rules that decided one: numbers of their names, by name. The sets are in order.
    pub rules: Vec<Vec<u32>>,
    /// By number of an address: how many are smaller.
    pub address_ranks: Vec<u32>,
}

/// What a set of contexts says of a conversation.
#[derive(Debug, Default, Clone, Copy)]
struct OfSet {
    directions: u8,
    decisions: u8,
    counts_bytes: bool,
    rules: u32,
}

impl Store {
    /// Lists the picked conversations, all without a pick, for which `wanted` says yes, as far as their rows pass. The
    /// mode must have been counted.
    pub fn listing(
        &self,
        mode: Mode,
        pick: Option<&Pick>,
        wanted: &dyn Fn(&ConversationRows) -> bool,
    ) -> Listing {
        let mut rows = Vec::new();
        let all_used = mode == Mode::AsLogged || self.overlaps.is_simple();
        let mut sets: HashMap<Vec<u32>, u32> = HashMap::new();
        let facts = self.log_facts();
        let mut summed = |contexts: &[u32]| {
            let of = contexts.iter().map(|number| (*number, self.contexts[*number as usize].decision));
            let mut out = OfSet { counts_bytes: facts.counts(of), ..OfSet::default() };
            let mut rules = Vec::with_capacity(contexts.len());
            for context in contexts {
                let context = &self.contexts[*context as usize];
                out.directions |= match context.direction {
                    FlowDirection::Inbound => 1,
                    FlowDirection::Outbound => 2,
                    FlowDirection::Unknown => 4,
                };
                out.decisions |= if context.decision == Decision::Allowed { 1 } else { 2 };
                rules.push(context.rule);
            }
            rules.sort_unstable();
            rules.dedup();
            let count = sets.len() as u32;
            out.rules = *sets.entry(rules).or_insert(count);
            out
        };
        // Of whole conversations the set of their contexts tells it.
        let known = self.known.as_ref().filter(|_| pick.is_none_or(|pick| !pick.splits()));
        let mut of_sets = vec![None; known.map_or(0, |known| known.sets.len())];
        let mut last_set: (Vec<u32>, OfSet) = Default::default();
        let mut set: Vec<u32> = Vec::new();
        for (number, tally) in self.tallies(mode, pick) {
            let conversation = self.columns.conversation(number);
            if !wanted(&conversation) {
                continue;
            }
            let (first, last, of_set) = if let Some(known) = known {
                let place = known.set_of[number] as usize;
                let (first, last) = known.spans[number];
                (first, last, *of_sets[place].get_or_insert_with(|| summed(&known.sets[place])))
            } else {
                let (mut first, mut last) = (UnixMillis::MAX, UnixMillis(0));
                set.clear();
                for row in conversation.rows.clone().filter(|row| pick.is_none_or(|pick| pick.has_row(*row)))
                {
                    let (begin, end) = self.columns.span(row);
                    (first, last) = (first.min(begin), last.max(end));
                    let context = self.columns.context(row);
                    if !set.contains(&context) {
                        set.push(context);
                    }
                }
                // Neighbours mostly have the same contexts.
                if last_set.0 != set {
                    last_set = (set.clone(), summed(&set));
                }
                (first, last, last_set.1)
            };
            let OfSet { directions, decisions, counts_bytes, rules } = of_set;
            if directions == 0 {
                continue;
            }
            let used = if all_used || tally.attempts() > 0 {
                decisions
            } else {
                self.used_decisions(&conversation, pick)
            };
            rows.push(Listed {
                number: number as u32,
                src: conversation.src,
                dst: conversation.dst,
                service: conversation.service,
                first,
                last,
                directions,
                decisions,
                used,
                counts_bytes,
                rules,
                tally: *tally,
            });
        }
        let mut out = Listing { rows, rules: Vec::new(), address_ranks: ranks(self.addresses.as_slice()) };
        self.name_sets(sets, &mut out);
        out.settle();
        out
    }

    /// What was decided by those of a conversation's passing rows that are used where several kinds of log are there.
    fn used_decisions(&self, of: &ConversationRows, pick: Option<&Pick>) -> u8 {
        let passes = |row: &usize| pick.is_none_or(|pick| pick.has_row(*row));
        of.rows.clone().filter(passes).fold(0, |used, row| {
            let context = self.contexts[self.columns.context(row) as usize];
            let bit = if context.decision == Decision::Allowed { 1 } else { 2 };
            if self.counts(row, &context) { used | bit } else { used }
        })
    }

    /// Puts the sets of rules in the order of their names.
    fn name_sets(&self, sets: HashMap<Vec<u32>, u32>, out: &mut Listing) {
        let mut named: Vec<(Vec<&str>, u32, Vec<u32>)> = sets
            .into_iter()
            .map(|(mut set, number)| {
                set.sort_small_by_key(|rule| self.string(*rule));
                (set.iter().map(|rule| self.string(*rule)).collect(), number, set)
            })
            .collect();
        named.sort_small();
        let mut places = vec![0; named.len()];
        for (place, (_, number, set)) in named.into_iter().enumerate() {
            places[number as usize] = place as u32;
            out.rules.push(set);
        }
        for row in &mut out.rows {
            row.rules = places[row.rules as usize];
        }
    }
}

impl Listing {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        self.rows.capacity() * size_of::<Listed>() + self.address_ranks.len() * size_of::<u32>()
    }

    /// Puts the rows into the list's own order.
    fn settle(&mut self) {
        let rank = |address: u32| u64::from(self.address_ranks[address as usize]);
        let services: Vec<u64> = self.rows.iter().map(|row| u64::from(row.service)).collect();
        let ends: Vec<u64> = self.rows.iter().map(|row| rank(row.src) << 32 | rank(row.dst)).collect();
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        sort_by_keys(&mut order, &services);
        sort_by_keys(&mut order, &ends);
        put_in_order(&mut self.rows, &mut order);
    }
}
