//! One entry: its key, its first line, and the document below it.

use std::fmt;

use app_mesh_engine::model::object;
use mesh_text::{json::compact, yaml};
use mesh_text::{
    sorting,
    words::{say, t},
};
use serde_json::Value;

use super::{Storage, StorageError};

/// Prefix of the keys of all entries.
pub const PREFIX: &str = "mesh-playground/project/";

/// The revision of a project that an entry contains, and the tab that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Number of saves.
    pub revision: u64,
    /// Tab that wrote the entry, so that two tabs never write under the same key.
    pub tab: Box<str>,
}

impl Stamp {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (revision, tab) = text.split_once('-')?;
        Some(Self { revision: revision.parse().ok()?, tab: tab.into() })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.revision, self.tab)
    }
}

/// A saved project, as shown in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectInfo {
    /// Id of the project.
    pub id: String,
    /// Revision of the project.
    pub stamp: Stamp,
    /// Name of the project.
    pub name: String,
    /// Time of the save, in milliseconds since 1970.
    pub saved: i64,
    /// Length of the document, in bytes.
    pub size: usize,
    /// Whether the first line cannot be parsed; the document may still be intact.
    pub is_damaged: bool,
    /// Whether this is not the newest state of the project, but one that another tab left beside it.
    pub is_fork: bool,
    /// Stamp of the state that this one continues.
    pub(super) parent: Option<Stamp>,
}

impl ProjectInfo {
    /// Returns the key in the storage.
    pub fn key(&self) -> String {
        key(&self.id, &self.stamp)
    }

    /// Parses the project in an entry with this key and text.
    pub(super) fn parse(key: &str, text: &str) -> Option<Self> {
        let (id, stamp) = parse_key(key)?;
        let (header, document) = split(text);
        let header =
            yaml::parse_kept(header).ok().filter(|header| header.get("name").is_some_and(Value::is_string));
        let member = |name: &str| header.as_ref().and_then(|header| header.get(name));
        let word = |name: &str| member(name).and_then(Value::as_str);
        Some(Self {
            id: id.to_owned(),
            stamp,
            name: word("name").unwrap_or_default().to_owned(),
            saved: member("saved").and_then(Value::as_i64).unwrap_or_default(),
            size: document.len(),
            is_damaged: header.is_none(),
            is_fork: false,
            parent: word("parent").and_then(Stamp::parse),
        })
    }
}

/// Returns the key of an entry.
pub(super) fn key(id: &str, stamp: &Stamp) -> String {
    format!("{PREFIX}{id}/{stamp}")
}

/// Returns the project id and the stamp in a key; `None` if the key is not one of an entry.
pub(super) fn parse_key(key: &str) -> Option<(&str, Stamp)> {
    let (id, stamp) = key.strip_prefix(PREFIX)?.split_once('/')?;
    Some((id, Stamp::parse(stamp)?))
}

/// Returns the text of an entry.
pub(super) fn text_of(name: &str, parent: Option<&Stamp>, saved: i64, document: &str) -> String {
    let parent = parent.map(ToString::to_string);
    let header = object(&[("name", &name), ("parent", &parent), ("saved", &saved)]);
    format!("{}\n{document}", compact(&header))
}

/// Returns the document in the text of an entry, or all of the text if the first line is missing.
pub fn document_of(entry: &str) -> &str {
    split(entry).1
}

/// Returns the stamp of the state that the entry with this text continues.
pub(super) fn parent_of(entry: &str) -> Option<Stamp> {
    let header = yaml::parse_kept(split(entry).0).ok()?;
    Stamp::parse(header.get("parent").and_then(Value::as_str)?)
}

/// Splits the text into the first line and the rest. JSON escapes line breaks, so the first line break ends the header.
fn split(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or(("", text))
}

/// Returns the stamps of the states of one project, newest last.
pub(super) fn stamps(shelf: &dyn Storage, id: &str) -> Result<Vec<Stamp>, StorageError> {
    let keys = shelf.keys()?;
    let own = keys.iter().filter_map(|key| parse_key(key)).filter(|(other, _)| *other == id);
    let mut stamps: Vec<_> = own.map(|(_, stamp)| stamp).collect();
    sorting::sort(&mut stamps);
    Ok(stamps)
}

/// Returns the states of one project that no other state continues, newest last. There is only one, unless two tabs
/// saved at the same time.
pub(super) fn heads(shelf: &dyn Storage, id: &str) -> Result<Vec<ProjectInfo>, StorageError> {
    let mut all = Vec::new();
    for stamp in stamps(shelf, id)? {
        all.extend(shelf.project_info(&key(id, &stamp))?.map(|listed| named(&listed)));
    }
    Ok(without_continued(all))
}

/// Returns an entry with a name, even if it is damaged.
fn named(listed: &ProjectInfo) -> ProjectInfo {
    let mut listed = listed.clone();
    if listed.is_damaged {
        t("Damaged project").clone_into(&mut listed.name);
    }
    listed
}

/// Returns the states of one project that no other state continues, newest first.
///
/// # Errors
/// Returns an error if the storage cannot be read.
pub fn states(shelf: &dyn Storage, id: &str) -> Result<Vec<ProjectInfo>, StorageError> {
    let mut states = heads(shelf, id)?;
    states.reverse();
    for state in states.iter_mut().skip(1) {
        as_fork(state);
    }
    Ok(states)
}

fn as_fork(listed: &mut ProjectInfo) {
    listed.is_fork = true;
    listed.name = say("{0} (from another tab)", &[&listed.name]);
}

/// Drops the entries that another entry continues: a save adds the new entry before it removes the old one.
fn without_continued(mut all: Vec<ProjectInfo>) -> Vec<ProjectInfo> {
    let parent = |entry: &ProjectInfo| Some((entry.id.clone(), entry.parent.clone()?));
    let mut continued: Vec<_> = all.iter().filter_map(parent).collect();
    sorting::sort(&mut continued);
    all.retain(|entry| {
        let own = (&entry.id, &entry.stamp);
        continued.binary_search_by(|(id, stamp)| (id, stamp).cmp(&own)).is_err()
    });
    all
}

/// Returns all projects, the one saved last first. If two tabs saved a project at the same time and neither is open to
/// separate the two states, both are listed.
///
/// # Errors
/// Returns an error if the storage cannot be read.
pub fn listing(shelf: &dyn Storage) -> Result<Vec<ProjectInfo>, StorageError> {
    let mut all = Vec::new();
    for key in shelf.keys()? {
        if key.starts_with(PREFIX) {
            all.extend(shelf.project_info(&key)?.map(|listed| named(&listed)));
        }
    }
    let mut all = without_continued(all);
    sorting::sort_by(&mut all, |a, b| (&a.id, &b.stamp).cmp(&(&b.id, &a.stamp)));
    for i in 1..all.len() {
        if all[i].id == all[i - 1].id {
            as_fork(&mut all[i]);
        }
    }
    sorting::sort_by_key(&mut all, |listed| std::cmp::Reverse(listed.saved));
    Ok(all)
}
