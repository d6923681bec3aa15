//! What becomes of rules and why, in sentences for a person who reviews a file.

use super::comment;
use super::fields::{Value, fields};
use super::plan::{Stage, Way};
use crate::rules::{Action, Deed, DeployStep, DraftedNsg, DraftedRule, Purpose, RuleChange};
use azflow_core::model::SecurityRule;

/// Letters of a value that is told.
const TOLD: usize = 60;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What a rule rests on.
fn evidence(drafted: &DraftedRule) -> Option<String> {
    let (first, last) = drafted.seen?;
    let (first, last) = (first.to_day(), last.to_day());
    let times = if first == last { format!("on {first}") } else { format!("from {first} to {last}") };
    let maturity = drafted.maturity.map(|maturity| format!("; {}", maturity.as_str())).unwrap_or_default();
    Some(format!(
        "seen in {} with {} {times}, {} to {}{maturity}",
        count(drafted.conversations, "conversation", "conversations"),
        count(drafted.flows, "flow", "flows"),
        count(drafted.hosts.0, "source", "sources"),
        count(drafted.hosts.1, "destination", "destinations"),
    ))
}

/// Why a rule is what it is.
pub fn why(change: &RuleChange<'_>) -> String {
    if !change.why.is_empty() {
        return change.why.to_owned();
    }
    if let Some(told) = change.drafted.and_then(evidence) {
        return told;
    }
    let description = change.rule.description.as_str();
    match change.action {
        Action::Keep if description.is_empty() => "in force already".to_owned(),
        Action::Remove => "the draft has no need of it".to_owned(),
        _ if description.is_empty() => "part of the draft".to_owned(),
        _ => description.to_owned(),
    }
}

/// What of a rule was otherwise.
pub fn before(was: &SecurityRule, is: &SecurityRule) -> String {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::List(list, _) | Value::Groups(list) => list.join(" "),
    };
    let (was, is) = (fields(was), fields(is));
    let mut out: Vec<String> = Vec::new();
    for (name, value) in &was {
        if !is.iter().any(|(other, now)| other == name && now == value) {
            let told = text(value);
            let cut: String = told.chars().take(TOLD).collect();
            let more = if cut.len() < told.len() { " …" } else { "" };
            out.push(format!("{name} {cut}{more}"));
        }
    }
    let had = |name: &&str| was.iter().all(|(other, _)| other != name);
    out.extend(is.iter().map(|(name, _)| *name).filter(had).map(|name| format!("no {name}")));
    out.join(", ")
}

/// A rule's action and reason, in one sentence.
pub fn sentence(change: &RuleChange<'_>) -> String {
    let name = &change.rule.name;
    let verb = match change.action {
        Action::Keep => "Keep",
        Action::Change => "Change",
        Action::Add => "Add",
        Action::Remove => "Remove",
    };
    let was = change.before.map(|was| before(was, change.rule)).filter(|was| !was.is_empty());
    let was = was.map(|was| format!(" (it was: {was})")).unwrap_or_default();
    let why = why(change);
    // The verb says that already.
    let why = why.strip_prefix("kept: ").unwrap_or(&why);
    comment(&format!("{verb} {name}{was}: {why}"))
}

/// The sentence on the rule of this name.
pub fn of(way: &Way<'_>, name: &str) -> String {
    if way.part.rollback {
        return comment(&format!("{name} as it was before"));
    }
    let changes = way.group.changes();
    let change = changes.iter().find(|change| change.rule.name.eq_ignore_ascii_case(name));
    change.map(sentence).unwrap_or_else(|| comment(name))
}

/// What a step is for.
pub fn of_step(way: &Way<'_>, step: &DeployStep) -> String {
    let name = match &step.deed {
        Deed::Create(rule) | Deed::Update(rule) => &rule.name,
        Deed::Delete(name) => name,
    };
    match (&step.purpose, &step.deed) {
        (Purpose::MakeWay, _) => comment(&format!("Move {name} for now: another rule needs its priority")),
        (Purpose::StandIn(of), Deed::Delete(_)) => comment(&format!("Remove {name}: {of} has changed")),
        (Purpose::StandIn(of), _) => {
            comment(&format!("Add {name} for now: it says what {of} says while that changes"))
        }
        (Purpose::Draft, Deed::Delete(_)) if way.part.rollback => {
            comment(&format!("Remove {name}, which was not there before"))
        }
        (Purpose::Draft, _) => of(way, name),
    }
}

/// Sentences on the rules that a file doesn't touch, and on what it is to a group.
pub fn head(way: &Way<'_>) -> Vec<String> {
    let group = way.group;
    let mut out = vec![about(group)];
    let name = &group.nsg.name;
    out.push(comment(&if let (true, Some(shared)) = (way.makes(), way.shared()) {
        format!(
            "{name} is new, with the rules of {}: it takes that one's place at this subnet, and that one is left as it is",
            shared.name
        )
    } else if way.makes() {
        format!("{name} is new")
    } else if way.removes() {
        format!("{name} was not there before")
    } else if way.is_new() {
        format!("{name} is there from the first stage")
    } else {
        format!("{name} is in force")
    }));
    match (way.part.stage, way.part.rollback) {
        (Some(Stage::Allows), false) => {
            out.push("The first stage: what was allowed stays allowed".to_owned());
        }
        (Some(Stage::Deny), false) => out.push("The second stage: denials and removals".to_owned()),
        (None, false) => {}
        (stage, true) if way.is_new() && stage != Some(Stage::Deny) => return out,
        (stage, true) => {
            let to = match stage {
                Some(Stage::Deny) => "after the first stage",
                _ => "before the draft",
            };
            out.push(format!("The way back to what it was {to}"));
            return out;
        }
    }
    out
}

/// Why a file does not have a group's change.
pub fn blocked(way: &Way<'_>) -> Option<String> {
    way.steps.as_ref().err().map(|why| comment(&format!("Not written: {why}")))
}

/// What to know of a file that holds whole groups.
pub fn whole(way: &Way<'_>) -> Option<String> {
    let nsg = way.group.before.as_ref()?;
    Some(comment(&format!(
        "This is all of {}: a rule that is not here goes when it is deployed, and so do tags, which are on no file: add them. \
         Flow logs and diagnostic settings are resources of their own and stay",
        nsg.id
    )))
}

/// What a group is for.
fn about(group: &DraftedNsg) -> String {
    let prefixes: Vec<String> = group.prefixes.iter().map(ToString::to_string).collect();
    comment(&format!("{} ({})", group.subnet, prefixes.join(", ")))
}

/// Sentences on the rules that stay as they are.
pub fn kept(way: &Way<'_>) -> Vec<String> {
    if way.part.rollback {
        return Vec::new();
    }
    let changes = way.group.changes();
    changes.iter().filter(|change| change.action == Action::Keep).map(sentence).collect()
}

/// Sentences on the rules that go.
pub fn removed(way: &Way<'_>) -> Vec<String> {
    if way.part.rollback {
        return Vec::new();
    }
    let goes = |change: &&RuleChange<'_>| {
        change.action == Action::Remove && way.to.iter().all(|rule| rule.name != change.rule.name)
    };
    way.group.changes().iter().filter(goes).map(sentence).collect()
}
