//! The flow store: everything loaded, columnar and dictionary-encoded, and how to count it.
//!
//! [`Store`] takes partial tables in, drops duplicate records, merges dictionaries and keeps
//! one sorted table (`columns`). `count` counts a conversation once, `overlap` chooses between
//! several kinds of log of one NIC, `staged` holds what came of sources that aren't finished, `both` puts two of them side by side, `record_types` says what a log does not hold,
//! `sources` accounts for every record, `look` goes through rows,
//! `detail` looks at a part of the traffic closely, `known` holds what is found out once, `pick`
//! holds what a filter leaves, `parts` what one by decision does, `window` what a stretch of time does by the running
//! sums of `steps`, `nics` at what each NIC logged, `noise` says which conversations are noise, `older` what may have
//! been counted before the window, `merge` changes the table where it lies, `resolution` makes times and public addresses
//! coarser before memory runs out, of which `room` says how much there is.
//!
//! Numbers of addresses, strings and contexts depend on the order of arrival and never leave
//! the engine; whatever does leave is named and sorted.

mod both;
mod columns;
mod count;
mod detail;
mod keys;
mod known;
mod listing;
mod look;
mod merge;
mod minutes;
mod nics;
mod noise;
mod older;
mod over_time;
mod overlap;
mod parts;
mod pick;
mod ranks;
mod record_types;
mod records;
mod resolution;
mod room;
mod sources;
mod spread;
mod staged;
mod steps;
mod sums;
mod waiting;
mod window;

pub use crate::model::DYNAMIC_PORTS;
use crate::model::SortSmall;
pub use both::{BothKinds, Had, HourOfBoth, OnlyGroups};
pub use columns::{Columns, ConversationRows};
pub use count::{Counted, Stage, Stages, count_once};
pub use detail::{Detail, RuleKey, ServiceDetail};
pub use listing::{Listed, Listing};
pub use minutes::Minutes;
pub use noise::{Noise, SCAN_BREADTH, SCAN_PERCENT, SCAN_TARGETS};
pub use older::Older;
pub use over_time::Bins;
pub use overlap::{CoveredTwice, Overlaps};
pub use parts::ByDecision;
pub use pick::{Bits, Pick, Services, Tallies, Test};
pub use ranks::{AT_ONCE, put_in_order, ranks, sort_by_keys};
pub use record_types::{Holds, Keeps, LogFacts};
pub use records::Records;
use resolution::Ends;
pub use resolution::Resolution;
pub use room::Limit;
pub use sources::{LeftOut, Source, SourceAccount};
use staged::{Begun, Staged};
pub use sums::{Hop, Span, Sums};
use waiting::{Entry, Waiting};

use crate::ingest::{AddressTable, Context, Part, SourceReport, StringTable};
use crate::model::{Address, Counters, Decision, FlowDirection, Tally};
use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_128;

/// How flows are counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// Each conversation once, whatever the number of NICs that logged it.
    #[default]
    Conversations,
    /// Everything that was logged, added up.
    AsLogged,
}

impl Mode {
    /// What documents call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::AsLogged => "as-logged",
        }
    }
}

/// Which description of the network: its source's name and the hash of its content.
pub type DescriptionKey = (String, u128);

/// Where a mode's tallies are kept.
fn slot(mode: Mode) -> usize {
    usize::from(mode == Mode::AsLogged)
}

/// Rows are merged into the table when half as many have gathered as it has, between these bounds:
/// merging then costs a small factor over all, few are left when loading ends, and waiting rows take at
/// most a quarter of a gigabyte.
const MERGE_AT: (usize, usize) = (1 << 18, 1 << 22);

/// Everything loaded.
#[derive(Debug, Default)]
pub struct Store {
    addresses: AddressTable,
    strings: StringTable,
    contexts: Vec<Context>,
    context_ids: HashMap<Context, u32>,
    /// The number of each context's stage.
    stage_of: Vec<u32>,
    stage_ids: HashMap<(u32, FlowDirection), u32>,
    /// The NIC of each stage: the number of its MAC address's string.
    stage_mac: Vec<u32>,
    /// The stage at the same NIC in the other direction.
    other_stage: Vec<u32>,
    /// The place of each stage in the order of NICs and directions.
    stage_rank: Vec<u32>,
    unnamed: Option<u32>,
    /// By number of a context: what its rows hold.
    held: Vec<record_types::OfContext>,
    /// The records that were taken in.
    seen: records::Distinct,
    waiting: Waiting,
    columns: Columns,
    sources: Vec<Source>,
    staged: HashMap<u32, Staged>,
    overlaps: Overlaps,
    forwarders: nics::Forwarders,
    whole: [Option<Whole>; 2],
    known: Option<known::Known>,
    numbered: Option<known::Numbered>,
    /// The first minute of any row, and the one behind the last.
    minutes: Option<(u32, u32)>,
    noise: Option<Vec<Noise>>,
    /// What may be from before the window, by the conversation's number.
    older: Option<Vec<Older>>,
    resolution: Resolution,
    revision: u64,
    limit: Limit,
    /// Subnets that rows name, by address: the first name by the alphabet, whatever came first.
    carried: HashMap<u32, String>,
    /// The same for machines.
    machines: HashMap<u32, String>,
    /// The same for NICs, by the number of the MAC address.
    nics: HashMap<u32, String>,
    /// Addresses, with protocol and port, that serve where callers have theirs.
    served: HashSet<(u32, u32)>,
    /// Texts of descriptions of the network.
    descriptions: BTreeMap<DescriptionKey, Vec<u8>>,
}

/// Everything, counted in a mode.
#[derive(Debug)]
struct Whole {
    /// Every conversation's tally.
    tallies: Vec<Tally>,
    sums: Sums,
}

impl Whole {
    fn held(&self) -> usize {
        self.tallies.capacity() * size_of::<Tally>() + self.sums.held()
    }
}

/// Takes a part's names: of several for one thing the first by the alphabet, whatever came first.
fn carry(
    known: &mut HashMap<u32, String>,
    part: &Part,
    names: &[(u32, u32)],
    number: &mut dyn FnMut(u32) -> u32,
) {
    for (what, name) in names {
        let name = &part.strings[*name as usize];
        let known = known.entry(number(*what)).or_insert_with(|| name.clone());
        if name < known {
            known.clone_from(name);
        }
    }
}

impl Store {
    /// Lists a source of which nothing was taken in.
    pub fn list(&mut self, source: u32, report: SourceReport) {
        self.add_source(source, report, None, Begun::default());
    }

    /// Lists a source no more of which nothing was counted.
    pub fn unlist(&mut self, source: u32) {
        self.sources.retain(|known| known.id != source || !known.records.is_empty());
    }

    /// Keeps a description of the network, and returns the hash of its content.
    fn describe(&mut self, name: &str, text: Vec<u8>) -> u128 {
        let content = xxh3_128(&text);
        self.descriptions.insert((name.to_owned(), content), text);
        content
    }

    fn add_source(&mut self, id: u32, report: SourceReport, description: Option<u128>, begun: Begun) {
        let Begun { records, left_out, macs, .. } = begun;
        let mut nics: Vec<u32> =
            macs.keys().filter(|mac| !mac.is_empty()).map(|mac| self.strings.intern(mac)).collect();
        nics.sort_small();
        let hours = records.hours.iter().copied().collect();
        self.sources.push(Source { id, report, description, records, left_out, hours, nics });
    }

    /// Adds the rows of a part's new records, with its numbers replaced by the store's.
    fn take(&mut self, part: &Part) {
        let mut addresses = |number: u32| self.addresses.intern(part.addresses[number as usize]);
        carry(&mut self.carried, part, &part.names, &mut addresses);
        carry(&mut self.machines, part, &part.machines, &mut addresses);
        for (number, service) in &part.served {
            let bits = part.addresses[*number as usize];
            // An address that was cut to its prefix serves nothing by itself.
            if self.resolution.folded.is_none() || !Address::from_bits(bits).is_public() {
                self.served.insert((self.addresses.intern(bits), *service));
            }
        }
        let mut macs = |number: u32| self.strings.intern(&part.strings[number as usize]);
        carry(&mut self.nics, part, &part.nics, &mut macs);
        let mut ends = Ends::new(part.addresses.len());
        let mut contexts = vec![u32::MAX; part.contexts.len()];
        let full = self.is_full();
        let mut from = 0;
        for record in &part.records {
            let rows = &part.rows[from..record.rows_end as usize];
            from = record.rows_end as usize;
            if full || !self.seen.insert(record.fingerprint) {
                continue;
            }
            let mut covered = None;
            for row in rows {
                let known = &mut contexts[row.context as usize];
                if *known == u32::MAX {
                    *known = self.intern(part, &part.contexts[row.context as usize]);
                }
                let context = *known;
                self.hold(context, row);
                let Context { mac, kind, direction, .. } = self.contexts[context as usize];
                if covered != Some(context) {
                    self.overlaps.cover(mac, record.hour, kind);
                    covered = Some(context);
                }
                let folded = self.resolution.folded;
                let mut end = |id: u32, far: bool| {
                    let fold = folded.filter(|_| far);
                    ends.number(id, fold, &part.addresses, &mut self.addresses)
                };
                let [src_far, dst_far] = resolution::far_ends(direction);
                let (src, dst) = (end(row.src, src_far), end(row.dst, dst_far));
                let conversation = self.columns.number([src, dst, row.service]);
                self.waiting.push(Entry::new(row, conversation, context, self.resolution.bin_minutes));
            }
        }
    }

    /// The store's number of a part's context.
    fn intern(&mut self, part: &Part, of: &Context) -> u32 {
        let mut string = |id: u32| self.strings.intern(&part.strings[id as usize]);
        let context = Context {
            rule: string(of.rule),
            acl: string(of.acl),
            mac: string(of.mac),
            encryption: string(of.encryption),
            ..*of
        };
        if let Some(id) = self.context_ids.get(&context) {
            return *id;
        }
        let id = self.contexts.len() as u32;
        self.contexts.push(context);
        self.context_ids.insert(context, id);
        let stage = *self.stage_ids.entry((context.mac, context.direction)).or_insert_with(|| {
            self.stage_mac.push(context.mac);
            self.stage_mac.len() as u32 - 1
        });
        if stage as usize == self.other_stage.len() {
            let other = match context.direction {
                FlowDirection::Inbound => Some(FlowDirection::Outbound),
                FlowDirection::Outbound => Some(FlowDirection::Inbound),
                FlowDirection::Unknown => None,
            };
            let other = other.and_then(|other| self.stage_ids.get(&(context.mac, other)));
            let other = other.copied().unwrap_or(u32::MAX);
            self.other_stage.push(other);
            if let Some(back) = self.other_stage.get_mut(other as usize) {
                *back = stage;
            }
        }
        self.stage_of.push(stage);
        id
    }

    /// Merges what has gathered into the sorted table. Every question below needs this first.
    pub fn seal(&mut self) {
        if self.waiting.is_empty() && (self.resolution.coarser().is_none() || self.fits()) {
            return;
        }
        self.forget();
        if !self.waiting.is_empty() {
            self.columns.merge(&mut self.waiting, self.limit.rows());
        }
        self.shrink();
        let minutes = self.columns.minutes();
        let width = self.resolution.bin_minutes;
        let ends = minutes.iter().min().zip(minutes.iter().max());
        self.minutes = ends.map(|(first, last)| (*first, last.saturating_add(width)));
        self.rank_stages();
        let unnamed = self.strings.intern("");
        self.unnamed = Some(unnamed);
        self.overlaps.settle(&self.columns, &self.contexts, unnamed);
        self.revision += 1;
    }

    /// Forgets what was found out about the table, which is about to change.
    fn forget(&mut self) {
        self.whole = [None, None];
        self.known = None;
        self.numbered = None;
        self.noise = None;
        self.older = None;
    }

    fn rank_stages(&mut self) {
        let stages = self.stage_ids.iter();
        let mut stages: Vec<(&str, FlowDirection, u32)> =
            stages.map(|((mac, direction), stage)| (self.strings.get(*mac), *direction, *stage)).collect();
        stages.sort_small();
        let mut ranks = vec![0; stages.len()];
        for (rank, (.., stage)) in (0..).zip(&stages) {
            ranks[*stage as usize] = rank;
        }
        self.stage_rank = ranks;
    }

    /// How often the table changed: what is derived from it belongs to one revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The sorted table.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The sources, in order of arrival.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Addresses by number.
    pub fn addresses(&self) -> impl ExactSizeIterator<Item = Address> + '_ {
        self.addresses.as_slice().iter().map(|bits| Address::from_bits(*bits))
    }

    /// Texts of descriptions of the network, in the order in which they count; copies are there once.
    pub fn descriptions(&self) -> &BTreeMap<DescriptionKey, Vec<u8>> {
        &self.descriptions
    }

    /// The machines that rows name.
    pub fn carried_machines(&self) -> impl Iterator<Item = (Address, &str)> {
        self.machines.iter().map(|(number, name)| (self.address(*number), name.as_str()))
    }

    /// The NICs that rows name, by MAC address.
    pub fn carried_nics(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nics.iter().map(|(mac, name)| (self.string(*mac), name.as_str()))
    }

    /// The subnets that rows name, by the number of the address.
    pub fn carried_subnets(&self) -> &HashMap<u32, String> {
        &self.carried
    }

    /// The address of a number.
    pub fn address(&self, id: u32) -> Address {
        Address::from_bits(self.addresses.as_slice().get(id as usize).copied().unwrap_or_default())
    }

    /// The string of a number.
    pub fn string(&self, id: u32) -> &str {
        self.strings.get(id)
    }

    /// The contexts, by number.
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// The context of a number.
    pub fn context(&self, id: u32) -> Context {
        self.contexts[id as usize]
    }

    /// The number of the empty string: the NIC of records that name none.
    pub fn unnamed(&self) -> u32 {
        self.unnamed.unwrap_or(u32::MAX)
    }

    /// Where several kinds of log cover one NIC.
    pub fn overlaps(&self) -> &Overlaps {
        &self.overlaps
    }

    /// Counts every conversation in a mode, if that has not been done since the last change.
    pub fn count(&mut self, mode: Mode) {
        self.seal();
        if self.whole[slot(mode)].is_none() {
            self.whole[slot(mode)] = Some(self.count_all(mode));
        }
    }

    /// Every conversation's tally in a mode, by the conversation's number; empty before
    /// [`Store::count`].
    pub fn totals(&self, mode: Mode) -> &[Tally] {
        self.whole[slot(mode)].as_ref().map_or(&[], |whole| &whole.tallies)
    }

    /// The first minute of any row, and the one behind the last.
    pub fn minutes(&self) -> Option<(u32, u32)> {
        self.minutes
    }

    fn count_all(&self, mode: Mode) -> Whole {
        let (mut looking, mut sums) = (self.looking(), Sums::new(self));
        let count = |index| {
            let conversation = self.columns.conversation(index);
            self.look(mode, &conversation, None, &mut looking, &mut sums).unwrap_or_default()
        };
        let tallies = (0..self.columns.conversations()).map(count).collect();
        Whole { tallies, sums }
    }

    /// Whether conversations use this row: no better kind of log covers its NIC and hour.
    pub fn counts(&self, row: usize, context: &Context) -> bool {
        self.overlaps.is_used(context.mac, self.columns.minute(row) / 60, context.kind)
    }

    /// One row's numbers as a tally.
    fn row_tally(&self, row: usize) -> Tally {
        let flows = self.columns.flows(row);
        let denied = self.contexts[self.columns.context(row) as usize].decision == Decision::Denied;
        Tally {
            allowed_flows: if denied { 0 } else { flows },
            denied_flows: if denied { flows } else { 0 },
            counters: Counters::from_array(self.columns.counters(row)),
        }
    }

    /// Everything each rule decided, as logged, in no order.
    pub fn rules(&self) -> HashMap<RuleKey, Tally> {
        let mut by_context = vec![Tally::default(); self.contexts.len()];
        for row in 0..self.columns.len() {
            by_context[self.columns.context(row) as usize].add(&self.row_tally(row));
        }
        let mut rules: HashMap<RuleKey, Tally> = HashMap::new();
        for (context, tally) in self.contexts.iter().zip(&by_context) {
            rules.entry(RuleKey::of(context)).or_default().add(tally);
        }
        rules
    }
}
