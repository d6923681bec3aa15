//! Virtual networks, subnets, peerings, NICs, groups and tags out of one JSON object.

use super::rules;
use super::value::{Object, is_cut, is_expression, object};
use super::{NetworkFile, network_of, nsg_of, put, put_rule};
use azflow_core::ingest::IssueCode;
use azflow_core::model::{
    Address, NamedSubnet, Nic, NicAddress, Nsg, Peering, Prefix, ResourceId, ServiceTag, VirtualNetwork,
};
use serde_json::Value;

/// Reads an object if it is a resource; `false` where it may be a wrapper of some.
pub fn read(o: &Object<'_>, out: &mut NetworkFile) -> bool {
    let kind = o.text("type").to_ascii_lowercase();
    let id = o.text("id").to_ascii_lowercase();
    let is = |suffix: &str, segment: &str| {
        kind == format!("microsoft.network/{suffix}")
            || kind.is_empty() && !segment.is_empty() && ends_in(&id, segment)
    };
    if o.has("changenumber") && o.has("values") || o.has("values") && o.has("cloud") {
        tags(o, out);
    } else if is("virtualnetworks/virtualnetworkpeerings", "virtualnetworkpeerings") || o.has("peeringstate")
    {
        let parent = parent(o, "virtualNetworks");
        let peering = peering(o, &parent, out);
        put(&mut network_of(&mut out.network, &parent).peerings, peering, |p| &p.id);
    } else if is("virtualnetworks", "virtualnetworks")
        || o.has("addressspace") && !o.has("remotevirtualnetwork")
    {
        virtual_network(o, out);
    } else if is("virtualnetworks/subnets", "subnets") && (o.has("addressprefix") || o.has("addressprefixes"))
    {
        let parent = parent(o, "virtualNetworks");
        if let Some(subnet) = subnet(o, &parent, out) {
            put(&mut network_of(&mut out.network, &parent).subnets, subnet, |s| &s.id);
        }
    } else if is("networksecuritygroups", "networksecuritygroups") || o.names("securityrules") {
        nsg(o, out);
    } else if rules::is_rule(o) {
        lone_rule(o, out);
    } else if is("networkinterfaces", "networkinterfaces")
        || o.has("ipconfigurations") && (o.names("macaddress") || o.names("enableacceleratednetworking"))
    {
        nic(o, out);
    } else if o.has("azureresourcetype") {
        topology_row(o, out);
    } else {
        return false;
    }
    true
}

/// Whether the last but one segment of an id is this.
fn ends_in(id: &str, segment: &str) -> bool {
    let mut parts = id.trim_end_matches('/').rsplit('/');
    parts.next();
    parts.next() == Some(segment)
}

fn expression_note(o: &Object<'_>, out: &mut NetworkFile, texts: &[&str]) {
    let name = o.text("name");
    for text in texts {
        let (code, what) = if is_expression(text) {
            (IssueCode::NetworkPart, "a template's expression, which only a deployment can resolve")
        } else if is_cut(text) {
            (IssueCode::DepthCut, "cut off by ConvertTo-Json: run it again with -Depth 10")
        } else {
            (IssueCode::NetworkPart, "not understood")
        };
        out.note(code, format!("{name}: {what}: {text}"));
    }
}

/// The id, or one made of the name where a template has none.
fn id_of(o: &Object<'_>) -> ResourceId {
    let id = o.text("id");
    ResourceId(if id.is_empty() { o.text("name").to_owned() } else { id.to_owned() })
}

/// The parent of a child resource: out of its id, or of a name like `parent/child`.
fn parent(o: &Object<'_>, kind: &str) -> ResourceId {
    if let Some(parent) = ResourceId(o.text("id").to_owned()).parent(kind) {
        return parent;
    }
    let name = o.text("name");
    ResourceId(name.split_once('/').map_or("", |(parent, _)| parent).to_owned())
}

fn child_id(o: &Object<'_>, parent: &ResourceId, kind: &str) -> ResourceId {
    let id = o.text("id");
    if id.is_empty() {
        ResourceId(format!("{parent}/{kind}/{}", last(o.text("name"))))
    } else {
        ResourceId(id.to_owned())
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn virtual_network(o: &Object<'_>, out: &mut NetworkFile) {
    let id = id_of(o);
    let space = o.get("addressspace").and_then(object);
    let (prefixes, others) = space.map(|space| space.prefixes(&["addressprefixes"])).unwrap_or_default();
    expression_note(o, out, &others);
    if let Some(Value::String(text)) = o.get("addressspace") {
        expression_note(o, out, &[text.as_str()]);
    }
    let subnets = children(o, "subnets", out);
    let subnets: Vec<NamedSubnet> = subnets.iter().filter_map(|s| subnet(s, &id, out)).collect();
    let peerings = children(o, "virtualnetworkpeerings", out);
    let peerings: Vec<Peering> = peerings.iter().map(|p| peering(p, &id, out)).collect();
    let location = Some(o.text("location").to_owned()).filter(|l| !l.is_empty() && !is_expression(l));
    let minutes = o.number("flowtimeoutinminutes").and_then(|n| u32::try_from(n).ok());
    let network: &mut VirtualNetwork = network_of(&mut out.network, &id);
    network.name = last(o.text("name")).to_owned();
    if network.name.is_empty() {
        network.name = id.name().to_owned();
    }
    network.location = location.or(network.location.take());
    if !prefixes.is_empty() {
        network.prefixes = prefixes;
    }
    network.flow_timeout_minutes = minutes.or(network.flow_timeout_minutes);
    subnets.into_iter().for_each(|subnet| put(&mut network.subnets, subnet, |s| &s.id));
    peerings.into_iter().for_each(|peering| put(&mut network.peerings, peering, |p| &p.id));
}

/// The objects of a list; texts in their place are what ConvertTo-Json left.
fn children<'a>(o: &Object<'a>, key: &str, out: &mut NetworkFile) -> Vec<Object<'a>> {
    if let Some(Value::String(text)) = o.get(key) {
        expression_note(o, out, &[text.as_str()]);
    }
    let list = o.list(key);
    let cut: Vec<&str> = list.iter().filter_map(|v| v.as_str()).collect();
    expression_note(o, out, &cut);
    list.into_iter().filter_map(object).collect()
}

fn subnet(o: &Object<'_>, parent: &ResourceId, out: &mut NetworkFile) -> Option<NamedSubnet> {
    let (prefixes, others) = o.prefixes(&["addressprefix", "addressprefixes"]);
    expression_note(o, out, &others);
    let name = last(o.text("name")).to_owned();
    if name.is_empty() || is_expression(&name) {
        return None;
    }
    let service = |value: &Value| object(value).map(|d| d.text("servicename").to_owned());
    Some(NamedSubnet {
        id: child_id(o, parent, "subnets"),
        name,
        prefixes,
        nsg: o.reference("networksecuritygroup"),
        route_table: o.reference("routetable"),
        delegations: o
            .list("delegations")
            .into_iter()
            .filter_map(service)
            .filter(|s| !s.is_empty())
            .collect(),
    })
}

fn peering(o: &Object<'_>, parent: &ResourceId, out: &mut NetworkFile) -> Peering {
    let space = ["remotevirtualnetworkaddressspace", "remoteaddressspace"]
        .iter()
        .filter_map(|key| o.get(key).and_then(object))
        .map(|space| space.prefixes(&["addressprefixes"]))
        .find(|(prefixes, others)| !prefixes.is_empty() || !others.is_empty());
    let (remote_prefixes, others) = space.unwrap_or_default();
    expression_note(o, out, &others);
    Peering {
        id: child_id(o, parent, "virtualNetworkPeerings"),
        name: last(o.text("name")).to_owned(),
        remote: o.reference("remotevirtualnetwork").unwrap_or_default(),
        remote_prefixes,
        state: o.text("peeringstate").to_owned(),
        sync_level: o.text("peeringsynclevel").to_owned(),
        allow_virtual_network_access: o.flag("allowvirtualnetworkaccess"),
        allow_forwarded_traffic: o.flag("allowforwardedtraffic"),
        allow_gateway_transit: o.flag("allowgatewaytransit"),
        use_remote_gateways: o.flag("useremotegateways"),
    }
}

fn nsg(o: &Object<'_>, out: &mut NetworkFile) {
    let id = id_of(o);
    let mut notes = Vec::new();
    let rules = rules::rules(o.list("securityrules"), &mut |why| notes.push(why));
    let defaults = rules::rules(o.list("defaultsecurityrules"), &mut |why| notes.push(why));
    for key in ["securityrules", "defaultsecurityrules"] {
        let mut cut: Vec<&str> = o.list(key).iter().filter_map(|v| v.as_str()).collect();
        cut.extend(o.get(key).and_then(Value::as_str));
        expression_note(o, out, &cut);
    }
    notes.into_iter().for_each(|why| out.note(IssueCode::NetworkPart, why));
    let location = Some(o.text("location").to_owned()).filter(|l| !l.is_empty() && !is_expression(l));
    let ids = |key: &str| o.list(key).into_iter().filter_map(super::value::reference).collect::<Vec<_>>();
    let (subnets, nics) = (ids("subnets"), ids("networkinterfaces"));
    let nsg: &mut Nsg = nsg_of(&mut out.network, &id);
    nsg.name = last(o.text("name")).to_owned();
    if nsg.name.is_empty() {
        nsg.name = id.name().to_owned();
    }
    nsg.location = location.or(nsg.location.take());
    rules.into_iter().for_each(|rule| put_rule(&mut nsg.rules, rule));
    defaults.into_iter().for_each(|rule| put_rule(&mut nsg.default_rules, rule));
    nsg.subnets.extend(subnets);
    nsg.nics.extend(nics);
}

/// A rule without its group around it: the group is in its id.
fn lone_rule(o: &Object<'_>, out: &mut NetworkFile) {
    let group = parent(o, "networkSecurityGroups");
    match rules::rule(o) {
        Ok(rule) => {
            let nsg = nsg_of(&mut out.network, &group);
            let list = if rule.priority >= 65_000 { &mut nsg.default_rules } else { &mut nsg.rules };
            put_rule(list, rule);
        }
        Err(why) => out.note(IssueCode::NetworkPart, why),
    }
}

fn nic(o: &Object<'_>, out: &mut NetworkFile) {
    let mut addresses = Vec::new();
    for config in children(o, "ipconfigurations", out) {
        let text = config.text("privateipaddress");
        let Some(address) = Address::parse(text) else {
            if !text.is_empty() {
                expression_note(o, out, &[text]);
            }
            continue;
        };
        addresses.push(NicAddress {
            address,
            subnet: config.reference("subnet"),
            asgs: config
                .list("applicationsecuritygroups")
                .into_iter()
                .filter_map(super::value::reference)
                .collect(),
            public: config.reference("publicipaddress"),
            primary: config.flag("primary").unwrap_or_default(),
        });
    }
    let mac: String =
        o.text("macaddress").chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_uppercase();
    let nic = Nic {
        id: id_of(o),
        name: last(o.text("name")).to_owned(),
        mac: (mac.len() == 12).then_some(mac),
        addresses,
        nsg: o.reference("networksecuritygroup"),
        machine: o.reference("virtualmachine"),
        accelerated_networking: o.flag("enableacceleratednetworking"),
        ip_forwarding: o.flag("enableipforwarding"),
    };
    put(&mut out.network.nics, nic, |n| &n.id);
}

fn tags(o: &Object<'_>, out: &mut NetworkFile) {
    for value in o.list("values") {
        let Some(tag) = object(value) else { continue };
        let name = tag.text("name");
        if name.is_empty() {
            continue;
        }
        let (prefixes, _) = tag.prefixes(&["addressprefixes"]);
        let features: Vec<&str> = tag.texts(&["networkfeatures"]);
        let usable =
            tag.has("networkfeatures").then(|| features.iter().any(|f| f.eq_ignore_ascii_case("nsg")));
        out.network.tags.push(ServiceTag {
            name: name.to_owned(),
            service: tag.text("systemservice").to_owned(),
            region: tag.text("region").to_owned(),
            prefixes,
            usable_in_nsg: usable,
        });
    }
}

/// A row of `NTATopologyDetails`: subnets and NICs.
fn topology_row(o: &Object<'_>, out: &mut NetworkFile) {
    let name = o.text("name");
    match o.text("azureresourcetype").to_ascii_lowercase().as_str() {
        "subnet" => {
            // `rg/vnet/subnet`
            let mut parts = name.rsplit('/');
            let (subnet, network) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let prefixes: Vec<Prefix> = o
                .texts(&["addressprefixes"])
                .into_iter()
                .flat_map(|t| t.split([' ', ',']))
                .filter_map(Prefix::parse)
                .collect();
            if subnet.is_empty() || prefixes.is_empty() {
                return;
            }
            let parent = ResourceId(network.to_owned());
            let id = ResourceId(format!("{network}/subnets/{subnet}"));
            let found = NamedSubnet { id, name: subnet.to_owned(), prefixes, ..NamedSubnet::default() };
            put(&mut network_of(&mut out.network, &parent).subnets, found, |s| &s.id);
        }
        "networkinterface" => {
            let mac: String = o
                .text("macaddress")
                .chars()
                .filter(char::is_ascii_hexdigit)
                .collect::<String>()
                .to_ascii_uppercase();
            let addresses = o
                .texts(&["privateipaddresses"])
                .into_iter()
                .flat_map(|t| t.split([' ', ',']))
                .filter_map(Address::parse)
                .map(|address| NicAddress {
                    address,
                    subnet: None,
                    asgs: Vec::new(),
                    public: None,
                    primary: false,
                })
                .collect();
            let machine = o.text("virtualmachine");
            let nic = Nic {
                id: ResourceId(name.to_owned()),
                name: last(name).to_owned(),
                mac: (mac.len() == 12).then_some(mac),
                addresses,
                machine: (!machine.is_empty()).then(|| ResourceId(machine.to_owned())),
                ip_forwarding: o.flag("enableipforwarding"),
                ..Nic::default()
            };
            put(&mut out.network.nics, nic, |n| &n.id);
        }
        _ => {}
    }
}
