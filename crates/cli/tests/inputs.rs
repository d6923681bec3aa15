//! What is read, what can't be, and what the exit code says of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{fixture, named, run, run_with_input};
use std::process::Stdio;

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
fn descriptions_alone_are_told_of_and_lead_to_the_verb_for_them() {
    let networks = named("az_vnet_list.json");
    for verb in ["summarize", "flows", "draft", "simulate"] {
        let ended = run([verb, &networks]);
        assert_eq!(ended.code, Some(0), "{verb}: {}", ended.err);
        for said in [
            "az_vnet_list.json: described a network (virtual networks: ",
            "no flow records",
            "`azflow network`",
        ] {
            assert!(ended.err.contains(said), "{verb}: {}", ended.err);
        }
        // With logs, and by the verbs that ask of the network itself, nothing is said.
        let ended = run([verb, "--network", &networks, &named("vnet.json")]);
        assert!(!ended.err.contains("no flow records"), "{verb}: {}", ended.err);
    }
    assert_eq!(run(["network", &networks]).err, "");
}

#[test]
fn what_cannot_be_written_ends_with_3() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let ended = run(["generate", "--kind", "vnet", "--bytes", "1000", "--out", folder]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""));
    let file = format!("{folder}/Cargo.toml");
    assert_eq!(run(["example", "--out", &file]).code, Some(3));
}

/// A folder with logs in it, and what the command makes of it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in
        [("nsg_v2.json", "logs/a.json"), ("vnet.json", "logs/below/b.json"), ("nsg_v1.json", "logs/c.log")]
    {
        let to = folder.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(fixture(from), to).unwrap();
    }
    folder
}

fn inside(folder: &tempfile::TempDir, arguments: &[&str]) -> run::Run {
    let mut command = run::command(arguments);
    command.current_dir(folder.path());
    run::finish(command)
}

fn sources(run: &run::Run) -> Vec<String> {
    let name = |source: &serde_json::Value| source["name"].as_str().unwrap().to_owned();
    run.json()["sources"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn standard_input_is_a_file_by_the_name_that_is_given() {
    for log in ["nsg_v2.json", "logs.zip", "two_members_and_padding.json.gz", "ana_tabs_utf16.csv"] {
        let bytes = std::fs::read(fixture(log)).unwrap();
        let piped = run_with_input(&["summarize", "--name", log, "-"], &bytes).document();
        assert_eq!(piped, run(["summarize", &named(log)]).document(), "{log}");
    }
    let bytes = std::fs::read(fixture("nsg_v2.json")).unwrap();
    assert_eq!(sources(&run_with_input(&["summarize", "-"], &bytes)), ["-"]);
    let beside = run_with_input(&["summarize", "-", &named("vnet.json")], &bytes);
    assert_eq!(sources(&beside), ["-", "vnet.json"]);
}

#[test]
fn rules_come_from_standard_input_too() {
    let log = named("nsg_v2.json");
    let draft = run(["draft", "--unlogged", &log]).document();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &draft).unwrap();
    let piped = run_with_input(&["simulate", "--rules", "-", &log], draft.as_bytes()).document();
    assert_eq!(piped, run(["simulate", "--rules", file.path().to_str().unwrap(), &log]).document());
}

#[test]
fn standard_input_is_read_once_and_named_where_it_is_read() {
    for arguments in [
        &["summarize", "-", "-"][..],
        &["summarize", "--network", "-", "-"],
        &["simulate", "--rules", "-", "-"],
        &["simulate", "--rules", "-", "--against", "-", "logs"],
        &["summarize", "--name", "PT1H.json", "logs"],
    ] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn folders_and_patterns_stand_for_their_files() {
    let folder = folder();
    let names = ["logs/a.json", "logs/below/b.json", "logs/c.log"];
    assert_eq!(sources(&inside(&folder, &["summarize", "logs"])), names);
    assert_eq!(sources(&inside(&folder, &["summarize", "logs/**/*.json"])), ["a.json", "b.json"]);
    assert_eq!(sources(&inside(&folder, &["summarize", "logs/*"])), ["a.json", "below/b.json", "c.log"]);
    // A pattern that the shell did not expand gives what the expanded one gives.
    let expanded = inside(&folder, &["summarize", "logs/a.json", "logs/c.log"]).document();
    assert_eq!(inside(&folder, &["summarize", "logs/?.*"]).document(), expanded);
    let none = inside(&folder, &["summarize", "logs/*.gz", "logs/a.json"]);
    assert_eq!((none.code, sources(&none)), (Some(3), vec!["a.json".to_owned()]));
    assert!(none.err.contains("logs/*.gz: no file matches"), "{}", none.err);
}

#[test]
fn an_input_that_says_nothing_ends_with_3_and_the_document_says_why() {
    let (log, other) = (named("nsg_v2.json"), named("audit.json"));
    for verb in ["summarize", "flows", "network", "audit", "draft", "simulate"] {
        let ended = run([verb, &log, &other]);
        assert_eq!(ended.code, Some(3), "{verb}: {ended:?}");
        assert!(
            !ended.out.is_empty() && ended.err.contains("audit.json: nothing was understood: "),
            "{ended:?}"
        );
        assert!(!ended.err.contains("nsg_v2.json"), "{}", ended.err);
    }
    assert_eq!(sources(&run(["summarize", &log, &other])), ["audit.json", "nsg_v2.json"]);
    for nothing in ["empty.json", "unknown_headings.csv", "peerings.txt"] {
        assert_eq!(run(["summarize", &named(nothing)]).code, Some(3), "{nothing}");
    }
    // What is said about the table's columns makes it understood.
    let table = named("unknown_headings.csv");
    let mut said = vec!["summarize", &table];
    for column in [
        "Zeitpunkt=time",
        "Von=source",
        "Nach=destination",
        "Zielport=port",
        "Protokoll=protocol",
        "Aktion=decision",
    ] {
        said.extend(["--column", column]);
    }
    run(said).document();
}

#[test]
fn other_files_may_lie_about_in_a_folder_of_logs() {
    let folder = folder();
    std::fs::write(folder.path().join("logs/README.txt"), "Logs of October.").unwrap();
    let ended = inside(&folder, &["summarize", "logs"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    // A folder of nothing else is a mistake, and so is an empty one.
    for name in ["notes", "nothing"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("notes/README.txt"), "Notes of October.").unwrap();
    assert_eq!(inside(&folder, &["summarize", "notes"]).code, Some(3));
    let ended = inside(&folder, &["summarize", "nothing", "logs"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("nothing: nothing was understood"), "{}", ended.err);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_found_and_cannot_be_read_is_listed_as_on_the_page() {
    let folder = folder();
    std::os::unix::fs::symlink("gone.json", folder.path().join("logs/link.json")).unwrap();
    let ended = inside(&folder, &["summarize", "logs"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("logs/link.json: "), "{}", ended.err);
    let document = ended.json();
    let link =
        document["sources"].as_array().unwrap().iter().find(|s| s["name"] == "logs/link.json").unwrap();
    assert_eq!(link["issues"][0]["code"], "read-failed");
    assert_eq!(sources(&ended).len(), 4);
}

#[test]
fn a_reader_that_leaves_early_ends_the_command_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("broad.json");
    let log = log.to_str().unwrap();
    run(["generate", "--kind", "broad", "--bytes", "3000000", "--out", log]).document();
    for arguments in [&["flows", log][..], &["summarize", log], &["--help"]] {
        let mut command = run::command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn nothing_but_the_document_is_printed() {
    let folder = folder();
    let log = named("nsg_v2.json");
    for (arguments, beginning) in [
        (&["summarize", &log][..], "{"),
        (&["network", &named("az_vnet_list.json")], "{"),
        (&["flows", &log], "last_seen,"),
        (&["flows", "--format", "json", &log], "{"),
        (&["decide", "--src", "10.0.0.1", "--dst", "10.0.0.2"], "{"),
        (&["audit", &named("az_nsg_list.json")], "{"),
        (&["draft", &log], "{"),
        (&["simulate", &log], "{"),
        (&["kql", "--from", "nta", "--start", "2026-10-01", "--end", "2026-10-02"], "// "),
        (&["generate", "--kind", "nta", "--rows", "3", "--out", "rows.csv"], ""),
        (&["example", "--out", "example"], ""),
    ] {
        let printed = inside(&folder, arguments).document();
        assert!(printed.starts_with(beginning), "{arguments:?}: {printed}");
        if beginning == "{" {
            serde_json::from_str::<serde_json::Value>(&printed).unwrap();
        }
        assert_eq!(printed.is_empty(), beginning.is_empty());
    }
    let milliseconds: u64 = run(["scan", &log]).document().trim().parse().unwrap();
    assert!(milliseconds < 60_000);
}
