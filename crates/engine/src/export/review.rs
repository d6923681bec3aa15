//! A review as a file that opens again (`azflow.review/1`), and as a table for the people who are asked. Both
//! are read back here; a table may have been through a spreadsheet in between.

use super::csv;
use crate::rules::{Mark, Review, Verdict};
use azflow_core::model::Protocol;
use serde_json::{Value, json};

/// The schema's name; a file that has it near its beginning is a review.
pub const REVIEW_SCHEMA: &str = "azflow.review/1";
/// Columns of the table that are read back; what stands beside them is for people.
pub const REVIEW_COLUMNS: [&str; 7] =
    ["source", "destination", "protocol", "port", "decision", "owner", "note"];

/// What a file said, and what of it could not be understood.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ReadReview {
    /// The review.
    pub review: Review,
    /// One sentence for each row that was passed over or cut.
    pub problems: Vec<String>,
}

/// The file, marks by service.
pub fn review_document(review: &Review) -> String {
    let service = |mark: &Mark| {
        json!({
            "source": mark.src,
            "destination": mark.dst,
            "protocol": mark.protocol.to_string(),
            "port": mark.port,
            "decision": mark.verdict.map(Verdict::as_str),
            "owner": mark.owner,
            "note": mark.note,
        })
    };
    let services: Vec<Value> = review.marks().iter().map(service).collect();
    let document = json!({ "schema": REVIEW_SCHEMA, "services": services });
    // Plain data: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Decisions of flows, as their tables write them.
const OF_FLOWS: [&str; 8] = ["allow", "allowed", "a", "deny", "denied", "d", "accept", "drop"];

/// Whether a file that begins so is a review or its table. A table of flows may have the same columns: its decisions
/// are none of a reviewer's.
pub fn is_review(head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with(['{', '[']) {
        return head.contains(REVIEW_SCHEMA);
    }
    let mut rows = csv::rows(head).into_iter();
    let Some(heading) =
        rows.by_ref().map(|row| places(&row)).find(|places| places.iter().all(Option::is_some))
    else {
        return false;
    };
    let mut decisions = rows.filter_map(|row| Some(row.get(heading[4]?)?.trim().to_lowercase()));
    !decisions.any(|word| OF_FLOWS.contains(&word.as_str()))
}

/// Reads a review file or its table.
///
/// # Errors
/// Where the text is neither.
pub fn read_review(text: &str) -> Result<ReadReview, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { read_document(text) } else { read_table(text) }
}

fn read_document(text: &str) -> Result<ReadReview, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("the file is no whole JSON: {e}"))?;
    let services = value["services"].as_array().filter(|_| value["schema"] == REVIEW_SCHEMA);
    let services = services.ok_or(format!("the file is no {REVIEW_SCHEMA}"))?;
    let rows = services.iter().map(|service| {
        REVIEW_COLUMNS.map(|column| match &service[column] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        })
    });
    Ok(read(rows.enumerate().map(|(at, row)| (format!("service {}", at + 1), row))))
}

fn read_table(text: &str) -> Result<ReadReview, String> {
    let mut rows = csv::rows(text).into_iter();
    // Something may have been written above the heading.
    let heading = rows.by_ref().enumerate().find(|(_, row)| places(row)[..4].iter().all(Option::is_some));
    let (skipped, heading) =
        heading.ok_or("the table needs the columns source, destination, protocol and port".to_owned())?;
    let places = places(&heading);
    let rows = rows.enumerate().filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty())).map(
        |(at, row)| {
            let cell =
                |place: Option<usize>| place.and_then(|place| row.get(place)).map(|c| c.trim().to_owned());
            (format!("row {}", skipped + at + 2), places.map(|place| cell(place).unwrap_or_default()))
        },
    );
    Ok(read(rows))
}

fn places(heading: &[String]) -> [Option<usize>; 7] {
    REVIEW_COLUMNS.map(|column| heading.iter().position(|cell| cell.trim().eq_ignore_ascii_case(column)))
}

fn read(rows: impl Iterator<Item = (String, [String; 7])>) -> ReadReview {
    let mut out = ReadReview::default();
    let mut marks = Vec::new();
    for (which, [src, dst, protocol, port, decision, owner, note]) in rows {
        let Some(protocol) = self::protocol(&protocol) else {
            out.problems.push(format!("{which}: “{protocol}” is no protocol; passed over"));
            continue;
        };
        // A spreadsheet may have made a number of it.
        let number = port.strip_suffix(".0").unwrap_or(&port).parse::<u16>().ok();
        let port = if protocol.has_ports() { number } else { None };
        if src.is_empty() || dst.is_empty() || (protocol.has_ports() && port.is_none()) {
            out.problems.push(format!("{which}: source, destination or port is missing; passed over"));
            continue;
        }
        let verdict = Verdict::parse(&decision).unwrap_or_else(|| {
            out.problems
                .push(format!("{which}: “{decision}” is neither needed, not needed nor ask; left as it was"));
            None
        });
        marks.push(Mark { verdict, owner, note, ..Mark::of(&src, &dst, protocol, port) });
    }
    out.review = Review::of(marks);
    out
}

/// A protocol by its keyword or number.
pub(super) fn protocol(text: &str) -> Option<Protocol> {
    let text = text.to_lowercase();
    let by_name = || Protocol::all().find(|protocol| protocol.keyword() == Some(&text));
    text.parse().map(Protocol::numbered).ok().or_else(by_name)
}
