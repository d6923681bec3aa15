//! The list of conversations and the timeline, by keyboard alone.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, fixture, native_output};
use serde_json::json;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const END: &str = "\u{e010}";
const HOME: &str = "\u{e011}";
const PAGE_DOWN: &str = "\u{e00f}";
const TAB: &str = "\u{e004}";
const SHIFT: &str = "\u{e008}";

/// An element's words with plain spaces.
fn text(page: &Page<'_>, id: &str) -> Outcome<String> {
    Ok(page.text(id)?.replace('\u{a0}', " "))
}

/// Presses keys while Shift is held.
fn with_shift(page: &Page<'_>, keys: &str) -> Outcome {
    let key = |kind: &str, key: &str| json!({ "type": kind, "value": key });
    let mut actions = vec![key("keyDown", SHIFT)];
    for one in keys.chars() {
        actions.extend(["keyDown", "keyUp"].map(|kind| key(kind, &one.to_string())));
    }
    actions.push(key("keyUp", SHIFT));
    page.session().actions(&json!([{ "type": "key", "id": "keyboard", "actions": actions }]))
}

/// Goes on with Tab until an element has the focus.
fn tab_to(page: &Page<'_>, id: &str) -> Outcome {
    let there = format!("return document.activeElement?.dataset.testid === '{id}'");
    for _ in 0..80 {
        if page.session().run(&there, &[])? == true {
            return Ok(());
        }
        page.session().press(TAB)?;
    }
    Err(format!("Tab never reaches {id}").into())
}

/// Waits until an element's words have these in them.
fn says(page: &Page<'_>, id: &str, words: &str) -> Outcome {
    let script = format!(
        "return (document.querySelector('[data-testid=\"{id}\"]')?.textContent ?? '').replaceAll('\u{a0}', ' ').includes({words:?})"
    );
    page.wait(&format!("{id} says {words}"), &script).map(drop)
}

/// The list as the native twin prints it.
fn native(arguments: &[&str], file: &str) -> Outcome<String> {
    let file = fixture(file);
    native_output(&[&["flows"], arguments, &[&*file.to_string_lossy()]].concat())
}

/// What the page saves when the button that has the focus is pressed: name and text.
fn saved(page: &Page<'_>) -> Outcome<(String, String)> {
    page.catch_saves()?;
    page.session().press(ENTER)?;
    let saved = page.wait("the list is saved", "return window.azflowSaved[0] ?? null")?;
    let part = |at: usize| saved[at].as_str().unwrap_or_default().to_owned();
    Ok((part(0), part(1)))
}

#[test]
fn conversations_are_listed_sorted_opened_and_saved_by_keyboard_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("nsg_v2.json")])?;
    tab_to(&page, "tab-flows")?;
    page.session().press(ENTER)?;
    says(&page, "flows-total", "conversations, counted once")?;
    // The page saves what the native twin prints.
    tab_to(&page, "flows-export-csv")?;
    let (name, csv) = saved(&page)?;
    assert!(name.starts_with("azflow-flows_2026-09-21_2026-09-21") && name.ends_with(".csv"), "{name}");
    assert_eq!(csv, native(&[], "nsg_v2.json")?);
    tab_to(&page, "flows-export-json")?;
    assert_eq!(saved(&page)?.1, native(&["--format", "json"], "nsg_v2.json")?);
    // Sorted by the port, then by what was denied.
    tab_to(&page, "flows-sort-port")?;
    page.session().press(ENTER)?;
    tab_to(&page, "flows-sort-protocol")?;
    with_shift(&page, ENTER)?;
    let order = "return [...document.querySelectorAll('[data-testid=\"flows-table\"] th[aria-sort]')].map((th) => th.getAttribute('aria-sort')).join()";
    page.wait("two columns sort", &format!("{} === 'ascending,ascending'", order))?;
    let ports = "const at = [...document.querySelectorAll('[data-testid=\"flows-table\"] th')].findIndex((th) => th.querySelector('[data-testid=\"flows-sort-port\"]'));
        return [...document.querySelectorAll('[data-testid=\"flow-row\"]')].map((tr) => +tr.children[at].textContent)";
    page.wait(
        "the ports are in order",
        &format!("const list = (() => {{ {ports} }})(); return list.length > 1 && list.every((port, i) => !i || list[i - 1] <= port)"),
    )?;
    // Rows are marked and added up, and the last one's evidence is opened.
    page.session().run("document.querySelector('[data-testid=\"flows-table\"]').focus()", &[])?;
    page.session().press(DOWN)?;
    with_shift(&page, DOWN)?;
    says(&page, "flows-marked", "2 marked")?;
    page.session().press(&format!("{ESCAPE}{END}{ENTER}"))?;
    says(&page, "flow-evidence", "Decided by")?;
    let last = text(&page, "flows-cursor")?;
    let heading = page
        .session()
        .run("return document.querySelector('[data-testid=\"flow-evidence\"] h2').textContent", &[])?;
    assert!(last.starts_with(heading.as_str().unwrap_or("?")), "{last}: {heading}");
    tab_to(&page, "find-evidence")?;
    page.session().press(ENTER)?;
    page.wait(
        "raw tuples are found, all of this conversation",
        "const rows = [...document.querySelectorAll('[data-testid=\"evidence-table\"] tbody tr')];
         const ends = document.querySelector('[data-testid=\"flow-evidence\"] h2').textContent.split(' → ').join(',');
         return rows.length > 0 && rows.every((tr) => tr.textContent.includes(ends))",
    )?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_long_list_keeps_few_rows_in_the_document() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.click("tab-flows")?;
    says(&page, "flows-total", "conversations")?;
    page.session().run("document.querySelector('[data-testid=\"flows-table\"]').focus()", &[])?;
    let counted = "return [document.querySelectorAll('[data-testid=\"flow-row\"]').length, +document.querySelector('[data-testid=\"flows-table\"]').getAttribute('aria-rowcount')]";
    let found = page.session().run(counted, &[])?;
    let (shown, all) = (found[0].as_u64().unwrap_or(0), found[1].as_u64().unwrap_or(0));
    assert!((3..100).contains(&shown) && all > 5_000, "{found}");
    let at = |row: u64| {
        format!(
            "const row = document.querySelector('[data-testid=\"flow-row\"].cursor');
             return row?.getAttribute('aria-rowindex') === '{row}' && row.textContent.length > 20 && row.id === document.activeElement.getAttribute('aria-activedescendant')
                && row.getBoundingClientRect().bottom <= window.innerHeight"
        )
    };
    page.session().press(END)?;
    page.wait("the last row is there", &at(all))?;
    page.session().press(HOME)?;
    page.wait("the first row is there", &at(2))?;
    page.session().press(&format!("{PAGE_DOWN}{PAGE_DOWN}{DOWN}"))?;
    page.wait("the rows follow the cursor", "return document.querySelector('.flows-area').scrollTop > 0")?;
    Ok(())
}

#[test]
fn the_brush_limits_the_filter_to_a_stretch_of_time_and_lets_it_go() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.click("tab-flows")?;
    says(&page, "flows-total", "conversations")?;
    let all = text(&page, "flows-total")?;
    page.session().run("document.querySelector('[data-testid=\"timeline-chart\"]').focus()", &[])?;
    // The last bin, then two more towards the beginning.
    page.session().press(LEFT)?;
    with_shift(&page, &format!("{LEFT}{LEFT}"))?;
    says(&page, "timeline-says", "allowed")?;
    let chosen = text(&page, "timeline-says")?;
    page.session().press(ENTER)?;
    page.wait("a stretch is applied", "return !!document.querySelector('[data-testid=\"timeline-clear\"]')")?;
    page.wait(
        "the filter says so",
        "return [...document.querySelectorAll('.chip')].some((chip) => chip.textContent.includes('time:'))",
    )?;
    // What was said of the stretch is what the list adds up to.
    let allowed =
        chosen.split(": ").nth(1).and_then(|words| words.split(" allowed").next()).unwrap_or("?").to_owned();
    says(&page, "flows-total", &format!("· {allowed} allowed"))?;
    // The table is made while it is open.
    let bins = "return document.querySelectorAll('[data-testid=\"timeline-table\"] tbody tr').length";
    page.wait("the table is closed", &format!("{bins} === 0"))?;
    page.session().run("document.querySelector('[data-testid=\"timeline-table\"] summary').focus()", &[])?;
    page.session().press(ENTER)?;
    page.wait("bins are finer", &format!("{bins} > 3"))?;
    page.session().press(ENTER)?;
    page.wait("the table is closed again", &format!("{bins} === 0"))?;
    // Out and in again, and back to everything.
    tab_to(&page, "timeline-zoom")?;
    page.session().press(ENTER)?;
    page.wait(
        "the stretch is marked",
        "return !!document.querySelector('[data-testid=\"timeline-chart\"] .brush')",
    )?;
    page.session().run("document.querySelector('[data-testid=\"timeline-chart\"]').focus()", &[])?;
    page.session().press(ESCAPE)?;
    says(&page, "flows-total", &all)?;
    // A typed range.
    page.session().run(
        "const set = (id, value) => {
             const input = document.querySelector(`[data-testid=\"${id}\"]`);
             input.value = value; input.dispatchEvent(new Event('change', { bubbles: true }));
         };
         set('timeline-to', '2026-10-07T06:00');",
        &[],
    )?;
    page.wait(
        "the typed range is applied",
        "return [...document.querySelectorAll('.chip')].some((chip) => chip.textContent.includes('2026-10-07T06:00'))",
    )?;
    tab_to(&page, "timeline-clear")?;
    page.session().press(ENTER)?;
    says(&page, "flows-total", &all)?;
    page.session().run("document.querySelector('[data-testid=\"timeline-chart\"]').focus()", &[])?;
    page.session().press(RIGHT)?;
    assert!(text(&page, "timeline-says")?.starts_with("7 Oct 00:00"), "{}", text(&page, "timeline-says")?);
    assert!(page.is_no_wider_than_its_window()?);
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}
