//! The vault: an IndexedDB that reports when changes are on disk.
//!
//! Four object stores with string values by key: entries; times of removal; the place of an entry's history; its
//! records. [`crate::projects`] defines their meaning.

use std::rc::Rc;

use indexed_db_futures::{
    database::Database,
    error::{Error, OpenDbError},
    object_store::ObjectStore,
    prelude::*,
    transaction::{Transaction, TransactionDurability, TransactionMode, TransactionOptions},
};

use crate::projects::{Batch, HistoryIndex, VaultContents, project_of, record_key};

const NAME: &str = "mesh-playground";
const ENTRIES: &str = "entries";
const REMOVED: &str = "removed";
const PLACES: &str = "places";
const RECORDS: &str = "records";
const STORES: [&str; 4] = [ENTRIES, REMOVED, PLACES, RECORDS];

/// The browser refused the operation and performed no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseError;

impl From<Error> for DatabaseError {
    fn from(_: Error) -> Self {
        Self
    }
}

impl From<OpenDbError> for DatabaseError {
    fn from(_: OpenDbError) -> Self {
        Self
    }
}

/// The part of a history to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryWrite {
    /// The key of its entry.
    pub key: String,
    /// The key of its previous entry.
    pub left: Option<String>,
    /// Its place.
    pub place: HistoryIndex,
    /// New records, by their words.
    pub added: Vec<(Rc<str>, String)>,
    /// Words of records to delete.
    pub dropped: Vec<Rc<str>>,
}

/// A connection to the database.
pub struct VaultDatabase(Database);

impl VaultDatabase {
    /// Connects to the database, and creates it on a first visit.
    ///
    /// # Errors
    /// Returns an error if the browser has no database for this page.
    pub async fn open() -> Result<Self, DatabaseError> {
        let open = Database::open(NAME).with_version(1_u8).with_on_upgrade_needed(|_, database| {
            for name in STORES {
                database.create_object_store(name).build()?;
            }
            Ok(())
        });
        Ok(Self(open.await?))
    }

    /// Returns the keys of all entries, and the keys of removed entries.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read.
    pub async fn keys(&self) -> Result<(Vec<String>, Vec<String>), DatabaseError> {
        let reading = self.0.transaction([ENTRIES, REMOVED]).build()?;
        let entries = keys(&reading.object_store(ENTRIES)?).await?;
        let removed = removals(&reading.object_store(REMOVED)?).await?;
        let removed = removed.into_iter().filter(|(_, time)| *time > 0).map(|(key, _)| key);
        Ok((entries, removed.collect()))
    }

    /// Returns the texts of these entries, with their keys; skips entries that do not exist.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read.
    pub async fn texts(&self, keys: &[String]) -> Result<Vec<(String, String)>, DatabaseError> {
        let reading = self.0.transaction(ENTRIES).build()?;
        let store = reading.object_store(ENTRIES)?;
        let mut texts = Vec::new();
        for key in keys {
            if let Some(text) = get(&store, key).await? {
                texts.push((key.clone(), text));
            }
        }
        Ok(texts)
    }

    /// Writes changes of entries and of one history, atomically; on success they are on disk.
    ///
    /// # Errors
    /// Returns an error if the browser cannot write.
    pub async fn write(
        &self,
        batch: &Batch,
        chapter: Option<&HistoryWrite>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let writing = self.writing()?;
        let entries = writing.object_store(ENTRIES)?;
        let removed = writing.object_store(REMOVED)?;
        for (key, text) in &batch.added {
            put(&entries, key, text)?;
        }
        for key in &batch.restored {
            put(&removed, key, &(-now).to_string())?;
        }
        let mut gone: Vec<_> = batch.removed.iter().collect();
        for key in &batch.leftover {
            if get(&removed, key).await?.is_none() {
                gone.push(key);
            }
        }
        for key in gone {
            delete(&entries, key)?;
            put(&removed, key, &now.to_string())?;
        }
        if let Some(chapter) = chapter {
            write_chapter(&writing, chapter)?;
        }
        Ok(writing.commit().await?)
    }

    /// Returns the place of an entry's history.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read.
    pub async fn place(&self, key: &str) -> Result<Option<HistoryIndex>, DatabaseError> {
        let reading = self.0.transaction(PLACES).build()?;
        Ok(get(&reading.object_store(PLACES)?, key).await?.and_then(|text| HistoryIndex::read(&text)))
    }

    /// Returns the state of a project whose history was written last, if it still exists: its key, its text and the
    /// place of its history.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read.
    pub async fn last_place(
        &self,
        id: &str,
    ) -> Result<Option<(String, String, HistoryIndex)>, DatabaseError> {
        let reading = self.0.transaction([ENTRIES, PLACES]).build()?;
        let (entries, places) = (reading.object_store(ENTRIES)?, reading.object_store(PLACES)?);
        let all = keys(&places).await?.into_iter().zip(values(&places).await?);
        let own = all.filter(|(key, _)| project_of(key) == Some(id));
        let own = own.filter_map(|(key, text)| Some((key, HistoryIndex::read(&text)?)));
        let Some((key, place)) = own.max_by_key(|(_, place)| place.saved) else { return Ok(None) };
        Ok(get(&entries, &key).await?.map(|text| (key, text, place)))
    }

    /// Returns the records of a project with these words, up to the first missing one.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read.
    pub async fn records(&self, id: &str, words: &[String]) -> Result<Vec<String>, DatabaseError> {
        let reading = self.0.transaction(RECORDS).build()?;
        let store = reading.object_store(RECORDS)?;
        let mut records = Vec::new();
        for word in words {
            match get(&store, &record_key(id, word)).await? {
                Some(text) => records.push(text),
                None => break,
            }
        }
        Ok(records)
    }

    /// Deletes the contents that `unneeded` selects.
    ///
    /// # Errors
    /// Returns an error if the browser cannot read or write.
    pub async fn sweep(
        &self,
        unneeded: impl FnOnce(&VaultContents) -> VaultContents,
    ) -> Result<(), DatabaseError> {
        let writing = self.writing()?;
        let [entries, removed, places, records] = STORES.map(|name| writing.object_store(name));
        let (entries, removed, places, records) = (entries?, removed?, places?, records?);
        let mut held = VaultContents {
            entries: keys(&entries).await?,
            removed: removals(&removed).await?,
            places: Vec::new(),
            records: keys(&records).await?,
        };
        held.places = keys(&places).await?.into_iter().zip(values(&places).await?).collect();
        let waste = unneeded(&held);
        for (store, keys) in [(&entries, &waste.entries), (&records, &waste.records)] {
            keys.iter().try_for_each(|key| delete(store, key))?;
        }
        waste.removed.iter().try_for_each(|(key, _)| delete(&removed, key))?;
        waste.places.iter().try_for_each(|(key, _)| delete(&places, key))?;
        Ok(writing.commit().await?)
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// Returns an error if the browser cannot write.
    pub async fn clear(&self) -> Result<(), DatabaseError> {
        let writing = self.writing()?;
        for name in STORES {
            drop(writing.object_store(name)?.clear()?);
        }
        Ok(writing.commit().await?)
    }

    fn writing(&self) -> Result<Transaction<'_>, DatabaseError> {
        let options = TransactionOptions::new().with_durability(TransactionDurability::Strict);
        Ok(self.0.transaction(STORES).with_mode(TransactionMode::Readwrite).with_options(options).build()?)
    }
}

fn write_chapter(writing: &Transaction<'_>, chapter: &HistoryWrite) -> Result<(), DatabaseError> {
    let Some(id) = project_of(&chapter.key) else { return Ok(()) };
    let places = writing.object_store(PLACES)?;
    let records = writing.object_store(RECORDS)?;
    if let Some(left) = &chapter.left {
        delete(&places, left)?;
    }
    put(&places, &chapter.key, &chapter.place.text())?;
    chapter.added.iter().try_for_each(|(word, text)| put(&records, &record_key(id, word), text))?;
    chapter.dropped.iter().try_for_each(|word| delete(&records, &record_key(id, word)))
}

// These requests run without being awaited; if one fails, its transaction fails, too.

fn put(store: &ObjectStore<'_>, key: &str, text: &str) -> Result<(), DatabaseError> {
    drop(store.put(text).with_key(key).build()?);
    Ok(())
}

fn delete(store: &ObjectStore<'_>, key: &str) -> Result<(), DatabaseError> {
    drop(store.delete::<&str, _>(key).build()?);
    Ok(())
}

async fn get(store: &ObjectStore<'_>, key: &str) -> Result<Option<String>, DatabaseError> {
    Ok(store.get::<String, &str, _>(key).primitive()?.await?)
}

async fn keys(store: &ObjectStore<'_>) -> Result<Vec<String>, DatabaseError> {
    let all = store.get_all_keys::<String>().primitive()?.await?;
    all.map(|key| Ok(key?)).collect()
}

/// Returns all values in the order of their keys.
async fn values(store: &ObjectStore<'_>) -> Result<Vec<String>, DatabaseError> {
    let all = store.get_all::<String>().primitive()?.await?;
    all.map(|text| Ok(text?)).collect()
}

async fn removals(store: &ObjectStore<'_>) -> Result<Vec<(String, i64)>, DatabaseError> {
    let (keys, times) = (keys(store).await?, values(store).await?);
    Ok(keys.into_iter().zip(times.iter().map(|time| time.parse().unwrap_or_default())).collect())
}
