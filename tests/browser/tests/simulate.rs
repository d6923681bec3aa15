//! What a draft does to the traffic, seen where it lies: the matrix by outcome with its table, the change rule by rule,
//! and which rule decides between machines that are called by their names.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, repository};
use serde_json::Value;

/// The numbers of a script, as they stand on the page.
fn numbers(page: &Page<'_>, script: &str) -> Outcome<Vec<u64>> {
    let found = page.session().run(script, &[])?;
    let number = |value: &Value| -> String {
        value.as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect()
    };
    let found = found.as_array().cloned().unwrap_or_default();
    Ok(found.iter().map(|value| number(value).parse().unwrap_or_default()).collect())
}

#[test]
fn what_a_draft_does_is_seen_in_the_matrix_and_leads_to_its_conversations() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.enter("example")?;
    page.wait_for_status("ready")?;
    page.enter("tab-rules")?;
    page.enter("rules-draft")?;
    // Beside the rules of the draft stands what becomes of the traffic there.
    page.wait(
        "the draft is simulated",
        "return document.querySelector('[data-testid=\"draft-outcomes\"]:not([aria-busy])') !== null
            && document.querySelectorAll('[data-testid=\"draft-rules\"] .outcomes [data-fate=\"fate-kept\"]').length > 0",
    )?;
    // A number leads to the conversations that it counts.
    let first =
        "const one = document.querySelector('[data-testid=\"draft-rules\"] button[data-fate=\"fate-kept\"]');
        one.focus(); return [one.firstChild.textContent]";
    let counted = numbers(&page, first)?;
    page.session().press("\u{E007}")?;
    page.wait_for("simulation-flows")?;
    let shown =
        "const rows = document.querySelectorAll('[data-testid=\"simulation-flows\"] tbody tr').length;
        const of = document.querySelector('[data-testid=\"simulation-flows\"] > .hint');
        return [of === null ? String(rows) : of.textContent.split(' of ')[1].split(' ')[0]]";
    assert_eq!(numbers(&page, shown)?, counted);

    // The matrix, its table and the totals have the same numbers.
    page.wait_for("simulation-matrix")?;
    let totals =
        numbers(&page, "return [...document.querySelectorAll('.fates .fate b')].map((b) => b.textContent)")?;
    let more = "const more = document.querySelector('[data-testid=\"simulation-pairs\"]').closest('section').querySelector('.more button');
        more?.click(); return more !== null";
    if page.session().run(more, &[])? == true {
        page.wait(
            "all pairs are listed",
            "return document.querySelector('[data-testid=\"simulation-pairs\"]').closest('section').querySelector('.more button') === null",
        )?;
    }
    let cells = "return [...document.querySelectorAll('[data-testid=\"simulation-pairs\"] tbody tr')]
        .flatMap((row) => [...row.querySelectorAll('td.n')].map((cell) => cell.textContent))";
    let mut sums = [0; 5];
    for (at, count) in numbers(&page, cells)?.into_iter().enumerate() {
        sums[at % 5] += count;
    }
    assert_eq!(totals, sums);
    let summary =
        page.session().run("return document.querySelector('[data-testid=\"matrix\"]').ariaLabel", &[])?;
    let summary = summary.as_str().unwrap_or_default().replace(',', "");
    assert!(summary.contains(&format!("{} kept", totals[0])), "{summary}");
    // Each outcome is told apart by its colour and by a sign or word.
    let legend = "return [...document.querySelectorAll('[data-testid=\"simulation-legend\"] li')]
        .map((one) => one.textContent + getComputedStyle(one.querySelector('rect')).fill)";
    let legend = page.session().run(legend, &[])?;
    let legend: std::collections::BTreeSet<String> =
        legend.as_array().into_iter().flatten().map(|one| one.to_string()).collect();
    assert_eq!(legend.len(), 6, "{legend:?}");

    // By keyboard: a row's header, and its conversations.
    page.session().run("document.querySelector('[data-testid=\"matrix\"]').focus()", &[])?;
    page.session().press("\u{E015}\u{E012}\u{E012}")?;
    page.wait(
        "the line of words speaks of a row",
        "return document.querySelector('[data-testid=\"matrix-status\"]').textContent.startsWith('All from')",
    )?;
    let said = "return [document.querySelector('[data-testid=\"matrix-status\"]').textContent.split(': ')[1].split(' ')[0]]";
    let said = numbers(&page, said)?;
    page.session().press("\u{E007}")?;
    page.wait(
        "the row's conversations",
        "return document.querySelector('[data-testid=\"simulation-flows\"] h2')?.textContent.includes('from ')",
    )?;
    // The heading is there before the list that it is of.
    let listed = format!(
        "const shown = (() => {{ {shown} }})(); return Number(shown[0].replaceAll(',', '')) === {}",
        said[0]
    );
    page.wait("as many as the line of words counts", &listed)?;
    // Esc lists none.
    page.session().run("document.querySelector('[data-testid=\"matrix\"]').focus()", &[])?;
    page.session().press("\u{E00C}")?;
    page.wait(
        "the list is gone",
        "return document.querySelector('[data-testid=\"simulation-flows\"]') === null",
    )?;
    for (width, height) in [(900, 900), (1280, 900), (1920, 1080)] {
        page.session().resize(width, height)?;
        assert!(page.is_no_wider_than_its_window()?, "the page is wider than its window at {width}");
    }
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn which_rule_decides_is_asked_by_names() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let fixture = |name: &str| repository().join("tests/fixtures").join(name);
    page.load(&[fixture("nsg_v2.json"), fixture("az_vnet_list.json"), fixture("az_nic_list.json")])?;
    page.enter("tab-rules")?;
    page.enter("rules-decide")?;
    page.wait_for("decide-run")?;
    let ask = |src: &str, dst: &str| -> Outcome {
        for (field, typed) in [("decide-src", src), ("decide-dst", dst), ("decide-port", "443")] {
            page.session()
                .run(&format!("document.querySelector('[data-testid=\"{field}\"]').select()"), &[])?;
            page.session().press(typed)?;
        }
        page.session().press("\u{E007}")
    };
    let says = |words: &str| {
        let script = format!(
            "return (document.querySelector('[data-testid=\"decide-answer\"]')?.textContent ?? '').includes({words:?})"
        );
        page.wait(&format!("the answer says {words}"), &script).map(drop)
    };
    ask("203.0.113.9", "WEB1")?;
    says("WEB1 is 10.1.0.4 (web1 · hub/snet-web).")?;
    ask("203.0.113.9", "web9")?;
    says("no machine, NIC or subnet on file is called so")?;
    ask("web1", "10.1.0.99")?;
    says("web1 is 10.1.0.4")?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}
