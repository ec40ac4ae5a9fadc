//! Values with where they were found, and names with what they stand for.

use std::rc::Rc;

use super::{
    filter::{Definition, Filter},
    order::{member, told},
    run::Stop,
};
use crate::terminal::aws::data::Data;

/// How long a path may be.
const LONGEST: u32 = 100;

/// A value, and where it was found.
#[derive(Clone, Debug)]
pub struct At {
    /// The value.
    pub value: Data,
    /// Where it was found.
    pub track: Track,
}

/// Where a value was found.
#[derive(Clone, Debug)]
pub enum Track {
    /// Nobody asks.
    Off,
    /// Nowhere: it was made.
    Lost,
    /// Behind these keys, the last one first.
    Found(Option<Rc<Keys>>),
}

/// Keys on the way to a value.
#[derive(Debug)]
pub struct Keys {
    key: Data,
    depth: u32,
    before: Option<Rc<Keys>>,
}

/// What names stand for, the newest first.
pub type Scope<'f> = Option<Rc<Names<'f>>>;

/// A name, and those before it.
pub struct Names<'f> {
    /// What it stands for.
    pub bound: Bound<'f>,
    /// The ones before it.
    pub before: Scope<'f>,
}

/// What a name stands for.
pub enum Bound<'f> {
    /// `$name`
    Value(&'f str, Data),
    /// `label $name`
    Label(&'f str, u32),
    /// A function of the filter's own.
    Function(&'f Definition),
    /// A parameter: the filter that is given for it, and where that was written.
    Argument(&'f str, &'f Filter, Scope<'f>),
}

impl At {
    /// Something made of it.
    pub fn made(&self, value: Data) -> Self {
        let track = if matches!(self.track, Track::Off) { Track::Off } else { Track::Lost };
        Self { value, track }
    }

    /// The value alone.
    pub fn untracked(&self) -> Self {
        Self { value: self.value.clone(), track: Track::Off }
    }

    /// The value as where paths begin.
    pub fn tracked(&self) -> Self {
        Self { value: self.value.clone(), track: Track::Found(None) }
    }

    /// A part of it.
    pub fn part(&self, value: &Data, key: impl FnOnce() -> Data) -> Self {
        let track = match &self.track {
            Track::Found(before) => {
                let depth = before.as_ref().map_or(0, |keys| keys.depth) + 1;
                Track::Found(Some(Rc::new(Keys { key: key(), depth, before: before.clone() })))
            }
            other => other.clone(),
        };
        Self { value: value.clone(), track }
    }

    /// The part with this key.
    ///
    /// # Errors
    /// Where there can be none.
    pub fn member(&self, key: Data) -> Result<Self, Stop> {
        if matches!(self.track, Track::Lost) {
            return Err(["Invalid path expression with result ", &told(&self.value)].concat().into());
        }
        // A path that grows for ever would grow for ever in memory, too.
        if matches!(&self.track, Track::Found(Some(keys)) if keys.depth >= LONGEST) {
            return Err(Stop::TooMuch);
        }
        Ok(self.part(&member(&self.value, &key)?, || key))
    }

    /// The keys on the way to it.
    ///
    /// # Errors
    /// Where it was made, not found.
    pub fn path(&self) -> Result<Vec<Data>, Stop> {
        let Track::Found(keys) = &self.track else {
            return Err(["Invalid path expression with result ", &told(&self.value)].concat().into());
        };
        let mut path = Vec::new();
        let mut keys = keys;
        while let Some(Keys { key, before, .. }) = keys.as_deref() {
            path.push(key.clone());
            keys = before;
        }
        path.reverse();
        Ok(path)
    }
}

/// Names with one more.
pub fn bind<'f>(scope: &Scope<'f>, bound: Bound<'f>) -> Scope<'f> {
    Some(Rc::new(Names { bound, before: scope.clone() }))
}

/// The number of a label.
pub fn label(name: &str, scope: &Scope) -> Option<u32> {
    let mut scope = scope;
    while let Some(names) = scope {
        match names.bound {
            Bound::Label(known, number) if known == name => return Some(number),
            _ => scope = &names.before,
        }
    }
    None
}
