//! A small network to draft in, written as az prints it: one virtual network with subnets, groups and NICs, and a log
//! of flows told in words.

use super::load;
use super::rules::{a, nsg_record, records};
use azflow_core::model::{Direction, Protocol};
use azflow_engine::export::{read_rules, rules_document};
use azflow_engine::rules::{
    Action, Draft, DraftOptions, DraftedNsg, DraftedRule, Flow, Observed, Places, RuleSet, Ruling,
    Simulation, Traffic, Want, World, decide, draft, simulate,
};
use azflow_engine::session::Engine;
use azflow_engine::topology::Cut;
use serde_json::{Value, json};
use std::rc::Rc;

pub const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";
/// The NIC at which everything is logged.
const MAC: &str = "000D3A445566";

pub fn id(kind: &str, name: &str) -> String {
    format!("{NET}/{kind}/{name}")
}

pub fn to(id: &str) -> Value {
    json!({ "id": id })
}

/// Both directions.
pub fn outbound() -> DraftOptions {
    DraftOptions { outbound: true, ..DraftOptions::default() }
}

/// The first with all keys of the second.
pub fn with(mut value: Value, more: Value) -> Value {
    for (key, more) in more.as_object().into_iter().flatten() {
        value[key] = more.clone();
    }
    value
}

/// A subnet of the network `hub`.
pub fn subnet(name: &str, prefix: &str, more: Value) -> Value {
    let own = json!({ "id": id("virtualNetworks", &format!("hub/subnets/{name}")), "name": name, "addressPrefix": prefix });
    with(own, more)
}

/// The group at a subnet, or NIC.
pub fn has(group: &str) -> Value {
    json!({ "networkSecurityGroup": to(&id("networkSecurityGroups", group)) })
}

/// The network `hub`, with the private space 10.1.0.0/16 and the public 20.181.0.0/16.
pub fn hub(subnets: &[Value]) -> Value {
    json!([{ "id": id("virtualNetworks", "hub"), "name": "hub", "location": "westeurope", "subnets": subnets,
        "addressSpace": { "addressPrefixes": ["10.1.0.0/16", "20.181.0.0/16"] } }])
}

/// A group with rules told as `in 100 + tcp 10.1.0.0/24 > * 443,8080 name`.
pub fn group(name: &str, rules: &[&str]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|text| rule(text)).collect();
    json!({ "id": id("networkSecurityGroups", name), "name": name, "location": "westeurope", "securityRules": rules })
}

fn rule(text: &str) -> Value {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [way, priority, access, protocol, from, ">", to, ports, name] = words.as_slice() else {
        panic!("not a rule: {text}")
    };
    let mut rule = json!({
        "name": name, "priority": priority.parse::<u16>().expect("of the test"), "protocol": protocol,
        "direction": if *way == "in" { "Inbound" } else { "Outbound" },
        "access": if *access == "+" { "Allow" } else { "Deny" },
        "sourcePortRange": "*", "destinationPortRanges": ports.split(',').collect::<Vec<_>>(),
    });
    for (side, text) in [("source", from), ("destination", to)] {
        match text.strip_prefix("asg:") {
            Some(name) => {
                let group = self::to(&id("applicationSecurityGroups", name));
                rule[format!("{side}ApplicationSecurityGroups")] = json!([group]);
            }
            None => rule[format!("{side}AddressPrefixes")] = text.split(',').collect(),
        }
    }
    rule
}

/// A NIC in a subnet of `hub`.
pub fn nic(name: &str, subnet: &str, address: &str, more: Value) -> Value {
    let own = json!({ "id": id("networkInterfaces", name), "name": name, "macAddress": "", "ipConfigurations": [{
        "privateIPAddress": address, "subnet": to(&id("virtualNetworks", &format!("hub/subnets/{subnet}"))) }] });
    with(own, more)
}

/// A connection told as `tcp 10.1.0.4 > 10.1.1.5 443`.
pub fn flow(text: &str) -> Flow {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [protocol, src, ">", dst, port] = words.as_slice() else { panic!("not a flow: {text}") };
    let protocol = match *protocol {
        "tcp" => Protocol::TCP,
        "udp" => Protocol::UDP,
        other => panic!("{other} in {text}"),
    };
    Flow { src: a(src), dst: a(dst), protocol, port: Some(port.parse().expect("of the test")) }
}

/// A log of flows told as `in + tcp 10.1.0.4 > 10.1.1.5 443`, by the rule that is named behind it, or a default one.
pub fn log(flows: &[&str]) -> Vec<u8> {
    let record = |(number, text): (usize, &&str)| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [way, access, protocol, src, ">", dst, port, by @ ..] = words.as_slice() else {
            panic!("not a flow: {text}")
        };
        let letter =
            |word: &str, first: &str, one: char, other: char| if word == first { one } else { other };
        let tuple = format!(
            "{},{src},{dst},{},{port},{},{},{},E,9,1200,8,7000",
            1_790_812_800 + number,
            50_000 + number % 1000,
            letter(protocol, "tcp", 'T', 'U'),
            letter(way, "in", 'I', 'O'),
            letter(access, "+", 'A', 'D'),
        );
        let is_public = |text: &str| a(text).is_public() && !text.starts_with("20.181.");
        let rule = by.first().copied().unwrap_or(match (*way, is_public(src), is_public(dst)) {
            ("in", false, _) => "DefaultRule_AllowVnetInBound",
            ("out", _, false) => "DefaultRule_AllowVnetOutBound",
            ("out", _, true) => "DefaultRule_AllowInternetOutBound",
            _ => "UserRule_own",
        });
        nsg_record(0, MAC, &id("networkSecurityGroups", "logged"), rule, &[tuple])
    };
    records(&flows.iter().enumerate().map(record).collect::<Vec<_>>())
}

/// A draft with what it was made of.
pub struct Estate {
    pub engine: Engine,
    pub traffic: Rc<Traffic>,
    pub draft: Draft,
    pub below: RuleSet,
    pub world: World,
}

impl Estate {
    /// Descriptions, and flows as [`log`] has them.
    pub fn new(files: &[&Value], flows: &[&str], options: DraftOptions) -> Self {
        Self::wanted(files, flows, options, &|_, _| Want::Unmarked)
    }

    /// The same with what a reviewer says of conversations.
    pub fn wanted(
        files: &[&Value],
        flows: &[&str],
        options: DraftOptions,
        want: &dyn Fn(usize, &Observed) -> Want,
    ) -> Self {
        let mut named = vec![("PT1H.json".to_owned(), log(flows))];
        let files = files.iter().enumerate();
        named.extend(files.map(|(at, file)| (format!("{at}.json"), file.to_string().into_bytes())));
        let sources: Vec<(&str, &[u8])> = named.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        let mut engine = load(&sources);
        let traffic = engine.traffic();
        let draft = engine.draft_reviewed(&traffic, Cut::default(), &options, want).expect("of the test");
        let (below, world) = (engine.rule_set(), engine.world());
        Self { engine, traffic, draft, below, world }
    }

    /// The groups in force once the draft is, by way of the document that it is saved as.
    pub fn after(&self) -> RuleSet {
        let text = rules_document(&self.draft, &self.traffic, None);
        read_rules(text.as_bytes(), &self.below).expect("of the test").over(&self.below, &self.world)
    }

    /// What a draft changes once this one is in force: nothing, if all is well.
    pub fn changed_again(&mut self, options: &DraftOptions) -> Vec<(String, Action, String)> {
        let existing = self.after();
        let subnets = self.engine.assignment(Cut::default()).expect("of the test").clone();
        let (named, services) =
            (self.engine.named_subnets(), self.engine.services(&self.traffic, Cut::default()));
        let places = Places {
            subnets: &subnets,
            named: &named,
            world: &self.world,
            existing: &existing,
            blind: &[],
            services: &services,
        };
        let again = draft(&self.traffic, &places, options, &|_, _| Want::Unmarked).expect("of the test");
        let mut out = Vec::new();
        for group in &again.groups {
            for change in group.changes().into_iter().filter(|change| change.action != Action::Keep) {
                out.push((group.nsg.name.clone(), change.action, change.rule.name.clone()));
            }
        }
        out
    }

    /// What is decided of a connection today, and with the draft.
    pub fn decided(&self, text: &str) -> (Ruling, Ruling) {
        let flow = flow(text);
        (decide(&self.below, &self.world, flow).0, decide(&self.after(), &self.world, flow).0)
    }

    /// What becomes of the traffic with the draft.
    pub fn simulated(&self) -> Simulation {
        simulate(&self.after(), &self.world, &self.traffic)
    }

    /// The group of a subnet.
    #[track_caller]
    pub fn at(&self, subnet: &str) -> &DraftedNsg {
        let mut all = self.draft.groups.iter();
        let group = all.find(|group| group.at.iter().any(|place| place.name.ends_with(subnet)));
        group.unwrap_or_else(|| panic!("no group at {subnet}: {:#?}", self.draft.notes))
    }

    /// The rules of a subnet's group in one direction: what becomes of each, its number and name.
    #[track_caller]
    pub fn changes(&self, subnet: &str, direction: Direction) -> Vec<(Action, u16, String)> {
        let changes = self.at(subnet).changes().into_iter();
        let own = changes.filter(|change| change.rule.direction == direction);
        own.map(|change| (change.action, change.rule.priority, change.rule.name.clone())).collect()
    }

    /// A rule of a subnet's group.
    #[track_caller]
    pub fn rule(&self, subnet: &str, name: &str) -> &DraftedRule {
        let rule = self.at(subnet).rules.iter().find(|drafted| drafted.rule.name == name);
        rule.unwrap_or_else(|| panic!("no {name} at {subnet}: {:#?}", self.at(subnet).nsg.rules))
    }

    pub fn is_noted(&self, text: &str) -> bool {
        self.draft.notes.iter().any(|note| note.contains(text))
    }
}
