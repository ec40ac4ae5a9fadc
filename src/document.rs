//! Files in and out: CloudFormation templates, App Mesh's own JSON, and playground documents.
//!
//! [`read`] tells what a text is, [`Source::plan`] what it asks for, [`apply`] does it. The members of every
//! resource are found through the declarations of `model`; nothing here lists API fields.

mod apply;
pub mod cloudformation;
mod convert;
mod guess;
pub(crate) mod kubernetes;
mod open;
mod playground;
pub(crate) mod stack;
#[cfg(test)]
mod tests;
pub mod yaml;

pub use apply::{Opened, Opening, apply, apply_paced};
pub use open::{MAX_DOCUMENT, OpenError, Plan, Source, read, read_paced};
pub(crate) use playground::to_value;
pub use playground::{DocumentError, restore, restore_paced, restore_text, restore_text_paced, save};
pub(crate) use yaml::parse_json;

use crate::words::t;

/// What became of one key of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Disposition {
    /// The service refused the resource.
    Refused,
    /// Something was assumed that the document does not say.
    Guessed,
    /// The key has no meaning here, and was left out.
    Ignored,
    /// The key was taken as it is.
    Kept,
}

impl Disposition {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => t("refused"),
            Self::Guessed => t("guessed"),
            Self::Ignored => t("ignored"),
            Self::Kept => t("kept"),
        }
    }
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// The key, as a path: `Resources.Mesh.Properties.Spec`.
    pub path: String,
    /// What became of it.
    pub disposition: Disposition,
    /// Why, in words; the value, for what was kept.
    pub reason: String,
}

/// What became of every key of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Resources made, changed, left as they were, and refused.
    pub counts: Counts,
    /// One for each key.
    pub notes: Vec<Note>,
}

/// How many resources a document made or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Made.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// Already as the document has them.
    pub unchanged: usize,
    /// Refused by the service.
    pub refused: usize,
}
