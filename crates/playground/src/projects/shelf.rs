//! Storage for entries.

use std::{fmt, rc::Rc};

use litemap::LiteMap;
use mesh_text::words::t;

use super::ProjectInfo;

/// A storage of strings by key: the browser's, or one in memory.
pub trait Storage {
    /// Returns all keys, in any order.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    fn keys(&self) -> Result<Vec<String>, StorageError>;

    /// Returns the string stored under a key.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    fn get(&self, key: &str) -> Result<Option<String>, StorageError>;

    /// Returns the project in the entry with this key; `None` if the key is not one of an entry. A storage may cache
    /// it, because an entry is never overwritten.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be read.
    fn project_info(&self, key: &str) -> Result<Option<Rc<ProjectInfo>>, StorageError> {
        Ok(self.get(key)?.and_then(|text| ProjectInfo::parse(key, &text)).map(Rc::new))
    }

    /// Stores a string under a key.
    ///
    /// # Errors
    /// Returns an error if there is no room, or nothing may be stored.
    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError>;

    /// Removes a key. A storage that refuses this stores nothing anyway.
    fn remove(&mut self, key: &str);
}

/// Reason why a storage refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageError {
    /// The browser does not let this page store anything.
    Blocked,
    /// Reading fails.
    Unreadable,
    /// Writing fails; the browser does not always report the reason.
    Full,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocked => t("the browser does not let this page store anything"),
            Self::Unreadable => t("the browser refused to read"),
            Self::Full => {
                t("the browser's storage is full or blocked; what you do is kept only until you leave")
            }
        })
    }
}

/// A storage that exists as long as the page: for pages that may not store anything, and for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStorage(LiteMap<String, String>);

impl Storage for MemoryStorage {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.0.keys().cloned().collect())
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        Ok(self.0.get(key).cloned())
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        self.0.insert(key.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}
