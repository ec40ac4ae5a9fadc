//! Requests on the wire, in one format for both sides.

use mesh_playground::{control_plane::Action, model::Kind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// Characters that botocore does not escape in a path and a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the request of an operation with this input.
pub fn request(action: Action, input: &Value) -> Value {
    let mut members = input.as_object().unwrap().clone();
    let mut name = |kind: Kind| {
        let name = members.remove(kind.declaration().name_member).unwrap_or_default();
        utf8_percent_encode(name.as_str().unwrap_or_default(), ENCODED).to_string()
    };
    let mut place = |kind: Kind| {
        let declaration = kind.declaration();
        let mesh = if kind == Kind::Mesh { String::new() } else { format!("meshes/{}/", name(Kind::Mesh)) };
        let parent = declaration.parent.map(|of| format!("{}/{}/", of.declaration().member, name(of)));
        format!("{mesh}{}{}", parent.unwrap_or_default(), declaration.collection)
    };
    let (method, path) = match action {
        Action::Create(kind) => ("PUT", place(kind)),
        Action::List(kind) => ("GET", place(kind)),
        Action::Describe(kind) => ("GET", format!("{}/{}", place(kind), name(kind))),
        Action::Update(kind) => ("PUT", format!("{}/{}", place(kind), name(kind))),
        Action::Delete(kind) => ("DELETE", format!("{}/{}", place(kind), name(kind))),
        Action::ListTagsForResource => ("GET", "tags".to_owned()),
        Action::TagResource => ("PUT", "tag".to_owned()),
        Action::UntagResource => ("PUT", "untag".to_owned()),
    };
    let mut query = Map::new();
    for member in ["limit", "meshOwner", "nextToken", "resourceArn"] {
        if let Some(value) = members.remove(member) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            query.insert(member.to_owned(), text.into());
        }
    }
    told(method, &format!("/v20190125/{path}"), query, Value::Object(members))
}

/// Converts a request that was received over the bridge. A token that the user did not give is omitted, because it is
/// different each time.
pub fn bridged(request: &str, body: &[u8], has_token: bool) -> Value {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = pairs.map(|(name, value)| (decoded(name), decoded(value).into())).collect();
    let mut body = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap() };
    if !has_token {
        body.as_object_mut().unwrap().remove("clientToken");
    }
    told(method, path, query, body)
}

fn told(method: &str, path: &str, query: Map<String, Value>, body: Value) -> Value {
    let mut told = Map::new();
    told.insert("request".into(), format!("{method} {path}").into());
    if !query.is_empty() {
        told.insert("query".into(), query.into());
    }
    if body.as_object().is_some_and(|members| !members.is_empty()) {
        told.insert("body".into(), body);
    }
    told.into()
}

/// Converts back to method, path, query and body for the API.
pub fn undone(told: &Value) -> mesh_playground::api::Request {
    let (method, path) = told["request"].as_str().unwrap().split_once(' ').unwrap();
    let none = Map::new();
    let pairs = told["query"].as_object().unwrap_or(&none).iter();
    let pairs = pairs
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value.as_str().unwrap(), ENCODED)));
    mesh_playground::api::Request {
        method: method.into(),
        path: path.into(),
        query: pairs.collect::<Vec<_>>().join("&"),
        headers: Vec::new(),
        body: told.get("body").map(Value::to_string).unwrap_or_default().into_bytes(),
    }
}
