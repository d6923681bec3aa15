//! Workers that are busy, silent or dead, and a user who does not wait for them: the page under test is built with the
//! feature `provoke-failures`, and its workers do as they are told.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, fixture, native_summary};

const BROWSERS: [Browser; 2] = [Browser::Chromium, Browser::Firefox];

/// Tells the engine what to do next: it is the first worker that runs.
fn engine(page: &Page<'_>, what: &str) -> Outcome {
    let script = format!("[...azflowBoot.workers][0].postMessage('azflow-provoke:{what}')");
    page.session().run(&script, &[]).map(drop)
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
    }
    Ok(())
}
