//! Rules out of traffic: for each destination subnet what was needed, then a deny of the rest of the
//! virtual network.
//!
//! A draft is a change to what is in force. Only allowed traffic seeds a rule, and what a reviewer marks as needed;
//! what is unfit does not. Every rule keeps what it rests on. A draft blocks nothing that seeded it, and opens nothing
//! but what its rules name; what was never seen of that is counted. `options` are the knobs, `places` says where
//! addresses are, `drafted` is what comes of it. `force` is what is in force, `needs` gathers, `served` says what
//! becomes of each rule in force and which needs it serves, `pieces` cuts the others to what a rule may say,
//! `handed_out` knows servers whose next connection goes to another port, `placed` fits pieces among the rules in
//! force, `instead` keeps what no log shows where a rule goes, `priorities` gives them numbers, `closing` and `guards`
//! keep what the deny would cut, and deny, `evidence` is what rules rest on, `reasons` says why they are there, `build`
//! says which groups there are, `settle` what becomes of one's rules in force, `assemble` puts its rules together,
//! `change` says what is new, `after` is what will be in force, `outcomes` what becomes of traffic at each rule,
//! `others` what is still denied where it is not drafted for, `serious` what findings call so, `notes` says what is
//! beside the rules, `name` names.

mod after;
mod assemble;
mod build;
mod change;
mod closing;
mod drafted;
mod evidence;
mod force;
mod guards;
mod handed_out;
mod instead;
mod name;
mod needs;
mod notes;
mod options;
mod others;
mod outcomes;
mod pieces;
mod placed;
mod places;
mod priorities;
mod reasons;
mod serious;
mod served;
mod settle;

pub use change::{Action, Removed, RuleChange};
pub use drafted::{Draft, DraftedNsg, DraftedRule, Maturity, Place, Skip};
pub use options::{DraftOptions, PortMerge, PrefixMerge, Scope};
pub use others::StillDenied;
pub use outcomes::{DraftOutcomes, GroupOutcomes};
pub use places::Places;
pub use serious::{Serious, SeriousService};

use self::build::Maker;
use super::traffic::{Observed, Traffic};
use crate::pieces::{all_at_once, end_of_piece};

/// Azure's limits: rules of a group, addresses and ranges of a group's side, ports of a group.
const MOST_RULES: usize = 1000;
const MOST_PREFIXES: usize = 4000;
const MOST_PORTS: usize = 4000;
/// The first and the last priority that a rule may have.
const PRIORITIES: (u16, u16) = (100, 4096);

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
    end_of_piece().await;
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
