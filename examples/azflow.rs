//! The native twin of the page: the same core, from the command line.

use azflow::example::{self, BulkKind, bulk};
use azflow::ingest::SourceScan;
use azflow::session::{Answer, Engine, Query, SourceId, View};
use azflow::store::Mode;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: azflow summarize [--mode conversations|as-logged] [--prefix4 24] [--prefix6 64] FILE…
       azflow generate --kind nsg-v2|vnet --bytes N --out FILE
       azflow example --out FOLDER

summarize prints the summary document of the given files. A folder stands for all files below
it, named by their path from the folder's own name on, as in a browser; a file is named by its
base name. generate writes a flow log of about N bytes for measuring. example writes the files
of the page's built-in example.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((verb, rest)) if verb == "summarize" => summarize(rest),
        Some((verb, rest)) if verb == "generate" => generate(rest),
        Some((verb, rest)) if verb == "example" => write_example(rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

fn summarize(arguments: &[String]) -> Result<(), String> {
    let mut view = View::default();
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--mode" => {
                view.mode = match value()?.as_str() {
                    "conversations" => Mode::Conversations,
                    "as-logged" => Mode::AsLogged,
                    other => return Err(format!("--mode is conversations or as-logged, not {other}")),
                }
            }
            "--prefix4" => view.cut.v4 = length(value()?, 32)?,
            "--prefix6" => view.cut.v6 = length(value()?, 128)?,
            option if option.starts_with("--") => return Err(format!("no option {option}\n{USAGE}")),
            path => find(Path::new(path), &mut files)?,
        }
    }
    if files.is_empty() {
        return Err(USAGE.to_owned());
    }
    let mut engine = Engine::default();
    for (index, (name, path)) in files.iter().enumerate() {
        let scan = read(name, path).map_err(|e| format!("{}: {e}", path.display()))?;
        engine.take_scan(SourceId(index as u32), scan);
    }
    if let Answer::Summary(text) = engine.answer(Query::Summary(view)) {
        std::io::stdout().write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// The value behind an option.
fn option<'a>(arguments: &'a [String], name: &str) -> Result<&'a str, String> {
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1));
    pairs.find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).ok_or(format!("{name} is missing\n{USAGE}"))
}

fn generate(arguments: &[String]) -> Result<(), String> {
    let kind = match option(arguments, "--kind")? {
        "nsg-v2" => BulkKind::NsgV2,
        "vnet" => BulkKind::Vnet,
        other => return Err(format!("--kind is nsg-v2 or vnet, not {other}")),
    };
    let bytes = option(arguments, "--bytes")?;
    let bytes = bytes.parse().map_err(|_| format!("not a number of bytes: {bytes}"))?;
    let path = option(arguments, "--out")?;
    let write = || {
        let mut out = BufWriter::new(File::create(path)?);
        bulk(kind, bytes, &mut out)?;
        out.flush()
    };
    write().map_err(|e| format!("{path}: {e}"))
}

fn write_example(arguments: &[String]) -> Result<(), String> {
    let folder = Path::new(option(arguments, "--out")?);
    for index in 0..example::FILES {
        let (name, bytes) = example::file(index);
        let path = folder.join(name);
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(&path, bytes)
        };
        write().map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn length(text: &str, most: u8) -> Result<u8, String> {
    text.parse().ok().filter(|n| *n <= most).ok_or(format!("not a prefix length up to {most}: {text}"))
}

/// Names a file as the page would: by its base name, or by its path inside the given folder.
fn find(path: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let name = path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?;
    let name = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    walk(path, name, files).map_err(|e| format!("{}: {e}", path.display()))
}

fn walk(path: &Path, name: String, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push((name, path.to_owned()));
        return Ok(());
    }
    for entry in path.read_dir()? {
        let entry = entry?;
        walk(&entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()), files)?;
    }
    Ok(())
}

fn read(name: &str, path: &Path) -> std::io::Result<SourceScan> {
    const PIECE: usize = 1 << 20;
    let mut file = File::open(path)?;
    let mut scan = SourceScan::new(name);
    loop {
        let count = file.read(scan.space(PIECE))?;
        if count == 0 {
            return Ok(scan);
        }
        scan.filled(count);
    }
}
