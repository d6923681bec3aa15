//! What the files hold: networks, subnets, peerings, groups, NICs, route tables, service tags, all by resource id.

use super::json::{Listed, Said, field, id, ids, list, reference, text, texts, truth};
use super::prefix::Prefix;
use super::rules::{Part, Rule, part};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub id: String,
    pub space: Listed<Prefix>,
    /// Whether the file tells every subnet of it.
    pub all_subnets: bool,
    pub peerings: Listed<Peering>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub id: String,
    pub name: String,
    pub prefixes: Listed<Prefix>,
    pub group: Said<String>,
    pub table: Said<String>,
    /// Whether groups judge private endpoints here: `privateEndpointNetworkPolicies`.
    pub judges_endpoints: Said<bool>,
    pub endpoints: Vec<String>,
    /// The NICs that the subnet's `ipConfigurations` name.
    pub nics: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peering {
    pub connected: Option<bool>,
    pub access: Option<bool>,
    pub remote: Said<String>,
    /// `remoteAddressSpace`: what is peered. The remote network's own space may have grown since.
    pub space: Option<Listed<Prefix>>,
    /// The remote subnets that are peered, where not all are (`peerCompleteVnets` is false).
    pub only: Option<Listed<String>>,
    /// The subnets here that take part, then.
    pub only_here: Vec<String>,
    /// Whether it may or may not be a peering of chosen subnets is not understood.
    pub doubtful: bool,
    pub remote_gateways: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    pub rules: Vec<Rule>,
    /// Empty where the file brings none that can be read.
    pub default_rules: Vec<Rule>,
    pub subnets: Listed<String>,
    pub nics: Listed<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    pub id: String,
    pub group: Said<String>,
    /// The private endpoint whose NIC this is.
    pub endpoint: Said<String>,
    pub addresses: Listed<NicAddress>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NicAddress {
    pub address: IpAddr,
    pub subnet: Said<String>,
    /// Its application security groups.
    pub members: Listed<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub id: String,
    pub routes: Vec<Part>,
    pub subnets: Listed<String>,
}

/// Everything on file. An object that two files describe differently is there twice.
#[derive(Debug, Default)]
pub struct Files {
    pub networks: Vec<Network>,
    pub subnets: Vec<Subnet>,
    pub groups: Vec<Group>,
    pub nics: Vec<Nic>,
    pub tables: Vec<Table>,
    /// The loaded tags by their names in small letters; `None` without a tag file.
    pub tags: Option<BTreeMap<String, Vec<Prefix>>>,
}

fn add<T: PartialEq>(list: &mut Vec<T>, object: T) {
    if !list.contains(&object) {
        list.push(object);
    }
}

/// The id of the object that this one is part of: `…/virtualnetworks/a/subnets/b` → `…/virtualnetworks/a`.
pub fn parent(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    parts[..parts.len().saturating_sub(2)].join("/")
}

/// The last part of an id.
pub fn name(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn prefixes(object: &Value, one: &str, many: &str) -> Listed<Prefix> {
    let texts = texts(object, one, many);
    let items: Vec<Prefix> = texts.items.iter().filter_map(|text| Prefix::parse(text)).collect();
    Listed { whole: texts.whole && items.len() == texts.items.len(), items }
}

fn space(object: &Value, name: &str) -> Option<Listed<Prefix>> {
    field(object, name).map(|space| match space {
        Value::Object(_) => prefixes(space, "", "addressPrefixes"),
        _ => Listed { items: Vec::new(), whole: false },
    })
}

fn subnet(value: &Value) -> Option<Subnet> {
    let id = id(value)?;
    let endpoint = |value: &Value| ids(value, "privateEndpoints").items;
    // An IP configuration's id goes on below its NIC.
    let nics = ids(value, "ipConfigurations").items.iter().map(|c| parent(c)).collect();
    Some(Subnet {
        name: text(value, "name").known().unwrap_or_else(|| name(&id).to_owned()),
        prefixes: prefixes(value, "addressPrefix", "addressPrefixes"),
        group: reference(value, "networkSecurityGroup"),
        table: reference(value, "routeTable"),
        judges_endpoints: match text(value, "privateEndpointNetworkPolicies") {
            // Disabled by default today (Microsoft, "Manage network policies for private endpoints"), enabled in older
            // versions of the interface: without the field it is open.
            Said::Absent => Said::Unknown,
            Said::Is(word) => match word.to_lowercase().as_str() {
                "enabled" | "networksecuritygroupenabled" => Said::Is(true),
                "disabled" | "routetableenabled" => Said::Is(false),
                _ => Said::Unknown,
            },
            Said::Unknown => Said::Unknown,
        },
        endpoints: endpoint(value),
        nics,
        id,
    })
}

fn peering(value: &Value) -> Option<Peering> {
    value.as_object()?;
    let complete = truth(value, "peerCompleteVnets");
    Some(Peering {
        connected: match text(value, "peeringState").known().unwrap_or_default().to_lowercase().as_str() {
            "connected" => Some(true),
            "initiated" | "disconnected" => Some(false),
            _ => None,
        },
        // Peering is for access: without the field it is given.
        access: match truth(value, "allowVirtualNetworkAccess") {
            Said::Absent => Some(true),
            said => said.known(),
        },
        remote: reference(value, "remoteVirtualNetwork"),
        space: space(value, "remoteAddressSpace"),
        only: (complete == Said::Is(false)).then(|| texts(value, "", "remoteSubnetNames")),
        only_here: texts(value, "", "localSubnetNames").items,
        doubtful: complete == Said::Unknown,
        remote_gateways: truth(value, "useRemoteGateways") == Said::Is(true),
    })
}

fn group(value: &Value) -> Option<Group> {
    let read = |name| match field(value, name) {
        Some(Value::Array(rules)) => rules.iter().map(Rule::read).collect(),
        Some(other) => vec![Rule::read(other)],
        None => Vec::new(),
    };
    let mut rules: Vec<Rule> = read("securityRules");
    // Every tool writes the list, empty or not: without it the file only mentions the group.
    rules.extend(field(value, "securityRules").is_none().then(|| Rule::read(&Value::Null)));
    // Nobody can change the default rules, so those that were cut off are the ones that every group has.
    let mut default_rules: Vec<Rule> = read("defaultSecurityRules");
    if default_rules.iter().any(|rule| rule.priority.is_none()) {
        default_rules.clear();
    }
    let (subnets, nics) = (ids(value, "subnets"), ids(value, "networkInterfaces"));
    Some(Group { id: id(value)?, rules, default_rules, subnets, nics })
}

fn nic(value: &Value) -> Option<Nic> {
    let address = |value: &Value| {
        Some(NicAddress {
            address: text(value, "privateIPAddress").known()?.parse().ok()?,
            subnet: reference(value, "subnet"),
            members: ids(value, "applicationSecurityGroups"),
        })
    };
    Some(Nic {
        id: id(value)?,
        group: reference(value, "networkSecurityGroup"),
        endpoint: reference(value, "privateEndpoint"),
        addresses: list(value, "ipConfigurations", address),
    })
}

fn table(value: &Value) -> Option<Table> {
    let route =
        |route: &Value| text(route, "addressPrefix").known().map_or(Part::Unknown, |text| part(&text));
    let routes = list(value, "routes", |value| Some(route(value)));
    let mut items = routes.items;
    items.extend((!routes.whole).then_some(Part::Unknown));
    Some(Table { id: id(value)?, routes: items, subnets: ids(value, "subnets") })
}

impl Files {
    /// Reads files, each a JSON value: an object, a list, or a list under `value`.
    pub fn read<'a>(files: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut out = Self::default();
        files.into_iter().for_each(|file| out.take(file));
        out
    }

    fn take(&mut self, value: &Value) {
        if let Value::Array(values) = value {
            return values.iter().for_each(|value| self.take(value));
        }
        if let (None, Some(Value::Array(values))) = (id(value), field(value, "value")) {
            return values.iter().for_each(|value| self.take(value));
        }
        let is = |kind: &str| id(value).is_some_and(|id| name(&parent_of_name(&id)) == kind);
        if field(value, "changeNumber").is_some() {
            self.take_tags(value);
        } else if is("virtualnetworks") {
            self.take_network(value);
        } else if is("subnets") {
            subnet(value).into_iter().for_each(|s| add(&mut self.subnets, s));
        } else if is("networksecuritygroups") {
            group(value).into_iter().for_each(|g| add(&mut self.groups, g));
        } else if is("networkinterfaces") {
            nic(value).into_iter().for_each(|n| add(&mut self.nics, n));
        } else if is("routetables") {
            table(value).into_iter().for_each(|t| add(&mut self.tables, t));
        }
    }

    fn take_network(&mut self, value: &Value) {
        let Some(id) = id(value) else { return };
        let subnets = list(value, "subnets", subnet);
        subnets.items.into_iter().for_each(|s| add(&mut self.subnets, s));
        let network = Network {
            id,
            space: space(value, "addressSpace").unwrap_or(Listed { items: Vec::new(), whole: false }),
            all_subnets: subnets.whole,
            peerings: list(value, "virtualNetworkPeerings", peering),
        };
        add(&mut self.networks, network);
    }

    fn take_tags(&mut self, value: &Value) {
        let tags = self.tags.get_or_insert_default();
        for tag in field(value, "values").and_then(Value::as_array).into_iter().flatten() {
            if let Some(name) = text(tag, "name").known() {
                let prefixes = prefixes(tag, "", "addressPrefixes").items;
                tags.entry(name.replace('_', "").to_lowercase()).or_default().extend(prefixes);
            }
        }
    }
}

/// `…/virtualnetworks/a` → `…/virtualnetworks`: its last part is the kind of object.
fn parent_of_name(id: &str) -> String {
    id.rsplit_once('/').map_or(String::new(), |(kind, _)| kind.to_owned())
}
