//! The engine's part in rules: hands out the traffic, the places and the groups that `rules` works on.

use super::Engine;
use super::evidence::coverage;
use crate::model::{Decision, Direction, LogKind, Prefix, Protocol, ResourceId, UnixMillis};
use crate::rules::{
    Covered, CoveredAt, Decider, Draft, DraftError, DraftOptions, Hit, Logged, Observed, Places, RuleSet,
    Traffic, Want, World, draft,
};
use crate::store::{Mode, Store, ranks, sort_by_keys};
use crate::topology::{Assignment, Cut};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

impl Engine {
    /// Every conversation, counted once, with who decided it as logged. Made once until the data changes.
    pub fn traffic(&mut self) -> Rc<Traffic> {
        self.know();
        self.store.mark_noise();
        let store = &self.store;
        Rc::clone(self.traffic.get_or_insert_with(|| Rc::new(traffic(store))))
    }

    /// The groups that descriptions of the network place.
    pub fn rule_set(&mut self) -> RuleSet {
        RuleSet::of(self.network())
    }

    /// What evaluating needs to know of the network.
    pub fn world(&mut self) -> World {
        World::new(self.network())
    }

    /// The hours that logs cover, by NIC.
    pub fn covered(&mut self) -> Covered {
        self.know();
        let mut addresses: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (mac, end) in self.store.own_end_of_nics() {
            addresses.entry(self.store.string(mac)).or_default().push(self.store.address(end));
        }
        for nic in &self.described_network().nics {
            if let Some(mac) = &nic.mac {
                addresses.entry(mac).or_default().extend(nic.addresses.iter().map(|a| a.address));
            }
        }
        let coverage = coverage(&self.store);
        let nics = coverage.nics.into_iter().map(|nic| CoveredAt {
            addresses: addresses.remove(nic.mac.as_str()).unwrap_or_default(),
            hours: nic.hours,
            missing: nic.missing,
            nic: nic.mac,
        });
        Covered { nics: nics.collect() }
    }

    /// Id and prefixes of named subnets, by the name shown.
    pub fn named_subnets(&mut self) -> BTreeMap<String, (ResourceId, Vec<Prefix>)> {
        let shown: Vec<_> = self.know().subnets().iter().map(|s| (s.id.clone(), s.shown.clone())).collect();
        let network = self.network();
        let prefixes: BTreeMap<_, &Vec<Prefix>> = network
            .networks
            .iter()
            .flat_map(|one| &one.subnets)
            .map(|subnet| (subnet.id.clone(), &subnet.prefixes))
            .collect();
        let named = |(id, name)| {
            let prefixes = (*prefixes.get(&id)?).clone();
            Some((name, (id, prefixes)))
        };
        shown.into_iter().filter_map(named).collect()
    }

    /// The subnets of a cut, by the traffic's numbers of addresses.
    pub fn assignment(&mut self, cut: Cut) -> Option<&Assignment> {
        self.derive(cut);
        self.subnets.as_ref().map(|(_, subnets)| subnets)
    }

    /// Drafts rules from traffic, by the subnets of this cut, without a review.
    ///
    /// # Errors
    /// Where Azure would not take the result.
    pub fn draft(
        &mut self,
        traffic: &Traffic,
        cut: Cut,
        options: &DraftOptions,
    ) -> Result<Draft, DraftError> {
        self.draft_reviewed(traffic, cut, options, &|_, _| Want::Unmarked)
    }

    /// Drafts rules from traffic, by the subnets of this cut and by what a reviewer says of each conversation.
    ///
    /// # Errors
    /// Where Azure would not take the result.
    pub fn draft_reviewed(
        &mut self,
        traffic: &Traffic,
        cut: Cut,
        options: &DraftOptions,
        want: &dyn Fn(usize, &Observed) -> Want,
    ) -> Result<Draft, DraftError> {
        let named = self.named_subnets();
        let (world, existing) = (self.world(), self.rule_set());
        match self.assignment(cut) {
            Some(subnets) => {
                let places = Places { subnets, named: &named, world: &world, existing: &existing };
                draft(traffic, &places, options, want)
            }
            None => Ok(Draft::default()),
        }
    }
}

/// Makes it. Everything is in the order of its values, whatever came first.
fn traffic(store: &Store) -> Traffic {
    let (logged, logged_of) = deciders(store);
    let columns = store.columns();
    let totals = store.totals(Mode::Conversations);
    let mut out = Traffic { addresses: store.addresses().collect(), logged, ..Traffic::default() };
    out.shows_icmp = store.contexts().iter().any(|c| c.kind == LogKind::Vnet);
    let bits: Vec<u128> = out.addresses.iter().map(|a| a.bits()).collect();
    let rank = ranks(&bits);
    let rank = |address: u32| u64::from(rank.get(address as usize).copied().unwrap_or_default());
    // By source, destination, service.
    let keys = (0..totals.len()).map(|index| columns.conversation(index));
    let (ends, services): (Vec<u64>, Vec<u64>) =
        keys.map(|of| (rank(of.src) << 32 | rank(of.dst), u64::from(of.service))).unzip();
    let mut order: Vec<u32> = (0..totals.len() as u32).collect();
    sort_by_keys(&mut order, &services);
    sort_by_keys(&mut order, &ends);
    drop((ends, services));
    out.conversations.reserve_exact(order.len());
    out.hits.reserve(order.len());
    for index in order {
        let index = index as usize;
        let conversation = columns.conversation(index);
        let from = out.hits.len();
        let protocol = Protocol((conversation.service >> 16) as u8);
        let (mut first, mut last) = (UnixMillis::MAX, UnixMillis(0));
        let mut allows = false;
        for row in conversation.rows {
            let context = columns.context(row) as usize;
            let (begin, end) = columns.span(row);
            (first, last) = (first.min(begin), last.max(end));
            let number = logged_of.get(context).copied().unwrap_or_default();
            allows |= out.logged.get(number as usize).is_some_and(|by| by.decision == Decision::Allowed);
            let flows = columns.flows(row);
            match out.hits.get_mut(from..).and_then(|hits| hits.iter_mut().find(|hit| hit.logged == number)) {
                Some(hit) => hit.flows = hit.flows.saturating_add(flows),
                None => out.hits.push(Hit { logged: number, flows }),
            }
        }
        let tally = totals.get(index).copied().unwrap_or_default();
        let begun_earlier = allows && tally.attempts() == 0;
        out.shows_icmp |= !protocol.has_ports();
        out.conversations.push(Observed {
            src: conversation.src,
            dst: conversation.dst,
            protocol,
            port: protocol.has_ports().then_some(conversation.service as u16),
            tally,
            allowed: tally.allowed_flows > 0 || begun_earlier,
            begun_earlier,
            noise: store.noise().get(index).copied().unwrap_or_default(),
            unfit: None,
            outside: [false; 2],
            first,
            last,
            hits: (from as u32, out.hits.len() as u32),
        });
    }
    out.judge();
    out
}

/// Deciders by the names in the log, sorted, and which each context is.
fn deciders(store: &Store) -> (Vec<Logged>, Vec<u32>) {
    let mut known: HashMap<(u32, u32, Direction, Decision, LogKind), Logged> = HashMap::new();
    let logged = |context: &crate::ingest::Context| {
        let key = (context.acl, context.rule, context.direction, context.decision, context.kind);
        (key, store.string(context.acl), store.string(context.rule))
    };
    for context in store.contexts() {
        let (key, acl, rule) = logged(context);
        known.entry(key).or_insert_with(|| Logged {
            acl: acl.to_owned(),
            rule: rule.to_owned(),
            direction: context.direction,
            decision: context.decision,
            decider: Decider::of(context.kind, acl, rule),
        });
    }
    let mut sorted: BTreeMap<&Logged, u32> = known.values().map(|logged| (logged, 0)).collect();
    for (number, place) in sorted.values_mut().enumerate() {
        *place = number as u32;
    }
    let of = store.contexts().iter().map(|context| {
        known.get(&logged(context).0).and_then(|logged| sorted.get(logged)).copied().unwrap_or_default()
    });
    let of = of.collect();
    (sorted.into_keys().cloned().collect(), of)
}
