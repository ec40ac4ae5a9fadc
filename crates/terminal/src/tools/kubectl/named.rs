//! Selection of objects by words of the command line: `virtualnodes`, `deploy web`, `svc/web`, `a,b`, `all`.

use crate::{command::Output, tools::Call};
use app_mesh_engine::environment::LabelSelector;
use mesh_documents::kubernetes::{RESOURCES, Resource};
use mesh_text::nearest::nearest;
use serde_json::Value;

use super::{
    arguments::Arguments,
    change::selector,
    items::{self, Item},
};

/// The objects that a word names.
pub(super) enum Named {
    /// Every object of a kind.
    All(&'static Resource, Vec<Item>),
    /// One object.
    One(&'static Resource, Box<Item>),
    /// An object that does not exist.
    Missing(&'static Resource, String),
}

/// Returns the server's error for an object that does not exist.
pub(super) fn not_found(resource: &Resource, name: impl AsRef<str>) -> String {
    let group = resource.group();
    let group = if group.is_empty() { String::new() } else { [".", group].concat() };
    ["Error from server (NotFound): ", resource.plural, &group, " \"", name.as_ref(), "\" not found"].concat()
}

/// Returns the objects that these words name.
///
/// # Errors
/// Returns the output to print if a word is not a kind or is misused.
pub(super) fn select(
    call: &mut Call,
    arguments: &Arguments,
    operands: &[&str],
) -> Result<Vec<Named>, Output> {
    let selector = selector(arguments)?;
    let Some(first) = operands.first() else {
        return Err(Output::failed(
            1,
            "error: You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        ));
    };
    let mut found = Vec::new();
    // List each kind once, whatever the number of names.
    let mut lists: Lists = Vec::new();
    if operands.iter().any(|word| word.contains('/')) {
        for word in operands {
            let Some((kind, name)) = word.split_once('/') else {
                return Err(Output::failed(
                    1,
                    "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n",
                ));
            };
            found.push(one(call, arguments, &mut lists, kind_of(kind)?, name)?);
        }
        return Ok(found);
    }
    let names = operands.get(1..).unwrap_or_default();
    for word in first.split(',') {
        let kinds: Vec<_> = match word {
            "all" => RESOURCES.iter().filter(|resource| resource.is_in_all).collect(),
            word => vec![kind_of(word)?],
        };
        for resource in kinds {
            match names {
                [] => {
                    charge(call, resource);
                    found.push(Named::All(resource, listed(call, arguments, resource, selector.as_ref())));
                }
                names => {
                    for name in names {
                        found.push(one(call, arguments, &mut lists, resource, name)?);
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Charges the building of a kind's objects to the budget, where it is more than copying: a CRD has a long schema.
fn charge(call: &mut Call, resource: &Resource) {
    if resource.kind == "CustomResourceDefinition" {
        call.work.done = call.work.done.saturating_add(200);
    }
}

fn listed(
    call: &Call,
    arguments: &Arguments,
    resource: &Resource,
    selector: Option<&LabelSelector>,
) -> Vec<Item> {
    let mut items = items::of_kind(call.context.playground.world(), resource);
    items.retain(|item| {
        let is_here =
            !resource.is_namespaced || arguments.is_everywhere() || &*item.namespace == arguments.namespace();
        is_here && selector.is_none_or(|selector| item.is_selected(selector))
    });
    items
}

/// The objects of the kinds listed so far, each with whether a name selected it.
type Lists = Vec<(&'static Resource, Vec<(Item, bool)>)>;

/// Finds an object by its kind and name. An object that is selected again is charged to the budget by its size, as each
/// selection copies it.
///
/// # Errors
/// Fails without a message when the budget is used up; the shell then reports it.
fn one(
    call: &mut Call,
    arguments: &Arguments,
    lists: &mut Lists,
    resource: &'static Resource,
    name: &str,
) -> Result<Named, Output> {
    if !lists.iter().any(|(known, _)| *known == resource) {
        charge(call, resource);
        let items = items::of_kind(call.context.playground.world(), resource);
        lists.push((resource, items.into_iter().map(|item| (item, false)).collect()));
    }
    let items = lists.iter_mut().filter(|(known, _)| *known == resource).flat_map(|(_, items)| items);
    let mut found = items.filter(|(item, _)| {
        let is_here = !resource.is_namespaced || &*item.namespace == arguments.namespace();
        is_here && &*item.name == name
    });
    let Some((item, is_selected)) = found.next() else {
        return Ok(Named::Missing(resource, name.to_owned()));
    };
    if std::mem::replace(is_selected, true) && !call.work.affords(weight(&item.value).saturating_mul(4)) {
        return Err(Output::default());
    }
    Ok(Named::One(resource, Box::new(item.clone())))
}

/// Returns the size of a value: its number of values and keys, and one for every 16 bytes of its strings.
fn weight(value: &Value) -> usize {
    let own = match value {
        Value::String(text) => text.len() / 16,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(key, value)| 1 + key.len() / 16 + weight(value)).sum(),
        _ => 0,
    };
    own + 1
}

/// Returns the kind that a word names.
///
/// # Errors
/// Returns kubectl's error for an unknown kind, with the nearest known word.
pub(super) fn kind_of(word: &str) -> Result<&'static Resource, Output> {
    Resource::of_word(word).ok_or_else(|| {
        let text = ["error: the server doesn't have a resource type \"", word, "\"\n"].concat();
        let known: Vec<_> = RESOURCES.iter().map(|resource| resource.plural).collect();
        let near = if word.len() > 3 && word.len() < 40 { nearest(word, &known) } else { None };
        let near = near.map(|near| ["did you mean `", near, "`?\n"].concat()).unwrap_or_default();
        Output::failed(1, text + &near)
    })
}
