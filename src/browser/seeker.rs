//! The hub's search for raw tuples: a worker of its own reads the sources that can hold some, one
//! after the other.

use super::hub::{Evidence, HubEvent, Inner, MOST_HANDED_OVER, Work, now};
use super::worker::{Heard, Worker};
use azflow_core::ingest::Wanted;
use azflow_engine::session::{
    EvidencePlan, Failure, FromScan, Origin, Role, SILENCE_MS, SLEEP_MS, SourceId, ToRead, ToScan, decode,
    encode,
};
use gloo_timers::callback::Interval;
use js_sys::ArrayBuffer;
use std::collections::VecDeque;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// A search that is going on.
pub(super) struct Seeking {
    worker: Worker,
    wanted: Wanted,
    sources: VecDeque<SourceId>,
    total: usize,
    heard: u64,
    watched: u64,
    _watch: Interval,
}

/// How often a search is looked after.
const WATCH_MS: u32 = 1_000;

impl Inner {
    /// Starts a search; one that was going on ends.
    pub(super) fn begin_seeking(&mut self, plan: EvidencePlan, out: &mut Vec<HubEvent>) {
        let sources: VecDeque<SourceId> = plan.sources.into_iter().map(SourceId).collect();
        let total = sources.len();
        let heard = self.later(Self::heard_seeker);
        match Worker::spawn(Role::Scan, heard) {
            Ok(worker) => {
                let watch = self.later(|inner, (), out| inner.watch_seeker(out));
                let watch = Interval::new(WATCH_MS, move || watch(()));
                let (wanted, heard) = (plan.wanted, now());
                self.seeking =
                    Some(Seeking { worker, wanted, sources, total, heard, watched: heard, _watch: watch });
                self.seek_next(out);
            }
            Err(failure) => {
                out.push(HubEvent::Evidence(Evidence::Failed(String::new(), failure)));
                out.push(HubEvent::Evidence(Evidence::Progress(total, total)));
            }
        }
    }

    /// Gives the seeker its next source, or lets it go behind the last.
    fn seek_next(&mut self, out: &mut Vec<HubEvent>) {
        let Some(seeking) = &mut self.seeking else { return };
        out.push(HubEvent::Evidence(Evidence::Progress(
            seeking.total - seeking.sources.len(),
            seeking.total,
        )));
        let Some(source) = seeking.sources.front().copied() else {
            self.seeking = None;
            return;
        };
        let (name, origin, file) = match self.work.get(&source) {
            Some(Work::File(picked)) => (picked.path.clone(), Origin::File, Some(&picked.file)),
            Some(Work::Example(index)) => (String::new(), Origin::Example(*index), None),
            None => {
                let lost = Failure::Thrown("the file's handle was lost".to_owned());
                return self.sought(source, Some(lost), out);
            }
        };
        let message =
            ToScan::Seek { source: ToRead { source, name, origin }, wanted: seeking.wanted.clone() };
        if let Err(failure) = seeking.worker.post(&encode(&message), None, file.as_slice()) {
            self.sought(source, Some(failure), out);
        }
    }

    /// A source is searched, or could not be.
    fn sought(&mut self, source: SourceId, failed: Option<Failure>, out: &mut Vec<HubEvent>) {
        let Some(seeking) = &mut self.seeking else { return };
        seeking.sources.retain(|s| *s != source);
        if let Some(failure) = failed {
            let name = self.name_of(source);
            out.push(HubEvent::Evidence(Evidence::Failed(name, failure)));
        }
        self.seek_next(out);
    }

    fn heard_seeker(&mut self, heard: Heard, out: &mut Vec<HubEvent>) {
        let source = self.seeking.as_ref().and_then(|s| s.sources.front().copied());
        let Some(source) = source else { return };
        if let Some(seeking) = &mut self.seeking {
            seeking.heard = now();
        }
        match heard {
            Heard::Died(failure) => self.lose_seeker(source, failure, out),
            Heard::Message(control, _) => match decode(&control) {
                Ok(FromScan::Found(found)) => out.push(HubEvent::Evidence(Evidence::Found(found))),
                Ok(FromScan::Sought { source }) => self.sought(source, None, out),
                Ok(FromScan::Failed { source, failure }) => self.hand_to_seeker(source, failure),
                _ => {}
            },
        }
    }

    /// A search is not tried twice: it can be asked for again.
    fn lose_seeker(&mut self, source: SourceId, failure: Failure, out: &mut Vec<HubEvent>) {
        self.seeking = None;
        out.push(HubEvent::Evidence(Evidence::Failed(self.name_of(source), failure)));
        out.push(HubEvent::Evidence(Evidence::Progress(1, 1)));
    }

    pub(super) fn name_of(&self, source: SourceId) -> String {
        match self.work.get(&source) {
            Some(Work::File(picked)) => picked.path.clone(),
            _ => format!("source {}", source.0),
        }
    }

    /// Takes a seeker that has been silent for too long for dead, as the scheduler does with readers.
    fn watch_seeker(&mut self, out: &mut Vec<HubEvent>) {
        let Some(seeking) = &mut self.seeking else { return };
        let now = now();
        if now.saturating_sub(seeking.watched) > SLEEP_MS {
            seeking.heard = now;
        }
        seeking.watched = now;
        if now.saturating_sub(seeking.heard) > SILENCE_MS
            && let Some(source) = seeking.sources.front().copied()
        {
            self.lose_seeker(source, Failure::Silent { seconds: (SILENCE_MS / 1000) as u32 }, out);
        }
    }

    /// As with reading: where the worker may not open the file, the window reads it.
    fn hand_to_seeker(&mut self, source: SourceId, failure: Failure) {
        let settle = self.later(move |inner, bytes: Option<ArrayBuffer>, out| {
            let Some(Work::File(picked)) = inner.work.get(&source) else { return };
            let Some(seeking) = &inner.seeking else { return };
            let read = ToRead { source, name: picked.path.clone(), origin: Origin::Bytes };
            let message = encode(&ToScan::Seek { source: read, wanted: seeking.wanted.clone() });
            let sent = match bytes {
                Some(bytes) => seeking.worker.post(&message, Some(&bytes), &[]),
                None => Err(failure.clone()),
            };
            if let Err(failure) = sent {
                inner.sought(source, Some(failure), out);
            }
        });
        let bytes = match self.work.get(&source) {
            Some(Work::File(picked)) if picked.file.size() <= MOST_HANDED_OVER => {
                Some(picked.file.array_buffer())
            }
            _ => None,
        };
        spawn_local(async move {
            let bytes = match bytes {
                Some(promise) => JsFuture::from(promise).await.ok().and_then(|bytes| bytes.dyn_into().ok()),
                None => None,
            };
            settle(bytes);
        });
    }
}
