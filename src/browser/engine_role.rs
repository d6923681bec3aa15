//! The engine worker: hands messages to the [`Engine`], in order, and sends its answers.

use super::worker_scope::{Letter, Outbox};
use azflow_engine::session::{Engine, ToEngine, decode};

/// Takes every message of the page.
pub(super) fn inbox(outbox: Outbox) -> impl FnMut(Letter) {
    let mut engine = Engine::default();
    move |letter| match decode::<ToEngine>(&letter.control) {
        Ok(message) => {
            if let Some(reply) = engine.handle(message, letter.payload) {
                outbox.post(&reply, None);
            }
        }
        Err(bad) => outbox.not_understood(&bad),
    }
}
