//! Which conversations are noise: named by stated rules, never left out by themselves.
//!
//! The rules and their thresholds are in docs/SEMANTICS.md, *Noise*. Every conversation gets one mark, the first
//! that fits. Marking is a pass over the conversations with counters by address; only what may be a scan or a
//! reply is looked at again.

use super::{Bits, Mode, Store};
use crate::model::{Address, DYNAMIC_PORTS, FlowDirection, Protocol, Tally, port_of};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

/// So many hosts and ports a scanner tried in vain, at least.
pub const SCAN_TARGETS: u32 = 25;
/// So many ports of one host, or hosts at one port, were among them.
pub const SCAN_BREADTH: usize = 10;
/// So many percent of all that it tried was in vain.
pub const SCAN_PERCENT: u32 = 80;
/// What was let pass without an answer is kept up from so many packets on, or from so many a flow. A probe is a few.
pub const KEPT_UP: u64 = 100;
/// See [`KEPT_UP`].
pub const KEPT_UP_PER_FLOW: u64 = 10;

/// What kind of noise a conversation is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Noise {
    /// None.
    #[default]
    None,
    /// Azure's own: one end is an address of the platform's.
    Platform,
    /// To everyone: broadcast and multicast.
    Broadcast,
    /// Probably the answering half of a flow that began earlier or had ended.
    Reply,
    /// In vain, by a source that tried many hosts or ports.
    Scan,
    /// In vain, by a public address of which nothing was ever allowed.
    Background,
}

impl Noise {
    /// The kinds, in the order in which they are looked for.
    pub const KINDS: [Self; 5] = [Self::Platform, Self::Broadcast, Self::Reply, Self::Scan, Self::Background];

    /// The stable word; empty for none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Platform => "platform",
            Self::Broadcast => "broadcast",
            Self::Reply => "reply",
            Self::Scan => "scan",
            Self::Background => "background",
        }
    }

    /// Whether it is any.
    pub fn is_noise(self) -> bool {
        self != Self::None
    }
}

/// What a source tried.
#[derive(Debug, Default, Clone, Copy)]
struct Tried {
    all: u32,
    vain: u32,
    /// Something of it was allowed, or it was logged leaving a NIC.
    known: bool,
}

impl Store {
    /// Marks every conversation, if that has not been done since the last change.
    pub fn mark_noise(&mut self) {
        self.count(Mode::Conversations);
        if self.noise.is_none() {
            self.noise = Some(self.classify());
        }
    }

    /// Every conversation's mark, by its number; empty before [`Store::mark_noise`].
    pub fn noise(&self) -> &[Noise] {
        self.noise.as_deref().unwrap_or_default()
    }

    fn classify(&self) -> Vec<Noise> {
        let totals = self.totals(Mode::Conversations);
        let mut marks: Vec<Noise> =
            totals.iter().enumerate().map(|(at, tally)| self.alone(at, tally)).collect();
        let vain = self.vain(totals);
        self.mark_refused_replies(totals, &vain, &mut marks);
        let public: Vec<bool> = self.addresses().map(Address::is_public).collect();
        let is_public = |address: u32| public.get(address as usize).copied().unwrap_or_default();
        let tried = self.tried(&vain, &marks, &is_public);
        let of = |address: u32| tried.get(address as usize).copied().unwrap_or_default();
        // A cut public address stands for many hosts: no one of them need be a scanner.
        let folded = self.resolution.folded.is_some();
        let suspect = |src: u32| {
            let tried = of(src);
            let share = u64::from(tried.vain) * 100 >= u64::from(tried.all) * u64::from(SCAN_PERCENT);
            tried.vain >= SCAN_TARGETS && share && !(folded && is_public(src))
        };
        let scanners = self.scanners(&vain, &marks, &suspect);
        for (at, mark) in marks.iter_mut().enumerate() {
            let src = self.columns.conversation(at).src;
            if mark.is_noise() || !vain.has(at) {
                continue;
            }
            if scanners.contains(&src) {
                *mark = Noise::Scan;
            } else if is_public(src) && !of(src).known {
                *mark = Noise::Background;
            }
        }
        marks
    }

    /// What a conversation is by itself.
    fn alone(&self, at: usize, tally: &Tally) -> Noise {
        let conversation = self.columns.conversation(at);
        let (src, dst) = (self.address(conversation.src), self.address(conversation.dst));
        if src.is_platform() || dst.is_platform() {
            return Noise::Platform;
        }
        let (protocol, port) = (Protocol::of(conversation.service), port_of(conversation.service));
        let netbios = protocol == Protocol::UDP
            && matches!(port, Some(137 | 138))
            && dst.v4().is_some_and(|bits| bits as u8 == 255);
        if dst.is_group() || netbios {
            return Noise::Broadcast;
        }
        let for_callers = port.is_some_and(|port| port >= DYNAMIC_PORTS) && tally.attempts() == 0;
        if for_callers && !self.served.contains(&(conversation.dst, conversation.service)) {
            return Noise::Reply;
        }
        Noise::None
    }

    /// The conversations of which nothing came.
    ///
    /// Without TCP's handshake no packet back says little: tunnels between nodes (VXLAN, Geneve) make each way a
    /// conversation of its own, and syslog, NetFlow or traps are never answered. What was let pass is not in vain where
    /// the other end sends to the same port, or where it is kept up.
    fn vain(&self, totals: &[Tally]) -> Bits {
        let mut out = Bits::none(totals.len());
        let mut one_way: HashSet<[u32; 3]> = HashSet::new();
        for (at, tally) in totals.iter().enumerate().filter(|(_, tally)| is_vain(tally)) {
            let conversation = self.columns.conversation(at);
            let by_handshake = Protocol::of(conversation.service) == Protocol::TCP;
            if by_handshake || tally.allowed_flows == 0 {
                out.set(at);
            } else if !is_kept_up(tally) {
                out.set(at);
                one_way.insert([conversation.src, conversation.dst, conversation.service]);
            }
        }
        if one_way.is_empty() {
            return out;
        }
        // The other way may be kept up, or answered, and so not among those.
        let mut both = HashSet::new();
        for (at, tally) in totals.iter().enumerate() {
            let conversation = self.columns.conversation(at);
            let back = [conversation.dst, conversation.src, conversation.service];
            if tally.counters.packets() > 0 && one_way.contains(&back) {
                both.insert(back);
            }
        }
        for at in 0..totals.len() {
            let conversation = self.columns.conversation(at);
            if both.contains(&[conversation.src, conversation.dst, conversation.service]) {
                out.unset(at);
            }
        }
        out
    }

    /// Denied attempts at a port for callers, by a host that the other one talks to: late answers.
    fn mark_refused_replies(&self, totals: &[Tally], vain: &Bits, marks: &mut [Noise]) {
        let late = |at: usize| {
            let service = self.columns.conversation(at).service;
            port_of(service).is_some_and(|port| port >= DYNAMIC_PORTS)
                && totals[at].denied_flows > 0
                && vain.has(at)
        };
        let mut asked: HashSet<(u32, u32)> = HashSet::new();
        for at in (0..totals.len()).filter(|at| !marks[*at].is_noise() && late(*at)) {
            let conversation = self.columns.conversation(at);
            asked.insert((conversation.dst, conversation.src));
        }
        if asked.is_empty() {
            return;
        }
        let mut answered: HashSet<(u32, u32)> = HashSet::new();
        for (at, tally) in totals.iter().enumerate() {
            let conversation = self.columns.conversation(at);
            let pair = (conversation.src, conversation.dst);
            if (tally.allowed_flows > 0 || tally.counters.packets() > 0) && asked.contains(&pair) {
                answered.insert(pair);
            }
        }
        for (at, mark) in marks.iter_mut().enumerate() {
            let conversation = self.columns.conversation(at);
            if !mark.is_noise() && late(at) && answered.contains(&(conversation.dst, conversation.src)) {
                *mark = Noise::Reply;
            }
        }
    }

    /// What each source tried, by the number of its address. Of what is noise already nothing counts.
    fn tried(&self, vain: &Bits, marks: &[Noise], is_public: &dyn Fn(u32) -> bool) -> Vec<Tried> {
        let mut out = vec![Tried::default(); self.addresses().len()];
        for (at, mark) in marks.iter().enumerate() {
            let conversation = self.columns.conversation(at);
            let Some(tried) = out.get_mut(conversation.src as usize) else { continue };
            if mark.is_noise() {
                continue;
            }
            tried.all += 1;
            if vain.has(at) {
                tried.vain += 1;
            } else {
                tried.known = true;
            }
            if is_public(conversation.src) && !tried.known {
                let leaves =
                    |row| self.context(self.columns.context(row)).direction == FlowDirection::Outbound;
                tried.known = conversation.rows.clone().any(leaves);
            }
        }
        out
    }

    /// The suspects that tried many ports of one host, or many hosts at one port.
    fn scanners(&self, vain: &Bits, marks: &[Noise], suspect: &dyn Fn(u32) -> bool) -> HashSet<u32> {
        // Numbers beside each other, so that one list sorts by host and by port.
        let mut tries: Vec<[u32; 3]> = Vec::new();
        for (at, mark) in marks.iter().enumerate() {
            let conversation = self.columns.conversation(at);
            if !mark.is_noise() && vain.has(at) && suspect(conversation.src) {
                tries.push([conversation.src, conversation.dst, conversation.service]);
            }
        }
        let mut out = HashSet::new();
        for by in [1, 2] {
            tries.sort_unstable_by_key(|of| (of[0], of[by], of[3 - by]));
            let groups = tries.chunk_by(|a, b| (a[0], a[by]) == (b[0], b[by]));
            out.extend(groups.filter(|group| group.len() >= SCAN_BREADTH).map(|group| group[0][0]));
        }
        out
    }
}

/// Whether so much was sent that somebody means it.
fn is_kept_up(tally: &Tally) -> bool {
    let packets = tally.counters.packets_src_to_dst;
    packets >= KEPT_UP || packets >= tally.allowed_flows.saturating_mul(KEPT_UP_PER_FLOW)
}

/// Whether nothing came of a conversation by its own figures: no packet came back, and every attempt was refused or packets went.
fn is_vain(tally: &Tally) -> bool {
    let tried = if tally.allowed_flows == 0 { tally.denied_flows } else { tally.counters.packets_src_to_dst };
    tried > 0 && tally.counters.packets_dst_to_src == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_vain_is_refused_or_without_an_answer() {
        let tally = |allowed, denied, there, back| {
            let mut tally = Tally { allowed_flows: allowed, denied_flows: denied, ..Tally::default() };
            (tally.counters.packets_src_to_dst, tally.counters.packets_dst_to_src) = (there, back);
            is_vain(&tally)
        };
        assert!(tally(0, 3, 0, 0) && tally(0, 3, 3, 0) && tally(3, 0, 9, 0));
        // Allowed without any counters (version 1) says nothing; begun earlier is not refused.
        assert!(!tally(3, 0, 0, 0) && !tally(3, 1, 9, 4) && !tally(0, 0, 0, 0) && !tally(0, 2, 5, 5));
    }
}
