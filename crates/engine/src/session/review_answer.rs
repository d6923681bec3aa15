//! What the Review screen asks, and what it is answered.

use super::{Capped, Selection, View};
use crate::rules::{Conflict, Mark, Verdict};
use crate::topology::Path;
use azflow_core::model::{FlowDirection, Tally, UnixMillis};
use serde::{Deserialize, Serialize};

/// Which services are listed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listed {
    /// Of which something was allowed: what there is to decide.
    #[default]
    Allowed,
    /// Of which everything was denied.
    Denied,
    /// All.
    All,
}

/// How services are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewShow {
    /// Which ones.
    pub listed: Listed,
    /// Only those not decided yet.
    pub undecided: bool,
    /// A row for each two hosts instead of two subnets.
    pub hosts: bool,
    /// By source and destination instead of most flows first.
    pub by_pair: bool,
    /// Only rows that have this text somewhere.
    pub text: String,
    /// At most so many rows.
    pub most: u32,
}

impl Default for ReviewShow {
    fn default() -> Self {
        let (text, most) = (String::new(), ReviewShow::FIRST);
        Self { listed: Listed::Allowed, undecided: false, hosts: false, by_pair: false, text, most }
    }
}

impl ReviewShow {
    /// Rows that are listed until more are asked for.
    pub const FIRST: u32 = 100;
    /// Rows that are listed at most.
    pub const MOST: u32 = 2000;
}

/// A question for the Review screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewAsk {
    /// How addresses are grouped, and which conversations count. Always counted once.
    pub view: View,
    /// How often marks were changed so far: an answer from before is another question's.
    pub marks: u32,
    /// Only between these.
    pub pair: Selection,
    /// Which rows.
    pub show: ReviewShow,
}

/// A rule that decided, as logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// The network security group or ACL as the log names it.
    pub acl: String,
    /// The rule's logged name.
    pub rule: String,
    /// The direction it was applied in.
    pub direction: FlowDirection,
    /// Allowed and denied flows.
    pub flows: (u64, u64),
}

/// A denial that somebody wrote, as logged: marking what it denied as needed overrides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The rule.
    pub by: DecidedBy,
    /// Whether it is a group's, which a draft can let the service pass before. A security admin rule, a firewall and
    /// flow encryption deny whatever groups say.
    pub is_group: bool,
}

/// A service between two subnets or hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// The service, with what is said of just it.
    pub mark: Mark,
    /// The service's IANA name.
    pub name: Option<String>,
    /// Names of the subnets, where the service is between hosts.
    pub subnets: Option<(String, String)>,
    /// Flows and traffic, counted once.
    pub tally: Tally,
    /// Conversations.
    pub conversations: u32,
    /// Those never seen to begin.
    pub begun_earlier: u32,
    /// Those that are noise, in the order of [`azflow_core::store::Noise::KINDS`].
    pub noise: [u32; 5],
    /// Distinct sources and destinations.
    pub hosts: (u32, u32),
    /// Earliest and latest tuple.
    pub seen: (UnixMillis, UnixMillis),
    /// The rules that decided, as logged: those that allowed come first where something was allowed, else those that
    /// denied; then those of most flows.
    pub decided: Capped<DecidedBy>,
    /// Denials on purpose, those of most attempts first; none by default rules.
    pub denials: Capped<Denial>,
    /// What it crosses.
    pub path: Path,
    /// How many conversations are needed, not needed, asked and undecided, finer and wider marks included.
    pub said: [u32; 4],
}

impl ReviewRow {
    /// What is said of all of it, by its own mark or another.
    pub fn verdict(&self) -> Option<Verdict> {
        let whole = |verdict: &&Verdict| self.said[**verdict as usize] == self.conversations;
        Verdict::ALL.iter().find(whole).copied()
    }

    /// Whether different things are said of parts of it.
    pub fn is_mixed(&self) -> bool {
        self.verdict().is_none() && self.said[3] != self.conversations
    }
}

/// Services to decide on.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewAnswer {
    /// The rows asked for.
    pub rows: Capped<ReviewRow>,
    /// Services of which something was allowed, narrowed by nothing but the filter.
    pub services: u32,
    /// Of those, how many are decided.
    pub decided: u32,
    /// Of those, how many are to be asked.
    pub asked: u32,
    /// Services of which everything was denied.
    pub denied: u32,
    /// Pairs of subnets, or of hosts, among the rows that fit.
    pub pairs: u32,
    /// Marks that fit no conversation that is loaded.
    pub unseen: u32,
}

/// What a review file or its table said.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewRead {
    /// Its marks.
    pub marks: Vec<Mark>,
    /// What of it could not be understood.
    pub problems: Vec<String>,
}

/// What came of taking in a review file.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct ReviewTaken {
    /// How many marks it had.
    pub marks: usize,
    /// What of it could not be understood.
    pub problems: Vec<String>,
    /// What had been said otherwise before.
    pub conflicts: Vec<Conflict>,
}
