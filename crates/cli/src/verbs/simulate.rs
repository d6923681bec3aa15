//! `simulate`: what groups would do to the traffic that was seen.

use crate::arguments::{Inputs, Prefixes, TableFormat};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set, take_review};
use azflow_engine::export::{Beside, simulation_document, simulation_table};
use azflow_engine::rules::{Fate, RuleSet, Simulation, simulate};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow simulate --network vnets.json --rules draft.json logs
  azflow simulate --network vnets.json --rules new.json --against old.json --format csv logs
  azflow simulate --network vnets.json --rules draft.json --fail-on would_break,newly_opened logs
  azflow draft --network vnets.json logs | azflow simulate --network vnets.json --rules - logs";

/// Say what groups would do to the traffic that was seen
///
/// What stays, what would break, what would open: by pair of subnets, rule and service.
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

    /// End with 1 if conversations have this fate or can't be decided; several with commas between
    #[arg(long, value_enum, value_name = "FATE,…", value_delimiter = ',')]
    fail_on: Vec<Gate>,

    /// The document's form; the table has a line for each pair of subnets, protocol and port
    #[arg(long, value_enum, default_value_t = TableFormat::Json)]
    format: TableFormat,
}

/// What a gate looks for, by the words of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// Was allowed and would be denied
    #[value(name = "would_break", alias = "would-break")]
    WouldBreak,
    /// Was denied and would be allowed
    #[value(name = "newly_opened", alias = "newly-opened")]
    NewlyOpened,
    /// Not to be told; every gate looks for it
    #[value(name = "undecidable")]
    Undecidable,
    /// Has another fate with the groups of --against
    #[value(name = "changes")]
    Changes,
}

impl Simulate {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        if self.fail_on.contains(&Gate::Changes) && self.against.is_none() {
            return Err(Failure::Usage("--fail-on changes needs --against".to_owned()));
        }
        self.inputs.check_standard_input(&[&self.rules, &self.against, &self.review])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        inputs::tell_without_logs(&mut engine, console);
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
        for why in gates(&self.fail_on, &set, &simulation, other.as_ref()) {
            console.gate_failed(why);
        }
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

/// Why gates failed. What can't be decided is never a pass, and neither is a simulation of nothing.
fn gates(wanted: &[Gate], set: &RuleSet, simulation: &Simulation, other: Option<&Simulation>) -> Vec<String> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    if simulation.results.is_empty() {
        out.push("no conversation was simulated".to_owned());
    }
    if set.groups.is_empty() {
        out.push("there is no group to simulate".to_owned());
    }
    let mut look_for = |fate: Fate| {
        let count = simulation.count(fate);
        if count > 0 {
            out.push(format!("conversations {}: {count}", fate.as_str()));
        }
    };
    if wanted.contains(&Gate::WouldBreak) {
        look_for(Fate::WouldBreak);
    }
    if wanted.contains(&Gate::NewlyOpened) {
        look_for(Fate::NewlyOpened);
    }
    look_for(Fate::Undecidable);
    if let Some(other) = other.filter(|_| wanted.contains(&Gate::Changes)) {
        let changes =
            simulation.results.iter().zip(&other.results).filter(|(here, there)| here.fate != there.fate);
        let changes = changes.count();
        if changes > 0 {
            out.push(format!("conversations with another fate than with --against: {changes}"));
        }
    }
    out
}
