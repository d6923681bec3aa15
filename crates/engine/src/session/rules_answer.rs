//! What the Rules screen asks, and what it is answered. Lists are capped; totals say how long they are.

use super::{Capped, DecidedBy, Selection, SubnetInfo, View};
use crate::export::Part;
use crate::rules::{Action, ByFate, DraftOptions, Fate, SeriousService};
use azflow_core::model::{Tally, UnixMillis};
use serde::{Deserialize, Serialize};

/// A question of the Rules screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RulesAsk {
    /// What is wrong with loaded groups.
    Audit(View),
    /// Rules out of traffic.
    Draft(DraftAsk),
    /// The same written out: asked for by itself, since it can be megabytes.
    Text(DraftAsk, DraftFormat, Part),
    /// What the draft does to the traffic, rule by rule.
    Outcomes(DraftAsk),
    /// What the draft decides otherwise than the groups in force. It may take longer than the draft itself.
    Difference(DraftAsk),
    /// What a set of rules would do.
    Simulate(SimulateAsk),
    /// Which rule decides.
    Decide(View, DecideAsk),
}

/// How a draft is made.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAsk {
    /// How addresses are grouped. A filter plays no part: a draft stands on all that is loaded.
    pub view: View,
    /// How often marks were changed so far.
    pub marks: u32,
    /// The knobs.
    pub options: DraftOptions,
    /// Whether only what is marked as needed seeds rules, also while nothing is marked.
    pub only_needed: bool,
    /// Whether what nobody decided on seeds rules although something is marked. While nothing is, all seeds that is fit.
    pub undecided: bool,
}

/// As what a draft is written: a word of [`crate::export::Format`], or `json`.
pub type DraftFormat = String;

/// Which rules are simulated.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleSource {
    /// The draft, over what is in force.
    #[default]
    Draft,
    /// The groups of the loaded descriptions.
    Loaded,
    /// An opened file, over what is in force.
    File,
}

/// Which conversations of a simulation are listed.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedPart {
    /// Of this fate; `None`: of any.
    pub fate: Option<Fate>,
    /// Only between these subnets.
    pub ends: Selection,
    /// Only of this line of the tables of rules and of services: its two words.
    pub line: Option<(String, String)>,
    /// Only those that the default allow alone lets pass.
    pub on_default: bool,
}

impl SimulatedPart {
    /// Whether nothing is asked for: then none are listed.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// How rules are simulated.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulateAsk {
    /// How the draft is made.
    pub draft: DraftAsk,
    /// Which rules.
    pub source: RuleSource,
    /// How often a rules file was opened so far.
    pub file: u32,
    /// Which conversations are listed.
    pub part: SimulatedPart,
}

/// A flow to decide, as typed. An end is an address or the name of a machine, NIC or subnet.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideAsk {
    /// The initiator.
    pub src: String,
    /// The other end.
    pub dst: String,
    /// The destination port.
    pub port: String,
    /// The protocol's keyword or number.
    pub protocol: String,
}

/// The answer to a [`RulesAsk`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RulesAnswer {
    /// To `Audit`.
    Audit(AuditAnswer),
    /// To `Draft`.
    Draft(DraftAnswer),
    /// To `Text`; empty without a draft.
    Text(String),
    /// To `Outcomes`.
    Outcomes(OutcomesAnswer),
    /// To `Difference`.
    Difference(DifferenceAnswer),
    /// To `Simulate`.
    Simulation(SimulationAnswer),
    /// To `Decide`.
    Decision(DecisionAnswer),
}

/// A rule in words.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleLine {
    /// Its name.
    pub name: String,
    /// Its priority.
    pub priority: u16,
    /// Whether it is for what comes in.
    pub inbound: bool,
    /// Whether it allows.
    pub allows: bool,
    /// The protocol's keyword, or `any`.
    pub protocol: String,
    /// Where from, the first few.
    pub sources: String,
    /// Where to, the first few.
    pub destinations: String,
    /// Ports and ranges.
    pub ports: String,
    /// Allowed and denied flows that logs attribute to it.
    pub hits: (u64, u64),
    /// Conversations that evaluating comes to it for, and their flows.
    pub evaluated: (u64, u64),
    /// What a drafted one rests on.
    pub evidence: Option<Evidence>,
    /// What becomes of it by a draft, and why.
    pub change: Option<(Action, String)>,
    /// Management ports that it opens to the Internet.
    pub serious: Vec<u16>,
}

/// What a drafted rule rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Conversations.
    pub conversations: u64,
    /// Their flows.
    pub flows: u64,
    /// Distinct sources and destinations.
    pub hosts: (u64, u64),
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
    /// Whether nothing new came for a third of the time; `None` where time tells nothing.
    pub stable: Option<bool>,
    /// The saturation curve of its pair of subnets.
    pub curve: Vec<u64>,
    /// Whether it is in force already.
    pub reused: bool,
}

/// A group with its rules.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRules {
    /// Its name.
    pub name: String,
    /// Where it applies, in words.
    pub places: String,
    /// Its rules in order.
    pub rules: Vec<RuleLine>,
    /// Hours with records of its NICs, and hours without between.
    pub covered: (u64, u64),
    /// What the logs of its NICs leave out, in sentences.
    pub limits: Vec<String>,
    /// What was found.
    pub findings: Vec<FindingLine>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingLine {
    /// Its kind's word: `shadowed`.
    pub kind: String,
    /// Whether the rules alone show it, or the logs.
    pub from_logs: bool,
    /// The rule.
    pub rule: String,
    /// What was found.
    pub message: String,
}

/// What is wrong with loaded groups.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditAnswer {
    /// The groups.
    pub groups: Vec<GroupRules>,
    /// Hours that logs cover, of all NICs.
    pub hours: u64,
    /// Conversations that ride on the default allow alone, as logged.
    pub on_default: u64,
    /// What of the groups in force, or of a file of rules, was not understood, in sentences.
    pub not_understood: Vec<String>,
}

/// A region that two sets of rules decide differently, in words.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionLine {
    /// What differs: `newly-allowed`.
    pub change: String,
    /// The group whose decision makes the difference, its direction, and where it is.
    pub group: String,
    /// Likewise.
    pub places: String,
    /// Where from.
    pub sources: String,
    /// Where to.
    pub destinations: String,
    /// Protocols and ports.
    pub service: String,
    /// What is decided in force and by the draft: whether it passes, where that can be told; the rule, its group.
    pub decided: [(Option<bool>, String, String); 2],
    /// Why it can't be told, if it can't.
    pub reason: String,
}

/// What a draft decides otherwise than the groups in force.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceAnswer {
    /// Why there is none.
    pub error: Option<String>,
    /// Whether any group is in force.
    pub in_force: bool,
    /// Regions by change, in the order of [`crate::rules::Change::ALL`].
    pub totals: [u32; 4],
    /// The regions.
    pub regions: Capped<RegionLine>,
    /// Groups that were not compared to the end, and why.
    pub not_compared: Vec<(String, String)>,
}

/// Rules out of traffic.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftAnswer {
    /// Why there is none.
    pub error: Option<String>,
    /// The groups.
    pub groups: Vec<GroupRules>,
    /// Rules of all groups.
    pub rules: u64,
    /// How many rules are kept, changed, added, removed.
    pub changes: [u64; 4],
    /// Services that nobody decided on, while something is marked: conversations of one pair of subnets, protocol and port.
    pub undecided: u64,
    /// Conversations that are loaded.
    pub conversations: u64,
    /// Those of which something was allowed.
    pub allowed: u64,
    /// Those that seeded rules.
    pub covered: u64,
    /// Those marked as needed.
    pub needed: u64,
    /// Pairs of addresses with a port that rules open and nobody was seen to use.
    pub opened: u64,
    /// Addresses with a port that rules open to the Internet.
    pub opened_to_internet: u64,
    /// Subnets that Azure reserves.
    pub left_out: Vec<String>,
    /// Conversations that seeded nothing, by why.
    pub skipped: Vec<(String, u64)>,
    /// Services that findings call serious, those that are let in first.
    pub serious: Capped<SeriousService>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What of the groups in force, or of a file of rules, was not understood, in sentences.
    pub not_understood: Vec<String>,
}

/// What becomes of the traffic at a drafted group's rules.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupFates {
    /// By line of [`GroupRules::rules`], and of these the ones that it decides; `None` for rules that go.
    pub rules: Vec<Option<[ByFate; 2]>>,
    /// At Azure's default rules.
    pub defaults: ByFate,
}

/// What a draft does to the traffic, rule by rule: see [`crate::rules::DraftOutcomes`].
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomesAnswer {
    /// All conversations.
    pub totals: ByFate,
    /// By group of [`DraftAnswer::groups`].
    pub groups: Vec<GroupFates>,
    /// Conversations that no rule of the draft decides.
    pub elsewhere: ByFate,
}

/// A line of a simulation's table: two words and conversations by fate.
pub type FateLine = (String, String, ByFate);

/// A conversation with its fate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedRow {
    /// Its initiator, with the subnet's name.
    pub src: (String, String),
    /// Its other end, likewise.
    pub dst: (String, String),
    /// Protocol and port.
    pub service: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Flows and traffic.
    pub tally: Tally,
    /// Group and rule that decide, where one applies.
    pub by: Option<(String, String)>,
}

/// Conversations of a pair of subnets, by fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateCell {
    /// Index of the source subnet in [`SimulationAnswer::subnets`].
    pub src: u32,
    /// Index of the destination subnet.
    pub dst: u32,
    /// In the order of [`Fate::ALL`].
    pub fates: ByFate,
}

/// What a set of rules would do.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulationAnswer {
    /// Why there is nothing to simulate.
    pub error: Option<String>,
    /// How many groups the set has.
    pub groups: u32,
    /// Conversations by fate, in the order of [`Fate::ALL`].
    pub totals: ByFate,
    /// Of those kept, those that the default allow of the set alone lets pass.
    pub on_default: u64,
    /// The same for the loaded groups, where others are simulated.
    pub loaded: Option<ByFate>,
    /// Subnets in natural order, as the matrix has them.
    pub subnets: Vec<SubnetInfo>,
    /// Every pair of them that talks, by source, then destination.
    pub cells: Vec<FateCell>,
    /// By pair of subnets, by rule, by service; what would break first.
    pub tables: [Capped<FateLine>; 3],
    /// The conversations asked for; what would break first, then what opens, then what can't be told.
    pub rows: Capped<SimulatedRow>,
    /// What of the groups in force, or of a file of rules, was not understood, in sentences.
    pub not_understood: Vec<String>,
}

/// One stage of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageLine {
    /// Where: `source-nic`.
    pub stage: String,
    /// The group.
    pub nsg: String,
    /// The rule.
    pub rule: String,
    /// What it says: allowed or not; `None` where it can't be told.
    pub allows: Option<bool>,
    /// Why it can't.
    pub reason: String,
}

/// What a typed end stands for.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndLine {
    /// As typed.
    pub text: String,
    /// Whether that is a name.
    pub is_name: bool,
    /// Addresses that it stands for, each with the machine and the subnet that it is of, the first few.
    pub addresses: Capped<EndPlace>,
    /// What else it may stand for, in sentences.
    pub notes: Vec<String>,
}

/// An address, its machine or NIC, and its subnet; empty where that is not known.
pub type EndPlace = (String, String, String);

/// The decision on a flow between two addresses of two names.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairLine {
    /// The initiator's address.
    pub src: String,
    /// The other end's.
    pub dst: String,
    /// Whether it passes; `None` where it can't be told.
    pub allows: Option<bool>,
    /// Group and rule that decide, where a group applies.
    pub by: Option<(String, String)>,
    /// Why it can't be told.
    pub reason: String,
    /// Whether anything of it was seen.
    pub is_seen: bool,
}

/// Which rule decides.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionAnswer {
    /// What of the question is wrong.
    pub problem: Option<String>,
    /// What its ends stand for.
    pub ends: [EndLine; 2],
    /// Where that is several pairs of addresses: what is decided of each. The rest is then empty.
    pub pairs: Capped<PairLine>,
    /// Pairs that are allowed, denied, and not to be told.
    pub totals: [u64; 3],
    /// Whether it passes; `None` where it can't be told.
    pub allows: Option<bool>,
    /// Why it can't.
    pub reason: String,
    /// The stages that have a group, up to the first that denies.
    pub stages: Vec<StageLine>,
    /// What was seen of just this conversation.
    pub seen: Option<Tally>,
    /// Who decided it, as logged.
    pub logged: Vec<DecidedBy>,
    /// What of the groups in force, or of a file of rules, was not understood, in sentences.
    pub not_understood: Vec<String>,
}
