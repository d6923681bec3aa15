//! `decide`, `audit`, `draft`, `simulate`: rules from the command line.

use crate::summarize::length;
use crate::{USAGE, files};
use azflow::export::{
    Format, audit_document, decision_document, read_review, read_rules, rules_document, simulation_document,
    write_rules,
};
use azflow::model::{Address, Protocol};
use azflow::rules::{DraftOptions, Flow, PortMerge, PrefixMerge, Scope, audit, decide, simulate};
use azflow::session::{DraftAsk, Engine, ToEngine, View};
use azflow::topology::Cut;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What the command line says.
#[derive(Default)]
struct Options {
    files: Vec<(String, PathBuf)>,
    cut: Cut,
    rules: Option<PathBuf>,
    format: Option<String>,
    review: Option<PathBuf>,
    only_needed: bool,
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
                    "mixed" => Scope::Mixed,
                    other => return Err(format!("--scope is subnet, host or mixed, not {other}")),
                }
            }
            "--ports" => {
                let text = value()?;
                out.draft.ports = match text.as_str() {
                    "each" => PortMerge::None,
                    "lists" => PortMerge::Lists,
                    gap => PortMerge::Ranges(
                        gap.parse().map_err(|_| format!("--ports is each, lists or a gap, not {gap}"))?,
                    ),
                }
            }
            "--merge-sources" => out.draft.prefixes = PrefixMerge::Lists,
            "--least-flows" => {
                let text = value()?;
                out.draft.least_flows = text.parse().map_err(|_| format!("not a number: {text}"))?;
            }
            "--deny-priority" => {
                let text = value()?;
                out.draft.deny_priority = text.parse().map_err(|_| format!("not a priority: {text}"))?;
            }
            "--keep-icmp" => out.draft.keep_icmp = true,
            "--special" => out.draft.special = true,
            "--outbound" => out.draft.outbound = true,
            "--review" => out.review = Some(PathBuf::from(value()?)),
            "--only-needed" => out.only_needed = true,
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
            let (set, world, traffic) = (engine.rule_set(), engine.world(), engine.traffic());
            let covered = engine.covered();
            let found = audit(&set, &world, &traffic, &covered);
            match engine.assignment(options.cut) {
                Some(subnets) => print(&audit_document(&found, covered.hours(), &traffic, subnets)),
                None => Ok(()),
            }
        }
        "draft" => {
            if let Some(path) = &options.review {
                let told = |why: String| format!("{}: {why}", path.display());
                let bytes = std::fs::read(path).map_err(|e| told(e.to_string()))?;
                let read = read_review(&String::from_utf8_lossy(&bytes)).map_err(told)?;
                if let Some(problem) = read.problems.first() {
                    return Err(told(problem.clone()));
                }
                engine.handle(ToEngine::Marks(read.review.marks().to_vec()), None);
            }
            let traffic = engine.traffic();
            let view = View { cut: options.cut, ..View::default() };
            let (options_of, only_needed) = (options.draft, options.only_needed);
            let made = engine.reviewed_draft(&DraftAsk { view, marks: 0, options: options_of, only_needed });
            let draft = made.as_ref().as_ref().map_err(ToString::to_string)?;
            match options.format.as_deref() {
                None | Some("json") => print(&rules_document(draft, &traffic)),
                Some(name) => {
                    let format = Format::parse(name).ok_or(format!("no format {name}\n{USAGE}"))?;
                    print(&write_rules(draft, format))
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
    let traffic = engine.traffic();
    let set = rule_set(engine, options)?;
    let world = engine.world();
    let simulation = simulate(&set, &world, &traffic);
    match engine.assignment(options.cut) {
        Some(subnets) => print(&simulation_document(&simulation, (&set, &world), &traffic, subnets)),
        None => Ok(()),
    }
}
