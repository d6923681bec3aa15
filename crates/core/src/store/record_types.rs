//! Which kinds of tuples a log holds: a flow log can be set to keep only some of them, and what it leaves out must not
//! be taken for what did not happen.
//!
//! A setting belongs to a flow log, of which a NIC has one at a time. So what a source lacks is said only where all
//! that is loaded of its NICs lacks it too: a short or quiet hour lacks much by itself.

use super::Source;
use super::Store;
use crate::ingest::{Context, Held, Issue, IssueCode, SourceKind};
use crate::model::{Decision, LogKind};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What rows of a context hold.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct OfContext {
    pub tuples: u64,
    pub flows: u64,
    /// Whether any has packets or bytes.
    pub counters: bool,
}

/// What all logs of one kind hold about a NIC.
#[derive(Debug, Default, Clone, Copy)]
struct OfNic {
    allowed: bool,
    counters: bool,
}

/// By number of a context, what is known of the log that it is of.
#[derive(Debug, Clone)]
pub struct LogFacts {
    /// Whether the log has packets and bytes at all, or the context is of denials, which have none.
    pub counts_bytes: Vec<bool>,
    /// Whether anything that was allowed is in the log: what one of denials alone says of a NIC is not all.
    pub shows_allowed: Vec<bool>,
}

impl LogFacts {
    /// Whether packets and bytes of something in these contexts are known: a log of it counts them, or nothing of it was
    /// allowed.
    pub fn counts(&self, contexts: impl Iterator<Item = (u32, Decision)>) -> bool {
        let mut allowed = contexts.filter(|(_, decision)| *decision == Decision::Allowed).peekable();
        let counts = |(context, _): (u32, Decision)| self.counts_bytes.get(context as usize) == Some(&true);
        allowed.peek().is_none() || allowed.any(counts)
    }

    /// Whether every log counts packets and bytes.
    pub fn all_count(&self) -> bool {
        self.counts_bytes.iter().all(|counts| *counts)
    }
}

/// What the logs of a NIC hold: what they leave out is unknown, not absent.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Holds {
    /// Nothing is known to be left out.
    #[default]
    Whole,
    /// Denials alone.
    DenialsAlone,
    /// Flows that began alone: no denials.
    BegunAlone,
    /// Flows that went on or ended alone: no denials, and no beginnings.
    CountersAlone,
    /// Everything but denials.
    NoDenials,
    /// What passes a filter that the flow log is set up with.
    Filtered,
}

impl Holds {
    /// Whether what was allowed would be there.
    pub fn shows_allowed(self) -> bool {
        !matches!(self, Self::DenialsAlone | Self::Filtered)
    }

    /// Whether what was denied would be there.
    pub fn shows_denied(self) -> bool {
        matches!(self, Self::Whole | Self::DenialsAlone)
    }

    /// In words: logs hold …
    pub fn words(self) -> &'static str {
        match self {
            Self::Whole => "everything",
            Self::DenialsAlone => "denials alone",
            Self::BegunAlone => "begun flows alone",
            Self::CountersAlone => "flows that went on or ended alone",
            Self::NoDenials => "no denials",
            Self::Filtered => "what passes a filter alone",
        }
    }

    /// What two logs of one NIC hold together.
    fn with(self, other: Self) -> Self {
        let is_whole =
            (self.shows_allowed() || other.shows_allowed()) && (self.shows_denied() || other.shows_denied());
        if is_whole { Self::Whole } else { self.max(other) }
    }

    /// What a log of a kind holds, by what is loaded of it and by how it is set up.
    fn of(held: Held, kind: LogKind, keeps: Option<Keeps>) -> Self {
        let can_leave_out =
            matches!(kind, LogKind::Vnet | LogKind::QueryVnet | LogKind::Analytics | LogKind::QueryAnalytics);
        let is_raw = matches!(kind, LogKind::Vnet | LogKind::QueryVnet);
        let keeps = keeps.filter(|_| can_leave_out);
        let shows_allowed = keeps.is_some_and(|keeps| !keeps.filtered && (keeps.begun || keeps.more));
        let by_types = |begun, more| match (begun, more) {
            (true, false) => Self::BegunAlone,
            (false, true) => Self::CountersAlone,
            _ => Self::NoDenials,
        };
        match keeps {
            _ if held.begun == 0 && held.more == 0 && held.denied > 0 && !shows_allowed => Self::DenialsAlone,
            Some(keeps) if keeps.filtered => Self::Filtered,
            _ if held.denied > 0 => Self::Whole,
            Some(keeps) if keeps.denied => Self::Whole,
            Some(keeps) => by_types(keeps.begun, keeps.more),
            // Denials are rare, so that there are none says nothing by itself; beside another kind that is missing
            // it does.
            None if is_raw && (held.begun > 0) != (held.more > 0) => by_types(held.begun > 0, held.more > 0),
            None => Self::Whole,
        }
    }
}

/// Which kinds of tuples a flow log is set up to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// `B`.
    pub begun: bool,
    /// `C` or `E`.
    pub more: bool,
    /// `D`.
    pub denied: bool,
    /// Whether it keeps only what passes a filter.
    pub filtered: bool,
}

impl Store {
    /// By number of a MAC address, what the logs of the NIC hold; `set_up` tells how a NIC's flow log is set up, where
    /// that is on file.
    pub fn holds(&self, set_up: &dyn Fn(&str) -> Option<Keeps>) -> BTreeMap<u32, Holds> {
        let mut nics: BTreeMap<(u32, LogKind), Held> = BTreeMap::new();
        for (at, context) in self.contexts.iter().enumerate() {
            let OfContext { tuples, flows, .. } = self.held.get(at).copied().unwrap_or_default();
            let held = nics.entry((context.mac, context.kind)).or_default();
            held.add(match context.decision {
                Decision::Allowed => Held { begun: flows, more: tuples.saturating_sub(flows), denied: 0 },
                Decision::Denied => Held { begun: 0, more: 0, denied: tuples },
            });
        }
        let mut out: BTreeMap<u32, Holds> = BTreeMap::new();
        for ((mac, kind), held) in nics {
            let holds = Holds::of(held, kind, set_up(self.string(mac)));
            out.entry(mac).and_modify(|known| *known = known.with(holds)).or_insert(holds);
        }
        out
    }

    /// Notes what a row holds.
    pub(super) fn hold(&mut self, context: u32, row: &crate::ingest::Row) {
        let at = context as usize;
        if at >= self.held.len() {
            self.held.resize(self.contexts.len(), OfContext::default());
        }
        if let Some(held) = self.held.get_mut(at) {
            held.tuples = held.tuples.saturating_add(u64::from(row.tuples));
            held.flows = held.flows.saturating_add(u64::from(row.flows));
            held.counters |= row.counters != [0; 4];
        }
    }

    /// What is known of the log of each context.
    pub fn log_facts(&self) -> LogFacts {
        let mut nics: HashMap<(u32, LogKind), OfNic> = HashMap::new();
        let held = |at: usize| self.held.get(at).copied().unwrap_or_default();
        for (at, context) in self.contexts.iter().enumerate() {
            let nic = nics.entry((context.mac, context.kind)).or_default();
            nic.allowed |= context.decision == Decision::Allowed && held(at).tuples > 0;
            nic.counters |= held(at).counters;
        }
        let of = |context: &Context| nics.get(&(context.mac, context.kind)).copied().unwrap_or_default();
        let counts = |context: &Context| context.decision == Decision::Denied || of(context).counters;
        LogFacts {
            counts_bytes: self.contexts.iter().map(counts).collect(),
            shows_allowed: self.contexts.iter().map(|context| of(context).allowed).collect(),
        }
    }
}

/// By index of a source: what its log lacks, as an issue.
pub(super) fn missing_types(sources: &[Source]) -> Vec<Option<Issue>> {
    let is_log = |source: &&Source| source.report.kind == SourceKind::VnetFlowLog;
    let mut nics: HashMap<u32, Held> = HashMap::new();
    for source in sources.iter().filter(is_log) {
        for nic in &source.nics {
            nics.entry(*nic).or_default().add(source.report.held);
        }
    }
    let issue = |source: &Source| {
        let own = source.report.held;
        let mut all = own;
        source.nics.iter().filter_map(|nic| nics.get(nic)).for_each(|held| all.add(*held));
        let what = lacks(all)?;
        let message = format!("{what} among {} tuples: {}", own.tuples(), unknown(all));
        Some(Issue { offset: 0, code: IssueCode::RecordTypes, record: None, length: 0, message })
    };
    sources.iter().map(|source| Some(source).filter(is_log).and_then(issue)).collect()
}

/// The kinds that are missing.
fn lacks(held: Held) -> Option<&'static str> {
    match (held.begun > 0, held.more > 0, held.denied > 0) {
        (false, false, false) => None,
        (false, false, true) => Some("nothing but D"),
        (false, true, false) => Some("no B or D"),
        (false, true, true) => Some("no B"),
        (true, false, _) => Some("no C or E"),
        // Denials are rare: that there are none says nothing.
        (true, true, _) => None,
    }
}

/// What therefore is not known.
fn unknown(held: Held) -> &'static str {
    match (held.begun > 0, held.more > 0, held.denied > 0) {
        (false, false, _) => "what was allowed can't be told",
        (false, true, false) => "attempts and denials can't be told",
        (false, true, true) => "how many flows began can't be told",
        (true, ..) => "packets and bytes can't be told",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_holds_is_told_by_its_data_and_by_how_it_is_set_up() {
        let held = |begun, more, denied| Held { begun, more, denied };
        let keeps = |begun, more, denied| Some(Keeps { begun, more, denied, filtered: false });
        let of = |held, keeps| Holds::of(held, LogKind::Vnet, keeps);
        for (data, set_up, expected) in [
            (held(0, 0, 6), None, Holds::DenialsAlone),
            (held(6, 0, 0), None, Holds::BegunAlone),
            (held(0, 6, 0), None, Holds::CountersAlone),
            (held(1, 1, 0), None, Holds::Whole),
            (held(6, 0, 1), None, Holds::Whole),
            // The setting tells what the data can't.
            (held(0, 0, 6), keeps(true, true, true), Holds::Whole),
            (held(1, 1, 0), keeps(true, true, false), Holds::NoDenials),
            (held(6, 0, 0), keeps(true, true, true), Holds::Whole),
            (held(6, 0, 0), keeps(true, false, false), Holds::BegunAlone),
            // What is there is there, whatever it was set to since.
            (held(1, 1, 1), keeps(false, false, true), Holds::Whole),
            (held(0, 0, 6), keeps(false, false, true), Holds::DenialsAlone),
        ] {
            assert_eq!(of(data, set_up), expected, "{data:?} {set_up:?}");
        }
        let filtered = Some(Keeps { begun: true, more: true, denied: true, filtered: true });
        assert_eq!(of(held(1, 1, 1), filtered), Holds::Filtered);
        // Flow logs of network security groups keep everything.
        assert_eq!(Holds::of(held(6, 0, 0), LogKind::Nsg, filtered), Holds::Whole);
        assert_eq!(Holds::DenialsAlone.with(Holds::BegunAlone), Holds::Whole);
        assert_eq!(Holds::BegunAlone.with(Holds::NoDenials), Holds::NoDenials);
    }

    #[test]
    fn what_a_log_lacks_is_named_with_what_is_not_known() {
        let held = |begun, more, denied| Held { begun, more, denied };
        let of = |held: Held| lacks(held).map(|what| (what, unknown(held)));
        assert_eq!(of(held(0, 0, 6)), Some(("nothing but D", "what was allowed can't be told")));
        assert_eq!(of(held(0, 6, 0)), Some(("no B or D", "attempts and denials can't be told")));
        assert_eq!(of(held(0, 1, 5)), Some(("no B", "how many flows began can't be told")));
        assert_eq!(of(held(6, 0, 0)), Some(("no C or E", "packets and bytes can't be told")));
        assert_eq!(of(held(1, 0, 5)), Some(("no C or E", "packets and bytes can't be told")));
        assert_eq!([held(1, 1, 0), held(1, 1, 1), held(0, 0, 0)].map(of), [None; 3]);
    }
}
