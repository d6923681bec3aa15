//! Help, wrong usage, and the exit codes of both.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{named, run, verbs};

#[test]
fn every_verb_explains_itself_with_an_example() {
    let verbs = verbs();
    assert!(verbs.len() >= 13, "{verbs:?}");
    for verb in verbs.iter().filter(|verb| *verb != "help") {
        let help = run([verb, "--help"]).document();
        let examples = help.split("Examples:\n").nth(1).unwrap_or_default();
        assert!(examples.contains(&format!("azflow {verb}")), "{verb}:\n{help}");
        assert_eq!(run(["help", verb]).document(), help);
        for line in help.lines() {
            assert!(line.chars().count() <= 120, "{verb}: {line}");
        }
    }
}

#[test]
fn the_help_lists_the_exit_codes() {
    let help = run(["--help"]).document();
    for line in ["  0  done", "  1  a gate", "  2  wrong usage", "  3  an input"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(run(["--version"]).document(), format!("azflow {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_ends_with_2_and_prints_no_document() {
    let log = named("nsg_v2.json");
    let log = log.as_str();
    for arguments in [
        &[][..],
        &["sumarize", log],
        &["summarize"],
        &["summarize", "--colour", log],
        &["summarize", "--prefix4", "33", log],
        &["summarize", "--prefix6", "129", log],
        &["summarize", "--mode", "twice", log],
        &["summarize", "--column", "no sign", log],
        &["summarize", "--column", "Client=nothing-known", log],
        &["summarize", "--every-row", "decision=maybe", log],
        &["summarize", "--every-row", "protocol=tpc", log],
        &["summarize", "--every-row", "source=10.0.0.1", log],
        &["flows", "--columns", "src,nonsense", log],
        &["flows", "--sort", "-nonsense", log],
        &["flows", "--filter", "port:(", log],
        &["decide", "--src", "10.0.0.1", log],
        &["decide", "--src", "10.0.0.1", "--dst", "here", log],
        &["decide", "--src", "10.0.0.1", "--dst", "10.0.0.2", "--protocol", "256", log],
        &["audit", "--format", "bicep", log],
        &["draft", "--ports", "some", log],
        &["draft", "--deny-priority", "100", log],
        &["draft", "--format", "az", "--stage", "some", log],
        &["draft", "--stage", "allows", log],
        &["draft", "--format", "csv", "--rollback", log],
        &["simulate"],
        &["kql", "--from", "nta", "--start", "2026-10-02", "--end", "2026-10-01"],
        &["kql", "--from", "nta", "--start", "2026-10-01", "--end", "yesterday"],
        &["kql", "--from", "nta", "--start", "2026-10-01"],
        &["generate", "--kind", "nta", "--bytes", "10", "--out", "never-made"],
        &["generate", "--kind", "vnet", "--rows", "10", "--out", "never-made"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
        assert!(!ended.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_wrong_value_is_answered_with_the_right_ones() {
    let unknown = run(["flows", "--columns", "srk", &named("nsg_v2.json")]).err;
    assert!(unknown.contains("no column srk") && unknown.contains("src_subnet"), "{unknown}");
    let misspelt = run(["sumarize"]).err;
    assert!(misspelt.contains("summarize"), "{misspelt}");
    let wrong = run(["flows", "--filter", "port:443 port:(", &named("nsg_v2.json")]).err;
    assert!(wrong.contains("character 15"), "{wrong}");
}

#[test]
fn of_an_option_given_twice_the_last_counts_and_lists_grow() {
    let log = named("nsg_v2.json");
    let last = run(["summarize", "--prefix4", "8", "--prefix4", "28", &log]).document();
    assert_eq!(last, run(["summarize", "--prefix4", "28", &log]).document());
    let (networks, groups) = (named("az_vnet_list.json"), named("az_nsg_list.json"));
    let both = run(["network", "--network", &networks, "--network", &groups]).document();
    assert_eq!(both, run(["network", &networks, &groups]).document());
    assert_ne!(both, run(["network", &groups]).document());
}
