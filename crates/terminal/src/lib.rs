//! The terminal: a shell, the `aws` command and other tools.
//!
//! [`Terminal`] runs lines. [`aws`] is the AWS CLI; it knows options only through the declarations of `model`. `tools`
//! has all other commands. Nothing here may know what a setting means: a line makes changes through a command of the
//! store or a request of the API.

pub mod aws;
mod command;
mod files;
mod script;
mod shell;
mod tools;

pub use command::{Context, Output, Stdin};
pub use files::{FileError, Files};
pub use mesh_documents::echo::{command_line, quote, request_line, share_line};
pub use mesh_text::json::{compact, pretty};
pub use script::script;
pub use shell::{Completion, Terminal};

// Shared with tests/common.
#[cfg(test)]
#[path = "../../../tests/common/outside.rs"]
mod outside;
#[cfg(test)]
#[path = "../../../tests/common/work.rs"]
mod work;
