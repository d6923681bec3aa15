//! Real failures in every role, and what the page says of each: the page under test is built with the feature
//! `provoke-failures` and fails when it is asked to.

use azflow_browser_tests::{
    Browser, Outcome, Over, Page, Stage, checker, fixture, page_file, provoked_page_file,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

const BROWSERS: [Browser; 3] = [Browser::Chromium, Browser::Firefox, Browser::WebKit];

/// What a panic says that a test asked for.
const PANIC: &str = "a panic that a test asked for at src/browser/provoke.rs:";

/// From now on whoever is to read a file named `cursed` is told to fail instead, in this way.
fn curse(page: &Page<'_>, kind: &str) -> Outcome {
    let script = format!(
        "const post = window.azflowPost ?? Worker.prototype.postMessage;
         window.azflowPost = post;
         Worker.prototype.postMessage = function (message, transfer) {{
             const files = Array.isArray(message) && Array.isArray(message[2]) ? message[2] : [];
             const cursed = files.some((file) => file.name.includes('cursed'));
             return cursed ? post.call(this, 'azflow-provoke:{kind}') : post.call(this, message, transfer);
         }};"
    );
    page.session().run(&script, &[]).map(drop)
}

/// Makes the engine fail: it is the worker that the page starts first.
fn break_engine(page: &Page<'_>, kind: &str) -> Outcome {
    let script = format!("[...azflowBoot.workers][0].postMessage('azflow-provoke:{kind}')");
    page.session().run(&script, &[]).map(drop)
}

fn break_window(page: &Page<'_>, kind: &str) -> Outcome {
    let script =
        format!("setTimeout(() => dispatchEvent(new CustomEvent('azflow-provoke', {{ detail: '{kind}' }})))");
    page.session().run(&script, &[]).map(drop)
}

/// The code beside `load-status`.
fn code(page: &Page<'_>) -> Outcome<String> {
    let script = "return document.querySelector('[data-testid=\"load-status\"]')?.dataset.failure ?? ''";
    Ok(page.session().run(script, &[])?.as_str().unwrap_or_default().to_owned())
}

fn cursed(folder: &Path) -> Outcome<PathBuf> {
    let path = folder.join("cursed.json");
    fs::copy(fixture("vnet.json"), &path)?;
    Ok(path)
}

/// Each source of the page's summary with the codes of its issues.
fn sources(page: &Page<'_>) -> Outcome<Vec<(String, Vec<String>)>> {
    let summary: Value = serde_json::from_str(&page.summary()?)?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let codes = |s: &Value| s["issues"].as_array().into_iter().flatten().map(|i| text(&i["code"])).collect();
    Ok(summary["sources"].as_array().into_iter().flatten().map(|s| (text(&s["name"]), codes(s))).collect())
}

/// What the page lists of `cursed.json`, which is the only file that fails; the others must be counted.
fn listed(page: &Page<'_>, expected: &str) -> Outcome<String> {
    for (name, mut codes) in sources(page)? {
        // What a log does not hold is a note on it, no fault of the file.
        codes.retain(|code| code != "record-types");
        let wanted: &[&str] = if name == "cursed.json" { &[expected] } else { &[] };
        assert_eq!(codes, wanted, "{name}");
    }
    page.click("tab-data")?;
    page.wait(
        "the issues are listed",
        "return !!document.querySelector('[data-testid=\"issues-list\"] li')",
    )?;
    page.text("issues-list")
}

#[test]
fn a_panic_of_the_window_is_named_and_the_page_starts_again() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        page.load(&[fixture("nsg_v2.json")])?;
        break_window(&page, "panic")?;
        page.wait_for_status("failed")?;
        assert_eq!(code(&page)?, "panic", "{browser:?}");
        let text = page.text("failure-text")?;
        assert!(
            text.starts_with("azflow ") && text.contains(&format!("window, panic: {PANIC}")),
            "{browser:?}: {text}"
        );
        let said = page.session().run(
            "const shown = [...document.querySelectorAll('#failure p')].filter((p) => p.offsetParent && !p.className);
             return [document.getElementById('failure').getAttribute('role'), document.getElementById('app').inert,
                 shown.map((p) => p.textContent).join(' ')]",
            &[],
        )?;
        assert_eq!((&said[0], &said[1]), (&Value::from("alert"), &Value::from(true)));
        let words = said[2].as_str().unwrap_or_default();
        assert!(words.contains("a defect of azflow") && words.contains("report the text below"), "{words}");
        assert!(!words.contains("memory"), "{words}");
        page.click("failure-copy")?;
        // Where the clipboard is out of reach the text is selected, so that it can be copied by keyboard.
        page.wait(
            "it is copied or selected",
            "const words = document.querySelector('[data-testid=\"failure-copy\"]').textContent;
             const text = document.querySelector('[data-testid=\"failure-text\"]').textContent;
             return words === 'Copied' || words !== 'Copy' && getSelection().toString().trim() === text",
        )?;
        page.restart(|page| page.click("failure-reload"))?;
        page.load(&[fixture("nsg_v2.json")])?;
    }
    Ok(())
}

#[test]
fn a_window_that_fails_without_words_says_what_is_known() -> Outcome {
    // WebKit hides from a page opened from disk what was thrown under a test's own script: "Script error." is no ground
    // for ending a page that may be whole.
    for browser in [Browser::Chromium, Browser::Firefox] {
        let Some(stage) = Stage::set(browser)? else { continue };
        for (kind, words) in [("out-of-memory", "ran out of memory"), ("stack-overflow", "nested too deep")] {
            let page = stage.open(Over::Provoked)?;
            break_window(&page, kind)?;
            page.wait_for_status("failed").map_err(|e| format!("{browser:?}, {kind}: {e}"))?;
            assert_eq!(code(&page)?, kind, "{browser:?}: {}", page.text("failure-text")?);
            let shown = page.session().run(
                "return [...document.querySelectorAll('#failure p')].filter((p) => p.offsetParent)
                     .map((p) => p.textContent).join(' ')",
                &[],
            )?;
            let shown = shown.as_str().unwrap_or_default();
            assert!(shown.contains(words), "{browser:?}: {shown}");
        }
    }
    Ok(())
}

#[test]
fn what_other_scripts_throw_does_not_end_the_page() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        page.session().run(
            "dispatchEvent(new ErrorEvent('error', { message: 'ResizeObserver loop completed with undelivered notifications.' }));
             dispatchEvent(new ErrorEvent('error', { message: 'TypeError: x', error: new TypeError('x') }));
             Promise.reject(new TypeError('y')); Promise.reject(new DOMException('no', 'NotAllowedError'));",
            &[],
        )?;
        page.load(&[fixture("nsg_v2.json")])?;
        let hidden = page.session().run("return document.getElementById('failure').hidden", &[])?;
        assert_eq!(hidden, Value::from(true), "{browser:?}");
    }
    Ok(())
}

#[test]
fn a_failure_of_the_engine_is_named_and_the_page_starts_over() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let page = stage.open(Over::Provoked)?;
        let kinds = [
            ("panic", PANIC, "a defect of azflow"),
            ("panic-in-a-task", PANIC, "a defect of azflow"),
            ("stack-overflow", "calls were nested too deep (", "a defect of azflow"),
            ("out-of-memory", "memory ran out at 4", "ran out of memory"),
        ];
        for (kind, text, words) in kinds {
            page.load(&[fixture("nsg_v2.json")])?;
            break_engine(&page, kind)?;
            page.wait_for_status("failed")?;
            let expected = kind.trim_end_matches("-in-a-task");
            assert_eq!(code(&page)?, expected, "{browser:?}: {}", page.text("failure-text")?);
            let shown = page.text("failure-text")?;
            assert!(shown.contains(&format!("engine, {expected}: {text}")), "{browser:?}: {shown}");
            let shown = page.session().run("return document.querySelector('main').textContent", &[])?;
            let shown = shown.as_str().unwrap_or_default();
            assert!(
                shown.contains(words) && shown.contains("azflow has to start over"),
                "{browser:?}: {shown}"
            );
            page.session().click(&page.session().find("main .copy")?)?;
            page.wait("Copy answers", "return document.querySelector('main .copy').textContent !== 'Copy'")?;
            page.clear()?;
        }
        page.load(&[fixture("nsg_v2.json")])?;
    }
    Ok(())
}

#[test]
fn an_engine_that_the_browser_ends_is_told_apart() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::Provoked)?;
    page.load(&[fixture("nsg_v2.json")])?;
    // What a browser does for a worker that it does not start, or ends.
    page.session().run(
        "const engine = [...azflowBoot.workers][0]; engine.terminate(); engine.dispatchEvent(new Event('error'));",
        &[],
    )?;
    page.wait_for_status("failed")?;
    assert_eq!(code(&page)?, "killed");
    let shown = page.session().run("return document.querySelector('main').textContent", &[])?;
    let shown = shown.as_str().unwrap_or_default();
    assert!(shown.contains("The browser ended") && !shown.contains("defect"), "{shown}");
    Ok(())
}

#[test]
fn a_file_over_which_azflow_fails_is_listed_as_such_and_the_rest_counts() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let folder = tempfile::tempdir()?;
        let files = [cursed(folder.path())?, fixture("nsg_v2.json"), fixture("appliance.json")];
        let page = stage.open(Over::Provoked)?;
        for kind in ["panic", "panic-in-a-task"] {
            curse(&page, kind)?;
            page.load(&files)?;
            let text = listed(&page, "reader-failed")?;
            let whole = format!("azflow failed over this file: {PANIC}");
            assert!(
                text.contains(&whole) && text.contains("a defect of azflow, not of the file"),
                "{browser:?}: {text}"
            );
            page.clear()?;
        }
        curse(&page, "out-of-memory")?;
        page.load(&files)?;
        let text = listed(&page, "read-failed")?;
        assert!(text.contains("memory ran out at 4"), "{browser:?}: {text}");
        assert!(!text.contains("defect"), "{browser:?}: {text}");
    }
    Ok(())
}

#[test]
fn where_nothing_else_was_loaded_the_status_has_the_failure() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let page = stage.open(Over::Provoked)?;
    curse(&page, "panic")?;
    page.choose(&[cursed(folder.path())?])?;
    page.wait_for_status("failed: cursed.json: a panic that a test asked for")?;
    assert_eq!(code(&page)?, "panic");
    page.clear()?;
    // The page has the handle, and the file is gone before anything was read of it.
    let vanishing = folder.path().join("vanishing.json");
    fs::copy(fixture("vnet.json"), &vanishing)?;
    page.session().run(
        "addEventListener('change', (event) => { event.stopImmediatePropagation(); window.azflowInput = event.target; },
             { capture: true, once: true });",
        &[],
    )?;
    page.choose(std::slice::from_ref(&vanishing))?;
    page.wait("the file is chosen", "return !!window.azflowInput")?;
    fs::remove_file(&vanishing)?;
    page.session().run("window.azflowInput.dispatchEvent(new Event('change', { bubbles: true }))", &[])?;
    page.wait_for_status("failed: vanishing.json: ")?;
    assert_eq!(code(&page)?, "unreadable", "{}", page.status()?);
    Ok(())
}

/// Loads the cursed file with another, and has its raw tuples searched while it is cursed in this way.
fn seek(page: &Page<'_>, file: &Path, curse_with: impl Fn() -> Outcome) -> Outcome<(String, String)> {
    page.load(&[file.to_owned()])?;
    page.wait("the details are there", "return !!document.querySelector('[data-testid=\"find-evidence\"]')")?;
    curse_with()?;
    page.click_below("find-evidence")?;
    page.wait_for("evidence-failed")?;
    let found = page.session().run(
        "const line = document.querySelector('[data-testid=\"evidence-failed\"] li');
         return [line.dataset.failure, line.textContent]",
        &[],
    )?;
    let text = |at: usize| found[at].as_str().unwrap_or_default().to_owned();
    Ok((text(0), text(1)))
}

#[test]
fn a_search_for_raw_tuples_names_what_failed() -> Outcome {
    for browser in BROWSERS {
        let Some(stage) = Stage::set(browser)? else { continue };
        let folder = tempfile::tempdir()?;
        let file = cursed(folder.path())?;
        for (kind, words) in [("panic", PANIC), ("out-of-memory", "memory ran out at 4")] {
            let page = stage.open(Over::Provoked)?;
            let (code, text) = seek(&page, &file, || curse(&page, kind))?;
            assert_eq!(code, kind, "{browser:?}: {text}");
            assert!(text.contains("cursed.json") && text.contains(words), "{browser:?}: {text}");
            assert_eq!(text.contains("a defect of azflow"), kind == "panic", "{text}");
        }
    }
    Ok(())
}

#[test]
fn a_search_that_falls_silent_is_given_up() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let file = cursed(folder.path())?;
    let page = stage.open(Over::Provoked)?;
    // A message that no worker acts on.
    let (code, text) = seek(&page, &file, || curse(&page, "nothing"))?;
    assert_eq!(code, "silent");
    assert!(text.contains("cursed.json") && text.contains("no sign of life for 30 seconds"), "{text}");
    Ok(())
}

#[test]
fn the_words_of_every_browser_are_told_apart() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::Provoked)?;
    let words = [
        ("out-of-memory", "Uncaught RuntimeError: unreachable"),
        ("out-of-memory", "RuntimeError: unreachable executed"),
        ("out-of-memory", "RuntimeError: Unreachable code should not be executed (evaluating 'wasm.f()')"),
        ("out-of-memory", "RangeError: Array buffer allocation failed"),
        ("out-of-memory", "RangeError: WebAssembly.Memory(): could not allocate memory"),
        (
            "out-of-memory",
            "RangeError: WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance",
        ),
        ("out-of-memory", "DataCloneError: Data cannot be cloned, out of memory."),
        ("out-of-memory", "uncaught exception: out of memory"),
        ("out-of-memory", "InternalError: allocation size overflow"),
        ("stack-overflow", "Uncaught RangeError: Maximum call stack size exceeded"),
        ("stack-overflow", "InternalError: too much recursion"),
        ("stack-overflow", "RuntimeError: memory access out of bounds"),
        ("stack-overflow", "RuntimeError: index out of bounds"),
        ("stack-overflow", "RuntimeError: Out of bounds memory access (evaluating 'wasm.f()')"),
        (
            "unreadable",
            "NotReadableError: The requested file could not be read, typically due to permission problems",
        ),
        ("unreadable", "NotFoundError: A requested file or directory could not be found"),
        ("thrown", "TypeError: x is not a function"),
        ("thrown", "RuntimeError: null function or function signature mismatch"),
    ];
    for (kind, text) in words {
        let found = page.session().run("return azflowFailure(arguments[0]).kind", &[Value::from(text)])?;
        assert_eq!(found, Value::from(kind), "{text}");
    }
    let refused =
        page.session().run("return azflowFailure(new DOMException('gone', 'NotReadableError'))", &[])?;
    assert_eq!(refused["kind"], Value::from("unreadable"));
    assert_eq!(refused["text"], Value::from("NotReadableError: gone"));
    Ok(())
}

/// The module that lies in a page.
fn module(page: &Path) -> Outcome<Vec<u8>> {
    let page = fs::read_to_string(page)?;
    let (_, rest) = page.split_once("id=\"azflow-wasm\">").ok_or("the page has no module")?;
    let (coded, _) = rest.split_once('<').ok_or("the module has no end")?;
    let mut module = Vec::new();
    GzDecoder::new(BASE64.decode(coded.trim())?.as_slice()).read_to_end(&mut module)?;
    Ok(module)
}

#[test]
fn what_is_released_cannot_be_asked_to_fail() -> Outcome {
    let knows = |module: &[u8]| module.windows(14).any(|bytes| bytes == b"azflow-provoke");
    assert!(knows(&module(&provoked_page_file()?)?), "this test would find nothing anywhere");
    assert!(!knows(&module(&page_file()?)?), "the release has the messages of tests");
    Ok(())
}

#[test]
fn what_failed_can_be_read_in_both_themes_and_by_everyone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let axe = checker()?;
    for theme in ["light", "dark"] {
        for role in ["engine", "window"] {
            let page = stage.open(Over::Provoked)?;
            page.session().resize(900, 700)?;
            page.theme(theme)?;
            page.load(&[fixture("nsg_v2.json")])?;
            if role == "engine" {
                break_engine(&page, "panic")?
            } else {
                break_window(&page, "panic")?
            }
            page.wait_for_status("failed")?;
            assert!(page.is_no_wider_than_its_window()?, "{role}");
            page.screenshot(&format!("failure-{role}-{theme}"))?;
            if let Some(axe) = &axe {
                assert_eq!(page.axe(axe)?, Vec::<String>::new(), "{role}, {theme}");
            }
        }
    }
    Ok(())
}
