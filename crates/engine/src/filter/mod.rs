//! The one filter language: text, what it means, and the way back.
//!
//! `parse` reads a text or says where it goes wrong, `print` writes the canonical text (reading that gives the
//! same filter again), `words` holds the vocabulary, `value` and `text` what may stand behind a colon, `complete` suggests what was meant.
//! Nothing here knows what is loaded: `session` looks names up and evaluates. `docs/FILTER.md` describes the language.

mod complete;
mod parse;
mod print;
mod text;
mod time;
mod value;
mod words;

pub use complete::{Completion, MOST, Suggestion, Typing};
pub use parse::{FilterError, parse};
pub use text::Text;
pub use time::{in_hours, time_of, within, without_time};
pub use value::{Span, Value};
pub use words::{ANY_NOISE, Field, Measure, Op, ports_of};

/// A condition on flow records and conversations.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Everything passes.
    #[default]
    Everything,
    /// The field is one of the values.
    Has(Field, Vec<Value>),
    /// The conversation's whole tally compares so with a number.
    Counts(Measure, Op, u64),
    /// What does not pass.
    Not(Box<Filter>),
    /// What passes all; two at least, none of them an `And`.
    And(Vec<Filter>),
    /// What passes one; two at least, none of them an `Or`.
    Or(Vec<Filter>),
}

impl Filter {
    /// What passes all of these.
    pub fn and(list: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(list.len());
        for one in list {
            match one {
                Self::Everything => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 { Self::And(flat) } else { flat.pop().unwrap_or_default() }
    }

    /// What passes one of these.
    pub fn or(list: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(list.len());
        for one in list {
            match one {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 { Self::Or(flat) } else { flat.pop().unwrap_or_default() }
    }

    /// What does not pass this.
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether a condition on this field is somewhere in it.
    pub fn asks(&self, field: Field) -> bool {
        match self {
            Self::Everything | Self::Counts(..) => false,
            Self::Has(asked, _) => *asked == field,
            Self::Not(inner) => inner.asks(field),
            Self::And(list) | Self::Or(list) => list.iter().any(|one| one.asks(field)),
        }
    }

    /// What must all hold: each a chip on the page.
    pub fn terms(&self) -> &[Self] {
        match self {
            Self::Everything => &[],
            Self::And(list) => list,
            other => std::slice::from_ref(other),
        }
    }
}

/// The terms of a canonical text, each as text; none where it does not parse.
pub fn terms(text: &str) -> Vec<String> {
    let filter = parse(text).unwrap_or_default();
    filter.terms().iter().map(print::in_and).collect()
}

/// The text with one more condition, unless it is there already. What does not parse changes nothing.
pub fn narrowed(text: &str, term: &str) -> String {
    let (Ok(filter), Ok(term)) = (parse(text), parse(term)) else { return text.to_owned() };
    let mut all = filter.terms().to_vec();
    for one in term.terms() {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    Filter::and(all).to_string()
}

/// The text without its term of this number.
pub fn without(text: &str, number: usize) -> String {
    let Ok(filter) = parse(text) else { return text.to_owned() };
    let mut all = filter.terms().to_vec();
    if number < all.len() {
        all.remove(number);
    }
    Filter::and(all).to_string()
}

/// The number of a condition among the terms of a text.
pub fn position(text: &str, term: &str) -> Option<usize> {
    let (filter, term) = (parse(text).ok()?, parse(term).ok()?);
    filter.terms().iter().position(|one| *one == term)
}

/// The addresses that begin so, if that is the beginning of an address.
pub fn beginning(text: &str) -> Option<Value> {
    let whole = if text.bytes().all(|b| b.is_ascii_digit()) { format!("{text}.") } else { text.to_owned() };
    value::block(&whole).map(|(first, last)| Value::Block(first, last))
}

/// A condition that a field is exactly this text, as text: `rule:="a b"`.
pub fn exactly(field: Field, text: &str) -> String {
    Filter::Has(field, vec![Value::Text(Text { text: text.to_owned(), exact: true })]).to_string()
}
