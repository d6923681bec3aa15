//! How much memory the engine takes for logs that do not fit with exact times: while they are loaded, and with what is
//! asked of them then.
//!
//! An engine's memory is one mapping that only grows. It is the largest one of the page's processes, which the kernel
//! tells (`/proc`); elsewhere than on Linux nothing is measured.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, native_summary};
use serde_json::json;
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
        "\n| file | choose → ready | times are kept to | the engine's memory, most: until ready | with filters and lists |"
    );
    println!("|---|---|---|---|---|");
    files.iter().try_for_each(|file| one(file))
}

fn one(file: &Path) -> Outcome {
    let expected = native_summary(&[file.to_owned()])?;
    let (done, most) = (AtomicBool::new(false), AtomicU64::new(0));
    let most = &most;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(largest_mapping(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let told = load(file, &expected, most);
        done.store(true, Ordering::Relaxed);
        told
    })
}

fn load(file: &Path, expected: &str, most: &AtomicU64) -> Outcome {
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
    let until_ready = most.load(Ordering::Relaxed);
    assert!(page.summary()? == expected, "page and native twin differ");
    for filter in ASKED {
        ask(&page, filter)?;
    }
    page.click("tab-flows")?;
    std::thread::sleep(SETTLED);
    let kept = match page.text("resolution")? {
        words if words.is_empty() => "the minute".to_owned(),
        words => words,
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let megabytes = |bytes: u64| bytes / 1_000_000;
    println!(
        "| {name}, {} MB | {took:.0} s | {kept} | {} MB | {} MB |",
        megabytes(std::fs::metadata(file)?.len()),
        megabytes(until_ready),
        megabytes(most.load(Ordering::Relaxed))
    );
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

/// Bytes of the largest writable mapping of this process's renderers.
fn largest_mapping() -> u64 {
    renderers().into_iter().filter_map(|process| read_to_string(format!("/proc/{process}/maps")).ok()).fold(
        0,
        |most, maps| {
            let sizes = maps.lines().filter_map(|line| {
                let mut words = line.split_whitespace();
                let (range, rights) = (words.next()?, words.next()?);
                let (from, to) = range.split_once('-')?;
                let address = |text| u64::from_str_radix(text, 16).ok();
                rights.starts_with("rw").then_some(address(to)? - address(from)?)
            });
            sizes.fold(most, u64::max)
        },
    )
}

/// The processes that draw pages, of all that this one has begun.
fn renderers() -> Vec<u32> {
    let parent = |process: u32| {
        let stat = read_to_string(format!("/proc/{process}/stat")).ok()?;
        // Behind the name, which may hold anything: state, parent.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let mine = |process: u32| {
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
    let draws = |process: &u32| {
        read_to_string(format!("/proc/{process}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"))
    };
    numbers.filter(draws).filter(|process| mine(*process)).collect()
}
