//! Workers that die, files that change or vanish, a user who stops: what is whole counts, the rest is named.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, fixture, native_output, native_summary};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Lets the test reach the page's workers, one scan worker at a time; `cursed` files kill theirs.
const REACH_WORKERS: &str = "
    window.azflowWorkers = [];
    Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 });
    const Real = window.Worker;
    window.Worker = class extends Real {
        constructor(...given) { super(...given); window.azflowWorkers.push(this); }
        postMessage(message, transfer) {
            const files = Array.isArray(message) && Array.isArray(message[2]) ? message[2] : [];
            if (files.some((file) => file.name.includes('cursed'))) {
                setTimeout(() => this.dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError: unreachable' })));
                return;
            }
            super.postMessage(message, transfer);
        }
    };";

/// The status names bytes read that are not zero.
const SOME_READ: &str = "return /loading: .*, [1-9][0-9.]*\\s[kMG]B of/.test(
    document.querySelector('[data-testid=\"load-status\"]').textContent)";

/// A log large enough that something can happen while it is read.
fn large(folder: &std::path::Path) -> Outcome<PathBuf> {
    let path = folder.join("large.json");
    let name = path.to_string_lossy();
    native_output(&["generate", "--kind", "nsg-v2", "--bytes", "200000000", "--out", &name])?;
    Ok(path)
}

fn open(stage: &Stage) -> Outcome<Page<'_>> {
    stage.session().cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": REACH_WORKERS }))?;
    stage.open(Over::File)
}

/// The sources of the page's summary: name, tuples, codes of issues.
fn sources(page: &Page<'_>) -> Outcome<Vec<(String, u64, Vec<String>)>> {
    let summary: Value = serde_json::from_str(&page.summary()?)?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let source = |s: &Value| {
        let codes = s["issues"].as_array().into_iter().flatten().map(|i| text(&i["code"])).collect();
        (text(&s["name"]), s["tuples"].as_u64().unwrap_or_default(), codes)
    };
    Ok(summary["sources"].as_array().into_iter().flatten().map(source).collect())
}

#[test]
fn a_worker_that_dies_in_the_middle_of_a_file_loses_nothing() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let files = [large(folder.path())?, fixture("nsg_v2.json")];
    let page = open(&stage)?;
    page.choose(&files)?;
    page.wait("some of the file is read", SOME_READ)?;
    page.session().run(
        "const worker = window.azflowWorkers[1]; worker.terminate();
         worker.dispatchEvent(new ErrorEvent('error', { message: 'killed' }));",
        &[],
    )?;
    page.wait_for_status("ready")?;
    assert!(page.summary()? == native_summary(&files)?, "the page lost or doubled something");
    Ok(())
}

#[test]
fn a_worker_that_falls_silent_is_replaced() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let files = [large(folder.path())?];
    let page = open(&stage)?;
    page.choose(&files)?;
    page.wait("some of the file is read", SOME_READ)?;
    page.session().run("window.azflowWorkers[1].terminate()", &[])?;
    page.wait_for_status("ready")?;
    assert!(page.summary()? == native_summary(&files)?, "the page lost or doubled something");
    Ok(())
}

#[test]
fn a_file_that_kills_every_worker_is_listed_and_the_rest_counts() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let cursed = folder.path().join("cursed.json");
    fs::copy(fixture("vnet.json"), &cursed)?;
    let page = open(&stage)?;
    page.load(&[cursed, fixture("nsg_v1.json"), fixture("nsg_v2.json"), fixture("appliance.json")])?;
    let found = sources(&page)?;
    assert_eq!(found.len(), 4);
    for (name, tuples, codes) in found {
        if name == "cursed.json" {
            assert_eq!((tuples, codes), (0, vec!["read-failed".to_owned()]));
        } else {
            assert!(tuples > 0 && !codes.contains(&"read-failed".to_owned()), "{name}: {codes:?}");
        }
    }
    Ok(())
}

#[test]
fn files_that_change_or_vanish_are_listed_and_the_rest_counts() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let large = large(folder.path())?;
    let (vanishing, changing) = (folder.path().join("vanishing.json"), folder.path().join("changing.json"));
    fs::copy(&large, &vanishing)?;
    fs::copy(&large, &changing)?;
    let page = open(&stage)?;
    // With one scan worker and names in this order the large file is read last of these.
    page.session().run(
        "document.querySelector('[data-testid=\"file-input\"]').addEventListener('change', (event) => {
             window.azflowHeld = [...event.target.files]; }, { capture: true, once: true });",
        &[],
    )?;
    page.choose(&[fixture("nsg_v2.json"), vanishing.clone(), changing.clone(), fixture("vnet.json")])?;
    fs::remove_file(&vanishing)?;
    fs::write(&changing, fs::read(fixture("nsg_v1.json"))?)?;
    page.wait_for_status("ready")?;
    let found = sources(&page)?;
    assert_eq!(found.len(), 4, "{found:?}");
    for (name, tuples, codes) in found {
        let failed = codes.contains(&"read-failed".to_owned());
        assert_eq!(failed, name == "vanishing.json" || name == "changing.json", "{name}: {tuples} {codes:?}");
    }
    Ok(())
}

#[test]
fn cancelling_keeps_what_is_finished_and_says_so() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let large = large(folder.path())?;
    let page = open(&stage)?;
    page.choose(&[fixture("appliance.json"), large])?;
    page.wait(
        "the first file is finished",
        "return /loading: 1 of 2/.test(document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '')",
    )?;
    page.click("cancel")?;
    page.wait_for_status("cancelled")?;
    // The finished file is whole; of the large one either nothing is kept, or so much had been taken in
    // already that it is listed as cancelled.
    let alone: Value = serde_json::from_str(&native_summary(&[fixture("appliance.json")])?)?;
    let whole = alone["sources"][0]["tuples"].as_u64().ok_or("no tuples")?;
    let found = sources(&page)?;
    let notes = alone["sources"][0]["issues"].as_array().into_iter().flatten();
    let notes = notes.map(|issue| issue["code"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(found.contains(&("appliance.json".to_owned(), whole, notes)), "{found:?}");
    for (name, tuples, codes) in found.iter().filter(|source| source.0 != "appliance.json") {
        assert_eq!((name.as_str(), codes.as_slice()), ("large.json", ["cancelled".to_owned()].as_slice()));
        assert!(*tuples < 3_000_000, "{tuples}: all of them");
    }
    Ok(())
}

#[test]
fn when_the_engine_dies_the_page_says_so_and_starts_over() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = open(&stage)?;
    page.load(&[fixture("nsg_v2.json")])?;
    page.session().run(
        "const engine = window.azflowWorkers[0]; engine.terminate();
         engine.dispatchEvent(new ErrorEvent('error', { message: 'RuntimeError: unreachable' }));",
        &[],
    )?;
    page.wait_for_status("failed")?;
    page.clear()?;
    page.load(&[fixture("nsg_v2.json")])?;
    assert!(page.summary()? == native_summary(&[fixture("nsg_v2.json")])?);
    Ok(())
}

#[test]
fn removing_a_source_leaves_the_others() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = open(&stage)?;
    page.load(&[fixture("nsg_v2.json"), fixture("vnet.json")])?;
    page.click("tab-data")?;
    page.wait(
        "the sources are listed",
        "const box = [...document.querySelectorAll('[data-testid=\"sources\"] input')].find((b) => b.ariaLabel?.includes('vnet') || b.getAttribute('aria-label').includes('vnet'));
         if (!box) return false; box.click(); return true;",
    )?;
    page.click("remove-sources")?;
    page.wait(
        "the other is read again",
        "return document.querySelectorAll('[data-testid=\"sources\"] tbody tr').length === 1
             && /^ready/.test(document.querySelector('[data-testid=\"load-status\"]').textContent)",
    )?;
    assert!(page.summary()? == native_summary(&[fixture("nsg_v2.json")])?);
    Ok(())
}

#[test]
fn raw_tuples_are_found_where_they_are_said_to_be() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = open(&stage)?;
    page.load(&[fixture("nsg_v2.json"), fixture("logs.zip")])?;
    page.wait("the details are there", "return !!document.querySelector('[data-testid=\"find-evidence\"]')")?;
    page.click_below("find-evidence")?;
    page.wait(
        "the search is over",
        "return /shown once/.test(document.querySelector('[data-testid=\"evidence-status\"]').textContent)",
    )?;
    let rows = page.session().run(
        "return [...document.querySelectorAll('[data-testid=\"evidence-table\"] tbody tr')].map((tr) =>
             [tr.cells[0].textContent, tr.cells[2].title, tr.cells[4].textContent.replace(/\\D/g, '')])",
        &[],
    )?;
    let text = fs::read_to_string(fixture("nsg_v2.json"))?;
    let (mut plain, mut others) = (0, 0);
    for row in rows.as_array().into_iter().flatten() {
        let [tuple, file, offset] = [0, 1, 2].map(|i| row[i].as_str().unwrap_or_default());
        if file == "nsg_v2.json" {
            let at: usize = offset.parse()?;
            assert!(text[at..].starts_with(tuple), "{tuple} is not at {at}");
            plain += 1;
        } else {
            assert!(file.starts_with("logs.zip/"), "{file}");
            others += 1;
        }
    }
    // The log in the archive is the same as the plain one: its tuples are shown once.
    assert!(plain + others > 0 && rows.as_array().is_some_and(|rows| rows.len() < 200));
    Ok(())
}
