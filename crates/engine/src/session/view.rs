//! What the page asks for: how to count, how to cut subnets, and which part to look at.

use super::{FlowsFormat, FlowsQuery};
use crate::export::{FlowColumn, Origin};
use crate::topology::Cut;
use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use serde::{Deserialize, Serialize};

/// How everything on the page is counted and grouped. Two equal views give equal answers.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Conversations counted once, or everything as it was logged.
    pub mode: Mode,
    /// The prefix lengths to which unnamed addresses are cut.
    pub cut: Cut,
    /// How often names were given by hand so far: an answer from before is another question's.
    pub names: u32,
    /// Subnets of one virtual network are shown as one. The summary document never is.
    pub fold: bool,
    /// Only what passes this is shown: a canonical text of [`crate::filter`], empty for everything. The summary document
    /// and what is said about sources stay whole.
    pub filter: String,
}

/// The part of the matrix whose details are asked for. Subnets are named as the matrix names
/// them, so a selection outlives a change of order. Both `None`: everything; one `None`: a
/// whole row (`src`) or column (`dst`).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The source subnet, or any.
    pub src: Option<String>,
    /// The destination subnet, or any.
    pub dst: Option<String>,
}

impl Selection {
    /// Whether nothing narrows it.
    pub fn is_everything(&self) -> bool {
        self.src.is_none() && self.dst.is_none()
    }
}

/// A question for the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// Totals of everything loaded: [`crate::session::Overview`].
    Overview(View),
    /// Who talks to whom: [`crate::session::MatrixAnswer`].
    Matrix(View),
    /// The details of a part: [`crate::session::Breakdown`].
    Breakdown(View, Selection),
    /// Every source and the sums that must add up: [`crate::session::DataAnswer`].
    Data,
    /// Every address with the name of its subnet.
    Places(View),
    /// Which NIC has records of which hour: [`crate::session::Coverage`].
    Coverage,
    /// Where the raw tuples of a part are: [`crate::session::EvidencePlan`].
    Evidence(View, Selection),
    /// Queries that compute the flow records of a window where the data is, with the names that are
    /// loaded: [`crate::session::KustoAnswer`].
    Kusto {
        /// Where it is.
        origin: Origin,
        /// From then on.
        start: UnixMillis,
        /// Up to then.
        end: UnixMillis,
        /// Only what passes this filter, as far as a query can say it.
        filter: String,
    },
    /// The network with its traffic: [`crate::session::NetworkAnswer`].
    Network(View),
    /// What stands out, and what is noise: [`crate::session::FindingsAnswer`].
    Findings(View),
    /// Two filters within the view's, side by side: [`crate::session::CompareAnswer`].
    Compare(View, super::Comparison),
    /// Keep what a view shows as a side of comparisons, in place of the one before: [`crate::session::KeptSide`].
    KeepSide(View),
    /// Keep what a summary document of this name tells instead.
    ReadSide(String, String),
    /// How to switch accelerated networking on for NICs, by id: [`crate::topology::Acceleration`].
    Accelerate(Vec<String>),
    /// Services to decide on: [`crate::session::ReviewAnswer`].
    Review(Box<crate::session::ReviewAsk>),
    /// All rows that fit the question as a table: a file.
    ReviewTable(Box<crate::session::ReviewAsk>),
    /// What a review file or its table says: [`crate::session::ReviewRead`].
    ReadReview(String),
    /// Audit, draft, simulation, decision: [`crate::session::RulesAnswer`].
    Rules(Box<crate::session::RulesAsk>),
    /// What may be meant at a place (in characters) of a filter that is typed: [`crate::filter::Completion`].
    Complete(View, String, u32),
    /// All that a view shows over time, in a range of minutes (the first, and the one behind the last) or all of it:
    /// [`crate::session::OverTime`]. The view is without any condition on time.
    Timeline(View, Option<(u32, u32)>),
    /// A stretch of the list of conversations: [`crate::session::FlowsAnswer`].
    Flows(FlowsQuery),
    /// A stretch of the same list as a document with these columns: [`crate::session::FlowsText`].
    FlowsText(FlowsQuery, Vec<FlowColumn>, FlowsFormat),
    /// The texts of the network's descriptions.
    Descriptions,
    /// The summary document, as JSON text.
    Summary(View),
}

impl Query {
    /// The view that is asked for, if the question has one.
    pub fn view(&self) -> Option<&View> {
        match self {
            Self::Overview(view)
            | Self::Matrix(view)
            | Self::Breakdown(view, _)
            | Self::Places(view)
            | Self::Evidence(view, _)
            | Self::Network(view)
            | Self::Complete(view, ..)
            | Self::Findings(view)
            | Self::Compare(view, _)
            | Self::KeepSide(view)
            | Self::Timeline(view, _)
            | Self::Summary(view) => Some(view),
            Self::Flows(query) | Self::FlowsText(query, ..) => Some(&query.view),
            _ => None,
        }
    }
}
