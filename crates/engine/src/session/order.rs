//! What the engine deals with next of the messages that wait.

use super::{Query, RulesAsk, ToEngine};

/// The place of the next one. A question goes before tables and before what may be made ready, and one that is soon
/// answered before one that takes long, which comes in pieces. All else is dealt with in its order, since it changes what
/// questions are about.
pub fn next<'a>(waiting: impl Iterator<Item = &'a ToEngine>) -> Option<usize> {
    let later =
        |m: &ToEngine| matches!(m, ToEngine::Part { .. } | ToEngine::Whole { .. } | ToEngine::MakeReady);
    let (mut any, mut long) = (false, None);
    for (at, message) in waiting.enumerate() {
        any = true;
        match message {
            ToEngine::Ask { query, .. } if takes_long(query) => long = long.or(Some(at)),
            ToEngine::Ask { .. } => return Some(at),
            message if later(message) => {}
            _ => break,
        }
    }
    long.or(any.then_some(0))
}

/// Whether an answer may take seconds.
fn takes_long(query: &Query) -> bool {
    match query {
        Query::Findings(_) => true,
        Query::Rules(ask) => !matches!(**ask, RulesAsk::Decide(..)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{DraftAsk, View};

    fn ask(query: Query) -> ToEngine {
        ToEngine::Ask { ticket: 0, query }
    }

    fn long() -> ToEngine {
        ask(Query::Rules(Box::new(RulesAsk::Draft(DraftAsk::default()))))
    }

    fn short() -> ToEngine {
        ask(Query::Matrix(View::default()))
    }

    fn place(waiting: &[ToEngine]) -> Option<usize> {
        next(waiting.iter())
    }

    #[test]
    fn questions_go_before_what_can_wait() {
        assert_eq!(place(&[]), None);
        assert_eq!(place(&[ToEngine::MakeReady]), Some(0));
        assert_eq!(place(&[ToEngine::MakeReady, short()]), Some(1));
        assert_eq!(place(&[ToEngine::MakeReady, long()]), Some(1));
    }

    #[test]
    fn what_is_soon_answered_goes_before_what_takes_long() {
        assert_eq!(place(&[long(), short()]), Some(1));
        assert_eq!(place(&[long(), ToEngine::MakeReady, long(), short()]), Some(3));
        assert_eq!(place(&[long(), long()]), Some(0));
        let findings = ask(Query::Findings(View::default()));
        assert_eq!(place(&[findings, short()]), Some(1));
    }

    #[test]
    fn no_question_goes_before_what_changes_answers() {
        assert_eq!(place(&[ToEngine::Clear, short()]), Some(0));
        assert_eq!(place(&[long(), ToEngine::Clear, short()]), Some(0));
        assert_eq!(place(&[ToEngine::MakeReady, ToEngine::Clear, short()]), Some(0));
    }
}
