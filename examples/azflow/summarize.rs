//! `summarize`: the summary document of the given files.

use crate::{USAGE, files};
use azflow::ingest::{Meaning, TableHint};
use azflow::session::{Answer, Query, View};
use azflow::store::Mode;
use std::io::Write;
use std::path::{Path, PathBuf};

pub fn summarize(arguments: &[String]) -> Result<(), String> {
    let mut view = View::default();
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    let mut hint = TableHint::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--date-order" => {
                hint.day_first = Some(match value()?.as_str() {
                    "day-first" => true,
                    "month-first" => false,
                    other => return Err(format!("--date-order is day-first or month-first, not {other}")),
                });
            }
            "--column" => hint.columns.push(column(value()?)?),
            "--every-row" => {
                let said = value()?;
                if !hint.every_row.say(said) {
                    return Err(format!(
                        "--every-row is decision=allowed, decision=denied or time=2026-10-01, not {said}"
                    ));
                }
            }
            _ => common(argument, &mut arguments, &mut view, &mut files)?,
        }
    }
    if files.is_empty() {
        return Err(USAGE.to_owned());
    }
    let mut engine = files::load_with(&files, &[hint])?;
    if let Answer::Summary(text) = engine.answer(Query::Summary(view)) {
        std::io::stdout().write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// An option that every verb which counts flows has, or a file.
pub fn common<'a>(
    argument: &str,
    rest: &mut impl Iterator<Item = &'a String>,
    view: &mut View,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), String> {
    let mut value = || rest.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
    match argument {
        "--mode" => {
            view.mode = match value()?.as_str() {
                "conversations" => Mode::Conversations,
                "as-logged" => Mode::AsLogged,
                other => return Err(format!("--mode is conversations or as-logged, not {other}")),
            }
        }
        "--prefix4" => view.cut.v4 = length(value()?, 32)?,
        "--prefix6" => view.cut.v6 = length(value()?, 128)?,
        "--network" => files::find(Path::new(value()?), files)?,
        option if option.starts_with("--") => return Err(format!("no option {option}\n{USAGE}")),
        path => files::find(Path::new(path), files)?,
    }
    Ok(())
}

/// What the column under a heading holds: `Heading=source`, or nothing behind the sign for nothing.
fn column(text: &str) -> Result<(String, Option<Meaning>), String> {
    let (heading, name) = text.rsplit_once('=').ok_or("--column is a heading, =, and what is below it")?;
    let meaning = Meaning::parse(name);
    if meaning.is_none() && !name.is_empty() {
        let names: Vec<&str> = Meaning::all().map(Meaning::name).collect();
        return Err(format!("--column: no {name}; there are: {}", names.join(", ")));
    }
    Ok((heading.to_owned(), meaning))
}

pub fn length(text: &str, most: u8) -> Result<u8, String> {
    text.parse().ok().filter(|n| *n <= most).ok_or(format!("not a prefix length up to {most}: {text}"))
}
