//! The engine's part in rules: hands out the traffic, the places and the groups that `rules` works on.

use super::Engine;
use crate::model::{Address, Decision, Direction, Prefix, Protocol, UnixMillis};
use crate::rules::{Draft, DraftError, DraftOptions, Observed, Places, RuleSet, World, draft};
use crate::store::Mode;
use crate::topology::Cut;
use std::collections::BTreeMap;

impl Engine {
    /// Every conversation, counted once, with the rules that decided it as logged. Sorted by its ends,
    /// protocol and port.
    pub fn observed(&mut self) -> Vec<Observed> {
        self.know();
        self.store.mark_noise();
        let store = &self.store;
        let columns = store.columns();
        let mut out = Vec::with_capacity(columns.conversations());
        for (index, tally) in store.totals(Mode::Conversations).iter().enumerate() {
            let conversation = columns.conversation(index);
            let protocol = Protocol((conversation.service >> 16) as u8);
            let mut decided: BTreeMap<(u32, u32, Direction), (u64, u64)> = BTreeMap::new();
            let (mut first, mut last) = (UnixMillis::MAX, UnixMillis(0));
            let mut rows_allow = false;
            for row in conversation.rows.clone() {
                let context = store.context(columns.context(row));
                let (from, to) = columns.span(row);
                (first, last) = (first.min(from), last.max(to));
                let entry = decided.entry((context.acl, context.rule, context.direction)).or_default();
                match context.decision {
                    Decision::Allowed => {
                        rows_allow = true;
                        entry.0 += columns.flows(row);
                    }
                    Decision::Denied => entry.1 += columns.flows(row),
                }
            }
            let begun_earlier = rows_allow && tally.attempts() == 0;
            let mut decided: Vec<_> = decided
                .into_iter()
                .map(|((acl, rule, direction), (allowed, denied))| {
                    (store.string(acl).to_owned(), store.string(rule).to_owned(), direction, allowed, denied)
                })
                .collect();
            decided.sort();
            out.push(Observed {
                src: store.address(conversation.src),
                dst: store.address(conversation.dst),
                protocol,
                port: protocol.has_ports().then_some(conversation.service as u16),
                tally: *tally,
                allowed: tally.allowed_flows > 0 || begun_earlier,
                begun_earlier,
                noise: store.noise().get(index).copied().unwrap_or_default(),
                first,
                last,
                decided,
            });
        }
        out.sort_by_key(|seen| (seen.src, seen.dst, seen.protocol, seen.port));
        out
    }

    /// The groups that descriptions of the network place.
    pub fn rule_set(&mut self) -> RuleSet {
        RuleSet::of(self.network())
    }

    /// What evaluating needs to know of the network.
    pub fn world(&mut self) -> World {
        World::new(self.network())
    }

    /// Hours of any NIC that have records.
    pub fn covered_hours(&self) -> u64 {
        self.store.overlaps().covered().count() as u64
    }

    /// Prefixes of named subnets, by the name shown.
    pub fn named_prefixes(&mut self) -> BTreeMap<String, Vec<Prefix>> {
        let shown: Vec<_> = self.know().subnets().iter().map(|s| (s.id.clone(), s.shown.clone())).collect();
        let network = self.network();
        let prefixes: BTreeMap<_, &Vec<Prefix>> = network
            .networks
            .iter()
            .flat_map(|one| &one.subnets)
            .map(|subnet| (subnet.id.clone(), &subnet.prefixes))
            .collect();
        shown.into_iter().filter_map(|(id, name)| Some((name, (*prefixes.get(&id)?).clone()))).collect()
    }

    /// Drafts rules from traffic, by the subnets of this cut.
    ///
    /// # Errors
    /// Where Azure would not take the result.
    pub fn draft(
        &mut self,
        traffic: &[Observed],
        cut: Cut,
        options: DraftOptions,
    ) -> Result<Draft, DraftError> {
        let prefixes = self.named_prefixes();
        self.derive(cut);
        let addresses: Vec<Address> = self.store.addresses().collect();
        match &self.subnets {
            Some((_, subnets)) => {
                draft(traffic, &Places { addresses: &addresses, subnets, prefixes: &prefixes }, options)
            }
            None => Ok(Draft::default()),
        }
    }
}
