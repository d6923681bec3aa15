//! Several descriptions made one, and what they contradict each other in.
//!
//! Files come in a fixed order, by name and then by content, never in that of their arrival. Where two say something
//! different of one resource, the last one counts, and both are told of it. Lists that a file gives whole, like a
//! network's subnets, are put together: what is only in some of the files is told of, too.

use super::claims::{Claim, Claims, Field, Key, List, Rule};
use super::effective;
use super::growing::{Growing, folded};
use super::join::{FullIds, full_ids, join, meant};
use super::lists::{Lists, MOST_FILES, MOST_MEMBERS, SomeFiles};
use super::merge;
use crate::rules::named;
use azflow_core::model::{Address, Network, Prefix};
use std::collections::{BTreeMap, BTreeSet};

/// Claims of one field that are compared each with each.
const MOST_COMPARED: usize = 300;
/// Characters of a value that a sentence shows.
const MOST_SHOWN: usize = 160;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Combined {
    /// What the files say together.
    pub network: Network,
    /// Sentences about what each file contradicts others in, by the file's place.
    pub contradictions: Vec<BTreeSet<String>>,
}

/// Makes one of descriptions with their files' names, each different, in the order in which they count.
pub fn combine(files: &[(String, Network)]) -> Combined {
    let mut out = Combined { contradictions: vec![BTreeSet::new(); files.len()], ..Combined::default() };
    let mut growing = Growing::default();
    for (_, network) in files {
        growing.next();
        merge::add(&mut growing, network.clone());
    }
    out.network = growing.finish();
    let mut told = Told { files, contradictions: &mut out.contradictions };
    if files.len() > 1 {
        let mut claims = Claims::default();
        files.iter().enumerate().for_each(|(file, (_, network))| claims.add(file, network));
        claims.compare_groups();
        claims.fields.iter().for_each(|(key, field)| told.field(key, field));
        claims.lists.iter().for_each(|((kind, _, field), list)| told.list(kind, field, list));
    }
    effective::make_tags(&mut out.network);
    // What one file alone says has no other holder.
    let holders = (files.len() > 1).then(|| Holders::of(files, &out.network));
    join(&mut out.network);
    if let Some(holders) = holders {
        holders.settle(&mut out.network, &mut told);
    }
    out
}

/// Tells files of contradictions.
struct Told<'a> {
    files: &'a [(String, Network)],
    contradictions: &'a mut [BTreeSet<String>],
}

impl Told<'_> {
    fn tell(&mut self, file: usize, sentence: String) {
        if let Some(told) = self.contradictions.get_mut(file) {
            told.insert(sentence);
        }
    }

    fn name(&self, file: usize) -> &str {
        self.files.get(file).map(|(name, _)| name.as_str()).unwrap_or_default()
    }

    /// Names some files.
    fn names(&self, files: &SomeFiles) -> String {
        let named: Vec<&str> = files.first.iter().map(|file| self.name(*file)).collect();
        match files.count.saturating_sub(MOST_FILES) {
            0 => named.join(", "),
            more => format!("{} and {more} more files", named.join(", ")),
        }
    }

    /// A field of which several files say something.
    fn field(&mut self, (rule, kind, _, what): &Key, field: &Field) {
        let Some(last) = field.claims.last() else { return };
        let about = format!("{kind} {}: {what}", field.name);
        match rule {
            Rule::All => self.all_count(&about, &field.claims),
            Rule::Last => {
                // What a file says twice it says as it says it last.
                let by_file: BTreeMap<usize, &Claim> =
                    field.claims.iter().map(|claim| (claim.file, claim)).collect();
                self.last_counts(&about, last, by_file.into_values().filter(|c| c.exact != last.exact));
            }
        }
    }

    /// Tells that the last claim counts, not the others.
    fn last_counts<'c>(&mut self, about: &str, last: &Claim, others: impl Iterator<Item = &'c Claim>) {
        let mut against: BTreeSet<usize> = BTreeSet::new();
        let mut other = None;
        for claim in others {
            let counts = format!("{} counts, which says: {}", self.name(last.file), cut(&last.shown));
            self.tell(claim.file, format!("{about} is here: {}; {counts}", cut(&claim.shown)));
            against.insert(claim.file);
            other = Some(claim);
        }
        if let Some(other) = other {
            let (names, shown) = (self.names(&against.into_iter().collect()), cut(&last.shown));
            let sentence =
                format!("{about} is here, which counts: {shown}; not so {names}: {}", cut(&other.shown));
            self.tell(last.file, sentence);
        }
    }

    /// Tells that claims which differ all count.
    fn all_count(&mut self, about: &str, claims: &[Claim]) {
        if claims.len() > MOST_COMPARED {
            return self.many_count(about, claims);
        }
        for claim in claims {
            let differing = claims.iter().filter(|c| c.exact != claim.exact && c.file != claim.file);
            let Some(other) = differing.clone().next() else { continue };
            let files: BTreeSet<usize> = differing.map(|c| c.file).collect();
            let names = self.names(&files.into_iter().collect());
            let (here, there) = (cut(&claim.shown), cut(&other.shown));
            self.tell(claim.file, format!("{about} is here: {here}; all count, not so {names}: {there}"));
        }
    }

    /// The same where claims are too many to compare each with each.
    fn many_count(&mut self, about: &str, claims: &[Claim]) {
        let Some(first) = claims.first() else { return };
        let Some(second) = claims.iter().find(|claim| claim.exact != first.exact) else { return };
        for claim in claims {
            let other = if claim.exact == first.exact { second } else { first };
            let (here, there) = (cut(&claim.shown), cut(&other.shown));
            let sentence =
                format!("{about} is here: {here}; all count, not so others of many files: {there}");
            self.tell(claim.file, sentence);
        }
    }

    /// A list that several files give whole.
    fn list(&mut self, kind: &str, what: &str, list: &List) {
        // Most lists are the same in all files, and files can be many.
        if list.members.windows(2).all(|two| two[0].1.keys().eq(two[1].1.keys())) {
            return;
        }
        let lists = Lists::of(list);
        let others = format!("one or more of {} other files", list.members.len() - 1);
        for (at, (file, members)) in list.members.iter().enumerate() {
            let only_here: Vec<&str> = members
                .iter()
                .filter(|(key, _)| lists.is_lacked(key))
                .map(|(_, name)| name.as_str())
                .collect();
            if !only_here.is_empty() {
                let names = lists.lacking(at).map_or_else(|| others.clone(), |files| self.names(files));
                let about = format!("{kind} {}: {what} that {names} has not, and which count", list.name);
                self.tell(*file, format!("{about}: {}", named(&only_here, MOST_MEMBERS)));
            }
            if let Some(absent) = lists.absent(at) {
                let names = lists.having(at).map_or_else(|| others.clone(), |files| self.names(files));
                let about = format!("{kind} {}: {what} not here, which count as {names} has them", list.name);
                self.tell(*file, format!("{about}: {absent}"));
            }
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// What only one resource can have: a prefix of a network, an address of a subnet, a MAC address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    /// A prefix of the network with this id.
    Prefix(String, Prefix),
    /// An address of the subnet with this id.
    Address(String, Address),
    /// A MAC address.
    Mac(String),
}

/// Who has what, with the last file that says so, by name or id in lower case.
#[derive(Debug, Default)]
struct Holders {
    of: BTreeMap<Thing, BTreeMap<String, Claim>>,
    full: FullIds,
}

impl Holders {
    /// Gathers it; `merged` is what the files say together, before bare names are joined.
    fn of(files: &[(String, Network)], merged: &Network) -> Self {
        let mut out = Self { full: full_ids(merged), ..Self::default() };
        for (file, (_, network)) in files.iter().enumerate() {
            for one in &network.networks {
                let id = out.network_id(one);
                for subnet in &one.subnets {
                    let holder = (subnet.name.to_ascii_lowercase(), subnet.name.as_str());
                    for prefix in &subnet.prefixes {
                        out.hold(Thing::Prefix(id.clone(), *prefix), holder.clone(), file);
                    }
                }
            }
            for nic in &network.nics {
                let holder = (folded(&nic.id), nic.id.name());
                for address in &nic.addresses {
                    if let Some(subnet) = &address.subnet {
                        out.hold(Thing::Address(folded(subnet), address.address), holder.clone(), file);
                    }
                }
                if let Some(mac) = &nic.mac {
                    out.hold(Thing::Mac(mac.clone()), holder.clone(), file);
                }
            }
        }
        out
    }

    fn network_id(&self, one: &azflow_core::model::VirtualNetwork) -> String {
        folded(meant(one, &self.full).unwrap_or(&one.id))
    }

    fn hold(&mut self, thing: Thing, (key, shown): (String, &str), file: usize) {
        let claim = Claim { file, exact: 0, shown: shown.to_owned() };
        self.of.entry(thing).or_default().insert(key, claim);
    }

    /// Leaves each thing to the resources that the last file gives it to, and tells of the others.
    fn settle(mut self, network: &mut Network, told: &mut Told<'_>) {
        self.keep_current(network);
        let last = |(thing, holders): (_, &BTreeMap<String, Claim>)| {
            (thing, holders.values().map(|claim| claim.file).max())
        };
        let last: BTreeMap<&Thing, Option<usize>> = self.of.iter().map(last).collect();
        // Whether a holder's claim is of an earlier file than another's.
        let is_outdone = |thing: &Thing, holder: &str| {
            let claim = self.of.get(thing).and_then(|holders| holders.get(holder));
            claim.is_some_and(|claim| last.get(thing).is_some_and(|last| Some(claim.file) < *last))
        };
        for one in &mut network.networks {
            let id = folded(&one.id);
            for subnet in &mut one.subnets {
                let name = subnet.name.to_ascii_lowercase();
                subnet.prefixes.retain(|prefix| !is_outdone(&Thing::Prefix(id.clone(), *prefix), &name));
            }
        }
        for nic in &mut network.nics {
            let id = folded(&nic.id);
            nic.addresses.retain(|a| {
                let Some(subnet) = &a.subnet else { return true };
                !is_outdone(&Thing::Address(folded(subnet), a.address), &id)
            });
            if nic.mac.as_ref().is_some_and(|mac| is_outdone(&Thing::Mac(mac.clone()), &id)) {
                nic.mac = None;
            }
        }
        for (thing, holders) in &self.of {
            let Some(last) = holders.values().max_by_key(|claim| claim.file) else { continue };
            let about = match thing {
                Thing::Prefix(id, prefix) => {
                    let name = id.rsplit('/').next().unwrap_or_default();
                    format!("virtual network {name}: the subnet of {prefix}")
                }
                Thing::Address(id, address) => {
                    let name = id.rsplit('/').next().unwrap_or_default();
                    format!("subnet {name}: the NIC of {address}")
                }
                Thing::Mac(mac) => format!("the NIC of MAC address {mac}"),
            };
            told.last_counts(&about, last, holders.values().filter(|claim| claim.file < last.file));
        }
    }

    /// Forgets those that by what a later file says of themselves have a thing no more.
    fn keep_current(&mut self, network: &Network) {
        let mut current: BTreeSet<(Thing, String)> = BTreeSet::new();
        for one in &network.networks {
            for subnet in &one.subnets {
                for prefix in &subnet.prefixes {
                    let thing = Thing::Prefix(folded(&one.id), *prefix);
                    current.insert((thing, subnet.name.to_ascii_lowercase()));
                }
            }
        }
        for nic in &network.nics {
            let id = folded(&nic.id);
            for address in &nic.addresses {
                if let Some(subnet) = &address.subnet {
                    current.insert((Thing::Address(folded(subnet), address.address), id.clone()));
                }
            }
            if let Some(mac) = &nic.mac {
                current.insert((Thing::Mac(mac.clone()), id.clone()));
            }
        }
        for (thing, holders) in &mut self.of {
            holders.retain(|holder, _| current.contains(&(thing.clone(), holder.clone())));
        }
    }
}
