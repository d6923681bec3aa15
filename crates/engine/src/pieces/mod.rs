//! Long work in pieces, between which others can be served.
//!
//! It is written as an `async` function that awaits [`end_of_piece`] wherever a piece ends, so that it keeps what it
//! borrows until it goes on. Whoever began it says when: there is no executor, no thread, and nothing is waited for.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Ends a piece of the work that awaits it.
pub async fn end_of_piece() {
    let mut ended = false;
    poll_fn(|_| if std::mem::replace(&mut ended, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Does all pieces, one behind the other.
pub fn all_at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

/// Work that was begun.
pub struct Begun<T>(Pin<Box<dyn Future<Output = T>>>);

impl<T> Begun<T> {
    /// Nothing is done yet.
    pub fn new(work: impl Future<Output = T> + 'static) -> Self {
        Self(Box::pin(work))
    }

    /// Does a piece; what comes of it all where that was the last. After the last there is none.
    pub fn go_on(&mut self) -> Option<T> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    /// Does all that is left.
    pub fn finish(self) -> T {
        all_at_once(self.0)
    }
}

impl<T> fmt::Debug for Begun<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    async fn count(to: u32, at: Rc<Cell<u32>>) -> u32 {
        for step in 1..=to {
            at.set(step);
            end_of_piece().await;
        }
        to
    }

    #[test]
    fn a_piece_ends_where_the_work_says_so() {
        let at = Rc::new(Cell::new(0));
        let mut begun = Begun::new(count(3, Rc::clone(&at)));
        assert_eq!(at.get(), 0);
        for step in 1..=3 {
            assert_eq!((begun.go_on(), at.get()), (None, step));
        }
        assert_eq!(begun.go_on(), Some(3));
    }

    #[test]
    fn what_is_left_is_done_at_once() {
        let mut begun = Begun::new(count(5, Rc::default()));
        assert_eq!(begun.go_on(), None);
        assert_eq!(begun.finish(), 5);
        assert_eq!(all_at_once(count(7, Rc::default())), 7);
    }
}
