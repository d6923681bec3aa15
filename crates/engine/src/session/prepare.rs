//! What is found out before it is asked for, and what an answer stands on: in pieces, between which others are answered.

use super::{Engine, Query};
use crate::filter::parse;
use azflow_core::store::{Mode, Test};

/// Bytes that the traffic of a conversation takes, about.
const TRAFFIC: usize = 160;

impl Engine {
    /// Finds out ahead what the first filter asks, and what rules and drafts stand on where that does not take much memory:
    /// the piece of this number. `false` where there are no more.
    pub fn make_ready(&mut self, piece: usize) -> bool {
        match piece {
            0 => self.seal(),
            1 => self.store.know(),
            // Brushing runs code of its own, and code that has run once is compiled for speed.
            2 => {
                if let Some((first, end)) = self.store.minutes() {
                    let half = first + (end - first) / 2;
                    self.store.pick(Mode::default(), &Test::Minutes(vec![(first + 1, half)]));
                }
            }
            _ => return self.make_rules_ready(),
        }
        true
    }

    /// What rules look at, where there is room for it, and what drafts and simulations need of it.
    fn make_rules_ready(&mut self) -> bool {
        let size = self.store.columns().conversations() * TRAFFIC;
        if self.traffic.is_none() && (size == 0 || self.observing.is_none() && !self.has_room(size)) {
            return false;
        }
        if self.go_on_observing() {
            return true;
        }
        let traffic = self.traffic();
        if !self.kept.knows_controllers() {
            self.controllers(&traffic);
            return true;
        }
        // What becomes of it all under the groups in force stands beside each simulation.
        self.go_on_adding_up()
    }

    /// Finds out what an answer stands on and is kept: the piece of this number. Between two of them a question can be
    /// dropped. `false` where only the answer itself is left.
    pub fn prepare(&mut self, query: &Query, piece: usize) -> bool {
        let view = match query {
            Query::Review(ask) | Query::ReviewTable(ask) => Some(&ask.view),
            query => query.view(),
        };
        match (piece, view, query) {
            (0, ..) => {
                self.seal();
                self.make_room(query);
            }
            (1.., _, Query::Rules(ask)) => return self.go_on_observing() || self.go_on_with_rules(ask),
            (1, Some(_), _) => drop(self.know()),
            (2, Some(view), _) => self.derive(view.cut),
            (3, _, Query::Findings(_)) => self.store.count(Mode::Conversations),
            (4, _, Query::Findings(_)) => self.store.mark_noise(),
            (5.., Some(view), Query::Findings(_)) => return self.gather_findings(view.cut),
            // The others want no pick, or another one.
            (
                3,
                Some(view),
                Query::Overview(_)
                | Query::Matrix(_)
                | Query::Breakdown(..)
                | Query::Evidence(..)
                | Query::Network(_)
                | Query::Timeline(..)
                | Query::Flows(_)
                | Query::FlowsText(..),
            ) if parse(&view.filter).is_ok() => drop(self.pick(view)),
            _ => return false,
        }
        true
    }
}
