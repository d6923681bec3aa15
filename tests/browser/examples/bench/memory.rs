//! How long logs take that do not fit with exact times, and how much memory: while they are loaded, and with what is
//! asked of them then.
//!
//! An engine's memory is one mapping that only grows. It is the largest one of the page's processes, which the kernel
//! tells (`/proc`), as it tells what a process had in memory at most; elsewhere than on Linux nothing is measured.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, native_summary};
use serde_json::{Value, json};
use std::fs::{read_dir, read_to_string};
use std::path::Path;
use std::process::id;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longer than any load.
const PATIENCE: Duration = Duration::from_secs(3600);
/// What answers come in, findings last.
const SETTLED: Duration = Duration::from_secs(20);
/// A filter that passes part of many conversations, a brush, every list.
const ASKED: [&str; 3] = ["decision:denied", "time:2026-10-01T02:00Z..2026-10-01T07:00Z", "-port:443"];

/// Loads each log in a page of its own and tells the most memory.
pub fn measure(files: &[&Path]) -> Outcome {
    println!(
        "\n| file | choose → ready | tuples | kept | the engine's memory, most: until ready | with filters and lists | with review, findings, a draft and its simulation | the page's process, most | the browser's own, most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    files.iter().try_for_each(|file| one(file))
}

fn one(file: &Path) -> Outcome {
    let expected = native_summary(&[file.to_owned()])?;
    let (done, most) = (AtomicBool::new(false), Most::default());
    let most = &most;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.look();
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let told = load(file, &expected, most);
        done.store(true, Ordering::Relaxed);
        told
    })
}

/// The most bytes seen so far.
#[derive(Default)]
struct Most {
    /// Of the largest mapping.
    engine: AtomicU64,
    /// That the process had in memory which draws the page, its workers' with them.
    page: AtomicU64,
    /// The same of the process that began it.
    browser: AtomicU64,
}

impl Most {
    fn look(&self) {
        for process in renderers() {
            self.engine.fetch_max(largest_mapping(process), Ordering::Relaxed);
            self.page.fetch_max(resident(process), Ordering::Relaxed);
        }
        for process in mine(&["chromium"], &["--type="]) {
            self.browser.fetch_max(resident(process), Ordering::Relaxed);
        }
    }
}

fn load(file: &Path, expected: &str, most: &Most) -> Outcome {
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let page = stage.open(Over::File)?;
    let began = Instant::now();
    page.choose(&[file.to_owned()])?;
    while !page.status()?.starts_with("ready") {
        let heading = page.session().run("return document.querySelector('h1')?.textContent ?? ''", &[])?;
        if began.elapsed() > PATIENCE || heading.as_str().is_some_and(|words| words.contains("start over")) {
            return Err(format!("{}: {}, {heading}", file.display(), page.status()?).into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let took = began.elapsed().as_secs_f64();
    std::thread::sleep(SETTLED);
    let until_ready = most.engine.load(Ordering::Relaxed);
    let summary = page.summary()?;
    assert!(summary == expected, "page and native twin differ");
    let told: Value = serde_json::from_str(&summary)?;
    let tuples = told["totals"]["tuples"].as_u64().unwrap_or_default();
    let left_out = told["totals"]["rejected_tuples"].as_u64().unwrap_or_default();
    assert!(told["totals"]["duplicate_tuples"] == 0, "some counted twice: {}", told["totals"]);
    let codes: Vec<&Value> =
        told["sources"][0]["issues"].as_array().into_iter().flatten().map(|issue| &issue["code"]).collect();
    let named = if left_out == 0 { codes.is_empty() } else { codes == ["no-room"] };
    assert!(named, "other problems than memory: {codes:?}");
    let counted = match left_out {
        0 => "all counted".to_owned(),
        _ => format!("{:.1} million counted, the rest named", (tuples - left_out) as f64 / 1e6),
    };
    for filter in ASKED {
        ask(&page, filter)?;
    }
    page.click("tab-flows")?;
    std::thread::sleep(SETTLED);
    let with_lists = most.engine.load(Ordering::Relaxed);
    page.click("tab-review")?;
    std::thread::sleep(SETTLED);
    page.click("tab-findings")?;
    std::thread::sleep(SETTLED);
    page.click("tab-rules")?;
    shown(&page, "draft-figures")?;
    page.click("rules-simulate")?;
    shown(&page, "simulation-totals")?;
    std::thread::sleep(SETTLED);
    let kept = match page.text("resolution")? {
        words if words.is_empty() => "the minute".to_owned(),
        words => words,
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let size = megabytes(std::fs::metadata(file)?.len());
    println!(
        "| {name}, {size} MB | {took:.0} s, {:.0} MB/s | {:.1} million, {counted} | {kept} | {} MB | {} MB | {} MB | {} MB | {} MB |",
        size as f64 / took,
        tuples as f64 / 1e6,
        megabytes(until_ready),
        megabytes(with_lists),
        megabytes(most.engine.load(Ordering::Relaxed)),
        megabytes(most.page.load(Ordering::Relaxed)),
        megabytes(most.browser.load(Ordering::Relaxed))
    );
    Ok(())
}

/// Waits until something is there: of millions of conversations it may take minutes.
fn shown(page: &Page<'_>, id: &str) -> Outcome {
    let began = Instant::now();
    while page.text(id)?.is_empty() {
        if began.elapsed() > PATIENCE / 10 {
            return Err(format!("{id} did not come").into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Sets a filter, and waits until its answers are there.
fn ask(page: &Page<'_>, filter: &str) -> Outcome {
    let session = page.session();
    session.run(
        "const input = document.querySelector('[data-testid=\"filter-input\"]');
         input.focus();
         Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, arguments[0]);
         input.setSelectionRange(arguments[0].length, arguments[0].length);
         input.dispatchEvent(new InputEvent('input', { bubbles: true }));",
        &[json!(filter)],
    )?;
    // Names are looked up for what is typed.
    std::thread::sleep(Duration::from_millis(500));
    session.run(
        "document.querySelector('[data-testid=\"filter-input\"]')
             .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))",
        &[],
    )?;
    std::thread::sleep(SETTLED);
    Ok(())
}

/// Bytes of a process's largest writable mapping.
fn largest_mapping(process: u32) -> u64 {
    let maps = read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    let sizes = maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next()?, words.next()?);
        let (from, to) = range.split_once('-')?;
        let address = |text| u64::from_str_radix(text, 16).ok();
        rights.starts_with("rw").then_some(address(to)? - address(from)?)
    });
    sizes.fold(0, u64::max)
}

/// The most bytes that a process had in memory so far.
fn resident(process: u32) -> u64 {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    kilobytes.map_or(0, |n: u64| n * 1024)
}

/// The processes that draw pages.
fn renderers() -> Vec<u32> {
    mine(&["--type=renderer"], &[])
}

/// The processes, of all that this one has begun, whose command lines have some words and not some others.
fn mine(with: &[&str], without: &[&str]) -> Vec<u32> {
    let parent = |process: u32| {
        let stat = read_to_string(format!("/proc/{process}/stat")).ok()?;
        // Behind the name, which may hold anything: state, parent.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let begun = |process: u32| {
        let mut at = process;
        while let Some(above) = parent(at) {
            if above == id() {
                return true;
            }
            at = above;
        }
        false
    };
    let processes = read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let fits = |process: &u32| {
        let line = read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        with.iter().all(|word| line.contains(word)) && !without.iter().any(|word| line.contains(word))
    };
    numbers.filter(fits).filter(|process| begun(*process)).collect()
}
