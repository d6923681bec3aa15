//! The condition on time of a filter, as a timeline sets it: one stretch among the conditions that must all hold.

use super::{Field, Filter, Span, Value, parse};

/// The number of the only top-level condition on time that is one stretch, and the stretch.
fn stretch(filter: &Filter) -> Option<(usize, Span)> {
    let mut on_time = filter.terms().iter().enumerate().filter_map(|(number, term)| match term {
        Filter::Has(Field::Time, values) => Some((number, values)),
        _ => None,
    });
    match (on_time.next(), on_time.next()) {
        (Some((number, values)), None) => match values.as_slice() {
            [Value::Span(span)] => Some((number, *span)),
            _ => None,
        },
        _ => None,
    }
}

/// The stretch that a text is limited to: minutes since 1970, the first and the one behind the last.
pub fn time_of(text: &str) -> Option<(u32, u32)> {
    let (_, span) = stretch(&parse(text).ok()?)?;
    Some((span.from, span.until))
}

/// The text without any top-level condition on time.
pub fn without_time(text: &str) -> String {
    let Ok(filter) = parse(text) else { return text.to_owned() };
    let on_time = |term: &&Filter| matches!(term, Filter::Has(Field::Time, _));
    let others = filter.terms().iter().filter(|term| !on_time(term)).cloned();
    Filter::and(others.collect()).to_string()
}

/// The text limited to a stretch, instead of what it was limited to.
pub fn within(text: &str, (from, until): (u32, u32)) -> String {
    let Ok(filter) = parse(&without_time(text)) else { return text.to_owned() };
    let mut all = filter.terms().to_vec();
    all.push(Filter::Has(Field::Time, vec![Value::Span(Span { from, until })]));
    Filter::and(all).to_string()
}

/// The filter with its times in whole hours, for what can't be told apart any finer. It lets pass all that the filter
/// does: a time that must fit becomes the hours that it touches, a time that must not fit the hours that it fills.
pub fn in_hours(filter: &Filter) -> Filter {
    rounded(filter, true).unwrap_or_default()
}

/// Rounded so that more passes, or less; `None` where nothing passes.
fn rounded(filter: &Filter, more: bool) -> Option<Filter> {
    match filter {
        Filter::Has(Field::Time, values) => {
            let hours = values.iter().filter_map(|value| match value {
                Value::Span(span) => hours(*span, more).map(Value::Span),
                other => Some(other.clone()),
            });
            let mut unique: Vec<Value> = Vec::new();
            hours.for_each(|value| {
                if !unique.contains(&value) {
                    unique.push(value)
                }
            });
            (!unique.is_empty()).then_some(Filter::Has(Field::Time, unique))
        }
        Filter::Not(inner) => match rounded(inner, !more) {
            None => Some(Filter::Everything),
            Some(Filter::Everything) => None,
            Some(inner) => Some(inner.negated()),
        },
        Filter::And(list) => {
            list.iter().map(|one| rounded(one, more)).collect::<Option<Vec<Filter>>>().map(Filter::and)
        }
        Filter::Or(list) => {
            let left: Vec<Filter> = list.iter().filter_map(|one| rounded(one, more)).collect();
            if left.contains(&Filter::Everything) {
                return Some(Filter::Everything);
            }
            (!left.is_empty()).then(|| Filter::or(left))
        }
        other => Some(other.clone()),
    }
}

/// The hours that a stretch touches, or those that it fills.
fn hours(Span { from, until }: Span, more: bool) -> Option<Span> {
    let up = |minute: u32| if minute == u32::MAX { minute } else { minute.div_ceil(60).saturating_mul(60) };
    let down = |minute: u32| if minute == u32::MAX { minute } else { minute / 60 * 60 };
    let (from, until) = if more { (down(from), up(until)) } else { (up(from), down(until)) };
    (from < until).then_some(Span { from, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_let_never_pass_less() {
        for (text, expected) in [
            ("time:2026-10-07T08:04..2026-10-07T08:05", "time:2026-10-07T08:00..2026-10-07T09:00"),
            ("time:2026-10-07T08:04..2026-10-07T10:00", "time:2026-10-07T08:00..2026-10-07T10:00"),
            ("time:2026-10-07 port:443", "time:2026-10-07 port:443"),
            ("time:2026-10-07T08:04,2026-10-07T08:30", "time:2026-10-07T08:00..2026-10-07T09:00"),
            ("time:2026-10-07T08:04..", "time:2026-10-07T08:00.."),
            ("time:..2026-10-07T08:04", "time:..2026-10-07T09:00"),
            ("-time:2026-10-07T08:04..2026-10-07T11:05", "-time:2026-10-07T09:00..2026-10-07T11:00"),
            ("-time:2026-10-07T08:04", ""),
            ("-(time:2026-10-07T08:04 port:443) port:22", "port:22"),
            ("-(time:2026-10-07T08:04 or port:443)", "-port:443"),
            ("port:22 or -time:2026-10-07T08:04", ""),
            ("port:22 or time:2026-10-07T08:04", "port:22 or time:2026-10-07T08:00..2026-10-07T09:00"),
        ] {
            assert_eq!(in_hours(&parse(text).unwrap()).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_stretch_is_set_read_and_taken_away() {
        let text = within("port:443 or port:80", (29_846_880, 29_847_000));
        assert_eq!(time_of(&text), Some((29_846_880, 29_847_000)));
        let other = within(&text, (29_846_900, 29_846_930));
        assert_eq!(time_of(&other), Some((29_846_900, 29_846_930)));
        assert_eq!(
            without_time(&other),
            parse("port:443 or port:80").map_or(String::new(), |f| f.to_string())
        );
        assert_eq!(without_time(&within("", (0, 60))), "");
    }

    #[test]
    fn several_stretches_are_no_single_one() {
        assert_eq!(time_of("time:2026-10-01,2026-10-03"), None);
        assert_eq!(time_of("time:2026-10-01 time:2026-10-01T10"), None);
        assert_eq!(time_of("port:443"), None);
        assert_eq!(without_time("time:2026-10-01 port:443 time:2026-10-01T10"), "port:443");
    }
}
