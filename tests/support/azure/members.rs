//! Who is in a rule's source or destination: prefixes, tags, application security groups.

use super::json::{Listed, Said};
use super::objects::{Files, Peering, name, parent};
use super::places::Place;
use super::prefix::{HOST, LICENSING, METADATA, Prefix, any_holds, is_platform, is_private};
use super::rules::Part;
use super::worlds::World;
use std::net::IpAddr;

/// Whether an address is in something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    No,
    Yes,
    /// As this fact is, which is not known.
    If(String),
    /// As this fact is not.
    Unless(String),
}

impl Member {
    fn of(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}

/// An end of a flow with its place in this world.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    pub address: IpAddr,
    pub place: Option<&'a Place<'a>>,
}

/// Words of Microsoft's service tag page that azflow's users write. All are public addresses.
const TAGS: [&str; 12] = [
    "actiongroup",
    "apimanagement",
    "appservice",
    "azureactivedirectory",
    "azurecloud",
    "azurefrontdoor",
    "azurekeyvault",
    "azuremonitor",
    "eventhub",
    "servicebus",
    "sql",
    "storage",
];

/// Whether one of these holds.
pub fn any(members: impl IntoIterator<Item = Member>) -> Vec<Member> {
    let members: Vec<Member> = members.into_iter().filter(|member| *member != Member::No).collect();
    if members.contains(&Member::Yes) { vec![Member::Yes] } else { members }
}

/// Settles in this world what is open.
pub fn settle(members: &[Member], world: &mut World) -> bool {
    members.iter().any(|member| match member {
        Member::No => false,
        Member::Yes => true,
        Member::If(fact) => world.is(fact),
        Member::Unless(fact) => !world.is(fact),
    })
}

impl Files {
    /// Whether an end is in a rule's source or destination, where the rule applies at a place. `group` and `rule` name
    /// them in facts.
    pub fn matches(
        &self,
        parts: &[Part],
        end: End<'_>,
        here: &Place<'_>,
        (group, rule): (&str, &str),
    ) -> Vec<Member> {
        // What a tag or a group holds is asked anew by each rule. `VirtualNetwork` and `Internet` are two sides of one
        // fact, which each group asks anew.
        let asked_by = |who: &str, member: Member| match member {
            Member::If(fact) => Member::If(format!("{who}: {fact}")),
            Member::Unless(fact) => Member::Unless(format!("{who}: {fact}")),
            other => other,
        };
        let is_own = end.place.is_some_and(|place| std::ptr::eq(place, here));
        any(parts.iter().map(|part| match part {
            Part::Any => Member::Yes,
            Part::Prefix(prefix) => Member::of(prefix.holds(end.address)),
            Part::Range(first, last) => Member::of(
                first.is_ipv4() == end.address.is_ipv4() && (*first..=*last).contains(&end.address),
            ),
            // An address is of the network that it is in.
            Part::Tag(tag) if tag == "virtualnetwork" && is_own => Member::Yes,
            Part::Tag(tag) if tag == "internet" && is_own => Member::No,
            Part::Tag(tag) if ["virtualnetwork", "internet"].contains(&tag.as_str()) => {
                asked_by(group, self.in_tag(tag, end.address, here))
            }
            Part::Tag(tag) => asked_by(rule, self.in_tag(tag, end.address, here)),
            Part::Members(members) => asked_by(rule, in_group(members, end)),
            Part::Unknown => Member::If(format!("{rule}: an address is not understood")),
        }))
    }

    fn in_tag(&self, tag: &str, address: IpAddr, here: &Place<'_>) -> Member {
        let is = |text: &str| Member::of(text.parse() == Ok(address));
        match tag {
            "virtualnetwork" => self.in_virtual_network(address, here),
            "internet" if is_private(address) || is_platform(address) => Member::No,
            "internet" => match self.in_virtual_network(address, here) {
                Member::Yes => Member::No,
                Member::No => Member::Yes,
                Member::If(fact) => Member::Unless(fact),
                Member::Unless(fact) => Member::If(fact),
            },
            "azureloadbalancer" | "azureplatformdns" => is(HOST),
            "azureplatformimds" => is(METADATA),
            "azureplatformlkm" => Member::of(LICENSING.iter().any(|own| own.parse() == Ok(address))),
            _ => self.in_service_tag(tag, address),
        }
    }

    fn in_service_tag(&self, tag: &str, address: IpAddr) -> Member {
        let fact = Member::If(format!("no service tag file tells whether {tag} has {address}"));
        if let Some(prefixes) = self.tags.as_ref().and_then(|tags| tags.get(tag)) {
            return Member::of(any_holds(prefixes, address));
        }
        let word = tag.split('.').next().unwrap_or(tag);
        let public_only = TAGS.contains(&word) && (is_private(address) || is_platform(address));
        if public_only { Member::No } else { fact }
    }

    /// The tag `VirtualNetwork` at a place (Microsoft, "Virtual network service tags"): the network's own space, what
    /// is peered, on-premises space, the host's address, and the prefixes of user-defined routes.
    fn in_virtual_network(&self, address: IpAddr, here: &Place<'_>) -> Member {
        if HOST.parse() == Ok(address) {
            return Member::Yes;
        }
        let at = here.subnet.as_ref().or(here.network.as_ref()).map_or("a network", String::as_str);
        let open = Member::If(format!("whether VirtualNetwork at {at} has {address}"));
        let in_list = |list: &Listed<Prefix>| {
            if any_holds(&list.items, address) {
                Member::Yes
            } else if list.whole {
                Member::No
            } else {
                open.clone()
            }
        };
        let networks: Vec<_> =
            self.networks.iter().filter(|n| Some(&n.id) == here.network.as_ref()).collect();
        let mut members = Vec::new();
        for network in &networks {
            members.push(in_list(&network.space));
            let counts = network.peerings.items.iter().filter(|p| self.takes_part(p, here));
            members.extend(counts.map(|p| self.in_peering(p, address, &open)));
            members.extend((!network.peerings.whole).then(|| open.clone()));
        }
        let with_gateway =
            |n: &str| self.subnets.iter().any(|s| parent(&s.id) == n && s.name == "GatewaySubnet");
        // A private address that nothing makes a member may be on premises: `vnet list` does not tell every way there.
        let unknown_space = networks.is_empty()
            || networks.iter().any(|n| with_gateway(&n.id))
            || is_private(address) && !is_platform(address);
        members.extend(unknown_space.then(|| open.clone()));
        members.extend(self.in_routes(address, here, &open));
        any(members).into_iter().next().unwrap_or(Member::No)
    }

    /// A peering of chosen subnets is one of chosen subnets here, too (`localSubnetNames`).
    fn takes_part(&self, peering: &Peering, here: &Place<'_>) -> bool {
        let names = &peering.only_here;
        let Some(own) = &here.subnet else { return true };
        let chosen = |chosen: &String| chosen.eq_ignore_ascii_case(name(own));
        peering.only.is_none() || names.is_empty() || names.iter().any(chosen)
    }

    fn in_peering(&self, peering: &Peering, address: IpAddr, open: &Member) -> Member {
        if peering.connected == Some(false) {
            return Member::No;
        }
        let certain = peering.connected == Some(true);
        // On-premises space that is reached through the other network's gateway is on no file.
        let behind = if peering.remote_gateways { open.clone() } else { Member::No };
        if peering.access == Some(false) {
            return behind;
        }
        let peered = match (&peering.only, &peering.space) {
            _ if peering.doubtful => open.clone(),
            (None, Some(space)) if any_holds(&space.items, address) => Member::Yes,
            (None, Some(space)) if space.whole => Member::No,
            (None, _) => open.clone(),
            (Some(names), space) => self.in_peered_subnets(peering, names, space.as_ref(), address, open),
        };
        match peered {
            Member::Yes if certain && peering.access == Some(true) => Member::Yes,
            Member::Yes => open.clone(),
            other => any([other, behind]).into_iter().next().unwrap_or(Member::No),
        }
    }

    fn in_peered_subnets(
        &self,
        peering: &Peering,
        names: &Listed<String>,
        space: Option<&Listed<Prefix>>,
        address: IpAddr,
        open: &Member,
    ) -> Member {
        let remote = peering.remote.clone().known();
        // A peering of chosen subnets that names none leaves them open.
        let mut all_on_file = names.whole && !names.items.is_empty();
        for name in &names.items {
            let mut described = self
                .subnets
                .iter()
                .filter(|s| Some(parent(&s.id)) == remote && s.name.eq_ignore_ascii_case(name))
                .peekable();
            all_on_file &= described.peek().is_some_and(|s| s.prefixes.whole);
            if described.any(|subnet| any_holds(&subnet.prefixes.items, address)) {
                return Member::Yes;
            }
        }
        let outside = space.is_some_and(|space| space.whole && !any_holds(&space.items, address));
        if all_on_file || outside { Member::No } else { open.clone() }
    }

    fn in_routes(&self, address: IpAddr, here: &Place<'_>, open: &Member) -> Vec<Member> {
        let mut tables: Vec<String> = Vec::new();
        let mut members = Vec::new();
        let described = self.subnets_of(here);
        for subnet in &described {
            match &subnet.table {
                Said::Is(table) => tables.push(table.clone()),
                Said::Unknown => members.push(open.clone()),
                Said::Absent => {}
            }
        }
        let named = |subnets: &[String]| here.subnet.as_ref().is_some_and(|id| subnets.contains(id));
        tables.extend(self.tables.iter().filter(|t| named(&t.subnets.items)).map(|t| t.id.clone()));
        if tables.is_empty() && described.is_empty() && !here.outside {
            members.push(open.clone());
        }
        for table in tables {
            let on_file: Vec<_> = self.tables.iter().filter(|t| t.id == table).collect();
            members.extend(on_file.is_empty().then(|| open.clone()));
            for route in on_file.iter().flat_map(|table| &table.routes) {
                members.push(match route {
                    Part::Any => Member::Yes,
                    Part::Prefix(prefix) => Member::of(prefix.holds(address)),
                    // A route's prefix may be a service tag.
                    Part::Tag(tag) if self.in_service_tag(tag, address) == Member::No => Member::No,
                    Part::Tag(tag) if self.in_service_tag(tag, address) == Member::Yes => Member::Yes,
                    _ => open.clone(),
                });
            }
        }
        members
    }
}

fn in_group(group: &str, end: End<'_>) -> Member {
    let fact = || Member::If(format!("whether {group} has {}", end.address));
    match end.place {
        Some(Place { nic: Some((_, own)), .. }) => match own.members.items.iter().any(|g| g == group) {
            true => Member::Yes,
            false if own.members.whole => Member::No,
            false => fact(),
        },
        Some(_) => fact(),
        None if is_private(end.address) && !is_platform(end.address) => fact(),
        None => Member::No,
    }
}

impl Files {
    /// Whether a route at a place is for every IPv4 address.
    pub fn has_default_route(&self, here: &Place<'_>) -> Member {
        let open = Member::If("whether there is a default route".to_owned());
        let first = any(self.in_routes("0.0.0.0".parse().expect("an address"), here, &open));
        // A prefix that begins with the first address need not be for all.
        let last = any(self.in_routes("223.255.255.255".parse().expect("an address"), here, &open));
        match (first.first(), last.first()) {
            (Some(Member::Yes), Some(Member::Yes)) => Member::Yes,
            (None, _) | (_, None) => Member::No,
            _ => open,
        }
    }
}
