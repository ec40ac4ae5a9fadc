//! Where entries are kept.

use std::{fmt, rc::Rc};

use litemap::LiteMap;

use super::Listed;
use crate::words::t;

/// A storage of texts by key: the browser's, or one in memory.
pub trait Shelf {
    /// All keys there are, in any order.
    ///
    /// # Errors
    /// When nothing can be read.
    fn keys(&self) -> Result<Vec<String>, Refused>;

    /// The text under a key.
    ///
    /// # Errors
    /// When nothing can be read.
    fn get(&self, key: &str) -> Result<Option<String>, Refused>;

    /// The project in the entry with this key; `None` for keys of other things. A storage may remember it, because an
    /// entry is never written over.
    ///
    /// # Errors
    /// When nothing can be read.
    fn listed(&self, key: &str) -> Result<Option<Rc<Listed>>, Refused> {
        Ok(self.get(key)?.and_then(|text| Listed::parse(key, &text)).map(Rc::new))
    }

    /// Keeps a text under a key.
    ///
    /// # Errors
    /// When there is no room, or nothing may be kept.
    fn set(&mut self, key: &str, text: &str) -> Result<(), Refused>;

    /// Forgets a key. A storage that refuses this keeps nothing anyway.
    fn remove(&mut self, key: &str);
}

/// Why a storage does not do what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The browser lets this page store nothing.
    Blocked,
    /// Reading fails.
    Unreadable,
    /// Writing fails; the browser does not always tell why.
    Full,
}

impl fmt::Display for Refused {
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

/// A storage that lasts as long as the page: for pages that may keep nothing, and for tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory(LiteMap<String, String>);

impl Shelf for Memory {
    fn keys(&self) -> Result<Vec<String>, Refused> {
        Ok(self.0.keys().cloned().collect())
    }

    fn get(&self, key: &str) -> Result<Option<String>, Refused> {
        Ok(self.0.get(key).cloned())
    }

    fn set(&mut self, key: &str, text: &str) -> Result<(), Refused> {
        self.0.insert(key.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}
