//! Small components that several panels use.

mod dialog;
mod element;
mod field;
mod form;
mod select;

pub use dialog::{Dialog, DialogProps};
pub use element::{
    Node, attribute_if, bool_attribute, button, button_with, el, el_fixed, el_with, empty_node, fixed, keyed,
    node, node_list, sibling_index, text, text_in,
};
pub use field::{
    FieldNote, alert, badge_look, beginning, checkbox, copy_button, copy_made, copyable, field, hidden,
    mark_badge, status_badge, text_input, typed,
};
pub use form::{FormView, error_words};
pub use select::{Select, SelectOption, choices, preference_select, select};
