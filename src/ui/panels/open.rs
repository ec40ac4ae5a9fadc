//! Opening a document: paste, drop or choose, give parameters, see what becomes of every key.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::{html::Scope, prelude::*};

use crate::{
    document::{self, Disposition, OpenError, Report, Source},
    model::TextMap,
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, Node, Note, alert, all, el, el_fixed, el_with, field, fixed, keyed, node,
            none, text, text_in, text_input, when,
        },
        effects::read_file,
        hooks::Store,
    },
    words::{english, say, t},
};

#[derive(Properties, PartialEq)]
pub struct OpenProps {
    pub store: Store,
    /// A text that was dropped on the page.
    pub text: Option<AttrValue>,
    pub on_close: Callback<()>,
}

/// The dialog *Open*.
pub struct OpenDialog {
    text: AttrValue,
    /// What the text is; `None` without one.
    source: Option<Result<Rc<Source>, OpenError>>,
    /// The values given to parameters.
    given: TextMap,
    /// Why it could not be opened.
    error: Option<AttrValue>,
    is_done: bool,
}

/// What is done in the dialog.
pub enum Msg {
    /// Another text was typed, pasted or read.
    Text(String),
    /// A file was chosen.
    File(web_sys::File),
    /// A parameter was given a value.
    Give(String, String),
    /// *Open*.
    Open,
}

impl OpenDialog {
    fn read(text: AttrValue) -> Self {
        let source = match text.trim() {
            "" => None,
            _ => Some(document::read(&text).map(Rc::new)),
        };
        Self { text, source, given: TextMap::new(), error: None, is_done: false }
    }

    fn open(&mut self, props: &OpenProps) {
        let Some(Ok(source)) = &self.source else { return };
        match source.plan(&values(source, &self.given), &props.store.state.world) {
            Ok(plan) => {
                props.store.dispatch.run(Command::Open(Rc::new(plan)));
                self.error = None;
                self.is_done = true;
            }
            Err(problem) => self.error = Some(problem.to_string().into()),
        }
    }
}

impl Component for OpenDialog {
    type Message = Msg;
    type Properties = OpenProps;

    fn create(ctx: &Context<Self>) -> Self {
        Self::read(ctx.props().text.clone().unwrap_or_default())
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &OpenProps) -> bool {
        if let Some(dropped) = &ctx.props().text
            && old.text.as_ref() != Some(dropped)
        {
            *self = Self::read(dropped.clone());
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Text(text) => {
                let given = std::mem::take(&mut self.given);
                *self = Self { given, ..Self::read(text.into()) };
            }
            Msg::File(file) => {
                let link = ctx.link().clone();
                read_file(&file, move |text| link.send_message(Msg::Text(text)));
            }
            Msg::Give(name, value) => drop(self.given.insert(name, value)),
            Msg::Open => self.open(ctx.props()),
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (link, props) = (ctx.link(), ctx.props());
        let oninput = link.callback(|event: InputEvent| {
            let area = event.target_dyn_into::<HtmlTextAreaElement>();
            Msg::Text(area.map_or_else(String::new, |area| area.value()))
        });
        let onchange = link.batch_callback(|event: Event| {
            Some(Msg::File(event.target_dyn_into::<HtmlInputElement>()?.files()?.get(0)?))
        });
        let error = match &self.source {
            Some(Err(error)) => Some(error.to_string().into()),
            _ => None,
        };
        let file = node(html! {
            <input id="open-file" type="file" accept=".yaml,.yml,.json,.template,.txt" {onchange}
                aria-describedby="open-file-note" />
        });
        let area = node(html! {
            <textarea id="open-text" rows="8" spellcheck="false" {oninput} value={shown(&self.text)}
                aria-describedby="open-text-note" aria-invalid={error.is_some().then_some("true")}
                readonly={self.text.len() > SHOWN} />
        });
        let mut parts = vec![
            field("open-file", t("File"), Note::Hint(t(HINT)), file),
            field("open-text", t("Or paste it here"), Note::new(error.as_ref(), ""), area),
        ];
        let source = self.source.as_ref().and_then(|source| source.as_ref().ok());
        if let Some(source) = source {
            parts.push(status(vec![text(&say("This is {0}.", &[source.words()]))]));
            parts.push(self.parameters(source, link));
        }
        if let Some(error) = &self.error {
            parts.push(alert(error));
        }
        if let (true, Some(report)) = (self.is_done, &props.store.state.report) {
            parts.push(report_view(report));
        }
        let props = DialogProps {
            title: t("Open").into(),
            class: "wide",
            children: *all(parts),
            close: if self.is_done { t("Done") } else { t("Cancel") },
            submit: (t("Open"), "primary"),
            is_idle: source.is_none() || self.is_done,
            on_submit: link.callback(|()| Msg::Open),
            on_close: props.on_close.clone(),
        };
        html! { <Dialog ..props /> }
    }
}

impl OpenDialog {
    /// A field for each of a template's parameters.
    fn parameters(&self, source: &Source, link: &Scope<Self>) -> Node {
        if source.parameters().is_empty() {
            return none();
        }
        let mut fields = vec![text_in("legend", "", t("Parameters"))];
        for parameter in source.parameters() {
            let name = &parameter.name;
            let id = format!("parameter-{name}");
            let given = name.clone();
            let oninput = link.callback(move |value| Msg::Give(given.clone(), value));
            let assumed = parameter.default.as_deref().unwrap_or_else(|| assumed(name));
            let value = self.given.get(name).map_or(assumed, String::as_str);
            let hint = parameter.description.as_deref().unwrap_or_default();
            fields.push(field(
                &id,
                name,
                Note::new(None, hint),
                text_input(&id, value, false, false, oninput),
            ));
        }
        el("fieldset", "parameters", fields)
    }
}

fn status(words: Vec<Node>) -> Node {
    el_fixed("p", const { &[fixed("role", "status")] }, words)
}

const HINT: &str = english(
    "A CloudFormation template with AWS::AppMesh resources (YAML or JSON), App Mesh JSON, or a playground \
    file. You can also drop it anywhere on the page.",
);

/// How much of a text is shown for editing; a text area with megabytes stops the page.
const SHOWN: usize = 100_000;

fn shown(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let told = say(
        "… {0} bytes in all; the whole text is read, only its beginning is shown.",
        &[&text.len().to_string()],
    );
    [&text[..end], "\n", &told].concat()
}

/// The values to open with: those given, and for mesh names nobody gave one for, the walkthrough's.
fn values(source: &Source, given: &TextMap) -> TextMap {
    let mut values = TextMap::new();
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

/// Every key: refused and guessed first.
fn report_view(report: &Report) -> Node {
    let counts = report.counts;
    let numbers =
        [counts.created, counts.updated, counts.unchanged, counts.refused].map(|count| count.to_string());
    let words = say(
        "{0} created, {1} updated, {2} unchanged, {3} refused.",
        &numbers.each_ref().map(|count| &**count),
    );
    let mut parts = vec![status(vec![text_in("strong", "", &words)])];
    for disposition in [Disposition::Refused, Disposition::Guessed, Disposition::Ignored, Disposition::Kept] {
        let mut items = Vec::new();
        for note in report.notes.iter().filter(|note| note.disposition == disposition) {
            let reason = [": ", &*note.reason].concat();
            items.push(el("li", "", vec![text_in("code", "", &note.path), text(&reason)]));
        }
        if !items.is_empty() {
            let words = [&*items.len().to_string(), " ", disposition.as_str()].concat();
            let open = vec![when(disposition != Disposition::Kept, "open")];
            let parts_of_it = vec![text_in("summary", "", &words), el("ul", "", items)];
            parts.push(keyed(el_with("details", &["open"], open, parts_of_it), words));
        }
    }
    el_fixed("section", const { &[fixed("class", "report"), fixed("aria-label", "Report")] }, parts)
}
