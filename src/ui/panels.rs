//! The panels of the page, each for one question of the user.
//!
//! Panels without state are functions from the store to HTML.

mod accounts;
mod compare;
mod create_mesh;
mod delete;
mod envoy;
mod graph;
mod history;
mod inspector;
mod matrix;
mod notices;
mod open;
mod outcomes;
mod picture;
mod preference;
mod projects;
mod request;
mod resource;
mod resources;
mod rewritten;
mod share;
mod surroundings;
mod terminal;
mod top_bar;

pub use compare::ComparePanel;
pub use graph::GraphPanel;
pub use history::history_panel;
pub use inspector::inspector;
pub use matrix::matrix_panel;
pub use notices::notices;
pub use open::OpenDialog;
pub use outcomes::OutcomeAnnouncer;
pub use preference::preference_switch;
pub use projects::ProjectsDialog;
pub use request::RequestPanel;
pub use resource::ResourceDialog;
pub use resources::ResourcesPanel;
pub use share::ShareDialog;
pub use terminal::TerminalPanel;
pub use top_bar::top_bar;
