//! The parts of the drawing. Each is a separate component, so that unchanged parts are not redrawn.

use std::rc::Rc;

use mesh_text::words;
use yew::prelude::*;

use crate::{
    model::Kind,
    ui::components::{Node, bool_attribute, el, el_with, node, text, text_in},
    view_model::{Edge, GraphBox, Shape, box_label, box_shapes, edge_shapes, end_shapes},
};

/// A part of the drawing.
#[derive(Clone, PartialEq)]
pub enum Piece {
    /// A gateway or node.
    Box {
        shape: Rc<GraphBox>,
        index: usize,
        is_selected: bool,
        /// Whether a request is currently there.
        is_here: bool,
        /// Whether Tab focuses it.
        is_stop: bool,
    },
    /// An edge.
    Edge(Rc<Edge>),
    /// The sign at the end of an edge.
    EdgeEnd(Rc<Edge>),
}

#[derive(Properties, PartialEq)]
struct PieceProps {
    piece: Piece,
    /// Language counter; see [`words::turn`].
    turn: u32,
}

/// Renders a part of the drawing as a component.
pub fn piece(piece: Piece) -> Node {
    let turn = words::turn();
    let key = match &piece {
        Piece::Box { shape, .. } => shape.key.to_string(),
        // Edges have no names; their order is that of their requests.
        Piece::Edge(_) | Piece::EdgeEnd(_) => return node(html! { <PieceView {piece} {turn} /> }),
    };
    node(html! { <PieceView {key} {piece} {turn} /> })
}

#[component]
fn PieceView(props: &PieceProps) -> Html {
    let (shape, index, is_selected, is_here, is_stop) = match &props.piece {
        Piece::Edge(edge) => return *shown(&edge_shapes(edge)),
        Piece::EdgeEnd(edge) => return *shown(&end_shapes(edge)),
        Piece::Box { shape, index, is_selected, is_here, is_stop } => {
            (shape, index, *is_selected, *is_here, *is_stop)
        }
    };
    let mut class = String::from("box");
    for (holds, word) in [
        (shape.key.kind == Kind::VirtualGateway, " virtualGateway"),
        (is_selected, " selected"),
        (is_here, " here"),
    ] {
        if holds {
            class.push_str(word);
        }
    }
    let mut parts = vec![text_in("title", "", &box_label(shape))];
    parts.extend(box_shapes(shape).iter().map(shown));
    let values = vec![
        class.into(),
        index.to_string().into(),
        "button".into(),
        if is_stop { "0" } else { "-1" }.into(),
        bool_attribute(is_selected),
    ];
    *el_with("g", &["class", "data-box", "role", "tabindex", "aria-pressed"], values, parts)
}

/// Renders a shape as an SVG element.
fn shown(shape: &Shape) -> Node {
    let whole = |class: &'static str, numbers: &[i32]| {
        let numbers = numbers.iter().map(|number| AttrValue::from(number.to_string()));
        [AttrValue::Static(class)].into_iter().chain(numbers).collect()
    };
    match shape {
        Shape::Rectangle(class, frame) => {
            el_with("rect", &["class", "x", "y", "width", "height", "rx"], whole(class, frame), Vec::new())
        }
        Shape::Path(class, way) => {
            el_with("path", &["class", "d"], vec![(*class).into(), way.clone().into()], Vec::new())
        }
        Shape::Circle((x, y), radius) => {
            el_with("circle", &["class", "cx", "cy", "r"], whole("", &[*x, *y, *radius]), Vec::new())
        }
        Shape::Text(class, (x, y), words) => {
            el_with("text", &["class", "x", "y"], whole(class, &[*x, *y]), vec![text(words)])
        }
        Shape::Group(class, shapes) => el("g", class, shapes.iter().map(shown).collect()),
    }
}
