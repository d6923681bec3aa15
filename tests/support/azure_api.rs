//! A small model of what Azure does with requests for network security groups: it takes them or refuses them, and keeps
//! what they say.
//!
//! A group's PUT replaces all of it, tags too. `az network nsg create` sends such a PUT with an empty body. A rule's PUT
//! writes it as a whole; names are the same in any case; two rules of a direction never share a priority. A subnet has
//! one group at a time, and a group that a subnet has can't be deleted.

use azflow_core::model::SecurityRule;
use azflow_engine::export;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A group as Azure keeps it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    pub tags: BTreeMap<String, String>,
    /// Rules by name in lower case.
    pub rules: BTreeMap<String, SecurityRule>,
}

/// All groups, by name in lower case, and which of them subnets have: by network and name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Api {
    pub groups: BTreeMap<String, Group>,
    pub subnets: BTreeMap<String, String>,
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Group {
    /// Of these rules; Azure would not take two of one name or priority.
    pub fn of(rules: &[SecurityRule]) -> Result<Self, String> {
        let mut out = Self::default();
        for rule in rules {
            if out.rules.contains_key(&key(&rule.name)) {
                return Err(format!("two rules are named {}", rule.name));
            }
            out.put(rule)?;
        }
        Ok(out)
    }

    fn put(&mut self, rule: &SecurityRule) -> Result<(), String> {
        let name = &rule.name;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let named = name.len() <= 80
            && name.starts_with(is_word)
            && name.ends_with(is_word)
            && name.chars().all(|c| is_word(c) || c == '.' || c == '-');
        if !named {
            return Err(format!("no name for a rule: {name}"));
        }
        if !(100..=4096).contains(&rule.priority) {
            return Err(format!("{name}: no priority: {}", rule.priority));
        }
        if rule.description.chars().count() > 140 {
            return Err(format!("{name}: the description is too long"));
        }
        let lists = [rule.sources.len(), rule.destinations.len()];
        let ports = [rule.source_ports.len(), rule.destination_ports.len()];
        if lists.contains(&0) || ports.contains(&0) {
            return Err(format!("{name} names no end or no port"));
        }
        let others = || self.rules.iter().filter(|(other, _)| **other != key(name)).map(|(_, rule)| rule);
        if let Some(other) =
            others().find(|other| (other.direction, other.priority) == (rule.direction, rule.priority))
        {
            return Err(format!("{name} and {} have priority {}", other.name, rule.priority));
        }
        if others().count() >= 1000 {
            return Err("more than 1,000 rules".to_owned());
        }
        let most = |count: &dyn Fn(&SecurityRule) -> usize| others().map(count).sum::<usize>() + count(rule);
        if most(&|rule| rule.sources.len()) > 4000 || most(&|rule| rule.destinations.len()) > 4000 {
            return Err("more than 4,000 addresses and ranges".to_owned());
        }
        self.rules.insert(key(name), rule.clone());
        Ok(())
    }

    /// Its rules by direction and priority.
    pub fn sorted(&self) -> Vec<SecurityRule> {
        let mut out: Vec<SecurityRule> = self.rules.values().cloned().collect();
        out.sort_by_key(|rule| (rule.direction, rule.priority));
        out
    }

    /// As text that is the same for the same group alone.
    pub fn canonical(&self) -> String {
        let rules: Vec<Value> = self.sorted().iter().map(export::rule).collect();
        json!({ "tags": self.tags, "rules": rules }).to_string()
    }
}

impl Api {
    pub fn group(&self, name: &str) -> Result<&Group, String> {
        self.groups.get(&key(name)).ok_or_else(|| format!("no group {name}"))
    }

    /// The PUT of a whole group.
    pub fn put_group(&mut self, name: &str, group: Group) -> Result<(), String> {
        let checked = Group::of(&group.sorted())?;
        self.groups.insert(key(name), Group { tags: group.tags, ..checked });
        Ok(())
    }

    /// Gives a subnet a group in place of the one that it has.
    pub fn attach(&mut self, network: &str, subnet: &str, group: &str) -> Result<(), String> {
        self.group(group)?;
        let at = format!("{network}/{subnet}");
        *self.subnets.get_mut(&at).ok_or_else(|| format!("no subnet {at}"))? = key(group);
        Ok(())
    }

    pub fn delete_group(&mut self, name: &str) -> Result<(), String> {
        if let Some((at, _)) = self.subnets.iter().find(|(_, group)| **group == key(name)) {
            return Err(format!("{name} is in use by {at}"));
        }
        self.groups.remove(&key(name)).map(|_| ()).ok_or_else(|| format!("no group {name}"))
    }

    pub fn put_rule(&mut self, group: &str, rule: &SecurityRule) -> Result<(), String> {
        self.groups.get_mut(&key(group)).ok_or_else(|| format!("no group {group}"))?.put(rule)
    }

    /// The DELETE of a rule; Azure takes that of one that is not there, too, but nobody should have to rely on that.
    pub fn delete_rule(&mut self, group: &str, name: &str) -> Result<(), String> {
        let group = self.groups.get_mut(&key(group)).ok_or_else(|| format!("no group {group}"))?;
        group.rules.remove(&key(name)).map(|_| ()).ok_or_else(|| format!("no rule {name}"))
    }
}
