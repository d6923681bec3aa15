//! What is wrong with the network as it is described, each with its reason.

use super::naming::Naming;
use super::path::{Connection, Connections, explanation};
use azflow_core::model::SortSmall;
use azflow_core::model::{Network, Prefix, ResourceId, VirtualNetwork};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FindingKind {
    /// A peering whose other side is missing although the other network is on file.
    OneSidedPeering,
    /// A peering that is not connected.
    PeeringNotConnected,
    /// A connected peering that passes no traffic: virtual network access is switched off.
    PeeringWithoutAccess,
    /// A peering that does not know the other network's present address space.
    PeeringOutOfSync,
    /// Two virtual networks that share addresses.
    OverlappingSpaces,
    /// Subnets of several networks with the same prefix: addresses there have no one name.
    SamePrefix,
    /// Traffic between two networks without a working peering.
    TrafficWithoutPeering,
}

impl FindingKind {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneSidedPeering => "one-sided-peering",
            Self::PeeringNotConnected => "peering-not-connected",
            Self::PeeringWithoutAccess => "peering-without-access",
            Self::PeeringOutOfSync => "peering-out-of-sync",
            Self::OverlappingSpaces => "overlapping-spaces",
            Self::SamePrefix => "same-prefix",
            Self::TrafficWithoutPeering => "traffic-without-peering",
        }
    }
}

/// A finding: what, about which networks, and why it matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The virtual networks that it is about, as they are called.
    pub networks: Vec<String>,
    /// The peering, prefix or pair of prefixes; empty where the networks say it all.
    pub subject: String,
    /// Why it matters, for people.
    pub reason: String,
}

/// Findings that need no traffic, sorted.
pub fn findings(network: &Network, naming: &Naming) -> Vec<Finding> {
    let mut out = Vec::new();
    peerings(network, naming, &mut out);
    overlaps(network, naming, &mut out);
    for clash in naming.clashes() {
        let subnets: Vec<_> =
            clash.subnets.iter().filter_map(|n| naming.subnets().get(*n as usize)).collect();
        let name = |n: u32| naming.networks().get(n as usize).cloned().unwrap_or_default();
        let networks = BTreeSet::from_iter(subnets.iter().map(|s| name(s.number)));
        let listed = naming.names(&clash.subnets);
        out.push(Finding {
            kind: FindingKind::SamePrefix,
            networks: networks.into_iter().collect(),
            subject: clash.prefix.to_string(),
            reason: format!(
                "an address in it is in {}; which one is known only where the NIC that logged it is on file",
                listed.join(" or ")
            ),
        });
    }
    out.sort_small();
    out
}

/// Pairs of networks (by number) with traffic between them and no working peering, sorted.
pub fn traffic_findings(
    pairs: impl IntoIterator<Item = (u32, u32)>,
    connections: &Connections,
    naming: &Naming,
) -> Vec<Finding> {
    let pairs = BTreeSet::from_iter(pairs.into_iter().map(|(a, b)| (a.min(b), a.max(b))));
    let missing =
        pairs.into_iter().filter(|(a, b)| a != b && connections.between(*a, *b) < Connection::Untold);
    let name = |n: u32| naming.networks().get(n as usize).cloned().unwrap_or_default();
    let mut out: Vec<Finding> = missing
        .map(|(a, b)| Finding {
            kind: FindingKind::TrafficWithoutPeering,
            networks: vec![name(a), name(b)],
            subject: String::new(),
            reason: explanation(a, b, connections, naming),
        })
        .collect();
    out.sort_small();
    out
}

fn peerings(network: &Network, naming: &Naming, out: &mut Vec<Finding>) {
    let numbers: BTreeMap<&ResourceId, u32> =
        BTreeMap::from_iter(network.networks.iter().map(|one| &one.id).zip(0u32..));
    let sides: BTreeSet<(&ResourceId, &ResourceId)> = network
        .networks
        .iter()
        .flat_map(|one| one.peerings.iter().map(|peering| (&one.id, &peering.remote)))
        .collect();
    for (number, from) in (0u32..).zip(&network.networks) {
        for peering in &from.peerings {
            let other = numbers.get(&peering.remote).copied();
            let called = |n: u32| naming.networks().get(n as usize).cloned().unwrap_or_default();
            let remote = other.map_or_else(|| peering.remote.name().to_owned(), called);
            let mut add = |kind, reason: String| {
                let networks = vec![called(number), remote.clone()];
                out.push(Finding { kind, networks, subject: peering.name.clone(), reason });
            };
            let is_connected = peering.state.eq_ignore_ascii_case("connected");
            if !is_connected && !peering.state.is_empty() {
                let why = match peering.state.to_ascii_lowercase().as_str() {
                    "initiated" => "the other network has not created its side yet",
                    "disconnected" => "the other side was deleted; delete this one and create both again",
                    _ => "what that means is not known here",
                };
                add(FindingKind::PeeringNotConnected, format!("its state is {}: {why}", peering.state));
            }
            if is_connected && peering.allow_virtual_network_access == Some(false) {
                let reason =
                    "virtual network access is switched off, so nothing passes although it is connected";
                add(FindingKind::PeeringWithoutAccess, reason.to_owned());
            }
            let sync = peering.sync_level.as_str();
            if !sync.is_empty() && !sync.eq_ignore_ascii_case("fullyinsync") {
                let reason = format!(
                    "its sync level is {sync}: an address space changed and the peering was not synced"
                );
                add(FindingKind::PeeringOutOfSync, reason);
            }
            let Some(other) = other.and_then(|n| network.networks.get(n as usize)) else { continue };
            if is_whole(other) && !sides.contains(&(&other.id, &from.id)) {
                let reason = "the other network is on file and has no peering back; traffic needs both sides";
                add(FindingKind::OneSidedPeering, reason.to_owned());
            }
        }
    }
}

/// Whether a network was described as a whole rather than by some of its children.
fn is_whole(network: &VirtualNetwork) -> bool {
    !network.prefixes.is_empty()
}

/// Overlaps of two prefixes that are listed: of many networks with one space each overlaps each.
const MOST_OVERLAPS: usize = 20_000;

fn overlaps(network: &Network, naming: &Naming, out: &mut Vec<Finding>) {
    // Sorted by first address: what overlaps a prefix follows it before the prefix ends.
    let mut all: Vec<(Prefix, u32)> = Vec::new();
    for (number, one) in network.networks.iter().enumerate() {
        all.extend(one.prefixes.iter().map(|p| (*p, number as u32)));
    }
    all.sort_small();
    let mut pairs: BTreeMap<(u32, u32), BTreeSet<(Prefix, Prefix)>> = BTreeMap::new();
    let overlapping = all.iter().enumerate().flat_map(|(at, (prefix, owner))| {
        let rest = all.iter().skip(at + 1).take_while(|(other, _)| other.first() <= prefix.last());
        rest.filter(move |(other, of)| of != owner && prefix.overlaps(*other))
            .map(move |(other, of)| ((*prefix, *owner), (*other, *of)))
    });
    let mut left = MOST_OVERLAPS;
    for ((prefix, owner), (other, of)) in overlapping {
        if left == 0 {
            out.push(Finding {
                kind: FindingKind::OverlappingSpaces,
                networks: Vec::new(),
                subject: String::new(),
                reason: format!("there are more overlaps: {MOST_OVERLAPS} are listed"),
            });
            break;
        }
        left -= 1;
        pairs.entry((owner.min(of), owner.max(of))).or_default().insert((prefix, other));
    }
    let connections = Connections::new(network);
    for ((a, b), shared) in pairs {
        let name = |n: u32| naming.networks().get(n as usize).cloned().unwrap_or_default();
        let shared: Vec<String> =
            shared.iter().map(|(p, q)| if p == q { p.to_string() } else { format!("{p} and {q}") }).collect();
        let reason = if connections.between(a, b) == Connection::None {
            "the two can never be peered, and an address there may be either's"
        } else {
            "they are peered all the same on file: one address space was changed after that"
        };
        out.push(Finding {
            kind: FindingKind::OverlappingSpaces,
            networks: vec![name(a), name(b)],
            subject: shared.join(", "),
            reason: reason.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::read_network;

    #[test]
    fn broken_and_one_sided_peerings_and_overlaps_are_found() {
        let whole = read_network(super::super::path::tests::NETWORKS.as_bytes()).network;
        let mut network = whole.clone();
        network.networks[1].peerings.retain(|p| p.name == "far");
        network.networks[0].peerings[1].allow_virtual_network_access = Some(false);
        network.networks[0].peerings[1].sync_level = "LocalNotInSync".to_owned();
        let naming = Naming::new(&network, &[]);
        let found = findings(&network, &naming);
        let short: Vec<_> =
            found.iter().map(|f| (f.kind.as_str(), f.networks.join(","), f.subject.as_str())).collect();
        assert_eq!(
            short,
            [
                ("one-sided-peering", "hub,one".to_owned(), "one"),
                ("peering-not-connected", "two,hub".to_owned(), "hub"),
                ("peering-without-access", "hub,two".to_owned(), "two"),
                ("peering-out-of-sync", "hub,two".to_owned(), "two"),
                ("overlapping-spaces", "one,two".to_owned(), "10.1.0.0/16 and 10.1.128.0/17"),
            ]
        );
        let traffic = traffic_findings([(0, 1), (2, 0), (0, 2), (1, 1)], &Connections::new(&whole), &naming);
        assert_eq!(traffic.len(), 1);
        assert_eq!(traffic[0].networks, ["hub", "two"]);
    }
}
