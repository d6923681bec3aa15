//! A side of a comparison that outlives the files it was counted from: kept from what was loaded, or read from a
//! summary document that was saved then.

use super::View;
use super::compare::{PairKey, Pairs, add, pair_key};
use crate::export::{SummaryPair, read_summary};
use crate::findings::grouped;
use crate::topology::Assignment;
use azflow_core::model::SortSmall;
use azflow_core::model::compact::{from_bytes, to_bytes};
use azflow_core::model::{Tally, UnixMillis};
use azflow_core::store::{Mode, Pick, Store};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSide {
    /// Tells it from those that were kept before.
    pub number: u32,
    /// The summary document's file name; empty for what was loaded here.
    pub name: String,
    /// Sources with flow records.
    pub sources: u32,
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
    /// How it was counted.
    pub mode: Mode,
    /// What was let through.
    pub filter: String,
}

/// Pairs of subnets by name, with their services; ports for callers are one.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub about: KeptSide,
    names: Vec<String>,
    pairs: Pairs,
}

impl Side {
    /// What a pick leaves. The store must have counted the view's mode.
    pub fn of(store: &Store, subnets: &Assignment, view: &View, pick: Option<&Pick>) -> Self {
        let reports = || store.sources().iter().filter(|s| !s.records.is_empty()).map(|s| &s.report);
        let first = reports().filter_map(|report| report.first).min();
        let about = KeptSide {
            sources: reports().count() as u32,
            seen: first.zip(reports().filter_map(|report| report.last).max()),
            mode: view.mode,
            filter: view.filter.clone(),
            ..KeptSide::default()
        };
        let names = subnets.subnets.iter().map(|subnet| subnet.name.clone()).collect();
        let mut out = Self { about, names, pairs: Pairs::new() };
        for (number, tally) in store.tallies(view.mode, pick) {
            out.add(pair_key(store, subnets, number), tally);
        }
        out
    }

    /// Reads a summary document.
    ///
    /// # Errors
    /// Where the text is none.
    pub fn read(name: &str, text: &str) -> Result<Self, String> {
        let read = read_summary(text)?;
        let about = KeptSide {
            name: name.to_owned(),
            sources: read.sources,
            seen: read.window,
            mode: read.mode,
            ..KeptSide::default()
        };
        let mut out = Self { about, ..Self::default() };
        for SummaryPair { src, dst, services } in read.pairs {
            // Names are few, and pairs come by name: hashing them would buy nothing.
            let [src, dst] = [src, dst].map(|name| {
                out.names.iter().rposition(|known| *known == name).unwrap_or_else(|| {
                    out.names.push(name);
                    out.names.len() - 1
                }) as u32
            });
            for (protocol, port, tally) in services {
                out.add((src, dst, protocol.service(port)), &tally);
            }
        }
        Ok(out)
    }

    /// What another engine takes up by [`Side::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let pairs: Vec<(&PairKey, &Option<Tally>)> =
            self.pairs.iter().map(|(key, [tally, _])| (key, tally)).collect();
        to_bytes(&(&self.about, &self.names, pairs))
    }

    /// Nothing where the bytes are no side.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (about, names, pairs): (_, _, Vec<(PairKey, Option<Tally>)>) = from_bytes(bytes)?;
        Some(Self {
            about,
            names,
            pairs: pairs.into_iter().map(|(key, tally)| (key, [tally, None])).collect(),
        })
    }

    fn add(&mut self, (src, dst, service): PairKey, tally: &Tally) {
        add(&mut self.pairs, 0, (src, dst, grouped(service)), tally);
    }

    /// Every pair, by the numbers of these names; names that are not among them are added, in their order, so that how
    /// a side came about changes nothing.
    pub fn each<'a>(&'a self, names: &mut Vec<&'a str>, mut act: impl FnMut(PairKey, &Tally)) {
        // Of several places of one name the first is meant.
        let mut known: HashMap<&str, u32> = HashMap::new();
        for (at, name) in (0..).zip(names.iter().copied()) {
            known.entry(name).or_insert(at);
        }
        let mut more: Vec<&str> = self.names.iter().map(String::as_str).collect();
        more.retain(|name| !known.contains_key(name));
        more.sort_small();
        more.dedup();
        known.extend(more.iter().copied().zip(names.len() as u32..));
        names.extend(more);
        let number = |name: &String| known.get(name.as_str()).copied().unwrap_or_default();
        let numbers: Vec<u32> = self.names.iter().map(number).collect();
        let of = |name: u32| numbers.get(name as usize).copied().unwrap_or_default();
        for ((src, dst, service), [tally, _]) in &self.pairs {
            act((of(*src), of(*dst), *service), tally.as_ref().unwrap_or(&Tally::default()));
        }
    }
}
