//! What failed and what to do, by the kind of failure: for the engine's end and for what could not be read.
//!
//! What the window says of its own end is in `index.html`: nothing here runs any more by then.

use crate::ui::format::{counted, exact};
use azflow_engine::session::{Busy, Doing, Failure, Query, RulesAsk};

/// The engine's end.
pub const TITLE: &str = "azflow has to start over";
/// What became of the data.
pub const LOST: &str = "What was loaded has to be read again. Names, review and all that you chose are kept, your files are \
    untouched, and nothing has left this tab.";
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

/// What the engine is at.
fn doing(doing: &Doing) -> String {
    match doing {
        Doing::TakingIn(names) => match names.as_slice() {
            [name] => format!("taking in {name}"),
            [first, ..] => format!(
                "taking in {first} and others, {} in all",
                counted(names.len() as u64, "file", "files")
            ),
            [] => "taking in files".to_owned(),
        },
        Doing::Answering(query) => format!("computing {}", asked(query)),
    }
}

/// What a question is about.
fn asked(query: &Query) -> &'static str {
    match query {
        Query::Overview(_) => "the totals",
        Query::Matrix(_) => "the matrix",
        Query::Breakdown(..) => "the details",
        Query::Data => "the list of files",
        Query::Coverage => "the hours on file",
        Query::Network(_) => "the network",
        Query::Findings(_) => "findings",
        Query::Compare(..) => "a comparison",
        Query::Review(_) | Query::ReviewTable(_) => "the services to review",
        Query::ReadReview(_) => "a review file",
        Query::Timeline(..) => "the timeline",
        Query::Flows(_) | Query::FlowsText(..) => "the list of conversations",
        Query::Summary(_) => "the summary",
        Query::Rules(ask) => match **ask {
            RulesAsk::Audit(_) => "the audit of rules",
            RulesAsk::Simulate(_) => "the simulation of rules",
            RulesAsk::Decide(..) => "which rule decides",
            _ => "the draft of rules",
        },
        _ => "an answer",
    }
}

/// What the engine was at when it ended.
pub fn during(what: &Doing) -> String {
    format!("It was {}.", doing(what))
}

/// What the engine has been at for a while.
pub fn busy(busy: &Busy) -> String {
    format!("still {}: {} s", doing(&busy.doing), exact(u64::from(busy.seconds)))
}

/// Ends what the engine is at.
pub const GIVE_UP: &str = "Give it up";
/// What that costs.
pub const GIVE_UP_TITLE: &str =
    "Ends what is computed, and reads the files again without it; names and review are kept";

/// Why a question has no answer.
pub fn given_up(busy: &Busy) -> String {
    format!("{} was {}", doing(&busy.doing), Failure::GivenUp { seconds: busy.seconds }.says())
}

/// Reads everything again.
pub fn again(files: u32, without: Option<&str>) -> String {
    let files = counted(u64::from(files), "file", "files");
    match without {
        Some(name) => format!("Load {files} again, without {name}"),
        None => format!("Load {files} again"),
    }
}

/// Why a file could not be read, for places that name the file themselves.
pub fn of_file(failure: &Failure) -> String {
    failure.issue().1
}
