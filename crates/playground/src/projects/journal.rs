//! A storage with a second copy of its entries in a vault, which is slower but survives a killed browser.
//!
//! `localStorage` responds at once but reaches the disk late: a killed browser restarts with an older state of it. So
//! each change is also sent to a vault, which reports when the change is on disk. Changes that wait for the vault form
//! a [`Batch`]. The vault also stores the keys of removed entries: if one reappears in the first storage, it is stale.
//! Start at [`Journal::sync_with_vault`], which synchronises both when a page loads.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use mesh_text::sorting;

use super::{ProjectInfo, Storage, StorageError, entry::PREFIX, keys::Keys};

/// Key prefix of removal marks: removals that the vault may not have yet.
const GONE: &str = "mesh-playground/gone/";
/// Maximum size of a batch in bytes; a single longer entry is allowed.
const BATCH: usize = 512 * 1024;
/// Number of removals that a page remembers, to repeat them if a tab with stale data restores an entry.
const REMEMBERED: usize = 2000;

/// Changes that a vault applies atomically.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Entries to add, by their keys.
    pub added: Vec<(String, String)>,
    /// Keys of those added entries that were removed before and are restored.
    pub restored: Vec<String>,
    /// Keys of entries to remove and to record as removed.
    pub removed: Vec<String>,
    /// Keys like `removed`, left by a page that closed early; skipped if the vault has a later change of the key.
    pub leftover: Vec<String>,
}

impl Batch {
    /// Returns whether the batch is empty.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.restored.is_empty()
            && self.removed.is_empty()
            && self.leftover.is_empty()
    }
}

/// A storage with the changes that the vault does not have yet.
#[derive(Debug, Default)]
pub struct Journal<S> {
    shelf: S,
    /// Whether there is a vault.
    has_vault: bool,
    /// Changes that the vault does not have yet, by key, with their order.
    waiting: BTreeMap<String, (u64, Change)>,
    /// Number of changes so far.
    changes: u64,
    /// Keys that this page removed, or found removed by a closed page.
    removed: VecDeque<String>,
    /// Projects in the entries read so far, by key.
    read: RefCell<BTreeMap<String, Rc<ProjectInfo>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Added,
    Restored,
    Removed,
    Leftover,
}

impl<S: Storage> Journal<S> {
    /// Creates a storage without a vault: no change waits.
    pub fn without_vault(shelf: S) -> Self {
        Self {
            shelf,
            has_vault: false,
            waiting: BTreeMap::new(),
            changes: 0,
            removed: VecDeque::new(),
            read: RefCell::default(),
        }
    }

    /// Creates a storage with a vault.
    pub fn with_vault(shelf: S) -> Self {
        Self { has_vault: true, ..Self::without_vault(shelf) }
    }

    /// Continues without the vault, because it is unavailable.
    pub fn drop_vault(&mut self) {
        self.has_vault = false;
        self.waiting.clear();
    }

    /// Returns whether a change waits for the vault.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Returns the next batch for the vault.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read; then all changes still wait.
    pub fn batch(&mut self) -> Result<Batch, StorageError> {
        let mut batch = Batch::default();
        let mut size = 0;
        let mut taken = Vec::new();
        let mut waiting: Vec<_> =
            self.waiting.iter().map(|(key, (order, change))| (order, key, change)).collect();
        sorting::sort_by_key(&mut waiting, |(order, ..)| **order);
        for (_, key, change) in waiting {
            match change {
                Change::Removed => batch.removed.push(key.clone()),
                Change::Leftover => batch.leftover.push(key.clone()),
                Change::Added | Change::Restored => {
                    if let Some(text) = self.shelf.get(key)? {
                        if size > 0 && size + text.len() > BATCH {
                            break;
                        }
                        size += text.len();
                        batch.added.push((key.clone(), text));
                        if *change == Change::Restored {
                            batch.restored.push(key.clone());
                        }
                    }
                }
            }
            taken.push(key.clone());
        }
        for key in taken {
            self.waiting.remove(&key);
        }
        Ok(batch)
    }

    /// Confirms a batch that the vault applied.
    pub fn confirm(&mut self, batch: &Batch) {
        for key in batch.removed.iter().chain(&batch.leftover) {
            if !self.waiting.contains_key(key)
                && let Some(mark) = mark(key)
            {
                self.shelf.remove(&mark);
            }
        }
    }

    /// Returns a batch that the vault did not apply to the front of the queue.
    pub fn requeue(&mut self, batch: Batch) {
        let restored = batch.restored;
        let added = batch.added.into_iter().map(|(key, _)| {
            let change = if restored.contains(&key) { Change::Restored } else { Change::Added };
            (key, change)
        });
        let removed = batch.removed.into_iter().map(|key| (key, Change::Removed));
        let left = batch.leftover.into_iter().map(|key| (key, Change::Leftover));
        // A later change of the same key takes precedence.
        for (key, change) in added.chain(removed).chain(left) {
            self.waiting.entry(key).or_insert((0, change));
        }
    }

    /// Returns the entries of the vault that the storage lost. `entries` and `removed` are the keys in the vault, in
    /// any order.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    pub fn lost<'a>(&self, entries: &'a [String], removed: &[String]) -> Result<Vec<&'a str>, StorageError> {
        let own = self.shelf.keys()?;
        let (own, gone) = (Keys::new(&own), Keys::new(removed));
        let is_lost = |key: &&String| {
            let is_marked = mark(key).is_none_or(|mark| own.has(&mark));
            !own.has(key) && !gone.has(key) && !is_marked
        };
        Ok(entries.iter().filter(is_lost).map(String::as_str).collect())
    }

    /// Synchronises the storage and the vault: restores lost entries, removes those that the vault has recorded
    /// as removed, and queues the changes that the vault lacks.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read, or has no room for the lost entries; then its contents stay
    /// unchanged.
    pub fn sync_with_vault(
        &mut self,
        lost: &[(String, String)],
        entries: &[String],
        removed: &[String],
    ) -> Result<(), StorageError> {
        for (key, text) in lost {
            self.read.get_mut().remove(key);
            self.shelf.set(key, text)?;
        }
        let keys = self.shelf.keys()?;
        let (own, known, gone) = (Keys::new(&keys), Keys::new(entries), Keys::new(removed));
        for key in &keys {
            let (key, change) = match (key.strip_prefix(GONE), mark(key)) {
                (Some(rest), _) => {
                    let key = format!("{PREFIX}{rest}");
                    self.remember_removal(&key);
                    (key, Change::Leftover)
                }
                (None, Some(mark)) if gone.has(key) || own.has(&mark) => {
                    self.shelf.remove(key);
                    self.remember_removal(key);
                    continue;
                }
                (None, Some(_)) if !known.has(key) => (key.clone(), Change::Added),
                _ => continue,
            };
            self.changes += 1;
            self.waiting.entry(key).or_insert((self.changes, change));
        }
        Ok(())
    }

    /// Repeats removals of entries that a tab with stale data restored.
    pub fn repeat_removals(&mut self) {
        let Ok(keys) = self.shelf.keys() else { return };
        let marks = marked(&keys);
        let (marks, removed) = (Keys::new(&marks), Keys::new(&self.removed));
        for key in &keys {
            if removed.has(key) || marks.has(key) {
                self.shelf.remove(key);
            }
        }
    }

    /// Remembers a removal, to repeat it if a tab with stale data restores the entry.
    fn remember_removal(&mut self, key: &str) {
        if self.removed.len() == REMEMBERED {
            self.removed.pop_front();
        }
        self.removed.push_back(key.to_owned());
    }

    /// Queues a change for the vault; replaces an earlier one of the same key.
    fn wait(&mut self, key: &str, change: Change) {
        if self.has_vault {
            self.changes += 1;
            self.waiting.insert(key.to_owned(), (self.changes, change));
        }
    }
}

/// Returns the key of the removal mark of an entry; `None` if the key is not one of an entry.
fn mark(key: &str) -> Option<String> {
    Some(format!("{GONE}{}", key.strip_prefix(PREFIX)?))
}

/// Returns the keys of the entries with a removal mark.
fn marked(keys: &[String]) -> Vec<String> {
    let marks = keys.iter().filter_map(|key| key.strip_prefix(GONE));
    marks.map(|rest| format!("{PREFIX}{rest}")).collect()
}

impl<S: Storage> Storage for Journal<S> {
    /// Returns the keys without those of entries with a removal mark.
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        let mut keys = self.shelf.keys()?;
        let marks = marked(&keys);
        let marks = Keys::new(&marks);
        keys.retain(|key| !key.starts_with(GONE) && !marks.has(key));
        let mut read = self.read.borrow_mut();
        if read.len() > keys.len() {
            // Other tabs removed some of them.
            let keys = Keys::new(&keys);
            read.retain(|key, _| keys.has(key));
        }
        Ok(keys)
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.shelf.get(key)
    }

    /// Reads each entry once.
    fn project_info(&self, key: &str) -> Result<Option<Rc<ProjectInfo>>, StorageError> {
        if let Some(listed) = self.read.borrow().get(key) {
            return Ok(Some(listed.clone()));
        }
        let listed = self.shelf.project_info(key)?;
        if let Some(listed) = &listed {
            self.read.borrow_mut().insert(key.to_owned(), listed.clone());
        }
        Ok(listed)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        self.read.get_mut().remove(key);
        let mark = mark(key).filter(|_| self.has_vault);
        let was_removed = self.removed.iter().any(|removed| removed == key);
        if let Some(mark) = mark.as_ref().filter(|_| was_removed) {
            // Remove the mark first, because an entry with a mark is treated as removed.
            self.shelf.remove(mark);
        }
        self.shelf.set(key, text)?;
        if mark.is_some() {
            self.removed.retain(|removed| removed != key);
            self.wait(key, if was_removed { Change::Restored } else { Change::Added });
        }
        Ok(())
    }

    fn remove(&mut self, key: &str) {
        self.read.get_mut().remove(key);
        let Some(mark) = mark(key).filter(|_| self.has_vault) else { return self.shelf.remove(key) };
        // Set the mark first: then the entry is treated as removed even if the page closes in between. If there is no
        // room for the mark, there is room after the removal.
        let is_marked = self.shelf.set(&mark, "").is_ok();
        self.shelf.remove(key);
        if !is_marked {
            let _ = self.shelf.set(&mark, "");
        }
        self.remember_removal(key);
        self.wait(key, Change::Removed);
    }
}

impl<S: Storage + ?Sized> Storage for Box<S> {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        (**self).keys()
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        (**self).get(key)
    }

    fn project_info(&self, key: &str) -> Result<Option<Rc<ProjectInfo>>, StorageError> {
        (**self).project_info(key)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        (**self).set(key, text)
    }

    fn remove(&mut self, key: &str) {
        (**self).remove(key);
    }
}

#[cfg(test)]
impl<S: Storage> Journal<S> {
    /// Returns the storage below.
    pub(super) fn below(&self) -> &S {
        &self.shelf
    }

    /// Returns the storage below, for changes by another tab.
    pub(super) fn below_mut(&mut self) -> &mut S {
        &mut self.shelf
    }

    /// Returns all keys of the storage below, including marks.
    pub(super) fn stored_keys(&self) -> Vec<String> {
        self.shelf.keys().unwrap_or_default()
    }

    /// Simulates the end of the page: its queue is lost, the storage remains.
    pub(super) fn waiting_is_lost(&mut self) {
        self.waiting.clear();
        self.removed.clear();
    }
}
