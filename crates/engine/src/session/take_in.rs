//! What the engine is told: partial tables of sources, and what people say about names, services and rules.

use super::kept_side::Side;
use super::{Engine, Failure, FromEngine, SourceId, ToEngine};
use crate::filter::parse;
use crate::rules::Review;
use azflow_core::ingest::{Held, Issue, IssueCode, SourceKind, SourceReport, SourceScan};

impl Engine {
    /// Takes one message, with the bulk data that came beside it, and returns what to send back.
    pub fn handle(&mut self, message: ToEngine, payload: Option<Vec<u8>>) -> Option<FromEngine> {
        let payload = payload.unwrap_or_default();
        match message {
            ToEngine::Clear => {
                let fresh = Self::with_limit(self.store.limit());
                let old = std::mem::replace(self, fresh);
                // What people said outlives the data.
                (self.by_hand, self.review, self.kept_side) = (old.by_hand, old.review, old.kept_side);
                self.name_by_hand();
                None
            }
            ToEngine::Names(names) => {
                self.by_hand = names;
                self.name_by_hand();
                None
            }
            ToEngine::Rules(text) => {
                self.rules_file = text;
                None
            }
            ToEngine::Side(bytes) => {
                self.kept_side = Side::from_bytes(&bytes);
                None
            }
            ToEngine::Marks(marks) => {
                self.review = Review::of(marks);
                None
            }
            ToEngine::Part { source, worker } => Some(if self.stage(source, &payload) {
                FromEngine::Kept { worker }
            } else {
                FromEngine::Took { sources: vec![source], worker: Some(worker) }
            }),
            ToEngine::Whole { sources, worker } => {
                self.changed();
                let mut rest = payload.as_slice();
                for (source, length) in &sources {
                    // A length beyond the buffer gives a part that does not decode, and is told as such.
                    let (part, after) = rest.split_at(rest.len().min(*length as usize));
                    rest = after;
                    if self.stage(*source, part) {
                        self.store.commit(source.0);
                    }
                }
                let sources = sources.into_iter().map(|(source, _)| source).collect();
                Some(FromEngine::Took { sources, worker: Some(worker) })
            }
            ToEngine::Failed { source, name, bytes, failure } => {
                self.list_failed(source, name, bytes, &failure);
                Some(FromEngine::Took { sources: vec![source], worker: None })
            }
            ToEngine::Again { source } => {
                self.changed();
                self.store.restart(source.0);
                None
            }
            ToEngine::Unlist(sources) => {
                self.changed();
                sources.iter().for_each(|source| self.store.unlist(source.0));
                None
            }
            ToEngine::Drop { source, name, bytes } => {
                self.changed();
                let reason = "reading was cancelled; what came before is counted";
                self.store.give_up(source.0, &name, bytes, IssueCode::Cancelled, reason);
                None
            }
            ToEngine::MakeReady => {
                (0..).take_while(|number| self.make_ready(*number)).for_each(drop);
                None
            }
            // Whoever takes messages drops such a question while it waits.
            ToEngine::Forget { .. } => None,
            ToEngine::Ask { ticket, query } => Some(match query.view().map(|view| parse(&view.filter)) {
                Some(Err(error)) => FromEngine::Refused { ticket, reason: error.to_string() },
                _ => FromEngine::Answer { ticket, answer: self.answer(query) },
            }),
        }
    }

    /// Keeps a part aside. One that does not decode was damaged between two workers of one
    /// build: its source is listed as failed, and the answer is `false`.
    fn stage(&mut self, source: SourceId, payload: &[u8]) -> bool {
        self.forget_traffic();
        let staged = self.store.stage(source.0, payload).is_ok();
        if !staged {
            let failure =
                Failure::Thrown("a partial table was damaged on its way between workers".to_owned());
            self.list_failed(source, format!("source {}", source.0), 0, &failure);
        }
        staged
    }

    fn list_failed(&mut self, source: SourceId, name: String, bytes: u64, failure: &Failure) {
        self.changed();
        let (code, message) = failure.issue();
        if self.store.give_up(source.0, &name, bytes, code, &message) {
            return;
        }
        let issue = Issue { offset: 0, code, record: None, length: bytes, message };
        let report = SourceReport {
            name,
            kind: SourceKind::Unknown,
            bytes,
            unpacked: false,
            bytes_skipped: bytes,
            first: None,
            last: None,
            issues: vec![issue],
            unlisted: Vec::new(),
            table: None,
            held: Held::default(),
        };
        self.store.list(source.0, report);
    }

    /// Ends a scan and takes its source in: what the messages between workers do, in one thread.
    pub fn take_scan(&mut self, source: SourceId, mut scan: SourceScan) {
        while let Some(part) = scan.take_part() {
            self.take_part(source, part);
        }
        self.take_last(source, scan.finish());
    }

    /// Keeps a part of a source that isn't finished.
    pub fn take_part(&mut self, source: SourceId, part: Vec<u8>) {
        self.handle(ToEngine::Part { source, worker: 0 }, Some(part));
    }

    /// Takes in a source's last parts: from now on it counts.
    pub fn take_last(&mut self, source: SourceId, mut parts: Vec<Vec<u8>>) {
        let last = parts.pop().unwrap_or_default();
        parts.into_iter().for_each(|part| self.take_part(source, part));
        self.handle(ToEngine::Whole { sources: vec![(source, last.len() as u32)], worker: 0 }, Some(last));
    }
}
