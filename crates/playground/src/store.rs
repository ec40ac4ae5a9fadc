//! The store: every action of the user becomes a [`Command`], and [`update`] executes it.
//!
//! The store is pure: it takes commands and returns a new state with events and effects. It must not perform an effect
//! (the page does that) and must not know how anything is displayed.

mod command;
mod environment_change;
mod history;
#[cfg(test)]
mod tests;
mod update;

pub use command::{Command, Effect, Event, Facet, Panel, Refusal};
pub use environment_change::EnvironmentChange;
pub use history::{
    Echo, History, Past, RECORDED_BYTES, RECORDED_STEPS, Recall, Recorded, Recorder, Recording, Step,
    Timeline, record,
};
pub use update::replace;
pub use update::{AppState, Rights, Update, View, adopt, answer, update};
