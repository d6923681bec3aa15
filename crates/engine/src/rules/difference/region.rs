//! Regions: parts of the space that are decided differently, in the words of rules.

use super::explore::is_outbound;
use super::places::Both;
use super::services::ServiceSet;
use super::spans::Spans;
use super::{Change, Piece, Verdict, Word};
use crate::rules::RuleSet;
use crate::rules::evaluate::{Flow, Stage};
use crate::rules::sites::Site;
use crate::rules::world::{Answer, Membership, World};
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Endpoint, Protocol, ResourceId};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// What a set says of a region, and by what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side {
    /// What it says.
    pub word: Word,
    /// Why it can't be told, of one flow of the region.
    pub reason: Option<String>,
    /// The group that decides; `None` where none is there.
    pub nsg: Option<String>,
    /// The group's id.
    pub id: Option<ResourceId>,
    /// Its rule; empty where no rule matches.
    pub rule: String,
    /// Where the group is.
    pub stage: Option<Stage>,
}

/// Addresses as rules write them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Prefixes, `first-last`, `*`, or one tag.
    pub of: Vec<String>,
    /// What of them is left out, likewise; there only where that is shorter than listing the rest.
    pub except: Vec<String>,
}

/// See the module's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What differs.
    pub change: Change,
    /// Whether files tell where the groups apply; else the group is compared by itself.
    pub is_placed: bool,
    /// Names of the subnets or NICs where the group is whose decision makes the difference, sorted; prefixes and
    /// addresses where no subnet or NIC on file has them.
    pub places: Vec<String>,
    /// Where connections come from.
    pub sources: Addresses,
    /// Where they go to.
    pub destinations: Addresses,
    /// Words of protocols: `tcp`, `udp`, `icmp`, `esp`, `ah`, another name or number, `other` for the rest of all, `*`.
    pub protocols: Vec<String>,
    /// Destination ports of each of them; `*` for all, and for protocols without ports.
    pub ports: Vec<String>,
    /// What the first set says.
    pub before: Side,
    /// What the second set says.
    pub after: Side,
    space: (Spans, Spans, ServiceSet, usize),
}

impl Region {
    /// The set whose decision makes the difference: the one that denies, or that can't be told.
    fn telling(&self) -> &Side {
        match self.change {
            Change::NewlyAllowed | Change::StillDenied => &self.before,
            Change::NewlyDenied => &self.after,
            Change::Undecidable if self.after.word == Word::Undecidable => &self.after,
            Change::Undecidable => &self.before,
        }
    }

    /// The group whose decision makes the difference.
    pub fn nsg(&self) -> Option<&str> {
        let either = self.telling().nsg.as_deref();
        either.or(self.before.nsg.as_deref()).or(self.after.nsg.as_deref())
    }

    /// Its stage.
    pub fn stage(&self) -> Option<Stage> {
        self.telling().stage.or(self.before.stage).or(self.after.stage)
    }

    /// `inbound` or `outbound`; `None` where no group decides.
    pub fn direction(&self) -> Option<&'static str> {
        self.stage().map(|stage| if is_outbound(stage) { "outbound" } else { "inbound" })
    }

    /// Whether a flow is of the region.
    pub fn holds(&self, flow: Flow) -> bool {
        let (src, dst, services, line) = &self.space;
        let word = |protocol: Protocol, port: Option<u16>| services.line_of(protocol, port) == Some(*line);
        src.holds(flow.src) && dst.holds(flow.dst) && word(flow.protocol, flow.port)
    }
}

/// Puts regions in order.
pub fn sort(regions: &mut [Region]) {
    regions.sort_small_by(|a, b| {
        let key = |r: &Region| (r.change, r.nsg().map(str::to_owned), r.stage());
        key(a)
            .cmp(&key(b))
            .then_with(|| a.space.1.cmp(&b.space.1))
            .then_with(|| a.space.0.cmp(&b.space.0))
            .then_with(|| (&a.space.2, a.space.3).cmp(&(&b.space.2, b.space.3)))
            .then_with(|| (&a.before, &a.after).cmp(&(&b.before, &b.after)))
    });
}

/// Makes regions of pieces.
pub fn add(pieces: Vec<Piece>, sets: Both<&RuleSet>, world: &World, is_placed: bool, out: &mut Vec<Region>) {
    let mut names = Names { world, tags: tags(sets), known: HashMap::new() };
    for piece in pieces {
        let [before, after] = [(&piece.before, sets[0]), (&piece.after, sets[1])].map(side);
        for (line, (protocols, ports)) in piece.services.lines().into_iter().enumerate() {
            let mut region = Region {
                change: piece.change,
                is_placed,
                places: Vec::new(),
                sources: Addresses::default(),
                destinations: Addresses::default(),
                protocols,
                ports,
                before: before.clone(),
                after: after.clone(),
                space: (piece.src.clone(), piece.dst.clone(), piece.services.clone(), line),
            };
            let outbound = region.stage().is_some_and(is_outbound);
            let (near, far) = if outbound { (&piece.src, &piece.dst) } else { (&piece.dst, &piece.src) };
            let near_texts = Addresses { of: near.texts(), except: Vec::new() };
            let far_texts = names.texts(near, far);
            if is_placed {
                region.places = places(&region, near, sets, world);
            }
            (region.sources, region.destinations) =
                if outbound { (near_texts, far_texts) } else { (far_texts, near_texts) };
            out.push(region);
        }
    }
}

fn side((verdict, set): (&Verdict, &RuleSet)) -> Side {
    let group = verdict.group.and_then(|group| set.groups.get(group));
    Side {
        word: verdict.word,
        reason: verdict.reason.clone(),
        nsg: group.map(|group| group.nsg.name.clone()),
        id: group.map(|group| group.nsg.id.clone()),
        rule: verdict.rule.clone(),
        stage: verdict.stage,
    }
}

/// The tags that rules name, and those of the default rules, each once.
fn tags(sets: Both<&RuleSet>) -> Vec<String> {
    let rules = sets.iter().flat_map(|set| &set.groups).flat_map(|group| &group.nsg.rules);
    let named =
        rules.flat_map(|rule| rule.sources.iter().chain(&rule.destinations)).filter_map(|end| match end {
            Endpoint::Tag(tag) => Some(tag.as_str()),
            _ => None,
        });
    let mut seen = BTreeSet::new();
    let all = ["VirtualNetwork", "Internet"].into_iter().chain(named);
    all.filter(|tag| seen.insert(tag.to_ascii_lowercase())).map(str::to_owned).collect()
}

/// What tags hold, as seen from places.
struct Names<'a> {
    world: &'a World,
    tags: Vec<String>,
    /// By view of the virtual network and number of tag.
    known: HashMap<(Option<u32>, usize), Spans>,
}

impl Names<'_> {
    /// Addresses as seen from others: a tag where they are just what it holds; what of a tag or of all is left out, where
    /// that is shorter.
    fn texts(&mut self, near: &Spans, far: &Spans) -> Addresses {
        let plain = Addresses { of: far.texts(), except: Vec::new() };
        if far.is_all() {
            return plain;
        }
        let sites = near.first().map(|address| self.world.sites().of(address)).unwrap_or_default();
        let view = sites.first().and_then(|site| site.view);
        let mut wholes = vec![("*".to_owned(), Spans::all())];
        for (number, tag) in self.tags.iter().enumerate() {
            let world = self.world;
            let held = self.known.entry((view, number)).or_insert_with(|| held(world, tag, view));
            wholes.push((tag.clone(), held.clone()));
        }
        let tag_of = |of: &Spans| wholes.iter().find(|(_, held)| held == of).map(|(tag, _)| tag.clone());
        if let Some(tag) = tag_of(far) {
            return Addresses { of: vec![tag], except: Vec::new() };
        }
        let mut best = plain;
        for (tag, held) in wholes.iter().filter(|(_, held)| far.without(held).is_empty()) {
            let rest = held.without(far);
            let except = tag_of(&rest).map_or_else(|| rest.texts(), |tag| vec![tag]);
            if 1 + except.len() < best.of.len() + best.except.len() {
                best = Addresses { of: vec![tag.clone()], except };
            }
        }
        best
    }
}

/// The addresses that a tag holds for certain.
fn held(world: &World, tag: &str, view: Option<u32>) -> Spans {
    let mut starts: Vec<u128> = world.cuts(std::iter::once(tag));
    starts.extend(Address::public_edges().into_iter().map(Address::bits));
    starts.push(0);
    starts.sort_unstable();
    starts.dedup();
    let end = Endpoint::Tag(tag.to_owned());
    let is_in = |first: u128| {
        let address = (Address::from_bits(first), Site::default());
        world.matches(&end, address, view, Membership::OnFile) == Answer::Yes
    };
    let pieces = starts.iter().enumerate().filter(|(_, first)| is_in(**first));
    let last = |at: usize| starts.get(at + 1).map_or(u128::MAX, |next| next - 1);
    Spans::new(pieces.map(|(at, first)| (*first, last(at))).collect())
}

/// Where the group is whose decision makes the difference, of the places that the region's near addresses are at.
fn places(region: &Region, near: &Spans, sets: Both<&RuleSet>, world: &World) -> Vec<String> {
    let Some(stage) = region.stage() else { return Vec::new() };
    let is_nic = matches!(stage, Stage::SourceNic | Stage::DestinationNic);
    let sites = world.sites();
    let mut out = BTreeSet::new();
    if is_nic {
        for nic in sites.nics.iter().filter(|nic| nic.addresses.iter().any(|a| near.holds(*a))) {
            out.insert(nic.name.clone());
        }
    } else {
        for (number, subnet) in (0..).zip(&sites.subnets) {
            let held = |prefix: &azflow_core::model::Prefix| {
                near.meets((prefix.first().bits(), prefix.last().bits()))
            };
            if subnet.prefixes.iter().any(held) {
                let site = Site { subnet: Some(number), network: subnet.network, ..Site::default() };
                out.insert(sites.describe(site));
            }
        }
    }
    if out.is_empty() {
        let group = |side: &Side, set: &RuleSet| side.id.as_ref().and_then(|id| set.find(id, "").cloned());
        let own = group(&region.before, sets[0]).into_iter().chain(group(&region.after, sets[1]));
        for group in own {
            let meets = |first: Address, last: Address| near.meets((first.bits(), last.bits()));
            let prefixes = group.prefixes.iter().filter(|p| !is_nic && meets(p.first(), p.last()));
            out.extend(prefixes.map(ToString::to_string));
            let nics = group.nics.iter().filter(|a| is_nic && near.holds(**a));
            out.extend(nics.map(ToString::to_string));
        }
    }
    out.into_iter().collect()
}
