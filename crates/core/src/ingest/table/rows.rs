//! From a row's cells to rows of a part.
//!
//! Each row is a log record of its own. Equal rows of one file are told apart by how often they came before.

use super::columns::{Meaning, Table};
use super::flows::{Cells, DST, SRC, read};
use super::report::LONG_CELL;
use super::values::mac;
use super::{Place, TableReader};
use crate::ingest::part::{Context, RecordInfo, Row};
use crate::ingest::scanner::MAX_NAME;
use crate::ingest::{Issue, IssueCode, SourceKind, tuple};
use crate::model::{Decision, FlowDirection, LogKind, Protocol};
use xxhash_rust::xxh3::xxh3_128;

/// Rows after which a part is sent on.
const PART_ROWS: usize = 1 << 16;

impl TableReader {
    /// Passes over a row that no export writes.
    #[inline(never)]
    pub(super) fn too_long(&mut self, place: Place) {
        if self.refused.is_none() {
            self.skip(place, IssueCode::DamagedRecord, LONG_CELL.to_owned());
        }
    }

    /// Takes a row: at once, or when it is known how dates are written.
    pub(super) fn row(&mut self, place: Place) {
        if self.refused.is_some() {
            return;
        }
        if self.cells.has_longer(MAX_NAME) {
            self.too_long(place);
            return;
        }
        let kind = self.cells.get(Meaning::SubType);
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("flowlog") {
            let kind = kind.to_owned();
            self.skip(place, IssueCode::OtherRecord, kind);
            return;
        }
        for (meaning, said) in &self.always {
            self.cells.set(*meaning, said);
        }
        if let Some(day_first) = self.day_first {
            let cells = std::mem::take(&mut self.cells);
            self.take(place, &cells, day_first);
            self.cells = cells;
            return;
        }
        self.hold(place);
    }

    /// Adds a row to the part, or rejects it.
    pub(super) fn take(&mut self, place: Place, cells: &Cells, day_first: bool) {
        self.rows += 1;
        let number = self.rows;
        self.query = self.query.or_else(|| own_query(cells.get(Meaning::Query)));
        let fingerprint = self.fingerprint(cells);
        let mut info = RecordInfo {
            fingerprint,
            tuples: 1,
            rejected: 0,
            number,
            hour: 0,
            rows_end: self.part.rows() as u32,
        };
        match read(cells, day_first) {
            Ok(found) => {
                let table = self.mapping.as_ref().map_or(Table::Other, |m| m.table);
                self.out.flow_records[usize::from(table == Table::Vnet)] += 1;
                self.out.first = self.out.first.into_iter().chain([found.first]).min();
                self.out.last = self.out.last.max(Some(found.last));
                let service = found.protocol.service(found.port);
                let blank = [
                    found.protocol == Protocol::UNKNOWN,
                    found.protocol.has_ports() && found.port.is_none(),
                    found.flows.iter().any(|flow| flow.direction == FlowDirection::Unknown),
                ];
                self.without.iter_mut().zip(blank).for_each(|(rows, blank)| *rows += u64::from(blank));
                let into_minute = found.first.0.rem_euclid(60_000) as u16;
                for flow in &found.flows {
                    let context = self.context(cells, flow.direction, flow.decision);
                    let row = Row {
                        src: self.part.address(flow.src),
                        dst: self.part.address(flow.dst),
                        service,
                        context,
                        minute: found.first.minute(),
                        flows: u32::try_from(flow.flows).unwrap_or(u32::MAX),
                        tuples: 1,
                        first_ms: into_minute,
                        last_ms: into_minute,
                        counters: flow.counters,
                    };
                    self.part.push(row);
                    for (address, side) in [(flow.src, &SRC), (flow.dst, &DST)] {
                        self.part.name(address, cells.get(side.subnet));
                        self.part.machine(address, &cells.machine(address, side));
                    }
                    // The NIC that logged it is that of the end where it did.
                    let end = match flow.direction {
                        FlowDirection::Inbound => Some(&DST),
                        FlowDirection::Outbound => Some(&SRC),
                        FlowDirection::Unknown => None,
                    };
                    if let Some(end) = end.filter(|_| !cells.is_hop()) {
                        self.part.nic(&mac(cells.get(Meaning::Mac)), cells.last_part(end.nic));
                    }
                }
                info.hour = found.hour;
            }
            Err((code, column, value)) => {
                info.rejected = 1;
                let value = tuple::excerpt(value.as_bytes());
                let place_words =
                    if place.line > 0 { format!("line {}, ", place.line) } else { String::new() };
                let message = format!("{place_words}{column}: not understood: {value}");
                self.note(Issue { offset: place.offset, code, record: Some(number), length: 0, message });
            }
        }
        info.rows_end = self.part.rows() as u32;
        self.part.record(info);
        if self.part.rows().max(self.part.records()) >= PART_ROWS {
            let part = self.part.take(place.offset + place.length);
            self.ready.push_back(part);
        }
    }

    fn fingerprint(&mut self, cells: &Cells) -> u128 {
        let text = &mut self.hashed;
        text.clear();
        for cell in cells.bytes() {
            text.extend_from_slice(cell);
            text.push(0xff);
        }
        let before = self.seen.entry(xxh3_128(text)).or_default();
        text.extend_from_slice(&before.to_le_bytes());
        *before += 1;
        xxh3_128(text)
    }

    fn context(&mut self, cells: &Cells, direction: FlowDirection, decision: Decision) -> u32 {
        let rule = cells.get(Meaning::Rule);
        // Schema 1: `index|rule|direction|decision|count`, of several the first.
        let packed = || cells.get(Meaning::Rules).split('|').nth(1).unwrap_or_default();
        let named = [rule, packed(), cells.get(Meaning::Reason)].into_iter().find(|name| !name.is_empty());
        let rule = self.part.intern(named.unwrap_or_default());
        // Of a firewall's own table the resource is what decided; of others it is the workspace or the log.
        let resource = Some(cells.get(Meaning::Resource)).filter(|id| is_firewall(id));
        let acl = Some(cells.get(Meaning::Acl)).filter(|acl| !acl.is_empty()).or(resource);
        let acl = self.part.intern(acl.unwrap_or_default());
        let mac = self.part.intern(&mac(cells.get(Meaning::Mac)));
        let encryption = self.part.intern(cells.get(Meaning::Encryption));
        let kind = self.kind();
        self.part.context(Context { rule, acl, mac, encryption, kind, direction, decision })
    }

    /// Which kind of log the rows are.
    fn kind(&self) -> LogKind {
        let table = self.mapping.as_ref().map_or(Table::Other, |mapping| mapping.table);
        match self.query {
            Some(SourceKind::KustoNta) => LogKind::QueryAnalytics,
            Some(SourceKind::KustoAna) => LogKind::QueryAnalyticsNsg,
            Some(_) if table == Table::Vnet => LogKind::QueryVnet,
            Some(_) => LogKind::QueryNsg,
            None if table == Table::Nsg => LogKind::AnalyticsNsg,
            None => LogKind::Analytics,
        }
    }
}

/// Whether a resource id is a firewall's.
fn is_firewall(id: &str) -> bool {
    id.to_ascii_lowercase().contains("/azurefirewalls/")
}

/// The query that wrote this into its rows.
fn own_query(name: &str) -> Option<SourceKind> {
    Some(match name {
        "NTANetAnalytics" => SourceKind::KustoNta,
        "AzureNetworkAnalytics_CL" => SourceKind::KustoAna,
        "blobs" => SourceKind::KustoBlobs,
        _ => return None,
    })
}
