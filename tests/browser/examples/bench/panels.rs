//! How long it takes until every panel shows what a filter or a stretch of the timeline leaves: from the key or the
//! end of the drag until totals, matrix, details and timeline have been drawn and painted.

use super::percentile;
use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const FILTERS: [&str; 20] = [
    "port:443",
    "-port:443",
    "port:22,3389",
    "dst:10.0.0.0/24",
    "src:10.0.0.0/24",
    "src:10.20.0.0/24",
    "net:10.0.0.0/16",
    "-net:10.0.1.0/24",
    "host:10.0.0.5",
    "decision:denied",
    "decision:allowed",
    "dir:in",
    "rule:web",
    "rule:DenyAll",
    "nic:000D3A000001",
    "proto:udp",
    "sql",
    "bytes>1000000",
    "denied>0",
    "decision:denied or port:53",
];

/// Does something when asked to, and notes how long it took until all that it changed was painted.
const WATCH: &str = "
    window.act = (act) => {
        window.took = null;
        const began = performance.now();
        const look = () => requestAnimationFrame(() => {
            const settled = performance.getEntriesByName('azflow:settled').at(-1);
            if (!settled || settled.startTime < began) return look();
            // Behind this frame: what was drawn is on the screen.
            setTimeout(() => { window.took = performance.now() - began; });
        });
        act();
        look();
    };
    window.type = (text) => {
        const input = document.querySelector('[data-testid=\"filter-input\"]');
        input.focus();
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
        input.setSelectionRange(text.length, text.length);
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    };
    window.enter = () => document.querySelector('[data-testid=\"filter-input\"]')
        .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    window.brush = (from, to) => {
        const chart = document.querySelector('[data-testid=\"timeline-chart\"]');
        const box = chart.getBoundingClientRect();
        const at = (type, share) => chart.dispatchEvent(new PointerEvent(type,
            { bubbles: true, button: 0, clientX: box.left + share * box.width, clientY: box.top + 20, pointerId: 1 }));
        at('pointerdown', from);
        at('pointermove', to);
        window.act(() => at('pointerup', to));
    };";

/// Longer than the pause after which names are looked up for what is typed.
const AT_REST: Duration = Duration::from_millis(500);

/// The milliseconds of what a script has begun, once nothing more is to come.
fn took(page: &Page<'_>) -> Outcome<f64> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(250));
        if let Some(took) = page.session().run("return window.took", &[])?.as_f64() {
            return Ok(took);
        }
    }
    Err("the panels were not drawn in time".into())
}

pub fn measure(file: &Path) -> Outcome {
    let stage = Stage::set(Browser::Chromium)?.ok_or("Chromium is needed")?;
    let page = stage.open(Over::File)?;
    let session = page.session();
    session.run(WATCH, &[])?;
    page.load(&[file.to_owned()])?;
    // Findings come last.
    std::thread::sleep(Duration::from_secs(10));
    let [mut set, mut unset, mut brushed, mut cleared] = [const { Vec::new() }; 4];
    for filter in FILTERS {
        session.run("window.type(arguments[0])", &[json!(filter)])?;
        std::thread::sleep(AT_REST);
        session.run("window.act(window.enter)", &[])?;
        set.push((took(&page)?, filter.to_owned()));
        session.run(
            "window.act(() => document.querySelector('[data-testid=\"filter-chip\"] button[aria-label]').click())",
            &[],
        )?;
        unset.push((took(&page)?, filter.to_owned()));
    }
    for number in 0..20 {
        let from = f64::from(number % 5) * 0.17 + 0.01;
        let to = (from + 0.05 + f64::from(number) * 0.045).min(0.99);
        session.run("window.brush(arguments[0], arguments[1])", &[json!(from), json!(to)])?;
        brushed.push((took(&page)?, format!("{from:.2} to {to:.2}")));
        session.run(
            "window.act(() => document.querySelector('[data-testid=\"timeline-clear\"]').click())",
            &[],
        )?;
        cleared.push((took(&page)?, String::new()));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!("\n| {name}: until every panel is painted | times | median | 95th percentile | longest |");
    println!("|---|---|---|---|---|");
    let all = [
        ("a filter is set", &set),
        ("a filter is taken away", &unset),
        ("a stretch of the timeline is brushed", &brushed),
        ("it is cleared", &cleared),
    ];
    let line = |what: &str, times: &[f64], longest: &str| {
        let [half, most, all] = [50, 95, 100].map(|of| percentile(times, of));
        println!("| {what} | {} | {half:.0} ms | {most:.0} ms | {all:.0} ms{longest} |", times.len());
    };
    for (what, times) in all {
        let longest = times.iter().max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, what)| what.as_str());
        let longest = longest.filter(|what| !what.is_empty()).map(|what| format!(" (`{what}`)"));
        let times: Vec<f64> = times.iter().map(|(took, _)| *took).collect();
        line(what, &times, &longest.unwrap_or_default());
    }
    let every: Vec<f64> = all.iter().flat_map(|(_, times)| times.iter().map(|(took, _)| *took)).collect();
    line("all of these", &every, "");
    Ok(())
}
