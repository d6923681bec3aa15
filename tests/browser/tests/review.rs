//! From traffic to rules, by keyboard, as a reviewer goes about it.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, repository, target_dir};
use serde_json::json;

fn wait_for_text(page: &Page<'_>, id: &str, words: &str) -> Outcome {
    let script = format!(
        "return (document.querySelector('[data-testid=\"{id}\"]')?.textContent ?? '').includes({words:?})"
    );
    page.wait(&format!("{id} says {words}"), &script).map(drop)
}

#[test]
fn a_review_becomes_rules_by_keyboard_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.enter("example")?;
    page.wait_for_status("ready")?;
    page.enter("tab-review")?;
    wait_for_text(&page, "review-progress", "0 of 25 decided")?;
    // Each key marks the row and goes on to the next.
    page.focus("review-row")?;
    page.session().press("nnxa")?;
    wait_for_text(&page, "review-progress", "3 of 25 decided")?;
    let pressed = "return [...document.querySelectorAll('[data-testid=\"review-row\"]')].slice(0, 4)
        .map((row) => row.querySelector('[aria-pressed=\"true\"]')?.dataset.testid).join()";
    assert_eq!(page.session().run(pressed, &[])?, "mark-needed,mark-needed,mark-not-needed,mark-ask");
    // An owner, typed: n, x and a are letters there.
    page.focus("review-row")?;
    page.session().press("o")?;
    page.session().press("anna x\u{E004}")?;
    page.wait(
        "the owner is kept",
        "return document.querySelector('[data-testid=\"review-owner\"]').value === 'anna x' && document.activeElement.dataset.testid === 'review-note'",
    )?;
    // Of the rows shown two are decided otherwise: that is asked first.
    page.enter("review-bulk-needed")?;
    wait_for_text(&page, "review-overwrite", "Overwrite 2\u{a0}decisions?")?;
    page.enter("overwrite-all")?;
    wait_for_text(&page, "review-progress", "25 of 25 decided")?;
    page.enter("tab-rules")?;
    page.enter("rules-draft")?;
    page.enter("draft-only-needed")?;
    page.enter("draft-format-terraform")?;
    wait_for_text(&page, "draft-text", "azurerm_network_security_group")?;
    assert!(page.text("draft-figures")?.contains("address-ports opened, never seen"));
    assert!(page.text("draft-rules")?.contains("Deny"));
    // Remote desktop from the Internet is told by a word, not by its colour alone.
    let serious = page.text("draft-serious")?;
    assert!(serious.contains("! serious") && serious.contains("tcp/3389"), "{serious}");
    assert!(serious.contains("let in by") && serious.contains("marked as needed"), "{serious}");
    fold_and_open(&page)?;
    page.enter("rules-simulate")?;
    wait_for_text(&page, "fate-would-break", "would break")?;
    let broken = "return document.querySelector('[data-testid=\"fate-would-break\"] b').textContent";
    assert_eq!(page.session().run(broken, &[])?, "0", "nothing that is needed breaks");
    page.enter("fate-kept")?;
    page.wait(
        "its conversations",
        "return document.querySelectorAll('[data-testid=\"simulation-flows\"] tbody tr').length > 0",
    )?;
    for (width, height) in [(1280, 900), (1920, 1080)] {
        page.session().resize(width, height)?;
        assert!(page.is_no_wider_than_its_window()?, "the page is wider than its window at {width}");
    }
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

/// Presses a key while others are held.
fn chord(page: &Page<'_>, held: &str, key: &str) -> Outcome {
    let action = |kind: &'static str| move |c: char| json!({ "type": kind, "value": c.to_string() });
    let down = held.chars().chain(key.chars()).map(action("keyDown"));
    let up = key.chars().chain(held.chars()).map(action("keyUp"));
    let actions: Vec<_> = down.chain(up).collect();
    page.session().actions(&json!([{ "type": "key", "id": "keyboard", "actions": actions }]))
}

#[test]
fn marks_are_asked_for_before_they_overwrite_and_undone_where_they_were_made() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.enter("example")?;
    page.wait_for_status("ready")?;
    page.enter("tab-review")?;
    wait_for_text(&page, "review-progress", "0 of 25 decided")?;
    let (undo, redo) = (|| chord(&page, "\u{E009}", "z"), || chord(&page, "\u{E009}\u{E008}", "z"));
    let is_open = |open: bool| {
        let script = format!(
            "return (document.querySelector('[data-testid=\"review-overwrite\"]') !== null) === {open}"
        );
        page.wait(&format!("the question is open: {open}"), &script).map(drop)
    };
    page.focus("review-row")?;
    page.session().press("nxa")?;
    wait_for_text(&page, "review-progress", "2 of 25 decided")?;
    // Escape keeps everything, and the focus is where it was.
    page.enter("review-bulk-needed")?;
    wait_for_text(&page, "review-overwrite", "1 “not needed”, 1 “ask”")?;
    page.session().press("\u{E00C}")?;
    is_open(false)?;
    wait_for_text(&page, "review-progress", "2 of 25 decided")?;
    page.wait("the focus is back", "return document.activeElement.dataset.testid === 'review-bulk-needed'")?;
    // Only what nothing else is said of.
    page.enter("review-bulk-needed")?;
    is_open(true)?;
    page.enter("overwrite-others")?;
    wait_for_text(&page, "review-progress", "24 of 25 decided")?;
    is_open(false)?;
    // One step back for all of them, one for each key; and forth again.
    undo()?;
    wait_for_text(&page, "review-undone", "Undone: 22\u{a0}services")?;
    wait_for_text(&page, "review-progress", "2 of 25 decided")?;
    undo()?;
    undo()?;
    wait_for_text(&page, "review-progress", "1 of 25 decided")?;
    for decided in ["2 of 25", "2 of 25", "24 of 25"] {
        redo()?;
        wait_for_text(&page, "review-progress", &format!("{decided} decided"))?;
    }
    // In a field the key is the field's own.
    page.focus("review-owner")?;
    page.session().press("anna")?;
    undo()?;
    wait_for_text(&page, "review-progress", "24 of 25 decided")?;
    // At the filter it is the filter's.
    page.session().run(
        "const button = document.querySelector('[data-testid=\"undo\"]'); button.disabled = false; button.focus(); return true",
        &[],
    )?;
    undo()?;
    page.wait(
        "the screen before",
        "return document.querySelector('[data-testid=\"review-progress\"]') === null",
    )?;
    // Elsewhere no mark is undone.
    undo()?;
    page.enter("tab-review")?;
    wait_for_text(&page, "review-progress", "24 of 25 decided")?;
    // Taken back all at once, which is asked for too.
    page.enter("review-bulk-clear")?;
    wait_for_text(&page, "review-overwrite", "Take back 25\u{a0}decisions?")?;
    page.enter("overwrite-all")?;
    wait_for_text(&page, "review-progress", "0 of 25 decided")?;
    page.enter("review-undo")?;
    wait_for_text(&page, "review-progress", "24 of 25 decided")?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

/// A group of the draft folds and opens again, and says which of both it is.
fn fold_and_open(page: &Page<'_>) -> Outcome {
    let stands = |open: bool| {
        let script = format!(
            "const group = document.querySelector('[data-testid=\"draft-group\"]');
            const rules = group.querySelectorAll('tbody tr').length > 0;
            return group.querySelector('.fold').ariaExpanded === '{open}' && rules === {open}"
        );
        page.wait(&format!("the first group is open: {open}"), &script)
    };
    for open in [true, false] {
        stands(open)?;
        let focus = "const fold = document.querySelector('.fold'); fold.focus(); return document.activeElement === fold";
        assert_eq!(page.session().run(focus, &[])?, true, "a group's name takes no focus");
        page.session().press("\u{E007}")?;
    }
    stands(true).map(drop)
}

#[test]
fn a_review_is_taken_in_from_a_file_and_from_a_table() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let folder = target_dir().join("review-files");
    std::fs::create_dir_all(&folder)?;
    let (review, table) = (folder.join("thursday.json"), folder.join("back.csv"));
    std::fs::write(
        &review,
        r#"{"schema":"azflow.review/1","services":[{"source":"10.1.0.0/24","destination":"10.2.0.0/24","protocol":"tcp","port":443,"decision":"needed","owner":"","note":"<b>shop</b>"}]}"#,
    )?;
    std::fs::write(
        &table,
        "\u{feff}source;destination;protocol;port;decision;owner;note\r\n10.1.0.0/24;10.2.0.0/24;tcp;443;no;Bert;\r\n",
    )?;
    let page = stage.open(Over::File)?;
    // A review alone is no log: the page waits for those.
    page.choose(std::slice::from_ref(&review))?;
    page.wait(
        "the start screen says so",
        "return document.body.textContent.includes('1\u{a0}mark is open')",
    )?;
    page.load(&[repository().join("tests/fixtures/appliance.json")])?;
    page.enter("tab-review")?;
    wait_for_text(&page, "review-taken", "1\u{a0}mark taken in")?;
    let input = page.session().find("[data-testid=\"review-csv-in\"]")?;
    page.session().type_into(&input, &table.to_string_lossy())?;
    wait_for_text(&page, "review-taken", "before “needed”")?;
    assert_eq!(
        page.session().run("return document.querySelector('.review-screen b b')", &[])?,
        serde_json::Value::Null
    );
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}
