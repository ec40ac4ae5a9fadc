//! `kubectl delete`, with files or with names.

use crate::{command::Output, tools::Call};
use app_mesh_engine::environment::{ObjectKey, ObjectState};
use mesh_documents::echo::quote;
use mesh_documents::kubernetes::{self, Resource};

use super::{
    arguments::Arguments,
    change::{begin, commit, fail, manifests, plural},
    items::Item,
    named::{Named, not_found, select},
};

/// Runs `delete`, with files or with names.
pub(super) fn delete(call: &mut Call, arguments: &Arguments) -> Output {
    let mut output = Output::default();
    let mut keys: Vec<(String, ObjectKey, Option<Item>)> = Vec::new();
    if arguments.files.is_empty() {
        let is_selected = arguments.has("all") || arguments.selector.is_some();
        let operands = arguments.operands.get(1..).unwrap_or_default();
        let named = match select(call, arguments, operands) {
            Ok(named) => named,
            Err(output) => return output,
        };
        if !is_selected && named.iter().any(|found| matches!(found, Named::All(..))) {
            return Output::failed(1, "error: resource(s) were provided, but no name was specified\n");
        }
        for found in named {
            match found {
                Named::All(_, items) => {
                    keys.extend(items.into_iter().map(|item| (String::new(), item.key(), Some(item))))
                }
                Named::One(_, item) => keys.push((String::new(), item.key(), Some(*item))),
                Named::Missing(resource, name) => {
                    if !arguments.has("ignore-not-found") {
                        fail(&mut output, &not_found(resource, name));
                    }
                }
            }
        }
        if keys.is_empty() && output.exit_code == 0 {
            return Output::printed("No resources found\n");
        }
    } else {
        match manifests(call, arguments, &mut output) {
            Err(output) => return output,
            Ok(found) => keys.extend(found.into_iter().map(|(file, manifest)| {
                let title = kubernetes::qualified(&manifest.kind, &manifest.api_version);
                ([&*file, "\0", &title, "\0", &plural(&manifest)].concat(), manifest.key(), None)
            })),
        }
    }
    call.work.counts(keys.len() * 120);
    let mut change = begin(call);
    let mut gone = Vec::new();
    let mut lines = Vec::new();
    for (origin, key, item) in keys {
        let (title, plural, file) = match (&item, origin.split('\0').collect::<Vec<_>>().as_slice()) {
            (None, [file, title, plural]) => ((*title).to_owned(), (*plural).to_owned(), (*file).to_owned()),
            (Some(item), _) => {
                (kubernetes::qualified(&item.kind, &item.api_version), String::new(), String::new())
            }
            _ => continue,
        };
        let is_base = &*key.kind == "Namespace" && kubernetes::BUILT_IN.contains(&&*key.name);
        if is_base || item.as_ref().is_some_and(Item::is_built_in) {
            let plural = Resource::of_kind(&key.kind).map_or("objects", |resource| resource.plural);
            let why =
                if is_base { "this namespace may not be deleted" } else { "the cluster itself keeps it" };
            let name = &key.name;
            fail(
                &mut output,
                &format!("Error from server (Forbidden): {plural} \"{name}\" is forbidden: {why}"),
            );
            continue;
        }
        let done = match item.filter(|item| item.kept.is_none() && &*item.kind != "Namespace") {
            Some(item) => change.delete_resource(&item.key()),
            None if change.delete(&key) => Ok(true),
            None => change.delete_resource(&key),
        };
        match done {
            Ok(true) => {
                output.stdout.push_str(&[&*title, " \"", &key.name, "\" deleted\n"].concat());
                let namespace = if key.namespace.is_empty() {
                    String::new()
                } else {
                    [" -n ", &*quote(&key.namespace)].concat()
                };
                lines.push(["kubectl delete ", &*title, " ", &quote(&key.name), &namespace].concat());
                gone.push(key);
            }
            Ok(false) if arguments.has("ignore-not-found") => {}
            Ok(false) => {
                let name = &key.name;
                let text = match file.is_empty() {
                    true => format!("Error from server (NotFound): {title} \"{name}\" not found"),
                    false => format!(
                        "Error from server (NotFound): error when deleting \"{file}\": {plural} \"{name}\" not found"
                    ),
                };
                fail(&mut output, &text);
            }
            Err(why) => fail(&mut output, &["Error from server: ", &why].concat()),
        }
    }
    let mut committed = Output::default();
    commit(call, change, lines.join("; "), &mut committed);
    if committed.exit_code != 0 {
        return committed;
    }
    // kubectl waits for the finalizers, which would never finish here.
    let cluster = &call.context.playground.world().environment.cluster;
    for key in gone.iter().filter(|_| !arguments.has("now")) {
        if let Some(object) =
            cluster.objects.get(key).filter(|object| object.state == ObjectState::Terminating)
        {
            let kind = key.kind.to_ascii_lowercase();
            let plural = Resource::of_kind(&key.kind).map_or(&*kind, |resource| resource.plural);
            output.stderr.push_str(
                &["Warning: ", &*kind, "/", &key.name, " is Terminating: ", &object.reason, "\n"].concat(),
            );
            let text = ["error: timed out waiting for the condition on ", plural, "/", &key.name];
            fail(&mut output, &text.concat());
        }
    }
    output
}
