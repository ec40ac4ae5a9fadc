//! Commands in a pod: `kubectl exec POD -- COMMAND`, `kubectl run NAME -it -- COMMAND`, and `exec NODE -- COMMAND`.
//!
//! They return the command for the shell to run ([`Inside`]).

use app_mesh_engine::{
    environment::{ClusterObject, ObjectKey, text_map},
    model::{Kind, TextMap},
};
use mesh_documents::kubernetes::{self, Proxies, RESOURCES, Resource, WORKLOADS};
use serde_json::Value;

use crate::{
    command::Output,
    tools::{Call, Inside, Place, url::find},
};

use super::{
    arguments::{Arguments, operands},
    config, create,
    named::{kind_of, not_found},
    print::containers,
};

/// Returns the pod that a word names, with its key; for a Service or a workload, its first pod.
pub(super) fn pod_of<'c>(
    call: &'c Call,
    namespace: &str,
    word: &str,
) -> Option<(&'c ObjectKey, &'c ClusterObject)> {
    let cluster = &call.context.playground.world().environment.cluster;
    let (kind, name) = word.split_once('/').unwrap_or(("pod", word));
    let resource = kind_of(kind).ok()?;
    let key = ObjectKey::new(resource.kind, namespace, name);
    let (key, object) = cluster.objects.iter().find(|(known, _)| **known == key)?;
    match resource.kind {
        "Pod" => Some((key, &**object)),
        "Service" => {
            let selector = text_map(object.spec("selector"));
            let mut pods = cluster.of_kind("Pod").filter(|(pod, object)| {
                let labels = object.labels();
                pod.namespace == key.namespace
                    && !selector.is_empty()
                    && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            });
            pods.next().map(|(key, object)| (key, &**object))
        }
        kind if WORKLOADS.contains(&kind) => {
            kubernetes::pods_of(cluster, key).next().map(|(key, object)| (key, &**object))
        }
        _ => None,
    }
}

/// Runs `exec NODE -- COMMAND …`, also in the form `kubectl exec deploy/NAME -c app -- COMMAND …`.
pub(in crate::tools) fn exec(call: &mut Call) -> Output {
    let is_kubectl = call.name == "kubectl";
    if call.node.is_some() || call.pod.is_some() {
        return Output::failed(1, "error: one exec is not run inside another\n");
    }
    let words = call.words;
    let mut found = operands(words).skip(usize::from(is_kubectl));
    let (target, second) = (found.next().map(|(_, word)| word), found.next());
    let end = operands_end(words);
    // The command may also follow the pod without `--`.
    let (flags, command) = match second {
        Some((at, _)) => (words.get(..at), words.get(at..)),
        None => (words.get(..end), words.get(end + 1..)),
    };
    let command = command.unwrap_or_default();
    let arguments = match Arguments::read(flags.unwrap_or_default()) {
        Ok(arguments) => Arguments { usual: config::namespace(call), ..arguments },
        Err(text) => return Output::failed(1, text),
    };
    if !is_kubectl && (target.is_none() || command.is_empty()) {
        return Output::failed(1, "usage: exec NODE -- COMMAND …\n");
    }
    let Some(target) = target else {
        return Output::failed(1, "error: pod, type/name or --filename must be specified\n");
    };
    if command.is_empty() {
        return Output::failed(1, "error: you must specify at least one command for the container\n");
    }
    if target.is_empty() {
        return Output::failed(1, "error: resource name may not be empty\n");
    }
    if command.first().is_some_and(|word| matches!(word.as_str(), "exec" | "kubectl")) {
        return Output::failed(1, "error: one exec is not run inside another\n");
    }
    if is_interactive(call, command, arguments.has("tty")) {
        let text = format!(
            "error: an interactive shell cannot be opened here: type its commands one by one: kubectl exec {target} -- COMMAND …\n"
        );
        return Output::failed(1, text);
    }
    let namespace = arguments.namespace();
    if is_kubectl && let Some((key, pod)) = pod_of(call, namespace, target) {
        let cluster = &call.context.playground.world().environment.cluster;
        let proxies = Proxies::of(cluster);
        let names = containers(&proxies, &key.namespace, pod);
        if let Some(wanted) = arguments.container
            && wanted != "app"
            && !names.iter().any(|known| known == wanted)
        {
            let text = ["error: container ", wanted, " not found in pod ", &key.name, "\n"];
            return Output::failed(1, text.concat());
        }
        call.inside = Some(inside(&proxies, key, pod, arguments.container, command));
        return Output::default();
    }
    let (kind, name) = target.split_once('/').unwrap_or(("pods", target));
    let Some((_, _, key)) = find(call.context.playground, &[Kind::VirtualNode], name) else {
        if is_kubectl {
            return match Resource::of_word(kind).or_else(|| RESOURCES.first()) {
                Some(resource) => Output::failed(1, not_found(resource, name) + "\n"),
                None => Output::failed(1, ""),
            };
        }
        return Output::failed(
            1,
            ["error: there is no virtual node `", name, "` to run it beside\n"].concat(),
        );
    };
    let place = Place { node: Some(key.name.to_string()), pod: None };
    call.inside = Some(Inside { place, words: command.to_vec(), ..Inside::default() });
    Output::default()
}

/// Returns the position of `--`, or else the number of words.
fn operands_end(words: &[String]) -> usize {
    words.iter().position(|word| word == "--").unwrap_or(words.len())
}

/// Returns whether a command is a shell that would read from a terminal.
fn is_interactive(call: &Call, command: &[String], has_terminal: bool) -> bool {
    let [name, options @ ..] = command else { return false };
    let name = name.rsplit('/').next().unwrap_or_default();
    let is_shell = matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh");
    let has_line = options.iter().any(|word| !word.starts_with('-') || word.contains('c'));
    is_shell && !has_line && (has_terminal || call.context.stdin.is_empty())
}

/// Returns a command in a pod, with the variables of its container.
fn inside(
    proxies: &Proxies,
    key: &ObjectKey,
    pod: &ClusterObject,
    container: Option<&str>,
    command: &[String],
) -> Inside {
    let mut variables = TextMap::new();
    let mut add = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
    add("HOME", "/root");
    add("HOSTNAME", &key.name);
    add("KUBERNETES_SERVICE_HOST", "10.100.0.1");
    add("KUBERNETES_SERVICE_PORT", "443");
    add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    let all = pod.spec("containers").as_array().map(Vec::as_slice).unwrap_or_default();
    let named = all.iter().find(|own| container.is_some() && own["name"].as_str() == container);
    let own = named.or_else(|| all.first()).map_or(&Value::Null, |own| &own["env"]);
    for variable in own.as_array().into_iter().flatten() {
        let Some(name) = variable["name"].as_str() else { continue };
        let field = &variable["valueFrom"]["fieldRef"]["fieldPath"];
        match (&variable["value"], field.as_str()) {
            (Value::String(text), _) => add(name, text),
            (_, Some("metadata.name")) => add(name, &key.name),
            (_, Some("metadata.namespace")) => add(name, &key.namespace),
            (_, Some("status.podIP")) => add(name, pod.added("podIP").unwrap_or_default()),
            _ => {}
        }
    }
    let node = proxies.find(&key.namespace, pod).map(|(_, name)| name);
    let place = Place { node, pod: Some(key.clone()) };
    Inside { place, variables: Some(variables), words: command.to_vec(), after: Vec::new() }
}

/// Runs `run NAME --image IMAGE`; with `-i`, `-t` or `--attach`, also the command in the new pod.
pub(super) fn in_new_pod(call: &mut Call, arguments: &Arguments) -> Output {
    if call.pod.is_some() {
        return Output::failed(1, "error: a pod is not run from inside another\n");
    }
    let (name, given) = match arguments.operands.get(1..) {
        Some([name, given @ ..]) => (*name, given),
        _ => return Output::failed(1, "error: NAME is required for run\n"),
    };
    let is_dry = arguments.value("dry-run").is_some_and(|mode| mode != "none");
    let is_attached = ["stdin", "tty", "attach"].iter().any(|flag| arguments.has(flag)) && !is_dry;
    if arguments.has("rm") && !is_attached && !is_dry {
        return Output::failed(1, "error: --rm should only be used for attached containers\n");
    }
    if let Some(other) = arguments.value("restart")
        && !["Always", "OnFailure", "Never"].contains(&other)
    {
        return Output::failed(1, ["error: invalid restart policy: ", other, "\n"].concat());
    }
    if arguments.value("image").is_none() {
        return Output::failed(1, "error: required flag(s) \"image\" not set\n");
    }
    let given = given.iter().map(|word| (*word).to_owned());
    let command: Vec<_> = given.chain(arguments.command.iter().cloned()).collect();
    let is_shell = command.is_empty() || is_interactive(call, &command, arguments.has("tty"));
    if is_attached && is_shell {
        let image = arguments.value("image").unwrap_or_default();
        return Output::failed(
            1,
            format!(
                "error: an interactive shell cannot be opened here, so no pod was created: give a command: kubectl run {name} --image={image} --rm -it --restart=Never -- sh -c 'COMMAND; COMMAND'\n"
            ),
        );
    }
    let mut output = create::made(call, arguments);
    if output.exit_code != 0 || is_dry {
        return output;
    }
    let key = ObjectKey::new("Pod", arguments.namespace(), name);
    let cluster = &call.context.playground.world().environment.cluster;
    let Some(pod) = cluster.objects.get(&key).filter(|_| is_attached) else {
        if !command.is_empty() {
            output.stderr.push_str(
                "Warning: the command is not run: only kubectl run -it runs it, and prints its output\n",
            );
        }
        return output;
    };
    let mut inside = inside(&Proxies::of(cluster), &key, pod, None, &command);
    if arguments.has("rm") {
        let words = ["kubectl", "-n", &key.namespace, "delete", "pod", name];
        inside.after = words.map(str::to_owned).to_vec();
    }
    call.inside = Some(inside);
    // Attached, kubectl does not report the creation.
    output.stdout.clear();
    output
}
