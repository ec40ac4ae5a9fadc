//! Snapshots in words and shapes: what the page shows, as plain data.
//!
//! Pure functions of a world. They choose words, rows and coordinates; they must not know a browser, and decide
//! nothing about meshes that `resolve` and `traffic` have not decided.

mod configuration;
pub mod console;
mod effects;
mod events;
mod form;
mod graph;
mod matrix;
mod problems;
mod resources;
#[cfg(test)]
mod tests;
mod trace;

pub use configuration::{DiffLine, Rewritten, SettingRow, configuration, diff, rewritten, settings};
pub use effects::{Lane, Lanes, gateway_lanes, node_lanes, provenance_words};
pub use events::{EventRow, Story, Topic, flags, stop_words, story};
pub use form::{Change, Control, Item, blank, change, form, label, sentence, start};
pub use graph::{APP_INSET, Edge, Graph, GraphBox, Stop, graph};
pub use matrix::{
    Cell, Matrix, MatrixRow, PREFERENCES, arrivals, matrix, preference_words, with_mesh_preference,
};
pub use problems::{problem_words, rule_words};
pub use resources::{ResourceRow, resource_rows};
pub use trace::{HopRow, Mark, Trace, badge, connection_text, request_words, trace};
