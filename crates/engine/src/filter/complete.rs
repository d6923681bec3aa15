//! What may be meant by what is being typed.

use super::print::{quoted, value_text};
use super::words::{FIELDS, Field, MEASURES};
use super::{Text, Value};
use serde::{Deserialize, Serialize};

/// Suggestions that are given at most.
pub const MOST: usize = 12;

/// Of these, names of one kind where any kind may be meant.
const OF_KIND: usize = 3;

/// A suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What replaces the text.
    pub text: String,
    /// What it is, in a word or two.
    pub note: String,
}

/// Suggestions for a place in a text.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The first character that is replaced.
    pub from: usize,
    /// The character behind the last.
    pub until: usize,
    /// The suggestions, likely ones first.
    pub list: Vec<Suggestion>,
}

/// What is being typed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The field whose value it is; `Any` for a term that has none yet.
    pub field: Field,
    /// What has been typed of it, without quotes.
    pub begun: String,
    from: usize,
    until: usize,
}

impl Typing {
    /// Looks at a text and the cursor in it, in characters.
    pub fn at(text: &str, cursor: usize) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let cursor = cursor.min(letters.len());
        let (mut from, mut field, mut quoted) = (0, Field::Any, false);
        for (at, letter) in letters.iter().enumerate().take(cursor) {
            match letter {
                '"' => quoted = !quoted,
                _ if quoted => {}
                // A space behind a comma stays in its list.
                c if c.is_whitespace() && at == from && field != Field::Any => from = at + 1,
                c if c.is_whitespace() || matches!(c, '(' | ')') => (from, field) = (at + 1, Field::Any),
                '-' if at == from && field == Field::Any => from = at + 1,
                ':' if field == Field::Any => {
                    let head: String = letters.iter().take(at).skip(from).collect();
                    if let Some(found) = Field::of(&head) {
                        (from, field) = (at + 1, found);
                    }
                }
                ',' => from = at + 1,
                _ => {}
            }
        }
        let rest = letters.iter().skip(cursor);
        let behind = rest.take_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | ',')).count();
        let begun: String = letters.iter().take(cursor).skip(from).filter(|c| **c != '"').collect();
        Self { field, begun: begun.trim_start_matches('=').to_owned(), from, until: cursor + behind }
    }

    /// Suggestions, from names that are loaded: of a field, or each with its field for a term that has none, those of
    /// one field together.
    /// Where what was typed is in several, those that begin with it come first.
    pub fn complete(&self, known: &[(Field, String, String)]) -> Completion {
        let begun = self.begun.to_lowercase();
        let mut list: Vec<Suggestion> = Vec::new();
        let mut later: Vec<Suggestion> = Vec::new();
        let mut add = |name: &str, text: String, note: &str| {
            let name = name.to_lowercase();
            let one = Suggestion { text, note: note.to_owned() };
            if name.starts_with(&begun) {
                list.push(one);
            } else if name.contains(&begun) {
                later.push(one);
            }
        };
        if self.field == Field::Any {
            let fields = FIELDS.iter().filter(|(word, field)| field.word() == *word);
            for (word, field) in fields {
                add(word, format!("{word}:"), field.means());
            }
            for (word, _) in MEASURES {
                add(word, format!("{word}>"), "a conversation\u{2019}s sum");
            }
        }
        for word in self.field.values() {
            add(word, word.to_owned(), "");
        }
        let mut of_kind = (Field::Any, 0);
        for (field, name, note) in known {
            if self.field == Field::Any {
                of_kind = if of_kind.0 == *field { (*field, of_kind.1 + 1) } else { (*field, 0) };
                if begun.is_empty() || of_kind.1 >= OF_KIND {
                    continue;
                }
            }
            let text = written(*field, name, known);
            let text = if self.field == Field::Any { format!("{}:{text}", field.word()) } else { text };
            add(name, text, note);
        }
        list.append(&mut later);
        list.truncate(MOST);
        Completion { from: self.from, until: self.until, list }
    }
}

/// A name as a value that means just it: exact where another has it as a part.
fn written(field: Field, name: &str, known: &[(Field, String, String)]) -> String {
    if let Ok(value) = super::value::read(field, name)
        && !matches!(value, Value::Text(_))
    {
        return value_text(field, &value);
    }
    let text = Text { text: name.to_owned(), exact: false };
    let alone = |other: &&(Field, String, String)| other.1 != name && text.fits(&other.1);
    let exact = field != Field::Port
        && (name.is_empty() || name.contains('*') || known.iter().any(|one| alone(&one)));
    quoted(field, &Text { exact, ..text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, known: &[(Field, &str)]) -> Vec<String> {
        let (before, after) = text.split_once('|').unwrap();
        let known: Vec<(Field, String, String)> =
            known.iter().map(|(field, name)| (*field, (*name).to_owned(), String::new())).collect();
        let found = Typing::at(&format!("{before}{after}"), before.chars().count()).complete(&known);
        let whole: Vec<char> = format!("{before}{after}").chars().collect();
        let put = |one: &Suggestion| {
            let part = |range: std::ops::Range<usize>| whole[range].iter().collect::<String>();
            format!("{}{}{}", part(0..found.from), one.text, part(found.until..whole.len()))
        };
        found.list.iter().map(put).collect()
    }

    #[test]
    fn a_term_begins_with_a_field_a_measure_or_a_name() {
        let known = [(Field::Net, "snet-db"), (Field::Rule, "DenyAll")];
        assert_eq!(texts("src:a d|", &[])[..2], ["src:a dst:", "src:a decision:"]);
        assert!(texts("-de|", &known).contains(&"-rule:DenyAll".to_owned()));
        assert_eq!(texts("a snet|x b", &known), ["a net:snet-db b"]);
        assert_eq!(texts("|", &known).len(), MOST);
    }

    #[test]
    fn values_are_those_of_the_field_and_mean_just_one() {
        assert_eq!(texts("decision:d|", &[]), ["decision:denied", "decision:allowed"]);
        assert_eq!(texts("path:within|", &[]), ["path:within-subnet", "path:within-network"]);
        let subnets =
            [(Field::Src, "web"), (Field::Src, "web-2"), (Field::Src, "a web"), (Field::Src, "10.0.0.0/24")];
        assert_eq!(texts("src:w|", &subnets), ["src:=web", "src:web-2", "src:\"a web\""]);
        assert_eq!(texts("src:10|", &subnets), ["src:10.0.0.0/24"]);
        assert_eq!(texts("src:x,\"a w|", &subnets), ["src:x,\"a web\""]);
        assert_eq!(texts("port:443, 80|", &[(Field::Port, "8080")]), ["port:443, 8080"]);
        assert_eq!(texts("rule:zz|", &[(Field::Rule, "DenyAll")]), Vec::<String>::new());
    }
}
