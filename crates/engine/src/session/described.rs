//! What the descriptions of the network say, what of them could not be understood, and what they contradict each
//! other in.

use crate::topology::{Combined, NetworkFile, combine_networks, read_network};
use azflow_core::ingest::{Issue, IssueCode};
use azflow_core::model::Network;
use azflow_core::model::SortSmall;
use azflow_core::store::DescriptionKey;
use std::collections::BTreeMap;

/// Contradictions of one file that are listed.
const MOST_LISTED: usize = 50;

/// What the descriptions of the network say.
#[derive(Debug, Default)]
pub(super) struct Described {
    /// How many were read.
    pub files: usize,
    /// What the files say.
    pub read: Network,
    /// The same with the names given by hand.
    pub network: Network,
    /// What is to be said of each.
    pub notes: BTreeMap<DescriptionKey, Vec<Issue>>,
}

impl Described {
    /// Reads descriptions in the order of their names, then of their contents. Names given by hand are still to be put
    /// over them.
    pub fn read(descriptions: &BTreeMap<DescriptionKey, Vec<u8>>) -> Self {
        let mut notes = Vec::with_capacity(descriptions.len());
        let mut files = Vec::with_capacity(descriptions.len());
        for (key, text) in descriptions {
            let NetworkFile { network, notes: mut said } = read_network(text);
            if network == Network::default() && said.is_empty() {
                let message = "a description of a network in which nothing could be found".to_owned();
                said.push((IssueCode::NetworkPart, message));
            }
            notes.push(said);
            files.push((title(descriptions, key, text.len()), network));
        }
        let Combined { network, contradictions } = combine_networks(&files);
        for (said, sentences) in notes.iter_mut().zip(contradictions) {
            let more = sentences.len().saturating_sub(MOST_LISTED);
            let listed = sentences.into_iter().take(MOST_LISTED);
            said.extend(listed.map(|sentence| (IssueCode::NetworkConflict, sentence)));
            if more > 0 {
                let message = format!("{more} more contradictions between descriptions are not listed");
                said.push((IssueCode::More, message));
            }
        }
        let issues = |said: Vec<(IssueCode, String)>| {
            let issue = |(code, message)| Issue { offset: 0, code, record: None, length: 0, message };
            let mut issues: Vec<Issue> = said.into_iter().map(issue).collect();
            issues.sort_small();
            issues
        };
        Self {
            files: descriptions.len(),
            read: network,
            network: Network::default(),
            notes: descriptions.keys().cloned().zip(notes.into_iter().map(issues)).collect(),
        }
    }
}

/// What a file is called where others are told of it: its name, with its size where several have that name.
fn title(
    descriptions: &BTreeMap<DescriptionKey, Vec<u8>>,
    (name, content): &DescriptionKey,
    bytes: usize,
) -> String {
    let from = (name.clone(), 0);
    let alike = descriptions.range(from..).take_while(|((other, _), _)| other == name);
    let others: Vec<usize> =
        alike.filter(|((_, other), _)| other != content).map(|(_, text)| text.len()).collect();
    if others.is_empty() {
        name.clone()
    } else if others.contains(&bytes) {
        format!("{name} ({bytes} bytes, {content:032x})")
    } else {
        format!("{name} ({bytes} bytes)")
    }
}
