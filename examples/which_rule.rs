//! Which rule decides: asks the security groups of a network's description about one flow, stage by stage. No log is
//! needed.
//!
//! ```sh
//! az network nsg list > nsgs.json; az network vnet list > vnets.json; az network nic list > nics.json
//! cargo run --example which_rule -- 10.1.0.4 10.1.1.4 1433 nsgs.json vnets.json nics.json
//! ```

use azflow_core::ingest::SourceScan;
use azflow_core::model::{Address, Decision, Protocol};
use azflow_engine::rules::{Flow, Ruling, decide};
use azflow_engine::session::{Engine, SourceId};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut next = || words.next().ok_or("name source, destination, port and descriptions of the network");
    let (src, dst, port) = (next()?, next()?, next()?.parse()?);
    let files: Vec<PathBuf> = words.map(PathBuf::from).collect();
    std::io::stdout().write_all(which_rule(&files, (&src, &dst), port)?.as_bytes())?;
    Ok(())
}

/// What the groups of these files say to a TCP connection: a line for each stage that has a group, then the outcome.
///
/// # Errors
/// Where a file can't be read, or an end is no address.
pub fn which_rule(files: &[PathBuf], (src, dst): (&str, &str), port: u16) -> Result<String, Box<dyn Error>> {
    let mut engine = Engine::default();
    for (number, path) in (0..).zip(files) {
        let mut scan = SourceScan::new(&path.to_string_lossy());
        scan.push(&std::fs::read(path)?);
        engine.take_scan(SourceId(number), scan);
    }
    let address = |text: &str| Address::parse(text).ok_or_else(|| format!("{text} is no address"));
    let flow = Flow { src: address(src)?, dst: address(dst)?, protocol: Protocol::TCP, port: Some(port) };
    // The groups and where they apply; and what tags and names mean in this network.
    let (set, world) = (engine.rule_set(), engine.world());
    let (ruling, stages) = decide(&set, &world, flow);
    let mut out = String::new();
    for stage in stages {
        let group = set.groups.get(stage.group).map_or("", |group| group.nsg.name.as_str());
        writeln!(out, "{}: {} of {group}: {}", stage.stage.as_str(), stage.rule, words(&stage.ruling))?;
    }
    writeln!(out, "{}", words(&ruling))?;
    Ok(out)
}

/// An answer has three values: what depends on something that is not on file can't be told.
fn words(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Decided(Decision::Allowed) => "allowed".to_owned(),
        Ruling::Decided(Decision::Denied) => "denied".to_owned(),
        Ruling::Undecidable(why) => format!("can't be told: {why}"),
    }
}
