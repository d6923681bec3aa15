//! A network while descriptions are read into it: beside each list stands where everything in it is, so that no find
//! looks through a list.
//!
//! What is put under a key that is there replaces what has it, at its place. Only [`Growing::finish`] puts lists in
//! order. Trees and not hash maps: no choice of names makes them slow.

use super::alike::Alike;
use super::{order, sort};
use azflow_core::model::SortSmall;
use azflow_core::model::{
    EffectiveTag, FlowLog, Machine, NamedSubnet, Network, Nic, Nsg, Peering, ResourceId, Route, RouteTable,
    SecurityRule, ServiceTag, VirtualNetwork,
};
use std::collections::{BTreeMap, BTreeSet};

/// Places in a list by key.
pub(super) type Keys = BTreeMap<String, usize>;

/// An id as it is compared: Azure does not keep its case.
pub(super) fn folded(id: &ResourceId) -> String {
    id.0.trim_end_matches('/').to_ascii_lowercase()
}

/// So many resources are looked at, one doubt after the other, for doubts about all of a kind.
const MOST_DOUBTED: usize = 4_000_000;

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Growing {
    network: Network,
    networks: Keys,
    nics: Keys,
    machines: Keys,
    nsgs: Keys,
    route_tables: Keys,
    effective: Keys,
    flow_logs: Keys,
    tags: Keys,
    /// By the place of a network.
    subnets: Vec<Keys>,
    peerings: Vec<Keys>,
    /// By the place of a machine. `None` until they are looked for.
    machine_nics: Vec<Option<BTreeSet<String>>>,
    /// By the place of a group: of its own rules and of its default ones. `None` until they are looked for.
    rules: Vec<[Option<Alike>; 2]>,
    /// By the place of a table. `None` until they are looked for.
    routes: Vec<Option<Alike>>,
    /// Effective tags before this one have their prefixes in order and once.
    orderly: usize,
    /// Resources that were looked at for a doubt about all of them.
    doubted: usize,
    /// Doubts about the first so many of a kind that come at the end.
    late: BTreeMap<Part, (usize, String)>,
    /// Descriptions merged so far. Each comes to lists that are in order.
    merged: u32,
}

/// Puts an item in place of that with its key, else at the end; its place, and whether it is new.
fn put<T>(keys: &mut Keys, list: &mut Vec<T>, key: String, item: T) -> (usize, bool) {
    let place = *keys.entry(key).or_insert(list.len());
    match list.get_mut(place) {
        Some(known) => {
            *known = item;
            (place, false)
        }
        None => {
            list.push(item);
            (place, true)
        }
    }
}

/// Where the first of each key is.
pub(super) fn keys<T>(list: &[T], key: impl Fn(&T) -> String) -> Keys {
    let mut out = Keys::new();
    for (place, item) in list.iter().enumerate() {
        out.entry(key(item)).or_insert(place);
    }
    out
}

fn effective_key(place: &ResourceId, tag: &str) -> String {
    // No id has a line break, so the two can't be taken for two others.
    format!("{}\n{}", folded(place), tag.to_ascii_lowercase())
}

fn route_key(route: &Route) -> String {
    route.name.to_ascii_lowercase()
}

/// Resources that others are part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Group,
    Network,
    RouteTable,
}

/// Puts a resource in doubt that is not yet.
fn doubt(network: &mut Network, part: Part, place: usize, why: &str) {
    let doubt = match part {
        Part::Group => network.nsgs.get_mut(place).map(|one| &mut one.doubt),
        Part::Network => network.networks.get_mut(place).map(|one| &mut one.doubt),
        Part::RouteTable => network.route_tables.get_mut(place).map(|one| &mut one.doubt),
    };
    if let Some(doubt) = doubt {
        doubt.get_or_insert_with(|| why.to_owned());
    }
}

impl From<Network> for Growing {
    fn from(network: Network) -> Self {
        Self {
            networks: keys(&network.networks, |one| folded(&one.id)),
            nics: keys(&network.nics, |one| folded(&one.id)),
            machines: keys(&network.machines, |one| folded(&one.id)),
            nsgs: keys(&network.nsgs, |one| folded(&one.id)),
            route_tables: keys(&network.route_tables, |one| folded(&one.id)),
            effective: keys(&network.effective, |one| effective_key(&one.place, &one.tag)),
            flow_logs: keys(&network.flow_logs, |one| folded(&one.id)),
            tags: keys(&network.tags, |one| one.name.to_ascii_lowercase()),
            subnets: network.networks.iter().map(|one| keys(&one.subnets, |s| folded(&s.id))).collect(),
            peerings: network.networks.iter().map(|one| keys(&one.peerings, |p| folded(&p.id))).collect(),
            machine_nics: network.machines.iter().map(|_| None).collect(),
            rules: network.nsgs.iter().map(|_| [None, None]).collect(),
            routes: network.route_tables.iter().map(|_| None).collect(),
            orderly: 0,
            doubted: 0,
            late: BTreeMap::new(),
            merged: 0,
            network,
        }
    }
}

impl Growing {
    /// The network, in order.
    pub fn finish(mut self) -> Network {
        for tag in self.network.effective.iter_mut().take(self.orderly) {
            tag.prefixes.sort_small();
            tag.prefixes.dedup();
        }
        for (part, (places, why)) in &self.late {
            (0..*places).for_each(|place| doubt(&mut self.network, *part, place, why));
        }
        sort(&mut self.network);
        self.network
    }

    /// Says that another description comes, to lists that are taken to be in order.
    pub fn next(&mut self) {
        self.merged += 1;
    }

    /// Where the virtual network of an id is; it is made where it isn't known.
    pub fn place(&mut self, id: &ResourceId) -> usize {
        let place = *self.networks.entry(folded(id)).or_insert(self.network.networks.len());
        if place == self.network.networks.len() {
            let name = id.name().to_owned();
            self.network.networks.push(VirtualNetwork { id: id.clone(), name, ..VirtualNetwork::default() });
            self.subnets.push(Keys::new());
            self.peerings.push(Keys::new());
        }
        place
    }

    /// The virtual network of an id, made where it isn't known. Its lists are put into by this type only.
    pub fn network_of(&mut self, id: &ResourceId) -> &mut VirtualNetwork {
        let place = self.place(id);
        &mut self.network.networks[place]
    }

    /// The virtual networks so far.
    pub fn networks(&self) -> &[VirtualNetwork] {
        &self.network.networks
    }

    /// A virtual network by its place.
    pub fn network_at(&mut self, place: usize) -> &mut VirtualNetwork {
        &mut self.network.networks[place]
    }

    pub fn put_subnet(&mut self, network: usize, subnet: NamedSubnet) {
        let list = &mut self.network.networks[network].subnets;
        put(&mut self.subnets[network], list, folded(&subnet.id), subnet);
    }

    pub fn put_peering(&mut self, network: usize, peering: Peering) {
        let list = &mut self.network.networks[network].peerings;
        put(&mut self.peerings[network], list, folded(&peering.id), peering);
    }

    pub fn put_nic(&mut self, nic: Nic) {
        put(&mut self.nics, &mut self.network.nics, folded(&nic.id), nic);
    }

    pub fn put_flow_log(&mut self, log: FlowLog) {
        put(&mut self.flow_logs, &mut self.network.flow_logs, folded(&log.id), log);
    }

    /// Adds a machine to those known; where both tell something, the later one counts.
    pub fn put_machine(&mut self, machine: Machine) {
        let place = *self.machines.entry(folded(&machine.id)).or_insert(self.network.machines.len());
        let Some(known) = self.network.machines.get_mut(place) else {
            self.network.machines.push(machine);
            self.machine_nics.push(None);
            return;
        };
        known.size = machine.size.or(known.size.take());
        known.availability_set = machine.availability_set.or(known.availability_set.take());
        let nics = self.machine_nics[place].get_or_insert_with(|| known.nics.iter().map(folded).collect());
        known.nics.extend(machine.nics.into_iter().filter(|nic| nics.insert(folded(nic))));
    }

    /// The place of the group of an id, which is made where it isn't known.
    fn group_place(&mut self, id: &ResourceId) -> usize {
        let place = *self.nsgs.entry(folded(id)).or_insert(self.network.nsgs.len());
        if place == self.network.nsgs.len() {
            let name = id.name().to_owned();
            self.network.nsgs.push(Nsg { id: id.clone(), name, ..Nsg::default() });
            self.rules.push([None, None]);
        }
        place
    }

    /// The group of an id, made where it isn't known. Its rules are put into by this type only.
    pub fn nsg_of(&mut self, id: &ResourceId) -> &mut Nsg {
        let place = self.group_place(id);
        &mut self.network.nsgs[place]
    }

    /// Puts a whole group in place of one that is known.
    pub fn put_nsg(&mut self, nsg: Nsg) {
        match put(&mut self.nsgs, &mut self.network.nsgs, folded(&nsg.id), nsg) {
            (_, true) => self.rules.push([None, None]),
            (place, false) => self.rules[place] = [None, None],
        }
    }

    /// Forgets all rules of a group.
    pub fn clear_rules(&mut self, id: &ResourceId) {
        let place = self.group_place(id);
        self.network.nsgs[place].rules.clear();
        self.network.nsgs[place].default_rules.clear();
        self.rules[place] = [None, None];
    }

    /// Puts rules of a group: its own, or its default ones.
    pub fn put_rules(
        &mut self,
        group: &ResourceId,
        defaults: bool,
        rules: impl IntoIterator<Item = SecurityRule>,
    ) {
        let place = self.group_place(group);
        let nsg = &mut self.network.nsgs[place];
        let list = if defaults { &mut nsg.default_rules } else { &mut nsg.rules };
        let alike = self.rules[place][usize::from(defaults)].get_or_insert_with(|| Alike::of_rules(list));
        for rule in rules {
            alike.put_rule(list, rule, self.merged);
        }
    }

    /// Puts a resource in doubt that is not yet, or all of its kind.
    pub fn doubt(&mut self, part: Part, id: Option<&ResourceId>, why: &str) {
        let keys = match part {
            Part::Group => &self.nsgs,
            Part::Network => &self.networks,
            Part::RouteTable => &self.route_tables,
        };
        let network = &mut self.network;
        let mut doubt = |place: usize| doubt(network, part, place, why);
        match id {
            Some(id) => keys.get(&folded(id)).copied().into_iter().for_each(doubt),
            // Templates that doubt everything may be as many as what they doubt: past a limit all is doubted at the end.
            None if self.doubted + keys.len() > MOST_DOUBTED => {
                self.late.entry(part).or_insert((0, why.to_owned())).0 = keys.len();
            }
            None => {
                self.doubted += keys.len();
                keys.values().for_each(|place| doubt(*place));
            }
        }
    }

    /// Whether a route table is known, and known as a whole.
    pub fn has_whole_table(&self, id: &ResourceId) -> bool {
        let place = self.route_tables.get(&folded(id));
        let table = place.and_then(|place| self.network.route_tables.get(*place));
        table.is_some_and(|table| table.doubt.is_none())
    }

    /// Puts a whole table in place of one that is known.
    pub fn put_route_table(&mut self, table: RouteTable) {
        match put(&mut self.route_tables, &mut self.network.route_tables, folded(&table.id), table) {
            (_, true) => self.routes.push(None),
            (place, false) => self.routes[place] = None,
        }
    }

    /// Puts single routes into the table of an id, which is made where it isn't known.
    pub fn put_routes(&mut self, id: &ResourceId, routes: impl IntoIterator<Item = Route>) {
        let place = *self.route_tables.entry(folded(id)).or_insert(self.network.route_tables.len());
        if place == self.network.route_tables.len() {
            let name = id.name().to_owned();
            let doubt = Some(format!("only single routes of {name} are in the file"));
            let table = RouteTable { id: id.clone(), name, doubt, ..RouteTable::default() };
            self.network.route_tables.push(table);
            self.routes.push(None);
        }
        let list = &mut self.network.route_tables[place].routes;
        let alike = self.routes[place].get_or_insert_with(|| Alike::of(list, route_key));
        for route in routes {
            alike.put(list, (route_key(&route), route), |_, _| true, order::routes, self.merged);
        }
    }

    /// Puts what a tag holds at a place instead of what is known of the two.
    pub fn put_effective(&mut self, tag: EffectiveTag) {
        put(&mut self.effective, &mut self.network.effective, effective_key(&tag.place, &tag.tag), tag);
    }

    /// Adds what a tag holds at a place to what is known of the two.
    pub fn extend_effective(&mut self, tag: EffectiveTag) {
        let key = effective_key(&tag.place, &tag.tag);
        let place = *self.effective.entry(key).or_insert(self.network.effective.len());
        match self.network.effective.get_mut(place) {
            Some(known) => known.prefixes.extend(tag.prefixes),
            None => self.network.effective.push(tag),
        }
    }

    /// Adds what a tag holds at a place as it is, if it is known or not.
    pub fn push_effective(&mut self, tag: EffectiveTag) {
        self.effective.entry(effective_key(&tag.place, &tag.tag)).or_insert(self.network.effective.len());
        self.network.effective.push(tag);
    }

    /// Says that the prefixes of all effective tags so far are to be in order and once.
    pub fn put_effective_in_order(&mut self) {
        self.orderly = self.network.effective.len();
    }

    /// Puts a tag in place of that of its name.
    pub fn put_tag(&mut self, tag: ServiceTag) {
        put(&mut self.tags, &mut self.network.tags, tag.name.to_ascii_lowercase(), tag);
    }

    /// Adds a tag as it is, if its name is known or not.
    pub fn push_tag(&mut self, tag: ServiceTag) {
        self.tags.entry(tag.name.to_ascii_lowercase()).or_insert(self.network.tags.len());
        self.network.tags.push(tag);
    }
}

#[cfg(test)]
mod tests;
