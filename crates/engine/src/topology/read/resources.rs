//! Virtual networks, subnets, peerings, NICs and groups out of one JSON object.

use super::Reading;
use super::value::{Object, is_cut, is_expression, last, object};
use super::{routes, rows, rules};
use azflow_core::ingest::IssueCode;
use azflow_core::model::{Address, NamedSubnet, Nic, NicAddress, Nsg, Peering, ResourceId, VirtualNetwork};
use serde_json::Value;

/// Reads an object if it is a resource; `false` where it may be a wrapper of some.
pub fn read(o: &Object<'_>, out: &mut Reading) -> bool {
    let kind = o.kind();
    // Only the object's own id tells its type: under `resourceId` a log's records name what they are about.
    let id = o.text("id").to_ascii_lowercase();
    let of_network = kind.strip_prefix("microsoft.network/");
    let is = |suffix: &str, segment: &str| {
        of_network == Some(suffix) || kind.is_empty() && !segment.is_empty() && ends_in(&id, segment)
    };
    if o.has("changenumber") && o.has("values") || o.has("values") && o.has("cloud") {
        rows::tags(o, out);
    } else if is("virtualnetworks/virtualnetworkpeerings", "virtualnetworkpeerings") || o.has("peeringstate")
    {
        let parent = parent(o, "virtualNetworks");
        let peering = peering(o, &parent, out);
        let network = out.network.place(&parent);
        out.network.put_peering(network, peering);
    } else if is("virtualnetworks", "virtualnetworks")
        || o.has("addressspace") && !o.has("remotevirtualnetwork")
    {
        virtual_network(o, out);
    } else if is("virtualnetworks/subnets", "subnets")
        && (o.has("addressprefix")
            || o.has("addressprefixes")
            || o.get("properties").is_some_and(Value::is_string))
    {
        let parent = parent(o, "virtualNetworks");
        if let Some(subnet) = subnet(o, &parent, out) {
            let network = out.network.place(&parent);
            out.network.put_subnet(network, subnet);
        }
    } else if is("networksecuritygroups", "networksecuritygroups") || o.names("securityrules") {
        nsg(o, out);
    } else if rules::is_rule(o) || kind == "microsoft.network/networksecuritygroups/securityrules" {
        lone_rule(o, out);
    } else if is("routetables", "routetables") || o.names("disablebgproutepropagation") {
        routes::route_table(o, out);
    } else if is("routetables/routes", "routes") && o.has("nexthoptype") {
        routes::lone_route(o, out);
    } else if is("networkinterfaces", "networkinterfaces")
        || o.has("ipconfigurations") && (o.names("macaddress") || o.names("enableacceleratednetworking"))
    {
        nic(o, out);
    } else if o.has("azureresourcetype") {
        rows::topology_row(o, out);
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

fn expression_note(o: &Object<'_>, out: &mut Reading, texts: &[&str]) {
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
pub(super) fn id_of(o: &Object<'_>) -> ResourceId {
    let id = o.id();
    ResourceId(if id.is_empty() { o.text("name").to_owned() } else { id.to_owned() })
}

/// The parent of a child resource: out of its id, or of a name like `parent/child`.
pub(super) fn parent(o: &Object<'_>, kind: &str) -> ResourceId {
    if let Some(parent) = ResourceId(o.id().to_owned()).parent(kind) {
        return parent;
    }
    let name = o.text("name");
    ResourceId(name.split_once('/').map_or("", |(parent, _)| parent).to_owned())
}

fn child_id(o: &Object<'_>, parent: &ResourceId, kind: &str) -> ResourceId {
    let id = o.id();
    if id.is_empty() {
        ResourceId(format!("{parent}/{kind}/{}", last(o.text("name"))))
    } else {
        ResourceId(id.to_owned())
    }
}

/// The name, or the last of the id where the file has none.
pub(super) fn name_of(o: &Object<'_>, id: &ResourceId) -> String {
    let name = last(o.text("name"));
    if name.is_empty() { id.name() } else { name }.to_owned()
}

fn virtual_network(o: &Object<'_>, out: &mut Reading) {
    let id = id_of(o);
    let space = o.get("addressspace").and_then(object);
    let (prefixes, mut others) = space.map(|space| space.prefixes(&["addressprefixes"])).unwrap_or_default();
    others.extend(o.get("addressspace").and_then(Value::as_str));
    expression_note(o, out, &others);
    let mut doubt = unread(&others)
        .map(|what| format!("part of the address space of {} is not understood: {what}", o.text("name")));
    for key in ["subnets", "virtualnetworkpeerings"] {
        if let Some(what) = unread(&cut_children(o, key)) {
            doubt.get_or_insert(format!("not all {key} of {} are in the file: {what}", o.text("name")));
        }
    }
    let subnets = children(o, "subnets", out);
    let subnets: Vec<NamedSubnet> = subnets.iter().filter_map(|s| subnet(s, &id, out)).collect();
    let peerings = children(o, "virtualnetworkpeerings", out);
    let peerings: Vec<Peering> = peerings.iter().map(|p| peering(p, &id, out)).collect();
    let location = Some(o.text("location").to_owned()).filter(|l| !l.is_empty() && !is_expression(l));
    let minutes = o.number("flowtimeoutinminutes").and_then(|n| u32::try_from(n).ok());
    let place = out.network.place(&id);
    let network: &mut VirtualNetwork = out.network.network_at(place);
    network.name = name_of(o, &id);
    network.location = location.or(network.location.take());
    if !prefixes.is_empty() {
        network.prefixes = prefixes;
    }
    network.flow_timeout_minutes = minutes.or(network.flow_timeout_minutes);
    network.doubt = doubt.or(network.doubt.take());
    subnets.into_iter().for_each(|subnet| out.network.put_subnet(place, subnet));
    peerings.into_iter().for_each(|peering| out.network.put_peering(place, peering));
}

/// Texts where objects of a list should be: what ConvertTo-Json left, or an expression.
pub(super) fn cut_children<'a>(o: &Object<'a>, key: &str) -> Vec<&'a str> {
    let own = o.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    o.list(key).iter().filter_map(|v| v.as_str()).chain(own).collect()
}

/// The objects of a list; texts in their place are told.
pub(super) fn children<'a>(o: &Object<'a>, key: &str, out: &mut Reading) -> Vec<Object<'a>> {
    expression_note(o, out, &cut_children(o, key));
    o.list(key).into_iter().filter_map(object).collect()
}

/// What could not be read, in a sentence.
pub(super) fn unread(texts: &[&str]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.iter().take(3).copied().collect::<Vec<_>>().join(", "))
}

/// What `privateEndpointNetworkPolicies` says of groups.
fn judges_private_endpoints(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "enabled" | "networksecuritygroupenabled" => Some(true),
        "disabled" | "routetableenabled" => Some(false),
        _ => None,
    }
}

/// What has an address in a subnet: NICs and gateways, gateways for applications, private endpoints, and services that
/// link themselves to it.
fn members(o: &Object<'_>) -> Vec<ResourceId> {
    let mut out: Vec<ResourceId> =
        ["ipconfigurations", "applicationgatewayipconfigurations", "privateendpoints"]
            .into_iter()
            .flat_map(|key| o.list(key))
            .filter_map(super::value::reference)
            .collect();
    let links =
        ["resourcenavigationlinks", "serviceassociationlinks"].into_iter().flat_map(|key| o.list(key));
    for link in links.filter_map(object) {
        let link = link.text("link");
        // Some services link a mere word.
        if link.contains("/providers/") {
            out.push(ResourceId(link.to_owned()));
        }
    }
    out
}

pub(super) fn subnet(o: &Object<'_>, parent: &ResourceId, out: &mut Reading) -> Option<NamedSubnet> {
    let (prefixes, mut others) = o.prefixes(&["addressprefix", "addressprefixes"]);
    // With its properties cut off it may have any prefix, and any group.
    let cut = o.get("properties").and_then(Value::as_str);
    others.extend(cut);
    expression_note(o, out, &others);
    let name = last(o.text("name")).to_owned();
    let doubt = unread(&others).map(|what| format!("a prefix of subnet {name} is not understood: {what}"));
    if name.is_empty() {
        return None;
    }
    let service = |value: &Value| object(value).map(|d| d.text("servicename").to_owned());
    Some(NamedSubnet {
        id: child_id(o, parent, "subnets"),
        name,
        prefixes,
        nsg: o.reference("networksecuritygroup").or_else(|| cut.map(|cut| ResourceId(cut.to_owned()))),
        route_table: o.reference("routetable"),
        delegations: o
            .list("delegations")
            .into_iter()
            .filter_map(service)
            .filter(|s| !s.is_empty())
            .collect(),
        members: members(o),
        judges_private_endpoints: judges_private_endpoints(o.text("privateendpointnetworkpolicies")),
        default_outbound: o.flag("defaultoutboundaccess"),
        nat_gateway: o.reference("natgateway"),
        doubt,
    })
}

fn peering(o: &Object<'_>, parent: &ResourceId, out: &mut Reading) -> Peering {
    let space = |key: &str| {
        let space = o.get(key).and_then(object).map(|space| space.prefixes(&["addressprefixes"]));
        let (prefixes, mut others) = space.unwrap_or_default();
        others.extend(o.get(key).and_then(Value::as_str));
        (prefixes, others)
    };
    let (remote_prefixes, others) = space("remoteaddressspace");
    let (remote_now, others_now) = space("remotevirtualnetworkaddressspace");
    expression_note(o, out, &others);
    expression_note(o, out, &others_now);
    let name = last(o.text("name"));
    let mut doubt =
        unread(&others).map(|what| format!("part of what {name} peers is not understood: {what}"));
    for key in ["allowVirtualNetworkAccess", "peerCompleteVnets"] {
        let lower = key.to_ascii_lowercase();
        if o.has(&lower) && o.flag(&lower).is_none() {
            doubt.get_or_insert(format!("{key} of peering {name} is not understood"));
        }
    }
    let names = |key: &str| o.texts(&[key]).into_iter().map(str::to_owned).collect();
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
        remote_now,
        complete: o.flag("peercompletevnets"),
        local_subnets: names("localsubnetnames"),
        remote_subnets: names("remotesubnetnames"),
        doubt,
    }
}

fn nsg(o: &Object<'_>, out: &mut Reading) {
    let id = id_of(o);
    let name = name_of(o, &id);
    let mut notes = Vec::new();
    let mut doubt = None;
    let mut list = |key: &str| {
        let (rules, other) = rules::rules(o.list(key), &mut |why| notes.push(why));
        let cut: Vec<&str> =
            o.list(key).iter().filter_map(|v| v.as_str()).chain(o.get(key).and_then(Value::as_str)).collect();
        if other || !cut.is_empty() {
            doubt = Some(format!("not all rules of {name} are in the file"));
        }
        expression_note(o, out, &cut);
        rules
    };
    let (rules, defaults) = (list("securityrules"), list("defaultsecurityrules"));
    // A template's group may leave its rules to resources of their own; other tools always write the list.
    let whole = o.names("securityrules") || o.get("properties").is_some_and(Value::is_object);
    if !whole {
        doubt = Some(format!("the file has {name} without its rules"));
    }
    notes.into_iter().for_each(|why| out.note(IssueCode::NetworkPart, why));
    let location = Some(o.text("location").to_owned()).filter(|l| !l.is_empty() && !is_expression(l));
    let ids = |key: &str| o.list(key).into_iter().filter_map(super::value::reference).collect::<Vec<_>>();
    let (subnets, nics) = (ids("subnets"), ids("networkinterfaces"));
    let nsg: &mut Nsg = out.network.nsg_of(&id);
    nsg.name = name;
    nsg.location = location.or(nsg.location.take());
    nsg.subnets.extend(subnets);
    nsg.nics.extend(nics);
    nsg.whole |= whole;
    nsg.doubt = if nsg.whole && !whole { nsg.doubt.take() } else { doubt };
    out.network.put_rules(&id, false, rules);
    out.network.put_rules(&id, true, defaults);
}

/// A rule without its group around it: the group is in its id.
fn lone_rule(o: &Object<'_>, out: &mut Reading) {
    let group = parent(o, "networkSecurityGroups");
    for rule in rules::rule(o) {
        if let Some(why) = &rule.doubt {
            out.note(IssueCode::NetworkPart, format!("rule {}: {why}", rule.name));
        }
        let nsg = out.network.nsg_of(&group);
        if !nsg.whole {
            nsg.doubt.get_or_insert_with(|| format!("only single rules of {} are on file", nsg.name));
        }
        out.network.put_rules(&group, rule.priority >= 65_000, [rule]);
    }
}

/// Reads a list if it is all rules of one group, as `az network nsg rule list` prints it: then there are no others.
pub fn rule_list(list: &[Value], out: &mut Reading) -> bool {
    let rules: Vec<Object<'_>> = list.iter().filter_map(object).filter(rules::is_rule).collect();
    let groups: Vec<ResourceId> = rules.iter().map(|rule| parent(rule, "networkSecurityGroups")).collect();
    let Some(group) = groups.first().filter(|group| !group.0.is_empty()) else { return false };
    // Default rules alone say nothing of the group's own.
    let is_own = |rule: &Object<'_>| rule.number("priority").is_none_or(|priority| priority < 65_000);
    if rules.len() < list.len() || !rules.iter().any(is_own) || groups.iter().any(|other| other != group) {
        return false;
    }
    let nsg = out.network.nsg_of(group);
    nsg.whole = true;
    nsg.doubt = None;
    rules.iter().for_each(|rule| lone_rule(rule, out));
    true
}

fn nic(o: &Object<'_>, out: &mut Reading) {
    let mut addresses = Vec::new();
    let mut doubt = unread(&cut_children(o, "ipconfigurations"))
        .map(|what| format!("not all addresses of {} are in the file: {what}", last(o.text("name"))));
    for config in children(o, "ipconfigurations", out) {
        let text = config.text("privateipaddress");
        let Some(address) = Address::parse(text) else {
            if !text.is_empty() {
                expression_note(o, out, &[text]);
            }
            // An address that Azure gives later, or a template's expression: it has one all the same.
            doubt.get_or_insert(format!("an address of {} is not in the file", last(o.text("name"))));
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
        private_endpoint: o.reference("privateendpoint"),
        doubt,
    };
    out.network.put_nic(nic);
}

#[cfg(test)]
mod tests {
    use crate::rules::services::{Service, recognise};
    use crate::topology::read_network;

    /// A subnet as `az network vnet list` prints it, with one more field.
    fn services(field: &str) -> Vec<Service> {
        let network = format!(
            r#"[{{ "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v",
                "name": "v", "type": "Microsoft.Network/virtualNetworks", "location": "westeurope",
                "addressSpace": {{ "addressPrefixes": ["10.1.0.0/16"] }},
                "subnets": [{{ "name": "snet", "addressPrefix": "10.1.0.0/24", {field} }}] }}]"#
        );
        let read = read_network(network.as_bytes()).network;
        let subnet = &read.networks[0].subnets[0];
        recognise(&read, subnet).into_iter().map(|one| one.service).collect()
    }

    #[test]
    fn a_subnet_names_who_is_in_it_in_many_ways() {
        let id = "/subscriptions/s/resourceGroups/rg/providers";
        let list = |key: &str, kind: &str| format!(r#""{key}": [{{ "id": "{id}/{kind}" }}]"#);
        let gateway = "Microsoft.Network/applicationGateways/agw/gatewayIPConfigurations/c";
        let endpoint = "Microsoft.Network/privateEndpoints/pe";
        for (field, service) in [
            (list("applicationGatewayIPConfigurations", gateway), Service::ApplicationGatewayV2),
            (list("ipConfigurations", gateway), Service::ApplicationGatewayV2),
            (list("privateEndpoints", endpoint), Service::PrivateEndpoints),
            (
                format!(
                    r#""resourceNavigationLinks": [{{ "name": "l", "properties": {{
                        "linkedResourceType": "Microsoft.ApiManagement/service",
                        "link": "{id}/Microsoft.ApiManagement/service/apim" }} }}]"#
                ),
                Service::ApiManagement,
            ),
            (
                format!(
                    r#""serviceAssociationLinks": [{{ "name": "AppServiceLink",
                        "linkedResourceType": "Microsoft.Web/hostingEnvironments",
                        "link": "{id}/Microsoft.Web/hostingEnvironments/ase" }}]"#
                ),
                Service::AppServiceEnvironmentV2,
            ),
            (
                r#""delegations": [{ "properties": { "serviceName": "Microsoft.Sql/managedInstances" } }]"#
                    .to_owned(),
                Service::ManagedInstance,
            ),
        ] {
            assert_eq!(services(&field), [service], "{field}");
        }
        assert_eq!(
            services(r#""serviceAssociationLinks": [{ "link": "aci" }], "privateEndpoints": null"#),
            []
        );
    }
}
