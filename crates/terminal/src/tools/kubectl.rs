//! `kubectl` on a cluster with the App Mesh controller, and `exec`, which runs commands beside an application.
//!
//! `mesh_documents::kubernetes` implements the objects, the webhooks and the controller; this module implements the
//! verbs and their output. Start at [`run`].

mod arguments;
mod change;
mod config;
mod create;
mod delete;
mod describe;
mod exec;
mod items;
mod jsonpath;
mod logs;
mod named;
mod print;
#[cfg(test)]
mod tests;

use mesh_text::sorting;

use mesh_text::nearest::nearest;

use crate::command::Output;
use app_mesh_engine::{control_plane::Timestamp, environment::Family};
use mesh_documents::kubernetes::{RESOURCES, Resource};

use super::Call;
use arguments::Arguments;
pub(super) use change::settle;
pub(super) use exec::exec;
use named::{Named, not_found, select};
use print::Form;

const USAGE: &str = "usage: kubectl apply|create|replace|delete -f FILE [-n NAMESPACE]\n       \
    kubectl get|describe|delete KIND [NAME] [-n NAMESPACE | -A] [-l LABELS] [-o yaml|json|wide|name|jsonpath=…]\n       \
    kubectl label|annotate|scale|patch|rollout|wait KIND/NAME …\n       \
    kubectl logs POD [-c CONTAINER]\n       \
    kubectl exec POD -- COMMAND …\n";

/// Verbs of kubectl, each with the alternative to suggest; the alternative is empty if the verb is simulated.
const VERBS: &[(&str, &str)] = &[
    ("annotate", ""),
    ("api-resources", ""),
    ("api-versions", ""),
    ("apply", ""),
    ("attach", "run commands in it: kubectl exec POD -- COMMAND"),
    ("auth", "nothing here has users: every verb is allowed"),
    ("autoscale", "set the number of pods: kubectl scale deploy/NAME --replicas N"),
    ("certificate", "the mesh has its own certificates: help tls"),
    ("cluster-info", ""),
    ("completion", "press Tab: words complete"),
    ("config", ""),
    ("cordon", "the cluster has no nodes of its own"),
    ("cp", "the files of a pod are those of this terminal"),
    ("create", ""),
    ("debug", "run commands beside the application: kubectl exec POD -- curl localhost:9901/clusters"),
    ("delete", ""),
    ("describe", ""),
    ("diff", "apply with --dry-run=server says what would change"),
    ("drain", "the cluster has no nodes of its own"),
    ("edit", "change the file and apply it, or: kubectl patch KIND/NAME -p '{\"spec\": …}'"),
    ("events", ""),
    ("exec", ""),
    ("explain", "the guide describes the fields: kubectl get KIND NAME -o yaml shows those in use"),
    ("expose", ""),
    ("get", ""),
    ("kustomize", "write the manifests into one file and apply that"),
    ("label", ""),
    ("logs", ""),
    ("options", ""),
    ("patch", ""),
    ("plugin", "there are no plugins"),
    ("port-forward", "send the request from inside: kubectl exec deploy/NAME -- curl localhost:PORT/PATH"),
    ("proxy", "kubectl get --raw is not simulated either; kubectl get -o json tells the same"),
    ("replace", ""),
    ("rollout", ""),
    ("run", ""),
    ("scale", ""),
    ("set", ""),
    ("taint", "the cluster has no nodes of its own"),
    ("top", "nothing uses time or memory here"),
    ("uncordon", "the cluster has no nodes of its own"),
    ("version", ""),
    ("wait", ""),
];

/// Runs `kubectl`.
pub(super) fn run(call: &mut Call) -> Output {
    // Every command iterates over all resources and objects.
    let world = call.context.playground.world();
    let count: usize = world.control_plane.meshes().map(|(_, mesh)| mesh.resources().count()).sum();
    call.work.counts((count + world.environment.cluster.objects.len()) * 24);
    if arguments::operands(call.words).next().is_some_and(|(_, verb)| verb == "exec") {
        return exec::exec(call);
    }
    let words = call.words;
    let arguments = match Arguments::read(words) {
        Ok(arguments) => Arguments { usual: config::namespace(call), ..arguments },
        Err(text) => return Output::failed(1, text),
    };
    let Some(verb) = arguments.operands.first().copied() else { return Output::failed(1, USAGE) };
    let Some((_, instead)) = VERBS.iter().find(|(known, _)| *known == verb) else {
        let known: Vec<_> = VERBS.iter().map(|(verb, _)| *verb).collect();
        let near = if verb.len() < 40 { nearest(verb, &known) } else { None };
        let near = near.map(|near| ["\n\nDid you mean this?\n\t", near].concat()).unwrap_or_default();
        return Output::failed(
            1,
            ["error: unknown command \"", verb, "\" for \"kubectl\"", &near, "\n"].concat(),
        );
    };
    if !instead.is_empty() {
        return Output::failed(1, ["error: kubectl ", verb, " is not simulated: ", instead, "\n"].concat());
    }
    if arguments.value("kustomize").is_some() {
        let text = "error: kubectl -k is not simulated: there is no kustomize here; write the manifests into one file and use -f\n";
        return Output::failed(1, text);
    }
    if arguments.has("help") {
        return Output::printed(USAGE);
    }
    // An `aws` command or a click may have created something that objects wait for.
    settle(call);
    dispatch(call, &arguments, verb)
}

fn dispatch(call: &mut Call, arguments: &Arguments, verb: &str) -> Output {
    let operands = arguments.operands.get(1..).unwrap_or_default();
    match (verb, operands) {
        ("apply" | "create" | "replace", _) if !arguments.files.is_empty() => {
            change::with_files(call, arguments, verb)
        }
        ("create", [_, ..]) => create::made(call, arguments),
        ("run", [_, ..]) => exec::in_new_pod(call, arguments),
        ("apply" | "create" | "replace", _) => Output::failed(1, "error: must specify one of -f and -k\n"),
        ("delete", _) => delete::delete(call, arguments),
        ("label" | "annotate", _) => change::label(call, arguments),
        ("scale" | "patch", [_, ..]) => change::adjust(call, arguments, verb),
        ("set", ["image", ..]) => change::adjust(call, arguments, verb),
        ("expose", [_, ..]) => create::expose(call, arguments),
        ("rollout", [which, ..]) => rollout(call, arguments, which),
        ("get", _) => get(call, arguments, operands),
        ("events", _) => get(call, arguments, &["events"]),
        ("describe", _) => described(call, arguments, operands),
        ("wait", _) => wait(call, arguments, operands),
        ("logs", _) => logs::run(call, arguments),
        ("api-resources", _) => api_resources(arguments),
        ("api-versions", _) => {
            let mut versions: Vec<_> = RESOURCES.iter().map(|resource| resource.version).collect();
            sorting::sort(&mut versions);
            versions.dedup();
            Output::printed(versions.into_iter().flat_map(|version| [version, "\n"]).collect::<String>())
        }
        ("version", _) => {
            let client = "Client Version: v1.31.0\nKustomize Version: v5.4.2\n";
            let server =
                if arguments.has("client") { "" } else { "Server Version: v1.31.0-eks-playground\n" };
            Output::printed([client, server].concat())
        }
        ("cluster-info", _) => {
            Output::printed("Kubernetes control plane is running at https://playground.invalid\n")
        }
        ("config", _) => config::run(call, arguments, operands),
        _ => Output::failed(1, USAGE),
    }
}

/// Returns the current time, in milliseconds.
fn now(call: &mut Call) -> i64 {
    let Timestamp(now) = call.context.playground.next_env().now;
    now
}

fn get(call: &mut Call, arguments: &Arguments, operands: &[&str]) -> Output {
    let found = match select(call, arguments, operands) {
        Ok(found) => found,
        Err(output) => return output,
    };
    let now = now(call);
    let mut errors = String::new();
    let mut groups: Vec<(&Resource, Vec<items::Item>)> = Vec::new();
    let is_one = matches!(&*found, [Named::One(..)]);
    let is_namespaced = found.iter().any(|found| match found {
        Named::All(resource, _) | Named::One(resource, _) | Named::Missing(resource, _) => {
            resource.is_namespaced
        }
    });
    for found in found {
        match found {
            Named::Missing(resource, name) => {
                if !arguments.has("ignore-not-found") {
                    errors.push_str(&[&*not_found(resource, name), "\n"].concat());
                }
            }
            Named::All(resource, items) => groups.push((resource, items)),
            Named::One(resource, item) => match groups.iter_mut().find(|(known, _)| *known == resource) {
                Some((_, items)) => items.push(*item),
                None => groups.push((resource, vec![*item])),
            },
        }
    }
    if let Some(path) = arguments.value("sort-by") {
        for (_, items) in &mut groups {
            sorting::sort_by_cached_key(items, |item| jsonpath::cell(path, &item.value).unwrap_or_default());
        }
    }
    let is_empty = groups.iter().all(|(_, items)| items.is_empty());
    let is_table = matches!(arguments.form, "" | "wide");
    if is_empty && (is_table || !errors.is_empty()) {
        if errors.is_empty() && !arguments.has("ignore-not-found") {
            errors = match is_namespaced && !arguments.is_everywhere() {
                true => ["No resources found in ", arguments.namespace(), " namespace.\n"].concat(),
                false => "No resources found\n".to_owned(),
            };
            return Output { stderr: errors, ..Output::default() };
        }
        let exit_code = u8::from(!errors.is_empty());
        return Output { stderr: errors, exit_code, ..Output::default() };
    }
    let form = Form {
        form: arguments.form,
        has_namespaces: arguments.is_everywhere(),
        has_labels: arguments.has("show-labels"),
        is_bare: arguments.has("no-headers"),
        is_one,
        now,
    };
    let mut output = print::print(call.context.playground.world(), &groups, &form);
    if is_table {
        for item in groups.iter().flat_map(|(_, items)| items).filter(|item| !item.reason.is_empty()) {
            let waits = if item.is_terminating { " is Terminating: " } else { " waits: " };
            let kind = item.kind.to_ascii_lowercase();
            output
                .stderr
                .push_str(&["Warning: ", &*kind, "/", &item.name, waits, &item.reason, "\n"].concat());
        }
    }
    if !errors.is_empty() {
        output.stderr.push_str(&errors);
        output.exit_code = 1;
    }
    call.work.counts(output.stdout.len() / 4);
    output
}

fn described(call: &mut Call, arguments: &Arguments, operands: &[&str]) -> Output {
    let found = match select(call, arguments, operands) {
        Ok(found) => found,
        Err(output) => return output,
    };
    let now = now(call);
    let world = call.context.playground.world();
    let mut output = Output::default();
    let mut texts = Vec::new();
    for found in found {
        match found {
            Named::Missing(resource, name) => change::fail(&mut output, &not_found(resource, name)),
            Named::All(_, items) => {
                texts.extend(items.iter().map(|item| describe::describe(world, item, now)))
            }
            Named::One(_, item) => texts.push(describe::describe(world, &item, now)),
        }
    }
    if texts.is_empty() && output.exit_code == 0 {
        let text = ["No resources found in ", arguments.namespace(), " namespace.\n"].concat();
        return Output { stderr: text, ..Output::default() };
    }
    output.stdout = texts.join("\n\n");
    output
}

fn rollout(call: &mut Call, arguments: &Arguments, which: &str) -> Output {
    let operands = arguments.operands.get(2..).unwrap_or_default();
    match which {
        "restart" => change::adjust(call, arguments, "restart"),
        "status" => {
            let found = match select(call, arguments, operands) {
                Ok(found) => found,
                Err(output) => return output,
            };
            let mut output = Output::default();
            for found in found {
                let items = match found {
                    Named::Missing(resource, name) => {
                        change::fail(&mut output, &not_found(resource, name));
                        continue;
                    }
                    Named::All(_, items) => items,
                    Named::One(_, item) => vec![*item],
                };
                for item in items {
                    let kind = item.kind.to_ascii_lowercase();
                    if item.reason.is_empty() {
                        let text = [&*kind, " \"", &item.name, "\" successfully rolled out\n"];
                        output.stdout.push_str(&text.concat());
                    } else {
                        output.stderr.push_str(&["Warning: ", &*item.reason, "\n"].concat());
                        let text =
                            ["error: ", &*kind, " \"", &item.name, "\" exceeded its progress deadline"];
                        change::fail(&mut output, &text.concat());
                    }
                }
            }
            output
        }
        other => Output::failed(
            1,
            ["error: kubectl rollout ", other, " is not simulated: undo takes back the last line\n"].concat(),
        ),
    }
}

/// Runs `kubectl wait`. Returns at once, because nothing changes while a command waits.
fn wait(call: &mut Call, arguments: &Arguments, operands: &[&str]) -> Output {
    let condition = arguments.value("for").unwrap_or_default();
    let found = match select(call, arguments, operands) {
        Ok(found) => found,
        Err(output) => return output,
    };
    let mut output = Output::default();
    for found in found {
        let (resource, items) = match found {
            Named::Missing(_, _) if condition == "delete" => continue,
            Named::Missing(resource, name) => {
                change::fail(&mut output, &not_found(resource, name));
                continue;
            }
            Named::All(resource, items) => (resource, items),
            Named::One(resource, item) => (resource, vec![*item]),
        };
        if items.is_empty() && condition != "delete" {
            change::fail(&mut output, "error: no matching resources found");
        }
        for item in items {
            let is_met = condition != "delete" && item.reason.is_empty() && !item.is_terminating;
            if is_met {
                output.stdout.push_str(&[&*item.title(), " condition met\n"].concat());
            } else {
                if !item.reason.is_empty() {
                    output.stderr.push_str(&["Warning: ", &*item.reason, "\n"].concat());
                }
                let text =
                    ["error: timed out waiting for the condition on ", resource.plural, "/", &item.name];
                change::fail(&mut output, &text.concat());
            }
        }
    }
    output
}

fn api_resources(arguments: &Arguments) -> Output {
    let mut rows = Vec::new();
    if !arguments.has("no-headers") {
        rows.push(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"].map(str::to_owned).to_vec());
    }
    let mut known: Vec<_> = RESOURCES.iter().collect();
    sorting::sort_by_key(&mut known, |resource| (resource.group(), resource.plural));
    for resource in known {
        rows.push(vec![
            resource.plural.to_owned(),
            resource.short.join(","),
            resource.version.to_owned(),
            resource.is_namespaced.to_string(),
            resource.kind.to_owned(),
        ]);
    }
    Output::printed(print::aligned(&rows))
}

/// Sets the IP family of the cluster and the controller's flag for backend groups; `None` leaves a setting unchanged.
pub(super) fn set_cluster(call: &mut Call, family: Option<Family>, backend_groups: Option<bool>) -> Output {
    let mut change = change::begin(call);
    if let Some(family) = family {
        change.set_family(family);
    }
    if let Some(is_on) = backend_groups {
        change.set_backend_groups(is_on);
    }
    let line = change::typed(call);
    let mut output = Output::default();
    change::commit(call, change, line, &mut output);
    output
}
