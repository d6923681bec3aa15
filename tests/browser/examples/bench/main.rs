//! Measures the page beside plain JavaScript and native code, on the same files, in one run.
//!
//! `cargo xtask bench` builds everything, calls this and keeps its output. Runs are interleaved;
//! what is printed are medians and ratios. The peer's pairs must equal the page's summary.

#![allow(clippy::print_stdout, reason = "printing is what it does")]

mod memory;
mod panels;
mod rules;
mod table;

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, native_scan_ms, native_summary, repository};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
/// Files of more bytes are measured by the memory that they take.
const LARGE: u64 = 1_500_000_000;

/// Milliseconds of one round.
#[derive(Default)]
struct Times {
    page: Vec<f64>,
    peer: Vec<f64>,
    reading: Vec<f64>,
    native: Vec<f64>,
    prefix: Vec<f64>,
    prefix_again: Vec<f64>,
    base: Vec<f64>,
    overlay: Vec<f64>,
    scan: Vec<f64>,
    scan_again: Vec<f64>,
    native_scan: Vec<f64>,
    native_together: Vec<f64>,
    /// Longest task of the page's main thread from choosing to ready, and from then to the matrix.
    longest: Vec<f64>,
    longest_after: Vec<f64>,
    /// Why plain JavaScript gave no result, if it did not.
    failure: Option<String>,
}

fn main() -> Outcome {
    let files: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let is_large = |file: &PathBuf| std::fs::metadata(file).is_ok_and(|meta| meta.len() > LARGE);
    let (large, files): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(is_large);
    if !files.is_empty() {
        speed(&files)?;
    }
    let large: Vec<&Path> = large.iter().map(PathBuf::as_path).collect();
    if large.is_empty() { Ok(()) } else { memory::measure(&large) }
}

fn speed(files: &[PathBuf]) -> Outcome {
    println!(
        "| file | page: choose → matrix | plain JavaScript | reading alone | native twin, whole process | page against JavaScript | reading against page |"
    );
    println!("|---|---|---|---|---|---|---|");
    let (mut drawing, mut scanning, mut tasks, mut failures) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (tables, logs): (Vec<&PathBuf>, Vec<&PathBuf>) =
        files.iter().partition(|file| file.extension().is_some_and(|e| e == "csv"));
    let is = |file: &&PathBuf, what: &str| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(what))
    };
    let (broad, logs): (Vec<&PathBuf>, Vec<&PathBuf>) = logs.into_iter().partition(|file| is(file, "broad"));
    let (many, logs): (Vec<&PathBuf>, Vec<&PathBuf>) =
        logs.into_iter().partition(|file| is(file, "ends") || is(file, "nsg-v2-341mb"));
    for file in logs {
        let times = measure(file)?;
        let size = std::fs::metadata(file)?.len() as f64 / 1e6;
        let [page, peer, reading, native] =
            [&times.page, &times.peer, &times.reading, &times.native].map(|t| median(t));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let or_failed = |ms: f64| if ms.is_nan() { "fails".to_owned() } else { format!("{ms:.0} ms") };
        let ratio = |a: f64, b: f64| if a.is_nan() { "–".to_owned() } else { format!("{:.2}", a / b) };
        println!(
            "| {name}, {size:.0} MB | {page:.0} ms | {} | {} | {native:.0} ms | {} | {} |",
            or_failed(peer),
            or_failed(reading),
            if peer.is_nan() { "–".to_owned() } else { format!("{:.2}×", peer / page) },
            ratio(reading, page)
        );
        failures.extend(times.failure.map(|why| format!("Plain JavaScript fails on {name}: {why}.")));
        let [scan, again, native_scan, together] =
            [&times.scan, &times.scan_again, &times.native_scan, &times.native_together].map(|t| median(t));
        scanning.push(format!(
            "| {name} | {scan:.0} ms | {again:.0} ms | {native_scan:.0} ms | {} | {:.2}× |",
            ratio(native_scan, again),
            2.0 * native_scan / together
        ));
        // Chromium tells only of tasks over 50 ms.
        let long = |ms: &[f64]| match ms.iter().copied().fold(0.0, f64::max) {
            0.0 => "none over 50 ms".to_owned(),
            most => format!("{most:.0} ms"),
        };
        tasks.push(format!("| {name} | {} | {} |", long(&times.longest), long(&times.longest_after)));
        drawing.push(format!(
            "| {name} | {:.1} ms | {:.1} ms | {:.1} ms | {:.2} ms |",
            median(&times.prefix),
            median(&times.prefix_again),
            median(&times.base),
            median(&times.overlay)
        ));
    }
    // Behind the table: a line in between would end it.
    failures.iter().for_each(|line| println!("\n{line}"));
    println!(
        "\n| file | scanning in wasm, reading not included: first file | second | the same natively | native against wasm, second | two natively at once against one after the other |"
    );
    println!("|---|---|---|---|---|---|");
    scanning.iter().for_each(|line| println!("{line}"));
    println!("\n| file | longest task of the main thread, of all runs: choose → ready | ready → matrix |");
    println!("|---|---|---|");
    tasks.iter().for_each(|line| println!("{line}"));
    println!(
        "\n| file | change of prefix length at rest: asked → drawn | another at once | all cells drawn | selection moved |"
    );
    println!("|---|---|---|---|---|");
    drawing.iter().for_each(|line| println!("{line}"));
    tables.into_iter().try_for_each(|file| table::compare(file))?;
    many.into_iter().chain(broad.iter().copied()).try_for_each(|file| panels::measure(file))?;
    broad.into_iter().try_for_each(|file| rules::measure(file))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// So many of a hundred take no longer.
fn percentile(values: &[f64], of: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * of).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}

fn measure(file: &Path) -> Outcome<Times> {
    let mut times = Times::default();
    let began = Instant::now();
    let expected = native_summary(&[file.to_owned()])?;
    times.native.push(began.elapsed().as_secs_f64() * 1e3);
    for round in 0..ROUNDS {
        page(file, &expected, &mut times)?;
        peer(file, &expected, &mut times)?;
        times.native_scan.push(native_scan_ms(file)?);
        times.native_together.push(at_once(file)?);
        if round > 0 {
            let began = Instant::now();
            native_summary(&[file.to_owned()])?;
            times.native.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

/// The longer of two native scans that run at the same time.
fn at_once(file: &Path) -> Outcome<f64> {
    let scan = |file: &Path| native_scan_ms(file).map_err(|e| e.to_string());
    std::thread::scope(|threads| {
        let other = threads.spawn(|| scan(file));
        let one = scan(file)?;
        let other = other.join().map_err(|_| "a native scan panicked")??;
        Ok(one.max(other))
    })
}

/// Notes when files were chosen, when all were read, and long tasks.
const WATCH: &str = "
    document.addEventListener('change', (event) => {
        if (event.target.dataset.testid === 'file-input') { window.began = performance.now(); window.ready = Infinity; }
    }, true);
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => [e.startTime, e.duration])))
        .observe({ type: 'longtask' });
    const look = () => {
        const text = document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '';
        if (/^ready/i.test(text) && window.ready === Infinity) window.ready = performance.now();
        requestAnimationFrame(look);
    };
    look();";

/// The last drawing of the matrix.
const LAST: &str =
    "const all = performance.getEntriesByName('azflow:matrix-answer'); const e = all[all.length - 1];";

/// Milliseconds from choosing to the matrix of the finished load, which is the last one drawn.
fn until_drawn(page: &Page<'_>) -> Outcome<f64> {
    std::thread::sleep(Duration::from_millis(1500));
    let took = page.session().run(&format!("{LAST} return e.startTime + e.duration - window.began"), &[])?;
    took.as_f64().ok_or_else(|| "the matrix was not drawn".into())
}

fn page(file: &Path, expected: &str, times: &mut Times) -> Outcome {
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let page = stage.open(Over::File)?;
    let session = page.session();
    // As for someone who looks for a file first: the page is at rest.
    std::thread::sleep(Duration::from_millis(1500));
    session.run(WATCH, &[])?;
    page.load(&[file.to_owned()])?;
    times.page.push(until_drawn(&page)?);
    let long = |window: &str| -> Outcome<f64> {
        let script = format!(
            "return Math.max(0, ...window.long.filter(([at]) => at >= window.began && {window}).map((e) => e[1]))"
        );
        Ok(session.run(&script, &[])?.as_f64().unwrap_or(f64::NAN))
    };
    times.longest.push(long("at < window.ready")?);
    times.longest_after.push(long("at >= window.ready")?);
    let scan =
        || session.run("return +document.querySelector('[data-testid=\"load-status\"]').dataset.scanMs", &[]);
    times.scan.extend(scan()?.as_f64());
    page.clear()?;
    page.load(&[file.to_owned()])?;
    times.scan_again.extend(scan()?.as_f64());
    std::thread::sleep(Duration::from_millis(1500));
    assert!(page.summary()? == expected, "page and native twin differ");
    // At rest, and once more while panels and findings are still being answered for the length before.
    for choice in [4, 12, 6, 13] {
        std::thread::sleep(Duration::from_secs(4));
        times.prefix.push(prefix_changed(&page, choice)?);
        times.prefix_again.push(prefix_changed(&page, choice + 1)?);
    }
    session.run("performance.clearMeasures('azflow:matrix-overlay'); document.querySelector('[data-testid=\"matrix\"]').focus()", &[])?;
    session.press(&"\u{e015}\u{e014}".repeat(20))?;
    let of = |name: &str| -> Outcome<Vec<f64>> {
        let list = session
            .run(&format!("return performance.getEntriesByName('{name}').map((e) => e.duration)"), &[])?;
        Ok(list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect())
    };
    times.base.extend(of("azflow:matrix-base")?);
    times.overlay.extend(of("azflow:matrix-overlay")?);
    Ok(())
}

/// Milliseconds from another prefix length to its matrix.
fn prefix_changed(page: &Page<'_>, choice: u32) -> Outcome<f64> {
    let session = page.session();
    session.run(
        &format!(
            "const select = document.querySelector('[data-testid=\"prefix4\"]');
             window.drawn = performance.getEntriesByName('azflow:matrix-answer').length;
             select.selectedIndex = {choice}; select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        ),
        &[],
    )?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let took = session.run(
            "const all = performance.getEntriesByName('azflow:matrix-answer');
             return all.length > window.drawn ? all[window.drawn].duration : null",
            &[],
        )?;
        if let Some(took) = took.as_f64() {
            return Ok(took);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("the matrix of another prefix length was not drawn".into())
}

fn peer(file: &Path, expected: &str, times: &mut Times) -> Outcome {
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let session = stage.session();
    session.go(&format!("file://{}", repository().join("benches/browser/peer.html").display()))?;
    session.type_into(&session.find("#file")?, &file.to_string_lossy())?;
    let deadline = Instant::now() + Duration::from_secs(280);
    let result = loop {
        let result = session.run("return window.result ?? null", &[])?;
        if !result.is_null() || Instant::now() > deadline {
            break result;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    times.reading.extend(result["reading"].as_f64());
    let Some(ms) = result["ms"].as_f64() else {
        times.failure = Some(result["failed"].as_str().unwrap_or("no answer in time").to_owned());
        return Ok(());
    };
    times.peer.push(ms);
    assert_agreed(expected, &result["pairs"])?;
    Ok(())
}

/// Fails unless a peer has the summary's pairs, each with all its numbers.
fn assert_agreed(summary: &str, theirs: &Value) -> Outcome {
    let summary: Value = serde_json::from_str(summary)?;
    let keys = [
        "allowed_flows",
        "denied_flows",
        "packets_src_to_dst",
        "bytes_src_to_dst",
        "packets_dst_to_src",
        "bytes_dst_to_src",
    ];
    let mut pairs: Vec<(String, Vec<f64>)> = Vec::new();
    for pair in summary["pairs"].as_array().into_iter().flatten() {
        let name = format!(
            "{} {}",
            pair["src"].as_str().unwrap_or_default(),
            pair["dst"].as_str().unwrap_or_default()
        );
        pairs.push((name, keys.iter().filter_map(|k| pair[k].as_f64()).collect()));
    }
    let mut theirs: Vec<(String, Vec<f64>)> = serde_json::from_value(theirs.clone())?;
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    theirs.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(pairs == theirs, "page and peer do not agree on the pairs");
    Ok(())
}
