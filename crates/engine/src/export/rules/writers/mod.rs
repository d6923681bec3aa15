//! A draft for the tools that deploy it. Names come from files and may be anybody's text: every writer quotes
//! them so that they stay data in its language.
//!
//! `fields` says once what a rule consists of; each language has a file that says how it is written there.

mod arm;
mod az;
mod bicep;
mod fields;
mod powershell;
mod table;
mod terraform;

use crate::rules::{Draft, DraftedNsg, DraftedRule};
use azflow_core::model::UnixMillis;
use std::collections::BTreeSet;

/// What rules are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A shell script of az commands.
    Az,
    /// Bicep.
    Bicep,
    /// An ARM template.
    Arm,
    /// Terraform, azurerm.
    Terraform,
    /// PowerShell, Az module.
    PowerShell,
    /// A table.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Az, Self::Bicep, Self::Arm, Self::Terraform, Self::PowerShell, Self::Csv];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::Bicep => "bicep",
            Self::Arm => "arm",
            Self::Terraform => "terraform",
            Self::PowerShell => "powershell",
            Self::Csv => "csv",
        }
    }

    /// By its name on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// How its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Az => "sh",
            Self::Bicep => "bicep",
            Self::Arm => "json",
            Self::Terraform => "tf",
            Self::PowerShell => "ps1",
            Self::Csv => "csv",
        }
    }
}

/// Writes a draft.
pub fn write_rules(draft: &Draft, format: Format) -> String {
    match format {
        Format::Az => az::write(draft),
        Format::Bicep => bicep::write(draft),
        Format::Arm => arm::write(draft),
        Format::Terraform => terraform::write(draft),
        Format::PowerShell => powershell::write(draft),
        Format::Csv => table::write(draft),
    }
}

/// Text for a comment: one line, nothing that could end it.
fn comment(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect::<String>().replace("*/", "* /")
}

/// The lines at the head of a file, as comments that begin with this.
fn head(draft: &Draft, begin: &str) -> String {
    let mut out = format!("{begin} Drafted by azflow from flow logs. Read it before deploying it.\n");
    for note in &draft.notes {
        out.push_str(&format!("{begin} Note: {}\n", comment(note)));
    }
    out
}

/// What a group is for, as a comment.
fn about(group: &DraftedNsg) -> String {
    let prefixes: Vec<String> = group.prefixes.iter().map(ToString::to_string).collect();
    comment(&format!("{} ({})", group.subnet, prefixes.join(", ")))
}

/// What a rule rests on, as a comment.
fn evidence(drafted: &DraftedRule) -> String {
    let in_force = if drafted.reused { "In force already. " } else { "" };
    let Some((first, last)) = drafted.seen else {
        return comment(&format!("{in_force}{}", drafted.rule.description));
    };
    let curve: Vec<String> = drafted.curve.iter().map(u64::to_string).collect();
    comment(&format!(
        "{in_force}Conversations {}, flows {}, sources {}, destinations {}, {} to {}, {}; known by and by: {}",
        drafted.conversations,
        drafted.flows,
        drafted.hosts.0,
        drafted.hosts.1,
        UnixMillis::to_iso(first),
        UnixMillis::to_iso(last),
        drafted.maturity.map_or("", crate::rules::Maturity::as_str),
        curve.join(" ")
    ))
}

/// An identifier for languages that want one, unlike any before.
fn identifier(name: &str, used: &mut BTreeSet<String>) -> String {
    let own = name.strip_prefix("nsg-").or(name.strip_prefix("nsg_")).unwrap_or(name);
    let text: String = own.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut found = format!("nsg_{text}");
    for number in 2u32.. {
        if used.insert(found.to_ascii_lowercase()) {
            break;
        }
        found = format!("nsg_{text}_{number}");
    }
    found
}
