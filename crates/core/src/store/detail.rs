//! A close look at a part of the traffic: everything that the details of a selection show.

use super::{Bits, Mode, Pick, Store, Sums};
use crate::ingest::Context;
use crate::model::{FlowDirection, Tally};
use hashbrown::HashMap;
use std::borrow::Cow;

/// A rule at the resource that it belongs to, by numbers of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleKey {
    /// The network security group or ACL.
    pub acl: u32,
    /// The rule's logged name.
    pub rule: u32,
    /// The direction it was applied in.
    pub direction: FlowDirection,
}

impl RuleKey {
    /// The rule of a context.
    pub fn of(context: &Context) -> Self {
        Self { acl: context.acl, rule: context.rule, direction: context.direction }
    }
}

/// A service's numbers and how many hosts use it.
#[derive(Debug, Default, Clone, Copy)]
pub struct ServiceDetail {
    /// Protocol (upper 16 bits) and port.
    pub service: u32,
    /// Conversations.
    pub conversations: u32,
    /// Flows and traffic.
    pub tally: Tally,
    /// Source addresses.
    pub sources: u32,
    /// Destination addresses.
    pub destinations: u32,
}

/// See the module's description. Tallies follow the asked mode but for those named *as logged*.
#[derive(Debug)]
pub struct Detail<'a> {
    /// What was looked at: who knows what numbers stand for.
    pub store: &'a Store,
    /// What the part adds up to.
    pub sums: Cow<'a, Sums>,
    /// By service.
    pub services: Vec<ServiceDetail>,
    /// By rule, as logged.
    pub rules: HashMap<RuleKey, Tally>,
    /// Inbound and outbound at the NIC, as logged.
    pub directions: [Tally; 3],
    /// By pair of hosts, with the number of services between them, of which there may be none.
    pub talkers: Vec<(Tally, u32)>,
    /// The two addresses of each pair.
    pub pairs: &'a [(u32, u32)],
}

/// Says whether conversations between two addresses, by their numbers, are part of what is looked at.
pub type Wanted<'a> = &'a dyn Fn(u32, u32) -> bool;

impl Store {
    /// Looks at the picked conversations, all without a pick, as far as their rows pass: all of them, or those
    /// that are wanted.
    pub fn detail<'a>(
        &'a mut self,
        mode: Mode,
        pick: Option<&'a Pick>,
        wanted: Option<Wanted<'_>>,
    ) -> Detail<'a> {
        self.count(mode);
        self.number();
        let store = &*self;
        let empty = Detail {
            store,
            sums: Cow::Owned(Sums::default()),
            services: Vec::new(),
            rules: HashMap::new(),
            directions: [Tally::default(); 3],
            talkers: Vec::new(),
            pairs: &[],
        };
        let (Some(whole), Some(numbered)) = (store.sums(mode, pick), store.numbered.as_ref()) else {
            return empty;
        };
        let mut services: Vec<ServiceDetail> = numbered
            .services
            .iter()
            .map(|service| ServiceDetail { service: *service, ..ServiceDetail::default() })
            .collect();
        let mut talkers = vec![(Tally::default(), 0); numbered.pairs.len()];
        let (mut sources, mut destinations) =
            (Bits::none(numbered.sources), Bits::none(numbered.destinations));
        let mut narrowed = wanted.map(|wanted| (wanted, store.looking(), Sums::new(store)));
        let parts = pick.and_then(|pick| pick.parts.as_deref());
        let mut aside = parts.filter(|_| narrowed.is_some()).map(|_| Sums::new(store));
        for (number, tally) in store.tallies(mode, pick) {
            if let Some((wanted, looking, sums)) = &mut narrowed {
                let conversation = store.columns.conversation(number);
                if !wanted(conversation.src, conversation.dst) {
                    continue;
                }
                match (parts.filter(|parts| parts.has(number)), &mut aside) {
                    (Some(parts), Some(aside)) => {
                        store.look_at_parts(&conversation, parts, looking, (sums, aside), &mut |_| ());
                    }
                    _ => {
                        store.look(mode, &conversation, pick.and_then(Pick::rows), looking, sums);
                    }
                }
            }
            let service = &mut services[numbered.service_of[number] as usize];
            service.conversations += 1;
            service.tally.add(tally);
            service.sources += u32::from(sources.add(numbered.source_of[number] as usize));
            service.destinations += u32::from(destinations.add(numbered.destination_of[number] as usize));
            let talker = &mut talkers[numbered.pair_of[number] as usize];
            talker.0.add(tally);
            talker.1 += 1;
        }
        services.retain(|service| service.conversations > 0);
        let sums = narrowed.map_or(Cow::Borrowed(whole), |(.., sums)| Cow::Owned(sums));
        let mut out = Detail { sums, services, talkers, pairs: &numbered.pairs, ..empty };
        for (context, (rows, tally)) in store.contexts.iter().zip(&out.sums.contexts) {
            if *rows == 0 {
                continue;
            }
            out.directions[context.direction as usize].add(tally);
            let key = RuleKey::of(context);
            out.rules.entry(key).or_default().add(tally);
        }
        out
    }
}
