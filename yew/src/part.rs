//! The one component that all function components of the page are.

use crate::component::BaseComponent;
use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::rc::Rc;
use web_sys::Element;
use yew::functional::{FunctionProvider, HookContext};
use yew::html::{BaseComponent as YewComponent, Context as YewContext, HtmlResult};
use yew::virtual_dom::{Key, VComp, VNode};
use yew::{Properties, functional};

/// A function component and the properties it is to be rendered with.
trait Filled: Any {
    fn run(&self, ctx: &mut HookContext) -> HtmlResult;
    fn equals(&self, other: &dyn Any) -> bool;
}

struct With<F: FunctionProvider>(F::Properties);

impl<F: FunctionProvider + 'static> Filled for With<F> {
    fn run(&self, ctx: &mut HookContext) -> HtmlResult {
        F::run(ctx, &self.0)
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

/// A [`Part`]'s properties: which function component it is, and with which properties.
#[derive(Clone, Properties)]
pub struct PartProps {
    of: Rc<dyn Filled>,
}

impl PartProps {
    fn with<F: FunctionProvider + 'static>(props: F::Properties) -> Self {
        Self { of: Rc::new(With::<F>(props)) }
    }

    fn kind(&self) -> TypeId {
        (&*self.of as &dyn Any).type_id()
    }
}

impl PartialEq for PartProps {
    fn eq(&self, other: &Self) -> bool {
        self.of.equals(&*other.of)
    }
}

/// Any function component, as Yew sees it.
///
/// To Yew all of them are of the same type, so where one function component takes another's place, Yew hands
/// the other's properties to the present instance. Hooks and document nodes of the one are of no use to the
/// other: from then on the instance stands aside for one within it, which gets a new key, hence is made
/// anew, whenever the function component changes.
pub struct Part {
    hooks: Option<functional::FunctionComponent<Self>>,
    turns: u32,
}

impl FunctionProvider for Part {
    type Properties = PartProps;

    fn run(ctx: &mut HookContext, props: &PartProps) -> HtmlResult {
        props.of.run(ctx)
    }
}

impl YewComponent for Part {
    type Message = ();
    type Properties = PartProps;

    fn create(ctx: &YewContext<Self>) -> Self {
        Self { hooks: Some(functional::FunctionComponent::new(ctx)), turns: 0 }
    }

    fn update(&mut self, _: &YewContext<Self>, (): ()) -> bool {
        true
    }

    fn changed(&mut self, ctx: &YewContext<Self>, old: &PartProps) -> bool {
        if old.kind() != ctx.props().kind() {
            self.destroy(ctx);
            self.turns += 1;
        }
        true
    }

    fn view(&self, ctx: &YewContext<Self>) -> HtmlResult {
        match &self.hooks {
            Some(hooks) => hooks.render(ctx.props()),
            None => Ok(node(ctx.props().clone(), Some(Key::from(self.turns)))),
        }
    }

    fn rendered(&mut self, _: &YewContext<Self>, _: bool) {
        if let Some(hooks) = &self.hooks {
            hooks.rendered();
        }
    }

    fn destroy(&mut self, _: &YewContext<Self>) {
        if let Some(hooks) = self.hooks.take() {
            hooks.destroy();
        }
    }

    fn prepare_state(&self) -> Option<String> {
        None
    }
}

fn node(props: PartProps, key: Option<Key>) -> VNode {
    VNode::VComp(Rc::new(VComp::new::<Part>(Rc::new(props), key)))
}

/// What `html!` makes of a component's tag.
#[derive(Debug)]
pub struct VChild<C>(PhantomData<C>);

impl<C: BaseComponent + FunctionProvider<Properties = <C as BaseComponent>::Properties>> VChild<C> {
    /// The tag's node.
    #[expect(clippy::new_ret_no_self, reason = "`html!` calls this and wants something that is a node")]
    pub fn new(props: <C as BaseComponent>::Properties, key: Option<Key>) -> VNode {
        node(PartProps::with::<C>(props), key)
    }
}

/// Mounts a component without properties.
#[derive(Debug)]
pub struct Renderer<C>(Element, PhantomData<C>);

impl<C: FunctionProvider<Properties = ()> + 'static> Renderer<C> {
    /// To be mounted within this element.
    pub fn with_root(root: Element) -> Self {
        Self(root, PhantomData)
    }

    /// Mounts it.
    pub fn render(self) {
        yew::Renderer::<Part>::with_root_and_props(self.0, PartProps::with::<C>(())).render();
    }
}
