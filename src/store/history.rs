//! Undo and redo: whole worlds, one step for each intent of the user.
//!
//! A history restored after a reload has documents in place of worlds; see [`Past`]. `record` converts steps to texts
//! and back.

mod delta;
mod past;
mod record;
mod recorder;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use serde_json::Value;

use crate::{words::t, world::World};

pub use self::{
    past::{Past, Timeline},
    record::{RECORDED_BYTES, RECORDED_STEPS, Recall, record},
    recorder::{Recorded, Recorder, Recording},
};

/// How many steps are kept.
pub const KEPT_STEPS: usize = 500;

/// One line of what was done, as it would be typed, and the service's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// A line that the terminal runs: an `aws` command, or one of the playground's own where no AWS command does it.
    /// Only the step of an opened playground document has a comment instead of a command.
    pub line: String,
    /// The JSON the AWS CLI would print.
    pub answer: Option<Value>,
}

/// One intent of the user, done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it was, in words: `Create mesh shop`.
    pub label: String,
    /// The lines that do the same.
    pub echoes: Rc<[Echo]>,
    /// The world before it.
    pub before: Past,
    /// The world after it.
    pub after: Past,
}

impl Step {
    /// A placeholder for the last steps of a visit that were not recorded; it leads to this world.
    pub fn unrecorded(world: Rc<World>) -> Self {
        let label = t("Last steps of the earlier visit").to_owned();
        let echoes = [Echo { line: format!("# {label}"), answer: None }].into();
        let past = Past::Here(world);
        Self { label, echoes, before: past.clone(), after: past }
    }

    /// Whether it is from an earlier visit.
    pub fn is_recalled(&self) -> bool {
        matches!(self.after, Past::Kept { .. })
    }
}

/// The steps done, and those undone that can be redone.
///
/// INVARIANT: no step has equal worlds on both sides, and the newest step's `after` is the present world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    done: Vec<Rc<Step>>,
    undone: Vec<Rc<Step>>,
}

impl History {
    /// The steps done, oldest first.
    pub fn done(&self) -> &[Rc<Step>] {
        &self.done
    }

    /// The steps undone, the next to redo last.
    pub fn undone(&self) -> &[Rc<Step>] {
        &self.undone
    }

    /// Adds a step; what was undone is gone then.
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

    /// Adds the steps of an earlier visit, which ended with this world; false if this history does not continue
    /// from that world.
    pub(super) fn recall(&mut self, earlier: &Self, ended: &Rc<World>) -> bool {
        let first = self.done.first().or(self.undone.last());
        if first.is_some_and(|first| !first.before.is(ended)) {
            return false;
        }
        if first.is_none() {
            // A step since then would have discarded these.
            self.undone.clone_from(&earlier.undone);
        }
        let room = KEPT_STEPS.saturating_sub(self.done.len());
        let earlier = &earlier.done[earlier.done.len().saturating_sub(room)..];
        self.done.splice(0..0, earlier.iter().cloned());
        true
    }

    /// Takes back the newest step; the world to show then.
    pub(super) fn back(&mut self) -> Option<Rc<Step>> {
        let step = self.done.pop()?;
        self.undone.push(step.clone());
        Some(step)
    }

    /// Does the step again that was undone last.
    pub(super) fn forward(&mut self) -> Option<Rc<Step>> {
        let step = self.undone.pop()?;
        self.done.push(step.clone());
        Some(step)
    }
}
