//! What is named on the command line, read into one engine as the page does it.

mod beside;
mod find;
mod read;

pub use beside::{bytes, rule_set, take_review};

use crate::arguments::{Inputs, STANDARD_INPUT, is_standard_input};
use crate::console::Console;
use crate::ending::Failure;
use azflow_core::ingest::{IssueCode, TableHint};
use azflow_engine::session::{self, Answer, DataAnswer, Engine, Query, SourceId, SourceRow, ToEngine};
use find::{Found, Listed, Origin};
use read::Reader;

/// Logs that are told of one by one.
const MOST_TOLD: usize = 3;

/// Reads everything that is named into one engine, with what is said about tables. What can't be read is told, and
/// the rest counts.
///
/// # Errors
/// When nothing could be read of all that is named.
pub fn load(inputs: &Inputs, hints: &[TableHint], console: &mut Console) -> Result<Engine, Failure> {
    inputs.check_standard_input(&[])?;
    let mut named = Listed::default();
    for path in inputs.network.iter().chain(&inputs.files) {
        if is_standard_input(path) {
            named.add_standard_input(inputs.name.clone().unwrap_or_else(|| STANDARD_INPUT.to_owned()));
        } else {
            named.add(path);
        }
    }
    for (path, why) in &named.missing {
        console.unreadable(format_args!("{}: {why}", path.display()));
    }
    let size = |found: &Found| match &found.origin {
        Origin::File(path) => path.metadata().map(|about| about.len()).ok(),
        Origin::StandardInput => None,
    };
    console.begin_reading(named.found.iter().map(size).sum());
    let mut engine = Engine::default();
    let mut any = named.arguments.is_empty() && named.missing.is_empty();
    for (index, found) in named.found.iter().enumerate() {
        let source = SourceId(index as u32);
        let progress = &mut |bytes| console.has_read(bytes);
        match (Reader { engine: &mut engine, source, hints, progress }).read(found) {
            Ok(()) => any = true,
            Err(error) => {
                let (name, bytes) = (found.name.clone(), size(found).unwrap_or_default());
                console.unreadable(format_args!("{name}: {error}"));
                engine.handle(
                    ToEngine::Failed {
                        source,
                        name,
                        bytes,
                        failure: session::Failure::Unreadable(error.to_string()),
                    },
                    None,
                );
            }
        }
    }
    console.end_reading();
    if !any {
        return Err(Failure::Unreadable("nothing could be read".to_owned()));
    }
    if let Answer::Data(data) = engine.answer(Query::Data) {
        tell_what_says_nothing(&named, &data, console);
        tell_what_is_missing(&data, console);
        tell_overlaps(&data, console);
    }
    Ok(engine)
}

/// Tells of which logs some kinds of tuples are missing altogether: whatever is printed, absence means less there.
fn tell_what_is_missing(data: &DataAnswer, console: &mut Console) {
    let code = IssueCode::RecordTypes.as_str();
    let mut lacking = data.sources.iter().flat_map(|row| {
        row.issues.iter().filter(|issue| issue.code == code).map(move |issue| (&row.name, &issue.message))
    });
    for (name, message) in lacking.by_ref().take(MOST_TOLD) {
        console.say(format_args!("{name}: {message}"));
    }
    let more = lacking.count();
    if more > 0 {
        console.say(format_args!("{more} more logs lack kinds of tuples: the summary lists them as {code}"));
    }
}

/// Tells where several kinds of log describe the same traffic, and what stands only in those that do not count.
fn tell_overlaps(data: &DataAnswer, console: &mut Console) {
    if data.overlaps.is_empty() {
        return;
    }
    let hours: u64 = data.overlaps.iter().map(|overlap| u64::from(overlap.hours)).sum();
    let [allowed, denied] = data.superseded;
    console.say(format_args!(
        "NICs and hours in several kinds of log, of which one counts: {hours}. Conversations only in the others: \
         {allowed} with something allowed, {denied} denied alone (\"superseded log\" in the list of flows)"
    ));
    if let Some(migration) = &data.migration {
        console.say(format_args!(
            "do VNet flow logs cover what NSG flow logs saw? {} (matched by {})",
            migration.answer,
            migration.matched_by.join(", ")
        ));
    }
}

/// Tells which of the things that were named hold nothing that azflow understands. In a folder other files may lie
/// about; a folder of nothing else is a mistake.
fn tell_what_says_nothing(named: &Listed, data: &DataAnswer, console: &mut Console) {
    if named.arguments.is_empty() {
        return;
    }
    let mut understood = vec![false; named.arguments.len()];
    let mut why = vec![None; named.arguments.len()];
    for row in &data.sources {
        let Some(argument) = named.found.get(row.source as usize).map(|found| found.argument) else {
            continue;
        };
        understood[argument] |= says_something(row);
        let issue = row.issues.iter().find(|issue| issue.lossy);
        why[argument] = why[argument].take().or(issue.map(|issue| issue.message.as_str()));
    }
    for ((argument, _), why) in
        named.arguments.iter().zip(&understood).zip(why).filter(|((_, known), _)| !**known)
    {
        let why = why.unwrap_or("it holds no flow records and describes no network");
        console.unreadable(format_args!("{}: nothing was understood: {why}", argument.display()));
    }
}

/// Tells what was read where a verb that counts traffic has none: a description of a network alone is no mistake, and
/// there is a verb for it.
pub fn tell_without_logs(engine: &mut Engine, console: &mut Console) {
    let Answer::Data(data) = engine.answer(Query::Data) else { return };
    let described: Vec<&str> =
        data.sources.iter().filter(|row| is_description(row)).map(|row| row.name.as_str()).collect();
    if described.is_empty() || data.sources.iter().any(|row| row.accounts.records > 0) {
        return;
    }
    let network = engine.network();
    let subnets: usize = network.networks.iter().map(|one| one.subnets.len()).sum();
    let parts = [
        ("virtual networks", network.networks.len()),
        ("subnets", subnets),
        ("NICs", network.nics.len()),
        ("security groups", network.nsgs.len()),
        ("service tags", network.tags.len()),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{what}: {count}"))
        .collect();
    console.say(format_args!(
        "{}: described a network ({}); there are no flow records to count. `azflow network` prints the description, \
         `azflow audit` judges its groups",
        described.join(", "),
        parts.join(", ")
    ));
}

fn says_something(row: &SourceRow) -> bool {
    row.accounts.records > 0 || is_description(row)
}

fn is_description(row: &SourceRow) -> bool {
    ["azure-network", "service-tags"].contains(&row.kind.as_str())
}
