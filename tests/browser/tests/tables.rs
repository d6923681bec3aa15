//! Tables that need a word from the user, what the browser keeps, and questions.

use azflow_browser_tests::{
    Browser, Outcome, Over, Page, Stage, fixture, native_output, native_summary, native_summary_with,
};
use serde_json::Value;

fn wait_for_words(page: &Page<'_>, id: &str, words: &str) -> Outcome {
    let script = format!(
        "return (document.querySelector('[data-testid=\"{id}\"]')?.textContent ?? '').includes({words:?})"
    );
    page.wait(&format!("{id} says {words}"), &script).map(drop)
}

fn choose(page: &Page<'_>, id: &str, option: &str) -> Outcome {
    let script = format!(
        "const select = document.querySelector('[data-testid=\"{id}\"]');
         select.selectedIndex = [...select.options].findIndex((o) => o.text === {option:?});
         select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    page.session().run(&script, &[]).map(drop)
}

const COLUMNS: [&str; 16] = [
    "--column",
    "Zeitpunkt=time",
    "--column",
    "Von=source",
    "--column",
    "Nach=destination",
    "--column",
    "Zielport=port",
    "--column",
    "Protokoll=protocol",
    "--column",
    "Aktion=decision",
    "--column",
    "Treffer=flows",
    "--column",
    "Bemerkung=",
];

#[test]
fn what_is_said_about_a_table_reads_it_as_the_twins_options_do() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let files = [fixture("unknown_headings.csv"), fixture("nsg_v2.json")];
    page.load(&files)?;
    page.click("tab-data")?;
    page.wait_for("tell-columns")?;
    page.click("tell-columns")?;
    wait_for_words(&page, "mapping", "Datenbank; die alte")?;
    // What is guessed can be taken away, and then it is missing.
    choose(&page, "column-0", "– not used –")?;
    wait_for_words(&page, "missing-columns", "a time")?;
    choose(&page, "column-0", "time")?;
    choose(&page, "column-6", "number of flows")?;
    page.click("apply-columns")?;
    wait_for_words(&page, "tables", "read as you said")?;
    page.wait_for_status("ready")?;
    // Nothing was counted of it, so the other source was not read again.
    assert!(page.status()?.contains("1\u{a0}file"), "{}", page.status()?);
    assert_eq!(page.summary()?, native_summary_with(&COLUMNS, &files)?);
    page.click("day-first")?;
    page.wait(
        "the order is turned",
        "return document.querySelector('[data-testid=\"day-first\"]')?.ariaPressed === 'true'",
    )?;
    page.wait_for_status("ready")?;
    let options: Vec<&str> = COLUMNS.into_iter().chain(["--date-order", "day-first"]).collect();
    let summary = page.summary()?;
    assert_eq!(summary, native_summary_with(&options, &files)?);
    assert!(summary.contains("2026-04-03T10:00:00.000Z"));
    // Without the column of decisions it can be said of every row, and only then.
    page.click("tell-columns")?;
    page.wait_for("mapping")?;
    assert_eq!(
        page.session().run("return document.querySelector('[data-testid=\"every-decision\"]')", &[])?,
        Value::Null
    );
    choose(&page, "column-5", "– not used –")?;
    wait_for_words(&page, "missing-columns", "allowed or denied")?;
    choose(&page, "every-decision", "denied")?;
    wait_for_words(&page, "missing-columns", "Everything")?;
    page.click("apply-columns")?;
    wait_for_words(&page, "issues-list", "every row counts as denied")?;
    page.wait_for_status("ready")?;
    let options: Vec<&str> = options
        .into_iter()
        .map(|option| if option == "Aktion=decision" { "Aktion=" } else { option })
        .chain(["--every-row", "decision=denied"])
        .collect();
    assert_eq!(page.summary()?, native_summary_with(&options, &files)?);
    // Nothing was to be remembered.
    assert_eq!(page.session().run("return localStorage.length", &[])?, 0);
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_browser_keeps_what_it_is_asked_to_until_it_is_told_to_forget() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("appliance.json"), fixture("az_vnet_list.json"), fixture("unknown_headings.csv")])?;
    page.click("tab-data")?;
    page.wait_for("remember-table")?;
    page.click("remember-table")?;
    page.click("tell-columns")?;
    page.click("apply-columns")?;
    wait_for_words(&page, "kept", "1\u{a0}kind of table")?;
    page.click("tab-network")?;
    page.wait_for("remember-network")?;
    page.session().run(
        "const fill = (id, text) => { const input = document.querySelector(`[data-testid=\"${id}\"]`);
             input.value = text; input.dispatchEvent(new Event('input', { bubbles: true })); };
         fill('name-prefix', '10.1.0.0/28');",
        &[],
    )?;
    page.session().run(
        "const input = document.querySelector('[data-testid=\"name-subnet\"]');
         input.value = 'Shop'; input.dispatchEvent(new Event('input', { bubbles: true }));",
        &[],
    )?;
    page.click("name-give")?;
    page.wait_for("remember-names")?;
    page.click("remember-names")?;
    page.click("remember-network")?;
    page.wait(
        "all is kept",
        "return (localStorage.getItem('azflow.kept.1') ?? '').includes('AddressPrefix') ||
        (localStorage.getItem('azflow.kept.1') ?? '').includes('addressPrefix')",
    )?;
    let kept = page.session().run("return localStorage.getItem('azflow.kept.1')", &[])?;
    let kept = kept.as_str().unwrap_or_default();
    assert!(kept.contains("Shop") && kept.contains("Zeitpunkt"), "{kept}");
    // Of logs nothing: neither an address of a flow nor a rule.
    assert!(!kept.contains("10.1.0.4") && !kept.contains("UserRule"), "{kept}");
    let before: Value = serde_json::from_str(&page.summary()?)?;

    let page = stage.open(Over::File)?;
    page.wait_for("forget-kept")?;
    page.load(&[fixture("appliance.json"), fixture("unknown_headings.csv")])?;
    page.wait_for("kept-in-use")?;
    let after: Value = serde_json::from_str(&page.summary()?)?;
    assert_eq!(after["pairs"], before["pairs"]);
    assert_eq!(after["totals"], before["totals"]);
    page.click("tab-data")?;
    page.wait_for("forget-kept")?;
    page.click("forget-kept")?;
    wait_for_words(&page, "kept", "Nothing.")?;
    assert_eq!(page.session().run("return localStorage.length", &[])?, 0);
    Ok(())
}

#[test]
fn a_browser_that_keeps_nothing_is_said_and_nothing_else_happens() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.session().run(
        "Storage.prototype.setItem = () => { throw new DOMException('no room', 'QuotaExceededError'); }",
        &[],
    )?;
    page.load(&[fixture("appliance.json"), fixture("unknown_headings.csv")])?;
    page.click("tab-data")?;
    page.wait_for("remember-table")?;
    page.click("remember-table")?;
    page.click("tell-columns")?;
    page.click("apply-columns")?;
    wait_for_words(&page, "tables", "read as you said")?;
    wait_for_words(&page, "not-kept", "no room")?;
    assert!(page.text("kept")?.contains("Nothing."), "{}", page.text("kept")?);
    Ok(())
}

#[test]
fn exports_load_through_the_page_and_an_hour_that_is_here_as_raw_log_too_counts_once() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let files = [fixture("raw_of_exported_hour.json"), fixture("nta_adx.csv"), fixture("ana_schema1.csv")];
    page.drop_files(&files)?;
    page.wait_for_status("ready")?;
    page.click("tab-data")?;
    page.wait(
        "the overlap is told",
        "return (document.querySelector('.overlaps')?.textContent ?? '').includes('000D3A112233')",
    )?;
    assert_eq!(page.summary()?, native_summary(&files)?);
    Ok(())
}

#[test]
fn a_question_opens_its_screen_with_its_filter_and_its_query() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.click("example")?;
    page.wait_for_status("ready")?;
    page.click("questions")?;
    page.click("question-denied")?;
    wait_for_words(&page, "filter-chip", "decision:denied")?;
    wait_for_words(&page, "question", "What is denied")?;
    page.click("question-kql")?;
    page.click("question-ana")?;
    wait_for_words(&page, "question-query", "AzureNetworkAnalytics_CL")?;
    page.click("questions")?;
    page.click("question-coverage")?;
    page.wait_for("coverage")?;
    assert!(page.text("filter-chip")?.is_empty());
    page.click("question-close")?;
    page.wait("it is gone", "return document.querySelector('[data-testid=\"question\"]') === null")?;

    // The filter is in the queries for Kusto, and what can't be is said.
    page.session().run("document.querySelector('[data-testid=\"filter-input\"]').focus()", &[])?;
    let filter = "port:445 path:within-network time:2026-10-01T08:04..2026-10-01T08:20";
    page.session().press(&format!("{filter}\u{e007}"))?;
    page.wait_for("filter-chip")?;
    page.session().run(
        "for (const [id, day] of [['kusto-first', '2026-10-01'], ['kusto-last', '2026-10-01']]) {
             const input = document.querySelector(`[data-testid=\"${id}\"]`);
             input.value = day; input.dispatchEvent(new Event('input', { bubbles: true }));
         }",
        &[],
    )?;
    page.click("kusto-write")?;
    wait_for_words(&page, "kusto-filter", "path:within-network")?;
    // So is that the rows of a table can't be cut finer than an hour.
    wait_for_words(&page, "kusto-hours", "time:2026-10-01T08:00..2026-10-01T09:00")?;
    let query = page.text("kusto-query")?;
    let twin = native_output(&[
        "kql",
        "--from",
        "nta",
        "--start",
        "2026-10-01",
        "--end",
        "2026-10-02",
        "--filter",
        filter,
    ])?;
    assert!(query.contains("| where (DestPort between (445 .. 445)"), "{query}");
    assert!(twin.contains(query.trim()), "{twin}");
    assert!(twin.starts_with("// not in the queries: path:within-network"), "{twin}");
    Ok(())
}
