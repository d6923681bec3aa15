//! A plain list of subnets: lines of `CIDR,name[,network]`, as people and azflow itself write them.

use super::Reading;
use azflow_core::ingest::IssueCode;
use azflow_core::model::{NamedSubnet, Prefix, ResourceId};
use std::collections::{BTreeMap, BTreeSet};

/// Reads the lines, with the first two cells in either order. A heading, empty lines and lines that begin
/// with `#` are passed over.
pub(super) fn read(text: &str, out: &mut Reading) {
    // By network and name: a list tells subnets of one network apart by the case of their names.
    let mut subnets: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut seen: BTreeSet<(usize, usize, Prefix)> = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells = cells(line);
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let (prefix, name) = match (Prefix::parse(cell(0)), Prefix::parse(cell(1))) {
            (Some(prefix), _) => (Some(prefix), cell(1)),
            (None, prefix) => (prefix, cell(0)),
        };
        let (Some(prefix), false) = (prefix, name.is_empty()) else {
            if number > 0 {
                out.note(
                    IssueCode::NetworkPart,
                    format!("line {} is no CIDR with a name: {line}", number + 1),
                );
            }
            continue;
        };
        let network = cell(2);
        let at = out.network.place(&ResourceId(network.to_owned()));
        let parent = out.network.network_at(at);
        let place = *subnets.entry((at, name.to_owned())).or_insert(parent.subnets.len());
        if !seen.insert((at, place, prefix)) {
            continue;
        }
        match parent.subnets.get_mut(place) {
            Some(subnet) => subnet.prefixes.push(prefix),
            None => parent.subnets.push(NamedSubnet {
                id: ResourceId(format!("{network}/subnets/{name}")),
                name: name.to_owned(),
                prefixes: vec![prefix],
                ..NamedSubnet::default()
            }),
        }
    }
}

/// The cells of a line: quotes keep separators together and are doubled within, as in CSV. The apostrophe
/// that guards a spreadsheet against a formula goes.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = out.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            ',' | ';' | '\t' if !quoted => out.push(String::new()),
            _ => cell.push(letter),
        }
    }
    let plain = |cell: &String| {
        let cell = cell.trim();
        let guarded = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
        guarded.unwrap_or(cell).to_owned()
    };
    out.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        assert_eq!(cells("10.0.0.0/8, web ,hub"), ["10.0.0.0/8", "web", "hub"]);
        assert_eq!(cells("10.0.0.0/8;\"a, \"\"b\"\"\";"), ["10.0.0.0/8", "a, \"b\"", ""]);
        assert_eq!(cells("10.0.0.0/8\t'-x\t'y"), ["10.0.0.0/8", "-x", "'y"]);
    }
}
