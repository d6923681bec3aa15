//! What a careful colleague would point out about the traffic, each with its numbers and the filter that shows
//! the conversations behind it.
//!
//! `gather` looks at every conversation once and adds up what it is an instance of, by pair of subnets and
//! service; `judge` turns the sums into findings. The conditions and thresholds are in docs/SEMANTICS.md,
//! *Findings*. Conversations count once, whatever mode the page shows. Words for people are the page's; here are
//! codes, names and numbers.

mod gather;
mod judge;

pub use gather::{Gathering, Ground};
pub use judge::judge;

use crate::filter::{Field, exactly};
use azflow_core::model::{Protocol, Tally, UnixMillis, port_of};
use azflow_core::store::{DYNAMIC_PORTS, Holds, Noise, Store};
use serde::{Deserialize, Serialize};

/// What is pointed out, in the order in which findings of one severity are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// The Internet was let in to a port for management.
    ManagementOpen,
    /// A source that tried many hosts or ports in vain.
    Scanner,
    /// Packets dropped because the other side does not encrypt.
    EncryptionDrops,
    /// Allowed by nothing but Azure's default rule 65000.
    DefaultAllow,
    /// Protocols without encryption, and file sharing between networks.
    LegacyProtocol,
    /// Pairs inside that are denied hour after hour and go on trying.
    DeniedRetries,
    /// Two networks that talk without a working peering on file.
    WithoutPeering,
    /// Logged at one end only although the other end's NIC logs.
    OneSided,
    /// Two groups of one NIC and direction that both log the same flows.
    TwoGroups,
    /// NICs whose logs hold only some kinds of tuples, or only what passes a filter.
    PartialLogs,
    /// Hours without records between a NIC's first and last.
    CoverageGaps,
    /// Subnets that talk to public addresses that are not known to be Azure's.
    PublicTalk,
    /// Seen for the first time in the last tenth of the window.
    NewTalkers,
    /// Not seen any more in the last third of the window.
    GoneTalkers,
}

impl Code {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManagementOpen => "management-open",
            Self::Scanner => "scanner",
            Self::EncryptionDrops => "encryption-drops",
            Self::DefaultAllow => "default-allow",
            Self::LegacyProtocol => "legacy-protocol",
            Self::DeniedRetries => "denied-retries",
            Self::WithoutPeering => "without-peering",
            Self::OneSided => "one-sided",
            Self::TwoGroups => "two-groups",
            Self::PartialLogs => "partial-logs",
            Self::CoverageGaps => "coverage-gaps",
            Self::PublicTalk => "public-talk",
            Self::NewTalkers => "new-talkers",
            Self::GoneTalkers => "gone-talkers",
        }
    }
}

/// How soon to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Today.
    Serious,
    /// Before rules are written.
    Look,
    /// Good to know.
    Note,
}

/// One instance of a finding.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// A subnet, a host, a NIC, a network or a group, by the code.
    pub src: String,
    /// The other one; empty where there is none.
    pub dst: String,
    /// Protocol and port.
    pub service: Option<(Protocol, Option<u16>)>,
    /// Flows and traffic.
    pub tally: Tally,
    /// Distinct (source, destination, protocol, port).
    pub conversations: u64,
    /// Distinct sources and destinations.
    pub hosts: (u32, u32),
    /// What the code counts besides: hours of denials, hours missing, ports that a scanner tried, conversations that
    /// two groups log alike.
    pub number: u64,
    /// What a scanner was allowed.
    pub through: u64,
    /// Rules that decided, as logged: the first few by the alphabet.
    pub rules: Vec<String>,
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
    /// Shows the conversations behind it; empty where there are none to show.
    pub filter: String,
    /// What the logs of its NIC hold, where it is about one.
    pub holds: Holds,
}

/// A finding with its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is pointed out.
    pub code: Code,
    /// How soon to look at it.
    pub severity: Severity,
    /// Its instances, the largest first: the first [`MOST`].
    pub rows: Vec<Instance>,
    /// How many there are in all.
    pub total: u32,
    /// Flows and traffic of all of them.
    pub tally: Tally,
    /// Conversations of all of them.
    pub conversations: u64,
    /// Whether loaded service tags tell Azure's public addresses from others.
    pub tags: bool,
}

/// Instances of one finding that leave the engine.
pub const MOST: usize = 60;

/// A service as findings know it: ports for callers are one, since their numbers say nothing and there are many.
pub fn grouped(service: u32) -> u32 {
    let ports = port_of(service).is_some_and(|port| port >= DYNAMIC_PORTS);
    if ports { service & 0xffff_0000 | u32::from(DYNAMIC_PORTS) } else { service }
}

/// The filter of two subnets, and a service between them.
pub fn between(src: &str, dst: &str, service: Option<u32>) -> String {
    let mut out = format!("{} {}", exactly(Field::Src, src), exactly(Field::Dst, dst));
    if let Some(service) = service {
        out.push_str(&format!(" proto:{}", Protocol::of(service)));
        if let Some(port) = port_of(service) {
            let range = if port == DYNAMIC_PORTS { "-65535" } else { "" };
            out.push_str(&format!(" port:{port}{range}"));
        }
    }
    out
}

/// Noise of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoiseRow {
    /// The kind.
    pub kind: Noise,
    /// Conversations.
    pub conversations: u64,
    /// Distinct sources.
    pub sources: u64,
    /// Flows and traffic.
    pub tally: Tally,
}

/// Noise by kind; kinds that do not occur are left out.
pub fn noise(store: &mut Store) -> Vec<NoiseRow> {
    store.mark_noise();
    let totals = store.totals(azflow_core::store::Mode::Conversations);
    let mut out = Vec::new();
    for kind in Noise::KINDS {
        let mut row = NoiseRow { kind, conversations: 0, sources: 0, tally: Tally::default() };
        let mut sources = vec![false; store.addresses().len()];
        for (at, tally) in totals.iter().enumerate().filter(|(at, _)| store.noise().get(*at) == Some(&kind)) {
            row.conversations += 1;
            row.tally.add(tally);
            if let Some(seen) = sources.get_mut(store.columns().conversation(at).src as usize) {
                row.sources += u64::from(!std::mem::replace(seen, true));
            }
        }
        if row.conversations > 0 {
            out.push(row);
        }
    }
    out
}
