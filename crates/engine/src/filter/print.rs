//! From a filter to its canonical text.

use super::value::print_span;
use super::words::{MEASURES, OPS};
use super::{Field, Filter, Measure, Text, Value};
use azflow_core::model::Address;
use std::fmt;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Everything => String::new(),
            Self::And(list) => list.iter().map(in_and).collect::<Vec<_>>().join(" "),
            // Juxtaposition binds closer than “or”.
            Self::Or(list) => list.iter().map(Self::to_string).collect::<Vec<_>>().join(" or "),
            Self::Not(inner) => match &**inner {
                Self::And(_) | Self::Or(_) => format!("-({inner})"),
                term => format!("-{term}"),
            },
            Self::Has(field, values) => {
                let values: Vec<String> = values.iter().map(|value| value_text(*field, value)).collect();
                match field {
                    Field::Any => values.join(","),
                    _ => format!("{}:{}", field.word(), values.join(",")),
                }
            }
            Self::Counts(measure, op, number) => {
                let word = MEASURES.iter().find(|(_, known)| known == measure).map(|(word, _)| *word);
                let sign = OPS.iter().find(|(_, known)| known == op).map(|(sign, _)| *sign);
                format!(
                    "{}{}{}",
                    word.unwrap_or_default(),
                    sign.unwrap_or_default(),
                    amount(*measure, *number)
                )
            }
        })
    }
}

/// A term as it stands beside others.
pub(super) fn in_and(filter: &Filter) -> String {
    match filter {
        Filter::Or(_) => format!("({filter})"),
        other => other.to_string(),
    }
}

pub(super) fn value_text(field: Field, value: &Value) -> String {
    match value {
        Value::Block(first, last) => block(*first, *last),
        Value::Text(text) => quoted(field, text),
        Value::Ports(first, last) if first == last => first.to_string(),
        Value::Ports(first, last) => format!("{first}-{last}"),
        Value::Protocol(protocol) => protocol.to_string(),
        Value::Word(word) => (*word).to_owned(),
        Value::Span(span) => print_span(*span),
    }
}

/// One address, a prefix where it is one, else a range.
fn block(first: Address, last: Address) -> String {
    let differ = first.bits() ^ last.bits();
    if differ == 0 {
        return first.to_string();
    }
    if differ & differ.wrapping_add(1) == 0 && first.bits() & differ == 0 {
        let bits = if first.v4().is_some() { 32 } else { 128 };
        return format!("{first}/{}", bits - differ.count_ones());
    }
    format!("{first}-{last}")
}

/// In quotes where it would read as something else without.
pub(super) fn quoted(field: Field, text: &Text) -> String {
    let plain = &text.text;
    let signs = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | ',' | '\\');
    let word = field == Field::Any
        && (plain.contains([':', '<', '>', '='])
            || plain.starts_with('-')
            || ["and", "or", "not"]
                .iter()
                .chain(MEASURES.iter().map(|(word, _)| word))
                .any(|known| plain.eq_ignore_ascii_case(known)));
    let quote = plain.is_empty() || plain.contains(signs) || plain.starts_with('=') || word;
    let body = if quote {
        format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        plain.clone()
    };
    if text.exact { format!("={body}") } else { body }
}

/// Bytes in the largest unit that is exact.
fn amount(measure: Measure, number: u64) -> String {
    let units = [("tb", 1_000_000_000_000u64), ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1_000)];
    let fits = |unit: &&(&str, u64)| measure == Measure::Bytes && number > 0 && number.is_multiple_of(unit.1);
    match units.iter().find(fits) {
        Some((word, unit)) => format!("{}{word}", number / unit),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{value, *};
    use azflow_core::model::{Address, Prefix, Protocol};
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(|e| format!("{}: {}", e.at, e.message), |filter| filter.to_string())
    }

    #[test]
    fn what_is_written_has_one_canonical_text() {
        for (written, canon) in [
            ("  ", ""),
            ("src:web  DST:10.1.0.0/16", "src:web dst:10.1.0.0/16"),
            ("src:web and dst:sql", "src:web dst:sql"),
            ("port:443, 8000-8100,rdp", "port:443,8000-8100,rdp"),
            ("not decision:allow", "-decision:allowed"),
            ("not (a or b)", "-(a or b)"),
            ("-(a)", "-a"),
            ("--a", "a"),
            ("(a or b) c", "(a or b) c"),
            ("(a b) or c", "a b or c"),
            ("10.0.0.4", "host:10.0.0.4"),
            ("10.1.", "host:10.1.0.0/16"),
            ("fe80::1", "host:fe80::1"),
            ("dead:beef::1", "host:dead:beef::1"),
            ("bytes > 1mb", "bytes>1mb"),
            ("bytes>=1.5kib", "bytes>=1536"),
            ("flows>1k", "flows>1000"),
            ("\"a b\"", "\"a b\""),
            ("\"flows\"", "\"flows\""),
            ("flows", "\"flows\""),
            ("src:=\"web (1)\"", "src:=\"web (1)\""),
            ("rule:=\"\"", "rule:=\"\""),
            ("rule:Deny*", "rule:Deny*"),
            ("time:2026-10", "time:2026-10-01..2026-10-31"),
            ("time:2026-10-07T08:00..2026-10-07T12:00", "time:2026-10-07T08:00..2026-10-07T12:00"),
            ("protocol:6,17", "proto:tcp,udp"),
            ("mac:000D3A", "nic:000D3A"),
            ("web.", "web."),
        ] {
            assert_eq!(canonical(written), canon, "{written}");
            assert_eq!(canonical(canon), canon);
        }
    }

    #[test]
    fn errors_stand_at_their_character_and_say_what_was_meant() {
        for (written, at, instead) in [
            ("src:web prt:443", 8, Some("port")),
            ("decision:alowed", 9, Some("allowed")),
            ("proto:tpc", 6, Some("tcp")),
            ("src:", 4, None),
            ("src:web )", 8, None),
            ("(a or b", 0, None),
            ("a or", 4, None),
            ("or a", 0, None),
            ("port:70000", 5, None),
            ("port:no-such", 5, None),
            ("src:10.0.0.300", 4, None),
            ("flows>many", 6, None),
            ("flow>1", 0, Some("flows")),
            ("ä time:soon", 7, None),
            ("\"open", 0, None),
            ("443,80", 3, Some(" or ")),
            ("- a", 0, None),
        ] {
            let error = parse(written).unwrap_err();
            assert_eq!((error.at, error.instead.as_deref()), (at, instead), "{written}: {error}");
        }
        let error = parse("ä prt:443").unwrap_err();
        assert_eq!(error.mended("ä prt:443").as_deref(), Some("ä port:443"));
        assert!(parse(&"(".repeat(100_000)).is_err() && parse(&"-".repeat(100_000)).is_err());
    }

    #[test]
    fn terms_come_and_go() {
        let text = narrowed("src:web", "port:443 decision:denied");
        assert_eq!(text, "src:web port:443 decision:denied");
        assert_eq!(narrowed(&text, "port:443"), text);
        assert_eq!(without(&text, 1), "src:web decision:denied");
        assert_eq!(narrowed("a or b", "c"), "(a or b) c");
        assert_eq!(terms("(a or b) c"), ["(a or b)", "c"]);
        assert_eq!(position(&text, "decision:deny"), Some(2));
        assert_eq!(exactly(Field::Rule, "a, \"b\""), "rule:=\"a, \\\"b\\\"\"");
    }

    fn any_text() -> impl Strategy<Value = Text> {
        let text = prop_oneof!["[a-z*.:=<>()\" ,\\\\-]{1,6}", "(and|or|not|flows|src:x|-a)", "\\PC{1,4}"];
        (text, any::<bool>()).prop_map(|(text, exact)| Text { text, exact })
    }

    fn any_block() -> impl Strategy<Value = Value> {
        prop_oneof![
            (any::<u32>(), 0u8..=32).prop_map(|(a, l)| Prefix::of(Address::from_v4(a), l)),
            (any::<u128>(), 0u8..=128).prop_map(|(a, l)| Prefix::of(Address::from_bits(a | 1 << 127), l)),
        ]
        .prop_flat_map(|prefix| {
            let (a, b) = (prefix.first().bits(), prefix.last().bits());
            (Just(a), a..=b)
        })
        .prop_map(|(a, b)| Value::Block(Address::from_bits(a), Address::from_bits(b)))
    }

    fn any_term() -> impl Strategy<Value = Filter> {
        let names = [Field::Src, Field::Dst, Field::Host, Field::Net];
        let texts = [Field::Rule, Field::Acl, Field::Nic, Field::Encryption];
        let words = [Field::Decision, Field::Logged, Field::By, Field::Direction, Field::Path, Field::Kind];
        let text = any_text().prop_map(Value::Text);
        // A text that is an address reads as one, wherever an address may stand.
        let name = any_text().prop_filter("no address", |t| t.exact || value::block(&t.text).is_none());
        let name = name.prop_filter("no half address", |t| {
            t.exact || !t.text.bytes().all(|b| b.is_ascii_digit() || b"./*-".contains(&b))
        });
        let name = name.prop_map(Value::Text).boxed();
        let list = |one: BoxedStrategy<Value>| {
            proptest::collection::vec(one, 1..4).prop_map(|mut list| {
                list.dedup();
                let mut out: Vec<Value> = Vec::new();
                for one in list {
                    if !out.contains(&one) {
                        out.push(one);
                    }
                }
                out
            })
        };
        let ends = prop_oneof![name.clone(), any_block()].boxed();
        let ports = (any::<u16>(), any::<u16>()).prop_map(|(a, b)| Value::Ports(a.min(b), a.max(b))).boxed();
        let span = (0u32..40_000_000, 1u32..40_000_000, any::<bool>(), any::<bool>()).prop_map(
            |(a, b, days, open)| {
                let (from, until) =
                    if days { (a / 1440 * 1440, a / 1440 * 1440 + 1440 * (b % 9 + 1)) } else { (a, a + b) };
                Value::Span(Span { from, until: if open { u32::MAX } else { until } })
            },
        );
        prop_oneof![
            name.prop_map(|value| Filter::Has(Field::Any, vec![value])),
            (proptest::sample::select(names.to_vec()), list(ends)).prop_map(|(f, v)| Filter::Has(f, v)),
            (proptest::sample::select(texts.to_vec()), list(text.boxed()))
                .prop_map(|(f, v)| Filter::Has(f, v)),
            proptest::sample::select(words.to_vec()).prop_flat_map(|field| {
                let word = proptest::sample::select(field.values());
                word.prop_map(move |word| Filter::Has(field, vec![Value::Word(word)]))
            }),
            list(ports).prop_map(|v| Filter::Has(Field::Port, v)),
            (0..257_usize).prop_map(|place| {
                let protocol = Protocol::all().nth(place).unwrap_or(Protocol::UNKNOWN);
                Filter::Has(Field::Protocol, vec![Value::Protocol(protocol)])
            }),
            list(span.boxed()).prop_map(|v| Filter::Has(Field::Time, v)),
            (0usize..5, 0usize..5, any::<u64>())
                .prop_map(|(m, o, n)| { Filter::Counts(super::MEASURES[m].1, super::OPS[o].1, n) }),
        ]
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        any_term().prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::and),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::or),
                inner.prop_map(Filter::negated),
            ]
        })
    }

    proptest! {
        #[test]
        fn printing_and_parsing_gives_the_same_filter(filter in any_filter()) {
            let text = filter.to_string();
            prop_assert_eq!(parse(&text), Ok(filter), "{}", text);
        }

        #[test]
        fn any_text_is_a_filter_or_an_error_inside_it(text in "[a-z:(),\" <>=*.\\\\0-9-]{0,24}|\\PC{0,12}") {
            match parse(&text) {
                Ok(filter) => prop_assert_eq!(parse(&filter.to_string()), Ok(filter)),
                Err(error) => prop_assert!(error.at + error.length <= text.chars().count(), "{:?}", error),
            }
        }
    }
}
