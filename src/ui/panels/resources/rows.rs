//! The resources of one kind, a row for each: as fast with a thousand of them as a page can be.
//!
//! A row is drawn only when what it shows has changed, and one listener hears all of them.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use crate::{
    model::Key,
    ui::components::{Node, el_with, node, none, status_badge, text, when},
    view_model::ResourceRow,
    words::{self, plain, say},
};

/// What was clicked on in a row.
pub enum Clicked {
    /// Its name.
    Name(Key),
    /// The button that deletes it.
    Delete(Key),
}

/// A list of rows; `selected` is marked where it is one of them.
pub fn list(rows: &Rc<[ResourceRow]>, selected: Option<&Key>, clicked: &Callback<Clicked>) -> Node {
    let turn = words::turn();
    let views = rows.iter().map(|row| {
        let is_selected = selected == Some(&row.key);
        html! { <RowView key={row.place()} row={row.clone()} {is_selected} {turn} /> }
    });
    let onclick = {
        let (rows, clicked) = (rows.clone(), clicked.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(found) = found(&event, &rows) {
                clicked.emit(found);
            }
        })
    };
    node(html! { <ul {onclick}>{ for views }</ul> })
}

/// The button that was clicked on, and its row: the one with as many before it as the row has in the list.
fn found(event: &MouseEvent, rows: &[ResourceRow]) -> Option<Clicked> {
    let button = event.target_dyn_into::<Element>()?.closest("button").ok()??;
    let mut item = button.closest("li").ok()??;
    let mut index = 0;
    while let Some(before) = item.previous_element_sibling() {
        item = before;
        index += 1;
    }
    let key = rows.get(index)?.key.clone();
    Some(if button.class_list().contains("link") { Clicked::Name(key) } else { Clicked::Delete(key) })
}

#[derive(Properties, PartialEq)]
struct RowProps {
    row: ResourceRow,
    is_selected: bool,
    /// Of the language; see [`words::turn`].
    turn: u32,
}

/// One row.
struct RowView;

impl Component for RowView {
    type Message = ();
    type Properties = RowProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let RowProps { row, is_selected, .. } = ctx.props();
        let name = vec!["button".into(), "link".into(), when(*is_selected, "true")];
        let delete = || {
            let name = say("Delete {0}", &[&plain(&row.key)]);
            let values = vec!["button".into(), "quiet".into(), name.into()];
            el_with("button", &["type", "class", "aria-label"], values, vec![text("✕")])
        };
        let parts = vec![
            el_with("button", &["type", "class", "aria-current"], name, vec![text(&row.key.name)]),
            row.met.map_or_else(none, status_badge),
            if row.may_delete { delete() } else { none() },
        ];
        *el_with("li", &["class"], vec![when(*is_selected, "shown")], parts)
    }
}
