//! Steps as texts, for a storage that keeps a history over a reload.

use std::rc::Rc;

use serde_json::Value;

use super::{Echo, History, Past, Step, Timeline, delta};
use crate::{document, model::object, terminal::compact};

/// How many steps of a project are kept over a reload.
pub const RECORDED_STEPS: usize = 500;
/// How many bytes of records a project may have; older steps are left out then.
pub const RECORDED_BYTES: usize = 4 * 1024 * 1024;
/// How many bytes one record may have. A larger step is kept without the service's answers, or not at all.
const MAX_RECORD: usize = 1024 * 1024;

/// A step as text, between the documents before and after it; `None` where it is too large to be kept.
pub fn record(step: &Step, before: &str, after: &str) -> Option<String> {
    let forth = delta::between(before, after);
    let back = delta::between(after, before);
    let written = |has_answers: bool| {
        let echo = |echo: &Echo| {
            let answer = echo.answer.as_ref().filter(|_| has_answers).map(compact);
            object(&[("answer", &answer), ("line", &echo.line)])
        };
        let echoes = Value::Array(step.echoes.iter().map(echo).collect());
        compact(&object(&[("back", &back), ("echoes", &echoes), ("forth", &forth), ("label", &step.label)]))
    };
    [true, false].into_iter().map(written).find(|text| text.len() <= MAX_RECORD)
}

/// A record, read.
struct Recorded {
    label: String,
    echoes: Rc<[Echo]>,
    forth: Box<str>,
    back: Box<str>,
}

fn read(text: &str) -> Option<Recorded> {
    let record = document::parse_json(text).ok()?;
    let member = |name: &str| record.get(name).and_then(Value::as_str);
    let echo = |echo: &Value| {
        let answer = echo.get("answer").and_then(Value::as_str);
        Some(Echo {
            line: echo.get("line").and_then(Value::as_str)?.to_owned(),
            answer: answer.and_then(|text| document::parse_json(text).ok()),
        })
    };
    let echoes =
        record.get("echoes").and_then(Value::as_array)?.iter().map(echo).collect::<Option<Vec<_>>>()?;
    Some(Recorded {
        label: member("label")?.to_owned(),
        echoes: echoes.into(),
        forth: member("forth")?.into(),
        back: member("back")?.into(),
    })
}

/// A history made of records. Give them one by one, those next to the present first: reading a large one takes a
/// while.
#[derive(Default)]
pub struct Recall {
    /// What was done, the newest first.
    done: Vec<Recorded>,
    /// What was undone, the next to redo first.
    undone: Vec<Recorded>,
}

impl Recall {
    /// Adds the step that was done before those known so far; false where it cannot be read, and the history begins
    /// after it.
    pub fn add_done(&mut self, text: &str) -> bool {
        read(text).map(|step| self.done.push(step)).is_some()
    }

    /// Adds the step that was undone before those known so far; false where it cannot be read, and the history ends
    /// before it.
    pub fn add_undone(&mut self, text: &str) -> bool {
        read(text).map(|step| self.undone.push(step)).is_some()
    }

    /// The history around the present world, of which this is the document.
    pub fn history(self, present: &str) -> History {
        let place = self.done.len();
        let steps: Vec<_> = self.done.into_iter().rev().chain(self.undone).collect();
        let mut hops = Vec::new();
        let mut told = Vec::new();
        for step in steps {
            hops.push((step.forth, step.back));
            told.push((step.label, step.echoes));
        }
        let line = Rc::new(Timeline::new(hops, place, present.into()));
        let past = |place: usize| Past::Kept { line: line.clone(), place };
        let step = |(place, (label, echoes)): (usize, (String, Rc<[Echo]>))| {
            Rc::new(Step { label, echoes, before: past(place), after: past(place + 1) })
        };
        let mut done: Vec<_> = told.into_iter().enumerate().map(step).collect();
        let mut undone = done.split_off(place);
        undone.reverse();
        History { done, undone }
    }
}
