//! Small parts that several panels use.

mod dialog;
mod field;

pub use dialog::Dialog;
pub use field::{Note, checkbox, copyable, field, mark_badge, preference_select, status_badge, text_input};
