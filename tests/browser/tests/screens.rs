//! The page as its users go about it: by keyboard, by table, by file and by drop.

use azflow_browser_tests::{Browser, Outcome, Over, Stage, fixture, native_output, repository};
use serde_json::Value;

const DOWN: &str = "\u{e015}";
const RIGHT: &str = "\u{e014}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn the_page_says_which_version_of_which_commit_it_is() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let source =
        page.session().run("return document.querySelector('meta[name=azflow-source]').content", &[])?;
    let source = source.as_str().unwrap_or_default();
    assert!(source.starts_with("commit "), "{source}");
    let version = native_output(&["--version"])?;
    let shown = format!("{}, {source}", version.trim());
    assert_eq!(page.text("version")?, shown, "on the start screen");
    page.load(&[fixture("appliance.json")])?;
    page.session()
        .run("document.querySelector('.promise-menu:has([data-testid=version])').open = true", &[])?;
    assert_eq!(page.text("version")?, shown, "in the menu about the promise");
    Ok(())
}

#[test]
fn the_matrix_is_worked_by_keyboard_alone() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("appliance.json")])?;
    page.wait(
        "the matrix is drawn",
        "return document.querySelector('[data-testid=\"breakdown\"] h2') !== null",
    )?;
    page.session().run("document.querySelector('[data-testid=\"matrix\"]').focus()", &[])?;
    // The first key goes to the first cell; the pair is in the first row's second column.
    page.session().press(&format!("{DOWN}{RIGHT}{ENTER}"))?;
    page.wait(
        "the pair's details are shown",
        "return document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent === '10.1.0.0/24 → 10.2.0.0/24'",
    )?;
    let details = page.text("breakdown")?;
    assert!(details.contains("4 allowed") && details.contains("9 denied"), "{details}");
    page.session().press(ESCAPE)?;
    page.wait(
        "everything is shown",
        "return document.querySelector('[data-testid=\"breakdown\"] h2')?.textContent === 'Everything'",
    )?;
    Ok(())
}

#[test]
fn the_table_twin_has_the_summarys_figures() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.wait(
        "the table is there",
        "return document.querySelector('[data-testid=\"matrix-table\"] td[data-allowed]') !== null",
    )?;
    for mode in ["mode-conversations", "mode-as-logged"] {
        page.click(mode)?;
        let summary: Value = serde_json::from_str(&page.summary()?)?;
        let expected: u64 = summary["pairs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| p["allowed_flows"].as_u64())
            .sum();
        let script = format!(
            "let sum = 0; for (const td of document.querySelectorAll('[data-testid=\"matrix-table\"] td[data-allowed]')) sum += +td.dataset.allowed;
             return sum === {expected}"
        );
        page.wait("the table adds up to the summary", &script)?;
        let read = page.session().run(
            "const table = document.querySelector('[data-testid=\"matrix-table\"]');
             const heads = [...table.querySelectorAll('thead th')].slice(1).map((th) => th.textContent);
             return [...table.querySelectorAll('tbody tr')].flatMap((tr) => {
                 const src = tr.querySelector('th').textContent;
                 return [...tr.querySelectorAll('td')].map((td, i) => [src, heads[i], td.dataset.allowed, td.dataset.denied]);
             }).filter((cell) => cell[2] !== undefined).sort()",
            &[],
        )?;
        let mut pairs: Vec<Value> = Vec::new();
        for pair in summary["pairs"].as_array().into_iter().flatten() {
            let number = |key: &str| pair[key].to_string();
            pairs.push(serde_json::json!([
                pair["src"],
                pair["dst"],
                number("allowed_flows"),
                number("denied_flows")
            ]));
        }
        let key = |v: &Value| (v[0].as_str().map(str::to_owned), v[1].as_str().map(str::to_owned));
        let mut cells: Vec<Value> = read.as_array().cloned().unwrap_or_default();
        pairs.sort_by_key(key);
        cells.sort_by_key(key);
        assert_eq!(cells, pairs, "{mode}");
    }
    Ok(())
}

#[test]
fn prefix_lengths_and_modes_change_the_summary_at_once() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("nsg_v2.json")])?;
    page.wait("the matrix is drawn", "return document.querySelector('[data-testid=\"prefix4\"]') !== null")?;
    page.session().run(
        "const select = document.querySelector('[data-testid=\"prefix4\"]');
         select.selectedIndex = 0; select.dispatchEvent(new Event('change', { bubbles: true }));",
        &[],
    )?;
    page.click("mode-as-logged")?;
    let summary: Value = serde_json::from_str(&page.summary()?)?;
    assert_eq!(summary["mode"], "as-logged");
    assert_eq!(summary["pairs"][0]["src"], "10.0.0.0/16");
    Ok(())
}

#[test]
fn problems_are_listed_and_a_file_of_another_kind_is_explained() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("audit.json")])?;
    page.wait(
        "the problem is listed",
        "return document.querySelector('[data-testid=\"issues-list\"]') !== null",
    )?;
    assert!(page.text("issues-list")?.contains("wrong-kind"));
    page.load(&[fixture("truncated.json"), fixture("nsg_v1.json")])?;
    page.click("tab-data")?;
    page.wait(
        "all problems are listed",
        "return document.querySelectorAll('[data-testid=\"issues-list\"] li').length === 2",
    )?;
    let issues = page.text("issues-list")?;
    assert!(issues.contains("truncated") && issues.contains("record 1"), "{issues}");
    Ok(())
}

#[test]
fn queries_for_kusto_are_written_before_anything_is_loaded() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.click("open-scale-out")?;
    page.click("kusto-ana")?;
    let fill = "const fill = (id, day) => {
        const input = document.querySelector(`[data-testid=\"${id}\"]`);
        input.value = day; input.dispatchEvent(new Event('input', { bubbles: true }));
    };";
    page.session()
        .run(&format!("{fill} fill('kusto-first', '2026-10-01'); fill('kusto-last', '2026-10-03');"), &[])?;
    page.click("kusto-write")?;
    page.wait("the queries are written", "return !!document.querySelector('[data-testid=\"kusto-query\"]')")?;
    assert!(page.text("kusto-written")?.starts_with("3\u{a0}queries"), "{}", page.text("kusto-written")?);
    // The very text that the native twin prints, which is checked by the language service.
    let twin = native_output(&["kql", "--from", "ana", "--start", "2026-10-01", "--end", "2026-10-04"])?;
    let query = page.text("kusto-query")?;
    assert!(query.contains("AzureNetworkAnalytics_CL"), "{query}");
    assert!(twin.contains(&query), "page and native twin differ");
    // A last day before the first is no window.
    page.session().run(&format!("{fill} fill('kusto-last', '2026-09-30');"), &[])?;
    let off = "return document.querySelector('[data-testid=\"kusto-write\"]').disabled";
    page.wait("the button is off", off)?;
    assert!(page.violations()?.is_empty());
    Ok(())
}

#[test]
fn saving_writes_a_file() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("vnet.json")])?;
    page.click("save-summary")?;
    let file = stage.saved().join("azflow-summary.json");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !file.is_file() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let golden = repository().join("tests/fixtures/summaries/vnet.json.conversations.json");
    assert_eq!(std::fs::read_to_string(file)?, std::fs::read_to_string(golden)?);
    Ok(())
}

#[test]
fn every_screen_is_there_in_both_themes_and_widths() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    for theme in ["light", "dark"] {
        for (width, height) in [(1280, 900), (1920, 1080)] {
            let page = stage.open(Over::File)?;
            page.theme(theme)?;
            page.session().resize(width, height)?;
            page.screenshot(&format!("start-{theme}-{width}"))?;
            page.click("example")?;
            page.wait_for_status("ready")?;
            page.screenshot(&format!("example-{theme}-{width}"))?;
            page.click("tab-network")?;
            page.screenshot(&format!("network-{theme}-{width}"))?;
            page.click("tab-data")?;
            page.screenshot(&format!("data-{theme}-{width}"))?;
            assert!(page.is_no_wider_than_its_window()?, "the page is wider than its window at {width}");
            page.clear()?;
        }
    }
    Ok(())
}
