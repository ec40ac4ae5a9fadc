//! The wire interface: App Mesh's REST-JSON protocol, without any network.
//!
//! Behind an HTTP bridge, official SDKs and the AWS CLI cannot distinguish it from the service. The module knows paths,
//! queries, status codes and headers; [`control_plane`](crate::control_plane) interprets the requests. Start at
//! [`handle`].
//!
//! Source: the public API model, version 2019-01-25; docs/facts/api-operations.md and docs/facts/api-errors.md.

#[cfg(test)]
mod tests;

use mesh_text::{json::compact, yaml::parse_json};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Number, Value};

use crate::{
    control_plane::{Action, Error, Request as Asked},
    model::{Kind, Problem, Rule, object},
    service::{Fault, Service},
};

/// Prefix of every path.
const PREFIX: &str = "/v20190125/";
/// Maximum size of a body in bytes; the longest valid request is far smaller.
const LONGEST_BODY: usize = 1024 * 1024;

/// An HTTP request, as received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PUT` or `DELETE`.
    pub method: String,
    /// The path, percent-encoded: `/v20190125/meshes/my%2Fmesh`.
    pub path: String,
    /// The part after `?`, percent-encoded; empty if there is none.
    pub query: String,
    /// Names and values. They have no effect: requests are neither signed nor throttled.
    pub headers: Vec<(String, String)>,
    /// JSON, or empty.
    pub body: Vec<u8>,
}

/// An HTTP response, to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// Reason why a request fails.
enum Refusal {
    /// No operation has this method and path.
    NoOperation,
    /// The service rejects the request.
    Service(Error),
    /// A simulated failure of the service.
    Fault(Fault),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

/// Answers one HTTP request as the service did, for its current account and region.
///
/// Never panics and never fails: the response reports all errors.
///
/// ```
/// use app_mesh_engine::{api, service::MemoryService};
/// let mut service = MemoryService::empty().unwrap();
/// let request = api::Request {
///     method: "PUT".into(),
///     path: "/v20190125/meshes".into(),
///     body: br#"{"meshName": "colors"}"#.to_vec(),
///     ..api::Request::default()
/// };
/// let response = api::handle(&mut service, request);
/// assert_eq!(response.status, 200);
/// assert!(String::from_utf8(response.body).unwrap().contains(r#""spec":{}"#));
/// ```
pub fn handle(service: &mut dyn Service, request: Request) -> Response {
    let request_id = service.request_id().to_string();
    let (status, error, body) = match answer(service, &request) {
        Ok(body) => (200, None, body),
        Err(refusal) => {
            let (status, code, message) = told(&refusal);
            (status, Some(code), object(&[("message", &message)]))
        }
    };
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-amzn-requestid".to_owned(), request_id),
    ];
    headers.extend(error.map(|code| ("x-amzn-errortype".to_owned(), code.to_owned())));
    Response { status, headers, body: compact(&body).into_bytes() }
}

fn answer(service: &mut dyn Service, request: &Request) -> Result<Value, Refusal> {
    if let Some(fault) = service.take_fault() {
        return Err(Refusal::Fault(fault));
    }
    let (action, names) = route(&request.method, &request.path).ok_or(Refusal::NoOperation)?;
    let input = input(action, names, request)?;
    let account = service.world().account.clone();
    let asked = Asked::parse(action, &input, &account).map_err(Error::Invalid)?;
    let answer = service.answer(&asked)?;
    Ok(answer.body(&service.world().region))
}

/// Returns the operation of a method and path, and the members that the path contains.
///
/// A name is one segment, percent-encoded, so a `/` in it is `%2F`.
fn route(method: &str, path: &str) -> Option<(Action, Vec<(&'static str, String)>)> {
    let segments: Vec<_> = path.strip_prefix(PREFIX)?.split('/').collect();
    match (method, &*segments) {
        ("GET", ["tags"]) => return Some((Action::ListTagsForResource, Vec::new())),
        ("PUT", ["tag"]) => return Some((Action::TagResource, Vec::new())),
        ("PUT", ["untag"]) => return Some((Action::UntagResource, Vec::new())),
        _ => {}
    }
    let mut names = Vec::new();
    let mut rest = &*segments;
    if let ["meshes", mesh, inner @ ..] = rest
        && !inner.is_empty()
    {
        names.push((Kind::Mesh, *mesh));
        rest = inner;
    }
    // The path names the parent of a route in the singular: `/virtualRouter/{name}/routes`.
    let mut parent = None;
    if let [member, name, inner @ ..] = rest
        && !inner.is_empty()
    {
        let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().member == *member)?;
        names.push((kind, *name));
        parent = Some(kind);
        rest = inner;
    }
    let (collection, name) = match rest {
        [collection] => (*collection, None),
        [collection, name] => (*collection, Some(*name)),
        _ => return None,
    };
    let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().collection == collection)?;
    let is_in_mesh = names.iter().any(|(kind, _)| *kind == Kind::Mesh);
    if kind.declaration().parent != parent || (kind == Kind::Mesh) == is_in_mesh {
        return None;
    }
    names.extend(name.map(|name| (kind, name)));
    let action = match (method, name) {
        ("GET", None) => Action::List(kind),
        ("PUT", None) => Action::Create(kind),
        ("GET", Some(_)) => Action::Describe(kind),
        ("PUT", Some(_)) => Action::Update(kind),
        ("DELETE", Some(_)) => Action::Delete(kind),
        _ => return None,
    };
    let names = names.into_iter().map(|(kind, name)| (kind.declaration().name_member, decoded(name)));
    Some((action, names.collect()))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Collects all members of an operation's input in one object: from the body, the query and the path.
fn input(action: Action, names: Vec<(&'static str, String)>, request: &Request) -> Result<Value, Error> {
    let has_body =
        matches!(action, Action::Create(_) | Action::Update(_) | Action::TagResource | Action::UntagResource);
    let mut members = if has_body { body(&request.body)? } else { Map::new() };
    for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        let value = match (&*name, value.parse::<i64>()) {
            ("limit", Ok(number)) => Value::Number(Number::from(number)),
            _ => Value::String(value),
        };
        members.insert(name, value);
    }
    for (name, value) in names {
        members.insert(name.to_owned(), Value::String(value));
    }
    Ok(Value::Object(members))
}

/// Parses the members of a body; an empty body has none.
fn body(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    let invalid = |text: String| {
        Error::Invalid(vec![Problem { path: "the body".to_owned(), rule: Rule::Service(text) }])
    };
    if bytes.len() > LONGEST_BODY {
        return Err(invalid(format!("must have at most {LONGEST_BODY} bytes, not {}", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("is not UTF-8".to_owned()))?;
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match parse_json(text).map_err(|error| invalid(format!("is not JSON: {error}")))? {
        Value::Object(members) => Ok(members),
        _ => Err(invalid("must be an object".to_owned())),
    }
}

/// Returns status code, exception and message. Source: docs/facts/api-errors.md#codes.
fn told(refusal: &Refusal) -> (u16, &'static str, String) {
    let error = match refusal {
        Refusal::Service(error) => error,
        // The response of the service's front end, which is not in the API model.
        Refusal::NoOperation => {
            return (404, "UnknownOperationException", "No operation has this method and path".to_owned());
        }
        Refusal::Fault(fault) => {
            return (fault.status(), fault.code(), fault.message().to_owned());
        }
    };
    let code = error.code();
    let status = match code {
        "AccessDeniedException" | "ForbiddenException" => 403,
        "NotFoundException" => 404,
        "ConflictException" | "ResourceInUseException" => 409,
        _ => 400,
    };
    (status, code, error.to_string())
}
