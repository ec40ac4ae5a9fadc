//! Functions that create elements.
//!
//! `html!` expands each element in place to some 230 bytes of code; a function call takes a third of that, and the page
//! has hundreds of elements. Use these functions for elements that only show something; use `html!` for inputs and
//! components.

use std::iter;

use mesh_text::words::{self, t};
use web_sys::Element;
use yew::{
    prelude::*,
    virtual_dom::{AttributeOrProperty, Attributes, Key, VList, VNode, VTag, VText},
};

/// A node that is not part of the page yet.
///
/// Boxed, because the code that moves a boxed node has a third of the size, and moving is all that the panels do with
/// nodes.
pub type Node = Box<VNode>;

/// Returns an empty node.
#[inline(never)]
pub fn empty_node() -> Node {
    Box::default()
}

/// Converts the output of `html!` to a node.
#[inline(never)]
pub fn node(html: Html) -> Node {
    Box::new(html)
}

/// Creates an element with a class; an empty class is left out.
#[inline(never)]
pub fn el(tag: &'static str, class: &'static str, children: Vec<Node>) -> Node {
    el_with(tag, &["class"], vec![class.into()], children)
}

/// An attribute whose value never changes.
pub type StaticAttribute = (&'static str, AttributeOrProperty);

/// Creates an attribute whose value never changes; for `const` tables, which [`el_fixed`] takes.
pub const fn fixed(name: &'static str, value: &'static str) -> StaticAttribute {
    (name, AttributeOrProperty::Static(value))
}

/// Creates an element whose attributes change only with the language: `const { &[fixed("role", "status")] }`.
///
/// Its `aria-label` is translated as by [`words::t`].
#[inline(never)]
pub fn el_fixed(tag: &'static str, attributes: &'static [StaticAttribute], children: Vec<Node>) -> Node {
    let mut element = VTag::new(tag);
    if words::are_english() {
        element.set_attributes(Attributes::Static(attributes));
    } else {
        for (name, value) in attributes {
            if let AttributeOrProperty::Static(value) = value {
                element.add_attribute(name, if *name == "aria-label" { t(value) } else { value });
            }
        }
    }
    element.add_children(children.into_iter().map(|child| *child));
    node(element.into())
}

/// Creates an element with attributes: names, and one value for each name. An empty value leaves its attribute out.
#[inline(never)]
pub fn el_with(
    tag: &'static str,
    names: &'static [&'static str],
    values: Vec<AttrValue>,
    children: Vec<Node>,
) -> Node {
    let mut element = VTag::new(tag);
    let values =
        values.into_iter().map(|value| (!value.is_empty()).then_some(AttributeOrProperty::Attribute(value)));
    element.set_attributes(Attributes::Dynamic { keys: names, values: values.collect() });
    element.add_children(children.into_iter().map(|child| *child));
    node(element.into())
}

/// Sets the key of an element. A changed key creates a new element.
#[inline(never)]
pub fn keyed(mut element: Node, key: String) -> Node {
    if let VNode::VTag(tag) = &mut *element
        && let Some(tag) = std::rc::Rc::get_mut(tag)
    {
        tag.key = Some(Key::from(key));
    }
    element
}

/// Creates a text node.
#[inline(never)]
pub fn text(text: &str) -> Node {
    node(VNode::VText(VText::new(text.to_owned())))
}

/// Creates an element with a class that contains only text.
#[inline(never)]
pub fn text_in(tag: &'static str, class: &'static str, words: &str) -> Node {
    el(tag, class, vec![text(words)])
}

/// Combines several nodes into one, side by side.
#[inline(never)]
pub fn node_list(nodes: Vec<Node>) -> Node {
    let children = nodes.into_iter().map(|child| *child).collect();
    node(VNode::VList(std::rc::Rc::new(VList::with_children(children, None))))
}

/// Creates a button with a class, a label, and an accessible name if that differs from the label.
#[inline(never)]
pub fn button(class: &'static str, words: &str, name: &str, onclick: Callback<MouseEvent>) -> Node {
    button_with(class, words, &["aria-label"], vec![AttrValue::from(name.to_owned())], false, onclick)
}

/// Creates a button with further attributes; an empty value leaves its attribute out.
#[inline(never)]
pub fn button_with(
    class: &'static str,
    words: &str,
    names: &'static [&'static str],
    values: Vec<AttrValue>,
    disabled: bool,
    onclick: Callback<MouseEvent>,
) -> Node {
    let mut inner = node(html! { <button type="button" {disabled} {onclick}>{ words.to_owned() }</button> });
    if let VNode::VTag(tag) = &mut *inner
        && let Some(tag) = std::rc::Rc::get_mut(tag)
    {
        if !class.is_empty() {
            tag.add_attribute("class", class);
        }
        for (name, value) in names.iter().zip(values) {
            if !value.is_empty() {
                tag.add_attribute(name, value);
            }
        }
    }
    inner
}

/// Returns `true` or `false` as a value for `aria-…` attributes.
pub const fn bool_attribute(value: bool) -> AttrValue {
    AttrValue::Static(if value { "true" } else { "false" })
}

/// Returns a value if a condition holds; otherwise an empty value, which leaves the attribute out.
pub const fn attribute_if(holds: bool, value: &'static str) -> AttrValue {
    AttrValue::Static(if holds { value } else { "" })
}

/// Returns the position of an element among its siblings, from 0. With it, one listener can handle a whole list, and
/// the entries need no attribute with their index, which would change for all of them whenever one is added or removed.
pub fn sibling_index(element: &Element) -> usize {
    iter::successors(element.previous_element_sibling(), Element::previous_element_sibling).count()
}
