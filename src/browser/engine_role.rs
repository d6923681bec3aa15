//! The engine worker: hands messages to the [`Engine`], in order, and sends its answers.

use super::worker_scope::{Letter, Outbox};
use azflow_engine::session::{Answer, Engine, FromEngine, ToEngine, decode};

/// Takes every message of the page.
pub(super) fn inbox(outbox: Outbox) -> impl FnMut(Letter) {
    let mut engine = Engine::default();
    move |letter| match decode::<ToEngine>(&letter.control) {
        Ok(message) => {
            if let ToEngine::Ask { ticket, .. } = &message {
                outbox.post(&FromEngine::Began { ticket: *ticket }, None);
                #[cfg(feature = "provoke-failures")]
                super::provoke::question();
            }
            let Some(reply) = engine.handle(message, letter.payload) else { return };
            outbox.post(&reply, None);
            let kept = matches!(reply, FromEngine::Answer { answer: Answer::SideKept(Ok(_)), .. });
            if let Some(side) = engine.side().filter(|_| kept) {
                outbox.post(&FromEngine::Side(side), None);
            }
        }
        Err(bad) => outbox.not_understood(&bad),
    }
}
