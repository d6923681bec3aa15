//! What may be asked of the list of conversations, and what comes back: a stretch of it, and its sums.

use super::{Selection, View};
use crate::export::{FlowCell, FlowColumn};
use azflow_core::model::{Address, Protocol, Tally, UnixMillis, port_of};
use serde::{Deserialize, Serialize};

/// By what a list is sorted: columns, the first one first, and whether the largest come first.
pub type FlowSort = Vec<(FlowColumn, bool)>;

/// Sorts by a column: the other way round where it is sorted by that already. `further`: after the columns that it
/// is sorted by; a third time takes the column away again.
pub fn resorted(sort: &[(FlowColumn, bool)], column: FlowColumn, further: bool) -> FlowSort {
    // What counts, and what is latest, is looked at from its large end.
    let falls = column.is_count() || column == FlowColumn::Last;
    let known = sort.iter().find(|(known, _)| *known == column).map(|(_, falling)| *falling);
    if !further {
        let alone = known.filter(|_| sort.len() == 1);
        return vec![(column, alone.map_or(falls, |falling| !falling))];
    }
    let mut out = sort.to_vec();
    match known {
        None => out.push((column, falls)),
        Some(falling) if falling == falls => {
            out.iter_mut().filter(|one| one.0 == column).for_each(|one| one.1 = !falls);
        }
        Some(_) => out.retain(|one| one.0 != column),
    }
    out
}

/// A stretch of the list of conversations.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsQuery {
    /// How to count, and what to show.
    pub view: View,
    /// Which part of the matrix.
    pub selection: Selection,
    /// In which order; what is equal stands by source, destination, protocol number and port.
    pub sort: FlowSort,
    /// The first row wanted.
    pub from: u32,
    /// How many rows.
    pub count: u32,
    /// The rows whose sum is wanted besides: the first, and the one behind the last.
    pub marked: (u32, u32),
}

/// One conversation: source, destination, protocol and destination port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowKey {
    /// Source address.
    pub src: Address,
    /// Destination address.
    pub dst: Address,
    /// Protocol and port.
    pub service: u32,
}

impl FlowKey {
    /// Its protocol.
    pub fn protocol(&self) -> Protocol {
        Protocol::of(self.service)
    }

    /// Its destination port, where it has one.
    pub fn port(&self) -> Option<u16> {
        port_of(self.service)
    }

    /// The filter that leaves nothing else.
    pub fn filter(&self) -> String {
        let port = self.port().map(|port| format!(" port:{port}")).unwrap_or_default();
        format!("src:{} dst:{} proto:{}{port}", self.src, self.dst, self.protocol())
    }
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRow {
    /// Which conversation.
    pub key: FlowKey,
    /// What stands in every column, in the order of [`FlowColumn::ALL`].
    pub cells: Vec<FlowCell>,
}

/// The answer.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsAnswer {
    /// How many conversations the whole list has.
    pub total: u32,
    /// What all of them add up to, in the asked mode.
    pub sums: Tally,
    /// The earliest and latest tuple of all of them.
    pub window: Option<(UnixMillis, UnixMillis)>,
    /// What the marked ones add up to.
    pub marked: Tally,
    /// The number of the first row that is here.
    pub from: u32,
    /// The rows.
    pub rows: Vec<FlowRow>,
}

/// How a list leaves the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowsFormat {
    /// Comma-separated values.
    Csv,
    /// A JSON document.
    Json,
}

impl FlowsFormat {
    /// The end of a file's name, and the media type.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("csv", "text/csv"),
            Self::Json => ("json", "application/json"),
        }
    }
}

/// A stretch of a list as a document.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsText {
    /// The file's name.
    pub name: String,
    /// The text of this stretch. All of them one after the other are the document.
    pub text: String,
    /// Where the next one begins, if there is one.
    pub next: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_sorts_turns_and_adds() {
        use FlowColumn::{Denied, Last, Src};
        let click = |sort: &[(FlowColumn, bool)], column| resorted(sort, column, false);
        assert_eq!(click(&[(Last, true)], Src), [(Src, false)]);
        assert_eq!(click(&[(Src, false)], Src), [(Src, true)]);
        let two = resorted(&[(Src, false)], Denied, true);
        assert_eq!(two, [(Src, false), (Denied, true)]);
        let turned = resorted(&two, Denied, true);
        assert_eq!(turned, [(Src, false), (Denied, false)]);
        assert_eq!(resorted(&turned, Denied, true), [(Src, false)]);
        assert_eq!(click(&two, Src), [(Src, false)]);
    }
}
