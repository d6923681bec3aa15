//! `network`: what was understood of a network's description.

use crate::arguments::Inputs;
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs;
use azflow_engine::export;
use azflow_engine::session::{Answer, Query};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  azflow network vnets.json nics.json nsgs.json
  az network vnet list -o json > vnets.json && azflow network vnets.json";

/// Print what was understood of a network's description
///
/// Networks, subnets, peerings, NICs, groups, routes and service tags, as JSON with lists sorted by id or name
/// (docs/NETWORK.md).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Network {
    #[command(flatten)]
    inputs: Inputs,
}

impl Network {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        let mut issues = Vec::new();
        if let Answer::Data(data) = engine.answer(Query::Data) {
            for source in data.sources {
                issues.extend(source.issues.into_iter().map(|i| (source.name.clone(), i.code, i.message)));
            }
        }
        console.print(&export::network(engine.network(), &issues))
    }
}
