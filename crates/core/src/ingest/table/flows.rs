//! From a table's row to flow records.
//!
//! A row carries counts of flows by direction and decision; each that is not zero becomes a flow record
//! of its own, packets and bytes go with the row's own direction and decision. A side that is blank and
//! has a packed list of public addresses is unpacked, so that the parts add up to the row.

use super::columns::{MEANINGS, Meaning};
use super::values::{self, Date};
use crate::ingest::IssueCode;
use crate::model::{Address, Decision, FlowDirection, Protocol, UnixMillis};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// The cells of a row by their meaning.
#[derive(Debug, Clone)]
pub struct Cells {
    text: String,
    places: [(u32, u32); MEANINGS],
}

impl Default for Cells {
    fn default() -> Self {
        Self { text: String::new(), places: [(0, 0); MEANINGS] }
    }
}

impl Cells {
    pub fn clear(&mut self) {
        self.text.clear();
        self.places = [(0, 0); MEANINGS];
    }

    /// Adds a cell, unless an earlier one of this meaning was not blank.
    pub fn set(&mut self, meaning: Meaning, text: &str) {
        if self.has(meaning) {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text.trim());
        self.places[meaning as usize] = (start, self.text.len() as u32);
    }

    /// Takes a whole line of cells of which [`Cells::mark`] says where they are.
    pub fn take_line(&mut self, line: &str) {
        self.clear();
        self.text.push_str(line);
    }

    /// Whether a cell of this meaning is not blank.
    #[inline]
    fn has(&self, meaning: Meaning) -> bool {
        let (start, end) = self.places[meaning as usize];
        start < end
    }

    /// The cell is there in the line, unless an earlier one of this meaning was not blank.
    #[inline]
    pub fn mark(&mut self, meaning: Meaning, start: usize, end: usize) {
        if self.has(meaning) {
            return;
        }
        let (mut start, mut end) = (start, end);
        let visible = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
        let bytes = self.text.as_bytes().get(start..end).unwrap_or_default();
        if !visible(bytes.first()) || !visible(bytes.last()) {
            let text = self.text.get(start..end).unwrap_or_default();
            start = end - text.trim_start().len();
            end = start + text.trim().len();
        }
        self.places[meaning as usize] = (start as u32, end as u32);
    }

    /// The cell, empty where there is none.
    pub fn get(&self, meaning: Meaning) -> &str {
        let (start, end) = self.places[meaning as usize];
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Whether one is longer than any name.
    pub fn has_longer(&self, than: usize) -> bool {
        self.text.len() > than && self.places.iter().any(|(start, end)| (end - start) as usize > than)
    }

    /// The last part of a path.
    pub fn last_part(&self, meaning: Meaning) -> &str {
        self.get(meaning).rsplit('/').next().unwrap_or_default()
    }

    /// What the row calls the machine of an address on one side: its name, its NIC's, or of what is outside
    /// which service it is or where.
    #[inline(never)]
    pub fn machine(&self, address: Address, side: &Side) -> Cow<'_, str> {
        let own = [side.machine, side.nic].map(|meaning| self.last_part(meaning));
        match own.into_iter().find(|name| !name.is_empty()) {
            Some(name) => name.into(),
            None if is_blank(address) => self.outside(side, true),
            None if address.is_public() => self.outside(side, false),
            None => "".into(),
        }
    }

    /// What the row says of a side outside. The kind of flow is a name only where there is no address.
    #[inline(never)]
    fn outside(&self, side: &Side, blank: bool) -> Cow<'_, str> {
        let [service, region, country, kind] =
            [side.service, Meaning::Region, Meaning::Country, Meaning::FlowType].map(|m| self.get(m));
        match () {
            () if !service.is_empty() => service.into(),
            () if !region.is_empty() => format!("Azure {region}").into(),
            () if !country.is_empty() => format!("country {country}").into(),
            () if blank && OUTSIDE.contains(&kind) => kind.into(),
            () => "".into(),
        }
    }

    /// The address that stands for a blank side: one in 0.0.0.0/8, which is no one's, by the side's name.
    #[inline(never)]
    fn blank(&self, side: &Side) -> Entry {
        let name = self.outside(side, true);
        let number = if name.is_empty() { 0 } else { (xxh3_64(name.as_bytes()) as u32 >> 8).max(1) };
        Entry { address: Address::from_v4(number), flows: 0, counters: [0; 4] }
    }

    /// Whether the row was captured at a hop, so that the NIC is neither end's.
    pub fn is_hop(&self) -> bool {
        let hop = self.get(Meaning::Hop);
        hop == "1" || hop.eq_ignore_ascii_case("true")
    }

    /// What makes the row another one than others: all but names of addresses.
    pub fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.places
            .iter()
            .take(Meaning::SrcSubnet as usize)
            .map(|(start, end)| self.text.as_bytes().get(*start as usize..*end as usize).unwrap_or_default())
    }
}

/// Flows of one kind between two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub src: Address,
    pub dst: Address,
    pub direction: FlowDirection,
    pub decision: Decision,
    pub flows: u64,
    /// Packets and bytes there, packets and bytes back.
    pub counters: [u64; 4],
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFlows {
    pub flows: Vec<Flow>,
    pub protocol: Protocol,
    /// `None`: not on file.
    pub port: Option<u16>,
    pub first: UnixMillis,
    pub last: UnixMillis,
    /// The hour that the row belongs to.
    pub hour: u32,
}

/// Why a row was rejected: code, column, value.
pub type Rejected = (IssueCode, &'static str, String);

/// The columns that name what is on one side.
#[derive(Debug)]
pub struct Side {
    pub subnet: Meaning,
    pub machine: Meaning,
    pub nic: Meaning,
    pub service: Meaning,
}

pub const SRC: Side = Side {
    subnet: Meaning::SrcSubnet,
    machine: Meaning::SrcVm,
    nic: Meaning::SrcNic,
    service: Meaning::SrcService,
};

pub const DST: Side = Side {
    subnet: Meaning::DstSubnet,
    machine: Meaning::DstVm,
    nic: Meaning::DstNic,
    service: Meaning::DstService,
};

/// Kinds of flows of which one side is outside.
pub const OUTSIDE: [&str; 3] = ["AzurePublic", "ExternalPublic", "MaliciousFlow"];

/// The address of a side of which nothing is known: it falls to the Internet.
const UNKNOWN: Address = Address::from_v4(0);

/// Whether an address stands for a blank side.
fn is_blank(address: Address) -> bool {
    address.v4().is_some_and(|bits| bits >> 24 == 0)
}

/// The first date that a row has, for telling how dates are written.
pub fn first_date(cells: &Cells) -> Option<Date> {
    [Meaning::Start, Meaning::Interval, Meaning::Time, Meaning::End]
        .into_iter()
        .map(|meaning| cells.get(meaning))
        .find(|text| !text.is_empty())
        .and_then(values::date)
}

/// Reads a row.
pub fn read(cells: &Cells, day_first: bool) -> Result<RowFlows, Rejected> {
    let at = |meaning: Meaning, name: &'static str| -> Result<Option<UnixMillis>, Rejected> {
        let text = cells.get(meaning);
        if text.is_empty() {
            return Ok(None);
        }
        let time = values::date(text)
            .and_then(|date| date.settle(day_first))
            .filter(|t| (UnixMillis(0)..=UnixMillis::MAX).contains(t));
        time.map(Some).ok_or((IssueCode::TupleTime, name, text.to_owned()))
    };
    let (start, end) = (at(Meaning::Start, "start")?, at(Meaning::End, "end")?);
    let (interval, made) = (at(Meaning::Interval, "interval")?, at(Meaning::Time, "time")?);
    let first = start.or(interval).or(end).or(made).ok_or((IssueCode::TupleTime, "time", String::new()))?;
    let last = end.unwrap_or(first).max(first);

    let text = cells.get(Meaning::Protocol);
    let protocol = if text.is_empty() { Some(Protocol::UNKNOWN) } else { values::protocol(text) };
    let protocol = protocol.ok_or((IssueCode::TupleProtocol, "protocol", text.to_owned()))?;
    let text = cells.get(Meaning::Port);
    let port = values::number(text).and_then(|n| u16::try_from(n).ok());
    let port = port.ok_or((IssueCode::TuplePort, "port", text.to_owned()))?;
    let port = Some(port).filter(|_| !values::is_blank(text));

    let count = |meaning: Meaning, name: &'static str| -> Result<u64, Rejected> {
        let text = cells.get(meaning);
        let value = values::number(text).filter(|n| *n < 1 << 53);
        value.ok_or((IssueCode::TupleCounter, name, text.to_owned()))
    };
    let counts = [
        (FlowDirection::Inbound, Decision::Allowed, count(Meaning::AllowedIn, "AllowedInFlows")?),
        (FlowDirection::Inbound, Decision::Denied, count(Meaning::DeniedIn, "DeniedInFlows")?),
        (FlowDirection::Outbound, Decision::Allowed, count(Meaning::AllowedOut, "AllowedOutFlows")?),
        (FlowDirection::Outbound, Decision::Denied, count(Meaning::DeniedOut, "DeniedOutFlows")?),
    ];
    let counters = [
        count(Meaning::PacketsThere, "packets there")?,
        count(Meaning::BytesThere, "bytes there")?,
        count(Meaning::PacketsBack, "packets back")?,
        count(Meaning::BytesBack, "bytes back")?,
    ];
    let total: u64 = counts.iter().map(|(.., n)| n).sum();
    let largest = counts.iter().max_by_key(|(.., n)| *n).filter(|_| total > 0);

    let text = cells.get(Meaning::Direction);
    let direction = match (values::direction(text), largest) {
        (Some(direction), _) => direction.into(),
        (None, _) if !text.is_empty() => {
            return Err((IssueCode::TupleDirection, "direction", text.to_owned()));
        }
        (None, Some((direction, ..))) => *direction,
        (None, None) => FlowDirection::Unknown,
    };
    let text = cells.get(Meaning::Decision);
    let decision = match (values::decision(text), largest) {
        (Some(decision), _) => decision,
        (None, Some((_, decision, _))) if text.is_empty() => *decision,
        _ => return Err((IssueCode::TupleDecision, "decision", text.to_owned())),
    };
    let has_counts = [Meaning::AllowedIn, Meaning::DeniedIn, Meaning::AllowedOut, Meaning::DeniedOut]
        .into_iter()
        .any(|meaning| !cells.get(meaning).is_empty());
    let mut kinds: Vec<(FlowDirection, Decision, u64)> =
        counts.into_iter().filter(|(.., flows)| *flows > 0).collect();
    if !has_counts {
        let text = cells.get(Meaning::Count);
        let flows = if text.is_empty() { 1 } else { count(Meaning::Count, "count")? };
        kinds.push((direction, decision, flows));
    }
    if !kinds.iter().any(|(d, c, _)| (*d, *c) == (direction, decision)) {
        // Traffic of flows that began in an earlier interval.
        kinds.push((direction, decision, 0));
    }

    if let Some((src, dst)) = plain_sides(cells) {
        let flow = |(way, what, flows): (FlowDirection, Decision, u64)| {
            let counters = if (way, what) == (direction, decision) { counters } else { [0; 4] };
            Flow { src, dst, direction: way, decision: what, flows, counters }
        };
        let flows = kinds.into_iter().map(flow).collect();
        let hour = interval.unwrap_or(first).hour();
        return Ok(RowFlows { flows, protocol, port, first, last, hour });
    }
    let (mut src, mut dst) = sides(cells, direction)?;
    for (list, side) in [(&mut src, &SRC), (&mut dst, &DST)] {
        if list.is_empty() {
            list.push(cells.blank(side));
        }
    }
    if src.len() > 1 {
        dst.truncate(1);
    }
    let mut flows = Vec::new();
    for (way, what, count) in kinds {
        let own = (way, what) == (direction, decision);
        let counters = if own { counters } else { [0; 4] };
        let spread = if src.len() > 1 || dst.len() <= 1 { &src } else { &dst };
        let shares = shares(spread, count, counters, own);
        for (index, (flows_here, counters_here)) in shares.into_iter().enumerate() {
            let side = |list: &[Entry]| {
                list.get(if list.len() > 1 { index } else { 0 }).map_or(UNKNOWN, |e| e.address)
            };
            // An address without any part in this kind of flow has none of it.
            if spread.len() > 1 && flows_here == 0 && counters_here == [0; 4] {
                continue;
            }
            flows.push(Flow {
                src: side(&src),
                dst: side(&dst),
                direction: way,
                decision: what,
                flows: flows_here,
                counters: counters_here,
            });
        }
    }
    let hour = interval.unwrap_or(first).hour();
    Ok(RowFlows { flows, protocol, port, first, last, hour })
}

/// An address of one side, and its part of the row where the row's list says so.
#[derive(Debug, Clone, Copy)]
struct Entry {
    address: Address,
    flows: u64,
    counters: [u64; 4],
}

/// The addresses of both sides where each is just one: what nearly every row has.
fn plain_sides(cells: &Cells) -> Option<(Address, Address)> {
    Some((Address::parse(cells.get(Meaning::Src))?, Address::parse(cells.get(Meaning::Dst))?))
}

/// The addresses of both sides, none where a side is blank.
fn sides(cells: &Cells, direction: FlowDirection) -> Result<(Vec<Entry>, Vec<Entry>), Rejected> {
    let machine = cells.get(Meaning::Machine);
    if !machine.is_empty() && [Meaning::Src, Meaning::Dst].iter().all(|side| cells.get(*side).is_empty()) {
        // Schema 1: the machine has one column, the other side the list, and the direction says which is which.
        let machine = side(machine, "", "machine")?;
        let others = side("", cells.get(Meaning::Public), "public addresses")?;
        return match direction {
            FlowDirection::Inbound => Ok((others, machine)),
            FlowDirection::Outbound => Ok((machine, others)),
            FlowDirection::Unknown => Err((IssueCode::TupleDirection, "direction", String::new())),
        };
    }
    let packed = |own: Meaning| {
        let list = cells.get(own);
        if list.is_empty() { cells.get(Meaning::Public) } else { list }
    };
    let (src, dst) = (
        side(cells.get(Meaning::Src), packed(Meaning::SrcPublic), "source")?,
        side(cells.get(Meaning::Dst), packed(Meaning::DstPublic), "destination")?,
    );
    if src.is_empty() && dst.is_empty() {
        return Err((IssueCode::TupleAddress, "source and destination", String::new()));
    }
    Ok((src, dst))
}

fn side(address: &str, packed: &str, name: &'static str) -> Result<Vec<Entry>, Rejected> {
    let bad = |text: &str| (IssueCode::TupleAddress, name, text.to_owned());
    if !address.is_empty() {
        let address = Address::parse(address).ok_or_else(|| bad(address))?;
        return Ok(vec![Entry { address, flows: 0, counters: [0; 4] }]);
    }
    let mut out = Vec::new();
    for entry in packed.split_whitespace() {
        // address | flows begun | flows ended | packets there | packets back | bytes there | bytes back
        let mut parts = entry.split('|');
        let address = parts.next().and_then(Address::parse).ok_or_else(|| bad(entry))?;
        let mut number = || parts.next().and_then(values::number).unwrap_or_default();
        let (flows, _ended) = (number(), number());
        let [packets_there, packets_back, bytes_there, bytes_back] = [number(), number(), number(), number()];
        out.push(Entry { address, flows, counters: [packets_there, bytes_there, packets_back, bytes_back] });
    }
    Ok(out)
}

/// Each entry's part of the row. What the list says too much is cut, what it lacks goes to its first
/// entry: the parts always add up to the row.
fn shares(list: &[Entry], flows: u64, counters: [u64; 4], own: bool) -> Vec<(u64, [u64; 4])> {
    let mut left = flows;
    let mut rest = counters;
    let mut out: Vec<(u64, [u64; 4])> = Vec::with_capacity(list.len());
    for entry in list {
        let here = entry.flows.min(left);
        left -= here;
        let mut parts = [0; 4];
        if own {
            for ((part, rest), said) in parts.iter_mut().zip(&mut rest).zip(entry.counters) {
                *part = said.min(*rest);
                *rest -= *part;
            }
        }
        out.push((here, parts));
    }
    if let Some((first, parts)) = out.first_mut() {
        *first += left;
        for (part, rest) in parts.iter_mut().zip(rest) {
            *part += rest;
        }
    }
    out
}
