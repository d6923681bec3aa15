//! Virtual networks as rows with their subnets, peerings as arcs beside them. The tables of the screen are its
//! twins.

use crate::ui::hooks::use_width;
use crate::ui::plan::{Arc, Chip, Plan, Row, fit, plan};
use crate::ui::state::Shared;
use crate::ui::widgets::Choose;
use crate::ui::words::network as words;
use azflow_engine::session::{LinkRow, LinkState, NetworkAnswer};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DrawingProps {
    pub answer: Shared<NetworkAnswer>,
}

#[component]
pub fn Drawing(props: &DrawingProps) -> Html {
    let node = use_node_ref();
    let width = use_width(&node);
    // By name: the place changes when files are added.
    let focus = use_state_eq(|| None::<String>);
    let answer: &NetworkAnswer = &props.answer;
    let at = focus
        .as_ref()
        .and_then(|name| answer.networks.iter().position(|n| n.name == *name))
        .map(|at| at as u32);
    let drawn = use_memo((props.answer.clone(), at, width as u32), |(answer, at, width)| {
        plan(answer, *at, f64::from(*width))
    });
    let mut options = vec![AttrValue::from(words::EVERY)];
    options.extend(answer.networks.iter().map(|n| AttrValue::from(n.name.clone())));
    let choose = {
        let (setter, names) = (focus.setter(), props.answer.clone());
        Callback::from(move |i: usize| {
            setter.set(i.checked_sub(1).and_then(|i| names.networks.get(i)).map(|n| n.name.clone()));
        })
    };
    let click = |network: u32| {
        let (setter, name) = (focus.setter(), answer.networks.get(network as usize).map(|n| n.name.clone()));
        let next = if at == Some(network) { None } else { name };
        Callback::from(move |_: MouseEvent| setter.set(next.clone()))
    };
    let joined = |network: u32| {
        at.is_none_or(|at| {
            at == network
                || answer.links.iter().any(|l| (l.a, l.b) == (at, network) || (l.b, l.a) == (at, network))
        })
    };
    let joins = |link: &LinkRow| at.is_none_or(|at| link.a == at || link.b == at);
    let size = |value: f64| format!("{value:.0}");
    html! {
        <>
        <div class="toolbar">
            <span class="drawing-summary">{ words::summary(answer) }</span>
            <span>{ words::besides(answer) }</span>
            <span class="spring"></span>
            if answer.networks.len() > 1 {
                <Choose label={words::FOCUS} handle="network-focus" {options} chosen={at.map_or(0, |at| at as usize + 1)}
                    on_choose={choose} />
            }
        </div>
        <div class="drawing" ref={node}>
            if width > 0.0 {
                <svg role="img" data-testid="network-drawing" aria-label={words::summary(answer)}
                    width={size(drawn.width)} height={size(drawn.height + 1.0)}>
                    for row in drawn.rows.iter() {
                        { network(answer, &drawn, row, joined(row.network), click(row.network)) }
                    }
                    for arc in drawn.arcs.iter().filter_map(|a| answer.links.get(a.link).map(|l| (a, l))) {
                        { link(answer, arc.0, arc.1, joins(arc.1)) }
                    }
                    for row in drawn.rows.iter() {
                        if answer.links.iter().any(|l| l.a == row.network || l.b == row.network) {
                            <circle class="node" cx={size(drawn.arcs_at)} cy={format!("{:.1}", row.y + row.height / 2.0)} r="3" />
                        }
                    }
                    // Above all lines, or they would cross the words.
                    for (arc, found) in drawn.arcs.iter().filter_map(|a| answer.links.get(a.link).map(|l| (a, l))) {
                        if let Some((x, y)) = arc.word {
                            <text class={classes!("word", (!joins(found)).then_some("dim"))} x={format!("{x:.1}")} y={format!("{y:.1}")}>
                                { words::state(found.state) }</text>
                        }
                    }
                </svg>
            }
        </div>
        { legend(answer, &drawn) }
        </>
    }
}

fn network(
    answer: &NetworkAnswer,
    drawn: &Plan,
    row: &Row,
    joined: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    let Some(found) = answer.networks.get(row.network as usize) else { return Html::default() };
    let middle = row.y + row.height / 2.0;
    let spaces = found.prefixes.join(", ");
    let below = if !found.on_file {
        format!("{} {spaces}", words::NOT_ON_FILE)
    } else if found.location.is_empty() {
        spaces.clone()
    } else {
        format!("{spaces} · {}", found.location)
    };
    let room = drawn.chips_at - 16.0;
    let px = |value: f64| format!("{value:.1}");
    let class = classes!("network", (!joined).then_some("dim"), (!found.on_file).then_some("beyond"));
    html! {
        <g {class} {onclick}>
            <title>{ format!("{}: {below}", found.name) }</title>
            <rect class="row" y={px(row.y)} width={px(drawn.arcs_at)} height={px(row.height)} />
            <path class="rule" d={format!("M0 {y:.1}H{x:.1}", y = row.y + row.height, x = drawn.arcs_at)} />
            if drawn.compact {
                <text class="name" x="2" y={px(middle + 4.0)}>{ fit(&found.name, room * 0.56, 7.2) }</text>
                <text class="space" x={px(room)} y={px(middle + 4.0)} text-anchor="end">
                    { fit(if found.on_file { &spaces } else { words::NOT_ON_FILE }, room * 0.42, 6.4) }</text>
            } else {
                <text class="name" x="2" y={px(middle - 3.0)}>{ fit(&found.name, room, 7.4) }</text>
                <text class="space" x="2" y={px(middle + 13.0)}>{ fit(&below, room, 6.2) }</text>
            }
            for chip in row.chips.iter() { { subnet(answer, chip) } }
            if row.more > 0 {
                <text class="space" x={px(drawn.chips_at)} y={px(row.y + row.height - 6.0)}>{ format!("+ {}", row.more) }</text>
            }
        </g>
    }
}

fn subnet(answer: &NetworkAnswer, chip: &Chip) -> Html {
    let Some(found) = answer.subnets.get(chip.subnet) else { return Html::default() };
    let px = |value: f64| format!("{value:.1}");
    let class = classes!("chip", (found.addresses > 0).then_some("seen"), found.special.map(|_| "special"));
    let name = if found.own_name.is_empty() { &found.name } else { &found.own_name };
    // A prefix stands beside the name where both have room.
    let prefix =
        found.prefixes.first().filter(|p| (p.len() + name.len() + 3) as f64 * 6.4 < chip.width - 14.0);
    html! {
        <g {class}>
            <title>{ words::subnet(found) }</title>
            <rect x={px(chip.x + 0.5)} y={px(chip.y + 0.5)} width={px(chip.width - 1.0)} height="21" rx="3" />
            <text x={px(chip.x + 7.0)} y={px(chip.y + 15.0)}>{ fit(name, chip.width - 12.0, 6.3) }</text>
            if let Some(prefix) = prefix {
                <text class="space" x={px(chip.x + chip.width - 7.0)} y={px(chip.y + 15.0)} text-anchor="end">{ prefix.clone() }</text>
            }
        </g>
    }
}

fn link(answer: &NetworkAnswer, arc: &Arc, found: &LinkRow, joined: bool) -> Html {
    let class = classes!("link", words::state_class(found.state), (!joined).then_some("dim"));
    html! {
        <g {class}>
            <title>{ words::link(answer, found) }</title>
            <path class="touch" d={arc.path.clone()} />
            <path class="line" d={arc.path.clone()} stroke-width={format!("{:.2}", arc.stroke)} />
        </g>
    }
}

fn legend(answer: &NetworkAnswer, drawn: &Plan) -> Html {
    let hidden = answer.links.len() - drawn.arcs.len();
    let has = |state: &LinkState| answer.links.iter().any(|l| l.state == *state);
    let chip = |class: &'static str, words: &'static str| {
        html! {
            <li><svg width="26" height="14" aria-hidden="true"><g class={classes!("chip", class)}>
                <rect x="0.5" y="0.5" width="25" height="13" rx="3" /></g></svg>{ words }</li>
        }
    };
    html! {
        <div class="legend">
            <ul>
                { chip("seen", words::CHIP_SEEN) }
                { chip("", words::CHIP_UNSEEN) }
                { chip("special", words::CHIP_SPECIAL) }
                for state in words::STATES.into_iter().filter(|s| has(s)) {
                    <li><svg width="34" height="14" aria-hidden="true"><g class={classes!("link", words::state_class(state))}>
                        <path class="line" d="M1 7H33" stroke-width="2" /></g></svg>{ words::state(state) }</li>
                }
                if !answer.links.is_empty() { <li>{ words::WIDTH }</li> }
                if hidden > 0 { <li>{ words::hidden(hidden) }</li> }
            </ul>
        </div>
    }
}
