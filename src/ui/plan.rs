//! The drawing of virtual networks: a row for each with its subnets, an arc for each peering. Where everything
//! goes, worked out without a browser.
//!
//! Rows follow peerings, a hub before its spokes, so that arcs nest instead of crossing. From a certain number of
//! networks on rows are of one line each.

use azflow_core::model::SortSmall;
use azflow_engine::session::{LinkRow, LinkState, NetworkAnswer};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// From so many networks on a row's words share one line.
const COMPACT: usize = 14;
/// The least width of a subnet.
const CHIP: f64 = 116.0;
const CHIP_HEIGHT: f64 = 22.0;
/// The line that counts what is not drawn.
const NOTE_HEIGHT: f64 = 16.0;
const GAP: f64 = 6.0;
/// Room for a word.
const WORD: f64 = 78.0;
/// Subnets of one network that are drawn; the rest is counted.
const MOST: usize = 60;
/// Up to so many links each has its word; beyond, only those that do not work.
const WORDED: usize = 8;
/// Up to so many pairs with traffic and no peering are drawn; of more, those of the network that is looked at.
const UNPEERED: usize = 12;

/// Where everything is, in CSS pixels.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Plan {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Whether a row's words share one line.
    pub compact: bool,
    /// Networks, from the top.
    pub rows: Vec<Row>,
    /// Peerings and traffic without one.
    pub arcs: Vec<Arc>,
    /// Where the column of subnets begins.
    pub chips_at: f64,
    /// Where arcs begin.
    pub arcs_at: f64,
}

/// A network.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its place in the answer.
    pub network: u32,
    /// Its upper edge.
    pub y: f64,
    /// Its height.
    pub height: f64,
    /// Its subnets.
    pub chips: Vec<Chip>,
    /// Subnets that are not drawn.
    pub more: usize,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    /// Its place in the answer.
    pub subnet: usize,
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
}

/// A link.
#[derive(Debug, Clone, PartialEq)]
pub struct Arc {
    /// Its place in the answer.
    pub link: usize,
    /// An SVG path.
    pub path: String,
    /// The line's width.
    pub stroke: f64,
    /// Where its word stands, if it has one.
    pub word: Option<(f64, f64)>,
}

/// Cuts a text to what fits, by the average width of a letter.
pub fn fit(text: &str, width: f64, letter: f64) -> String {
    let most = (width / letter).floor().max(1.0) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Networks in the order of rows: of those joined by links the one with most links first, then what is linked
/// with it, few links before many, so that a second hub stands beside its own spokes.
fn order(answer: &NetworkAnswer) -> Vec<u32> {
    let count = answer.networks.len() as u32;
    let mut beside: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); count as usize];
    for link in answer.links.iter().filter(|link| link.state != LinkState::NoPeering) {
        for (from, to) in [(link.a, link.b), (link.b, link.a)] {
            if let Some(list) = beside.get_mut(from as usize) {
                list.insert(to);
            }
        }
    }
    let degree = |network: u32| beside.get(network as usize).map_or(0, BTreeSet::len);
    let row = |network: u32| answer.networks.get(network as usize);
    let on_file = |network: u32| row(network).is_some_and(|r| r.on_file);
    let name = |network: u32| row(network).map(|r| r.name.as_str()).unwrap_or_default();
    let mut starts: Vec<u32> = (0..count).collect();
    let first = |n: u32| (!on_file(n), Reverse(degree(n)), name(n));
    starts.sort_small_by(|a, b| first(*a).cmp(&first(*b)));
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for start in starts {
        let mut stack = vec![start];
        while let Some(network) = stack.pop() {
            if !seen.insert(network) {
                continue;
            }
            out.push(network);
            let list = beside.get(network as usize).into_iter().flatten();
            let mut next: Vec<u32> = list.copied().filter(|n| !seen.contains(n)).collect();
            // The last one pushed comes first.
            let last = |n: u32| (Reverse(degree(n)), on_file(n), Reverse(name(n)));
            next.sort_small_by(|a, b| last(*a).cmp(&last(*b)));
            stack.extend(next);
        }
    }
    out
}

/// Works the drawing out for a width. `focus` is the network that is looked at, if one is.
pub fn plan(answer: &NetworkAnswer, focus: Option<u32>, width: f64) -> Plan {
    let compact = answer.networks.len() > COMPACT;
    let name_width =
        if compact { (width * 0.32).clamp(190.0, 330.0) } else { (width * 0.2).clamp(150.0, 220.0) };
    let arcs_width = if answer.links.is_empty() { 0.0 } else { (width * 0.3).clamp(170.0, 380.0) };
    let arcs_at = (width - arcs_width).max(name_width + CHIP);
    let strip = (arcs_at - name_width - 16.0).max(CHIP);
    let across = (((strip + GAP) / (CHIP + GAP)).floor() as usize).max(1);
    let mut out = Plan { width, compact, chips_at: name_width, arcs_at, ..Plan::default() };
    let mut subnets: Vec<Vec<usize>> = vec![Vec::new(); answer.networks.len()];
    for (place, subnet) in answer.subnets.iter().enumerate() {
        if let Some(list) = subnet.network.and_then(|n| subnets.get_mut(n as usize)) {
            list.push(place);
        }
    }
    let widest = subnets.iter().map(Vec::len).max().unwrap_or_default().clamp(1, across);
    // Few subnets may be wide, but never so wide that they look like something else.
    let chip = ((strip + GAP) / widest as f64 - GAP).clamp(CHIP, 200.0).min(strip);
    let across = (((strip + GAP) / (chip + GAP)).floor() as usize).max(1);
    let (least, margin): (f64, f64) = if compact { (28.0, 8.0) } else { (44.0, 10.0) };
    for network in order(answer) {
        let list = subnets.get(network as usize).map(Vec::as_slice).unwrap_or_default();
        let drawn = list.len().min(MOST);
        let lines = drawn.div_ceil(across);
        let inside = lines as f64 * (CHIP_HEIGHT + GAP) - GAP;
        // How many are not drawn stands below those that are.
        let note = if list.len() > drawn { NOTE_HEIGHT } else { 0.0 };
        let height = least.max(inside + margin).round();
        let top = out.height + ((height - inside) / 2.0).round();
        let place = |(at, subnet): (usize, &usize)| Chip {
            subnet: *subnet,
            x: name_width + (at % across) as f64 * (chip + GAP),
            y: top + (at / across) as f64 * (CHIP_HEIGHT + GAP),
            width: chip,
        };
        let chips = list.iter().take(drawn).enumerate().map(place).collect();
        let height = height + note;
        out.rows.push(Row { network, y: out.height, height, chips, more: list.len() - drawn });
        out.height += height;
    }
    arcs(answer, focus, &mut out);
    out
}

/// Links that are drawn, by place.
fn drawn(answer: &NetworkAnswer, focus: Option<u32>) -> Vec<usize> {
    let unpeered = answer.links.iter().filter(|link| link.state == LinkState::NoPeering).count();
    let wanted = |link: &LinkRow| {
        link.state != LinkState::NoPeering
            || unpeered <= UNPEERED
            || focus.is_some_and(|focus| link.a == focus || link.b == focus)
    };
    (0..answer.links.len()).filter(|at| answer.links.get(*at).is_some_and(&wanted)).collect()
}

fn arcs(answer: &NetworkAnswer, focus: Option<u32>, out: &mut Plan) {
    let mut row_of = vec![0usize; answer.networks.len()];
    for (at, row) in out.rows.iter().enumerate() {
        if let Some(place) = row_of.get_mut(row.network as usize) {
            *place = at;
        }
    }
    let row_at = |network: u32| row_of.get(network as usize).copied().unwrap_or_default();
    let middle = |at: usize| out.rows.get(at).map_or(0.0, |row| row.y + row.height / 2.0);
    let drawn = drawn(answer, focus);
    let mut degree = vec![0u32; answer.networks.len()];
    for link in drawn.iter().filter_map(|at| answer.links.get(*at)) {
        [link.a, link.b].iter().filter_map(|n| degree.get_mut(*n as usize).map(|d| *d += 1)).count();
    }
    let most = answer.links.iter().map(size).max().unwrap_or_default();
    let few = drawn.len() <= WORDED;
    let room = (out.width - out.arcs_at - if few { WORD } else { 12.0 }).max(40.0);
    let rows = out.rows.len().max(2) as f64;
    let mut words: Vec<(f64, f64)> = Vec::new();
    let mut arcs = Vec::with_capacity(drawn.len());
    for place in &drawn {
        let Some(link) = answer.links.get(*place) else { continue };
        let (at_a, at_b) = (row_at(link.a), row_at(link.b));
        let (a, b) = (middle(at_a), middle(at_b));
        let reach = room * (0.22 + 0.78 * at_a.abs_diff(at_b) as f64 / (rows - 1.0));
        // A cubic reaches three quarters of the way to its handles.
        let (from, handle) = (out.arcs_at, out.arcs_at + reach / 0.75);
        let path = format!("M{from:.1} {a:.1}C{handle:.1} {a:.1} {handle:.1} {b:.1} {from:.1} {b:.1}");
        let share = if most == 0 { 0.0 } else { ((size(link) + 1) as f64).ln() / ((most + 1) as f64).ln() };
        let worded = few || link.state != LinkState::Connected;
        // Where arcs are few, at the farthest point; else at the end that has fewer links: there the line is alone.
        let of = |network: u32| degree.get(network as usize).copied().unwrap_or_default();
        let end = if (of(link.a), at_b) < (of(link.b), at_a) { a } else { b };
        let place_of_word =
            if few { (from + reach + 5.0, f64::midpoint(a, b) + 4.0) } else { (from + 9.0, end - 4.0) };
        let word = worded.then(|| free(&mut words, place_of_word, few));
        arcs.push(Arc { link: *place, path, stroke: 1.25 + 2.0 * share, word });
    }
    out.arcs = arcs;
}

fn size(link: &LinkRow) -> u64 {
    link.tally.attempts()
}

/// The nearest place where no other word is: below, or else, where rows are narrow, once below and then to the
/// right.
fn free(words: &mut Vec<(f64, f64)>, (x, y): (f64, f64), below: bool) -> (f64, f64) {
    let taken = |(x, y): (f64, f64)| {
        words.iter().any(|(at, other)| (at - x).abs() < WORD && (other - y).abs() < 12.0)
    };
    let place = |step: u32| {
        let (right, down) = if below { (0, step) } else { (step / 2, step % 2) };
        (x + f64::from(right) * WORD, y + f64::from(down) * 13.0)
    };
    let found = (0..1000).map(place).find(|place| !taken(*place)).unwrap_or((x, y));
    words.push(found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_engine::session::{NetworkRow, SubnetRow};

    fn answer(networks: u32, links: &[(u32, u32)], subnets: u32) -> NetworkAnswer {
        NetworkAnswer {
            networks: (0..networks)
                .map(|n| NetworkRow { name: format!("net-{n:02}"), on_file: true, ..NetworkRow::default() })
                .collect(),
            subnets: (0..networks * subnets)
                .map(|n| SubnetRow { network: Some(n / subnets), ..SubnetRow::default() })
                .collect(),
            links: links.iter().map(|(a, b)| LinkRow { a: *a, b: *b, ..LinkRow::default() }).collect(),
            ..NetworkAnswer::default()
        }
    }

    #[test]
    fn a_hub_stands_before_its_spokes_and_a_second_hub_beside_its_own() {
        let found = plan(&answer(6, &[(1, 3), (1, 3), (1, 5), (1, 2), (0, 1), (0, 4)], 0), None, 900.0);
        let order: Vec<u32> = found.rows.iter().map(|r| r.network).collect();
        assert_eq!(order, [1, 2, 3, 5, 0, 4]);
    }

    #[test]
    fn everything_is_inside_and_nothing_covers_anything() {
        for (networks, subnets, width) in
            [(1, 0, 600.0), (4, 7, 840.0), (60, 5, 840.0), (60, 33, 1500.0), (3, 200, 700.0)]
        {
            let spokes: Vec<(u32, u32)> = (1..networks).map(|n| (0, n)).collect();
            let found = plan(&answer(networks, &spokes, subnets), None, width);
            assert_eq!(found.rows.len(), networks as usize);
            for pair in found.rows.windows(2) {
                assert!(pair[0].y + pair[0].height <= pair[1].y + 0.01);
            }
            for row in &found.rows {
                assert_eq!(row.chips.len() + row.more, subnets as usize);
                for chip in &row.chips {
                    assert!(
                        chip.y >= row.y && chip.y + CHIP_HEIGHT <= row.y + row.height,
                        "{networks} {subnets}"
                    );
                    assert!(chip.x >= found.chips_at && chip.x + chip.width <= found.arcs_at, "{width}");
                }
                for (at, chip) in row.chips.iter().enumerate() {
                    let apart = |other: &Chip| {
                        (other.y - chip.y).abs() >= CHIP_HEIGHT || (other.x - chip.x).abs() >= chip.width
                    };
                    assert!(row.chips.iter().skip(at + 1).all(apart));
                }
            }
            assert_eq!(found.arcs.len(), networks as usize - 1);
        }
    }

    #[test]
    fn words_of_arcs_do_not_meet() {
        let mut broken = answer(40, &(1..40).map(|n| (0, n)).collect::<Vec<_>>(), 1);
        broken.links.iter_mut().for_each(|link| link.state = LinkState::Disconnected);
        let found = plan(&broken, None, 840.0);
        let words: Vec<(f64, f64)> = found.arcs.iter().filter_map(|arc| arc.word).collect();
        assert_eq!(words.len(), 39);
        for (at, (x, y)) in words.iter().enumerate() {
            assert!(words.iter().skip(at + 1).all(|(a, b)| (a - x).abs() >= WORD || (b - y).abs() >= 12.0));
        }
    }

    #[test]
    fn of_many_pairs_without_a_peering_those_of_the_focus_are_drawn() {
        let mut found = answer(20, &(1..20).map(|n| (0, n)).collect::<Vec<_>>(), 1);
        found.links.iter_mut().for_each(|link| link.state = LinkState::NoPeering);
        let count = |focus| plan(&found, focus, 840.0).arcs.len();
        assert_eq!((count(None), count(Some(0)), count(Some(3))), (0, 19, 1));
        found.links.truncate(5);
        assert_eq!(plan(&found, None, 840.0).arcs.len(), 5);
    }

    #[test]
    fn a_text_is_cut_to_its_room() {
        assert_eq!(
            (fit("snet-web", 60.0, 6.0), fit("snet-web", 30.0, 6.0)),
            ("snet-web".into(), "snet…".into())
        );
    }
}
