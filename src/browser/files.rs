//! What people drop or choose, as a list of files with their paths.

use super::PickedFile;
use super::error::read_failure;
use azflow_core::model::SortSmall;
use azflow_engine::session::Failure;
use js_sys::{Array, Function, Promise, Reflect};
use std::collections::VecDeque;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DataTransferItem, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};

/// Files found, and what could not be looked into.
#[derive(Debug, Default, Clone)]
pub struct Picked {
    /// The files, by path.
    pub files: Vec<PickedFile>,
    /// Paths that the browser would not open, and why.
    pub unreadable: Vec<(String, Failure)>,
}

/// The files of an `<input type="file">`, with or without `webkitdirectory`.
pub fn chosen(list: &FileList) -> Vec<PickedFile> {
    let mut files: Vec<PickedFile> = (0..list.length()).filter_map(|i| list.get(i)).map(named).collect();
    files.sort_small_by(|a, b| a.path.cmp(&b.path));
    files
}

/// A file out of a folder knows its path in it; any other has only its name.
fn named(file: File) -> PickedFile {
    let path = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
    PickedFile { path, file }
}

/// The files of a drop, folders walked to their ends. Call it inside the drop event: what was
/// dropped can be asked for only there; the walk goes on afterwards.
pub fn dropped(transfer: &DataTransfer) -> impl Future<Output = Picked> + 'static {
    let items = transfer.items();
    let mut entries = VecDeque::new();
    let mut handles = Vec::new();
    let mut picked = Picked::default();
    for item in (0..items.length()).filter_map(|i| items.get(i)).filter(|item| item.kind() == "file") {
        // Chromium gives entries to a page opened from disk but not their files; handles it gives.
        if let Some(handle) = file_system_handle(&item) {
            handles.push(handle);
            continue;
        }
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) => entries.push_back(entry),
            // What has no entry in a file system may still be a file.
            _ => picked.files.extend(item.get_as_file().ok().flatten().map(named)),
        }
    }
    async move {
        for handle in handles {
            if let Err(thrown) = open_handle(handle, &mut picked).await {
                picked.unreadable.push(("what was dropped".to_owned(), read_failure(&thrown)));
            }
        }
        while let Some(entry) = entries.pop_front() {
            if let Err(thrown) = open(&entry, &mut entries, &mut picked.files).await {
                picked.unreadable.push((path(&entry), read_failure(&thrown)));
            }
        }
        picked.files.sort_small_by(|a, b| a.path.cmp(&b.path));
        picked
    }
}

/// The promise of a handle on what was dropped, where the browser has such.
fn file_system_handle(item: &DataTransferItem) -> Option<Promise> {
    let ask: Function = Reflect::get(item, &"getAsFileSystemHandle".into()).ok()?.dyn_into().ok()?;
    ask.call0(item).ok()?.dyn_into().ok()
}

/// Collects a file, or all files below a folder.
async fn open_handle(handle: Promise, picked: &mut Picked) -> Result<(), JsValue> {
    let text =
        |of: &JsValue, key: &str| Reflect::get(of, &key.into()).map(|v| v.as_string().unwrap_or_default());
    let call = |of: &JsValue, name: &str| -> Result<JsValue, JsValue> {
        Reflect::get(of, &name.into())?.dyn_into::<Function>()?.call0(of)
    };
    let root = JsFuture::from(handle).await?;
    let mut waiting = VecDeque::from([(text(&root, "name")?, root)]);
    while let Some((path, handle)) = waiting.pop_front() {
        if text(&handle, "kind")? != "directory" {
            match JsFuture::from(Promise::resolve(&call(&handle, "getFile")?)).await {
                Ok(file) => picked.files.push(PickedFile { path, file: file.dyn_into()? }),
                Err(thrown) => picked.unreadable.push((path, read_failure(&thrown))),
            }
            continue;
        }
        let inside = call(&handle, "values")?;
        loop {
            let next = JsFuture::from(Promise::resolve(&call(&inside, "next")?)).await?;
            if Reflect::get(&next, &"done".into())?.is_truthy() {
                break;
            }
            let child = Reflect::get(&next, &"value".into())?;
            waiting.push_back((format!("{path}/{}", text(&child, "name")?), child));
        }
    }
    Ok(())
}

fn path(entry: &FileSystemEntry) -> String {
    entry.full_path().trim_start_matches('/').to_owned()
}

async fn open(
    entry: &FileSystemEntry,
    entries: &mut VecDeque<FileSystemEntry>,
    files: &mut Vec<PickedFile>,
) -> Result<(), JsValue> {
    if entry.is_directory() {
        let reader = entry.unchecked_ref::<FileSystemDirectoryEntry>().create_reader();
        // A call returns some of the entries; an empty answer is the end.
        loop {
            let some = Array::from(&called_back(|ok, failed| read_entries(&reader, ok, failed)).await?);
            if some.length() == 0 {
                return Ok(());
            }
            entries.extend(some.iter().map(JsValue::unchecked_into::<FileSystemEntry>));
        }
    }
    let file = entry.unchecked_ref::<FileSystemFileEntry>();
    let file = called_back(|ok, failed| file.file_with_callback_and_callback(ok, failed)).await?;
    files.push(PickedFile { path: path(entry), file: file.dyn_into()? });
    Ok(())
}

fn read_entries(reader: &FileSystemDirectoryReader, ok: &Function, failed: &Function) {
    if let Err(thrown) = reader.read_entries_with_callback_and_callback(ok, failed) {
        // The callback only settles a promise.
        let _ = failed.call1(&JsValue::NULL, &thrown);
    }
}

async fn called_back(mut ask: impl FnMut(&Function, &Function)) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::new(&mut |resolve, reject| ask(&resolve, &reject))).await
}
