//! Applies a change of a form to the value behind it.

use serde_json::{Map, Value};

use crate::model::{Kind, Member, Shape, Structure, check, known};

/// Change of one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A string was typed. In an optional field, an empty string removes the value.
    Type(String),
    /// A word or a member was chosen, by its name in the API, or none.
    Choose(Option<&'static str>),
    /// The switch was turned on or off.
    Switch(bool),
    /// An item was added to a list.
    Add,
    /// The item at this index of a list was removed.
    Remove(usize),
}

/// Applies a change to the field at a path. The path starts in `value`, of which `shape` is the declaration:
/// `listeners[0].portMapping.port` in a spec. An invalid path changes nothing.
///
/// ```
/// use mesh_playground::{model::Kind, view_model::{Change, change}};
/// let mut spec = serde_json::json!({});
/// let shape = Kind::VirtualRouter.declaration().spec;
/// change(shape, &mut spec, "listeners", Change::Add);
/// change(shape, &mut spec, "listeners[0].portMapping.port", Change::Type("8080".to_owned()));
/// assert_eq!(spec["listeners"][0]["portMapping"]["port"], 8080);
/// ```
pub fn change(shape: &'static Shape, value: &mut Value, path: &str, change: Change) {
    let (path, among_rivals) = match path.strip_suffix('?') {
        Some(path) => (path, true),
        None => (path, false),
    };
    let (front, last) = path.rsplit_once('.').unwrap_or(("", path));
    if let (Change::Choose(Some(protocol)), "protocol") = (&change, last)
        && let Some((listener, "portMapping")) = front.rsplit_once('.')
        && let Some((shape, listener)) = find(shape, value, listener)
    {
        follow_protocol(shape, listener, protocol);
    }
    let is_optional = is_optional(shape, path);
    // A new health check gets the protocol of its listener.
    let protocol = find(shape, value, front).map(|(_, around)| around["portMapping"]["protocol"].clone());
    let Some((shape, place)) = find(shape, value, path) else { return };
    match (change, shape) {
        (Change::Type(text), _) if text.is_empty() && is_optional => *place = Value::Null,
        (Change::Type(text), Shape::Integer { .. }) => *place = number(&text),
        (Change::Type(text), _) => *place = Value::String(text),
        (Change::Choose(None), _) if !among_rivals => *place = Value::Null,
        (Change::Choose(word), Shape::Structure(structure)) => choose(structure, place, word),
        (Change::Choose(Some(word)), Shape::Boolean) => *place = Value::Bool(word == "true"),
        (Change::Choose(Some(word)), _) => *place = Value::from(word),
        (Change::Choose(None), _) => {}
        (Change::Switch(is_on), _) => {
            *place = if is_on { blank(shape) } else { Value::Null };
            if let (Some(own), Some(protocol)) =
                (place.get_mut("protocol"), protocol.filter(Value::is_string))
            {
                *own = protocol;
            }
        }
        (Change::Add, Shape::List { of, .. }) => {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Some(items) = place.as_array_mut() {
                items.push(blank(of));
            }
        }
        (Change::Remove(index), Shape::List { min, .. }) => {
            if let Some(items) = place.as_array_mut() {
                if index < items.len() {
                    items.remove(index);
                }
                // Without its last item, a list that must not be empty is removed.
                if items.is_empty() && *min > 0 {
                    *place = Value::Null;
                }
            }
        }
        (Change::Add | Change::Remove(_), _) => {}
    }
    tidy(value);
}

/// Returns the initial spec of a new resource: required members, and those that nearly all resources of its kind have.
pub fn initial_spec(kind: Kind) -> Value {
    let shape = kind.declaration().spec;
    let mut spec = blank(shape);
    let slash = || Change::Type("/".to_owned());
    let changes = [
        ("listeners", Change::Add),
        ("serviceDiscovery", Change::Choose(Some("dns"))),
        ("?", Change::Choose(Some("httpRoute"))),
        ("httpRoute.match?", Change::Choose(Some("prefix"))),
        ("httpRoute.match.prefix", slash()),
    ];
    for (path, made) in changes {
        change(shape, &mut spec, path, made);
    }
    spec
}

/// Returns the initial value of a shape: only the required members, with minimal values.
pub fn blank(shape: &'static Shape) -> Value {
    match *shape {
        Shape::Text { .. } => Value::String(String::new()),
        // A meaningful bound is a good initial value; a port or a limit of 1 is not.
        Shape::Integer { min: 0, max: 100 } => Value::from(100),
        Shape::Integer { min, .. } if min > 1 => Value::from(min),
        Shape::Integer { .. } | Shape::Any => Value::Null,
        Shape::Boolean => Value::Bool(false),
        Shape::Choice(words) => Value::from(words.first().copied().unwrap_or_default()),
        Shape::List { of, min, .. } => (0..min).map(|_| blank(of)).collect(),
        Shape::Structure(structure) => {
            let only = structure.one_of && structure.members.len() == 1;
            // The model requires neither member of a duration, but a duration without a unit is not a duration.
            let is_needed = |member: &&Member| {
                member.required || only || (structure.name, member.name) == ("Duration", "unit")
            };
            let mut members = Map::new();
            for member in structure.members.iter().filter(is_needed) {
                members.insert(member.name.to_owned(), blank(member.shape));
            }
            Value::Object(members)
        }
    }
}

/// Returns the value at a path, and its shape. Creates the missing structures on the path.
fn find<'v>(
    shape: &'static Shape,
    value: &'v mut Value,
    path: &str,
) -> Option<(&'static Shape, &'v mut Value)> {
    let (mut shape, mut place) = (shape, value);
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        match (shape, step.strip_suffix(']')) {
            (Shape::List { of, .. }, Some(index)) => {
                place = place.as_array_mut()?.get_mut(index.parse::<usize>().ok()?)?;
                shape = of;
            }
            (Shape::Structure(structure), None) => {
                let member = structure.member(step)?;
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = place.as_object_mut()?.entry(member.name).or_insert(Value::Null);
                shape = member.shape;
            }
            _ => return None,
        }
    }
    Some((shape, place))
}

/// Returns whether the member at a path may be absent.
fn is_optional(shape: &'static Shape, path: &str) -> bool {
    let steps = path.split(['.', '[']).filter(|step| !step.is_empty());
    let mut at = (shape, false);
    for step in steps {
        at = match at.0 {
            Shape::List { of, .. } => (*of, false),
            Shape::Structure(structure) => match structure.member(step) {
                Some(member) => (member.shape, !member.required),
                None => return false,
            },
            _ => return false,
        };
    }
    at.1
}

/// Sets one of the members that exclude each other, and carries over the valid parts of the value it replaces.
fn choose(structure: &'static Structure, place: &mut Value, word: Option<&str>) {
    if word.is_some_and(|word| structure.member(word).is_none()) {
        return;
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    let Some(object) = place.as_object_mut() else { return };
    let mut held = Value::Null;
    for rival in structure.rivals() {
        // `tidy` later removes the null that `take` leaves.
        if let Some(found) = object.get_mut(rival.name).filter(|found| !found.is_null()) {
            held = found.take();
        }
    }
    if let Some(member) = structure.members.iter().find(|member| Some(member.name) == word) {
        object.insert(member.name.to_owned(), carried(member, held));
    }
}

/// Returns the initial value of a member that replaces another: the valid parts of the old value, and the other
/// required members.
fn carried(member: &Member, held: Value) -> Value {
    let fits = |shape: &Shape, value: &Value| {
        let mut problems = Vec::new();
        check(shape, value, "", &mut problems);
        problems.is_empty()
    };
    let mut new = blank(member.shape);
    match (member.shape, held) {
        (Shape::Structure(structure), Value::Object(held)) => {
            for (name, value) in held {
                if let Some(member) = structure.member(&name).filter(|member| fits(member.shape, &value)) {
                    new[&*name] = known(member.shape, &value);
                }
            }
        }
        (Shape::Text { .. }, held @ Value::String(_)) => new = held,
        _ => {}
    }
    new
}

/// Changes a listener's limits, timeouts and health check to the listener's new protocol.
fn follow_protocol(shape: &'static Shape, listener: &mut Value, protocol: &'static str) {
    let (Shape::Structure(structure), Some(object)) = (shape, listener.as_object_mut()) else { return };
    for (name, value) in object.iter_mut().filter(|(_, value)| !value.is_null()) {
        match structure.member(name).map(|member| member.shape) {
            Some(Shape::Structure(inner)) if inner.rivals().iter().any(|member| member.name == "http2") => {
                choose(inner, value, Some(protocol));
            }
            Some(Shape::Structure(inner)) if name != "portMapping" && inner.member("protocol").is_some() => {
                value["protocol"] = Value::from(protocol);
            }
            _ => {}
        }
    }
}

/// Removes null members, so that a mere lookup sets nothing.
///
/// Builds each object anew, because no other code of the page needs the code for removing from a map.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, mut value) in std::mem::take(members) {
                if !value.is_null() {
                    tidy(&mut value);
                    members.insert(name, value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Parses a typed number. Any other text stays a string as typed, for the error that quotes it.
fn number(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        digits => digits.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    }
}
