//! The network as the page shows it: what descriptions say, with the traffic seen there.

use super::network_parts::{doubts, effective_tags, flow_logs, route_tables};
use super::{Capped, LinkRow, LinkState, NetworkAnswer, NetworkRow, NicRow, PathRow, PeeringRow, SubnetRow};
use crate::topology::{
    Assignment, Connections, HandName, Naming, Path, SubnetKind, Unnamed, findings, missing, network_of,
    path, traffic_findings,
};
use azflow_core::model::SortSmall;
use azflow_core::model::{Network, Peering, Prefix, ResourceId, Tally};
use azflow_core::store::{Bits, Mode, Pick, Store};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// NICs that are sent to the page; the list's total says how many there are.
const NICS: usize = 2_000;

/// Names of addresses and of networks, and how networks are connected.
pub(super) struct Named<'a> {
    pub subnets: &'a Assignment,
    pub naming: &'a Naming,
    pub network: &'a Network,
    pub connections: Connections,
}

impl<'a> Named<'a> {
    pub fn new(subnets: &'a Assignment, naming: &'a Naming, network: &'a Network) -> Self {
        Self { subnets, naming, network, connections: Connections::new(network) }
    }
}

/// What pairs of addresses cross, nearest first: given their numbers, conversations and tally.
pub(super) fn paths(
    named: &Named<'_>,
    pairs: impl Iterator<Item = ((u32, u32), u64, Tally)>,
) -> Vec<PathRow> {
    let mut crossings = Crossings::new(named);
    let mut out = Path::ALL.map(|path| (path, (0, Tally::default())));
    for (ends, conversations, tally) in pairs {
        if let Some((_, sum)) = out.get_mut(crossings.of(named, ends)) {
            sum.0 += conversations;
            sum.1.add(&tally);
        }
    }
    let out = out.into_iter().filter(|(_, (conversations, _))| *conversations > 0);
    out.map(|(path, (conversations, tally))| PathRow { path, conversations, tally }).collect()
}

/// What lies between the subnets of two addresses: found once, and kept in a table where there are few subnets.
struct Crossings {
    width: usize,
    table: Vec<u8>,
    more: HashMap<(u32, u32), u8>,
}

impl Crossings {
    fn new(named: &Named<'_>) -> Self {
        let width = Some(named.subnets.subnets.len()).filter(|width| *width <= 1024).unwrap_or_default();
        Self { width, table: vec![u8::MAX; width * width], more: HashMap::new() }
    }

    /// The place of the path in [`Path::ALL`].
    fn of(&mut self, named: &Named<'_>, (src, dst): (u32, u32)) -> usize {
        let [from, to] =
            [src, dst].map(|a| named.subnets.subnet_of.get(a as usize).copied().unwrap_or_default());
        let known = if (to as usize) < self.width {
            self.table.get_mut(from as usize * self.width + to as usize)
        } else {
            None
        };
        let known = known.unwrap_or_else(|| self.more.entry((from, to)).or_insert(u8::MAX));
        if *known == u8::MAX {
            let found = between(named, from, to);
            *known = Path::ALL.iter().position(|path| *path == found).unwrap_or_default() as u8;
        }
        usize::from(*known)
    }
}

/// The conversations that cross one of these.
pub(super) fn crossing(named: &Named<'_>, store: &Store, wanted: &[Path]) -> Bits {
    let mut crossings = Crossings::new(named);
    let wanted = Path::ALL.map(|path| wanted.contains(&path));
    let columns = store.columns();
    let mut out = Bits::none(columns.conversations());
    for number in 0..columns.conversations() {
        let of = columns.conversation(number);
        if wanted[crossings.of(named, (of.src, of.dst))] {
            out.set(number);
        }
    }
    out
}

/// What lies between two subnets, by their numbers.
pub(super) fn between(named: &Named<'_>, from: u32, to: u32) -> Path {
    let subnet = |at: u32| named.subnets.subnets.get(at as usize);
    match (subnet(from), subnet(to)) {
        (Some(a), Some(b)) => path(a, b, from == to, named.naming, &named.connections),
        _ => Path::UnmappedPrivate,
    }
}

/// Puts it together.
pub(super) fn network_answer(
    store: &mut Store,
    named: &Named<'_>,
    by_hand: &[HandName],
    mode: Mode,
    pick: Option<&Pick>,
) -> NetworkAnswer {
    store.count(mode);
    let (network, naming) = (named.network, named.naming);
    let conversations = |(index, tally): (usize, &Tally)| {
        let conversation = store.columns().conversation(index);
        ((conversation.src, conversation.dst), 1, *tally)
    };
    let paths = paths(named, store.tallies(mode, pick).map(conversations));
    // What is wrong or missing is so whatever is looked at.
    let all = traffic(store, named, mode, None);
    let mut found = findings(network, naming);
    found.extend(traffic_findings(all.keys().copied(), &named.connections, naming));
    let traffic = if pick.is_some() { traffic(store, named, mode, pick) } else { all };
    let by_mac = store.by_mac(None);
    let unnamed = unnamed(store, named.subnets, network, &by_mac);
    let (networks, numbers) = networks(named);
    let peerings = peerings(network, &numbers);
    NetworkAnswer {
        links: links(network, &peerings, &traffic),
        networks,
        subnets: subnets(named, by_hand),
        peerings,
        findings: found,
        nics: nics(named, if pick.is_some() { store.by_mac(pick) } else { by_mac }),
        missing: missing(network, &unnamed),
        route_tables: route_tables(named),
        flow_logs: flow_logs(network),
        effective_tags: effective_tags(network),
        doubts: doubts(network),
        groups: network.nsgs.len() as u32,
        tags: network.tags.len() as u32,
        paths,
    }
}

/// Traffic between different networks, the lower number first.
fn traffic(store: &Store, named: &Named<'_>, mode: Mode, pick: Option<&Pick>) -> BTreeMap<(u32, u32), Tally> {
    let network: Vec<Option<u32>> =
        named.subnets.subnets.iter().map(|subnet| network_of(subnet, named.naming)).collect();
    let of = |address: u32| *network.get(*named.subnets.subnet_of.get(address as usize)? as usize)?;
    let mut out: BTreeMap<(u32, u32), Tally> = BTreeMap::new();
    for (index, tally) in store.tallies(mode, pick) {
        let conversation = store.columns().conversation(index);
        if let (Some(a), Some(b)) = (of(conversation.src), of(conversation.dst))
            && a != b
        {
            out.entry((a.min(b), a.max(b))).or_default().add(tally);
        }
    }
    out
}

/// Networks on file, then those that only peerings name; and the place of each.
fn networks<'a>(named: &Named<'a>) -> (Vec<NetworkRow>, BTreeMap<&'a ResourceId, u32>) {
    let texts = |list: &[Prefix]| list.iter().map(Prefix::to_string).collect::<Vec<_>>();
    let mut numbers: BTreeMap<&ResourceId, u32> = BTreeMap::new();
    let mut out = Vec::new();
    let mut seen = vec![0u32; named.network.networks.len()];
    for subnet in &named.subnets.subnets {
        if let Some(count) = network_of(subnet, named.naming).and_then(|n| seen.get_mut(n as usize)) {
            *count += subnet.addresses;
        }
    }
    for ((one, name), addresses) in named.network.networks.iter().zip(named.naming.networks()).zip(seen) {
        numbers.insert(&one.id, out.len() as u32);
        out.push(NetworkRow {
            name: name.clone(),
            on_file: true,
            location: one.location.clone().unwrap_or_default(),
            prefixes: texts(&one.prefixes),
            addresses,
        });
    }
    let mut beyond: BTreeMap<&ResourceId, Vec<Prefix>> = BTreeMap::new();
    for peering in named.network.networks.iter().flat_map(|one| &one.peerings) {
        if !numbers.contains_key(&peering.remote) {
            beyond.entry(&peering.remote).or_default().extend(&peering.remote_prefixes);
        }
    }
    for (id, mut prefixes) in beyond {
        prefixes.sort_small();
        prefixes.dedup();
        numbers.insert(id, out.len() as u32);
        out.push(NetworkRow {
            name: id.name().to_owned(),
            prefixes: texts(&prefixes),
            ..NetworkRow::default()
        });
    }
    (out, numbers)
}

fn subnets(named: &Named<'_>, by_hand: &[HandName]) -> Vec<SubnetRow> {
    let hand = BTreeSet::from_iter(by_hand.iter().map(|name| name.prefix));
    let mut seen: HashMap<u32, u32> = HashMap::new();
    for subnet in &named.subnets.subnets {
        if let Some(number) = subnet.named {
            seen.insert(number, subnet.addresses);
        }
    }
    let described = named.network.networks.iter().flat_map(|one| &one.subnets);
    let rows = described.zip(named.naming.subnets()).zip(0u32..).map(|((subnet, shown), number)| SubnetRow {
        name: shown.shown.clone(),
        own_name: subnet.name.clone(),
        network: Some(shown.number),
        prefixes: subnet.prefixes.iter().map(Prefix::to_string).collect(),
        nsg: name_of(subnet.nsg.as_ref()),
        route_table: name_of(subnet.route_table.as_ref()),
        special: shown.special,
        addresses: seen.get(&number).copied().unwrap_or_default(),
        by_hand: subnet.prefixes.iter().any(|prefix| hand.contains(prefix)),
    });
    // What a name given by hand took its only prefix from is no place any more.
    let rows = rows.filter(|row| !row.prefixes.is_empty());
    let unnamed = named.subnets.subnets.iter().filter(|s| {
        matches!(s.kind, SubnetKind::InferredPrivate | SubnetKind::InferredLocal | SubnetKind::Clash)
    });
    let unnamed = unnamed.map(|s| SubnetRow {
        name: s.name.clone(),
        prefixes: Prefix::parse(&s.name).iter().map(Prefix::to_string).collect(),
        addresses: s.addresses,
        ..SubnetRow::default()
    });
    rows.chain(unnamed).collect()
}

fn name_of(id: Option<&ResourceId>) -> String {
    id.map(ResourceId::name).unwrap_or_default().to_owned()
}

fn peerings(network: &Network, numbers: &BTreeMap<&ResourceId, u32>) -> Vec<PeeringRow> {
    let mut out = Vec::new();
    for (number, one) in network.networks.iter().enumerate() {
        for peering in &one.peerings {
            out.push(PeeringRow {
                name: peering.name.clone(),
                network: number as u32,
                remote: numbers.get(&peering.remote).copied().unwrap_or_default(),
                state: peering.state.clone(),
                sync_level: peering.sync_level.clone(),
                options: [
                    peering.allow_virtual_network_access,
                    peering.allow_forwarded_traffic,
                    peering.allow_gateway_transit,
                    peering.use_remote_gateways,
                ],
            });
        }
    }
    out
}

/// The state of one side.
fn side(row: &PeeringRow) -> LinkState {
    let as_described = Peering { state: row.state.clone(), ..Peering::default() };
    match as_described.is_connected() {
        _ if row.options[0] == Some(false) => LinkState::NoAccess,
        Some(true) => LinkState::Connected,
        Some(false) if row.state.eq_ignore_ascii_case("initiated") => LinkState::Initiated,
        Some(false) => LinkState::Disconnected,
        None => LinkState::Untold,
    }
}

fn links(network: &Network, peerings: &[PeeringRow], traffic: &BTreeMap<(u32, u32), Tally>) -> Vec<LinkRow> {
    let mut out: BTreeMap<(u32, u32), LinkRow> = BTreeMap::new();
    let mut sides: BTreeSet<(u32, u32)> = BTreeSet::new();
    for row in peerings {
        let (a, b) = (row.network.min(row.remote), row.network.max(row.remote));
        let link = out.entry((a, b)).or_insert(LinkRow { a, b, ..LinkRow::default() });
        link.state = link.state.max(side(row));
        link.gateway |= row.options[3] == Some(true);
        sides.insert((row.network, row.remote));
    }
    // Only a network that was described as a whole would show its own side.
    let is_whole = |at: u32| network.networks.get(at as usize).is_some_and(|one| !one.prefixes.is_empty());
    for (here, there) in &sides {
        if let Some(link) = out.get_mut(&(*here.min(there), *here.max(there)))
            && is_whole(*there)
            && !sides.contains(&(*there, *here))
        {
            link.state = link.state.max(LinkState::OneSided);
        }
    }
    for ((a, b), tally) in traffic {
        let none = LinkRow { a: *a, b: *b, state: LinkState::NoPeering, ..LinkRow::default() };
        out.entry((*a, *b)).or_insert(none).tally = *tally;
    }
    out.into_values().collect()
}

fn nics(named: &Named<'_>, mut by_mac: BTreeMap<String, Tally>) -> Capped<NicRow> {
    let numbers: HashMap<&ResourceId, (&str, Option<&ResourceId>)> = named
        .network
        .networks
        .iter()
        .flat_map(|one| &one.subnets)
        .zip(named.naming.subnets())
        .map(|(subnet, shown)| (&shown.id, (shown.shown.as_str(), subnet.nsg.as_ref())))
        .collect();
    let sizes: HashMap<&ResourceId, &str> =
        named.network.machines.iter().filter_map(|m| Some((&m.id, m.size.as_deref()?))).collect();
    let described = |nic: &azflow_core::model::Nic| {
        let subnet = nic.addresses.iter().find_map(|a| numbers.get(a.subnet.as_ref()?)).copied();
        let tally = nic.mac.as_ref().and_then(|mac| by_mac.remove(mac)).unwrap_or_default();
        NicRow {
            id: nic.id.0.clone(),
            name: nic.name.clone(),
            machine: name_of(nic.machine.as_ref()),
            size: nic.machine.as_ref().and_then(|m| sizes.get(m)).copied().unwrap_or_default().to_owned(),
            mac: nic.mac.clone().unwrap_or_default(),
            addresses: nic.addresses.iter().map(|a| a.address.to_string()).collect(),
            subnet: subnet.map(|(name, _)| name.to_owned()).unwrap_or_default(),
            nsg: name_of(nic.nsg.as_ref()),
            subnet_nsg: name_of(subnet.and_then(|(_, nsg)| nsg)),
            accelerated: nic.accelerated_networking,
            forwards: nic.ip_forwarding,
            tally,
        }
    };
    let mut rows: Vec<NicRow> = named.network.nics.iter().map(described).collect();
    let logged = by_mac.into_iter().filter(|(mac, _)| !mac.is_empty());
    rows.extend(logged.map(|(mac, tally)| {
        let name = named.naming.machine_of_nic(&mac).unwrap_or_default().to_owned();
        NicRow { name, mac, tally, ..NicRow::default() }
    }));
    rows.sort_small_by(|a, b| {
        let size = |row: &NicRow| Reverse((row.tally.counters.bytes(), row.tally.attempts()));
        (size(a), &a.machine, &a.name, &a.mac, &a.id).cmp(&(size(b), &b.machine, &b.name, &b.mac, &b.id))
    });
    let total = rows.len() as u32;
    rows.truncate(NICS);
    Capped { rows, total }
}

/// What the traffic has and the descriptions have not.
fn unnamed(
    store: &Store,
    subnets: &Assignment,
    network: &Network,
    by_mac: &BTreeMap<String, Tally>,
) -> Unnamed {
    let count = |kind: SubnetKind| {
        subnets.subnets.iter().filter(|s| s.kind == kind).map(|s| u64::from(s.addresses)).sum::<u64>()
    };
    let known = BTreeSet::from_iter(network.nics.iter().filter_map(|n| n.mac.as_deref()));
    let is_mac = |mac: &str| mac.len() == 12 && mac.bytes().all(|b| b.is_ascii_hexdigit());
    let on_file = BTreeSet::from_iter(network.nsgs.iter().map(|n| &n.id));
    let logged = store.acls().into_iter().map(|acl| ResourceId(acl.to_owned()));
    let nsgs = BTreeSet::from_iter(
        logged.filter(|id| id.segment("networkSecurityGroups").is_some() && !on_file.contains(id)),
    );
    Unnamed {
        private_addresses: count(SubnetKind::InferredPrivate) + count(SubnetKind::InferredLocal),
        public_addresses: count(SubnetKind::Internet),
        macs: BTreeSet::from_iter(
            by_mac.keys().filter(|m| is_mac(m) && !known.contains(m.as_str())).cloned(),
        ),
        subscriptions: BTreeSet::from_iter(
            nsgs.iter().filter_map(|id| id.segment("subscriptions")).map(str::to_owned),
        ),
        nsgs,
    }
}
