//! Elements made by a call.
//!
//! `html!` writes each element out in full where it stands, some 230 bytes of code apiece; a call is a third of it,
//! and the page has hundreds. Use these for what is only shown; use `html!` where there are inputs and components.

use std::iter;

use web_sys::Element;
use yew::{
    prelude::*,
    virtual_dom::{AttributeOrProperty, Attributes, Key, VList, VNode, VTag, VText},
};

use crate::words::{self, t};

/// A piece of the page, before it goes into the page.
///
/// On the heap, because the code that moves one about is then a third: that is all the panels do with it.
pub type Node = Box<VNode>;

/// Nothing at all.
#[inline(never)]
pub fn none() -> Node {
    Box::default()
}

/// What `html!` made, as a piece.
#[inline(never)]
pub fn node(html: Html) -> Node {
    Box::new(html)
}

/// An element with a class; an empty one is left out.
#[inline(never)]
pub fn el(tag: &'static str, class: &'static str, children: Vec<Node>) -> Node {
    el_with(tag, &["class"], vec![class.into()], children)
}

/// An attribute whose value never changes.
pub type Fixed = (&'static str, AttributeOrProperty);

/// An attribute whose value never changes; for `const` tables, which [`el_fixed`] takes.
pub const fn fixed(name: &'static str, value: &'static str) -> Fixed {
    (name, AttributeOrProperty::Static(value))
}

/// An element all of whose attributes never change, but for the language: `const { &[fixed("role", "status")] }`.
///
/// Its `aria-label` is a text of the catalogues, as if in [`words::t`].
#[inline(never)]
pub fn el_fixed(tag: &'static str, attributes: &'static [Fixed], children: Vec<Node>) -> Node {
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

/// An element with attributes: names, and a value for each. An empty value leaves its attribute out.
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

/// The same element under a key: another key makes another element of it.
#[inline(never)]
pub fn keyed(mut element: Node, key: String) -> Node {
    if let VNode::VTag(tag) = &mut *element
        && let Some(tag) = std::rc::Rc::get_mut(tag)
    {
        tag.key = Some(Key::from(key));
    }
    element
}

/// A text.
#[inline(never)]
pub fn text(text: &str) -> Node {
    node(VNode::VText(VText::new(text.to_owned())))
}

/// An element with a class that holds only a text.
#[inline(never)]
pub fn text_in(tag: &'static str, class: &'static str, words: &str) -> Node {
    el(tag, class, vec![text(words)])
}

/// Several nodes side by side.
#[inline(never)]
pub fn all(nodes: Vec<Node>) -> Node {
    let children = nodes.into_iter().map(|child| *child).collect();
    node(VNode::VList(std::rc::Rc::new(VList::with_children(children, None))))
}

/// A button: its class, what it says, and its accessible name where that is another.
#[inline(never)]
pub fn button(class: &'static str, words: &str, name: &str, onclick: Callback<MouseEvent>) -> Node {
    button_with(class, words, &["aria-label"], vec![AttrValue::from(name.to_owned())], false, onclick)
}

/// A button with further attributes; an empty value leaves its attribute out.
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

/// `true` or `false`, for `aria-…` attributes.
pub const fn truth(value: bool) -> AttrValue {
    AttrValue::Static(if value { "true" } else { "false" })
}

/// A value where something holds, and no attribute where it does not.
pub const fn when(holds: bool, value: &'static str) -> AttrValue {
    AttrValue::Static(if holds { value } else { "" })
}

/// An element's place among those beside it, from 0. So one listener hears a whole list, and the entries, which would all
/// change whenever one comes or goes, need not say their numbers.
pub fn place_of(element: &Element) -> usize {
    iter::successors(element.previous_element_sibling(), Element::previous_element_sibling).count()
}
