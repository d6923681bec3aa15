//! What failed and what to do, by the kind of failure: for the engine's end and for what could not be read.
//!
//! What the window says of its own end is in `index.html`: nothing here runs any more by then.

use azflow_engine::session::Failure;

/// The engine's end.
pub const TITLE: &str = "azflow has to start over";
/// What became of the data.
pub const LOST: &str = "What was loaded is gone. Your files are untouched, and nothing has left this tab.";
/// Says more than "Copy" to a screen reader.
pub const COPY: &str = "what happened";

/// What kind of failure the engine's end was.
pub fn engine(failure: &Failure) -> &'static str {
    match failure {
        Failure::OutOfMemory { .. } => "The part of the page that holds the data ran out of memory.",
        Failure::Killed => {
            "The browser ended the part of the page that holds the data, or did not start it. Browsers do so when memory \
             is short, or when a policy forbids workers."
        }
        Failure::Silent { .. } => "The part of the page that holds the data gave no sign of life any more.",
        _ => "The part of the page that holds the data has stopped: this is a defect of azflow.",
    }
}

/// What to do about it.
pub fn to_do(failure: &Failure) -> &'static str {
    match failure {
        Failure::OutOfMemory { .. } => {
            "Close other tabs and programs, or load fewer hours at once; queries for Kusto and the command line hold more."
        }
        Failure::Killed | Failure::Silent { .. } => {
            "Start over; if it happens again, close other tabs and programs, or load fewer hours at once."
        }
        _ => {
            "Start over; if the same files do it again, report the text below to the authors of azflow. It can quote your \
             data: read it before you pass it on."
        }
    }
}

/// The text that is shown as it is, and copied.
pub fn details(build: &str, failure: &Failure) -> String {
    format!("azflow {build}, engine, {}: {}", failure.code(), failure.says())
}

/// For the status line.
pub fn status(failure: &Failure) -> String {
    format!("failed: {}", failure.says())
}

/// Why a file could not be read, for places that name the file themselves.
pub fn of_file(failure: &Failure) -> String {
    failure.issue().1
}
