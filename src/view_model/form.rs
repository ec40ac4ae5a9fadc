//! Forms for all declared structures: the members that can be set, their current values, and the effect of a change.
//!
//! A form is generated from the declarations of `model`, so every member of every structure has a field, a label and
//! its bounds without being listed here. Only cases that would confuse users are shaped by hand: members that exclude
//! each other are one choice, a listener's limits and timeouts follow its protocol, small structures are one row, and
//! weighted targets show their share. Start at [`form`], then [`change`].

mod change;
#[cfg(test)]
mod tests;
mod words;

pub use change::{Change, blank, change, initial_spec};
pub use words::{label, sentence};

use serde_json::Value;

use mesh_text::words::{say, t};

use crate::{
    control_plane::Mesh,
    model::{Kind, Member, Name, Shape, Structure, join},
};

/// Field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Path of the field, as in a [`Problem`](crate::model::Problem): `spec.listeners[0].portMapping.port`.
    pub path: String,
    /// Label shown to the user.
    pub label: String,
    /// Purpose of the field and the values it accepts; may be empty.
    pub hint: String,
    /// Control that sets the field.
    pub control: Control,
}

/// Control of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Input of a string or a number.
    Text {
        /// Current value, as it would be typed.
        value: String,
        /// Suggestions: the names of the mesh's resources, if the field takes a name.
        names: Vec<Name>,
    },
    /// Choice of one of several words or members, or of none.
    Choice {
        /// Options, as spelled in the API.
        words: Vec<&'static str>,
        /// Whether the options are names of members rather than values.
        are_members: bool,
        /// Index of the chosen option.
        chosen: Option<usize>,
        /// Whether the choice may be empty.
        may_be_none: bool,
        /// Fields of the chosen member.
        items: Vec<FormField>,
    },
    /// Switch of an optional structure as a whole.
    Switch {
        /// Whether the switch is on.
        is_on: bool,
        /// Fields of the structure.
        items: Vec<FormField>,
    },
    /// Required structure, set by its fields.
    Group {
        /// Fields of the structure.
        items: Vec<FormField>,
        /// Whether the structure is small enough for one row.
        is_row: bool,
    },
    /// List, set by adding and removing items.
    List {
        /// One field for each item.
        items: Vec<FormField>,
        /// Whether the list has the maximum number of items.
        is_full: bool,
    },
}

impl FormField {
    /// Returns the paths of this field and of every field in it.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths = vec![&*self.path];
        paths.extend(self.items().iter().flat_map(Self::paths));
        paths
    }

    /// Returns the fields directly in this one.
    pub fn items(&self) -> &[Self] {
        match &self.control {
            Control::Text { .. } => &[],
            Control::Choice { items, .. }
            | Control::Switch { items, .. }
            | Control::Group { items, .. }
            | Control::List { items, .. } => items,
        }
    }

    const fn is_simple(&self) -> bool {
        match &self.control {
            Control::Text { .. } => true,
            Control::Choice { items, .. } => items.is_empty(),
            _ => false,
        }
    }
}

/// Returns the form for a value, which may be null: the members of a structure, or the items of a list.
///
/// `mesh` provides the names that are suggested.
pub fn form(shape: &'static Shape, value: &Value, path: &str, mesh: Option<&Mesh>) -> Vec<FormField> {
    let form = Form { mesh };
    match *shape {
        Shape::Structure(structure) => form.members(structure, value, path, None),
        Shape::List { of, .. } => form.list(of, value, path),
        _ => Vec::new(),
    }
}

struct Form<'m> {
    mesh: Option<&'m Mesh>,
}

/// Protocol of the enclosing listener, if any: it decides which other members the listener may have.
type Protocol<'a> = Option<&'a str>;

impl Form<'_> {
    fn members(
        &self,
        structure: &'static Structure,
        value: &Value,
        path: &str,
        protocol: Protocol,
    ) -> Vec<FormField> {
        let rivals = structure.rivals();
        let protocol = value.get("portMapping").map_or(protocol, |port| port.get("protocol")?.as_str());
        let mut items = Vec::new();
        for member in structure.members {
            match rivals.iter().position(|rival| rival.name == member.name) {
                // The choice among the rivals takes the position of the first one.
                Some(0) => items.push(self.rivals(structure, value, path, protocol)),
                Some(_) => {}
                None => items.push(self.member(member, &value[member.name], path, protocol)),
            }
        }
        let rank = |item: &FormField| {
            let name = item.path.rsplit('.').next().unwrap_or_default();
            let name = if name.ends_with('?') { "?" } else { name };
            FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
        };
        let mut sorted = Vec::with_capacity(items.len());
        for place in 0..=FIRST.len() {
            sorted.extend(items.extract_if(.., |item| rank(item) == place));
        }
        sorted
    }

    /// Returns the choice among a structure's rivals, the members that exclude each other.
    fn rivals(
        &self,
        structure: &'static Structure,
        value: &Value,
        path: &str,
        protocol: Protocol,
    ) -> FormField {
        let control = self.choice(structure, value, path, structure.name.ends_with("RouteSpec"), protocol);
        let label = match structure.rivals().first() {
            Some(first) if first.name.ends_with("Route") => t("Route type"),
            Some(first) if first.name == "path" => t("Path"),
            _ => t("Kind"),
        };
        FormField { path: format!("{path}?"), label: label.to_owned(), hint: String::new(), control }
    }

    /// Returns the control that chooses one of a structure's rivals.
    fn choice(
        &self,
        structure: &'static Structure,
        value: &Value,
        path: &str,
        is_required: bool,
        protocol: Protocol,
    ) -> Control {
        let mut rivals = structure.rivals();
        let is_set = |member: &&Member| !value[member.name].is_null();
        // Offer a listener's timeouts and limits for its protocol only, and for another one if they are already set.
        let is_by_protocol = |member: &&Member| protocol.is_none_or(|protocol| member.name == protocol);
        if rivals.iter().any(|member| member.name == "http2") && rivals.iter().any(is_by_protocol) {
            rivals.retain(|member| is_by_protocol(member) || is_set(member));
        }
        let chosen = rivals.iter().position(is_set);
        let items = chosen.map_or_else(Vec::new, |chosen| {
            let member = rivals[chosen];
            let item = self.item(member, &value[member.name], path, protocol, true);
            // The choice already names the member, so its fields follow without a group around them.
            match item.control {
                Control::Group { items, is_row: false } | Control::Switch { items, .. } => items,
                _ => vec![item],
            }
        });
        let words = rivals.iter().map(|member| member.name).collect();
        Control::Choice { words, are_members: true, chosen, may_be_none: !is_required, items }
    }

    fn member(&self, member: &'static Member, value: &Value, path: &str, protocol: Protocol) -> FormField {
        self.item(member, value, path, protocol, member.required)
    }

    fn item(
        &self,
        member: &'static Member,
        value: &Value,
        path: &str,
        protocol: Protocol,
        is_required: bool,
    ) -> FormField {
        let path = join(path, member.name);
        let control = self.control(member.shape, value, &path, member.name, is_required, protocol);
        FormField { label: label(member.name), hint: words::hint(member), path, control }
    }

    fn control(
        &self,
        shape: &'static Shape,
        value: &Value,
        path: &str,
        name: &str,
        is_required: bool,
        protocol: Protocol,
    ) -> Control {
        let word_choice = |words: Vec<&'static str>, word: Option<&str>| {
            let chosen = words.iter().position(|allowed| Some(*allowed) == word);
            Control::Choice {
                words,
                are_members: false,
                chosen,
                may_be_none: !is_required,
                items: Vec::new(),
            }
        };
        match *shape {
            Shape::Text { .. } | Shape::Integer { .. } | Shape::Any => {
                Control::Text { value: typed(value), names: self.names(name) }
            }
            Shape::Boolean => {
                let word = value.as_bool().map(|is_on| if is_on { "true" } else { "false" });
                word_choice(vec!["true", "false"], word)
            }
            Shape::Choice(words) => word_choice(words.to_vec(), value.as_str()),
            Shape::List { of, max, .. } => {
                let items = self.list(of, value, path);
                Control::List { is_full: items.len() >= max, items }
            }
            Shape::Structure(structure) if structure.rivals().len() == structure.members.len() => {
                self.choice(structure, value, path, is_required, protocol)
            }
            Shape::Structure(structure) => {
                let is_on = is_required || !value.is_null();
                let members = || self.members(structure, value, path, protocol);
                let items = if is_on { members() } else { Vec::new() };
                match is_required {
                    true => Control::Group { is_row: is_row(&items), items },
                    false => Control::Switch { is_on, items },
                }
            }
        }
    }

    fn list(&self, of: &'static Shape, value: &Value, path: &str) -> Vec<FormField> {
        let values = value.as_array().map_or(&[][..], Vec::as_slice);
        let name = path.rsplit('.').next().unwrap_or_default();
        let total: i64 = values.iter().filter_map(|value| value["weight"].as_i64()).sum();
        let items = values.iter().enumerate().map(|(i, value)| {
            let path = format!("{path}[{i}]");
            let control = self.control(of, value, &path, name, true, None);
            let hint = match value["weight"].as_i64() {
                Some(weight) if total > 0 => {
                    say("{0} % of the requests", &[&((weight * 100 + total / 2) / total).to_string()])
                }
                _ => String::new(),
            };
            let one = words::translated(words::singular(&words::english_label(name)).to_owned());
            FormField { label: [&*one, " ", &*(i + 1).to_string()].concat(), hint, path, control }
        });
        items.collect()
    }

    /// Returns the resource names that a member with this name can refer to.
    fn names(&self, member: &str) -> Vec<Name> {
        let is_of =
            |kind: &Kind| [kind.declaration().member, kind.declaration().name_member].contains(&member);
        let kind = Kind::ALL.into_iter().find(is_of);
        let Some((mesh, kind)) = self.mesh.zip(kind) else { return Vec::new() };
        mesh.of_kind(kind).map(|resource| resource.id.key.name.clone()).collect()
    }
}

/// Members that come first in a form, in this order, because users look for them first; `?` is the choice among
/// rivals. The other members follow in the order of their declaration.
const FIRST: &[&str] = &[
    "name",
    "key",
    "value",
    "virtualNode",
    "weight",
    "portMapping",
    "protocol",
    "serviceDiscovery",
    "listeners",
    "?",
    "match",
    "action",
];

/// Returns whether the fields are few and simple enough for one row.
fn is_row(items: &[FormField]) -> bool {
    items.len() <= 4 && items.iter().all(FormField::is_simple)
}

/// Returns a string or number as it would be typed.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        other => mesh_text::json::compact(other),
    }
}
