//! From text to a filter, or to the place where it goes wrong.
//!
//! ```text
//! or   := and ("or" and)*
//! and  := not (["and"] not)*
//! not  := ("-" | "not") not | "(" or ")" | field ":" value ("," value)* | measure op number | word
//! ```

use super::words::{FIELDS, Field, MEASURES, Measure, OPS, nearest};
use super::{Filter, Text, Value, value};

/// Parentheses and negations inside each other; beyond, a text is no filter that a person wrote.
const DEEPEST: u32 = 50;

/// Where a text is no filter, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// The first character that is wrong, counted from 0.
    pub at: usize,
    /// How many characters are.
    pub length: usize,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to write there instead.
    pub instead: Option<String>,
}

impl FilterError {
    /// The text with what was probably meant.
    pub fn mended(&self, text: &str) -> Option<String> {
        let instead = self.instead.as_ref()?;
        let before: String = text.chars().take(self.at).collect();
        let after: String = text.chars().skip(self.at + self.length).collect();
        Some(format!("{before}{instead}{after}"))
    }
}

/// Reads a filter. A blank text is everything.
///
/// # Errors
/// When the text is none, with the place.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.space();
    if parser.rest().is_empty() {
        return Ok(Filter::Everything);
    }
    let filter = parser.or()?;
    if parser.rest().is_empty() {
        return Ok(filter);
    }
    Err(parser.wrong(parser.at, 1, "this parenthesis closes nothing", None))
}

struct Parser<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
    depth: u32,
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '"' | ',')
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn wrong(
        &self,
        at: usize,
        bytes: usize,
        message: impl Into<String>,
        instead: Option<&str>,
    ) -> FilterError {
        let count = |range: &str| range.chars().count();
        FilterError {
            at: count(self.text.get(..at).unwrap_or_default()),
            length: count(self.text.get(at..at + bytes).unwrap_or_default()),
            message: message.into(),
            instead: instead.map(str::to_owned),
        }
    }

    /// What comes next up to a space or sign.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        rest.split(ends_word).next().unwrap_or_default()
    }

    fn eat(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        if there {
            self.at += sign.len();
        }
        there
    }

    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let there = self.word().eq_ignore_ascii_case(keyword);
        if there {
            self.at += keyword.len();
            self.space();
        }
        there
    }

    fn or(&mut self) -> Result<Filter, FilterError> {
        let mut list = vec![self.and()?];
        while self.eat_keyword("or") {
            list.push(self.and()?);
        }
        Ok(Filter::or(list))
    }

    fn and(&mut self) -> Result<Filter, FilterError> {
        let mut list = vec![self.not()?];
        loop {
            self.space();
            let rest = self.rest();
            if rest.is_empty() || rest.starts_with(')') || self.word().eq_ignore_ascii_case("or") {
                return Ok(Filter::and(list));
            }
            self.eat_keyword("and");
            list.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Filter, FilterError> {
        self.space();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(self.at, 1, "too many parentheses and negations inside each other", None));
        }
        let filter = if self.eat("-") || self.eat_keyword("not") {
            if self.rest().starts_with(char::is_whitespace) {
                return Err(self.wrong(self.at - 1, 1, "“-” stands just before what it excludes", None));
            }
            self.not()?.negated()
        } else if self.rest().starts_with('(') {
            let open = self.at;
            self.at += 1;
            let inner = self.or()?;
            self.space();
            if !self.eat(")") {
                return Err(self.wrong(open, 1, "this parenthesis is never closed", None));
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        self.space();
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        let (start, word) = (self.at, self.word());
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with(')') {
            return Err(self.wrong(start, 0, "something is missing here", None));
        }
        if rest.starts_with(',') {
            return Err(self.wrong(start, 1, "a list stands behind a field: port:443,8443", Some(" or ")));
        }
        if ["and", "or"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
            let message =
                format!("“{word}” stands between two conditions; quotes make it a word to look for");
            return Err(self.wrong(start, word.len(), message, None));
        }
        let letters = word.bytes().take_while(|b| b.is_ascii_alphabetic() || *b == b'_').count();
        let head = word.get(..letters).unwrap_or_default();
        if letters > 0
            && word.get(letters..).is_some_and(|rest| rest.starts_with(':'))
            && value::block(word).is_none()
        {
            let Some(field) = Field::of(head) else {
                let instead = nearest(head, FIELDS.iter().map(|(word, _)| *word));
                let message = format!("there is no field “{head}”; quotes make it a word to look for");
                return Err(self.wrong(start, letters, message, instead));
            };
            self.at += letters + 1;
            return self.values(field);
        }
        if let Some((_, measure)) = MEASURES.iter().find(|(known, _)| known.eq_ignore_ascii_case(head)) {
            self.at += letters;
            self.space();
            if self.rest().starts_with(['<', '>', '=']) {
                return self.comparison(*measure);
            }
            self.at = start;
        }
        if letters > 0 && word.get(letters..).is_some_and(|rest| rest.starts_with(['<', '>', '='])) {
            let instead = nearest(head, MEASURES.iter().map(|(word, _)| *word));
            let message =
                format!("“{head}” is nothing to compare: flows, allowed, denied, bytes, packets are");
            return Err(self.wrong(start, letters, message, instead));
        }
        let value = self.value(Field::Any)?;
        // An address by itself is one end of a conversation, not part of another address.
        let field = if matches!(value, Value::Block(..)) { Field::Host } else { Field::Any };
        Ok(Filter::Has(field, vec![value]))
    }

    fn values(&mut self, field: Field) -> Result<Filter, FilterError> {
        let mut list: Vec<Value> = Vec::new();
        loop {
            let value = self.value(field)?;
            if !list.contains(&value) {
                list.push(value);
            }
            if !self.eat(",") {
                return Ok(Filter::Has(field, list));
            }
            self.space();
        }
    }

    fn value(&mut self, field: Field) -> Result<Value, FilterError> {
        let start = self.at;
        let exact = self.eat("=");
        let text = if self.rest().starts_with('"') { self.quoted()? } else { self.word().to_owned() };
        if self.at == start + usize::from(exact) {
            self.at += text.len();
        }
        if text.is_empty() && !exact {
            let behind =
                if field == Field::Any { String::new() } else { format!(" behind “{}:”", field.word()) };
            return Err(self.wrong(start, self.at - start, format!("a value is missing{behind}"), None));
        }
        let found = match field {
            Field::Any if !exact => value::block(&text).map(|(first, last)| Value::Block(first, last)),
            _ => None,
        };
        let takes_names = field.values().is_empty() && !matches!(field, Field::Protocol | Field::Time);
        if let Some(found) = found {
            return Ok(found);
        }
        if exact && takes_names {
            return Ok(Value::Text(Text { text, exact }));
        }
        value::read(field, &text)
            .map_err(|(message, instead)| self.wrong(start, self.at - start, message, instead))
    }

    fn quoted(&mut self) -> Result<String, FilterError> {
        let open = self.at;
        let mut out = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((place, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at += place + 1;
                    return Ok(out);
                }
                '\\' => out.extend(letters.next().map(|(_, letter)| letter)),
                _ => out.push(letter),
            }
        }
        Err(self.wrong(open, 1, "this quote is never closed", None))
    }

    fn comparison(&mut self, measure: Measure) -> Result<Filter, FilterError> {
        let op = OPS.iter().find(|(sign, _)| self.eat(sign)).map(|(_, op)| *op);
        self.space();
        let (start, word) = (self.at, self.word());
        self.at += word.len();
        match op.zip(number(word)) {
            Some((op, number)) => Ok(Filter::Counts(measure, op, number)),
            None => {
                let message = "a number belongs here: 100, 10k, 1.5mb, 2gib";
                Err(self.wrong(start, word.len(), message, None))
            }
        }
    }
}

/// Reads a number with a unit: thousands (`k`, `mb`) or powers of 1024 (`kib`).
fn number(text: &str) -> Option<u64> {
    let text = text.to_ascii_lowercase().replace('_', "");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..)?.trim_end_matches('b');
    let (unit, base) = unit.strip_suffix('i').map_or((unit, 1000u64), |unit| (unit, 1024));
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)? as u32;
    let unit = base.pow(power);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    if part.len() > 9 || whole.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let tenths = u128::from(unit) * part.parse::<u128>().ok()? / 10u128.pow(part.len() as u32);
    whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(tenths as u64)
}
