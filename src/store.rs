//! The one store: everything the user does becomes a [`Command`], and [`update`] answers it.
//!
//! Pure: commands in, a new state with events and effects out. It must not perform an effect (the page does) nor
//! know how anything looks.

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
pub use update::{AppState, Rights, Update, View, adopt, answer, update};
pub(crate) use update::{perform, replace};
