//! What the start screen says.

/// What it is for.
pub const TITLE: &str = "Who talks to whom in your Azure networks";
/// How it works, in one sentence.
pub const LEAD: &str = "Drop flow logs here. You get a matrix of subnets: what was allowed, what was \
    denied, which rule decided, and which services it was.";
/// The button that opens the browser's choice of files.
pub const CHOOSE_FILES: &str = "Choose files";
/// The button that opens the browser's choice of a folder.
pub const CHOOSE_FOLDER: &str = "Choose folder";
/// The button that loads the built-in example.
pub const EXAMPLE: &str = "Try the example";
/// Below the buttons.
pub const DROP_HINT: &str = "or drop files and folders anywhere in this window";
/// Heading of the list of formats.
pub const READS: &str = "What it reads";
/// Formats: name, explanation.
pub const FORMATS: [(&str, &str); 5] = [
    ("NSG and VNet flow logs", "PT1H.json, every version, mixed"),
    ("Traffic Analytics", "exports and query results, CSV or JSON"),
    ("Network descriptions", "az network vnet list, nic list, nsg list; service tags; they name the subnets"),
    ("gzip and zip", "the same files, packed"),
    ("Folders", "in Azure's own layout; other files are named and passed over"),
];
/// Heading of the commands.
pub const FETCH: &str = "Get the files from Azure";
/// What the commands do.
pub const FETCH_LEAD: &str = "Flow logs are blobs in the storage account that you chose for them. Fill in its \
    name, narrow the hours with the pattern, then drop the folder \u{201c}flowlogs\u{201d} here.";
/// Heading of the command that fetches NSG flow logs.
pub const NSG: &str = "NSG flow logs";
/// Heading of the command that fetches VNet flow logs.
pub const VNET: &str = "VNet flow logs";
/// The command for the Azure CLI.
pub const AZ: &str = "Azure CLI";
/// The command for AzCopy.
pub const AZCOPY: &str = "AzCopy";
const NSG_CONTAINER: &str = "insights-logs-networksecuritygroupflowevent";
const VNET_CONTAINER: &str = "insights-logs-flowlogflowevent";
/// Opens the panel of queries.
pub const TOO_MUCH: &str = "Too much for one machine? Have Kusto add it up";

/// The command that fetches one kind of log with the Azure CLI.
pub fn az(vnet: bool) -> String {
    let container = if vnet { VNET_CONTAINER } else { NSG_CONTAINER };
    format!(
        "az storage blob download-batch --auth-mode login --account-name ACCOUNT --source {container} \
         --pattern \"*/y=2026/m=10/d=01/*\" --destination flowlogs"
    )
}

/// The command that fetches one kind of log with AzCopy.
pub fn azcopy(vnet: bool) -> String {
    let container = if vnet { VNET_CONTAINER } else { NSG_CONTAINER };
    format!(
        "azcopy copy \"https://ACCOUNT.blob.core.windows.net/{container}\" flowlogs --recursive \
         --include-after \"2026-10-01T00:00:00Z\""
    )
}
