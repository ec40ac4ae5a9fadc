//! The AWS command line, as people know it.
//!
//! For now one direction: the `aws appmesh` line for an operation. It knows option names only through the
//! declarations of `model`; it must not know what any option means.

pub mod aws;
mod command;
mod echo;
mod json;

pub use command::{Context, Files, Output};
pub use echo::{command_line, quote, request_line, share_line, unshare_line};
pub use json::{compact, pretty};
