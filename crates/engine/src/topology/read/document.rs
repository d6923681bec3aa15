//! azflow's own document `azflow.network/1`, read back as exactly what it was written from.
//!
//! The document says of every part what was not understood. A part that says nothing of it, because somebody cut the
//! document, is in doubt.

use super::alike::distinct_rules;
use super::rules::{endpoint, looks_like_rule, rule as azure_rule};
use super::value::{Object, object, reference};
use super::{Reading, sort};
use azflow_core::ingest::IssueCode;
use azflow_core::model::{
    Address, EffectiveTag, Endpoint, FlowLog, Machine, NamedSubnet, Network, Nic, NicAddress, Nsg, Peering,
    Prefix, Protocol, ResourceId, Route, RouteTable, SecurityRule,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SCHEMA: &str = "azflow.network/";
const VERSION: &str = "1";

/// Reads an object if it is the document.
pub(super) fn read(o: &Object<'_>, out: &mut Reading) -> bool {
    let Some(version) = o.text("schema").strip_prefix(SCHEMA) else { return false };
    if version != VERSION {
        let message =
            format!("{SCHEMA}{version}, which this azflow does not know: give the files that it was made of");
        out.note(IssueCode::WrongKind, message);
        return true;
    }
    let list = |key: &str| o.list(key).into_iter().filter_map(object);
    list("networks").for_each(|one| network(&one, out));
    list("subnets").for_each(|one| subnet(&one, out));
    list("peerings").for_each(|one| peering(&one, out));
    for one in list("nics") {
        out.network.put_nic(nic(&one));
    }
    for one in list("machines") {
        out.network.put_machine(machine(&one));
    }
    for one in list("nsgs") {
        let read = group(&one, out);
        out.network.put_nsg(read);
    }
    for one in list("route_tables") {
        out.network.put_route_table(route_table(&one));
    }
    for one in list("flow_logs") {
        out.network.put_flow_log(flow_log(&one));
    }
    for one in list("effective_tags") {
        let (place, tag) = (id(&one, "place"), text(&one, "tag"));
        out.network.push_effective(EffectiveTag { place, tag, prefixes: one.prefixes(&["prefixes"]).0 });
    }
    let counted = o.get("service_tags").and_then(object).and_then(|tags| tags.number("tags"));
    if counted.is_some_and(|tags| tags > 0) {
        let message = "azflow's document counts service tags and has none of them: give their file, too";
        out.note(IssueCode::NetworkPart, message.to_owned());
    }
    for one in list("issues") {
        let said = text(&one, "message");
        match one.text("code") {
            "network-part" => out.note(IssueCode::NetworkPart, said),
            "network-conflict" => out.note(IssueCode::NetworkConflict, said),
            "depth-cut" => out.note(IssueCode::DepthCut, said),
            _ => {}
        }
    }
    true
}

fn text(o: &Object<'_>, key: &str) -> String {
    o.text(key).to_owned()
}

fn id(o: &Object<'_>, key: &str) -> ResourceId {
    ResourceId(text(o, key))
}

fn ids(o: &Object<'_>, key: &str) -> Vec<ResourceId> {
    o.list(key).into_iter().filter_map(reference).collect()
}

fn texts(o: &Object<'_>, key: &str) -> Vec<String> {
    o.texts(&[key]).into_iter().map(str::to_owned).collect()
}

/// What a place has by its id. Without the key it may have any: an id that no resource has.
fn attached(o: &Object<'_>, key: &str) -> Option<ResourceId> {
    let is_said = o.names(key);
    if is_said { o.reference(key) } else { Some(ResourceId(format!("[{key} is not in the document]"))) }
}

/// What of a part was not understood when the document was written, or is not now.
struct Doubt<'a> {
    about: &'a str,
    said: Option<String>,
}

impl<'a> Doubt<'a> {
    fn of(o: &Object<'_>, about: &'a str) -> Self {
        let said = match o.get("doubt") {
            Some(Value::String(text)) => Some(text.clone()),
            None if o.names("doubt") => None,
            _ => Some(format!("azflow's document does not say what of {about} was not understood")),
        };
        Self { about, said }
    }

    /// Prefixes under a key, of which what is none is not understood.
    fn prefixes(&mut self, o: &Object<'_>, key: &str) -> Vec<Prefix> {
        let (prefixes, others) = o.prefixes(&[key]);
        self.needs(o.get(key).is_some_and(Value::is_array) && others.is_empty(), key);
        prefixes
    }

    /// Notes that a list is not there, or not whole.
    fn needs(&mut self, is_whole: bool, key: &str) {
        if !is_whole {
            let why = || format!("not all {key} of {} are in azflow's document", self.about);
            self.said.get_or_insert_with(why);
        }
    }
}

fn network(o: &Object<'_>, out: &mut Reading) {
    let (id, name) = (id(o, "id"), text(o, "name"));
    let mut doubt = Doubt::of(o, &name);
    let prefixes = doubt.prefixes(o, "prefixes");
    let said = doubt.said;
    let one = out.network.network_of(&id);
    one.id = id;
    one.location = o.get("location").and_then(Value::as_str).map(str::to_owned);
    one.prefixes = prefixes;
    one.flow_timeout_minutes = o.number("flow_timeout_minutes").and_then(|n| u32::try_from(n).ok());
    one.doubt = said;
    one.name = name;
}

/// The network that a subnet or peering belongs to.
fn parent(o: &Object<'_>) -> ResourceId {
    match o.reference("network_id") {
        Some(id) => id,
        None => id(o, "id").parent("virtualNetworks").unwrap_or_else(|| id(o, "network")),
    }
}

fn subnet(o: &Object<'_>, out: &mut Reading) {
    let name = text(o, "name");
    let mut doubt = Doubt::of(o, &name);
    let prefixes = doubt.prefixes(o, "prefixes");
    let said = doubt.said;
    let read = NamedSubnet {
        id: id(o, "id"),
        prefixes,
        nsg: attached(o, "nsg"),
        route_table: attached(o, "route_table"),
        delegations: texts(o, "delegations"),
        members: ids(o, "members"),
        judges_private_endpoints: o.flag("judges_private_endpoints"),
        default_outbound: o.flag("default_outbound"),
        nat_gateway: o.reference("nat_gateway"),
        doubt: said,
        name,
    };
    let network = out.network.place(&parent(o));
    out.network.put_subnet(network, read);
}

fn peering(o: &Object<'_>, out: &mut Reading) {
    let name = text(o, "name");
    let mut doubt = Doubt::of(o, &name);
    let lists = ["remote_prefixes", "remote_now"].map(|key| doubt.prefixes(o, key));
    for key in ["local_subnets", "remote_subnets"] {
        doubt.needs(o.get(key).is_some_and(Value::is_array), key);
    }
    let said = doubt.said;
    let [remote_prefixes, remote_now] = lists;
    let read = Peering {
        id: id(o, "id"),
        remote: id(o, "remote"),
        remote_prefixes,
        remote_now,
        complete: o.flag("complete"),
        local_subnets: texts(o, "local_subnets"),
        remote_subnets: texts(o, "remote_subnets"),
        state: text(o, "state"),
        sync_level: text(o, "sync_level"),
        allow_virtual_network_access: o.flag("allow_virtual_network_access"),
        allow_forwarded_traffic: o.flag("allow_forwarded_traffic"),
        allow_gateway_transit: o.flag("allow_gateway_transit"),
        use_remote_gateways: o.flag("use_remote_gateways"),
        doubt: said,
        name,
    };
    let network = out.network.place(&parent(o));
    out.network.put_peering(network, read);
}

fn nic(o: &Object<'_>) -> Nic {
    let name = text(o, "name");
    let mut doubt = Doubt::of(o, &name);
    let addresses: Vec<NicAddress> =
        o.list("addresses").into_iter().filter_map(object).filter_map(|one| address(&one)).collect();
    let is_list = o.get("addresses").is_some_and(Value::is_array);
    doubt.needs(is_list && addresses.len() == o.list("addresses").len(), "addresses");
    let said = doubt.said;
    Nic {
        id: id(o, "id"),
        mac: o.get("mac").and_then(Value::as_str).map(str::to_owned),
        addresses,
        nsg: attached(o, "nsg"),
        machine: o.reference("machine_id").or_else(|| o.reference("machine")),
        accelerated_networking: o.flag("accelerated_networking"),
        ip_forwarding: o.flag("ip_forwarding"),
        private_endpoint: o.reference("private_endpoint"),
        doubt: said,
        name,
    }
}

/// An address, where the document says which application security groups it has.
fn address(o: &Object<'_>) -> Option<NicAddress> {
    Some(NicAddress {
        address: Address::parse(o.text("address"))?,
        subnet: o.reference("subnet"),
        asgs: o.get("asgs").is_some_and(Value::is_array).then(|| ids(o, "asgs"))?,
        public: o.reference("public"),
        primary: o.flag("primary").unwrap_or_default(),
    })
}

fn machine(o: &Object<'_>) -> Machine {
    Machine {
        id: id(o, "id"),
        name: text(o, "name"),
        size: o.get("size").and_then(Value::as_str).map(str::to_owned),
        availability_set: o.reference("availability_set"),
        nics: ids(o, "nics"),
    }
}

fn group(o: &Object<'_>, out: &mut Reading) -> Nsg {
    let name = text(o, "name");
    let mut doubt = Doubt::of(o, &name);
    let [rules, default_rules] = ["rules", "default_rules"].map(|key| {
        let (rules, is_whole) = rules(o.get(key), true);
        doubt.needs(is_whole, key);
        rules
    });
    let said = doubt.said;
    for rule in rules.iter().chain(&default_rules) {
        if let Some(why) = &rule.doubt {
            out.note(IssueCode::NetworkPart, format!("rule {}: {why}", rule.name));
        }
    }
    Nsg {
        id: id(o, "id"),
        location: o.get("location").and_then(Value::as_str).map(str::to_owned),
        rules,
        whole: o.flag("whole").unwrap_or_default(),
        doubt: said,
        default_rules,
        subnets: ids(o, "subnets"),
        nics: ids(o, "nics"),
        name,
    }
}

/// A group of the document `azflow.rules/1`, in which a rule that says nothing of doubts is in none.
pub fn group_of_rules(name: &str, list: &Value) -> Nsg {
    let (rules, is_whole) = rules(Some(list), false);
    let doubt = (!is_whole).then(|| format!("not all rules of {name} are in the file"));
    let (id, name) = (ResourceId(name.to_owned()), name.to_owned());
    let nsg = Nsg { id, name, rules, whole: true, doubt, ..Nsg::default() };
    let mut network = Network { nsgs: vec![nsg], ..Network::default() };
    sort(&mut network);
    network.nsgs.pop().unwrap_or_default()
}

/// The rules of a list, and whether that is all there is in it.
fn rules(list: Option<&Value>, says_doubt: bool) -> (Vec<SecurityRule>, bool) {
    let given = list.and_then(Value::as_array);
    let mut out = Vec::new();
    let mut is_whole = given.is_some();
    for value in given.into_iter().flatten() {
        match object(value).filter(looks_like_rule) {
            Some(o) => out.extend(rule(&o, says_doubt)),
            None => is_whole = false,
        }
    }
    (distinct_rules(out), is_whole)
}

/// A rule; one whose direction or access is not understood is two. With `says_doubt` a rule that says nothing of doubts
/// is in doubt.
fn rule(o: &Object<'_>, says_doubt: bool) -> Vec<SecurityRule> {
    let name = text(o, "name");
    let said = if says_doubt || o.names("doubt") { Doubt::of(o, &name).said } else { None };
    // azflow writes IANA's keywords, of which Azure knows some.
    let protocol = o.text("protocol");
    let number = Protocol::all().find(|one| one.to_string() == protocol).and_then(Protocol::number);
    let given = |key: &str| o.get(key).cloned().unwrap_or_default();
    let azure = json!({
        "name": name, "priority": given("priority"), "direction": given("direction"), "access": given("access"),
        "protocol": number.map_or_else(|| given("protocol"), Value::from), "description": given("description"),
        "sourceAddressPrefixes": given("sources"), "sourcePortRanges": given("source_ports"),
        "destinationAddressPrefixes": given("destinations"), "destinationPortRanges": given("destination_ports"),
    });
    let Some(azure) = object(&azure) else { return Vec::new() };
    let mut read = azure_rule(&azure);
    for rule in &mut read {
        rule.sources = ends(o, "sources").unwrap_or_else(|| std::mem::take(&mut rule.sources));
        rule.destinations = ends(o, "destinations").unwrap_or_else(|| std::mem::take(&mut rule.destinations));
        rule.doubt = said.clone().or(rule.doubt.take());
    }
    read
}

/// One side of a rule; `None` where it is no list of texts.
fn ends(o: &Object<'_>, key: &str) -> Option<Vec<Endpoint>> {
    let Some(Value::Array(list)) = o.get(key) else { return None };
    let set = |key: &str| BTreeSet::from_iter(texts(o, key));
    let (unknown, groups) = (set("unknown_ends"), set("application_security_groups"));
    let end = |value: &Value| {
        let text = value.as_str()?.to_owned();
        Some(if unknown.contains(&text) {
            Endpoint::Unknown(text)
        } else if groups.contains(&text) || text.contains("/applicationSecurityGroups/") {
            Endpoint::Asg(ResourceId(text))
        } else {
            endpoint(&text)
        })
    };
    let read: Option<Vec<Endpoint>> = list.iter().map(end).collect();
    read.filter(|ends| !ends.is_empty())
}

fn route_table(o: &Object<'_>) -> RouteTable {
    let name = text(o, "name");
    let mut doubt = Doubt::of(o, &name);
    doubt.needs(o.get("routes").is_some_and(Value::is_array), "routes");
    let said = doubt.said;
    let route = |o: Object<'_>| Route {
        name: text(&o, "name"),
        prefix: Prefix::parse(o.text("destination")),
        destination: text(&o, "destination"),
        next_hop: text(&o, "next_hop"),
        next_hop_address: Address::parse(o.text("next_hop_address")),
    };
    RouteTable {
        id: id(o, "id"),
        routes: o.list("routes").into_iter().filter_map(object).map(route).collect(),
        subnets: ids(o, "subnets"),
        ignores_gateways: o.flag("ignores_gateway_routes"),
        doubt: said,
        name,
    }
}

fn flow_log(o: &Object<'_>) -> FlowLog {
    FlowLog {
        id: id(o, "id"),
        name: text(o, "name"),
        location: o.get("location").and_then(Value::as_str).map(str::to_owned),
        target: id(o, "target"),
        enabled: o.flag("enabled"),
        storage: o.reference("storage"),
        retention_days: o.number("retention_days").and_then(|n| u32::try_from(n).ok()),
        record_types: text(o, "record_types"),
        criteria: text(o, "filter"),
    }
}
