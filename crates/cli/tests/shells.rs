//! Completions and manual pages: that shells and man read them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use azflow_skips::{Need, skip};
use run::{run, verbs};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a program says of a text on its standard input; `None` where it isn't installed.
fn checked(program: &str, arguments: &[&str], text: &str) -> Option<Output> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::from(std::fs::File::open(file.path()).unwrap()));
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            skip(
                Need::Optional,
                &format!("{program} is not installed: it would read what azflow prints for it"),
            );
            None
        }
    }
}

#[test]
fn shells_read_their_completions() {
    for (shell, arguments) in [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"])] {
        let script = run(["completions", shell]).document();
        for verb in verbs() {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
        assert!(script.contains("date-order"), "{shell}");
        if let Some(output) = checked(shell, arguments, &script) {
            assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
        }
    }
    for shell in ["powershell", "elvish"] {
        let script = run(["completions", shell]).document();
        assert!(script.contains("summarize") && script.contains("date-order"), "{shell}");
    }
    assert_eq!(run(["completions", "cmd"]).code, Some(2));
}

#[test]
fn bash_completes_verbs_options_and_values() {
    let script = run(["completions", "bash"]).document();
    let complete = |words: &str, at: usize| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words})\nCOMP_CWORD={at}\n_azflow azflow \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{}]}}\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            at - 1
        );
        checked("bash", &["-s"], &ask).map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Some(verbs) = complete("azflow su", 1) else { return };
    assert_eq!(verbs, "summarize\n");
    assert!(complete("azflow summarize --pre", 2).unwrap().contains("--prefix4\n"));
    assert_eq!(complete("azflow summarize --mode as", 3).unwrap(), "as-logged\n");
}

#[test]
fn there_is_a_manual_page_for_the_command_and_each_verb() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    run(["man", "--out", pages.to_str().unwrap()]).document();
    let mut names: Vec<String> =
        verbs().iter().filter(|v| *v != "help").map(|v| format!("azflow-{v}.1")).collect();
    names.push("azflow.1".to_owned());
    names.sort();
    let mut there: Vec<String> =
        pages.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, names);
    for name in &names {
        let page = std::fs::read_to_string(pages.join(name)).unwrap();
        let verb = name.strip_prefix("azflow-").and_then(|n| n.strip_suffix(".1"));
        assert_eq!(run(["man"].into_iter().chain(verb)).document(), page, "{name}");
        formats(&pages.join(name), verb.map_or("Exit codes:", |_| "Examples:"));
    }
    assert_eq!(run(["man", "sumarize"]).code, Some(2));
}

/// Formats a page, which must be without a warning, and looks for a text.
#[track_caller]
fn formats(page: &Path, text: &str) {
    let source = std::fs::read_to_string(page).unwrap();
    assert!(source.contains(".SH NAME\n") && source.contains(".SH SYNOPSIS\n"), "{source}");
    let Some(output) = checked("groff", &["-k", "-Kutf8", "-man", "-Tutf8", "-ww", "-P-c"], &source) else {
        return;
    };
    let formatted = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}: {}",
        page.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(formatted.contains(text), "{}: {formatted}", page.display());
}
