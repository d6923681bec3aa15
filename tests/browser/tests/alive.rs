//! Workers that are busy, silent or dead, and a user who does not wait for them: the page under test is built with the
//! feature `provoke-failures`, and its workers do as they are told.

use azflow_browser_tests::{
    Browser, Outcome, Over, Page, Stage, fixture, native_summary, native_summary_with,
};
use serde_json::{Value, json};
use std::path::PathBuf;

const BROWSERS: [Browser; 2] = [Browser::Chromium, Browser::Firefox];

/// Tells the engine what to do next: it is the first worker that runs.
fn engine(page: &Page<'_>, what: &str) -> Outcome {
    let script = format!("[...azflowBoot.workers][0].postMessage('azflow-provoke:{what}')");
    page.session().run(&script, &[]).map(drop)
}

/// From now on the worker that is sent what a script says of the message is told something else before it, once.
fn before(page: &Page<'_>, which: &str, what: &str) -> Outcome {
    let script = format!(
        "const post = Worker.prototype.postMessage;
         Worker.prototype.postMessage = function (message, transfer) {{
             if (Array.isArray(message) && ({which})) {{
                 Worker.prototype.postMessage = post;
                 post.call(this, 'azflow-provoke:{what}');
             }}
             return post.call(this, message, transfer);
         }};"
    );
    page.session().run(&script, &[]).map(drop)
}

/// What was read of a source, on its way to the engine.
const TABLE: &str = "message[1]";
/// Sources, on their way to a scan worker.
const FILES: &str = "message[2]";

/// What the page says of an engine's end: its code, and what it was at.
fn end(page: &Page<'_>) -> Outcome<(String, String)> {
    page.wait_for_status("failed")?;
    let code = "return document.querySelector('[data-testid=\"load-status\"]').dataset.failure";
    let code = page.session().run(code, &[])?.as_str().unwrap_or_default().to_owned();
    Ok((code, page.text("failure-during")?.replace('\u{a0}', " ")))
}

/// Presses *Load again*, which says this, and waits until that is done.
fn load_again(page: &Page<'_>, words: &str) -> Outcome {
    assert_eq!(page.text("load-again")?.replace('\u{a0}', " "), words);
    page.click("load-again")?;
    page.wait_for_status("ready")
}

/// Each source of the summary with what was read of it, and its issues' codes.
fn sources(page: &Page<'_>) -> Outcome<Vec<(String, bool, bool)>> {
    let summary: Value = serde_json::from_str(&page.summary()?)?;
    let sources = summary["sources"].as_array().into_iter().flatten();
    let failed = |s: &Value| s["issues"].as_array().into_iter().flatten().any(|i| i["code"] == "read-failed");
    Ok(sources
        .map(|s| (s["name"].as_str().unwrap_or_default().to_owned(), s["tuples"] != 0, failed(s)))
        .collect())
}

#[test]
fn start_over_does_not_wait_for_a_busy_engine() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        page.load(&[fixture("nsg_v2.json")])?;
        page.wait_until_still("clear")?;
        // It would be for longer than this test has patience.
        engine(&page, "busy")?;
        page.clear()?;
        page.load(&[fixture("vnet.json")])?;
        assert!(page.summary()? == native_summary(&[fixture("vnet.json")])?, "{browser:?}");
        // The same while a load goes on, which can be cancelled first.
        before(&page, TABLE, "busy")?;
        page.choose(&[fixture("nsg_v2.json")])?;
        page.wait_for_status("loading")?;
        page.wait_until_still("cancel")?;
        page.click("cancel")?;
        page.wait_for_status("cancelled")?;
        page.clear()?;
        page.load(&[fixture("nsg_v2.json")])?;
        assert!(page.summary()? == native_summary(&[fixture("nsg_v2.json")])?, "{browser:?}");
    }
    Ok(())
}

#[test]
fn an_engine_that_ends_without_a_word_is_missed_and_all_is_read_again() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        let first = [fixture("appliance.json")];
        page.load(&first)?;
        page.name_subnet("10.1.0.0/24", "by-hand")?;
        page.click("tab-matrix")?;
        let named = page.summary()?;
        assert!(named.contains("by-hand"), "{browser:?}");
        // While it does nothing.
        engine(&page, "close")?;
        assert_eq!(end(&page)?, ("killed".to_owned(), String::new()), "{browser:?}");
        load_again(&page, "Load 1 file again")?;
        assert!(page.summary()? == named, "{browser:?}: names are kept, and all is counted once");
        // While it takes in one source.
        before(&page, TABLE, "close")?;
        page.choose(&[fixture("vnet.json")])?;
        assert_eq!(
            end(&page)?,
            ("killed".to_owned(), "It was taking in vnet.json.".to_owned()),
            "{browser:?}"
        );
        load_again(&page, "Load 1 file again, without vnet.json")?;
        let found = sources(&page)?;
        let expected = [("appliance.json".to_owned(), true, false), ("vnet.json".to_owned(), false, true)];
        assert_eq!(found, expected, "{browser:?}");
        page.clear()?;
    }
    Ok(())
}

#[test]
fn none_of_several_sources_is_blamed_before_it_was_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    // With one scan worker sources are taken in together.
    let one = "Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 })";
    stage.session().cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": one }))?;
    let page = stage.open(Over::Provoked)?;
    let files = ["nsg_v1.json", "nsg_v2.json", "appliance.json", "vnet.json"].map(fixture);
    before(&page, TABLE, "close")?;
    page.choose(&files)?;
    let (code, during) = end(&page)?;
    assert_eq!(
        (code.as_str(), during.as_str()),
        ("killed", "It was taking in appliance.json and others, 2 files in all.")
    );
    load_again(&page, "Load 4 files again")?;
    assert!(page.summary()? == native_summary(&files)?);
    Ok(())
}

#[test]
fn what_takes_long_is_named_and_can_be_given_up() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        let files: [PathBuf; 2] = [fixture("appliance.json"), fixture("vnet.json")];
        page.load(&files)?;
        // A question: the page goes on without its answer, which is not asked for again.
        page.wait_until_still("tab-data")?;
        engine(&page, "busy-at-the-next-question")?;
        page.click("tab-data")?;
        page.wait_for("busy")?;
        let busy = page.text("busy")?;
        assert!(busy.starts_with("still computing the "), "{browser:?}: {busy}");
        page.wait_until_still("give-up")?;
        page.click("give-up")?;
        page.wait_for_status("loading").or_else(|_| page.wait_for_status("ready"))?;
        page.wait_for_status("ready")?;
        let said = page.text("given-up")?;
        assert!(said.contains("was given up by hand after "), "{browser:?}: {said}");
        page.click("tab-matrix")?;
        assert!(page.summary()? == native_summary(&files)?, "{browser:?}");
        // A source: the others are read again without it.
        before(&page, TABLE, "busy")?;
        page.choose(&[fixture("nsg_v2.json")])?;
        page.wait_for("busy")?;
        let busy = page.text("busy")?;
        assert!(busy.starts_with("still taking in nsg_v2.json: "), "{browser:?}: {busy}");
        page.wait_until_still("give-up")?;
        page.click("give-up")?;
        page.wait_for_status("ready")?;
        let mut found = sources(&page)?;
        found.retain(|(name, ..)| name == "nsg_v2.json");
        assert_eq!(found, [("nsg_v2.json".to_owned(), false, true)], "{browser:?}");
    }
    Ok(())
}

#[test]
fn scan_workers_that_end_without_a_word_are_replaced() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        let files = ["nsg_v1.json", "nsg_v2.json", "vnet.json"].map(fixture);
        before(&page, FILES, "close")?;
        page.load(&files)?;
        assert!(page.summary()? == native_summary(&files)?, "{browser:?}");
    }
    Ok(())
}

/// Changes the mode so many times, and returns how many questions were begun until all that is wanted is answered.
fn begun(page: &Page<'_>, changes: u32) -> Outcome<u64> {
    let script = format!(
        "const engine = [...azflowBoot.workers][0];
         window.azflowHeard = 0; window.azflowMode = 0; performance.clearMarks('azflow:settled');
         window.azflowCount ??= engine.addEventListener('message', () => window.azflowHeard++) ?? true;
         const turn = setInterval(() => {{
             const handles = ['mode-as-logged', 'mode-conversations'];
             document.querySelector(`[data-testid=\"${{handles[window.azflowMode % 2]}}\"]`).click();
             if (++window.azflowMode === {changes}) clearInterval(turn);
         }}, 100);"
    );
    page.session().run(&script, &[])?;
    let done = format!(
        "return window.azflowMode === {changes} && performance.getEntriesByName('azflow:settled').length > 0
             && performance.now() - performance.getEntriesByName('azflow:settled').at(-1).startTime > 500"
    );
    page.wait("all is answered", &done)?;
    Ok(page.session().run("return window.azflowHeard", &[])?.as_u64().unwrap_or_default())
}

#[test]
fn questions_that_wait_are_dropped_for_newer_ones() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::Provoked)?;
    page.load(&[fixture("nsg_v2.json")])?;
    page.wait_until_still("mode-as-logged")?;
    let once = begun(&page, 2)?.div_ceil(2);
    assert!(once > 0, "nothing was heard of the engine");
    engine(&page, "busy-for-a-while")?;
    let all = begun(&page, 9)?;
    assert!(all <= 3 * once, "{all} messages for nine changes, {once} for one");
    let native = native_summary_with(&["--mode", "as-logged"], &[fixture("nsg_v2.json")])?;
    assert!(page.summary()? == native, "the last change is what is shown");
    Ok(())
}
