//! The mesh, drawn, with a request along each way.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    environment::Family,
    model::Kind,
    store::{Command, Panel},
    traffic::{Discovery, Reach},
    ui::{
        components::mark_badge,
        hooks::{Store, use_window_width},
    },
    view_model::{APP_INSET, Edge, GraphBox, Stop, badge, graph, trace},
};

/// Above this window width the side panels stand beside the drawing.
const WIDE: i32 = 1100;

#[derive(Properties, PartialEq)]
pub struct GraphProps {
    pub store: Store,
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
        return html! { <p class="empty">{ "This mesh has no gateways and no nodes yet. Open a template to fill it." }</p> };
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
    html! {
        <section class="graph" aria-label="Graph">
            <div class="graph-bar">
                <button type="button" class="primary" onclick={send}>{ "Send requests" }</button>
                <p role="status">{ format!("{arrived} of {total} requests arrive") }</p>
                { legend() }
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label="Mesh graph">
                <svg viewBox={view_box} width={drawing.width.to_string()} height={drawing.height.to_string()}
                    role="group" aria-label={format!("Mesh {}", id.name)}>
                    <g class="edges" key={motion}>
                        { for drawing.edges.iter().map(edge_shape) }
                    </g>
                    { for drawing.boxes.iter().map(|shape| node_box(store, shape)) }
                    <g class="ends">{ for drawing.edges.iter().map(end_mark) }</g>
                </svg>
            </div>
            { requests(store, &drawing.edges) }
        </section>
    }
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

fn legend() -> Html {
    html! {
        <ul class="legend" aria-label="Legend">
            <li><span class="key pass" aria-hidden="true">{ "✓" }</span>{ "arrives" }</li>
            <li><span class="key fail" aria-hidden="true">{ "✕" }</span>{ "stops there" }</li>
        </ul>
    }
}

fn edge_shape(edge: &Edge) -> Html {
    let class = if edge.stop == Stop::Arrived { "edge pass" } else { "edge fail" };
    html! {
        <g {class}>
            if let Some(rest) = &edge.rest {
                <path class="rest" d={rest.clone()} />
            }
            <path class="way" d={edge.travelled.clone()} />
            <path class="packet" d={edge.travelled.clone()} pathLength="100" />
            <text class="label" x={edge.label_at.0.to_string()} y={edge.label_at.1.to_string()}>{ &edge.label }</text>
        </g>
    }
}

fn end_mark(edge: &Edge) -> Html {
    let (class, sign) = if edge.stop == Stop::Arrived { ("end pass", "✓") } else { ("end fail", "✕") };
    let (x, y) = edge.end;
    html! {
        <g {class} aria-hidden="true">
            <circle cx={x.to_string()} cy={(y).to_string()} r="8" />
            <text x={x.to_string()} y={(y + 4).to_string()}>{ sign }</text>
        </g>
    }
}

/// A gateway or node: a button that selects it.
fn node_box(store: &Store, shape: &GraphBox) -> Html {
    let is_selected = store.state.view.selected.as_ref() == Some(&shape.key);
    let select = {
        let (dispatch, key) = (store.dispatch.clone(), shape.key.clone());
        Callback::from(move |()| {
            dispatch.run(Command::Select(Some(key.clone())));
        })
    };
    let onclick = select.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            select.emit(());
        }
    });
    let words = shape.key.kind.declaration().words;
    let label = match &shape.reach {
        Some(reach) => format!("{words} {}: {}", shape.key.name, badge(reach.met())),
        None => format!("{words} {}", shape.key.name),
    };
    // What fits beside the application; letters are measured for the widest of the usual fonts.
    let room = shape.width - if shape.reach.is_some() { 70 } else { 24 };
    let letters = |width: i32| usize::try_from(room * 10 / width).unwrap_or(0);
    let (title, fact) = (letters(80), letters(70));
    let class = classes!("box", shape.key.kind.declaration().member, is_selected.then_some("selected"));
    let left = (shape.x + 14).to_string();
    let line = |row: i32| (shape.y + row).to_string();
    html! {
        <g key={shape.key.to_string()} {class} role="button" tabindex="0" aria-label={label} aria-pressed={is_selected.to_string()} {onclick} {onkeydown}>
            <rect class="frame" x={shape.x.to_string()} y={shape.y.to_string()} rx="9"
                width={shape.width.to_string()} height={shape.height.to_string()} />
            if let Some(colour) = colour_class(&shape.key.name) {
                <rect class={classes!("stripe", colour)} x={shape.x.to_string()} y={line(9)} rx="2" width="5"
                    height={(shape.height - 18).to_string()} />
            }
            <text class="title" x={left.clone()} y={line(22)}>{ shorten(&shape.key.name, title) }</text>
            if let Some(reach) = &shape.reach {
                <text class="fact" x={left.clone()} y={line(40)}>{ shorten(&found_at(reach), fact) }</text>
                <text class="fact" x={left} y={line(57)}>{ shorten(&inside(reach, shape.width), fact) }</text>
                <rect class={classes!("app", reach.arrives().then_some("answers"))} rx="5"
                    x={(shape.x + shape.width - APP_INSET - 18).to_string()} y={line(shape.height / 2 - 16)}
                    width="34" height="32" />
                <text class="app-word" x={(shape.x + shape.width - APP_INSET - 1).to_string()}
                    y={line(shape.height - 6)}>{ "app" }</text>
            } else {
                <text class="fact" x={left} y={line(40)}>{ shorten(words, fact) }</text>
            }
        </g>
    }
}

/// The colour a walkthrough's node is named for.
fn colour_class(name: &str) -> Option<&'static str> {
    crate::scenario::COLOURS.iter().map(|colour| colour.name).find(|colour| name.contains(*colour))
}

fn found_at(reach: &Reach) -> String {
    match &reach.discovery {
        Discovery::Found { address, .. } => format!("at {address}"),
        Discovery::Empty { .. } => "no address found".to_owned(),
        Discovery::Undiscoverable => "no service discovery".to_owned(),
    }
}

fn inside(reach: &Reach, width: i32) -> String {
    let bind = reach.effects.listener_bind.address();
    let local = match reach.effects.local_endpoint {
        Family::V4 => "127.0.0.1",
        Family::V6 => "::1",
    };
    if width < 280 { format!("{bind}→{local}") } else { format!("listens on {bind}, app at {local}") }
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
fn requests(store: &Store, edges: &[Edge]) -> Html {
    let Some((id, mesh)) = store.mesh() else { return Html::default() };
    html! {
        <table class="requests">
            <caption>{ "Requests" }</caption>
            <thead><tr><th scope="col">{ "Request" }</th><th scope="col">{ "Status" }</th><th scope="col">{ "What happens" }</th></tr></thead>
            <tbody>
                { for edges.iter().map(|edge| {
                    let trace = trace(&store.shown, &mesh, &id.name, &edge.request);
                    let key = crate::model::Key::new(Kind::VirtualNode, edge.node.clone());
                    let is_selected = store.state.view.selected.as_ref() == Some(&key);
                    let onclick = {
                        let dispatch = store.dispatch.clone();
                        move |_: MouseEvent| {
                            dispatch.run(Command::Select(Some(key.clone())));
                            dispatch.run(Command::ShowPanel(Panel::Inspector));
                        }
                    };
                    let status = trace.status.map_or("reset".to_owned(), |status| status.to_string());
                    html! {
                        <tr class={classes!(is_selected.then_some("selected"))} data-node={edge.node.to_string()}>
                            <th scope="row"><button type="button" class="link" {onclick}>{ &trace.request }</button></th>
                            <td>{ mark_badge(trace.arrives, &status) }</td>
                            <td>{ trace.headline }</td>
                        </tr>
                    }
                }) }
            </tbody>
        </table>
    }
}
