//! Drop-down lists.
//!
//! A browser stores the user's choice separately from the page's markup: the attribute `selected` has no effect
//! after the user has used the list. So the page sets the property, and reverts a choice at once: the list shows
//! the value in the state, and changes only with it.

use web_sys::HtmlSelectElement;
use yew::{
    prelude::*,
    virtual_dom::{AttributeOrProperty, Attributes, VTag, VText},
};

use super::element::{Node, node};
use crate::{
    model::IpPreference,
    view_model::{PREFERENCES, preference_words},
};

/// An entry of a list.
#[derive(Default)]
pub struct SelectOption {
    pub words: String,
    /// Its value in the document; empty if nothing reads it.
    pub value: &'static str,
    /// Whether the value is the language of the words (`lang`).
    pub is_language: bool,
}

impl From<String> for SelectOption {
    fn from(words: String) -> Self {
        Self { words, ..Self::default() }
    }
}

/// Properties of a list other than its entries.
#[derive(Default)]
pub struct Select<'a> {
    pub id: &'a str,
    /// Its name, if there is no `label` element.
    pub label: Option<String>,
    /// Whether the element `{id}-note` describes it.
    pub has_note: bool,
    pub is_disabled: bool,
    pub has_error: bool,
}

/// Renders a drop-down list; `on_change` gets the index of the chosen entry.
pub fn select(what: Select, choices: Vec<SelectOption>, chosen: usize, on_change: Callback<usize>) -> Node {
    let onchange = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let wanted = usize::try_from(select.selected_index());
        select.set_selected_index(i32::try_from(chosen).unwrap_or_default());
        wanted.into_iter().for_each(|wanted| on_change.emit(wanted));
    });
    let id = (!what.id.is_empty()).then(|| what.id.to_owned());
    let note = what.has_note.then(|| [what.id, "-note"].concat());
    let options = choices.into_iter().enumerate().map(|(at, choice)| option(choice, at == chosen));
    node(html! {
        <select {id} aria-label={what.label} {onchange} disabled={what.is_disabled} aria-describedby={note}
            aria-invalid={what.has_error.then_some("true")}>
            { for options }
        </select>
    })
}

fn option(choice: SelectOption, is_chosen: bool) -> Html {
    let value = |is_set: bool| is_set.then(|| AttributeOrProperty::Attribute(choice.value.into()));
    let is_chosen = Some(AttributeOrProperty::Property(is_chosen.into()));
    let values = [value(!choice.value.is_empty()), value(choice.is_language), is_chosen];
    let mut option = VTag::new("option");
    option.set_attributes(Attributes::Dynamic {
        keys: &["value", "lang", "selected"],
        values: Box::new(values),
    });
    option.add_child(VText::new(choice.words).into());
    option.into()
}

/// Renders a drop-down list of strings.
pub fn choices(id: &str, words: Vec<String>, chosen: usize, on_change: Callback<usize>) -> Node {
    select(
        Select { id, ..Select::default() },
        words.into_iter().map(SelectOption::from).collect(),
        chosen,
        on_change,
    )
}

/// Renders the five states of a preference as a drop-down list. `none` is the text for no preference: then the mesh's
/// own preference is in force, or no preference.
pub fn preference_select(
    id: &str,
    label: Option<String>,
    value: Option<IpPreference>,
    none: &str,
    is_disabled: bool,
    has_error: bool,
    on_change: &Callback<Option<IpPreference>>,
) -> Node {
    let words = |preference: &Option<IpPreference>| {
        SelectOption::from(preference.map_or(none, |_| preference_words(*preference)).to_owned())
    };
    let chosen = PREFERENCES.iter().position(|preference| *preference == value).unwrap_or_default();
    let what = Select { id, label, has_note: true, is_disabled, has_error };
    let on_index = on_change.reform(|index: usize| PREFERENCES.get(index).copied().flatten());
    select(what, PREFERENCES.iter().map(words).collect(), chosen, on_index)
}
