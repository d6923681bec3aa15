//! What is made in pieces for a question, and kept until another one is asked.

use crate::pieces::Begun;
use std::rc::Rc;

/// What was made last, and what was begun, each for a question.
#[derive(Debug)]
pub(super) struct Made<K, T> {
    done: Option<(K, Rc<T>)>,
    begun: Option<(K, Begun<T>)>,
}

impl<K, T> Default for Made<K, T> {
    fn default() -> Self {
        Self { done: None, begun: None }
    }
}

impl<K: PartialEq + Clone, T> Made<K, T> {
    /// What was made for this question.
    pub fn get(&self, key: &K) -> Option<Rc<T>> {
        self.done.as_ref().filter(|(known, _)| known == key).map(|(_, done)| Rc::clone(done))
    }

    /// What was made last, whatever the question was.
    pub fn last(&self) -> Option<&T> {
        self.done.as_ref().map(|(_, done)| &**done)
    }

    /// The work on a question, where it was begun. What was begun for another one is given up.
    pub fn take(&mut self, key: &K) -> Option<Begun<T>> {
        self.begun.take().filter(|(known, _)| known == key).map(|(_, work)| work)
    }

    /// Does a piece; `true` where there are more.
    pub fn go_on(&mut self, key: &K, mut work: Begun<T>) -> bool {
        let done = work.go_on();
        let more = done.is_none();
        match done {
            Some(done) => self.done = Some((key.clone(), Rc::new(done))),
            None => self.begun = Some((key.clone(), work)),
        }
        more
    }

    /// Does all that is left.
    pub fn finish(&mut self, key: &K, work: Begun<T>) -> Rc<T> {
        let done = Rc::new(work.finish());
        self.done = Some((key.clone(), Rc::clone(&done)));
        done
    }
}
