//! Questions that practitioners ask, and what the page says about each.

/// The menu.
pub const MENU: &str = "Questions";
/// Explains it.
pub const LEAD: &str = "Each opens the screen that answers it for what is loaded, and shows the query that asks it of your workspace.";
/// Opens the query.
pub const IN_KQL: &str = "The same for your workspace, in KQL";
/// The switch of tables.
pub const TABLE: &str = "Table";
/// The tables: words, explanation, test handle.
pub const TABLES: [(&str, &str, &str); 2] = [
    ("NTANetAnalytics", "Traffic Analytics of VNet flow logs", "question-nta"),
    ("AzureNetworkAnalytics_CL", "Traffic Analytics of NSG flow logs", "question-ana"),
];
/// The text of the query.
pub const QUERY: &str = "The query";
/// Ends the question; the filter stays.
pub const CLOSE: &str = "Close";

/// A question by its name: the question, and where on the screen its answer is.
pub fn question(id: &str) -> (&'static str, &'static str) {
    match id {
        "subnet-pairs" => ("Which subnets talk, and how much?", "The matrix; a cell's depth is its volume."),
        "east-west" => (
            "Which east-west traffic is there, by port?",
            "Private ends only, allowed: candidates for rules.",
        ),
        "ports" => (
            "Which ports are reachable or blocked, by pair and rule?",
            "Every conversation with its port, its decision and the rule; the headings sort.",
        ),
        "denied" => (
            "What is denied, and by which rule?",
            "Denied flows only; Decided by in the details names the rules.",
        ),
        "unused-rules" => (
            "Which rules never fire?",
            "Audit lists rules that decided nothing in the hours that the logs cover, where a security group is loaded.",
        ),
        "exposure" => (
            "What can the Internet reach?",
            "Allowed flows from public addresses, by the subnet that they reached.",
        ),
        "azure-egress" => (
            "Which Azure services are used?",
            "Traffic with addresses of loaded service tags; drop the service tag file to see them.",
        ),
        "outside-azure" => {
            ("Which subnets touch public addresses outside Azure?", "Traffic with the Internet, by subnet.")
        }
        "subscriptions" => {
            ("What flows between subscriptions?", "Networks with their subscriptions and what connects them.")
        }
        "one-machine" => (
            "How many bytes does one machine really move?",
            "Each conversation counted once. Type host: and the machine's address or name into the filter.",
        ),
        "on-premises" => (
            "Who receives what on-premises, over time?",
            "Private addresses of no network on file; the details show them over time.",
        ),
        "load-balancer" => (
            "How are incoming flows spread over machines?",
            "Flows from the Internet where they arrive; sort by destination to see the spread.",
        ),
        "raw-record" => (
            "Which blob holds the raw record?",
            "Choose a cell, then Find the raw tuples: each with its file, record and place.",
        ),
        "coverage" => ("Is my network covered?", "Hours with records by NIC, with gaps."),
        "default-rules" => (
            "What rides on the default allow alone?",
            "Let in by rule 65000 and no rule of its own: what Azure's own recommendations ask to close.",
        ),
        _ => ("", ""),
    }
}
