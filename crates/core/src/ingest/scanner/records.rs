//! Records: what is known of the one that is open, and what becomes of it where it closes.
//!
//! A record is recognised by what it holds, not by its name: a group of tuples, a tuple that stands by itself, or the
//! category of a flow log. Any other object is passed over as another log's record.

use super::{Frame, Scanner};
use crate::ingest::keys::Key;
use crate::ingest::record::{Header, Names};
use crate::ingest::tuple::{self, Layout};
use crate::ingest::{Issue, IssueCode};
use crate::model::UnixMillis;
use std::borrow::Cow;

/// Characters of a value that are shown.
const MOST_SHOWN: usize = 48;

/// Rows, or records, after which a part is sent on: about 2 MB.
const PART_ROWS: usize = 1 << 15;

/// What an object of a record holds beside its names.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// Where it begins.
    at: u64,
    /// Lists or objects that flows are in.
    flows: bool,
    /// The first list or object that azflow does not read, with its key and offset.
    unknown: Option<(u64, String)>,
}

impl Holds {
    pub(super) fn at(at: u64) -> Self {
        Self { at, ..Self::default() }
    }

    /// What takes the place of flows, perhaps; with an empty name the object itself, where nothing does.
    pub(super) fn instead(self) -> Option<(u64, String)> {
        (!self.flows).then(|| self.unknown.unwrap_or((self.at, String::new())))
    }
}

#[derive(Debug, Default)]
pub(super) struct Record {
    start: u64,
    pub(super) wrapper: bool,
    names: Names,
    resource: Option<u32>,
    time: Option<UnixMillis>,
    /// What stands in its place and is no time.
    odd_time: Option<String>,
    category: Option<String>,
    flat: Option<Box<[Vec<u8>; 13]>>,
    /// Tuples that stand by themselves, with their offsets.
    tuples: Vec<(u64, Vec<u8>)>,
    /// A version that azflow does not know.
    odd_version: Option<String>,
    holds: Holds,
}

impl Record {
    pub(super) fn at(start: u64) -> Self {
        Self { start, ..Self::default() }
    }
}

impl Scanner {
    /// Where the record being read begins, if one is open that is no wrapper.
    pub(super) fn open_record(&self) -> Option<u64> {
        self.stack.iter().rev().find_map(|f| match f {
            Frame::Record(r) => Some((!r.wrapper).then_some(r.start)),
            _ => None,
        })?
    }

    pub(super) fn in_record(&self) -> bool {
        self.open_record().is_some()
    }

    /// Takes what a known key says, for the object that is open.
    pub(super) fn keep(&mut self, key: Key, value: Vec<u8>, offset: u64) {
        if let Key::Unknown | Key::RecordOnly = key {
            return;
        }
        let text = String::from_utf8_lossy(&value);
        if let Key::VnetVersion | Key::NsgVersion = key
            && !is_known_version(key, &text)
        {
            let shown = text.chars().take(MOST_SHOWN).collect();
            let record = self.stack.iter_mut().rev().find_map(|frame| match frame {
                Frame::Record(record) => Some(record),
                _ => None,
            });
            if let Some(record) = record {
                record.odd_version = Some(shown);
            }
            return;
        }
        match self.stack.last_mut() {
            Some(Frame::Object { names, .. }) => match key {
                Key::Rule => names.rule = Some(self.part.intern(&text)),
                Key::Mac => names.mac = Some(self.part.intern(&normal_mac(&text))),
                Key::AclId => names.acl = Some(self.part.intern(&text)),
                _ => {}
            },
            Some(Frame::Record(record)) if !record.wrapper => match key {
                Key::Rule => record.names.rule = Some(self.part.intern(&text)),
                Key::Mac => record.names.mac = Some(self.part.intern(&normal_mac(&text))),
                Key::AclId => record.names.acl = Some(self.part.intern(&text)),
                Key::ResourceId => record.resource = Some(self.part.intern(&text)),
                Key::Time => {
                    record.time = UnixMillis::from_iso(&text);
                    let odd = record.time.is_none() && !text.is_empty();
                    record.odd_time = odd.then(|| text.chars().take(MOST_SHOWN).collect());
                }
                Key::Category => record.category = Some(text.into_owned()),
                Key::FlatTuple | Key::FlowTuples => record.tuples.push((offset, value)),
                Key::Flat(place) => {
                    if let Some(slot) = record.flat.get_or_insert_default().get_mut(usize::from(place)) {
                        *slot = value;
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// Notes what the object that is open holds: flows, or what begins at an offset and is not read.
    pub(super) fn hold(&mut self, unknown: Option<u64>) {
        let holds = match self.stack.last_mut() {
            Some(Frame::Object { holds, .. } | Frame::Record(Record { holds, .. })) => holds,
            _ => return,
        };
        match unknown {
            None => holds.flows = true,
            Some(offset) if holds.unknown.is_none() && !holds.flows => {
                let key: String =
                    String::from_utf8_lossy(&self.unknown_key).chars().take(MOST_SHOWN).collect();
                holds.unknown = Some((offset, key));
            }
            Some(_) => {}
        }
    }

    pub(super) fn close_object(&mut self) {
        match self.stack.pop() {
            Some(Frame::Object { mark, names, holds }) => {
                self.record.name_since(mark, names);
                self.unread = self.unread.take().or(holds.instead());
            }
            Some(Frame::Record(record)) if !record.wrapper => self.close_record(record),
            _ => {}
        }
        self.state = self.state_in_parent();
    }

    fn close_record(&mut self, mut record: Record) {
        let number = self.next_number;
        self.next_number += 1;
        self.flat_tuples(&mut record);
        record.holds.at = record.start;
        record.holds.flows |= record.flat.is_some() || self.record.has_groups();
        let unread = self.unread.take().or(std::mem::take(&mut record.holds).instead());
        let layout = self.record.layout();
        let category = record.category.take().unwrap_or_default();
        let is_nsg =
            layout == Some(Layout::Nsg) || category.eq_ignore_ascii_case("NetworkSecurityGroupFlowEvent");
        let is_vnet = layout == Some(Layout::Vnet) || category.eq_ignore_ascii_case("FlowLogFlowEvent");
        if let (false, Some(fields)) = (self.record.has_groups(), &record.flat) {
            // One flow a record: the same fields, so the same reader.
            let without_state = fields[8..].iter().all(Vec::is_empty);
            let text = fields[..if without_state { 8 } else { 13 }].join(&b',');
            self.record.open_group(Layout::Nsg);
            self.lone_tuple(&text, Layout::Nsg, record.start);
            self.record.content.close_array();
        } else if !is_nsg && !is_vnet {
            let (from, to) = (record.start, self.here(self.pos));
            self.record.clear();
            self.skip_stretch(from, to, IssueCode::OtherRecord, Some(number), category);
            return;
        }
        self.out.flow_records[usize::from(is_vnet)] += 1;
        record.names.acl = record.names.acl.or(record.resource);
        self.record.name_since(0, record.names);
        let header = Header {
            vnet: is_vnet,
            names: record.names,
            time: record.time,
            odd_time: record.odd_time.as_deref(),
        };
        let closed = self.record.close(&mut self.part, &header, number);
        if let Some(version) = record.odd_version
            && !self.out.issues.iter().any(|issue| issue.code == IssueCode::UnknownVersion)
        {
            let message = format!(
                "a version of flow logs that azflow does not know, read like those it does: {version}"
            );
            let (code, offset, record) = (IssueCode::UnknownVersion, record.start, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        if let Some((offset, key)) = unread {
            let message = if key.is_empty() {
                "a part of the record has no list of flows or tuples, as every part has: nothing of it is counted"
                    .to_owned()
            } else {
                format!(
                    "the record's flows may lie where azflow does not know them, so they are not counted: {key}"
                )
            };
            let (code, record) = (IssueCode::UnreadPart, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        if let Some(text) = record.odd_time {
            let message =
                format!("the record's time is no time, so its hour is that of its last tuple: {text}");
            let (code, offset, record) = (IssueCode::RecordTime, record.start, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        self.found.extend(closed.found);
        self.out.held.add(closed.held);
        self.out.first = self.out.first.into_iter().chain(closed.first).min();
        self.out.last = self.out.last.max(closed.last);
        for issue in closed.issues {
            self.list(issue);
        }
        // Between records no number of the part's dictionaries is in use.
        if self.part.rows().max(self.part.records()) >= PART_ROWS {
            let part = self.part.take(self.base + self.pos as u64);
            self.ready.push_back(part);
        }
    }

    /// Reads a tuple that stands in no array of its group.
    fn lone_tuple(&mut self, text: &[u8], layout: Layout, offset: u64) {
        match tuple::careful(text, layout) {
            Ok(tuple) => self.record.add(&mut self.part, &tuple, offset, text),
            Err(rejected) => self.record.reject(offset, rejected.code, rejected.message),
        }
        self.record.content.tuple(text);
    }

    /// Reads tuples that stand by themselves: what they belong to is in the record beside them.
    fn flat_tuples(&mut self, record: &mut Record) {
        let tuples = std::mem::take(&mut record.tuples);
        if self.record.has_groups() {
            return;
        }
        let mut open = None;
        for (offset, text) in tuples {
            let layout = tuple::layout(&text).unwrap_or(match record.names.acl {
                Some(_) => Layout::Vnet,
                None => Layout::Nsg,
            });
            if open != Some(layout) {
                if open.is_some() {
                    self.record.content.close_array();
                }
                self.record.open_group(layout);
                open = Some(layout);
            }
            self.lone_tuple(&text, layout, offset);
        }
        if open.is_some() {
            self.record.content.close_array();
        }
    }
}

/// Version 4 of VNet flow logs, 1 and 2 of NSG flow logs: as a number, a real one, or text.
fn is_known_version(key: Key, text: &str) -> bool {
    let whole = text.trim().split('.').next().unwrap_or_default();
    let known: &[&str] = if key == Key::VnetVersion { &["4"] } else { &["1", "2"] };
    whole.is_empty() || text == "null" || known.contains(&whole)
}

/// A MAC address as twelve upper-case digits, whatever separators it was written with; anything
/// else as it is.
fn normal_mac(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let others = text.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b':' | b'.'));
    if digits != 12 || !others {
        return Cow::Borrowed(text);
    }
    if text.len() == 12 && !text.bytes().any(|b| b.is_ascii_lowercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_uppercase()).collect())
}
