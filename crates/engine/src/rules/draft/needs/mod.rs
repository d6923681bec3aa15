//! What is needed: which conversations seed rules, sorted by the subnet that the rules are for.

mod conversation;
mod ends;
mod gathering;

use super::force::Force;
use super::handed_out::Hosts;
use super::serious::Serious;
use super::served::Case;
use super::{DraftOptions, Places, Skip, Want};
use crate::pieces::end_of_piece;
use crate::rules::traffic::{Observed, Traffic};
use azflow_core::model::{Direction, Protocol, UnixMillis};
use azflow_core::store::AT_ONCE;
use gathering::Gathering;
use std::collections::BTreeMap;

/// The far end of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Far {
    /// A subnet, by its number in the assignment.
    Subnet(u32),
    /// Single addresses of a group whose prefixes are not known.
    Hosts(u32),
    /// The Internet.
    Internet,
}

/// What a draft looks at of a conversation again and again: small, so that those of a need lie together.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its index in the traffic.
    pub index: u32,
    pub src: u32,
    pub dst: u32,
    pub port: Option<u16>,
    /// Allowed flows.
    pub flows: u64,
    pub first: UnixMillis,
    pub last: UnixMillis,
    /// Whether a reviewer said that it is needed.
    pub marked: bool,
    /// What it is to the rules in force at the group that the need is for; of no meaning where there is none.
    pub case: Case,
}

/// What the rules of one subnet and direction rest on: conversations by far end and protocol.
pub type GroupNeeds = BTreeMap<(Far, Protocol), Vec<Member>>;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Needs {
    /// By subnet and direction. One that was only refused is there without needs: it gets its deny.
    pub groups: BTreeMap<(u32, Direction), GroupNeeds>,
    /// Of allowed conversations that a reviewer does not need the patterns that they have in force, likewise.
    pub unneeded: BTreeMap<(u32, Direction), Vec<u32>>,
    /// Conversations marked as needed, by subnet and direction, where the rest is not denied but a group in force may
    /// refuse them.
    pub marked: BTreeMap<(u32, Direction), Vec<Member>>,
    /// Those of them that are seeds only if a rule comes of it.
    pub open: Vec<usize>,
    /// Subnets and directions of which nothing was logged, though conversations there are known from the other end.
    pub unlogged: Vec<(String, Direction)>,
    /// Subnets of which the log has addresses of the Internet as members of `VirtualNetwork` outbound.
    pub routed: Vec<String>,
    pub seeds: Vec<usize>,
    pub left_out: Vec<String>,
    /// Subnets where logs hold denials alone: they get no deny, since what it would cut is not known.
    pub blind: Vec<String>,
    pub skipped: BTreeMap<Skip, u64>,
    /// Conversations to addresses outside the prefixes of the subnet that their NIC is in: no rule is made of them.
    pub outside: u64,
    pub beside: Beside,
}

/// What the notes of a draft are about, found while each conversation is at hand: there are millions.
#[derive(Debug, Default)]
pub struct Beside {
    /// Conversations of which it is asked whether a group still denies them.
    pub asked: Vec<u32>,
    /// The serious ones of which something was allowed, or that are marked as needed: why, and whether they are marked.
    pub serious: Vec<(u32, Serious, bool)>,
    /// Those that may be seeds and that the platform let pass, by a rule that the log does not tell.
    pub by_platform: Vec<usize>,
    /// What is known of the hosts that seeds go to.
    pub hosts: Hosts,
}

/// Protocols that a rule can name.
pub fn is_nameable(protocol: Protocol) -> bool {
    matches!(protocol.number(), Some(1 | 6 | 17 | 50 | 51))
}

/// Gathers them, in pieces.
pub async fn gather(
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    want: &dyn Fn(usize, &Observed) -> Want,
    force: Option<&mut Force<'_>>,
) -> Needs {
    let mut gathering = Gathering::new(traffic, places, options, want, force);
    for (at, some) in traffic.conversations.chunks(AT_ONCE).enumerate() {
        for (at, seen) in (at * AT_ONCE..).zip(some) {
            gathering.touch(seen, want(at, seen));
        }
        end_of_piece().await;
    }
    for (at, some) in traffic.conversations.chunks(AT_ONCE).enumerate() {
        gathering.take(at * AT_ONCE, some, want);
        end_of_piece().await;
    }
    gathering.into_needs()
}
