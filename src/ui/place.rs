//! Where in the page one is, and how that is written behind the `#` of its address.
//!
//! The text holds what was chosen and the filter, nothing of what is loaded: a selection is a name out of the
//! logs, so only the page's own memory keeps it. Every version can be read for ever: an upgrade for each leads to
//! the next one. What is not understood is left out, a version that is not known is told.

use super::grid::{Arrange, Measure, Sort, Zoom};
use azflow_core::store::Mode;
use azflow_engine::filter;
use azflow_engine::session::{FlowKey, Listed, Selection, SimulatedPart, View};
use azflow_engine::topology::Cut;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The screens behind the tabs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Who talks to whom.
    #[default]
    Matrix,
    /// What is needed.
    Review,
    /// Audit, draft, simulate, decide.
    Rules,
    /// The list of conversations.
    Flows,
    /// Virtual networks, peerings, NICs.
    Network,
    /// What stands out, and noise.
    Findings,
    /// The sources and their sums.
    Data,
}

/// See the module's description.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The open tab.
    pub screen: Screen,
    /// How to count, cut and filter; the number of names given by hand is not part of a place.
    pub view: View,
    /// How the matrix is laid out.
    pub arrange: Arrange,
    /// Whether it is shown as a table.
    pub as_table: bool,
    /// How large its cells are: a change of only this is no step of its own.
    pub zoom: Zoom,
    /// Which services are listed for review.
    pub listed: Listed,
    /// The part of the Rules screen.
    pub part: usize,
    /// Whether periods are compared instead of listing findings.
    pub comparing: bool,
    /// Never written, as all below: which part's details are shown.
    pub selection: Selection,
    /// The conversation whose evidence is shown.
    pub open: Option<FlowKey>,
    /// Which conversations of a simulation are listed.
    pub simulated: SimulatedPart,
    /// The question that was asked.
    pub question: Option<usize>,
}

/// The part of the Rules screen to begin with, the draft: there may be nothing to audit.
pub const FIRST_PART: usize = 1;

impl Default for Place {
    fn default() -> Self {
        Self {
            screen: Screen::default(),
            view: View::default(),
            arrange: Arrange::default(),
            as_table: false,
            zoom: Zoom::default(),
            listed: Listed::default(),
            part: FIRST_PART,
            comparing: false,
            selection: Selection::default(),
            open: None,
            simulated: SimulatedPart::default(),
            question: None,
        }
    }
}

/// What stood behind the `#`.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "read once, and used up at once; only where pointers are wide")]
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

/// Words in the order of what they stand for. What needs none, since the page begins with it, has an empty one.
const SCREENS: [&str; 7] = ["", "review", "rules", "flows", "network", "findings", "data"];
const MODES: [&str; 2] = ["", "as-logged"];
const MEASURES: [&str; 3] = ["", "bytes", "packets"];
const SORTS: [&str; 4] = ["", "volume", "denied", "similar"];
const LISTED: [&str; 3] = ["", "denied", "all"];
const PARTS: [&str; 4] = ["audit", "", "simulate", "decide"];

/// What they stand for, in the same order.
const SCREEN: [Screen; 7] = [
    Screen::Matrix,
    Screen::Review,
    Screen::Rules,
    Screen::Flows,
    Screen::Network,
    Screen::Findings,
    Screen::Data,
];
const MODE: [Mode; 2] = [Mode::Conversations, Mode::AsLogged];
const SHOWN: [Listed; 3] = [Listed::Allowed, Listed::Denied, Listed::All];

fn number(words: &[&str], word: &str) -> Option<usize> {
    words.iter().position(|known| *known == word)
}

fn one_of<T: Copy + Default>(words: &[&str], list: &[T], word: &str) -> T {
    number(words, word).and_then(|at| list.get(at).copied()).unwrap_or_default()
}

/// Writes a place, with the `#`.
pub fn encode(place: &Place) -> String {
    let mut out = format!("#v{}:", UPGRADES.len() + 1);
    let head = out.len();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(if out.len() == head { "" } else { "&" });
            out.push_str(key);
            out.push('=');
            escape(value, &mut out);
        }
    };
    let word = |words: &[&'static str], at: usize| words.get(at).copied().unwrap_or_default();
    let Place { view, arrange, .. } = place;
    add("screen", word(&SCREENS, place.screen as usize));
    add("filter", &view.filter);
    add("mode", word(&MODES, view.mode as usize));
    let cut =
        if view.cut == Cut::default() { String::new() } else { format!("{},{}", view.cut.v4, view.cut.v6) };
    add("cut", &cut);
    add("measure", word(&MEASURES, arrange.measure as usize));
    add("sort", word(&SORTS, arrange.sort as usize));
    add("review", word(&LISTED, place.listed as usize));
    add("rules", word(&PARTS, place.part));
    let zoom = match place.zoom {
        Zoom::Readable => String::new(),
        Zoom::Fit => "fit".to_owned(),
        Zoom::Step(step) => step.to_string(),
    };
    add("zoom", &zoom);
    let marks = [
        ("fold", view.fold),
        ("transpose", arrange.transpose),
        ("hide-empty", arrange.hide_empty),
        ("table", place.as_table),
        ("compare", place.comparing),
    ];
    for (key, on) in marks {
        add(key, if on { "1" } else { "" });
    }
    out
}

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
    let (view, arrange) = (&mut place.view, &mut place.arrange);
    for part in text.split('&') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = plain(value);
        let on = value == "1";
        match key {
            "screen" => place.screen = one_of(&SCREENS, &SCREEN, &value),
            // What is no filter in this version is left out like all else.
            "filter" => view.filter = filter::parse(&value).unwrap_or_default().to_string(),
            "mode" => view.mode = one_of(&MODES, &MODE, &value),
            "cut" => {
                let lengths = value.split_once(',').map(|(v4, v6)| (v4.parse(), v6.parse()));
                if let Some((Ok(v4 @ 0..=32), Ok(v6 @ 0..=128))) = lengths {
                    view.cut = Cut { v4, v6 };
                }
            }
            "measure" => arrange.measure = one_of(&MEASURES, &Measure::ALL, &value),
            "sort" => arrange.sort = one_of(&SORTS, &Sort::ALL, &value),
            "review" => place.listed = one_of(&LISTED, &SHOWN, &value),
            "rules" => place.part = number(&PARTS, &value).unwrap_or(FIRST_PART),
            "zoom" => {
                let step = value.parse().ok().and_then(Zoom::step);
                place.zoom = step.unwrap_or(if value == "fit" { Zoom::Fit } else { Zoom::Readable });
            }
            "fold" => view.fold = on,
            "transpose" => arrange.transpose = on,
            "hide-empty" => arrange.hide_empty = on,
            "table" => place.as_table = on,
            "compare" => place.comparing = on,
            _ => {}
        }
    }
    place
}

/// What is written by its number in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b':')
    .remove(b',')
    .remove(b'/')
    .remove(b'*');

/// Signs that mean something in an address are written by their number.
fn escape(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, ESCAPED));
}

fn plain(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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
        let numbers = (0usize..7, 0usize..3, 0usize..4, 0usize..3, 0usize..4);
        let zoom = prop_oneof![Just(Zoom::Readable), Just(Zoom::Fit), (0u8..10).prop_map(Zoom::Step),];
        (view, numbers, zoom, any::<[bool; 4]>()).prop_map(|(view, at, zoom, on)| Place {
            screen: SCREEN[at.0],
            view,
            arrange: Arrange {
                measure: Measure::ALL[at.1],
                sort: Sort::ALL[at.2],
                transpose: on[0],
                hide_empty: on[1],
            },
            as_table: on[2],
            zoom,
            listed: SHOWN[at.3],
            part: at.4,
            comparing: on[3],
            ..Place::default()
        })
    }

    #[test]
    fn a_filter_that_ends_in_a_colon_is_not_taken_for_the_beginning() {
        let view = View { filter: "host:::".to_owned(), fold: true, ..View::default() };
        let place = Place { view, ..Place::default() };
        assert_eq!(encode(&place), "#v1:filter=host:::&fold=1");
        assert_eq!(decode(&encode(&place)), Hash::Place(place));
    }

    proptest! {
        #[test]
        fn a_place_comes_back_from_its_text(place in any_place()) {
            let hash = encode(&place);
            prop_assert!(hash.bytes().all(|b| b.is_ascii_graphic()), "{}", hash);
            prop_assert_eq!(decode(&hash), Hash::Place(place));
        }

        /// Whatever is read is written and read as the same again: nothing of a strange text stays.
        #[test]
        fn any_text_is_a_place_or_nothing(
            text in prop_oneof![
                "\\PC{0,40}",
                "#?(v[0-9]{0,22}:)?\\PC{0,30}",
                "#v1:((screen|filter|cut|measure|sort|review|rules|zoom|fold|table)=[a-z0-9,:%\"(-]{0,9}&?){0,6}",
            ]
        ) {
            if let Hash::Place(place) = decode(&text) {
                prop_assert_eq!(decode(&encode(&place)), Hash::Place(place));
            }
        }
    }

    #[test]
    fn the_text_holds_nothing_of_what_is_loaded() {
        let secret = || "snet-secret".to_owned();
        let address = azflow_core::model::Address::parse("10.99.0.1").unwrap();
        let place = Place {
            selection: Selection { src: Some(secret()), dst: None },
            open: Some(FlowKey { src: address, dst: address, service: 0 }),
            simulated: SimulatedPart { line: Some((secret(), secret())), ..SimulatedPart::default() },
            view: View { names: 3, ..View::default() },
            ..Place::default()
        };
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
