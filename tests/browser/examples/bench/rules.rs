//! Drafting rules for a million conversations, and simulating them: from the press until the figures are painted.

use super::{ROUNDS, median};
use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// Presses one element and notes when another is there, painted.
const PRESS: &str = "
    const [press, wanted] = arguments;
    const of = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
    window.took = null;
    const began = performance.now();
    of(press).click();
    const look = () => requestAnimationFrame(() => {
        if (!of(wanted)) return look();
        setTimeout(() => { window.took = performance.now() - began; });
    });
    look();";

fn press(page: &Page<'_>, press: &str, wanted: &str) -> Outcome<f64> {
    page.session().run(PRESS, &[json!(press), json!(wanted)])?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
        if let Some(took) = page.session().run("return window.took", &[])?.as_f64() {
            return Ok(took);
        }
    }
    let says = page.session().run("return document.querySelector('main')?.textContent.slice(0, 300)", &[])?;
    Err(format!("{wanted} did not come; the page says {says}").into())
}

pub fn measure(file: &Path) -> Outcome {
    let [mut drafted, mut simulated] = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
        let page = stage.open(Over::File)?;
        page.load(&[file.to_owned()])?;
        // Findings come last.
        std::thread::sleep(Duration::from_secs(10));
        // Without groups the screen begins with the draft: this is from nothing.
        drafted.push(press(&page, "tab-rules", "draft-figures")?);
        simulated.push(press(&page, "rules-simulate", "simulation-totals")?);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!("\n| {name}, a million conversations over 60 subnets | median of {ROUNDS} | longest |");
    println!("|---|---|---|");
    let rows = [
        ("draft: the screen opened → figures painted", drafted),
        ("simulate the draft: pressed → totals painted", simulated),
    ];
    for (what, times) in rows {
        let longest = times.iter().copied().fold(f64::NAN, f64::max);
        println!("| {what} | {:.0} ms | {longest:.0} ms |", median(&times));
    }
    Ok(())
}
