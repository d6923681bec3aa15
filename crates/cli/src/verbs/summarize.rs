//! `summarize`: the summary document of the given files.

use crate::arguments::{Counting, Inputs};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs;
use azflow_core::ingest::{Meaning, TableHint};
use azflow_engine::session::{Answer, Query};
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  azflow summarize logs
  azflow summarize --prefix4 28 --network vnets.json logs > summary.json
  azflow summarize --column 'Client IP=source' --date-order day-first flows.csv";

/// Print the summary document of flow logs
///
/// It is byte for byte what the page saves for the same files: totals, subnets, pairs, rules, services, times, and what
/// became of every file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Summarize {
    #[command(flatten)]
    inputs: Inputs,

    #[command(flatten)]
    counting: Counting,

    /// How dates like 3/4/2026 are read in tables where no row tells
    #[arg(long, value_enum, value_name = "ORDER")]
    date_order: Option<DateOrder>,

    /// What a table's column holds whose heading azflow does not know; nothing behind the sign: nothing that counts
    #[arg(long, value_name = "HEADING=COLUMN", value_parser = column, allow_hyphen_values = true)]
    column: Vec<(String, Option<Meaning>)>,

    /// What counts for every row of a table that has no column for it: decision=allowed, decision=denied,
    /// time=2026-10-01, protocol=tcp, port=443, direction=inbound
    #[arg(long, value_name = "WHAT=VALUE", value_parser = every_row)]
    every_row: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DateOrder {
    /// 3 April
    DayFirst,
    /// March 4
    MonthFirst,
}

impl Summarize {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let day_first = self.date_order.map(|order| order == DateOrder::DayFirst);
        let mut hint = TableHint { columns: self.column, day_first, ..TableHint::default() };
        for said in &self.every_row {
            hint.every_row.say(said);
        }
        let mut engine = inputs::load(&self.inputs, &[hint], console)?;
        inputs::tell_without_logs(&mut engine, console);
        match engine.answer(Query::Summary(self.counting.view())) {
            Answer::Summary(text) => console.print(&text),
            _ => Err(Failure::other_answer()),
        }
    }
}

/// What the column under a heading holds: `Heading=source`, or nothing behind the sign for nothing.
fn column(text: &str) -> Result<(String, Option<Meaning>), String> {
    let (heading, name) = text.rsplit_once('=').ok_or("it is a heading, =, and what is below it")?;
    let meaning = Meaning::parse(name);
    if meaning.is_none() && !name.is_empty() {
        let names: Vec<&str> = Meaning::all().map(Meaning::name).collect();
        return Err(format!("no {name}; there are: {}", names.join(", ")));
    }
    Ok((heading.to_owned(), meaning))
}

fn every_row(text: &str) -> Result<String, String> {
    let understood = TableHint::default().every_row.say(text);
    understood.then(|| text.to_owned()).ok_or_else(|| {
        "it is decision=allowed or decision=denied, a time like time=2026-10-01, protocol=tcp, port=443, \
             direction=inbound or direction=outbound; everything else needs a column of its own (--column)"
            .to_owned()
    })
}
