//! Opening a document: paste, drop or choose, give parameters, see what becomes of every key.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::{html::Scope, prelude::*};

use crate::{
    document::{self, Disposition, OpenError, Opening, Plan, Report, Source},
    model::TextMap,
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, Node, Note, alert, all, el, el_fixed, el_with, field, fixed, keyed, node,
            none, text, text_in, text_input, when,
        },
        effects::{self, read_file},
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
    /// The opening in progress.
    running: Option<Running>,
    is_done: bool,
    /// The number of notes shown for each disposition.
    shown_notes: usize,
}

/// A document that opens in slices.
struct Running {
    plan: Rc<Plan>,
    opening: Opening,
    /// Starts the next slice; dropping it stops the work.
    _next: Timeout,
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
    /// Open the next resources.
    Advance,
    /// Cancel the opening; nothing has changed yet.
    Stop,
    /// Show more notes of the report.
    ShowMore,
}

/// The maximum duration of a slice in milliseconds: less than a frame.
const SLICE_MS: f64 = 12.0;
/// The number of resources opened between two checks of the clock.
const BETWEEN_LOOKS: usize = 8;
/// The number of notes of each disposition shown at first, and added with each click.
const NOTES: usize = 200;

impl OpenDialog {
    fn read(text: AttrValue) -> Self {
        let source = match text.trim() {
            "" => None,
            _ => Some(document::read(&text).map(Rc::new)),
        };
        Self {
            text,
            source,
            given: TextMap::new(),
            error: None,
            running: None,
            is_done: false,
            shown_notes: NOTES,
        }
    }

    /// Starts to open the document. A small one finishes in the first slice, before the next frame.
    fn open(&mut self, ctx: &Context<Self>) {
        let (Some(Ok(source)), store) = (&self.source, &ctx.props().store) else { return };
        match source.plan(&values(source, &self.given), &store.state.world) {
            Ok(plan) => {
                self.error = None;
                self.start(ctx, Rc::new(plan));
                self.advance(ctx);
            }
            Err(problem) => self.error = Some(problem.to_string().into()),
        }
    }

    fn start(&mut self, ctx: &Context<Self>, plan: Rc<Plan>) {
        let opening = Opening::new(&ctx.props().store.state.world, &plan, &effects::env());
        self.running = Some(Running { plan, opening, _next: next_slice(ctx.link()) });
    }

    /// Works for one slice.
    fn advance(&mut self, ctx: &Context<Self>) {
        let store = &ctx.props().store;
        let Some(mut running) = self.running.take() else { return };
        if !Rc::ptr_eq(running.opening.base(), &store.state.world) {
            // Another tab changed the world meanwhile.
            return self.start(ctx, running.plan);
        }
        let end = js_sys::Date::now() + SLICE_MS;
        while !running.opening.advance(BETWEEN_LOOKS) {
            if js_sys::Date::now() >= end {
                running._next = next_slice(ctx.link());
                self.running = Some(running);
                return;
            }
        }
        store.dispatch.run(Command::ShowOpened(Rc::new(running.opening.finish())));
        self.is_done = true;
    }
}

fn next_slice(link: &Scope<OpenDialog>) -> Timeout {
    let link = link.clone();
    Timeout::new(0, move || link.send_message(Msg::Advance))
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
            Msg::Open => self.open(ctx),
            Msg::Advance => self.advance(ctx),
            Msg::Stop => self.running = None,
            Msg::ShowMore => self.shown_notes += NOTES,
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
            parts.push(report_view(report, self.shown_notes, link));
        }
        let is_running = self.running.is_some();
        if let Some(running) = &self.running {
            parts.push(progress(running.opening.progress()));
        }
        let props = DialogProps {
            title: t("Open").into(),
            class: "wide",
            children: *all(parts),
            close: match () {
                () if is_running => t("Stop"),
                () if self.is_done => t("Done"),
                () => t("Cancel"),
            },
            submit: (t("Open"), "primary"),
            is_idle: source.is_none() || self.is_done || is_running,
            on_submit: link.callback(|()| Msg::Open),
            on_close: if is_running { link.callback(|()| Msg::Stop) } else { props.on_close.clone() },
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

/// The progress of the opening.
fn progress((done, all): (usize, usize)) -> Node {
    let (done, all) = (done.to_string(), all.to_string());
    let words = say("{0} of {1} resources opened", &[&done, &all]);
    let bar = el_with(
        "progress",
        &["max", "value", "aria-label"],
        vec![all.into(), done.into(), words.clone().into()],
        Vec::new(),
    );
    el("p", "opening", vec![bar, text(&words)])
}

/// The notes on each key, refused and guessed ones first, at most `shown` of each disposition: a browser takes seconds
/// for the hundred thousand of a large template.
fn report_view(report: &Report, shown: usize, link: &Scope<OpenDialog>) -> Node {
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
        let of_this_kind = || report.notes.iter().filter(|note| note.disposition == disposition);
        for note in of_this_kind().take(shown) {
            let reason = [": ", &*note.reason].concat();
            items.push(el("li", "", vec![text_in("code", "", &note.path), text(&reason)]));
        }
        if !items.is_empty() {
            let count = of_this_kind().count();
            let words = [&*count.to_string(), " ", disposition.as_str()].concat();
            let open = vec![when(disposition != Disposition::Kept, "open")];
            let mut parts_of_it = vec![text_in("summary", "", &words), el("ul", "", items)];
            if count > shown {
                let more = say("Show {0} more", &[&(count - shown).min(NOTES).to_string()]);
                let onclick = link.callback(|_: MouseEvent| Msg::ShowMore);
                parts_of_it.push(node(html! { <button type="button" {onclick}>{ more }</button> }));
            }
            parts.push(keyed(el_with("details", &["open"], open, parts_of_it), words));
        }
    }
    el_fixed("section", const { &[fixed("class", "report"), fixed("aria-label", "Report")] }, parts)
}
