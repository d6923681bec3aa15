//! Small logs beside the summary documents they must give, byte for byte.
//!
//! `AZFLOW_UPDATE_GOLDEN=1 cargo test --test golden` rewrites the documents; read the difference
//! before committing it. The browser tests hold the page to the same documents.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use std::fs;
use std::path::PathBuf;
use support::{load, summary};

#[test]
fn fixtures_give_their_summaries() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let golden = folder.join("summaries");
    let update = std::env::var_os("AZFLOW_UPDATE_GOLDEN").is_some();
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().is_file())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 12, "the fixtures are missing");
    for name in names {
        let bytes = fs::read(folder.join(&name)).unwrap();
        for (mode, suffix) in [(Mode::Conversations, "conversations"), (Mode::AsLogged, "as-logged")] {
            let found = summary(&mut load(&[(&name, &bytes)]), mode);
            let path = golden.join(format!("{name}.{suffix}.json"));
            if update {
                fs::create_dir_all(&golden).unwrap();
                fs::write(&path, &found).unwrap();
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(found, expected, "{name}, {suffix}");
        }
    }
}
