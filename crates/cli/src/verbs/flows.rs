//! `flows`: the list of conversations, as the page saves it.

use crate::arguments::{Counting, Inputs, TableFormat, filter};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs;
use azflow_engine::export::FlowColumn;
use azflow_engine::filter::Filter;
use azflow_engine::session::{Answer, Engine, FlowsFormat, FlowsQuery, Query};
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  azflow flows logs > flows.csv
  azflow flows --filter 'src:10.1.0.0/16 port:443' --sort -bytes_src_to_dst logs
  azflow flows --format json --columns src,dst,port,access --network vnets.json logs
  azflow flows --filter 'path:internet port:22,3389 decision:allowed' --expect none --network vnets.json logs";

/// Print the list of conversations
///
/// It is the list that the page shows, in the page's columns and order (latest first) unless told otherwise.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Flows {
    #[command(flatten)]
    inputs: Inputs,

    #[command(flatten)]
    counting: Counting,

    /// Only conversations that pass this filter (docs/FILTER.md)
    #[arg(long, value_name = "TEXT", value_parser = filter, allow_hyphen_values = true)]
    filter: Option<Filter>,

    /// End with 1 if the list has rows that should not be there, or none where some should be
    #[arg(long, value_enum, value_name = "ROWS")]
    expect: Option<Expected>,

    /// The list's form
    #[arg(long, value_enum, default_value_t = TableFormat::Csv)]
    format: TableFormat,

    /// The columns, with commas between; an unknown name lists all
    #[arg(long, value_name = "NAME,…", value_parser = columns)]
    columns: Option<Columns>,

    /// The order, by columns with commas between; a - before a name sorts the largest first
    #[arg(long, value_name = "NAME,-NAME,…", value_parser = sort, allow_hyphen_values = true)]
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Expected {
    /// No conversation passes the filter, of at least one that was read
    None,
    /// At least one conversation passes
    Some,
}

/// Columns to show.
#[derive(Debug, Clone)]
struct Columns(Vec<FlowColumn>);

/// Columns to sort by, each with whether the largest comes first.
#[derive(Debug, Clone)]
struct Sort(Vec<(FlowColumn, bool)>);

impl Flows {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let mut query = FlowsQuery {
            view: self.counting.view(),
            sort: self.sort.map_or_else(FlowColumn::default_sort, |sort| sort.0),
            ..FlowsQuery::default()
        };
        if let Some(filter) = self.filter {
            query.view.filter = filter.to_string();
        }
        let columns = self.columns.map_or_else(FlowColumn::defaults, |columns| columns.0);
        let format = match self.format {
            TableFormat::Csv => FlowsFormat::Csv,
            TableFormat::Json => FlowsFormat::Json,
        };
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        inputs::tell_without_logs(&mut engine, console);
        if let Some(expected) = self.expect
            && let Err(why) = gate(expected, &mut engine, &query)
        {
            console.gate_failed(why);
        }
        let mut from = Some(0);
        while let Some(at) = from {
            query.from = at;
            let Answer::FlowsText(part) =
                engine.answer(Query::FlowsText(query.clone(), columns.clone(), format))
            else {
                return Err(Failure::other_answer());
            };
            console.print(&part.text)?;
            from = part.next;
        }
        Ok(())
    }
}

fn columns(text: &str) -> Result<Columns, String> {
    text.split(',').map(column).collect::<Result<_, _>>().map(Columns)
}

fn sort(text: &str) -> Result<Sort, String> {
    let one = |name: &str| match name.strip_prefix('-') {
        Some(name) => Ok((column(name)?, true)),
        None => Ok((column(name)?, false)),
    };
    text.split(',').map(one).collect::<Result<_, String>>().map(Sort)
}

fn column(name: &str) -> Result<FlowColumn, String> {
    FlowColumn::parse(name).ok_or_else(|| {
        let names: Vec<&str> = FlowColumn::ALL.iter().map(|column| column.as_str()).collect();
        format!("no column {name}; there are {}", names.join(", "))
    })
}

/// Holds the list's length against what was expected. A filter over nothing leaves nothing, which shows nothing.
fn gate(expected: Expected, engine: &mut Engine, query: &FlowsQuery) -> Result<(), String> {
    let Answer::Flows(listed) = engine.answer(Query::Flows(query.clone())) else {
        return Err("the engine answered something else: please report this".to_owned());
    };
    let Answer::Overview(all) = engine.answer(Query::Overview(query.view.clone())) else {
        return Err("the engine answered something else: please report this".to_owned());
    };
    match (expected, listed.total) {
        (Expected::None, 0) if all.conversations == 0 => Err("no conversation was read".to_owned()),
        (Expected::None, 0) => Ok(()),
        (Expected::None, rows) => Err(format!("conversations listed: {rows}; none was expected")),
        (Expected::Some, 0) => Err("no conversation is listed".to_owned()),
        (Expected::Some, _) => Ok(()),
    }
}
