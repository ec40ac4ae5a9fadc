//! Values with their paths, and names with their bindings.

use std::rc::Rc;

use mesh_text::data::Data;

use super::{
    filter::{Definition, Filter},
    order::{member, told},
    run::Stop,
};

/// Maximum length of a path.
const LONGEST: u32 = 100;

/// A value and its path.
#[derive(Clone, Debug)]
pub struct At {
    /// The value.
    pub value: Data,
    /// Its path.
    pub track: Track,
}

/// Path of a value.
#[derive(Clone, Debug)]
pub enum Track {
    /// Paths are not tracked.
    Off,
    /// No path: the value was computed.
    Lost,
    /// Path with these keys, the last one first.
    Found(Option<Rc<Keys>>),
}

/// Keys of a path, as a list that begins with the last key.
#[derive(Debug)]
pub struct Keys {
    key: Data,
    depth: u32,
    before: Option<Rc<Keys>>,
}

/// Bindings in scope, the newest first.
pub type Scope<'f> = Option<Rc<Names<'f>>>;

/// A binding, and those before it.
pub struct Names<'f> {
    /// The binding.
    pub bound: Bound<'f>,
    /// The bindings before it.
    pub before: Scope<'f>,
}

/// Binding of a name.
pub enum Bound<'f> {
    /// `$name`
    Value(&'f str, Data),
    /// `label $name`
    Label(&'f str, u32),
    /// A function that the filter or the library defines.
    Function(&'f Definition),
    /// A parameter: the filter that is its argument, and the scope of that filter.
    Argument(&'f str, &'f Filter, Scope<'f>),
}

impl At {
    /// Returns a value that was computed from this one, so it has no path.
    pub fn made(&self, value: Data) -> Self {
        let track = if matches!(self.track, Track::Off) { Track::Off } else { Track::Lost };
        Self { value, track }
    }

    /// Returns the value without path tracking.
    pub fn untracked(&self) -> Self {
        Self { value: self.value.clone(), track: Track::Off }
    }

    /// Returns the value as the root of paths.
    pub fn tracked(&self) -> Self {
        Self { value: self.value.clone(), track: Track::Found(None) }
    }

    /// Returns a part of the value, at this path extended by a key.
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

    /// Returns the part with this key.
    ///
    /// # Errors
    /// Returns an error if the value can have no such part or has no path, or if the path is too long.
    pub fn member(&self, key: Data) -> Result<Self, Stop> {
        if matches!(self.track, Track::Lost) {
            return Err(["Invalid path expression with result ", &told(&self.value)].concat().into());
        }
        // A path that grows without limit would use memory without limit.
        if matches!(&self.track, Track::Found(Some(keys)) if keys.depth >= LONGEST) {
            return Err(Stop::TooMuch);
        }
        Ok(self.part(&member(&self.value, &key)?, || key))
    }

    /// Returns the keys of the path.
    ///
    /// # Errors
    /// Returns an error if the value has no path.
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

/// Adds a binding to a scope.
pub fn bind<'f>(scope: &Scope<'f>, bound: Bound<'f>) -> Scope<'f> {
    Some(Rc::new(Names { bound, before: scope.clone() }))
}

/// Returns the number of a label.
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
