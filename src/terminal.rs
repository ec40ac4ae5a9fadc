//! The terminal: a shell, the `aws` command, tools beside it, and the line for everything that is done by click.
//!
//! [`Terminal`] runs lines; [`aws`] is the AWS command line, and knows options only through the declarations of `model`;
//! `tools` has all other commands; `echo` writes lines. Nothing here must know what a setting means: what a line changes
//! is a command of the store or a request of the API.

pub mod aws;
mod command;
mod echo;
mod files;
mod json;
mod script;
mod shell;
mod tools;

pub use command::{Context, Output};
pub use echo::{command_line, quote, request_line, share_line};
pub use files::{FileError, Files};
pub(crate) use json::write_string;
pub use json::{compact, pretty};
pub use script::script;
pub use shell::{Completion, Terminal};
pub(crate) use tools::{Form, families_word, line};
