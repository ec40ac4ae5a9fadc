//! The mesh, drawn, with a request along each way.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    environment::Family,
    model::{Key, Kind},
    store::{Command, Panel},
    traffic::{Discovery, Reach},
    ui::{
        components::{
            Node, all, button, el, el_fixed, el_with, fixed, keyed, mark_badge, node, none, text, text_in,
            truth, when,
        },
        hooks::{Store, use_window_width},
    },
    view_model::{APP_INSET, Edge, GraphBox, Stop, badge, graph, trace},
    words::{say, t},
};

/// Above this window width the side panels stand beside the drawing.
const WIDE: i32 = 1100;

#[derive(Properties, PartialEq)]
pub struct GraphProps {
    pub store: Store,
    /// Where a request is just now.
    #[prop_or_default]
    pub at: Option<Key>,
    /// Whether only the drawing is shown.
    #[prop_or_default]
    pub is_alone: bool,
}

#[component]
pub fn GraphPanel(props: &GraphProps) -> Html {
    let store = &props.store;
    let window = use_window_width();
    // Each time requests are sent, the packets are drawn anew and travel again.
    let run = use_state(|| 0u32);
    let Some((id, mesh)) = store.mesh() else { return Html::default() };
    let room = drawing_room(window);
    let drawing =
        use_memo((mesh.clone(), store.shown.environment.clone(), room), |(mesh, environment, room)| {
            graph(environment, mesh, *room)
        });
    if drawing.boxes.is_empty() {
        let words = t("This mesh has no gateways and no nodes yet. Open a template to fill it.");
        return *text_in("p", "empty", words);
    }
    let send = {
        let run = run.clone();
        move |_: MouseEvent| run.set(*run + 1)
    };
    let total = drawing.edges.len();
    let arrived = drawing.edges.iter().filter(|edge| edge.stop == Stop::Arrived).count();
    let view_box = format!("0 0 {} {}", drawing.width, drawing.height);
    // A new key makes new elements, and so starts their motion again: on request, and whenever the outcome changes.
    let stops: String = drawing.edges.iter().map(|edge| stop_letter(edge.stop)).collect();
    let motion = format!("{}-{stops}", *run);
    let status = say("{0} of {1} requests arrive", &[&arrived.to_string(), &total.to_string()]);
    let bar = vec![
        button("primary", t("Send requests"), "", Callback::from(send)),
        el_fixed("p", const { &[fixed("role", "status")] }, vec![text(&status)]),
        legend(),
    ];
    let ways = el("g", "edges", drawing.edges.iter().map(edge_shape).collect());
    let mut shapes = vec![keyed(ways, motion)];
    shapes.extend(drawing.boxes.iter().map(|shape| node_box(store, shape, props.at.as_ref())));
    shapes.push(el("g", "ends", drawing.edges.iter().map(end_mark).collect()));
    let names = &["viewBox", "width", "height", "role", "aria-label"];
    let values = vec![
        view_box.into(),
        drawing.width.to_string().into(),
        drawing.height.to_string().into(),
        "group".into(),
        say("Mesh {0}", &[&id.name]).into(),
    ];
    let svg = el_with("svg", names, values, shapes);
    let scroll = vec!["scroll".into(), "0".into(), "region".into(), t("Mesh graph").into()];
    let svg = el_with("div", &["class", "tabindex", "role", "aria-label"], scroll, vec![svg]);
    if props.is_alone {
        return *el("div", "graph alone", vec![svg]);
    }
    let parts = vec![el("div", "graph-bar", bar), svg, requests(store, &drawing.edges)];
    *el_fixed("section", const { &[fixed("class", "graph"), fixed("aria-label", "Graph")] }, parts)
}

const fn stop_letter(stop: Stop) -> char {
    match stop {
        Stop::Arrived => 'a',
        Stop::Discovery => 'd',
        Stop::Listener => 'l',
        Stop::Application => 'p',
    }
}

/// The width the style sheet leaves for the drawing at this window width.
fn drawing_room(window: i32) -> i32 {
    if window >= 1700 {
        window - 300 - 460 - 112
    } else if window >= WIDE {
        window - 215 - 340 - 98
    } else {
        window - 42
    }
}

fn legend() -> Node {
    let key = |class: &'static str, sign: &'static str, words: &str| {
        let sign =
            el_with("span", &["class", "aria-hidden"], vec![class.into(), "true".into()], vec![text(sign)]);
        el("li", "", vec![sign, text(words)])
    };
    let keys = vec![key("key pass", "✓", t("arrives")), key("key fail", "✕", t("stops there"))];
    el_fixed("ul", const { &[fixed("class", "legend"), fixed("aria-label", "Legend")] }, keys)
}

fn edge_shape(edge: &Edge) -> Node {
    let path = |class: &'static str, way: &str, length: &'static str| {
        let values = vec![class.into(), way.to_owned().into(), length.into()];
        el_with("path", &["class", "d", "pathLength"], values, Vec::new())
    };
    let mut parts = Vec::new();
    parts.extend(edge.rest.as_ref().map(|rest| path("rest", rest, "")));
    parts.push(path("way", &edge.travelled, ""));
    parts.push(path("packet", &edge.travelled, "100"));
    parts.push(words_at("label", edge.label_at, &edge.label));
    el("g", if edge.stop == Stop::Arrived { "edge pass" } else { "edge fail" }, parts)
}

/// A text of the drawing, from this point on.
fn words_at(class: &'static str, (x, y): (i32, i32), words: &str) -> Node {
    let values = vec![class.into(), x.to_string().into(), y.to_string().into()];
    el_with("text", &["class", "x", "y"], values, vec![text(words)])
}

/// A rectangle with round corners.
fn rectangle(class: &str, [x, y, width, height, radius]: [i32; 5]) -> Node {
    let mut values = vec![AttrValue::from(class.to_owned())];
    values.extend([x, y, width, height, radius].map(|number| AttrValue::from(number.to_string())));
    el_with("rect", &["class", "x", "y", "width", "height", "rx"], values, Vec::new())
}

fn end_mark(edge: &Edge) -> Node {
    let (class, sign) = if edge.stop == Stop::Arrived { ("end pass", "✓") } else { ("end fail", "✕") };
    let (x, y) = edge.end;
    let circle = vec![x.to_string().into(), y.to_string().into(), "8".into()];
    let parts =
        vec![el_with("circle", &["cx", "cy", "r"], circle, Vec::new()), words_at("", (x, y + 4), sign)];
    el_with("g", &["class", "aria-hidden"], vec![class.into(), "true".into()], parts)
}

/// A gateway or node: a button that selects it.
fn node_box(store: &Store, shape: &GraphBox, at: Option<&Key>) -> Node {
    let is_selected = store.state.view.selected.as_ref() == Some(&shape.key);
    let onclick: Callback<MouseEvent> = store.on(Command::Select(Some(shape.key.clone())));
    let select: Callback<()> = store.on(Command::Select(Some(shape.key.clone())));
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            select.emit(());
        }
    });
    let words = t(shape.key.kind.declaration().words);
    let label = match &shape.reach {
        Some(reach) => say("{0} {1}: {2}", &[words, &shape.key.name, badge(reach.met())]),
        None => [words, " ", &*shape.key.name].concat(),
    };
    // What fits beside the application; letters are measured for the widest of the usual fonts.
    let room = shape.width - if shape.reach.is_some() { 70 } else { 24 };
    let letters = |width: i32| usize::try_from(room * 10 / width).unwrap_or(0);
    let (title, fact) = (letters(80), letters(70));
    let (left, right) = (shape.x + 14, shape.x + shape.width - APP_INSET);
    let frame = [shape.x, shape.y, shape.width, shape.height, 9];
    let mut parts = vec![text_in("title", "", &label), rectangle("frame", frame)];
    if let Some(colour) = colour_class(&shape.key.name) {
        parts.push(rectangle(&format!("stripe {colour}"), [shape.x, shape.y + 9, 5, shape.height - 18, 2]));
    }
    parts.push(words_at("title", (left, shape.y + 22), &shorten(&shape.key.name, title)));
    match &shape.reach {
        Some(reach) => {
            let app = if reach.arrives() { "app answers" } else { "app" };
            parts.push(words_at("fact", (left, shape.y + 40), &shorten(&found_at(reach), fact)));
            parts.push(words_at("fact", (left, shape.y + 57), &shorten(&inside(reach, shape.width), fact)));
            parts.push(rectangle(app, [right - 18, shape.y + shape.height / 2 - 16, 34, 32, 5]));
            parts.push(words_at("app-word", (right - 1, shape.y + shape.height - 6), t("app")));
        }
        None => parts.push(words_at("fact", (left, shape.y + 40), &shorten(words, fact))),
    }
    let class = match (shape.key.kind, is_selected) {
        (Kind::VirtualGateway, false) => "box virtualGateway",
        (Kind::VirtualGateway, true) => "box virtualGateway selected",
        (_, false) => "box",
        (_, true) => "box selected",
    };
    node(html! {
        <g key={shape.key.to_string()} class={if at == Some(&shape.key) { format!("{class} here") } else { class.to_owned() }} role="button" tabindex="0"
            aria-pressed={truth(is_selected)} {onclick} {onkeydown}>{ *all(parts) }</g>
    })
}

/// The colour a walkthrough's node is named for.
fn colour_class(name: &str) -> Option<&'static str> {
    crate::scenario::COLOURS.iter().map(|colour| colour.name).find(|colour| name.contains(*colour))
}

fn found_at(reach: &Reach) -> String {
    match &reach.discovery {
        Discovery::Found { address, .. } => say("at {0}", &[&address.to_string()]),
        Discovery::Empty { .. } => t("no address found").to_owned(),
        Discovery::Undiscoverable => t("no service discovery").to_owned(),
    }
}

fn inside(reach: &Reach, width: i32) -> String {
    let bind = reach.effects.listener_bind.address();
    let local = match reach.effects.local_endpoint {
        Family::V4 => "127.0.0.1",
        Family::V6 => "::1",
    };
    match width < 280 {
        true => [bind, "→", local].concat(),
        false => say("listens on {0}, app at {1}", &[bind, local]),
    }
}

/// At most so many letters; what is left out is left out in the middle, as names of a mesh differ at their ends.
fn shorten(text: &str, letters: usize) -> String {
    let count = text.chars().count();
    if count <= letters {
        return text.to_owned();
    }
    let front = letters.saturating_sub(1) / 3;
    let back = letters.saturating_sub(1) - front;
    text.chars().take(front).chain(['…']).chain(text.chars().skip(count - back)).collect()
}

/// The same requests in words: a table equal to the drawing.
fn requests(store: &Store, edges: &[Edge]) -> Node {
    let Some((id, mesh)) = store.mesh() else { return none() };
    let row = |edge: &Edge| {
        let trace = trace(&store.shown, &mesh, &id.name, &edge.request);
        let key = Key::new(Kind::VirtualNode, edge.node.clone());
        let is_selected = store.state.view.selected.as_ref() == Some(&key);
        let onclick = store.on_all(vec![Command::Select(Some(key)), Command::ShowPanel(Panel::Inspector)]);
        let status = trace.status.map_or(t("reset").to_owned(), |status| status.to_string());
        let request = button("link", &trace.request, "", onclick);
        let cells = vec![
            el_fixed("th", const { &[fixed("scope", "row")] }, vec![request]),
            el("td", "", vec![mark_badge(trace.arrives, &status)]),
            text_in("td", "", &trace.headline),
        ];
        let values = vec![when(is_selected, "selected"), edge.node.to_string().into()];
        el_with("tr", &["class", "data-node"], values, cells)
    };
    let head = [t("Request"), t("Status"), t("What happens")]
        .map(|words| el_fixed("th", const { &[fixed("scope", "col")] }, vec![text(words)]));
    let parts = vec![
        text_in("caption", "", t("Requests")),
        el("thead", "", vec![el("tr", "", head.into())]),
        el("tbody", "", edges.iter().map(row).collect()),
    ];
    el("table", "requests", parts)
}
