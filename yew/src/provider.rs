//! What components leave for those within them.

use crate::component::BaseComponent;
use std::marker::PhantomData;
use std::rc::Rc;
use yew::context::ContextProviderProps;
use yew::functional::{FunctionProvider, HookContext};
use yew::html::HtmlResult;
use yew::virtual_dom::VComp;

/// As Yew's, which is a struct, within a function component.
#[derive(Debug)]
pub struct ContextProvider<T>(PhantomData<T>);

impl<T: Clone + PartialEq + 'static> BaseComponent for ContextProvider<T> {
    type Message = ();
    type Properties = ContextProviderProps<T>;
}

impl<T: Clone + PartialEq + 'static> FunctionProvider for ContextProvider<T> {
    type Properties = ContextProviderProps<T>;

    fn run(_: &mut HookContext, props: &ContextProviderProps<T>) -> HtmlResult {
        Ok(VComp::new::<yew::ContextProvider<T>>(Rc::new(props.clone()), None).into())
    }
}
