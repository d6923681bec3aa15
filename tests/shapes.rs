//! Shapes in which Azure's tools and others write a network down: each is read for what it says, or named.
//!
//! Every case here is a kind: beside what led to it stand its siblings.

mod support;

use azflow_core::model::Network;
use azflow_engine::rules::{RuleSet, Ruling, World, decide};
use azflow_engine::topology::{combine_networks, read_network};
use serde_json::{Value, json};
use support::rules::{ALLOW, DENY, tcp};

const NET: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";

fn id(kind: &str, name: &str) -> String {
    format!("{NET}/{kind}/{name}")
}

fn read(value: &Value) -> Network {
    read_network(value.to_string().as_bytes()).network
}

fn combined(files: &[&Value]) -> Network {
    let files: Vec<(String, Network)> =
        files.iter().enumerate().map(|(at, file)| (format!("{at}.json"), read(file))).collect();
    combine_networks(&files).network
}

fn decided(network: &Network, src: &str, dst: &str, port: u16) -> Ruling {
    decide(&RuleSet::of(network), &World::new(network), tcp(src, dst, port)).0
}

fn open(ruling: Ruling, reason: &str) {
    assert!(matches!(&ruling, Ruling::Undecidable(why) if why.contains(reason)), "{ruling:?}, not {reason}");
}

/// The network with subnets app (10.0.1.0/24, with group nsg-app) and web (10.0.3.0/24).
fn vnet() -> Value {
    json!([{ "id": id("virtualNetworks", "vnet-a"), "name": "vnet-a", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [
            { "id": id("virtualNetworks", "vnet-a/subnets/app"), "name": "app", "addressPrefix": "10.0.1.0/24",
                "networkSecurityGroup": { "id": id("networkSecurityGroups", "nsg-app") } },
            { "id": id("virtualNetworks", "vnet-a/subnets/web"), "name": "web", "addressPrefix": "10.0.3.0/24" }] }])
}

/// An effective rule as az writes it.
fn effective_rule(name: &str, priority: u16, access: &str, source: &str, ports: &str) -> Value {
    json!({ "name": name, "protocol": "All", "sourcePortRange": "0-65535", "destinationPortRange": ports, "sourceAddressPrefix": source,
        "destinationAddressPrefix": "0.0.0.0/0", "access": access, "priority": priority, "direction": "Inbound" })
}

fn effective(rules: Value) -> Value {
    json!({ "value": [{ "networkSecurityGroup": { "id": id("networkSecurityGroups", "nsg-app") },
        "association": { "subnet": { "id": id("virtualNetworks", "vnet-a/subnets/app") } }, "effectiveSecurityRules": rules }] })
}

#[test]
fn effective_rules_are_one_group_and_say_what_tags_hold() {
    let expanded = ["10.0.0.0/16", "10.1.1.0/24", "168.63.129.16/32"];
    let mut of_network =
        effective_rule("defaultSecurityRules/AllowVnetInBound", 65000, "Allow", "VirtualNetwork", "0-65535");
    of_network["destinationAddressPrefix"] = json!("VirtualNetwork");
    of_network["expandedSourceAddressPrefix"] = json!(expanded);
    of_network["expandedDestinationAddressPrefix"] = json!(expanded);
    let mut of_storage = effective_rule("securityRules/no-storage", 110, "Deny", "Storage", "0-65535");
    of_storage["expandedSourceAddressPrefix"] = json!(["52.239.0.0/16"]);
    let rules = json!([
        effective_rule("securityRules/AllowWeb", 100, "Allow", "10.0.3.0/24", "443-443"),
        of_storage,
        effective_rule("securityRules/no-ssh", 120, "Deny", "0.0.0.0/0", "22-22"),
        of_network
    ]);
    let file = effective(rules);
    let network = combined(&[&file, &vnet()]);
    let names: Vec<&str> = network.nsgs.iter().map(|nsg| nsg.name.as_str()).collect();
    assert_eq!(names, ["nsg-app"]);
    let nsg = &network.nsgs[0];
    let rules: Vec<&str> = nsg.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(
        (rules, nsg.whole, nsg.doubt.as_deref()),
        (vec!["AllowWeb", "no-storage", "no-ssh"], true, None)
    );
    assert_eq!(nsg.subnets[0].name(), "app");
    assert_eq!(nsg.rules[2].protocol, None);
    let tags: Vec<(&str, usize)> =
        network.effective.iter().map(|tag| (tag.tag.as_str(), tag.prefixes.len())).collect();
    assert_eq!(tags, [("Storage", 1), ("VirtualNetwork", 3)]);
    assert_eq!(network.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["Storage"]);
    let ask = |src: &str, port| decided(&network, src, "10.0.1.4", port);
    assert_eq!((ask("10.0.3.4", 443), ask("10.0.3.4", 22), ask("10.1.1.9", 80)), (ALLOW, DENY, ALLOW));
    // Azure listed all of VirtualNetwork, so what isn't in it is denied by the defaults, of which the file lacks the last.
    assert_eq!((ask("10.1.2.9", 80), ask("52.239.1.1", 443)), (DENY, DENY));
    // A file of tags goes before, whichever comes first.
    let own = json!({ "changeNumber": 1, "cloud": "Public", "values": [{ "name": "Storage", "properties": { "addressPrefixes": ["20.0.0.0/8"] } }] });
    for files in [[&file, &own], [&own, &file]] {
        let tags = combined(&files).tags;
        assert_eq!(tags.iter().map(|tag| tag.prefixes[0].to_string()).collect::<Vec<_>>(), ["20.0.0.0/8"]);
    }
}

#[test]
fn effective_rules_of_powershell_and_cut_ones() {
    let file = json!([{ "NetworkSecurityGroup": { "Id": id("networkSecurityGroups", "nsg-app") },
        "Association": { "Subnet": null, "NetworkInterface": { "Id": id("networkInterfaces", "nic") } },
        "EffectiveSecurityRules": [
            { "Name": "securityRules/no-web", "Protocol": "Tcp", "SourcePortRange": ["0-65535"], "DestinationPortRange": ["80-80", "443-443"],
              "SourceAddressPrefix": ["0.0.0.0/0", "0.0.0.0/0"], "DestinationAddressPrefix": ["10.0.1.0/24"], "ExpandedSourceAddressPrefix": [],
              "ExpandedDestinationAddressPrefix": [], "Access": "Deny", "Priority": 100, "Direction": "Inbound" }] }]);
    let network = read(&file);
    assert_eq!((network.nsgs.len(), network.nsgs[0].nics.len(), network.nsgs[0].rules.len()), (1, 1, 1));
    let rule = &network.nsgs[0].rules[0];
    assert_eq!(
        (rule.name.as_str(), rule.destination_ports.len(), rule.doubt.as_deref()),
        ("no-web", 2, None)
    );
    // What `*` means for IPv6 isn't told.
    let group = |rules: Value| combined(&[&effective(rules), &vnet()]);
    let any = group(json!([effective_rule("securityRules/none", 100, "Deny", "0.0.0.0/0", "0-65535")]));
    assert_eq!(decided(&any, "10.0.3.4", "10.0.1.4", 22), DENY);
    for cut in [json!("System.Object[]"), json!(["@{Name=securityRules/no-ssh}"]), json!(null)] {
        open(decided(&group(cut), "10.0.3.4", "10.0.1.4", 22), "not all rules of nsg-app");
    }
}

#[test]
fn effective_routes_are_passed_over_by_name() {
    let routes = json!({ "value": [{ "source": "Default", "state": "Active", "addressPrefix": ["10.0.0.0/16"], "nextHopType": "VnetLocal", "nextHopIpAddress": [] }] });
    let file = read_network(routes.to_string().as_bytes());
    assert!(file.is_empty());
    assert!(
        file.notes
            .iter()
            .any(|(_, note)| note.contains("effective routes") && note.contains("route-table list"))
    );
}

#[test]
fn an_id_under_any_key_tells_resources_of_one_name_apart() {
    for key in ["id", "Id", "ResourceId", "resourceId", "RESOURCEID"] {
        let one = |group: &str, prefix: &str, other: &str| {
            let id = |group: &str| {
                format!(
                    "/subscriptions/a/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/vnet"
                )
            };
            let nsg = json!({ key: format!("/subscriptions/a/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/g") });
            let mut one = json!({ "ResourceName": "vnet", "Name": "vnet", "ResourceType": "Microsoft.Network/virtualNetworks", "Properties": {
                "addressSpace": { "addressPrefixes": [format!("{prefix}.0.0/16")] },
                "subnets": [{ "name": "s", "properties": { "addressPrefix": format!("{prefix}.0.0/24"), "networkSecurityGroup": nsg } }],
                "virtualNetworkPeerings": [{ "name": "p", "properties": { "peeringState": "Connected", "remoteVirtualNetwork": { key: id(other) } } }] } });
            one[key] = json!(id(group));
            one
        };
        let network = read(&json!([one("g1", "10.1", "g2"), one("g2", "10.2", "g1")]));
        assert_eq!(network.networks.len(), 2, "{key}");
        for (at, found) in network.networks.iter().enumerate() {
            let counts = (found.prefixes[0].to_string(), found.subnets.len(), found.peerings.len());
            assert_eq!(counts, (format!("10.{}.0.0/16", at + 1), 1, 1), "{key}");
            assert_eq!(found.peerings[0].remote, network.networks[1 - at].id, "{key}");
            assert!(
                found.subnets[0].nsg.as_ref().is_some_and(|nsg| nsg.0.contains(&format!("/g{}/", at + 1))),
                "{key}"
            );
        }
    }
    // A record of a log names a group or network, and is none.
    for kind in ["networkSecurityGroups", "virtualNetworks", "routeTables", "networkInterfaces"] {
        let record = json!({ "records": [{ "time": "2026-11-02T10:00:00Z", "category": "x", "resourceId": id(kind, "one"), "properties": { "flows": [] } }] });
        assert!(read_network(record.to_string().as_bytes()).is_empty(), "{kind}");
    }
    // Rows of Resource Graph, and a group whose id is under its other key.
    let rows = json!({ "count": 1, "data": [{ "resourceId": id("networkSecurityGroups", "nsg"), "type": "microsoft.network/networksecuritygroups", "name": "nsg",
        "properties": { "securityRules": [] } }], "skip_token": null });
    assert_eq!(read(&rows).nsgs[0].id.0, id("networkSecurityGroups", "nsg"));
}

fn rule(name: &str, access: &str, port: &str) -> Value {
    json!({ "name": name, "properties": { "priority": 100, "direction": "Inbound", "access": access, "protocol": "Tcp", "sourceAddressPrefix": "*",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port } })
}

/// A template whose names are parameters, as the portal exports it; rules are resources of their own.
fn template(group: &str, rules: Value) -> Value {
    json!({ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": { "nsg": { "defaultValue": "web-nsg", "type": "String" }, "vnet": { "defaultValue": "vnet1", "type": "String" }, "open": { "type": "String" } },
        "variables": { "both": "[concat(parameters('vnet'), '/web')]" },
        "resources": [
            { "type": "Microsoft.Network/networkSecurityGroups", "name": group, "location": "[resourceGroup().location]", "properties": rules },
            { "type": "Microsoft.Network/networkSecurityGroups/securityRules", "name": "[concat(parameters('nsg'), '/SSH')]", "properties": rule("SSH", "Deny", "22")["properties"] },
            { "type": "Microsoft.Network/virtualNetworks", "name": "[parameters('vnet')]", "properties": { "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
                "subnets": [{ "name": "db", "properties": { "addressPrefix": "10.1.1.0/24" } }] } },
            { "type": "Microsoft.Network/virtualNetworks/subnets", "name": "[variables('both')]", "properties": { "addressPrefix": "10.1.0.0/24",
                "networkSecurityGroup": { "id": "[resourceId('Microsoft.Network/networkSecurityGroups', parameters('nsg'))]" } } }] })
}

#[test]
fn names_of_a_template_are_its_parameters_values() {
    let read_in = |template: &Value| {
        let network = read(template);
        let groups: Vec<String> = network.nsgs.iter().map(|nsg| nsg.name.clone()).collect();
        let nets: Vec<(String, usize)> =
            network.networks.iter().map(|one| (one.name.clone(), one.subnets.len())).collect();
        (network, groups, nets)
    };
    for rules in
        [json!({ "securityRules": [rule("SSH", "Deny", "22")] }), json!({}), json!({ "securityRules": [] })]
    {
        let (network, groups, nets) = read_in(&template("[parameters('nsg')]", rules));
        assert_eq!((groups, nets), (vec!["web-nsg".to_owned()], vec![("vnet1".to_owned(), 2)]));
        assert_eq!(network.nsgs[0].rules.len(), 1);
        let ask = |src: &str, port| decided(&network, src, "10.1.0.4", port);
        assert_eq!((ask("10.1.1.9", 22), ask("10.1.1.9", 80), ask("203.0.113.9", 22)), (DENY, ALLOW, DENY));
    }
    // Rules within the group's own resources, and resources by symbolic name.
    let mut within = template("[parameters('nsg')]", json!({}));
    let child = json!({ "type": "securityRules", "name": "SSH", "properties": rule("SSH", "Deny", "22")["properties"] });
    within["resources"][0]["resources"] = json!([child]);
    within["resources"].as_array_mut().unwrap().remove(1);
    let (network, ..) = read_in(&within);
    assert_eq!(decided(&network, "10.1.1.9", "10.1.0.4", 22), DENY);
    let named: serde_json::Map<String, Value> = within["resources"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(at, r)| (format!("r{at}"), r.clone()))
        .collect();
    within["resources"] = Value::Object(named);
    let (network, ..) = read_in(&within);
    assert_eq!(decided(&network, "10.1.1.9", "10.1.0.4", 22), DENY);
}

#[test]
fn what_only_a_deployment_resolves_stays_open() {
    let ask = |template: &Value| decided(&read(template), "10.1.1.9", "10.1.0.4", 80);
    let whole = template("[parameters('nsg')]", json!({ "securityRules": [] }));
    assert_eq!(ask(&whole), ALLOW);
    // A group, a rule, a rule's port, and whether a rule exists.
    let group = template("[concat(parameters('open'), '-nsg')]", json!({ "securityRules": [] }));
    assert!(matches!(ask(&group), Ruling::Undecidable(_)));
    for (key, value) in [
        ("name", json!("[concat(parameters('open'), '/SSH')]")),
        ("condition", json!("[equals(1, 1)]")),
        ("properties", json!("[variables('rule')]")),
    ] {
        let mut changed = whole.clone();
        changed["resources"][1][key] = value;
        assert!(matches!(ask(&changed), Ruling::Undecidable(_)), "{key}: {:?}", ask(&changed));
    }
    let mut port = whole.clone();
    port["resources"][1]["properties"]["destinationPortRange"] = json!("[parameters('open')]");
    assert!(matches!(ask(&port), Ruling::Undecidable(_)));
    let mut off = whole.clone();
    off["resources"][1]["condition"] = json!(false);
    assert_eq!(decided(&read(&off), "10.1.1.9", "10.1.0.4", 22), ALLOW);
    // Rules that a loop makes.
    let looped = template(
        "[parameters('nsg')]",
        json!({ "copy": [{ "name": "securityRules", "count": 3, "input": {} }] }),
    );
    open(ask(&looped), "not all rules of web-nsg");
}

#[test]
fn a_deployment_within_a_template_has_its_own_parameters() {
    let inner = template("[parameters('nsg')]", json!({ "securityRules": [] }));
    let module = |scope: &str, given: Value| {
        json!({ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
            "parameters": { "nsg": { "defaultValue": "outer-nsg" }, "vnet": { "defaultValue": "outer-net" } }, "variables": { "both": "outer-net/web" },
            "resources": [{ "type": "Microsoft.Resources/deployments", "name": "m", "properties": {
                "expressionEvaluationOptions": { "scope": scope }, "parameters": given, "template": inner } }] })
    };
    let names = |network: Network| (network.nsgs[0].name.clone(), network.networks[0].name.clone());
    let given = json!({ "nsg": { "value": "[parameters('nsg')]" } });
    assert_eq!(names(read(&module("inner", given))), ("outer-nsg".to_owned(), "vnet1".to_owned()));
    assert_eq!(names(read(&module("Outer", json!({})))), ("outer-nsg".to_owned(), "outer-net".to_owned()));
}

#[test]
fn a_template_joins_the_network_that_it_deployed() {
    let live = json!([{ "id": id("virtualNetworks", "vnet1"), "name": "vnet1", "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] }, "subnets": [] }]);
    let other = json!([{ "id": "/subscriptions/s/resourceGroups/far/providers/Microsoft.Network/virtualNetworks/vnet1", "name": "vnet1",
        "addressSpace": { "addressPrefixes": ["10.9.0.0/16"] }, "subnets": [] }]);
    let template = template("[parameters('nsg')]", json!({}));
    assert_eq!(combined(&[&template, &live]).networks.len(), 1);
    // Which of two it is can't be told.
    assert_eq!(combined(&[&template, &live, &other]).networks.len(), 3);
}

#[test]
fn a_list_of_rules_is_whole_and_one_rule_is_not() {
    let lone = |name: &str, group: &str| {
        let mut rule = rule(name, "Deny", "22");
        rule["id"] = json!(id("networkSecurityGroups", &format!("{group}/securityRules/{name}")));
        rule
    };
    let ask = |rules: &Value| decided(&combined(&[&vnet(), rules]), "10.0.3.9", "10.0.1.4", 80);
    let list = json!([lone("a", "nsg-app"), lone("b", "nsg-app")]);
    for whole in [
        list.clone(),
        json!([lone("a", "nsg-app")]),
        json!({ "value": list }),
        json!({ "value": list, "Count": 2 }),
        json!({ "value": list, "nextLink": null }),
    ] {
        assert_eq!(ask(&whole), ALLOW, "{whole}");
    }
    for part in [lone("a", "nsg-app"), json!([lone("a", "nsg-app"), lone("b", "nsg-other")])] {
        open(ask(&part), "only single rules of nsg-app");
    }
    // With the group itself on file, a rule only adds to it.
    let group =
        json!({ "id": id("networkSecurityGroups", "nsg-app"), "name": "nsg-app", "securityRules": [] });
    for files in [[&vnet(), &group, &lone("a", "nsg-app")], [&lone("a", "nsg-app"), &vnet(), &group]] {
        assert_eq!(decided(&combined(&files), "10.0.3.9", "10.0.1.4", 80), ALLOW);
    }
}

/// A plan with inline rules, a rule of its own, and an association; ids are known or not.
fn plan(group: Value) -> Value {
    json!({ "format_version": "1.2", "terraform_version": "1.9.5", "planned_values": { "root_module": {
        "resources": [
            { "address": "azurerm_network_security_group.app", "mode": "managed", "type": "azurerm_network_security_group", "name": "app", "values": group },
            { "address": "azurerm_subnet_network_security_group_association.app", "type": "azurerm_subnet_network_security_group_association", "name": "app",
              "values": { "subnet_id": id("virtualNetworks", "vnet-a/subnets/app"), "network_security_group_id": id("networkSecurityGroups", "nsg-app") } }],
        "child_modules": [{ "address": "module.m", "resources": [
            { "address": "module.m.azurerm_network_security_rule.sql", "type": "azurerm_network_security_rule", "name": "sql",
              "values": { "name": "NoSql", "network_security_group_name": "nsg-app", "resource_group_name": "rg", "priority": 110, "direction": "Inbound",
                "access": "Deny", "protocol": "Tcp", "source_port_range": "*", "destination_port_range": "1433", "source_address_prefix": "10.0.3.0/24",
                "destination_address_prefix": "*" } }] }] } } })
}

fn inline_group() -> Value {
    json!({ "name": "nsg-app", "resource_group_name": "rg", "location": "westeurope", "security_rule": [
        { "name": "NoWeb", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "Tcp", "source_port_range": "*", "source_port_ranges": [],
          "destination_port_range": "", "destination_port_ranges": ["443", "80"], "source_address_prefix": "", "source_address_prefixes": ["10.0.3.0/24"],
          "destination_address_prefix": "*", "destination_address_prefixes": [], "source_application_security_group_ids": null,
          "destination_application_security_group_ids": [], "description": "" }] })
}

#[test]
fn a_terraform_plan_is_one_group_at_its_subnet() {
    let network = combined(&[&plan(inline_group()), &vnet()]);
    let group = &network.nsgs[0];
    let rules: Vec<(&str, usize, Option<&str>)> = group
        .rules
        .iter()
        .map(|rule| (rule.name.as_str(), rule.destination_ports.len(), rule.doubt.as_deref()))
        .collect();
    assert_eq!((network.nsgs.len(), rules), (1, vec![("NoWeb", 2, None), ("NoSql", 1, None)]));
    assert_eq!((group.whole, group.doubt.as_deref(), group.subnets[0].name()), (true, None, "app"));
    let ask = |network: &Network, src: &str, port| decided(network, src, "10.0.1.4", port);
    let asked = |network: &Network| {
        [(80, "10.0.3.4"), (1433, "10.0.3.4"), (22, "10.0.3.4"), (80, "10.0.1.9")]
            .map(|(port, src)| ask(network, src, port))
    };
    assert_eq!(asked(&network), [DENY, DENY, ALLOW, ALLOW]);
    // The same as a state, and as the state file.
    let mut state = plan(inline_group());
    state["values"] = state["planned_values"].take();
    state.as_object_mut().unwrap().remove("planned_values");
    assert_eq!(asked(&combined(&[&state, &vnet()])), [DENY, DENY, ALLOW, ALLOW]);
    let root = &state["values"]["root_module"];
    let resources: Vec<Value> = [&root["resources"][0], &root["resources"][1], &root["child_modules"][0]["resources"][0]]
        .iter().map(|r| json!({ "mode": "managed", "type": r["type"], "name": r["name"], "instances": [{ "attributes": r["values"] }] })).collect();
    let file = json!({ "version": 4, "terraform_version": "1.9.5", "serial": 1, "resources": resources });
    assert_eq!(asked(&combined(&[&file, &vnet()])), [DENY, DENY, ALLOW, ALLOW]);
}

#[test]
fn what_terraform_knows_only_after_apply_is_unknown() {
    let ask = |plan: &Value, port| decided(&combined(&[plan, &vnet()]), "10.0.3.4", "10.0.1.4", port);
    let with_changes = |group: Value, address: &str, unknown: Value| {
        let mut plan = plan(group);
        plan["resource_changes"] = json!([{ "address": address, "change": { "after_unknown": unknown } }]);
        plan
    };
    let group = "azurerm_network_security_group.app";
    let rule = "module.m.azurerm_network_security_rule.sql";
    // Without its rules a group may have any, unless the configuration gives it none.
    let bare = json!({ "name": "nsg-app", "resource_group_name": "rg", "location": "westeurope" });
    let mut created = with_changes(bare, group, json!({ "security_rule": true, "id": true }));
    open(ask(&created, 22), "not all rules of nsg-app");
    created["configuration"] =
        json!({ "root_module": { "resources": [{ "address": group, "expressions": { "name": {} } }] } });
    assert_eq!((ask(&created, 22), ask(&created, 1433)), (ALLOW, DENY));
    // A rule's port, source, and group.
    let port = with_changes(inline_group(), rule, json!({ "destination_port_range": true }));
    open(ask(&port, 22), "known after apply");
    let source = with_changes(inline_group(), rule, json!({ "source_address_prefix": true }));
    assert!(matches!(ask(&source, 1433), Ruling::Undecidable(_)));
    assert_eq!(ask(&source, 22), ALLOW);
    let inline = with_changes(
        inline_group(),
        group,
        json!({ "security_rule": [{ "source_address_prefixes": true }] }),
    );
    assert!(matches!(ask(&inline, 80), Ruling::Undecidable(_)));
    let of = with_changes(inline_group(), rule, json!({ "network_security_group_name": true }));
    open(ask(&of, 22), "not all rules of nsg-app");
    // Where the group is applied: the configuration tells, or it may be anywhere.
    let association = "azurerm_subnet_network_security_group_association.app";
    let nowhere = with_changes(inline_group(), association, json!({ "subnet_id": true }));
    let plain = json!([{ "id": id("virtualNetworks", "vnet-b"), "name": "vnet-b", "addressSpace": { "addressPrefixes": ["10.5.0.0/16"] },
        "subnets": [{ "id": id("virtualNetworks", "vnet-b/subnets/x"), "name": "x", "addressPrefix": "10.5.1.0/24" }] }]);
    assert!(read(&nowhere).nsgs[0].subnets.iter().all(|subnet| subnet.name() != "app"));
    assert_eq!(combined(&[&nowhere, &plain]).nsgs.len(), 1);
}

#[test]
fn a_first_apply_meets_by_what_the_configuration_names() {
    let resource = |kind: &str, name: &str, values: Value| json!({ "address": format!("{kind}.{name}"), "type": kind, "name": name, "values": values });
    let unknown = |kind: &str, name: &str, unknown: Value| json!({ "address": format!("{kind}.{name}"), "change": { "after_unknown": unknown } });
    let (net, subnet, group, link) = (
        "azurerm_virtual_network",
        "azurerm_subnet",
        "azurerm_network_security_group",
        "azurerm_subnet_network_security_group_association",
    );
    let mut group_values = inline_group();
    group_values["security_rule"][0]["source_address_prefixes"] = json!(["10.0.0.0/16"]);
    let plan = json!({ "terraform_version": "1.9.5",
        "planned_values": { "root_module": { "resources": [
            resource(net, "n", json!({ "name": "n", "resource_group_name": "rg", "address_space": ["10.0.0.0/16"] })),
            resource(subnet, "a", json!({ "name": "a", "resource_group_name": "rg", "virtual_network_name": "n", "address_prefixes": ["10.0.1.0/24"] })),
            resource(subnet, "b", json!({ "name": "b", "resource_group_name": "rg", "virtual_network_name": "n", "address_prefixes": ["10.0.2.0/24"] })),
            resource(group, "app", group_values), resource(link, "l", json!({}))] } },
        "resource_changes": [unknown(net, "n", json!({ "id": true, "subnet": true })), unknown(subnet, "a", json!({ "id": true })), unknown(subnet, "b", json!({ "id": true })),
            unknown(group, "app", json!({ "id": true })), unknown(link, "l", json!({ "subnet_id": true, "network_security_group_id": true }))],
        "configuration": { "root_module": { "resources": [
            { "address": "azurerm_network_security_group.app", "expressions": { "security_rule": [{}] } },
            { "address": format!("{link}.l"), "expressions": { "subnet_id": { "references": ["azurerm_subnet.a.id", "azurerm_subnet.a"] },
                "network_security_group_id": { "references": ["azurerm_network_security_group.app.id", "azurerm_network_security_group.app"] } } }] } } });
    let network = read(&plan);
    assert_eq!((network.networks.len(), network.networks[0].subnets.len(), network.nsgs.len()), (1, 2, 1));
    let ask = |dst: &str| decided(&network, "10.0.2.9", dst, 80);
    assert_eq!((ask("10.0.1.4"), ask("10.0.2.4")), (DENY, ALLOW));
}

#[test]
fn a_plan_of_other_things_is_named() {
    let plan = json!({ "terraform_version": "1.9.5", "planned_values": { "root_module": { "resources": [
        { "address": "aws_vpc.a", "type": "aws_vpc", "name": "a", "values": { "cidr_block": "10.0.0.0/16" } }] } } });
    let file = read_network(plan.to_string().as_bytes());
    assert!(
        file.is_empty()
            && file
                .notes
                .iter()
                .any(|(_, note)| note.contains("Terraform") && note.contains("az network nsg list"))
    );
}

#[test]
fn flow_logs_say_what_is_logged() {
    let log = |name: &str, target: String, enabled: bool, days: u32| {
        json!({ "name": name, "type": "Microsoft.Network/networkWatchers/flowLogs", "location": "westeurope", "enabled": enabled, "targetResourceId": target,
            "storageId": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st", "retentionPolicy": { "days": days, "enabled": days > 0 },
            "recordTypes": "B,E", "enabledFilteringCriteria": "dstPort == 443" })
    };
    let net = |name: &str, region: &str| {
        json!({ "id": id("virtualNetworks", name), "name": name, "location": region, "addressSpace": { "addressPrefixes": [] },
        "subnets": [{ "id": id("virtualNetworks", &format!("{name}/subnets/s")), "name": "s" }] })
    };
    let nets = json!(
        ["a", "b", "c", "d"]
            .map(|name| net(name, "WestEurope"))
            .into_iter()
            .chain([net("far", "eastus")])
            .collect::<Vec<_>>()
    );
    let logs = json!([
        log("la", id("virtualNetworks", "a"), true, 0),
        log("lb", id("virtualNetworks", "b"), false, 30),
        log("lc", id("virtualNetworks", "c/subnets/s"), true, 7),
        log("nsg", id("networkSecurityGroups", "g"), true, 7)
    ]);
    for logs in [logs.clone(), json!({ "value": logs })] {
        let document: Value =
            serde_json::from_str(&azflow_engine::export::network(&combined(&[&logs, &nets]), &[])).unwrap();
        let states: Vec<_> = document["networks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["flow_log"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["on", "off", "part", "none", "unknown"]);
        let logs = document["flow_logs"].as_array().unwrap();
        let ends: Vec<_> = logs
            .iter()
            .map(|log| (log["kind"].as_str().unwrap(), log["ends"].as_str(), log["retention_days"].as_u64()))
            .collect();
        assert_eq!(ends.len(), 4);
        assert!(
            ends.contains(&("nsg", Some("2027-09-30"), Some(7)))
                && ends.contains(&("network", None, Some(0)))
        );
        assert_eq!((&logs[0]["record_types"], &logs[0]["filter"]), (&json!("B,E"), &json!("dstPort == 443")));
    }
    // Without any list nothing is known.
    let document: Value = serde_json::from_str(&azflow_engine::export::network(&read(&nets), &[])).unwrap();
    assert_eq!(document["networks"][0]["flow_log"], "unknown");
}

#[test]
fn files_of_the_same_job_are_named() {
    let portal = "\"PRIORITY\",\"NAME\",\"PORT\",\"PROTOCOL\",\"SOURCE\",\"DESTINATION\",\"ACTION\"\n\"100\",\"AllowWeb\",\"80,443\",\"TCP\",\"10.0.3.0/24\",\"10.0.1.0/24\",\"Allow\"\n";
    let typed = "#TYPE Microsoft.Azure.Commands.Network.Models.PSSecurityRule\n\"Protocol\",\"SourcePortRange\",\"DestinationPortRange\",\"SourceAddressPrefix\",\"DestinationAddressPrefix\",\"Access\",\"Priority\",\"Direction\",\"Name\"\n\"TCP\",\"System.Collections.Generic.List`1[System.String]\",\"x\",\"x\",\"x\",\"Allow\",\"100\",\"Inbound\",\"AllowWeb\"\n";
    let routes = r#"{"value":[{"source":"Default","state":"Active","addressPrefix":["10.0.0.0/16"],"nextHopType":"VnetLocal","nextHopIpAddress":[]}]}"#;
    let logs = r#"[{"name":"l","targetResourceId":"/x/virtualNetworks/v","enabled":true,"storageId":"/s"}]"#;
    let plan = plan(inline_group()).to_string();
    for (file, words) in [
        (portal, "rules of a network security group"),
        (typed, "rules of a network security group"),
        (&portal.replace(',', ";"), "rules of a network security group"),
        (routes, "az network route-table list"),
        (logs, ""),
        (&plan, ""),
    ] {
        let mut engine = support::load(&[("file", file.as_bytes())]);
        let sources = support::data(&mut engine).sources;
        let said: Vec<&str> = sources[0].issues.iter().map(|issue| issue.message.as_str()).collect();
        assert!(
            said.iter().any(|said| said.contains(words))
                || words.is_empty()
                    && said
                        .iter()
                        .all(|said| !said.contains("nothing could be found") && !said.contains("JSON, but")),
            "{file}: {said:?}"
        );
    }
}

/// Pointers to all lists and objects in a value but itself.
fn inner(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(key, v)| (key.replace('~', "~0").replace('/', "~1"), v)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(at, v)| (at.to_string(), v)).collect(),
        _ => return,
    };
    for (key, child) in children {
        let at = format!("{at}/{key}");
        if child.is_object() || child.is_array() {
            out.push(at.clone());
            inner(child, &at, out);
        }
    }
}

#[test]
fn nothing_that_is_cut_off_turns_a_denial_into_an_allowance() {
    let nsg = json!([{ "id": id("networkSecurityGroups", "nsg-app"), "name": "nsg-app", "securityRules": [rule("no", "Deny", "22")],
        "subnets": [{ "id": id("virtualNetworks", "vnet-a/subnets/app") }] }]);
    let no_ssh =
        effective(json!([effective_rule("securityRules/no-ssh", 120, "Deny", "0.0.0.0/0", "22-22")]));
    let mut plan = plan(inline_group());
    plan["planned_values"]["root_module"]["resources"][0]["values"]["security_rule"][0]["destination_port_ranges"] =
        json!(["22"]);
    let template = template("[parameters('nsg')]", json!({ "securityRules": [rule("SSH", "Deny", "22")] }));
    let at_vnet = ("10.0.3.9", "10.0.1.4");
    for (name, file, beside, (src, dst)) in [
        ("networks", vnet(), Some(&nsg), at_vnet),
        ("groups", nsg.clone(), Some(&vnet()), at_vnet),
        ("effective rules", no_ssh, Some(&vnet()), at_vnet),
        ("plan", plan, Some(&vnet()), at_vnet),
        ("template", template, None, ("10.1.1.9", "10.1.0.4")),
    ] {
        let ask = |file: &Value| {
            let files: Vec<&Value> = std::iter::once(file).chain(beside).collect();
            decided(&combined(&files), src, dst, 22)
        };
        assert_eq!(ask(&file), DENY, "{name}");
        let mut places = Vec::new();
        inner(&file, "", &mut places);
        assert!(places.len() > 3, "{name}");
        for place in places {
            for cut in ["System.Object[]", "@{a=1}", "[variables('x')]"] {
                let mut changed = file.clone();
                *changed.pointer_mut(&place).unwrap() = json!(cut);
                // Of a whole resource nothing is left that could be open; that it is gone is said.
                if name == "template" && place.starts_with("/resources") && place.matches('/').count() < 3 {
                    let notes = read_network(changed.to_string().as_bytes()).notes;
                    assert!(
                        notes.iter().any(|(_, note)| note.contains("cut off")),
                        "{place} {cut}: {notes:?}"
                    );
                    continue;
                }
                assert_ne!(ask(&changed), ALLOW, "{name} {place} {cut}");
            }
        }
    }
}
