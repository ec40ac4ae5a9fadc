//! The drawing as text: a table of its edges and a table of its boxes. Together they contain everything that the
//! drawing shows.

use std::rc::Rc;

use mesh_text::{
    sorting,
    words::{self, say, t},
};
use yew::prelude::*;

use super::box_at;
use crate::{
    model::{Key, Kind, Name},
    store::{Command, Panel},
    ui::{
        components::{
            Node, attribute_if, button, el_fixed, el_with, empty_node, fixed, mark_badge, node, text, text_in,
        },
        hooks::Store,
    },
    view_model::{Edge, Graph, GraphBox, Summary, badge, box_details, summary},
};

#[derive(Properties, PartialEq)]
pub struct RequestTableProps {
    pub store: Store,
    pub edges: Vec<Rc<Edge>>,
}

/// Table of all requests, with the status and the outcome of each.
#[component]
pub fn RequestTable(props: &RequestTableProps) -> Html {
    let store = &props.store;
    let rows = use_memo(
        (store.shown_world.clone(), store.state.view.mesh.clone(), props.edges.clone(), words::turn()),
        |(world, mesh, edges, _)| -> Vec<Rc<Summary>> {
            let found = mesh.as_ref().and_then(|id| Some((id, world.visible_mesh(id)?)));
            let Some((id, mesh)) = found else { return Vec::new() };
            let row = |edge: &Rc<Edge>| Rc::new(summary(world, mesh, &id.name, edge));
            edges.iter().map(row).collect()
        },
    );
    let selected = store.state.view.selected.as_ref().filter(|key| key.kind == Kind::VirtualNode);
    let onclick = {
        let (dispatch, rows) = (store.dispatch.clone(), rows.clone());
        Callback::from(move |event: MouseEvent| {
            let Some(row) = box_at(event.target()).and_then(|(_, index)| rows.get(index)) else { return };
            let key = Key::new(Kind::VirtualNode, row.node.clone());
            dispatch.run(Command::Select(Some(key)));
            dispatch.run(Command::ShowPanel(Panel::Inspector));
        })
    };
    let shown = rows.iter().enumerate().map(|(index, row)| {
        let is_selected = selected.is_some_and(|key| key.name == row.node);
        let row = row.clone();
        node(html! { <RequestRow {row} {index} {is_selected} turn={words::turn()} /> })
    });
    let parts = vec![
        text_in("caption", "", t("Requests")),
        heads(&[t("Request"), t("Status"), t("What happens")]),
        with_role("tbody", "rowgroup", shown.collect()),
    ];
    html! {
        <table class="requests sent" role="table" {onclick}>{ for parts.into_iter().map(|part| *part) }</table>
    }
}

#[derive(Properties, PartialEq)]
struct RequestRowProps {
    row: Rc<Summary>,
    index: usize,
    is_selected: bool,
    /// Language counter; a change redraws the row.
    turn: u32,
}

#[component]
fn RequestRow(props: &RequestRowProps) -> Html {
    let row = &props.row;
    let status = row.status.map_or(t("reset").to_owned(), |status| status.to_string());
    // The table listens to clicks for all rows. Only the button has the attribute that identifies the row.
    let names = &["type", "class", "data-box"];
    let values = vec!["button".into(), "link".into(), props.index.to_string().into()];
    let request = el_with("button", names, values, vec![text(&row.request)]);
    let cells = vec![row_head(request), cell(mark_badge(row.arrives, &status)), cell(text(&row.headline))];
    let values = vec![attribute_if(props.is_selected, "selected"), row.node.to_string().into(), "row".into()];
    *el_with("tr", &["class", "data-node", "role"], values, cells)
}

#[derive(Properties, PartialEq)]
pub struct BoxTableProps {
    pub store: Store,
    pub drawing: Rc<Graph>,
}

/// Table of all gateways and nodes, with the text in each box and the requests to it.
#[component]
pub fn BoxTable(props: &BoxTableProps) -> Html {
    let callers = callers(&props.drawing);
    let row = |shape: &Rc<GraphBox>| {
        let select = props.store.command_callback(Command::Select(Some(shape.key.clone())));
        let called = callers.binary_search_by(|(name, _)| (*name).cmp(&shape.key.name));
        let called = called.ok().filter(|_| shape.key.kind == Kind::VirtualNode);
        let called =
            called.and_then(|place| callers.get(place)).map_or_else(String::new, |(_, by)| by.join(", "));
        let outcome = match &shape.reach {
            Some(reach) => mark_badge(reach.arrives(), badge(reach.met())),
            None => empty_node(),
        };
        let cells = vec![
            row_head(button("link", &shape.key.name, "", select)),
            cell(outcome),
            cell(text(&box_details(shape).join(", "))),
            cell(text(&called)),
        ];
        with_role("tr", "row", cells)
    };
    let head = [t("Name"), t("Requests to it"), t("Addresses"), t("From")];
    let parts = vec![
        text_in("caption", "", t("Gateways and nodes")),
        heads(&head),
        with_role("tbody", "rowgroup", props.drawing.boxes.iter().map(row).collect()),
    ];
    *el_fixed("table", const { &[fixed("class", "requests boxes"), fixed("role", "table")] }, parts)
}

/// Returns the requests to each node, sorted by the name of the node: `/red from colorgateway-vg`.
fn callers(drawing: &Graph) -> Vec<(&Name, Vec<String>)> {
    let mut edges: Vec<_> = drawing.edges.iter().collect();
    sorting::sort_by(&mut edges, |a, b| a.node.cmp(&b.node));
    let mut callers: Vec<(&Name, Vec<String>)> = Vec::new();
    for edge in edges {
        let words = match edge.label.is_empty() {
            true => edge.from.name.to_string(),
            false => say("{0} from {1}", &[&edge.label, &edge.from.name]),
        };
        match callers.last_mut() {
            Some((node, by)) if **node == edge.node => by.push(words),
            _ => callers.push((&edge.node, vec![words])),
        }
    }
    callers
}

// The style sheet lays rows out as grids, and some browsers then no longer treat them as table rows. So each element
// states its role.

fn with_role(tag: &'static str, role: &'static str, children: Vec<Node>) -> Node {
    el_with(tag, &["role"], vec![role.into()], children)
}

fn heads(words: &[&str]) -> Node {
    let head = |words: &&str| {
        let fixed = const { &[fixed("scope", "col"), fixed("role", "columnheader")] };
        el_fixed("th", fixed, vec![text(words)])
    };
    let row = with_role("tr", "row", words.iter().map(head).collect());
    with_role("thead", "rowgroup", vec![row])
}

fn row_head(content: Node) -> Node {
    el_fixed("th", const { &[fixed("scope", "row"), fixed("role", "rowheader")] }, vec![content])
}

fn cell(content: Node) -> Node {
    with_role("td", "cell", vec![content])
}
