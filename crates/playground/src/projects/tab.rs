//! The state of one browser tab with its open project, and all operations on projects.

use std::collections::BTreeSet;

use app_mesh_engine::control_plane::Env;
use mesh_text::words::{say, t};

use super::{
    ProjectInfo, Stamp, Storage, StorageError,
    entry::{document_of, heads, key, listing, parent_of, parse_key, stamps, text_of},
    unique_name,
};

/// Id of the project of a first visit. It is the same in every tab, so that two tabs share one project.
const FIRST: &str = "first";
/// Key under which pages without projects stored their only playground.
const SINGLE: &str = "mesh-playground/world";
/// Key under which an unreadable playground is stored.
const DAMAGED: &str = "mesh-playground/damaged";

/// The project that is open in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Id of the project, independent of its name.
    pub id: String,
    /// Name of the project.
    pub name: String,
}

/// Outcome of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The document was saved as the next state of the project.
    Saved,
    /// Another tab had changed the project in the meantime: this tab's document is now a separate, open project.
    /// Contains the previous project.
    Forked(Project),
}

/// Outcome of [`Tab::check_for_changes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalChange {
    /// Nothing changed for this tab.
    Same,
    /// Another tab saved a successor of this tab's state. Contains its document.
    Changed(String),
    /// Another tab saved at the same time; see [`SaveOutcome::Forked`].
    Forked(Project),
    /// The project was deleted. The next save stores this tab's document again.
    Gone,
}

/// A deleted project, as long as the deletion can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedProject {
    /// Name of the project.
    pub name: String,
    entries: Vec<(String, String)>,
}

impl DeletedProject {
    /// Returns whether this entry was deleted with the project.
    pub fn has(&self, listed: &ProjectInfo) -> bool {
        self.entries.iter().any(|(key, _)| *key == listed.key())
    }
}

/// Outcome of taking over the playground of pages without projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyPlayground {
    /// There is no such playground.
    Nothing,
    /// The playground became a project.
    Imported,
    /// There is no room to create a project from this document; it stays where it is.
    NoRoom(String),
    /// The playground cannot be read.
    Damaged {
        /// Key under which its text is stored.
        key: &'static str,
        /// Reason, in words.
        reason: String,
        /// Text of the playground.
        text: String,
    },
}

/// One tab of the browser.
///
/// INVARIANT: `base` is the state that this tab saved or saw last. A save of this tab removes only that state and those
/// that it continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Id of this tab, which distinguishes its entries from those of other tabs.
    me: Box<str>,
    project: Project,
    /// `None` if the project has not been saved yet.
    base: Option<Stamp>,
}

impl Tab {
    /// Creates a tab with a first project that has not been saved.
    pub fn new(env: &Env) -> Self {
        let project = Project { id: FIRST.to_owned(), name: t("My playground").to_owned() };
        Self { me: encode_base36(env.seed).into(), project, base: None }
    }

    /// Returns the open project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Returns the state of the open project that this tab saved or saw last.
    pub fn base(&self) -> Option<&Stamp> {
        self.base.as_ref()
    }

    /// Returns the key of the entry that this tab last saved or read.
    pub fn open_key(&self) -> Option<String> {
        Some(key(&self.project.id, self.base.as_ref()?))
    }

    /// Returns whether this entry is the open state.
    pub fn has_open(&self, listed: &ProjectInfo) -> bool {
        self.project.id == listed.id && self.base.as_ref() == Some(&listed.stamp)
    }

    /// Starts a project under this name or a free variant of it. The first save stores it.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    pub fn start(&mut self, shelf: &dyn Storage, name: &str, env: &Env) -> Result<(), StorageError> {
        let name = free_name(shelf, name, "")?;
        self.project = Project { id: fresh_id(shelf, env)?, name };
        self.base = None;
        Ok(())
    }

    /// Starts with content under this name that is not stored and not yet a project.
    pub fn stand_alone(&mut self, name: &str) {
        self.project = Project { id: String::new(), name: name.to_owned() };
        self.base = None;
    }

    /// Opens a saved project and returns its document; `None` if it no longer exists.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read, or has no room to separate two states that tabs left.
    pub fn open(
        &mut self,
        shelf: &mut dyn Storage,
        listed: &ProjectInfo,
        env: &Env,
    ) -> Result<Option<String>, StorageError> {
        let key = listed.key();
        let Some(text) = shelf.get(&key)? else { return Ok(None) };
        let document = document_of(&text).to_owned();
        let is_newest = heads(shelf, &listed.id)?.last().is_some_and(|newest| newest.stamp == listed.stamp);
        if is_newest {
            self.project = Project { id: listed.id.clone(), name: listed.name.clone() };
            self.base = Some(listed.stamp.clone());
        } else {
            let project = Project { id: fresh_id(shelf, env)?, name: free_name(shelf, &listed.name, &key)? };
            self.write_first(shelf, project, &document, env)?;
            remove_line(shelf, &listed.id, &listed.stamp)?;
        }
        Ok(Some(document))
    }

    /// Saves a document as the next state of the open project.
    ///
    /// # Errors
    /// Returns an error if the storage has no room; the previous state is then still stored.
    pub fn save(
        &mut self,
        shelf: &mut dyn Storage,
        document: &str,
        env: &Env,
    ) -> Result<SaveOutcome, StorageError> {
        let id = self.project.id.clone();
        let all = stamps(shelf, &id)?;
        let mut gone = Vec::new();
        if all.as_slice() != self.base.as_slice() && !all.is_empty() {
            let heads = heads(shelf, &id)?;
            let has_own =
                self.base.is_some() && heads.iter().any(|head| Some(&head.stamp) == self.base.as_ref());
            if !has_own && let Some(newest) = heads.last() {
                if is_document(shelf, newest, document)? {
                    self.adopt(newest);
                    return Ok(SaveOutcome::Saved);
                }
                return self.move_away(shelf, document, env).map(SaveOutcome::Forked);
            }
            // Entries that a crash left between adding and removing.
            let left = all.iter().filter(|stamp| !heads.iter().any(|head| head.stamp == **stamp));
            gone.extend(left.map(|stamp| key(&id, stamp)));
        }
        // Remove it last, because it marks the others as continued.
        gone.extend(self.base.iter().map(|base| key(&id, base)));
        let stamp = self.next(self.base.as_ref());
        let text = text_of(&self.project.name, self.base.as_ref(), env.now.0, document);
        shelf.set(&key(&id, &stamp), &text)?;
        self.base = Some(stamp);
        gone.iter().for_each(|key| shelf.remove(key));
        Ok(SaveOutcome::Saved)
    }

    /// Checks for changes of the open project by other tabs. The caller must have saved this tab's document first, if
    /// possible.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read, or has no room to separate this tab's state from another one;
    /// both are then still stored.
    pub fn check_for_changes(
        &mut self,
        shelf: &mut dyn Storage,
        env: &Env,
    ) -> Result<ExternalChange, StorageError> {
        let all = stamps(shelf, &self.project.id)?;
        if all.as_slice() == self.base.as_slice() {
            return Ok(ExternalChange::Same);
        }
        let heads = heads(shelf, &self.project.id)?;
        let Some(newest) = heads.last() else {
            return Ok(if self.base.is_some() { ExternalChange::Gone } else { ExternalChange::Same });
        };
        let Some(own) = heads.iter().find(|head| Some(&head.stamp) == self.base.as_ref()) else {
            // Prefer the successor of this tab's state to a fork that some other tab left.
            let next = heads.iter().find(|head| head.parent.is_some() && head.parent == self.base);
            let next = next.unwrap_or(newest);
            let Some(text) = shelf.get(&next.key())? else { return Ok(ExternalChange::Same) };
            self.adopt(next);
            return Ok(ExternalChange::Changed(document_of(&text).to_owned()));
        };
        // Of two states saved at the same time, the lower one moves; stamps only grow, so they never both move. The tab
        // that saved it moves it; other tabs only show it.
        if own.stamp == newest.stamp || own.stamp.tab != self.me {
            return Ok(ExternalChange::Same);
        }
        let key = own.key();
        let Some(text) = shelf.get(&key)? else { return Ok(ExternalChange::Same) };
        if is_document(shelf, newest, document_of(&text))? {
            self.adopt(newest);
            remove_line(shelf, &own.id, &own.stamp)?;
            return Ok(ExternalChange::Same);
        }
        let left = self.move_away(shelf, document_of(&text), env)?;
        remove_line(shelf, &own.id, &own.stamp)?;
        Ok(ExternalChange::Forked(left))
    }

    /// Renames a project to this name or a free variant of it, and returns the name; `None` if the project no longer
    /// exists.
    ///
    /// # Errors
    /// Returns an error if the storage has no room.
    pub fn rename(
        &mut self,
        shelf: &mut dyn Storage,
        listed: &ProjectInfo,
        name: &str,
        env: &Env,
    ) -> Result<Option<String>, StorageError> {
        let Some(text) = shelf.get(&listed.key())? else { return Ok(None) };
        let name = free_name(shelf, name, &listed.key())?;
        let is_open = self.has_open(listed);
        let stamp = self.next(Some(&listed.stamp));
        let text = text_of(&name, Some(&listed.stamp), env.now.0, document_of(&text));
        shelf.set(&key(&listed.id, &stamp), &text)?;
        remove_line(shelf, &listed.id, &listed.stamp)?;
        if is_open {
            self.base = Some(stamp);
            self.project.name.clone_from(&name);
        }
        Ok(Some(name))
    }

    /// Saves a document as another project, which is not opened. Returns the name it got.
    ///
    /// # Errors
    /// Returns an error if the storage has no room.
    pub fn add(
        &self,
        shelf: &mut dyn Storage,
        name: &str,
        document: &str,
        env: &Env,
    ) -> Result<String, StorageError> {
        self.project_adder(shelf)?.add(shelf, name, document, env)
    }

    /// Starts to add several documents as projects.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    pub fn project_adder(&self, shelf: &dyn Storage) -> Result<ProjectAdder, StorageError> {
        let names = listing(shelf)?.into_iter().map(|listed| listed.name).collect();
        let ids = shelf.keys()?.iter().filter_map(|key| Some(parse_key(key)?.0.to_owned())).collect();
        Ok(ProjectAdder { tab: self.clone(), names, ids })
    }

    /// Deletes a project.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    pub fn delete(shelf: &mut dyn Storage, listed: &ProjectInfo) -> Result<DeletedProject, StorageError> {
        let entries = remove_line(shelf, &listed.id, &listed.stamp)?;
        Ok(DeletedProject { name: listed.name.clone(), entries })
    }

    fn adopt(&mut self, head: &ProjectInfo) {
        self.base = Some(head.stamp.clone());
        if !head.is_damaged {
            self.project.name.clone_from(&head.name);
        }
    }

    /// Saves this tab's document as a separate project and returns the previous project.
    fn move_away(
        &mut self,
        shelf: &mut dyn Storage,
        document: &str,
        env: &Env,
    ) -> Result<Project, StorageError> {
        let left = self.project.clone();
        let own = self.base.as_ref().map(|base| key(&left.id, base)).unwrap_or_default();
        let name = free_name(shelf, &say("{0} (from another tab)", &[&left.name]), &own)?;
        let project = Project { id: fresh_id(shelf, env)?, name };
        self.write_first(shelf, project, document, env)?;
        Ok(left)
    }

    /// Saves the first state of a project, and opens it.
    fn write_first(
        &mut self,
        shelf: &mut dyn Storage,
        project: Project,
        document: &str,
        env: &Env,
    ) -> Result<(), StorageError> {
        let stamp = self.next(None);
        shelf.set(&key(&project.id, &stamp), &text_of(&project.name, None, env.now.0, document))?;
        self.project = project;
        self.base = Some(stamp);
        Ok(())
    }

    fn next(&self, base: Option<&Stamp>) -> Stamp {
        let revision = base.map_or(0, |base| base.revision).saturating_add(1);
        Stamp { revision, tab: self.me.clone() }
    }
}

/// Adds several documents as projects, with one listing of the existing ones.
#[derive(Clone, Debug)]
pub struct ProjectAdder {
    tab: Tab,
    names: BTreeSet<String>,
    ids: BTreeSet<String>,
}

impl ProjectAdder {
    /// Adds a document under this name or a free variant of it, and returns the name.
    ///
    /// # Errors
    /// Returns an error if the storage has no room.
    pub fn add(
        &mut self,
        shelf: &mut dyn Storage,
        name: &str,
        document: &str,
        env: &Env,
    ) -> Result<String, StorageError> {
        let name = unique_name(name, |name| self.names.contains(name));
        let id = free_id(|id| self.ids.contains(id), env);
        self.tab.write_first(shelf, Project { id: id.clone(), name: name.clone() }, document, env)?;
        self.names.insert(name.clone());
        self.ids.insert(id);
        Ok(name)
    }

    /// Returns the key of the entry added last.
    pub fn key(&self) -> Option<String> {
        self.tab.open_key()
    }
}

/// Undoes a deletion.
///
/// # Errors
/// Returns an error if there is no longer enough room.
pub fn restore_deleted(shelf: &mut dyn Storage, deleted: &DeletedProject) -> Result<(), StorageError> {
    deleted.entries.iter().try_for_each(|(key, text)| shelf.set(key, text))
}

/// Converts the playground stored by an earlier version of the page to a project, and removes it from its old key. An
/// earlier version that is still open in another tab may store another one.
///
/// # Errors
/// Returns an error if the storage cannot be read.
pub fn import_legacy(shelf: &mut dyn Storage, env: &Env) -> Result<LegacyPlayground, StorageError> {
    let Some(text) = shelf.get(SINGLE)? else { return Ok(earlier_damage(shelf)) };
    if let Err(error) = mesh_documents::restore_text(&text) {
        let reason = error.to_string();
        // A damaged playground of an earlier visit stays until the user discards it.
        let is_moved = shelf.get(DAMAGED)?.is_none() && shelf.set(DAMAGED, &text).is_ok();
        if is_moved {
            shelf.remove(SINGLE);
        }
        return Ok(LegacyPlayground::Damaged { key: if is_moved { DAMAGED } else { SINGLE }, reason, text });
    }
    // Two tabs that do this at the same time write identical entries.
    let is_first = stamps(shelf, FIRST)?.is_empty();
    let id = if is_first { FIRST.to_owned() } else { fresh_id(shelf, env)? };
    let name = free_name(shelf, t("My playground"), "")?;
    let stamp = Stamp { revision: 1, tab: "0".into() };
    if shelf.set(&key(&id, &stamp), &text_of(&name, None, env.now.0, &text)).is_err() {
        return Ok(LegacyPlayground::NoRoom(text));
    }
    shelf.remove(SINGLE);
    Ok(match earlier_damage(shelf) {
        LegacyPlayground::Nothing => LegacyPlayground::Imported,
        damaged => damaged,
    })
}

/// Returns a damaged playground of an earlier visit that the user has not discarded.
fn earlier_damage(shelf: &dyn Storage) -> LegacyPlayground {
    match shelf.get(DAMAGED) {
        Ok(Some(text)) => LegacyPlayground::Damaged {
            key: DAMAGED,
            reason: t("found on an earlier visit").to_owned(),
            text,
        },
        _ => LegacyPlayground::Nothing,
    }
}

/// Removes a state and its predecessors that a crash left, oldest first, so that none of them is ever without its
/// successor. Returns their keys and texts.
fn remove_line(
    shelf: &mut dyn Storage,
    id: &str,
    stamp: &Stamp,
) -> Result<Vec<(String, String)>, StorageError> {
    let mut line = Vec::new();
    let mut next = Some(stamp.clone());
    while let Some(stamp) = next.take() {
        let key = key(id, &stamp);
        if let Some(text) = shelf.get(&key)? {
            // Revisions strictly decrease, so the loop terminates even with damaged entries.
            next = parent_of(&text).filter(|parent| parent.revision < stamp.revision);
            line.push((key, text));
        }
    }
    line.reverse();
    line.iter().for_each(|(key, _)| shelf.remove(key));
    Ok(line)
}

fn is_document(shelf: &dyn Storage, listed: &ProjectInfo, document: &str) -> Result<bool, StorageError> {
    Ok(shelf.get(&listed.key())?.is_some_and(|text| document_of(&text) == document))
}

/// Returns this name, or a variant of it that no entry has except the one with key `but`.
fn free_name(shelf: &dyn Storage, wanted: &str, but: &str) -> Result<String, StorageError> {
    let taken = listing(shelf)?;
    Ok(unique_name(wanted, |name| taken.iter().any(|listed| listed.name == name && listed.key() != but)))
}

/// Returns an id that no project has. A random id would suffice, except for seeds that do not change, as in tests.
fn fresh_id(shelf: &dyn Storage, env: &Env) -> Result<String, StorageError> {
    let keys = shelf.keys()?;
    Ok(free_id(|id| keys.iter().filter_map(|key| parse_key(key)).any(|(taken, _)| taken == id), env))
}

fn free_id(is_taken: impl Fn(&str) -> bool, env: &Env) -> String {
    let mut seed = env.seed;
    loop {
        let id = encode_base36(seed);
        if !is_taken(&id) {
            return id;
        }
        seed = seed.wrapping_add(1);
    }
}

/// Converts a number to a short string of letters and digits.
pub fn encode_base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut word = String::new();
    for _ in 0..9 {
        word.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or(0)]));
        number /= 36;
    }
    word
}
