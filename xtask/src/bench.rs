//! `bench`: the page beside its peers on the same files, written into docs/BENCHMARKS.md.

use crate::build;
use crate::packages;
use crate::shell::{Outcome, cargo, heading, output, root, run};
use crate::twin;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";
const LOADS_BEGIN: &str = "<!-- loads: begin -->";
const LOADS_END: &str = "<!-- loads: end -->";
/// Bytes.
const GIGABYTE: u64 = 1_000_000_000;
/// A hundred megabytes, the size that the goals are stated for.
const BYTES: u64 = 100_000_000;
/// So many make five million flow records, logged by the two ends of each flow, and by any NIC.
const FIVE_MILLION: u64 = 555_000_000;
const FIVE_MILLION_ANYWHERE: u64 = 341_000_000;
/// So many make a million conversations of kind `broad`.
const MILLION: u64 = 70_700_000;

/// Measures; with `--large` also a file of a gigabyte, and the memory that larger ones take.
pub fn bench(large: bool) -> Outcome {
    packages::install_missing(&packages::BROWSERS);
    build::build()?;
    let twin = twin::build()?;
    heading("generate the files");
    let mut files = vec![generate(&twin, "nsg-v2", BYTES)?, generate(&twin, "vnet", BYTES)?];
    files.push(generate_table(&twin)?);
    // Five million flow records, and a million conversations: told apart by their names.
    files.push(generate(&twin, "ends", FIVE_MILLION)?);
    files.push(generate(&twin, "nsg-v2", FIVE_MILLION_ANYWHERE)?);
    files.push(generate(&twin, "broad", MILLION)?);
    if large {
        files.push(generate(&twin, "nsg-v2", 10 * BYTES)?);
        // What has more flow records than fit with exact times.
        for (kind, bytes) in [("vnet", 16 * BYTES), ("vnet", 30 * BYTES), ("nsg-v2", 30 * BYTES)] {
            files.push(generate(&twin, kind, bytes)?);
        }
    }
    heading("measure");
    let table = measured(&twin, &files)?;
    heading("descriptions that grow ten times");
    let grown = output(&mut cargo(&["bench", "--bench", "descriptions"]))?;
    heading("the longest piece of each question");
    let pieces = output(&mut cargo(&["bench", "--bench", "questions"]))?;
    println!("{table}\n{grown}\n{pieces}");
    let (table, grown, pieces) = (table.trim_end(), grown.trim(), pieces.trim());
    write_between((BEGIN, END), &format!("{}\n\n{table}\n\n{grown}\n\n{pieces}", machine()))
}

/// Measures loads of so many gigabytes each, of the logs that ask most of the memory: one file at a time, which is
/// deleted afterwards.
pub fn loads(gigabytes: &[u64]) -> Outcome {
    packages::install_missing(&packages::BROWSERS);
    build::build()?;
    let twin = twin::build()?;
    let mut rows: Vec<String> = Vec::new();
    let open = gigabytes.iter().map(|size| ("open", *size));
    for (kind, size) in open.chain([WITHIN]) {
        heading(&format!("{size} GB of kind {kind}"));
        let file = generate(&twin, kind, size.saturating_mul(GIGABYTE))?;
        let table = measured(&twin, std::slice::from_ref(&file));
        std::fs::remove_file(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let table = table?;
        print!("{table}");
        let heading = if rows.is_empty() { 0 } else { 2 };
        rows.extend(table.trim().lines().skip(heading).map(str::to_owned));
    }
    write_between((LOADS_BEGIN, LOADS_END), &format!("{}\n\n{}", machine(), rows.join("\n")))
}

/// Conversations within the estate, none of which comes again: more of them than there is room for.
const WITHIN: (&str, u64) = ("broad", 2);

/// What the page in a browser, and its peers, take for these files: tables.
fn measured(twin: &Path, files: &[PathBuf]) -> Outcome<String> {
    let mut measure = cargo(&["run", "--release", "-p", "azflow-browser-tests", "--example", "bench", "--"]);
    measure.env("AZFLOW_PAGE", root().join("dist/azflow.html")).env("AZFLOW_TWIN", twin);
    output(measure.args(files))
}

/// Replaces what docs/BENCHMARKS.md has between two markers.
fn write_between((begin, end): (&str, &str), text: &str) -> Outcome {
    let path = root().join("docs/BENCHMARKS.md");
    let old = crate::read::text(&path)?;
    let (before, rest) = old.split_once(begin).ok_or("docs/BENCHMARKS.md has lost its markers")?;
    let (_, after) = rest.split_once(end).ok_or("docs/BENCHMARKS.md has lost its markers")?;
    std::fs::write(&path, format!("{before}{begin}\n\n{text}\n{end}{after}"))
        .map_err(|e| format!("{}: {e}", path.display()))
}

fn generate(twin: &Path, kind: &str, bytes: u64) -> Outcome<PathBuf> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let file = folder.join(format!("{kind}-{}mb.json", bytes / 1_000_000));
    if !file.is_file() {
        let size = bytes.to_string();
        run(Command::new(twin).args(["generate", "--kind", kind, "--bytes", &size, "--out"]).arg(&file))?;
    }
    Ok(file)
}

/// An export of Traffic Analytics with half a million rows.
fn generate_table(twin: &Path) -> Outcome<PathBuf> {
    let file = root().join("target/bench/nta-500k.csv");
    if !file.is_file() {
        run(Command::new(twin).args(["generate", "--kind", "nta", "--rows", "500000", "--out"]).arg(&file))?;
    }
    Ok(file)
}

/// What it was measured on, as far as the system tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map(|m| m.trim_start_matches([' ', '\t', ':']));
    let version = |program: &str| {
        output(&mut crate::shell::command(program, &["--version"]))
            .map_or("unknown".to_owned(), |v| v.trim().to_owned())
    };
    format!(
        "{cores} cores, {}; {}; {}.",
        model.unwrap_or("unknown processor"),
        version("chromium"),
        version("rustc")
    )
}
