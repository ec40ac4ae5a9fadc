//! The terminal: a shell, the `aws` command, other tools, and the line that corresponds to each click.
//!
//! [`Terminal`] runs lines. [`aws`] is the AWS CLI; it knows options only through the declarations of `model`. `tools`
//! has all other commands. `echo` generates lines. Nothing here may know what a setting means: a line makes changes
//! through a command of the store or a request of the API.

pub mod aws;
mod command;
mod echo;
mod files;
mod json;
mod logs;
mod script;
mod shell;
mod tools;

pub use command::{Context, Output};
pub use echo::{command_line, quote, request_line, share_line};
pub use files::{FileError, Files};
pub(crate) use json::write_string;
pub use json::{compact, pretty};
pub(crate) use logs::Logs;
pub use script::script;
pub use shell::{Completion, Terminal};
pub(crate) use tools::{Form, families_word, line};
