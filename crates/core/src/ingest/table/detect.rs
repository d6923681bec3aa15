//! Whether a text is a table of flows, told from its first bytes: by headings that azflow knows, by what
//! people said of them, or by two columns of addresses.

use super::columns::{Mapping, is_rules};
use super::hint::{TableHint, Told};
use super::json::{JsonRows, Piece, Shape, text};
use super::suggest::look_like_flows;
use crate::model::Address;
use serde_json::Value;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// As CSV with this separator; perhaps with a line before the headings that names a type.
    Csv { separator: u8, typed: bool },
    /// As JSON.
    Json(Shape),
}

/// Rows looked at.
const ROWS: usize = 5;

/// How a text that begins like this is written, if it is a table of flows.
pub fn detect(head: &[u8], hints: &[TableHint]) -> Option<Written> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if text.starts_with(['{', '[']) {
        return json_shape(text).or_else(|| flat_objects(head)).map(Written::Json);
    }
    let line = heading_line(text);
    let separator = separator(line);
    let headings: Vec<String> = line.split(char::from(separator)).map(str::to_owned).collect();
    if is_rules(&headings) {
        return None;
    }
    let told = Told::about(&headings, hints);
    let known = Mapping::by(&headings, &|heading| told.means(heading)).is_flows();
    let fits = headings.len() >= 3 && (known || told.has_columns() || has_addresses(text, line, separator));
    fits.then(|| Written::Csv { separator, typed: text.starts_with("#TYPE") })
}

/// Whether the rows below headings that mean nothing have two columns of addresses.
fn has_addresses(text: &str, headings: &str, separator: u8) -> bool {
    let cell = |cell: &str| cell.trim().trim_matches('"').to_owned();
    let cells = |line: &str| line.split(char::from(separator)).map(cell).collect::<Vec<_>>();
    let below = text.find(headings).and_then(|at| text.get(at + headings.len()..)).unwrap_or_default();
    let headings = cells(headings);
    // What follows the last line break may be a piece of a line.
    let whole =
        below.rsplit_once('\n').map_or(below, |(whole, rest)| if whole.is_empty() { rest } else { whole });
    let rows: Vec<Vec<String>> =
        whole.lines().map(cells).filter(|row| row.len() == headings.len()).take(ROWS).collect();
    // Lines of values alone are no table with headings.
    headings.iter().all(|heading| Address::parse(heading).is_none()) && look_like_flows(&rows)
}

/// The separator that a line of headings has most of.
fn separator(line: &str) -> u8 {
    [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|s| line.bytes().filter(|b| b == s).count())
        .unwrap_or(b',')
}

/// The first line that is no `#TYPE`.
fn heading_line(text: &str) -> &str {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if first.starts_with("#TYPE") { lines.next().unwrap_or_default() } else { first }
}

/// The shape of a JSON text that begins like this, if it is a query's result about flows.
fn json_shape(text: &str) -> Option<Shape> {
    let lower: String = text.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if lower.contains("\"flowtuples\"") || lower.contains("\"flowrecords\"") {
        return None;
    }
    if lower.starts_with("{\"tables\":[") && lower.contains("\"columns\":[") {
        return Some(Shape::Tables);
    }
    // A key that begins like this: the name, perhaps a suffix, a quote and a colon.
    let key = |begin: &&str| {
        lower.match_indices(*begin).any(|(at, _)| {
            let rest = lower.get(at + 1..).unwrap_or_default();
            rest.find('"').is_some_and(|end| rest.get(end + 1..).is_some_and(|after| after.starts_with(':')))
        })
    };
    let flows =
        ["\"flowintervalstarttime", "\"flowstarttime", "\"flowtype", "\"flowdirection", "\"flowstatus"];
    let ends = ["\"srcip", "\"destip", "\"srcpublicips", "\"sourceip", "\"destinationip"];
    let is_result = flows.iter().any(key) || lower.contains("\"tablename\":\"primaryresult\"");
    (is_result && ends.iter().any(key)).then_some(Shape::Objects)
}

/// Objects without anything inside them, with two addresses or more: rows under headings that mean nothing.
fn flat_objects(head: &[u8]) -> Option<Shape> {
    let mut pieces = Vec::new();
    JsonRows::new(Shape::Objects).push(head, &mut pieces);
    let Some(Piece::Row(_, bytes)) = pieces.into_iter().next() else { return None };
    let Ok(Value::Object(fields)) = serde_json::from_slice(&bytes) else { return None };
    let flat = fields.iter().all(|(key, value)| {
        // One flow a record, as a connector writes it, is read with the logs.
        !(value.is_object() || value.is_array() || key.eq_ignore_ascii_case("nsgRuleName"))
    });
    let cells = fields.values().map(text).collect();
    (flat && look_like_flows(&[cells])).then_some(Shape::Objects)
}
