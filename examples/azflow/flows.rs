//! `flows`: the list of conversations, as the page saves it.

use crate::summarize::common;
use crate::{USAGE, files};
use azflow::export::FlowColumn;
use azflow::filter::parse;
use azflow::session::{Answer, FlowsFormat, FlowsQuery, Query};
use std::io::Write;

pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut query = FlowsQuery { sort: FlowColumn::default_sort(), ..FlowsQuery::default() };
    let (mut columns, mut format) = (FlowColumn::defaults(), FlowsFormat::Csv);
    let mut found = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--format" => {
                format = match value()?.as_str() {
                    "csv" => FlowsFormat::Csv,
                    "json" => FlowsFormat::Json,
                    other => return Err(format!("--format is csv or json, not {other}")),
                }
            }
            "--filter" => {
                let filter = parse(value()?).map_err(|e| format!("--filter, character {}: {e}", e.at + 1))?;
                query.view.filter = filter.to_string();
            }
            "--columns" => columns = value()?.split(',').map(column).collect::<Result<_, _>>()?,
            "--sort" => {
                let one = |name: &str| match name.strip_prefix('-') {
                    Some(name) => Ok((column(name)?, true)),
                    None => Ok((column(name)?, false)),
                };
                query.sort = value()?.split(',').map(one).collect::<Result<_, String>>()?;
            }
            _ => common(argument, &mut arguments, &mut query.view, &mut found)?,
        }
    }
    if found.is_empty() {
        return Err(USAGE.to_owned());
    }
    let mut engine = files::load(&found)?;
    let mut out = std::io::stdout();
    let mut from = Some(0);
    while let Some(at) = from {
        query.from = at;
        let Answer::FlowsText(part) = engine.answer(Query::FlowsText(query.clone(), columns.clone(), format))
        else {
            return Err("the engine answered something else".to_owned());
        };
        out.write_all(part.text.as_bytes()).map_err(|e| e.to_string())?;
        from = part.next;
    }
    Ok(())
}

fn column(name: &str) -> Result<FlowColumn, String> {
    FlowColumn::parse(name).ok_or_else(|| {
        let names: Vec<&str> = FlowColumn::ALL.iter().map(|column| column.as_str()).collect();
        format!("no column {name}; there are {}", names.join(", "))
    })
}
