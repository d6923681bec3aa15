//! The owner of the data: takes in partial tables, answers queries.

use super::{FromEngine, ToEngine};

/// Owns everything loaded.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// Takes one message, with the bulk data that came beside it, and returns what to send back.
    pub fn handle(&mut self, message: ToEngine, payload: Option<Vec<u8>>) -> Option<FromEngine> {
        let _ = (message, payload);
        None
    }
}
