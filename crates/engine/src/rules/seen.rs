//! Traffic out of the flow store: what rules look at, from what was counted.

use super::default_allow::DefaultAllows;
use super::evaluate::Members;
use super::traffic::{Decider, Hit, Logged, Observed, Traffic};
use azflow_core::ingest::Context;
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Decision, LogKind, Protocol, UnixMillis, port_of};
use azflow_core::store::{AT_ONCE, Mode, Store, put_in_order, ranks, sort_by_keys};
use std::ops::Range;

impl Traffic {
    /// Every conversation of a store, counted once and by its ends, whatever came first. The store must have counted
    /// the mode "conversations" and marked noise.
    pub fn of(store: &Store) -> Self {
        let mut begun = Observing::new(store);
        while begun.go_on(store) {}
        begun.finish()
    }
}

/// Traffic that is made in pieces. The store must be the same for all.
#[derive(Debug)]
pub struct Observing {
    out: Traffic,
    taken: Taken,
    is_judged: bool,
}

/// Conversations that are taken in one piece: some ten milliseconds.
const PIECE: usize = 8 * AT_ONCE;

impl Observing {
    /// Before the first conversation. The store must have counted the mode "conversations" and marked noise.
    pub fn new(store: &Store) -> Self {
        let (logged, logged_of) = deciders(store);
        let shows_icmp = store.contexts().iter().any(|context| context.kind == LogKind::Vnet);
        let addresses: Vec<Address> = store.addresses().collect();
        let mut out = Traffic { addresses, logged, shows_icmp, ..Traffic::default() };
        let bits: Vec<u128> = out.addresses.iter().map(|address| address.bits()).collect();
        let rank = ranks(&bits);
        let rank_bits = u32::BITS - rank.iter().max().copied().unwrap_or_default().leading_zeros();
        let allows = out.logged.iter().map(|by| by.decision == Decision::Allowed).collect();
        let count = store.totals(Mode::Conversations).len();
        let taken = Taken {
            logged_of,
            defaults: DefaultAllows::new(store),
            shows_allowed: store.log_facts().shows_allowed,
            allows,
            rank,
            rank_bits,
            seen: Vec::with_capacity(count),
            ends: Vec::with_capacity(count),
            services: Vec::with_capacity(count),
        };
        out.hits.reserve(count);
        Self { out, taken, is_judged: false }
    }

    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        let Taken { seen, ends, services, .. } = &self.taken;
        let numbers = (ends.capacity() + services.capacity()) * size_of::<u64>();
        self.out.held() + seen.capacity() * size_of::<Observed>() + numbers
    }

    /// Does a piece; `false` where only [`Observing::finish`] is left.
    pub fn go_on(&mut self, store: &Store) -> bool {
        let (from, count) = (self.taken.seen.len(), store.totals(Mode::Conversations).len());
        if !self.is_judged && from < count {
            // In the store's order, so that memory is read from one end to the other.
            let end = count.min(from + PIECE);
            for from in (from..end).step_by(AT_ONCE) {
                self.out.take(store, from..end.min(from + AT_ONCE), &mut self.taken);
            }
            return true;
        }
        let more = !self.is_judged;
        if more {
            // Before sorting: now what decided a conversation lies where it does.
            self.out.conversations = std::mem::take(&mut self.taken.seen);
            self.out.judge();
            self.is_judged = true;
        }
        more
    }

    /// What came of it, sorted by source, destination and service.
    pub fn finish(self) -> Traffic {
        let Self { mut out, taken: Taken { ends, services, .. }, .. } = self;
        let mut order: Vec<u32> = (0..out.conversations.len() as u32).collect();
        sort_by_keys(&mut order, &services);
        sort_by_keys(&mut order, &ends);
        drop((ends, services));
        put_in_order(&mut out.conversations, &mut order);
        out
    }
}

impl Traffic {
    #[inline(never)]
    fn take(&mut self, store: &Store, range: Range<usize>, taken: &mut Taken) {
        let (columns, totals) = (store.columns(), store.totals(Mode::Conversations));
        let rank = |address: u32| u64::from(taken.rank.get(address as usize).copied().unwrap_or_default());
        for index in range {
            let conversation = columns.conversation(index);
            taken.ends.push(rank(conversation.src) << taken.rank_bits | rank(conversation.dst));
            taken.services.push(u64::from(conversation.service));
            let from = self.hits.len();
            let protocol = Protocol::of(conversation.service);
            let (mut first, mut last) = (UnixMillis::MAX, UnixMillis(0));
            let (mut allowed, mut blind) = (false, true);
            for row in conversation.rows {
                let (begin, end) = columns.span(row);
                (first, last) = (first.min(begin), last.max(end));
                let context = columns.context(row) as usize;
                blind &= !taken.shows_allowed.get(context).copied().unwrap_or_default();
                let number = taken.logged_of.get(context).copied().unwrap_or_default();
                allowed |= taken.allows.get(number as usize).copied().unwrap_or_default();
                let flows = columns.flows(row);
                let known = self.hits.get_mut(from..).unwrap_or_default();
                match known.iter_mut().find(|hit| hit.logged == number) {
                    Some(hit) => hit.flows = hit.flows.saturating_add(flows),
                    None => self.hits.push(Hit { logged: number, flows }),
                }
            }
            // By name: numbers of contexts depend on what arrived first.
            if let Some(hits) = self.hits.get_mut(from..) {
                hits.sort_unstable_by_key(|hit| hit.logged);
            }
            let tally = totals.get(index).copied().unwrap_or_default();
            let begun_earlier = allowed && tally.attempts() == 0;
            self.shows_icmp |= !protocol.has_ports();
            taken.seen.push(Observed {
                src: conversation.src,
                dst: conversation.dst,
                protocol,
                port: port_of(conversation.service),
                tally,
                allowed: tally.allowed_flows > 0 || begun_earlier,
                begun_earlier,
                blind,
                noise: store.noise().get(index).copied().unwrap_or_default(),
                on_default: taken.defaults.has(store, index, &tally),
                unfit: None,
                outside: [false; 2],
                refused_outside: false,
                by_platform: false,
                logged: [false; 2],
                members: Members::default(),
                first,
                last,
                hits: (from as u32, self.hits.len() as u32),
            });
        }
    }
}

/// Conversations in the store's order, with what they are sorted by, and what taking them needs.
#[derive(Debug)]
struct Taken {
    /// By context: the number of its decider.
    logged_of: Vec<u32>,
    defaults: DefaultAllows,
    /// By context: whether its log holds anything that was allowed.
    shows_allowed: Vec<bool>,
    /// By decider: whether it allows.
    allows: Vec<bool>,
    /// By address: how many are smaller; and how many bits that takes.
    rank: Vec<u32>,
    rank_bits: u32,
    seen: Vec<Observed>,
    ends: Vec<u64>,
    services: Vec<u64>,
}

/// Deciders by the names in the log, sorted, and which each context is.
fn deciders(store: &Store) -> (Vec<Logged>, Vec<u32>) {
    let logged = |context: &Context| {
        let (acl, rule) = (store.string(context.acl), store.string(context.rule));
        Logged {
            acl: acl.to_owned(),
            rule: rule.to_owned(),
            direction: context.direction,
            decision: context.decision,
            decider: Decider::of(context.kind, acl, rule),
        }
    };
    let all: Vec<Logged> = store.contexts().iter().map(logged).collect();
    let mut sorted = all.clone();
    sorted.sort_small();
    sorted.dedup();
    let of = all.iter().map(|one| sorted.binary_search(one).unwrap_or_default() as u32).collect();
    (sorted, of)
}
