//! Reading a file's bytes into a scan, by the fastest way this browser has.
//!
//! A byte stream filled into our own buffers where there is one, with one read ahead; else the
//! ordinary stream; else slices, the next one read ahead. Every way copies each chunk once,
//! straight into the scanner's space: no view of the module's memory outlives a call.

use super::scan_role::Job;
use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader,
    ReadableStreamGetReaderOptions, ReadableStreamReadResult, ReadableStreamReaderMode,
};

/// Streams fill no more than 2 MiB at once.
const STREAM_CHUNK: u32 = 2 << 20;
/// Large enough that the cost of asking vanishes.
const SLICE: f64 = (8 << 20) as f64;

/// What came of reading a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The job has all of it.
    All,
    /// It is a zip archive: reading stopped behind its first bytes.
    Archive,
}

/// Feeds the whole file to the job.
///
/// # Errors
/// With what the browser throws when it cannot read on.
pub(super) async fn read_file(file: &Blob, job: &mut Job) -> Result<Read, JsValue> {
    if Reflect::has(file, &"stream".into())? {
        let options = ReadableStreamGetReaderOptions::new();
        options.set_mode(ReadableStreamReaderMode::Byob);
        let stream = file.stream();
        return match byob_reader(&stream, &options) {
            Some(reader) => read_into_buffers(&reader, job).await,
            None => read_stream(&stream.get_reader().dyn_into()?, job).await,
        };
    }
    read_slices(file, job).await
}

/// None where the browser's file streams are not byte streams.
fn byob_reader(
    stream: &ReadableStream,
    options: &ReadableStreamGetReaderOptions,
) -> Option<ReadableStreamByobReader> {
    let get_reader: js_sys::Function = Reflect::get(stream, &"getReader".into()).ok()?.dyn_into().ok()?;
    get_reader.call1(stream, options).ok()?.dyn_into().ok()
}

async fn read_into_buffers(reader: &ReadableStreamByobReader, job: &mut Job) -> Result<Read, JsValue> {
    let ask = |buffer: &ArrayBuffer| reader.read_with_array_buffer_view(&Uint8Array::new(buffer));
    let mut asked = ask(&ArrayBuffer::new(STREAM_CHUNK));
    let mut spare = ArrayBuffer::new(STREAM_CHUNK);
    loop {
        let (chunk, done) = received(asked).await?;
        if done {
            return Ok(Read::All);
        }
        asked = ask(&spare);
        if feed(&chunk, job).await == Read::Archive {
            let _ = reader.cancel();
            return Ok(Read::Archive);
        }
        spare = chunk.buffer();
    }
}

async fn read_stream(reader: &ReadableStreamDefaultReader, job: &mut Job) -> Result<Read, JsValue> {
    loop {
        let (chunk, done) = received(reader.read()).await?;
        if done {
            return Ok(Read::All);
        }
        if feed(&chunk, job).await == Read::Archive {
            let _ = reader.cancel();
            return Ok(Read::Archive);
        }
    }
}

async fn received(promise: Promise) -> Result<(Uint8Array, bool), JsValue> {
    let result: ReadableStreamReadResult = JsFuture::from(promise).await?.unchecked_into();
    let done = result.get_done().unwrap_or(false);
    let chunk = if done { Uint8Array::new_with_length(0) } else { result.get_value().dyn_into()? };
    Ok((chunk, done))
}

async fn read_slices(file: &Blob, job: &mut Job) -> Result<Read, JsValue> {
    let size = file.size();
    let ask = |from: f64| -> Result<Promise, JsValue> {
        Ok(file.slice_with_f64_and_f64(from, (from + SLICE).min(size))?.array_buffer())
    };
    let mut from = 0.0;
    let mut asked = ask(from)?;
    while from < size {
        let chunk = Uint8Array::new(&JsFuture::from(asked).await?);
        from += SLICE;
        asked = ask(from.min(size))?;
        if feed(&chunk, job).await == Read::Archive {
            return Ok(Read::Archive);
        }
    }
    Ok(Read::All)
}

async fn feed(chunk: &Uint8Array, job: &mut Job) -> Read {
    let count = chunk.length() as usize;
    if count > 0 {
        chunk.copy_to(&mut job.space(count)[..count]);
        job.advance(count).await;
    }
    if job.is_archive() { Read::Archive } else { Read::All }
}
