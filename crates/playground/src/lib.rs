//! One playground as a value: commands, events and history of a world, projects in a storage, and links.
//!
//! - [`store`]: executes a command and returns a new state with events and effects; the history. [`playground`]: state,
//!   clock and seed in one value, for programs. [`logs`]: log lines for the requests that a playground sent.
//! - [`projects`]: several playgrounds in a storage, with one view for each browser tab.
//! - [`share`]: links that contain a whole playground in the fragment of the address.
//!
//! This crate is pure: it must not perform an effect, and has no knowledge of a browser or a terminal.

pub mod logs;
pub mod playground;
pub mod projects;
pub mod share;
pub mod store;
