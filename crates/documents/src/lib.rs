//! Reads and writes files: CloudFormation templates, App Mesh JSON, and playground documents.
//!
//! [`read`] detects the format and parses the document, [`Source::plan`] lists the resources to create, and [`apply`]
//! creates them. The members of every resource are found through the declarations of the engine's `model`; this crate
//! lists no API fields. [`echo`] converts steps to equivalent command lines. [`scenario`] has the mesh that a first
//! visit starts with. [`kubernetes`] has the webhooks and the controller that process manifests.

use mesh_text::words::t;

mod apply;
pub mod cloudformation;
mod convert;
pub mod echo;
mod guess;
pub mod kubernetes;
mod open;
mod playground;
pub mod scenario;
pub mod stack;
#[cfg(test)]
mod tests;

// Shared with tests/common.
#[cfg(test)]
#[path = "../../../tests/common/outside.rs"]
mod outside;
#[cfg(test)]
#[path = "../../../tests/common/work.rs"]
mod work;

pub use apply::{Opened, Opening, apply, apply_paced};
pub use mesh_text::yaml;
pub use open::{MAX_DOCUMENT, OpenError, Plan, Source, read, read_paced};
pub use playground::{
    DocumentError, restore, restore_paced, restore_text, restore_text_paced, save, to_value,
};

/// Outcome of one key of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Disposition {
    /// The service refused the resource.
    Refused,
    /// The reader assumed something that the document does not state.
    Guessed,
    /// The key has no meaning in the simulator and was dropped.
    Ignored,
    /// The key was accepted unchanged.
    Kept,
}

impl Disposition {
    /// Word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => t("refused"),
            Self::Guessed => t("guessed"),
            Self::Ignored => t("ignored"),
            Self::Kept => t("kept"),
        }
    }
}

/// One line of a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// Path of the key, such as `Resources.Mesh.Properties.Spec`.
    pub path: String,
    /// Outcome of the key.
    pub disposition: Disposition,
    /// Reason in words, or the value if the key was accepted unchanged.
    pub reason: String,
}

/// Outcome of every key of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Numbers of created, updated, unchanged and refused resources.
    pub counts: Counts,
    /// One note for each key.
    pub notes: Vec<Note>,
}

/// Numbers of resources of a document, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Resources created.
    pub created: usize,
    /// Resources updated.
    pub updated: usize,
    /// Resources already as in the document.
    pub unchanged: usize,
    /// Resources refused by the service.
    pub refused: usize,
}
