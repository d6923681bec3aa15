//! The page's filter as conditions of a query for Kusto.
//!
//! A query's result is filtered again when it is back in the page, so a condition may let too much pass, but
//! never too little: what can't be said in a query is left out, by name. Columns are those of tuples before azflow's
//! own queries add them up, or of a table's rows behind that.

use super::known::{Known, loose};
use super::kql::quoted;
use super::origin::Origin;
use crate::filter::{Field, Filter, Text, Value, in_hours, ports_of};
use azflow_core::ingest::OUTSIDE;
use azflow_core::model::{Address, Prefix, Protocol, UnixMillis};

/// A condition, and whether it lets pass exactly what the filter does.
type Condition = (String, bool);

/// What of a filter is in a query.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Conditions for the terms that can be said.
    pub conditions: Vec<String>,
    /// The terms that can't.
    pub left: Vec<String>,
    /// Whether a term that is finer than an hour is still to be decided by the rows that come back. Such rows must not
    /// mix minutes, or one that began before the term's time would be lost with all that is in it.
    pub needs_minutes: bool,
}

/// Says what can be said.
pub(super) fn restrict(filter: &Filter, origin: Origin, known: &Known<'_>) -> Said {
    let mut out = Said::default();
    for term in filter.terms() {
        let said = condition(term, origin, known);
        let is_settled = said.as_ref().is_some_and(|(_, exact)| *exact);
        out.needs_minutes |= !is_settled && in_hours(term) != *term;
        match said {
            Some((condition, _)) => out.conditions.push(condition),
            None => out.left.push(term.to_string()),
        }
    }
    out
}

fn condition(filter: &Filter, origin: Origin, known: &Known<'_>) -> Option<Condition> {
    let join = |list: &[Filter], word: &str| {
        let parts: Option<Vec<Condition>> = list.iter().map(|one| condition(one, origin, known)).collect();
        any(parts?, word)
    };
    match filter {
        Filter::Everything | Filter::Counts(..) => None,
        // Of what lets too much pass the opposite would let too little.
        Filter::Not(inner) => condition(inner, origin, known)
            .filter(|(_, exact)| *exact)
            .map(|(c, _)| (format!("not({c})"), true)),
        Filter::And(list) => join(list, " and "),
        Filter::Or(list) => join(list, " or "),
        Filter::Has(field, values) => {
            let parts: Option<Vec<Condition>> =
                values.iter().map(|value| has(*field, value, origin, known)).collect();
            any(parts?, " or ")
        }
    }
}

fn any(parts: Vec<Condition>, word: &str) -> Option<Condition> {
    let exact = parts.iter().all(|(_, exact)| *exact);
    let texts: Vec<String> = parts.into_iter().map(|(text, _)| text).collect();
    match texts.as_slice() {
        [] => None,
        [one] => Some((one.clone(), exact)),
        many => Some((format!("({})", many.join(word)), exact)),
    }
}

fn has(field: Field, value: &Value, origin: Origin, known: &Known<'_>) -> Option<Condition> {
    let exactly = |text: String| Some((text, true));
    let nsg = origin.is_nsg();
    match (field, value) {
        (Field::Src, Value::Block(first, last)) => block("Src", *first, *last, origin),
        (Field::Dst, Value::Block(first, last)) => block("Dest", *first, *last, origin),
        (Field::Host | Field::Net, Value::Block(first, last)) => {
            let ends = [block("Src", *first, *last, origin)?, block("Dest", *first, *last, origin)?];
            any(ends.to_vec(), " or ")
        }
        (Field::Src, Value::Text(name)) => named("Src", name, origin, known),
        (Field::Dst, Value::Text(name)) => named("Dest", name, origin, known),
        (Field::Host | Field::Net, Value::Text(name)) => {
            let ends = [named("Src", name, origin, known)?, named("Dest", name, origin, known)?];
            any(ends.to_vec(), " or ")
        }
        (Field::Nic, Value::Text(name)) => {
            let column = "replace_regex(MacAddress, \"[:-]\", \"\")";
            let plain = Text { text: name.text.replace([':', '-'], ""), exact: name.exact };
            let macs: Vec<String> = known.macs(name)?.into_iter().map(quoted).collect();
            let own = (!plain.text.is_empty()).then(|| text(column, &plain));
            let of_name = (!macs.is_empty()).then(|| format!("{column} in~ ({})", macs.join(", ")));
            any(own.into_iter().chain(of_name).map(|condition| (condition, false)).collect(), " or ")
        }
        (Field::Path, Value::Word("internet" | "azure-service")) => {
            // What is not private is not inside for certain; what is blank isn't private.
            let public = |side: &str| (format!("coalesce(not(ipv4_is_private({side}Ip)), true)"), false);
            any(vec![public("Src"), public("Dest")], " or ")
        }
        (Field::Path, Value::Word("platform")) => {
            let is = |side: &str| format!("{side}Ip in (\"168.63.129.16\", \"169.254.169.254\")");
            any(vec![(is("Src"), false), (is("Dest"), false)], " or ")
        }
        // What comes back is of that kind.
        (Field::Kind, Value::Word("query")) => exactly("true".to_owned()),
        (Field::Port, Value::Ports(first, last)) => {
            let with_ports = protocols(&[Protocol::TCP, Protocol::UDP]);
            exactly(format!("(DestPort between ({first} .. {last}) and {with_ports})"))
        }
        (Field::Port, Value::Text(name)) => {
            let ports = ports_of(name);
            let one = |(protocol, port): &(Protocol, u16)| {
                format!("(DestPort == {port} and {})", protocols(&[*protocol]))
            };
            any(ports.iter().map(|port| (one(port), true)).collect(), " or ")
        }
        (Field::Protocol, Value::Protocol(protocol)) => exactly(protocols(&[*protocol])),
        // An attempt is known to be allowed once no row says that it was denied later: all rows are needed.
        (Field::Decision, Value::Word("allowed")) => None,
        (Field::Decision | Field::Logged, Value::Word(word)) => {
            let (letter, flows) = if *word == "allowed" { ("A", "Allowed") } else { ("D", "Denied") };
            if !origin.is_table() {
                // What does not pass `decision:denied` is the allowed part, for which the denied rows are needed.
                return Some((format!("FlowStatus == \"{letter}\""), field == Field::Logged));
            }
            // A row may carry both kinds of flows; it counts where it has any of the kind.
            let condition = "FlowStatus startswith";
            Some((format!("({condition} \"{letter}\" or {flows}InFlows > 0 or {flows}OutFlows > 0)"), false))
        }
        (Field::Direction, Value::Word(word)) => {
            let (letter, way) = if *word == "in" { ("I", "In") } else { ("O", "Out") };
            if !origin.is_table() {
                return exactly(format!("FlowDirection == \"{letter}\""));
            }
            let condition = "FlowDirection startswith";
            Some((
                format!("({condition} \"{letter}\" or Allowed{way}Flows > 0 or Denied{way}Flows > 0)"),
                false,
            ))
        }
        (Field::Rule, Value::Text(name)) => exactly(text(if nsg { "NsgRule" } else { "AclRule" }, name)),
        (Field::Acl, Value::Text(name)) => {
            let column = if nsg { "NsgList" } else { "AclGroup" };
            let last = format!("tostring(split({column}, \"/\")[-1])");
            exactly(format!("({} or {})", text(column, name), text(&last, name)))
        }
        (Field::Encryption, Value::Text(name)) if !nsg => {
            let whole = Text { exact: name.exact || !name.text.contains('*'), text: name.text.clone() };
            exactly(text("FlowEncryption", &whole))
        }
        (Field::Time, Value::Span(span)) => {
            // A table's rows are chosen by their interval; the times asked of them are whole hours.
            let column = if origin.is_table() { "FlowIntervalStartTime" } else { "FlowStartTime" };
            let at = |minute| UnixMillis::from_minute(minute).to_iso();
            let from = format!("{column} >= datetime({})", at(span.from));
            exactly(match span.until {
                u32::MAX => from,
                until => format!("({from} and {column} < datetime({}))", at(until)),
            })
        }
        // Other paths, kinds of log and what is noise are the page's own knowledge.
        _ => None,
    }
}

/// Rows of these protocols, however the table writes them.
fn protocols(list: &[Protocol]) -> String {
    let words = list.iter().flat_map(|protocol| {
        let number = protocol.number();
        let letters: &[&str] = match number {
            Some(1) => &["ICMP", "I"],
            Some(6) => &["TCP", "T"],
            Some(17) => &["UDP", "U"],
            Some(50) => &["ESP"],
            Some(51) => &["AH"],
            Some(58) => &["ICMPv6"],
            Some(_) => &[],
            None => &[""],
        };
        letters.iter().map(|word| quoted(word)).chain(number.map(|number| quoted(&number.to_string())))
    });
    format!("L4Protocol in~ ({})", words.collect::<Vec<_>>().join(", "))
}

/// Rows with an address of one side in a block. Public addresses may be packed in a list.
fn block(side: &str, first: Address, last: Address, origin: Origin) -> Option<Condition> {
    let column = format!("{side}Ip");
    let most = if first.v4().is_some() { 32 } else { 128 };
    let prefix = (0..=most)
        .rev()
        .map(|length| Prefix::of(first, length))
        .find(|p| p.first() == first && p.last() == last);
    let inside = match (prefix, first.v4()) {
        (Some(prefix), Some(_)) => format!("ipv4_is_in_range({column}, {})", quoted(&prefix.to_string())),
        (Some(prefix), None) => format!("ipv6_is_in_range({column}, {})", quoted(&prefix.to_string())),
        (None, Some(from)) => format!("parse_ipv4({column}) between ({from} .. {})", last.v4()?),
        (None, None) => return None,
    };
    // Null where the side is blank, which would stay null when negated.
    let inside = format!("coalesce({inside}, false)");
    let list = match () {
        () if !origin.is_table() || !(first.is_public() || last.is_public() || wide(prefix)) => {
            return Some((inside, true));
        }
        () if first == last && first.v4().is_some() => {
            format!("has_ipv4({side}PublicIps, {})", quoted(&first.to_string()))
        }
        () => format!("isnotempty({side}PublicIps)"),
    };
    Some((format!("({inside} or {list})"), false))
}

/// Rows with one side of this name: by what the page knows under it, and by the row's own name of the subnet.
fn named(side: &str, name: &Text, origin: Origin, known: &Known<'_>) -> Option<Condition> {
    let (blocks, public) = known.blocks(name)?;
    let own_names = origin.is_table();
    let mut parts = Vec::new();
    for (six, family) in [(false, "ipv4"), (true, "ipv6")] {
        let list: Vec<String> = blocks.iter().filter(|p| p.contains(':') == six).map(|p| quoted(p)).collect();
        if !list.is_empty() {
            let list = list.join(", ");
            parts.push(format!("coalesce({family}_is_in_any_range({side}Ip, dynamic([{list}])), false)"));
        }
    }
    let name = loose(name);
    if own_names {
        parts.push(text(&format!("{side}Subnet"), &name));
        // A blank side is called by the kind of flow.
        if OUTSIDE.iter().any(|kind| name.fits(kind)) {
            parts.push(format!("isempty({side}Ip)"));
        }
        if public {
            parts.push(format!("isnotempty({side}PublicIps)"));
        }
    }
    any(parts.into_iter().map(|part| (part, false)).collect(), " or ")
}

/// Whether a prefix that begins and ends with private addresses may have public ones between.
fn wide(prefix: Option<Prefix>) -> bool {
    prefix.is_none_or(|prefix| prefix.length() < 8)
}

/// Rows whose text in a column fits.
fn text(column: &str, name: &Text) -> String {
    if name.exact {
        return format!("{column} =~ {}", quoted(&name.text));
    }
    if !name.text.contains('*') {
        return format!("{column} contains {}", quoted(&name.text));
    }
    let escaped = |piece: &str| {
        let mut out = String::new();
        for letter in piece.chars() {
            if !letter.is_alphanumeric() && letter.is_ascii() {
                out.push('\\');
            }
            out.push(letter);
        }
        out
    };
    let pattern: Vec<String> = name.text.split('*').map(escaped).collect();
    format!("{column} matches regex {}", quoted(&format!("(?is)^{}$", pattern.join(".*"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;
    use crate::topology::read_network;
    use azflow_core::model::Network;

    fn said_by(text: &str, origin: Origin, known: &Known<'_>) -> (String, String) {
        let said = restrict(&parse(text).unwrap(), origin, known);
        (said.conditions.join(" && "), said.left.join(" && "))
    }

    fn said(text: &str) -> (String, String) {
        said_by(text, Origin::Nta, &Known::of(&Network::default()))
    }

    #[test]
    fn what_a_query_can_say_is_said_and_the_rest_is_named() {
        assert_eq!(
            said("src:10.1.0.0/16 -rule:Deny* path:within-subnet"),
            (
                "coalesce(ipv4_is_in_range(SrcIp, \"10.1.0.0/16\"), false) && \
                 not(AclRule matches regex \"(?is)^Deny.*$\")"
                    .to_owned(),
                "path:within-subnet".to_owned()
            )
        );
        assert_eq!(said("src:web bytes>1MB").1, "bytes>1mb");
        // Of an alternative all must be said, or the query would lose rows.
        assert_eq!(said("(port:443 or noise:scan)").1, "port:443 or noise:scan");
    }

    #[test]
    fn nothing_is_excluded_by_a_condition_that_lets_too_much_pass() {
        assert_eq!(said("-dst:20.1.2.3").1, "-dst:20.1.2.3");
        assert!(said("dst:20.1.2.3").0.contains("has_ipv4(DestPublicIps, \"20.1.2.3\")"));
        assert_eq!(said("-logged:allowed").1, "-logged:allowed");
    }

    #[test]
    fn what_is_denied_later_comes_along_where_what_was_allowed_is_asked_for() {
        for left in ["decision:allowed", "-decision:denied", "(decision:allowed or port:443)"] {
            assert_eq!(said(left), (String::new(), left.trim_matches(['(', ')']).to_owned()), "{left}");
        }
        // All of the denied part is in denied rows.
        for (text, flows) in
            [("decision:denied", "Denied"), ("logged:denied", "Denied"), ("logged:allowed", "Allowed")]
        {
            let (said, left) = said(text);
            assert!(
                said.contains(&format!("{flows}InFlows > 0 or {flows}OutFlows > 0")) && left.is_empty(),
                "{said}"
            );
        }
    }

    #[test]
    fn names_are_what_the_page_knows_under_them() {
        let network =
            read_network(b"10.0.0.0/24,web,hub\n10.0.1.0/24,sql,hub\nfd00:1::/64,web6,spoke\n").network;
        let at = |text: &str| Address::parse(text).unwrap();
        let known = Known {
            network: &network,
            addresses: vec![(at("10.9.0.4"), "webserver"), (at("20.1.1.1"), "country us")],
            nics: vec![("000D3A112233", "web-nic")],
        };
        let raw = |text: &str| said_by(text, Origin::Blobs, &known);
        assert_eq!(
            raw("src:web").0,
            "(coalesce(ipv4_is_in_any_range(SrcIp, dynamic([\"10.0.0.0/24\", \"10.9.0.4/32\"])), false) or \
             coalesce(ipv6_is_in_any_range(SrcIp, dynamic([\"fd00:1::/64\"])), false))"
        );
        let whole = raw("net:hub").0;
        assert!(whole.contains("SrcIp, dynamic([\"10.0.0.0/24\", \"10.0.1.0/24\"])"), "{whole}");
        assert!(whole.contains(" or coalesce(ipv4_is_in_any_range(DestIp"), "{whole}");
        // Rows of Traffic Analytics bring their own names, and lists of public addresses.
        let analytics = |text: &str| said_by(text, Origin::Nta, &known).0;
        assert!(analytics("src:=web").ends_with(" or SrcSubnet contains \"web\")"));
        assert!(analytics("src:w*b").contains("SrcSubnet matches regex \"(?is)^.*w.*b.*$\""));
        assert!(analytics("dst:\"country us\"").contains("isnotempty(DestPublicIps)"));
        assert!(analytics("dst:azurepublic").contains("isempty(DestIp)"));
        // What a name may be besides, the query can't know; and nothing is excluded by a name.
        for left in ["src:internet", "src:net", "src:db", "src:10", "src:\"a or b\"", "-src:web"] {
            assert_eq!(said_by(left, Origin::Nta, &known).0, "", "{left}");
        }
        // Where neither the page nor the rows know a name, nothing is said.
        assert_eq!(raw("src:unknown").1, "src:unknown");
        assert_eq!(
            raw("nic:web-nic").0,
            "(replace_regex(MacAddress, \"[:-]\", \"\") contains \"webnic\" or \
             replace_regex(MacAddress, \"[:-]\", \"\") in~ (\"000D3A112233\"))"
        );
        assert_eq!(raw("kind:query path:platform").1, "");
        assert_eq!(raw("kind:vnet").1, "kind:vnet");
    }
}
