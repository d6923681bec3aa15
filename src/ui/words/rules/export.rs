//! What the export of a draft says: formats, stages, the way back.

use crate::ui::format::exact;
use azflow_engine::export::{Part, Stage};

/// What drafts are written as: word of the command line, name, how its file ends, handle.
pub const FORMATS: [(&str, &str, &str, &str); 8] = [
    ("az", "az CLI", "sh", "draft-format-az"),
    ("bicep", "Bicep", "bicep", "draft-format-bicep"),
    ("arm", "ARM", "arm.json", "draft-format-arm"),
    ("terraform", "Terraform", "tf", "draft-format-terraform"),
    ("terraform-rules", "Terraform, rules apart", "rules.tf", "draft-format-terraform-rules"),
    ("powershell", "PowerShell", "ps1", "draft-format-powershell"),
    ("csv", "CSV", "csv", "draft-format-csv"),
    ("json", "azflow", "json", "draft-format-json"),
];
/// Parts of the way into force: stage, word, explanation, handle.
pub const EXPORT_STAGES: [(Option<Stage>, &str, &str, &str); 3] = [
    (None, "Whole", "From what is in force to the draft in one go", "export-whole"),
    (
        Some(Stage::Allows),
        "Allows first",
        "The first of two files: it denies nothing that is allowed now",
        "export-stage-allows",
    ),
    (
        Some(Stage::Deny),
        "Denials later",
        "The second of two files, days later if wanted: denials and removals",
        "export-stage-deny",
    ),
];
/// Beside the choice of them.
pub const EXPORT_STAGE: &str = "Stage";
/// The way back.
pub const ROLLBACK: &str = "Rollback";
/// What that is.
pub const ROLLBACK_TITLE: &str =
    "The file that brings back what is on file now; save it before the change is deployed";

/// The file's name.
pub fn export_file(ending: &str, part: Part) -> String {
    let stage = match part.stage {
        None => "",
        Some(Stage::Allows) => ".1-allows",
        Some(Stage::Deny) => ".2-deny",
    };
    let rollback = if part.rollback { ".rollback" } else { "" };
    format!("azflow-rules{stage}{rollback}.{ending}")
}

/// The section.
pub const EXPORT: &str = "Export";
/// Until the text is there.
pub const WRITING: &str = "Writing …";
/// Beside the choice of the format.
pub const FORMAT: &str = "Format";
/// Saves the text.
pub const SAVE: &str = "Save";

/// Lines of a long text that are shown.
pub fn preview(shown: usize, all: usize) -> String {
    format!(
        "The first {} of {} lines are shown; Copy and Save have all.",
        exact(shown as u64),
        exact(all as u64)
    )
}
