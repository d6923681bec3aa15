//! What a plan decides of one question, stage by stage, wherever the ends may be.

use super::plan::{Open, Plan, Stage};
use super::rows::parts;
use super::{Compiled, Question};
use crate::rules::judged::{Judged, NONE, Outcome, Step, one_of};
use crate::rules::lists::{List, SERVICES};
use crate::rules::set::FIRST_DEFAULT;
use crate::rules::sites::Site;
use crate::rules::world::{Answer, PlatformService};
use azflow_core::model::{Decision, Protocol};

impl Compiled<'_> {
    /// Decides by the last plan, whose source is of a class.
    pub(super) fn judge_between(
        &self,
        src: u32,
        asked: &Question,
        service: Option<PlatformService>,
    ) -> Judged {
        match self.plans.get(self.last.2 as usize) {
            Some(Plan::Certain(plan)) if service.is_none() => self.certain(plan, asked),
            Some(Plan::Certain(plan)) => {
                let view = self.spots[self.classes[src as usize].spots.start as usize].site;
                let open = plan.map(|stage| vec![(stage.0 != NONE).then_some(stage)]);
                self.between(view, &open, asked, service)
            }
            Some(Plan::Open(open)) => self.anywhere(&self.open[*open as usize], asked, service),
            Some(Plan::Unknown) | None => Judged::of(Outcome::Undecidable),
        }
    }

    /// Adds the rules of one stage that may match, up to the first denial or default that does for certain.
    pub(super) fn walk(&self, (list, src, dst): Stage, asked: &Question, out: &mut Vec<(u32, bool)>) {
        let Some(rules) = self.lists.get(list as usize) else { return };
        let [from, to] = parts(list & 1 == 1, asked.members);
        let bits = |row, case| self.bits(row, case, rules.words);
        let ((src_is, src_may), (dst_is, dst_may)) = (bits(src, from[0]), bits(dst, to[0]));
        for word in 0..rules.words {
            let mut bits = src_may[word] & dst_may[word];
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let at = word as u32 * 64 + bit;
                let Some(quick) = rules.quick.get(at as usize) else { break };
                if quick.fits(asked.protocol, asked.port) {
                    let certain = (src_is[word] & dst_is[word]) >> bit & 1 == 1 && quick.sure;
                    out.push((at, certain));
                    if certain && (quick.access == Decision::Denied || quick.priority >= FIRST_DEFAULT) {
                        return;
                    }
                }
            }
        }
    }

    fn certain(&self, plan: &[Stage; 4], asked: &Question) -> Judged {
        let mut out = Judged::of(Outcome::Decided(Decision::Allowed));
        for stage in plan {
            if stage.0 == NONE || asked.outside[(stage.0 & 1) as usize] {
                continue;
            }
            let Some(step) = self.step(*stage, asked, None) else { continue };
            if out.push(step) {
                break;
            }
        }
        out
    }

    /// With the ends wherever they may be.
    fn anywhere(&self, open: &[(Site, Open)], asked: &Question, service: Option<PlatformService>) -> Judged {
        let mut all = open.iter().map(|(site, plan)| self.between(*site, plan, asked, service));
        let Some(first) = all.next() else { return Judged::of(Outcome::Decided(Decision::Allowed)) };
        let mut telling = first;
        let mut same = true;
        for judged in all {
            same &= judged.outcome == first.outcome;
            let more = |outcome| match outcome {
                Outcome::Undecidable => 2,
                Outcome::Decided(Decision::Denied) => 1,
                Outcome::Decided(Decision::Allowed) => 0,
            };
            if more(judged.outcome) > more(telling.outcome) {
                telling = judged;
            }
        }
        if same { first } else { telling.opened() }
    }

    /// With the ends at one place each.
    fn between(&self, src: Site, plan: &Open, asked: &Question, service: Option<PlatformService>) -> Judged {
        let mut out = Judged::of(Outcome::Decided(Decision::Allowed));
        for (number, stage) in plan.iter().enumerate() {
            let outbound = number < 2;
            if asked.outside[usize::from(outbound)] {
                continue;
            }
            let service = service.filter(|_| outbound);
            let one = |stage: &Option<Stage>| stage.and_then(|stage| self.at(stage, src, asked, service));
            let Some(step) = one_of(stage.iter().map(one)) else { continue };
            if out.push(step) {
                break;
            }
        }
        out
    }

    /// What a list says, or what the platform does before it.
    fn at(
        &self,
        stage: Stage,
        src: Site,
        asked: &Question,
        service: Option<PlatformService>,
    ) -> Option<Step> {
        let Some(service) = service else { return self.step(stage, asked, None) };
        match self.world.passes_outside(service, src.view) {
            Answer::Yes => self.step(stage, asked, Some(service)),
            Answer::No => self.step(stage, asked, None),
            Answer::Unknown(_) => {
                let passes = self.step(stage, asked, Some(service));
                let inside = self.step(stage, asked, None)?;
                let allowed = Outcome::Decided(Decision::Allowed);
                let same = passes.is_none_or(|step| step.outcome == allowed) == (inside.outcome == allowed);
                Some(if same { inside } else { Step { outcome: Outcome::Undecidable, ..inside } })
            }
        }
    }

    /// What a list says; `None` where a service of the platform passes it because no rule names it.
    fn step(
        &self,
        (list, src, dst): Stage,
        asked: &Question,
        service: Option<PlatformService>,
    ) -> Option<Step> {
        let rules = self.lists.get(list as usize)?;
        // What a table does not say might be anything.
        let told =
            asked.protocol != Protocol::UNKNOWN && (asked.port.is_some() || !asked.protocol.has_ports());
        if !told {
            return Some(Step { list, rule: NONE, outcome: Outcome::Undecidable });
        }
        let (rule, outcome) = self.settle(rules, list, (src, dst), asked, service);
        let none = rule == NONE && service.is_some();
        (!none).then_some(Step { list, rule, outcome })
    }

    /// Where membership of the virtual network is all that is missing and makes no difference, it is no doubt.
    fn settle(
        &self,
        list: &List,
        number: u32,
        rows: (u32, u32),
        asked: &Question,
        service: Option<PlatformService>,
    ) -> (u32, Outcome) {
        let [src, dst] = parts(number & 1 == 1, asked.members);
        let ask = |case| self.ask(list, rows, case, asked, service);
        let first = ask([src[0], dst[0]]);
        if first.1 != Outcome::Undecidable {
            return first;
        }
        let one = ask([src[1], dst[1]]);
        let rest = [[src[1], dst[2]], [src[2], dst[1]], [src[2], dst[2]]];
        let same = rest.into_iter().all(|case| ask(case).1 == one.1);
        if one.1 != Outcome::Undecidable && same { one } else { first }
    }

    fn ask(
        &self,
        list: &List,
        (src, dst): (u32, u32),
        case: [usize; 2],
        asked: &Question,
        service: Option<PlatformService>,
    ) -> (u32, Outcome) {
        let words = list.words;
        let named = service.map(|service| SERVICES.iter().position(|known| *known == service));
        let bits = |row, case| self.bits(row, case, words);
        let ((src_is, src_may), (dst_is, dst_may)) = (bits(src, case[0]), bits(dst, case[1]));
        let mut perhaps: Option<(u32, Decision)> = None;
        for word in 0..words {
            let mut bits = src_may[word] & dst_may[word];
            let certain = src_is[word] & dst_is[word];
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let at = word as u32 * 64 + bit;
                let Some(quick) = list.quick.get(at as usize) else { break };
                if !quick.fits(asked.protocol, asked.port) {
                    continue;
                }
                if let Some(named) = named
                    && !named.is_some_and(|service| quick.names[service])
                {
                    continue;
                }
                let sure = certain >> bit & 1 == 1 && quick.sure;
                match perhaps {
                    Some((earlier, access)) if access != quick.access => {
                        return (earlier, Outcome::Undecidable);
                    }
                    _ if sure => {
                        let fits = |at: usize| {
                            let may = (src_may[at / 64] & dst_may[at / 64]) >> (at % 64) & 1 == 1;
                            list.quick.get(at).is_some_and(|other| {
                                let is_asked =
                                    named.is_none_or(|named| named.is_some_and(|n| other.names[n]));
                                may && is_asked
                                    && other.access != quick.access
                                    && other.fits(asked.protocol, asked.port)
                            })
                        };
                        let last = list.quick.len();
                        let twins = (at as usize + 1..last)
                            .take_while(|at| list.quick[*at].priority == quick.priority);
                        let open = quick.priority > 0 && twins.into_iter().any(fits);
                        let outcome =
                            if open { Outcome::Undecidable } else { Outcome::Decided(quick.access) };
                        return (at, outcome);
                    }
                    None => perhaps = Some((at, quick.access)),
                    Some(_) => {}
                }
            }
        }
        match (service, perhaps) {
            (None, _) => (NONE, Outcome::Decided(Decision::Denied)),
            // No rule names the service for certain, and one that may would refuse it.
            (Some(_), Some((earlier, Decision::Denied))) => (earlier, Outcome::Undecidable),
            (Some(_), _) => (NONE, Outcome::Decided(Decision::Allowed)),
        }
    }
}
