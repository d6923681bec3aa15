//! What `html!` makes of elements and their children: thousands of times in the page, so each time is short.

use attributes::Attributed;
use std::marker::PhantomData;
use std::rc::Rc;
use yew::html::{IntoPropValue, NodeRef};
use yew::virtual_dom::{
    AttrValue, AttributeOrProperty, Attributes, Key, Listener, Listeners, VList, VNode, VTag as YewTag,
};

/// An element's `ref`, if it has one: Yew's own makes one for each element, unless it has one.
#[derive(Debug, Default)]
pub struct Ref(Option<NodeRef>);

impl IntoPropValue<Ref> for NodeRef {
    fn into_prop_value(self) -> Ref {
        Ref(Some(self))
    }
}

impl IntoPropValue<Ref> for &NodeRef {
    fn into_prop_value(self) -> Ref {
        Ref(Some(self.clone()))
    }
}

/// The ways in which `html!` says attributes. They are types, so that the choice between them is made when
/// compiling.
pub mod attributes {
    use super::{AttributeOrProperty, Heard, Key, NodeRef, Rc, VNode, YewTag, fixed, varying};
    use yew::virtual_dom::Attributes;

    /// All known when compiling.
    #[derive(Debug)]
    pub struct Static(pub &'static [(&'static str, AttributeOrProperty)]);

    /// Of some only the names.
    #[derive(Debug)]
    pub struct Dynamic {
        /// The names.
        pub keys: &'static [&'static str],
        /// Their values.
        pub values: Box<[Option<AttributeOrProperty>]>,
    }

    /// One of the ways.
    pub trait Attributed {
        /// As Yew has them.
        fn plain(self) -> Attributes;
        /// The element that has them.
        fn element(
            self,
            tag: &'static str,
            node_ref: Option<NodeRef>,
            key: Option<Key>,
            heard: Heard,
            children: VNode,
        ) -> Rc<YewTag>;
    }

    impl Attributed for Static {
        fn plain(self) -> Attributes {
            Attributes::Static(self.0)
        }

        #[inline(always)]
        fn element(
            self,
            tag: &'static str,
            node_ref: Option<NodeRef>,
            key: Option<Key>,
            heard: Heard,
            children: VNode,
        ) -> Rc<YewTag> {
            fixed(tag, self.0, node_ref, key, heard, children)
        }
    }

    impl Attributed for Dynamic {
        fn plain(self) -> Attributes {
            Attributes::Dynamic { keys: self.keys, values: self.values }
        }

        #[inline(always)]
        fn element(
            self,
            tag: &'static str,
            node_ref: Option<NodeRef>,
            key: Option<Key>,
            heard: Heard,
            children: VNode,
        ) -> Rc<YewTag> {
            varying(tag, self.keys, self.values, node_ref, key, heard, children)
        }
    }
}

type Heard = Option<Box<[Option<Rc<dyn Listener>>]>>;

/// The ways in which `html!` says listeners, as types too.
pub mod listeners {
    use super::{Heard, Listener, Rc};

    /// There are none.
    #[derive(Debug)]
    pub struct None;

    /// There are some.
    #[derive(Debug)]
    pub struct Pending(pub Box<[Option<Rc<dyn Listener>>]>);

    impl From<None> for Heard {
        #[inline(always)]
        fn from(_: None) -> Self {
            Self::None
        }
    }

    impl From<Pending> for Heard {
        #[inline(always)]
        fn from(some: Pending) -> Self {
            Some(some.0)
        }
    }
}

/// The makers of elements, as `html!` calls them.
#[derive(Debug)]
pub struct VTag;

impl VTag {
    /// Any element but the two below. No more is written where it is called than a call with what is there.
    #[inline(always)]
    pub fn __new_other<A: Attributed, H: Into<Heard>>(
        tag: AttrValue,
        node_ref: Ref,
        key: Option<Key>,
        attributes: A,
        heard: H,
        children: VNode,
    ) -> VNode {
        let (node_ref, heard) = (node_ref.0, heard.into());
        VNode::VTag(match &tag {
            AttrValue::Static(name) => {
                let name = *name;
                std::mem::forget(tag); // it has nothing to be dropped, which the compiler does not see
                attributes.element(name, node_ref, key, heard, children)
            }
            AttrValue::Rc(_) => any(tag, attributes.plain(), node_ref, key, heard, children),
        })
    }

    /// An input field.
    #[inline(never)]
    pub fn __new_input<A: Attributed, H: Into<Heard>>(
        value: Option<AttrValue>,
        checked: Option<bool>,
        node_ref: Ref,
        key: Option<Key>,
        attributes: A,
        heard: H,
    ) -> VNode {
        let (node_ref, heard) = (node_ref.0.unwrap_or_default(), listening(heard.into()));
        YewTag::__new_input(value, checked, node_ref, key, attributes.plain(), heard).into()
    }

    /// A field for several lines.
    #[inline(never)]
    pub fn __new_textarea<A: Attributed, H: Into<Heard>>(
        value: Option<AttrValue>,
        first: Option<AttrValue>,
        node_ref: Ref,
        key: Option<Key>,
        attributes: A,
        heard: H,
    ) -> VNode {
        let (node_ref, heard) = (node_ref.0.unwrap_or_default(), listening(heard.into()));
        YewTag::__new_textarea(value, first, node_ref, key, attributes.plain(), heard).into()
    }
}

fn listening(heard: Heard) -> Listeners {
    heard.map_or(Listeners::None, Listeners::Pending)
}

#[inline(never)]
fn fixed(
    tag: &'static str,
    attributes: &'static [(&'static str, AttributeOrProperty)],
    node_ref: Option<NodeRef>,
    key: Option<Key>,
    heard: Heard,
    children: VNode,
) -> Rc<YewTag> {
    any(AttrValue::Static(tag), Attributes::Static(attributes), node_ref, key, heard, children)
}

#[inline(never)]
fn varying(
    tag: &'static str,
    keys: &'static [&'static str],
    values: Box<[Option<AttributeOrProperty>]>,
    node_ref: Option<NodeRef>,
    key: Option<Key>,
    heard: Heard,
    children: VNode,
) -> Rc<YewTag> {
    any(AttrValue::Static(tag), Attributes::Dynamic { keys, values }, node_ref, key, heard, children)
}

#[inline(never)]
fn any(
    tag: AttrValue,
    attributes: Attributes,
    node_ref: Option<NodeRef>,
    key: Option<Key>,
    heard: Heard,
    children: VNode,
) -> Rc<YewTag> {
    let node_ref = node_ref.unwrap_or_default();
    Rc::new(YewTag::__new_other(tag, node_ref, key, attributes, listening(heard), children))
}

/// The maker of several children.
#[derive(Debug)]
pub struct ChildrenRenderer;

impl ChildrenRenderer {
    /// They are a list.
    #[expect(clippy::new_ret_no_self, reason = "`html!` calls this and wants something that is a node")]
    #[inline(never)]
    pub fn new(children: Vec<VNode>) -> VNode {
        VNode::VList(Rc::new(VList::from(children)))
    }
}

/// What an expression among children gives: one node, perhaps one, or several.
#[derive(Debug)]
pub struct NodeSeq<I, O>(Vec<O>, PhantomData<I>);

impl<I: Into<O>, O> From<I> for NodeSeq<I, O> {
    fn from(one: I) -> Self {
        Self(vec![one.into()], PhantomData)
    }
}

impl<I: Into<O>, O> From<Option<I>> for NodeSeq<I, O> {
    fn from(one: Option<I>) -> Self {
        Self(one.map(Into::into).into_iter().collect(), PhantomData)
    }
}

impl<I: Into<O>, O> From<Vec<I>> for NodeSeq<I, O> {
    fn from(several: Vec<I>) -> Self {
        Self(several.into_iter().map(Into::into).collect(), PhantomData)
    }
}

impl<I, O> IntoIterator for NodeSeq<I, O> {
    type Item = O;
    type IntoIter = std::vec::IntoIter<O>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
