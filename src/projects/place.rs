//! Where histories lie in the vault, and what of the vault is not needed any more.
//!
//! The history of an entry is a list of records, kept under the entry's own key; so it is of that very state, whatever
//! other tabs do. A record is kept under its project's id and a word of its own and never changes.

use std::collections::BTreeSet;

use super::entry::parse_key;

/// How many projects have their history kept: those saved last.
pub const HISTORIES: usize = 24;
/// After so long, in milliseconds, a storage has everything on disk. A removal is then forgotten, if nothing of it came
/// back. Browsers take seconds, at most some minutes.
const SETTLED: i64 = 60 * 60 * 1000;

/// The history of one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// When it was written, in milliseconds since 1970.
    pub saved: i64,
    /// The records of what was done, the newest first.
    pub done: Vec<String>,
    /// The records of what was undone, the next to redo first.
    pub undone: Vec<String>,
}

impl Place {
    /// As text.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}", self.saved, self.done.join(" "), self.undone.join(" "))
    }

    /// Reads the text; `None` where it is damaged.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let saved = lines.next()?.parse().ok()?;
        let mut words = || Some(lines.next()?.split_whitespace().map(str::to_owned).collect());
        Some(Self { saved, done: words()?, undone: words()? })
    }
}

/// The key of a record.
pub fn record_key(id: &str, word: &str) -> String {
    format!("{id}/{word}")
}

/// The project that the key of an entry is of.
pub fn project_of(key: &str) -> Option<&str> {
    parse_key(key).map(|(id, _)| id)
}

/// What lies in the vault; or what of it is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Keys of entries.
    pub entries: Vec<String>,
    /// Keys of removed entries, and when that was; a negative time says that it was taken back then.
    pub removed: Vec<(String, i64)>,
    /// Keys of entries that have a history, and its place as text.
    pub places: Vec<(String, String)>,
    /// Keys of records.
    pub records: Vec<String>,
}

/// What of these holdings nobody needs any more, while the storage has these keys: records of no history, histories of
/// no entry, those of too many projects, and removals that nothing can come back of.
pub fn unneeded(held: &Holdings, stored: &[String], now: i64) -> Holdings {
    let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
    let removed: BTreeSet<&str> =
        held.removed.iter().filter(|(_, time)| *time > 0).map(|(key, _)| key.as_str()).collect();
    let entries: BTreeSet<&str> = held.entries.iter().map(String::as_str).collect();
    let is_there = |key: &str| stored.contains(key) || (entries.contains(key) && !removed.contains(key));
    let place = |(key, text): &(String, String)| Some((Place::read(text)?, key.clone()));
    let mut places: Vec<_> = held.places.iter().filter(|(key, _)| is_there(key)).filter_map(place).collect();
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.saved));
    places.truncate(HISTORIES);
    let kept: BTreeSet<&str> = places.iter().map(|(_, key)| key.as_str()).collect();
    let needed: BTreeSet<String> = places
        .iter()
        .filter_map(|(place, key)| Some((place, project_of(key)?)))
        .flat_map(|(place, id)| place.done.iter().chain(&place.undone).map(move |word| record_key(id, word)))
        .collect();
    let is_settled = |(key, time): &&(String, i64)| {
        now.saturating_sub(time.saturating_abs()) > SETTLED && !(*time > 0 && stored.contains(key.as_str()))
    };
    Holdings {
        entries: held.entries.iter().filter(|key| removed.contains(key.as_str())).cloned().collect(),
        removed: held.removed.iter().filter(is_settled).cloned().collect(),
        places: held.places.iter().filter(|(key, _)| !kept.contains(key.as_str())).cloned().collect(),
        records: held.records.iter().filter(|key| !needed.contains(*key)).cloned().collect(),
    }
}
