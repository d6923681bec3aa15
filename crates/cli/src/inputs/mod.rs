//! What is named on the command line, read into one engine as the page does it.

mod beside;
mod find;
mod read;

pub use beside::{bytes, rule_set, take_review};

use crate::arguments::{Inputs, STANDARD_INPUT, is_standard_input};
use crate::console::Console;
use crate::ending::Failure;
use azflow_core::ingest::TableHint;
use azflow_engine::session::{self, Answer, Engine, Query, SourceId, SourceRow, ToEngine};
use find::{Found, Listed, Origin};
use read::Reader;

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
    tell_what_says_nothing(&named, &mut engine, console);
    Ok(engine)
}

/// Tells which of the things that were named hold nothing that azflow understands. In a folder other files may lie
/// about; a folder of nothing else is a mistake.
fn tell_what_says_nothing(named: &Listed, engine: &mut Engine, console: &mut Console) {
    if named.arguments.is_empty() {
        return;
    }
    let Answer::Data(data) = engine.answer(Query::Data) else { return };
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
