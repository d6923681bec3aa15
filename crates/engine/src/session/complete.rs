//! Names that are loaded, as suggestions for a filter that is being typed.

use super::network::Named;
use crate::filter::{Completion, Field, MOST, Typing, beginning};
use azflow_core::model::SortSmall;
use azflow_core::model::{Protocol, UnixMillis, port_of, service_name};
use azflow_core::store::Store;
use std::collections::BTreeSet;

/// Names looked at for each kind; nobody reads on.
const ENOUGH: usize = 2_000;

/// Suggests what may be meant at a place in a text.
pub(super) fn complete(store: &Store, named: &Named<'_>, text: &str, cursor: usize) -> Completion {
    let typing = Typing::at(text, cursor);
    let begun = typing.begun.to_lowercase();
    let mut known: Vec<(Field, String, String)> = Vec::new();
    let fields = match typing.field {
        Field::Any => &[Field::Net, Field::Host, Field::Rule, Field::Port, Field::Acl, Field::Nic][..],
        ref one => std::slice::from_ref(one),
    };
    for field in fields {
        let mut add = |names: Vec<(String, String)>| {
            let fits = names.into_iter().filter(|(name, _)| name.to_lowercase().contains(&begun));
            known.extend(fits.take(ENOUGH).map(|(name, note)| (*field, name, note)));
        };
        let short = typing.field == Field::Any;
        match field {
            Field::Src | Field::Dst | Field::Host | Field::Net => {
                if short != (*field == Field::Host) {
                    add(subnets(named));
                }
                if *field != Field::Net {
                    // In order, since only so many are looked at.
                    let machines = named.naming.machines().map(|(at, name)| (name, at));
                    let machines: BTreeSet<(&str, azflow_core::model::Address)> = machines.collect();
                    add(machines.into_iter().map(|(name, at)| (name.to_owned(), at.to_string())).collect());
                    add(addresses(store, &typing.begun));
                }
            }
            Field::Port => add(ports(store, &begun)),
            Field::Protocol => add(keywords(store)),
            Field::Rule => add(strings(store, |context| context.rule)),
            Field::Acl => add(strings(store, |context| context.acl)),
            Field::Encryption => add(strings(store, |context| context.encryption)),
            Field::Nic => {
                let machine = |(mac, _): (String, String)| {
                    let name = named.naming.machine_of_nic(&mac).unwrap_or_default().to_owned();
                    (mac, name)
                };
                add(strings(store, |context| context.mac).into_iter().map(machine).collect());
            }
            Field::Time => add(days(store)),
            _ => {}
        }
    }
    // Fields as listed; of their names those that begin so, then short ones.
    let rank = |one: &(Field, String, String)| {
        let field = fields.iter().position(|field| *field == one.0);
        (field, !one.1.to_lowercase().starts_with(&begun), one.1.len())
    };
    known.sort_small_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.1.cmp(&b.1)));
    known.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
    typing.complete(&known)
}

/// Subnets and virtual networks.
fn subnets(named: &Named<'_>) -> Vec<(String, String)> {
    let one =
        |subnet: &crate::topology::Subnet| (subnet.name.clone(), subnet.network.clone().unwrap_or_default());
    let mut out: Vec<(String, String)> = named.subnets.subnets.iter().map(one).collect();
    out.extend(named.naming.networks().iter().map(|name| (name.clone(), "virtual network".to_owned())));
    out
}

/// The first addresses that begin so.
fn addresses(store: &Store, begun: &str) -> Vec<(String, String)> {
    let Some(block) = beginning(begun) else { return Vec::new() };
    let mut found: BTreeSet<azflow_core::model::Address> = BTreeSet::new();
    for address in store.addresses().filter(|address| block.holds(*address)) {
        found.insert(address);
        if found.len() > MOST {
            found.pop_last();
        }
    }
    found.into_iter().map(|address| (address.to_string(), String::new())).collect()
}

/// Ports that were seen, by number or, where letters were typed, by name.
fn ports(store: &Store, begun: &str) -> Vec<(String, String)> {
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let mut last = None;
    for number in 0..store.columns().conversations() {
        let service = store.columns().conversation(number).service;
        // Neighbours often have one service.
        if last.replace(service) != Some(service) {
            seen.insert(service);
        }
    }
    let numeric = begun.bytes().all(|b| b.is_ascii_digit());
    let row = |service: u32| {
        let (protocol, port) = (Protocol::of(service), port_of(service)?);
        let name = service_name(protocol, port).unwrap_or_default().to_owned();
        match numeric {
            true => Some((port.to_string(), name)),
            false => (!name.is_empty()).then(|| (name, format!("{port}/{protocol}"))),
        }
    };
    seen.into_iter().filter_map(row).collect()
}

fn keywords(store: &Store) -> Vec<(String, String)> {
    let count = store.columns().conversations();
    let numbers =
        BTreeSet::from_iter((0..count).map(|at| Protocol::of(store.columns().conversation(at).service)));
    numbers.into_iter().map(|protocol| (protocol.to_string(), String::new())).collect()
}

fn strings(store: &Store, of: fn(&azflow_core::ingest::Context) -> u32) -> Vec<(String, String)> {
    let numbers = BTreeSet::from_iter(store.contexts().iter().map(of));
    let names = BTreeSet::from_iter(numbers.into_iter().map(|number| store.string(number)));
    let name = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or_default();
        (last.to_owned(), if last == name { String::new() } else { name.to_owned() })
    };
    names.into_iter().filter(|name| !name.is_empty()).map(name).collect()
}

/// The days of which there are tuples.
fn days(store: &Store) -> Vec<(String, String)> {
    let reports = || store.sources().iter().map(|source| &source.report);
    let first = reports().filter_map(|report| report.first).min();
    let last = reports().filter_map(|report| report.last).max();
    let Some((first, last)) = first.zip(last) else { return Vec::new() };
    let days = first.hour() / 24..=last.hour() / 24;
    let day = |day: u32| {
        let text = UnixMillis::from_minute(day * 1440).to_iso();
        (text.get(..10).unwrap_or_default().to_owned(), "the whole day".to_owned())
    };
    days.take(MOST * 30).map(day).collect()
}
