//! The AWS command line, as people know it.
//!
//! Both directions: the line for an operation in `echo.rs`, and what a line does in [`aws`]. It knows option names only
//! through the declarations of `model`; it must not know what any option means.

pub mod aws;
mod command;
mod echo;
mod json;

pub use command::{Context, Files, Output};
pub use echo::{command_line, quote, request_line, share_line, unshare_line};
pub use json::{compact, pretty};
