//! What stands in the place of a screen without data.

use crate::ui::format::counted;

/// No flow record in any file.
pub const EMPTY_TITLE: &str = "No flow logs among these files";
/// Descriptions of a network, and no flow record.
pub const DESCRIBED_TITLE: &str = "A network, and no traffic yet";
/// What is there, and what is not.
pub const DESCRIBED_NEXT: &str = "The Network screen draws it and says what is wrong with it. Add the flow logs of this \
    network to see who talks to whom.";
/// Leads to the screen that shows it.
pub const TO_NETWORK: &str = "Look at the network";
/// Leads to the audit of its groups.
pub const TO_RULES: &str = "Audit its security groups";
/// Heading of the list.
pub const FOUND: &str = "What was found";
/// Names of files that are listed.
const NAMED: usize = 3;

/// Which files describe it.
pub fn described(files: &[String]) -> String {
    let named = files.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match files.len() {
        1 => format!("{named} was read; it describes a network."),
        n if n <= NAMED => format!("{named} were read; they describe a network."),
        n => format!(
            "{named} and {} were read; they describe a network.",
            counted((n - NAMED) as u64, "more file", "more files")
        ),
    }
}

/// What happened, kindly.
pub fn empty(files: usize) -> String {
    format!(
        "{} read, and none holds NSG or VNet flow records. Many Azure logs are called PT1H.json; the flow logs \
         are those in the containers insights-logs-networksecuritygroupflowevent and \
         insights-logs-flowlogflowevent.",
        match files {
            1 => "One file was".to_owned(),
            n => format!("{} were", counted(n as u64, "file", "files")),
        }
    )
}
