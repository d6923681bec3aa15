//! A simulation for the Rules screen: totals, a matrix of subnets, tables in words and capped, and the conversations
//! behind each number.

use super::matrix::infos;
use super::{
    Capped, Engine, FateCell, FateLine, RuleSource, SimulateAsk, SimulatedPart, SimulatedRow,
    SimulationAnswer,
};
use crate::rules::{ByFate, Fate, FateKeys, FateSums, Observed, Simulated, Simulation};
use crate::topology::Assignment;
use azflow_core::model::Protocol;
use azflow_core::model::SortSmall;
use std::collections::{BTreeMap, HashSet};

/// Lines of the tables, and conversations.
pub(super) const LINES: usize = 200;
/// Pairs of subnets that are listed: their table stands for the matrix.
const PAIRS: usize = 1_000;
/// Fates in the order in which they are looked at.
const WORST_FIRST: [Fate; 5] =
    [Fate::WouldBreak, Fate::NewlyOpened, Fate::Undecidable, Fate::Kept, Fate::StillBlocked];

impl Engine {
    pub(super) fn simulation(&mut self, ask: &SimulateAsk) -> SimulationAnswer {
        let kept = match self.simulated(ask) {
            Ok(kept) => kept,
            Err(error) => return SimulationAnswer { error: Some(error), ..SimulationAnswer::default() },
        };
        let (simulation, sums) = (&kept.simulation, &kept.sums);
        let loaded = if ask.source == RuleSource::Loaded { None } else { self.loaded_totals() };
        let traffic = self.traffic();
        let subnets = self.assignment(ask.draft.view.cut);
        let subnet_of = subnets.map(|s| s.subnet_of.as_slice()).unwrap_or_default();
        let name = |place: u32| {
            let found = subnets.and_then(|s| s.subnets.get(place as usize));
            found.map(|s| s.name.as_str()).unwrap_or_default()
        };
        let words = |table: usize, key: u64| match table {
            0 => (name((key >> 32) as u32), name(key as u32).to_owned()),
            1 => simulation
                .by_number(key as u32)
                .map_or(("", String::new()), |by| (by.nsg.as_str(), by.rule.clone())),
            _ => {
                let protocol = Protocol::all().nth((key >> 32) as usize).unwrap_or(Protocol::UNKNOWN);
                ("", service(protocol, u16::try_from(key as u32).ok()))
            }
        };
        let mut out = SimulationAnswer {
            groups: kept.groups as u32,
            not_understood: kept.not_understood.clone(),
            loaded,
            totals: sums.totals,
            on_default: sums.on_default,
            subnets: subnets.map(infos).unwrap_or_default(),
            cells: cells(sums),
            ..SimulationAnswer::default()
        };
        if !ask.part.is_nothing() {
            let listing = Listing::new(&ask.part, subnets, sums, &|table, key| words(table, key));
            let row = |seen: &Observed, result: &Simulated| {
                let [ends, ..] = Simulation::keys(seen, result, subnet_of);
                SimulatedRow {
                    src: (traffic.src(seen).to_string(), name((ends >> 32) as u32).to_owned()),
                    dst: (traffic.dst(seen).to_string(), name(ends as u32).to_owned()),
                    service: service(seen.protocol, seen.port),
                    fate: result.fate,
                    tally: seen.tally,
                    by: simulation.by(result).map(|by| (by.nsg.clone(), by.rule.clone())),
                }
            };
            // The first of each fate, since nobody knows which there are before the end.
            let mut found: [Vec<SimulatedRow>; 5] = Default::default();
            for (seen, result) in traffic.conversations.iter().zip(&simulation.results) {
                if listing.has(result, Simulation::keys(seen, result, subnet_of)) {
                    out.rows.total += 1;
                    if let Some(list) = found.get_mut(result.fate as usize).filter(|list| list.len() < LINES)
                    {
                        list.push(row(seen, result));
                    }
                }
            }
            let mut of = |fate: Fate| found.get_mut(fate as usize).map(std::mem::take).unwrap_or_default();
            out.rows.rows = WORST_FIRST.into_iter().flat_map(&mut of).take(LINES).collect();
        }
        let mut tables: [BTreeMap<(&str, String), ByFate>; 3] = Default::default();
        for (number, (table, sums)) in tables.iter_mut().zip(&sums.tables).enumerate() {
            for (key, fates) in sums {
                // Two of the same name are one line.
                let line = table.entry(words(number, *key)).or_default();
                line.iter_mut().zip(fates).for_each(|(sum, more)| *sum += more);
            }
        }
        let mut most = [PAIRS, LINES, LINES].into_iter();
        out.tables = tables.map(|table| lines(table, most.next().unwrap_or(LINES)));
        out
    }
}

/// Every pair of subnets, by source, then destination.
fn cells(sums: &FateSums) -> Vec<FateCell> {
    let cell =
        |(key, fates): (&u64, &ByFate)| FateCell { src: (key >> 32) as u32, dst: *key as u32, fates: *fates };
    let mut out: Vec<FateCell> = sums.tables[0].iter().map(cell).collect();
    out.sort_small_by_key(|cell| (cell.src, cell.dst));
    out
}

/// Which conversations are asked for, by numbers.
struct Listing<'a> {
    part: &'a SimulatedPart,
    /// By place: whether a subnet is asked for as source, and as destination; `None`: any is.
    ends: [Option<Vec<bool>>; 2],
    /// Keys of the rules and of the services that are asked for; `None`: any is.
    line: Option<[HashSet<u64>; 2]>,
}

impl<'a> Listing<'a> {
    fn new<'w>(
        part: &'a SimulatedPart,
        subnets: Option<&Assignment>,
        sums: &FateSums,
        words: &dyn Fn(usize, u64) -> (&'w str, String),
    ) -> Self {
        let list = subnets.map(|all| all.subnets.as_slice()).unwrap_or_default();
        let called = |name: &String| list.iter().map(|subnet| subnet.name == *name).collect();
        let line = part.line.as_ref().map(|(of, name)| {
            [1, 2].map(|table| {
                let is_it = |key: &u64| {
                    let said = words(table, *key);
                    said.0 == of && said.1 == *name
                };
                sums.tables[table].keys().copied().filter(is_it).collect()
            })
        });
        Self { part, ends: [part.ends.src.as_ref().map(called), part.ends.dst.as_ref().map(called)], line }
    }

    fn has(&self, result: &Simulated, [ends, rule, service]: FateKeys) -> bool {
        let is_end = |wanted: &Option<Vec<bool>>, place: u64| {
            wanted.as_ref().is_none_or(|wanted| wanted.get(place as usize) == Some(&true))
        };
        self.part.fate.is_none_or(|fate| fate == result.fate)
            && (!self.part.on_default || result.on_default)
            && is_end(&self.ends[0], ends >> 32)
            && is_end(&self.ends[1], ends & u64::from(u32::MAX))
            && self
                .line
                .as_ref()
                .is_none_or(|[rules, services]| rules.contains(&rule) || services.contains(&service))
    }
}

/// Lines of a table, those with something to look at first.
fn lines(table: BTreeMap<(&str, String), ByFate>, most: usize) -> Capped<FateLine> {
    let mut rows: Vec<FateLine> = table.into_iter().map(|((a, b), fates)| (a.to_owned(), b, fates)).collect();
    let looks = |line: &FateLine| {
        let [kept, breaks, blocked, opened, open] = line.2;
        std::cmp::Reverse((breaks, opened, open, kept + blocked))
    };
    rows.sort_small_by_key(|a| looks(a));
    let total = rows.len() as u32;
    rows.truncate(most);
    Capped { rows, total }
}

fn service(protocol: Protocol, port: Option<u16>) -> String {
    port.map_or_else(|| protocol.to_string(), |port| format!("{protocol}/{port}"))
}
