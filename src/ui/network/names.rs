//! Names given by hand: a form, the list, and the list as a file.

use crate::browser::{Hub, save};
use crate::ui::state::{Choice, ChoicesHandle, Shared};
use crate::ui::widgets::{check, named};
use crate::ui::words::network as words;
use crate::ui::words::tables as kept;
use azflow_core::model::Prefix;
use azflow_core::model::SortSmall;
use azflow_engine::export::subnet_list;
use azflow_engine::session::{Kept, NetworkAnswer, Query};
use azflow_engine::topology::HandName;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// What a click elsewhere proposes to name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Wish {
    pub prefix: String,
    pub name: String,
    pub network: String,
    /// Tells one click from the next.
    pub number: u32,
}

#[derive(Properties, PartialEq)]
pub struct NamesProps {
    pub wish: Wish,
    pub answer: Shared<NetworkAnswer>,
}

#[component]
pub fn Names(props: &NamesProps) -> Html {
    let form = use_state_eq(|| (<[String; 3]>::default(), None::<&'static str>));
    let (fields, problem) = &*form;
    let name_field = use_node_ref();
    use_effect_with(props.wish.clone(), {
        let (setter, node) = (form.setter(), name_field.clone());
        move |wish| {
            if wish.number > 0 {
                setter.set(([wish.prefix.clone(), wish.name.clone(), wish.network.clone()], None));
                if let Some(input) = node.cast::<HtmlInputElement>() {
                    // Fails only where there is nothing to look at.
                    let _ = input.focus();
                    AsRef::<Element>::as_ref(&input).scroll_into_view_with_bool(false);
                }
            }
        }
    });
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let keep_names = {
        let choices = choices.clone();
        Callback::from(move |on: bool| {
            let names = on.then(|| (*choices.names).clone());
            choices.dispatch(Choice::Keep(Kept { names, ..(*choices.kept).clone() }));
        })
    };
    let keep_files = {
        let (choices, hub) = (choices.clone(), use_context::<Hub>());
        Callback::from(move |on: bool| match &hub {
            // The answer is kept when it is here.
            Some(hub) if on => drop(hub.ask(Query::Descriptions)),
            _ => choices.dispatch(Choice::Keep(Kept { files: Vec::new(), ..(*choices.kept).clone() })),
        })
    };
    let described = props.answer.networks.iter().any(|network| network.on_file);
    let typed = |at: usize| {
        let form = form.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let mut next = (*form).clone();
            if let (Some(place), Some(input)) = (next.0.get_mut(at), input) {
                *place = input.value();
            }
            form.set(next);
        })
    };
    let give = {
        let (form, choices) = (form.clone(), choices.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let [prefix, name, network] = &form.0;
            let problem = |words: &'static str| form.set((form.0.clone(), Some(words)));
            let Some(prefix) = Prefix::parse(prefix) else {
                return problem(words::BAD_PREFIX);
            };
            let hand = HandName { prefix, name: name.trim().to_owned(), network: network.trim().to_owned() };
            if !hand.is_sound() {
                return problem(words::BAD_NAME);
            }
            let mut names: Vec<HandName> = (*choices.names).clone();
            names.retain(|known| known.prefix != prefix);
            names.push(hand);
            names.sort_small();
            form.set(Default::default());
            choices.dispatch(Choice::Names(names));
        })
    };
    let remove = |prefix: Prefix| {
        let choices = choices.clone();
        Callback::from(move |_: MouseEvent| {
            let left = choices.names.iter().filter(|known| known.prefix != prefix).cloned().collect();
            choices.dispatch(Choice::Names(left));
        })
    };
    let save_list = {
        let names = choices.names.clone();
        Callback::from(move |_: MouseEvent| {
            // A refused download is visible: nothing appears in the browser's list.
            let _ = save("azflow-subnets.csv", "text/csv", subnet_list(&names).as_bytes());
        })
    };
    let field = |at: usize, words: &'static str, handle: &'static str, node: NodeRef| {
        html! {
            <label><span>{ words }</span>
                <input type="text" class="search" data-testid={handle} ref={node} value={fields[at].clone()} oninput={typed(at)}
                    spellcheck="false" autocomplete="off" list={match at { 0 => Some("seen-prefixes"), 2 => Some("known-networks"), _ => None }} />
            </label>
        }
    };
    let unnamed = props.answer.subnets.iter().filter(|s| s.network.is_none()).flat_map(|s| &s.prefixes);
    html! {
        <section aria-label={words::BY_HAND}>
            <h2>{ words::BY_HAND }</h2>
            <p class="hint">{ words::BY_HAND_LEAD }</p>
            <form class="name-form" onsubmit={give}>
                { field(0, words::PREFIX, "name-prefix", NodeRef::default()) }
                { field(1, words::SUBNET_NAME, "name-subnet", name_field) }
                { field(2, words::NETWORK_NAME, "name-network", NodeRef::default()) }
                <button type="submit" data-testid="name-give">{ words::GIVE }</button>
            </form>
            <datalist id="seen-prefixes">{ for unnamed.map(|p| html! { <option value={p.clone()} /> }) }</datalist>
            <datalist id="known-networks">
                { for props.answer.networks.iter().filter(|n| n.on_file).map(|n| html! { <option value={n.name.clone()} /> }) }
            </datalist>
            if let Some(problem) = problem { <p role="alert" class="problem">{ *problem }</p> }
            if !choices.names.is_empty() {
                <ul class="hand-names" data-testid="hand-names">
                    for hand in choices.names.iter() {
                        <li>
                            <code>{ hand.prefix.to_string() }</code>
                            <span>{ named(&hand.name) }if !hand.network.is_empty() { <small>{ hand.network.clone() }</small> }</span>
                            <button type="button" class="quiet" aria-label={format!("{} {}", words::REMOVE, hand.name)}
                                onclick={remove(hand.prefix)}>{ words::REMOVE }</button>
                        </li>
                    }
                </ul>
                <button type="button" data-testid="save-names" title={words::SAVE_TITLE} onclick={save_list}>{ words::SAVE }</button>
            }
            if !choices.names.is_empty() || choices.kept.names.is_some() {
                { check("remember-names", kept::REMEMBER_NAMES, choices.kept.names.is_some(), keep_names) }
            }
            if described || !choices.kept.files.is_empty() {
                { check("remember-network", kept::REMEMBER_NETWORK, !choices.kept.files.is_empty(), keep_files) }
            }
        </section>
    }
}
