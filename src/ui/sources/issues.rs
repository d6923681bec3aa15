//! The list of problems: where, what, and what to do.

use crate::ui::widgets::{Copy, named};
use crate::ui::words::{shared, sources};
use azflow_engine::session::{IssueRow, SourceRow};
use yew::prelude::*;

/// Problems shown before more are asked for.
const PAGE: usize = 200;

/// A problem and the source it is in.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceIssue {
    source: AttrValue,
    unpacked: bool,
    issue: IssueRow,
}

impl SourceIssue {
    /// Every problem of every source, in the order of the sources.
    pub fn all(sources: &[SourceRow]) -> Vec<Self> {
        let of = |source: &SourceRow| {
            let name = AttrValue::from(source.name.clone());
            source
                .issues
                .iter()
                .map(move |issue| Self {
                    source: name.clone(),
                    unpacked: source.unpacked,
                    issue: issue.clone(),
                })
                .collect::<Vec<_>>()
        };
        sources.iter().flat_map(of).collect()
    }
}

#[derive(Properties, PartialEq)]
pub struct IssuesProps {
    pub issues: Vec<SourceIssue>,
}

#[component]
pub fn Issues(props: &IssuesProps) -> Html {
    let pages = use_state_eq(|| 1usize);
    let shown = props.issues.len().min(PAGE * *pages);
    let more = {
        let (setter, next) = (pages.setter(), *pages + 1);
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    html! {
        <>
        <ul class="issues" data-testid="issues-list">
            for SourceIssue { source, unpacked, issue } in props.issues.iter().take(shown) {
                <li class={if issue.lossy { "lossy" } else { "note" }}>
                    <div class="issue-head">
                        <code>{ issue.code.clone() }</code>
                        <span class="badge">{ if issue.lossy { sources::LOSSY } else { sources::NOTE } }</span>
                        <span class="issue-source" title={source.clone()}>{ named(source) }</span>
                        <span class="hint">{ sources::place(issue, *unpacked) }</span>
                        <span class="spring"></span>
                        <Copy text={sources::issue_line(source, issue, *unpacked)} label={issue.code.clone()} />
                    </div>
                    <p>{ shared::sentence(&issue.message) }</p>
                    <p class="hint">{ issue.next_step.clone() }</p>
                </li>
            }
        </ul>
        if shown < props.issues.len() {
            <p class="more">
                <span class="hint">{ shared::shown(shown, props.issues.len() as u32) }</span>
                <button type="button" class="quiet" onclick={more}>{ shared::MORE }</button>
            </p>
        }
        </>
    }
}
