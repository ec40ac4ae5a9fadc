//! The browser's own storages.

use web_sys::Storage;

use crate::projects::{Refused, Shelf};

/// What all tabs share, and what outlives the page.
pub struct Local(Storage);

impl Local {
    /// The storage, if it can be read.
    pub fn new() -> Result<Self, Refused> {
        let storage = gloo::utils::window().local_storage().ok().flatten().ok_or(Refused::Blocked)?;
        // Some browsers hand it out and then refuse to read it.
        storage.get_item("mesh-playground/view").map_err(|_| Refused::Unreadable)?;
        Ok(Self(storage))
    }
}

impl Shelf for Local {
    fn keys(&self) -> Result<Vec<String>, Refused> {
        let length = self.0.length().map_err(|_| Refused::Unreadable)?;
        Ok((0..length).filter_map(|index| self.0.key(index).ok().flatten()).collect())
    }

    fn get(&self, key: &str) -> Result<Option<String>, Refused> {
        self.0.get_item(key).map_err(|_| Refused::Unreadable)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), Refused> {
        self.0.set_item(key, text).map_err(|_| Refused::Full)
    }

    fn remove(&mut self, key: &str) {
        // Refused only where nothing is kept anyway.
        let _ = self.0.remove_item(key);
    }
}

/// Which project this tab has open, over a reload; other tabs have their own.
pub fn open_here() -> Option<String> {
    gloo::utils::window().session_storage().ok()??.get_item(OPEN).ok()?
}

/// Remembers which project this tab has open.
pub fn set_open_here(id: &str) {
    if let Ok(Some(storage)) = gloo::utils::window().session_storage() {
        // Without it, the next visit opens the project that any tab opened last.
        let _ = storage.set_item(OPEN, id);
    }
}

/// The key of the project that is open: of this tab, and in what all tabs share, of the one that opened one last.
pub const OPEN: &str = "mesh-playground/open";
