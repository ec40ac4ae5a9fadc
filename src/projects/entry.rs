//! One entry: what its key says, its first line, and the document below it.

use std::fmt;

use serde_json::Value;

use super::{Refused, Shelf};
use crate::{
    document::yaml,
    model::object,
    sorting,
    terminal::compact,
    words::{say, t},
};

/// What the keys of all entries begin with.
pub const PREFIX: &str = "mesh-playground/project/";

/// Which state of a project an entry is, and which tab wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Counts the saves.
    pub revision: u64,
    /// The tab that wrote it, so that two tabs never write under one key.
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

/// A saved project, as a list of them shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which project it is.
    pub id: String,
    /// Which state of it.
    pub stamp: Stamp,
    /// Its name.
    pub name: String,
    /// When it was saved, in milliseconds since 1970.
    pub saved: i64,
    /// The length of its document, in bytes.
    pub size: usize,
    /// Whether its first line cannot be read; its document may be whole all the same.
    pub is_damaged: bool,
    /// Whether it is not the newest state of its project, but one that another tab left beside it.
    pub is_fork: bool,
    /// The state that this one continues.
    pub(super) parent: Option<Stamp>,
}

impl Listed {
    /// Its key in the storage.
    pub fn key(&self) -> String {
        key(&self.id, &self.stamp)
    }

    /// The project in an entry with this key and text.
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

/// The key of an entry.
pub(super) fn key(id: &str, stamp: &Stamp) -> String {
    format!("{PREFIX}{id}/{stamp}")
}

/// The project and the state that a key names; `None` for keys of other things.
pub(super) fn parse_key(key: &str) -> Option<(&str, Stamp)> {
    let (id, stamp) = key.strip_prefix(PREFIX)?.split_once('/')?;
    Some((id, Stamp::parse(stamp)?))
}

/// The text of an entry.
pub(super) fn text_of(name: &str, parent: Option<&Stamp>, saved: i64, document: &str) -> String {
    let parent = parent.map(ToString::to_string);
    let header = object(&[("name", &name), ("parent", &parent), ("saved", &saved)]);
    format!("{}\n{document}", compact(&header))
}

/// The document in the text of an entry; all of it, where the first line is missing.
pub fn document_of(entry: &str) -> &str {
    split(entry).1
}

/// The state that the entry with this text continues.
pub(super) fn parent_of(entry: &str) -> Option<Stamp> {
    let header = yaml::parse_kept(split(entry).0).ok()?;
    Stamp::parse(header.get("parent").and_then(Value::as_str)?)
}

/// The first line, and what stands below it. JSON escapes the ends of lines, so the first one ends the header.
fn split(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or(("", text))
}

/// The states of one project by their stamps alone, the newest last.
pub(super) fn stamps(shelf: &dyn Shelf, id: &str) -> Result<Vec<Stamp>, Refused> {
    let keys = shelf.keys()?;
    let own = keys.iter().filter_map(|key| parse_key(key)).filter(|(other, _)| *other == id);
    let mut stamps: Vec<_> = own.map(|(_, stamp)| stamp).collect();
    sorting::sort(&mut stamps);
    Ok(stamps)
}

/// The states of one project that no other continues, the newest last. One, but where two tabs saved at a time.
pub(super) fn heads(shelf: &dyn Shelf, id: &str) -> Result<Vec<Listed>, Refused> {
    let mut all = Vec::new();
    for stamp in stamps(shelf, id)? {
        all.extend(shelf.listed(&key(id, &stamp))?.map(|listed| named(&listed)));
    }
    Ok(without_continued(all))
}

/// An entry with a name, even if it is damaged.
fn named(listed: &Listed) -> Listed {
    let mut listed = listed.clone();
    if listed.is_damaged {
        t("Damaged project").clone_into(&mut listed.name);
    }
    listed
}

/// The states of one project that no other continues, the newest first.
///
/// # Errors
/// When nothing can be read.
pub fn states(shelf: &dyn Shelf, id: &str) -> Result<Vec<Listed>, Refused> {
    let mut states = heads(shelf, id)?;
    states.reverse();
    for state in states.iter_mut().skip(1) {
        as_fork(state);
    }
    Ok(states)
}

fn as_fork(listed: &mut Listed) {
    listed.is_fork = true;
    listed.name = say("{0} (from another tab)", &[&listed.name]);
}

/// A save adds before it takes away: what another entry continues is on its way out.
fn without_continued(mut all: Vec<Listed>) -> Vec<Listed> {
    let parent = |entry: &Listed| Some((entry.id.clone(), entry.parent.clone()?));
    let mut continued: Vec<_> = all.iter().filter_map(parent).collect();
    sorting::sort(&mut continued);
    all.retain(|entry| {
        let own = (&entry.id, &entry.stamp);
        continued.binary_search_by(|(id, stamp)| (id, stamp).cmp(&own)).is_err()
    });
    all
}

/// All projects, the one saved last first. Where two tabs saved one at a time and none is there any more to part
/// them, both states are listed.
///
/// # Errors
/// When nothing can be read.
pub fn listing(shelf: &dyn Shelf) -> Result<Vec<Listed>, Refused> {
    let mut all = Vec::new();
    for key in shelf.keys()? {
        if key.starts_with(PREFIX) {
            all.extend(shelf.listed(&key)?.map(|listed| named(&listed)));
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
