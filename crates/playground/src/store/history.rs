//! Undo and redo: whole worlds, one step for each command of the user.
//!
//! A history restored after a reload has documents instead of worlds; see [`Past`]. `record` serializes steps to
//! strings and parses them.

mod delta;
mod past;
mod record;
mod recorder;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use app_mesh_engine::world::World;

pub use mesh_documents::echo::Echo;
use mesh_text::words::t;

pub use self::{
    past::{Past, Timeline},
    record::{RECORDED_BYTES, RECORDED_STEPS, Recall, record},
    recorder::{Recorded, Recorder, Recording},
};

/// Maximum number of steps in memory.
pub const KEPT_STEPS: usize = 500;

/// One command of the user that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Description: `Create mesh shop`.
    pub label: String,
    /// Terminal lines with the same effect.
    pub echoes: Rc<[Echo]>,
    /// World before the step.
    pub before: Past,
    /// World after the step.
    pub after: Past,
}

impl Step {
    /// Creates a placeholder for the last steps of a visit that were not recorded; it leads to this world.
    pub fn unrecorded(world: Rc<World>) -> Self {
        let label = t("Last steps of the earlier visit").to_owned();
        let echoes = [Echo { line: format!("# {label}"), answer: None }].into();
        let past = Past::Here(world);
        Self { label, echoes, before: past.clone(), after: past }
    }

    /// Returns whether the step is from an earlier visit.
    pub fn is_recalled(&self) -> bool {
        matches!(self.after, Past::Kept { .. })
    }
}

/// The steps done, and the undone steps that can be redone.
///
/// INVARIANT: no step has equal worlds on both sides, and the newest step's `after` is the current world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    done: Vec<Rc<Step>>,
    undone: Vec<Rc<Step>>,
}

impl History {
    /// Returns the steps done, oldest first.
    pub fn done(&self) -> &[Rc<Step>] {
        &self.done
    }

    /// Returns the steps undone; the next to redo is last.
    pub fn undone(&self) -> &[Rc<Step>] {
        &self.undone
    }

    /// Adds a step and discards the undone steps.
    pub(super) fn push(&mut self, step: Step) {
        if step.before == step.after {
            return;
        }
        self.undone.clear();
        if self.done.len() == KEPT_STEPS {
            self.done.remove(0);
        }
        self.done.push(Rc::new(step));
    }

    /// Adds the steps of an earlier visit, which ended with this world. Returns false if this history does not continue
    /// from that world.
    pub(super) fn recall(&mut self, earlier: &Self, ended: &Rc<World>) -> bool {
        let first = self.done.first().or(self.undone.last());
        if first.is_some_and(|first| !first.before.is(ended)) {
            return false;
        }
        if first.is_none() {
            // A later step would have discarded the undone steps.
            self.undone.clone_from(&earlier.undone);
        }
        let room = KEPT_STEPS.saturating_sub(self.done.len());
        let earlier = &earlier.done[earlier.done.len().saturating_sub(room)..];
        self.done.splice(0..0, earlier.iter().cloned());
        true
    }

    /// Undoes the newest step and returns it.
    pub(super) fn back(&mut self) -> Option<Rc<Step>> {
        let step = self.done.pop()?;
        self.undone.push(step.clone());
        Some(step)
    }

    /// Redoes the step that was undone last and returns it.
    pub(super) fn forward(&mut self) -> Option<Rc<Step>> {
        let step = self.undone.pop()?;
        self.done.push(step.clone());
        Some(step)
    }
}
