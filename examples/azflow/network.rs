//! `network`: what was understood of a network's description.

use crate::{USAGE, files};
use azflow::export;
use azflow::session::{Answer, Query};
use std::io::Write;
use std::path::Path;

pub fn network(arguments: &[String]) -> Result<(), String> {
    let mut found = Vec::new();
    for path in arguments {
        files::find(Path::new(path), &mut found)?;
    }
    if found.is_empty() {
        return Err(USAGE.to_owned());
    }
    let mut engine = files::load(&found)?;
    let mut issues = Vec::new();
    if let Answer::Data(data) = engine.answer(Query::Data) {
        for source in data.sources {
            issues.extend(source.issues.into_iter().map(|i| (source.name.clone(), i.code, i.message)));
        }
    }
    let text = export::network(engine.network(), &issues);
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| e.to_string())
}
