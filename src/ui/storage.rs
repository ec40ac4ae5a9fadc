//! Storage between visits: projects, the view, and notices to the reader about data that cannot be stored.
//!
//! One switch, [`disable`], keeps everything in memory, for pages embedded in other pages. [`crate::projects`] defines
//! the rules; this module uses the browser. Data from storage reaches the page as a command.

mod disk;
mod hooks;
mod local;
mod shelved;
mod writer;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo::timers::callback::Timeout;
use mesh_text::{sorting, words::t};
use serde_json::Value;

pub use self::hooks::use_other_tabs;
pub use self::shelved::{
    Import, InitialContent, create, delete, deleted, duplicate, export_all, import, listing, open,
    put_in_place, read_all, rename, save_as_project, text_of, undo_delete,
};
use self::{
    local::LocalStorage,
    writer::{StoredHistory, Vault},
};
use super::effects;
use crate::{
    control_plane::Env,
    document,
    model::{AccountId, MeshId, object},
    projects::{
        self, DeletedProject, ExternalChange, Journal, LegacyPlayground, MemoryStorage, Project, ProjectInfo,
        SaveOutcome, Stamp, Storage, StorageError, Tab,
    },
    store::{AppState, Command, History, Panel, View},
    world::World,
};

const VIEW: &str = "mesh-playground/view";
/// Delay in milliseconds between a step and its save: long enough for a large page to be painted first, and for a
/// script to become one save. A page that closes saves immediately.
const PAUSE_MS: u32 = 100;

/// Notice to the reader about stored data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Nothing can be stored, for this reason.
    Unavailable(String),
    /// Stored data is damaged.
    Damaged {
        /// Its storage key.
        key: String,
        /// Why it cannot be read.
        reason: String,
        /// Its text, for download.
        text: String,
    },
    /// Another tab changed the project at the same time. This tab now has a separate project, and left this one.
    Conflict(Project),
    /// The project was deleted in another tab.
    DeletedElsewhere,
}

/// This tab's knowledge of the stored data.
struct Session {
    /// Distinguishes it from an earlier session of this page.
    number: u32,
    journal: Journal<Box<dyn Storage>>,
    vault: Vault,
    /// Whether the storage is in memory only.
    is_in_memory: bool,
    /// Whether a write to the vault is in progress.
    is_writing: bool,
    /// Whether the open project may have an unread history in the vault, and whether the page is reading it.
    has_unread_history: bool,
    is_reading_history: bool,
    records: StoredHistory,
    /// The last published state of the storage (`data-kept`, `data-kept-steps`).
    published_status: (&'static str, usize),
    /// The world saved last, with its history.
    last_save: Option<(Rc<World>, Rc<History>)>,
    /// The document of a saved or loaded world.
    text: Option<(Rc<World>, Rc<str>)>,
    tab: Tab,
    /// The world with which the open project was last saved or loaded.
    saved_world: Option<Rc<World>>,
    /// The state that the page shows.
    current: Option<Rc<AppState>>,
    /// Whether a save of that state is scheduled.
    is_due: bool,
    /// Whether the open state is a guest, which is not saved until the reader keeps it as a project.
    is_guest: bool,
    notices: Vec<Notice>,
    /// Whether the reader has dismissed the notice that nothing can be stored.
    is_dismissed: bool,
    /// The project deleted last, and its state if it was open.
    deleted: Option<(DeletedProject, Option<Rc<AppState>>)>,
    /// Projects that this tab has left, with their histories.
    left_projects: Vec<LeftProject>,
}

/// A project that this tab has left.
struct LeftProject {
    id: String,
    stamp: Option<Stamp>,
    saved_world: Option<Rc<World>>,
    state: Rc<AppState>,
    records: StoredHistory,
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    static IS_DISABLED: Cell<bool> = const { Cell::new(false) };
    static SESSIONS: Cell<u32> = const { Cell::new(0) };
}

/// Runs a function with the session, then starts the vault's next task.
fn with_session<T>(run: impl FnOnce(&mut Session) -> T) -> T {
    let (done, task, number) = SESSION.with_borrow_mut(|session| {
        let session = session.get_or_insert_with(Session::begin);
        let done = run(session);
        let task = session.next_task();
        session.publish_status();
        (done, task, session.number)
    });
    if let Some(task) = task {
        task.begin(number);
    }
    done
}

/// Keeps all data in memory from now on, without a notice, for a page embedded in another page. Must be called before
/// the page is shown.
pub fn disable() {
    IS_DISABLED.set(true);
}

/// Empties the vault, if there is one. Tests call it, because they start empty.
pub async fn forget_vault() {
    if let Ok(disk) = disk::VaultDatabase::open().await {
        // A failure to empty the vault shows in the test.
        let _ = disk.clear().await;
    }
}

/// Returns whether nothing may be stored.
pub fn is_disabled() -> bool {
    IS_DISABLED.get()
}

/// Starts the session with the saved state, or else with the six-colours scenario. Returns `None` only if the scenario
/// itself is broken.
pub fn load() -> Option<Rc<AppState>> {
    let mut session = Session::begin();
    let state = session.first_state(&effects::env()).map(Rc::new);
    session.current.clone_from(&state);
    SESSION.set(Some(session));
    with_session(|_| state)
}

/// Opens the state of a link as a guest under this name. The guest is not saved until [`save_as_project`]. When a
/// project is opened instead, the guest is left, and the page receives [`Command::SwitchTo`].
pub fn open_guest(name: &str, state: &Rc<AppState>) {
    with_session(|session| {
        session.flush();
        session.is_guest = true;
        session.current = Some(state.clone());
        session.tab.stand_alone(name);
    });
}

/// Returns whether the open state is a guest, which is not saved until [`save_as_project`].
pub fn is_guest() -> bool {
    with_session(|session| session.is_guest)
}

/// Returns the name of the open project, and whether it is saved.
pub fn open_project() -> (String, bool) {
    with_session(|session| {
        let is_lost = session.notices.iter().any(|notice| matches!(notice, Notice::Unavailable(_)));
        (session.tab.project().name.clone(), !session.is_guest && !is_lost)
    })
}

/// Returns the notices for the reader, oldest first.
pub fn notices() -> Vec<Notice> {
    with_session(|session| session.notices.clone())
}

/// Removes a notice that the reader dismissed. A notice about damaged data also removes that data.
pub fn dismiss(notice: &Notice) {
    with_session(|session| {
        match notice {
            Notice::Damaged { key, .. } => session.journal.remove(key),
            Notice::Unavailable(_) => session.is_dismissed = true,
            Notice::Conflict(_) | Notice::DeletedElsewhere => {}
        }
        session.notices.retain(|other| other != notice);
    });
}

/// Saves a state soon. Calls `then` when there may be new notices to show.
pub fn save_soon(state: &Rc<AppState>, then: impl Fn() + 'static) {
    let is_first = with_session(|session| {
        if session.current.as_ref().is_some_and(|current| !Rc::ptr_eq(&current.world, &state.world)) {
            // After another change, the deletion can no longer be undone.
            session.deleted = None;
        }
        session.current = Some(state.clone());
        !std::mem::replace(&mut session.is_due, true)
    });
    if is_first {
        Timeout::new(PAUSE_MS, move || {
            if with_session(Session::flush) {
                then();
            }
        })
        .forget();
    }
}

impl Session {
    /// Starts a session with the browser's storage, or in memory if that is unavailable.
    fn begin() -> Self {
        let found = if is_disabled() { None } else { Some(LocalStorage::new()) };
        match found {
            Some(Ok(local)) => {
                let shelf = Journal::with_vault(Box::new(local) as Box<dyn Storage>);
                Self { vault: Vault::Unknown, is_in_memory: false, ..Self::new(shelf) }
            }
            Some(Err(refused)) => {
                let mut session = Self::in_memory();
                session.add_notice(Notice::Unavailable(refused.to_string()));
                session
            }
            None => Self::in_memory(),
        }
    }

    fn in_memory() -> Self {
        Self::new(Journal::without_vault(Box::new(MemoryStorage::default())))
    }

    fn new(shelf: Journal<Box<dyn Storage>>) -> Self {
        let number = SESSIONS.get().wrapping_add(1);
        SESSIONS.set(number);
        Self {
            number,
            journal: shelf,
            vault: Vault::None,
            is_in_memory: true,
            is_writing: false,
            has_unread_history: false,
            is_reading_history: false,
            records: StoredHistory::default(),
            published_status: ("", 0),
            last_save: None,
            text: None,
            tab: Tab::new(&effects::env()),
            saved_world: None,
            current: None,
            is_due: false,
            is_guest: false,
            notices: Vec::new(),
            is_dismissed: false,
            deleted: None,
            left_projects: Vec::new(),
        }
    }

    /// Adds a notice, which replaces an earlier notice of the same kind. Different notices about damaged data are all
    /// preserved.
    fn add_notice(&mut self, notice: Notice) {
        let is_one_of_many = matches!(notice, Notice::Damaged { .. });
        self.notices.retain(|other| match is_one_of_many {
            true => *other != notice,
            false => std::mem::discriminant(other) != std::mem::discriminant(&notice),
        });
        self.notices.push(notice);
    }

    fn first_state(&mut self, env: &Env) -> Option<AppState> {
        let mut left = None;
        match projects::import_legacy(&mut self.journal, env) {
            Ok(LegacyPlayground::NoRoom(text)) => left = document::restore_text(&text).ok(),
            Ok(LegacyPlayground::Damaged { key, reason, text }) => {
                self.add_notice(Notice::Damaged { key: key.to_owned(), reason, text });
            }
            Ok(LegacyPlayground::Nothing | LegacyPlayground::Imported) | Err(_) => {}
        }
        if let Some(world) = left {
            // It stays unsaved; the next save reports that again.
            self.add_notice(Notice::Unavailable(StorageError::Full.to_string()));
            let _ = self.tab.start(&self.journal, t("My playground"), env);
            return Some(self.viewed(Rc::new(world)));
        }
        let wanted = local::tab_project_id().or_else(|| effects::stored_item(local::OPEN).ok()?);
        if let Some(world) = self.last_open(wanted.as_ref(), env) {
            return Some(self.viewed(world));
        }
        let state = AppState::first_visit(env)?;
        self.saved_world = Some(state.world.clone());
        Some(state)
    }

    /// Opens the wanted project, or else the project saved last among those that can be read. Returns its world.
    fn last_open(&mut self, wanted: Option<&String>, env: &Env) -> Option<Rc<World>> {
        // The others are read only if the wanted project cannot be read.
        let own = wanted.and_then(|id| projects::states(&self.journal, id).ok()).unwrap_or_default();
        if let Some(world) = self.first_open(&own, env) {
            return Some(world);
        }
        let mut all = projects::listing(&self.journal).ok()?;
        all.retain(|listed| Some(&listed.id) != wanted);
        sorting::sort_by_key(&mut all, |listed| listed.is_fork);
        if let Some(world) = self.first_open(&all, env) {
            return Some(world);
        }
        if !all.is_empty() || !own.is_empty() {
            // No project can be read. New changes must not continue one of them.
            let _ = self.tab.start(&self.journal, t("My playground"), env);
        }
        None
    }

    /// Opens the first of these states that can be read, and returns its world.
    fn first_open(&mut self, all: &[ProjectInfo], env: &Env) -> Option<Rc<World>> {
        for listed in all {
            let before = self.tab.clone();
            let Ok(Some(text)) = self.tab.open(&mut self.journal, listed, env) else { continue };
            match document::restore_text(&text) {
                Ok(world) => {
                    let world = Rc::new(world);
                    self.text = Some((world.clone(), text.into()));
                    return Some(world);
                }
                Err(error) => {
                    let reason = format!("{}: {error}", listed.name);
                    self.tab = before;
                    self.add_notice(Notice::Damaged { key: listed.key(), reason, text });
                }
            }
        }
        None
    }

    /// Returns the state of a restored world, with the stored view.
    fn viewed(&mut self, world: Rc<World>) -> AppState {
        let mut state = AppState::of(world);
        restore_view(&mut state);
        self.saved_world = Some(state.world.clone());
        self.remember_open();
        state
    }

    fn remember_open(&self) {
        if !is_disabled() {
            let id = &self.tab.project().id;
            local::set_tab_project_id(id);
            // This only decides which project another tab opens first, so a failure is ignored.
            let _ = effects::store_item(local::OPEN, id);
        }
    }

    /// Returns whether the page shows a world that is not saved.
    fn is_dirty(&self) -> bool {
        self.current.as_ref().is_some_and(|state| self.saved_world.as_ref() != Some(&state.world))
    }

    /// Saves unsaved changes. Returns whether there may be new notices to show.
    fn flush(&mut self) -> bool {
        if std::mem::take(&mut self.is_due)
            && let Some(state) = &self.current
            && !self.is_guest
        {
            save_view(&state.view);
        }
        if self.is_guest {
            return false;
        }
        if self.is_dirty() {
            return self.save();
        }
        if let Some(state) = &self.current {
            // The worlds are equal, but perhaps not the same `Rc`.
            self.saved_world = Some(state.world.clone());
            self.last_save = Some((state.world.clone(), state.history.clone()));
        }
        false
    }

    /// Saves the shown state as the next state of the project. Returns whether there may be new notices to show.
    fn save(&mut self) -> bool {
        let Some(state) = self.current.clone() else { return false };
        let is_new = self.tab.base().is_none();
        let document = document::save(&state.world);
        match self.tab.save(&mut self.journal, &document, &effects::env()) {
            Ok(saved) => {
                self.saved_world = Some(state.world.clone());
                self.last_save = Some((state.world.clone(), state.history.clone()));
                self.text = Some((state.world.clone(), document.into()));
                let told = self.notices.len();
                let full = Notice::Unavailable(StorageError::Full.to_string());
                self.notices.retain(|notice| *notice != Notice::DeletedElsewhere && *notice != full);
                let is_moved = matches!(saved, SaveOutcome::Forked(_));
                if let SaveOutcome::Forked(left) = saved {
                    self.add_notice(Notice::Conflict(left));
                }
                if is_new || is_moved {
                    self.remember_open();
                }
                is_moved || told != self.notices.len()
            }
            Err(refused) => {
                // The next step tries again.
                if !self.is_dismissed {
                    self.add_notice(Notice::Unavailable(refused.to_string()));
                }
                !self.is_dismissed
            }
        }
    }

    /// Returns a command with the change that another tab made to the open project, if any.
    fn follow_other_tabs(&mut self) -> Option<Command> {
        self.flush();
        self.journal.repeat_removals();
        if self.is_guest || self.is_dirty() {
            return None;
        }
        let before = self.tab.clone();
        match self.tab.check_for_changes(&mut self.journal, &effects::env()) {
            Ok(ExternalChange::Changed(text)) => match document::restore_text(&text) {
                Ok(world) => {
                    let world = Rc::new(world);
                    self.text = Some((world.clone(), text.into()));
                    self.notices.retain(|notice| *notice != Notice::DeletedElsewhere);
                    self.saved_world = Some(world.clone());
                    Some(Command::Replace { world, label: t("Changed in another tab").to_owned() })
                }
                Err(_) => {
                    // Perhaps a newer version of the page wrote it. Changes made here then go into a separate project.
                    self.tab = before;
                    None
                }
            },
            Ok(ExternalChange::Forked(left)) => {
                self.add_notice(Notice::Conflict(left));
                self.remember_open();
                None
            }
            Ok(ExternalChange::Gone) => {
                self.add_notice(Notice::DeletedElsewhere);
                None
            }
            Ok(ExternalChange::Same) | Err(_) => None,
        }
    }
}

impl Session {
    /// Returns the command that shows the state restored from the vault, if it belongs to the open project. After a
    /// change in the meantime, the restored state is treated as a change by another tab.
    fn follow_vault(&mut self, has_lost: bool) -> Option<Command> {
        let is_untouched = !self.is_due
            && self.current.as_ref().is_some_and(|state| {
                self.saved_world.as_ref().is_some_and(|kept| Rc::ptr_eq(kept, &state.world))
                    && state.history.done().is_empty()
                    && state.history.undone().is_empty()
            });
        let is_there = match self.tab.open_key() {
            Some(key) => matches!(self.journal.get(&key), Ok(Some(_))),
            None => !has_lost,
        };
        if self.is_guest || (is_there && !has_lost) {
            return None;
        }
        if !is_untouched {
            return self.follow_other_tabs();
        }
        let here = local::tab_project_id();
        if is_there && here.is_some() {
            return None;
        }
        let (env, before) = (effects::env(), self.tab.open_key());
        self.tab = Tab::new(&env);
        let world = self.last_open(here.as_ref(), &env)?;
        if self.tab.open_key() == before {
            return None;
        }
        let state = Rc::new(self.viewed(world));
        Some(self.show(state))
    }
}

fn restore_view(state: &mut AppState) {
    let Ok(Some(text)) = effects::stored_item(VIEW) else { return };
    let Ok(kept) = mesh_text::yaml::parse_json(&text) else { return };
    let member = |name: &str| kept.get(name).and_then(Value::as_str).unwrap_or_default();
    let Ok(owner) = member("owner").parse::<AccountId>() else { return };
    let mesh = MeshId { owner, name: member("mesh").into() };
    if state.world.visible_mesh(&mesh).is_some() && state.view.mesh.as_ref() != Some(&mesh) {
        state.view = View { mesh: Some(mesh), ..View::default() };
    }
    if kept.get("matrix").and_then(Value::as_bool) == Some(true) {
        state.view.panel = Panel::Matrix;
    }
}

fn save_view(view: &View) {
    if let Some(mesh) = &view.mesh {
        let matrix = view.panel == Panel::Matrix;
        let kept = object(&[("matrix", &matrix), ("mesh", &mesh.name), ("owner", &mesh.owner.as_str())]);
        // A lost view is not worth a notice.
        let _ = effects::store_item(VIEW, &mesh_text::json::compact(&kept));
    }
}
