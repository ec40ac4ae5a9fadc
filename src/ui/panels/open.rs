//! Opening a document: paste, drop or choose, give parameters, see what becomes of every key.

use std::{collections::BTreeMap, rc::Rc};

use gloo::file::callbacks::FileReader;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::{
    document::{self, Disposition, MAX_DOCUMENT, OpenError, Report, Source},
    store::Command,
    ui::{
        components::{Dialog, Note, field, text_input},
        hooks::Store,
    },
};

/// Reads a file's text and hands it over; what is too long is cut just past the limit, so that reading tells it.
pub fn read_file(file: &web_sys::File, then: impl FnOnce(String) + 'static) {
    let limit = MAX_DOCUMENT as f64 + 1.0;
    let blob = file.slice_with_f64_and_f64(0.0, limit).map(gloo::file::Blob::from);
    let Ok(blob) = blob else { return };
    let reader: Rc<std::cell::RefCell<Option<FileReader>>> = Rc::default();
    let held = reader.clone();
    let task = gloo::file::callbacks::read_as_bytes(&blob, move |bytes| {
        held.borrow_mut().take();
        // Bytes that are no text are replaced, and the text is then refused with its place.
        then(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default());
    });
    *reader.borrow_mut() = Some(task);
}

#[derive(Properties, PartialEq)]
pub struct OpenProps {
    pub store: Store,
    /// A text that was dropped on the page.
    pub text: Option<AttrValue>,
    pub on_close: Callback<()>,
}

#[component]
pub fn OpenDialog(props: &OpenProps) -> Html {
    let store = &props.store;
    let text = use_state(|| props.text.clone().unwrap_or_default());
    let given = use_state(BTreeMap::<String, String>::new);
    let is_done = use_state(|| false);
    let error = use_state(|| None::<AttrValue>);
    let source = use_memo((*text).clone(), |text| match text.trim() {
        "" => Err(None),
        _ => document::read(text).map_err(Some),
    });
    {
        let (text, is_done, error) = (text.clone(), is_done.clone(), error.clone());
        use_effect_with(props.text.clone(), move |dropped| {
            if let Some(dropped) = dropped {
                text.set(dropped.clone());
                is_done.set(false);
                error.set(None);
            }
        });
    }
    let set_text = {
        let (text, is_done, error) = (text.clone(), is_done.clone(), error.clone());
        Callback::from(move |new: String| {
            text.set(new.into());
            is_done.set(false);
            error.set(None);
        })
    };
    let oninput = set_text.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlTextAreaElement>().map_or_else(String::new, |area| area.value())
    });
    let onchange = {
        let set_text = set_text.clone();
        Callback::from(move |event: Event| {
            let file = event
                .target_dyn_into::<HtmlInputElement>()
                .and_then(|input| input.files())
                .and_then(|files| files.get(0));
            if let Some(file) = file {
                let set_text = set_text.clone();
                read_file(&file, move |text| set_text.emit(text));
            }
        })
    };
    let onsubmit = {
        let (source, given, is_done, error) = (source.clone(), given.clone(), is_done.clone(), error.clone());
        let (dispatch, world) = (store.dispatch.clone(), store.state.world.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Ok(source) = &*source else { return };
            match source.plan(&values(source, &given), &world) {
                Ok(plan) => {
                    dispatch.run(Command::Open(Rc::new(plan)));
                    error.set(None);
                    is_done.set(true);
                }
                Err(problem) => error.set(Some(problem.to_string().into())),
            }
        })
    };
    let on_given = {
        let given = given.clone();
        Callback::from(move |values| given.set(values))
    };
    let close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <Dialog title="Open" class="wide" on_close={props.on_close.clone()}>
            <form {onsubmit} novalidate={true}>
                { field("open-file", "File", Note::Hint(HINT), html! {
                    <input id="open-file" type="file" accept=".yaml,.yml,.json,.template,.txt" {onchange}
                        aria-describedby="open-file-note" />
                }) }
                { field("open-text", "Or paste it here", Note::new(read_error(&source).as_ref(), ""), html! {
                    <textarea id="open-text" rows="8" spellcheck="false" {oninput} value={shown(&text)}
                        aria-describedby="open-text-note"
                        aria-invalid={matches!(*source, Err(Some(_))).then_some("true")} readonly={text.len() > SHOWN} />
                }) }
                if let Ok(source) = &*source {
                    <p role="status">{ format!("This is {}.", source.words()) }</p>
                    { parameters(source, &given, &on_given) }
                }
                if let Some(error) = &*error { <p class="error" role="alert">{ error }</p> }
                if *is_done {
                    if let Some(report) = &store.state.report { { report_view(report) } }
                }
                <footer class="actions">
                    <button type="button" onclick={close}>{ if *is_done { "Done" } else { "Cancel" } }</button>
                    <button type="submit" class="primary" disabled={source.is_err() || *is_done}>{ "Open" }</button>
                </footer>
            </form>
        </Dialog>
    }
}

const HINT: &str = "A CloudFormation template with AWS::AppMesh resources (YAML or JSON), App Mesh JSON, or a playground \
    file. You can also drop it anywhere on the page.";

/// How much of a text is shown for editing; a text area with megabytes stops the page.
const SHOWN: usize = 100_000;

fn shown(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!(
        "{}\n… {} bytes in all; the whole text is read, only its beginning is shown.",
        &text[..end],
        text.len()
    )
}

fn read_error(source: &Result<Source, Option<OpenError>>) -> Option<AttrValue> {
    match source {
        Err(Some(error)) => Some(error.to_string().into()),
        _ => None,
    }
}

/// The values to open with: those given, and for mesh names nobody gave one for, the walkthrough's.
fn values(source: &Source, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for parameter in source.parameters() {
        match given.get(&parameter.name) {
            Some(value) if !value.is_empty() => drop(values.insert(parameter.name.clone(), value.clone())),
            _ if parameter.default.is_some() => {}
            _ => drop(values.insert(parameter.name.clone(), assumed(&parameter.name).to_owned())),
        }
    }
    values
}

/// What a parameter without a default most likely is; shown in its field before anything is done with it.
fn assumed(name: &str) -> &'static str {
    if name.to_ascii_lowercase().contains("mesh") { crate::scenario::MESH } else { "playground" }
}

/// A field for each of a template's parameters.
fn parameters(
    source: &Source,
    given: &BTreeMap<String, String>,
    on_change: &Callback<BTreeMap<String, String>>,
) -> Html {
    if source.parameters().is_empty() {
        return Html::default();
    }
    html! {
        <fieldset class="parameters">
            <legend>{ "Parameters" }</legend>
            { for source.parameters().iter().map(|parameter| {
                let name = &parameter.name;
                let id = format!("parameter-{name}");
                let oninput = {
                    let (name, given, on_change) = (name.clone(), given.clone(), on_change.clone());
                    Callback::from(move |event: InputEvent| {
                        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
                        let mut given = given.clone();
                        given.insert(name.clone(), input.value());
                        on_change.emit(given);
                    })
                };
                let assumed = parameter.default.clone().unwrap_or_else(|| assumed(name).to_owned());
                let value = given.get(name).cloned().unwrap_or(assumed);
                let hint = parameter.description.as_deref().unwrap_or_default();
                field(&id, name, Note::new(None, hint), text_input(&id, &value, false, false, oninput))
            }) }
        </fieldset>
    }
}

/// Every key: refused and guessed first.
fn report_view(report: &Report) -> Html {
    let counts = report.counts;
    html! {
        <section class="report" aria-label="Report">
            <p role="status">
                <strong>{ format!(
                    "{} created, {} updated, {} unchanged, {} refused.",
                    counts.created, counts.updated, counts.unchanged, counts.refused
                ) }</strong>
            </p>
            { for [Disposition::Refused, Disposition::Guessed, Disposition::Ignored, Disposition::Kept].into_iter().map(|disposition| {
                let notes: Vec<_> = report.notes.iter().filter(|note| note.disposition == disposition).collect();
                if notes.is_empty() {
                    return Html::default();
                }
                html! {
                    <details key={disposition.as_str()} open={disposition != Disposition::Kept}>
                        <summary>{ format!("{} {}", notes.len(), disposition.as_str()) }</summary>
                        <ul>{ for notes.iter().map(|note| html! {
                            <li><code>{ &note.path }</code>{ ": " }{ &note.reason }</li>
                        }) }</ul>
                    </details>
                }
            }) }
        </section>
    }
}
