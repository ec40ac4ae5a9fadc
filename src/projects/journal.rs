//! A storage whose entries a second one keeps, too, which is slower and outlives a killed browser.
//!
//! `localStorage` answers at once and reaches the disk late; a browser that is killed starts again with what it was a while
//! ago. So each change is also to be made in a vault, whose changes are on disk when it says so. What waits for that is a
//! [`Batch`]. A vault keeps the keys of removed entries as well: what comes back of them in the first storage is stale.
//! Start at [`Journal::take_over`], which is how both agree when a page begins.

use std::collections::{BTreeMap, VecDeque};

use super::{Refused, Shelf, entry::PREFIX};

/// What the keys of removals begin with that the vault may not know of yet.
const GONE: &str = "mesh-playground/gone/";
/// How many bytes of entries one batch takes, but for a single entry that is longer.
const BATCH: usize = 512 * 1024;
/// How many removals a page remembers, to repeat them where a tab that reads late brings an entry back.
const REMEMBERED: usize = 2000;

/// Changes that a vault makes together, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Entries to add, by their keys.
    pub added: Vec<(String, String)>,
    /// Those of them that were removed before: they are to be had again.
    pub restored: Vec<String>,
    /// Keys of entries to remove, and to remember as removed.
    pub removed: Vec<String>,
    /// The same for what a page removed that did not get to it, but only where the vault knows nothing later of the key.
    pub left: Vec<String>,
}

impl Batch {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.restored.is_empty() && self.removed.is_empty() && self.left.is_empty()
    }
}

/// A storage, and what of it the vault does not have yet.
#[derive(Debug, Default)]
pub struct Journal<S> {
    shelf: S,
    /// Whether there is a vault.
    is_doubled: bool,
    /// Keys that changed since the vault was told, how, and in which order.
    waiting: BTreeMap<String, (u64, Change)>,
    /// Counts the changes.
    changes: u64,
    /// What this page removed.
    removed: VecDeque<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Added,
    Restored,
    Removed,
    Left,
}

impl<S: Shelf> Journal<S> {
    /// A storage without a vault: nothing of it waits.
    pub fn alone(shelf: S) -> Self {
        Self { shelf, is_doubled: false, waiting: BTreeMap::new(), changes: 0, removed: VecDeque::new() }
    }

    /// A storage with a vault.
    pub fn doubled(shelf: S) -> Self {
        Self { is_doubled: true, ..Self::alone(shelf) }
    }

    /// Goes on without the vault, which turned out not to be had.
    pub fn stand_alone(&mut self) {
        self.is_doubled = false;
        self.waiting.clear();
    }

    /// Whether the vault lacks something.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What the vault is to do next.
    ///
    /// # Errors
    /// When the storage cannot be read; all of it still waits then.
    pub fn batch(&mut self) -> Result<Batch, Refused> {
        let mut batch = Batch::default();
        let mut size = 0;
        let mut taken = Vec::new();
        let mut waiting: Vec<_> =
            self.waiting.iter().map(|(key, (order, change))| (order, key, change)).collect();
        waiting.sort_unstable_by_key(|(order, ..)| **order);
        for (_, key, change) in waiting {
            match change {
                Change::Removed => batch.removed.push(key.clone()),
                Change::Left => batch.left.push(key.clone()),
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

    /// The vault has done this.
    pub fn done(&mut self, batch: &Batch) {
        for key in batch.removed.iter().chain(&batch.left) {
            if !self.waiting.contains_key(key)
                && let Some(mark) = mark(key)
            {
                self.shelf.remove(&mark);
            }
        }
    }

    /// The vault has not done this: it waits again, before all else.
    pub fn failed(&mut self, batch: Batch) {
        let restored = batch.restored;
        let added = batch.added.into_iter().map(|(key, _)| {
            let change = if restored.contains(&key) { Change::Restored } else { Change::Added };
            (key, change)
        });
        let removed = batch.removed.into_iter().map(|key| (key, Change::Removed));
        let left = batch.left.into_iter().map(|key| (key, Change::Left));
        // Of several changes of one key the last one counts.
        for (key, change) in added.chain(removed).chain(left) {
            self.waiting.entry(key).or_insert((0, change));
        }
    }

    /// Which entries the vault has that the storage lost; `entries` and `removed` are the keys in the vault, in any order.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn lost<'a>(&self, entries: &'a [String], removed: &[String]) -> Result<Vec<&'a str>, Refused> {
        let (own, gone) = (sorted(self.shelf.keys()?), sorted(removed.to_vec()));
        let is_lost = |key: &&String| {
            let is_marked = mark(key).is_none_or(|mark| has(&own, &mark));
            !has(&own, key) && !has(&gone, key) && !is_marked
        };
        Ok(entries.iter().filter(is_lost).map(String::as_str).collect())
    }

    /// Makes the storage and the vault agree: takes over the entries that were lost, forgets those that the vault knows
    /// to be removed, and lets the vault have what it lacks.
    ///
    /// # Errors
    /// When the storage cannot be read, or has no room for what was lost; what it has stays as it is then.
    pub fn take_over(
        &mut self,
        lost: &[(String, String)],
        entries: &[String],
        removed: &[String],
    ) -> Result<(), Refused> {
        for (key, text) in lost {
            self.shelf.set(key, text)?;
        }
        let (known, gone) = (sorted(entries.to_vec()), sorted(removed.to_vec()));
        let own = sorted(self.shelf.keys()?);
        for key in &own {
            let (key, change) = match (key.strip_prefix(GONE), mark(key)) {
                (Some(rest), _) => (format!("{PREFIX}{rest}"), Change::Left),
                (None, Some(mark)) if has(&gone, key) || has(&own, &mark) => {
                    self.shelf.remove(key);
                    continue;
                }
                (None, Some(_)) if !has(&known, key) => (key.clone(), Change::Added),
                _ => continue,
            };
            self.changes += 1;
            self.waiting.entry(key).or_insert((self.changes, change));
        }
        Ok(())
    }

    /// Removes once more what was removed and a tab that reads late has brought back.
    pub fn repeat_removals(&mut self) {
        let Ok(keys) = self.shelf.keys() else { return };
        let marks = marked(&keys);
        for key in &keys {
            if self.removed.contains(key) || has(&marks, key) {
                self.shelf.remove(key);
            }
        }
    }

    /// Notes a change for the vault, in the place of an earlier one of the same key.
    fn wait(&mut self, key: &str, change: Change) {
        if self.is_doubled {
            self.changes += 1;
            self.waiting.insert(key.to_owned(), (self.changes, change));
        }
    }
}

/// The key that says of this entry that it was removed; `None` for keys of other things.
fn mark(key: &str) -> Option<String> {
    Some(format!("{GONE}{}", key.strip_prefix(PREFIX)?))
}

/// The keys of the entries that a mark says of that they were removed, in order.
fn marked(keys: &[String]) -> Vec<String> {
    let marks = keys.iter().filter_map(|key| key.strip_prefix(GONE));
    sorted(marks.map(|rest| format!("{PREFIX}{rest}")).collect())
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort_unstable();
    keys
}

fn has(sorted: &[String], key: &str) -> bool {
    sorted.binary_search_by(|other| other.as_str().cmp(key)).is_ok()
}

impl<S: Shelf> Shelf for Journal<S> {
    /// Without those that are on their way out.
    fn keys(&self) -> Result<Vec<String>, Refused> {
        let mut keys = self.shelf.keys()?;
        let marks = marked(&keys);
        keys.retain(|key| !key.starts_with(GONE) && !has(&marks, key));
        Ok(keys)
    }

    fn get(&self, key: &str) -> Result<Option<String>, Refused> {
        self.shelf.get(key)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), Refused> {
        let mark = mark(key).filter(|_| self.is_doubled);
        let was_removed = self.removed.iter().any(|removed| removed == key);
        if let Some(mark) = mark.as_ref().filter(|_| was_removed) {
            // First, as an entry with a mark is one on its way out.
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
        let Some(mark) = mark(key).filter(|_| self.is_doubled) else { return self.shelf.remove(key) };
        // The mark first: a page that ends in between has removed the entry all the same. Where there is no room
        // for it, there is when the entry is gone.
        let is_marked = self.shelf.set(&mark, "").is_ok();
        self.shelf.remove(key);
        if !is_marked {
            let _ = self.shelf.set(&mark, "");
        }
        if self.removed.len() == REMEMBERED {
            self.removed.pop_front();
        }
        self.removed.push_back(key.to_owned());
        self.wait(key, Change::Removed);
    }
}

impl<S: Shelf + ?Sized> Shelf for Box<S> {
    fn keys(&self) -> Result<Vec<String>, Refused> {
        (**self).keys()
    }

    fn get(&self, key: &str) -> Result<Option<String>, Refused> {
        (**self).get(key)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), Refused> {
        (**self).set(key, text)
    }

    fn remove(&mut self, key: &str) {
        (**self).remove(key);
    }
}

#[cfg(test)]
impl<S: Shelf> Journal<S> {
    /// All keys of the storage below, marks included.
    pub(super) fn stored_keys(&self) -> Vec<String> {
        self.shelf.keys().unwrap_or_default()
    }

    /// What the page that had it leaves behind when it ends.
    pub(super) fn waiting_is_lost(&mut self) {
        self.waiting.clear();
        self.removed.clear();
    }
}
