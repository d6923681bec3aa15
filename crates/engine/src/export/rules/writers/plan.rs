//! What a file does to each group: from which rules to which, in which steps.

use crate::pieces::end_of_piece;
use crate::rules::{Blocked, DeployStep, Draft, DraftedNsg, Steps};
use azflow_core::model::{Nsg, ResourceId, SecurityRule};
use serde::{Deserialize, Serialize};

/// One half of a draft's way into force, with days between the two if wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// What only opens: nothing is denied after it that was allowed before.
    Allows,
    /// The rest: denials, rules that shrink, removals.
    Deny,
}

impl Stage {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Allows, Self::Deny];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allows => "allows",
            Self::Deny => "deny",
        }
    }
}

/// Which of a draft's files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// One stage alone; `None` is the whole way.
    pub stage: Option<Stage>,
    /// The way back: what is on file now.
    pub rollback: bool,
}

/// What a file does to a group.
#[derive(Debug)]
pub struct Way<'a> {
    /// The group as drafted.
    pub group: &'a DraftedNsg,
    /// Its rules before the file is applied.
    pub from: Vec<SecurityRule>,
    /// Its rules after that.
    pub to: Vec<SecurityRule>,
    /// The requests that lead there.
    pub steps: Result<Vec<DeployStep>, Blocked>,
    /// Which file it is in.
    pub part: Part,
}

impl Way<'_> {
    /// Whether the draft makes the group.
    pub fn is_new(&self) -> bool {
        self.group.before.is_none()
    }

    /// The group whose place a new one takes at its subnet.
    pub fn shared(&self) -> Option<&Nsg> {
        self.group.split_from.as_ref()
    }

    /// The group's id: of one in force its own, of one that takes another's place beside that one.
    pub fn id(&self) -> Option<ResourceId> {
        let beside = |shared: &Nsg| {
            let (parent, _) = shared.id.0.rsplit_once('/').filter(|_| shared.id.is_full())?;
            Some(ResourceId(format!("{parent}/{}", self.group.nsg.name)))
        };
        let own = self.group.before.as_ref().map(|nsg| nsg.id.clone());
        own.or_else(|| self.shared().and_then(beside))
    }

    /// Whether this file makes the group.
    pub fn makes(&self) -> bool {
        self.is_new() && !self.part.rollback && self.part.stage != Some(Stage::Deny)
    }

    /// Whether this file takes the group away.
    pub fn removes(&self) -> bool {
        self.is_new() && self.part.rollback && self.part.stage != Some(Stage::Deny)
    }

    /// Whether the group is to be attached after this file, or detached before it. A group's default rules deny, too, so a
    /// new one is attached with the second stage; where it takes another's place it begins as that one and is attached
    /// with the first.
    pub fn is_attached_here(&self) -> bool {
        let not_here = if self.shared().is_some() { Stage::Deny } else { Stage::Allows };
        self.is_new() && self.part.stage != Some(not_here)
    }

    /// Whether the group can be written as a whole; an order of single requests may be missing all the same.
    pub fn is_writable(&self) -> bool {
        matches!(self.steps, Ok(_) | Err(Blocked::NoRoom(_)))
    }

    /// The resource group in which a group in force is, where its id says so.
    pub fn resource_group(&self) -> Option<&str> {
        self.group.now()?.id.segment("resourceGroups")
    }

    /// The region of a group in force, where a file has it.
    pub fn location(&self) -> Option<&str> {
        self.group.now()?.location.as_deref()
    }

    /// Whether this file leaves the group as it is.
    pub fn is_idle(&self) -> bool {
        !self.makes() && !self.removes() && self.steps.as_ref().is_ok_and(Vec::is_empty)
    }
}

/// The ways of all groups, a piece for each.
pub async fn ways(draft: &Draft, part: Part) -> Vec<Way<'_>> {
    let mut out = Vec::with_capacity(draft.groups.len());
    for group in &draft.groups {
        out.push(way(group, part));
        end_of_piece().await;
    }
    out
}

fn way(group: &DraftedNsg, part: Part) -> Way<'_> {
    let before = group.now();
    let (now, defaults) =
        before.map(|nsg| (nsg.rules.clone(), nsg.default_rules.clone())).unwrap_or_default();
    let wanted: Vec<SecurityRule> = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
    let there = Steps::between(&now, &wanted, &defaults);
    let between = match &there {
        Ok(steps) => steps.between.clone(),
        Err(_) => now.clone(),
    };
    // A group that takes another's place is made of nothing, with that one's rules.
    let is_made = group.split_from.is_some() && part.stage != Some(Stage::Deny);
    let now = if is_made { Vec::new() } else { now };
    let (from, to) = match part.stage {
        None => (now, wanted),
        Some(Stage::Allows) => (now, between),
        Some(Stage::Deny) => (between, wanted),
    };
    let (from, to) = if part.rollback { (to, from) } else { (from, to) };
    let steps = there.and_then(|steps| {
        if part.rollback || is_made {
            return Ok(Steps::between(&from, &to, &defaults)?.all().cloned().collect());
        }
        Ok(match part.stage {
            None => steps.all().cloned().collect(),
            Some(Stage::Allows) => steps.allows,
            Some(Stage::Deny) => steps.rest,
        })
    });
    Way { group, from, to, steps, part }
}
