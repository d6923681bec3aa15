//! Review files and filled-in tables, chosen on the screen or dropped on the page: their text goes to the engine.

use crate::browser::{Hub, PickedFile};
use crate::ui::browser::text_of;
use azflow_engine::export::is_review;
use azflow_engine::session::Query;
use wasm_bindgen_futures::spawn_local;

/// A larger file is no review.
const MOST_BYTES: f64 = 32e6;
/// So many bytes of a file tell whether it is one.
const HEAD: i32 = 4096;
/// Of more files than this at once none is looked into.
const MOST_FILES: usize = 24;

fn read(hub: Hub, file: PickedFile) {
    spawn_local(async move {
        if let Some(text) = text_of(&file.file).await {
            hub.ask(Query::ReadReview(text));
        }
    });
}

/// Takes reviews out of what was dropped or chosen: the rest is returned.
pub async fn take_reviews(hub: &Hub, files: Vec<PickedFile>) -> Vec<PickedFile> {
    if files.len() > MOST_FILES {
        return files;
    }
    let mut rest = Vec::new();
    for file in files {
        let small =
            file.file.size() < MOST_BYTES && !file.path.ends_with(".gz") && !file.path.ends_with(".zip");
        let head = match file.file.slice_with_i32_and_i32(0, HEAD) {
            Ok(head) if small => text_of(&head).await.unwrap_or_default(),
            _ => String::new(),
        };
        if is_review(&head) {
            read(hub.clone(), file);
        } else {
            rest.push(file);
        }
    }
    rest
}
