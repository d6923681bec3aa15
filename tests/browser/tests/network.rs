//! The Network screen as its users go about it.

use azflow_browser_tests::{Browser, Outcome, Over, Page, Stage, fixture};
use serde_json::Value;

/// Types into a field of the form.
fn fill(page: &Page<'_>, id: &str, words: &str) -> Outcome {
    let field = page.session().find(&format!("[data-testid=\"{id}\"]"))?;
    page.session().type_into(&field, words)
}

#[test]
fn names_given_by_hand_are_followed_everywhere_and_can_be_taken_back() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("appliance.json")])?;
    assert!(page.summary()?.contains("\"10.1.0.0/24\""));
    page.click("tab-network")?;
    page.wait_for("network-empty")?;
    assert!(page.text("network-empty")?.contains("az network vnet list -o json"));
    fill(&page, "name-prefix", "10.1.0.0/24")?;
    fill(&page, "name-subnet", "<b>web</b>")?;
    fill(&page, "name-network", "hub")?;
    page.click("name-give")?;
    page.wait_for("network-drawing")?;
    page.wait(
        "the subnet has its name, as text",
        "return [...document.querySelectorAll('[data-testid=\"subnets-table\"] tbody th')].some((th) => th.textContent.startsWith('<b>web</b>'))",
    )?;
    assert!(page.text("hand-names")?.contains("10.1.0.0/24"));
    let summary: Value = serde_json::from_str(&page.summary()?)?;
    assert_eq!(summary["pairs"][0]["src"], "<b>web</b>");
    page.click("tab-matrix")?;
    page.wait(
        "the matrix has the name",
        "return [...document.querySelectorAll('[data-testid=\"matrix-table\"] tbody th')].some((th) => th.textContent === '<b>web</b>')",
    )?;
    page.click("tab-network")?;
    page.session().run("document.querySelector('[data-testid=\"hand-names\"] button').click()", &[])?;
    page.wait("the name is gone", "return document.querySelector('[data-testid=\"hand-names\"]') === null")?;
    assert!(page.summary()?.contains("\"10.1.0.0/24\""));
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_description_is_drawn_with_its_tables_findings_and_commands() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("az_vnet_list.json"), fixture("az_nic_list.json"), fixture("nta_az_cli.json")])?;
    page.wait_for("paths")?;
    let paths = page.session().run(
        "return [...document.querySelectorAll('[data-testid=\"paths\"] tr[data-path]')].map((tr) => tr.dataset.path)",
        &[],
    )?;
    assert!(paths.as_array().is_some_and(|list| list.iter().any(|p| p == "across-peering")), "{paths}");
    page.click("tab-network")?;
    page.wait_for("network-drawing")?;
    let count = |id: &str| {
        let script = format!("return document.querySelectorAll('[data-testid=\"{id}\"] tbody tr').length");
        page.session().run(&script, &[])
    };
    assert_eq!(count("peerings-table")?, 3);
    assert!(page.text("peerings-table")?.contains("Disconnected"));
    assert!(page.text("findings")?.contains("Peering not connected"));
    page.wait(
        "the drawing has an arc for each peering, the broken one with its word",
        "const svg = document.querySelector('[data-testid=\"network-drawing\"]');
         return svg.querySelectorAll('.link').length >= 2 && svg.textContent.includes('Disconnected')",
    )?;
    page.click("choose-nics")?;
    page.wait_for("acceleration")?;
    let commands = page.text("acceleration")?;
    assert!(
        commands.contains("az vm deallocate") && commands.contains("--accelerated-networking true"),
        "{commands}"
    );
    assert!(commands.contains("Start-AzVM"), "{commands}");
    for (width, height) in [(1280, 900), (1920, 1080)] {
        page.session().resize(width, height)?;
        assert!(page.is_no_wider_than_its_window()?, "the page is wider than its window at {width}");
    }
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_description_without_logs_says_what_it_is_and_leads_to_its_screens() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    page.load(&[fixture("az_vnet_list.json"), fixture("az_nsg_list.json")])?;
    page.wait_for("described")?;
    let said = page.text("described")?;
    assert!(said.starts_with("az_nsg_list.json, az_vnet_list.json were read"), "{said}");
    page.wait(
        "it says how much there is",
        "return document.querySelector('[data-testid=\"described\"]').textContent.replaceAll('\\u00a0', ' ').includes('2 networks with 5 subnets')",
    )?;
    page.click("to-rules")?;
    page.wait_for("audit-summary")?;
    page.click("tab-matrix")?;
    page.click("to-network")?;
    page.wait_for("network-drawing")?;
    assert_eq!(page.violations()?, Vec::<String>::new());
    Ok(())
}
