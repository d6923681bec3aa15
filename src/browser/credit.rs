//! How many more buffers a worker may send before it hears that the engine has dealt with some.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A count to take from, shared with whoever gives; one task at a time waits for it.
#[derive(Debug, Clone)]
pub(super) struct Credit(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    left: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
}

impl Credit {
    pub(super) fn new(left: u32) -> Self {
        Self(Rc::new(Inner { left: Cell::new(left), waiting: RefCell::new(None) }))
    }

    /// Gives some.
    pub(super) fn add(&self, more: u32) {
        self.0.left.set(self.0.left.get().saturating_add(more));
        if let Some(waker) = self.0.waiting.take() {
            waker.wake();
        }
    }

    /// Takes one, as soon as there is one.
    pub(super) async fn take(&self) {
        poll_fn(|context| match self.0.left.get() {
            0 => {
                self.0.waiting.replace(Some(context.waker().clone()));
                Poll::Pending
            }
            left => {
                self.0.left.set(left - 1);
                Poll::Ready(())
            }
        })
        .await;
    }
}
