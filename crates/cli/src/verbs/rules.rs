//! `rules`: what can be asked of files of rules without any log.

use crate::arguments::{STANDARD_INPUT, is_standard_input};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set};
use azflow_engine::export::{NOT_COMPARED, difference_document, difference_table, difference_text};
use azflow_engine::rules::{Budget, Change, Difference, RuleSet, difference};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow rules diff nsgs-today.json nsgs-tomorrow.json --network vnets.json
  azflow draft --network all.json logs | azflow rules diff nsgs.json - --network all.json --format text
  azflow rules diff old.json new.json --network vnets.json --fail-on newly-allowed > diff.json";

/// Ask files of rules, without any log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rules {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Diff(Diff),
}

impl Rules {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        match self.what {
            What::Diff(diff) => diff.run(console),
        }
    }
}

/// Say what two files of rules decide differently, over every address, protocol and port
///
/// The answer is a list of regions: what is newly allowed, newly denied, or can't be told, and by which rules. A log
/// shows what happened; this shows what may. Groups apply where --network says; a group of which no file tells the
/// place is compared with its namesake by itself.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// The groups before: azflow.rules/1, or any shape of group that azflow reads
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The groups after
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// A description of the network: where groups apply, and what tags mean there. Its own groups apply where a file
    /// has none
    #[arg(long, value_name = "FILE")]
    network: Vec<PathBuf>,

    /// End with 1 on regions of this change; several with commas between. What can't be told, and what was not compared,
    /// is never a pass
    #[arg(long, value_enum, value_name = "CHANGE,…", value_delimiter = ',')]
    fail_on: Vec<Gate>,

    /// The document's form
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// The whole document
    Json,
    /// A table with a line for each region
    Csv,
    /// Lines for people
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// Denied before, allowed after
    NewlyAllowed,
    /// Allowed before, denied after
    NewlyDenied,
    /// Any region that differs
    Any,
}

impl Diff {
    fn run(self, console: &mut Console) -> Result<(), Failure> {
        let named = self.network.iter().chain([&self.before, &self.after]);
        if named.filter(|path| is_standard_input(path)).count() > 1 {
            return Err(Failure::Usage(format!("standard input ({STANDARD_INPUT}) can be read only once")));
        }
        let inputs = crate::arguments::Inputs { network: self.network.clone(), ..Default::default() };
        let mut engine = inputs::load(&inputs, &[], console)?;
        let before = rule_set(&mut engine, Some(&self.before))?;
        let after = rule_set(&mut engine, Some(&self.after))?;
        let world = engine.world();
        let found = difference(&before, &after, engine.network(), &world, Budget::default());
        for why in gates(&self.fail_on, [&before, &after], &found) {
            console.gate_failed(why);
        }
        console.print(&match self.format {
            Form::Json => difference_document(&found),
            Form::Csv => difference_table(&found),
            Form::Text => difference_text(&found),
        })
    }
}

/// Why gates failed. What can't be told is never a pass, and neither is a comparison of nothing.
fn gates(wanted: &[Gate], sets: [&RuleSet; 2], found: &Difference) -> Vec<String> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let is_wanted = |change: Change| match change {
        Change::NewlyAllowed => wanted.contains(&Gate::Any) || wanted.contains(&Gate::NewlyAllowed),
        Change::NewlyDenied => wanted.contains(&Gate::Any) || wanted.contains(&Gate::NewlyDenied),
        Change::Undecidable => true,
        Change::StillDenied => false,
    };
    let mut out = Vec::new();
    if sets.iter().all(|set| set.groups.is_empty()) {
        out.push("there is no group to compare".to_owned());
    }
    for change in Change::ALL.into_iter().filter(|change| is_wanted(*change)) {
        let count = found.count(change);
        if count > 0 {
            out.push(format!("regions {}: {count}", change.as_str()));
        }
    }
    if !found.not_compared.is_empty() {
        out.push(format!("groups {NOT_COMPARED}: {}", found.not_compared.len()));
    }
    out
}
