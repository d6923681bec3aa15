//! What a typed end of a flow stands for: an address, or the addresses of what is called so.
//!
//! A name leads to all that has it: machines, NICs and subnets of the descriptions, machines and subnets that logs name.
//! Letters of either case are the same. Addresses are those on file and those that were seen; where there may be more,
//! the end says so.

use super::naming::{Naming, Place};
use azflow_core::model::{Address, Assignment, Network, Nic, Prefix, ResourceId, SubnetKind};
use std::collections::{BTreeMap, BTreeSet};

/// What an address was found as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndKind {
    /// The address itself was typed.
    Address,
    /// Of a virtual machine.
    Machine,
    /// Of a NIC.
    Nic,
    /// In a subnet.
    Subnet,
}

impl EndKind {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Machine => "machine",
            Self::Nic => "nic",
            Self::Subnet => "subnet",
        }
    }

    /// The word used in sentences.
    pub fn word(self) -> &'static str {
        if self == Self::Nic { "NIC" } else { self.as_str() }
    }
}

/// An address that an end stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndAddress {
    /// The address.
    pub address: Address,
    /// What is called as typed and has it, by kind: the id, or the name where only logs have it.
    pub of: Vec<(EndKind, String)>,
}

/// A typed end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// As typed.
    pub text: String,
    /// What it stands for, by address; at least one.
    pub addresses: Vec<EndAddress>,
    /// What else it may stand for, in sentences.
    pub notes: Vec<String>,
}

impl End {
    /// Whether a name was typed, not an address.
    pub fn is_name(&self) -> bool {
        self.addresses.iter().any(|one| one.of.iter().any(|(kind, _)| *kind != EndKind::Address))
    }
}

/// What ends are looked up in.
#[derive(Debug, Clone, Copy)]
pub struct EndNames<'a> {
    /// The descriptions.
    pub network: &'a Network,
    /// Their names.
    pub naming: &'a Naming,
    /// The subnets of the addresses that were seen.
    pub subnets: &'a Assignment,
    /// Those addresses, by number.
    pub seen: &'a [Address],
}

/// What was found so far.
#[derive(Default)]
struct Found {
    addresses: BTreeMap<Address, BTreeSet<(EndKind, String)>>,
    notes: BTreeSet<String>,
    /// Things that are called so and have no address: what they are, and their names.
    bare: Vec<(EndKind, String)>,
}

impl Found {
    /// Adds a thing with its addresses.
    fn add(&mut self, kind: EndKind, id: &str, addresses: impl Iterator<Item = Address>) {
        let mut any = false;
        for address in addresses {
            any |= self.addresses.entry(address).or_default().insert((kind, id.to_owned()));
        }
        if !any {
            self.bare.push((kind, ResourceId(id.to_owned()).name().to_owned()));
        }
    }
}

impl EndNames<'_> {
    /// The end of a text.
    ///
    /// # Errors
    /// In a sentence: nothing is called so, or what is has no address.
    pub fn end(&self, text: &str) -> Result<End, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("an address or the name of a machine, NIC or subnet is missing".to_owned());
        }
        let typed = Address::parse(text)
            .map(|address| EndAddress { address, of: vec![(EndKind::Address, address.to_string())] });
        if let Some(typed) = typed {
            return Ok(End { text: text.to_owned(), addresses: vec![typed], notes: Vec::new() });
        }
        let mut found = Found::default();
        self.machines(text, &mut found);
        self.nics(text, &mut found);
        self.subnets(text, &mut found);
        if found.addresses.is_empty() {
            return Err(self.why_not(text, &found.bare));
        }
        let bare = |(kind, name): (EndKind, String)| {
            format!("the {} {name} is called so, too, and has no address on file", kind.word())
        };
        let notes = found.notes.into_iter().chain(found.bare.into_iter().map(bare)).collect();
        let one =
            |(address, of): (Address, BTreeSet<_>)| EndAddress { address, of: of.into_iter().collect() };
        Ok(End { text: text.to_owned(), addresses: found.addresses.into_iter().map(one).collect(), notes })
    }

    fn why_not(&self, text: &str, bare: &[(EndKind, String)]) -> String {
        if !bare.is_empty() {
            let prefixes = self.prefixes_of(text);
            let one_of =
                if prefixes.is_empty() { String::new() } else { format!(" of {}", prefixes.join(", ")) };
            return format!("“{text}” has no address on file, and none was seen: ask for an address{one_of}");
        }
        if Prefix::parse(text).is_some() || text.bytes().all(|b| b.is_ascii_digit() || b".:/".contains(&b)) {
            return format!("“{text}” is no address");
        }
        if self.naming.tags().iter().any(|tag| tag.eq_ignore_ascii_case(text)) {
            return format!("“{text}” is a service tag: ask for one of its addresses");
        }
        format!("“{text}” is no address, and no machine, NIC or subnet on file is called so")
    }

    fn machines(&self, text: &str, found: &mut Found) {
        let is_called = |id: &ResourceId| is(id, id.name(), text);
        let ids: BTreeSet<&ResourceId> = self
            .network
            .nics
            .iter()
            .filter_map(|nic| nic.machine.as_ref())
            .chain(self.network.machines.iter().map(|machine| &machine.id))
            .filter(|id| is_called(id))
            .collect();
        // What each of them lists, and the NICs that are its own by either side's word, in the order of the file.
        let mut listed: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = BTreeMap::new();
        let mut lists: BTreeMap<&ResourceId, Vec<&ResourceId>> = BTreeMap::new();
        for machine in self.network.machines.iter().filter(|machine| ids.contains(&machine.id)) {
            listed.entry(&machine.id).or_default().extend(&machine.nics);
            machine.nics.iter().for_each(|nic| lists.entry(nic).or_default().push(&machine.id));
        }
        let mut held: BTreeMap<&ResourceId, Vec<&Nic>> = BTreeMap::new();
        for nic in &self.network.nics {
            let own = nic.machine.iter().filter(|id| ids.contains(id));
            let by: BTreeSet<&ResourceId> =
                own.chain(lists.get(&nic.id).into_iter().flatten().copied()).collect();
            by.into_iter().for_each(|id| held.entry(id).or_default().push(nic));
        }
        for id in ids {
            let nics = held.remove(id).unwrap_or_default();
            let there: BTreeSet<&ResourceId> = nics.iter().map(|nic| &nic.id).collect();
            for missing in listed.remove(id).unwrap_or_default().difference(&there) {
                found.notes.insert(format!("{} of {} is not on file", missing.name(), id.name()));
            }
            nics.iter().for_each(|nic| doubted(nic, found));
            found.add(EndKind::Machine, &id.0, nics.iter().flat_map(|nic| addresses(nic)));
        }
        // Those that only rows of logs name.
        let known: BTreeSet<Address> = self.network.nics.iter().flat_map(addresses).collect();
        let carried = self
            .naming
            .machines()
            .filter(|(address, name)| !known.contains(address) && name.eq_ignore_ascii_case(text));
        for (address, name) in carried {
            found.add(EndKind::Machine, name, std::iter::once(address));
        }
    }

    fn nics(&self, text: &str, found: &mut Found) {
        for nic in self.network.nics.iter().filter(|nic| is(&nic.id, &nic.name, text)) {
            doubted(nic, found);
            found.add(EndKind::Nic, &nic.id.0, addresses(nic));
        }
    }

    /// The numbers of the described subnets that are called so.
    fn numbers(&self, text: &str) -> impl Iterator<Item = u32> {
        let called = (0..).zip(self.naming.subnets()).filter(move |(_, subnet)| {
            let long = format!("{}/{}", subnet.network, subnet.id.name());
            is(&subnet.id, subnet.id.name(), text)
                || subnet.shown.eq_ignore_ascii_case(text)
                || long.eq_ignore_ascii_case(text)
        });
        called.map(|(number, _)| number)
    }

    fn prefixes_of(&self, text: &str) -> Vec<String> {
        let ids: BTreeSet<&ResourceId> =
            self.numbers(text).filter_map(|at| Some(&self.naming.subnets().get(at as usize)?.id)).collect();
        let subnets = self.network.networks.iter().flat_map(|one| &one.subnets);
        let called = subnets.filter(|subnet| ids.contains(&subnet.id));
        called.flat_map(|subnet| subnet.prefixes.iter().map(Prefix::to_string)).collect()
    }

    fn subnets(&self, text: &str, found: &mut Found) {
        // Many subnets may be called so: addresses are looked at once, not once for each of them.
        let numbers: BTreeSet<u32> = self.numbers(text).collect();
        let mut in_them: BTreeMap<u32, Vec<Address>> = BTreeMap::new();
        let mut note = |number: u32, address: Address| {
            if numbers.contains(&number) {
                in_them.entry(number).or_default().push(address);
            }
        };
        let mut ids: BTreeMap<&ResourceId, Vec<u32>> = BTreeMap::new();
        for number in &numbers {
            if let Some(subnet) = self.naming.subnets().get(*number as usize) {
                ids.entry(&subnet.id).or_default().push(*number);
            }
        }
        for held in self.network.nics.iter().flat_map(|nic| &nic.addresses) {
            match (&held.subnet, self.naming.place(held.address)) {
                (Some(id), _) => {
                    ids.get(id).into_iter().flatten().for_each(|number| note(*number, held.address))
                }
                (None, Some(Place::In(number))) => note(number, held.address),
                _ => {}
            }
        }
        // Of an address that may be in several subnets, each of them is meant: the decision then says what it depends on.
        for (address, of) in self.seen.iter().zip(&self.subnets.subnet_of) {
            let Some(of) = self.subnets.subnets.get(*of as usize) else { continue };
            of.named.into_iter().for_each(|number| note(number, *address));
            if of.kind == SubnetKind::Clash
                && let Some(Place::OneOf(all)) = self.naming.place(*address)
            {
                all.iter().for_each(|number| note(*number, *address));
            }
        }
        for number in numbers {
            let Some(subnet) = self.naming.subnets().get(number as usize) else { continue };
            let all = in_them.remove(&number).unwrap_or_default();
            found.add(EndKind::Subnet, &subnet.id.0, all.into_iter());
            found.notes.insert(format!(
                "of {} only addresses that are on file or were seen are asked for",
                subnet.shown
            ));
        }
        let without_file = |kind| {
            matches!(kind, SubnetKind::Carried | SubnetKind::InferredPrivate | SubnetKind::InferredLocal)
        };
        let mut called: BTreeMap<u32, Vec<Address>> = (0..)
            .zip(&self.subnets.subnets)
            .filter(|(_, subnet)| subnet.name.eq_ignore_ascii_case(text) && without_file(subnet.kind))
            .map(|(at, _)| (at, Vec::new()))
            .collect();
        if !called.is_empty() {
            for (address, of) in self.seen.iter().zip(&self.subnets.subnet_of) {
                called.entry(*of).and_modify(|here| here.push(*address));
            }
        }
        for (at, here) in called {
            let Some(subnet) = self.subnets.subnets.get(at as usize) else { continue };
            found.add(EndKind::Subnet, &subnet.name, here.into_iter());
            found.notes.insert(format!("of {} only addresses that were seen are asked for", subnet.name));
        }
    }
}

/// Whether a resource is called so: by its name, or by its id.
fn is(id: &ResourceId, name: &str, text: &str) -> bool {
    name.eq_ignore_ascii_case(text) || id.0.eq_ignore_ascii_case(text.trim_end_matches('/'))
}

fn addresses(nic: &Nic) -> impl Iterator<Item = Address> + '_ {
    nic.addresses.iter().map(|held| held.address)
}

fn doubted(nic: &Nic, found: &mut Found) {
    found.notes.extend(nic.doubt.iter().map(|why| format!("{} may have more addresses: {why}", nic.name)));
}
