//! Local storage and session storage of the browser.

use web_sys::Storage as WebStorage;

use crate::projects::{Storage, StorageError};

/// The local storage, which all tabs share and which outlives the page.
pub struct LocalStorage(WebStorage);

impl LocalStorage {
    /// Opens the storage, if it can be read.
    pub fn new() -> Result<Self, StorageError> {
        let storage = gloo::utils::window().local_storage().ok().flatten().ok_or(StorageError::Blocked)?;
        // Some browsers provide the storage and then refuse to read it.
        storage.get_item("mesh-playground/view").map_err(|_| StorageError::Unreadable)?;
        Ok(Self(storage))
    }
}

impl Storage for LocalStorage {
    fn keys(&self) -> Result<Vec<String>, StorageError> {
        let length = self.0.length().map_err(|_| StorageError::Unreadable)?;
        Ok((0..length).filter_map(|index| self.0.key(index).ok().flatten()).collect())
    }

    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        self.0.get_item(key).map_err(|_| StorageError::Unreadable)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), StorageError> {
        self.0.set_item(key, text).map_err(|_| StorageError::Full)
    }

    fn remove(&mut self, key: &str) {
        // This fails only where nothing is stored anyway.
        let _ = self.0.remove_item(key);
    }
}

/// Returns the id of the project that this tab has open. The id survives a reload; each tab has its own.
pub fn tab_project_id() -> Option<String> {
    gloo::utils::window().session_storage().ok()??.get_item(OPEN).ok()?
}

/// Stores the id of the project that this tab has open.
pub fn set_tab_project_id(id: &str) {
    if let Ok(Some(storage)) = gloo::utils::window().session_storage() {
        // If this fails, the next visit opens the project that any tab opened last.
        let _ = storage.set_item(OPEN, id);
    }
}

/// Key of the open project's id: in session storage, the project of this tab; in local storage, the project that any
/// tab opened last.
pub const OPEN: &str = "mesh-playground/open";
