//! The filter, the way back, and the page's address, as their users go about them.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, repository};
use serde_json::Value;

const DOWN: &str = "\u{e015}";
const LEFT: &str = "\u{e012}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const BACKSPACE: &str = "\u{e003}";

fn example(page: &Page<'_>) -> Outcome {
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.wait(
        "the details are there",
        "return document.querySelector('[data-testid=\"breakdown\"] h2') !== null",
    )
    .map(drop)
}

/// Waits until the chips are these conditions, one after the other with bars between.
fn wait_for_chips(page: &Page<'_>, chips: &str) -> Outcome {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid=\"filter-chip\"] code')].map((c) => c.textContent).join('|') === {chips:?}"
    );
    page.wait(&format!("the conditions are {chips:?}"), &script).map(drop)
}

fn wait_for_hash(page: &Page<'_>, hash: &str) -> Outcome {
    page.wait(&format!("the address ends in {hash}"), &format!("return location.hash === {hash:?}")).map(drop)
}

fn run(page: &Page<'_>, script: &str) -> Outcome<Value> {
    page.session().run(script, &[])
}

#[test]
fn a_filter_is_written_suggested_corrected_and_taken_back_by_keyboard_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    example(&page)?;
    let keys = page.session();
    keys.press("/")?;
    assert_eq!(run(&page, "return document.activeElement.dataset.testid")?, "filter-input");
    // A field and its value out of the lists.
    keys.press("decis")?;
    let list = "return document.querySelector('[data-testid=\"filter-suggestions\"] [role=option] code')?.textContent";
    page.wait("the field is suggested", &format!("{list} === 'decision:'"))?;
    keys.press(&format!("{DOWN}{ENTER}"))?;
    page.wait("its values are suggested", &format!("{list} === 'allowed'"))?;
    keys.press("d")?;
    page.wait("the nearest is the first", &format!("{list} === 'denied'"))?;
    keys.press(DOWN)?;
    page.wait(
        "it is the active one",
        "const input = document.querySelector('[data-testid=\"filter-input\"]');
         return document.getElementById(input.getAttribute('aria-activedescendant'))?.getAttribute('aria-selected') === 'true'",
    )?;
    keys.press(ENTER)?;
    page.wait(
        "it is written",
        "return document.querySelector('[data-testid=\"filter-input\"]').value === 'decision:denied'",
    )?;
    keys.press(ENTER)?;
    wait_for_chips(&page, "decision:denied")?;
    page.wait(
        "the details follow",
        "return /^\u{2212}|^–/.test(document.querySelector('[data-testid=\"breakdown\"] .allowed-words').textContent)",
    )?;
    page.wait(
        "it says how much is shown",
        "return document.querySelector('[data-testid=\"filtered\"]').textContent.includes(' of ')",
    )?;
    // A mistake stands at its character, with what was meant.
    keys.press(&format!("prt:445{ENTER}"))?;
    page.wait(
        "the mistake is told",
        "const error = document.querySelector('[data-testid=\"filter-error\"]');
         return error?.dataset.at === '0' && error.querySelector('mark').textContent === 'prt' && error.textContent.includes('port')",
    )?;
    run(&page, "document.querySelector('[data-testid=\"filter-error\"] button').click()")?;
    page.wait(
        "it is mended",
        "return document.querySelector('[data-testid=\"filter-input\"]').value === 'port:445'",
    )?;
    keys.press(ENTER)?;
    wait_for_chips(&page, "decision:denied|port:445")?;
    // Backspace takes the last one to be edited.
    keys.press(BACKSPACE)?;
    wait_for_chips(&page, "decision:denied")?;
    page.wait(
        "it is in the input",
        "return document.querySelector('[data-testid=\"filter-input\"]').value === 'port:445'",
    )?;
    keys.press(&format!("{BACKSPACE}{BACKSPACE}43{ENTER}"))?;
    wait_for_chips(&page, "decision:denied|port:443")?;
    keys.press(ESCAPE)?;
    assert_eq!(run(&page, "return document.activeElement === document.body")?, true);
    run(&page, "document.querySelector('[data-testid=\"filter-chip\"] [aria-label^=Remove]').click()")?;
    wait_for_chips(&page, "port:443")?;
    // What a cell says narrows to it.
    run(&page, "document.querySelector('[data-testid=\"breakdown\"] .rule [data-narrow]').click()")?;
    page.wait(
        "the rule is a condition",
        "return document.querySelectorAll('[data-testid=\"filter-chip\"]').length === 2",
    )?;
    page.click("filter-clear")?;
    wait_for_chips(&page, "")?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn back_and_forward_undo_and_redo_go_the_way_one_came() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    example(&page)?;
    page.session().press("/")?;
    page.session().press(&format!("port:443{ENTER}"))?;
    wait_for_chips(&page, "port:443")?;
    page.session().press(ESCAPE)?;
    run(&page, "document.querySelector('[data-testid=\"matrix\"]').focus()")?;
    page.session().press(&format!("{DOWN}{ENTER}"))?;
    page.wait(
        "a part is selected",
        "return document.querySelector('[data-testid=\"everything\"]') !== null",
    )?;
    // A selection is a name out of the logs: the address does not have it.
    wait_for_hash(&page, "#v1:filter=port:443")?;
    let selected = run(&page, "return document.querySelector('[data-testid=\"breakdown\"] h2').textContent")?;
    page.click("tab-network")?;
    wait_for_hash(&page, "#v1:screen=network&filter=port:443")?;
    run(&page, "history.back()")?;
    wait_for_hash(&page, "#v1:filter=port:443")?;
    let there = format!(
        "return document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent === {selected}"
    );
    page.wait("the selection is there again", &there)?;
    run(&page, "history.back()")?;
    page.wait(
        "nothing is selected",
        "return document.querySelector('[data-testid=\"everything\"]') === null",
    )?;
    page.click("undo")?;
    wait_for_chips(&page, "")?;
    assert_eq!(run(&page, "return document.querySelector('[data-testid=\"undo\"]').disabled")?, true);
    page.click("redo")?;
    wait_for_chips(&page, "port:443")?;
    run(&page, "history.forward()")?;
    page.wait("the selection is there again", &there)?;
    let press = |shift: bool| {
        let key = format!(
            "new KeyboardEvent('keydown', {{ key: 'z', ctrlKey: true, shiftKey: {shift}, bubbles: true }})"
        );
        run(&page, &format!("document.body.dispatchEvent({key})"))
    };
    press(false)?;
    page.wait("undone by key", "return document.querySelector('[data-testid=\"everything\"]') === null")?;
    press(true)?;
    page.wait("redone by key", &there)?;
    Ok(())
}

#[test]
fn the_address_brings_back_the_view_and_a_later_versions_is_left_aside() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    for over in [Over::File, Over::Http] {
        let page = stage.open(over)?;
        page.load(&[repository().join("tests/fixtures/appliance.json")])?;
        page.click("mode-as-logged")?;
        page.session().press("/")?;
        page.session().press(&format!("-host:\"no such\" flows>0{ENTER}"))?;
        wait_for_hash(&page, "#v1:filter=-host:%22no%20such%22%20flows%3E0&mode=as-logged")?;
        page.restart(|page| run(page, "location.reload()").map(drop))?;
        page.load(&[repository().join("tests/fixtures/appliance.json")])?;
        wait_for_chips(&page, "-host:\"no such\"|flows>0")?;
        let pressed =
            "return document.querySelector('[data-testid=\"mode-as-logged\"]').getAttribute('aria-pressed')";
        assert_eq!(run(&page, pressed)?, "true");
        run(&page, "location.hash = '#v99:everything=different'")?;
        page.wait("it says so", "return document.querySelector('[data-testid=\"unknown-place\"]') !== null")?;
        wait_for_chips(&page, "-host:\"no such\"|flows>0")?;
        assert_eq!(page.violations()?, Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn every_screen_has_its_address_and_its_way_back() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    example(&page)?;
    // A finding opens its conversations, one of them its evidence; each step back is one.
    page.click("tab-findings")?;
    wait_for_hash(&page, "#v1:screen=findings")?;
    page.wait_for("finding-show")?;
    page.wait_until_still("finding-show")?;
    page.click("finding-show")?;
    page.wait_for("flow-row")?;
    page.wait(
        "the filter is that of the finding",
        "return location.hash.startsWith('#v1:screen=flows&filter=')",
    )?;
    page.wait_until_still("flow-row")?;
    page.click("flow-row")?;
    page.wait_for("flow-evidence")?;
    page.wait("a conversation is not in the address", "return !location.hash.includes('open')")?;
    page.wait(
        "it says where this is",
        "return document.querySelectorAll('[data-testid=\"crumbs\"] li').length === 3",
    )?;
    run(&page, "history.back()")?;
    page.wait(
        "the panel is closed",
        "return document.querySelector('[data-testid=\"flow-evidence\"]') === null",
    )?;
    page.wait("the list is there", "return document.querySelector('[data-testid=\"flow-row\"]') !== null")?;
    run(&page, "history.back()")?;
    page.wait_for("findings-list")?;
    wait_for_hash(&page, "#v1:screen=findings")?;
    // Every other screen and what is chosen there.
    for (tab, choice, hash) in [
        ("tab-findings", "findings-compare", "#v1:screen=findings&compare=1"),
        ("tab-review", "review-denied", "#v1:screen=review&review=denied&compare=1"),
        ("tab-rules", "rules-simulate", "#v1:screen=rules&review=denied&rules=simulate&compare=1"),
        ("tab-matrix", "transpose", "#v1:review=denied&rules=simulate&transpose=1&compare=1"),
    ] {
        page.click(tab)?;
        page.wait_for(choice)?;
        page.wait_until_still(choice)?;
        page.click(choice)?;
        wait_for_hash(&page, hash)?;
    }
    // A row of the matrix in the list: the way back is written above it.
    run(&page, "document.querySelector('[data-testid=\"matrix\"]').focus()")?;
    page.session().press(&format!("{DOWN}{LEFT}{ENTER}"))?;
    page.wait_for("everything")?;
    page.wait_until_still("list-flows")?;
    page.click("list-flows")?;
    page.wait_for("crumbs")?;
    run(&page, "document.querySelector('[data-testid=\"crumbs\"] button').click()")?;
    page.wait_for("matrix")?;
    page.wait(
        "nothing is selected",
        "return document.querySelector('[data-testid=\"everything\"]') === null",
    )?;
    // Texts that are no places do no harm, and what they do say right is taken.
    for hash in
        ["#v1:%", "#%E0%A4%A", "#top", "#v0:x", "#v1:filter=((&screen=nowhere&cut=99,a&rules=9&zoom=77&mode"]
    {
        run(&page, &format!("location.hash = {hash:?}"))?;
        page.wait("nothing is chosen", "return document.querySelector('[data-testid=\"transpose\"]')?.getAttribute('aria-pressed') === 'false'")?;
        wait_for_chips(&page, "")?;
        page.click("transpose")?;
        page.wait("the page works", "return document.querySelector('[data-testid=\"transpose\"]').getAttribute('aria-pressed') === 'true'")?;
    }
    run(&page, "location.hash = '#v1:screen=rules&rules=audit&filter=((&zoom=fit'")?;
    let pressed = "return document.querySelector('[data-testid=\"rules-audit\"]')?.getAttribute('aria-pressed') === 'true'";
    page.wait("the part is open", pressed)?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn keys_are_listed_and_can_be_switched_off() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    example(&page)?;
    page.session().press("?")?;
    page.wait(
        "the list is open",
        "return document.querySelector('[data-testid=\"shortcuts\"]')?.open === true",
    )?;
    page.click("single-keys")?;
    page.session().press(ESCAPE)?;
    page.wait("the list is closed", "return document.querySelector('[data-testid=\"shortcuts\"]') === null")?;
    page.session().press("/?")?;
    assert_eq!(run(&page, "return document.activeElement.dataset.testid !== 'filter-input'")?, true);
    assert_eq!(run(&page, "return document.querySelector('[data-testid=\"shortcuts\"]') === null")?, true);
    page.click("help")?;
    page.wait(
        "the button opens it",
        "return document.querySelector('[data-testid=\"shortcuts\"]')?.open === true",
    )?;
    Ok(())
}
