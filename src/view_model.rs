//! View models: the content of the page as plain data.
//!
//! Pure functions of a world. They choose texts, rows and coordinates. They must not depend on a browser, and contain
//! no rules about meshes: `resolve` and `traffic` decide those.

mod cause;
mod configuration;
pub mod console;
mod effects;
mod events;
mod form;
mod graph;
mod matrix;
mod mermaid;
mod outcomes;
mod picture;
mod problems;
mod resources;
#[cfg(test)]
mod tests;
mod tls;
mod trace;

pub use configuration::{DiffLine, Rewritten, SettingRow, configuration, diff, rewritten, settings};
pub use effects::{Lane, Lanes, gateway_lanes, node_lanes, provenance_words};
pub use events::{EventRow, Story, Topic, flags, stop_words, story};
pub use form::{Change, Control, Item, blank, change, form, label, sentence, start};
pub use graph::{
    Direction, Edge, Graph, GraphBox, Shape, Stop, box_label, box_shapes, end_shapes, facts, graph,
    way_shapes,
};
pub use matrix::{
    Cell, Matrix, MatrixRow, PREFERENCES, arrivals, matrix, preference_words, with_mesh_preference,
};
pub use mermaid::mermaid;
pub use outcomes::{Outcomes, arrival_words, outcomes, told};
pub use picture::{Scheme, graph_picture, matrix_picture};
pub use problems::{problem_words, rule_words};
pub use resources::{ResourceRow, resource_rows};
pub use trace::{HopRow, Mark, Summary, Trace, badge, connection_text, request_words, summary, trace};
