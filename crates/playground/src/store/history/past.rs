//! The worlds of a history restored after a reload: documents stored as differences, one of them in full.

use std::{cell::RefCell, rc::Rc};

use app_mesh_engine::world::World;

use super::delta;

/// The world before or after a step.
#[derive(Clone, Debug)]
pub enum Past {
    /// In memory.
    Here(Rc<World>),
    /// A document in a timeline; converted to a world on demand.
    Kept {
        /// Timeline that contains the document.
        line: Rc<Timeline>,
        /// Index in the timeline, starting at 0.
        place: usize,
    },
}

impl Past {
    /// Returns the world; `None` if its record is damaged.
    pub fn world(&self) -> Option<Rc<World>> {
        match self {
            Self::Here(world) => Some(world.clone()),
            Self::Kept { line, place } => mesh_documents::restore_text(&line.text(*place)?).ok().map(Rc::new),
        }
    }

    /// Returns the playground document; `None` if its record is damaged.
    pub fn document(&self) -> Option<Rc<str>> {
        match self {
            Self::Here(world) => Some(mesh_documents::save(world).into()),
            Self::Kept { line, place } => line.text(*place),
        }
    }

    /// Returns whether both are the same position; does not compare worlds.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here(one), Self::Here(other)) => Rc::ptr_eq(one, other),
            (Self::Kept { .. }, Self::Kept { .. }) => self == other,
            _ => false,
        }
    }

    /// Returns whether this is the identical world in memory.
    pub fn is(&self, world: &Rc<World>) -> bool {
        matches!(self, Self::Here(own) if Rc::ptr_eq(own, world))
    }
}

impl PartialEq for Past {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here(one), Self::Here(other)) => one == other,
            (Self::Kept { line, place }, Self::Kept { line: other, place: there }) => {
                Rc::ptr_eq(line, other) && place == there
            }
            _ => false,
        }
    }
}

impl Eq for Past {}

/// The documents of neighbouring worlds, stored as differences.
#[derive(Debug)]
pub struct Timeline {
    /// The differences from each position to the next, and back.
    hops: Vec<(Box<str>, Box<str>)>,
    /// The position requested last, with its full text, so that its neighbours are one hop away.
    near: RefCell<(usize, Rc<str>)>,
}

impl Timeline {
    /// Creates a timeline with one more position than hops. Each hop leads to the next position and back; `text` is the
    /// document at `place`.
    pub(super) fn new(hops: Vec<(Box<str>, Box<str>)>, place: usize, text: Rc<str>) -> Self {
        Self { hops, near: RefCell::new((place, text)) }
    }

    /// Returns the document at a position; `None` if it does not exist or a difference is damaged.
    pub fn text(&self, place: usize) -> Option<Rc<str>> {
        let (mut at, mut text) = self.near.borrow().clone();
        while at < place {
            text = delta::apply(&text, &self.hops.get(at)?.0)?.into();
            at += 1;
        }
        while at > place {
            text = delta::apply(&text, &self.hops.get(at - 1)?.1)?.into();
            at -= 1;
        }
        *self.near.borrow_mut() = (at, text.clone());
        Some(text)
    }
}
