//! What the descriptions of the network say, and what of them could not be understood.

use crate::topology::{NetworkFile, join_networks, merge_network, read_network};
use azflow_core::ingest::{Issue, IssueCode};
use azflow_core::model::Network;
use std::collections::BTreeMap;

/// What the descriptions of the network say.
#[derive(Debug, Default)]
pub(super) struct Described {
    /// How many were read.
    pub files: usize,
    /// What the files say.
    pub read: Network,
    /// The same with the names given by hand.
    pub network: Network,
    /// What of each could not be understood, by the source's name and number.
    pub notes: BTreeMap<(String, u32), Vec<Issue>>,
}

impl Described {
    /// Reads descriptions in the order of their names. Names given by hand are still to be put over them.
    pub fn read(descriptions: &BTreeMap<(String, u32), Vec<u8>>) -> Self {
        let issue = |code, message| Issue { offset: 0, code, record: None, length: 0, message };
        let mut described = Self { files: descriptions.len(), ..Self::default() };
        for (key, text) in descriptions {
            let NetworkFile { network, notes } = read_network(text);
            let mut notes: Vec<Issue> =
                notes.into_iter().map(|(code, message)| issue(code, message)).collect();
            if network == Network::default() && notes.is_empty() {
                let message = "a description of a network in which nothing could be found".to_owned();
                notes.push(issue(IssueCode::NetworkPart, message));
            }
            notes.sort();
            described.notes.insert(key.clone(), notes);
            merge_network(&mut described.read, network);
        }
        join_networks(&mut described.read);
        described
    }
}
