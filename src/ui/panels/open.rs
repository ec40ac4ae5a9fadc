//! The dialog *Open*: paste, drop or choose a document, enter its parameters, and see the outcome for every key.

use std::rc::Rc;

use mesh_text::{
    job::Job,
    words::{english, say, t},
};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::{html::Scope, prelude::*};

use crate::{
    document::{self, Disposition, OpenError, Opened, Report, Source},
    model::TextMap,
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, Node, alert, attribute_if, beginning, el, el_fixed, el_with,
            empty_node, field, fixed, keyed, node, node_list, text, text_in, text_input,
        },
        effects::{self, read_file},
        hooks::Store,
        slices::{ScheduledJob, TimeSlice, progress},
    },
    world::World,
};

#[derive(Properties, PartialEq)]
pub struct OpenProps {
    pub store: Store,
    /// Text that was dropped on the page.
    pub text: Option<AttrValue>,
    pub on_close: Callback<()>,
}

/// The dialog *Open*.
pub struct OpenDialog {
    text: AttrValue,
    /// Result of reading the text; `None` without a text, or before it has been read.
    source: Option<Result<Rc<Source>, OpenError>>,
    /// The entered values of parameters.
    given: TextMap,
    /// Why the document could not be opened.
    error: Option<AttrValue>,
    /// The work in progress.
    running: Option<ScheduledJob<OpenJob>>,
    is_done: bool,
    /// The number of notes shown for each disposition.
    shown_notes: usize,
}

/// The job that runs.
enum OpenJob {
    /// Reads the text.
    Read(Job<Result<Source, OpenError>>),
    /// Translates the document and opens it in this world.
    Open(Rc<World>, Job<Result<Opened, OpenError>>),
}

/// An action in the dialog.
pub enum Msg {
    /// New text was typed or pasted.
    Text(String),
    /// The chosen file was read.
    FileText(String),
    /// A file was chosen.
    File(web_sys::File),
    /// The value of a parameter was entered.
    Give(String, String),
    /// The button *Open* was pressed.
    Open,
    /// Continue the work for the next slice.
    Advance,
    /// Cancel the work; nothing has changed yet.
    Stop,
    /// Show more notes of the report.
    ShowMore,
}

/// The number of notes of each disposition shown at first, and added with each click.
const NOTES: usize = 200;

impl OpenDialog {
    fn empty() -> Self {
        Self {
            text: AttrValue::default(),
            source: None,
            given: TextMap::new(),
            error: None,
            running: None,
            is_done: false,
            shown_notes: NOTES,
        }
    }

    /// Starts reading the text of a file, which is an error if it is empty.
    fn read_file(&mut self, ctx: &Context<Self>, text: AttrValue) {
        let is_empty = text.trim().is_empty();
        self.read(ctx, text);
        if is_empty {
            self.source = Some(Err(OpenError::Empty));
        }
    }

    /// Starts reading a text. A short text is read in the first slice, before the next frame.
    fn read(&mut self, ctx: &Context<Self>, text: AttrValue) {
        *self = Self { given: std::mem::take(&mut self.given), text: text.clone(), ..Self::empty() };
        if !text.trim().is_empty() {
            let job = Job::new(|pace| async move { document::read_paced(&text, &pace).await });
            self.advance(ctx, OpenJob::Read(job));
        }
    }

    /// Starts opening the document, or reading the text if reading was stopped.
    fn open(&mut self, ctx: &Context<Self>) {
        self.error = None;
        match &self.source {
            Some(Ok(source)) => {
                let work = self.opening(source, &ctx.props().store);
                self.advance(ctx, work);
            }
            Some(Err(_)) => {}
            None => self.read(ctx, self.text.clone()),
        }
    }

    fn opening(&self, source: &Rc<Source>, store: &Store) -> OpenJob {
        let (source, world, env) = (source.clone(), store.state.world.clone(), effects::env());
        let (given, base) = (values(&source, &self.given), world.clone());
        let job = Job::new(|pace| async move {
            let plan = Rc::new(source.plan_paced(&given, &world, &pace).await?);
            Ok(document::apply_paced(&world, &plan, &env, &pace).await)
        });
        OpenJob::Open(base, job)
    }

    /// Continues the work for one slice.
    fn advance(&mut self, ctx: &Context<Self>, mut work: OpenJob) {
        let store = &ctx.props().store;
        if let (OpenJob::Open(base, _), Some(Ok(source))) = (&work, &self.source)
            && !Rc::ptr_eq(base, &store.state.world)
        {
            // Another tab changed the world in the meantime.
            work = self.opening(source, store);
        }
        let mut slice = TimeSlice::begin();
        let is_done = match &mut work {
            OpenJob::Read(job) => slice.advance(job).map(|source| self.source = Some(source.map(Rc::new))),
            OpenJob::Open(_, job) => slice.advance(job).map(|opened| match opened {
                Ok(opened) => {
                    store.dispatch.run(Command::ShowOpened(Rc::new(opened)));
                    self.is_done = true;
                }
                Err(problem) => self.error = Some(problem.to_string().into()),
            }),
        };
        if is_done.is_none() {
            self.running = Some(ScheduledJob::new(work, ctx.link(), || Msg::Advance));
        }
    }
}

impl Component for OpenDialog {
    type Message = Msg;
    type Properties = OpenProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut dialog = Self::empty();
        if let Some(dropped) = ctx.props().text.clone() {
            dialog.read_file(ctx, dropped);
        }
        dialog
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &OpenProps) -> bool {
        if let Some(dropped) = &ctx.props().text
            && old.text.as_ref() != Some(dropped)
        {
            self.given = TextMap::new();
            self.read_file(ctx, dropped.clone());
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Text(text) => self.read(ctx, text.into()),
            Msg::FileText(text) => self.read_file(ctx, text.into()),
            Msg::File(file) => {
                let link = ctx.link().clone();
                read_file(&file, move |text| link.send_message(Msg::FileText(text)));
            }
            Msg::Give(name, value) => drop(self.given.insert(name, value)),
            Msg::Open => self.open(ctx),
            Msg::Advance => {
                if let Some(running) = self.running.take() {
                    self.advance(ctx, running.job);
                }
            }
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
                readonly={beginning(&self.text).is_some()} />
        });
        let mut parts = vec![
            field("open-file", t("File"), FieldNote::Hint(t(HINT)), file),
            field("open-text", t("Or paste it here"), FieldNote::new(error.as_ref(), ""), area),
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
            parts.push(progress(match &running.job {
                OpenJob::Read(job) => job.progress(),
                OpenJob::Open(_, job) => job.progress(),
            }));
        }
        let props = DialogProps {
            title: t("Open").into(),
            class: "wide",
            children: *node_list(parts),
            close: match () {
                () if is_running => t("Stop"),
                () if self.is_done => t("Done"),
                () => t("Cancel"),
            },
            submit: (t("Open"), "primary"),
            is_idle: error.is_some() || self.text.trim().is_empty() || self.is_done || is_running,
            on_submit: link.callback(|()| Msg::Open),
            on_close: if is_running { link.callback(|()| Msg::Stop) } else { props.on_close.clone() },
        };
        html! { <Dialog ..props /> }
    }
}

impl OpenDialog {
    /// Renders a field for each parameter of a template.
    fn parameters(&self, source: &Source, link: &Scope<Self>) -> Node {
        if source.parameters().is_empty() {
            return empty_node();
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
                FieldNote::new(None, hint),
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

/// Returns the text to show in the text area, which is only the beginning of a long text: a text area with one long
/// line freezes the page.
fn shown(text: &str) -> String {
    let Some(beginning) = beginning(text) else { return text.to_owned() };
    let told = say(
        "… {0} bytes in all; the whole text is read, only its beginning is shown.",
        &[&text.len().to_string()],
    );
    [beginning, "\n", &told].concat()
}

/// Returns the parameter values to open with: the entered values, and for a parameter that has neither a value nor a
/// default, the assumed one.
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

/// Returns the most likely value of a parameter without a default. Its field shows the value before it is used.
fn assumed(name: &str) -> &'static str {
    if name.to_ascii_lowercase().contains("mesh") { crate::scenario::MESH } else { "playground" }
}

/// Renders the notes on each key, refused and guessed ones first, at most `shown` of each disposition: a browser takes
/// seconds for the hundred thousand notes of a large template.
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
            let open = vec![attribute_if(disposition != Disposition::Kept, "open")];
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
