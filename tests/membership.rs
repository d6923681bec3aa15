//! What the tag `VirtualNetwork` holds: the network's own space, what is peered with it, the prefixes of routes, and
//! what a log says of it.

mod support;

use azflow_engine::rules::{Ruling, decide, decide_logged};
use serde_json::{Value, json};
use support::rules::{ALLOW, DENY, described, tcp};

const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

/// A network with the subnet app, 10.0.1.0/24, that has a group without rules of its own, and these peerings.
fn network(app: Value, peerings: Value) -> Value {
    let mut subnet = json!({ "id": format!("{NET}/virtualNetworks/a/subnets/app"), "name": "app", "addressPrefix": "10.0.1.0/24",
        "networkSecurityGroup": { "id": format!("{NET}/networkSecurityGroups/nsg-app") } });
    for (key, value) in app.as_object().into_iter().flatten() {
        subnet[key] = value.clone();
    }
    json!([{ "id": format!("{NET}/virtualNetworks/a"), "name": "a", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [subnet], "virtualNetworkPeerings": peerings }])
}

fn peering(more: Value) -> Value {
    let mut peering = json!({ "id": format!("{NET}/virtualNetworks/a/virtualNetworkPeerings/to-b"), "name": "to-b",
        "peeringState": "Connected", "allowVirtualNetworkAccess": true,
        "remoteVirtualNetwork": { "id": format!("{NET}/virtualNetworks/b") },
        "remoteAddressSpace": { "addressPrefixes": ["10.1.0.0/16"] } });
    for (key, value) in more.as_object().into_iter().flatten() {
        peering[key] = value.clone();
    }
    json!([peering])
}

fn group() -> Value {
    json!({ "id": format!("{NET}/networkSecurityGroups/nsg-app"), "name": "nsg-app", "securityRules": [] })
}

fn decided(files: &[&Value], src: &str, dst: &str) -> Ruling {
    let (set, world) = described(files);
    decide(&set, &world, tcp(src, dst, 443)).0
}

fn is_open(ruling: &Ruling) -> bool {
    matches!(ruling, Ruling::Undecidable(_))
}

#[test]
fn what_is_peered_counts_not_what_the_other_network_has_now() {
    let group = group();
    let one =
        |more: Value, src: &str| decided(&[&network(json!({}), peering(more)), &group], src, "10.0.1.4");
    assert_eq!(one(json!({}), "10.1.2.9"), ALLOW);
    // Added to the other network, and not synchronised.
    let now =
        json!({ "remoteVirtualNetworkAddressSpace": { "addressPrefixes": ["10.1.0.0/16", "10.7.0.0/24"] } });
    assert!(is_open(&one(now, "10.7.0.9")));
    for off in [json!({ "peeringState": "Disconnected" }), json!({ "allowVirtualNetworkAccess": false })] {
        assert!(is_open(&one(off, "10.1.2.9")));
    }
    // Public space of a peered network is a member as well.
    let public = json!({ "remoteAddressSpace": { "addressPrefixes": ["20.0.0.0/24"] } });
    assert_eq!((one(public, "20.0.0.9"), one(json!({}), "20.0.0.9")), (ALLOW, DENY));
}

#[test]
fn a_peering_of_some_subnets_is_of_those_alone() {
    let group = group();
    let b = json!([{ "id": format!("{NET}/virtualNetworks/b"), "name": "b", "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
        "subnets": [{ "id": format!("{NET}/virtualNetworks/b/subnets/db"), "name": "db", "addressPrefix": "10.1.1.0/24" },
            { "id": format!("{NET}/virtualNetworks/b/subnets/other"), "name": "other", "addressPrefix": "10.1.2.0/24" }] }]);
    let some = |local: &str| {
        peering(json!({ "peerCompleteVnets": false, "localSubnetNames": [local], "remoteSubnetNames": ["db"],
            "remoteAddressSpace": { "addressPrefixes": ["10.1.1.0/24"] } }))
    };
    let a = network(json!({}), some("app"));
    assert_eq!(decided(&[&a, &b, &group], "10.1.1.9", "10.0.1.4"), ALLOW);
    assert!(is_open(&decided(&[&a, &b, &group], "10.1.2.9", "10.0.1.4")));
    // Not this side's subnet.
    let a = network(json!({}), some("web"));
    assert!(is_open(&decided(&[&a, &b, &group], "10.1.1.9", "10.0.1.4")));
    // The subnets' prefixes are told by neither file.
    let nameless = peering(
        json!({ "peerCompleteVnets": false, "localSubnetNames": ["app"], "remoteSubnetNames": ["db"],
        "remoteAddressSpace": null }),
    );
    assert!(is_open(&decided(&[&network(json!({}), nameless), &group], "10.1.1.9", "10.0.1.4")));
}

#[test]
fn a_peering_that_may_not_work_leaves_open_just_what_it_peers() {
    let group = group();
    let space = json!({ "addressPrefixes": ["20.0.0.0/24"] });
    let one = |more: Value, src: &str| {
        let mut all = json!({ "remoteAddressSpace": space });
        more.as_object().into_iter().flatten().for_each(|(key, value)| all[key] = value.clone());
        decided(&[&network(json!({}), peering(all)), &group], src, "10.0.1.4")
    };
    for state in [json!("Updating"), json!("[parameters('state')]"), Value::Null] {
        assert!(is_open(&one(json!({ "peeringState": state }), "20.0.0.9")));
        assert_eq!(one(json!({ "peeringState": state }), "20.0.1.9"), DENY);
        // Nor are there subnets that are not on file.
        assert_eq!(one(json!({ "peeringState": state }), "10.0.1.9"), ALLOW);
    }
    for key in ["allowVirtualNetworkAccess", "peerCompleteVnets"] {
        assert!(is_open(&one(json!({ key: "[parameters('it')]" }), "20.0.0.9")));
    }
    let chosen = |names: Value, space: Value| json!({ "peerCompleteVnets": false, "remoteSubnetNames": names, "remoteAddressSpace": space });
    for names in [json!(["gone"]), json!([]), Value::Null] {
        assert!(is_open(&one(chosen(names.clone(), space.clone()), "20.0.0.9")));
        assert_eq!(one(chosen(names.clone(), space.clone()), "20.0.1.9"), DENY);
        assert!(is_open(&one(chosen(names, Value::Null), "20.0.1.9")));
    }
}

#[test]
fn prefixes_of_routes_are_members() {
    let group = group();
    let table = |routes: Value| json!([{ "id": format!("{NET}/routeTables/rt"), "name": "rt", "disableBgpRoutePropagation": false, "routes": routes }]);
    let named = network(json!({ "routeTable": { "id": format!("{NET}/routeTables/rt") } }), json!([]));
    let route = |to: &str| json!({ "name": "r", "addressPrefix": to, "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.9.4" });
    // Not on file: any other address may be one.
    assert!(is_open(&decided(&[&named, &group], "203.0.113.9", "10.0.1.4")));
    assert!(is_open(&decided(&[&named, &group], "192.168.1.9", "10.0.1.4")));
    assert_eq!(decided(&[&named, &group], "10.0.2.9", "10.0.1.4"), ALLOW);
    // On file.
    let everything = table(json!([route("0.0.0.0/0")]));
    assert_eq!(decided(&[&named, &everything, &group], "203.0.113.9", "10.0.1.4"), ALLOW);
    assert_eq!(decided(&[&named, &everything, &group], "2001:db8::9", "10.0.1.4"), DENY);
    let office = table(json!([route("192.168.0.0/16")]));
    assert_eq!(decided(&[&named, &office, &group], "192.168.1.9", "10.0.1.4"), ALLOW);
    assert_eq!(decided(&[&named, &office, &group], "203.0.113.9", "10.0.1.4"), DENY);
    // A table that says itself where it is attached.
    let mut said = everything.clone();
    said[0]["subnets"] = json!([{ "id": format!("{NET}/virtualNetworks/a/subnets/app") }]);
    assert_eq!(decided(&[&network(json!({}), json!([])), &said, &group], "203.0.113.9", "10.0.1.4"), ALLOW);
    // A tag without its file, and a table that was cut off.
    assert!(is_open(&decided(
        &[&named, &table(json!([route("AzureCloud")])), &group],
        "203.0.113.9",
        "10.0.1.4"
    )));
    assert!(is_open(&decided(
        &[&named, &table(json!("System.Object[]")), &group],
        "203.0.113.9",
        "10.0.1.4"
    )));
    let mut bare = everything;
    bare[0].as_object_mut().unwrap().remove("routes");
    assert!(is_open(&decided(&[&named, &bare, &group], "203.0.113.9", "10.0.1.4")));
}

/// A group says that it is at a subnet that no file has: with its network, its routes are not on file.
#[test]
fn what_a_subnet_that_is_not_on_file_can_reach_is_open() {
    let mut group = group();
    let far = |network: &str| json!([{ "id": format!("{NET}/virtualNetworks/{network}/subnets/far") }]);
    group["subnets"] = far("gone");
    // An address is of the network that it is in, whatever that is; what it speaks to may be.
    assert_eq!(decided(&[&group], "10.7.0.4", "203.0.113.9"), ALLOW);
    assert!(is_open(&decided(&[&group], "10.7.0.4", "10.8.0.4")));
    assert!(is_open(&decided(&[&group], "10.8.0.4", "10.7.0.4")));
    // On file is another network, whose addresses may be used there as well.
    let other = json!([{ "id": format!("{NET}/virtualNetworks/b"), "name": "b", "subnets": [],
        "addressSpace": { "addressPrefixes": ["10.7.0.0/16"] } }]);
    assert!(is_open(&decided(&[&other, &group], "10.7.0.4", "10.7.0.5")));
    // Its own network is on file, so that the rest of that is a member.
    group["subnets"] = far("b");
    assert_eq!(decided(&[&other, &group], "10.7.0.4", "10.7.0.5"), ALLOW);
    assert_eq!(decided(&[&other, &group], "10.7.0.4", "203.0.113.9"), ALLOW);
    assert!(is_open(&decided(&[&other, &group], "203.0.113.9", "10.7.0.4")));
    // Outside its network's space it is not.
    assert_eq!(decided(&[&other, &group], "203.0.113.9", "10.8.0.4"), ALLOW);
}

#[test]
fn what_a_log_says_of_membership_is_believed() {
    let mut group = group();
    group["securityRules"] = json!([{ "name": "no-net", "priority": 4000, "direction": "Outbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "VirtualNetwork", "destinationPortRange": "*" }]);
    let named = network(json!({ "routeTable": { "id": format!("{NET}/routeTables/rt") } }), json!([]));
    let (set, world) = described(&[&named, &group]);
    let out = tcp("10.0.1.4", "203.0.113.9", 443);
    assert!(is_open(&decide(&set, &world, out).0));
    assert_eq!(decide_logged(&set, &world, out, [None, Some(true)]).0, DENY);
    assert_eq!(decide_logged(&set, &world, out, [None, Some(false)]).0, ALLOW);
}

#[test]
fn groups_judge_private_endpoints_only_where_policies_are_on() {
    let mut deny = group();
    deny["securityRules"] = json!([{ "name": "no", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" }]);
    let nic = |endpoint: bool| {
        let mut nic = json!({ "id": format!("{NET}/networkInterfaces/pe.nic.1"), "name": "pe.nic.1", "macAddress": "",
            "ipConfigurations": [{ "privateIPAddress": "10.0.1.9", "subnet": { "id": format!("{NET}/virtualNetworks/a/subnets/app") } }] });
        if endpoint {
            nic["privateEndpoint"] = json!({ "id": format!("{NET}/privateEndpoints/pe") });
        }
        nic
    };
    let with = |policies: &str, endpoint| {
        let app = if policies.is_empty() {
            json!({})
        } else {
            json!({ "privateEndpointNetworkPolicies": policies })
        };
        decided(&[&network(app, json!([])), &deny, &nic(endpoint)], "10.0.1.4", "10.0.1.9")
    };
    assert_eq!((with("Disabled", true), with("RouteTableEnabled", true)), (ALLOW, ALLOW));
    assert_eq!(
        (with("Enabled", true), with("NetworkSecurityGroupEnabled", true), with("Disabled", false)),
        (DENY, DENY, DENY)
    );
    assert!(is_open(&with("", true)));
}

/// The subnet names an endpoint, and no file has its NIC: any address without a NIC on file may be it.
#[test]
fn a_private_endpoint_without_its_nic_may_have_any_address_of_its_subnet() {
    let mut group = group();
    let rule = |name: &str, priority: u32, access: &str, port: &str| {
        json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "*",
            "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
    };
    group["securityRules"] = json!([rule("no", 100, "Deny", "443")]);
    let nics = |endpoint: bool| {
        let nic = |name: &str, address: &str| {
            json!({ "id": format!("{NET}/networkInterfaces/{name}"), "name": name, "macAddress": "",
                "ipConfigurations": [{ "privateIPAddress": address, "subnet": { "id": format!("{NET}/virtualNetworks/a/subnets/app") } }] })
        };
        let mut nics = vec![nic("vm", "10.0.1.4")];
        if endpoint {
            nics.push(nic("pe", "10.0.1.9"));
            nics[1]["privateEndpoint"] = json!({ "id": format!("{NET}/privateEndpoints/PE") });
        }
        json!(nics)
    };
    let with = |policies: Option<&str>, endpoint: bool, dst: &str| {
        let app = json!({ "privateEndpointNetworkPolicies": policies,
            "privateEndpoints": [{ "id": format!("{NET}/privateEndpoints/pe") }] });
        decided(&[&network(app, json!([])), &group, &nics(endpoint)], "10.0.1.7", dst)
    };
    for policies in [Some("Disabled"), Some("RouteTableEnabled"), None] {
        assert!(is_open(&with(policies, false, "10.0.1.5")));
        // A NIC on file has this address; another endpoint's NIC tells where that is.
        assert_eq!(with(policies, false, "10.0.1.4"), DENY);
        assert_eq!(with(policies, true, "10.0.1.5"), DENY);
    }
    assert_eq!(with(Some("Enabled"), false, "10.0.1.5"), DENY);
    // What its group allows is allowed either way.
    let app = json!({ "privateEndpoints": [{ "id": format!("{NET}/privateEndpoints/pe") }] });
    let (set, world) = described(&[&network(app, json!([])), &group]);
    assert_eq!(decide(&set, &world, tcp("10.0.1.7", "10.0.1.5", 80)).0, ALLOW);
}

#[test]
fn an_address_of_several_networks_is_open_unless_all_agree() {
    let net = |name: &str, rules: Value| {
        json!([{ "id": format!("{NET}/virtualNetworks/{name}"), "name": name, "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "subnets": [{ "id": format!("{NET}/virtualNetworks/{name}/subnets/s"), "name": "s", "addressPrefix": "10.0.1.0/24",
                "networkSecurityGroup": { "id": format!("{NET}/networkSecurityGroups/nsg-{name}") } }] },
            { "id": format!("{NET}/networkSecurityGroups/nsg-{name}"), "name": format!("nsg-{name}"), "securityRules": rules }])
    };
    let no = json!([{ "name": "no", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" }]);
    let (a, b, c) = (net("a", no.clone()), net("b", json!([])), net("c", no));
    assert_eq!(decided(&[&a], "203.0.113.9", "10.0.1.4"), DENY);
    assert_eq!(decided(&[&a, &c], "10.0.2.9", "10.0.1.4"), DENY);
    let open = decided(&[&a, &b], "10.0.2.9", "10.0.1.4");
    assert!(
        matches!(&open, Ruling::Undecidable(why) if why.contains("a/s") && why.contains("b/s")),
        "{open:?}"
    );
    // A NIC on file says where the address is.
    let nic = json!([{ "id": format!("{NET}/networkInterfaces/n"), "name": "n", "macAddress": "00-0D-3A-00-00-01",
        "ipConfigurations": [{ "privateIPAddress": "10.0.1.4", "subnet": { "id": format!("{NET}/virtualNetworks/b/subnets/s") } }] }]);
    assert_eq!(decided(&[&a, &b, &nic], "10.0.2.9", "10.0.1.4"), ALLOW);
}

/// Only a NIC on file tells who is in an application security group; what no network uses is in none.
#[test]
fn an_address_without_its_nic_may_be_in_an_application_security_group() {
    let mut group = group();
    group["securityRules"] = json!([{ "name": "no", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*",
        "sourceApplicationSecurityGroups": [{ "id": format!("{NET}/applicationSecurityGroups/web") }],
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" },
        { "name": "all", "priority": 200, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefix": "*",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" }]);
    let mut net = network(json!({}), json!([]));
    let from = |net: &Value, src: &str| decided(&[net, &group], src, "10.0.1.4");
    for elsewhere in ["20.0.0.9", "168.63.129.16"] {
        assert_eq!(from(&net, elsewhere), ALLOW);
    }
    for open in ["10.0.1.9", "192.168.1.9"] {
        assert!(is_open(&from(&net, open)));
    }
    // A network that uses public addresses inside.
    net[0]["addressSpace"]["addressPrefixes"] = json!(["10.0.0.0/16", "20.0.0.0/24"]);
    assert!(is_open(&from(&net, "20.0.0.9")));
    assert_eq!(from(&net, "20.0.1.9"), ALLOW);
}
