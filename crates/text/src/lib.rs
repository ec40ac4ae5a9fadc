//! Reading and writing text: JSON, YAML, base64, and messages in the user's language. This crate has no knowledge of
//! meshes.
//!
//! - [`yaml`] parses YAML and JSON from users, within limits; [`json`] writes JSON.
//! - [`data`]: JSON values whose members keep their order. [`pattern`]: regular expressions with a bounded cost.
//!   [`decimal`]: numbers of any length, compared by value.
//! - [`words`]: texts of the page in the user's language. [`nearest`]: suggestions for misspelt words.
//! - [`job`]: long work in slices, so that a page stays responsive. [`sorting`]: sorting that is compiled once.
//!
//! This crate depends on no other crate of this repository.

pub mod base64;
pub mod data;
pub mod decimal;
pub mod job;
pub mod json;
pub mod nearest;
pub mod pattern;
pub mod sorting;
pub mod words;
pub mod yaml;

// Shared with tests/common.
#[cfg(test)]
#[path = "../../../tests/common/work.rs"]
mod work;
