//! What traffic between two subnets crosses.

use super::naming::Naming;
use super::{Subnet, SubnetKind};
use azflow_core::model::{Network, Peering, Prefix, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What lies between the two ends of a conversation, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Path {
    /// Both in one subnet of a description.
    WithinSubnet,
    /// Two subnets of one virtual network.
    WithinNetwork,
    /// Two virtual networks with a peering that carries traffic, or of which no file says whether it does.
    AcrossPeering,
    /// Two virtual networks without one on file: through an appliance or gateway, or the file is
    /// old.
    WithoutPeering,
    /// To or from private addresses that no description has, or that may be in several networks.
    UnmappedPrivate,
    /// To or from Azure's own addresses.
    Platform,
    /// To or from an Azure service, by service tag.
    AzureService,
    /// To or from the Internet.
    Internet,
}

impl Path {
    /// All of them, nearest first.
    pub const ALL: [Self; 8] = [
        Self::WithinSubnet,
        Self::WithinNetwork,
        Self::AcrossPeering,
        Self::WithoutPeering,
        Self::UnmappedPrivate,
        Self::Platform,
        Self::AzureService,
        Self::Internet,
    ];

    /// The stable word for documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithinSubnet => "within-subnet",
            Self::WithinNetwork => "within-network",
            Self::AcrossPeering => "across-peering",
            Self::WithoutPeering => "without-peering",
            Self::UnmappedPrivate => "unmapped-private",
            Self::Platform => "platform",
            Self::AzureService => "azure-service",
            Self::Internet => "internet",
        }
    }
}

/// How two virtual networks are connected, as far as the description says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Connection {
    /// No peering on file.
    None,
    /// A peering that is not connected, or has access switched off, on at least one side.
    Broken,
    /// A peering of which a file doesn't say whether it is connected, on at least one side.
    Untold,
    /// A peering that carries traffic.
    Working,
}

/// How networks are connected, by their numbers.
#[derive(Debug, Default, Clone)]
pub struct Connections {
    /// Each connection from both its sides.
    pairs: BTreeMap<(u32, u32), Connection>,
    /// By network: address spaces of peered networks that are not on file.
    beyond: Vec<Vec<(Prefix, Connection)>>,
}

impl Connections {
    /// Looks at every peering. Each side has its own; one broken side breaks the connection.
    pub fn new(network: &Network) -> Self {
        let numbers: BTreeMap<&ResourceId, u32> =
            BTreeMap::from_iter(network.networks.iter().map(|one| &one.id).zip(0u32..));
        let mut pairs: BTreeMap<(u32, u32), Connection> = BTreeMap::new();
        let mut beyond = Vec::with_capacity(network.networks.len());
        for (number, from) in network.networks.iter().enumerate() {
            let mut spaces = Vec::new();
            for peering in &from.peerings {
                let state = match Peering::carries_traffic(peering) {
                    Some(true) => Connection::Working,
                    Some(false) => Connection::Broken,
                    None => Connection::Untold,
                };
                match numbers.get(&peering.remote) {
                    Some(to) => {
                        for pair in [(number as u32, *to), (*to, number as u32)] {
                            let known = pairs.entry(pair).or_insert(state);
                            *known = (*known).min(state);
                        }
                    }
                    None => spaces.extend(peering.remote_prefixes.iter().map(|space| (*space, state))),
                }
            }
            beyond.push(spaces);
        }
        Self { pairs, beyond }
    }

    /// How two networks are connected.
    pub fn between(&self, a: u32, b: u32) -> Connection {
        self.pairs.get(&(a, b)).copied().unwrap_or(Connection::None)
    }

    /// The networks that a network is connected with, in order, and how.
    pub fn of(&self, network: u32) -> impl Iterator<Item = (u32, Connection)> + '_ {
        self.pairs.range((network, 0)..=(network, u32::MAX)).map(|((_, other), how)| (*other, *how))
    }

    /// How a network is connected with a prefix outside all networks on file.
    pub fn with(&self, network: u32, prefix: Prefix) -> Connection {
        let spaces = self.beyond.get(network as usize).map(Vec::as_slice).unwrap_or_default();
        let found = spaces.iter().filter(|(space, _)| space.holds(prefix));
        found.map(|(_, state)| *state).max().unwrap_or(Connection::None)
    }

    /// The networks that both have a working peering with, in order: hubs by which traffic may go.
    pub fn common(&self, a: u32, b: u32) -> Vec<u32> {
        let hubs = self.of(a).filter(|(hub, how)| *how == Connection::Working && *hub != a && *hub != b);
        hubs.map(|(hub, _)| hub).filter(|hub| self.between(*hub, b) == Connection::Working).collect()
    }
}

/// The number of the virtual network that a subnet of an assignment is in.
pub fn network_of(subnet: &Subnet, naming: &Naming) -> Option<u32> {
    Some(naming.subnets().get(subnet.named? as usize)?.number)
}

/// The path between two subnets of an assignment. `same` says that they are one.
///
/// Broadcast and multicast do not leave a subnet in Azure. An address in a clash may be in either network:
/// that is not mapped. Of subnets that only rows name, the networks are known but not their peerings.
pub fn path(src: &Subnet, dst: &Subnet, same: bool, naming: &Naming, connections: &Connections) -> Path {
    use SubnetKind::{Broadcast, Carried, Internet, Multicast, Platform, ServiceTag};
    let any = |kind: SubnetKind| src.kind == kind || dst.kind == kind;
    if any(Internet) {
        return Path::Internet;
    }
    if any(ServiceTag) {
        return Path::AzureService;
    }
    if any(Platform) {
        return Path::Platform;
    }
    if any(Broadcast) || any(Multicast) {
        return Path::WithinSubnet;
    }
    let beyond = |network: u32, other: &Subnet| match Prefix::parse(&other.name) {
        Some(prefix) => connections.with(network, prefix),
        None => Connection::None,
    };
    let by = |connection| match connection {
        Connection::Working | Connection::Untold => Path::AcrossPeering,
        Connection::Broken => Path::WithoutPeering,
        Connection::None => Path::UnmappedPrivate,
    };
    match (network_of(src, naming), network_of(dst, naming)) {
        (Some(_), Some(_)) if same => Path::WithinSubnet,
        (Some(a), Some(b)) if a == b => Path::WithinNetwork,
        (Some(a), Some(b)) if connections.between(a, b) >= Connection::Untold => Path::AcrossPeering,
        (Some(_), Some(_)) => Path::WithoutPeering,
        (Some(a), None) if is_inferred(dst.kind) => by(beyond(a, dst)),
        (None, Some(b)) if is_inferred(src.kind) => by(beyond(b, src)),
        _ if same && src.kind == Carried => Path::WithinSubnet,
        _ if (src.kind == Carried || dst.kind == Carried)
            && src.network.is_some()
            && src.network == dst.network =>
        {
            Path::WithinNetwork
        }
        _ => Path::UnmappedPrivate,
    }
}

fn is_inferred(kind: SubnetKind) -> bool {
    matches!(kind, SubnetKind::InferredPrivate | SubnetKind::InferredLocal)
}

/// Which of several subnets of one prefix an address is in, as the networks tell from which it was seen: one of
/// these networks', else one peered with them. `None` where that leaves none or several.
pub fn settle(
    several: &[u32],
    seen_from: &BTreeSet<u32>,
    naming: &Naming,
    connections: &Connections,
) -> Option<u32> {
    let network = |subnet: u32| naming.subnets().get(subnet as usize).map(|s| s.number);
    // Subnets go by their networks, so those of a network are found without looking at all.
    let only = |networks: &mut dyn Iterator<Item = u32>| {
        let networks: BTreeSet<u32> = networks.collect();
        let mut left = networks.into_iter().flat_map(|wanted| {
            let from = several.partition_point(|subnet| network(*subnet).is_some_and(|at| at < wanted));
            several.iter().skip(from).copied().take_while(move |subnet| network(*subnet) == Some(wanted))
        });
        let first = left.next();
        (first, left.next().is_none())
    };
    match only(&mut seen_from.iter().copied()) {
        (Some(found), alone) => alone.then_some(found),
        (None, _) => {
            let peers = || seen_from.iter().flat_map(|from| connections.of(*from));
            // One whose peering's state no file tells may be the one, too.
            let mut may_be = peers().filter(|(_, how)| *how >= Connection::Untold).map(|(at, _)| at);
            let (found, alone) = only(&mut may_be);
            let works =
                |at: u32| seen_from.iter().any(|from| connections.between(*from, at) == Connection::Working);
            found.filter(|at| alone && network(*at).is_some_and(works))
        }
    }
}

/// What explains traffic between two networks without a working peering.
pub fn explanation(a: u32, b: u32, connections: &Connections, naming: &Naming) -> String {
    let hubs = connections.common(a, b);
    let hubs: Vec<&str> =
        hubs.iter().filter_map(|hub| naming.networks().get(*hub as usize)).map(String::as_str).collect();
    let state = match connections.between(a, b) {
        Connection::None => "no peering of the two is on file",
        _ => "their peering is not connected, or has access switched off",
    };
    if hubs.is_empty() {
        format!("{state}; the traffic goes through a gateway, or the file is older than the log")
    } else {
        format!(
            "{state}; both are peered with {}, whose appliance or gateway may pass it on, or the file is \
             older than the log",
            hubs.join(", ")
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::topology::{Cut, Known, assign, read_network, traffic_findings};
    use azflow_core::model::Address;

    /// Three networks: hub and one are peered, two's peering is broken on its own side.
    pub const NETWORKS: &str = r#"[
        {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub","name":"hub",
         "addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
         "subnets":[{"name":"a","addressPrefix":"10.0.0.0/24"},{"name":"b","addressPrefix":"10.0.1.0/24"}],
         "virtualNetworkPeerings":[
           {"name":"one","peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/ONE"}},
           {"name":"two","peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/two"}}]},
        {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/one","name":"one",
         "addressSpace":{"addressPrefixes":["10.1.0.0/16"]},
         "subnets":[{"name":"c","addressPrefix":"10.1.0.0/24"}],
         "virtualNetworkPeerings":[
           {"name":"far","peeringState":"Connected","remoteAddressSpace":{"addressPrefixes":["10.8.0.0/16"]},"remoteVirtualNetwork":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/far"}},
           {"name":"hub","peeringState":"Connected","remoteVirtualNetwork":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub"}}]},
        {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/two","name":"two",
         "addressSpace":{"addressPrefixes":["10.1.128.0/17"]},
         "subnets":[{"name":"d","addressPrefix":"10.2.0.0/24"}],
         "virtualNetworkPeerings":[
           {"name":"hub","peeringState":"Disconnected","remoteVirtualNetwork":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub"}}]}]"#;

    #[test]
    fn every_pair_has_its_path() {
        let network = read_network(NETWORKS.as_bytes()).network;
        let (naming, connections) = (Naming::new(&network, &[]), Connections::new(&network));
        let find = |a: &str, b: &str| {
            let addresses = [a, b].map(|t| Address::parse(t).unwrap());
            let known = Known { naming: Some(&naming), ..Known::default() };
            let found = assign(addresses.into_iter(), &known, Cut::default());
            let at = |i: usize| &found.subnets[found.subnet_of[i] as usize];
            path(at(0), at(1), found.subnet_of[0] == found.subnet_of[1], &naming, &connections)
        };
        for (a, b, expected) in [
            ("10.0.0.4", "10.0.0.5", Path::WithinSubnet),
            ("10.0.0.4", "10.0.1.5", Path::WithinNetwork),
            ("10.0.0.4", "10.1.0.5", Path::AcrossPeering),
            ("10.1.0.5", "10.0.0.4", Path::AcrossPeering),
            ("10.0.0.4", "10.2.0.5", Path::WithoutPeering),
            ("10.1.0.4", "10.2.0.5", Path::WithoutPeering),
            ("10.0.0.4", "192.168.0.1", Path::UnmappedPrivate),
            ("192.168.0.2", "192.168.0.1", Path::UnmappedPrivate),
            ("10.1.0.4", "10.8.3.5", Path::AcrossPeering),
            ("10.8.3.5", "10.1.0.4", Path::AcrossPeering),
            ("10.0.0.4", "10.8.3.5", Path::UnmappedPrivate),
            ("10.0.0.4", "168.63.129.16", Path::Platform),
            ("10.0.0.4", "255.255.255.255", Path::WithinSubnet),
            ("10.0.0.4", "8.8.8.8", Path::Internet),
        ] {
            assert_eq!(find(a, b), expected, "{a} to {b}");
        }
        assert!(explanation(1, 2, &connections, &naming).contains("no peering of the two is on file"));
    }

    #[test]
    fn a_peering_of_which_no_file_tells_the_state_is_neither_working_nor_broken() {
        let list = "10.0.0.0/24,app,a\n10.1.0.0/24,web,b\n";
        let mut network = read_network(list.as_bytes()).network;
        let remote = network.networks[1].id.clone();
        for (state, access, expected) in [
            ("Connected", None, Connection::Working),
            ("", Some(true), Connection::Untold),
            ("Syncing", None, Connection::Untold),
            ("", Some(false), Connection::Broken),
            ("Initiated", None, Connection::Broken),
        ] {
            let peering = Peering {
                remote: remote.clone(),
                state: state.to_owned(),
                allow_virtual_network_access: access,
                ..Peering::default()
            };
            network.networks[0].peerings = vec![peering];
            let connections = Connections::new(&network);
            assert_eq!(connections.between(0, 1), expected, "{state}");
            // Traffic between the two is no sign of another way where the peering may be it.
            let naming = Naming::new(&network, &[]);
            let is_told = traffic_findings([(0, 1)], &connections, &naming).is_empty();
            assert_eq!(is_told, expected >= Connection::Untold, "{state}");
        }
    }

    #[test]
    fn a_clash_is_settled_by_the_network_that_it_was_seen_from() {
        let list = "10.0.0.0/24,app,a\n10.0.0.0/24,web,b\n10.3.0.0/24,x,c\n";
        let mut network = read_network(list.as_bytes()).network;
        let naming = Naming::new(&network, &[]);
        let from = |list: &[u32]| list.iter().copied().collect::<BTreeSet<u32>>();
        let ask = |network: &Network, seen: &[u32]| {
            settle(&[0, 1], &from(seen), &naming, &Connections::new(network))
        };
        assert_eq!([ask(&network, &[0]), ask(&network, &[1])], [Some(0), Some(1)]);
        assert_eq!([ask(&network, &[0, 1]), ask(&network, &[2]), ask(&network, &[])], [None; 3]);
        let remote = network.networks[1].id.clone();
        network.networks[2].peerings =
            vec![Peering { remote, state: "Connected".into(), ..Peering::default() }];
        assert_eq!(ask(&network, &[2]), Some(1));
    }
}
