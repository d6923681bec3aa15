//! Items of a list that are called alike: which of them another one takes the place of.

use super::order;
use azflow_core::model::SecurityRule;
use std::collections::BTreeMap;

/// Places of what is called alike in a list, and since which description they are in the list's order.
#[derive(Debug, Default)]
pub(super) struct Alike(BTreeMap<String, (u32, Vec<usize>)>);

impl Alike {
    pub fn of<T>(list: &[T], key: impl Fn(&T) -> String) -> Self {
        let mut out = Self::default();
        for (place, item) in list.iter().enumerate() {
            out.0.entry(key(item)).or_default().1.push(place);
        }
        out
    }

    /// Puts an item in place of the first that is called alike and is the same, else at the end.
    pub fn put<T>(
        &mut self,
        list: &mut Vec<T>,
        (key, item): (String, T),
        same: impl Fn(&T, &T) -> bool,
        by: impl Fn(&T, &T) -> std::cmp::Ordering,
        merged: u32,
    ) {
        let (since, places) = self.0.entry(key).or_default();
        // Of several that are called alike the first in order is meant: those are few, all others need no order yet.
        if *since < merged && places.len() > 1 {
            for end in 1..places.len() {
                for at in (1..=end).rev() {
                    if let [a, b] = [places[at - 1], places[at]]
                        && by(&list[a], &list[b]).is_gt()
                    {
                        list.swap(a, b);
                    }
                }
            }
        }
        *since = merged;
        match places.iter().find(|place| list.get(**place).is_some_and(|known| same(known, &item))) {
            Some(place) => list[*place] = item,
            None => {
                places.push(list.len());
                list.push(item);
            }
        }
    }

    /// The same of rules.
    pub fn of_rules(list: &[SecurityRule]) -> Self {
        Self::of(list, rule_key)
    }

    /// Puts a rule.
    pub fn put_rule(&mut self, list: &mut Vec<SecurityRule>, rule: SecurityRule, merged: u32) {
        self.put(list, (rule_key(&rule), rule), is_same_rule, order::rules, merged);
    }
}

fn rule_key(rule: &SecurityRule) -> String {
    format!("{:?} {}", rule.direction, rule.name.to_ascii_lowercase())
}

/// Whether a rule stands for one that is there. One whose access was not understood is two.
fn is_same_rule(known: &SecurityRule, rule: &SecurityRule) -> bool {
    !(known.doubt.is_some() && known.doubt == rule.doubt && known.access != rule.access)
}

/// Rules of one group, each put in turn.
pub(super) fn distinct_rules(rules: Vec<SecurityRule>) -> Vec<SecurityRule> {
    let (mut out, mut alike) = (Vec::with_capacity(rules.len()), Alike::default());
    for rule in rules {
        alike.put_rule(&mut out, rule, 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::{Decision, Direction};

    #[test]
    fn rules_that_are_called_alike_stay_few() {
        let one = SecurityRule {
            name: "r".to_owned(),
            description: String::new(),
            priority: 0,
            direction: Direction::Inbound,
            access: Decision::Allowed,
            protocol: None,
            sources: Vec::new(),
            source_ports: Vec::new(),
            destinations: Vec::new(),
            destination_ports: Vec::new(),
            doubt: None,
        };
        let rules = (0..50_000_u32).map(|at| SecurityRule {
            access: if at % 3 == 0 { Decision::Allowed } else { Decision::Denied },
            doubt: (at % 5 > 0).then(|| (at % 7).to_string()),
            ..one.clone()
        });
        assert!(distinct_rules(rules.collect()).len() < 16);
    }
}
