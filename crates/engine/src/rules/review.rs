//! What people say of the services that were seen: needed, not needed, to be asked. Pure data and lookups.
//!
//! A mark is about a service: a source, a destination, a protocol and a port. A side is the name of a subnet as
//! it is shown, or a prefix, or an address (finer marks, by host). So marks outlive another prefix length and
//! names that come later. What has no mark is undecided; nothing is decided by itself.

use azflow_core::model::{Address, Prefix, Protocol};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// Seeds a rule, even if it was denied.
    Needed,
    /// Seeds no rule.
    NotNeeded,
    /// Somebody has to be asked first; until then as if undecided.
    Ask,
}

impl Verdict {
    /// Every verdict, in the order of buttons.
    pub const ALL: [Self; 3] = [Self::Needed, Self::NotNeeded, Self::Ask];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Needed => "needed",
            Self::NotNeeded => "not needed",
            Self::Ask => "ask",
        }
    }

    /// What people write in a spreadsheet: `Some(None)` for nothing, `None` for a word that could mean anything.
    pub fn parse(text: &str) -> Option<Option<Self>> {
        let plain: String = text.chars().filter(|c| c.is_alphabetic() || *c == '?').collect();
        Some(Some(match plain.to_lowercase().as_str() {
            "" | "undecided" => return Some(None),
            "needed" | "need" | "yes" | "y" | "required" | "keep" => Self::Needed,
            "notneeded" | "no" | "n" | "notrequired" | "remove" => Self::NotNeeded,
            "ask" | "asked" | "?" | "ask?" | "unsure" | "open" => Self::Ask,
            _ => return None,
        }))
    }
}

/// One service with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The source: a subnet's name, a prefix or an address.
    pub src: String,
    /// The destination, likewise.
    pub dst: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port; `None` for protocols without ports.
    pub port: Option<u16>,
    /// What is said; `None` where only an owner or a note is known.
    pub verdict: Option<Verdict>,
    /// Who answers for the service.
    pub owner: String,
    /// Why, or what to ask.
    pub note: String,
}

impl Mark {
    /// An empty mark of a service.
    pub fn of(src: &str, dst: &str, protocol: Protocol, port: Option<u16>) -> Self {
        let (src, dst) = (src.to_owned(), dst.to_owned());
        Self { src, dst, protocol, port, verdict: None, owner: String::new(), note: String::new() }
    }

    /// What it is about, and its order.
    pub fn key(&self) -> (&str, &str, Protocol, Option<u16>) {
        (&self.src, &self.dst, self.protocol, self.port)
    }

    fn is_empty(&self) -> bool {
        self.verdict.is_none() && self.owner.is_empty() && self.note.is_empty()
    }
}

/// Two reviews that say different things; the later one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The service, with what counts now.
    pub mark: Mark,
    /// What differed: `decision`, `owner` or `note`.
    pub field: String,
    /// What had been said before.
    pub before: String,
    /// What is said now.
    pub after: String,
}

/// A review: marks by service, one each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Review {
    marks: Vec<Mark>,
}

impl Review {
    /// Of marks in any order; of several for one service the later counts where it says something.
    pub fn of(marks: impl IntoIterator<Item = Mark>) -> Self {
        let mut out = Self::default();
        for mark in marks {
            out.take(mark, &mut Vec::new());
        }
        out
    }

    /// The marks, by service.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn place(&self, mark: &Mark) -> Result<usize, usize> {
        self.marks.binary_search_by(|known| known.key().cmp(&mark.key()))
    }

    /// The mark of just this service.
    pub fn get(&self, src: &str, dst: &str, protocol: Protocol, port: Option<u16>) -> Option<&Mark> {
        let found = self.marks.binary_search_by(|known| known.key().cmp(&(src, dst, protocol, port)));
        self.marks.get(found.ok()?)
    }

    /// Puts a mark in place of the one of its service; an empty one removes it.
    pub fn set(&mut self, mark: Mark) {
        match (self.place(&mark), mark.is_empty()) {
            (Ok(at), false) => self.marks[at] = mark,
            (Ok(at), true) => drop(self.marks.remove(at)),
            (Err(at), false) => self.marks.insert(at, mark),
            (Err(_), true) => {}
        }
    }

    /// Takes in a later review: where it says something it counts. What differed is returned, by service.
    pub fn merge(&mut self, later: Self) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for mark in later.marks {
            self.take(mark, &mut conflicts);
        }
        conflicts
    }

    fn take(&mut self, later: Mark, conflicts: &mut Vec<Conflict>) {
        let at = match self.place(&later) {
            Ok(at) => at,
            Err(_) => return self.set(later),
        };
        let before = self.marks[at].clone();
        let mut merged = before.clone();
        let or = |later: &str, before: &str| if later.is_empty() { before } else { later }.to_owned();
        merged.verdict = later.verdict.or(before.verdict);
        merged.owner = or(&later.owner, &before.owner);
        merged.note = or(&later.note, &before.note);
        let word = |verdict: Option<Verdict>| verdict.map_or("", Verdict::as_str);
        for (field, was, is) in [
            ("decision", word(before.verdict), word(merged.verdict)),
            ("owner", &before.owner, &merged.owner),
            ("note", &before.note, &merged.note),
        ] {
            if !was.is_empty() && was != is {
                let [field, before, after] = [field, was, is].map(str::to_owned);
                conflicts.push(Conflict { mark: merged.clone(), field, before, after });
            }
        }
        self.marks[at] = merged;
    }
}

/// The sides of marks that an address fits, by number, the most exact first.
pub type Sides = Vec<u32>;

/// A mark by the numbers of its sides.
pub type MarkKey = (u32, u32, Protocol, Option<u16>);

/// A review, ready to be asked about conversations.
///
/// The address itself counts before the name of its subnet, that before prefixes, longer ones first; of two
/// marks that fit, the one with the more exact source, then destination.
#[derive(Debug, Default)]
pub struct Verdicts {
    names: HashMap<String, u32>,
    prefixes: HashMap<Prefix, u32>,
    /// Lengths of those, longest first.
    lengths: Vec<u8>,
    verdicts: HashMap<MarkKey, Verdict>,
}

impl Verdicts {
    /// Of a review.
    pub fn new(review: &Review) -> Self {
        let mut out = Self::default();
        for mark in &review.marks {
            if let Some(verdict) = mark.verdict {
                let [src, dst] = [&mark.src, &mark.dst].map(|side| out.side(side));
                out.verdicts.insert((src, dst, mark.protocol, mark.port), verdict);
            }
        }
        let lengths = BTreeSet::from_iter(out.prefixes.keys().map(|prefix| prefix.length()));
        out.lengths = lengths.into_iter().rev().collect();
        out
    }

    fn side(&mut self, text: &str) -> u32 {
        let next = self.names.len() as u32;
        let number = *self.names.entry(text.to_owned()).or_insert(next);
        if let Some(prefix) = Prefix::parse(text) {
            self.prefixes.entry(prefix).or_insert(number);
        }
        number
    }

    /// How many marks say something.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// Whether no mark says anything.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    /// What an address fits, given the name of its subnet.
    pub fn sides(&self, address: Address, subnet: &str) -> Sides {
        let mut out = Vec::new();
        let add = |out: &mut Sides, number: Option<&u32>| match number {
            Some(number) if !out.contains(number) => out.push(*number),
            _ => {}
        };
        let whole = |prefix: &Prefix| prefix.first() == prefix.last();
        let fit = |length: &u8| Some(Prefix::of(address, *length)).filter(|p| p.length() == *length);
        let prefixes: Vec<Prefix> = self.lengths.iter().filter_map(fit).collect();
        for prefix in prefixes.iter().filter(|p| whole(p)) {
            add(&mut out, self.prefixes.get(prefix));
        }
        add(&mut out, self.names.get(subnet));
        for prefix in &prefixes {
            add(&mut out, self.prefixes.get(prefix));
        }
        out
    }

    /// What is said of a conversation between addresses that fit these sides.
    pub fn of(&self, src: &[u32], dst: &[u32], protocol: Protocol, port: Option<u16>) -> Option<Verdict> {
        self.find(src, dst, protocol, port).map(|(_, verdict)| verdict)
    }

    /// The same, with the mark's own key.
    pub fn find(
        &self,
        src: &[u32],
        dst: &[u32],
        protocol: Protocol,
        port: Option<u16>,
    ) -> Option<(MarkKey, Verdict)> {
        let mut keys = src.iter().flat_map(|s| dst.iter().map(move |d| (*s, *d, protocol, port)));
        keys.find_map(|key| Some((key, *self.verdicts.get(&key)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(src: &str, dst: &str, port: u16, verdict: Option<Verdict>, owner: &str, note: &str) -> Mark {
        let (owner, note) = (owner.to_owned(), note.to_owned());
        Mark { verdict, owner, note, ..Mark::of(src, dst, Protocol::TCP, Some(port)) }
    }

    #[test]
    fn of_two_reviews_the_later_counts_where_it_says_something() {
        use Verdict::{Ask, Needed, NotNeeded};
        let mut review = Review::of([
            mark("web", "sql", 1433, Some(Needed), "anna", "shop"),
            mark("web", "sql", 445, Some(Ask), "", "who?"),
        ]);
        let later = Review::of([
            mark("web", "sql", 1433, Some(NotNeeded), "", "gone"),
            mark("web", "sql", 445, None, "bert", ""),
            mark("api", "sql", 1433, Some(Needed), "", ""),
        ]);
        let conflicts = review.merge(later);
        let told: Vec<_> =
            conflicts.iter().map(|c| (c.field.as_str(), c.before.as_str(), c.after.as_str())).collect();
        assert_eq!(told, [("decision", "needed", "not needed"), ("note", "shop", "gone")]);
        assert_eq!(
            review.get("web", "sql", Protocol::TCP, Some(1433)),
            Some(&mark("web", "sql", 1433, Some(NotNeeded), "anna", "gone"))
        );
        assert_eq!(
            review.get("web", "sql", Protocol::TCP, Some(445)),
            Some(&mark("web", "sql", 445, Some(Ask), "bert", "who?"))
        );
        assert_eq!(review.marks().len(), 3);
        assert!(review.marks().is_sorted_by(|a, b| a.key() < b.key()));
    }

    #[test]
    fn an_empty_mark_is_none() {
        let mut review = Review::of([mark("a", "b", 1, Some(Verdict::Ask), "", "")]);
        review.set(mark("a", "b", 1, None, "", ""));
        assert_eq!(review, Review::default());
    }

    #[test]
    fn the_most_exact_mark_counts() {
        use Verdict::{Ask, Needed, NotNeeded};
        let review = Review::of([
            mark("10.0.0.0/24", "sql", 1433, Some(NotNeeded), "", ""),
            mark("10.0.0.0/28", "sql", 1433, Some(Ask), "", ""),
            mark("10.0.0.4", "sql", 1433, Some(Needed), "", ""),
            mark("web", "sql", 1433, Some(Needed), "", ""),
        ]);
        let verdicts = Verdicts::new(&review);
        let a = |text: &str| Address::parse(text).unwrap_or(Address::from_v4(0));
        let ask = |src: &str, name: &str, port: u16| {
            let (src, dst) = (verdicts.sides(a(src), name), verdicts.sides(a("10.9.9.9"), "sql"));
            verdicts.of(&src, &dst, Protocol::TCP, Some(port))
        };
        assert_eq!(ask("10.0.0.4", "10.0.0.0/24", 1433), Some(Needed));
        assert_eq!(ask("10.0.0.5", "other", 1433), Some(Ask));
        assert_eq!(ask("10.0.0.200", "10.0.0.0/24", 1433), Some(NotNeeded));
        assert_eq!(ask("10.0.0.200", "web", 1433), Some(Needed), "the name before a wider prefix");
        assert_eq!(ask("10.0.0.200", "10.0.0.0/24", 445), None);
        assert_eq!(ask("10.7.0.1", "10.7.0.0/24", 1433), None);
    }

    #[test]
    fn people_write_verdicts_in_their_ways() {
        for (text, verdict) in [
            ("Needed", Some(Verdict::Needed)),
            (" not-needed ", Some(Verdict::NotNeeded)),
            ("NO", Some(Verdict::NotNeeded)),
            ("ask?", Some(Verdict::Ask)),
            ("?", Some(Verdict::Ask)),
            ("", None),
        ] {
            assert_eq!(Verdict::parse(text).flatten(), verdict, "{text}");
        }
        assert!(Verdict::parse("perhaps").is_none());
    }
}
