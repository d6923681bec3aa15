//! What Azure worked out for a NIC: its effective groups, with the addresses that tags hold there.

use super::value::{Object, object, prefixes, texts_of};
use super::{Reading, rules};
use azflow_core::ingest::IssueCode;
use azflow_core::model::{Direction, EffectiveTag, Endpoint, Network, Prefix, ResourceId, ServiceTag};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names of default rules begin with this, those of a group's own rules with `securityRules/`.
const DEFAULT: &str = "defaultsecurityrules/";

/// The priority of the default rule that denies the rest: with it a direction's defaults are all there.
const LAST: u16 = 65_500;

/// Reads an object if it is an effective group, or a list of effective routes.
pub(super) fn read(o: &Object<'_>, out: &mut Reading) -> bool {
    if o.names("effectivesecurityrules") {
        group(o, out);
    } else if o.has("nexthoptype") && o.has("source") && o.has("state") {
        out.note(
            IssueCode::WrongKind,
            "effective routes, which are passed over: the file doesn't say whose they are; give the route tables, \
             az network route-table list -o json"
                .to_owned(),
        );
    } else {
        return false;
    }
    true
}

fn group(o: &Object<'_>, out: &mut Reading) {
    let Some(id) = o.reference("networksecuritygroup") else {
        let message = "effective rules of a group that the file doesn't name".to_owned();
        out.note(IssueCode::NetworkPart, message);
        return;
    };
    let place = o.get("association").and_then(object);
    let at = |key: &str| place.and_then(|place| place.reference(key));
    let (subnet, nic) = (at("subnet"), at("networkinterface"));
    let name = id.name().to_owned();
    let list = o.list("effectivesecurityrules");
    // Text instead of a list is what ConvertTo-Json left of it.
    let mut is_cut = o.get("effectivesecurityrules").is_none_or(Value::is_string);
    let mut notes = Vec::new();
    let mut effective: Vec<EffectiveTag> = Vec::new();
    let places: Vec<&ResourceId> = subnet.iter().chain(&nic).collect();
    let mut own = Vec::new();
    let mut defaults = Vec::new();
    for value in list {
        let Some(rule) = object(value) else {
            is_cut = true;
            continue;
        };
        for place in &places {
            effective.extend(expanded(&rule, place));
        }
        let is_default = rule.text("name").to_ascii_lowercase().starts_with(DEFAULT);
        let (read, other) = rules::rules(vec![value], &mut |why| notes.push(why));
        is_cut |= other;
        for mut rule in read {
            rule.sources = every_address(rule.sources, is_default);
            rule.destinations = every_address(rule.destinations, is_default);
            if is_default { &mut defaults } else { &mut own }.push(rule);
        }
    }
    for place in &places {
        effective.extend(tag_map(o, place));
    }
    for direction in [Direction::Inbound, Direction::Outbound] {
        if !defaults.iter().any(|rule| rule.direction == direction && rule.priority == LAST) {
            defaults.retain(|rule| rule.direction != direction);
        }
    }
    if is_cut {
        notes.push(format!("not all effective rules of {name} are in the file: run it again with -Depth 10"));
    }
    let nsg = out.network.nsg_of(&id);
    nsg.doubt = is_cut.then(|| format!("not all rules of {name} are in the file")).or(nsg.doubt.take());
    nsg.whole = true;
    nsg.subnets.extend(subnet);
    nsg.nics.extend(nic);
    out.network.put_rules(&id, false, own);
    out.network.put_rules(&id, true, defaults);
    notes.into_iter().for_each(|why| out.note(IssueCode::NetworkPart, why));
    effective.into_iter().for_each(|tag| out.network.extend_effective(tag));
    out.network.put_effective_in_order();
}

/// Effective rules write `*` as `0.0.0.0/0`, so of IPv6 nothing is known but in default rules.
fn every_address(ends: Vec<Endpoint>, is_default: bool) -> Vec<Endpoint> {
    let is_all =
        |end: &Endpoint| matches!(end, Endpoint::Prefix(prefix) if prefix.to_string() == "0.0.0.0/0");
    if !ends.iter().any(is_all) || ends.contains(&Endpoint::Any) {
        return ends;
    }
    if is_default {
        return vec![Endpoint::Any];
    }
    let names_both =
        ends.iter().any(|end| matches!(end, Endpoint::Prefix(prefix) if prefix.to_string() == "::/0"));
    let open = Endpoint::Unknown("0.0.0.0/0 of an effective rule, which may mean IPv6, too".to_owned());
    if names_both { ends } else { ends.into_iter().chain([open]).collect() }
}

/// The tags that a rule names alone on a side, with the addresses that Azure lists for the side.
fn expanded(rule: &Object<'_>, place: &ResourceId) -> Vec<EffectiveTag> {
    let mut out = Vec::new();
    for side in ["source", "destination"] {
        let keys = ["prefix", "prefixes"].map(|end| format!("{side}address{end}"));
        let mut named = rule.texts(&[&keys[0], &keys[1]]);
        named.sort_unstable();
        named.dedup();
        let [tag] = named.as_slice() else { continue };
        let Endpoint::Tag(tag) = rules::endpoint(tag) else { continue };
        let list = format!("expanded{side}addressprefix");
        let other = format!("{list}es");
        let (prefixes, others) = rule.prefixes(&[&list, &other]);
        if !prefixes.is_empty() && others.is_empty() {
            out.push(EffectiveTag { place: place.clone(), tag, prefixes });
        }
    }
    out
}

/// Tags with their addresses as the group lists them itself: `tagMap`.
fn tag_map(o: &Object<'_>, place: &ResourceId) -> Vec<EffectiveTag> {
    let Some(tags) = o.get("tagmap").and_then(object) else { return Vec::new() };
    let read = |(tag, value): (&String, _)| {
        let (prefixes, others) = prefixes(texts_of(value));
        let is_whole = !prefixes.is_empty() && others.is_empty();
        is_whole.then(|| EffectiveTag { place: place.clone(), tag: tag.clone(), prefixes })
    };
    tags.fields().filter_map(read).collect()
}

/// Tags that mean another thing at each place, or that need no list.
const OF_PLACES: [&str; 3] = ["virtualnetwork", "internet", "azureloadbalancer"];

/// Makes tags of what effective rules list for them, where no file of tags tells and all places agree.
pub(super) fn make_tags(network: &mut Network) {
    let known = BTreeSet::from_iter(network.tags.iter().map(|tag| tag.name.to_ascii_lowercase()));
    let mut found: Vec<(String, Option<Vec<Prefix>>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for listed in &network.effective {
        let name = listed.tag.to_ascii_lowercase();
        if known.contains(&name) || OF_PLACES.contains(&name.as_str()) {
            continue;
        }
        let place = *places.entry(name).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, prefixes)) if prefixes.as_ref() == Some(&listed.prefixes) => {}
            Some((_, prefixes)) => *prefixes = None,
            None => found.push((listed.tag.clone(), Some(listed.prefixes.clone()))),
        }
    }
    network.tags.extend(found.into_iter().filter_map(|(name, prefixes)| {
        Some(ServiceTag { name, prefixes: prefixes?, usable_in_nsg: Some(true), ..ServiceTag::default() })
    }));
}
