//! Undo and redo: whole worlds, one step for each intent of the user.

use std::rc::Rc;

use serde_json::Value;

use crate::world::World;

/// How many steps are kept.
pub const KEPT_STEPS: usize = 500;

/// One line of what was done, as it would be typed, and the service's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// A line that the terminal runs: an `aws` command, or one of the playground's own where no AWS command does it. Only
    /// an opened playground document is told by a comment.
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
    pub before: Rc<World>,
    /// The world after it.
    pub after: Rc<World>,
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
