//! The mesh as a Mermaid flowchart, for wikis and issues that render Mermaid.

use mesh_text::sorting;

use super::{
    graph::{EndStage, Graph},
    trace::badge,
};
use crate::model::{Key, Kind};

/// Renders a graph as a flowchart: gateways are rounded, nodes are square with the outcome of requests to them, and
/// the edges of failed requests are dotted.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for (number, shape) in graph.boxes.iter().enumerate() {
        let name = escaped(&shape.key.name);
        let outcome = shape.reach.as_ref().map_or(String::new(), |reach| {
            let sign = if reach.arrives() { "✓" } else { "✕" };
            ["<br/>", sign, " ", badge(reach.met())].concat()
        });
        let (open, close) = if shape.key.kind == Kind::VirtualGateway { ("([", "])") } else { ("[", "]") };
        push(&mut text, &["    n", &number.to_string(), open, "\"", &name, &outcome, "\"", close, "\n"]);
    }
    let mut places: Vec<(&Key, usize)> =
        graph.boxes.iter().enumerate().map(|(number, shape)| (&shape.key, number)).collect();
    sorting::sort(&mut places);
    let number = |key: &Key| {
        let found = places.binary_search_by(|(other, _)| (*other).cmp(key)).ok()?;
        places.get(found).map(|(_, number)| number.to_string())
    };
    for edge in &graph.edges {
        let target = Key::new(Kind::VirtualNode, edge.node.clone());
        let (Some(from), Some(to)) = (number(&edge.from), number(&target)) else { continue };
        let (line, sign) =
            if edge.end_stage == EndStage::Arrived { (" -->", "✓") } else { (" -.-x", "✕") };
        let label = escaped(&edge.label);
        let gap = if label.is_empty() { "" } else { " " };
        push(&mut text, &["    n", &from, line, "|\"", &label, gap, sign, "\"| n", &to, "\n"]);
    }
    text
}

fn push(text: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| text.push_str(part));
}

/// Escapes a string between quotes: characters with a meaning in Mermaid, Markdown or HTML become character codes.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '#' | '&' | '<' | '>' | ';' | '`' | '\\' | '*' | '_' | '|' | '%' | '{' | '}' | '['
            | ']' => {
                push(&mut out, &["#", &u32::from(letter).to_string(), ";"]);
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
