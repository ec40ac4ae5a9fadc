//! The resources of one kind, a row for each, as fast as possible for a thousand rows.
//!
//! Yew creates the list and receives its clicks; this module creates the rows. Each row is a copy of one of a few
//! templates, of which there is one for each outcome. Rows are matched by walking the old and the new rows side by
//! side: both are sorted by key. Yew would need five calls to the browser for each call made here, and would compare
//! every part of every row.

use std::{mem, rc::Rc};

use gloo::timers::callback::Timeout;
use mesh_text::words::{self, say};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::{
    model::Key,
    traffic::Fault,
    ui::components::{Node, badge_look, node, sibling_index},
    view_model::{ResourceRow, badge},
};

/// The maximum number of new rows in one task of the page, which handles events between two tasks.
const PORTION: usize = 500;

/// The part of a row that was clicked.
pub enum RowAction {
    /// Its name.
    Select(Key),
    /// The button that deletes it.
    Delete(Key),
}

/// Renders a list of rows sorted by key; `selected` is marked if it is one of them.
pub fn list(rows: &Rc<[ResourceRow]>, selected: Option<&Key>, clicked: &Callback<RowAction>) -> Node {
    let (rows, selected, clicked) = (rows.clone(), selected.cloned(), clicked.clone());
    node(html! { <Rows {rows} {selected} {clicked} turn={words::turn()} /> })
}

#[derive(Properties, PartialEq)]
struct RowsProps {
    rows: Rc<[ResourceRow]>,
    selected: Option<Key>,
    clicked: Callback<RowAction>,
    /// Language counter; see [`words::turn`].
    turn: u32,
}

/// The content beside a name: [`ResourceRow::first_fault`] and [`ResourceRow::may_delete`].
type RowExtras = (Option<Option<Fault>>, bool);

#[derive(Default)]
struct Rows {
    list: NodeRef,
    /// The rows to show; `items` has an element for each of the first `extent` of them.
    rows: Rc<[ResourceRow]>,
    items: Vec<Element>,
    extent: usize,
    /// Timer of the next portion.
    next: Option<Timeout>,
    /// The row that is marked as selected.
    marked: Option<Element>,
    /// Templates: rows without a name, by the content beside it, in the language of `turn`.
    blanks: Vec<(RowExtras, Element)>,
    turn: u32,
}

enum Msg {
    Click(MouseEvent),
    /// Show the next portion.
    Grow,
}

impl Component for Rows {
    type Message = Msg;
    type Properties = RowsProps;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Click(event) => {
                if let Some(clicked) = self.clicked_action(&event) {
                    ctx.props().clicked.emit(clicked);
                }
            }
            Msg::Grow => self.grow(ctx),
        }
        false
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &RowsProps) -> bool {
        self.extent = self.items.len();
        self.grow(ctx);
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        html! { <ul ref={self.list.clone()} onclick={ctx.link().callback(Msg::Click)}></ul> }
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        self.grow(ctx);
    }
}

impl Rows {
    /// Shows one more portion; the next one follows after the page has drawn and handled events.
    fn grow(&mut self, ctx: &Context<Self>) {
        self.extent += PORTION;
        self.show(ctx.props());
        let link = ctx.link().clone();
        self.next =
            (self.extent < self.rows.len()).then(|| Timeout::new(0, move || link.send_message(Msg::Grow)));
    }

    /// Updates the list to the current rows and selection; `None` if there is no list yet.
    fn show(&mut self, props: &RowsProps) -> Option<()> {
        let list = self.list.cast::<Element>()?;
        if mem::replace(&mut self.turn, props.turn) != props.turn {
            list.set_text_content(None);
            let (list, extent) = (mem::take(&mut self.list), PORTION);
            *self = Self { list, extent, turn: props.turn, ..Self::default() };
        }
        let before = mem::replace(&mut self.rows, props.rows.clone());
        let shown = props.rows.get(..self.extent).unwrap_or(&props.rows);
        if !Rc::ptr_eq(&before, &props.rows) || self.items.len() != shown.len() {
            let mut before = before.iter().zip(mem::take(&mut self.items)).peekable();
            for row in shown {
                while let Some((_, gone)) = before.next_if(|(old, _)| old.key < row.key) {
                    gone.remove();
                }
                let kept = before.next_if(|(old, _)| old.key == row.key && old.may_delete == row.may_delete);
                let item = match kept {
                    Some((old, item)) => {
                        if old.first_fault != row.first_fault {
                            let (badge, old) = (copy(&badge_of(self.blank(row)?)?)?, badge_of(&item)?);
                            item.replace_child(&badge, &old).ok()?;
                        }
                        item
                    }
                    None => {
                        let item = self.make(row)?;
                        let next = before.peek().map(|(_, next)| next.as_ref());
                        list.insert_before(&item, next).ok()?;
                        item
                    }
                };
                self.items.push(item);
            }
            for (_, gone) in before {
                gone.remove();
            }
        }
        let index = |key| self.rows.binary_search_by(|row| row.key.cmp(key)).ok();
        let marked = props.selected.as_ref().and_then(index).and_then(|index| self.items.get(index)).cloned();
        if marked != self.marked {
            if let Some(item) = mem::replace(&mut self.marked, marked) {
                set_selected(&item, false)?;
            }
            if let Some(item) = &self.marked {
                set_selected(item, true)?;
            }
        }
        Some(())
    }

    /// Creates a row.
    fn make(&mut self, row: &ResourceRow) -> Option<Element> {
        let item = copy(self.blank(row)?)?;
        name_of(&item)?.set_text_content(Some(&row.key.name));
        if row.may_delete {
            let words = say("Delete {0}", &[&row.key.translated_plain()]);
            item.last_element_child()?.set_attribute("aria-label", &words).ok()?;
        }
        Some(item)
    }

    /// Returns the template for all rows with the same content beside the name.
    fn blank(&mut self, row: &ResourceRow) -> Option<&Element> {
        let beside = (row.first_fault, row.may_delete);
        let found = self.blanks.iter().position(|(other, _)| *other == beside);
        let index = match found {
            Some(index) => index,
            None => {
                self.blanks.push((beside, blank(beside)?));
                self.blanks.len() - 1
            }
        };
        self.blanks.get(index).map(|(_, blank)| blank)
    }

    /// Returns what was clicked.
    fn clicked_action(&self, event: &MouseEvent) -> Option<RowAction> {
        let button = event.target_dyn_into::<Element>()?.closest("button").ok()??;
        let item = button.closest("li").ok()??;
        let key = self.rows.get(sibling_index(&item))?.key.clone();
        Some(if button.class_list().contains("link") {
            RowAction::Select(key)
        } else {
            RowAction::Delete(key)
        })
    }
}

fn blank((met, may_delete): RowExtras) -> Option<Element> {
    let item = made("li", &[], "")?;
    append(&item, made("button", &[("type", "button"), ("class", "link")], ""))?;
    if let Some(met) = met {
        let (class, sign) = badge_look(met.is_none());
        let shown = made("span", &[("class", class)], "")?;
        append(&shown, made("span", &[("aria-hidden", "true")], sign))?;
        shown.append_with_str_1(badge(met)).ok()?;
        append(&item, Some(shown))?;
    }
    if may_delete {
        append(&item, made("button", &[("type", "button"), ("class", "quiet")], "✕"))?;
    }
    Some(item)
}

fn made(tag: &str, attributes: &[(&str, &str)], words: &str) -> Option<Element> {
    let element = gloo::utils::document().create_element(tag).ok()?;
    for (name, value) in attributes {
        element.set_attribute(name, value).ok()?;
    }
    element.set_text_content(Some(words));
    Some(element)
}

fn append(parent: &Element, child: Option<Element>) -> Option<()> {
    let child = child?;
    parent.append_child(&child).ok()?;
    Some(())
}

/// Marks a row as selected, or removes its mark.
fn set_selected(item: &Element, is_marked: bool) -> Option<()> {
    for (element, name, value) in [(item, "class", "shown"), (&name_of(item)?, "aria-current", "true")] {
        match is_marked {
            true => element.set_attribute(name, value),
            false => element.remove_attribute(name),
        }
        .ok()?;
    }
    Some(())
}

fn copy(element: &Element) -> Option<Element> {
    element.clone_node_with_deep(true).ok()?.dyn_into().ok()
}

fn name_of(item: &Element) -> Option<Element> {
    item.first_element_child()
}

fn badge_of(item: &Element) -> Option<Element> {
    name_of(item)?.next_element_sibling()
}
