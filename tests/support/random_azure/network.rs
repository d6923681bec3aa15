//! One random network: its objects, what is missing, the files, and flows to ask about.

use super::build::{group, group_id, id, network, network_id, nic, subnet, table, tags, to};
use super::dice::Dice;
use super::kinds::Kind;
use super::links::link;
use super::policy::{Places, rules};
use super::shape::{arm, power_shell};
use crate::azure::Flow;
use serde_json::{Value, json};
use std::net::IpAddr;

/// Files that describe a network, and flows in it.
pub struct Case {
    pub kinds: Vec<Kind>,
    pub files: Vec<Value>,
    pub flows: Vec<Flow>,
}

/// A subnet as it is made.
pub struct Made {
    pub network: usize,
    pub name: String,
    pub id: String,
    pub prefixes: Vec<String>,
    /// Addresses to ask about: with a NIC on file, and without.
    pub hosts: Vec<Vec<String>>,
}

pub struct Throw<'a> {
    pub dice: Dice,
    pub kinds: &'a [Kind],
}

impl Throw<'_> {
    /// Whether rules may name application security groups.
    pub fn members(&self) -> bool {
        let has = |kind| self.kinds.contains(&kind);
        let elsewhere = [Kind::PublicSpace, Kind::Probes, Kind::Platform, Kind::Agent].into_iter().any(has);
        has(Kind::MembersAnywhere) || has(Kind::Members) && !elsewhere
    }

    /// Whether the network has this oddity, here, once in so many times.
    pub fn has(&mut self, kind: Kind, one_in: usize) -> bool {
        self.kinds.contains(&kind) && self.dice.one_in(one_in)
    }
}

/// The network of a seed, with about a third of these oddities.
pub fn random(seed: u64, may_have: &[Kind]) -> Case {
    let mut dice = Dice::new(seed);
    let some = if may_have.len() < 3 { 1 } else { 3 };
    let kinds: Vec<Kind> = may_have.iter().copied().filter(|_| dice.one_in(some)).collect();
    let mut throw = Throw { dice, kinds: &kinds };
    let (files, flows) = make(&mut throw);
    Case { files, flows, kinds }
}

const RESOURCE_GROUPS: [&str; 2] = ["rg-a", "rg-b"];

/// Networks with their resource group, name and number of space.
fn ids(throw: &mut Throw<'_>) -> Vec<(String, usize)> {
    let same_names = throw.has(Kind::SameNames, 1);
    let count = 1 + throw.dice.below(3);
    let at_least = if same_names || throw.kinds.contains(&Kind::Overlap) { 2 } else { 1 };
    let mut out: Vec<(String, usize)> = Vec::new();
    for at in 0..count.max(at_least) {
        let name = if same_names { "vnet" } else { ["vnet-a", "vnet-b", "vnet-c"][at] };
        let resource_group = if same_names { ["rg-a", "rg-b", "rg-c"][at] } else { RESOURCE_GROUPS[at % 2] };
        let space = if at > 0 && throw.has(Kind::Overlap, 2) { throw.dice.below(at) } else { at };
        out.push((network_id(resource_group, name), space));
    }
    out
}

fn spaces(throw: &mut Throw<'_>, space: usize) -> Vec<String> {
    let mut out = vec![format!("10.{space}.0.0/16")];
    if throw.has(Kind::DualStack, 1) {
        out.push(format!("fd00:{space}::/48"));
    }
    if space == 0 && throw.has(Kind::PublicSpace, 1) {
        out.push("20.0.0.0/16".to_owned());
    }
    out
}

fn subnets(throw: &mut Throw<'_>, at: usize, network: &str, spaces: &[String], space: usize) -> Vec<Made> {
    let mut out = Vec::new();
    for (number, name) in ["app", "db", "web"].iter().enumerate().take(1 + throw.dice.below(3)) {
        let mut prefixes = vec![format!("10.{space}.{number}.0/24")];
        if spaces.iter().any(|s| s.starts_with("fd00")) && !throw.dice.one_in(4) {
            prefixes.push(format!("fd00:{space}:0:{number}::/64"));
        }
        if number == 0 && spaces.iter().any(|s| s.starts_with("20.")) {
            prefixes.push("20.0.0.0/24".to_owned());
        }
        let host = |last: usize| {
            let address = |prefix: &String| {
                let start = prefix.split('/').next().expect("a prefix").to_owned();
                start.strip_suffix("::").map_or_else(
                    || format!("{}.{last}", start.rsplit_once('.').expect("IPv4").0),
                    |start| format!("{start}::{last}"),
                )
            };
            prefixes.iter().map(address).collect()
        };
        out.push(Made {
            network: at,
            name: (*name).to_owned(),
            id: format!("{network}/subnets/{name}"),
            hosts: (4..6 + throw.dice.below(2)).map(host).collect(),
            prefixes,
        });
    }
    out
}

fn make(throw: &mut Throw<'_>) -> (Vec<Value>, Vec<Flow>) {
    let ids = ids(throw);
    let mut made = Vec::new();
    let mut networks = Vec::new();
    for (at, (id, space)) in ids.iter().enumerate() {
        let spaces = spaces(throw, *space);
        let own = subnets(throw, at, id, &spaces, *space);
        let values = own.iter().map(|s| subnet(id, &s.name, &texts(&s.prefixes))).collect();
        networks.push(network(id, &texts(&spaces), values));
        made.extend(own);
    }
    let group_ids = group_ids(throw, made.len());
    let asgs: Vec<String> = ["asg-1", "asg-2"].map(|n| id("rg-a", "applicationSecurityGroups", n)).to_vec();
    let mut nics = nics(throw, &made, &asgs);
    let places = Places { made: &made, asgs: &asgs };
    let mut groups: Vec<Value> = group_ids.iter().map(|id| group(id, rules(throw, id, &places))).collect();
    attach(throw, &made, &mut networks, &mut groups, &mut nics);
    let tables = route(throw, &made, &mut networks);
    link(throw, &ids, &made, &mut networks);
    let flows = flows(throw, &made, ids.len());
    remove(throw, &mut networks, &mut groups, &mut nics);
    let mut files = vec![Value::from(networks), Value::from(groups), Value::from(nics), Value::from(tables)];
    if throw.has(Kind::Shapes, 1) {
        for file in &mut files {
            *file = match throw.dice.below(3) {
                0 => arm(file),
                1 => power_shell(file),
                _ => file.clone(),
            };
        }
    }
    files.retain(|file| file.as_array().is_some_and(|list| !list.is_empty()));
    if throw.has(Kind::TagFile, 1) {
        files.push(tags(&[
            ("Storage", &["52.239.0.0/16", "2603:1000::/32"]),
            ("Storage.WestEurope", &["52.239.1.0/24"]),
            ("Sql", &["40.68.37.0/24"]),
        ]));
    }
    (files, flows)
}

pub fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn group_ids(throw: &mut Throw<'_>, subnets: usize) -> Vec<String> {
    let same_names = throw.has(Kind::SameNames, 1);
    (0..1 + throw.dice.below(subnets + 1))
        .map(|at| match same_names {
            true => group_id(["rg-a", "rg-b", "rg-c"][at % 3], ["nsg", "nsg-2", "nsg-3"][at / 3 % 3]),
            false => group_id(RESOURCE_GROUPS[at % 2], &format!("nsg-{at}")),
        })
        .collect()
}

fn nics(throw: &mut Throw<'_>, made: &[Made], asgs: &[String]) -> Vec<Value> {
    let mut out = Vec::new();
    for subnet in made {
        for host in &subnet.hosts {
            if throw.dice.one_in(3) {
                continue;
            }
            let nic_id =
                id(RESOURCE_GROUPS[subnet.network % 2], "networkInterfaces", &format!("nic-{}", out.len()));
            let mut addresses = texts(host);
            if throw.has(Kind::NicOutside, 4) {
                addresses.push("10.9.0.4");
            }
            let mut nic = nic(&nic_id, &subnet.id, &addresses);
            for configuration in nic["ipConfigurations"].as_array_mut().expect("a list") {
                if throw.members() && throw.dice.one_in(2) {
                    configuration["applicationSecurityGroups"] = json!([to(throw.dice.of::<String>(asgs))]);
                }
            }
            if throw.has(Kind::Endpoints, 3) || throw.has(Kind::MissingEndpoints, 3) {
                nic["privateEndpoint"] = to(&id("rg-a", "privateEndpoints", &format!("pe-{}", out.len())));
            }
            out.push(nic);
        }
    }
    out
}

/// Finds an object's own JSON by id, at any depth of lists.
pub fn by_id<'a>(list: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    list.iter_mut().find_map(|value| {
        if value["id"] == id {
            return Some(value);
        }
        by_id(value.get_mut("subnets")?.as_array_mut()?, id)
    })
}

fn push(object: &mut Value, list: &str, value: Value) {
    match &mut object[list] {
        Value::Array(values) => values.push(value),
        other => *other = json!([value]),
    }
}

fn attach(
    throw: &mut Throw<'_>,
    made: &[Made],
    networks: &mut [Value],
    groups: &mut [Value],
    nics: &mut [Value],
) {
    for subnet in made {
        let value = by_id(networks, &subnet.id).expect("made");
        let policies = ["Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"];
        let endpoints =
            [Kind::Endpoints, Kind::MissingEndpoints].iter().any(|kind| throw.kinds.contains(kind));
        if endpoints && !throw.dice.one_in(5) {
            value["privateEndpointNetworkPolicies"] = json!(throw.dice.of(&policies));
        }
        if throw.dice.one_in(5) {
            continue;
        }
        let at = throw.dice.below(groups.len());
        // Of most groups both sides say that they are attached, or only the subnet does.
        if throw.has(Kind::OnlyGroupsSay, 3) {
            push(&mut groups[at], "subnets", to(&subnet.id));
            continue;
        }
        value["networkSecurityGroup"] = to(groups[at]["id"].as_str().expect("an id"));
        if throw.dice.one_in(2) {
            push(&mut groups[at], "subnets", to(&subnet.id));
        }
    }
    for nic in nics {
        if let Some(endpoint) = nic.get("privateEndpoint") {
            let subnet = nic["ipConfigurations"][0]["subnet"]["id"].as_str().expect("an id");
            if throw.kinds.contains(&Kind::MissingEndpoints) {
                push(by_id(networks, subnet).expect("made"), "privateEndpoints", endpoint.clone());
            }
            continue;
        }
        if !throw.has(Kind::NicGroups, 2) && !throw.has(Kind::MissingNics, 2) {
            continue;
        }
        let at = throw.dice.below(groups.len());
        let nic_id = nic["id"].as_str().expect("an id").to_owned();
        let only_group = throw.has(Kind::OnlyGroupsSay, 3);
        if !only_group {
            nic["networkSecurityGroup"] = to(groups[at]["id"].as_str().expect("an id"));
        }
        if only_group || throw.dice.one_in(2) || throw.kinds.contains(&Kind::MissingNics) {
            push(&mut groups[at], "networkInterfaces", to(&nic_id));
        }
    }
}

fn route(throw: &mut Throw<'_>, made: &[Made], networks: &mut [Value]) -> Vec<Value> {
    let mut tables = Vec::new();
    for (at, subnet) in made.iter().enumerate() {
        let missing = throw.has(Kind::MissingTables, 3);
        if !missing && !throw.has(Kind::Routes, 2) {
            continue;
        }
        let table_id = id("rg-a", "routeTables", &format!("rt-{at}"));
        by_id(networks, &subnet.id).expect("made")["routeTable"] = to(&table_id);
        if missing {
            continue;
        }
        let prefixes = [
            "0.0.0.0/0",
            "::/0",
            "192.168.0.0/16",
            "10.1.0.0/16",
            "8.8.8.0/24",
            "52.239.0.0/16",
            "172.16.5.0/24",
        ];
        let hops = ["VirtualAppliance", "VirtualNetworkGateway", "VnetLocal", "Internet", "None"];
        let mut routes: Vec<(&str, &str)> = Vec::new();
        for _ in 0..throw.dice.below(3) {
            let tag = throw.has(Kind::RouteTags, 3);
            routes.push((if tag { "Storage" } else { *throw.dice.of(&prefixes) }, *throw.dice.of(&hops)));
        }
        tables.push(table(&table_id, &routes));
    }
    tables
}

/// Takes out what no file has.
fn remove(throw: &mut Throw<'_>, networks: &mut Vec<Value>, groups: &mut Vec<Value>, nics: &mut Vec<Value>) {
    if throw.has(Kind::MissingGroups, 1) {
        groups.retain(|_| !throw.dice.one_in(3));
    }
    if throw.has(Kind::MissingNics, 1) {
        if throw.dice.one_in(2) {
            let configurations: Vec<(Value, Value)> = nics
                .iter()
                .map(|nic| {
                    (
                        nic["ipConfigurations"][0]["subnet"]["id"].clone(),
                        nic["ipConfigurations"][0]["id"].clone(),
                    )
                })
                .collect();
            for (subnet, configuration) in configurations {
                let subnet = subnet.as_str().and_then(|id| by_id(networks, id)).expect("made");
                push(subnet, "ipConfigurations", json!({ "id": configuration }));
            }
        }
        nics.retain(|_| !throw.dice.one_in(3));
    }
    if throw.has(Kind::MissingEndpoints, 1) {
        nics.retain(|nic| nic.get("privateEndpoint").is_none() || !throw.dice.one_in(2));
    }
    if throw.has(Kind::MissingSubnets, 1) {
        if networks.len() > 1 && throw.dice.one_in(2) {
            networks.remove(throw.dice.below(networks.len()));
        } else {
            let at = throw.dice.below(networks.len());
            let subnets = networks[at]["subnets"].as_array_mut().expect("a list");
            subnets.remove(throw.dice.below(subnets.len()));
        }
    }
}

/// Services that groups look at, and some that they don't.
const SERVICES: [(u8, Option<u16>); 7] = [
    (6, Some(443)),
    (6, Some(22)),
    (17, Some(53)),
    (6, Some(1433)),
    (6, Some(8080)),
    (17, Some(443)),
    (1, None),
];

fn flows(throw: &mut Throw<'_>, made: &[Made], networks: usize) -> Vec<Flow> {
    let outside =
        ["8.8.8.8", "203.0.113.9", "192.168.10.4", "172.16.5.9", "52.239.1.7", "40.68.37.9", "20.0.0.9"];
    let mut addresses: Vec<String> = made.iter().flat_map(|s| s.hosts.iter().flatten().cloned()).collect();
    addresses.extend(addresses.clone());
    addresses.extend(outside.map(str::to_owned));
    // In a network's space and in no subnet; in a network that may not be on file.
    addresses.extend((0..=networks).map(|space| format!("10.{space}.200.7")));
    addresses.extend((0..=networks).map(|space| format!("10.{space}.0.9")));
    if throw.kinds.contains(&Kind::NicOutside) {
        addresses.push("10.9.0.4".to_owned());
    }
    if throw.kinds.contains(&Kind::DualStack) {
        addresses.extend(["2001:db8::9", "fd00:7::4", "2603:1000::7"].map(str::to_owned));
    }
    let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().expect("an address")).collect();
    let mut out = Vec::new();
    while out.len() < 30 {
        let (mut src, mut dst) = (*throw.dice.of(&addresses), *throw.dice.of(&addresses));
        let (mut protocol, mut port) = *throw.dice.of(&SERVICES);
        if throw.has(Kind::Probes, 6) {
            src = "168.63.129.16".parse().expect("an address");
        } else if throw.has(Kind::Platform, 4) {
            let services = [
                ("168.63.129.16", 17, 53),
                ("168.63.129.16", 6, 53),
                ("168.63.129.16", 17, 67),
                ("168.63.129.16", 6, 443),
                ("169.254.169.254", 6, 80),
                ("23.102.135.246", 6, 1688),
            ];
            let (address, number, at) = *throw.dice.of(&services);
            (dst, protocol, port) = (address.parse().expect("an address"), number, Some(at));
        }
        if throw.has(Kind::Agent, 6) {
            dst = "168.63.129.16".parse().expect("an address");
            (protocol, port) = (6, Some(*throw.dice.of(&[80, 32_526])));
        }
        if src.is_ipv4() == dst.is_ipv4() && src != dst && (protocol != 1 || src.is_ipv4()) {
            out.push(Flow { src, dst, protocol, port });
        }
    }
    out
}
