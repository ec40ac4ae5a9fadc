//! Form fields with their errors, and text that can be copied.
//!
//! These are functions, not components, because they have no state and each component adds kilobytes to the download.

use mesh_text::words::{say, t};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::element::{Node, button, el, el_fixed, el_with, empty_node, fixed, node, text, text_in};
use crate::{traffic::Fault, ui::effects, view_model::badge};

/// Note below a control.
#[derive(Clone, Copy)]
pub enum FieldNote<'a> {
    /// Explains the expected value and its effect.
    Hint(&'a str),
    /// Error message; announced when it appears.
    Error(&'a str),
    None,
}

impl<'a> FieldNote<'a> {
    /// Returns a note with the error, or else with the hint.
    pub fn new(error: Option<&'a AttrValue>, hint: &'a str) -> Self {
        match error {
            Some(error) => Self::Error(error),
            None if hint.is_empty() => Self::None,
            None => Self::Hint(hint),
        }
    }
}

impl FieldNote<'_> {
    /// Renders the note of the control with this id; the control refers to it by `aria-describedby`.
    pub fn render(self, id: &str) -> Node {
        let (class, role, words) = match self {
            Self::Error(words) => ("error", "alert", words),
            Self::Hint(words) => ("hint", "", words),
            Self::None => return empty_node(),
        };
        let values = vec![format!("{id}-note").into(), class.into(), role.into()];
        el_with("p", &["id", "class", "role"], values, vec![text(words)])
    }
}

/// Renders a labelled control. The control has this `id`, and an `aria-describedby` that refers to `{id}-note`.
pub fn field(id: &str, label: &str, note: FieldNote<'_>, control: Node) -> Node {
    let label = el_with("label", &["for"], vec![id.to_owned().into()], vec![text(label)]);
    el("div", "field", vec![label, control, note.render(id)])
}

/// Renders a text input with the attributes that its note and error need.
pub fn text_input(id: &str, value: &str, has_error: bool, is_first: bool, on_text: Callback<String>) -> Node {
    let oninput = typed(&on_text);
    node(html! {
        <input id={id.to_owned()} type="text" autocomplete="off" spellcheck="false" autofocus={is_first}
            value={value.to_owned()} aria-describedby={format!("{id}-note")}
            aria-invalid={has_error.then_some("true")} {oninput} />
    })
}

/// Returns a listener for the input events of a control that passes the typed string to `on_text`.
#[inline(never)]
pub fn typed(on_text: &Callback<String>) -> Callback<InputEvent> {
    on_text.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().map_or_else(String::new, |input| input.value())
    })
}

/// Renders an error message that belongs to no field.
pub fn alert(words: &str) -> Node {
    el_fixed("p", const { &[fixed("class", "error"), fixed("role", "alert")] }, vec![text(words)])
}

/// Renders a checkbox with its label.
pub fn checkbox(label: &str, checked: bool, on_change: &Callback<bool>) -> Node {
    let onchange = on_change.reform(|event: Event| {
        event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked())
    });
    node(html! { <label class="check"><input type="checkbox" {checked} {onchange} />{ label }</label> })
}

/// Renders a button that copies a string; `what` names the string in the accessible name of the button.
pub fn copy_button(words: String, what: &'static str, announce: &Callback<String>) -> Node {
    copy_made(Callback::from(move |()| words.clone()), what, announce)
}

/// Renders a button like [`copy_button`] for a string that takes a while to build: it is built when it is copied.
pub fn copy_made(make: Callback<(), String>, what: &'static str, announce: &Callback<String>) -> Node {
    let announce = announce.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        let announce = announce.clone();
        effects::copy(&make.emit(()), move |is_done| {
            announce.emit(match is_done {
                true => say("Copied the {0}", &[t(what)]),
                false => say("The browser did not copy the {0}: select it and copy by hand", &[t(what)]),
            });
        });
    });
    button("", t("Copy"), &say("Copy {0}", &[t(what)]), onclick)
}

/// The maximum size of a shown text in bytes: a browser takes half a second to lay out a megabyte.
const SHOWN: usize = 20_000;

/// Returns the beginning of a long text; `None` for a text that is shown whole.
pub fn beginning(text: &str) -> Option<&str> {
    (text.len() > SHOWN).then(|| (0..=SHOWN).rev().find_map(|end| text.get(..end)).unwrap_or_default())
}

/// Renders preformatted text with a button that copies it; `what` names the text in the accessible name of the button.
/// Long text is shown in part and copied whole.
pub fn copyable(words: String, what: &'static str, announce: &Callback<String>) -> Node {
    let names = &["tabindex", "role", "aria-label"];
    let values = vec!["0".into(), "group".into(), t(what).into()];
    let (shown, rest) = match beginning(&words) {
        None => (&*words, empty_node()),
        Some(beginning) => {
            let note = say(
                "… {0} bytes in all; only the beginning is shown, Copy copies all.",
                &[&words.len().to_string()],
            );
            (beginning, text_in("p", "hint", &note))
        }
    };
    let text = el_with("pre", names, values, vec![text_in("code", "", shown)]);
    el("div", "copyable", vec![text, rest, copy_button(words, what, announce)])
}

/// Renders the outcome of a request as a sign and a word; the colour only repeats them.
pub fn status_badge(met: Option<Fault>) -> Node {
    mark_badge(met.is_none(), badge(met))
}

/// Renders a badge with any text.
pub fn mark_badge(is_good: bool, words: &str) -> Node {
    let (class, sign) = badge_look(is_good);
    el("span", class, vec![hidden(sign), text(words)])
}

/// Returns the class of a badge, and the sign before its text.
pub const fn badge_look(is_good: bool) -> (&'static str, &'static str) {
    if is_good { ("badge pass", "✓ ") } else { ("badge fail", "✕ ") }
}

/// Renders a sign that screen readers skip.
pub fn hidden(sign: &'static str) -> Node {
    el_fixed("span", const { &[fixed("aria-hidden", "true")] }, vec![text(sign)])
}
