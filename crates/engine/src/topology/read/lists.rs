//! One list as several files give it whole: what each has alone, and what it lacks.
//!
//! Files with the same members are compared once for all of them. Where there are still too many to compare each with
//! each, it is not told which of them lack what, only what.

use super::claims::List;
use azflow_core::model::SortSmall;
use std::collections::BTreeMap;

/// Files that a sentence names.
pub(super) const MOST_FILES: usize = 3;
/// Members of a list that a sentence names.
pub(super) const MOST_MEMBERS: usize = 8;
/// So many members are looked at for telling which files lack some.
const MOST_STEPS: usize = 20_000_000;

/// Files, of which the first are named.
#[derive(Debug, Default, Clone)]
pub(super) struct SomeFiles {
    /// The first of them, in order.
    pub first: Vec<usize>,
    /// How many there are.
    pub count: usize,
}

impl FromIterator<usize> for SomeFiles {
    /// Of files in order, each once.
    fn from_iter<I: IntoIterator<Item = usize>>(files: I) -> Self {
        let mut out = Self::default();
        for file in files {
            out.count += 1;
            if out.first.len() < MOST_FILES {
                out.first.push(file);
            }
        }
        out
    }
}

impl SomeFiles {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.first.extend(&other.first);
        self.first.sort_unstable();
        self.first.truncate(MOST_FILES);
    }
}

/// Files that have the same members, by number.
struct Class {
    members: Vec<usize>,
    files: SomeFiles,
    /// Files that lack some of these members, and files that have others. `None` where there are too many to tell.
    lacking: Option<SomeFiles>,
    having: Option<SomeFiles>,
}

/// See the module's description.
pub(super) struct Lists<'a> {
    /// By member: its number, which goes by the names in lower case, and how many files have it.
    known: BTreeMap<&'a str, (usize, usize)>,
    /// By the member's number: as the last file that has it writes it.
    names: Vec<&'a str>,
    classes: Vec<Class>,
    /// By the place of a file's list: its class.
    class_of: Vec<usize>,
}

impl<'a> Lists<'a> {
    pub fn of(list: &'a List) -> Self {
        let mut known: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for key in list.members.iter().flat_map(|(_, members)| members.keys()) {
            known.entry(key).or_default().1 += 1;
        }
        known.values_mut().enumerate().for_each(|(number, (own, _))| *own = number);
        let number = |key: &str| known.get(key).map(|(number, _)| *number);
        let mut names = vec![""; known.len()];
        let mut places: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut files: Vec<Vec<usize>> = Vec::new();
        let mut class_of = Vec::with_capacity(list.members.len());
        for (file, members) in &list.members {
            for (key, name) in members {
                if let Some(known) = number(key).and_then(|number| names.get_mut(number)) {
                    *known = name.as_str();
                }
            }
            let members: Vec<usize> = members.keys().filter_map(|key| number(key)).collect();
            let class = *places.entry(members).or_insert(files.len());
            if class == files.len() {
                files.push(Vec::new());
            }
            files[class].push(*file);
            class_of.push(class);
        }
        let mut classes: Vec<(usize, Class)> = places
            .into_iter()
            .map(|(members, at)| {
                let files = files[at].iter().copied().collect();
                (at, Class { members, files, lacking: None, having: None })
            })
            .collect();
        classes.sort_small_by_key(|(at, _)| *at);
        let mut classes: Vec<Class> = classes.into_iter().map(|(_, class)| class).collect();
        compare(&mut classes);
        Self { known, names, classes, class_of }
    }

    /// Whether some file lacks a member that another has.
    pub fn is_lacked(&self, key: &str) -> bool {
        self.known.get(key).is_some_and(|(_, files)| *files < self.class_of.len())
    }

    /// The files that lack members of a file's list; `None` where there are too many to tell.
    pub fn lacking(&self, at: usize) -> Option<&SomeFiles> {
        self.class(at)?.lacking.as_ref()
    }

    /// The files that have members which a file's list lacks; `None` where there are too many to tell.
    pub fn having(&self, at: usize) -> Option<&SomeFiles> {
        self.class(at)?.having.as_ref()
    }

    /// The members that a file's list lacks, in a phrase.
    pub fn absent(&self, at: usize) -> Option<String> {
        let own = &self.class(at)?.members;
        let count = self.names.len() - own.len();
        if count == 0 {
            return None;
        }
        let mut own = own.iter().peekable();
        let absent = self.names.iter().enumerate().filter(|(number, _)| own.next_if_eq(&number).is_none());
        let first = absent.map(|(_, name)| *name).take(MOST_MEMBERS).collect::<Vec<_>>().join(", ");
        Some(match count.saturating_sub(MOST_MEMBERS) {
            0 => first,
            more => format!("{first} and {more} more"),
        })
    }

    fn class(&self, at: usize) -> Option<&Class> {
        self.classes.get(*self.class_of.get(at)?)
    }
}

/// Finds which files lack what others have.
fn compare(classes: &mut [Class]) {
    let members: usize = classes.iter().map(|class| class.members.len() + 1).sum();
    if classes.len().saturating_mul(members) > MOST_STEPS {
        return;
    }
    for at in 0..classes.len() {
        let (mut lacking, mut having) = (SomeFiles::default(), SomeFiles::default());
        let own = &classes[at];
        for other in classes.iter() {
            if !holds(&other.members, &own.members) {
                lacking.add(&other.files);
            }
            if !holds(&own.members, &other.members) {
                having.add(&other.files);
            }
        }
        classes[at].lacking = Some(lacking);
        classes[at].having = Some(having);
    }
}

/// Whether sorted numbers are all among other sorted ones.
fn holds(of: &[usize], all: &[usize]) -> bool {
    let mut of = of.iter();
    all.len() <= of.len() && all.iter().all(|one| of.by_ref().find(|other| *other >= one) == Some(one))
}
