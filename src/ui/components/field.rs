//! Form fields with their errors, and lines that can be copied.
//!
//! Functions, not components: they keep no state, and each component costs kilobytes of download.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    model::IpPreference,
    traffic::Fault,
    ui::effects,
    view_model::{PREFERENCES, badge, preference_words},
};

/// What stands under a control.
pub enum Note<'a> {
    /// What to write, and what follows from it.
    Hint(&'a str),
    /// What is wrong with it; announced when it appears.
    Error(&'a str),
    None,
}

impl<'a> Note<'a> {
    /// The error, or else the hint.
    pub fn new(error: Option<&'a AttrValue>, hint: &'a str) -> Self {
        match error {
            Some(error) => Self::Error(error),
            None if hint.is_empty() => Self::None,
            None => Self::Hint(hint),
        }
    }
}

/// A labelled control. The control has this `id`, and `aria-describedby` naming `{id}-note`.
pub fn field(id: &str, label: &str, note: Note<'_>, control: Html) -> Html {
    let note_id = format!("{id}-note");
    let note = match note {
        Note::Error(text) => html! { <p id={note_id} class="error" role="alert">{ text }</p> },
        Note::Hint(text) => html! { <p id={note_id} class="hint">{ text }</p> },
        Note::None => Html::default(),
    };
    html! {
        <div class="field">
            <label for={id.to_owned()}>{ label }</label>
            { control }
            { note }
        </div>
    }
}

/// A text control with all that its note and error need.
pub fn text_input(
    id: &str,
    value: &str,
    has_error: bool,
    is_first: bool,
    oninput: Callback<InputEvent>,
) -> Html {
    html! {
        <input id={id.to_owned()} type="text" autocomplete="off" spellcheck="false" autofocus={is_first}
            value={value.to_owned()} aria-describedby={format!("{id}-note")}
            aria-invalid={has_error.then_some("true")} {oninput} />
    }
}

/// A checkbox with its label.
pub fn checkbox(label: &str, checked: bool, onchange: Callback<Event>) -> Html {
    html! { <label class="check"><input type="checkbox" {checked} {onchange} />{ label }</label> }
}

/// The five states of a preference as a drop-down list. `none` are the words for none: the mesh's own is then in
/// force, or nobody's.
pub fn preference_select(
    id: &str,
    label: Option<String>,
    value: Option<IpPreference>,
    none: &str,
    disabled: bool,
    on_change: &Callback<Option<IpPreference>>,
) -> Html {
    let onchange = on_change.reform(|event: Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map_or(0, |select| select.selected_index());
        usize::try_from(index).ok().and_then(|index| PREFERENCES.get(index).copied()).flatten()
    });
    html! {
        <select id={id.to_owned()} aria-label={label} {onchange} {disabled}>
            { for PREFERENCES.iter().map(|preference| html! {
                <option selected={value == *preference}>
                    { preference.map_or(none, |_| preference_words(*preference)) }
                </option>
            }) }
        </select>
    }
}

/// A preformatted text with a button that copies it; `what` it is, for the button's name.
pub fn copyable(text: String, what: &str, announce: &Callback<String>) -> Html {
    let onclick = {
        let (text, done, announce) = (text.clone(), format!("Copied the {what}"), announce.clone());
        move |_: MouseEvent| {
            effects::copy(&text);
            announce.emit(done.clone());
        }
    };
    html! {
        <div class="copyable">
            <pre tabindex="0" role="region" aria-label={what.to_owned()}><code>{ text }</code></pre>
            <button type="button" {onclick} aria-label={format!("Copy {what}")}>{ "Copy" }</button>
        </div>
    }
}

/// A word and a sign for what became of a request; the colour only repeats them.
pub fn status_badge(met: Option<Fault>) -> Html {
    mark_badge(met.is_none(), badge(met))
}

/// The same for any words.
pub fn mark_badge(is_good: bool, words: &str) -> Html {
    let (class, sign) = if is_good { ("badge pass", "✓ ") } else { ("badge fail", "✕ ") };
    html! { <span {class}><span aria-hidden="true">{ sign }</span>{ words }</span> }
}
