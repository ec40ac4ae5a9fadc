//! The shapes of boxes and edges, which the page and the picture share.

use mesh_text::words::{say, t};

use super::{APP_INSET, Edge, EndStage, GraphBox};
use crate::{
    environment::Family,
    model::Kind,
    traffic::{Discovery, Reach},
    view_model::trace::badge,
};

/// Shape of a drawing. Its class names its role; the style sheet sets colours and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Rectangle: class, then left edge, upper edge, width, height and corner radius.
    Rectangle(&'static str, [i32; 5]),
    /// Line: class, and SVG path data.
    Path(&'static str, String),
    /// Circle: centre and radius.
    Circle((i32, i32), i32),
    /// Text: class, position of its start or its middle, and content.
    Text(&'static str, (i32, i32), String),
    /// Group: class, and the shapes that belong together.
    Group(&'static str, Vec<Shape>),
}

/// Class of the stripe for each colour that is part of a node's name in the walkthroughs.
const STRIPES: [(&str, &str); 6] = [
    ("red", "stripe red"),
    ("orange", "stripe orange"),
    ("yellow", "stripe yellow"),
    ("green", "stripe green"),
    ("blue", "stripe blue"),
    ("purple", "stripe purple"),
];

/// Returns the accessible name of a box: its resource, and the outcome of a request to it.
pub fn box_label(shape: &GraphBox) -> String {
    match &shape.reach {
        Some(reach) => [&shape.key.plain(), ": ", badge(reach.met())].concat(),
        None => shape.key.plain(),
    }
}

/// Returns the shapes of a gateway or node.
pub fn box_shapes(shape: &GraphBox) -> Vec<Shape> {
    // Number of characters that fit beside the application, measured for the widest of the usual fonts.
    let room = shape.width - if shape.reach.is_some() { 70 } else { 24 };
    let letters = |width: i32| usize::try_from(room * 10 / width).unwrap_or(0);
    let (title, fact) = (letters(80), letters(70));
    let (left, right) = (shape.x + 14, shape.x + shape.width - APP_INSET);
    let mut shapes = vec![Shape::Rectangle("frame", [shape.x, shape.y, shape.width, shape.height, 9])];
    if let Some((_, class)) = STRIPES.iter().find(|(name, _)| shape.key.name.contains(name)) {
        shapes.push(Shape::Rectangle(class, [shape.x, shape.y + 9, 5, shape.height - 18, 2]));
    }
    shapes.push(Shape::Text("title", (left, shape.y + 22), shorten(&shape.key.name, title)));
    for (row, words) in (0..).zip(box_details(shape)) {
        shapes.push(Shape::Text("fact", (left, shape.y + 40 + 17 * row), shorten(&words, fact)));
    }
    if let Some(reach) = &shape.reach {
        let class = if reach.arrives() { "app answers" } else { "app" };
        shapes.push(Shape::Rectangle(class, [right - 18, shape.y + shape.height / 2 - 16, 34, 32, 5]));
        shapes.push(Shape::Text("app-word", (right - 1, shape.y + shape.height - 6), t("app").to_owned()));
    }
    shapes
}

/// Returns the lines of text under the name of a box.
pub fn box_details(shape: &GraphBox) -> Vec<String> {
    match &shape.reach {
        Some(reach) => vec![found_at(reach), inside(reach, shape.width)],
        None if shape.key.kind == Kind::VirtualGateway => vec![t("virtual gateway").to_owned()],
        None => Vec::new(),
    }
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
    if width < 280 {
        [bind, "→", local].concat()
    } else {
        say("listens on {0}, app at {1}", &[bind, local])
    }
}

/// Shortens a string to at most `letters` characters. Omits its middle, because names in a mesh differ at their ends.
fn shorten(text: &str, letters: usize) -> String {
    let count = text.chars().count();
    if count <= letters {
        return text.to_owned();
    }
    let front = letters.saturating_sub(1) / 3;
    let back = letters.saturating_sub(1) - front;
    text.chars().take(front).chain(['…']).chain(text.chars().skip(count - back)).collect()
}

/// Returns the shapes of an edge: the part that its request travels, the rest, and the label.
pub fn edge_shapes(edge: &Edge) -> Shape {
    let mut parts = Vec::new();
    parts.extend(edge.rest.as_ref().map(|rest| Shape::Path("rest", rest.clone())));
    parts.push(Shape::Path("way", edge.travelled.clone()));
    parts.push(Shape::Text("label", edge.label_at, edge.label.clone()));
    Shape::Group(if edge.end_stage == EndStage::Arrived { "edge pass" } else { "edge fail" }, parts)
}

/// Returns the sign at the end of an edge.
pub fn end_shapes(edge: &Edge) -> Shape {
    let (class, sign) =
        if edge.end_stage == EndStage::Arrived { ("end pass", "✓") } else { ("end fail", "✕") };
    let (x, y) = edge.end;
    Shape::Group(class, vec![Shape::Circle((x, y), 8), Shape::Text("", (x, y + 4), sign.to_owned())])
}
