//! The dialog *Projects*: all projects, and the actions on each.

use mesh_text::{
    job::Job,
    words::{say, t},
};
use web_sys::HtmlInputElement;
use yew::{html::Scope, prelude::*};

use super::notices::undo_button;
use crate::{
    projects::ProjectInfo,
    scenario::Variant,
    store::Command,
    ui::{
        components::{
            Dialog, DialogProps, FieldNote, Node, alert, button, choices, el, el_fixed, el_with, empty_node,
            field, fixed, keyed, node, node_list, text, text_in, text_input,
        },
        effects,
        hooks::Store,
        slices::{ScheduledJob, TimeSlice, progress},
        storage::{self, Import, InitialContent},
    },
};

/// Maximum size of a file to import, in bytes; a file with all projects that a browser stores is not longer.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// Initial contents of a new project, in the order of the drop-down list.
const STARTS: [InitialContent; 3] = [
    InitialContent::Colours(Variant::Dns),
    InitialContent::Colours(Variant::CloudMap),
    InitialContent::Empty,
];

#[derive(Properties, PartialEq)]
pub struct ProjectsProps {
    pub store: Store,
    pub announce: Callback<String>,
    pub on_close: Callback<()>,
}

/// The number of projects shown at first, and added each time.
const SHOWN: usize = 100;

/// The mode of the dialog.
enum Mode {
    /// The list of all projects.
    List,
    /// The form for the name and the initial content of a new project.
    New,
    /// The form for a new name of a project.
    Rename(ProjectInfo),
}

pub struct ProjectsDialog {
    mode: Mode,
    all: Vec<(ProjectInfo, bool)>,
    /// The number of projects shown.
    shown: usize,
    /// The typed name.
    name: String,
    /// Index of the new project's initial content in `STARTS`.
    start: usize,
    error: Option<AttrValue>,
    /// Message about the last successful action.
    message: String,
    /// The work in progress.
    running: Option<ScheduledJob<ProjectsJob>>,
    /// Whether the projects were read, so that listing them is quick.
    is_read: bool,
}

/// The job that runs.
enum ProjectsJob {
    /// Reads the projects for the list.
    Read(Job<()>),
    /// Writes all projects as one file.
    Export(Job<(String, usize)>),
    /// Imports the projects of a file.
    Import(Import),
}

pub enum Msg {
    Open(ProjectInfo),
    Rename(ProjectInfo),
    Duplicate(ProjectInfo),
    Export(ProjectInfo),
    Delete(ProjectInfo),
    ExportAll,
    File(web_sys::File),
    Import(String, String),
    More,
    Name(String),
    Start(usize),
    Submit,
    Close,
    /// Continue the work for the next slice.
    Advance,
    /// Cancel the work; nothing has changed.
    Stop,
}

impl Component for ProjectsDialog {
    type Message = Msg;
    type Properties = ProjectsProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut dialog = Self {
            mode: Mode::List,
            all: Vec::new(),
            shown: SHOWN,
            name: String::new(),
            start: 0,
            error: None,
            message: String::new(),
            running: None,
            is_read: false,
        };
        // If there are few, they are read in the first slice, before the next frame.
        dialog.advance(ctx, ProjectsJob::Read(storage::read_all()));
        dialog
    }

    // The page is also redrawn after a change in another tab.
    fn changed(&mut self, _: &Context<Self>, _: &ProjectsProps) -> bool {
        if self.is_read {
            self.list();
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        self.error = None;
        // Typing does not change the list.
        let is_list_same = matches!(msg, Msg::More | Msg::Name(_) | Msg::Start(_) | Msg::Advance | Msg::Stop);
        if let Err(error) = self.handle(ctx, msg) {
            self.error = Some(error.into());
        }
        if !is_list_same && self.is_read {
            self.list();
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let (title, parts, submit, close) = match &self.mode {
            Mode::List => (t("Projects").to_owned(), self.rows(ctx), t("New project…"), t("Done")),
            Mode::New => (t("New project").to_owned(), self.new_form(link), t("Create project"), t("Cancel")),
            Mode::Rename(listed) => (
                say("Rename {0}", &[&listed.name]),
                vec![self.name_field(link, t("New name"))],
                t("Rename"),
                t("Cancel"),
            ),
        };
        let is_stoppable =
            self.running.as_ref().is_some_and(|running| !matches!(running.job, ProjectsJob::Read(_)));
        let props = DialogProps {
            title: title.into(),
            class: "wide",
            children: *node_list(parts),
            close: if is_stoppable { t("Stop") } else { close },
            submit: (submit, "primary"),
            is_idle: self.running.is_some(),
            on_submit: link.callback(|()| Msg::Submit),
            on_close: link.callback(move |()| if is_stoppable { Msg::Stop } else { Msg::Close }),
        };
        html! { <Dialog ..props /> }
    }
}

impl ProjectsDialog {
    fn list(&mut self) {
        match storage::listing() {
            Ok(all) => self.all = all,
            Err(error) => self.error = Some(error.into()),
        }
    }

    fn handle(&mut self, ctx: &Context<Self>, msg: Msg) -> Result<(), String> {
        let props = ctx.props();
        match msg {
            Msg::Open(listed) => leave(props, storage::open(&listed)?),
            Msg::Rename(listed) => {
                self.name.clone_from(&listed.name);
                self.ask(Mode::Rename(listed));
            }
            Msg::Duplicate(listed) => self.message = say("Made {0}.", &[&storage::duplicate(&listed)?]),
            Msg::Export(listed) => match storage::text_of(&listed) {
                Some(text) => effects::download(&format!("{}.json", listed.name), &text),
                None => return Err(say("{0} is not there any more.", &[&listed.name])),
            },
            Msg::Delete(listed) => {
                let command = storage::delete(&listed)?;
                self.message = String::new();
                match command {
                    Some(command) => drop(props.store.dispatch.run(command)),
                    None => props.announce.emit(String::new()),
                }
                effects::focus_soon("projects-status");
            }
            Msg::ExportAll => {
                self.message = String::new();
                self.advance(ctx, ProjectsJob::Export(storage::export_all(&self.all)));
            }
            Msg::File(file) => {
                let (link, name) = (ctx.link().clone(), file.name());
                effects::read_file_up_to(&file, MAX_FILE, move |text| {
                    link.send_message(Msg::Import(name, text))
                });
            }
            Msg::Import(name, text) => {
                if text.len() > MAX_FILE {
                    return Err(t("This file is too large to be projects of this page.").to_owned());
                }
                self.message = String::new();
                self.advance(ctx, ProjectsJob::Import(storage::import(text, &name)));
            }
            Msg::More => self.shown = self.shown.saturating_add(SHOWN),
            Msg::Name(name) => self.name = name,
            Msg::Start(start) => self.start = start,
            Msg::Submit => match &self.mode {
                Mode::List => {
                    self.name = t("New playground").to_owned();
                    self.ask(Mode::New);
                }
                Mode::New => {
                    let start = STARTS.get(self.start).copied().unwrap_or(InitialContent::Empty);
                    leave(props, storage::create(&self.name, start)?);
                }
                Mode::Rename(listed) => {
                    self.message = say("Renamed to {0}.", &[&storage::rename(listed, &self.name)?]);
                    props.announce.emit(String::new());
                    self.back();
                }
            },
            Msg::Close => match self.mode {
                Mode::List => props.on_close.emit(()),
                _ => self.back(),
            },
            Msg::Advance => {
                if let Some(running) = self.running.take() {
                    self.advance(ctx, running.job);
                }
                if self.running.is_none() {
                    // The buttons did not exist while the work ran.
                    effects::focus_soon("projects-status");
                }
            }
            Msg::Stop => {
                self.running = None;
                self.list();
                effects::focus_soon("projects-status");
            }
        }
        Ok(())
    }

    /// Continues the work for one slice.
    fn advance(&mut self, ctx: &Context<Self>, mut work: ProjectsJob) {
        let mut slice = TimeSlice::begin();
        let is_done = match &mut work {
            ProjectsJob::Read(job) => slice.advance(job).map(|()| self.is_read = true),
            ProjectsJob::Export(job) => {
                slice.advance(job).map(|(text, damaged)| self.exported(&text, damaged))
            }
            ProjectsJob::Import(job) => slice.advance(job).map(|imported| match imported {
                Ok(names) => self.message = say("Imported {0}.", &[&listed_names(&names)]),
                Err(error) => self.error = Some(error.into()),
            }),
        };
        match is_done {
            Some(()) => self.list(),
            None => self.running = Some(ScheduledJob::new(work, ctx.link(), || Msg::Advance)),
        }
    }

    fn exported(&mut self, text: &str, damaged: usize) {
        effects::download("mesh-playground-projects.json", text);
        if damaged > 0 {
            let damaged = damaged.to_string();
            let words =
                say("{0} damaged: not in the file. Export what is left of them one by one.", &[&damaged]);
            self.error = Some(words.into());
        }
    }

    fn ask(&mut self, mode: Mode) {
        self.mode = mode;
        self.message = String::new();
        effects::focus_soon("project-name");
    }

    fn back(&mut self) {
        self.mode = Mode::List;
        effects::focus_soon("projects-status");
    }

    fn name_field(&self, link: &Scope<Self>, label: &str) -> Node {
        let input =
            text_input("project-name", &self.name, self.error.is_some(), true, link.callback(Msg::Name));
        keyed(field("project-name", label, FieldNote::new(self.error.as_ref(), ""), input), "name".to_owned())
    }

    fn new_form(&self, link: &Scope<Self>) -> Vec<Node> {
        let words = [t("Six colours, found by DNS"), t("Six colours, found by Cloud Map"), t("Nothing")];
        let words = words.map(str::to_owned).to_vec();
        let list = choices("project-start", words, self.start, link.callback(Msg::Start));
        vec![self.name_field(link, t("Name")), field("project-start", t("Begin with"), FieldNote::None, list)]
    }

    fn rows(&self, ctx: &Context<Self>) -> Vec<Node> {
        let link = ctx.link();
        let told = match storage::deleted() {
            Some(name) => vec![
                text(&say("Deleted project {0}.", &[&name])),
                undo_button(&ctx.props().store, &ctx.props().announce),
            ],
            None => vec![text(&self.message), empty_node()],
        };
        let values = vec!["projects-status".into(), "actions".into(), "status".into(), "-1".into()];
        let status = el_with("div", &["id", "class", "role", "tabindex"], values, told);
        if let Some(running) = &self.running {
            let reached = match &running.job {
                ProjectsJob::Read(job) => job.progress(),
                ProjectsJob::Export(job) => job.progress(),
                ProjectsJob::Import(job) => job.progress(),
            };
            return vec![status, progress(reached)];
        }
        let rows = self.all.iter().take(self.shown).map(|(listed, is_open)| row(listed, *is_open, link));
        let rows = rows.collect();
        let more = match self.all.len().saturating_sub(self.shown) {
            0 => empty_node(),
            more => {
                let words = say("Show more ({0} not shown)", &[&more.to_string()]);
                el("p", "", vec![button("", &words, "", link.callback(|_| Msg::More))])
            }
        };
        let onchange = link.batch_callback(|event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>()?;
            let file = input.files()?.get(0)?;
            // Allows the same file to be chosen again.
            input.set_value("");
            Some(Msg::File(file))
        });
        let file = node(html! {
            <input id="projects-file" type="file" accept=".json,application/json" {onchange}
                aria-describedby="projects-file-note" />
        });
        let hint =
            t("A file of one playground or of all projects. For templates, use Open… inside a project.");
        vec![
            status,
            self.error.as_ref().map_or_else(empty_node, |error| alert(error)),
            el_fixed("ul", const { &[fixed("class", "projects"), fixed("role", "list")] }, rows),
            more,
            field("projects-file", t("Import"), FieldNote::Hint(hint), file),
            el("p", "", vec![button("", t("Export all as one file"), "", link.callback(|_| Msg::ExportAll))]),
        ]
    }
}

/// Formats the names of projects for a message: all names if there are few, else their number.
fn listed_names(names: &[String]) -> String {
    /// Maximum number of names in a message; a reader would not read more.
    const NAMED: usize = 20;
    match names.len() {
        0..=NAMED => names.join(", "),
        count => say("{0} projects", &[&count.to_string()]),
    }
}

/// Shows another project and closes the dialog.
fn leave(props: &ProjectsProps, command: Command) {
    props.store.dispatch.run(command);
    props.on_close.emit(());
}

/// Renders one project.
fn row(listed: &ProjectInfo, is_open: bool, link: &Scope<ProjectsDialog>) -> Node {
    let act = |words: &'static str, name: String, msg: fn(ProjectInfo) -> Msg| {
        let listed = listed.clone();
        button("", words, &name, link.callback(move |_: MouseEvent| msg(listed.clone())))
    };
    let name = [listed.name.as_str()];
    let bytes = listed.size.div_ceil(1024).to_string();
    let saved = say("saved {0}, {1} kB", &[&effects::local_time(listed.saved), &bytes]);
    let state = if is_open {
        text_in("span", "badge pass", t("Open now"))
    } else {
        act(t("Open"), say("Open {0}", &name), Msg::Open)
    };
    let words = vec![text_in("strong", "", &listed.name), text_in("small", "", &saved)];
    let actions = vec![
        state,
        act(t("Rename"), say("Rename {0}", &name), Msg::Rename),
        act(t("Duplicate"), say("Duplicate {0}", &name), Msg::Duplicate),
        act(t("Export"), say("Export {0}", &name), Msg::Export),
        act(t("Delete"), say("Delete {0}", &name), Msg::Delete),
    ];
    keyed(el("li", "", vec![el("p", "", words), el("div", "actions", actions)]), listed.key())
}
