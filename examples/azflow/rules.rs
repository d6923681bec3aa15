//! `decide`, `audit`, `draft`, `simulate`: rules from the command line.

use crate::summarize::length;
use crate::{USAGE, files};
use azflow::export::{
    Format, audit_document, decision_document, read_rules, rules_document, simulation_document, write_rules,
};
use azflow::model::{Address, Protocol};
use azflow::rules::{DraftOptions, Flow, Observed, Scope, audit, decide, simulate};
use azflow::session::{Answer, Engine, Query, View};
use azflow::topology::Cut;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the command line says.
#[derive(Default)]
struct Options {
    files: Vec<(String, PathBuf)>,
    cut: Cut,
    rules: Option<PathBuf>,
    format: Option<String>,
    draft: DraftOptions,
    src: Option<Address>,
    dst: Option<Address>,
    port: Option<u16>,
    protocol: Option<Protocol>,
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut out = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        let address = |text: &str| Address::parse(text).ok_or(format!("not an address: {text}"));
        match argument.as_str() {
            "--network" => files::find(Path::new(value()?), &mut out.files)?,
            "--rules" => out.rules = Some(PathBuf::from(value()?)),
            "--format" => out.format = Some(value()?.clone()),
            "--prefix4" => out.cut.v4 = length(value()?, 32)?,
            "--prefix6" => out.cut.v6 = length(value()?, 128)?,
            "--scope" => {
                out.draft.scope = match value()?.as_str() {
                    "subnet" => Scope::Subnet,
                    "host" => Scope::Host,
                    other => return Err(format!("--scope is subnet or host, not {other}")),
                }
            }
            "--outbound" => out.draft.outbound = true,
            "--src" => out.src = Some(address(value()?)?),
            "--dst" => out.dst = Some(address(value()?)?),
            "--port" => {
                let text = value()?;
                out.port = Some(text.parse().map_err(|_| format!("not a port: {text}"))?);
            }
            "--protocol" => {
                out.protocol = Some(match value()?.to_ascii_lowercase().as_str() {
                    "tcp" => Protocol::TCP,
                    "udp" => Protocol::UDP,
                    "icmp" => Protocol::ICMP,
                    other => Protocol(other.parse().map_err(|_| format!("not a protocol: {other}"))?),
                });
            }
            option if option.starts_with("--") => return Err(format!("no option {option}\n{USAGE}")),
            path => files::find(Path::new(path), &mut out.files)?,
        }
    }
    Ok(out)
}

fn print(text: &str) -> Result<(), String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| e.to_string())
}

pub fn run(verb: &str, arguments: &[String]) -> Result<(), String> {
    let options = options(arguments)?;
    let mut engine = files::load(&options.files)?;
    match verb {
        "decide" => decide_one(&mut engine, &options),
        "audit" => {
            let (set, traffic, hours) = (engine.rule_set(), engine.observed(), engine.covered_hours());
            print(&audit_document(&audit(&set, &traffic, hours), hours))
        }
        "draft" => {
            let traffic = engine.observed();
            let draft = engine.draft(&traffic, options.cut, options.draft).map_err(|e| e.to_string())?;
            match options.format.as_deref() {
                None | Some("json") => print(&rules_document(&draft, &traffic)),
                Some(name) => {
                    let format = Format::parse(name).ok_or(format!("no format {name}\n{USAGE}"))?;
                    print(&write_rules(&draft, format))
                }
            }
        }
        _ => simulate_all(&mut engine, &options),
    }
}

fn decide_one(engine: &mut Engine, options: &Options) -> Result<(), String> {
    let (Some(src), Some(dst)) = (options.src, options.dst) else {
        return Err(format!("decide needs --src and --dst\n{USAGE}"));
    };
    let protocol = options.protocol.unwrap_or(Protocol::TCP);
    let flow = Flow { src, dst, protocol, port: options.port.filter(|_| protocol.has_ports()) };
    let set = rule_set(engine, options)?;
    let (ruling, stages) = decide(&set, &engine.world(), flow);
    print(&decision_document(&set, flow, &ruling, &stages))
}

/// The groups of `--rules` over those of the network; the latter alone without it.
fn rule_set(engine: &mut Engine, options: &Options) -> Result<azflow::rules::RuleSet, String> {
    let below = engine.rule_set();
    match &options.rules {
        None => Ok(below),
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
            let set = read_rules(&bytes, &below).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok(set.over(&below))
        }
    }
}

fn simulate_all(engine: &mut Engine, options: &Options) -> Result<(), String> {
    let traffic = engine.observed();
    let set = rule_set(engine, options)?;
    let simulation = simulate(&set, &engine.world(), &traffic);
    let view = View { cut: options.cut, ..View::default() };
    let names: BTreeMap<Address, String> = match engine.answer(Query::Places(view)) {
        Answer::Places(places) => places.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let name = |address: Address| names.get(&address).cloned().unwrap_or_else(|| address.to_string());
    print(&simulation_document(&simulation, &traffic, &|seen: &Observed| (name(seen.src), name(seen.dst))))
}
