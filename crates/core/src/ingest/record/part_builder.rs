//! The growing part: rows of closed records with the dictionaries that they share.

use crate::ingest::dictionary::{AddressTable, StringTable};
use crate::ingest::part::{Context, Part, RecordInfo, Row};
use crate::model::Address;
use hashbrown::{HashMap, HashSet};

/// The growing part with its dictionaries.
#[derive(Debug, Default)]
pub struct PartBuilder {
    pub(super) addresses: AddressTable,
    pub(super) strings: StringTable,
    pub(super) contexts: Vec<Context>,
    pub(super) context_ids: HashMap<Context, u32>,
    pub(super) records: Vec<RecordInfo>,
    pub(super) rows: Vec<Row>,
    /// Subnets that the source names, by address.
    pub(super) names: Calls,
    /// Machines that the source names, by address.
    pub(super) machines: Calls,
    /// NICs that the source names, by MAC address.
    pub(super) nics: Calls,
    /// Ports that are served: see [`Part::served`].
    pub(super) served: Calls,
    /// Flows and the four counters of the whole source so far.
    pub(super) sums: [u64; 5],
}

/// What a source calls something, its number and the name's, or says of it: each pair once, as they came.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) list: Vec<(u32, u32)>,
    pub(super) known: HashSet<(u32, u32)>,
}

impl Calls {
    pub(super) fn note(&mut self, name: (u32, u32)) {
        if self.known.insert(name) {
            self.list.push(name);
        }
    }
}

impl PartBuilder {
    /// The number of a string in the part's dictionary.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.strings.intern(text)
    }

    /// The number of an address in the part's dictionary.
    pub fn address(&mut self, address: Address) -> u32 {
        self.addresses.intern(address.bits())
    }

    /// Adds a row of the record that [`PartBuilder::record`] closes.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Closes a record.
    pub fn record(&mut self, info: RecordInfo) {
        self.records.push(info);
    }

    /// Notes what the source calls the machine with an address.
    pub fn machine(&mut self, address: Address, name: &str) {
        if !name.is_empty() {
            let name = (self.address(address), self.intern(name));
            self.machines.note(name);
        }
    }

    /// Notes the subnet that the source names for an address.
    pub fn name(&mut self, address: Address, subnet: &str) {
        if !subnet.is_empty() {
            let name = (self.address(address), self.intern(subnet));
            self.names.note(name);
        }
    }

    /// Notes what the source calls the NIC with a MAC address.
    pub fn nic(&mut self, mac: &str, name: &str) {
        if !mac.is_empty() && !name.is_empty() {
            let name = (self.intern(mac), self.intern(name));
            self.nics.note(name);
        }
    }

    /// Rows gathered so far.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Records gathered so far.
    pub fn records(&self) -> usize {
        self.records.len()
    }

    /// Hands over what was gathered up to this byte of the source and begins anew.
    pub fn take(&mut self, up_to: u64) -> Part {
        self.context_ids.clear();
        Part {
            addresses: self.addresses.take(),
            strings: self.strings.take(),
            contexts: std::mem::take(&mut self.contexts),
            records: std::mem::take(&mut self.records),
            rows: std::mem::take(&mut self.rows),
            names: std::mem::take(&mut self.names).list,
            machines: std::mem::take(&mut self.machines).list,
            nics: std::mem::take(&mut self.nics).list,
            served: std::mem::take(&mut self.served).list,
            description: None,
            up_to,
            unpacked: None,
            report: None,
        }
    }

    /// The number of a context.
    pub fn context(&mut self, context: Context) -> u32 {
        *self.context_ids.entry(context).or_insert_with(|| {
            self.contexts.push(context);
            self.contexts.len() as u32 - 1
        })
    }
}
