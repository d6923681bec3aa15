//! Rules out of traffic: for each destination subnet what was needed, then a deny of the rest of the
//! virtual network.
//!
//! A draft is a change to what is in force. Only allowed traffic seeds a rule, and what a reviewer marks as needed;
//! what is unfit does not. Every rule keeps what it rests on. A draft blocks nothing that seeded it, and opens nothing
//! but what its rules name; what was never seen of that is counted. `force` is what is in force, `needs` gathers,
//! `served` says what becomes of each rule in force and which needs it serves, `pieces` cuts the others to what a rule
//! may say, `handed_out` knows servers whose next connection goes to another port, `placed` fits pieces among the rules
//! in force, `instead` keeps what no log shows where a rule goes, `priorities` gives them numbers, `closing` and
//! `guards` keep what the deny would cut, and deny, `evidence` is what rules rest on, `reasons` says why they are
//! there, `build` says which groups there are, `settle` what becomes of one's rules in force, `assemble` puts its rules
//! together, `change` says what is new, `after` is what will be in force, `outcomes` what becomes of traffic at each
//! rule, `others` what is still denied where it is not drafted for, `serious` what findings call so, `notes` says what
//! is beside the rules, `name` names.

mod after;
mod assemble;
mod build;
mod change;
mod closing;
mod evidence;
mod force;
mod guards;
mod handed_out;
mod instead;
mod name;
mod needs;
mod notes;
mod others;
mod outcomes;
mod pieces;
mod placed;
mod priorities;
mod reasons;
mod serious;
mod served;
mod settle;

pub use change::{Action, Removed, RuleChange};
pub use others::StillDenied;
pub use outcomes::{DraftOutcomes, GroupOutcomes};
pub use serious::{Serious, SeriousService};

use self::build::Maker;
use super::services::AtSubnet;
use super::set::{Applied, RuleSet};
use super::traffic::{Observed, Traffic, Unfit};
use super::world::World;
use crate::pieces::{all_at_once, end_of_piece};
use azflow_core::model::{Assignment, Nsg, Prefix, ResourceId, SecurityRule, Subnet, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Azure's limits: rules of a group, addresses and ranges of a group's side, ports of a group.
const MOST_RULES: usize = 1000;
const MOST_PREFIXES: usize = 4000;
const MOST_PORTS: usize = 4000;
/// The first and the last priority that a rule may have.
const PRIORITIES: (u16, u16) = (100, 4096);

/// How exact the far end of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scope {
    /// Whole subnets.
    #[default]
    Subnet,
    /// The addresses that were seen.
    Host,
    /// Addresses where few of a subnet were seen, else the subnet.
    Mixed,
}

/// How ports become rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PortMerge {
    /// A rule for each.
    None,
    /// Lists; neighbours are a range.
    #[default]
    Lists,
    /// Ranges over so many ports that were not seen, lists beyond that.
    Ranges(u16),
}

/// How far ends become rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PrefixMerge {
    /// A rule for each subnet.
    #[default]
    None,
    /// Subnets that need the same ports share a rule.
    Lists,
}

/// The knobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOptions {
    /// Whole subnets or single addresses.
    pub scope: Scope,
    /// What becomes of ports.
    pub ports: PortMerge,
    /// What becomes of subnets.
    pub prefixes: PrefixMerge,
    /// Whether groups for sources' outbound side are drafted too.
    pub outbound: bool,
    /// Conversations with fewer flows than this seed no rule (those begun earlier always do).
    pub least_flows: u64,
    /// The first priority of an allow.
    pub first_priority: u16,
    /// The priority of the deny of the rest.
    pub deny_priority: u16,
    /// Whether ICMP of the virtual network stays allowed, which NSG flow logs don't show.
    pub keep_icmp: bool,
    /// Whether subnets that Azure reserves get groups, where it takes any.
    pub special: bool,
    /// Whether the rest is denied also where nothing was logged: who talks there is not known then.
    pub unlogged: bool,
    /// Whether allowances in force that nothing was seen to need are taken away.
    pub drop_unused: bool,
    /// Whether a subnet whose group is at other places, too, gets a group of its own in its stead.
    pub split_shared: bool,
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self {
            scope: Scope::Subnet,
            ports: PortMerge::Lists,
            prefixes: PrefixMerge::None,
            outbound: false,
            least_flows: 1,
            first_priority: PRIORITIES.0,
            deny_priority: 4000,
            keep_icmp: false,
            special: false,
            unlogged: false,
            drop_unused: false,
            split_shared: false,
        }
    }
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Azure takes 1,000 rules in a group.
    #[error(
        "{0} would need {1} rules; Azure allows {MOST_RULES} in a group. Draft by subnet, or raise the least number of flows"
    )]
    TooManyRules(String, usize),
    /// Azure takes 4,000 addresses and ranges on a side.
    #[error(
        "the rules of {0} would name {1} addresses and ranges on one side; Azure allows {MOST_PREFIXES} in a group. Draft by subnet instead of by host"
    )]
    TooManyPrefixes(String, usize),
    /// Azure takes 4,000 ports and ranges of ports.
    #[error(
        "the rules of {0} would name {1} ports and ranges; Azure allows {MOST_PORTS} in a group. Merge ports into ranges"
    )]
    TooManyPorts(String, usize),
    /// There are fewer priorities than rules.
    #[error("{0} would need {1} rules, but there is room for {2} between the first priority and the deny")]
    NoRoom(String, usize, usize),
    /// A priority that Azure does not take.
    #[error("priorities go from 100 to 4096, the first below the deny: {0} and {1} do not do")]
    Priorities(u16, u16),
}

/// What a reviewer says of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Want {
    /// Nothing: it seeds a rule if it is fit.
    #[default]
    Unmarked,
    /// It seeds a rule whatever it is.
    Needed,
    /// It seeds none.
    NotNeeded,
    /// Nothing, while other conversations are decided on: it seeds none.
    Undecided,
}

/// Why a conversation did not become a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// Unfit by itself.
    Unfit(Unfit),
    /// Marked as not needed.
    NotNeeded,
    /// Not decided on, where something is.
    Undecided,
    /// From the Internet to a port by which machines are managed, and nobody said that it is needed.
    Management,
    /// The rules in force refuse it, whatever the logs saw.
    Refused,
    /// In part dropped for want of encryption, and nobody said that it is needed.
    Dropped,
    /// Nothing was logged where it arrives, so nothing is drafted there.
    Unlogged,
    /// Fewer flows than asked for.
    FewFlows,
    /// A protocol that no rule can name but by allowing every one.
    Unnameable,
    /// Not to a subnet whose prefixes are known, or to one that Azure reserves: no group is drafted there.
    NoGroup,
}

impl Skip {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfit(unfit) => unfit.as_str(),
            Self::NotNeeded => "not-needed",
            Self::Undecided => "undecided",
            Self::Management => "internet-to-management",
            Self::Refused => "refused-in-force",
            Self::Dropped => "encryption-drops",
            Self::Unlogged => "not-logged-there",
            Self::FewFlows => "few-flows",
            Self::Unnameable => "protocol-without-name",
            Self::NoGroup => "no-group",
        }
    }
}

/// Whether all that a rule rests on was seen long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maturity {
    /// New pairs of hosts and ports came in the last third of the time, or that is shorter than a day.
    Learning,
    /// None came for a third of the time.
    Stable,
}

impl Maturity {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Stable => "stable",
        }
    }
}

/// A rule with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedRule {
    /// The rule.
    pub rule: SecurityRule,
    /// Conversations that seeded it; none for the deny and the guards.
    pub conversations: u64,
    /// Flows that seeded it; none for the deny and the guards.
    pub flows: u64,
    /// Distinct sources and destinations.
    pub hosts: (u64, u64),
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
    /// Whether it still learns.
    pub maturity: Option<Maturity>,
    /// The saturation curve of its pair of subnets: distinct pairs of hosts and ports known by the end of each of
    /// [`Draft::BINS`] equal parts of the time.
    pub curve: Vec<u64>,
    /// Whether it is in force already, and kept as it is.
    pub reused: bool,
    /// Why it is there, in a sentence.
    pub why: String,
    /// Management ports that it opens to the Internet.
    pub serious: Vec<u16>,
}

impl DraftedRule {
    /// A rule that rests on no traffic: a guard, the deny, or one in force that stays.
    pub fn bare(rule: SecurityRule, reused: bool) -> Self {
        Self {
            rule,
            conversations: 0,
            flows: 0,
            hosts: (0, 0),
            seen: None,
            maturity: None,
            curve: Vec::new(),
            reused,
            why: String::new(),
            serious: Vec::new(),
        }
    }
}

/// A group for one subnet, or for those that have it in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedNsg {
    /// The group, its rules in order.
    pub nsg: Nsg,
    /// The subnet that it is for; several with commas between.
    pub subnet: String,
    /// The subnet's id, where a description has it and there is only one.
    pub subnet_id: Option<ResourceId>,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
    /// The subnets that it is drafted for, by name: one, or those that have the group in force.
    pub at: Vec<Place>,
    /// The ids of subnets and NICs that the group applies to: of one in force all of them.
    pub applied: Vec<ResourceId>,
    /// The same rules with their evidence.
    pub rules: Vec<DraftedRule>,
    /// The group in force that this is a change of; `None` where the group is new.
    pub before: Option<Nsg>,
    /// The group in force whose place this new one takes at its subnet, with its rules; elsewhere that one stays as it is.
    pub split_from: Option<Nsg>,
    /// Rules in force that go.
    pub removed: Vec<Removed>,
}

/// A subnet that a group is drafted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name, as shown.
    pub name: String,
    /// Its id, where a description has it.
    pub id: Option<ResourceId>,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
}

/// A draft.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Groups, by subnet.
    pub groups: Vec<DraftedNsg>,
    /// Conversations that seeded rules, by index.
    pub seeds: Vec<usize>,
    /// Address pairs with a port that rules open and nobody was seen to use; the Internet's addresses apart.
    pub opened_unseen: u128,
    /// Addresses with a port that rules open to all of the Internet.
    pub opened_to_internet: u128,
    /// Subnets left out because Azure reserves them.
    pub left_out: Vec<String>,
    /// Conversations that seeded nothing, by why, and how many.
    pub skipped: BTreeMap<Skip, u64>,
    /// What groups at NICs, or at subnets that it is not for, deny of what it lets pass.
    pub still_denied: Vec<StillDenied>,
    /// Services that findings call serious, those that are let in first.
    pub serious: Vec<SeriousService>,
    /// What a person should know before accepting it.
    pub notes: Vec<String>,
}

impl Draft {
    /// Parts of the time in a saturation curve.
    pub const BINS: usize = 24;
}

/// Where addresses are, for a draft, and what is there.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Which subnet each of the traffic's addresses is in, by the same numbers.
    pub subnets: &'a Assignment,
    /// Id and prefixes of named subnets, by the name shown.
    pub named: &'a BTreeMap<String, (ResourceId, Vec<Prefix>)>,
    /// What tags mean.
    pub world: &'a World,
    /// The groups in force; those that serve are kept.
    pub existing: &'a RuleSet,
    /// Addresses of NICs of which the logs do not hold what was allowed, by number.
    pub blind: &'a [u32],
    /// The services at named subnets, by the name shown, with what they need.
    pub services: &'a BTreeMap<String, AtSubnet>,
}

impl Places<'_> {
    /// Whether a group can be drafted for a subnet: Azure takes it at subnets of networks alone, and it must not take the
    /// place of one of which not all could be read. One that is on no file at all is told in a note.
    fn takes_group(&self, name: &str) -> bool {
        let open = |group: &Applied| group.is_on_file() && !group.is_understood();
        match self.named.get(name) {
            Some((id, _)) => !self.groups_of(id).any(open),
            None => {
                let prefixes = self.prefixes_of(name);
                let here = |group: &&Applied| prefixes.iter().all(|prefix| group.prefixes.contains(prefix));
                !self.world.sites().has_networks() && !self.existing.groups.iter().filter(here).any(open)
            }
        }
    }

    /// The groups in force at a subnet on file.
    fn groups_of(&self, id: &ResourceId) -> impl Iterator<Item = &Applied> {
        self.existing.groups.iter().filter(move |group| group.places.contains(id))
    }

    /// What to say of groups that could not be read whole, or are not on file, at the subnets of traffic.
    fn notes(&self) -> Vec<String> {
        let mut out = Vec::new();
        for subnet in &self.subnets.subnets {
            let Some((id, _)) = self.named.get(&subnet.name) else { continue };
            for group in self.groups_of(id).filter(|group| !group.is_understood()) {
                let (subnet, nsg) = (&subnet.name, &group.nsg.name);
                out.push(if group.is_on_file() {
                    format!("at {subnet} not all rules of {nsg} could be read, so no group is drafted that would take its place")
                } else {
                    format!("at {subnet} is {nsg}, which is not on file: what it denies can't be kept by a draft that takes its place")
                });
            }
        }
        out
    }

    /// Names that groups have already, on file or as logged: no new one may take any of them.
    fn names(&self, traffic: &Traffic) -> BTreeSet<String> {
        let on_file = self.existing.groups.iter().map(|group| group.nsg.name.to_ascii_lowercase());
        let logged = traffic.logged.iter().filter_map(|by| by.acl.rsplit('/').next());
        on_file.chain(logged.map(str::to_ascii_lowercase)).collect()
    }

    /// The subnet of an address, by its number.
    fn subnet_of(&self, address: u32) -> Option<&Subnet> {
        self.subnets.subnets.get(*self.subnets.subnet_of.get(address as usize)? as usize)
    }

    fn prefixes_of(&self, name: &str) -> Vec<Prefix> {
        let named = self.named.get(name).map(|(_, prefixes)| prefixes.clone());
        named.unwrap_or_else(|| Prefix::parse(name).into_iter().collect())
    }
}

/// Drafts groups for the subnets that traffic goes to. `want` says what a reviewer says of each conversation.
///
/// # Errors
/// Where Azure would not take the result.
pub fn draft(
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Result<Draft, DraftError> {
    all_at_once(draft_in_pieces(traffic, places, options, want))
}

/// The same in pieces.
///
/// # Errors
/// Likewise.
pub async fn draft_in_pieces(
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Result<Draft, DraftError> {
    let (first, deny) = (options.first_priority, options.deny_priority);
    if first < PRIORITIES.0 || deny > PRIORITIES.1 || first >= deny {
        return Err(DraftError::Priorities(first, deny));
    }
    let mut force = force::Force::new(places, traffic);
    let mut needs = needs::gather(traffic, places, options, want, force.as_mut()).await;
    let mut out = Draft {
        left_out: std::mem::take(&mut needs.left_out),
        skipped: std::mem::take(&mut needs.skipped),
        seeds: std::mem::take(&mut needs.seeds),
        ..Draft::default()
    };
    let mut maker = Maker::new(&out, traffic, places, options, &needs.beside.hosts, force.as_mut());
    for site in &maker.sites(&needs) {
        maker.make(&mut out, site, &mut needs)?;
        end_of_piece().await;
    }
    maker.finish(&mut out, &needs);
    add_notes(&mut out, traffic, (places, options), needs, want);
    Ok(out)
}

/// Says what a person should know of a draft whose groups are made, and what is serious in it.
fn add_notes(
    out: &mut Draft,
    traffic: &Traffic,
    (places, options): (&Places<'_>, &DraftOptions),
    needs: needs::Needs,
    want: &dyn Fn(usize, &Observed) -> Want,
) {
    let needs::Needs { outside, routed, beside, blind, unlogged, .. } = needs;
    if !traffic.shows_icmp && !options.keep_icmp && out.groups.iter().any(notes::cuts_icmp) {
        out.notes.push(
            "no log here shows ICMP, and the deny cuts it: ask before denying it, or keep it allowed"
                .to_owned(),
        );
    }
    out.notes.extend(notes::aside(out));
    out.notes.extend(notes::untold(&beside.by_platform, &out.seeds, traffic, places));
    if !blind.is_empty() {
        out.notes.push(format!(
            "nothing for {}: logs there hold denials alone, or what passes a filter, so what was allowed, and a deny would cut, is not known; mark what is needed there, or give the flow logs as they are set up",
            blind.join(", ")
        ));
    }
    out.notes.extend(notes::unheard(&unlogged));
    out.notes.extend(notes::refusals(&out.groups, places));
    out.notes.extend(notes::default_routes(&out.groups, places, &routed));
    out.notes.extend(others::splits(out, places));
    out.notes.extend(places.notes());
    if outside > 0 {
        let ends = match outside {
            1 => "an end of a conversation is".to_owned(),
            many => format!("{many} ends of conversations are"),
        };
        out.notes.push(format!(
            "{ends} outside the prefixes of the subnet that their NIC is in: no rule is made of them"
        ));
    }
    // Both ask the same groups, which are made ready once, for the ends of these conversations.
    let at = |index: u32| traffic.conversations.get(index as usize);
    let refused = beside.asked.iter().filter_map(|index| Some((*index as usize, at(*index)?)));
    let refused: Vec<(usize, &Observed)> = refused.collect();
    let grave = beside.serious.iter().filter_map(|(index, why, marked)| Some((at(*index)?, *why, *marked)));
    let grave: Vec<serious::Asked<'_>> = grave.collect();
    let ends = refused.iter().map(|(_, seen)| *seen).chain(grave.iter().map(|(seen, ..)| *seen));
    if !refused.is_empty() || !grave.is_empty() {
        let mut after = after::After::new(out, traffic, places, ends);
        out.still_denied = others::still_denied(&refused, &mut after, (out, traffic, places), want);
        out.serious = serious::services(&grave, &mut after, places);
    }
    // What is needed and stays cut, and what is serious, comes first.
    let cut: Vec<String> = out.still_denied.iter().map(StillDenied::sentence).collect();
    out.notes.splice(..0, cut.into_iter().chain(serious::notes(&out.serious)));
    if !out.groups.is_empty() {
        out.notes.push("connections that are open when rules change live on: test with new ones".to_owned());
    }
}
