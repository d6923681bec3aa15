//! `summarize`: the summary document of the given files.

use crate::{USAGE, files};
use azflow::session::{Answer, Query, View};
use azflow::store::Mode;
use std::io::Write;
use std::path::{Path, PathBuf};

pub fn summarize(arguments: &[String]) -> Result<(), String> {
    let mut view = View::default();
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        common(argument, &mut arguments, &mut view, &mut files)?;
    }
    if files.is_empty() {
        return Err(USAGE.to_owned());
    }
    let mut engine = files::load(&files)?;
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

pub fn length(text: &str, most: u8) -> Result<u8, String> {
    text.parse().ok().filter(|n| *n <= most).ok_or(format!("not a prefix length up to {most}: {text}"))
}
