//! Small components that several panels use.

mod dialog;
mod element;
mod field;
mod form;
mod select;

pub use dialog::{Dialog, DialogProps};
pub use element::{
    Node, all, button, button_with, el, el_fixed, el_with, fixed, keyed, node, none, place_of, text, text_in,
    truth, when,
};
pub use field::{
    Note, alert, badge_look, beginning, checkbox, copy_button, copy_made, copyable, field, hidden,
    mark_badge, status_badge, text_input, typed,
};
pub use form::{FormView, error_words};
pub use select::{Choice, Select, choices, preference_select, select};
