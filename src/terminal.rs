//! The AWS command line, as people know it.
//!
//! For now one direction: the `aws appmesh` line for an operation. It knows option names only through the
//! declarations of `model`; it must not know what any option means.

pub mod aws;
mod command;
mod echo;
mod json;
mod shell;
mod tools;

pub use command::{Context, Files, Output};
pub use echo::{command_line, quote, request_line, share_line};
pub(crate) use json::write_string;
pub use json::{compact, pretty};
pub use shell::{Completion, Terminal};
pub(crate) use tools::{Form, families_word, line};
