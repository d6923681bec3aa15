//! What one end of a conversation says: what its subnet is to a draft, whether rules may be made there, and how a rule
//! may name the other end.

use super::gathering::Gathering;
use crate::rules::draft::Places;
use crate::rules::traffic::Observed;
use azflow_core::model::{SpecialSubnet, Subnet, SubnetKind};

/// What a subnet of the assignment is to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubnetRole {
    /// A subnet whose prefixes are known; rules may be drafted for it unless Azure reserves it.
    Subnet(Option<SpecialSubnet>),
    /// Its prefixes are known, but no group can be drafted there: it is in no network on file, or has a group that could
    /// not be read whole.
    Elsewhere,
    /// Only its single addresses are known.
    Hosts,
    Internet,
    /// Azure's own, broadcast and multicast.
    None,
}

impl SubnetRole {
    /// What a subnet is.
    pub(super) fn of(subnet: &Subnet, places: &Places<'_>) -> Self {
        match subnet.kind {
            SubnetKind::Named
            | SubnetKind::Special(_)
            | SubnetKind::Carried
            | SubnetKind::InferredPrivate
            | SubnetKind::InferredLocal => {
                if places.prefixes_of(&subnet.name).is_empty() {
                    Self::Hosts
                } else if !places.takes_group(&subnet.name) {
                    Self::Elsewhere
                } else if let SubnetKind::Special(special) = subnet.kind {
                    Self::Subnet(Some(special))
                } else {
                    Self::Subnet(None)
                }
            }
            SubnetKind::Clash => Self::Hosts,
            SubnetKind::Internet | SubnetKind::ServiceTag => Self::Internet,
            _ => Self::None,
        }
    }
}

impl Gathering<'_, '_> {
    /// Azure takes a group with rules of its own at Bastion's subnet, and none at the others that it reserves.
    pub(super) fn takes(&self, special: Option<SpecialSubnet>) -> bool {
        special.is_none() || self.options.special && special == Some(SpecialSubnet::Bastion)
    }

    pub(super) fn at(&self, address: u32) -> (u32, SubnetRole) {
        let subnet = self.places.subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
        (subnet, self.roles.get(subnet as usize).copied().unwrap_or(SubnetRole::None))
    }

    /// Whether an address is in the prefixes of its subnet; a NIC may say otherwise.
    pub(super) fn is_within(&self, subnet: u32, address: u32) -> bool {
        let Some(address) = self.traffic.addresses.get(address as usize) else { return false };
        let prefixes = self.prefixes.get(subnet as usize).map(Vec::as_slice).unwrap_or_default();
        prefixes.iter().any(|prefix| prefix.contains(*address))
    }

    /// Whether the tag `Internet` means the far end for certain: public space may be a virtual network's own, and routes that
    /// no file tells of make addresses members of it. What the log says of that counts more than files.
    pub(super) fn is_internet(&mut self, seen: &Observed, here: u32, outbound: bool) -> bool {
        let (src, dst) = (self.traffic.src(seen), self.traffic.dst(seen));
        let (far, near) = if outbound { (dst, src) } else { (src, dst) };
        match seen.members[usize::from(outbound)] {
            Some(true) => {
                self.routed[here as usize][usize::from(outbound)] = true;
                false
            }
            Some(false) => self.places.world.may_be_internet(far, near),
            None => self.places.world.is_internet(far, near),
        }
    }
}
