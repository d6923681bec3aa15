//! The rules of one group and direction, put together: those in force that stay, new ones among them, what closes the
//! rest, and what goes.

use super::build::{Maker, Site};
use super::closing::Closing;
use super::evidence::Curves;
use super::force::{denies_the_rest, is_default};
use super::instead::Instead;
use super::needs::{Far, GroupNeeds, Member};
use super::pieces::Piece;
use super::placed::same_again;
use super::priorities::Wanted;
use super::served::Lots;
use super::settle::{ServedBy, Settled};
use super::{Draft, DraftError, DraftedNsg, DraftedRule, Removed, evidence, name, reasons, serious};
use azflow_core::model::{Decision, Direction, Prefix, SecurityRule};
use std::collections::{BTreeMap, BTreeSet};

/// What there is of one group and direction.
pub struct Part<'a> {
    pub site: &'a Site,
    pub direction: Direction,
    /// By subnet.
    pub needs: BTreeMap<u32, GroupNeeds>,
    /// The patterns of allowed conversations that a reviewer does not need.
    pub unneeded: Vec<u32>,
    /// Subnets of which enough was logged to deny the rest.
    pub closed: Vec<u32>,
}

/// What all rules of one group and direction are made with.
struct Round<'r> {
    site: &'r Site,
    direction: Direction,
    /// The rules in force, in the order of evaluation.
    rules: &'r [SecurityRule],
    /// Whether enough was logged to deny the rest somewhere.
    closes: bool,
    /// New pairs of hosts and ports over time, by far end.
    curves: Curves,
}

/// Names of new rules, by the rule in force that they stand for.
type InsteadOf = BTreeMap<u32, Vec<String>>;

impl Maker<'_, '_> {
    /// Makes the rules of a group and direction.
    pub fn direction(
        &mut self,
        out: &mut Draft,
        group: &mut DraftedNsg,
        part: Part<'_>,
    ) -> Result<(), DraftError> {
        let Part { site, direction, needs, unneeded, closed } = part;
        let closed_prefixes: Vec<Prefix> =
            closed.iter().flat_map(|subnet| self.places.prefixes_of(self.name(*subnet))).collect();
        let rules: Vec<SecurityRule> = match (&self.force, site.group) {
            (Some(force), Some(at)) => force.rules(at, direction).to_vec(),
            _ => Vec::new(),
        };
        let is_closed =
            !closed.is_empty() && rules.iter().any(|rule| denies_the_rest(rule, &closed_prefixes));
        let closes = !closed.is_empty();
        let curves = self.curves(&needs);
        let Settled { mut lots, mut served, anew } =
            self.settle(&rules, site, direction, needs, &unneeded, &closed);
        let mut used = names_in_use(group, &rules, &lots);
        let mut pieces = self.pieces(&lots, site, direction, anew);
        // What would be replaced by itself stays: marks are finer than a rule for whole subnets can be.
        pieces = same_again(pieces, &mut lots, &mut served, direction);
        let closing = self.closing(out, group, &lots, direction, (&closed, closes && !is_closed), &mut used);
        let Closing { placed, last: closing } = closing;
        let behind = self.behind(&lots, &mut pieces, direction, &closing);
        let own = rules.iter().take_while(|rule| !is_default(rule)).count();
        let places = pieces.iter().map(|piece| piece.anew.denial);
        let wanted = Wanted {
            rules: (0..).zip(rules.iter().take(own)).map(|(at, rule)| (rule, lots.stays_at(at))).collect(),
            pieces: places.chain(placed.iter().map(|one| Some(one.before))).collect(),
            behind,
            closing: closing.len(),
        };
        let numbers = wanted.numbers(&group.subnet, self.options)?;
        let moved = numbers.moved.iter().copied().collect();
        let round = Round { site, direction, rules: &rules, closes, curves };
        let staying = (0..).zip(rules.iter().take(own)).zip(&served);
        let staying = staying.filter(|((at, _), _)| lots.stays_at(*at as u32));
        for ((at, rule), members) in staying {
            let kept = self.kept(out, group, &round, (at, rule), members, &moved);
            group.rules.push(kept);
        }
        let mut instead = self.add(out, group, &round, (&pieces, &numbers.pieces), &mut used);
        let after_pieces = numbers.pieces.iter().skip(pieces.len());
        for (Instead { mut drafted, old, .. }, priority) in placed.into_iter().zip(after_pieces) {
            drafted.rule.priority = *priority;
            instead.entry(old).or_default().push(drafted.rule.name.clone());
            group.rules.push(drafted);
        }
        for (mut drafted, priority) in closing.into_iter().zip(&numbers.closing) {
            drafted.rule.priority = *priority;
            group.rules.push(drafted);
        }
        let removed = lots.removed(&|at| instead.get(&at).cloned().unwrap_or_default());
        for Removed { rule, why } in &removed {
            out.notes.push(format!("{}: {} is in force and goes: {why}", group.subnet, rule.name));
        }
        group.removed.extend(removed);
        Ok(())
    }

    /// New pairs of hosts and ports over time, by far end, of all subnets together.
    fn curves(&self, needs: &BTreeMap<u32, GroupNeeds>) -> Curves {
        let mut out = Curves::new();
        for (far, curve) in needs.values().flat_map(|needs| self.ledger.curves(needs)) {
            let own = out.entry(far).or_default();
            own.iter_mut().zip(curve).for_each(|(sum, more)| *sum += more);
        }
        out
    }

    /// A rule in force that stays, at its priority or a new one.
    fn kept(
        &mut self,
        out: &mut Draft,
        group: &DraftedNsg,
        round: &Round<'_>,
        (at, rule): (usize, &SecurityRule),
        members: &ServedBy,
        moved: &BTreeMap<usize, u16>,
    ) -> DraftedRule {
        let far: Vec<Far> =
            members.iter().map(|(far, _)| *far).collect::<BTreeSet<_>>().into_iter().collect();
        let members: Vec<Member> = members.iter().flat_map(|(_, members)| members).copied().collect();
        let mut rule = rule.clone();
        let mut why = reasons::kept(&rule, &members, round.closes, self.options);
        if members.is_empty()
            && rule.access == Decision::Allowed
            && let Some(need) = self.needed_by(round.site, round.direction, &rule)
        {
            why = format!("kept: {need}");
        }
        let priority = moved.get(&at);
        if let Some(priority) = priority {
            rule.priority = *priority;
            why = format!("moved, since there was no room for what must stand before it; {why}");
        }
        let reused = priority.is_none();
        if round.closes && rule.access == Decision::Allowed {
            evidence::count(out, &rule, &group.prefixes, members.len());
        }
        let drafted = match members.as_slice() {
            [] => DraftedRule::bare(rule, reused),
            members => DraftedRule { reused, ..self.ledger.evidence(rule, members, &far, &round.curves) },
        };
        let is_marked = members.iter().any(|member| member.marked);
        serious::told(DraftedRule { why, ..drafted }, is_marked)
    }

    /// Adds a rule for each piece, at its priority. The names of those that stand for a rule in force.
    fn add(
        &mut self,
        out: &mut Draft,
        group: &mut DraftedNsg,
        round: &Round<'_>,
        (pieces, priorities): (&[Piece], &[u16]),
        used: &mut BTreeSet<String>,
    ) -> InsteadOf {
        let mut instead = InsteadOf::new();
        let mut opens: BTreeMap<&str, u64> = BTreeMap::new();
        for (piece, priority) in pieces.iter().zip(priorities) {
            let subnet = name::plain(self.name(piece.subnet));
            let near = piece.server.clone().unwrap_or(subnet);
            let service = name::service(piece.protocol, &piece.ports);
            let inbound = round.direction == Direction::Inbound;
            let (from, to) = if inbound { (&piece.far_name, &near) } else { (&near, &piece.far_name) };
            let name = name::rule("Allow", from, to, &service, used);
            let rule = SecurityRule { name, priority: *priority, ..piece.rule(round.direction) };
            evidence::count(out, &rule, &group.prefixes, piece.members.len());
            let mut drafted = self.ledger.evidence(rule, &piece.members, &piece.far, &round.curves);
            drafted.rule.description = evidence::seen(&drafted);
            drafted.why = reasons::added(piece, round.rules);
            if let Some(old) = piece.anew.instead {
                instead.entry(old).or_default().push(drafted.rule.name.clone());
            }
            let is_marked = piece.members.iter().any(|member| member.marked);
            if let Some(denial) = piece.anew.denial.and_then(|at| round.rules.get(at as usize))
                && is_marked
            {
                *opens.entry(denial.name.as_str()).or_default() += piece.members.len() as u64;
            }
            group.rules.push(serious::told(drafted, is_marked));
        }
        for (denial, count) in opens {
            out.notes.push(format!(
                "{}: {denial} is in force and would refuse what is marked as needed: {count} conversations are let pass before it",
                group.subnet
            ));
        }
        instead
    }
}

/// Names that new rules can't have, in lower case: those of the group's rules, but for those that go.
fn names_in_use(group: &DraftedNsg, rules: &[SecurityRule], lots: &Lots<'_>) -> BTreeSet<String> {
    let mut used: BTreeSet<String> = group.rules.iter().map(|r| r.rule.name.to_ascii_lowercase()).collect();
    for rule in group.now().iter().flat_map(|nsg| &nsg.rules) {
        let goes = (0..).zip(rules).any(|(at, own)| own == rule && !lots.stays_at(at));
        if !goes {
            used.insert(rule.name.to_ascii_lowercase());
        }
    }
    used
}
