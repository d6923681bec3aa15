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
//! `combine` makes one of several descriptions: `merge` by id, `join` where a network is told of under its bare name;
//! `claims` holds what each says, so that contradictions are named.

mod claims;
mod combine;
mod document;
mod effective;
mod expression;
mod flow_logs;
mod join;
mod list;
mod machines;
mod merge;
mod resources;
mod routes;
mod rows;
mod rules;
mod template;
mod terraform;
mod terraform_resources;
mod value;

use azflow_core::ingest::IssueCode;
use azflow_core::model::{
    Machine, NamedSubnet, Network, Nic, Nsg, Peering, ResourceId, SecurityRule, ServiceTag, VirtualNetwork,
};
pub use combine::{Combined, combine};
pub use document::group_of_rules;
pub use join::join;
pub use merge::merge;
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

    fn note(&mut self, code: IssueCode, message: String) {
        if !self.notes.contains(&(code, message.clone())) && self.notes.len() < 100 {
            self.notes.push((code, message));
        }
    }
}

/// Wrappers nest at most so deep.
const MAX_DEPTH: u32 = 8;

/// Reads a description of a network.
pub fn read_network(text: &[u8]) -> NetworkFile {
    let mut out = NetworkFile::default();
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
    sort(&mut out.network);
    out
}

/// Reads one value: a resource, a list of some, or a wrapper of either.
fn read_value(value: &Value, out: &mut NetworkFile, depth: u32) {
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
fn unwrap(object: &Object<'_>, out: &mut NetworkFile, depth: u32) {
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

/// The virtual network of an id, made where it isn't known.
fn network_of<'a>(network: &'a mut Network, id: &ResourceId) -> &'a mut VirtualNetwork {
    let at = network.networks.iter().position(|n| n.id == *id).unwrap_or_else(|| {
        let name = id.name().to_owned();
        network.networks.push(VirtualNetwork { id: id.clone(), name, ..VirtualNetwork::default() });
        network.networks.len() - 1
    });
    &mut network.networks[at]
}

fn nsg_of<'a>(network: &'a mut Network, id: &ResourceId) -> &'a mut Nsg {
    let at = network.nsgs.iter().position(|n| n.id == *id).unwrap_or_else(|| {
        let name = id.name().to_owned();
        network.nsgs.push(Nsg { id: id.clone(), name, ..Nsg::default() });
        network.nsgs.len() - 1
    });
    &mut network.nsgs[at]
}

fn put<T>(list: &mut Vec<T>, item: T, id: impl Fn(&T) -> &ResourceId) {
    match list.iter_mut().find(|known| id(known) == id(&item)) {
        Some(known) => *known = item,
        None => list.push(item),
    }
}

fn put_rule(list: &mut Vec<SecurityRule>, rule: SecurityRule) {
    // One rule whose access was not understood is two.
    let pair = |r: &SecurityRule| r.doubt.is_some() && r.doubt == rule.doubt && r.access != rule.access;
    let same = |r: &SecurityRule| {
        r.direction == rule.direction && r.name.eq_ignore_ascii_case(&rule.name) && !pair(r)
    };
    match list.iter_mut().find(|known| same(known)) {
        Some(known) => *known = rule,
        None => list.push(rule),
    }
}

/// Puts everything in a fixed order.
fn sort(network: &mut Network) {
    network.networks.sort_by(|a, b| a.id.cmp(&b.id));
    for one in &mut network.networks {
        one.subnets.sort_by(|a: &NamedSubnet, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        one.peerings.sort_by(|a: &Peering, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
    network.nics.sort_by(|a: &Nic, b| a.id.cmp(&b.id));
    network.machines.sort_by(|a: &Machine, b| a.id.cmp(&b.id));
    network.nsgs.sort_by(|a, b| a.id.cmp(&b.id));
    for nsg in &mut network.nsgs {
        for rules in [&mut nsg.rules, &mut nsg.default_rules] {
            rules.sort_by(|a, b| (a.direction, a.priority, &a.name).cmp(&(b.direction, b.priority, &b.name)));
        }
        for list in [&mut nsg.subnets, &mut nsg.nics] {
            list.sort();
            list.dedup();
        }
    }
    network.route_tables.sort_by(|a, b| a.id.cmp(&b.id));
    for table in &mut network.route_tables {
        table.routes.sort_by(|a, b| (&a.name, &a.destination).cmp(&(&b.name, &b.destination)));
        table.subnets.sort();
        table.subnets.dedup();
    }
    network.effective.sort_by(|a, b| (&a.place, &a.tag).cmp(&(&b.place, &b.tag)));
    network.flow_logs.sort_by(|a, b| a.id.cmp(&b.id));
    network.tags.sort_by(|a: &ServiceTag, b| a.name.cmp(&b.name));
}
