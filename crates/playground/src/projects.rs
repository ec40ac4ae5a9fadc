//! Projects: several playgrounds side by side, stored as entries in a browser's storage.
//!
//! An entry is never overwritten. Each save adds an entry under a new key and then removes the entry that it continues.
//! So two tabs that save at the same moment leave two entries, even if each sees the other's write late, and nothing is
//! lost. There is no separate index that could be damaged or inconsistent: the keys and the first lines of the entries
//! are the index. Start at [`Tab`], the state of one browser tab.
//!
//! This module must not depend on a browser. It does not interpret the text of a document, except to check input from
//! outside ([`read_bundle`], [`import_legacy`]).

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

pub use bundle::{Bundle, BundledProjects, bundle, read_bundle, read_bundle_paced};
pub use entry::{PREFIX, ProjectInfo, Stamp, document_of, listing, states};
pub use journal::{Batch, Journal};
pub use name::{checked_name, unique_name};
pub use place::{HISTORIES, HistoryIndex, VaultContents, find_garbage, project_of, record_key};
pub use shelf::{MemoryStorage, Storage, StorageError};
pub use tab::{
    DeletedProject, ExternalChange, LegacyPlayground, Project, ProjectAdder, SaveOutcome, Tab, encode_base36,
    import_legacy, restore_deleted,
};
