//! The engine's part in reviews: services out of conversations, with what is said of each.
//!
//! Adding up conversations is kept until data, names or narrowing change; what marks say until those change.
//! Only rows that are shown get their rules and names.

use super::network::{Named, between};
use super::{Capped, DecidedBy, Denial, Listed, ReviewAnswer, ReviewAsk, ReviewRow, View};
use crate::export::csv;
use crate::rules::{Decider, Mark, MarkKey, Review, Sides, Verdict, Verdicts};
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Decision, FlowDirection, LogKind, Protocol, Tally, UnixMillis, port_of, service_name,
};
use azflow_core::store::{Mode, Noise, Pick, Store};
use hashbrown::{HashMap, HashSet};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

/// Rules that are listed for a service.
const RULES: usize = 4;
/// A conversation that does not belong to any service shown.
const NONE: u32 = u32::MAX;

/// By resource, rule and direction: allowed and denied flows as logged, whether it allowed anything, begun earlier
/// too, and in which kind of log that denies it stands. Names by number.
type ByRule = HashMap<(u32, u32, FlowDirection), ((u64, u64), bool, Option<LogKind>)>;

/// The rules that decided a service.
#[derive(Debug, Default)]
struct Deciders {
    /// All of them.
    all: Vec<DecidedBy>,
    /// Those that somebody wrote to deny.
    denials: Vec<Denial>,
}

/// A service: conversations between two subnets, or two hosts, to one port.
#[derive(Debug, Clone, Copy)]
struct Service {
    src: u32,
    dst: u32,
    service: u32,
    tally: Tally,
    allowed: bool,
    conversations: u32,
    begun_earlier: u32,
    noise: [u32; 5],
    hosts: (u32, u32),
    seen: (UnixMillis, UnixMillis),
    said: [u32; 4],
}

/// Services of a view, kept between questions.
#[derive(Debug)]
pub(super) struct Services {
    view: View,
    hosts: bool,
    /// What passes the view's filter.
    pick: Option<Arc<Pick>>,
    list: Vec<Service>,
    /// By conversation: its service.
    of: Vec<u32>,
    /// With which marks `said` was filled.
    marks: Option<u32>,
    unseen: u32,
}

impl Services {
    /// Bytes that they take.
    pub fn held(&self) -> usize {
        let pick = self.pick.as_ref().map_or(0, |pick| pick.held());
        self.list.capacity() * size_of::<Service>() + self.of.capacity() * size_of::<u32>() + pick
    }

    /// Whether they are those of this question.
    pub fn fit(&self, ask: &ReviewAsk) -> bool {
        self.view == ask.view && self.hosts == ask.show.hosts
    }

    /// Adds conversations up.
    pub fn new(store: &mut Store, named: &Named<'_>, pick: Option<Arc<Pick>>, ask: &ReviewAsk) -> Self {
        store.count(Mode::Conversations);
        store.mark_noise();
        let mut places: HashMap<(u32, u32, u32), u32> = HashMap::new();
        let mut list: Vec<Service> = Vec::new();
        // The hosts of each service. Conversations have the order in which they came, so each end needs its own set.
        let mut ends: Vec<(HashSet<u32>, HashSet<u32>)> = Vec::new();
        let mut of = vec![NONE; store.columns().conversations()];
        for (index, tally) in store.tallies(Mode::Conversations, pick.as_deref()) {
            let conversation = store.columns().conversation(index);
            let mut seen = (UnixMillis::MAX, UnixMillis(0));
            let (mut rows_allow, mut used_allow) = (false, false);
            for row in picked(pick.as_deref(), conversation.rows.clone()) {
                let (first, last) = store.columns().span(row);
                seen = (seen.0.min(first), seen.1.max(last));
                let context = store.context(store.columns().context(row));
                if context.decision == Decision::Allowed && !used_allow {
                    rows_allow = true;
                    used_allow = store.counts(row, &context);
                }
            }
            // What only a log holds that does not count here was allowed, and did not begin earlier for that.
            let silent = tally.attempts() == 0;
            let begun_earlier = used_allow && silent;
            let place = |address: u32| {
                let subnet = named.subnets.subnet_of.get(address as usize).copied().unwrap_or_default();
                if ask.show.hosts { address } else { subnet }
            };
            let key = (place(conversation.src), place(conversation.dst), conversation.service);
            let at = *places.entry(key).or_insert_with(|| {
                let (src, dst, service) = key;
                list.push(Service {
                    src,
                    dst,
                    service,
                    seen,
                    tally: Tally::default(),
                    allowed: false,
                    conversations: 0,
                    begun_earlier: 0,
                    noise: [0; 5],
                    hosts: (0, 0),
                    said: [0; 4],
                });
                ends.push((HashSet::new(), HashSet::new()));
                list.len() as u32 - 1
            });
            let (Some(found), Some(ends), Some(place)) =
                (list.get_mut(at as usize), ends.get_mut(at as usize), of.get_mut(index))
            else {
                continue;
            };
            *place = at;
            found.tally.add(tally);
            found.allowed |= tally.allowed_flows > 0 || rows_allow && silent;
            found.conversations += 1;
            found.begun_earlier += u32::from(begun_earlier);
            let kind = store.noise().get(index).copied().unwrap_or_default();
            for (known, count) in Noise::KINDS.iter().zip(&mut found.noise) {
                *count += u32::from(*known == kind);
            }
            found.hosts.0 += u32::from(ends.0.insert(conversation.src));
            found.hosts.1 += u32::from(ends.1.insert(conversation.dst));
            found.seen = (found.seen.0.min(seen.0), found.seen.1.max(seen.1));
        }
        Self { view: ask.view.clone(), hosts: ask.show.hosts, pick, list, of, marks: None, unseen: 0 }
    }

    /// Fills in what marks say, unless that is there.
    pub fn judge(&mut self, store: &Store, named: &Named<'_>, review: &Review, marks: u32) {
        if self.marks.replace(marks) == Some(marks) {
            return;
        }
        let verdicts = Verdicts::new(review);
        let mut judge = Judge::new(&verdicts, named);
        self.list.iter_mut().for_each(|service| service.said = [0; 4]);
        for (index, at) in self.of.iter().enumerate() {
            let Some(service) = self.list.get_mut(*at as usize) else { continue };
            let found = store.columns().conversation(index);
            let (protocol, port) = split(found.service);
            let verdict = judge.of(store, found.src, found.dst, protocol, port);
            service.said[verdict.map_or(3, |v| v as usize)] += 1;
        }
        self.unseen = judge.unused();
    }

    /// The rows asked for, and how far the review is.
    pub fn answer(&self, store: &Store, named: &Named<'_>, review: &Review, ask: &ReviewAsk) -> ReviewAnswer {
        let mut out = ReviewAnswer { unseen: self.unseen, ..ReviewAnswer::default() };
        for service in &self.list {
            if service.allowed {
                out.services += 1;
                out.decided += u32::from(service.is_decided());
                out.asked += u32::from(!service.is_decided() && service.said[2] > 0);
            } else {
                out.denied += 1;
            }
        }
        let chosen = self.chosen(store, named, review, ask);
        let pairs: HashSet<(u32, u32)> =
            chosen.iter().filter_map(|at| self.list.get(*at as usize)).map(|s| (s.src, s.dst)).collect();
        out.pairs = pairs.len() as u32;
        out.rows.total = chosen.len() as u32;
        let most = chosen.len().min(ask.show.most as usize);
        let mut decided = self.deciders(store, &chosen[..most]);
        for at in &chosen[..most] {
            if let Some(service) = self.list.get(*at as usize) {
                let decided = decided.remove(at).unwrap_or_default();
                out.rows.rows.push(self.row(service, store, named, review, decided));
            }
        }
        out
    }

    /// The services that fit, in order.
    fn chosen(&self, store: &Store, named: &Named<'_>, review: &Review, ask: &ReviewAsk) -> Vec<u32> {
        let show = &ask.show;
        let text = show.text.trim().to_lowercase();
        let side = |wanted: &Option<String>, at: u32| {
            wanted.as_ref().is_none_or(|wanted| {
                let subnet =
                    if self.hosts { named.subnets.subnet_of.get(at as usize).copied() } else { Some(at) };
                let subnet = subnet.and_then(|at| named.subnets.subnets.get(at as usize));
                // A folded matrix selects networks.
                subnet
                    .is_some_and(|s| s.name == *wanted || ask.view.fold && s.network.as_ref() == Some(wanted))
            })
        };
        let fits = |service: &Service| {
            (match show.listed {
                Listed::Allowed => service.allowed,
                Listed::Denied => !service.allowed,
                Listed::All => true,
            }) && !(show.undecided && service.is_decided())
                && side(&ask.pair.src, service.src)
                && side(&ask.pair.dst, service.dst)
                && (text.is_empty() || self.mark(service, store, named, review).1.contains(&text))
        };
        let mut chosen: Vec<u32> =
            self.list.iter().zip(0u32..).filter(|(service, _)| fits(service)).map(|(_, at)| at).collect();
        // Numbers of addresses depend on what arrived first.
        let end = |at: u32| if self.hosts { store.address(at).bits() } else { u128::from(at) };
        let key = |at: &u32| {
            let service = self.list.get(*at as usize);
            service.map(|s| {
                let size = (Reverse(s.tally.allowed_flows), Reverse(s.tally.denied_flows));
                let pair = (end(s.src), end(s.dst));
                (show.by_pair.then_some(pair), size, pair, s.service)
            })
        };
        chosen.sort_small_by_key(|a| key(a));
        chosen
    }

    /// What is said of just this service, and all its words for searching.
    fn mark(&self, service: &Service, store: &Store, named: &Named<'_>, review: &Review) -> (Mark, String) {
        let side = |at: u32| {
            let name = || named.subnets.subnets.get(at as usize).map(|s| s.name.clone()).unwrap_or_default();
            if self.hosts { store.address(at).to_string() } else { name() }
        };
        let (src, dst) = (side(service.src), side(service.dst));
        let (protocol, port) = split(service.service);
        let mark = review.get(&src, &dst, protocol, port);
        let mark = mark.cloned().unwrap_or_else(|| Mark::of(&src, &dst, protocol, port));
        let name = port.and_then(|port| service_name(protocol, port)).unwrap_or_default();
        let port = port.map(|port| port.to_string()).unwrap_or_default();
        let words = [
            &src,
            " → ",
            &dst,
            " ",
            &protocol.to_string(),
            "/",
            &port,
            " ",
            name,
            " ",
            &mark.owner,
            " ",
            &mark.note,
        ];
        let words = words.concat().to_lowercase();
        (mark, words)
    }

    fn row(
        &self,
        service: &Service,
        store: &Store,
        named: &Named<'_>,
        review: &Review,
        Deciders { all: decided, denials }: Deciders,
    ) -> ReviewRow {
        let (mark, _) = self.mark(service, store, named, review);
        let subnet =
            |at: u32| if self.hosts { named.subnets.subnet_of.get(at as usize).copied() } else { Some(at) };
        let [from, to] = [service.src, service.dst].map(|at| subnet(at).unwrap_or_default());
        let shown =
            |at: u32| named.subnets.subnets.get(at as usize).map(|s| s.name.clone()).unwrap_or_default();
        let (total, denied) = (decided.len() as u32, denials.len() as u32);
        ReviewRow {
            name: mark.port.and_then(|port| service_name(mark.protocol, port)).map(str::to_owned),
            subnets: self.hosts.then(|| (shown(from), shown(to))),
            mark,
            tally: service.tally,
            conversations: service.conversations,
            begun_earlier: service.begun_earlier,
            noise: service.noise,
            hosts: service.hosts,
            seen: service.seen,
            decided: Capped { rows: decided.into_iter().take(RULES).collect(), total },
            denials: Capped { rows: denials.into_iter().take(RULES).collect(), total: denied },
            path: between(named, from, to),
            said: service.said,
        }
    }

    /// The rules that decided these services. Those that decided as the service counts come first (what is allowed by
    /// one NIC may be refused at another), then those of most flows.
    fn deciders(&self, store: &Store, chosen: &[u32]) -> HashMap<u32, Deciders> {
        let mut found: HashMap<u32, ByRule> = HashMap::new();
        found.extend(chosen.iter().map(|at| (*at, HashMap::new())));
        for (index, at) in self.of.iter().enumerate() {
            let Some(rules) = found.get_mut(at) else { continue };
            for row in picked(self.pick.as_deref(), store.columns().conversation(index).rows) {
                let context = store.context(store.columns().context(row));
                let key = (context.acl, context.rule, context.direction);
                let (flows, allows, denies) = rules.entry(key).or_default();
                match context.decision {
                    Decision::Allowed => flows.0 += store.columns().flows(row),
                    Decision::Denied => {
                        flows.1 += store.columns().flows(row);
                        // Of several the first by their order, whatever came first.
                        *denies = Some(denies.map_or(context.kind, |kind| kind.min(context.kind)));
                    }
                }
                *allows |= context.decision == Decision::Allowed;
            }
        }
        let allowed = |at: u32| self.list.get(at as usize).is_some_and(|service| service.allowed);
        found.into_iter().map(|(at, rules)| (at, named(store, allowed(at), rules))).collect()
    }

    /// The rows that fit as a table for the people who are asked; all of them.
    pub fn table(&self, store: &Store, named: &Named<'_>, review: &Review, ask: &ReviewAsk) -> String {
        let chosen = self.chosen(store, named, review, ask);
        let mut decided = self.deciders(store, &chosen);
        let mut out = csv::line(&TABLE);
        for at in &chosen {
            let Some(service) = self.list.get(*at as usize) else { continue };
            let row = self.row(service, store, named, review, decided.remove(at).unwrap_or_default());
            let mark = &row.mark;
            let by: Vec<String> = row
                .decided
                .rows
                .iter()
                .map(|by| format!("{} ({})", by.rule, by.direction.as_str()))
                .collect();
            let denial = |denial: &Denial| {
                let of = denial.by.acl.rsplit('/').next().unwrap_or_default();
                format!("{} ({of}, {})", denial.by.rule, denial.by.direction.as_str())
            };
            let denials: Vec<String> = row.denials.rows.iter().map(denial).collect();
            let verdict = mark.verdict.or(row.verdict()).map_or("", Verdict::as_str);
            let cells = [
                &mark.src,
                &mark.dst,
                &mark.protocol.to_string(),
                &mark.port.map(|port| port.to_string()).unwrap_or_default(),
                verdict,
                &mark.owner,
                &mark.note,
                row.name.as_deref().unwrap_or_default(),
                &row.tally.allowed_flows.to_string(),
                &row.tally.denied_flows.to_string(),
                &row.hosts.0.to_string(),
                &row.hosts.1.to_string(),
                &row.seen.0.to_iso(),
                &row.seen.1.to_iso(),
                &by.join("; "),
                row.path.as_str(),
                &denials.join("; "),
            ];
            out.push_str(&csv::line(&cells));
        }
        out
    }
}

/// Rules by name: those that decided as the service counts come first, then those of most flows.
fn named(store: &Store, allowed: bool, rules: ByRule) -> Deciders {
    let mut list: Vec<(bool, DecidedBy, Option<Decider>)> = rules
        .into_iter()
        .map(|((acl, rule, direction), (flows, allows, denies))| {
            let (acl, rule) = (store.string(acl).to_owned(), store.string(rule).to_owned());
            let agrees = if allowed { allows } else { flows.1 > 0 };
            let denies = denies.map(|kind| Decider::of(kind, &acl, &rule));
            (agrees, DecidedBy { acl, rule, direction, flows }, denies)
        })
        .collect();
    let key = |(agrees, by, _): &(bool, DecidedBy, Option<Decider>)| {
        let size = Reverse(by.flows.0 + by.flows.1);
        (Reverse(*agrees), size, by.acl.clone(), by.rule.clone(), by.direction)
    };
    list.sort_by_cached_key(|a| key(a));
    let denial = |(_, by, denies): &(bool, DecidedBy, Option<Decider>)| {
        let is_group = match denies.as_ref()? {
            Decider::Rule => true,
            Decider::Admin | Decider::Firewall | Decider::Encryption => false,
            // What no rule lets pass is denied by default: nobody meant this traffic.
            Decider::Default | Decider::Platform | Decider::Unnamed => return None,
        };
        Some(Denial { by: by.clone(), is_group })
    };
    let mut denials: Vec<Denial> = list.iter().filter_map(denial).collect();
    denials.sort_small_by_key(|denial| Reverse(denial.by.flows.1));
    Deciders { all: list.into_iter().map(|(_, by, _)| by).collect(), denials }
}

/// Columns of the table; those that are read back come first.
const TABLE: [&str; 17] = [
    "source",
    "destination",
    "protocol",
    "port",
    "decision",
    "owner",
    "note",
    "service",
    "allowed flows",
    "denied flows",
    "source hosts",
    "destination hosts",
    "first seen (UTC)",
    "last seen (UTC)",
    "decided by",
    "path",
    "denied on purpose by",
];

impl Service {
    fn is_decided(&self) -> bool {
        self.said[0] + self.said[1] == self.conversations
    }
}

/// The rows of a conversation that pass.
fn picked(pick: Option<&Pick>, rows: Range<usize>) -> impl Iterator<Item = usize> {
    rows.filter(move |row| pick.is_none_or(|pick| pick.has_row(*row)))
}

fn split(service: u32) -> (Protocol, Option<u16>) {
    (Protocol::of(service), port_of(service))
}

/// Looks up what marks say of conversations by numbers of addresses. Most addresses fit what many others fit, and there
/// are far fewer such classes than addresses: so each pair of them is looked up once for each service.
pub(super) struct Judge<'a> {
    verdicts: &'a Verdicts,
    named: &'a Named<'a>,
    /// By number of an address: its class, once that is known.
    class_of: Vec<u32>,
    classes: Vec<Sides>,
    numbers: HashMap<Sides, u32>,
    /// What was said of two classes and a service.
    said: HashMap<(u32, u32, Protocol, Option<u16>), Option<Verdict>>,
    used: HashSet<MarkKey>,
}

impl<'a> Judge<'a> {
    pub fn new(verdicts: &'a Verdicts, named: &'a Named<'a>) -> Self {
        Self {
            verdicts,
            named,
            class_of: Vec::new(),
            classes: Vec::new(),
            numbers: HashMap::new(),
            said: HashMap::new(),
            used: HashSet::new(),
        }
    }

    pub fn of(
        &mut self,
        store: &Store,
        src: u32,
        dst: u32,
        protocol: Protocol,
        port: Option<u16>,
    ) -> Option<Verdict> {
        if self.verdicts.is_empty() {
            return None;
        }
        let (src, dst) = (self.class(store, src), self.class(store, dst));
        let (from, to) = (self.classes.get(src as usize)?, self.classes.get(dst as usize)?);
        if from.is_empty() || to.is_empty() {
            return None;
        }
        let key = (src, dst, protocol, port);
        if let Some(known) = self.said.get(&key) {
            return *known;
        }
        let found = self.verdicts.find(from, to, protocol, port);
        self.used.extend(found.map(|(mark, _)| mark));
        let verdict = found.map(|(_, verdict)| verdict);
        self.said.insert(key, verdict);
        verdict
    }

    /// The class of an address: what marks it fits.
    fn class(&mut self, store: &Store, address: u32) -> u32 {
        let at = address as usize;
        if at >= self.class_of.len() {
            self.class_of.resize(at + 1, u32::MAX);
        }
        if self.class_of[at] == u32::MAX {
            let subnet = self.named.subnets.subnet_of.get(at).copied();
            let subnet = subnet.and_then(|at| self.named.subnets.subnets.get(at as usize));
            let name = subnet.map(|s| s.name.as_str()).unwrap_or_default();
            let sides = self.verdicts.sides(store.address(address), name);
            let next = self.classes.len() as u32;
            let number = *self.numbers.entry(sides.clone()).or_insert(next);
            if number == next {
                self.classes.push(sides);
            }
            self.class_of[at] = number;
        }
        self.class_of[at]
    }

    /// How many marks that say something no conversation has met.
    pub fn unused(&self) -> u32 {
        (self.verdicts.len() - self.used.len()) as u32
    }
}
