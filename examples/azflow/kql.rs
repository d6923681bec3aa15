//! `kql`: queries that compute flow records where the data is.

use crate::{USAGE, files};
use azflow::export::{Known, Origin, kql};
use azflow::filter::{Filter, parse};
use azflow::model::UnixMillis;
use std::io::Write;
use std::path::Path;

pub fn run(arguments: &[String]) -> Result<(), String> {
    let (mut origin, mut start, mut end) = (None, None, None);
    let mut found = Vec::new();
    let mut filter = Filter::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"))?;
        // A day stands for its beginning.
        let time = |text: &str| {
            let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
            UnixMillis::from_iso(&whole)
                .ok_or(format!("not a time like 2026-10-01 or 2026-10-01T06:00:00Z: {text}"))
        };
        match argument.as_str() {
            "--from" => {
                origin = Some(
                    Origin::parse(value)
                        .ok_or(format!("--from is nta, ana, blobs or nsg-blobs, not {value}"))?,
                )
            }
            "--start" => start = Some(time(value)?),
            "--end" => end = Some(time(value)?),
            "--filter" => filter = parse(value).map_err(|e| format!("--filter: {e}"))?,
            "--network" => files::find(Path::new(value), &mut found)?,
            _ => return Err(format!("no option {argument}\n{USAGE}")),
        }
    }
    let (Some(origin), Some(start), Some(end)) = (origin, start, end) else { return Err(USAGE.to_owned()) };
    let mut engine = files::load(&found)?;
    let mut out = String::new();
    let written = kql(origin, (start, end), &Known::of(engine.network()), &filter);
    for term in &written.unsaid {
        out.push_str(&format!("// not in the queries: {term}\n"));
    }
    for (window, query) in written.queries {
        out.push_str(&format!("// {window}\n{query}\n"));
    }
    std::io::stdout().write_all(out.as_bytes()).map_err(|e| e.to_string())
}
