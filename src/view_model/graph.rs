//! The graph of a mesh: boxes in layers, and an edge for each path that a request can take, cut where the request
//! stops.
//!
//! This module computes the positions; `shapes` defines the appearance, and `walk` the keyboard navigation from box
//! to box.

mod shapes;
mod walk;

use std::rc::Rc;

use litemap::LiteMap;
use mesh_text::sorting;

use crate::{
    control_plane::Mesh,
    environment::Environment,
    model::{Key, Kind, Name},
    traffic::{Client, End, Fault, Outcome, Reach, Request, RouteHop, clients, reach, send_to_each, target},
};

pub use shapes::{Shape, box_details, box_label, box_shapes, edge_shapes, end_shapes};
pub use walk::Direction;

/// Gateway or node with its position, in the units of the drawing (CSS pixels).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphBox {
    /// Resource that the box shows.
    pub key: Key,
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// Outcome of a request to the node, from any caller; `None` for a gateway.
    pub reach: Option<Reach>,
}

/// Stage at which a request along an edge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndStage {
    /// The request arrives at the application.
    Arrived,
    /// The request never leaves the caller, because there is no address.
    Discovery,
    /// The request ends at the target's box: no task has the address, the connection is refused, or TLS fails.
    Listener,
    /// The request ends inside the target's box, before the application.
    Application,
}

/// Path that a request can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The request.
    pub request: Request,
    /// Index of the target on the route; 0 if there is no choice.
    pub target: usize,
    /// The source: a gateway or node.
    pub from: Key,
    /// Target node.
    pub node: Name,
    /// Label: the path prefix, and the target's share if the route has several targets.
    pub label: String,
    /// Position where the label starts.
    pub label_at: (i32, i32),
    /// SVG path of the part that the request travels.
    pub travelled: String,
    /// SVG path of the rest up to the target's box, if the request does not reach the box.
    pub rest: Option<String>,
    /// Position where the request ends.
    pub end: (i32, i32),
    /// Stage at which the request ends.
    pub end_stage: EndStage,
    /// Vertical extent of the edge: its smallest and its largest `y`.
    pub rows: (i32, i32),
}

/// Drawing of a mesh. Its parts are shared, so that components quickly detect which parts did not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// Width of the drawing.
    pub width: i32,
    /// Height of the drawing.
    pub height: i32,
    /// Gateways and nodes, in reading order.
    pub boxes: Vec<Rc<GraphBox>>,
    /// Edges between the boxes.
    pub edges: Vec<Rc<Edge>>,
}

impl Graph {
    /// Returns the number of requests that arrive.
    pub fn arrived(&self) -> usize {
        self.edges.iter().filter(|edge| edge.end_stage == EndStage::Arrived).count()
    }
}

impl GraphBox {
    /// Returns the `y` of the upper and the lower edge.
    pub const fn rows(&self) -> (i32, i32) {
        (self.y, self.y + self.height)
    }
}

const BOX_HEIGHT: i32 = 68;
const ROW: i32 = 82;
const MARGIN: i32 = 8;
/// Height of the label of an edge.
const LABEL_ROW: i32 = 24;
/// Below this width of the drawing, boxes are drawn narrow.
const NARROW: i32 = 520;
/// Distance of the application from the right edge of its box.
const APP_INSET: i32 = 22;

/// Draws a mesh in the available width, or wider if its layers need more.
pub fn graph(environment: &Environment, mesh: &Mesh, width: i32) -> Graph {
    let ways = request_edges(environment, mesh);
    let layers = layers(mesh, &ways);
    let count = length(layers.len()).max(1);
    let is_narrow = width < NARROW;
    let (gateway_width, least, gap) = if is_narrow { (84, 196, 58) } else { (150, 250, 90) };
    let has_gateways = mesh.of_kind(Kind::VirtualGateway).next().is_some();
    let node_layers = if has_gateways { count - 1 } else { count };
    let fixed = 2 * MARGIN + if has_gateways { gateway_width } else { 0 } + gap * (count - 1);
    let node_width = ((width - fixed) / node_layers.max(1)).clamp(least, 460);
    // Spare width widens the gaps, so that the drawing fills the available width.
    let needed = fixed + node_width * node_layers;
    let spare = ((width - needed) / (count.max(2) - 1)).clamp(0, 260);
    let stack = |boxes: usize| length(boxes.max(1)) * ROW - (ROW - BOX_HEIGHT);
    let height = stack(layers.iter().map(Vec::len).max().unwrap_or(0)) + 2 * MARGIN;

    let mut leaving: LiteMap<&Key, i32> = LiteMap::new();
    for way in &ways {
        leaving.try_insert(&way.from, 0);
        if let Some(count) = leaving.get_mut(&&way.from) {
            *count += 1;
        }
    }
    let mut boxes: Vec<Rc<GraphBox>> = Vec::new();
    let mut x = MARGIN;
    for (index, layer) in layers.iter().enumerate() {
        let width = if has_gateways && index == 0 { gateway_width } else { node_width };
        let mut y = (height - stack(layer.len())) / 2;
        for key in layer {
            let reach =
                (key.kind == Kind::VirtualNode).then(|| reach(environment, mesh, &key.name)).flatten();
            // A box that is alone in its layer grows up and down with the number of edges that leave it, so that each
            // has room for its label; the height of the drawing is the limit.
            let leaving = leaving.get(&key).copied().unwrap_or(0);
            let box_height =
                leaving.saturating_mul(LABEL_ROW).clamp(BOX_HEIGHT, (height - 2 * MARGIN).max(BOX_HEIGHT));
            let grown = if layer.len() == 1 { box_height } else { BOX_HEIGHT };
            boxes.push(Rc::new(GraphBox {
                key: key.clone(),
                x,
                y: y - (grown - BOX_HEIGHT) / 2,
                width,
                height: grown,
                reach,
            }));
            y += ROW;
        }
        x += width + gap + spare;
    }
    let width = boxes.iter().map(|b| b.x + b.width + MARGIN).max().unwrap_or(0);
    let edges = edges(&ways, &boxes, &leaving, is_narrow);
    Graph { width, height, boxes, edges }
}

/// Converts a count to a length. The fallback for an overflow is far above the number of boxes of any drawing.
fn length(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / (2 * ROW))
}

/// Request with its outcome at one of its targets.
pub(super) struct RequestEdge {
    pub(super) request: Request,
    target: usize,
    from: Key,
    pub(super) node: Name,
    label: String,
    /// Fault that the request meets; `None` if it arrives.
    pub(super) first_fault: Option<Fault>,
    end_stage: EndStage,
}

/// Returns the outcome of every request of a mesh that finds a node, at each target of its route.
pub(super) fn request_edges(environment: &Environment, mesh: &Mesh) -> Vec<RequestEdge> {
    let requests = clients(mesh);
    let mut ways = Vec::with_capacity(requests.len());
    for request in requests {
        let outcomes = send_to_each(environment, mesh, &request);
        let is_shared = outcomes.len() > 1;
        for (at, outcome) in outcomes {
            let is_unresolved = outcome.end == End::Unresolved;
            let called = is_unresolved.then(|| target(environment, mesh, &request)).flatten();
            ways.extend(request_edge(request.clone(), at, outcome, is_shared, called));
        }
    }
    ways
}

/// Converts an outcome to a [`RequestEdge`]; `called` is the target node if the name has no DNS record.
fn request_edge(
    request: Request,
    target: usize,
    outcome: Outcome,
    is_shared: bool,
    called: Option<Name>,
) -> Option<RequestEdge> {
    let (node, share, met) = match called {
        Some(node) => (node, 100, Some(Fault::Lookup)),
        None => {
            let service = outcome.service?;
            (service.node, service.share, outcome.reach?.met())
        }
    };
    let stop = match met {
        None => EndStage::Arrived,
        Some(Fault::Lookup | Fault::Discovery) => EndStage::Discovery,
        Some(Fault::Address | Fault::Listener | Fault::Tls) => EndStage::Listener,
        Some(Fault::Application) => EndStage::Application,
    };
    let from = match &request.client {
        Client::Gateway(gateway) => Key::new(Kind::VirtualGateway, gateway.clone()),
        Client::Node { node, .. } => Key::new(Kind::VirtualNode, node.clone()),
    };
    let mut label = match outcome.route {
        RouteHop::GatewayRoute { matched, .. } => matched,
        _ => String::new(),
    };
    if is_shared {
        label = [&*label, &*share_words(share)].join(" ").trim_start().to_owned();
    }
    Some(RequestEdge { request, target, from, node, label, first_fault: met, end_stage: stop })
}

/// Formats a share of a route's requests: `90 %`.
pub(super) fn share_words(share: u8) -> String {
    if share == 0 { "< 1 %".to_owned() } else { format!("{share} %") }
}

/// Assigns gateways and nodes to layers: gateways first, and every node to the right of all its callers, except in
/// cycles of calls. Within a layer, nodes are in the order in which callers reach them, so that few edges cross.
fn layers(mesh: &Mesh, ways: &[RequestEdge]) -> Vec<Vec<Key>> {
    const MOST: usize = 6;
    let gateways: Vec<Key> =
        mesh.of_kind(Kind::VirtualGateway).map(|gateway| gateway.id.key.clone()).collect();
    let first = usize::from(!gateways.is_empty());
    let mut layer_of: LiteMap<&Name, Option<usize>> = LiteMap::new();
    for node in mesh.node_names() {
        layer_of.insert(node, Some(first));
    }
    for _ in 0..MOST {
        for way in ways {
            let from = match way.from.kind {
                Kind::VirtualGateway => 0,
                _ => layer_of.get(&&way.from.name).copied().flatten().unwrap_or(0),
            };
            if let Some(Some(layer)) = layer_of.get_mut(&&way.node)
                && *layer <= from
                && way.from.name != way.node
            {
                *layer = (from + 1).min(MOST);
            }
        }
    }
    let mut layers = vec![gateways];
    for name in ways.iter().map(|way| &way.node).chain(mesh.node_names()) {
        // `take` places each node only once.
        let Some(layer) = layer_of.get_mut(&name).and_then(Option::take) else { continue };
        layers.resize_with(layers.len().max(layer + 1), Vec::new);
        layers[layer].push(Key::new(Kind::VirtualNode, name.clone()));
    }
    layers.retain(|layer| !layer.is_empty());
    layers
}

fn edges(
    ways: &[RequestEdge],
    boxes: &[Rc<GraphBox>],
    leaving: &LiteMap<&Key, i32>,
    is_narrow: bool,
) -> Vec<Rc<Edge>> {
    let mut places: Vec<_> = boxes.iter().collect();
    sorting::sort_by(&mut places, |a, b| a.key.cmp(&b.key));
    let find = |key: &Key| {
        let found = places.binary_search_by(|place| place.key.cmp(key)).ok()?;
        places.get(found).copied()
    };
    // Number of edges drawn so far, by the box that they leave.
    let mut drawn: LiteMap<&Key, i32> = LiteMap::new();
    let mut edges = Vec::new();
    for way in ways {
        let target = Key::new(Kind::VirtualNode, way.node.clone());
        let (Some(from), Some(to)) = (find(&way.from), find(&target)) else { continue };
        drawn.try_insert(&way.from, 0);
        let Some(drawn) = drawn.get_mut(&&way.from) else { continue };
        *drawn += 1;
        let count = leaving.get(&&way.from).copied().unwrap_or(0);
        let start = (from.x + from.width, from.y + from.height * *drawn / (count + 1));
        let border = (to.x, to.y + to.height / 2);
        edges.push(Rc::new(edge(way, start, border, to, is_narrow)));
    }
    edges
}

type Point = (i32, i32);

fn edge(way: &RequestEdge, start: Point, border: Point, to: &GraphBox, is_narrow: bool) -> Edge {
    let bend = (border.0 - start.0).abs().max(40) / 2;
    let curve = [start, (start.0 + bend, start.1), (border.0 - bend, border.1), border];
    let whole = curve_path(&curve);
    let app = (to.x + to.width - APP_INSET, border.1);
    let (travelled, rest, end) = match way.end_stage {
        EndStage::Arrived => (format!("{whole} L {} {}", app.0, app.1), None, app),
        // Ends at the border of the application.
        EndStage::Application => {
            let end = (app.0 - 18, app.1);
            (format!("{whole} L {} {}", end.0, end.1), None, end)
        }
        EndStage::Listener => (whole, None, border),
        EndStage::Discovery => {
            let (near, far) = split(&curve, 60);
            (curve_path(&near), Some(curve_path(&far)), near[3])
        }
    };
    let label_at = if is_narrow { (start.0 + 4, start.1 - 3) } else { (start.0 + 8, start.1 - 5) };
    Edge {
        request: way.request.clone(),
        target: way.target,
        from: way.from.clone(),
        node: way.node.clone(),
        label: way.label.clone(),
        label_at,
        travelled,
        rest,
        end,
        end_stage: way.end_stage,
        rows: (start.1.min(border.1), start.1.max(border.1)),
    }
}

fn curve_path(curve: &[Point; 4]) -> String {
    let [a, b, c, d] = curve;
    format!("M {} {} C {} {} {} {} {} {}", a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1)
}

/// Splits a cubic curve at `at` percent of its parameter, by de Casteljau's algorithm.
fn split(curve: &[Point; 4], at: i32) -> ([Point; 4], [Point; 4]) {
    let mix = |a: Point, b: Point| (a.0 + (b.0 - a.0) * at / 100, a.1 + (b.1 - a.1) * at / 100);
    let [a, b, c, d] = *curve;
    let (ab, bc, cd) = (mix(a, b), mix(b, c), mix(c, d));
    let (abc, bcd) = (mix(ab, bc), mix(bc, cd));
    let middle = mix(abc, bcd);
    ([a, ab, abc, middle], [middle, bcd, cd, d])
}
