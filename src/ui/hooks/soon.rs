//! What is done once what is being drawn is in the document, and before the browser shows it.

use super::use_now;
use yew::platform::spawn_local;
use yew::prelude::*;

/// Does something when what is being drawn is in the document. An effect may be put off until behind the next frame,
/// where drawing took long: what is on canvases would then follow a frame after everything else.
pub fn soon(act: impl FnOnce() + 'static) {
    spawn_local(async move { act() });
}

/// The same when what it depends on has changed.
#[hook]
pub fn use_soon<T: PartialEq + Clone + 'static>(depends: T, act: impl FnOnce(&T) + 'static) {
    use_now(depends, move |depends| {
        let depends = depends.clone();
        soon(move || act(&depends));
    });
}
