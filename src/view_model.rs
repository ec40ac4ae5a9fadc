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

pub use configuration::{
    ConfigurationChange, DiffLine, SettingRow, configuration, configuration_changes, diff, settings,
};
pub use effects::{EffectRow, EffectTable, gateway_effects, node_effects, provenance_words};
pub use events::{EventLog, EventRow, Topic, event_log, failure_words, flags};
pub use form::{Change, Control, FormField, blank, change, form, initial_spec, label, sentence};
pub use graph::{
    Direction, Edge, EndStage, Graph, GraphBox, Shape, box_details, box_label, box_shapes, edge_shapes,
    end_shapes, graph,
};
pub use matrix::{
    Cell, Matrix, MatrixRow, PREFERENCES, arrivals, matrix, preference_words, with_mesh_preference,
};
pub use mermaid::mermaid;
pub use outcomes::{Outcomes, arrival_words, outcomes, outcomes_summary};
pub use picture::{Scheme, graph_picture, matrix_picture};
pub use problems::{problem_words, rule_words};
pub use resources::{ResourceRow, resource_rows};
pub use trace::{HopRow, Mark, Summary, Trace, badge, connection_text, request_words, summary, trace};
