//! What a change to a form makes of the value behind it.

use serde_json::{Map, Value};

use crate::model::{Kind, Member, Shape, Structure, check, known};

/// What is done to one place of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A text was typed. Where nothing need be, an empty text is nothing.
    Type(String),
    /// A word or a member was chosen, by its name in the API; or none.
    Choose(Option<&'static str>),
    /// It was switched on or off.
    Switch(bool),
    /// An item was added to a list.
    Add,
    /// An item of a list was removed.
    Remove(usize),
}

/// Changes the place at a path. `shape` and `value` are what the path begins in: `listeners[0].portMapping.port` in a
/// spec. A path that leads nowhere changes nothing.
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
    // A health check begins with the protocol of its listener.
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
                // Of a list that may not be empty, the last item takes the list with it.
                if items.is_empty() && *min > 0 {
                    *place = Value::Null;
                }
            }
        }
        (Change::Add | Change::Remove(_), _) => {}
    }
    tidy(value);
}

/// The spec a new resource begins with: what it needs, and what nearly all of its kind have.
pub fn start(kind: Kind) -> Value {
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

/// What a place is to begin with: what must be there, with the smallest thing that may be there.
pub fn blank(shape: &'static Shape) -> Value {
    match *shape {
        Shape::Text { .. } => Value::String(String::new()),
        // A bound that means something is a good beginning; a port or a limit of 1 is not.
        Shape::Integer { min: 0, max: 100 } => Value::from(100),
        Shape::Integer { min, .. } if min > 1 => Value::from(min),
        Shape::Integer { .. } | Shape::Any => Value::Null,
        Shape::Boolean => Value::Bool(false),
        Shape::Choice(words) => Value::from(words.first().copied().unwrap_or_default()),
        Shape::List { of, min, .. } => (0..min).map(|_| blank(of)).collect(),
        Shape::Structure(structure) => {
            let only = structure.one_of && structure.members.len() == 1;
            // The model needs neither member of a duration; a duration without a unit is none.
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

/// The place at a path, and its shape; what is on the way is made.
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

/// Whether the member at a path may be absent.
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

/// Sets one of the members that exclude each other, with as much of what another held as fits.
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
        // What is null is removed in the end.
        if let Some(found) = object.get_mut(rival.name).filter(|found| !found.is_null()) {
            held = found.take();
        }
    }
    if let Some(member) = structure.members.iter().find(|member| Some(member.name) == word) {
        object.insert(member.name.to_owned(), carried(member, held));
    }
}

/// What a member begins with when another was there before: what fits of it, and what else it needs.
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

/// Lets a listener's limits, timeouts and health check speak what the listener now speaks.
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

/// Removes what is null, so that nothing is set by having been looked at.
///
/// By making each object anew: removing from a map is code that nothing else on the page needs.
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

/// What was typed, as a number where it is one: what is none stays as it was typed, for the error that names it.
fn number(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        digits => digits.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    }
}
