//! Renders forms: the items that `view_model` lists, with labels, notes and errors.

use mesh_text::words::{self, say, t};
use yew::prelude::*;

use super::{
    element::{Node, button_with, el, el_with, empty_node, keyed, node, text_in},
    field::{FieldNote, checkbox, field, typed},
    select::{Select, SelectOption, select},
};
use crate::{
    model::{Problem, Rule},
    view_model::{Change, Control, FormField, label, rule_words},
};

/// Inputs for rendering a form.
pub struct FormView<'a> {
    /// Problems with the values, by path.
    pub problems: &'a [Problem],
    /// Called on every change, with the path of the item.
    pub on_change: &'a Callback<(String, Change)>,
}

impl FormView<'_> {
    /// Renders every item of a form.
    ///
    /// Each item always has the same number of parts, including empty ones. So an item preserves its elements, and with
    /// them the focus, whatever part of it appears or disappears.
    pub fn items(&self, items: &[FormField]) -> Vec<Node> {
        items.iter().map(|item| keyed(self.item(item, true), item.path.clone())).collect()
    }

    fn item(&self, item: &FormField, has_hint: bool) -> Node {
        let error = self.problems.iter().find(|problem| problem.path == item.path);
        let error = error.map(|problem| error_words(&item.label, &problem.rule));
        let note = FieldNote::new(error.as_ref(), if has_hint { &item.hint } else { "" });
        let changed = |change: fn(String) -> Change| {
            let path = item.path.clone();
            self.on_change.reform(move |text| (path.clone(), change(text)))
        };
        let path = &*item.path;
        match &item.control {
            Control::Text { value, names } => {
                let oninput = typed(&changed(Change::Type));
                let list = (!names.is_empty()).then(|| format!("{path}-names"));
                let input = node(html! {
                    <>
                        <input id={path.to_owned()} type="text" autocomplete="off" spellcheck="false"
                            value={value.clone()} list={list.clone()} aria-describedby={format!("{path}-note")}
                            aria-invalid={error.is_some().then_some("true")} {oninput} />
                        if let Some(list) = list {
                            <datalist id={list}>{ for names.iter().map(|name| html! { <option value={name.to_string()} /> }) }</datalist>
                        }
                    </>
                });
                field(path, &item.label, note, input)
            }
            Control::Choice { items, .. } => {
                let select = self.select(item, error.is_some());
                let nested =
                    if items.is_empty() { empty_node() } else { el("div", "nested", self.items(items)) };
                el("div", "", vec![field(path, &item.label, note, select), nested])
            }
            Control::Switch { is_on, items } => {
                let path = item.path.clone();
                let on_change = self.on_change.reform(move |is_on| (path.clone(), Change::Switch(is_on)));
                let nested = if *is_on && !items.is_empty() {
                    let names = &["class", "role", "aria-label"];
                    let values = vec!["nested".into(), "group".into(), item.label.clone().into()];
                    el_with("div", names, values, self.items(items))
                } else {
                    empty_node()
                };
                el(
                    "div",
                    "",
                    vec![checkbox(&item.label, *is_on, &on_change), note.render(&item.path), nested],
                )
            }
            Control::Group { items, is_row } => {
                let content = match is_row {
                    true => el("div", "row", items.iter().map(|item| self.item(item, false)).collect()),
                    false => el("div", "nested", self.items(items)),
                };
                el("fieldset", "", vec![text_in("legend", "", &item.label), note.render(path), content])
            }
            Control::List { items, is_full } => {
                let mut entries = Vec::new();
                for (index, entry) in items.iter().enumerate() {
                    let path = item.path.clone();
                    let remove =
                        self.on_change.reform(move |_: MouseEvent| (path.clone(), Change::Remove(index)));
                    let name = vec![say("Remove {0}", &[&entry.label]).into()];
                    let remove = button_with("quiet", "✕", &["aria-label"], name, false, remove);
                    let row = el("div", "entry", vec![self.item(entry, true), remove]);
                    entries.push(keyed(row, entry.path.clone()));
                }
                let path = item.path.clone();
                let add = self.on_change.reform(move |_: MouseEvent| (path.clone(), Change::Add));
                let word = say("Add {0}", &[&one_of(&item.label)]);
                let id = vec![format!("{}-add", item.path).into()];
                let add = button_with("", &word, &["id"], id, *is_full, add);
                let legend = text_in("legend", "", &item.label);
                el("fieldset", "list", vec![legend, note.render(&item.path), el("div", "", entries), add])
            }
        }
    }

    fn select(&self, item: &FormField, has_error: bool) -> Node {
        let Control::Choice { words, are_members, chosen, may_be_none, .. } = &item.control else {
            return empty_node();
        };
        let (are_members, chosen, may_be_none) = (*are_members, *chosen, *may_be_none);
        // The first entry means no value. It exists if the value is optional, and while nothing is chosen.
        let has_none = may_be_none || chosen.is_none();
        let (path, known) = (item.path.clone(), words.clone());
        let on_index = self.on_change.reform(move |index: usize| {
            let index = if has_none { index.checked_sub(1) } else { Some(index) };
            (path.clone(), Change::Choose(index.and_then(|index| known.get(index).copied())))
        });
        let nothing = has_none.then(|| if may_be_none { t("None") } else { t("Choose…") }.to_owned());
        let shown = |word: &&'static str| if are_members { label(word) } else { (*word).to_owned() };
        let entries = nothing.into_iter().chain(words.iter().map(shown)).map(SelectOption::from).collect();
        let what = Select { id: &item.path, has_note: true, has_error, ..Select::default() };
        let chosen = chosen.map_or(0, |index| index + usize::from(has_none));
        select(what, entries, chosen, on_index)
    }
}

/// Returns the error message of an item, with its label. An empty required value is reported as a missing one, so that
/// both mistakes have the same message.
pub fn error_words(label: &str, rule: &Rule) -> AttrValue {
    let rule = if matches!(rule, Rule::Length { found: 0, .. }) { &Rule::Required } else { rule };
    rule_words(label, rule).into()
}

/// Returns the singular of a label for use inside an English sentence: "Listeners" becomes "listener"; "HTTP retry
/// events" keeps its capital letters.
fn one_of(label: &str) -> String {
    if !words::are_english() {
        return label.to_owned();
    }
    let one = label.strip_suffix('s').unwrap_or(label);
    match one.as_bytes().get(1) {
        Some(b'a'..=b'z') => one[..1].to_ascii_lowercase() + &one[1..],
        _ => one.to_owned(),
    }
}
