//! What the page says at its start, in its header and about the matrix. Plain data and pure functions: names from logs are put
//! in as text, never as markup.

use super::format::{bytes, counted, drawn, duration, exact, exact_bytes, moment, percent, short, span};
use super::grid::{Axis, Chart, Hit, Measure, Sort, Spot};
use azflow_core::model::{Tally, UnixMillis};
use azflow_core::store::{Mode, Resolution};
use azflow_engine::session::{LoadPhase, LoadState, Overview, Selection, View};

/// Explains the badge about memory.
pub const RESOLUTION: &str = "More flow records than fit in memory: times, then public addresses, are kept less exactly. \
    All sums are unchanged.";
/// Explains the badge about what there was no room for.
pub const LEFT_OUT: &str = "Memory is full, and nothing that is kept can get coarser. What came later is not counted, and \
    not known: the Data screen names it.";
/// The product's name.
pub const NAME: &str = "azflow";

/// The start screen.
pub mod start {
    /// What it is for.
    pub const TITLE: &str = "Who talks to whom in your Azure networks";
    /// How it works, in one sentence.
    pub const LEAD: &str = "Drop flow logs here. You get a matrix of subnets: what was allowed, what was \
        denied, which rule decided, and which services it was.";
    /// While files hover over the window.
    pub const DROP: &str = "Let go to read these files";
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
        (
            "Network descriptions",
            "az network vnet list, nic list, nsg list; service tags; they name the subnets",
        ),
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
}

/// The promise and how to check it.
pub mod privacy {
    /// The sentence in the header.
    pub const SHORT: &str = "Nothing leaves this tab";
    /// On the start screen.
    pub const LONG: &str = "Nothing leaves this tab. Files are read here, by this page, and nowhere else.";
    /// Opens the list.
    pub const HOW: &str = "How to check this yourself";
    /// Ways to check: heading, what to do.
    pub const CHECKS: [(&str, &str); 6] = [
        (
            "Watch the network",
            "Open the developer tools (F12), choose Network, and load your files: no request appears.",
        ),
        (
            "Read the policy",
            "The page\u{2019}s Content-Security-Policy, near the top of its source, says connect-src 'none': the \
             browser itself refuses requests, forms, frames and scripts from elsewhere, whatever the code tries.",
        ),
        (
            "See what stays open",
            "No policy stops peer connections, new windows or leaving the page, so the script at the page\u{2019}s end \
             begins by giving them up. A script that ran here could still have the browser connect to a server of \
             its choice, without a word but its name, and where a browser lets no page refuse that, leave the page \
             for an address with words in it. None is known to run here. When the page is opened from disk, other \
             pages on this disk may read what you chose to keep in this browser.",
        ),
        ("Go offline", "Save this page as a file, cut the network, and open it: everything works."),
        (
            "Read the file",
            "The page is one self-contained file, without outside scripts, styles, fonts or trackers. Its source \
             is open.",
        ),
        (
            "Compare the file",
            "The SHA-256 of the file that you were given must be the one published with its version, which is below. \
             On Windows: certutil -hashfile FILE SHA256.",
        ),
    ];
}

/// Words on buttons and tabs.
pub mod action {
    /// Adds files to what is loaded.
    pub const ADD_FILES: &str = "Add files";
    /// Adds a folder.
    pub const ADD_FOLDER: &str = "Add folder";
    /// Saves the summary document.
    pub const SAVE: &str = "Save summary";
    /// What that is.
    pub const SAVE_TITLE: &str = "Save every number of this page as a JSON document";
    /// Forgets everything.
    pub const CLEAR: &str = "Start over";
    /// Stops loading.
    pub const CANCEL: &str = "Cancel";
    /// Puts text on the clipboard.
    pub const COPY: &str = "Copy";
    /// It is there now.
    pub const COPIED: &str = "Copied";
    /// The clipboard is closed; the text is selected instead.
    pub const COPY_BY_HAND: &str = "Press Ctrl+C";
    /// Shows the matrix's twin.
    pub const AS_TABLE: &str = "As table";
    /// Shows the whole matrix.
    pub const FIT: &str = "Fit all";
    /// Smaller cells.
    pub const ZOOM_OUT: &str = "Zoom out (−)";
    /// Larger cells.
    pub const ZOOM_IN: &str = "Zoom in (+)";
    /// Shows networks instead of their subnets.
    pub const FOLD: &str = "By network";
    /// Explains it.
    pub const FOLD_TITLE: &str = "Show the subnets of a virtual network as one";
    /// Swaps the axes.
    pub const TRANSPOSE: &str = "Transpose";
    /// Explains it.
    pub const TRANSPOSE_TITLE: &str = "Destinations on the rows, sources on the columns";
    /// Leaves lines out.
    pub const HIDE_EMPTY: &str = "Hide empty";
    /// Explains it.
    pub const HIDE_EMPTY_TITLE: &str = "Leave out rows and columns on which nothing was seen";
    /// Stands before the kinds of picture.
    pub const SAVE_PICTURE: &str = "Save picture";
    /// Explains one.
    pub const SAVE_SVG: &str = "Save this chart as SVG, sharp at every size";
    /// Explains the other.
    pub const SAVE_PNG: &str = "Save this chart as PNG, at the size chosen beside";
    /// More rows.
    pub const MORE: &str = "Show more";
    /// Lets the selection go.
    pub const EVERYTHING: &str = "Show everything";
    /// The tab of the matrix.
    pub const TAB_MATRIX: &str = "Matrix";
    /// The tab of the sources.
    pub const TAB_DATA: &str = "Data";
    /// Keeps what is loaded and adds the drop to it.
    pub const ADD: &str = "Add to it";
    /// Loads the drop instead of what is loaded.
    pub const REPLACE: &str = "Replace it";
}

/// Labels of inputs and regions.
pub mod label {
    /// The way from the matrix to what is shown.
    pub const CRUMBS: &str = "Where this is";
    /// The hidden input for files.
    pub const FILES: &str = "Flow log files to read";
    /// The hidden input for a folder.
    pub const FOLDER: &str = "Folder of flow logs to read";
    /// The switch of modes.
    pub const MODE: &str = "How flows are counted";
    /// The switch's position that counts each conversation once.
    pub const CONVERSATIONS: &str = "Conversations";
    /// What counting conversations means.
    pub const CONVERSATIONS_TITLE: &str =
        "Each conversation counted once, however many network interfaces logged it";
    /// The switch's position that adds up everything.
    pub const AS_LOGGED: &str = "As logged";
    /// What adding up everything means.
    pub const AS_LOGGED_TITLE: &str =
        "Everything logged, added up: a connection logged at both ends counts twice, as in a plain KQL sum";
    /// Beside the choice of what cells show.
    pub const MEASURE: &str = "measure";
    /// Beside the choice of how lines are sorted.
    pub const ORDER: &str = "order";
    /// Beside the choice of the length of IPv4 prefixes.
    pub const PREFIX4: &str = "IPv4 as";
    /// Beside the choice of the length of IPv6 prefixes.
    pub const PREFIX6: &str = "IPv6 as";
    /// The field that finds subnets.
    pub const SEARCH: &str = "Find: web, web > sql";
    /// Explains it.
    pub const SEARCH_TITLE: &str =
        "Find a subnet by its name: a source, > a destination, or both; Enter goes there";
    /// The buttons that make cells larger and smaller.
    pub const ZOOM: &str = "Size of the cells";
    /// How large a PNG is.
    pub const SCALE: &str = "at";
    /// The switch of themes.
    pub const THEME: &str = "theme";
    /// Its positions.
    pub const THEMES: [&str; 3] = ["system", "light", "dark"];

    /// The buttons that save a chart.
    pub fn picture(title: &str) -> String {
        format!("Save picture: {title}")
    }

    /// What stands on the columns.
    pub fn across(chart: &super::Chart) -> &'static str {
        if chart.transpose { "source →" } else { "destination →" }
    }

    /// What stands on the rows.
    pub fn down(chart: &super::Chart) -> &'static str {
        if chart.transpose { "destination ↓" } else { "source ↓" }
    }

    /// The tabs.
    pub const SCREENS: &str = "Screens";
    /// The badge.
    pub const EXAMPLE: &str = "Example data, generated in this page";
    /// What loading left behind when stopped.
    pub const PARTIAL: &str = "Partial: loading was cancelled";
    /// The drop question.
    pub const DROP_QUESTION: &str = "Add these files to what is loaded, or replace it?";
}

/// The matrix's legend.
pub mod legend {
    /// Beside the colour for the share that was denied.
    pub const DENIED: &str = "denied share";
    /// Beside the mark of cells in which something was denied.
    pub const DENIED_MARK: &str = "some attempts denied";
    /// Beside the cell of a pair that was seen without a new flow.
    pub const ZERO: &str = "seen, no new flows";
    /// Beside the cell of a pair whose traffic was not counted.
    pub const ZERO_TRAFFIC: &str = "seen, none counted";
    /// Beside the cell of a pair that was never seen.
    pub const NEVER: &str = "never seen";
    /// Beside the cell of a subnet with itself.
    pub const DIAGONAL: &str = "inside a subnet";
    /// Beside the bars.
    pub const BARS: &str = "bars: whole row, log scale";
}

/// What a measure is called.
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Flows => "flows",
        Measure::Bytes => "bytes",
        Measure::Packets => "packets",
    }
}

/// What an order is called.
pub fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "network",
        Sort::Volume => "volume",
        Sort::Denied => "denied",
        Sort::Similar => "similar",
    }
}

/// A value of a measure, short.
pub fn amount(measure: Measure, value: u64) -> String {
    if measure == Measure::Bytes { bytes(value) } else { short(value) }
}

/// How loading stands; begins with the phase's word.
pub fn load_status(load: &LoadState) -> String {
    match load.phase {
        LoadPhase::Idle => "idle: waiting for files".to_owned(),
        LoadPhase::Loading => loading(load),
        LoadPhase::Ready => {
            // The example's files have no size before they are made.
            let size =
                if load.bytes_done == 0 { String::new() } else { format!(" ({})", bytes(load.bytes_done)) };
            let files = counted(u64::from(load.files_done), "file", "files");
            format!("ready: {files}{size} read in {}", duration(load.elapsed_ms))
        }
        LoadPhase::Cancelled => format!(
            "cancelled: {} of {} finished and kept; what is shown is partial",
            exact(u64::from(load.files_done)),
            counted(u64::from(load.files_total), "file", "files")
        ),
        LoadPhase::Failed => match &load.failure {
            Some((name, failure)) => format!("failed: {name}: {}", failure.says()),
            None => "failed: no flow log could be read".to_owned(),
        },
    }
}

fn loading(load: &LoadState) -> String {
    let files = format!(
        "loading: {} of {}",
        exact(u64::from(load.files_done)),
        counted(u64::from(load.files_total), "file", "files")
    );
    if load.files_unsized > 0 {
        // Sums over some of the sizes would promise an end that moves away.
        return format!("{files}, {} read; still measuring", bytes(load.bytes_done));
    }
    let mut text = format!("{files}, {} of {}", bytes(load.bytes_done), bytes(load.bytes_total));
    if load.elapsed_ms >= 500 && load.bytes_done > 0 {
        let rate = u128::from(load.bytes_done) * 1000 / u128::from(load.elapsed_ms);
        let left = u128::from(load.bytes_total.saturating_sub(load.bytes_done)) * 1000 / rate.max(1);
        text.push_str(&format!(", {}/s, about {} left", bytes(rate as u64), duration(left as u64)));
    }
    text
}

/// What memory made coarser, if it did.
pub fn resolution(resolution: &Resolution) -> Option<String> {
    let Resolution { bin_minutes, folded } = resolution;
    if *bin_minutes == 1 {
        return None;
    }
    let mut words = format!(
        "times kept to {}",
        match bin_minutes {
            10 => "10 minutes",
            60 => "the hour",
            1440 => "the day",
            10_080 => "the week",
            _ => "four weeks",
        }
    );
    if let Some((v4, v6)) = folded {
        words.push_str(&format!(", public addresses to /{v4} and /{v6}"));
    }
    Some(words)
}

/// What there was no room for.
pub fn left_out(tuples: u64) -> String {
    format!("memory is full: {} tuples are not counted", short(tuples))
}

/// The header's line about what is loaded.
pub fn loaded(overview: &Overview) -> String {
    let mut parts =
        vec![counted(u64::from(overview.sources), "file", "files"), bytes(overview.accounts.bytes)];
    if let (Some(first), Some(last)) = (overview.first, overview.last) {
        parts.push(format!("{} UTC", span(first, last)));
    }
    parts.push(format!("{} tuples", short(overview.accounts.counted_tuples())));
    parts.join(" · ")
}

/// The same, exactly.
pub fn loaded_exactly(overview: &Overview) -> String {
    let a = &overview.accounts;
    format!(
        "{}, {} with flow records, {}; {} counted of {} seen; {}; {}; {}",
        counted(u64::from(overview.sources), "file", "files"),
        exact(u64::from(overview.flow_sources)),
        exact_bytes(a.bytes),
        counted(a.counted_tuples(), "tuple", "tuples"),
        exact(a.tuples),
        counted(overview.flow_records, "flow record", "flow records"),
        counted(overview.conversations, "conversation", "conversations"),
        counted(overview.addresses, "address", "addresses"),
    )
}

/// What a selection is called.
pub fn selection(selection: &Selection) -> String {
    match (&selection.src, &selection.dst) {
        (None, None) => "Everything".to_owned(),
        (Some(src), None) => format!("{} → anywhere", drawn(src)),
        (None, Some(dst)) => format!("anywhere → {}", drawn(dst)),
        (Some(src), Some(dst)) => format!("{} → {}", drawn(src), drawn(dst)),
    }
}

/// What kind of part a selection is.
pub fn selection_kind(selection: &Selection) -> &'static str {
    match (&selection.src, &selection.dst) {
        (None, None) => "All pairs of subnets",
        (Some(_), None) => "All traffic from a subnet",
        (None, Some(_)) => "All traffic to a subnet",
        (Some(src), Some(dst)) if src == dst => "Inside a subnet",
        _ => "One pair of subnets",
    }
}

/// A tally in words, exactly.
pub fn tally(tally: &Tally) -> String {
    let c = &tally.counters;
    let denied = match (tally.denied_flows, tally.attempts()) {
        (0, _) | (_, 0) => String::new(),
        (denied, all) => format!(" ({} of attempts)", percent(denied, all)),
    };
    let traffic = if c.packets() == 0 && c.bytes() == 0 {
        "no packets or bytes logged".to_owned()
    } else {
        format!(
            "{} there and {} back in {}",
            exact_bytes(c.bytes_src_to_dst),
            exact_bytes(c.bytes_dst_to_src),
            counted(c.packets(), "packet", "packets")
        )
    };
    format!(
        "{} allowed, {} denied flows{denied}; {traffic}",
        exact(tally.allowed_flows),
        exact(tally.denied_flows)
    )
}

/// The line that says what the cursor is on.
pub fn spot(chart: &Chart, spot: Spot) -> String {
    if chart.by_fate {
        return super::words::rules::fate_spot(chart, spot);
    }
    match spot {
        Spot::All => format!("Everything: {}", tally(&chart.total)),
        Spot::Row(row) => line(chart, &chart.rows, row, !chart.transpose),
        Spot::Col(col) => line(chart, &chart.cols, col, chart.transpose),
        Spot::Cell(row, col) => {
            let (src, dst) = chart.pair(row, col);
            let pair = format!("{src} → {dst}");
            match chart.cell(row, col) {
                None => format!("{pair}: never seen"),
                Some(cell) if cell.tally.attempts() == 0 => {
                    format!("{pair}: no new flows, begun earlier; {}", tally(&cell.tally))
                }
                Some(cell) => format!("{pair}: {}", tally(&cell.tally)),
            }
        }
    }
}

fn line(chart: &Chart, axis: &Axis, at: u32, source: bool) -> String {
    let totals = axis.totals.get(at as usize).copied().unwrap_or_default();
    let subnet = axis.lines.get(at as usize).and_then(|line| chart.subnets.get(*line as usize));
    let (name, addresses) = subnet.map_or(("", 0), |s| (s.name.as_str(), s.addresses));
    let traffic = match chart.measure {
        Measure::Flows => String::new(),
        Measure::Bytes => format!(", {}", exact_bytes(totals.value)),
        Measure::Packets => format!(", {}", counted(totals.value, "packet", "packets")),
    };
    format!(
        "All {} {name} ({}): {} {}, {} allowed, {} denied flows{traffic}",
        if source { "from" } else { "to" },
        counted(u64::from(addresses), "address seen", "addresses seen"),
        if source { "traffic to" } else { "traffic from" },
        counted(u64::from(totals.pairs), "subnet", "subnets"),
        exact(totals.allowed),
        exact(totals.denied)
    )
}

/// One sentence that sums the matrix up.
pub fn summary(chart: &Chart) -> String {
    if chart.by_fate {
        return super::words::rules::fate_summary(chart);
    }
    let largest = chart.cells.iter().max_by_key(|c| c.value).filter(|c| c.value > 0);
    let most = largest.map_or(String::new(), |c| {
        let (src, dst) = chart.pair(c.row, c.col);
        format!(
            " The largest is {src} to {dst} with {} {}.",
            amount(chart.measure, c.value),
            if chart.measure == Measure::Bytes { "" } else { measure(chart.measure) }
        )
        .replace(" .", ".")
    });
    let denied = chart.cells.iter().filter(|c| c.tally.denied_flows > 0).count() as u64;
    format!(
        "{}, {} seen, {} with denials.{most}",
        counted(chart.subnets.len() as u64, "subnet", "subnets"),
        counted(chart.cells.len() as u64, "pair", "pairs"),
        exact(denied)
    )
}

/// How the keyboard works in the matrix.
pub const MATRIX_KEYS: &str = "Arrow keys move; beyond the first row or column are the headers. Home, End, Page Up \
    and Page Down, Ctrl+Home and Ctrl+End jump. Enter selects, Escape lets go. Plus and minus zoom, 0 fits everything.";

/// The status line before anything is pointed at.
const MATRIX_HINT: &str = "Point at a cell or use the arrow keys; click or Enter shows its details.";

/// The line of words, while nothing is pointed at.
pub fn matrix_hint(chart: &Chart) -> &'static str {
    if chart.by_fate { super::words::rules::FATE_HINT } else { MATRIX_HINT }
}

/// A moment, or a dash.
pub fn when(at: Option<UnixMillis>) -> String {
    at.map_or_else(|| "–".to_owned(), moment)
}

/// What a log kind is called.
pub fn kind(kind: &str) -> &str {
    match kind {
        "nsg-flow-log" => "NSG flow log",
        "vnet-flow-log" => "VNet flow log",
        "traffic-analytics-nsg" => "Traffic Analytics (NSG)",
        "traffic-analytics-vnet" => "Traffic Analytics (VNet)",
        "flow-csv" => "flow table",
        "kusto-nta" => "Kusto, NTANetAnalytics",
        "kusto-ana" => "Kusto, AzureNetworkAnalytics_CL",
        "kusto-blobs" => "Kusto, raw blobs",
        "resource-log" => "other Azure log",
        "azure-network" => "Azure network",
        "service-tags" => "service tags",
        "archive" => "archive",
        "unknown" => "not recognised",
        other => other,
    }
}

/// How many rows of a capped list are shown.
pub fn shown(rows: usize, total: u32) -> String {
    format!("{} of {} shown", exact(rows as u64), exact(u64::from(total)))
}

/// What could not be answered or saved.
pub fn refused(why: &str) -> String {
    format!("That did not work: {why}. What is shown may be older than your choice.")
}

/// Screens without data.
pub mod notice {
    use super::counted;

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
}

/// While the first answer is on its way.
pub const WAITING: &str = "Counting …";

/// What a screen reader calls the canvas.
pub const MATRIX_ROLE: &str = "matrix of subnets";

/// The table twin's first heading.
pub fn table_corner(chart: &Chart) -> String {
    format!("{} {}", label::down(chart), label::across(chart))
}

/// The table twin's caption.
pub fn table_caption(chart: &Chart) -> String {
    format!(
        "Who talks to whom, in {}. An empty cell was never seen; a 0 was seen without any. {}",
        measure(chart.measure),
        summary(chart)
    )
}

/// Denied flows in a cell of the table twin.
pub fn denied(flows: u64) -> String {
    format!("{} denied", exact(flows))
}

/// How many subnets there are, and how many lines are not shown.
pub fn subnets(chart: &Chart) -> String {
    let all = counted(chart.subnets.len() as u64, "subnet", "subnets");
    match (chart.rows.hidden, chart.cols.hidden) {
        (0, 0) => all,
        (rows, cols) => format!(
            "{all}, hidden: {}, {}",
            counted(u64::from(rows), "empty row", "empty rows"),
            counted(u64::from(cols), "empty column", "empty columns")
        ),
    }
}

/// The printed scale, for those who don't see it.
pub fn scale(chart: &Chart) -> String {
    format!(
        "Depth is {} on a logarithmic scale up to {}",
        measure(chart.measure),
        amount(chart.measure, chart.scale.max)
    )
}

/// The printed scale's unit.
pub fn scale_caption(of: Measure) -> String {
    format!("{}, log scale", measure(of))
}

/// When a measure has nothing to show.
pub fn no_traffic(of: Measure) -> String {
    format!("These logs count no {}: NSG flow logs of version 1 never do.", measure(of))
}

/// What a search in the matrix found.
pub fn found(chart: &Chart, hit: &Hit) -> String {
    let more =
        if hit.fits > 1 { format!("{} fit; the best: ", exact(u64::from(hit.fits))) } else { String::new() };
    format!("{more}{}", spot(chart, hit.spot))
}

/// When a search in the matrix finds nothing.
pub fn not_found(typed: &str) -> String {
    format!("No subnet on the matrix is called like {typed}.")
}

/// The matrix's title, where it stands alone.
pub const MATRIX_TITLE: &str = "Who talks to whom";

/// Heading of the other ends of a row or a column.
pub fn counterparts(source: bool, count: usize) -> String {
    let way = if source { "Talks to" } else { "Is talked to by" };
    format!("{way} {}", counted(count as u64, "subnet", "subnets"))
}

/// The title of a picture of them.
pub fn bars_title(of: &Selection, pictured: usize, count: usize) -> String {
    let all = selection(of);
    if pictured < count { format!("{all}: the largest {}", shown(pictured, count as u32)) } else { all }
}

/// The title of a picture of the chart over time.
pub fn timeline_title(of: &Selection) -> String {
    format!("{}: flows over time", selection(of))
}

/// What is written in a picture besides its title.
pub fn picture_lines(view: &View, of: Measure, window: Option<(UnixMillis, UnixMillis)>) -> Vec<String> {
    let mode = match view.mode {
        Mode::Conversations => format!("{}: {}", label::CONVERSATIONS, label::CONVERSATIONS_TITLE),
        Mode::AsLogged => format!("{}: {}", label::AS_LOGGED, label::AS_LOGGED_TITLE),
    };
    let window = window.map_or_else(String::new, |(first, last)| format!("{} UTC · ", span(first, last)));
    let filter =
        if view.filter.is_empty() { "no filter".to_owned() } else { format!("filter {}", view.filter) };
    vec![format!("{window}{} · {filter}", measure(of)), mode]
}
