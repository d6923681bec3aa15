//! Groups and where they apply.

use super::sites::missing_subnets;
use super::world::World;
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Address, Decision, Direction, Endpoint, Network, Nsg, PortRange, Prefix, ResourceId, SecurityRule,
};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The first priority of default rules.
pub const FIRST_DEFAULT: u16 = 65_000;

/// The default rules of every group.
pub fn default_rules() -> Vec<SecurityRule> {
    let rule = |name: &str, priority, direction, access, source: &str, destination: &str| {
        let end = |text: &str| if text == "*" { Endpoint::Any } else { Endpoint::Tag(text.to_owned()) };
        SecurityRule {
            name: name.to_owned(),
            description: String::new(),
            priority,
            direction,
            access,
            protocol: None,
            sources: vec![end(source)],
            source_ports: vec![PortRange::ALL],
            destinations: vec![end(destination)],
            destination_ports: vec![PortRange::ALL],
            doubt: None,
        }
    };
    use Decision::{Allowed, Denied};
    use Direction::{Inbound, Outbound};
    vec![
        rule("AllowVnetInBound", 65_000, Inbound, Allowed, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowAzureLoadBalancerInBound", 65_001, Inbound, Allowed, "AzureLoadBalancer", "*"),
        rule("DenyAllInBound", 65_500, Inbound, Denied, "*", "*"),
        rule("AllowVnetOutBound", 65_000, Outbound, Allowed, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowInternetOutBound", 65_001, Outbound, Allowed, "*", "Internet"),
        rule("DenyAllOutBound", 65_500, Outbound, Denied, "*", "*"),
    ]
}

/// A group and where it applies.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The group.
    pub nsg: Nsg,
    /// The ids of subnets and NICs that it applies to. Where there are any, they alone count: a prefix or an address may
    /// be in several networks.
    pub places: Vec<ResourceId>,
    /// The prefixes that it applies to: those of the subnets above, or what a file of rules names.
    pub prefixes: Vec<Prefix>,
    /// The addresses of NICs that it applies to, likewise.
    pub nics: Vec<Address>,
}

impl Applied {
    /// Its rules of one direction in the order of evaluation, defaults last. Rules that may be there and are not on
    /// file stand first, as an allowance and as a denial of anything.
    pub fn ordered(&self, direction: Direction) -> Vec<SecurityRule> {
        let brings = self.nsg.default_rules.iter().any(|r| r.direction == direction);
        let defaults = if brings { self.nsg.default_rules.clone() } else { default_rules() };
        let unread = self.nsg.doubt.iter().flat_map(|why| unread_rules(why, direction));
        let mut rules: Vec<SecurityRule> =
            unread.chain(self.nsg.rules.iter().cloned()).chain(defaults).collect();
        rules.retain(|rule| rule.direction == direction);
        rules.sort_small_by_key(|rule| rule.priority);
        rules
    }

    /// The group with its rules of one direction alone, where it applies to every address; the other direction lets
    /// everything pass. Whatever it applies to is of the virtual network, so its own side may name that or anything.
    pub(super) fn one_way(&self, direction: Direction) -> Self {
        let own = |mut rule: SecurityRule| {
            let inbound = direction == Direction::Inbound;
            let ends = if inbound { &mut rule.destinations } else { &mut rule.sources };
            let is = |end: &Endpoint, name: &str| matches!(end, Endpoint::Tag(tag) if tag.eq_ignore_ascii_case(name));
            ends.retain(|end| !is(end, "Internet"));
            ends.iter_mut().filter(|end| is(end, "VirtualNetwork")).for_each(|end| *end = Endpoint::Any);
            rule
        };
        let last = |access, direction| SecurityRule {
            doubt: None,
            priority: u16::MAX,
            ..everything(access, direction)
        };
        let other = if direction == Direction::Inbound { Direction::Outbound } else { Direction::Inbound };
        let nsg = Nsg {
            id: self.nsg.id.clone(),
            name: self.nsg.name.clone(),
            rules: self.ordered(direction).into_iter().map(own).collect(),
            default_rules: vec![last(Decision::Allowed, other), last(Decision::Denied, direction)],
            ..Nsg::default()
        };
        let all = [Address::from_v4(0), Address::from_bits(0)].map(|address| Prefix::of(address, 0));
        Self { nsg, prefixes: all.to_vec(), ..Self::default() }
    }

    /// Whether nothing is told of where it applies.
    pub fn is_unplaced(&self) -> bool {
        self.places.is_empty() && self.prefixes.is_empty() && self.nics.is_empty()
    }

    /// Whether the group's rules are known to be all that there are, and each could be read so that it can be written again:
    /// an end that is no literal value keeps its text.
    pub fn is_understood(&self) -> bool {
        let mut rules = self.nsg.rules.iter().chain(&self.nsg.default_rules);
        self.nsg.doubt.is_none() && rules.all(|rule| rule.doubt.is_none())
    }

    /// Whether a file has anything of the group's rules.
    pub fn is_on_file(&self) -> bool {
        self.nsg.whole || self.nsg.doubt.is_none() || !self.nsg.rules.is_empty()
    }
}

/// Whether a rule stands for those of a group that are not on file.
pub fn is_unread(rule: &SecurityRule) -> bool {
    rule.doubt.is_some() && rule.name.is_empty() && rule.priority == 0
}

/// What stands for rules of a group that are not on file: they may allow or deny anything, before all others.
fn unread_rules(why: &str, direction: Direction) -> [SecurityRule; 2] {
    [Decision::Allowed, Decision::Denied]
        .map(|access| SecurityRule { doubt: Some(why.to_owned()), ..everything(access, direction) })
}

/// A rule without a name for everything in one direction, before all others.
fn everything(access: Decision, direction: Direction) -> SecurityRule {
    SecurityRule {
        name: String::new(),
        description: String::new(),
        priority: 0,
        direction,
        access,
        protocol: None,
        sources: vec![Endpoint::Any],
        source_ports: vec![PortRange::ALL],
        destinations: vec![Endpoint::Any],
        destination_ports: vec![PortRange::ALL],
        doubt: None,
    }
}

/// Groups with their places.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// The groups.
    pub groups: Vec<Applied>,
    /// What a file of rules has that could not be taken in as it stands there.
    pub notes: Vec<String>,
}

impl RuleSet {
    /// The groups of a network's description, where it says that they apply. A group that a subnet or NIC names and no
    /// file has is there, too, with the doubt that its rules are not on file.
    pub fn of(network: &Network) -> Self {
        let mut groups: BTreeMap<ResourceId, Applied> = BTreeMap::new();
        // By place, the groups that say that they are there.
        let mut said: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
        for nsg in &network.nsgs {
            // Places that no file describes are among them: it applies there all the same.
            let places: Vec<ResourceId> = nsg.subnets.iter().chain(&nsg.nics).cloned().collect();
            nsg.subnets
                .iter()
                .chain(&nsg.nics)
                .for_each(|place| said.entry(place).or_default().push(&nsg.id));
            groups.insert(nsg.id.clone(), Applied { nsg: nsg.clone(), places, ..Applied::default() });
        }
        let mut apply = |place: &ResourceId,
                         own: Option<&ResourceId>,
                         what: &str,
                         prefixes: &[Prefix],
                         nics: &[Address]| {
            let also = said.get(place).into_iter().flatten().copied();
            for id in own.into_iter().chain(also) {
                let group = groups.entry(id.clone()).or_insert_with(|| absent(id, what));
                group.places.push(place.clone());
                group.prefixes.extend(prefixes);
                group.nics.extend(nics);
            }
        };
        for subnet in network.networks.iter().flat_map(|one| &one.subnets) {
            apply(&subnet.id, subnet.nsg.as_ref(), &format!("subnet {}", subnet.name), &subnet.prefixes, &[]);
        }
        for nic in &network.nics {
            let addresses: Vec<Address> = nic.addresses.iter().map(|a| a.address).collect();
            apply(&nic.id, nic.nsg.as_ref(), &format!("NIC {}", nic.name), &[], &addresses);
        }
        // What group a subnet has that no file describes is not known, unless a group on file names it.
        for id in missing_subnets(network).into_iter().filter(|id| !said.contains_key(id)) {
            let (name, doubt) = match id.parent("virtualNetworks").filter(|_| id.name() == "?") {
                Some(one) => {
                    let name = one.name();
                    (format!("groups of {name}"), format!("{name} may have subnets that are not on file"))
                }
                None => (format!("group of {}", id.name()), format!("subnet {} is not on file", id.name())),
            };
            let nsg = Nsg { id: ResourceId(format!("{id}/?")), name, doubt: Some(doubt), ..Nsg::default() };
            groups.insert(nsg.id.clone(), Applied { nsg, places: vec![id], ..Applied::default() });
        }
        let sorted = |mut group: Applied| {
            group.places.sort_small();
            group.places.dedup();
            group.prefixes.sort_unstable();
            group.prefixes.dedup();
            group.nics.sort_unstable();
            group.nics.dedup();
            group
        };
        Self { groups: groups.into_values().map(sorted).collect(), notes: Vec::new() }
    }

    /// This set over another one: where both have a group at a subnet or NIC, this one's applies.
    #[must_use]
    pub fn over(mut self, below: &Self, world: &World) -> Self {
        let taken: BTreeSet<ResourceId> =
            self.groups.iter().flat_map(|group| world.sites().places_of(group)).collect();
        let prefixes: BTreeSet<Prefix> = self.groups.iter().flat_map(|g| g.prefixes.clone()).collect();
        let nics: BTreeSet<Address> = self.groups.iter().flat_map(|g| g.nics.clone()).collect();
        for group in &below.groups {
            let mut group = group.clone();
            if group.places.is_empty() {
                group.prefixes.retain(|p| !prefixes.contains(p));
                group.nics.retain(|n| !nics.contains(n));
            } else {
                group.places.retain(|place| !taken.contains(place));
                if group.places.is_empty() {
                    continue;
                }
                group.prefixes = world.sites().prefixes_at(&group.places);
                group.nics = world.sites().addresses_at(&group.places);
            }
            if !group.is_unplaced() {
                self.groups.push(group);
            }
        }
        self
    }

    /// All that is not understood of the groups, in sentences: what depends on it can't be decided.
    pub fn not_understood(&self) -> Vec<String> {
        let mut out = self.notes.clone();
        for Applied { nsg, .. } in &self.groups {
            out.extend(nsg.doubt.iter().map(|why| format!("{}: {why}", nsg.name)));
            for rule in nsg.rules.iter().chain(&nsg.default_rules) {
                let ends = rule.sources.iter().chain(&rule.destinations);
                let unknown = ends.filter_map(|end| match end {
                    Endpoint::Unknown(text) => Some(format!("not a literal value: {text}")),
                    _ => None,
                });
                let all = rule.doubt.iter().cloned().chain(unknown);
                out.extend(all.map(|why| format!("{}: rule {}: {why}", nsg.name, rule.name)));
            }
        }
        out.sort_small();
        out.dedup();
        out
    }

    /// The group of an id; a bare name serves where just one group has it.
    pub fn find(&self, id: &ResourceId, name: &str) -> Option<&Applied> {
        self.groups.iter().find(|group| group.nsg.id == *id).or_else(|| {
            let mut named = self.groups.iter().filter(|group| {
                !(id.is_full() && group.nsg.id.is_full()) && group.nsg.name.eq_ignore_ascii_case(name)
            });
            named.next().filter(|_| named.next().is_none())
        })
    }
}

/// The groups of a set, to be found one after the other as [`RuleSet::find`] finds one.
#[derive(Debug)]
pub struct GroupIndex<'a> {
    ids: HashMap<&'a ResourceId, &'a Applied>,
    /// By name in lower case: all, and those without a full id.
    names: HashMap<String, [Vec<&'a Applied>; 2]>,
}

impl<'a> GroupIndex<'a> {
    /// Of a set.
    pub fn new(set: &'a RuleSet) -> Self {
        let mut out = Self { ids: HashMap::new(), names: HashMap::new() };
        for group in &set.groups {
            out.ids.entry(&group.nsg.id).or_insert(group);
            let [all, short] = out.names.entry(group.nsg.name.to_ascii_lowercase()).or_default();
            all.push(group);
            if !group.nsg.id.is_full() {
                short.push(group);
            }
        }
        out
    }

    /// The group of an id; a bare name serves where just one group has it.
    pub fn find(&self, id: &ResourceId, name: &str) -> Option<&'a Applied> {
        self.ids.get(id).copied().or_else(|| {
            let [all, short] = self.names.get(&name.to_ascii_lowercase())?;
            match if id.is_full() { short } else { all }.as_slice() {
                [only] => Some(*only),
                _ => None,
            }
        })
    }
}

/// A group that a place names and no file has.
fn absent(id: &ResourceId, place: &str) -> Applied {
    let doubt = Some(format!("{place} has {}, which is not on file", id.name()));
    let nsg = Nsg { id: id.clone(), name: id.name().to_owned(), doubt, ..Nsg::default() };
    Applied { nsg, ..Applied::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = ResourceId> {
        let ids = ["/subscriptions/s/a", "/SUBSCRIPTIONS/s/A", "/subscriptions/t/a", "a", "A", "b", ""];
        proptest::sample::select(ids.to_vec()).prop_map(|id| ResourceId(id.to_owned()))
    }

    proptest! {
        #[test]
        fn an_index_finds_what_looking_finds(
            groups in proptest::collection::vec((id(), "[aAb]"), 0..6), asked in id(), name in "[aAbc]"
        ) {
            let group = |(id, name)| Applied { nsg: Nsg { id, name, ..Nsg::default() }, ..Applied::default() };
            let set = RuleSet { groups: groups.into_iter().map(group).collect(), notes: Vec::new() };
            prop_assert_eq!(GroupIndex::new(&set).find(&asked, &name), set.find(&asked, &name));
        }
    }
}
