//! What becomes of each rule of a group in force, and which conversations need a rule of their own for it.

use super::force::{Pattern, is_default, is_denial, is_ping, is_somebodys, is_wide};
use super::{DraftOptions, Removed};
use azflow_core::model::SecurityRule;

/// What becomes of a rule in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lot {
    /// It stays.
    Stays,
    /// What it lets in that is needed gets rules of its own.
    Replaced,
    /// What it lets in is marked as not needed, or nothing needed it and the draft was asked to take such rules away.
    Goes(&'static str),
}

/// How often a pattern was met.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// By conversations that are needed and that a rule can name by protocol and port.
    pub needed: u64,
    /// By others that are needed.
    pub unnameable: u64,
    /// By allowed conversations that a reviewer does not need.
    pub unneeded: u64,
}

/// What is asked about a conversation besides the rules that match it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Case {
    /// Number of its pattern, of those of a group and direction.
    pub pattern: u32,
    /// Whether anything of it was allowed.
    pub allowed: bool,
}

/// Why a conversation gets a rule of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Anew {
    /// The first denial in force that may match it: the new rule stands before it.
    pub denial: Option<u32>,
    /// The rule that lets it in today and goes.
    pub instead: Option<u32>,
}

/// How a conversation will pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Served {
    /// By this rule in force.
    By(u32),
    /// By a default rule that the draft leaves as it is.
    Default,
    /// By a rule of its own.
    Anew(Anew),
}

/// The rules of a group and direction, with what becomes of each.
#[derive(Debug)]
pub struct Lots<'a> {
    /// In the order of evaluation, defaults last.
    pub rules: &'a [SecurityRule],
    pub lots: Vec<Lot>,
    /// Whether the draft denies the rest of the virtual network here, so that the default for it serves nothing.
    pub closes: bool,
}

impl<'a> Lots<'a> {
    /// In a direction that is not drafted all rules stay.
    pub fn all_stay(rules: &'a [SecurityRule]) -> Self {
        Self { rules, lots: vec![Lot::Stays; rules.len()], closes: false }
    }

    /// By what was met of each pattern. What a service needs stays whatever was seen: `protects` tells.
    pub fn of(
        rules: &'a [SecurityRule],
        patterns: &[(Pattern, Met)],
        options: &DraftOptions,
        protects: &dyn Fn(&SecurityRule) -> bool,
        closes: bool,
    ) -> Self {
        // Patterns that meet each rule before they are refused, and whether for certain.
        let mut meeting: Vec<Vec<(usize, bool)>> = vec![Vec::new(); rules.len()];
        for (number, (pattern, _)) in patterns.iter().enumerate() {
            let denied =
                |(rule, certain): &(u32, bool)| *certain && rules.get(*rule as usize).is_some_and(is_denial);
            let end = pattern.rules.iter().position(denied).map_or(usize::MAX, |at| at + 1);
            for (rule, certain) in pattern.rules.iter().take(end) {
                if let Some(list) = meeting.get_mut(*rule as usize) {
                    list.push((number, *certain));
                }
            }
        }
        let lot = |rule: &SecurityRule, met: Met, needs: bool| {
            let served = met.needed + met.unnameable;
            if is_default(rule) || is_denial(rule) || protects(rule) {
                Lot::Stays
            } else if served == 0 && met.unneeded > 0 && !is_somebodys(rule) {
                Lot::Goes("what it lets pass is marked as not needed")
            } else if !needs
                && served == 0
                && options.drop_unused
                && closes
                && !is_somebodys(rule)
                && !is_ping(rule, options)
            {
                Lot::Goes("nothing was seen that needs it, and the draft was asked to take such rules away")
            } else if is_wide(rule, options) && met.needed > 0
                || !is_somebodys(rule) && served > 0 && met.unneeded > 0
            {
                Lot::Replaced
            } else {
                Lot::Stays
            }
        };
        // What a rule that goes let pass comes to the rules behind it: each is judged by all that will meet it then.
        let mut settled = vec![false; patterns.len()];
        let mut lots = Vec::new();
        for ((at, rule), meeting) in (0..).zip(rules).zip(&meeting) {
            let mut met = Met::default();
            let mut deciding = Vec::new();
            for (number, certain) in meeting.iter().copied() {
                let Some((pattern, of)) = patterns.get(number) else { continue };
                let is_before_named = pattern.named.is_some_and(|named| at < named);
                if is_before_named || settled.get(number) == Some(&true) {
                    continue;
                }
                met.needed += of.needed;
                met.unnameable += of.unnameable;
                // What a rule may only perhaps have let pass says nothing against it.
                met.unneeded += if certain { of.unneeded } else { 0 };
                if certain || pattern.named == Some(at) {
                    deciding.push(number);
                }
            }
            // A rule that lets needed traffic pass is no unused one, though another before it does so too.
            let needs = meeting.iter().filter_map(|(number, _)| patterns.get(*number));
            let needs = needs.map(|(_, met)| met.needed + met.unnameable).sum::<u64>() > 0;
            let lot = lot(rule, met, needs);
            for number in deciding.into_iter().filter(|_| lot == Lot::Stays) {
                settled[number] = true;
            }
            lots.push(lot);
        }
        Self { rules, lots, closes }
    }

    /// Whether a rule stays.
    pub fn stays_at(&self, at: u32) -> bool {
        self.lots.get(at as usize) == Some(&Lot::Stays)
    }

    /// Lets a rule stay after all.
    pub fn keep(&mut self, at: u32) {
        if let Some(lot) = self.lots.get_mut(at as usize) {
            *lot = Lot::Stays;
        }
    }

    /// How conversations of a case will pass.
    pub fn settle(&self, pattern: &Pattern, case: Case) -> Served {
        let user = |at: u32| self.rules.get(at as usize).is_some_and(|rule| !is_default(rule));
        if let Some(named) =
            pattern.named.filter(|named| case.allowed && user(*named) && self.stays_at(*named))
        {
            return Served::By(named);
        }
        let (mut lost, mut denial, mut maybe, mut instead) = (false, None, None, None);
        let mut decided = false;
        for (at, certain) in pattern.rules.iter().copied() {
            let Some(rule) = self.rules.get(at as usize) else { break };
            let first = certain && !decided;
            decided |= certain;
            if is_denial(rule) {
                // One that may or may not match let it go by, since it was allowed: behind that it passes as it does today.
                if !is_default(rule) && (certain || !case.allowed) {
                    denial.get_or_insert(at);
                }
                if certain {
                    break;
                }
            } else if is_default(rule) {
                if self.closes && is_of_network(rule) {
                    lost = true;
                } else if certain && (denial.is_none() || case.allowed && !lost) {
                    return maybe.map_or(Served::Default, Served::By);
                }
                if certain {
                    break;
                }
            } else if !self.stays_at(at) {
                lost = true;
                if first {
                    instead = Some(at);
                }
            } else if denial.is_none() || case.allowed && !lost {
                if certain {
                    return Served::By(at);
                }
                maybe.get_or_insert(at);
            }
        }
        match maybe {
            // Nothing else can have let it in.
            Some(at) if case.allowed && !lost && denial.is_none() => Served::By(at),
            _ => Served::Anew(Anew { denial, instead }),
        }
    }

    /// The first denial in force behind a rule.
    pub fn denial_behind(&self, at: u32) -> Option<u32> {
        let behind = (0..).zip(self.rules).skip(at as usize + 1);
        behind.filter(|(_, rule)| is_denial(rule) && !is_default(rule)).map(|(at, _)| at).next()
    }

    /// The rules that go, each with the reason; `instead` names what stands for a rule that is replaced.
    pub fn removed(&self, instead: &dyn Fn(u32) -> Vec<String>) -> Vec<Removed> {
        let mut out = Vec::new();
        for ((at, rule), lot) in (0..).zip(self.rules).zip(&self.lots) {
            let why = match lot {
                Lot::Stays => continue,
                Lot::Goes(why) => (*why).to_owned(),
                Lot::Replaced => match instead(at).as_slice() {
                    [] => "it lets pass more than is needed, and other rules serve what is needed".to_owned(),
                    [one] => format!("it lets pass more than is needed: replaced by {one}"),
                    [one, rest @ ..] => {
                        format!("it lets pass more than is needed: replaced by {one} and {} more", rest.len())
                    }
                },
            };
            out.push(Removed { rule: rule.clone(), why });
        }
        out
    }
}

/// Whether a default rule is the one for the virtual network.
fn is_of_network(rule: &SecurityRule) -> bool {
    rule.far().iter().any(|end| end.is_tag("VirtualNetwork"))
}
