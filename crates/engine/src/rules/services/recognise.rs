//! Which services are at a subnet, by what files say of it.
//!
//! A delegation, a reserved name and a resource that the subnet names are certain. Names that somebody chose, rules in
//! force that name a service's tag, and traffic are not: what rests on them alone is there *perhaps*.

use super::table::{Service, Sign, managed_rule, table};
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Decision, Direction, Endpoint, NamedSubnet, Network, Nic, Nsg, Prefix, Protocol, ResourceId, RouteTable,
};
use hashbrown::HashMap;

/// What a service was recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A resource that the subnet names, or that is in it.
    Resource(ResourceId),
    /// What the subnet is delegated to.
    Delegation(String),
    /// The subnet's name, which Azure reserves.
    SubnetName(String),
    /// A default route, in a route table or in Azure's own list of what the tag `VirtualNetwork` holds.
    DefaultRoute(String),
    /// A rule in force.
    Rule(String),
    /// Traffic, as a sentence.
    Traffic(String),
}

/// A service at a subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The service.
    pub service: Service,
    /// What it was recognised by: the strongest.
    pub by: By,
    /// Whether it may as well be something else.
    pub perhaps: bool,
}

impl Recognised {
    /// In words: `SQL Managed Instance, by the delegation to Microsoft.Sql/managedInstances`.
    pub fn sentence(&self) -> String {
        let by = match &self.by {
            By::Resource(id) => format!("{} in the subnet", id.name()),
            By::Delegation(to) => format!("the delegation to {to}"),
            By::SubnetName(name) => format!("the subnet's name {name}"),
            By::DefaultRoute(at) => format!("the default route of {at}"),
            By::Rule(name) => format!("the rule {name}"),
            By::Traffic(what) => what.clone(),
        };
        let perhaps = if self.perhaps { "perhaps " } else { "" };
        format!("{perhaps}{}, by {by}", self.service.name())
    }
}

/// Services that are recognised by the name of a subnet alone, of which no file need tell more.
pub fn recognise_name(subnet: &str) -> Vec<Recognised> {
    let mut out = Vec::new();
    for sign in table().subnets.iter().filter(|sign| sign.word.eq_ignore_ascii_case(subnet)) {
        put(&mut out, sign.service, By::SubnetName(subnet.to_owned()), false);
    }
    out
}

/// A host that answers like a domain controller: Kerberos and LDAP, and one of DNS, RPC, SMB and changing passwords.
pub fn is_like_a_controller(answers: &dyn Fn(Protocol, u16) -> bool) -> bool {
    let any = |port| answers(Protocol::TCP, port) || answers(Protocol::UDP, port);
    any(88) && any(389) && [53, 135, 445, 464].into_iter().any(any)
}

/// The services at one subnet. Who asks for many keeps a [`Recogniser`].
pub fn recognise(network: &Network, subnet: &NamedSubnet) -> Vec<Recognised> {
    Recogniser::new(network).at(subnet)
}

/// Ready to be asked for every subnet of a description.
#[derive(Debug)]
pub struct Recogniser<'a> {
    network: &'a Network,
    nics: HashMap<&'a ResourceId, Vec<&'a Nic>>,
    groups: HashMap<&'a ResourceId, &'a Nsg>,
    /// Route tables by their ids and by the subnets that they name.
    tables: HashMap<&'a ResourceId, &'a RouteTable>,
}

impl<'a> Recogniser<'a> {
    /// Looks through a description once.
    pub fn new(network: &'a Network) -> Self {
        let mut nics: HashMap<&ResourceId, Vec<&Nic>> = HashMap::new();
        for nic in &network.nics {
            for subnet in nic.addresses.iter().filter_map(|address| address.subnet.as_ref()) {
                nics.entry(subnet).or_default().push(nic);
            }
        }
        let groups = network.nsgs.iter().map(|group| (&group.id, group)).collect();
        let mut tables = HashMap::new();
        for table in &network.route_tables {
            tables.insert(&table.id, table);
            tables.extend(table.subnets.iter().map(|subnet| (subnet, table)));
        }
        Self { network, nics, groups, tables }
    }

    /// The services at a subnet, in the order of the table; none of them twice.
    pub fn at(&self, subnet: &NamedSubnet) -> Vec<Recognised> {
        let mut out = Vec::new();
        self.resources(subnet, &mut out);
        delegations(subnet, &mut out);
        for one in recognise_name(&subnet.name) {
            put(&mut out, one.service, one.by, false);
        }
        self.default_route(subnet, &mut out);
        if let Some(group) = subnet.nsg.as_ref().and_then(|id| self.groups.get(id)) {
            rules(group, &mut out);
        }
        out.sort_small_by_key(|one| one.service);
        out
    }

    fn resources(&self, subnet: &NamedSubnet, out: &mut Vec<Recognised>) {
        let nics = self.nics.get(&subnet.id).map_or(&[] as &[&Nic], Vec::as_slice);
        for id in subnet.members.iter().chain(nics.iter().map(|nic| &nic.id)) {
            for sign in table().resources.iter().filter(|sign| is_of(id, sign.word)) {
                put(out, newer(sign, subnet), By::Resource(resource(id, sign.word)), false);
            }
            if let Some(perhaps) = node(id) {
                put(out, Service::Aks, By::Resource(id.clone()), perhaps);
            }
        }
        for endpoint in nics.iter().filter_map(|nic| nic.private_endpoint.as_ref()) {
            put(out, Service::PrivateEndpoints, By::Resource(endpoint.clone()), false);
        }
    }

    fn default_route(&self, subnet: &NamedSubnet, out: &mut Vec<Recognised>) {
        let all = |prefix: &Prefix| prefix.length() == 0 && prefix.first().v4().is_some();
        let by_id = subnet.route_table.as_ref().and_then(|id| self.tables.get(id));
        let table = by_id.or_else(|| self.tables.get(&subnet.id));
        let routed =
            table.filter(|table| table.routes.iter().any(|route| route.prefix.as_ref().is_some_and(all)));
        let listed = self.network.effective.iter().any(|tag| {
            tag.place == subnet.id
                && tag.tag.eq_ignore_ascii_case("VirtualNetwork")
                && tag.prefixes.iter().any(all)
        });
        let at = routed.map(|table| table.name.clone());
        if let Some(at) = at.or_else(|| listed.then(|| "the tag VirtualNetwork".to_owned())) {
            put(out, Service::WindowsActivation, By::DefaultRoute(at), false);
        }
    }
}

/// Both that a delegation may mean where it means more than one.
fn delegations(subnet: &NamedSubnet, out: &mut Vec<Recognised>) {
    for to in &subnet.delegations {
        let signs = || table().delegated.iter().filter(|sign| sign.word.eq_ignore_ascii_case(to));
        let settled = signs().any(|sign| out.iter().any(|one| one.service == sign.service));
        let perhaps = signs().count() > 1;
        for sign in signs().filter(|_| !settled || !perhaps) {
            put(out, sign.service, By::Delegation(to.clone()), perhaps);
        }
    }
}

/// Rules of a group that a service writes, or that name its tag and port.
fn rules(group: &Nsg, out: &mut Vec<Recognised>) {
    for rule in group.rules.iter().filter(|rule| rule.doubt.is_none()) {
        if let Some(managed) = managed_rule(&rule.name) {
            put(out, managed.service, By::Rule(rule.name.clone()), true);
        }
        if rule.direction != Direction::Inbound || rule.access != Decision::Allowed {
            continue;
        }
        let names = |sign: &Sign| {
            rule.destination_ports.iter().any(|range| range.contains(sign.port))
                && rule.sources.iter().any(|end| match end {
                    Endpoint::Tag(tag) => base(tag).eq_ignore_ascii_case(sign.word),
                    _ => false,
                })
        };
        // The wider range of a v2 gateway's rule holds that of a v1 gateway.
        if let Some(sign) = table().tags.iter().find(|sign| names(sign)) {
            let gateway = |one: &Recognised| {
                matches!(one.service, Service::ApplicationGatewayV1 | Service::ApplicationGatewayV2)
            };
            if !(sign.word.eq_ignore_ascii_case("GatewayManager") && out.iter().any(gateway)) {
                put(out, sign.service, By::Rule(rule.name.clone()), true);
            }
        }
    }
}

/// A tag without its region or part.
pub(super) fn base(tag: &str) -> &str {
    tag.split('.').next().unwrap_or_default()
}

/// Adds a service that was not found by something stronger.
fn put(out: &mut Vec<Recognised>, service: Service, by: By, perhaps: bool) {
    match out.iter_mut().find(|one| one.service == service) {
        None => out.push(Recognised { service, by, perhaps }),
        Some(known) if known.perhaps && !perhaps => *known = Recognised { service, by, perhaps },
        Some(_) => {}
    }
}

/// Only version 3 of an App Service Environment is in a subnet that is delegated to it.
fn newer(sign: &Sign, subnet: &NamedSubnet) -> Service {
    let is_delegated = subnet.delegations.iter().any(|to| to.eq_ignore_ascii_case(sign.word));
    match sign.service {
        Service::AppServiceEnvironmentV2 if is_delegated => Service::AppServiceEnvironmentV3,
        service => service,
    }
}

/// The kinds of a resource's id: `Microsoft.Network/applicationGateways` is two segments after `providers`.
fn is_of(id: &ResourceId, kind: &str) -> bool {
    let Some((provider, kind)) = kind.split_once('/') else { return false };
    id.segment(provider).is_some_and(|own| own.eq_ignore_ascii_case(kind))
}

/// The resource itself, where the id is that of a part.
fn resource(id: &ResourceId, kind: &str) -> ResourceId {
    let kind = kind.rsplit('/').next().unwrap_or_default();
    id.parent(kind).unwrap_or_else(|| id.clone())
}

/// Whether a NIC, machine or scale set is a node of AKS, and whether that is a guess: AKS names what it makes `aks-…`, and
/// the resource group that it makes `MC_…` unless told another name.
fn node(id: &ResourceId) -> Option<bool> {
    let named = |kind: &str| id.segment(kind).is_some_and(|name| starts(name, "aks-"));
    let is = named("virtualMachineScaleSets") || named("virtualMachines") || named("networkInterfaces");
    is.then(|| !id.segment("resourceGroups").is_some_and(|name| starts(name, "MC_")))
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|own| own.eq_ignore_ascii_case(with))
}
