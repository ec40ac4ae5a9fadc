//! A form for whatever is declared: what can be set, what is set, and what a change to it makes of it.
//!
//! Made from the declarations of `model`, so every member of every structure has its place, its words and its bounds
//! without being listed here. Shaped by hand is only what people would stumble over: members that exclude each other
//! are one choice, a listener's limits and timeouts follow its protocol, small structures are one row, and weighted
//! targets say their share. Start at [`form`], then [`change`].

mod change;
#[cfg(test)]
mod tests;
mod words;

pub use change::{Change, blank, change, start};
pub use words::{label, sentence};

use serde_json::Value;

use crate::{
    control_plane::Mesh,
    model::{Kind, Member, Name, Shape, Structure, join},
    terminal,
    words::{say, t},
};

/// One place of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Where it is, as the path of a [`Problem`](crate::model::Problem): `spec.listeners[0].portMapping.port`.
    pub path: String,
    /// What it is called.
    pub label: String,
    /// What it is for and what may be put there; may be empty.
    pub hint: String,
    /// How it is set.
    pub control: Control,
}

/// How something is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// By typing a text or a number.
    Text {
        /// What is there now, as it would be typed.
        value: String,
        /// What could be meant: the names of what the mesh has, where a name is asked for.
        names: Vec<Name>,
    },
    /// By choosing one of several words or members, or none.
    Choice {
        /// The words, as the API has them.
        words: Vec<&'static str>,
        /// Whether they are names of members rather than values.
        are_members: bool,
        /// Which is chosen.
        chosen: Option<usize>,
        /// Whether there may be none.
        may_be_none: bool,
        /// What the chosen member has in it.
        items: Vec<Item>,
    },
    /// By switching it on or off as a whole.
    Switch {
        /// Whether it is on.
        is_on: bool,
        /// What is in it.
        items: Vec<Item>,
    },
    /// By what is in it.
    Group {
        /// What is in it.
        items: Vec<Item>,
        /// Whether it is small enough to stand in one line.
        is_row: bool,
    },
    /// By adding and removing.
    List {
        /// What each of its items has in it.
        items: Vec<Item>,
        /// Whether it may have no more.
        is_full: bool,
    },
}

impl Item {
    /// The paths of this place and of every place in it.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths = vec![&*self.path];
        paths.extend(self.items().iter().flat_map(Self::paths));
        paths
    }

    /// The places in it.
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

/// The form for a value, set so far or not: the members of a structure, the items of a list.
///
/// `mesh` is where names come from that can be meant.
pub fn form(shape: &'static Shape, value: &Value, path: &str, mesh: Option<&Mesh>) -> Vec<Item> {
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

/// What stands around a member: a listener's protocol decides what else it may have.
type Protocol<'a> = Option<&'a str>;

impl Form<'_> {
    fn members(
        &self,
        structure: &'static Structure,
        value: &Value,
        path: &str,
        protocol: Protocol,
    ) -> Vec<Item> {
        let rivals = structure.rivals();
        let protocol = value.get("portMapping").map_or(protocol, |port| port.get("protocol")?.as_str());
        let mut items = Vec::new();
        for member in structure.members {
            match rivals.iter().position(|rival| rival.name == member.name) {
                // Where the first of them would stand, the choice among them does.
                Some(0) => items.push(self.rivals(structure, value, path, protocol)),
                Some(_) => {}
                None => items.push(self.member(member, &value[member.name], path, protocol)),
            }
        }
        let rank = |item: &Item| {
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

    /// The choice among members that exclude each other, inside the structure that has them.
    fn rivals(&self, structure: &'static Structure, value: &Value, path: &str, protocol: Protocol) -> Item {
        let control = self.choice(structure, value, path, structure.name.ends_with("RouteSpec"), protocol);
        let label = match structure.rivals().first() {
            Some(first) if first.name.ends_with("Route") => t("Route type"),
            Some(first) if first.name == "path" => t("Path"),
            _ => t("Kind"),
        };
        Item { path: format!("{path}?"), label: label.to_owned(), hint: String::new(), control }
    }

    /// A structure by which of its rivals is set.
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
        // A listener's timeouts and limits are those of its protocol, unless they are set for another already.
        let is_by_protocol = |member: &&Member| protocol.is_none_or(|protocol| member.name == protocol);
        if rivals.iter().any(|member| member.name == "http2") && rivals.iter().any(is_by_protocol) {
            rivals.retain(|member| is_by_protocol(member) || is_set(member));
        }
        let chosen = rivals.iter().position(is_set);
        let items = chosen.map_or_else(Vec::new, |chosen| {
            let member = rivals[chosen];
            let item = self.item(member, &value[member.name], path, protocol, true);
            // What the choice says already is not said again around what is in it.
            match item.control {
                Control::Group { items, is_row: false } | Control::Switch { items, .. } => items,
                _ => vec![item],
            }
        });
        let words = rivals.iter().map(|member| member.name).collect();
        Control::Choice { words, are_members: true, chosen, may_be_none: !is_required, items }
    }

    fn member(&self, member: &'static Member, value: &Value, path: &str, protocol: Protocol) -> Item {
        self.item(member, value, path, protocol, member.required)
    }

    fn item(
        &self,
        member: &'static Member,
        value: &Value,
        path: &str,
        protocol: Protocol,
        is_required: bool,
    ) -> Item {
        let path = join(path, member.name);
        let control = self.control(member.shape, value, &path, member.name, is_required, protocol);
        Item { label: label(member.name), hint: words::hint(member), path, control }
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

    fn list(&self, of: &'static Shape, value: &Value, path: &str) -> Vec<Item> {
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
            Item { label: [&*one, " ", &*(i + 1).to_string()].concat(), hint, path, control }
        });
        items.collect()
    }

    /// The names a member of this name can hold.
    fn names(&self, member: &str) -> Vec<Name> {
        let is_of =
            |kind: &Kind| [kind.declaration().member, kind.declaration().name_member].contains(&member);
        let kind = Kind::ALL.into_iter().find(is_of);
        let Some((mesh, kind)) = self.mesh.zip(kind) else { return Vec::new() };
        mesh.of_kind(kind).map(|resource| resource.id.key.name.clone()).collect()
    }
}

/// What people look for first: the name of a thing, then what it is, then the rest of it as declared.
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

/// Whether a few simple controls fit into one line.
fn is_row(items: &[Item]) -> bool {
    items.len() <= 4 && items.iter().all(Item::is_simple)
}

/// A text or number as it would be typed.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_str().to_owned(),
        other => terminal::compact(other),
    }
}
