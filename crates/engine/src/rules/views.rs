//! What the tag `VirtualNetwork` holds, which is another thing at each subnet: the network's own space, what is peered
//! with it, and the prefixes of the subnet's routes.

use super::world::Answer;
use azflow_core::model::{
    Address, EffectiveTag, Lookup, NamedSubnet, Network, Peering, Prefix, ResourceId, RouteTable,
    VirtualNetwork,
};
use hashbrown::HashMap;

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
    network: &'a Network,
    made: Vec<View>,
    known: HashMap<Vec<String>, u32>,
}

impl<'a> Views<'a> {
    pub fn new(network: &'a Network) -> Self {
        Self { network, made: Vec::new(), known: HashMap::new() }
    }

    /// All that were asked for, by number.
    pub fn finish(self) -> Vec<View> {
        self.made
    }

    /// The view at a place that Azure listed the members for.
    pub fn listed(&mut self, place: &ResourceId) -> Option<u32> {
        let is = |tag: &&EffectiveTag| tag.place == *place && tag.tag.eq_ignore_ascii_case("virtualnetwork");
        let listed = self.network.effective.iter().find(is)?;
        let key = vec!["listed".to_owned(), place.0.to_ascii_lowercase()];
        let make = || View::new(&listed.prefixes, None, true);
        Some(self.numbered(key, make))
    }

    /// The view from a subnet of a network, or from an address of the network that is in no subnet on file.
    pub fn of(&mut self, one: &VirtualNetwork, subnet: Option<&NamedSubnet>) -> u32 {
        if let Some(listed) = subnet.and_then(|subnet| self.listed(&subnet.id)) {
            return listed;
        }
        let table = subnet.and_then(|subnet| Attached::of(self.network, subnet));
        let name = subnet.map_or(Within::None, |subnet| Within::Subnet(&subnet.name));
        let peered: Vec<Answer> = one.peerings.iter().map(|peering| counts(peering, name)).collect();
        let table_key = match &table {
            None => String::new(),
            Some(Attached::OnFile(table)) => table.id.0.to_ascii_lowercase(),
            // The reason names the subnet.
            Some(Attached::Missing(why)) => why.clone(),
        };
        let key = vec![one.id.0.to_ascii_lowercase(), table_key, format!("{peered:?}")];
        let network = self.network;
        self.numbered(key, || {
            let mut view = Gathered::default();
            view.own(one);
            for (peering, counts) in one.peerings.iter().zip(&peered) {
                view.peered(network, peering, counts);
            }
            let mut ignores_gateways = None;
            match table {
                None => {}
                Some(Attached::OnFile(table)) => {
                    ignores_gateways = table.ignores_gateways;
                    view.routes(network, table);
                }
                Some(Attached::Missing(why)) => view.doubt_routes(why),
            }
            if ignores_gateways != Some(true) {
                view.gateway(one);
            }
            view.finish()
        })
    }

    /// The view from a subnet that no file has: its routes are not known.
    pub fn of_missing(&mut self, one: Option<&VirtualNetwork>, id: &ResourceId) -> u32 {
        let key = vec!["missing".to_owned(), id.0.to_ascii_lowercase()];
        let network = self.network;
        self.numbered(key, || {
            let mut view = Gathered::default();
            if let Some(one) = one {
                view.own(one);
                let within = if is_any(id) { Within::Any } else { Within::Subnet(id.name()) };
                for peering in &one.peerings {
                    view.peered(network, peering, &counts(peering, within));
                }
            }
            let subnet = if is_any(id) { "the subnet".to_owned() } else { format!("subnet {}", id.name()) };
            view.doubt_routes(format!("{subnet} is not on file, with the routes that it has"));
            view.finish()
        })
    }

    fn numbered(&mut self, key: Vec<String>, make: impl FnOnce() -> View) -> u32 {
        let made = &mut self.made;
        *self.known.entry(key).or_insert_with(|| {
            made.push(make());
            made.len() as u32 - 1
        })
    }
}

/// The route table of a subnet.
enum Attached<'a> {
    OnFile(&'a RouteTable),
    /// Named, and not on file: a sentence that says so.
    Missing(String),
}

impl<'a> Attached<'a> {
    fn of(network: &'a Network, subnet: &NamedSubnet) -> Option<Self> {
        let said = || network.route_tables.iter().find(|table| table.subnets.contains(&subnet.id));
        let Some(id) = &subnet.route_table else { return said().map(Self::OnFile) };
        let found = network.route_tables.iter().find(|table| table.id == *id);
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

/// Whether a peering counts there: traffic passes, and it is of the subnet where it is of some alone.
fn counts(peering: &Peering, within: Within<'_>) -> Answer {
    if peering.is_connected() == Some(false) || peering.allow_virtual_network_access == Some(false) {
        return Answer::No;
    }
    let is_chosen = |name: &str| peering.local_subnets.iter().any(|own| own.eq_ignore_ascii_case(name));
    let chooses = peering.complete == Some(false) && !peering.local_subnets.is_empty();
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

    fn peered(&mut self, network: &Network, peering: &Peering, counts: &Answer) {
        if *counts == Answer::No {
            return;
        }
        let (peered, open) = what_is_peered(network, peering);
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
        let own = one.subnets.iter().any(|subnet| subnet.name.eq_ignore_ascii_case("GatewaySubnet"));
        // What is behind the other network's gateway is reached whether or not that network itself is.
        let remote = |peering: &Peering| {
            peering.is_connected() != Some(false) && peering.use_remote_gateways == Some(true)
        };
        if own || one.peerings.iter().any(remote) {
            self.doubt(format!("a gateway of {} may bring a route for it", one.name));
        }
    }

    fn routes(&mut self, network: &Network, table: &RouteTable) {
        if let Some(why) = &table.doubt {
            self.doubt_routes(why.clone());
        }
        for route in &table.routes {
            let tag = || network.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(&route.destination));
            match (route.prefix, tag()) {
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
fn what_is_peered(network: &Network, peering: &Peering) -> (Vec<Prefix>, Option<String>) {
    let name = &peering.name;
    if peering.complete != Some(false) {
        // The other network may have grown since it was peered: its own file does not tell what is.
        let open = peering.remote_prefixes.is_empty();
        let open = open.then(|| format!("peering {name} doesn't say what is peered"));
        return (peering.remote_prefixes.clone(), open);
    }
    let (mut prefixes, mut open) = (Vec::new(), None);
    let remote = network.networks.iter().find(|one| one.id == peering.remote);
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
