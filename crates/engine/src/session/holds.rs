//! What the logs of each NIC hold: by what is loaded of them, and by how their flow logs are set up.

use azflow_core::model::{FlowLog, Network, Nic, ResourceId};
use azflow_core::store::{Holds, Keeps, Store};
use std::collections::{BTreeMap, BTreeSet};

/// By number of a MAC address.
pub(super) fn holds(store: &Store, network: &Network) -> BTreeMap<u32, Holds> {
    let nics: BTreeMap<&str, &Nic> =
        network.nics.iter().filter_map(|nic| Some((nic.mac.as_deref()?, nic))).collect();
    // By what they log, those that are not known to be off.
    let mut logs: BTreeMap<&ResourceId, Vec<&FlowLog>> = BTreeMap::new();
    for log in network.flow_logs.iter().filter(|log| log.enabled != Some(false)) {
        logs.entry(&log.target).or_default().push(log);
    }
    store.holds(&|mac| set_up(&logs, nics.get(mac)?))
}

/// What all flow logs over a NIC keep; `None` where none is on file. Which of several logs writes a NIC's records is
/// not told, so what only one of them keeps may be missing.
fn set_up(logs: &BTreeMap<&ResourceId, Vec<&FlowLog>>, nic: &Nic) -> Option<Keeps> {
    let subnets = nic.addresses.iter().filter_map(|address| address.subnet.as_ref());
    let mut over: BTreeSet<ResourceId> = subnets.clone().cloned().collect();
    over.extend(subnets.filter_map(|subnet| subnet.parent("virtualNetworks")));
    over.insert(nic.id.clone());
    let over = over.iter().filter_map(|target| logs.get(target)).flatten();
    over.map(|log| keeps(log)).reduce(|a, b| Keeps {
        begun: a.begun && b.begun,
        more: a.more && b.more,
        denied: a.denied && b.denied,
        filtered: a.filtered || b.filtered,
    })
}

fn keeps(log: &FlowLog) -> Keeps {
    let types: Vec<&str> = log.record_types.split([',', ' ', ';']).filter(|one| !one.is_empty()).collect();
    let has = |wanted: &str| types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case(wanted));
    Keeps {
        begun: has("B"),
        more: has("C") || has("E"),
        denied: has("D"),
        filtered: !log.criteria.trim().is_empty(),
    }
}
