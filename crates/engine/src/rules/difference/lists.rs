//! The lists of rules of both sets by what they say: lists that differ in names, texts and numbers alone are one.

use crate::rules::joined;
use azflow_core::model::{Decision, Endpoint, PortRange, SecurityRule};
use hashbrown::HashMap;

/// A rule of a list.
#[derive(Debug)]
pub struct Content {
    /// The first rule that was met with this content.
    pub rule: SecurityRule,
    /// The same for rules that say the same.
    pub id: u32,
    /// What else than addresses and services must hold, which no flow tells: 0 for nothing.
    pub condition: u32,
    /// Whether it has the priority of the rule before it: then either may come first.
    pub is_tied: bool,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Lists {
    lists: Vec<Vec<Content>>,
    numbers: Numbers,
}

/// Numbers of texts.
#[derive(Debug, Default)]
struct Numbers {
    lists: HashMap<Vec<(u32, bool)>, u32>,
    rules: HashMap<String, u32>,
    /// From 1 on.
    conditions: HashMap<String, u32>,
}

fn numbered<K: std::hash::Hash + Eq>(known: &mut HashMap<K, u32>, key: K, from: u32) -> u32 {
    let next = known.len() as u32 + from;
    *known.entry(key).or_insert(next)
}

/// One side of a rule as a text that is the same for the same addresses.
pub fn end_key(end: &Endpoint) -> String {
    match end {
        Endpoint::Tag(tag) => format!("tag {}", tag.to_ascii_lowercase()),
        Endpoint::Asg(id) => format!("asg {}", id.0.trim_end_matches('/').to_ascii_lowercase()),
        Endpoint::Unknown(text) => format!("text {text}"),
        plain => format!("{plain:?}"),
    }
}

/// A side of a rule, likewise.
pub fn ends_key(ends: &[Endpoint]) -> Vec<String> {
    let mut keys: Vec<String> = ends.iter().map(end_key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Lists {
    /// The number of a list, in the order of evaluation.
    pub fn number(&mut self, rules: &[SecurityRule]) -> u32 {
        let mut before: Option<u16> = None;
        let contents: Vec<Content> = rules
            .iter()
            .map(|rule| {
                let is_tied = rule.priority > 0 && before == Some(rule.priority);
                before = Some(rule.priority);
                let key = format!(
                    "{:?}",
                    (
                        rule.access,
                        rule.protocol,
                        ends_key(&rule.sources),
                        ends_key(&rule.destinations),
                        joined(&rule.source_ports),
                        joined(&rule.destination_ports),
                        &rule.doubt,
                    )
                );
                let id = numbered(&mut self.numbers.rules, key, 0);
                let condition = match &rule.doubt {
                    Some(why) => Some(why.clone()),
                    None if rule.source_ports.contains(&PortRange::ALL) => None,
                    None => Some(format!("{:?}", joined(&rule.source_ports))),
                };
                let condition = condition.map_or(0, |why| numbered(&mut self.numbers.conditions, why, 1));
                Content { rule: rule.clone(), id, condition, is_tied }
            })
            .collect();
        let key = contents.iter().map(|content| (content.id, content.is_tied)).collect();
        let number = numbered(&mut self.numbers.lists, key, 0);
        if number as usize == self.lists.len() {
            self.lists.push(contents);
        }
        number
    }

    /// The rules of a list.
    pub fn get(&self, number: u32) -> &[Content] {
        self.lists.get(number as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Content {
    /// Whether it allows.
    pub fn access(&self) -> Decision {
        self.rule.access
    }
}
