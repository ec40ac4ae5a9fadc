//! The page door: the API that another page calls by `postMessage`. The contract is in the README.
//!
//! A message is the object `{source, v, id, type, payload}`. Here it is JSON text, as passed by the browser's part
//! (`ui::door`). A message with our `source` gets an answer with the same `id`; other messages are ignored. Messages
//! come from untrusted pages, so they have the same limits as links. Start at [`EmbedApi::handle_message`].
// The names of the members, which are those in the messages, need no documentation.
#![allow(missing_docs)]

#[cfg(test)]
mod tests;
mod trace;

use std::rc::Rc;

use serde_json::Value;

use mesh_text::words::{say, t};

use mesh_text::{json::compact, yaml::parse_json};

use crate::{
    document,
    model::{TextMap, Written, declare::structure_by, object, parse},
    playground::Playground,
    share::MAX_PAYLOAD,
    store::Command,
    terminal::Terminal,
};

/// `source` of every message, in both directions.
pub const SOURCE: &str = "mesh-playground";
/// Version of the protocol.
const VERSION: i64 = 1;
/// Types of the messages that the page sends. If a caller posts to the page's own window, the page also receives its
/// own messages, and ignores these types.
const OUTGOING_TYPES: [&str; 5] = ["answer", "error", "ready", "changed", "resize"];

structure_by! {
    /// A request. Its id may be any value that identifies the answer to the caller.
    Message by MessageMembers {
        "payload" payload: Option<Value>,
        "type" kind: String,
        "v" v: i64,
    }
}

structure_by! {
    /// Payload of `run`.
    Run by RunMembers {
        "line" line: String,
    }
}

structure_by! {
    /// Payload of `trace`.
    Trace by TraceMembers {
        "request" request: Option<Value>,
    }
}

structure_by! {
    /// Payload of `load`: a document as JSON or as text.
    Load by LoadMembers {
        "document" document: Value,
    }
}

/// The door, with its terminal: files and variables persist from one `run` to the next.
#[derive(Clone, Debug, Default)]
pub struct EmbedApi {
    terminal: Terminal,
}

impl EmbedApi {
    /// Returns the answer to a message, as JSON text; `None` if the message is not for us.
    ///
    /// ```
    /// use mesh_playground::{door::EmbedApi, playground::Playground};
    /// let mut playground = Playground::empty().unwrap();
    /// let asked = r#"{"source":"mesh-playground","v":1,"id":7,"type":"run","payload":{"line":"echo hi"}}"#;
    /// let answer = EmbedApi::default().handle_message(&mut playground, asked).unwrap();
    /// assert!(answer.contains(r#""id":7,"payload":{"exitCode":0,"stderr":"","stdout":"hi\n"}"#), "{answer}");
    /// assert_eq!(EmbedApi::default().handle_message(&mut playground, r#"{"source":"another"}"#), None);
    /// ```
    // An entry point of the module that is loaded on first use.
    #[inline(never)]
    pub fn handle_message(&mut self, playground: &mut Playground, text: &str) -> Option<String> {
        if text.len() > MAX_PAYLOAD {
            // A message that is too long is not parsed, so it gets an answer only if its beginning names our source.
            let is_ours = text.get(..200).is_some_and(|start| start.contains(SOURCE));
            return is_ours.then(|| error_response("null", MessageError::TooLong(text.len())));
        }
        let message = parse_json(text).ok()?;
        if message.get("source").and_then(Value::as_str) != Some(SOURCE) {
            return None;
        }
        let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
        if OUTGOING_TYPES.contains(&kind) {
            return None;
        }
        let id = message.get("id").unwrap_or(&Value::Null);
        Some(match self.dispatch(playground, &message) {
            Ok(payload) => write_message("answer", id, payload),
            Err(words) => write_message("error", id, error(words)),
        })
    }

    fn dispatch(&mut self, playground: &mut Playground, message: &Value) -> Result<Value, String> {
        let message = parse::<Message>(message, "").map_err(|problems| join_problems(&problems))?;
        if message.v() != VERSION {
            let versions = [message.v().to_string(), VERSION.to_string()];
            return Err(say(
                "version {0} of the door is not known; send v: {1}",
                &[&versions[0], &versions[1]],
            ));
        }
        let none = object(&[]);
        let payload = message.payload().unwrap_or(&none);
        match message.kind() {
            "run" => {
                let run = parse::<Run>(payload, "payload").map_err(|problems| join_problems(&problems))?;
                let output = self.terminal.run(playground, run.line());
                Ok(object(&[
                    ("exitCode", &i64::from(output.exit_code)),
                    ("stderr", &output.stderr),
                    ("stdout", &output.stdout),
                ]))
            }
            "trace" => {
                let trace =
                    parse::<Trace>(payload, "payload").map_err(|problems| join_problems(&problems))?;
                trace::trace_request(playground.state(), trace.request().unwrap_or(&none))
            }
            "load" => {
                let load = parse::<Load>(payload, "payload").map_err(|problems| join_problems(&problems))?;
                load_document(playground, load.document())
            }
            "getState" => Ok(object(&[("document", &document::to_value(playground.world()))])),
            other => {
                let other = crate::model::excerpt(other);
                Err(say("the type `{0}` is not known; send run, trace, load or getState", &[&other]))
            }
        }
    }
}

/// Returns an event of the page, as JSON text.
///
/// ```
/// use mesh_playground::door::event;
/// let resize = r#"{"id":null,"payload":{"height":480},"source":"mesh-playground","type":"resize","v":1}"#;
/// assert_eq!(event("resize", &[("height", &480_i64)]), resize);
/// ```
pub fn event(kind: &'static str, payload: &[(&str, &dyn Written)]) -> String {
    write_message(kind, &Value::Null, object(payload))
}

/// Reason why a message was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// The message cannot be serialized as JSON: it is cyclic, too deep, or contains values that JSON does not have.
    NoJson,
    /// The message is too long; its length in bytes.
    TooLong(usize),
    /// The code that answers messages could not be loaded.
    Unloaded,
}

/// Returns the answer to a message that was not read. `id` is its id as JSON text; an id that is too long or invalid
/// becomes null.
///
/// ```
/// use mesh_playground::door::{MessageError, error_response};
/// let answer = error_response("[7]", MessageError::TooLong(300_000));
/// assert!(answer.starts_with(r#"{"id":[7],"payload":{"error":"the message has 300000 bytes; at most 262144"#), "{answer}");
/// assert!(error_response("{", MessageError::NoJson).starts_with(r#"{"id":null"#));
/// ```
pub fn error_response(id: &str, why: MessageError) -> String {
    let id = parse_json(id.get(..id.len().min(1_000)).unwrap_or_default()).unwrap_or_default();
    let words = match why {
        MessageError::NoJson => t("the message cannot be written as JSON").to_owned(),
        MessageError::TooLong(length) => too_long(length),
        MessageError::Unloaded => t("this part of the page could not be loaded; is it offline?").to_owned(),
    };
    write_message("error", &id, error(words))
}

/// Returns [`MessageError::TooLong`] if a message exceeds the size limit.
pub fn check_size(text: &str) -> Option<MessageError> {
    (text.len() > MAX_PAYLOAD).then_some(MessageError::TooLong(text.len()))
}

fn too_long(length: usize) -> String {
    let parts = [length.to_string(), MAX_PAYLOAD.to_string()];
    say("the message has {0} bytes; at most {1} are read", &[&parts[0], &parts[1]])
}

fn write_message(kind: &str, id: &Value, payload: Value) -> String {
    let mut message = object(&[("payload", &payload), ("source", &SOURCE), ("type", &kind), ("v", &VERSION)]);
    if let Some(members) = message.as_object_mut() {
        // `object` omits null members, but an id of null is valid.
        members.insert("id".to_owned(), id.clone());
    }
    compact(&message)
}

fn error(words: String) -> Value {
    object(&[("error", &words)])
}

fn join_problems(problems: &[crate::model::Problem]) -> String {
    let problems: Vec<_> = problems.iter().take(5).map(ToString::to_string).collect();
    problems.join("; ")
}

/// Opens a document as *Open…* does, as one step of the history.
fn load_document(playground: &mut Playground, document: &Value) -> Result<Value, String> {
    let text = match document {
        Value::String(text) => text.clone(),
        other => compact(other),
    };
    let source = document::read(&text).map_err(|error| error.to_string())?;
    let given = TextMap::new();
    let plan = source.plan(&given, playground.world()).map_err(|error| error.to_string())?;
    let update = playground.run(Command::Open(Rc::new(plan)));
    if let Some(refusal) = update.refusal {
        return Err(refusal.to_string());
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let counts = playground.state().report.as_ref().map(|report| report.counts).unwrap_or_default();
    Ok(object(&[
        ("created", &count(counts.created)),
        ("refused", &count(counts.refused)),
        ("unchanged", &count(counts.unchanged)),
        ("updated", &count(counts.updated)),
    ]))
}
