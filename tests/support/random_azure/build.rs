//! Objects of Azure as `az … list` writes them: flattened, with references by id.

use serde_json::{Value, json};

/// A resource id in a resource group.
pub fn id(resource_group: &str, kind: &str, name: &str) -> String {
    format!(
        "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/{resource_group}/providers/Microsoft.Network/{kind}/{name}"
    )
}

pub fn network_id(resource_group: &str, name: &str) -> String {
    id(resource_group, "virtualNetworks", name)
}

pub fn group_id(resource_group: &str, name: &str) -> String {
    id(resource_group, "networkSecurityGroups", name)
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// `{ "id": … }`
pub fn to(id: &str) -> Value {
    json!({ "id": id })
}

pub fn network(id: &str, spaces: &[&str], subnets: Vec<Value>) -> Value {
    json!({
        "id": id, "name": last(id), "type": "Microsoft.Network/virtualNetworks", "location": "westeurope",
        "addressSpace": { "addressPrefixes": spaces }, "subnets": subnets, "virtualNetworkPeerings": [],
    })
}

pub fn subnet(network: &str, name: &str, prefixes: &[&str]) -> Value {
    let mut subnet = json!({
        "id": format!("{network}/subnets/{name}"), "name": name,
        "type": "Microsoft.Network/virtualNetworks/subnets", "delegations": [],
    });
    match prefixes {
        [one] => subnet["addressPrefix"] = json!(one),
        several => subnet["addressPrefixes"] = json!(several),
    }
    subnet
}

pub fn peering(network: &str, name: &str, remote: &str, space: &[&str]) -> Value {
    json!({
        "id": format!("{network}/virtualNetworkPeerings/{name}"), "name": name,
        "type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        "peeringState": "Connected", "peeringSyncLevel": "FullyInSync", "allowVirtualNetworkAccess": true,
        "allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false,
        "peerCompleteVnets": true, "remoteVirtualNetwork": to(remote),
        "remoteAddressSpace": { "addressPrefixes": space },
        "remoteVirtualNetworkAddressSpace": { "addressPrefixes": space },
    })
}

pub fn group(id: &str, rules: Vec<Value>) -> Value {
    json!({
        "id": id, "name": last(id), "type": "Microsoft.Network/networkSecurityGroups", "location": "westeurope",
        "securityRules": rules,
    })
}

/// `100 in allow tcp 10.0.0.0/24 > 10.0.1.4 443`: priority, direction, access, protocol, source, destination, port.
pub fn rule(group: &str, name: &str, text: &str) -> Value {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [priority, direction, access, protocol, source, ">", destination, port] = words[..] else {
        panic!("not a rule: {text}")
    };
    json!({
        "id": format!("{group}/securityRules/{name}"), "name": name,
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "priority": priority.parse::<u32>().expect("a priority"),
        "direction": if direction == "in" { "Inbound" } else { "Outbound" },
        "access": if access == "allow" { "Allow" } else { "Deny" },
        "protocol": match protocol { "tcp" => "Tcp", "udp" => "Udp", "icmp" => "Icmp", other => other },
        "sourceAddressPrefix": source, "sourceAddressPrefixes": [],
        "sourcePortRange": "*", "sourcePortRanges": [],
        "destinationAddressPrefix": destination, "destinationAddressPrefixes": [],
        "destinationPortRange": port, "destinationPortRanges": [],
    })
}

pub fn nic(id: &str, subnet: &str, addresses: &[&str]) -> Value {
    let configuration = |(index, address): (usize, &&str)| {
        json!({
            "id": format!("{id}/ipConfigurations/ip{index}"), "name": format!("ip{index}"),
            "type": "Microsoft.Network/networkInterfaces/ipConfigurations", "primary": index == 0,
            "privateIPAddress": address, "subnet": to(subnet),
        })
    };
    json!({
        "id": id, "name": last(id), "type": "Microsoft.Network/networkInterfaces", "location": "westeurope",
        "ipConfigurations": addresses.iter().enumerate().map(configuration).collect::<Vec<_>>(),
    })
}

/// Routes of prefix and kind of next hop.
pub fn table(id: &str, routes: &[(&str, &str)]) -> Value {
    let route = |(index, (prefix, hop)): (usize, &(&str, &str))| {
        json!({
            "id": format!("{id}/routes/r{index}"), "name": format!("r{index}"),
            "type": "Microsoft.Network/routeTables/routes", "addressPrefix": prefix, "nextHopType": hop,
        })
    };
    json!({
        "id": id, "name": last(id), "type": "Microsoft.Network/routeTables", "location": "westeurope",
        "disableBgpRoutePropagation": false,
        "routes": routes.iter().enumerate().map(route).collect::<Vec<_>>(),
    })
}

pub fn tags(list: &[(&str, &[&str])]) -> Value {
    let tag = |(name, prefixes): &(&str, &[&str])| {
        json!({ "name": name, "id": name, "properties": { "changeNumber": 1, "region": "", "platform": "Azure",
            "systemService": name, "addressPrefixes": prefixes, "networkFeatures": ["API", "NSG"] } })
    };
    json!({ "changeNumber": 1, "cloud": "Public", "values": list.iter().map(tag).collect::<Vec<_>>() })
}
