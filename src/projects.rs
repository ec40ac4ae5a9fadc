//! Projects: several playgrounds side by side, kept as entries of a browser's storage.
//!
//! An entry is never written over. Each save adds one under a key of its own and then takes away the one that it
//! continues; so two tabs that save at the same moment leave two entries, even where each sees what the other wrote
//! late, and nothing is lost. There is no index that could be damaged or disagree: the keys and the first lines of
//! the entries are it. Start at [`Tab`], which is what one tab of the browser knows.
//!
//! It must not know a browser, nor what the text of a document means, but where something comes from outside: there
//! it is checked ([`read_bundle`], [`take_over_single`]).

mod bundle;
mod entry;
mod journal;
mod keys;
mod name;
mod place;
mod shelf;
mod tab;
#[cfg(test)]
mod tests;

pub use bundle::{Bundle, bundle, read_bundle, read_bundle_paced};
pub use entry::{Listed, PREFIX, Stamp, document_of, listing, states};
pub use journal::{Batch, Journal};
pub use name::{checked_name, unique_name};
pub use place::{HISTORIES, Holdings, Place, project_of, record_key, unneeded};
pub use shelf::{Memory, Refused, Shelf};
pub use tab::{Adding, Deleted, Earlier, Project, Saved, Seen, Tab, restore_deleted, take_over_single, word};
