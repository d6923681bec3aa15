//! What a description claims about each resource, one field at a time, so that descriptions can be compared.
//!
//! A claim is what one file says of one field of one resource. What a file does not say is no claim: only lists that
//! a file gives whole are compared as lists.

use super::growing::folded;
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Decision, Direction, Endpoint, Machine, Network, Nic, Nsg, PortRange, Prefix, ResourceId, SecurityRule,
    ServiceTag, VirtualNetwork,
};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What becomes of claims that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// The last file's counts.
    Last,
    /// All count.
    All,
}

/// A field of a resource: the rule for claims that differ, the kind of resource, its id in lower case, the field.
pub(super) type Key = (Rule, &'static str, String, &'static str);

/// What one file says of a field.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// The file's place in the order of files.
    pub file: usize,
    /// Equal where two files say the same.
    pub exact: u64,
    /// What it says, for people.
    pub shown: String,
}

/// A field, and what the files say of it in their order.
#[derive(Debug)]
pub(super) struct Field {
    /// The resource's name.
    pub name: String,
    /// What the files say of it.
    pub claims: Vec<Claim>,
}

/// The members of a list that a file gives whole: name by the name in lower case.
pub(super) type Members = BTreeMap<String, String>;

/// A list that several files may give whole.
#[derive(Debug)]
pub(super) struct List {
    /// The resource's name.
    pub name: String,
    /// The members in each file.
    pub members: Vec<(usize, Members)>,
}

/// All that the files claim.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Fields by resource.
    pub fields: BTreeMap<Key, Field>,
    /// Lists by kind of resource, id, and field.
    pub lists: BTreeMap<(&'static str, String, &'static str), List>,
    /// The group that a subnet or NIC names itself, by id: the last file's.
    named_groups: BTreeMap<(&'static str, String), (usize, ResourceId)>,
    /// Groups that say where they are applied, by the id of that place.
    applied: Vec<(&'static str, ResourceId, usize, ResourceId)>,
}

impl Claims {
    /// Adds what a file says. Give files in their order.
    pub fn add(&mut self, file: usize, network: &Network) {
        let mut adding = Adding { claims: self, file };
        network.networks.iter().for_each(|one| adding.network(one));
        network.nics.iter().for_each(|nic| adding.nic(nic));
        network.machines.iter().for_each(|machine| adding.machine(machine));
        network.nsgs.iter().for_each(|nsg| adding.nsg(nsg));
        network.tags.iter().for_each(|tag| adding.tag(tag));
    }

    /// Compares what subnets and NICs say of their group with what groups say of where they are applied. Call it
    /// when all files are added.
    pub fn compare_groups(&mut self) {
        for (kind, place, file, group) in std::mem::take(&mut self.applied) {
            let id = folded(&place);
            let Some((named_in, named)) = self.named_groups.get(&(kind, id.clone())).cloned() else {
                continue;
            };
            let field = self.fields.entry((Rule::All, kind, id, "applied group"));
            let field = field.or_insert_with(|| Field {
                name: place.name().to_owned(),
                claims: vec![claim(named_in, &named, named.name())],
            });
            field.claims.push(claim(file, &group, group.name()));
        }
    }
}

fn claim(file: usize, exact: &impl Hash, shown: &str) -> Claim {
    let mut hasher = DefaultHasher::new();
    exact.hash(&mut hasher);
    Claim { file, exact: hasher.finish(), shown: shown.to_owned() }
}

/// Adds one file's claims.
struct Adding<'a> {
    claims: &'a mut Claims,
    file: usize,
}

impl Adding<'_> {
    fn say(
        &mut self,
        (kind, id): (&'static str, &ResourceId),
        field: &'static str,
        exact: &impl Hash,
        shown: &str,
    ) {
        let key = (Rule::Last, kind, folded(id), field);
        let name = id.name();
        let known = self.claims.fields.entry(key);
        let known = known.or_insert_with(|| Field { name: name.to_owned(), claims: Vec::new() });
        known.claims.push(claim(self.file, exact, shown));
    }

    fn list<'n>(
        &mut self,
        (kind, id): (&'static str, &ResourceId),
        field: &'static str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let members = names.map(|name| (name.to_ascii_lowercase(), name.to_owned())).collect();
        let key = (kind, folded(id), field);
        let list = self.claims.lists.entry(key);
        let list = list.or_insert_with(|| List { name: id.name().to_owned(), members: Vec::new() });
        list.members.push((self.file, members));
    }

    fn network(&mut self, one: &VirtualNetwork) {
        let at = ("virtual network", &one.id);
        if let Some(location) = &one.location {
            self.say(at, "location", &location.to_ascii_lowercase(), location);
        }
        if let Some(minutes) = one.flow_timeout_minutes {
            self.say(at, "flow timeout", &minutes, &format!("{minutes} minutes"));
        }
        // Children alone, as `az network vnet subnet show` prints them, come without the address space.
        let is_whole = !one.prefixes.is_empty();
        if is_whole {
            self.prefixes(at, "address space", &one.prefixes);
        }
        if is_whole && !one.subnets.is_empty() {
            self.list(at, "subnets", one.subnets.iter().map(|subnet| subnet.name.as_str()));
        }
        if is_whole && !one.peerings.is_empty() {
            self.list(at, "peerings", one.peerings.iter().map(|peering| peering.name.as_str()));
        }
        for subnet in &one.subnets {
            let at = ("subnet", &subnet.id);
            if !subnet.prefixes.is_empty() {
                self.prefixes(at, "prefixes", &subnet.prefixes);
            }
            self.reference(at, "network security group", subnet.nsg.as_ref());
            self.names_group(at, subnet.nsg.as_ref());
            self.reference(at, "route table", subnet.route_table.as_ref());
            self.texts(at, "delegations", subnet.delegations.iter().map(String::as_str));
        }
        for peering in &one.peerings {
            let at = ("peering", &peering.id);
            self.reference(at, "remote network", Some(&peering.remote));
            self.prefixes(at, "remote address space", &peering.remote_prefixes);
            self.text(at, "state", &peering.state);
            self.text(at, "sync level", &peering.sync_level);
            self.flag(at, "virtual network access", peering.allow_virtual_network_access);
            self.flag(at, "forwarded traffic", peering.allow_forwarded_traffic);
            self.flag(at, "gateway transit", peering.allow_gateway_transit);
            self.flag(at, "use of remote gateways", peering.use_remote_gateways);
        }
    }

    fn nic(&mut self, nic: &Nic) {
        let at = ("NIC", &nic.id);
        self.text(at, "MAC address", nic.mac.as_deref().unwrap_or_default());
        let mut addresses: Vec<_> = nic.addresses.iter().collect();
        addresses.sort_small_by_key(|a| a.address);
        let subnet = |a: &azflow_core::model::NicAddress| {
            a.subnet.as_ref().map_or("no subnet", ResourceId::name).to_owned()
        };
        let exact: Vec<_> = addresses.iter().map(|a| (a.address, &a.subnet, a.primary)).collect();
        let shown = addresses.iter().map(|a| format!("{} in {}", a.address, subnet(a)));
        self.say(at, "addresses", &exact, &or_none(shown));
        let groups: Vec<_> = addresses.iter().map(|a| (a.address, sorted(a.asgs.iter()))).collect();
        let shown = groups.iter().flat_map(|(_, groups)| groups).map(|group| group.name().to_owned());
        self.say(at, "application security groups", &groups, &or_none(shown));
        let public: Vec<_> = addresses.iter().map(|a| (a.address, &a.public)).collect();
        let shown = public.iter().filter_map(|(_, public)| public.as_ref()).map(|id| id.name().to_owned());
        self.say(at, "public addresses", &public, &or_none(shown));
        self.reference(at, "network security group", nic.nsg.as_ref());
        self.names_group(at, nic.nsg.as_ref());
        self.reference(at, "virtual machine", nic.machine.as_ref());
        self.flag(at, "accelerated networking", nic.accelerated_networking);
        self.flag(at, "IP forwarding", nic.ip_forwarding);
    }

    fn machine(&mut self, machine: &Machine) {
        let at = ("virtual machine", &machine.id);
        if let Some(size) = &machine.size {
            self.text(at, "size", size);
        }
        if let Some(set) = &machine.availability_set {
            self.reference(at, "availability set", Some(set));
        }
        if !machine.nics.is_empty() {
            self.list(at, "NICs", machine.nics.iter().map(ResourceId::name));
        }
    }

    fn nsg(&mut self, nsg: &Nsg) {
        let at = ("network security group", &nsg.id);
        for rule in nsg.rules.iter().chain(&nsg.default_rules) {
            let direction = if rule.direction == Direction::Inbound { "inbound" } else { "outbound" };
            let id = ResourceId(format!("{}/{direction} rule {}", nsg.id.0.trim_end_matches('/'), rule.name));
            self.say(("network security group", &id), "content", &rule_content(rule), &shown_rule(rule));
        }
        // Rules alone, as `az network nsg rule list` prints them, come without their group's location.
        if let Some(location) = &nsg.location {
            self.say(at, "location", &location.to_ascii_lowercase(), location);
            self.list(at, "rules", nsg.rules.iter().map(|rule| rule.name.as_str()));
        }
        for (kind, places) in [("subnet", &nsg.subnets), ("NIC", &nsg.nics)] {
            let applied = places.iter().map(|place| (kind, place.clone(), self.file, nsg.id.clone()));
            self.claims.applied.extend(applied);
        }
    }

    fn tag(&mut self, tag: &ServiceTag) {
        let id = ResourceId(tag.name.clone());
        let shown = format!("{} prefixes", tag.prefixes.len());
        self.say(("service tag", &id), "content", &(sorted(tag.prefixes.iter()), tag.usable_in_nsg), &shown);
    }

    fn names_group(&mut self, (kind, id): (&'static str, &ResourceId), group: Option<&ResourceId>) {
        let key = (kind, folded(id));
        match group {
            Some(group) => drop(self.claims.named_groups.insert(key, (self.file, group.clone()))),
            None => drop(self.claims.named_groups.remove(&key)),
        }
    }

    fn prefixes(&mut self, at: (&'static str, &ResourceId), field: &'static str, prefixes: &[Prefix]) {
        let sorted = sorted(prefixes.iter());
        self.say(at, field, &sorted, &or_none(sorted.iter().map(ToString::to_string)));
    }

    fn reference(&mut self, at: (&'static str, &ResourceId), field: &'static str, to: Option<&ResourceId>) {
        self.say(at, field, &to, to.map_or("none", ResourceId::name));
    }

    fn text(&mut self, at: (&'static str, &ResourceId), field: &'static str, text: &str) {
        self.say(at, field, &text.to_ascii_lowercase(), if text.is_empty() { "not told" } else { text });
    }

    fn texts<'n>(
        &mut self,
        at: (&'static str, &ResourceId),
        field: &'static str,
        texts: impl Iterator<Item = &'n str>,
    ) {
        let mut texts: Vec<String> = texts.map(str::to_ascii_lowercase).collect();
        texts.sort_small();
        self.say(at, field, &texts, &or_none(texts.iter().cloned()));
    }

    fn flag(&mut self, at: (&'static str, &ResourceId), field: &'static str, flag: Option<bool>) {
        let shown = match flag {
            Some(true) => "on",
            Some(false) => "off",
            None => "not told",
        };
        self.say(at, field, &flag, shown);
    }
}

fn sorted<'a, T: Ord>(items: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut items: Vec<&T> = items.collect();
    items.sort_small();
    items.dedup();
    items
}

fn or_none(texts: impl Iterator<Item = String>) -> String {
    let joined = texts.collect::<Vec<_>>().join(", ");
    if joined.is_empty() { "none".to_owned() } else { joined }
}

/// All of a rule that decides: its description and the order of its lists don't.
fn rule_content(rule: &SecurityRule) -> impl Hash + '_ {
    (
        (rule.priority, rule.access, rule.protocol),
        (sorted(rule.sources.iter()), sorted(rule.source_ports.iter())),
        (sorted(rule.destinations.iter()), sorted(rule.destination_ports.iter())),
    )
}

fn shown_rule(rule: &SecurityRule) -> String {
    let access = if rule.access == Decision::Allowed { "allow" } else { "deny" };
    let protocol = rule.protocol.map_or("*".to_owned(), |protocol| protocol.to_string());
    let ports = |ports: &[PortRange]| ports.iter().map(PortRange::to_string).collect::<Vec<_>>().join(",");
    let ends = |ends: &[Endpoint]| ends.iter().map(end).collect::<Vec<_>>().join(",");
    format!(
        "{} {access} {protocol} {}:{} to {}:{}",
        rule.priority,
        ends(&rule.sources),
        ports(&rule.source_ports),
        ends(&rule.destinations),
        ports(&rule.destination_ports)
    )
}

fn end(end: &Endpoint) -> String {
    match end {
        Endpoint::Any => "*".to_owned(),
        Endpoint::Prefix(prefix) => prefix.to_string(),
        Endpoint::Range(first, last) => format!("{first}-{last}"),
        Endpoint::Tag(text) | Endpoint::Unknown(text) => text.clone(),
        Endpoint::Asg(id) => id.name().to_owned(),
    }
}
