//! `decide`: which rule decides a flow.

use crate::arguments::Inputs;
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set};
use azflow_core::model::{Decision, Protocol};
use azflow_engine::export::{decision_document, decisions_document};
use azflow_engine::rules::{DecidedFlow, RuleSet, Ruling, decide_each};
use azflow_engine::topology::Cut;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow decide --network nsgs.json --network vnets.json --src 10.1.0.4 --dst 10.2.0.5 --port 1433
  azflow decide --network all.json --src vm-web-01 --dst snet-sql --port 1433
  azflow decide --network vnets.json --rules draft.json --src 10.1.0.4 --dst 10.2.0.5 --protocol icmp logs
  azflow decide --network vnets.json --rules draft.json --src 10.1.0.4 --dst 10.2.0.5 --port 3389 --expect deny";

/// Pairs of addresses that are told of one by one where a gate fails.
const MOST_TOLD: usize = 5;

/// Say which rule decides a flow, stage by stage
///
/// An end is an address, or the name or id of a machine, a NIC or a subnet. A name that several addresses have is decided
/// for each of them. Where logs are given, too, the document has what they say of the same flow, and whether they agree.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_group("inputs", |inputs| inputs.required(false)))]
pub struct Decide {
    #[command(flatten)]
    inputs: Inputs,

    /// Groups that come before those of the network: azflow.rules/1, or any shape of group that azflow reads
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// What opens the connection: an address, or a machine, NIC or subnet by name
    #[arg(long, value_name = "ADDRESS|NAME")]
    src: String,

    /// What it goes to, likewise
    #[arg(long, value_name = "ADDRESS|NAME")]
    dst: String,

    /// tcp, udp, icmp or a number
    #[arg(long, value_parser = protocol, default_value = "tcp")]
    protocol: Protocol,

    /// The port that it goes to
    #[arg(long)]
    port: Option<u16>,

    /// The document's form
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// End with 1 unless the rules decide so for every address that is meant; what can't be decided is never as expected
    #[arg(long, value_enum, value_name = "DECISION")]
    expect: Option<Expected>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Expected {
    /// The flow passes
    Allow,
    /// The flow is stopped
    Deny,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The whole document
    Json,
}

impl Decide {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let Format::Json = self.format;
        self.inputs.check_standard_input(&[&self.rules])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        let port = self.port.filter(|_| self.protocol.has_ports());
        let asked = engine
            .asked([&self.src, &self.dst], (self.protocol, port), Cut::default())
            .map_err(Failure::Usage)?;
        let set = rule_set(&mut engine, self.rules.as_deref())?;
        let (world, traffic) = (engine.world(), engine.traffic());
        let decided = decide_each(&set, &world, &traffic, &asked.flows);
        if let Some(expected) = self.expect {
            let failed = |one: &DecidedFlow<'_>| {
                let why = gate(expected, &set, &one.ruling).err()?;
                let named = asked.has_names() && !set.groups.is_empty();
                let whose = named.then(|| format!("{} to {}: ", one.flow.src, one.flow.dst));
                Some(format!("{}{why}", whose.unwrap_or_default()))
            };
            let mut failures: Vec<String> = decided.iter().filter_map(failed).collect();
            failures.dedup();
            let more = failures.len().saturating_sub(MOST_TOLD);
            failures.truncate(MOST_TOLD);
            failures.extend((more > 0).then(|| format!("and {more} more pairs of addresses")));
            failures.into_iter().for_each(|why| console.gate_failed(why));
        }
        console.print(&match decided.as_slice() {
            [one] if !asked.has_names() => {
                decision_document(&set, one.flow, (&one.ruling, &one.stages), &traffic)
            }
            all => decisions_document(&set, &asked.ends, all, &traffic),
        })
    }
}

/// Holds what the rules decide against what was expected. Where there is no group at all everything passes, but that
/// says nothing of the network: its groups were forgotten.
fn gate(expected: Expected, set: &RuleSet, ruling: &Ruling) -> Result<(), String> {
    if set.groups.is_empty() {
        return Err("no group is on file that could decide".to_owned());
    }
    match ruling {
        Ruling::Undecidable(why) => Err(format!("it can't be decided: {why}")),
        Ruling::Decided(Decision::Allowed) if expected == Expected::Deny => {
            Err("the flow is allowed".to_owned())
        }
        Ruling::Decided(Decision::Denied) if expected == Expected::Allow => {
            Err("the flow is denied".to_owned())
        }
        Ruling::Decided(_) => Ok(()),
    }
}

fn protocol(text: &str) -> Result<Protocol, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::TCP,
        "udp" => Protocol::UDP,
        "icmp" => Protocol::ICMP,
        other => Protocol::numbered(other.parse().map_err(|_| "it is tcp, udp, icmp or a number below 256")?),
    })
}
