//! The verbs: each file has one verb's arguments, and what it does.

mod audit;
mod decide;
mod draft;
mod example;
mod flows;
mod generate;
mod kql;
mod network;
mod scan;
mod simulate;
mod summarize;

use crate::console::Console;
use crate::ending::Failure;
use clap::Subcommand;

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print the summary document of flow logs
    Summarize(summarize::Summarize),
    /// Print the list of conversations
    Flows(flows::Flows),
    /// Print what was understood of a network's description
    Network(network::Network),
    /// Say which rule decides a flow, stage by stage, and what the logs say of it
    Decide(decide::Decide),
    /// Look for what is wrong with network security groups
    Audit(audit::Audit),
    /// Make rules of the traffic that was allowed
    Draft(draft::Draft),
    /// Say what groups would do to the traffic that was seen
    Simulate(simulate::Simulate),
    /// Print queries that compute flow records where the data is, one a day
    Kql(kql::Kql),
    /// Print the milliseconds that scanning a file takes
    Scan(scan::Scan),
    /// Write a flow log or a table of flows, for measuring
    Generate(generate::Generate),
    /// Write the files of the page's built-in example
    Example(example::Example),
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
            Self::Kql(verb) => verb.run(console),
            Self::Scan(verb) => verb.run(console),
            Self::Generate(verb) => verb.run(),
            Self::Example(verb) => verb.run(),
        }
    }
}
