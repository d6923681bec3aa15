//! Dialogs that stand before the page until they are answered.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// The node of a dialog, which opens once it is there.
#[hook]
pub fn use_dialog() -> NodeRef {
    let node = use_node_ref();
    use_effect_with(node.clone(), |node| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            // Fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    });
    node
}
