//! Pictures of the mesh and of the matrix for export: self-contained SVG.

use mesh_text::words::{say, t};

use super::{
    graph::{Graph, Shape, box_label, box_shapes, edge_shapes, end_shapes},
    matrix::{Matrix, PREFERENCES, preference_words},
    outcomes::arrival_words,
    trace::badge,
};
use crate::model::Kind;

/// Colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Dark on white, as on paper.
    Light,
    /// Light on black.
    Dark,
}

/// Colours of the style sheet: name, light value, dark value.
const COLOURS: [(&str, &str, &str); 15] = [
    ("$ink", "#191b2a", "#eceefa"),
    ("$soft", "#464a5c", "#bcc1d5"),
    ("$panel", "#ffffff", "#1a1d2a"),
    ("$sunken", "#eef0f7", "#232737"),
    ("$line", "#c9cddd", "#3d4259"),
    // The longer name comes first, because the names are replaced one after the other.
    ("$accent-soft", "#e6e6fb", "#2c2f55"),
    ("$accent", "#3a3ab0", "#bbbcff"),
    ("$pass", "#07522c", "#74dba0"),
    ("$fail", "#8c1a15", "#ffaca4"),
    ("$red", "#c62828", "#ff7f7a"),
    ("$orange", "#d9730d", "#ffae62"),
    ("$yellow", "#b99100", "#f2d358"),
    ("$green", "#2e7d32", "#7fdc88"),
    ("$blue", "#1565c0", "#7db9ff"),
    ("$purple", "#7b1fa2", "#d49bf5"),
];

/// Style rules of the shapes, with the names of the colours. Programs that render SVG support little CSS: selectors
/// of one or two classes, and no variables.
const STYLE: &str = "text{fill:$ink;font-family:system-ui,sans-serif}\
    .paper{fill:$panel}.heading{font-size:17px;font-weight:bold}\
    .frame{fill:$sunken;stroke:$line;stroke-width:1.5}.gateway .frame{fill:$accent-soft}\
    .title{font-size:13.5px;font-weight:bold}\
    .fact,.label{font-family:monospace;font-size:11.5px;fill:$soft}\
    .app{fill:$panel;stroke:$line;stroke-width:1.5}.answers{stroke:$pass}\
    .app-word{font-size:10px;text-anchor:middle;fill:$soft}\
    .red{fill:$red}.orange{fill:$orange}.yellow{fill:$yellow}.green{fill:$green}.blue{fill:$blue}.purple{fill:$purple}\
    path{fill:none;stroke-width:2}.pass .way{stroke:$pass}.fail .way{stroke:$fail}\
    .rest{stroke:$line;stroke-dasharray:3 5}.pass circle{fill:$pass}.fail circle{fill:$fail}\
    .end text{fill:$panel;font-size:11px;font-weight:bold;text-anchor:middle}\
    .head{font-size:12px;font-weight:bold;fill:$soft}.now{fill:$sunken}.rule{fill:$line}\
    .arrives{font-size:12.5px;font-weight:bold;fill:$pass}.stops{font-size:12.5px;font-weight:bold;fill:$fail}\
    .then{font-size:11px;fill:$soft}";

/// Height of the heading.
const HEADING: i32 = 36;
const MARGIN: i32 = 12;

/// Renders the graph of a mesh.
pub fn graph_picture(graph: &Graph, title: &str, scheme: Scheme) -> String {
    let mut shapes: Vec<_> = graph.edges.iter().map(|edge| (None, edge_shapes(edge))).collect();
    for shape in &graph.boxes {
        let class = if shape.key.kind == Kind::VirtualGateway { "box gateway" } else { "box" };
        shapes.push((Some(box_label(shape)), Shape::Group(class, box_shapes(shape))));
    }
    shapes.extend(graph.edges.iter().map(|edge| (None, end_shapes(edge))));
    let title = [title, ": ", &arrival_words(graph.arrived(), graph.edges.len())].concat();
    svg(&title, graph.width, graph.height, &shapes, scheme)
}

/// Renders the matrix of nodes and preferences.
pub fn matrix_picture(matrix: &Matrix, title: &str, scheme: Scheme) -> String {
    const ROW: i32 = 40;
    const COLUMN: i32 = 136;
    let longest = matrix.rows.iter().map(|row| row.node.chars().count()).max().unwrap_or(0);
    // 7.5 pixels for each character of a name.
    let first = i32::try_from(longest.max(14)).unwrap_or(255) * 15 / 2 + 2 * MARGIN;
    let left = |column: i32| first + COLUMN * column;
    let rows = i32::try_from(matrix.rows.len()).unwrap_or(i32::MAX / ROW - 2);
    let (width, height) = (left(5), ROW * (rows + 1));
    let mut shapes = Vec::new();
    let mut put = |label: Option<String>, shape: Shape| shapes.push((label, shape));
    for (column, preference) in (0..).zip(PREFERENCES) {
        let mut words = preference_words(preference).to_owned();
        if matrix.current == preference {
            put(None, Shape::Rectangle("now", [left(column), 0, COLUMN, height, 0]));
            words.push_str(t(" (now)"));
        }
        put(None, Shape::Text("head", (left(column) + 8, 24), words));
    }
    put(None, Shape::Text("head", (MARGIN, 24), t("Virtual node").to_owned()));
    for (number, row) in (1..).zip(&matrix.rows) {
        let top = ROW * number;
        put(None, Shape::Rectangle("rule", [0, top, width, 1, 0]));
        put(None, Shape::Text("title", (MARGIN, top + 24), row.node.to_string()));
        for (column, cell) in (0..).zip(&row.cells) {
            let met = cell.faults.first().copied();
            let (class, sign) = if met.is_none() { ("arrives", "✓ ") } else { ("stops", "✕ ") };
            put(None, Shape::Text(class, (left(column) + 8, top + 18), [sign, badge(met)].concat()));
            let next: Vec<_> = cell.faults.iter().skip(1).map(|fault| badge(Some(*fault))).collect();
            if !next.is_empty() {
                let words = say("then {0}", &[&next.join(", ")]);
                put(None, Shape::Text("then", (left(column) + 8, top + 33), words));
            }
        }
    }
    svg(title, width, height, &shapes, scheme)
}

/// Renders the document: a heading, and below it the shapes. The string beside a shape is its tooltip.
fn svg(title: &str, width: i32, height: i32, shapes: &[(Option<String>, Shape)], scheme: Scheme) -> String {
    let mut style = STYLE.to_owned();
    for (name, light, dark) in COLOURS {
        style = style.replace(name, if scheme == Scheme::Light { light } else { dark });
    }
    // The document is at least as wide as its heading, with ten pixels for each character.
    let letters = i32::try_from(title.chars().count().min(255)).unwrap_or(255);
    let (wide, high) = (width.max(letters * 10).to_string(), (height + HEADING).to_string());
    let title = escaped(title);
    let mut out = Out(String::new());
    out.put(&[
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"",
        &wide,
        "\" height=\"",
        &high,
    ]);
    out.put(&["\" viewBox=\"0 0 ", &wide, " ", &high, "\"><title>", &title, "</title><style>", &style]);
    out.put(&["</style><rect class=\"paper\" width=\"", &wide, "\" height=\"", &high, "\"/>"]);
    out.put(&["<text class=\"heading\" x=\"12\" y=\"24\">", &title, "</text>"]);
    out.put(&["<g transform=\"translate(0 ", &HEADING.to_string(), ")\">"]);
    for (label, shape) in shapes {
        out.shape(label.as_deref(), shape);
    }
    out.put(&["</g></svg>\n"]);
    out.0
}

struct Out(String);

impl Out {
    fn put(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.0.push_str(part));
    }

    /// Writes the beginning of an element, with its class and integer attributes.
    fn begin(&mut self, tag: &str, class: &str, names: &[&str], values: &[i32]) {
        self.put(&["<", tag]);
        if !class.is_empty() {
            self.put(&[" class=\"", class, "\""]);
        }
        for (name, value) in names.iter().zip(values) {
            self.put(&[" ", name, "=\"", &value.to_string(), "\""]);
        }
    }

    fn shape(&mut self, label: Option<&str>, shape: &Shape) {
        match shape {
            Shape::Rectangle(class, frame) => {
                self.begin("rect", class, &["x", "y", "width", "height", "rx"], frame);
                self.put(&["/>"]);
            }
            Shape::Path(class, way) => {
                self.begin("path", class, &[], &[]);
                self.put(&[" d=\"", way, "\"/>"]);
            }
            Shape::Circle((x, y), radius) => {
                self.begin("circle", "", &["cx", "cy", "r"], &[*x, *y, *radius]);
                self.put(&["/>"]);
            }
            Shape::Text(class, (x, y), words) => {
                self.begin("text", class, &["x", "y"], &[*x, *y]);
                self.put(&[">", &escaped(words), "</text>"]);
            }
            Shape::Group(class, shapes) => {
                self.begin("g", class, &[], &[]);
                self.put(&[">"]);
                if let Some(label) = label {
                    self.put(&["<title>", &escaped(label), "</title>"]);
                }
                for shape in shapes {
                    self.shape(None, shape);
                }
                self.put(&["</g>"]);
            }
        }
    }
}

/// Escapes a string for XML. Characters that XML forbids or discourages become U+FFFD, tabs and line breaks spaces.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
