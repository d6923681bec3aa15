//! Nothing leaves the tab: no request, and no violation of the policy. What a hostile script could do is in `ways_out.rs`.

use azflow_browser_tests::{Browser, Outcome, Over, Stage};

fn keeps_to_itself(browser: Browser, over: Over) -> Outcome {
    let Some(stage) = Stage::set(browser)? else { return Ok(()) };
    // What a browser does on its own account at its start is not the page's doing.
    let before = stage.tripwire().tried().len();
    let page = stage.open(over)?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.click("tab-data")?;
    page.click("tab-matrix")?;
    page.click("mode-as-logged")?;
    page.summary()?;
    assert_eq!(page.violations()?, Vec::<String>::new(), "the page broke its own policy");
    let tried = stage.tripwire().tried();
    let ours: Vec<&String> = tried.iter().skip(before).filter(|t| t.contains("azflow")).collect();
    assert!(ours.is_empty(), "the browser sent: {ours:?}");
    let asked = stage.server().requests();
    let expected = usize::from(over == Over::Http);
    assert_eq!(asked.len(), expected, "the page asked its server for more than itself: {asked:?}");
    if browser == Browser::Chromium {
        let sent = stage
            .session()
            .performance_log()?
            .into_iter()
            .filter(|m| m["method"] == "Network.requestWillBeSent");
        let urls: Vec<String> = sent
            .map(|m| m["params"]["request"]["url"].as_str().unwrap_or_default().to_owned())
            .filter(|url| {
                // Pages of the browser's own, such as its new tab, which no page of the web may load.
                !["blob:", "data:", "chrome:", "chrome-untrusted:"].iter().any(|own| url.starts_with(own))
                    && !url.contains("azflow.invalid")
            })
            .collect();
        assert_eq!(urls.len(), 1, "only the page itself is loaded: {urls:?}");
    }
    Ok(())
}

#[test]
fn chromium_from_disk_keeps_to_itself() -> Outcome {
    keeps_to_itself(Browser::Chromium, Over::File)
}

#[test]
fn chromium_from_a_server_keeps_to_itself() -> Outcome {
    keeps_to_itself(Browser::Chromium, Over::Http)
}

#[test]
fn firefox_keeps_to_itself() -> Outcome {
    keeps_to_itself(Browser::Firefox, Over::File)
}

#[test]
fn webkit_keeps_to_itself() -> Outcome {
    keeps_to_itself(Browser::WebKit, Over::File)
}
