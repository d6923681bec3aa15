//! Charts as pictures: well-formed XML whatever the names are, with everything that the page shows in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use azflow::ui::grid::{
    Arrange, Bar, Caption, Chart, Palette, Sort, bar_picture, matrix_picture, timeline_picture,
};
use azflow_core::model::Tally;
use azflow_engine::session::{Covered, MatrixAnswer, MatrixCell, SubnetInfo, Timeline};
use azflow_engine::topology::SubnetKind;
use proptest::prelude::*;

const HOSTILE: &str = "<script>alert('&')</script>\"]]>\u{1b}\u{0}=cmd";

fn palette() -> Palette {
    Palette::of(|name| match name {
        "--allowed-rgb" => "31 95 168".to_owned(),
        "--denied-rgb" => "190 78 10".to_owned(),
        "--never-rgb" => "242 243 245".to_owned(),
        "--font" => "\"Segoe UI\", sans-serif".to_owned(),
        _ => "#123456".to_owned(),
    })
}

fn tally(allowed: u64, denied: u64) -> Tally {
    Tally { allowed_flows: allowed, denied_flows: denied, ..Tally::default() }
}

fn answer(names: &[&str], cells: &[(u32, u32, u64, u64)]) -> MatrixAnswer {
    let subnet = |name: &&str| SubnetInfo {
        name: (*name).to_owned(),
        kind: SubnetKind::Named,
        network: Some(format!("net {name}")),
        addresses: 1,
    };
    let cell = |&(src, dst, allowed, denied): &(u32, u32, u64, u64)| MatrixCell {
        src,
        dst,
        tally: tally(allowed, denied),
    };
    MatrixAnswer { subnets: names.iter().map(subnet).collect(), cells: cells.iter().map(cell).collect() }
}

/// Reads XML as far as it is written here: elements with attributes, text, no entities but the five.
/// Returns all text; fails on anything that is not well-formed.
fn well_formed(xml: &str) -> Result<Vec<String>, String> {
    let mut open: Vec<String> = Vec::new();
    let mut texts = Vec::new();
    let mut rest = xml;
    if let Some(bad) = xml.chars().find(|c| *c < ' ' && !matches!(c, '\n' | '\t' | '\r')) {
        return Err(format!("the character {bad:?}"));
    }
    let plain = |text: &str| -> Result<String, String> {
        let mut out = text.to_owned();
        for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "\u{1}")] {
            out = out.replace(entity, c);
        }
        if out.contains('&') {
            return Err(format!("an ampersand in {text}"));
        }
        Ok(out.replace('\u{1}', "&"))
    };
    while let Some(at) = rest.find('<') {
        let (text, after) = rest.split_at(at);
        if !text.trim().is_empty() {
            texts.push(plain(text)?);
        }
        let end = after.find('>').ok_or("a tag without end")?;
        let tag = &after[1..end];
        rest = &after[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop().as_deref() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut seen = Vec::new();
        while !attributes.trim().is_empty() {
            let (key, after) =
                attributes.trim_start().split_once("=\"").ok_or("an attribute without value")?;
            let (value, after) = after.split_once('"').ok_or("a value without end")?;
            if value.contains('<') || seen.contains(&key) {
                return Err(format!("the attribute {key}"));
            }
            plain(value)?;
            seen.push(key);
            attributes = after;
        }
        if !closed {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(texts) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn a_picture_of_the_matrix_says_what_it_shows_and_keeps_names_text() {
    let answer = answer(&[HOSTILE, "snet-web", "snet-sql"], &[(0, 1, 4, 9), (1, 2, 3, 0), (2, 2, 0, 0)]);
    let chart = Chart::new(&answer, Arrange { sort: Sort::Similar, ..Arrange::default() });
    let caption = Caption {
        title: "Who talks to whom".to_owned(),
        lines: vec!["1 – 2 Oct 2026 UTC · flows · filter src:<b>&\"x\"".to_owned(), "As logged".to_owned()],
    };
    let svg = matrix_picture(&chart, &palette(), &caption, 100.0);
    let texts = well_formed(&svg).unwrap();
    for line in [&caption.title, &caption.lines[0], &caption.lines[1]] {
        assert!(texts.contains(line), "{line} is missing");
    }
    assert!(texts.contains(&"snet-web".to_owned()));
    assert!(!svg.contains("<script"));
}

#[test]
fn bars_and_the_chart_over_time_are_pictures_too() {
    let bars = [(HOSTILE, 5, 0), ("b", 0, 7), ("c", u64::MAX, u64::MAX)].map(|(name, allowed, denied)| Bar {
        name: name.to_owned(),
        allowed,
        denied,
    });
    let caption = Caption { title: HOSTILE.to_owned(), lines: Vec::new() };
    well_formed(&bar_picture(&bars, &palette(), &caption)).unwrap();
    well_formed(&bar_picture(&[], &palette(), &caption)).unwrap();
    for bins in [vec![], vec![tally(3, 1)], vec![tally(1, 0), tally(0, u64::MAX), tally(0, 0)]] {
        let timeline = Timeline { start_minute: 29_846_880, bin_minutes: 60, bins };
        let svg = timeline_picture(&timeline, &[Covered::Not, Covered::Whole], &palette(), &caption);
        well_formed(&svg).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_name_gives_well_formed_xml(name in ".{0,40}", control in "[\\x00-\\x1f\u{fffe}\u{ffff}]{0,4}") {
        let name = format!("{name}{control}");
        let chart = Chart::new(&answer(&[&name, "x"], &[(0, 1, 1, 1)]), Arrange::default());
        let caption = Caption { title: name.clone(), lines: vec![name.clone()] };
        let made = matrix_picture(&chart, &palette(), &caption, 100.0);
        prop_assert!(well_formed(&made).is_ok(), "{:?}", well_formed(&made));
    }
}

#[test]
fn both_blocks_of_dark_tokens_are_the_same() {
    let tokens = include_str!("../styles/tokens.css");
    let blocks: Vec<Vec<&str>> = tokens
        .split('}')
        .map(|block| block.lines().map(str::trim).filter(|line| line.starts_with("--")).collect())
        .filter(|block: &Vec<&str>| !block.is_empty())
        .collect();
    assert_eq!(blocks.len(), 3, "light, dark by the system, dark by choice");
    assert_eq!(blocks[1], blocks[2]);
    assert!(blocks[1].iter().all(|line| {
        let name = line.split(':').next().unwrap_or_default();
        blocks[0].iter().any(|light| light.starts_with(name))
    }));
}
