//! Files compared with other files: kept while others are loaded in their place, or read from a saved summary.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, repository, target_dir};

/// What the table of the comparison says of each row: change and source.
const ROWS: &str = "return [...document.querySelectorAll('[data-testid=\"compare-table\"] tbody tr')]
    .map((row) => row.children[0].textContent + ' ' + row.children[1].textContent).join(', ')";

fn says(page: &Page<'_>, what: &str, words: &str) -> Outcome {
    let words = serde_json::to_string(words)?;
    let script = format!(
        "return document.querySelector('[data-testid=\"{what}\"]')?.textContent.includes({words}) === true"
    );
    page.wait(&format!("{what} says {words}"), &script).map(drop)
}

#[test]
fn files_are_compared_with_others_in_their_place_and_with_a_saved_summary() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let fixture = |name: &str| repository().join("tests/fixtures").join(name);
    page.load(&[fixture("vnet.json")])?;
    let saved = target_dir().join("earlier-summary.json");
    std::fs::write(&saved, page.summary()?)?;
    page.click("tab-findings")?;
    page.wait_for("findings-compare")?;
    page.click("findings-compare")?;
    page.wait_for("compare-before")?;
    page.click("compare-keep")?;
    says(&page, "compare-side", "1\u{a0}source")?;
    // Beside itself nothing is new or gone.
    says(&page, "compare-summary", "as before")?;

    // It outlives the files.
    page.clear()?;
    page.load(&[fixture("nsg_v2.json")])?;
    page.click("tab-findings")?;
    page.wait_for("compare-side")?;
    says(&page, "compare-summary", "gone")?;
    let kept = page.session().run(ROWS, &[])?;
    assert!(kept.as_str().is_some_and(|rows| rows.contains("gone") && rows.contains("new")), "{kept}");
    // Nothing here is to be shown of what is only there.
    let buttons = "return [...document.querySelectorAll('[data-testid=\"compare-table\"] tbody tr')]
        .every((row) => (row.querySelector('[data-testid=\"compare-show\"]') === null) === row.textContent.startsWith('gone'))";
    assert_eq!(page.session().run(buttons, &[])?, true);

    // The saved summary says the same, noise included, and a filter is as near as before.
    let input = page.session().find("[data-testid=\"compare-open\"]")?;
    page.session().type_into(&input, &saved.to_string_lossy())?;
    says(&page, "compare-side", "earlier-summary.json")?;
    says(&page, "compare-summary", "gone")?;
    page.click("compare-filter")?;
    page.wait_for("compare-before")?;
    page.click("compare-kept")?;
    says(&page, "compare-side", "earlier-summary.json")?;

    // What is none is refused, and what was kept stays.
    let input = page.session().find("[data-testid=\"compare-open\"]")?;
    page.session().type_into(&input, &fixture("vnet.json").to_string_lossy())?;
    page.wait(
        "the file is refused",
        "return document.querySelector('[role=\"alert\"]')?.textContent.includes('azflow.summary/1') === true",
    )?;
    says(&page, "compare-side", "earlier-summary.json")?;

    // One too large to be taken whole is not read at all, and the next choice takes the words away.
    let large = stage.saved().join("large.json");
    std::fs::File::create(&large)?.set_len(64_000_001)?;
    let input = page.session().find("[data-testid=\"compare-open\"]")?;
    page.session().type_into(&input, &large.to_string_lossy())?;
    says(&page, "compare-open-refused", "large.json has 64")?;
    says(&page, "compare-side", "earlier-summary.json")?;
    let input = page.session().find("[data-testid=\"compare-open\"]")?;
    page.session().type_into(&input, &saved.to_string_lossy())?;
    page.wait(
        "no words are left",
        "return !document.querySelector('[data-testid=\"compare-open-refused\"]')",
    )?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}
