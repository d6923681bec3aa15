//! A draft for the tools that deploy it. Names come from files and may be anybody's text: every writer quotes
//! them so that they stay data in its language.
//!
//! `plan` says from which rules to which a file leads and in which steps, `reason` why, in sentences, `fields` once what
//! a rule consists of; each language has a file that says how that is written there.

mod arm;
mod az;
mod bicep;
mod fields;
mod plan;
mod powershell;
mod reason;
mod table;
mod terraform;

pub use plan::{Part, Stage};

pub use table::rules_table;

use crate::pieces::all_at_once;
use crate::rules::Draft;
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
    /// Terraform, azurerm, rules as blocks of their group.
    Terraform,
    /// The same, each rule a resource of its own.
    TerraformRules,
    /// PowerShell, Az module.
    PowerShell,
    /// A table.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Az,
        Self::Bicep,
        Self::Arm,
        Self::Terraform,
        Self::TerraformRules,
        Self::PowerShell,
        Self::Csv,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::Bicep => "bicep",
            Self::Arm => "arm",
            Self::Terraform => "terraform",
            Self::TerraformRules => "terraform-rules",
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
            Self::Terraform | Self::TerraformRules => "tf",
            Self::PowerShell => "ps1",
            Self::Csv => "csv",
        }
    }
}

/// Writes a draft.
pub fn write_rules(draft: &Draft, format: Format) -> String {
    write_part(draft, format, Part::default())
}

/// Writes one of a draft's files. A table is of the whole draft always.
pub fn write_part(draft: &Draft, format: Format, part: Part) -> String {
    all_at_once(write_in_pieces(draft, format, part))
}

/// The same in pieces.
pub async fn write_in_pieces(draft: &Draft, format: Format, part: Part) -> String {
    // A table is of rules, whatever way leads to them.
    let ways = if format == Format::Csv { Vec::new() } else { plan::ways(draft, part).await };
    match format {
        Format::Az => az::write(draft, &ways),
        Format::Bicep => bicep::write(draft, &ways),
        Format::Arm => arm::write(draft, &ways),
        Format::Terraform => terraform::write(draft, &ways, true),
        Format::TerraformRules => terraform::write(draft, &ways, false),
        Format::PowerShell => powershell::write(draft, &ways),
        Format::Csv => rules_table(draft, None),
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

/// An identifier for languages that want one, unlike any before; what it is of goes in front.
fn identifier(kind: &str, name: &str, used: &mut BTreeSet<String>) -> String {
    let own = name.strip_prefix("nsg-").or(name.strip_prefix("nsg_")).unwrap_or(name);
    let text: String = own.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut found = format!("{kind}_{text}");
    for number in 2u32.. {
        if used.insert(found.to_ascii_lowercase()) {
            break;
        }
        found = format!("{kind}_{text}_{number}");
    }
    found
}
