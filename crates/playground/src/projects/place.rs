//! Locations of histories in the vault, and cleanup of the vault.
//!
//! The history of an entry is a list of records, stored under the entry's own key; so it belongs to exactly that state,
//! regardless of other tabs. A record is stored under its project's id and a unique word, and never changes.

use mesh_text::sorting;

use super::{entry::parse_key, keys::Keys};

/// Number of projects with a stored history: those saved last.
pub const HISTORIES: usize = 24;
/// Time in milliseconds after which a storage has written everything to disk. A removal is then forgotten if its entry
/// did not reappear. Browsers take seconds, at most a few minutes.
const SETTLED: i64 = 60 * 60 * 1000;

/// The history of one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryIndex {
    /// Time of writing, in milliseconds since 1970.
    pub saved: i64,
    /// Records of the steps done, newest first.
    pub done: Vec<String>,
    /// Records of the steps undone; the next to redo is first.
    pub undone: Vec<String>,
}

impl HistoryIndex {
    /// Serializes the history to a string.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}", self.saved, self.done.join(" "), self.undone.join(" "))
    }

    /// Parses the text; `None` if it is damaged.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let saved = lines.next()?.parse().ok()?;
        let mut words = || Some(lines.next()?.split_whitespace().map(str::to_owned).collect());
        Some(Self { saved, done: words()?, undone: words()? })
    }
}

/// Returns the key of a record.
pub fn record_key(id: &str, word: &str) -> String {
    format!("{id}/{word}")
}

/// Returns the project id in an entry's key.
pub fn project_of(key: &str) -> Option<&str> {
    parse_key(key).map(|(id, _)| id)
}

/// The contents of the vault, or the part of them to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultContents {
    /// Keys of entries.
    pub entries: Vec<String>,
    /// Keys of removed entries, with the time; a negative time means that the removal was undone then.
    pub removed: Vec<(String, i64)>,
    /// Keys of entries with a history, and its [`HistoryIndex`] as text.
    pub places: Vec<(String, String)>,
    /// Keys of records.
    pub records: Vec<String>,
}

/// Returns the unneeded part of these holdings, for a storage with these keys: records without a history, histories
/// without an entry or of too many projects, and removals whose entries can no longer reappear.
pub fn find_garbage(held: &VaultContents, stored: &[String], now: i64) -> VaultContents {
    let stored = Keys::new(stored);
    let removed = Keys::new(held.removed.iter().filter(|(_, time)| *time > 0).map(|(key, _)| key));
    let entries = Keys::new(&held.entries);
    let is_there = |key: &str| stored.has(key) || (entries.has(key) && !removed.has(key));
    let place = |(key, text): &(String, String)| Some((HistoryIndex::read(text)?, key.clone()));
    let mut places: Vec<_> = held.places.iter().filter(|(key, _)| is_there(key)).filter_map(place).collect();
    sorting::sort_by_key(&mut places, |(place, _)| std::cmp::Reverse(place.saved));
    places.truncate(HISTORIES);
    let kept = Keys::new(places.iter().map(|(_, key)| key));
    let needed: Vec<String> = places
        .iter()
        .filter_map(|(place, key)| Some((place, project_of(key)?)))
        .flat_map(|(place, id)| place.done.iter().chain(&place.undone).map(move |word| record_key(id, word)))
        .collect();
    let needed = Keys::new(&needed);
    let is_settled = |(key, time): &&(String, i64)| {
        now.saturating_sub(time.saturating_abs()) > SETTLED && !(*time > 0 && stored.has(key))
    };
    VaultContents {
        entries: held.entries.iter().filter(|key| removed.has(key)).cloned().collect(),
        removed: held.removed.iter().filter(is_settled).cloned().collect(),
        places: held.places.iter().filter(|(key, _)| !kept.has(key)).cloned().collect(),
        records: held.records.iter().filter(|key| !needed.has(key)).cloned().collect(),
    }
}
