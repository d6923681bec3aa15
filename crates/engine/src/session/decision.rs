//! Which rule decides a typed flow: what its ends stand for, and what is decided between them.

use super::{Capped, DecideAsk, DecidedBy, DecisionAnswer, EndLine, Engine, PairLine, StageLine};
use crate::rules::{DecidedFlow, Flow, Logged, RuleSet, Ruling, StageRuling, decide_each};
use crate::topology::{Cut, End, EndNames};
use azflow_core::model::{Address, Decision, Protocol};
use hashbrown::HashMap;

/// Most pairs of addresses that two names are decided for.
const MOST: usize = 10_000;
/// Pairs that are listed, and addresses of an end.
const LISTED: usize = 200;

/// A flow as asked, with what its ends stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The ends.
    pub ends: [End; 2],
    /// A flow for each two of their addresses, by source, then destination; at least one.
    pub flows: Vec<Flow>,
}

impl Asked {
    /// Whether an end is a name.
    pub fn has_names(&self) -> bool {
        self.ends.iter().any(End::is_name)
    }
}

impl Engine {
    /// What is asked by two ends, each an address or the name of a machine, NIC or subnet. Subnets without a name are cut
    /// so.
    ///
    /// # Errors
    /// In a sentence: an end is not known, or there are too many pairs of addresses.
    pub fn asked(
        &mut self,
        ends: [&str; 2],
        (protocol, port): (Protocol, Option<u16>),
        cut: Cut,
    ) -> Result<Asked, String> {
        let traffic = self.traffic();
        self.derive(cut);
        let named = self.named().ok_or("nothing is loaded")?;
        let names = EndNames {
            network: named.network,
            naming: named.naming,
            subnets: named.subnets,
            seen: &traffic.addresses,
        };
        let [src, dst] = ends.map(|text| names.end(text));
        let (src, dst) = (src?, dst?);
        let pairs = src.addresses.len().saturating_mul(dst.addresses.len());
        if pairs > MOST {
            return Err(format!(
                "“{}” and “{}” are {pairs} pairs of addresses, and at most {MOST} are decided at once: ask for one machine \
                 or address",
                src.text, dst.text
            ));
        }
        let flow = |(src, dst)| Flow { src, dst, protocol, port };
        let each = src
            .addresses
            .iter()
            .flat_map(|from| dst.addresses.iter().map(move |to| (from.address, to.address)));
        // What a machine says to itself comes by no group.
        let flows = each.filter(|(from, to)| pairs == 1 || from != to).map(flow).collect();
        Ok(Asked { ends: [src, dst], flows })
    }

    pub(super) fn decision(&mut self, cut: Cut, ask: &DecideAsk) -> Result<DecisionAnswer, String> {
        let word = ask.protocol.trim().to_lowercase();
        let named = (0..=u8::MAX).map(Protocol::numbered).find(|protocol| protocol.to_string() == word);
        let protocol = named.ok_or_else(|| format!("“{word}” is no protocol"))?;
        let port = ask.port.trim().parse::<u16>().ok().filter(|_| protocol.has_ports());
        if protocol.has_ports() && port.is_none() {
            return Err(format!("“{}” is no port", ask.port.trim()));
        }
        let asked = self.asked([&ask.src, &ask.dst], (protocol, port), cut)?;
        let (set, world, traffic) = (self.rule_set(), self.world(), self.traffic());
        let decided = decide_each(&set, &world, &traffic, &asked.flows);
        let mut out = DecisionAnswer {
            ends: asked.ends.each_ref().map(|end| self.end_line(end, cut)),
            not_understood: set.not_understood(),
            ..DecisionAnswer::default()
        };
        for one in &decided {
            out.totals[one.place()] += 1;
        }
        let [one] = decided.as_slice() else {
            out.pairs = Capped {
                rows: decided.iter().take(LISTED).map(|one| pair(&set, one)).collect(),
                total: decided.len() as u32,
            };
            return Ok(out);
        };
        let stage = |stage: &StageRuling| {
            let (allows, reason) = said(&stage.ruling);
            let nsg = group(&set, stage).to_owned();
            StageLine {
                stage: stage.stage.as_str().to_owned(),
                nsg,
                rule: stage.rule.clone(),
                allows,
                reason,
            }
        };
        let by = |(by, flows): (&Logged, u64)| DecidedBy {
            acl: by.acl.clone(),
            rule: by.rule.clone(),
            direction: by.direction,
            flows: if by.decision == Decision::Allowed { (flows, 0) } else { (0, flows) },
        };
        (out.allows, out.reason) = said(&one.ruling);
        out.stages = one.stages.iter().map(stage).collect();
        out.seen = one.seen.map(|seen| seen.tally);
        out.logged = one.seen.map(|seen| traffic.decided(seen).map(by).collect()).unwrap_or_default();
        Ok(out)
    }

    fn end_line(&self, end: &End, cut: Cut) -> EndLine {
        let (named, traffic) = (self.named(), self.traffic.as_ref());
        let subnets = self.assignment_at(cut);
        // Of a name with many addresses each is looked for.
        let mut numbers: HashMap<Address, usize> =
            end.addresses.iter().map(|one| (one.address, usize::MAX)).collect();
        for (at, address) in traffic.into_iter().flat_map(|all| &all.addresses).enumerate() {
            numbers.entry(*address).and_modify(|number| *number = at.min(*number));
        }
        let place = |one: &crate::topology::EndAddress| {
            let machine = named.as_ref().and_then(|named| named.naming.machine(one.address));
            let number = numbers.get(&one.address);
            let seen = number.and_then(|at| subnets?.subnets.get(*subnets?.subnet_of.get(*at)? as usize));
            let described = || {
                let named = named.as_ref()?;
                match named.naming.place(one.address)? {
                    crate::topology::Place::In(at) => Some(named.naming.names(&[at]).join("")),
                    crate::topology::Place::OneOf(all) => Some(named.naming.names(all).join(" or ")),
                }
            };
            let subnet = seen.map(|subnet| subnet.name.clone()).or_else(described);
            (one.address.to_string(), machine.unwrap_or_default().to_owned(), subnet.unwrap_or_default())
        };
        EndLine {
            text: end.text.clone(),
            is_name: end.is_name(),
            addresses: Capped {
                rows: end.addresses.iter().take(LISTED).map(place).collect(),
                total: end.addresses.len() as u32,
            },
            notes: end.notes.clone(),
        }
    }
}

fn pair(set: &RuleSet, one: &DecidedFlow<'_>) -> PairLine {
    let (allows, reason) = said(&one.ruling);
    PairLine {
        src: one.flow.src.to_string(),
        dst: one.flow.dst.to_string(),
        allows,
        by: one.deciding().map(|stage| (group(set, stage).to_owned(), stage.rule.clone())),
        reason,
        is_seen: one.seen.is_some(),
    }
}

fn group<'a>(set: &'a RuleSet, stage: &StageRuling) -> &'a str {
    set.groups.get(stage.group).map(|group| group.nsg.name.as_str()).unwrap_or_default()
}

fn said(ruling: &Ruling) -> (Option<bool>, String) {
    match ruling {
        Ruling::Decided(decision) => (Some(*decision == Decision::Allowed), String::new()),
        Ruling::Undecidable(why) => (None, why.clone()),
    }
}
