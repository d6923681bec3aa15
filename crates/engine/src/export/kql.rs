//! Queries that compute azflow's flow records where the data is, for estates that outgrow a tab.
//!
//! Every query returns the columns that azflow's reader of tables knows, so that its result, exported as
//! CSV, reads back as the same flow records. Long windows are split by day to stay under the portal's limit
//! of rows. Text goes into a query as a quoted literal, never as a part of it.

use super::known::Known;
use super::origin::{Origin, Parts};
use super::restrict::restrict;
use crate::filter::{Filter, in_hours};
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Network, Prefix, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A comment of one line, whatever the text is.
pub fn comment(text: &str) -> String {
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    format!("// {}\n", text.replace(ends_line, " "))
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Queries, and what they leave to the page.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Queries {
    /// What each is about, and its text.
    pub queries: Vec<(String, String)>,
    /// Conditions of the filter that a query can't say: what comes back is filtered by them in the page.
    pub unsaid: Vec<String>,
    /// The filter with its times in whole hours, where it was finer than the rows that are asked for. What comes back
    /// is to be filtered by this one: the finer one would lose rows that began before its time.
    pub in_hours: Option<String>,
}

/// One query a day from `start` up to `end`, each with its heading. With a description of the network the
/// rows carry the names of its subnets.
pub fn kql(
    origin: Origin,
    (start, end): (UnixMillis, UnixMillis),
    known: &Known<'_>,
    filter: &Filter,
) -> Queries {
    let hourly = if origin.is_table() { in_hours(filter) } else { filter.clone() };
    let changed = (hourly != *filter).then(|| hourly.to_string());
    let (first, last) = if origin.is_table() { whole_hours(start, end) } else { (start, end) };
    let said = restrict(&hourly, origin, known);

    let conditions: String = said.conditions.iter().map(|one| format!("| where {one}\n")).collect();
    let Parts { rows, sums, names: own } = origin.parts();
    let (table, rows, lookup) = match (names(known.network), own) {
        (None, _) => (String::new(), rows.to_owned(), String::new()),
        // The names loaded here take the place of those in the data.
        (Some(Names { table, lookup }), Some(own)) => (table, rows.replace(own, ""), lookup),
        (Some(Names { table, lookup }), None) => (table, rows.to_owned(), lookup),
    };
    // Tuples are chosen before they are added up, so that a time finer than a row keeps just its own tuples. Rows of
    // a table are chosen behind it, where they have all their names and sums.
    let query = match sums {
        Some(sums) => format!("{table}{rows}{conditions}{sums}{lookup}"),
        None => format!("{table}{rows}{lookup}{conditions}"),
    };
    // The reader marks what comes back by this.
    let query = format!("{query}| extend AzflowQuery = {}\n", quoted(origin.mark()));

    let mut notes = String::new();
    if changed.is_some() || (first, last) != (start, end) {
        notes.push_str(&comment(
            "A row of this table adds up an hour or ten minutes: times are whole hours here.",
        ));
    }
    if (first, last) != (start, end) {
        let [asked, became] =
            [(start, end), (first, last)].map(|(a, b)| format!("{} – {}", a.to_iso(), b.to_iso()));
        notes.push_str(&comment(&format!("Instead of {asked}: {became}.")));
    }
    if let Some(hourly) = &changed {
        notes.push_str(&comment(&format!("Instead of the filter: {filter}")));
        notes.push_str(&comment(&format!("Filter what comes back by: {hourly}")));
    }
    // A row of tuples may be an hour long, unless its time is still to be looked at when it is back.
    let step = match (sums, said.needs_minutes) {
        (None, _) => "",
        (Some(_), false) => "let step = 1h;\n",
        (Some(_), true) => "let step = 1m;\n",
    };
    let mut queries = Vec::new();
    let mut from = first.0;
    while from < last.0 {
        let to = ((from.div_euclid(DAY) + 1) * DAY).min(last.0);
        let (first, last) = (UnixMillis(from).to_iso(), UnixMillis(to).to_iso());
        let head = format!("{notes}let start = datetime({first});\nlet end = datetime({last});\n{step}");
        queries.push((format!("{first} – {last}"), format!("{head}{query}")));
        from = to;
    }
    Queries { queries, unsaid: said.left, in_hours: changed }
}

/// The whole hours that a window touches.
pub(super) fn whole_hours(start: UnixMillis, end: UnixMillis) -> (UnixMillis, UnixMillis) {
    let before = |time: i64| time.div_euclid(HOUR) * HOUR;
    (UnixMillis(before(start.0)), UnixMillis(before(end.0.saturating_add(HOUR - 1))))
}

/// Names of prefixes, and the lookup of both sides by them.
struct Names {
    /// What stands before the query: the IPv4 prefixes as a table.
    table: String,
    /// What stands behind it.
    lookup: String,
}

/// The names that a description gives; `None` without any. IPv4 is looked up in a table, which is a join: an address
/// in two of its prefixes would make two rows of one and count twice. So prefixes in one another are cases, the longest
/// first, as is IPv6, for which Log Analytics has no lookup. A prefix of several subnets has no name.
fn names(network: &Network) -> Option<Names> {
    let mut named: BTreeMap<Prefix, BTreeSet<String>> = BTreeMap::new();
    for one in &network.networks {
        for subnet in &one.subnets {
            let name = format!("{}/{}", one.name, subnet.name);
            for prefix in &subnet.prefixes {
                named.entry(*prefix).or_default().insert(name.clone());
            }
        }
    }
    let all: Vec<(Prefix, String)> = named
        .into_iter()
        .map(|(prefix, names)| match names.first() {
            Some(name) if names.len() == 1 => (prefix, quoted(name)),
            _ => (prefix, quoted("")),
        })
        .collect();
    if all.iter().all(|(_, name)| name == "\"\"") {
        return None;
    }
    let (mut rows, mut cases) = (Vec::new(), Vec::new());
    // By their first address and the widest before what is in it, each prefix overlaps a neighbour or none.
    let mut reach: Option<Address> = None;
    for (at, (prefix, name)) in all.iter().enumerate() {
        let is_inside = reach.is_some_and(|reach| prefix.first() <= reach);
        let has_inside = all.get(at + 1).is_some_and(|(next, _)| next.first() <= prefix.last());
        reach = reach.max(Some(prefix.last()));
        let text = quoted(&prefix.to_string());
        match prefix.first().v4() {
            Some(_) if !is_inside && !has_inside => rows.push(format!("    {text}, {name}")),
            Some(_) => cases.push((std::cmp::Reverse(prefix.length()), "ipv4", text, name)),
            None => cases.push((std::cmp::Reverse(prefix.length()), "ipv6", text, name)),
        }
    }
    cases.sort_small();
    let mut out = Names { table: String::new(), lookup: String::new() };
    if !rows.is_empty() {
        out.table =
            format!("let subnets = datatable(Prefix: string, Subnet: string) [\n{}\n];\n", rows.join(",\n"));
        out.lookup.push_str(NAMED);
    }
    if !cases.is_empty() {
        for (side, address) in [("SrcSubnet", "SrcIp"), ("DestSubnet", "DestIp")] {
            let known = if rows.is_empty() { String::new() } else { format!("isnotempty({side}), {side},") };
            out.lookup.push_str(&format!("| extend {side} = case({known}\n"));
            for (_, family, prefix, name) in &cases {
                out.lookup.push_str(&format!("    {family}_is_in_range({address}, {prefix}), {name},\n"));
            }
            out.lookup.push_str("    \"\")\n");
        }
    }
    Some(out)
}

/// Looks both sides up among named prefixes.
const NAMED: &str = "\
| evaluate ipv4_lookup(subnets, SrcIp, Prefix, return_unmatched = true)
| project-rename SrcSubnet = Subnet
| project-away Prefix
| evaluate ipv4_lookup(subnets, DestIp, Prefix, return_unmatched = true)
| project-rename DestSubnet = Subnet
| project-away Prefix
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;
    use crate::topology::read_network;

    #[test]
    fn a_window_is_split_by_day() {
        let at = |text: &str| UnixMillis::from_iso(text).unwrap();
        let queries = kql(
            Origin::Nta,
            (at("2026-10-01T06:00:00Z"), at("2026-10-03T00:00:00Z")),
            &Known::of(&Network::default()),
            &Filter::Everything,
        )
        .queries;
        assert_eq!(queries.len(), 2);
        assert!(queries[0].1.contains("datetime(2026-10-02T00:00:00.000Z)"));
    }

    /// The only query over a day of a filter.
    fn of(origin: Origin, filter: &str) -> (String, Queries) {
        let network = Network::default();
        let day = (UnixMillis(0), UnixMillis(DAY));
        let written = kql(origin, day, &Known::of(&network), &parse(filter).unwrap());
        assert_eq!(written.queries.len(), 1);
        (written.queries[0].1.clone(), written)
    }

    #[test]
    fn tuples_are_chosen_before_they_are_added_up() {
        for origin in [Origin::Blobs, Origin::NsgBlobs] {
            let (query, written) = of(origin, "time:1970-01-01T10:04..1970-01-01T10:05 -logged:denied");
            let (before, behind) = query.rsplit_once("| summarize").unwrap();
            assert!(before.contains("FlowStartTime >= datetime(1970-01-01T10:04:00.000Z)"), "{before}");
            assert!(before.contains("| where not(FlowStatus == \"D\")"), "{before}");
            assert!(!behind.contains("| where"), "{behind}");
            assert_eq!((written.unsaid.len(), written.in_hours), (0, None));
        }
    }

    #[test]
    fn rows_are_an_hour_unless_a_finer_time_is_still_to_be_looked_at() {
        for (filter, step) in [
            ("", "1h"),
            ("time:1970-01-01T10:04 bytes>1mb", "1h"),
            ("(time:1970-01-01T10:00..1970-01-01T12:00 or noise:scan)", "1h"),
            ("(time:1970-01-01T10:04 or port:443)", "1h"),
            ("(time:1970-01-01T10:04 or noise:scan)", "1m"),
            ("(time:1970-01-01T10:04 or path:internet)", "1m"),
        ] {
            let query = of(Origin::Blobs, filter).0;
            assert!(query.contains(&format!("let step = {step};\n")), "{filter}");
        }
    }

    #[test]
    fn a_table_is_asked_for_whole_hours_and_the_query_says_so() {
        let filter = "port:443 time:1970-01-01T10:04..1970-01-01T10:06";
        for origin in [Origin::Nta, Origin::Ana] {
            let (query, written) = of(origin, filter);
            let hourly = "port:443 time:1970-01-01T10:00..1970-01-01T11:00";
            assert_eq!(written.in_hours.as_deref(), Some(hourly));
            assert!(query.contains(&format!("// Instead of the filter: {filter}\n")), "{query}");
            assert!(query.contains(&format!("// Filter what comes back by: {hourly}\n")), "{query}");
            assert!(query.contains("FlowIntervalStartTime < datetime(1970-01-01T11:00:00.000Z)"), "{query}");
            assert!(!of(origin, "time:1970-01-01T10").0.contains("// Instead"));
        }
        // So is the window.
        let window = (UnixMillis(HOUR / 2), UnixMillis(HOUR + 1));
        let written = kql(Origin::Nta, window, &Known::of(&Network::default()), &Filter::Everything);
        let query = &written.queries[0].1;
        assert!(query.contains("let start = datetime(1970-01-01T00:00:00.000Z)"), "{query}");
        assert!(query.contains("let end = datetime(1970-01-01T02:00:00.000Z)"), "{query}");
        assert!(query.starts_with("// A row of this table"), "{query}");
        assert_eq!(written.in_hours, None);
    }

    #[test]
    fn no_text_leaves_its_comment() {
        let filter = "rule:\"a\nb\u{2028}| take 1\" time:1970-01-01T10:04";
        let query = of(Origin::Nta, filter).0;
        let comments = query.lines().take_while(|line| line.starts_with("//")).count();
        assert_eq!(comments, 3);
        assert!(query.lines().nth(comments).unwrap().starts_with("let start"), "{query}");
        assert!(
            !query.contains('\u{2028}') || !query[..query.find("let start").unwrap()].contains('\u{2028}')
        );
    }

    #[test]
    fn names_are_literals() {
        let network = read_network(b"10.0.0.0/24,we\\\"b] | take 1,net\n").network;
        let window = (UnixMillis(0), UnixMillis(1));
        let queries = kql(Origin::Ana, window, &Known::of(&network), &Filter::Everything).queries;
        assert!(queries[0].1.contains(r#"\\\"b] | take 1"#), "{}", queries[0].1);
    }
}
