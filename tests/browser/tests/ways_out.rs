//! Every way out of the page that is known, tried by a script that runs in it: what is open is exactly what is listed.
//!
//! `SECURITY.md` and the page's own words on the promise say what is listed here; whoever changes a list changes them.
#![allow(clippy::print_stdout, reason = "what a browser says to the script is said")]

use azflow_browser_tests::{
    Browser, Outcome, PageServer, Stage, Ways, armed, chromium_version, defenceless, page_file,
};
use azflow_skips::{Need, skip};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Enough for what goes at once; what takes longer is waited for at the end.
const A_MOMENT: Duration = Duration::from_millis(40);
const WHERE_ALL_ARRIVE: Duration = Duration::from_millis(150);
const AT_THE_END: Duration = Duration::from_millis(2000);
const PATIENCE: Duration = Duration::from_secs(60);

/// Preconnecting takes a name and a port from the script. No policy that a page may carry stops it.
const PRECONNECT: [&str; 3] = ["preconnect", "preconnect-of-icon", "preconnect-tls"];

/// Chromium opens a connection for a form that has a new window, before it asks the policy, which refuses the form.
const OPEN_IN_CHROMIUM: [&str; 1] = ["form-elsewhere"];

/// WebKitGTK tells no script that the page is about to be left, so that none can refuse.
const OPEN_IN_WEBKIT: [&str; 9] = [
    "assign: words",
    "href: words",
    "link-of-math: words",
    "location: words",
    "own-address: words",
    "own-history: words",
    "refresh-of-page: words",
    "refresh: words",
    "replace: words",
];

/// Ways that a browser doesn't know, or that lead no page of this kind anywhere: of them a test says nothing.
const UNKNOWN_TO_CHROMIUM: [&str; 10] = [
    "audio",
    "fetch-later",
    "in-worker-fetch-later",
    "in-worker-own-fetch",
    "in-worker-own-service-worker",
    "in-worker-own-worker",
    "link-of-math",
    "prerender",
    "rules",
    "video",
];
const UNKNOWN_TO_FIREFOX: [&str; 19] = [
    "fetch-later",
    "identity",
    "in-worker-fetch-later",
    "in-worker-own-fetch",
    "in-worker-own-service-worker",
    "in-worker-own-worker",
    "in-worker-websocket-stream",
    "manifest",
    "old-stun",
    "old-turn",
    "old-turn-tcp",
    "payment",
    "ping",
    "prefetch",
    "prerender",
    "refresh",
    "refresh-of-page",
    "rules",
    "websocket-stream",
];
/// What says of Trusted Types in the policy.
const TRUSTED_TYPES: &str = "; require-trusted-types-for 'script'; trusted-types default";

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Opens a page, with headers from a server of its own and without from disk, and has its script try every way. Returns the ways' names, and those on which
/// something arrived.
fn tried(
    stage: &Stage,
    page: impl Fn(&str) -> Outcome<String>,
    ready: &str,
    headers: Option<&[(&str, &str)]>,
    moment: Duration,
) -> Outcome<(BTreeSet<String>, BTreeSet<String>)> {
    let ways = Ways::listen()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("page.html");
    std::fs::write(&file, page(&ways.script())?)?;
    let server = PageServer::start_with(file.clone(), headers.unwrap_or_default())?;
    let session = stage.session();
    session.go(&if headers.is_some() { server.url() } else { format!("file://{}", file.display()) })?;
    wait(stage, ready)?;
    let names = session.run("return document.documentElement.dataset.ways", &[])?;
    let names: Vec<String> = names.as_str().ok_or("no ways")?.split(' ').map(str::to_owned).collect();
    for name in names.iter().filter(|name| !name.starts_with("in-worker-")) {
        let next =
            "document.documentElement.dataset.way = arguments[0]; dispatchEvent(new Event('azflow-way'))";
        // A page that has gone would try no more. The last way of all may take it away.
        if Some(name) == names.last() {
            wait(stage, "return !!document.documentElement?.dataset.ways")?;
        }
        // A dialog of the browser's own, or a page that goes, answers the script, not the test.
        if let Err(refused) = session.run(next, &[json!(name)]) {
            println!("at {name}: {refused}");
        }
        let begun = Instant::now();
        let words = format!("{name}: words");
        while begun.elapsed() < moment && !ways.arrived(&names).contains(&words) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    std::thread::sleep(AT_THE_END);
    let mut arrived = ways.arrived(&names);
    for asked in server.requests() {
        if let Some((_, way)) = asked.split_once("secret=") {
            arrived.insert(format!("{}: words", way.split(' ').next().unwrap_or_default()));
        }
    }
    Ok((names.into_iter().collect(), arrived))
}

fn wait(stage: &Stage, ready: &str) -> Outcome {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if stage.session().run(ready, &[])? == Value::Bool(true) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("waited in vain for {ready}").into())
}

/// What gets out of azflow's page, changed by a function. It has loaded the example, so that its workers run.
fn from_the_page(
    stage: &Stage,
    headers: Option<&[(&str, &str)]>,
    change: impl Fn(String) -> String,
) -> Outcome<BTreeSet<String>> {
    let page = change(std::fs::read_to_string(page_file()?)?);
    let ready = "const start = document.querySelector('[data-testid=\"example\"]');
        const status = document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '';
        if (start && !window.azflowBegun) { window.azflowBegun = true; start.click(); }
        return status.trim().toLowerCase().startsWith('ready')";
    let (_, arrived) = tried(stage, |script| armed(&page, script), ready, headers, A_MOMENT)?;
    Ok(arrived)
}

/// Shows that the listeners would notice: all ways but these lead out of a page that has no defence.
fn from_a_page_without_defence(stage: &Stage, unknown: &[&str]) -> Outcome {
    let (names, arrived) =
        tried(stage, |script| Ok(defenceless(script)), "return true", Some(&[]), WHERE_ALL_ARRIVE)?;
    let silent = |name: &String| !arrived.contains(name) && !arrived.contains(&format!("{name}: words"));
    let silent: BTreeSet<String> = names.into_iter().filter(silent).collect();
    assert!(silent.is_subset(&set(unknown)), "nothing arrived on {silent:?}");
    Ok(())
}

fn known(browser: Browser, open: &[&str], unknown: Option<&[&str]>) -> Outcome {
    let Some(stage) = Stage::set(browser)? else { return Ok(()) };
    let open: BTreeSet<String> = set(open).union(&set(&PRECONNECT)).cloned().collect();
    assert_eq!(from_the_page(&stage, Some(&[]), |page| page)?, open, "on the left what got out");
    unknown.map_or(Ok(()), |unknown| from_a_page_without_defence(&stage, unknown))
}

#[test]
fn chromium_lets_out_what_is_listed() -> Outcome {
    known(Browser::Chromium, &OPEN_IN_CHROMIUM, Some(&UNKNOWN_TO_CHROMIUM))
}

#[test]
fn firefox_lets_out_what_is_listed() -> Outcome {
    known(Browser::Firefox, &[], Some(&UNKNOWN_TO_FIREFOX))
}

#[test]
fn webkit_lets_out_what_is_listed() -> Outcome {
    known(Browser::WebKit, &OPEN_IN_WEBKIT, None)
}

/// What the page gives up holds also where a browser knows no Trusted Types, which refuse the same texts.
#[test]
fn a_browser_without_trusted_types_lets_out_no_more_from_disk() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let open: BTreeSet<String> = set(&OPEN_IN_CHROMIUM).union(&set(&PRECONNECT)).cloned().collect();
    let without = |page: String| page.replacen(TRUSTED_TYPES, "", 1);
    assert_ne!(without(std::fs::read_to_string(page_file()?)?), std::fs::read_to_string(page_file()?)?);
    assert_eq!(from_the_page(&stage, None, without)?, open, "on the left what got out");
    Ok(())
}

/// The first Chromium that is known to honour `Connection-Allowlist`: 148 does not.
const HONOURS_ALLOWLIST: u32 = 156;

/// The headers that `docs/HOSTING.md` asks for.
#[test]
fn behind_headers_chromium_lets_out_nothing() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    if let Some(old) = chromium_version().filter(|version| *version < HONOURS_ALLOWLIST) {
        let why = format!(
            "Chromium {old} does not know the header Connection-Allowlist, {HONOURS_ALLOWLIST} does: on Debian apt-get update, \
             then apt-get install chromium chromium-driver"
        );
        skip(Need::Required, &why);
        return Ok(());
    }
    let headers = [
        ("Connection-Allowlist", "()"),
        ("Content-Security-Policy", "frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    assert_eq!(
        from_the_page(&stage, Some(&headers), |page| page)?,
        BTreeSet::new(),
        "on the left what got out"
    );
    Ok(())
}
