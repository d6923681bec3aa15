//! Where in the page one is, and how that is written behind the `#` of its address.
//!
//! The text holds what was chosen and the filter, nothing of what is loaded: a selection is a name out of the
//! logs, so only the page's own memory keeps it. Every version can be read for ever: an upgrade for each leads to
//! the next one. What is not understood is left out, a version that is not known is told.

use super::grid::{Measure, Sort};
use crate::filter;
use crate::session::{Selection, View};
use crate::store::Mode;
use crate::topology::Cut;

/// See the module's description.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Place {
    /// The screen, by the word of its tab.
    pub screen: String,
    /// How to count, cut and filter; the number of names given by hand is not part of a place.
    pub view: View,
    /// What a cell's depth means.
    pub measure: Measure,
    /// The order of the axes.
    pub sort: Sort,
    /// Which part's details are shown; never written.
    pub selection: Selection,
}

/// What stood behind the `#`.
#[derive(Debug, PartialEq)]
pub enum Hash {
    /// Nothing that is meant for this page.
    Empty,
    /// A place.
    Place(Place),
    /// A place in words that only a later version knows.
    Unknown,
}

/// Each leads from the version of its place in this list, counted from 1, to the next.
const UPGRADES: &[fn(&str) -> String] = &[];

/// Writes a place, with the `#`.
pub fn encode(place: &Place) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{key}={}", escaped(value)));
        }
    };
    let word = |wanted: bool, word: &'static str| if wanted { word } else { "" };
    let view = &place.view;
    add("screen", &place.screen);
    add("filter", &view.filter);
    add("mode", word(view.mode == Mode::AsLogged, "as-logged"));
    if view.cut != Cut::default() {
        add("cut", &format!("{},{}", view.cut.v4, view.cut.v6));
    }
    add("fold", word(view.fold, "1"));
    add("measure", MEASURES.iter().find(|(_, m)| *m == place.measure).map_or("", |(word, _)| word));
    add("sort", SORTS.iter().find(|(_, s)| *s == place.sort).map_or("", |(word, _)| word));
    format!("#v{}:{}", UPGRADES.len() + 1, parts.join("&"))
}

const MEASURES: [(&str, Measure); 2] = [("bytes", Measure::Bytes), ("packets", Measure::Packets)];
const SORTS: [(&str, Sort); 2] = [("volume", Sort::Volume), ("denied", Sort::Denied)];

/// Reads what stands behind the `#`.
pub fn decode(hash: &str) -> Hash {
    upgraded(hash, UPGRADES)
}

fn upgraded(hash: &str, upgrades: &[fn(&str) -> String]) -> Hash {
    let text = hash.strip_prefix('#').unwrap_or(hash);
    let Some((version, rest)) = text.strip_prefix('v').and_then(|text| text.split_once(':')) else {
        return Hash::Empty;
    };
    let Some(skip) = version.parse::<usize>().ok().and_then(|version| version.checked_sub(1)) else {
        return Hash::Empty;
    };
    if skip > upgrades.len() {
        return Hash::Unknown;
    }
    let current = upgrades.iter().skip(skip).fold(rest.to_owned(), |text, upgrade| upgrade(&text));
    Hash::Place(read(&current))
}

fn read(text: &str) -> Place {
    let mut place = Place::default();
    let view = &mut place.view;
    for part in text.split('&') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = plain(value);
        match key {
            "screen" => place.screen = value,
            // What is no filter in this version is left out like all else.
            "filter" => view.filter = filter::parse(&value).unwrap_or_default().to_string(),
            "mode" if value == "as-logged" => view.mode = Mode::AsLogged,
            "cut" => {
                let lengths = value.split_once(',').map(|(v4, v6)| (v4.parse(), v6.parse()));
                if let Some((Ok(v4 @ 0..=32), Ok(v6 @ 0..=128))) = lengths {
                    view.cut = Cut { v4, v6 };
                }
            }
            "fold" => view.fold = value == "1",
            "measure" => {
                place.measure =
                    MEASURES.iter().find(|(word, _)| *word == value).map(|(_, m)| *m).unwrap_or_default();
            }
            "sort" => {
                place.sort =
                    SORTS.iter().find(|(word, _)| *word == value).map(|(_, s)| *s).unwrap_or_default();
            }
            _ => {}
        }
    }
    place
}

/// Signs that mean something in an address are written by their number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b':' | b',' | b'/' | b'*' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn plain(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        rest = after;
        match hex.filter(|_| *first == b'%') {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_place() -> impl Strategy<Value = Place> {
        let view = (any::<bool>(), 0u8..=32, 0u8..=128, any::<bool>(), "\"\\PC{0,20}\"").prop_map(
            |(as_logged, v4, v6, fold, filter)| View {
                mode: if as_logged { Mode::AsLogged } else { Mode::Conversations },
                cut: Cut { v4, v6 },
                fold,
                filter: filter::parse(&filter).unwrap_or_default().to_string(),
                ..View::default()
            },
        );
        ("[a-z]{0,8}", view, 0usize..3, 0usize..3).prop_map(|(screen, view, measure, sort)| Place {
            screen,
            view,
            measure: Measure::ALL[measure],
            sort: Sort::ALL[sort],
            selection: Selection::default(),
        })
    }

    proptest! {
        #[test]
        fn a_place_comes_back_from_its_text(place in any_place()) {
            let hash = encode(&place);
            prop_assert!(hash.bytes().all(|b| b.is_ascii_graphic()), "{}", hash);
            prop_assert_eq!(decode(&hash), Hash::Place(place));
        }

        #[test]
        fn any_text_can_be_read(text in "#?(v[0-9]{0,3}:)?\\PC{0,30}") {
            decode(&text);
        }
    }

    #[test]
    fn the_text_holds_nothing_of_what_is_loaded() {
        let selection = Selection { src: Some("snet-secret".into()), dst: None };
        let place = Place { selection, view: View { names: 3, ..View::default() }, ..Place::default() };
        assert_eq!(encode(&place), "#v1:");
        let filter = View { filter: "port:443 -\"a b\"".into(), ..View::default() };
        assert_eq!(encode(&Place { view: filter, ..Place::default() }), "#v1:filter=port:443%20-%22a%20b%22");
    }

    #[test]
    fn older_versions_are_upgraded_step_by_step_and_later_ones_told() {
        let upgrades: [fn(&str) -> String; 2] =
            [|text| text.replace("query=", "search="), |text| text.replace("search=", "filter=")];
        let found = |text: &str| match upgraded(text, &upgrades) {
            Hash::Place(place) => place.view.filter,
            other => format!("{other:?}"),
        };
        assert_eq!([found("#v1:query=a"), found("#v2:search=b"), found("#v3:filter=c")], ["a", "b", "c"]);
        assert_eq!([found("#v4:filter=d"), found("#v0:"), found("#top")], ["Unknown", "Empty", "Empty"]);
    }
}
