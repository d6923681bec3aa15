//! Every sample through the page gives the summary that the native twin gives, byte for byte.

#![allow(clippy::print_stdout, reason = "a test says what it compared")]

use azflow_browser_tests::{
    Browser, Outcome, Over, Stage, cases_to_compare, files_to_compare, native_summary,
};

fn compare(browser: Browser, over: Over) -> Outcome {
    let Some(stage) = Stage::set(browser)? else { return Ok(()) };
    let page = stage.open(over)?;
    let files = files_to_compare()?;
    let mut different = Vec::new();
    for file in &files {
        page.load(std::slice::from_ref(file))?;
        if page.summary()? != native_summary(std::slice::from_ref(file))? {
            different.push(file.display().to_string());
        }
        page.clear()?;
    }
    assert!(different.is_empty(), "page and native twin differ on {}", different.join(", "));
    page.load(&files)?;
    assert!(page.summary()? == native_summary(&files)?, "page and native twin differ on all files at once");
    println!("{browser:?} over {over:?}: {} files alone and together", files.len());
    Ok(())
}

#[test]
fn chromium_from_disk() -> Outcome {
    compare(Browser::Chromium, Over::File)
}

#[test]
fn chromium_from_a_server() -> Outcome {
    compare(Browser::Chromium, Over::Http)
}

#[test]
fn firefox_from_disk() -> Outcome {
    compare(Browser::Firefox, Over::File)
}

#[test]
fn webkit_from_disk() -> Outcome {
    compare(Browser::WebKit, Over::File)
}

#[test]
fn all_files_in_one_drop() -> Outcome {
    let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let files = files_to_compare()?;
    page.drop_files(&files)?;
    page.wait_for_status("ready")?;
    assert!(page.summary()? == native_summary(&files)?, "a drop and the native twin differ");
    Ok(())
}

#[test]
fn descriptions_of_one_name_in_either_order() -> Outcome {
    let mut files = cases_to_compare()?;
    let (Some(stage), false) = (Stage::set(Browser::Chromium)?, files.is_empty()) else { return Ok(()) };
    let page = stage.open(Over::File)?;
    let expected = native_summary(&files)?;
    for _ in 0..2 {
        files.reverse();
        page.load(&files)?;
        assert!(page.summary()? == expected, "page and native twin differ on {} files", files.len());
        page.clear()?;
    }
    Ok(())
}
