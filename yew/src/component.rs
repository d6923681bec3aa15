//! What `#[component]` writes for each component beside its function. None of it is ever used, hence none of
//! it gets into the page: it only has to type-check.

use std::convert::Infallible;
use std::marker::PhantomData;
use yew::Properties;
use yew::html::HtmlResult;

/// Where Yew's own trait has a component's life, this one only says that there is a component.
pub trait BaseComponent: Sized + 'static {
    /// No messages.
    type Message;
    /// The properties.
    type Properties: Properties;

    #[doc(hidden)]
    fn create(ctx: &Context<Self>) -> Self {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn update(&mut self, ctx: &Context<Self>, _: Self::Message) -> bool {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn changed(&mut self, ctx: &Context<Self>, _: &Self::Properties) -> bool {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn view(&self, ctx: &Context<Self>) -> HtmlResult {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn destroy(&mut self, ctx: &Context<Self>) {
        match ctx.0 {}
    }
    #[doc(hidden)]
    fn prepare_state(&self) -> Option<String> {
        None
    }
}

/// Nothing: there are no components of a type of their own.
#[derive(Debug)]
pub struct Context<C>(Infallible, PhantomData<C>);

impl<C: BaseComponent> Context<C> {
    #[doc(hidden)]
    pub fn props(&self) -> &C::Properties {
        match self.0 {}
    }
}

/// Nothing: there are no components of a type of their own.
#[derive(Debug)]
pub struct FunctionComponent<C>(Infallible, PhantomData<C>);

impl<C: BaseComponent> FunctionComponent<C> {
    #[doc(hidden)]
    pub fn new(ctx: &Context<C>) -> Self {
        match ctx.0 {}
    }

    #[doc(hidden)]
    pub fn render(&self, _: &C::Properties) -> HtmlResult {
        match self.0 {}
    }

    #[doc(hidden)]
    pub fn rendered(&self) {
        match self.0 {}
    }

    #[doc(hidden)]
    pub fn destroy(&self) {
        match self.0 {}
    }

    #[doc(hidden)]
    pub fn prepare_state(&self) -> Option<String> {
        match self.0 {}
    }
}
