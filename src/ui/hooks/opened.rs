//! What opens and closes.

use yew::prelude::*;

/// Whether a `<details>` is open, and what its summary does when it is pressed. What is inside need be made only while
/// it is: a table of a chart is longer than everything else on a screen, and made again with every answer.
#[hook]
pub fn use_opened() -> (bool, Callback<MouseEvent>) {
    let open = use_state_eq(|| false);
    let (setter, now) = (open.setter(), *open);
    let toggle = move |event: MouseEvent| {
        event.prevent_default();
        setter.set(!now);
    };
    (*open, Callback::from(toggle))
}
