//! What the tag `VirtualNetwork` holds, which is another thing at each subnet: the network's own space, what is peered
//! with it, and the prefixes of the subnet's routes.

use super::world::Answer;
use azflow_core::model::{
    Address, EffectiveTag, Lookup, NamedSubnet, Network, Peering, Prefix, ResourceId, RouteTable, ServiceTag,
    VirtualNetwork,
};
use hashbrown::HashMap;
use std::rc::Rc;

/// What the tag holds at a place.
#[derive(Debug, Default)]
pub struct View {
    members: Lookup<()>,
    /// Prefixes that may be members, by the number of the reason.
    perhaps: Lookup<u32>,
    reasons: Vec<String>,
    /// Why any other address may be a member, too.
    doubt: Option<String>,
    /// Azure listed the members itself: there are no others.
    listed: bool,
    /// Every IPv4 address is one: a route says where all of them go.
    takes_all: bool,
    /// Why there may be routes that are not on file.
    routes: Option<String>,
}

impl View {
    fn new(members: &[Prefix], doubt: Option<String>, listed: bool) -> Self {
        let all = Prefix::of(Address::from_v4(0), 0);
        let lookup = Lookup::new(members.iter().map(|prefix| (*prefix, ())).collect());
        Self { members: lookup, doubt, listed, takes_all: members.contains(&all), ..Self::default() }
    }

    /// Whether every IPv4 address is a member by a default route.
    pub fn takes_all(&self) -> Answer {
        match &self.routes {
            Some(why) if !self.takes_all => Answer::Unknown(why.clone()),
            _ => self.takes_all.into(),
        }
    }

    /// Whether an address is a member. What is private and in no space on file may be on premises or behind a
    /// gateway.
    pub fn holds(&self, address: Address) -> Answer {
        if self.members.get(address).is_some() {
            return Answer::Yes;
        }
        if let Some(why) = self.perhaps.get(address).and_then(|number| self.reasons.get(number as usize)) {
            return Answer::Unknown(why.clone());
        }
        match &self.doubt {
            _ if self.listed => Answer::No,
            Some(why) => Answer::Unknown(why.clone()),
            None if address.is_public() => Answer::No,
            None => Answer::Unknown(format!(
                "{address} is in no network on file: it may be on premises, or behind a gateway or route"
            )),
        }
    }

    /// Addresses at which the answer may change.
    pub fn starts(&self) -> impl Iterator<Item = u128> {
        self.members.starts().iter().chain(self.perhaps.starts()).copied()
    }
}

/// The views of a description, each once.
#[derive(Debug)]
pub struct Views<'a> {
    known: Known<'a>,
    made: Vec<View>,
    numbers: HashMap<Vec<String>, u32>,
    of_networks: HashMap<ResourceId, OfNetwork>,
    /// What peerings count as, in words: the number of each.
    peered: HashMap<String, u32>,
}

/// What is the same in all subnets of a network.
#[derive(Debug, Clone)]
struct OfNetwork {
    /// What its peerings count as, and the number of that, unless some are of some subnets alone.
    peered: Option<(Rc<Vec<Answer>>, u32)>,
    has_gateway: bool,
}

/// A description's parts by what leads to them: the first of each.
#[derive(Debug)]
struct Known<'a> {
    networks: HashMap<&'a ResourceId, &'a VirtualNetwork>,
    tables: HashMap<&'a ResourceId, &'a RouteTable>,
    /// By the subnets that the tables say they are attached to.
    attached: HashMap<&'a ResourceId, &'a RouteTable>,
    /// By name in lower case.
    tags: HashMap<String, &'a ServiceTag>,
    /// What Azure listed for `VirtualNetwork`, by place.
    listed: HashMap<&'a ResourceId, &'a EffectiveTag>,
}

impl<'a> Known<'a> {
    fn new(network: &'a Network) -> Self {
        // The last that comes is the first of the list.
        let tables = || network.route_tables.iter().rev();
        let is_listed = |tag: &&EffectiveTag| tag.tag.eq_ignore_ascii_case("virtualnetwork");
        Self {
            networks: network.networks.iter().rev().map(|one| (&one.id, one)).collect(),
            tables: tables().map(|table| (&table.id, table)).collect(),
            attached: tables().flat_map(|table| table.subnets.iter().map(move |id| (id, table))).collect(),
            tags: network.tags.iter().rev().map(|tag| (tag.name.to_ascii_lowercase(), tag)).collect(),
            listed: network.effective.iter().rev().filter(is_listed).map(|tag| (&tag.place, tag)).collect(),
        }
    }
}

impl<'a> Views<'a> {
    pub fn new(network: &'a Network) -> Self {
        Self {
            known: Known::new(network),
            made: Vec::new(),
            numbers: HashMap::new(),
            of_networks: HashMap::new(),
            peered: HashMap::new(),
        }
    }

    /// All that were asked for, by number.
    pub fn finish(self) -> Vec<View> {
        self.made
    }

    /// The view at a place that Azure listed the members for.
    pub fn listed(&mut self, place: &ResourceId) -> Option<u32> {
        let listed = *self.known.listed.get(place)?;
        let key = vec!["listed".to_owned(), place.0.to_ascii_lowercase()];
        let make = || View::new(&listed.prefixes, None, true);
        Some(numbered(&mut self.numbers, &mut self.made, key, make))
    }

    /// The view from a subnet of a network, or from an address of the network that is in no subnet on file.
    pub fn of(&mut self, one: &VirtualNetwork, subnet: Option<&NamedSubnet>) -> u32 {
        if let Some(listed) = subnet.and_then(|subnet| self.listed(&subnet.id)) {
            return listed;
        }
        let table = subnet.and_then(|subnet| Attached::of(&self.known, subnet));
        let OfNetwork { peered, has_gateway } = self.of_network(one);
        let (peered, number) = peered.unwrap_or_else(|| {
            let name = subnet.map_or(Within::None, |subnet| Within::Subnet(&subnet.name));
            self.peered(one, name)
        });
        let table_key = match &table {
            None => String::new(),
            Some(Attached::OnFile(table)) => table.id.0.to_ascii_lowercase(),
            // The reason names the subnet.
            Some(Attached::Missing(why)) => why.clone(),
        };
        let key = vec![one.id.0.to_ascii_lowercase(), table_key, number.to_string()];
        numbered(&mut self.numbers, &mut self.made, key, || {
            let mut view = Gathered::default();
            view.own(one);
            for (peering, counts) in one.peerings.iter().zip(&*peered) {
                view.peered(&self.known, peering, counts);
            }
            let mut ignores_gateways = None;
            match table {
                None => {}
                Some(Attached::OnFile(table)) => {
                    ignores_gateways = table.ignores_gateways;
                    view.routes(&self.known, table);
                }
                Some(Attached::Missing(why)) => view.doubt_routes(why),
            }
            if ignores_gateways != Some(true) && has_gateway {
                view.gateway(one);
            }
            view.finish()
        })
    }

    /// The view from a subnet that no file has: its routes are not known.
    pub fn of_missing(&mut self, one: Option<&VirtualNetwork>, id: &ResourceId) -> u32 {
        let key = vec!["missing".to_owned(), id.0.to_ascii_lowercase()];
        numbered(&mut self.numbers, &mut self.made, key, || {
            let mut view = Gathered::default();
            if let Some(one) = one {
                view.own(one);
                let within = if is_any(id) { Within::Any } else { Within::Subnet(id.name()) };
                for peering in &one.peerings {
                    view.peered(&self.known, peering, &counts(peering, within));
                }
            }
            let subnet = if is_any(id) { "the subnet".to_owned() } else { format!("subnet {}", id.name()) };
            view.doubt_routes(format!("{subnet} is not on file, with the routes that it has"));
            view.finish()
        })
    }

    /// What is the same in all subnets of a network.
    fn of_network(&mut self, one: &VirtualNetwork) -> OfNetwork {
        if let Some(known) = self.of_networks.get(&one.id) {
            return known.clone();
        }
        let some_choose = one.peerings.iter().any(chooses);
        let peered = (!some_choose).then(|| self.peered(one, Within::None));
        let found = OfNetwork { peered, has_gateway: has_gateway(one) };
        self.of_networks.insert(one.id.clone(), found.clone());
        found
    }

    /// What the peerings of a network count as, and the number of that.
    fn peered(&mut self, one: &VirtualNetwork, within: Within<'_>) -> (Rc<Vec<Answer>>, u32) {
        let peered: Vec<Answer> = one.peerings.iter().map(|peering| counts(peering, within)).collect();
        let next = self.peered.len() as u32;
        let number = *self.peered.entry(format!("{peered:?}")).or_insert(next);
        (Rc::new(peered), number)
    }
}

fn numbered(
    numbers: &mut HashMap<Vec<String>, u32>,
    made: &mut Vec<View>,
    key: Vec<String>,
    make: impl FnOnce() -> View,
) -> u32 {
    *numbers.entry(key).or_insert_with(|| {
        made.push(make());
        made.len() as u32 - 1
    })
}

/// The route table of a subnet.
enum Attached<'a> {
    OnFile(&'a RouteTable),
    /// Named, and not on file: a sentence that says so.
    Missing(String),
}

impl<'a> Attached<'a> {
    fn of(known: &Known<'a>, subnet: &NamedSubnet) -> Option<Self> {
        let said = || known.attached.get(&subnet.id).copied();
        let Some(id) = &subnet.route_table else { return said().map(Self::OnFile) };
        let found = known.tables.get(id).copied();
        Some(found.map_or_else(
            || {
                let (subnet, table) = (&subnet.name, id.name());
                Self::Missing(format!("subnet {subnet} has the route table {table}, which is not on file"))
            },
            Self::OnFile,
        ))
    }
}

/// Where in a network something is looked at.
#[derive(Clone, Copy)]
enum Within<'a> {
    /// At an address that is in none of its subnets.
    None,
    /// In the subnet of this name.
    Subnet(&'a str),
    /// In a subnet of which not even the name is known.
    Any,
}

/// Whether a peering is of some of the network's subnets alone.
fn chooses(peering: &Peering) -> bool {
    peering.complete == Some(false) && !peering.local_subnets.is_empty()
}

/// Whether a network has a gateway, its own or one that a peering lends.
fn has_gateway(one: &VirtualNetwork) -> bool {
    let own = one.subnets.iter().any(|subnet| subnet.name.eq_ignore_ascii_case("GatewaySubnet"));
    // What is behind the other network's gateway is reached whether or not that network itself is.
    let remote = |peering: &Peering| {
        peering.is_connected() != Some(false) && peering.use_remote_gateways == Some(true)
    };
    own || one.peerings.iter().any(remote)
}

/// Whether a peering counts there: traffic passes, and it is of the subnet where it is of some alone.
fn counts(peering: &Peering, within: Within<'_>) -> Answer {
    if peering.is_connected() == Some(false) || peering.allow_virtual_network_access == Some(false) {
        return Answer::No;
    }
    let is_chosen = |name: &str| peering.local_subnets.iter().any(|own| own.eq_ignore_ascii_case(name));
    let chooses = chooses(peering);
    match within {
        Within::Subnet(name) if chooses && !is_chosen(name) => return Answer::No,
        Within::Any if chooses => {
            return Answer::Unknown(format!("peering {} is of some subnets alone", peering.name));
        }
        _ => {}
    }
    match &peering.doubt {
        Some(why) => Answer::Unknown(why.clone()),
        None if peering.is_connected().is_none() => {
            Answer::Unknown(format!("whether peering {} is connected is not in the file", peering.name))
        }
        None => Answer::Yes,
    }
}

/// A view in the making.
#[derive(Debug, Default)]
struct Gathered {
    members: Vec<Prefix>,
    /// What may be members, and why it is not certain.
    perhaps: Vec<(Prefix, u32)>,
    reasons: Vec<String>,
    doubt: Option<String>,
    /// Why there may be routes that are not on file.
    routes: Option<String>,
}

impl Gathered {
    fn doubt(&mut self, why: String) {
        self.doubt.get_or_insert(why);
    }

    /// A doubt that may be a default route.
    fn doubt_routes(&mut self, why: String) {
        self.routes.get_or_insert(why.clone());
        self.doubt(why);
    }

    fn own(&mut self, one: &VirtualNetwork) {
        self.members.extend(space(one));
        if let Some(why) = &one.doubt {
            self.doubt(why.clone());
        }
    }

    fn may_have(&mut self, prefixes: &[Prefix], why: String) {
        let number = self.reasons.len() as u32;
        self.perhaps.extend(prefixes.iter().map(|prefix| (*prefix, number)));
        self.reasons.push(why);
    }

    fn peered(&mut self, known: &Known<'_>, peering: &Peering, counts: &Answer) {
        if *counts == Answer::No {
            return;
        }
        let (peered, open) = what_is_peered(known, peering);
        match counts {
            Answer::Unknown(why) => self.may_have(&peered, why.clone()),
            _ => self.members.extend(peered),
        }
        // What is peered is part of the space that the peering names, as far as that was understood.
        let space = peering.remote_prefixes.as_slice();
        match (open, &peering.doubt) {
            (_, Some(why)) => self.doubt(why.clone()),
            (Some(why), None) if space.is_empty() => self.doubt(why),
            (Some(why), None) => self.may_have(space, why),
            (None, None) => {}
        }
    }

    fn finish(self) -> View {
        View {
            perhaps: Lookup::new(self.perhaps),
            reasons: self.reasons,
            routes: self.routes,
            ..View::new(&self.members, self.doubt, false)
        }
    }

    /// A gateway brings routes, a default route perhaps, and their prefixes are members.
    fn gateway(&mut self, one: &VirtualNetwork) {
        self.doubt(format!("a gateway of {} may bring a route for it", one.name));
    }

    fn routes(&mut self, known: &Known<'_>, table: &RouteTable) {
        if let Some(why) = &table.doubt {
            self.doubt_routes(why.clone());
        }
        for route in &table.routes {
            let tag = known.tags.get(&route.destination.to_ascii_lowercase());
            match (route.prefix, tag) {
                (Some(prefix), _) => self.members.push(prefix),
                (None, Some(tag)) => self.members.extend(&tag.prefixes),
                (None, None) => self.doubt_routes(format!(
                    "route {} of {} is for {}, whose addresses are not on file",
                    route.name, table.name, route.destination
                )),
            }
        }
    }
}

/// The prefixes that are peered, and why there may be others.
fn what_is_peered(known: &Known<'_>, peering: &Peering) -> (Vec<Prefix>, Option<String>) {
    let name = &peering.name;
    if peering.complete != Some(false) {
        // The other network may have grown since it was peered: its own file does not tell what is.
        let open = peering.remote_prefixes.is_empty();
        let open = open.then(|| format!("peering {name} doesn't say what is peered"));
        return (peering.remote_prefixes.clone(), open);
    }
    let (mut prefixes, mut open) = (Vec::new(), None);
    let remote = known.networks.get(&peering.remote);
    for subnet in &peering.remote_subnets {
        let named = |one: &&NamedSubnet| one.name.eq_ignore_ascii_case(subnet);
        match remote.and_then(|one| one.subnets.iter().find(named)) {
            Some(one) => {
                prefixes.extend(&one.prefixes);
                open = open.or_else(|| one.doubt.clone());
            }
            None => {
                let gone = || {
                    format!(
                        "peering {name} is of the subnet {subnet} of the other network, which is not on file"
                    )
                };
                open.get_or_insert_with(gone);
            }
        }
    }
    if peering.remote_subnets.is_empty() {
        open = Some(format!("peering {name} doesn't say of which subnets it is"));
    }
    (prefixes, open)
}

/// An id that stands for any subnet that a network may have besides those on file.
pub fn any_of(network: &ResourceId) -> ResourceId {
    ResourceId(format!("{}/subnets/?", network.0.trim_end_matches('/')))
}

/// Whether the id of a subnet is such a one.
pub fn is_any(id: &ResourceId) -> bool {
    id.name() == "?"
}

/// A network's own space; that of its subnets where no file has it.
pub fn space(one: &VirtualNetwork) -> Vec<Prefix> {
    if one.prefixes.is_empty() {
        one.subnets.iter().flat_map(|s| s.prefixes.clone()).collect()
    } else {
        one.prefixes.clone()
    }
}
