//! What a draft says beside its rules: what it left aside and why, what it can't know, what services refuse.

use super::{Draft, DraftedNsg, DraftedRule, Places, Removed, Skip};
use crate::rules::services::{By, Page, group_fate, refusal};
use crate::rules::traffic::{Traffic, Unfit};
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction, Endpoint, Protocol};
use std::collections::BTreeMap;

/// What the logs saw pass and no rule is made of unless somebody says so: a deny cuts it.
pub fn aside(draft: &Draft) -> Vec<String> {
    let of = |unfit: Unfit| draft.skipped.get(&Skip::Unfit(unfit)).copied().unwrap_or_default();
    let mut out = Vec::new();
    let scanners = of(Unfit::Scanner);
    if scanners > 0 {
        out.push(format!(
            "let pass, but from hosts that scan: {scanners} conversations, which seed no rule; mark as needed what a monitor or a management system needs of them"
        ));
    }
    let replies = of(Unfit::SuspectedReply);
    if replies > 0 {
        out.push(format!(
            "probably answers, since they were never seen to begin and go to ports for callers: {replies} conversations, which seed no rule; mark as needed what is a service"
        ));
    }
    out
}

/// Whether a draft of a group may deny ICMP that passes until now: by a new denial, or for want of a rule that goes.
pub fn cuts_icmp(group: &DraftedNsg) -> bool {
    let denies = |drafted: &DraftedRule| !drafted.reused && drafted.rule.access == Decision::Denied;
    let allowed = |gone: &Removed| {
        gone.rule.access == Decision::Allowed && gone.rule.protocol.is_none_or(|own| own == Protocol::ICMP)
    };
    group.rules.iter().any(denies) || group.removed.iter().any(allowed)
}

/// What services at the subnets of changed groups refuse, or may be there perhaps, and where groups judge little of them.
pub fn refusals(groups: &[DraftedNsg], places: &Places<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for place in groups.iter().filter(|group| !group.is_unchanged()).flat_map(|group| &group.at) {
        let Some(at) = places.services.get(&place.name) else { continue };
        for one in &at.recognised {
            let known = one.sentence();
            match refusal(one.service) {
                Some(refusal) => out.push(format!("{}: {known}: {}", place.name, refusal.sentence)),
                None if one.perhaps => {
                    out.push(format!("{}: {known}: what it would need is not added", place.name));
                }
                None => {}
            }
            if let Some(fate) = group_fate(one.service) {
                let Page { address, date, .. } = fate.page;
                out.push(format!("{}: {known}: {} ({address}, {date})", place.name, fate.sentence));
            }
        }
    }
    out
}

/// Where the rest of the virtual network is denied outbound, and routes make addresses of the Internet a part of that: a
/// default route on file, or what the log says at these subnets.
pub fn default_routes(groups: &[DraftedNsg], places: &Places<'_>, routed: &[String]) -> Vec<String> {
    let network = Endpoint::Tag("VirtualNetwork".to_owned());
    let denies = |drafted: &DraftedRule| {
        let rule = &drafted.rule;
        let is_new = !drafted.reused && rule.access == Decision::Denied;
        is_new && rule.direction == Direction::Outbound && rule.destinations.contains(&network)
    };
    let mut out = Vec::new();
    for place in groups.iter().filter(|group| group.rules.iter().any(denies)).flat_map(|group| &group.at) {
        let recognised = places.services.get(&place.name).into_iter().flat_map(|at| &at.recognised);
        let by_route = recognised.filter_map(|one| match &one.by {
            By::DefaultRoute(route) => Some(format!("by the default route of {route}")),
            _ => None,
        });
        let by_log = routed.contains(&place.name).then(|| "as the logs say".to_owned());
        if let Some(why) = by_route.chain(by_log).next() {
            out.push(format!(
                "{}: addresses of the Internet are of VirtualNetwork there, {why}: the new deny cuts them, too, but for what was seen",
                place.name
            ));
        }
    }
    out
}

/// Where nothing was logged, so that nothing is denied there.
pub fn unheard(unlogged: &[(String, Direction)]) -> Option<String> {
    let name = |(subnet, direction): &(String, Direction)| format!("{subnet} ({})", direction.as_str());
    let named: Vec<String> = unlogged.iter().take(NAMED).map(name).collect();
    let more = unlogged.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    (!unlogged.is_empty()).then(|| {
        format!(
            "nothing was logged at {}{more}: who else talks there is not known, so no deny is drafted there",
            named.join(", ")
        )
    })
}

/// How many pairs of subnets a note names.
const NAMED: usize = 5;

/// Seeds of which the log tells no rule, since the platform let them pass: by pair of subnets, most first. Of those that it
/// let pass some may have become none.
pub fn untold(
    by_platform: &[usize],
    seeds: &[usize],
    traffic: &Traffic,
    places: &Places<'_>,
) -> Option<String> {
    let name = |address: u32| places.subnet_of(address).map(|subnet| subnet.name.as_str());
    let mut pairs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let of_seeds = by_platform.iter().filter(|index| seeds.binary_search(index).is_ok());
    for seen in of_seeds.filter_map(|seed| traffic.conversations.get(*seed)) {
        *pairs.entry((name(seen.src)?, name(seen.dst)?)).or_default() += 1;
    }
    let all: u64 = pairs.values().sum();
    let mut list: Vec<_> = pairs.into_iter().collect();
    list.sort_small_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let named: Vec<String> =
        list.iter().take(NAMED).map(|((src, dst), count)| format!("{src} to {dst} {count}")).collect();
    let more =
        if list.len() > NAMED { format!(", and {} more pairs", list.len() - NAMED) } else { String::new() };
    (all > 0).then(|| {
        format!(
            "conversations that seed rules and that the platform let pass, by a rule that the log does not tell: \
             {all} ({}{more})",
            named.join(", ")
        )
    })
}
