//! `audit`: what is wrong with groups.

use crate::arguments::{Inputs, Prefixes, TableFormat};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set};
use azflow_engine::audit::audit;
use azflow_engine::export::{audit_document, audit_table};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow audit --network nsgs.json --network vnets.json logs
  azflow audit --network nsgs.json --format csv > findings.csv";

/// Looks for what is wrong with network security groups: by their rules alone (shadowed, redundant, exposed …), and by
/// what the logs say of them (never hit, wider than used …). The words are in docs/RULES.md.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    #[command(flatten)]
    inputs: Inputs,

    /// Groups that come before those of the network: azflow.rules/1, or any shape of group that azflow reads
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    #[command(flatten)]
    prefixes: Prefixes,

    /// The document's form; the table has a line for each finding
    #[arg(long, value_enum, default_value_t = TableFormat::Json)]
    format: TableFormat,
}

impl Audit {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        self.inputs.check_standard_input(&[&self.rules])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        let set = rule_set(&mut engine, self.rules.as_deref())?;
        let (world, traffic, covered) = (engine.world(), engine.traffic(), engine.covered());
        let found = audit(&set, &world, &traffic, &covered);
        if self.format == TableFormat::Csv {
            return console.print(&audit_table(&found));
        }
        let subnets = engine.assignment(self.prefixes.cut()).ok_or_else(Failure::other_answer)?;
        console.print(&audit_document(&found, covered.hours(), &traffic, subnets))
    }
}
