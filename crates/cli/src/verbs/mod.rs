//! The verbs: each file has one verb's arguments, and what it does.

mod audit;
mod completions;
mod decide;
mod draft;
mod example;
mod flows;
mod generate;
mod kql;
mod man;
mod network;
mod rules;
mod scan;
mod simulate;
mod summarize;

use crate::console::Console;
use crate::ending::Failure;
use clap::Subcommand;

/// What can be asked for. What the help says of a verb is the description of its arguments.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Summarize(summarize::Summarize),
    Flows(flows::Flows),
    Network(network::Network),
    Decide(decide::Decide),
    Audit(audit::Audit),
    Draft(draft::Draft),
    Simulate(simulate::Simulate),
    Rules(rules::Rules),
    Kql(kql::Kql),
    Scan(scan::Scan),
    Generate(generate::Generate),
    Example(example::Example),
    Completions(completions::Completions),
    Man(man::Manual),
}

impl Verb {
    /// Does it.
    ///
    /// # Errors
    /// What stopped it.
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        match self {
            Self::Summarize(verb) => verb.run(console),
            Self::Flows(verb) => verb.run(console),
            Self::Network(verb) => verb.run(console),
            Self::Decide(verb) => verb.run(console),
            Self::Audit(verb) => verb.run(console),
            Self::Draft(verb) => verb.run(console),
            Self::Simulate(verb) => verb.run(console),
            Self::Rules(verb) => verb.run(console),
            Self::Kql(verb) => verb.run(console),
            Self::Scan(verb) => verb.run(console),
            Self::Generate(verb) => verb.run(),
            Self::Example(verb) => verb.run(),
            Self::Completions(verb) => verb.run(console),
            Self::Man(verb) => verb.run(console),
        }
    }
}
