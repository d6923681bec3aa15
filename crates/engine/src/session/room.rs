//! What the engine keeps between two questions, and what it gives up when memory runs short.
//!
//! Everything here can be found out again: only time is lost. What a question needs itself is never given up before
//! it is answered.

use super::{Engine, Query};
use azflow_core::store::{Limit, Mode};

impl Engine {
    /// The bytes of what was found out and is kept.
    fn kept_bytes(&self) -> usize {
        let flows = self.flows.as_ref().map_or(0, |list| list.held());
        let services = self.services.as_ref().map_or(0, |services| services.held());
        let traffic = self.traffic.as_ref().map_or(0, |traffic| traffic.held());
        let observing = self.observing.as_ref().map_or(0, |begun| begun.held());
        self.store.derived() + self.picks.held() + flows + services + traffic + observing + self.kept.held()
    }

    /// Gives up what a question does not need, until what is kept leaves it room: what takes most first.
    pub(super) fn make_room(&mut self, query: &Query) {
        let most = self.store.limit().kept();
        if self.kept_bytes() <= most {
            return;
        }
        if !matches!(query, Query::Findings(_)) {
            self.findings = None;
        }
        if !matches!(query, Query::Rules(_)) {
            self.forget_traffic();
            self.kept = Default::default();
        }
        if !matches!(query, Query::Flows(_) | Query::FlowsText(..)) && self.kept_bytes() > most {
            self.flows = None;
        }
        if !matches!(query, Query::Review(_) | Query::ReviewTable(_)) && self.kept_bytes() > most {
            self.services = None;
        }
        let view = query.view();
        if self.kept_bytes() > most {
            self.picks.keep_only(view);
        }
        let others = self.kept_bytes() - self.store.derived();
        let mode = view.map_or(Mode::default(), |view| view.mode);
        self.store.drop_derived(mode, most.saturating_sub(others));
    }

    /// Whether so many bytes more may be kept.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let Limit { derived, .. } = self.store.limit();
        self.kept_bytes().saturating_add(bytes) <= derived / 2
    }
}
