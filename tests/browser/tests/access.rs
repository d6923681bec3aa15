//! The page for everyone: axe-core on every screen in both themes, the whole main job by keyboard alone, room
//! at 640 pixels, targets of 24 pixels.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, checker};
use serde_json::Value;

const TAB: &str = "\u{e004}";
const SHIFT: &str = "\u{e008}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";

/// Screens by their tabs.
const TABS: [&str; 7] =
    ["tab-matrix", "tab-flows", "tab-review", "tab-rules", "tab-network", "tab-findings", "tab-data"];

fn choose(page: &Page<'_>, id: &str, at: usize) -> Outcome {
    let script = format!(
        "const select = document.querySelector('[data-testid=\"{id}\"]');
         select.selectedIndex = {at}; select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    page.session().run(&script, &[]).map(drop)
}

/// Waits until nothing is on its way: no busy region, and a page that has not changed for a while.
fn settle(page: &Page<'_>) -> Outcome {
    let quiet = "const now = document.getElementById('app').innerHTML.length;
        const last = window.azflowQuiet;
        if (!last || last.length !== now) window.azflowQuiet = { length: now, since: performance.now() };
        return !document.querySelector('[aria-busy=\"true\"]') && performance.now() - window.azflowQuiet.since > 300";
    page.wait("nothing changes any more", quiet).map(drop)
}

#[test]
fn axe_finds_nothing_on_any_screen_in_either_theme() -> Outcome {
    let Some(axe) = checker()? else { return Ok(()) };
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let mut wrong: Vec<String> = Vec::new();
    let page = stage.open(Over::File)?;
    page.session().resize(1280, 900)?;
    // The system's theme is light here, so that the third is dark by choice.
    for (at, theme) in [(1, "light"), (2, "dark")] {
        choose(&page, "theme", at)?;
        page.wait(
            "the theme is shown",
            &format!("return document.documentElement.dataset.theme === '{theme}'"),
        )?;
        let mut check = |screen: &str| -> Outcome {
            settle(&page)?;
            wrong.extend(page.axe(&axe)?.into_iter().map(|line| format!("{screen}, {theme}: {line}")));
            Ok(())
        };
        check("start")?;
        page.click("example")?;
        page.wait_for_status("ready")?;
        for tab in TABS {
            page.click(tab)?;
            check(tab)?;
        }
        page.click("tab-rules")?;
        for part in 0..4 {
            let press =
                format!("document.querySelectorAll('.rules-parts .segmented button')[{part}].click()");
            page.session().run(&press, &[])?;
            check(&format!("part {part} of the rules"))?;
        }
        page.click("tab-findings")?;
        page.click("findings-compare")?;
        page.wait_for("compare-summary")?;
        check("the comparison")?;
        page.click("compare-keep")?;
        page.wait_for("compare-side")?;
        check("what was kept beside what is loaded")?;
        page.click("findings-standing")?;
        // What hides behind a press: menus, tables of charts.
        page.click("tab-matrix")?;
        page.session().run("document.querySelectorAll('details').forEach((d) => d.open = true)", &[])?;
        check("everything opened")?;
        page.session().run("document.querySelectorAll('details').forEach((d) => d.open = false)", &[])?;
        page.click("as-table")?;
        check("the matrix as a table")?;
        page.click("as-table")?;
        // A row: its other ends beside it.
        page.session().run("document.querySelector('[data-testid=\"matrix-search\"]').focus()", &[])?;
        page.session().press(&format!("10.10.2.{ENTER}{ENTER}"))?;
        page.wait(
            "the row is shown",
            "return !!document.querySelector('[data-testid=\"counterparts\"] td')",
        )?;
        check("a row of the matrix")?;
        page.clear()?;
    }
    assert!(wrong.is_empty(), "axe-core found:\n{}", wrong.join("\n"));
    assert!(page.violations()?.is_empty());
    Ok(())
}

/// Presses Tab until the focus is on this element, as someone without a mouse does.
fn tab_to(page: &Page<'_>, id: &str) -> Outcome {
    walk_to(page, id, &|| page.session().press(TAB))
}

/// The same with Shift+Tab, for what lies before the focus.
fn tab_back_to(page: &Page<'_>, id: &str) -> Outcome {
    let key = |kind: &str, key: &str| serde_json::json!({ "type": kind, "value": key });
    let keys = [key("keyDown", SHIFT), key("keyDown", TAB), key("keyUp", TAB), key("keyUp", SHIFT)];
    let keyboard = serde_json::json!([{ "type": "key", "id": "keyboard", "actions": keys }]);
    walk_to(page, id, &|| page.session().actions(&keyboard))
}

fn walk_to(page: &Page<'_>, id: &str, step: &dyn Fn() -> Outcome) -> Outcome {
    let here = format!("return document.activeElement?.dataset?.testid === '{id}'");
    for _ in 0..60 {
        if page.session().run(&here, &[])? == true {
            return Ok(());
        }
        step()?;
        let shown = page.session().run(
            "const at = document.activeElement; if (!at || at === document.body) return true;
             const style = getComputedStyle(at); return style.outlineStyle !== 'none' || at.matches(':focus-visible') === false",
            &[],
        )?;
        assert_eq!(shown, Value::Bool(true), "the focus is not visible");
    }
    Err(format!("Tab does not reach {id}").into())
}

#[test]
fn the_whole_main_job_is_done_by_keyboard_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let heading = |text: &str| {
        format!("return document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent === '{text}'")
    };
    tab_to(&page, "example")?;
    page.session().press(ENTER)?;
    page.wait_for_status("ready")?;
    page.wait("the details are there", &heading("Everything"))?;
    // Round all screens and back.
    for tab in ["tab-network", "tab-data", "tab-matrix"] {
        // The last lies before the others.
        if tab == "tab-matrix" {
            tab_back_to(&page, tab)?
        } else {
            tab_to(&page, tab)?
        }
        page.session().press(ENTER)?;
        let here = format!("return document.querySelector('[data-testid=\"{tab}\"]').ariaCurrent === 'page'");
        page.wait("the screen is open", &here)?;
    }
    // A pair found by name, then its neighbour by arrows.
    tab_to(&page, "matrix-search")?;
    page.session().press(&format!("10.10.2.{ENTER}"))?;
    let focused = "return document.activeElement.dataset.testid === 'matrix'";
    page.wait("the search leads into the matrix", focused)?;
    page.session().press(&format!("{RIGHT}{ENTER}"))?;
    let pair = "return document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent.includes(' → ')";
    page.wait("a pair's details are shown", pair)?;
    let first = page
        .session()
        .run("return document.querySelector('[data-testid=\"breakdown\"] h2').textContent", &[])?;
    page.session().press(&format!("{DOWN}{ENTER}"))?;
    let other = format!(
        "const head = document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent;
         return head.includes(' → ') && head !== {first}"
    );
    page.wait("the next row's pair is shown", &other)?;
    // The same facts for the keyboard as for the pointer.
    let told = page
        .session()
        .run("return document.querySelector('[data-testid=\"matrix-status\"]').textContent", &[])?;
    let head = page
        .session()
        .run("return document.querySelector('[data-testid=\"breakdown\"] h2').textContent", &[])?;
    let (told, head) = (told.as_str().unwrap_or_default(), head.as_str().unwrap_or_default());
    assert!(told.starts_with(head), "{told} is not about {head}");
    // Larger cells, then everything at once.
    page.session().press("+0")?;
    let fits = "return document.querySelector('[data-testid=\"fit\"]').ariaPressed === 'true'";
    page.wait("everything fits", fits)?;
    tab_back_to(&page, "save-summary")?;
    page.session().press(ENTER)?;
    let file = stage.saved().join("azflow-summary.json");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !file.is_file() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let summary: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    assert!(summary["pairs"].as_array().is_some_and(|pairs| !pairs.is_empty()));
    Ok(())
}

#[test]
fn half_a_window_is_enough_and_targets_are_large_enough() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    // A window of 1280 at 200 %.
    let metrics = serde_json::json!({ "width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": false });
    page.session().cdp("Emulation.setDeviceMetricsOverride", &metrics)?;
    let fits = |screen: &str| -> Outcome {
        let wide = page.session().run(
            "const all = document.documentElement;
             if (all.scrollWidth <= window.innerWidth) return '';
             return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
                 .slice(0, 5).map((e) => e.tagName + '.' + e.className + ' ' + (e.dataset.testid ?? '')).join(', ') || 'unknown'",
            &[],
        )?;
        assert_eq!(wide, "", "{screen} is wider than 640 pixels");
        let small = page.session().run(
            "return [...document.querySelectorAll('button, select, summary, input:not([type=\"file\"]), a[href]')].filter((e) => {
                 const box = e.getBoundingClientRect();
                 return box.width > 2 && box.height > 2 && (box.height < 23.5 || box.width < 23.5)
                     && !e.closest('label')?.matches(':not(.choose)') && e.checkVisibility();
             }).map((e) => e.tagName + '.' + e.className + ' ' + (e.dataset.testid ?? e.textContent)).join(', ')",
            &[],
        )?;
        assert_eq!(small, "", "targets below 24 pixels on {screen}");
        Ok(())
    };
    fits("start")?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    for tab in TABS {
        page.click(tab)?;
        settle(&page)?;
        fits(tab)?;
    }
    Ok(())
}
