//! `decide`, `audit`, `draft`, `simulate`: rules from the command line.

use crate::summarize::length;
use crate::{USAGE, files};
use azflow::audit::audit;
use azflow::export::{
    Beside, Format, audit_document, audit_table, decision_document, read_review, read_rules, rules_document,
    simulation_document, simulation_table, write_rules,
};
use azflow::model::{Address, Protocol};
use azflow::rules::{DraftOptions, Flow, PortMerge, PrefixMerge, RuleSet, Scope, decide, simulate};
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
    against: Option<PathBuf>,
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
            "--against" => out.against = Some(PathBuf::from(value()?)),
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
        "audit" => audit_all(&mut engine, &options),
        "draft" => {
            take_review(&mut engine, &options)?;
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
    only(options, &["json"])?;
    let set = rule_set(engine, options.rules.as_deref())?;
    let (ruling, stages) = decide(&set, &engine.world(), flow);
    print(&decision_document(&set, flow, (&ruling, &stages), &engine.traffic()))
}

fn audit_all(engine: &mut Engine, options: &Options) -> Result<(), String> {
    let set = rule_set(engine, options.rules.as_deref())?;
    let (world, traffic, covered) = (engine.world(), engine.traffic(), engine.covered());
    let found = audit(&set, &world, &traffic, &covered);
    match (only(options, &["json", "csv"])?, engine.assignment(options.cut)) {
        ("csv", _) => print(&audit_table(&found)),
        (_, Some(subnets)) => print(&audit_document(&found, covered.hours(), &traffic, subnets)),
        (_, None) => Ok(()),
    }
}

/// The form that is asked for: one of these, the first where none is.
fn only<'a>(options: &Options, formats: &[&'a str]) -> Result<&'a str, String> {
    let wanted = options.format.as_deref().unwrap_or(formats[0]);
    let known = formats.iter().find(|format| **format == wanted);
    known.copied().ok_or_else(|| format!("no format {wanted}: there is {}\n{USAGE}", formats.join(", ")))
}

/// Tells the engine what the review on file says.
fn take_review(engine: &mut Engine, options: &Options) -> Result<(), String> {
    let Some(path) = &options.review else { return Ok(()) };
    let told = |why: String| format!("{}: {why}", path.display());
    let bytes = std::fs::read(path).map_err(|e| told(e.to_string()))?;
    let read = read_review(&String::from_utf8_lossy(&bytes)).map_err(told)?;
    if let Some(problem) = read.problems.first() {
        return Err(told(problem.clone()));
    }
    engine.handle(ToEngine::Marks(read.review.marks().to_vec()), None);
    Ok(())
}

/// The groups of a file over those of the network; the latter alone without one.
fn rule_set(engine: &mut Engine, file: Option<&Path>) -> Result<RuleSet, String> {
    let below = engine.rule_set();
    match file {
        None => Ok(below),
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
            let set = read_rules(&bytes, &below).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok(set.over(&below))
        }
    }
}

fn simulate_all(engine: &mut Engine, options: &Options) -> Result<(), String> {
    take_review(engine, options)?;
    let (traffic, world) = (engine.traffic(), engine.world());
    let set = rule_set(engine, options.rules.as_deref())?;
    let simulation = simulate(&set, &world, &traffic);
    let other = match &options.against {
        Some(file) => Some(simulate(&rule_set(engine, Some(file))?, &world, &traffic)),
        None => None,
    };
    let view = View { cut: options.cut, ..View::default() };
    let said = options.review.as_ref().map(|_| engine.verdicts(&traffic, &view));
    let beside = Beside { other: other.as_ref(), review: said.as_deref() };
    match (only(options, &["json", "csv"])?, engine.assignment(options.cut)) {
        (_, None) => Ok(()),
        ("csv", Some(subnets)) => print(&simulation_table(&simulation, &traffic, subnets)),
        (_, Some(subnets)) => {
            print(&simulation_document(&simulation, (&set, &world), &traffic, subnets, beside))
        }
    }
}
