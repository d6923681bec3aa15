//! What is needed: which conversations seed rules, sorted by the subnet that the rules are for.

use super::{DraftOptions, Places, Skip, Want};
use crate::model::Endpoint;
use crate::model::{Direction, Protocol};
use crate::rules::traffic::{Observed, Traffic, Unfit};
use crate::rules::world::Answer;
use crate::topology::{SpecialSubnet, SubnetKind};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What a subnet of the assignment is to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// A subnet whose prefixes are known; rules may be drafted for it unless Azure reserves it.
    Subnet(Option<SpecialSubnet>),
    /// Only its single addresses are known.
    Hosts,
    Internet,
    /// Azure's own, broadcast and multicast.
    None,
}

/// The far end of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Far {
    /// A subnet, by its number in the assignment.
    Subnet(u32),
    /// Single addresses of a group whose prefixes are not known.
    Hosts(u32),
    /// The Internet.
    Internet,
}

/// What the rules of one subnet and direction rest on: indices of conversations by far end and protocol.
pub type GroupNeeds = BTreeMap<(Far, Protocol), Vec<u32>>;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Needs {
    /// By subnet and direction. One that was only refused is there without needs: it gets its deny.
    pub groups: BTreeMap<(u32, Direction), GroupNeeds>,
    pub seeds: Vec<usize>,
    pub left_out: Vec<String>,
    pub skipped: BTreeMap<Skip, u64>,
}

/// Protocols that a rule can name.
pub fn is_nameable(protocol: Protocol) -> bool {
    matches!(protocol.0, 1 | 6 | 17 | 50 | 51)
}

/// Gathers them.
pub fn gather(
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Needs {
    let ground = |subnet: &crate::topology::Subnet| match subnet.kind {
        SubnetKind::Named
        | SubnetKind::Special(_)
        | SubnetKind::Carried
        | SubnetKind::InferredPrivate
        | SubnetKind::InferredLocal => {
            if places.prefixes_of(&subnet.name).is_empty() {
                Ground::Hosts
            } else if let SubnetKind::Special(special) = subnet.kind {
                Ground::Subnet(Some(special))
            } else {
                Ground::Subnet(None)
            }
        }
        SubnetKind::Clash => Ground::Hosts,
        SubnetKind::Internet | SubnetKind::ServiceTag => Ground::Internet,
        _ => Ground::None,
    };
    let grounds: Vec<Ground> = places.subnets.subnets.iter().map(ground).collect();
    let mut out = Needs::default();
    let mut left_out = BTreeSet::new();
    // Numbers of needs, found by hashing; lists of conversations beside.
    let mut numbers: HashMap<(u32, bool, Far, Protocol), u32> = HashMap::new();
    let mut lists: Vec<Vec<u32>> = Vec::new();
    let mut last = None;
    let mut touched = vec![[false; 2]; grounds.len()];
    for (index, seen) in traffic.conversations.iter().enumerate() {
        let at = |address: u32| {
            let subnet = places.subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
            (subnet, grounds.get(subnet as usize).copied().unwrap_or(Ground::None))
        };
        let ((src, src_ground), (dst, dst_ground)) = (at(seen.src), at(seen.dst));
        let skip = reason(seen, options, want(index, seen));
        let mut seeds = false;
        for (here, ground, far, far_ground, outbound) in
            [(dst, dst_ground, src, src_ground, false), (src, src_ground, dst, dst_ground, true)]
        {
            let Ground::Subnet(special) = ground else { continue };
            if outbound && !options.outbound || seen.unfit == Some(Unfit::Platform) {
                continue;
            }
            // Azure takes a group with rules of its own at Bastion's subnet, and none at the others'.
            if special.is_some() && !(options.special && special == Some(SpecialSubnet::Bastion)) {
                left_out.insert(here);
                continue;
            }
            touched[here as usize][usize::from(outbound)] = true;
            // What something else let pass there needs no rule there.
            if skip.is_some() || seen.outside[usize::from(outbound)] && seen.allowed {
                continue;
            }
            let far = match far_ground {
                Ground::Subnet(_) => Far::Subnet(far),
                Ground::Hosts => Far::Hosts(far),
                Ground::Internet if is_internet(traffic, places, seen, outbound) => Far::Internet,
                Ground::Internet => Far::Hosts(far),
                Ground::None => continue,
            };
            seeds = true;
            // The default rules let it out, and the deny does not touch it.
            if outbound && far == Far::Internet {
                continue;
            }
            let key = (here, outbound, far, seen.protocol);
            let number = match last {
                Some((known, number)) if known == key => number,
                _ => *numbers.entry(key).or_insert_with(|| {
                    lists.push(Vec::new());
                    lists.len() as u32 - 1
                }),
            };
            last = Some((key, number));
            lists[number as usize].push(index as u32);
        }
        if seeds {
            out.seeds.push(index);
        } else {
            *out.skipped.entry(skip.unwrap_or(Skip::NoGroup)).or_default() += 1;
        }
    }
    let direction = |outbound| if outbound { Direction::Outbound } else { Direction::Inbound };
    for (here, touched) in touched.into_iter().enumerate() {
        for (outbound, touched) in [false, true].into_iter().zip(touched) {
            if touched {
                out.groups.insert((here as u32, direction(outbound)), GroupNeeds::new());
            }
        }
    }
    for ((here, outbound, far, protocol), number) in numbers {
        let group = out.groups.entry((here, direction(outbound))).or_default();
        group.insert((far, protocol), std::mem::take(&mut lists[number as usize]));
    }
    let name = |subnet: u32| places.subnets.subnets.get(subnet as usize).map(|s| s.name.clone());
    out.left_out = left_out.into_iter().filter_map(name).collect();
    out
}

/// Why a conversation seeds nothing.
fn reason(seen: &Observed, options: &DraftOptions, want: Want) -> Option<Skip> {
    match want {
        Want::Needed => None,
        Want::NotNeeded => Some(Skip::NotNeeded),
        Want::Unmarked => {
            if let Some(unfit) = seen.unfit {
                Some(Skip::Unfit(unfit))
            } else if !seen.begun_earlier && seen.tally.allowed_flows < options.least_flows {
                Some(Skip::FewFlows)
            } else {
                (!is_nameable(seen.protocol)).then_some(Skip::Unnameable)
            }
        }
    }
}

/// Whether the tag `Internet` means the far end for certain: public space may be a virtual network's own.
fn is_internet(traffic: &Traffic, places: &Places<'_>, seen: &Observed, outbound: bool) -> bool {
    let (src, dst) = (traffic.src(seen), traffic.dst(seen));
    let (far, here) = if outbound { (dst, src) } else { (src, dst) };
    let internet = Endpoint::Tag("Internet".to_owned());
    places.world.matches(&internet, far, here, None) == Answer::Yes
}
