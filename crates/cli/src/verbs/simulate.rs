//! `simulate`: what groups would do to the traffic that was seen.

use crate::arguments::{Inputs, Prefixes, TableFormat};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set, take_review};
use azflow_engine::export::{Beside, simulation_document, simulation_table};
use azflow_engine::rules::simulate;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow simulate --network vnets.json --rules draft.json logs
  azflow simulate --network vnets.json --rules new.json --against old.json --format csv logs";

/// Says what groups would do to the traffic that was seen: what stays, what would break, what would open.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Simulate {
    #[command(flatten)]
    inputs: Inputs,

    /// Groups that come before those of the network: azflow.rules/1, or any shape of group that azflow reads
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Other groups, to say what differs
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,

    /// A review, to say what becomes of what is needed
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,

    #[command(flatten)]
    prefixes: Prefixes,

    /// The document's form; the table has a line for each pair of subnets, protocol and port
    #[arg(long, value_enum, default_value_t = TableFormat::Json)]
    format: TableFormat,
}

impl Simulate {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        self.inputs.check_standard_input(&[&self.rules, &self.against, &self.review])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        if let Some(review) = &self.review {
            take_review(&mut engine, review)?;
        }
        let (traffic, world) = (engine.traffic(), engine.world());
        let set = rule_set(&mut engine, self.rules.as_deref())?;
        let simulation = simulate(&set, &world, &traffic);
        let other = match &self.against {
            Some(file) => Some(simulate(&rule_set(&mut engine, Some(file))?, &world, &traffic)),
            None => None,
        };
        let view = self.prefixes.view();
        let said = self.review.as_ref().map(|_| engine.verdicts(&traffic, &view));
        let beside = Beside { other: other.as_ref(), review: said.as_deref() };
        let subnets = engine.assignment(self.prefixes.cut()).ok_or_else(Failure::other_answer)?;
        console.print(&match self.format {
            TableFormat::Csv => simulation_table(&simulation, &traffic, subnets),
            TableFormat::Json => simulation_document(&simulation, (&set, &world), &traffic, subnets, beside),
        })
    }
}
