//! What the traffic tells about addresses whose value alone does not name them.

use crate::topology::{Connections, Naming, Place, settle};
use azflow_core::model::{Address, Network};
use azflow_core::store::Store;
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Addresses that are a NIC's own end.
    pub own_ends: Vec<Address>,
    /// NICs with that address, by numbers of MAC address and address, in no order.
    pub nics: Vec<(u32, u32)>,
    /// Subnets of addresses that may be in several, by the address's number.
    pub settled: HashMap<u32, u32>,
}

/// Gathers it: own ends of NICs, and for addresses in a clash the virtual networks of the NICs that logged
/// them. A NIC that has the address itself says more than any other.
pub(super) fn gather(store: &Store, naming: &Naming, network: &Network) -> Gathered {
    let nics = store.own_end_of_nics();
    let own_ends: Vec<Address> =
        BTreeSet::from_iter(nics.iter().map(|(_, end)| store.address(*end))).into_iter().collect();
    if !naming.has_clashes() {
        return Gathered { own_ends, nics, settled: HashMap::new() };
    }
    let mut several: HashMap<u32, &[u32]> = HashMap::new();
    for (number, address) in store.addresses().enumerate() {
        if let Some(Place::OneOf(set)) = naming.place(address) {
            several.insert(number as u32, set);
        }
    }
    let network_of = networks_of_nics(store, naming, &nics);
    let in_clash: HashSet<u32> = several.keys().copied().collect();
    let mut seen: HashMap<u32, (BTreeSet<u32>, BTreeSet<u32>)> = HashMap::new();
    for (address, mac) in store.logged_at(&in_clash) {
        let Some(network) = network_of.get(&mac) else { continue };
        let (own, any) = seen.entry(address).or_default();
        any.insert(*network);
        if naming.nic_has(store.string(mac), store.address(address)) {
            own.insert(*network);
        }
    }
    let connections = Connections::new(network);
    // A set may be as large as the description, and many addresses were seen from the same networks: each set is settled
    // once for them.
    let mut known: HashMap<(usize, BTreeSet<u32>), Option<u32>> = HashMap::new();
    let settled = seen.into_iter().filter_map(|(address, (own, any))| {
        let from = if own.is_empty() { any } else { own };
        let set = several.get(&address)?;
        let by_set = known.entry((set.as_ptr() as usize, from));
        let (_, from) = by_set.key();
        let found = match &by_set {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) => settle(set, from, naming, &connections),
        };
        by_set.or_insert(found);
        Some((address, found?))
    });
    Gathered { own_ends, settled: settled.collect(), nics }
}

/// Each NIC's virtual network, by the number of its MAC address: as a description says, else that of the
/// address which is the NIC's own end, where only one network has it.
fn networks_of_nics(store: &Store, naming: &Naming, nics: &[(u32, u32)]) -> HashMap<u32, u32> {
    let mut out = HashMap::new();
    for (mac, end) in nics {
        if let Some(Place::In(subnet)) = naming.place(store.address(*end))
            && let Some(subnet) = naming.subnets().get(subnet as usize)
        {
            out.insert(*mac, subnet.number);
        }
    }
    for mac in store.macs() {
        if let Some(network) = naming.network_of_nic(store.string(mac)) {
            out.insert(mac, network);
        }
    }
    out
}
