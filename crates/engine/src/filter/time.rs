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

#[cfg(test)]
mod tests {
    use super::*;

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
