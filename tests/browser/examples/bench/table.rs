//! The page beside DuckDB-wasm and plain JavaScript, on an export of Traffic Analytics.

use super::{ROUNDS, Times, WATCH, assert_agreed, median, until_drawn};
use azflow_browser_tests::{
    Browser, Outcome, Over, PageServer, Stage, native_summary, repository, target_dir,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DUCKDB: &str = "@duckdb/duckdb-wasm@1.29.0";

/// DuckDB-wasm with what it needs, installed now if it isn't there; `None` where it can't be.
fn duckdb() -> Option<PathBuf> {
    let folder = target_dir().join("duckdb");
    if folder.join("node_modules/@duckdb/duckdb-wasm").is_dir() {
        return Some(folder);
    }
    std::fs::create_dir_all(&folder).ok()?;
    let installed = Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(DUCKDB)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    installed.is_ok_and(|status| status.success()).then_some(folder)
}

pub fn compare(file: &Path) -> Outcome {
    let expected = native_summary(&[file.to_owned()])?;
    let folder = duckdb();
    let (mut ours, mut theirs, mut plain) = (Vec::new(), Vec::new(), Times::default());
    for _ in 0..ROUNDS {
        ours.push(page(file, &expected)?);
        super::peer(file, &expected, &mut plain)?;
        if let Some(folder) = &folder {
            theirs.push(peer(folder, file, &expected)?);
        }
    }
    let size = std::fs::metadata(file)?.len() as f64 / 1e6;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let [ours, theirs, plain] = [&ours, &theirs, &plain.peer].map(|times| median(times));
    println!(
        "\n| table | page: choose → matrix | DuckDB-wasm: choose → pairs | plain JavaScript: choose → pairs | page against DuckDB-wasm | against JavaScript |"
    );
    println!("|---|---|---|---|---|---|");
    let (there, ratio) = match folder {
        Some(_) => (format!("{theirs:.0} ms"), format!("{:.2}×", theirs / ours)),
        None => (format!("not installed: npm's {DUCKDB}"), "–".to_owned()),
    };
    let (script, against) = if plain.is_nan() {
        ("fails".to_owned(), "–".to_owned())
    } else {
        (format!("{plain:.0} ms"), format!("{:.2}×", plain / ours))
    };
    println!("| {name}, {size:.0} MB | {ours:.0} ms | {there} | {script} | {ratio} | {against} |");
    Ok(())
}

fn page(file: &Path, expected: &str) -> Outcome<f64> {
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let page = stage.open(Over::File)?;
    std::thread::sleep(Duration::from_millis(1500));
    page.session().run(WATCH, &[])?;
    page.load(&[file.to_owned()])?;
    let took = until_drawn(&page)?;
    assert!(page.summary()? == expected, "page and native twin differ");
    Ok(took)
}

fn peer(folder: &Path, file: &Path, expected: &str) -> Outcome<f64> {
    let pages = repository().join("benches/browser");
    let server = PageServer::of_folders(vec![("/duckdb/", folder.to_owned()), ("/", pages)])?;
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let session = stage.session();
    session.go(&server.at("duckdb.html"))?;
    let wait = |script: &str| -> Outcome<Value> {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let value = session.run(script, &[])?;
            if value.as_bool().unwrap_or(!value.is_null()) {
                return Ok(value);
            }
            if Instant::now() > deadline {
                return Err("DuckDB-wasm gave no answer in time".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait("return window.ready === true")?;
    session.type_into(&session.find("#file")?, &file.to_string_lossy())?;
    let result = wait("return window.result ?? null")?;
    assert_agreed(expected, &result["pairs"])?;
    result["ms"].as_f64().ok_or_else(|| format!("DuckDB-wasm failed: {}", result["failed"]).into())
}
