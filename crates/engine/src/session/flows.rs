//! The list of conversations: narrowed, sorted, and handed out in stretches.
//!
//! What a view and a selection leave is listed once and kept, and so is its order: scrolling costs only the
//! rows that are shown. Sorting never compares texts: each column gives a number by which it sorts.

use super::network::{Named, between};
use super::{FlowKey, FlowRow, FlowSort, FlowsAnswer, FlowsFormat, FlowsQuery, FlowsText, Selection, View};
use crate::export::{
    FLOWS_JSON_END, FlowCell, FlowColumn, ListedAs, flows_csv_head, flows_csv_row, flows_file_name,
    flows_json_head, flows_json_row,
};
use crate::filter::{Field, exactly, narrowed};
use crate::topology::Assignment;
use azflow_core::model::{Prefix, Protocol, Tally, UnixMillis, port_of, service_name};
use azflow_core::store::{ConversationRows, Listed, Listing, Pick, Store, sort_by_keys};
use hashbrown::HashMap;

/// Rows in one stretch of a document: some megabytes.
const STRETCH: u32 = 20_000;
/// Rows in one stretch of the page.
const MOST: u32 = 1_000;

/// Gives a row's key, by its place in the listing.
type KeyOf<'a> = Box<dyn Fn(usize, &Listed) -> u64 + 'a>;

/// A list that is kept until another is asked for.
#[derive(Debug)]
pub(super) struct FlowList {
    /// What it was made from.
    made_from: (View, Selection),
    listing: Listing,
    sums: Tally,
    window: Option<(UnixMillis, UnixMillis)>,
    sorted_by: FlowSort,
    /// Places in the listing, in the order asked for.
    order: Vec<u32>,
}

/// Gives the list of a view and a selection in an order, made anew only where it must be.
pub(super) fn listed<'a>(
    kept: &'a mut Option<FlowList>,
    store: &mut Store,
    named: &Named<'_>,
    (axes, pick): (&Assignment, Option<&Pick>),
    query: &FlowsQuery,
) -> &'a FlowList {
    let known = kept.take().filter(|list| {
        let (view, selection) = &list.made_from;
        (view, selection) == (&query.view, &query.selection)
    });
    let mut list = known.unwrap_or_else(|| FlowList::new(store, axes, pick, query));
    if list.sorted_by != query.sort {
        list.sort(store, named, &query.sort);
    }
    kept.insert(list)
}

impl FlowList {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        self.listing.held() + self.order.capacity() * size_of::<u32>()
    }

    fn new(store: &mut Store, axes: &Assignment, pick: Option<&Pick>, query: &FlowsQuery) -> Self {
        let (view, selection) = (query.view.clone(), query.selection.clone());
        store.count(view.mode);
        store.know();
        let index = |name: &Option<String>| {
            name.as_ref().map(|name| axes.subnets.iter().position(|s| s.name == *name).map(|i| i as u32))
        };
        let (src, dst) = (index(&selection.src), index(&selection.dst));
        let fits = |wanted: Option<Option<u32>>, address: u32| {
            wanted.is_none_or(|subnet| {
                subnet.is_some() && subnet == axes.subnet_of.get(address as usize).copied()
            })
        };
        let wanted = |of: &ConversationRows| fits(src, of.src) && fits(dst, of.dst);
        let listing = store.listing(view.mode, pick, &wanted);
        let mut sums = Tally::default();
        listing.rows.iter().for_each(|row| sums.add(&row.tally));
        let window = listing.rows.iter().map(|row| row.first).min();
        let window = window.zip(listing.rows.iter().map(|row| row.last).max());
        let order = (0..listing.rows.len() as u32).collect();
        Self { made_from: (view, selection), listing, sums, window, sorted_by: FlowSort::new(), order }
    }

    /// Sorts by the last column first: each sort keeps the order of what is equal.
    fn sort(&mut self, store: &Store, named: &Named<'_>, by: &FlowSort) {
        self.order = (0..self.listing.rows.len() as u32).collect();
        for (column, falling) in by.iter().rev() {
            let mut keys = self.keys(store, named, *column);
            if *falling {
                keys.iter_mut().for_each(|key| *key = !*key);
            }
            sort_by_keys(&mut self.order, &keys);
        }
        self.sorted_by.clone_from(by);
    }

    /// By place in the listing: a number that sorts as the column does.
    fn keys(&self, store: &Store, named: &Named<'_>, column: FlowColumn) -> Vec<u64> {
        let listing = &self.listing;
        let key: KeyOf<'_> = match column {
            FlowColumn::Last => Box::new(|_, row| row.last.0 as u64),
            FlowColumn::First => Box::new(|_, row| row.first.0 as u64),
            FlowColumn::Direction => Box::new(|_, row| direction(row) as u64),
            FlowColumn::Access => Box::new(|_, row| access(row) as u64),
            FlowColumn::Src | FlowColumn::Dst => Box::new(move |_, row| {
                u64::from(listing.address_ranks[end(column == FlowColumn::Src, row) as usize])
            }),
            FlowColumn::SrcName | FlowColumn::DstName => {
                let name = |address: u32| named.naming.machine(store.address(address));
                let ranks = text_ranks((0..listing.address_ranks.len() as u32).map(name));
                Box::new(move |_, row| ranks[end(column == FlowColumn::SrcName, row) as usize])
            }
            FlowColumn::SrcSubnet | FlowColumn::DstSubnet => {
                let subnets = named.subnets;
                let ranks = subnet_ranks(subnets);
                Box::new(move |_, row| {
                    let address = end(column == FlowColumn::SrcSubnet, row) as usize;
                    subnets.subnet_of.get(address).map_or(0, |subnet| ranks[*subnet as usize])
                })
            }
            FlowColumn::Port => Box::new(|_, row| port_of(row.service).map_or(0, |port| u64::from(port) + 1)),
            FlowColumn::Protocol => {
                let words: Vec<String> = Protocol::all().map(|protocol| protocol.to_string()).collect();
                let ranks = text_ranks(words.iter().map(|word| Some(word.as_str())));
                Box::new(move |_, row| ranks[Protocol::of(row.service).place()])
            }
            FlowColumn::Service => {
                let mut services: HashMap<u32, usize> = HashMap::new();
                let mut names = Vec::new();
                for row in &listing.rows {
                    services.entry(row.service).or_insert_with(|| {
                        names.push(service(row.service));
                        names.len() - 1
                    });
                }
                let ranks = text_ranks(names.into_iter());
                Box::new(move |_, row| services.get(&row.service).map_or(0, |place| ranks[*place]))
            }
            FlowColumn::Rules => Box::new(|_, row| u64::from(row.rules)),
            FlowColumn::Path => {
                let mut known = HashMap::new();
                let paths: Vec<u64> = listing
                    .rows
                    .iter()
                    .map(|row| {
                        let ends = ends(named, row);
                        *known.entry(ends).or_insert_with(|| between(named, ends.0, ends.1) as u64)
                    })
                    .collect();
                Box::new(move |place, _| paths[place])
            }
            FlowColumn::Allowed => Box::new(|_, row| row.tally.allowed_flows),
            FlowColumn::Denied => Box::new(|_, row| row.tally.denied_flows),
            FlowColumn::PacketsThere
            | FlowColumn::PacketsBack
            | FlowColumn::BytesThere
            | FlowColumn::BytesBack => {
                Box::new(move |_, row| counter(row, column).map_or(0, |number| number.saturating_add(1)))
            }
        };
        listing.rows.iter().enumerate().map(|(place, row)| key(place, row)).collect()
    }

    /// The places of a stretch of rows.
    fn stretch(&self, from: u32, count: u32) -> &[u32] {
        let from = self.order.len().min(from as usize);
        let end = self.order.len().min(from.saturating_add(count as usize));
        &self.order[from..end]
    }

    /// A stretch for the page.
    pub fn answer(&self, store: &Store, named: &Named<'_>, query: &FlowsQuery) -> FlowsAnswer {
        let mut marked = Tally::default();
        let (first, end) = query.marked;
        for place in self.stretch(first, end.saturating_sub(first)) {
            marked.add(&self.listing.rows[*place as usize].tally);
        }
        let row = |place: &u32| {
            let row = &self.listing.rows[*place as usize];
            let key =
                FlowKey { src: store.address(row.src), dst: store.address(row.dst), service: row.service };
            let cell = |column: FlowColumn| self.cell(store, named, *place as usize, column);
            FlowRow { key, cells: FlowColumn::ALL.into_iter().map(cell).collect() }
        };
        FlowsAnswer {
            total: self.order.len() as u32,
            sums: self.sums,
            window: self.window,
            marked,
            from: query.from,
            rows: self.stretch(query.from, query.count.min(MOST)).iter().map(row).collect(),
        }
    }

    /// A stretch of the document with these columns.
    pub fn text(
        &self,
        store: &Store,
        named: &Named<'_>,
        query: &FlowsQuery,
        (columns, format): (&[FlowColumn], FlowsFormat),
    ) -> FlowsText {
        let total = self.order.len() as u32;
        let filter = narrowed_to(&query.view, &query.selection);
        let as_listed =
            ListedAs { mode: query.view.mode, filter: &filter, window: self.window, total, sums: self.sums };
        let json = format == FlowsFormat::Json;
        let mut text = match query.from {
            0 if json => flows_json_head(&as_listed),
            0 => flows_csv_head(columns),
            _ => String::new(),
        };
        let rows = self.stretch(query.from, STRETCH);
        for (at, place) in rows.iter().enumerate() {
            let cell = |column: &FlowColumn| self.cell(store, named, *place as usize, *column);
            let cells: Vec<FlowCell> = columns.iter().map(cell).collect();
            if json {
                flows_json_row(columns, &cells, query.from == 0 && at == 0, &mut text);
            } else {
                flows_csv_row(&cells, &as_listed, &mut text);
            }
        }
        let end = query.from.saturating_add(rows.len() as u32);
        let next = (end < total && !rows.is_empty()).then_some(end);
        if json && next.is_none() {
            text.push_str(FLOWS_JSON_END);
        }
        FlowsText { name: flows_file_name(&as_listed, format.names().0), text, next }
    }

    /// What stands in a column.
    fn cell(&self, store: &Store, named: &Named<'_>, place: usize, column: FlowColumn) -> FlowCell {
        let row = &self.listing.rows[place];
        let tally = &row.tally;
        let text = |words: &str| FlowCell::Text(words.to_owned());
        let maybe = |words: Option<&str>| words.map_or(FlowCell::Nothing, text);
        let subnet = |at: u32| maybe(named.subnets.subnets.get(at as usize).map(|s| s.name.as_str()));
        let (from, to) = ends(named, row);
        match column {
            FlowColumn::Last => FlowCell::Time(row.last),
            FlowColumn::First => FlowCell::Time(row.first),
            FlowColumn::Direction => text(match direction(row) {
                Ways::Inbound => "inbound",
                Ways::Outbound => "outbound",
                Ways::Both => "both",
                Ways::Unknown => "unknown",
            }),
            FlowColumn::Access => text(match access(row) {
                Access::Earlier => "begun earlier",
                Access::Allowed => "allowed",
                Access::Denied => "denied",
                Access::Both => "both",
                Access::SupersededAllowed => "allowed (superseded log)",
                Access::SupersededDenied => "denied (superseded log)",
                Access::SupersededBoth => "both (superseded log)",
            }),
            FlowColumn::Src => FlowCell::Text(store.address(row.src).to_string()),
            FlowColumn::SrcName => maybe(named.naming.machine(store.address(row.src))),
            FlowColumn::SrcSubnet => subnet(from),
            FlowColumn::Dst => FlowCell::Text(store.address(row.dst).to_string()),
            FlowColumn::DstName => maybe(named.naming.machine(store.address(row.dst))),
            FlowColumn::DstSubnet => subnet(to),
            FlowColumn::Port => {
                port_of(row.service).map_or(FlowCell::Nothing, |port| FlowCell::Number(u64::from(port)))
            }
            FlowColumn::Protocol => FlowCell::Text(Protocol::of(row.service).to_string()),
            FlowColumn::Service => maybe(service(row.service)),
            FlowColumn::Rules => {
                let set = self.listing.rules.get(row.rules as usize);
                let names = set.into_iter().flatten().map(|rule| store.string(*rule).to_owned());
                FlowCell::List(names.filter(|name| !name.is_empty()).collect())
            }
            FlowColumn::Allowed => FlowCell::Number(tally.allowed_flows),
            FlowColumn::Denied => FlowCell::Number(tally.denied_flows),
            FlowColumn::PacketsThere
            | FlowColumn::PacketsBack
            | FlowColumn::BytesThere
            | FlowColumn::BytesBack => counter(row, column).map_or(FlowCell::Nothing, FlowCell::Number),
            FlowColumn::Path => text(between(named, from, to).as_str()),
        }
    }
}

/// Which way a conversation was logged, in the order in which a list sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ways {
    Inbound,
    Outbound,
    Both,
    /// Nothing on file says it.
    Unknown,
}

fn direction(row: &Listed) -> Ways {
    match row.directions & 3 {
        1 => Ways::Inbound,
        2 => Ways::Outbound,
        3 => Ways::Both,
        _ => Ways::Unknown,
    }
}

/// Whether a conversation was allowed, in the order in which a list sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Nothing new: what there was began before the window.
    Earlier,
    Allowed,
    Denied,
    Both,
    /// The same of what only a log holds that does not count here, since another kind counts at the NIC in that hour.
    SupersededAllowed,
    SupersededDenied,
    SupersededBoth,
}

fn access(row: &Listed) -> Access {
    match (row.tally.allowed_flows > 0, row.tally.denied_flows > 0) {
        (true, false) => Access::Allowed,
        (false, true) => Access::Denied,
        (true, true) => Access::Both,
        (false, false) => match (row.used, row.decisions) {
            (0, 1) => Access::SupersededAllowed,
            (0, 2) => Access::SupersededDenied,
            (0, _) => Access::SupersededBoth,
            (2, _) => Access::Denied,
            _ => Access::Earlier,
        },
    }
}

/// Packets or bytes, unless no log of the conversation has any.
fn counter(row: &Listed, column: FlowColumn) -> Option<u64> {
    let counters = &row.tally.counters;
    row.counts_bytes.then_some(match column {
        FlowColumn::PacketsThere => counters.packets_src_to_dst,
        FlowColumn::PacketsBack => counters.packets_dst_to_src,
        FlowColumn::BytesThere => counters.bytes_src_to_dst,
        _ => counters.bytes_dst_to_src,
    })
}

fn end(source: bool, row: &Listed) -> u32 {
    if source { row.src } else { row.dst }
}

/// The subnets of both ends.
fn ends(named: &Named<'_>, row: &Listed) -> (u32, u32) {
    let subnet = |address: u32| named.subnets.subnet_of.get(address as usize).copied().unwrap_or_default();
    (subnet(row.src), subnet(row.dst))
}

fn service(service: u32) -> Option<&'static str> {
    service_name(Protocol::of(service), port_of(service)?)
}

/// By place: where the text stands among all of them in order; what has none comes first.
fn text_ranks<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Vec<u64> {
    let texts: Vec<Option<&str>> = texts.collect();
    let mut order = std::collections::BTreeMap::new();
    order.extend(texts.iter().map(|text| (*text, 0)));
    for (rank, (_, place)) in order.iter_mut().enumerate() {
        *place = rank as u64;
    }
    texts.iter().map(|text| order.get(text).copied().unwrap_or_default()).collect()
}

/// By number of a subnet: prefixes by address, as they stand on the matrix's axes, then names.
fn subnet_ranks(subnets: &Assignment) -> Vec<u64> {
    let mut order = std::collections::BTreeMap::new();
    for (place, subnet) in subnets.subnets.iter().enumerate() {
        let is_prefix = Prefix::parse(&subnet.name).is_some();
        order.insert(if is_prefix { ("", place) } else { (subnet.name.as_str(), 0) }, place);
    }
    let mut out = vec![0; subnets.subnets.len()];
    for (rank, place) in (0..).zip(order.into_values()) {
        out[place] = rank;
    }
    out
}

/// What a list is narrowed to, in the words of the filter language.
fn narrowed_to(view: &View, selection: &Selection) -> String {
    let ends = [(Field::Src, &selection.src), (Field::Dst, &selection.dst)];
    ends.into_iter().fold(view.filter.clone(), |text, (field, name)| match name {
        Some(name) => narrowed(&text, &exactly(field, name)),
        None => text,
    })
}
