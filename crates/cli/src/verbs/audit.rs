//! `audit`: what is wrong with groups.

use crate::arguments::{Inputs, Prefixes, TableFormat};
use crate::console::Console;
use crate::ending::Failure;
use crate::inputs::{self, rule_set};
use azflow_engine::audit::{Audit as Audited, FindingKind, audit};
use azflow_engine::export::{audit_document, audit_table};
use azflow_engine::rules::{Fate, simulate};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow audit --network nsgs.json --network vnets.json logs
  azflow audit --network nsgs.json --format csv > findings.csv
  azflow audit --network nsgs.json --fail-on exposed,any-any,shadowed";

/// Look for what is wrong with network security groups
///
/// By their rules alone (shadowed, redundant, exposed …), and by what the logs say of them (never hit, wider than used
/// …). The words are in docs/RULES.md.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    #[command(flatten)]
    inputs: Inputs,

    /// Groups that come before those of the network: azflow.rules/1, or any shape of group that azflow reads
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// End with 1 on findings of this kind: a word of docs/RULES.md, config or log for all of that basis, or any; several
    /// with commas between. What can't be told is never a pass
    #[arg(long, value_name = "KIND,…", value_parser = gate)]
    fail_on: Option<Gate>,

    #[command(flatten)]
    prefixes: Prefixes,

    /// The document's form; the table has a line for each finding
    #[arg(long, value_enum, default_value_t = TableFormat::Json)]
    format: TableFormat,
}

/// Kinds of findings that fail.
#[derive(Debug, Clone)]
struct Gate(Vec<FindingKind>);

impl Audit {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        self.inputs.check_standard_input(&[&self.rules])?;
        let mut engine = inputs::load(&self.inputs, &[], console)?;
        let set = rule_set(&mut engine, self.rules.as_deref())?;
        let (world, traffic, covered) = (engine.world(), engine.traffic(), engine.covered());
        let found = audit(&set, &world, &traffic, &covered);
        if let Some(gate) = &self.fail_on {
            let undecided = || simulate(&set, &world, &traffic).count(Fate::Undecidable);
            for why in gate.why_failed(&found, undecided) {
                console.gate_failed(why);
            }
        }
        if self.format == TableFormat::Csv {
            return console.print(&audit_table(&found));
        }
        let subnets = engine.assignment(self.prefixes.cut()).ok_or_else(Failure::other_answer)?;
        console.print(&audit_document(&found, covered.hours(), &traffic, subnets))
    }
}

fn gate(text: &str) -> Result<Gate, String> {
    let mut wanted = Vec::new();
    for word in text.split(',') {
        let before = wanted.len();
        wanted.extend(
            FindingKind::ALL.iter().filter(|kind| [kind.as_str(), kind.basis(), "any"].contains(&word)),
        );
        if wanted.len() == before {
            let words: Vec<&str> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(format!("no kind {word}; there are {}, config, log, any", words.join(", ")));
        }
    }
    Ok(Gate(wanted))
}

impl Gate {
    /// Why the gate fails. Rules too large to compare may be anything that comparing finds; what the logs say is not
    /// known of a group that no log covers or of which logs leave something out, of rules that can't be told to be used, of conversations that can't be
    /// decided.
    fn why_failed(&self, audit: &Audited, undecided: impl Fn() -> u64) -> Vec<String> {
        if audit.groups.is_empty() {
            return vec!["there is no group to audit".to_owned()];
        }
        let wants = |kind| self.0.contains(&kind);
        let of_basis = |basis| self.0.iter().any(|kind| kind.basis() == basis);
        let mut looked_for = self.0.clone();
        if of_basis("config") {
            looked_for.push(FindingKind::NotCompared);
        }
        if wants(FindingKind::NeverHit) || wants(FindingKind::WiderThanUsed) {
            looked_for.push(FindingKind::NotAttributable);
        }
        let findings = || audit.groups.iter().flat_map(|group| &group.findings);
        let mut out = Vec::new();
        for kind in FindingKind::ALL.into_iter().filter(|kind| looked_for.contains(kind)) {
            let count = findings().filter(|finding| finding.kind == kind).count();
            if count > 0 {
                out.push(format!("findings {}: {count}", kind.as_str()));
            }
        }
        if of_basis("log") {
            let unseen = audit.groups.iter().filter(|group| group.covered.0 == 0);
            out.extend(unseen.map(|group| format!("no log covers where {} applies", group.name)));
            let limits = audit
                .groups
                .iter()
                .flat_map(|group| group.limits().into_iter().map(|why| (&group.name, why)));
            out.extend(limits.map(|(group, why)| format!("where {group} applies, {why}")));
            let undecided = undecided();
            if undecided > 0 {
                out.push(format!("conversations that can't be decided: {undecided}"));
            }
        }
        out
    }
}
