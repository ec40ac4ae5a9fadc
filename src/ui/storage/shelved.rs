//! Operations on whole projects. Each returns its result, such as a command for the page, or a message if it fails.

use std::rc::Rc;

use mesh_text::{
    job::Job,
    words::{english, say, t},
};

use super::{LeftProject, Notice, Session, Vault, local, with_session};
use crate::{
    control_plane::Env,
    document,
    projects::{self, Project, ProjectInfo, SaveOutcome, Storage, StorageError, Tab, checked_name},
    scenario::{self, Variant},
    store::{AppState, Command, update},
    ui::effects,
    world::World,
};

/// Maximum number of projects that this tab has left and whose history it still holds.
const MOST_AWAY: usize = 12;

/// Initial content of a new project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialContent {
    /// The six-colours scenario.
    Colours(Variant),
    /// Two accounts without resources.
    Empty,
}

/// Returns all projects, most recently saved first, each with whether it is open.
///
/// # Errors
/// Returns a message for the user if the projects cannot be read.
pub fn listing() -> Result<Vec<(ProjectInfo, bool)>, String> {
    with_session(|session| {
        session.flush();
        // The list contains the playground of a first visit as a project, so save it first.
        if session.tab.base().is_none() && !session.is_guest {
            session.save();
        }
        let all = projects::listing(&session.journal).map_err(words)?;
        Ok(all
            .into_iter()
            .map(|listed| (session.tab.has_open(&listed), listed))
            .map(|(open, it)| (it, open))
            .collect())
    })
}

/// Opens a project.
///
/// # Errors
/// Returns a message for the user if the project cannot be read, or the open state would be lost.
pub fn open(listed: &ProjectInfo) -> Result<Command, String> {
    with_session(|session| {
        session.leave()?;
        session.open(listed, &effects::env())
    })
}

/// Creates a project and opens it.
///
/// # Errors
/// Returns a message for the user if the name is invalid, there is no room, or the open state would be lost.
pub fn create(name: &str, start: InitialContent) -> Result<Command, String> {
    let env = effects::env();
    let name = checked_name(name)?;
    let world = match start {
        InitialContent::Empty => World::empty(),
        InitialContent::Colours(variant) => scenario::six_colours(variant, &env),
    };
    let state = Rc::new(AppState::new(world.ok_or_else(|| t("The scenario is broken.").to_owned())?));
    with_session(|session| {
        session.leave()?;
        session.keep_new(name, &state, &env)?;
        Ok(session.show(state))
    })
}

/// Saves a state as a new project under this name, or under a similar free name, and makes it the open project. Changes
/// no other project. A guest is no longer a guest afterwards.
///
/// # Errors
/// Returns a message for the user if the name is invalid or there is no room; the state then stays unsaved.
pub fn save_as_project(name: &str, state: &Rc<AppState>) -> Result<(), String> {
    let name = checked_name(name)?;
    with_session(|session| {
        session.keep_new(name, state, &effects::env())?;
        session.current = Some(state.clone());
        session.remember_open();
        Ok(())
    })
}

/// Renames a project. Returns its new name.
///
/// # Errors
/// Returns a message for the user if the name is invalid, or the project no longer exists.
pub fn rename(listed: &ProjectInfo, name: &str) -> Result<String, String> {
    let name = checked_name(name)?;
    with_session(|session| {
        let renamed = session.tab.rename(&mut session.journal, listed, name, &effects::env());
        renamed.map_err(words)?.ok_or_else(|| gone(listed))
    })
}

/// Copies a project's document to a new project. Returns the name of the copy.
///
/// # Errors
/// Returns a message for the user if the project no longer exists or there is no room.
pub fn duplicate(listed: &ProjectInfo) -> Result<String, String> {
    with_session(|session| {
        let text = session.journal.get(&listed.key()).map_err(words)?.ok_or_else(|| gone(listed))?;
        let document = projects::document_of(&text);
        session.tab.add(&mut session.journal, &listed.name, document, &effects::env()).map_err(words)
    })
}

/// Deletes a project; [`undo_delete`] can restore it. If it was open, another project opens, or else the six colours.
///
/// # Errors
/// Returns a message for the user if the storage cannot be read.
pub fn delete(listed: &ProjectInfo) -> Result<Option<Command>, String> {
    with_session(|session| {
        session.flush();
        let is_open = session.tab.has_open(listed);
        let deleted = Tab::delete(&mut session.journal, listed).map_err(words)?;
        let state = session.current.clone().filter(|_| is_open);
        let command = is_open.then(|| session.show_another(&effects::env())).flatten();
        session.deleted = Some((deleted, state));
        Ok(command)
    })
}

/// Returns the name of the project deleted last, while the deletion can be undone.
pub fn deleted() -> Option<String> {
    with_session(|session| session.deleted.as_ref().map(|(deleted, _)| deleted.name.clone()))
}

/// Undoes the last deletion.
///
/// # Errors
/// Returns a message for the user if there is no longer room.
pub fn undo_delete() -> Result<Option<Command>, String> {
    with_session(|session| {
        let Some((deleted, state)) = &session.deleted else { return Ok(None) };
        projects::restore_deleted(&mut session.journal, deleted).map_err(words)?;
        let (deleted, state) = (deleted.clone(), state.clone());
        session.deleted = None;
        let Some(state) = state else { return Ok(None) };
        let all = projects::listing(&session.journal).map_err(words)?;
        let Some(listed) = all.iter().find(|listed| deleted.has(listed)) else { return Ok(None) };
        session.leave()?;
        session.tab.open(&mut session.journal, listed, &effects::env()).map_err(words)?;
        session.saved_world = Some(state.world.clone());
        Ok(Some(session.show(state)))
    })
}

/// Returns the document of a project.
pub fn text_of(listed: &ProjectInfo) -> Option<String> {
    let text = with_session(|session| session.journal.get(&listed.key())).ok()??;
    Some(projects::document_of(&text).to_owned())
}

/// Reads each project, in slices, so that [`listing`] is fast.
pub fn read_all() -> Job<()> {
    /// Number of projects read during one access to the session.
    const AT_ONCE: usize = 50;
    Job::new(|pace| async move {
        let keys = with_session(|session| session.journal.keys()).unwrap_or_default();
        pace.begin(english("{0} of {1} projects read"), keys.len());
        for (turn, keys) in keys.chunks(AT_ONCE).enumerate() {
            with_session(|session| {
                for key in keys.iter().filter(|key| key.starts_with(projects::PREFIX)) {
                    // The listing reports an entry that cannot be read.
                    let _ = session.journal.project_info(key);
                }
            });
            pace.reach(turn * AT_ONCE + keys.len());
            pace.work(20 * keys.len()).await;
        }
    })
}

/// Writes all projects that can be read to one file, in slices. The result is the file and the number of projects that
/// cannot be read.
pub fn export_all(all: &[(ProjectInfo, bool)]) -> Job<(String, usize)> {
    let all: Vec<_> = all.iter().map(|(listed, _)| listed.clone()).collect();
    Job::new(|pace| async move {
        let mut bundle = projects::Bundle::default();
        pace.begin(english("{0} of {1} projects exported"), all.len());
        for (done, listed) in all.iter().enumerate() {
            if let Some(text) = text_of(listed)
                && document::restore_text_paced(&text, &pace.unseen()).await.is_ok()
            {
                bundle.add(&listed.name, &text);
            }
            pace.reach(done + 1);
            pace.work(PROJECT).await;
        }
        let damaged = all.len() - bundle.count();
        pace.work(1000 * PROJECT).await;
        (bundle.finish(), damaged)
    })
}

/// Units of work to read or write one small project; see [`Pace::work`](mesh_text::job::Pace::work).
const PROJECT: usize = 100;

/// The import of projects. The result is their names, or a message for the user if it fails.
pub type Import = Job<Result<Vec<String>, String>>;

/// Imports the project or projects in a file, in slices. `file` is the name of the file. If the file cannot be read,
/// there is no room for all projects, or the job is dropped, no imported project remains.
pub fn import(text: String, file: &str) -> Import {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned();
    Job::new(|pace| async move {
        let found = projects::read_bundle_paced(&text, &pace).await.map_err(|error| error.to_string())?;
        drop(text);
        let mut adding =
            with_session(|session| session.tab.project_adder(&session.journal)).map_err(words)?;
        let (mut added, mut names, all) = (ImportGuard::default(), Vec::new(), found.len());
        pace.begin(english("{0} of {1} projects imported"), all);
        for (name, document) in found {
            let name = name.unwrap_or_else(|| stem.clone());
            // Replaces an invalid project name.
            let name = checked_name(&name).unwrap_or(t("Imported project"));
            let name =
                with_session(|session| adding.add(&mut session.journal, name, &document, &effects::env()));
            names.push(name.map_err(words)?);
            added.keys.extend(adding.key());
            pace.reach(names.len());
            pace.work(PROJECT).await;
        }
        added.is_complete = true;
        Ok(names)
    })
}

/// The entries that an import has added; removed again if it does not complete.
#[derive(Default)]
struct ImportGuard {
    keys: Vec<String>,
    is_complete: bool,
}

impl Drop for ImportGuard {
    fn drop(&mut self) {
        if !self.is_complete {
            with_session(|session| self.keys.iter().for_each(|key| session.journal.remove(key)));
        }
    }
}

/// Replaces the other tab's version of the project that this tab left with this tab's version, as one step. Deletes the
/// separate project of this tab.
///
/// # Errors
/// Returns a message for the user if the other project can no longer be read.
pub fn put_in_place(left: &Project) -> Result<Command, String> {
    let env = effects::env();
    with_session(|session| {
        session.leave()?;
        let all = projects::listing(&session.journal).map_err(words)?;
        let own = all.iter().find(|listed| session.tab.has_open(listed));
        let other = all.iter().find(|listed| listed.id == left.id && !listed.is_fork);
        let (Some(other), Some(state)) = (other, session.current.clone()) else {
            return Err(say("{0} is not there any more.", &[&left.name]));
        };
        session.open(other, &env)?;
        let Some(theirs) = session.current.clone() else { return Err(String::new()) };
        let label = say("Put in place of what another tab did in {0}", &[&left.name]);
        let after = update(&theirs, Command::Replace { world: state.world.clone(), label }, &env);
        let kept = session.saved_world.clone();
        let command = session.show(after.state);
        session.saved_world = kept;
        session.flush();
        if let Some(own) = own {
            let deleted = Tab::delete(&mut session.journal, own).map_err(words)?;
            session.deleted = Some((deleted, None));
        }
        Ok(command)
    })
}

fn words(refused: StorageError) -> String {
    let mut words = refused.to_string();
    if refused == StorageError::Full {
        words =
            t("There is no room: the browser's storage is full or blocked. Export projects and delete them.")
                .to_owned();
    }
    words
}

fn gone(listed: &ProjectInfo) -> String {
    say("{0} is not there any more: another tab has changed or deleted it.", &[&listed.name])
}

impl Session {
    /// Prepares to leave the open state without losing any of it. Fails if it has changes that are not saved.
    fn leave(&mut self) -> Result<(), String> {
        self.flush();
        let Some(state) = self.current.clone() else { return Ok(()) };
        let is_touched = !state.history.done().is_empty() || !state.history.undone().is_empty();
        if is_touched && (self.is_guest || self.tab.base().is_none()) {
            return Err(t("What is open is not saved and would be lost: save it as a file first.").to_owned());
        }
        if self.is_guest {
            return Ok(());
        }
        let (id, stamp) = (self.tab.project().id.clone(), self.tab.base().cloned());
        self.left_projects.retain(|away| away.id != id);
        if self.left_projects.len() == MOST_AWAY {
            self.left_projects.remove(0);
        }
        let records = std::mem::take(&mut self.records);
        self.left_projects.push(LeftProject {
            id,
            stamp,
            saved_world: self.saved_world.clone(),
            state,
            records,
        });
        Ok(())
    }

    fn open(&mut self, listed: &ProjectInfo, env: &Env) -> Result<Command, String> {
        let before = self.tab.clone();
        let text =
            self.tab.open(&mut self.journal, listed, env).map_err(words)?.ok_or_else(|| gone(listed))?;
        let left = self.left_projects.iter_mut().find(|away| away.id == listed.id && !listed.is_fork);
        let records = left.map(|left| std::mem::take(&mut left.records)).unwrap_or_default();
        let left = self.left_projects.iter().find(|away| away.id == listed.id && !listed.is_fork);
        if let Some(left) = left
            && left.stamp.as_ref() == Some(&listed.stamp)
        {
            let (kept, state) = (left.saved_world.clone(), left.state.clone());
            let command = self.show(state);
            self.saved_world = kept;
            self.records = records;
            return Ok(command);
        }
        let world = match document::restore_text(&text) {
            Ok(world) => Rc::new(world),
            Err(error) => {
                self.tab = before;
                return Err(say("{0} cannot be read: {1}", &[&listed.name, &error.to_string()]));
            }
        };
        self.text = Some((world.clone(), text.into()));
        let (state, is_new) = match left {
            Some(left) => {
                let label = t("Changed in another tab").to_owned();
                (update(&left.state, Command::Replace { world, label }, env).state, false)
            }
            None => (Rc::new(AppState::of(world)), true),
        };
        let command = self.show(state);
        self.records = records;
        // Its history may be in the vault.
        self.has_unread_history = is_new && matches!(self.vault, Vault::Open(_));
        Ok(command)
    }

    /// Returns the command that makes the page show a state whose world is saved.
    pub(super) fn show(&mut self, state: Rc<AppState>) -> Command {
        self.saved_world = Some(state.world.clone());
        self.current = Some(state.clone());
        self.is_guest = false;
        self.deleted = None;
        self.notices.retain(|notice| !matches!(notice, Notice::Conflict(_) | Notice::DeletedElsewhere));
        self.remember_open();
        Command::SwitchTo { state, told: say("Opened project {0}", &[&self.tab.project().name]) }
    }

    /// Returns the command that makes the page show another project, or the six colours, after the shown project was
    /// deleted.
    fn show_another(&mut self, env: &Env) -> Option<Command> {
        self.tab = Tab::new(env);
        let wanted = local::tab_project_id();
        let (state, is_kept) = match self.last_open(wanted.as_ref(), env) {
            Some(world) => (AppState::of(world), true),
            None => (AppState::first_visit(env)?, false),
        };
        let command = self.show(Rc::new(state));
        self.has_unread_history = is_kept && matches!(self.vault, Vault::Open(_));
        Some(command)
    }

    fn keep_new(&mut self, name: &str, state: &AppState, env: &Env) -> Result<(), String> {
        let before = self.tab.clone();
        let kept = self
            .tab
            .start(&self.journal, name, env)
            .and_then(|()| self.tab.save(&mut self.journal, &document::save(&state.world), env));
        match kept {
            Ok(SaveOutcome::Saved | SaveOutcome::Forked(_)) => {
                self.saved_world = Some(state.world.clone());
                self.is_guest = false;
                Ok(())
            }
            Err(refused) => {
                self.tab = before;
                Err(words(refused))
            }
        }
    }
}
