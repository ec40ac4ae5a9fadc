//! The graph panel: a drawing of the mesh, with a request along each edge.
//!
//! The drawing is one Tab stop; inside it, the arrow keys move from box to box. Moving the view is the browser's own
//! scrolling, and zooming changes two attributes: neither redraws a box.

mod pieces;
mod tables;
mod view;

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use mesh_text::words::{say, t};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use self::{
    pieces::{Piece, piece},
    tables::{BoxTable, RequestTable},
    view::{Zoom, use_zoom, zoom_buttons},
};
use super::picture::PictureButton;
use crate::{
    model::{Key, MeshId},
    store::{Command, Panel},
    ui::{
        components::{
            Node, bool_attribute, button, button_with, el, el_fixed, el_with, empty_node, fixed, hidden,
            keyed, node, node_list, text, text_in,
        },
        effects,
        hooks::Store,
        later::{Panels, lazy},
    },
    view_model::{Direction, Edge, EndStage, Graph, arrival_words, graph},
};

/// Number of boxes, and of edges, drawn at first and added on each turn of the event loop: thousands at once would
/// freeze the page.
const AT_ONCE: usize = 150;
/// If a drawing has more boxes than this, only the boxes in view are on the page. A browser styles every element
/// whenever a dialog opens or closes, which takes half a second for thousands.
const WHOLE: usize = 200;
/// With more edges than this, nothing moves along them, because a user could not follow it.
const MOVING: usize = 100;

#[derive(Properties, PartialEq)]
pub struct GraphProps {
    pub store: Store,
    /// Resource where the request currently is.
    #[prop_or_default]
    pub at: Option<Key>,
    /// Whether only the drawing is shown.
    #[prop_or_default]
    pub is_alone: bool,
}

#[component]
pub fn GraphPanel(props: &GraphProps) -> Html {
    let store = &props.store;
    // Each time requests are sent, the packets are redrawn and travel again.
    let run = use_state(|| 0u32);
    let has_table = use_state(|| false);
    // The box that Tab focuses: the box that had the focus last.
    let stop = use_state(|| None::<Key>);
    let place = use_node_ref();
    let zoom = use_zoom(&place);
    let found = store.mesh();
    let mesh = found.as_ref().map(|(_, mesh)| mesh.clone());
    let drawing =
        use_memo((mesh, store.shown_world.environment.clone(), zoom.room), |(mesh, environment, room)| {
            mesh.as_ref().map(|mesh| graph(environment, mesh, *room))
        });
    let kept = [stop.as_ref(), store.state.view.selected.as_ref(), props.at.as_ref()];
    let drawn = drawing
        .as_ref()
        .as_ref()
        .map(|drawing| VisibleParts::new(drawing, zoom.seen, kept))
        .unwrap_or_default();
    let count = use_growing(drawn.boxes.len().max(drawn.edges.len()), found.as_ref().map(|(id, _)| id));
    let Some(((id, _), drawing)) = found.zip((*drawing).as_ref()) else { return Html::default() };
    if drawing.boxes.is_empty() {
        let words = t("This mesh has no gateways and no nodes yet. Open a template to fill it.");
        return *text_in("p", "empty", words);
    }
    let arrived = arrival_words(drawing.arrived(), drawing.edges.len());
    let name = say("Mesh {0}: {1}", &[&id.name, &arrived]);
    let svg = svg(props, drawing, &name, &stop, &zoom, &drawn, Extent { run: *run, count });
    let scroll = node(html! {
        <div ref={place} class="scroll" role="region" aria-label={t("Mesh graph")}>{ *svg }</div>
    });
    if props.is_alone {
        return *el("div", "graph alone", vec![scroll]);
    }
    let send = {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| run.set(*run + 1))
    };
    let toggle = {
        let has_table = has_table.clone();
        Callback::from(move |_: MouseEvent| has_table.set(!*has_table))
    };
    let bar = vec![
        button("primary", t("Send requests"), "", send),
        text_in("p", "arrived", &arrived),
        zoom_buttons(&zoom, drawing),
        node(html! { <PictureButton store={store.clone()} is_matrix=false /> }),
        legend(),
    ];
    let expanded = vec![bool_attribute(*has_table)];
    let tables = vec![
        node(html! { <RequestTable store={store.clone()} edges={drawing.edges.clone()} /> }),
        button_with("link", t("Gateways and nodes as a table"), &["aria-expanded"], expanded, false, toggle),
        match *has_table {
            true => {
                let (store, drawing) = (store.clone(), Rc::new(drawing.clone()));
                node(lazy::<Panels>(
                    move || html! { <BoxTable store={store.clone()} drawing={drawing.clone()} /> },
                ))
            }
            false => empty_node(),
        },
    ];
    let parts = vec![el("div", "graph-bar", bar), scroll, node_list(tables)];
    *el_fixed("section", const { &[fixed("class", "graph"), fixed("aria-label", "Graph")] }, parts)
}

/// Returns the number of parts to draw: some at first, more on each turn of the event loop, and all at once for a mesh
/// that was already drawn.
#[hook]
fn use_growing(all: usize, mesh: Option<&MeshId>) -> usize {
    let drawn = use_state_eq(|| (mesh.cloned(), AT_ONCE));
    let count = if drawn.0.as_ref() == mesh { drawn.1.min(all) } else { AT_ONCE.min(all) };
    use_effect_with((count, all, mesh.cloned()), move |(count, all, mesh)| {
        let (grown, mesh) = (*count + AT_ONCE, mesh.clone());
        let turn = (*count < *all).then(|| Timeout::new(0, move || drawn.set((mesh, grown))));
        move || drop(turn)
    });
    count
}

/// The parts of a drawing that are on the page once all are created.
#[derive(Default)]
struct VisibleParts {
    /// The indices of the boxes.
    boxes: Vec<usize>,
    /// The edges.
    edges: Vec<Rc<Edge>>,
}

impl VisibleParts {
    /// Returns all of a small drawing. Of a large drawing, returns the parts between two heights, the first box, which
    /// Tab focuses if nothing had the focus before, and the boxes in `kept`.
    fn new(drawing: &Graph, (top, bottom): (i32, i32), kept: [Option<&Key>; 3]) -> Self {
        let is_whole = drawing.boxes.len() <= WHOLE;
        let is_in = |(upper, lower): (i32, i32)| is_whole || (lower >= top && upper <= bottom);
        let boxes = drawing.boxes.iter().enumerate();
        let boxes = boxes
            .filter(|(index, shape)| *index == 0 || is_in(shape.rows()) || kept.contains(&Some(&shape.key)));
        Self {
            boxes: boxes.map(|(index, _)| index).collect(),
            edges: drawing.edges.iter().filter(|edge| is_in(edge.rows)).cloned().collect(),
        }
    }
}

/// The extent of the drawing that is on the page.
#[derive(Clone, Copy)]
struct Extent {
    /// Number of times that requests were sent.
    run: u32,
    /// Maximum number of boxes, and of edges.
    count: usize,
}

/// Renders the drawing, with one listener for all its boxes.
fn svg(
    props: &GraphProps,
    drawing: &Graph,
    name: &str,
    stop: &UseStateHandle<Option<Key>>,
    zoom: &Zoom,
    drawn: &VisibleParts,
    extent: Extent,
) -> Node {
    let selected = props.store.state.view.selected.as_ref();
    let index_of = |key: Option<&Key>| drawing.boxes.iter().position(|shape| Some(&shape.key) == key);
    let stop_index = index_of((**stop).as_ref()).or_else(|| index_of(selected)).unwrap_or_default();
    let boxes = drawn.boxes.iter().take(extent.count).filter_map(|index| {
        let shape = drawing.boxes.get(*index)?;
        Some(piece(Piece::Box {
            shape: shape.clone(),
            index: *index,
            is_selected: selected == Some(&shape.key),
            is_here: props.at.as_ref() == Some(&shape.key),
            is_stop: *index == stop_index,
        }))
    });
    let boxes = boxes.collect();
    let edges = || drawn.edges.iter().take(extent.count);
    let ways = edges().map(|edge| piece(Piece::Edge(edge.clone()))).collect();
    let ends = edges().map(|edge| piece(Piece::EdgeEnd(edge.clone()))).collect();
    // The table describes the edges in words, so screen readers skip these shapes.
    let unseen = |class: &'static str, parts: Vec<Node>| {
        el_with("g", &["class", "aria-hidden"], vec![class.into(), "true".into()], parts)
    };
    let shapes = vec![
        unseen("edges", ways),
        packets(&drawing.edges, extent.run),
        el("g", "boxes", boxes),
        unseen("ends", ends),
    ];
    let keys: Rc<[Key]> = drawing.boxes.iter().map(|shape| shape.key.clone()).collect();
    let onclick = {
        let (dispatch, keys) = (props.store.dispatch.clone(), keys.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(key) = box_at(event.target()).and_then(|(_, index)| keys.get(index)) {
                dispatch.run(Command::Select(Some(key.clone())));
            }
        })
    };
    let onfocusin = {
        let (stop, keys, zoom) = (stop.clone(), keys.clone(), zoom.clone());
        Callback::from(move |event: FocusEvent| {
            let Some((shape, index)) = box_at(event.target()) else { return };
            stop.set(keys.get(index).cloned());
            // A clicked box must stay under the pointer, so it is not scrolled.
            if !shape.matches(":hover").unwrap_or_default() {
                zoom.show(&shape);
            }
        })
    };
    let onkeydown = on_key(props, drawing, keys, zoom, stop);
    let (width, height) = (zoom.length(drawing.width), zoom.length(drawing.height));
    let view_box = format!("0 0 {} {}", drawing.width, drawing.height);
    node(html! {
        <svg viewBox={view_box} {width} {height} role="group" aria-label={name.to_owned()}
            aria-description={t("Arrow keys go from box to box, a letter to the next name with it, Enter opens, plus and minus magnify.")}
            {onclick} {onkeydown} {onfocusin}>{ *node_list(shapes) }</svg>
    })
}

/// Returns the box in which an event happened, and its index in the drawing.
fn box_at(target: Option<web_sys::EventTarget>) -> Option<(Element, usize)> {
    let shape = target?.dyn_into::<Element>().ok()?.closest("[data-box]").ok()??;
    let index = shape.get_attribute("data-box")?.parse().ok()?;
    Some((shape, index))
}

/// Returns the listener for keys inside the drawing.
fn on_key(
    props: &GraphProps,
    drawing: &Graph,
    keys: Rc<[Key]>,
    zoom: &Zoom,
    stop: &UseStateHandle<Option<Key>>,
) -> Callback<KeyboardEvent> {
    let (dispatch, zoom, is_alone) = (props.store.dispatch.clone(), zoom.clone(), props.is_alone);
    let stop = stop.clone();
    let drawing = drawing.clone();
    Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let Some((shape, index)) = box_at(event.target()) else { return };
        let name = event.key();
        let mut letters = name.chars();
        let letter = letters.next().filter(|_| letters.next().is_none());
        match (name.as_str(), letter) {
            ("Enter" | " ", _) => {
                let select = Command::Select(keys.get(index).cloned());
                dispatch.run(select);
                if name == "Enter" && !is_alone {
                    dispatch.run(Command::ShowPanel(Panel::Inspector));
                    effects::focus_on(".inspector h2");
                }
            }
            (_, Some('+' | '=')) => zoom.step(1),
            (_, Some('-')) => zoom.step(-1),
            (_, Some('0')) => zoom.set.emit(100),
            (_, letter) => {
                let direction = Direction::of_key(&name);
                let next = match (direction, letter) {
                    (Some(direction), _) => drawing.neighbour(index, direction),
                    (None, Some(letter)) => drawing.named(index, letter),
                    (None, None) => return,
                };
                if let Some(next) = next {
                    // The box that Tab focuses is always drawn, wherever it is.
                    if !focus_box(&shape, next) {
                        stop.set(keys.get(next).cloned());
                        effects::focus_on(&box_selector(next));
                    }
                } else if direction.is_none() {
                    return;
                }
            }
        }
        event.prevent_default();
    })
}

/// Returns the selector of the box at an index.
fn box_selector(index: usize) -> String {
    format!(".graph [data-box='{index}']")
}

/// Moves the focus to another box of the same drawing. Returns whether that box is drawn.
fn focus_box(shape: &Element, index: usize) -> bool {
    let drawing = shape.closest("svg").ok().flatten();
    let next = drawing.and_then(|drawing| drawing.query_selector(&box_selector(index)).ok()?);
    // Every focusable element has the same method.
    next.is_some_and(|next| next.unchecked_into::<HtmlElement>().focus().is_ok())
}

/// Renders the packets that move along the edges. A new key creates new elements and so restarts their motion: when
/// requests are sent, and whenever an outcome changes.
fn packets(edges: &[Rc<Edge>], run: u32) -> Node {
    if edges.len() > MOVING {
        return el("g", "", Vec::new());
    }
    let stops: String = edges.iter().map(|edge| stop_letter(edge.end_stage)).collect();
    let packet = |edge: &Rc<Edge>| {
        let class = if edge.end_stage == EndStage::Arrived { "packet pass" } else { "packet fail" };
        let values = vec![class.into(), edge.travelled.clone().into(), "100".into()];
        el_with("path", &["class", "d", "pathLength"], values, Vec::new())
    };
    let hidden = vec!["packets".into(), "true".into()];
    let packets = el_with("g", &["class", "aria-hidden"], hidden, edges.iter().map(packet).collect());
    keyed(packets, format!("{run}-{stops}"))
}

const fn stop_letter(stop: EndStage) -> char {
    match stop {
        EndStage::Arrived => 'a',
        EndStage::Discovery => 'd',
        EndStage::Listener => 'l',
        EndStage::Application => 'p',
    }
}

fn legend() -> Node {
    let key = |class: &'static str, sign: &'static str, words: &str| {
        el("li", "", vec![el("span", class, vec![hidden(sign)]), text(words)])
    };
    let keys = vec![key("key pass", "✓", t("arrives")), key("key fail", "✕", t("stops there"))];
    el_fixed("ul", const { &[fixed("class", "legend"), fixed("aria-label", "Legend")] }, keys)
}
