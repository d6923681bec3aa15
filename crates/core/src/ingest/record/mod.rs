//! Gathers what one log record says until its closing brace, then adds it to the part.
//!
//! Keys come in any order, so a tuple's rule, NIC and ACL may be written after it. Each array
//! of tuples therefore opens a *group*; every object that closes gives its own rule, NIC and
//! ACL to the groups opened inside it that have none yet, innermost first; the record gives
//! the last. A record that breaks off leaves nothing behind. A whole one
//! goes to `part_builder`; `slots` finds the row of a tuple.

mod part_builder;
mod slots;

pub use part_builder::PartBuilder;

use super::content::Content;
use super::part::{Context, RecordInfo, Row};
use super::seek::{FoundTuple, Wanted, WantedContext};
use super::tuple::{self, FlowTuple, Layout};
use super::{Held, Issue, IssueCode};
use crate::model::{CALLER_PORTS, DYNAMIC_PORTS, Decision, Direction, FlowDirection, LogKind, UnixMillis};
use bytemuck::Zeroable;
use slots::{Key, Slots};

/// No tuple, hour or NIC moves more than this; a file that says so is damaged. Staying below
/// 2^53 a file keeps every sum over thousands of such files inside 64 bits.
const SOURCE_LIMIT: u64 = 1 << 53;

/// The rule, NIC and ACL that an object names, as numbers in the part's dictionary.
#[derive(Debug, Default, Clone, Copy)]
pub struct Names {
    pub rule: Option<u32>,
    pub mac: Option<u32>,
    pub acl: Option<u32>,
}

impl Names {
    fn or(self, other: Self) -> Self {
        Self { rule: self.rule.or(other.rule), mac: self.mac.or(other.mac), acl: self.acl.or(other.acl) }
    }
}

/// What a record says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Whether it is a VNet flow log's, else an NSG flow log's.
    pub vnet: bool,
    pub names: Names,
    pub time: Option<UnixMillis>,
    /// What stands in the time's place and is none.
    pub odd_time: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
struct Group {
    layout: Layout,
    names: Names,
}

/// What the record being read has so far.
#[derive(Debug, Default)]
pub struct RecordBuilder {
    /// What its fingerprint is of.
    pub content: Content,
    groups: Vec<Group>,
    keys: Vec<Key>,
    rows: Vec<Row>,
    slots: Slots,
    tuples: u32,
    rejected: u32,
    issues: Vec<(u64, IssueCode, String)>,
    first: Option<UnixMillis>,
    last: Option<UnixMillis>,
    sums: [u64; 5],
    last_encryption: (Vec<u8>, u32),
    /// Ports that its tuples show to be served: see [`Part::served`].
    served: Vec<(u32, u32)>,
    /// Which tuples to keep as they are.
    pub wanted: Option<Wanted>,
    /// Those of this record: group, offset, text.
    found: Vec<Sighting>,
}

/// What a closed record tells the source: its span and its problems.
#[derive(Debug, Default)]
pub struct Closed {
    pub first: Option<UnixMillis>,
    pub last: Option<UnixMillis>,
    pub issues: Vec<Issue>,
    pub found: Vec<FoundTuple>,
    pub held: Held,
}

impl RecordBuilder {
    /// Forgets the record.
    pub fn clear(&mut self) {
        self.content.clear();
        self.groups.clear();
        self.keys.clear();
        self.rows.clear();
        self.slots.clear();
        self.tuples = 0;
        self.rejected = 0;
        self.issues.clear();
        self.found.clear();
        self.served.clear();
        self.first = None;
        self.last = None;
        // The encryption cache names a number in a dictionary that may be gone by now.
        self.last_encryption.0.clear();
        self.last_encryption.1 = u32::MAX;
    }

    /// How many groups there are: an object remembers this when it opens.
    pub fn mark(&self) -> usize {
        self.groups.len()
    }

    /// Opens the group of an array of tuples.
    pub fn open_group(&mut self, layout: Layout) {
        self.groups.push(Group { layout, names: Names::default() });
        self.content.open_array();
    }

    /// Gives an object's names to the groups opened since `mark` that lack them.
    pub fn name_since(&mut self, mark: usize, names: Names) {
        for group in self.groups.iter_mut().skip(mark) {
            group.names = group.names.or(names);
        }
    }

    /// Counts a tuple that could not be read.
    pub fn reject(&mut self, offset: u64, code: IssueCode, message: String) {
        self.tuples = self.tuples.saturating_add(1);
        self.rejected = self.rejected.saturating_add(1);
        self.issues.push((offset, code, message));
    }

    /// Adds a tuple to the group opened last; `raw` is its text.
    #[inline]
    pub fn add(&mut self, part: &mut PartBuilder, tuple: &FlowTuple<'_>, offset: u64, raw: &[u8]) {
        if !self.fits(part, tuple) {
            self.reject(
                offset,
                IssueCode::CounterOverflow,
                "the counters of this file no longer add up to a possible sum".into(),
            );
            return;
        }
        if let Some(state) = tuple.unknown_state {
            let message = format!("an undocumented flow state: {}", tuple::excerpt(state));
            self.issues.push((offset, IssueCode::UnknownState, message));
        }
        self.tuples = self.tuples.saturating_add(1);
        self.first = Some(self.first.map_or(tuple.time, |t| t.min(tuple.time)));
        self.last = Some(self.last.map_or(tuple.time, |t| t.max(tuple.time)));

        let encryption = self.encryption(part, tuple.encryption);
        let minute = tuple.time.minute();
        let into_minute = tuple.time.0.rem_euclid(60_000) as u16;
        let src = part.addresses.intern(tuple.src.bits());
        let dst = part.addresses.intern(tuple.dst.bits());
        let key = Key {
            ends: u64::from(src) << 32 | u64::from(dst),
            service: tuple.protocol.service(Some(tuple.dst_port)),
            minute,
            group: self.groups.len() as u32 - u32::from(!self.groups.is_empty()),
            encryption,
            flags: u32::from(tuple.direction == Direction::Outbound) << 1
                | u32::from(tuple.decision == Decision::Denied),
        };
        if !tuple.new_flow && tuple.dst_port >= DYNAMIC_PORTS && tuple.src_port >= CALLER_PORTS {
            // Both are ports for callers, and the one that calls is the source: the other one serves.
            self.served.push((dst, key.service));
        }
        if self.wanted.as_ref().is_some_and(|wanted| wanted.fits(tuple)) {
            self.found.push(Sighting {
                group: key.group,
                offset,
                text: String::from_utf8_lossy(raw).into_owned(),
                conversation: (tuple.src.bits(), tuple.dst.bits(), key.service),
                minute,
                encryption,
                flags: key.flags,
            });
        }
        let index = self.slots.find_or_insert(&mut self.keys, key);
        if index == self.rows.len() {
            self.rows.push(Row {
                src,
                dst,
                service: key.service,
                minute,
                first_ms: into_minute,
                last_ms: into_minute,
                ..Row::zeroed()
            });
        }
        let row = &mut self.rows[index];
        row.tuples += 1;
        row.flows += u32::from(tuple.new_flow);
        row.first_ms = row.first_ms.min(into_minute);
        row.last_ms = row.last_ms.max(into_minute);
        for (sum, value) in row.counters.iter_mut().zip(tuple.counters.as_array()) {
            // `fits` keeps the sums of the whole source far below 2^64.
            *sum += value;
        }
    }

    fn fits(&mut self, part: &PartBuilder, tuple: &FlowTuple<'_>) -> bool {
        if self.rows.is_empty() {
            self.sums = part.sums;
        }
        let [a, b, c, d] = tuple.counters.as_array();
        let mut sums = self.sums;
        for (sum, value) in sums.iter_mut().zip([a, b, c, d, 1]) {
            *sum = sum.saturating_add(value);
        }
        let fits = sums.iter().all(|sum| *sum < SOURCE_LIMIT);
        if fits {
            self.sums = sums;
        }
        fits
    }

    fn encryption(&mut self, part: &mut PartBuilder, text: &[u8]) -> u32 {
        let (last, id) = &self.last_encryption;
        // Byte by byte: the texts are empty or two letters long, for which calling out costs most.
        let same = last.len() == text.len() && last.iter().zip(text).all(|(a, b)| a == b);
        if *id == u32::MAX || !same {
            let id = part.strings.intern(&String::from_utf8_lossy(text));
            self.last_encryption.0.clear();
            self.last_encryption.0.extend_from_slice(text);
            self.last_encryption.1 = id;
        }
        self.last_encryption.1
    }

    /// Whether any array of tuples was opened.
    pub fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The layout of the first group.
    pub fn layout(&self) -> Option<Layout> {
        self.groups.first().map(|g| g.layout)
    }

    /// Behind the tuples the content is of what they belong to. A name goes in only where it is another one than that of
    /// the array before, since a record nearly always has one NIC and one group.
    fn fingerprint(&mut self, part: &PartBuilder, header: &Header<'_>, nothing: u32) -> u128 {
        let content = &mut self.content;
        content.add(&[u8::from(header.vnet)]);
        content.add(&header.time.map_or(i64::MIN, |time| time.0).to_le_bytes());
        content.text(header.odd_time.unwrap_or_default());
        let mut before = [nothing; 3];
        let groups = self.groups.iter().map(|group| (group.layout, group.names));
        for (layout, names) in std::iter::once((Layout::Nsg, header.names)).chain(groups) {
            content.add(&[u8::from(layout == Layout::Vnet)]);
            for (before, name) in before.iter_mut().zip([names.rule, names.acl, names.mac]) {
                let name = name.unwrap_or(nothing);
                content.add(&[u8::from(name != *before)]);
                if std::mem::replace(before, name) != name {
                    content.text(part.strings.get(name));
                }
            }
        }
        content.fingerprint()
    }

    /// Closes the record: resolves contexts, appends its rows to the part.
    pub fn close(&mut self, part: &mut PartBuilder, header: &Header<'_>, number: u64) -> Closed {
        let nothing = part.strings.intern("");
        let fingerprint = self.fingerprint(part, header, nothing);
        let mut last: Option<(Context, u32)> = None;
        let mut held = Held::default();
        for (key, row) in self.keys.iter().zip(&mut self.rows) {
            let group = self.groups.get(key.group as usize);
            let names = group.map_or_else(Names::default, |g| g.names);
            let context = Context {
                rule: names.rule.unwrap_or(nothing),
                acl: names.acl.unwrap_or(nothing),
                mac: names.mac.unwrap_or(nothing),
                encryption: key.encryption,
                kind: match group.map(|g| g.layout) {
                    Some(Layout::Vnet) => LogKind::Vnet,
                    _ => LogKind::Nsg,
                },
                direction: if key.flags & 2 == 0 { FlowDirection::Inbound } else { FlowDirection::Outbound },
                decision: if key.flags & 1 == 0 { Decision::Allowed } else { Decision::Denied },
            };
            let (tuples, flows) = (u64::from(row.tuples), u64::from(row.flows));
            if context.decision == Decision::Denied {
                held.denied += tuples;
            } else {
                held.begun += flows;
                held.more += tuples.saturating_sub(flows);
            }
            row.context = match last {
                Some((known, id)) if known == context => id,
                _ => part.context(context),
            };
            last = Some((context, row.context));
        }
        if !self.rows.is_empty() {
            part.sums = self.sums;
        }
        part.rows.extend_from_slice(&self.rows);
        part.records.push(RecordInfo {
            fingerprint,
            tuples: self.tuples,
            rejected: self.rejected,
            number,
            hour: header.time.or(self.last).map_or(0, UnixMillis::hour),
            rows_end: part.rows.len() as u32,
        });
        self.served.drain(..).for_each(|port| part.served.note(port));
        let issues = self.issues.drain(..).map(|(offset, code, message)| Issue {
            offset,
            code,
            record: Some(number),
            length: 0,
            message,
        });
        let issues = issues.collect();
        let wanted = self.wanted.as_ref().and_then(|wanted| wanted.rows.as_ref());
        let found = self.found.drain(..).filter_map(|seen| {
            let names = self.groups.get(seen.group as usize).map_or_else(Names::default, |g| g.names);
            let name = |id: Option<u32>| part.strings.get(id.unwrap_or(nothing)).to_owned();
            let context = WantedContext {
                rule: name(names.rule),
                acl: name(names.acl),
                mac: name(names.mac),
                encryption: name(Some(seen.encryption)),
                outbound: seen.flags & 2 != 0,
                denied: seen.flags & 1 != 0,
            };
            if !wanted.is_none_or(|rows| rows.has(seen.conversation, seen.minute, &context)) {
                return None;
            }
            let WantedContext { rule, acl, mac, .. } = context;
            let (offset, text) = (seen.offset, seen.text);
            Some(FoundTuple { record: number, offset, text, rule, acl, mac, fingerprint })
        });
        let closed = Closed { first: self.first, last: self.last, issues, found: found.collect(), held };
        self.clear();
        closed
    }
}

/// A tuple that may be one of those looked for: whether it is, its record's names say.
#[derive(Debug)]
struct Sighting {
    group: u32,
    offset: u64,
    text: String,
    conversation: (u128, u128, u32),
    minute: u32,
    encryption: u32,
    flags: u32,
}
