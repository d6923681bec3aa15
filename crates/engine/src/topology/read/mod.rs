//! Descriptions of a network, as the tools of Azure write them: az, ARM, Resource Graph, PowerShell, the
//! service tag file, or a plain list.
//!
//! Shapes differ by tool and version, so nothing is taken for granted: keys match in any case, `properties`
//! may be there or not, a list may be one object, several values may follow each other, children may come
//! without their parents. `value` looks things up; `resources` makes networks, NICs and groups, `routes` route tables,
//! `rows` tags, `machines` virtual machines, `rules` rules; `list` reads a plain list, `effective` what Azure worked out
//! for a NIC, `flow_logs` how logs are set up, `document` what azflow itself wrote; `template` (with `expression`) and `terraform` (with
//! `terraform_resources`) write their resources as Azure has them. What can't be read is noted; reading never fails as a
//! whole.
//!
//! `growing` keeps what was read with the place of everything, `order` puts it in order. `combine` makes one of several descriptions: `merge` by id, `join` where a network is told of under its bare name;
//! `claims` holds what each says, so that contradictions are named, `lists` compares lists that they give whole.

mod alike;
mod claims;
mod combine;
mod document;
mod effective;
mod expression;
mod flow_logs;
mod growing;
mod join;
mod list;
mod lists;
mod machines;
mod merge;
mod order;
mod resources;
mod routes;
mod rows;
mod rules;
mod template;
mod terraform;
mod terraform_resources;
mod value;

use azflow_core::ingest::{IssueCode, description_limit};
use azflow_core::model::Network;
pub use combine::{Combined, combine};
pub use document::group_of_rules;
use growing::Growing;
pub use join::join;
pub use merge::merge;
use order::sort;
use serde_json::{Deserializer, Value};
use value::{Object, is_cut, object};

/// What a file says about the network.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct NetworkFile {
    /// What was understood.
    pub network: Network,
    /// What was not, or needs a word.
    pub notes: Vec<(IssueCode, String)>,
}

impl NetworkFile {
    /// Whether anything was understood.
    pub fn is_empty(&self) -> bool {
        self.network == Network::default()
    }
}

/// A file while it is read.
#[derive(Debug, Default)]
struct Reading {
    network: Growing,
    notes: Vec<(IssueCode, String)>,
    /// So often were subnets put into networks that they may be in.
    open: usize,
}

impl Reading {
    fn note(&mut self, code: IssueCode, message: String) {
        let note = (code, message);
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// So many notes are kept of a file.
const MOST_NOTES: usize = 100;

/// Wrappers nest at most so deep.
const MAX_DEPTH: u32 = 8;

/// Reads a description of a network.
pub fn read_network(text: &[u8]) -> NetworkFile {
    if let Some(why) = description_limit(text) {
        return NetworkFile { network: Network::default(), notes: vec![(IssueCode::DescriptionLimit, why)] };
    }
    let mut out = Reading::default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        list::read(&String::from_utf8_lossy(text), &mut out);
    } else {
        for value in Deserializer::from_slice(text).into_iter::<Value>() {
            match value {
                Ok(value) => read_value(&value, &mut out, 0),
                Err(error) => {
                    out.note(IssueCode::DamagedRecord, format!("the JSON breaks off: {error}"));
                    break;
                }
            }
        }
    }
    NetworkFile { network: out.network.finish(), notes: out.notes }
}

/// Reads one value: a resource, a list of some, or a wrapper of either.
fn read_value(value: &Value, out: &mut Reading, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Array(list) if resources::rule_list(list, out) => {}
        Value::Array(list) => list.iter().for_each(|item| read_value(item, out, depth + 1)),
        Value::String(text) if is_cut(text) => {
            out.note(
                IssueCode::DepthCut,
                "objects were cut off by ConvertTo-Json: run it again with -Depth 10".to_owned(),
            );
        }
        Value::Object(_) => {
            if let Some(object) = object(value)
                && !document::read(&object, out)
                && !template::read(value, out, depth)
                && !terraform::read(value, out, depth)
                && !flow_logs::read(&object, out)
                && !machines::read(&object, out)
                && !effective::read(&object, out)
                && !resources::read(&object, out)
            {
                unwrap(&object, out, depth);
            }
        }
        _ => {}
    }
}

/// Looks into what is no resource itself: `newVNet`, `resources`, `data`, `value`.
fn unwrap(object: &Object<'_>, out: &mut Reading, depth: u32) {
    if ["nextlink", "@odata.nextlink", "skip_token", "$skiptoken"]
        .iter()
        .any(|key| !object.text(key).is_empty())
    {
        out.note(
            IssueCode::NetworkPart,
            "one page of a longer list: what the others have is not in the file".to_owned(),
        );
    }
    for (_, value) in object.fields() {
        if value.is_object() || value.is_array() {
            read_value(value, out, depth + 1);
        }
    }
}
