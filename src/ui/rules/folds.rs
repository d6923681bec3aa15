//! Groups as sections that fold: a thousand rules drawn at once would hold the page up, and nobody reads them at once.

use crate::ui::words::rules as words;
use azflow_engine::session::GroupRules;
use yew::prelude::*;

/// So many rules are shown before anything is opened.
const SHOWN: usize = 100;

/// Which groups of a part of the screen are open.
pub struct Folds {
    /// The part of the screen.
    part: usize,
    /// Groups from here on are closed at first.
    closed_from: usize,
    /// Part and place of those that were turned.
    turned: UseStateHandle<Vec<(usize, usize)>>,
}

impl Folds {
    pub fn new(part: usize, groups: &[GroupRules], turned: UseStateHandle<Vec<(usize, usize)>>) -> Self {
        let mut rules = 0;
        let fits = |group: &&GroupRules| {
            rules += group.rules.len();
            rules <= SHOWN
        };
        let closed_from = groups.iter().take_while(fits).count();
        // One alone is what there is to see.
        Self { part, closed_from: if groups.len() == 1 { 1 } else { closed_from }, turned }
    }

    /// A group's section; what is in it is made only where it is open.
    pub fn section(
        &self,
        at: usize,
        handle: &'static str,
        group: &GroupRules,
        body: impl FnOnce() -> Html,
    ) -> Html {
        let here = (self.part, at);
        let open = (at < self.closed_from) != self.turned.contains(&here);
        let turn = {
            let turned = self.turned.clone();
            move |_: MouseEvent| {
                let mut next: Vec<(usize, usize)> =
                    turned.iter().copied().filter(|one| *one != here).collect();
                if next.len() == turned.len() {
                    next.push(here);
                }
                turned.set(next);
            }
        };
        html! {
            <section class="group" data-testid={handle} aria-label={group.name.clone()}>
                <h2><button type="button" class="fold" aria-expanded={open.to_string()} onclick={turn}>{ group.name.clone() }</button>
                    <small>{ words::group(group, self.part == 0) }</small></h2>
                if open { { body() } }
            </section>
        }
    }
}
