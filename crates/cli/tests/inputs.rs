//! What is read, what can't be, and what the exit code says of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{fixture, named, run};

#[test]
fn the_summary_is_the_golden_one() {
    for log in ["nsg_v2.json", "vnet.json", "logs.zip"] {
        let golden = fixture("summaries").join(format!("{log}.conversations.json"));
        assert_eq!(run(["summarize", &named(log)]).document(), std::fs::read_to_string(golden).unwrap());
    }
}

#[test]
fn a_missing_input_ends_with_3_and_the_rest_is_printed() {
    let log = named("nsg_v2.json");
    let whole = run(["summarize", &log]).document();
    let ended = run(["summarize", "there-is-none.json", &log]);
    assert_eq!((ended.code, ended.out), (Some(3), whole));
    assert!(ended.err.contains("there-is-none.json"), "{}", ended.err);
}

#[test]
fn nothing_is_printed_where_nothing_can_be_read() {
    for arguments in [
        &["summarize", "there-is-none.json"][..],
        &["flows", "there-is-none.json"],
        &["network", "there-is-none.json"],
        &[
            "kql",
            "--from",
            "nta",
            "--start",
            "2026-10-01",
            "--end",
            "2026-10-02",
            "--network",
            "there-is-none.json",
        ],
        &["scan", "there-is-none.json"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains("there-is-none.json"), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn without_the_file_that_the_answer_stands_on_there_is_none() {
    let (log, groups) = (named("nsg_v2.json"), named("az_nsg_list.json"));
    for arguments in [
        &["audit", "--rules", "there-is-none.json", &groups][..],
        &["simulate", "--rules", &log, &log],
        &["simulate", "--against", "there-is-none.json", &log],
        &["draft", "--review", "there-is-none.json", &log],
        &["simulate", "--review", &log, &log],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn what_cannot_be_written_ends_with_3() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let ended = run(["generate", "--kind", "vnet", "--bytes", "1000", "--out", folder]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""));
    let file = format!("{folder}/Cargo.toml");
    assert_eq!(run(["example", "--out", &file]).code, Some(3));
}
