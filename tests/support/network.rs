//! Made-up descriptions of one small network, told in many ways, so that they coincide and contradict each other.

use proptest::prelude::*;
use serde_json::{Value, json};

const PREFIXES: [&str; 5] = ["10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/28", "10.1.0.0/24", "fd00::/64"];
const SUBNETS: [&str; 3] = ["web", "app", "sql"];
const NETWORKS: [&str; 2] = ["hub", "spoke"];
const GROUPS: [&str; 2] = ["nsg-a", "nsg-b"];
const ADDRESSES: [&str; 3] = ["10.0.0.4", "10.0.1.4", "10.1.0.4"];

fn id(kind: &str, name: &str) -> String {
    format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/{kind}/{name}")
}

fn reference(kind: &str, name: Option<&str>) -> Value {
    name.map_or(Value::Null, |name| json!({ "id": id(kind, name) }))
}

fn pick<T: Copy>(list: &[T], at: u8) -> T {
    list[usize::from(at) % list.len()]
}

/// A name, or none.
fn or_none<'a>(list: &[&'a str], at: u8) -> Option<&'a str> {
    list.get(usize::from(at) % (list.len() + 1)).copied()
}

fn network((name, space, subnets): (u8, u8, Vec<[u8; 4]>)) -> Value {
    let name = pick(&NETWORKS, name);
    let subnets: Vec<Value> = subnets
        .iter()
        .map(|[subnet, prefix, group, table]| {
            let subnet = pick(&SUBNETS, *subnet);
            json!({
                "id": format!("{}/subnets/{subnet}", id("virtualNetworks", name)),
                "name": subnet,
                "addressPrefix": pick(&PREFIXES, *prefix),
                "networkSecurityGroup": reference("networkSecurityGroups", or_none(&GROUPS, *group)),
                "routeTable": reference("routeTables", or_none(&["rt"], *table)),
            })
        })
        .collect();
    let other = pick(&NETWORKS, u8::from(name == NETWORKS[0]));
    json!({
        "id": id("virtualNetworks", name),
        "name": name,
        "location": pick(&["westeurope", "northeurope"], space / 2),
        "addressSpace": { "addressPrefixes": [pick(&["10.0.0.0/16", "10.0.0.0/8"], space)] },
        "subnets": subnets,
        "virtualNetworkPeerings": [{
            "id": format!("{}/virtualNetworkPeerings/p", id("virtualNetworks", name)),
            "name": "p",
            "peeringState": pick(&["Connected", "Disconnected"], space / 4),
            "remoteVirtualNetwork": { "id": id("virtualNetworks", other) },
            "remoteAddressSpace": { "addressPrefixes": [pick(&PREFIXES, space / 8)] },
        }],
    })
}

fn group((name, rules, places): (u8, Vec<[u8; 4]>, Vec<[u8; 2]>)) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .map(|[rule, priority, access, port]| {
            json!({
                "name": pick(&["Allow_Web", "Deny_All", "Ops"], *rule),
                "priority": 100 + u32::from(priority % 3) * 10,
                "direction": pick(&["Inbound", "Outbound"], priority / 4),
                "access": pick(&["Allow", "Deny"], *access),
                "protocol": pick(&["*", "Tcp"], access / 2),
                "sourceAddressPrefix": pick(&["*", "10.0.0.0/24", "Internet"], access / 4),
                "sourcePortRange": "*",
                "destinationAddressPrefix": "*",
                "destinationPortRange": pick(&["*", "443", "3000-4000"], *port),
            })
        })
        .collect();
    let place = |[network, subnet]: &[u8; 2]| {
        let network = id("virtualNetworks", pick(&NETWORKS, *network));
        json!({ "id": format!("{network}/subnets/{}", pick(&SUBNETS, *subnet)) })
    };
    json!({
        "id": id("networkSecurityGroups", pick(&GROUPS, name)),
        "name": pick(&GROUPS, name),
        "location": "westeurope",
        "securityRules": rules,
        "subnets": places.iter().map(place).collect::<Vec<_>>(),
    })
}

fn nic([name, mac, address, subnet, group, machine, asg]: [u8; 7]) -> Value {
    let network = id("virtualNetworks", pick(&NETWORKS, subnet / 4));
    json!({
        "id": id("networkInterfaces", pick(&["nic-1", "nic-2", "nic-3"], name)),
        "name": pick(&["nic-1", "nic-2", "nic-3"], name),
        "macAddress": format!("00-0D-3A-00-00-0{}", mac % 4),
        "enableIPForwarding": asg % 4 == 1,
        "networkSecurityGroup": reference("networkSecurityGroups", or_none(&GROUPS, group)),
        "virtualMachine": reference("virtualMachines", or_none(&["vm-1", "vm-2"], machine)),
        "ipConfigurations": [{
            "privateIpAddress": pick(&ADDRESSES, address),
            "subnet": { "id": format!("{network}/subnets/{}", pick(&SUBNETS, subnet)) },
            "applicationSecurityGroups": [reference("applicationSecurityGroups", Some(pick(&["asg-1", "asg-2"], asg)))],
        }],
    })
}

fn tag((name, prefix): (u8, u8)) -> Value {
    let name = pick(&["Storage", "Sql"], name);
    let prefixes =
        [pick(&["8.8.8.0/24", "8.8.0.0/16"], prefix), pick(&["2001:db8::/32", "9.9.9.9/32"], prefix / 2)];
    json!({ "name": name, "properties": { "systemService": name, "addressPrefixes": prefixes } })
}

fn list(lines: Vec<[u8; 3]>) -> String {
    let line = |[prefix, subnet, network]: &[u8; 3]| {
        let network = or_none(&NETWORKS, *network).unwrap_or_default();
        format!("{},{},{network}\n", pick(&PREFIXES, *prefix), pick(&SUBNETS, *subnet))
    };
    let lines: String = lines.iter().map(line).collect();
    format!("CIDR,name,network\n{lines}")
}

/// A description as a file.
pub fn description() -> impl Strategy<Value = Vec<u8>> {
    let bytes = any::<[u8; 4]>;
    let some = || proptest::collection::vec(bytes(), 0..4);
    let networks = proptest::collection::vec((any::<u8>(), any::<u8>(), some()), 1..3);
    let groups = proptest::collection::vec(
        (any::<u8>(), some(), proptest::collection::vec(any::<[u8; 2]>(), 0..3)),
        1..3,
    );
    let all = |list: Vec<Value>| Value::from(list).to_string().into_bytes();
    prop_oneof![
        networks.prop_map(move |list| all(list.into_iter().map(network).collect())),
        groups.prop_map(move |list| all(list.into_iter().map(group).collect())),
        proptest::collection::vec(any::<[u8; 7]>(), 1..4)
            .prop_map(move |list| all(list.into_iter().map(nic).collect())),
        proptest::collection::vec(any::<(u8, u8)>(), 1..3).prop_map(|list| {
            let values: Vec<Value> = list.into_iter().map(tag).collect();
            json!({ "changeNumber": 1, "cloud": "Public", "values": values }).to_string().into_bytes()
        }),
        proptest::collection::vec(any::<[u8; 3]>(), 1..4).prop_map(|lines| list(lines).into_bytes()),
    ]
}
