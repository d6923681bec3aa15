//! What was logged at which NIC, and NICs that pass on what is not theirs.

use super::{ConversationRows, Pick, Store};
use crate::model::{Address, FlowDirection, Tally};
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};

/// NICs with IP forwarding, by the number of their MAC address, each with the numbers of its own addresses.
pub(super) type Forwarders = HashMap<u32, Vec<u32>>;

impl Store {
    /// Tells which NICs have IP forwarding, with their own addresses. What they log of traffic between others
    /// is a hop: see [`super::Stage`].
    pub fn set_forwarders<'a>(&mut self, nics: impl Iterator<Item = (&'a str, &'a [Address])>) {
        self.seal();
        let nics: BTreeMap<&str, &[Address]> = nics.collect();
        let mut forwarders = Forwarders::new();
        for mac in self.macs() {
            let Some(own) = nics.get(self.strings.get(mac)) else { continue };
            let numbers = self.addresses.as_slice().iter().enumerate();
            let of_nic = numbers.filter(|(_, bits)| own.contains(&Address::from_bits(**bits)));
            forwarders.insert(mac, of_nic.map(|(number, _)| number as u32).collect());
        }
        if forwarders != self.forwarders {
            self.forwarders = forwarders;
            self.whole = [None, None];
            self.noise = None;
        }
    }

    /// Whether a NIC is on the way of a conversation between others.
    pub(super) fn is_hop(&self, mac: u32, conversation: &ConversationRows) -> bool {
        let own = self.forwarders.get(&mac);
        own.is_some_and(|own| !own.contains(&conversation.src) && !own.contains(&conversation.dst))
    }

    /// NICs with the address that is their own end in more than half of the tuples logged at them: numbers of
    /// MAC address and address, in no order.
    pub fn own_end_of_nics(&self) -> Vec<(u32, u32)> {
        let macs = self.contexts.iter().map(|context| context.mac as usize + 1).max();
        let mut of_mac = vec![0u64; macs.unwrap_or_default()];
        let mut of_end: HashMap<(u32, u32), u64> = HashMap::new();
        for index in 0..self.columns.conversations() {
            let conversation = self.columns.conversation(index);
            for row in conversation.rows.clone() {
                let context = &self.contexts[self.columns.context(row) as usize];
                let end = match context.direction {
                    FlowDirection::Outbound => conversation.src,
                    FlowDirection::Inbound => conversation.dst,
                    FlowDirection::Unknown => continue,
                };
                let tuples = self.columns.tuples(row);
                of_mac[context.mac as usize] += tuples;
                *of_end.entry((context.mac, end)).or_default() += tuples;
            }
        }
        of_end
            .into_iter()
            .filter(|((mac, _), tuples)| {
                !self.strings.get(*mac).is_empty()
                    && *tuples > of_mac.get(*mac as usize).copied().unwrap_or_default() / 2
            })
            .map(|(pair, _)| pair)
            .collect()
    }

    /// NICs that logged, by the number of the MAC address.
    pub fn macs(&self) -> BTreeSet<u32> {
        self.stage_mac.iter().copied().collect()
    }

    /// At which NICs conversations of these addresses were logged: numbers of address and MAC address.
    pub fn logged_at(&self, addresses: &HashSet<u32>) -> HashSet<(u32, u32)> {
        let mut out = HashSet::new();
        for index in 0..self.columns.conversations() {
            let conversation = self.columns.conversation(index);
            for address in [conversation.src, conversation.dst].into_iter().filter(|a| addresses.contains(a))
            {
                for row in conversation.rows.clone() {
                    out.insert((address, self.contexts[self.columns.context(row) as usize].mac));
                }
            }
        }
        out
    }

    /// What was logged at each NIC that logged at all, as logged, by MAC address.
    pub fn by_mac(&self, pick: Option<&Pick>) -> BTreeMap<String, Tally> {
        let mut by_context = vec![Tally::default(); self.contexts.len()];
        for row in self.rows(pick) {
            by_context[self.columns.context(row) as usize].add(&self.row_tally(row));
        }
        let mut out: BTreeMap<String, Tally> = BTreeMap::new();
        for (context, tally) in self.contexts.iter().zip(&by_context) {
            out.entry(self.strings.get(context.mac).to_owned()).or_default().add(tally);
        }
        out
    }

    /// Every resource whose rules were applied, as the logs name it.
    pub fn acls(&self) -> BTreeSet<&str> {
        self.contexts.iter().map(|c| self.strings.get(c.acl)).collect()
    }
}
