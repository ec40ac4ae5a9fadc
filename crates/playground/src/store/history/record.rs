//! Serialization of steps, for a storage that preserves a history across reloads.

use std::rc::Rc;

use app_mesh_engine::model::{Written, object};
use mesh_text::json::compact;
use serde_json::Value;

use super::{Echo, History, Past, Step, Timeline, delta};

/// Maximum number of recorded steps of a project.
pub const RECORDED_STEPS: usize = 500;
/// Maximum size of a project's records, in bytes; beyond it, older steps are dropped.
pub const RECORDED_BYTES: usize = 4 * 1024 * 1024;
/// Maximum size of a record, in bytes. A larger step is stored without the service's responses, or not at all.
const MAX_RECORD: usize = 1024 * 1024;

/// Serializes a step between the documents before and after it; `None` if it is too large.
pub fn record(step: &Step, before: &str, after: &str) -> Option<String> {
    let forth = delta::between(before, after);
    let back = delta::between(after, before);
    // Returns `None` as soon as the text is too large, because a step may contain a hundred times as much.
    let written = |has_answers: bool| {
        let mut text = ["{\"back\":", &compact(&back.write()), ",\"echoes\":["].concat();
        for (index, echo) in step.echoes.iter().enumerate() {
            let answer = echo.answer.as_ref().filter(|_| has_answers).map(compact);
            text.push_str(if index == 0 { "" } else { "," });
            text.push_str(&compact(&object(&[("answer", &answer), ("line", &echo.line)])));
            if text.len() > MAX_RECORD {
                return None;
            }
        }
        let (forth, label) = (compact(&forth.write()), compact(&step.label.write()));
        text.extend(["],\"forth\":", &forth, ",\"label\":", &label, "}"]);
        (text.len() <= MAX_RECORD).then_some(text)
    };
    [true, false].into_iter().find_map(written)
}

/// A parsed record.
struct Recorded {
    label: String,
    echoes: Rc<[Echo]>,
    forth: Box<str>,
    back: Box<str>,
}

fn read(text: &str) -> Option<Recorded> {
    let record = mesh_text::yaml::parse_json(text).ok()?;
    let member = |name: &str| record.get(name).and_then(Value::as_str);
    let echo = |echo: &Value| {
        let answer = echo.get("answer").and_then(Value::as_str);
        Some(Echo {
            line: echo.get("line").and_then(Value::as_str)?.to_owned(),
            answer: answer.and_then(|text| mesh_text::yaml::parse_json(text).ok()),
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

/// Builds a history from records. Add the records one by one, those next to the current world first: parsing a large
/// one takes a while.
#[derive(Default)]
pub struct Recall {
    /// The steps done, newest first.
    done: Vec<Recorded>,
    /// The steps undone; the next to redo is first.
    undone: Vec<Recorded>,
}

impl Recall {
    /// Adds the next older step done. Returns false if it cannot be parsed; the history then begins after it.
    pub fn add_done(&mut self, text: &str) -> bool {
        read(text).map(|step| self.done.push(step)).is_some()
    }

    /// Adds the next later step undone. Returns false if it cannot be parsed; the history then ends before it.
    pub fn add_undone(&mut self, text: &str) -> bool {
        read(text).map(|step| self.undone.push(step)).is_some()
    }

    /// Returns the history around the current world, whose document is `present`.
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
