//! Yew as azflow uses it: the same names, macros and meaning, for less code.
//!
//! Yew compiles a component's whole life (mounting, updating, comparing, destroying) anew for each
//! component. A page of sixty components has sixty copies of it, 42 kB of what is sent. Here all function
//! components are one component to Yew, [`part::Part`], and each brings no more than its own function and the
//! comparison of its properties.
//!
//! The page depends on this package under the name `yew`. The macros `html!` and `#[component]` refer to
//! `::yew::…`, so they find what is replaced here, and the components are written as in any Yew program.
//! What works: function components, with hooks, properties, children and keys. What does not: components
//! that are structs, children of a certain type, and elements whose tag is computed.

#![cfg(target_arch = "wasm32")]

mod component;
mod element;
mod part;
mod provider;

pub use yew::*;

pub use part::Renderer;
pub use provider::ContextProvider;

/// As Yew's, with what `#[component]` refers to.
pub mod functional {
    pub use super::component::FunctionComponent;
    pub use yew::functional::*;
}

/// As Yew's, with what `#[component]` and `html!` refer to.
pub mod html {
    pub use super::component::{BaseComponent, Context};
    pub use super::element::{ChildrenRenderer, Ref as NodeRef};
    pub use yew::html::*;
}

/// As Yew's, with what `html!` refers to.
pub mod virtual_dom {
    pub use super::element::{VTag, attributes as Attributes};
    pub use super::part::VChild;
    pub use yew::virtual_dom::*;

    /// As Yew's, with what `html!` refers to.
    pub mod listeners {
        pub use crate::element::listeners as Listeners;
        pub use yew::virtual_dom::listeners::*;
    }
}

/// As Yew's, with what `html!` refers to.
pub mod utils {
    pub use super::element::NodeSeq;
    pub use yew::utils::*;
}

/// As Yew's.
pub mod prelude {
    pub use super::provider::ContextProvider;
    pub use yew::prelude::*;
}
