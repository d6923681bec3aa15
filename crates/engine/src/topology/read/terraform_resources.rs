//! The resources of a Terraform plan or state as Azure's own tools write them.

use super::Reading;
use super::terraform::{AFTER_APPLY, Plan};
use azflow_core::ingest::IssueCode;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const GROUP: &str = "azurerm_network_security_group";
const SUBNET: &str = "azurerm_subnet";
const NIC: &str = "azurerm_network_interface";
const TABLE: &str = "azurerm_route_table";
const NETWORK: &str = "azurerm_virtual_network";
const ASG: &str = "azurerm_application_security_group";

/// A resource of a plan or state.
pub(super) struct Resource {
    pub kind: String,
    pub address: String,
    pub values: Map<String, Value>,
    /// Azure's id, or one that is made up of what is known.
    pub id: String,
}

impl Resource {
    pub fn text(&self, key: &str) -> &str {
        self.values.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &Value> {
        self.values.get(key).and_then(Value::as_array).into_iter().flatten()
    }

    /// Those of its values that a plan or state gives: an empty text is none given.
    fn given(&self, key: &str) -> Value {
        given(self.values.get(key))
    }
}

fn given(value: Option<&Value>) -> Value {
    value.filter(|value| value.as_str() != Some("")).cloned().unwrap_or_default()
}

/// Writes the networks' resources, children after their parents.
pub(super) fn write(plan: &Plan, out: &mut Reading) -> Vec<Value> {
    let known = Known::of(plan);
    let of = |kind: &'static str| plan.resources.iter().filter(move |one| one.kind == kind);
    let mut written: Vec<Value> = of(NETWORK).map(|one| network(one, plan)).collect();
    written.extend(of(SUBNET).map(|one| subnet(one, plan, &known)));
    written.extend(of("azurerm_virtual_network_peering").map(|one| peering(one, plan, &known)));
    written.extend(of(NIC).map(|one| nic(one, plan, &known)));
    // A rule whose group can't be told may be any group's.
    let mut open = None;
    let mut rules = Vec::new();
    for one in of("azurerm_network_security_rule") {
        match group_of(one, plan, &known) {
            Some(group) => {
                let mut rule = camel(&one.values);
                rule["id"] = json!(format!("{group}/securityRules/{}", one.text("name")));
                rule["type"] = json!("Microsoft.Network/networkSecurityGroups/securityRules");
                rules.push(rule);
            }
            None => open = Some(format!("the group of {} is known only after apply", one.address)),
        }
    }
    written.extend(of(GROUP).map(|one| group(one, plan, open.as_deref())));
    out_note(out, open);
    written.extend(rules);
    for one in of("azurerm_subnet_network_security_group_association") {
        written.push(placed(one, plan, ("subnet_id", SUBNET), "subnets"));
    }
    for one in of("azurerm_network_interface_security_group_association") {
        written.push(placed(one, plan, ("network_interface_id", NIC), "networkInterfaces"));
    }
    written.extend(of(TABLE).map(|one| route_table(one, plan)));
    for one in of("azurerm_route") {
        let name = [one.text("route_table_name"), one.text("resource_group_name")];
        let of_name = || known.tables.get(&name).copied();
        if let Some(table) = plan.meant(one, "route_table_name", TABLE).or_else(of_name) {
            let mut route = route(&Value::Object(one.values.clone()));
            route["id"] = json!(format!("{}/routes/{}", table.id, one.text("name")));
            written.push(route);
        }
    }
    for one in of("azurerm_network_watcher_flow_log") {
        let target = ["target_resource_id", "network_security_group_id"].map(|key| one.text(key));
        let retention = one.list("retention_policy").next().cloned().unwrap_or_default();
        written.push(json!({ "type": "Microsoft.Network/networkWatchers/flowLogs", "name": one.text("name"), "id": one.text("id"),
            "targetResourceId": if target[0].is_empty() { target[1] } else { target[0] }, "enabled": one.given("enabled"),
            "storageId": one.given("storage_account_id"), "retentionPolicy": retention }));
    }
    written
}

fn out_note(out: &mut Reading, what: Option<String>) {
    if let Some(what) = what {
        out.note(IssueCode::NetworkPart, what);
    }
}

/// Each address of a NIC is in all application security groups of the NIC: more than so many in all are not told one by
/// one, and stand for one that no file has.
const MOST_MEMBERS: usize = 100_000;

/// Resources by what others name them by: the first of each name.
#[derive(Default)]
struct Known<'a> {
    /// By name and resource group in lower case.
    groups: BTreeMap<[String; 2], &'a Resource>,
    /// By name, and resource group in lower case.
    networks: BTreeMap<(&'a str, String), &'a Resource>,
    /// By name and resource group.
    tables: BTreeMap<[&'a str; 2], &'a Resource>,
    /// Associations by kind and the id in lower case of the subnet or NIC.
    at: BTreeMap<(&'a str, String), Vec<&'a Resource>>,
}

impl<'a> Known<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut out = Self::default();
        for one in &plan.resources {
            let name = [one.text("name"), one.text("resource_group_name")];
            match one.kind.as_str() {
                GROUP => {
                    out.groups.entry(name.map(str::to_ascii_lowercase)).or_insert(one);
                }
                NETWORK => {
                    out.networks.entry((name[0], name[1].to_ascii_lowercase())).or_insert(one);
                }
                TABLE => {
                    out.tables.entry(name).or_insert(one);
                }
                kind if kind.starts_with("azurerm_subnet_") => {
                    out.add(one, plan.id_of(one, "subnet_id", SUBNET));
                }
                kind if kind.starts_with("azurerm_network_interface_") => {
                    out.add(one, plan.id_of(one, "network_interface_id", NIC));
                }
                _ => {}
            }
        }
        out
    }

    fn add(&mut self, one: &'a Resource, place: String) {
        self.at.entry((&one.kind, place.to_ascii_lowercase())).or_default().push(one);
    }

    /// The associations of a kind with a subnet or NIC.
    fn at(&self, kind: &'a str, id: &str) -> &[&'a Resource] {
        self.at.get(&(kind, id.to_ascii_lowercase())).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The id of the group of a rule.
fn group_of(rule: &Resource, plan: &Plan, known: &Known<'_>) -> Option<String> {
    let key = "network_security_group_name";
    if let Some(group) = plan.meant(rule, key, GROUP) {
        return Some(group.id.clone());
    }
    let name = rule.text(key);
    let of_name = [name, rule.text("resource_group_name")].map(str::to_ascii_lowercase);
    let found = known.groups.get(&of_name).map(|group| group.id.clone());
    // The group may not be Terraform's own.
    found.or_else(|| {
        let id = rule.text("id");
        let from_id = id.split_once("/securityRules/").map(|(group, _)| group.to_owned());
        from_id.or_else(|| (!name.is_empty() && name != AFTER_APPLY).then(|| name.to_owned()))
    })
}

/// A group's place, of which nothing but the group's id and the place's is told.
fn placed(one: &Resource, plan: &Plan, (key, kind): (&str, &str), list: &str) -> Value {
    let place = plan.id_of(one, key, kind);
    let group = plan.id_of(one, "network_security_group_id", GROUP);
    let name = group.rsplit('/').next().unwrap_or_default();
    json!({ "type": "Microsoft.Network/networkSecurityGroups", "id": group, "name": name, list: [{ "id": place }] })
}

fn network(one: &Resource, plan: &Plan) -> Value {
    let inline: Vec<Value> = one
        .list("subnet")
        .map(|subnet| {
            let id = given(subnet.get("id"));
            let id = if id.as_str().is_none_or(|id| !id.starts_with('/')) {
                json!(format!("{}/subnets/{}", one.id, subnet.get("name").and_then(Value::as_str).unwrap_or_default()))
            } else {
                id
            };
            json!({ "id": id, "name": given(subnet.get("name")), "addressPrefix": given(subnet.get("address_prefix")),
                "addressPrefixes": given(subnet.get("address_prefixes")), "networkSecurityGroup": given(subnet.get("security_group")) })
        })
        .collect();
    // Before the first apply Terraform doesn't know them even where none are configured.
    let is_open =
        one.text("subnet") == AFTER_APPLY && (!plan.is_configured || plan.configures(one, "subnet"));
    let inline = if is_open { json!(AFTER_APPLY) } else { Value::Array(inline) };
    json!({ "type": "Microsoft.Network/virtualNetworks", "id": one.id, "name": one.text("name"), "location": one.given("location"),
        "addressSpace": { "addressPrefixes": one.given("address_space") }, "subnets": inline })
}

fn subnet(one: &Resource, plan: &Plan, known: &Known<'_>) -> Value {
    let associated = |kind: &'static str, key: &str, target: &str| {
        let first = known.at(kind, &one.id).first();
        first.map(|other| json!(plan.id_of(other, key, target))).unwrap_or_default()
    };
    json!({ "type": "Microsoft.Network/virtualNetworks/subnets", "id": one.id, "name": one.text("name"),
        "addressPrefix": one.given("address_prefix"), "addressPrefixes": one.given("address_prefixes"),
        "networkSecurityGroup": associated("azurerm_subnet_network_security_group_association", "network_security_group_id", GROUP),
        "routeTable": associated("azurerm_subnet_route_table_association", "route_table_id", TABLE),
        "privateEndpointNetworkPolicies": one.given("private_endpoint_network_policies") })
}

fn peering(one: &Resource, plan: &Plan, known: &Known<'_>) -> Value {
    let network = match plan.meant(one, "virtual_network_name", NETWORK) {
        Some(network) => network.id.clone(),
        None => {
            let name = one.text("virtual_network_name");
            let of_name = (name, one.text("resource_group_name").to_ascii_lowercase());
            known.networks.get(&of_name).map_or(name, |network| &network.id).to_owned()
        }
    };
    let mut out = camel(&one.values);
    out["type"] = json!("Microsoft.Network/virtualNetworks/virtualNetworkPeerings");
    out["id"] = json!(format!("{network}/virtualNetworkPeerings/{}", one.text("name")));
    out["remoteVirtualNetwork"] = json!({ "id": plan.id_of(one, "remote_virtual_network_id", NETWORK) });
    out
}

fn nic(one: &Resource, plan: &Plan, known: &Known<'_>) -> Value {
    let members = known.at("azurerm_network_interface_application_security_group_association", &one.id);
    let addresses = one.list("ip_configuration").count();
    let asgs: Vec<Value> = if members.len().saturating_mul(addresses) > MOST_MEMBERS {
        vec![json!({ "id": format!("[{} application security groups]", members.len()) })]
    } else {
        let id = |other: &&Resource| plan.id_of(other, "application_security_group_id", ASG);
        members.iter().map(|other| json!({ "id": id(other) })).collect()
    };
    let group = known.at("azurerm_network_interface_security_group_association", &one.id).first();
    let group = group.map(|other| json!(plan.id_of(other, "network_security_group_id", GROUP)));
    let configs: Vec<Value> = one
        .list("ip_configuration")
        .map(|config| {
            json!({ "privateIPAddress": given(config.get("private_ip_address")), "subnet": given(config.get("subnet_id")),
                "publicIPAddress": given(config.get("public_ip_address_id")), "primary": given(config.get("primary")),
                "applicationSecurityGroups": asgs })
        })
        .collect();
    let either = |a: &str, b: &str| if one.given(a).is_null() { one.given(b) } else { one.given(a) };
    json!({ "type": "Microsoft.Network/networkInterfaces", "id": one.id, "name": one.text("name"), "macAddress": one.given("mac_address"),
        "virtualMachine": one.given("virtual_machine_id"), "networkSecurityGroup": group, "ipConfigurations": configs,
        "enableIPForwarding": either("ip_forwarding_enabled", "enable_ip_forwarding"),
        "enableAcceleratedNetworking": either("accelerated_networking_enabled", "enable_accelerated_networking") })
}

/// A group with the rules that stand in it. Before the first apply Terraform doesn't know them where they are resources
/// of their own; the configuration tells that from rules that are not known yet.
fn group(one: &Resource, plan: &Plan, open: Option<&str>) -> Value {
    let is_told = one.values.get("security_rule").is_some_and(Value::is_array);
    let none_in_it = plan.is_configured && !plan.configures(one, "security_rule");
    let rules = match (open, is_told || none_in_it) {
        (None, true) => Value::Array(
            one.list("security_rule").map(|rule| rule.as_object().map_or(Value::Null, camel)).collect(),
        ),
        (Some(open), _) => json!(format!("[{open}]")),
        (None, false) => json!(AFTER_APPLY),
    };
    json!({ "type": "Microsoft.Network/networkSecurityGroups", "id": one.id, "name": one.text("name"), "location": one.given("location"),
        "securityRules": rules })
}

fn route_table(one: &Resource, plan: &Plan) -> Value {
    let is_told = one.values.get("route").is_some_and(Value::is_array);
    let none_in_it = plan.is_configured && !plan.configures(one, "route");
    let routes =
        if is_told || none_in_it { one.list("route").map(route).collect() } else { json!(AFTER_APPLY) };
    let propagates = one.values.get("bgp_route_propagation_enabled").and_then(Value::as_bool);
    json!({ "type": "Microsoft.Network/routeTables", "id": one.id, "name": one.text("name"), "routes": routes,
        "disableBgpRoutePropagation": propagates.map_or_else(|| one.given("disable_bgp_route_propagation"), |on| json!(!on)) })
}

fn route(value: &Value) -> Value {
    json!({ "name": given(value.get("name")), "addressPrefix": given(value.get("address_prefix")),
        "nextHopType": given(value.get("next_hop_type")), "nextHopIpAddress": given(value.get("next_hop_in_ip_address")) })
}

/// A block with Azure's own keys. Empty texts and lists are what Terraform writes where nothing is given.
fn camel(map: &Map<String, Value>) -> Value {
    let kept = map.iter().filter(|(_, value)| value.as_str() != Some(""));
    Value::Object(kept.map(|(key, value)| (camel_key(key), value.clone())).collect())
}

fn camel_key(key: &str) -> String {
    let key = key.replace("security_group_ids", "security_groups");
    let mut parts = key.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}
