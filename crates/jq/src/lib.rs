//! The part of the jq 1.6 language that scripts use, with paths, user-defined functions, `reduce`, regular expressions
//! and formats. The work of a filter is bounded.
//!
//! [`program`] parses a filter, and [`Run`] applies it to values of [`mesh_text::data`]. Every step is charged to a
//! budget, so every filter terminates soon. The existing library, jaq, cannot bound the work (see the measurements in
//! DESIGN.md).
//!
//! `read` parses filters, `run` evaluates them, `generate` has the functions that take filters, `values` those that
//! take values, and `library` those that are defined as filters.
//!
//! ```
//! use bounded_jq::{Run, program};
//! use mesh_text::data::{Data, json};
//! let program = program("[.[] | select(. > 1)] | add", &[]).unwrap();
//! let mut run = Run::new(&program, &[], Data::map(vec![]), vec![]);
//! let mut found = Vec::new();
//! let ended = run.results(json::read("[1, 2, 3]").unwrap(), &mut |_, result| {
//!     found.push(result.compact());
//!     Ok(())
//! });
//! assert!(ended.is_ok());
//! assert_eq!(found, ["5"]);
//! ```

mod at;
mod bind;
mod filter;
mod formats;
mod generate;
mod library;
mod matches;
mod names;
mod number;
mod order;
mod read;
mod run;
mod values;

pub use filter::Program;
pub use read::program;
pub use run::{Flow, MOST_STEPS, Run, Stop};
