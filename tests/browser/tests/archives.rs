//! A large log in an archive is read like one on its own: piece by piece, with progress, to the same summary.

use azflow_browser_tests::{Browser, Outcome, Over, Stage, native_output, native_summary};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The status names bytes read that are neither none nor all.
const SOME_READ: &str = "return /loading: .*, [1-9][0-9.]*\\s[kMG]B of/.test(
    document.querySelector('[data-testid=\"load-status\"]')?.textContent ?? '')";

/// An archive of one log of 320 MB in which most records come again.
fn archive(folder: &Path) -> Outcome<PathBuf> {
    let (log, path) = (folder.join("log.json"), folder.join("logs.zip"));
    native_output(&["generate", "--kind", "nsg-v2", "--bytes", "40000000", "--out", &log.to_string_lossy()])?;
    let text = fs::read(&log)?;
    let mut zip = ZipWriter::new(BufWriter::new(File::create(&path)?));
    zip.start_file("PT1H.json", SimpleFileOptions::default().compression_level(Some(1)))?;
    for _ in 0..8 {
        zip.write_all(&text)?;
    }
    zip.finish()?.flush()?;
    Ok(path)
}

#[test]
fn a_large_log_in_an_archive_has_progress_and_can_be_given_up() -> Outcome {
    for browser in [Browser::Chromium, Browser::Firefox] {
        let Some(stage) = Stage::set(browser)? else { continue };
        let folder = tempfile::tempdir()?;
        let files = [archive(folder.path())?];
        let page = stage.open(Over::File)?;
        page.choose(&files)?;
        page.wait("some of the only file is read", SOME_READ)?;
        page.wait_for_status("ready")?;
        assert!(page.summary()? == native_summary(&files)?, "page and native twin differ in {browser:?}");
        page.clear()?;
        page.choose(&files)?;
        page.wait("some of the only file is read", SOME_READ)?;
        page.click("cancel")?;
        page.wait_for_status("cancelled")?;
    }
    Ok(())
}
