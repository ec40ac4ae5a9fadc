//! The verbs that change objects: `apply`, `create`, `replace`, `delete`, `label`, `annotate`, `scale`, `patch`, `run`.
//!
//! Each command line is one step of the history, which includes the changes of the controller.

use crate::{command::Output, shell::plain_path, tools::Call};
use app_mesh_engine::{
    control_plane::READ_ONLY,
    environment::{LabelSelector, ObjectKey, ObjectState, text_map},
    model::{excerpt, object},
};
use mesh_documents::echo::quote;
use mesh_documents::kubernetes::{self, Change, Denied, Manifest, Resource, Settled, VERSION, Verdict};
use mesh_text::words::in_english;
use mesh_text::{json::compact, yaml::parse_all};
use serde_json::{Map, Value};

use super::{
    arguments::Arguments,
    config,
    named::{Named, not_found, select},
};

/// Begins a change of the cluster.
pub(super) fn begin(call: &mut Call) -> Change {
    let (world, env) = call.context.playground.begin();
    Change::new(world, &env)
}

/// Settles and commits a change as one step. Appends the warnings to the standard error of `output`.
pub(super) fn commit(call: &mut Call, change: Change, line: String, output: &mut Output) {
    let Settled { world, echoes, guesses } = change.settle();
    call.work.done = call.work.done.saturating_add(u32::try_from(echoes.len() * 4).unwrap_or(u32::MAX));
    for guess in guesses {
        output.stderr.push_str(&["Warning: ", &guess, "\n"].concat());
    }
    let label = excerpt(line.split(" <<<").next().unwrap_or(&line));
    if call.context.playground.commit(world, &label, &line).is_err() {
        let text = ["Error from server (Forbidden): ", READ_ONLY, "\n"].concat();
        *output = Output::failed(1, text);
    }
}

/// Runs the controller after a change from elsewhere, if an object waits.
pub(in crate::tools) fn settle(call: &mut Call) {
    if !kubernetes::has_waiting(&call.context.playground.world().environment.cluster) {
        return;
    }
    let change = begin(call);
    let line = "kubectl get meshes > /dev/null # the App Mesh controller settles what waited".to_owned();
    commit(call, change, line, &mut Output::default());
}

/// Returns the typed line, quoted for the shell.
pub(super) fn typed(call: &Call) -> String {
    let words = call.words.iter().map(|word| quote(word));
    let is_given = || Arguments::read(call.words).is_ok_and(|arguments| arguments.namespace.is_some());
    let usual = config::namespace(call);
    let own =
        (call.name == "kubectl" && usual != "default" && !is_given()).then(|| ["-n", &usual].map(quote));
    let own = own.into_iter().flatten();
    let words: Vec<_> = std::iter::once(call.name.to_owned()).chain(own).chain(words).collect();
    words.join(" ")
}

/// Returns the documents of the files, each with the name of its file.
///
/// # Errors
/// Returns the output to print if a file cannot be read or parsed.
pub(super) fn documents(call: &Call, arguments: &Arguments) -> Result<Vec<(String, Value)>, Output> {
    let mut found = Vec::new();
    for path in &arguments.files {
        let mut texts = Vec::new();
        if *path == "-" {
            texts.push(("STDIN".to_owned(), call.context.stdin.read()));
        } else if path.starts_with("http://") || path.starts_with("https://") {
            let text = [
                "error: unable to read URL \"",
                path,
                "\": this terminal has no network; paste the file and apply that\n",
            ];
            return Err(Output::failed(1, text.concat()));
        } else if let Some(text) = call.context.files.get(plain_path(path)) {
            texts.push(((*path).to_owned(), text.as_str()));
        } else {
            // For a folder, read all manifests in it.
            let files = &call.context.files;
            let folder = files.absolute(path);
            let files = files.iter().filter(|(name, _)| {
                let name = files.absolute(name);
                let inside = name.strip_prefix(&*folder).and_then(|rest| rest.strip_prefix('/'));
                let inside = inside.filter(|inside| arguments.has("recursive") || !inside.contains('/'));
                inside.is_some_and(|name| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)))
            });
            texts.extend(files.map(|(name, text)| (name.to_owned(), text.as_str())));
            if texts.is_empty() {
                let text = ["error: the path \"", path, "\" does not exist\n"];
                return Err(Output::failed(1, text.concat()));
            }
        }
        for (name, text) in texts {
            match in_english(|| parse_all(text)) {
                Ok(documents) => {
                    let documents = kubernetes::objects(documents);
                    found.extend(documents.into_iter().map(|document| (name.clone(), document)));
                }
                Err(why) => {
                    let name = if *path == "-" { "-" } else { &name };
                    let text = ["error: error parsing ", name, ": ", &*why.to_string(), "\n"];
                    return Err(Output::failed(1, text.concat()));
                }
            }
        }
    }
    Ok(found)
}

/// Returns the manifests of the files; adds an error to the output for each invalid one.
pub(super) fn manifests(
    call: &Call,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Vec<(String, Manifest)>, Output> {
    let documents = documents(call, arguments)?;
    let selector = selector(arguments)?;
    let mut found = Vec::new();
    for (file, document) in documents {
        let read = Manifest::read(&document, arguments.namespace());
        let manifest = match read {
            Ok(manifest) => manifest,
            Err(why) => {
                let why = match why.starts_with("resource mapping") {
                    true => why.replace("\"FILE\"", &format!("\"{file}\"")),
                    false => format!("unable to decode \"{file}\": {why}"),
                };
                fail(output, &["error: ", &why].concat());
                continue;
            }
        };
        if selector
            .as_ref()
            .is_some_and(|selector| !selector.selects(&text_map(&document["metadata"]["labels"])))
        {
            continue;
        }
        if let Some(wanted) = arguments.namespace
            && !manifest.namespace.is_empty()
            && manifest.namespace != wanted
        {
            let own = &manifest.namespace;
            fail(
                output,
                &format!(
                    "error: the namespace from the provided object \"{own}\" does not match the namespace \"{wanted}\". You must pass '--namespace={own}' to perform this operation."
                ),
            );
            continue;
        }
        found.push((file, manifest));
    }
    Ok(found)
}

/// Parses the selector of `-l`.
pub(super) fn selector(arguments: &Arguments) -> Result<Option<LabelSelector>, Output> {
    let Some(text) = arguments.selector else { return Ok(None) };
    match text.parse() {
        Ok(selector) => Ok(Some(selector)),
        Err(_) => {
            let text =
                ["error: unable to parse requirement: <nil>: Invalid value: \"", &excerpt(text), "\"\n"];
            Err(Output::failed(1, text.concat()))
        }
    }
}

pub(super) fn fail(output: &mut Output, text: &str) {
    output.stderr.push_str(&[text, "\n"].concat());
    output.exit_code = 1;
}

/// Runs `apply`, `create` and `replace` with files.
pub(super) fn with_files(call: &mut Call, arguments: &Arguments, verb: &str) -> Output {
    let mut output = Output::default();
    let found = match manifests(call, arguments, &mut output) {
        Ok(found) => found,
        Err(output) => return output,
    };
    if found.is_empty() {
        if output.exit_code == 0 {
            return Output::failed(1, ["error: no objects passed to ", verb, "\n"].concat());
        }
        return output;
    }
    call.work.counts(found.len() * 120);
    let mut change = begin(call);
    let mut written = Vec::new();
    let mut waiting = Vec::new();
    let dry = arguments.value("dry-run").filter(|mode| *mode != "none");
    for (file, manifest) in &found {
        let old = change.world.environment.cluster.objects.get(&manifest.key()).cloned();
        let is_there = match &*manifest.kind {
            "Namespace" => change.world.environment.namespaces.contains_key(&*manifest.name),
            _ => old.as_ref().is_some_and(|old| old.state != ObjectState::Terminating),
        };
        let plural = plural(manifest);
        if verb == "create" && is_there {
            let name = &manifest.name;
            let text = format!(
                "Error from server (AlreadyExists): error when creating \"{file}\": {plural} \"{name}\" already exists"
            );
            fail(&mut output, &text);
            continue;
        }
        if verb == "replace" && !is_there {
            let name = &manifest.name;
            let text = format!(
                "Error from server (NotFound): error when replacing \"{file}\": {plural} \"{name}\" not found"
            );
            fail(&mut output, &text);
            continue;
        }
        match change.put(manifest) {
            Ok((verdict, notes)) => {
                if verdict != Verdict::Unchanged {
                    written.push(manifest.value.clone());
                    waiting.push(manifest.key());
                }
                let word = match (verb, verdict) {
                    ("create", _) => "created",
                    ("replace", _) => "replaced",
                    _ if arguments.has("server-side") => "serverside-applied",
                    _ => verdict.as_str(),
                };
                let word = match dry {
                    None => word.to_owned(),
                    Some("server") => [word, " (server dry run)"].concat(),
                    Some(_) => [word, " (dry run)"].concat(),
                };
                match arguments.form {
                    "name" => output.stdout.push_str(&[&*manifest.title(), "\n"].concat()),
                    _ => output.stdout.push_str(&[&*manifest.title(), " ", &word, "\n"].concat()),
                }
                for note in notes.into_iter().chain(group_note(&change, manifest)) {
                    let text = ["Warning: ", &*short_title(manifest), ": ", &note, "\n"].concat();
                    output.stderr.push_str(&text);
                }
            }
            Err(denied) => fail(&mut output, &denied.line(&action(file, manifest, old.as_deref(), &denied))),
        }
    }
    if dry.is_some() {
        return output;
    }
    let items = object(&[("apiVersion", &"v1"), ("items", &Value::Array(written)), ("kind", &"List")]);
    let usual = Some(&*arguments.usual).filter(|name| !matches!(*name, "" | "default"));
    let namespace = arguments.namespace.or(usual).map(|name| [" -n ", &*quote(name)].concat());
    let namespace = namespace.unwrap_or_default();
    let line = ["kubectl ", verb, &namespace, " -f - <<< ", &quote(&compact(&items))].concat();
    let mut committed = Output::default();
    commit(call, change, line, &mut committed);
    if committed.exit_code != 0 {
        return committed;
    }
    output.stderr.push_str(&committed.stderr);
    output.stderr.push_str(&reasons(call, &waiting));
    output
}

/// Returns the warning about backend groups if the controller's flag is off.
fn group_note(change: &Change, manifest: &Manifest) -> Option<String> {
    let is_off = !change.world.environment.cluster.backend_groups;
    let has_groups = !manifest.value["spec"]["backendGroups"].is_null();
    let is_group = manifest.kind == "BackendGroup" && manifest.api_version == VERSION;
    (is_off && (has_groups || is_group)).then(|| {
        "backend groups are not read: the controller's flag enable-backend-groups is off; `cluster backend-groups on` turns it on"
            .to_owned()
    })
}

/// Returns a warning for each waiting object, with its reason.
fn reasons(call: &Call, keys: &[ObjectKey]) -> String {
    let cluster = &call.context.playground.world().environment.cluster;
    let mut text = String::new();
    for key in keys {
        if let Some(object) = cluster.objects.get(key).filter(|object| !object.reason.is_empty()) {
            let kind = key.kind.to_ascii_lowercase();
            text.push_str(&["Warning: ", &*kind, "/", &key.name, " waits: ", &object.reason, "\n"].concat());
        }
    }
    text
}

fn short_title(manifest: &Manifest) -> String {
    [&*manifest.kind.to_ascii_lowercase(), "/", &manifest.name].concat()
}

/// Returns the plural name of a kind with its group: `virtualnodes.appmesh.k8s.aws`.
pub(super) fn plural(manifest: &Manifest) -> String {
    let word = manifest.kind.to_ascii_lowercase();
    let plural =
        Resource::of_kind(&manifest.kind).map_or_else(|| word + "s", |found| found.plural.to_owned());
    match manifest.api_version.split_once('/') {
        Some((group, _)) => [&*plural, ".", group].concat(),
        None => plural,
    }
}

/// Returns kubectl's description of the operation that the server refused.
fn action(
    file: &str,
    manifest: &Manifest,
    old: Option<&app_mesh_engine::environment::ClusterObject>,
    denied: &Denied,
) -> String {
    let Some(old) = old.filter(|_| !matches!(denied, Denied::Invalid(_))) else {
        return format!("error when creating \"{file}\"");
    };
    let applied = [&*compact(&manifest.value), "\n"].concat();
    let annotation = object(&[("kubectl.kubernetes.io/last-applied-configuration", &applied)]);
    let metadata = object(&[("annotations", &annotation)]);
    let spec = patch(&old.manifest["spec"], &manifest.value["spec"]);
    let patch = object(&[("metadata", &metadata), ("spec", &spec)]);
    let plural = plural(manifest);
    let resource = plural.split('.').next().unwrap_or_default();
    let (version, kind) = (&manifest.api_version, &manifest.kind);
    format!(
        "error when applying patch:\n{}\nto:\nResource: \"{version}, Resource={resource}\", GroupVersionKind: \"{version}, Kind={kind}\"\nName: \"{}\", Namespace: \"{}\"\nfor: \"{file}\": error when patching \"{file}\"",
        compact(&patch),
        manifest.name,
        manifest.namespace
    )
}

/// Returns the merge patch that converts `old` to `new`; `None` if they are equal.
fn patch(old: &Value, new: &Value) -> Option<Value> {
    match (old, new) {
        _ if old == new => None,
        (Value::Object(before), Value::Object(after)) => {
            let mut members = Map::new();
            for (key, value) in after {
                let found = patch(before.get(key).unwrap_or(&Value::Null), value);
                members.extend(found.map(|value| (key.clone(), value)));
            }
            for key in before.keys().filter(|key| !after.contains_key(*key)) {
                members.insert(key.clone(), Value::Null);
            }
            Some(Value::Object(members))
        }
        _ => Some(new.clone()),
    }
}

/// Applies a merge patch.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else { return };
    for (key, value) in members {
        match value {
            Value::Null => drop(object.remove(key)),
            value => merge(object.entry(key.clone()).or_insert(Value::Null), value),
        }
    }
}

/// Runs `label` and `annotate`.
pub(super) fn label(call: &mut Call, arguments: &Arguments) -> Output {
    let verb = arguments.operands.first().copied().unwrap_or_default();
    let (member, did) = if verb == "label" { ("labels", "labeled") } else { ("annotations", "annotated") };
    let is_pair = |word: &&&str| word.contains('=') || word.ends_with('-');
    let operands = arguments.operands.get(1..).unwrap_or_default();
    let pairs: Vec<_> = operands.iter().filter(is_pair).copied().collect();
    let names: Vec<_> = operands.iter().filter(|word| !is_pair(word)).copied().collect();
    if pairs.is_empty() {
        let text = if verb == "label" {
            "at least one label update is required"
        } else {
            "at least one annotation update is required"
        };
        return Output::failed(1, ["error: ", text, "\n"].concat());
    }
    // Each object gets all labels.
    if !call.work.affords(names.len().saturating_mul(pairs.len())) {
        return Output::default();
    }
    edit(call, arguments, &names, did, &mut |value: &mut Value| {
        let mut patch = Map::new();
        for pair in &pairs {
            match pair.split_once('=') {
                Some((key, text)) => {
                    let known = value["metadata"][member][key].as_str();
                    if let Some(known) = known.filter(|known| *known != text && !arguments.has("overwrite")) {
                        return Err(format!(
                            "error: '{key}' already has a value ({known}), and --overwrite is false"
                        ));
                    }
                    patch.insert(key.to_owned(), Value::from(text));
                }
                None => drop(patch.insert(pair.trim_end_matches('-').to_owned(), Value::Null)),
            }
        }
        let labels = object(&[(member, &Value::Object(patch.clone()))]);
        // `object` omits null members, but a patch needs them.
        let mut labels = labels;
        labels[member] = Value::Object(patch);
        let mut whole = Map::new();
        whole.insert("metadata".to_owned(), labels);
        merge(value, &Value::Object(whole));
        Ok(())
    })
}

/// Changes the manifests of the named objects.
pub(super) fn edit(
    call: &mut Call,
    arguments: &Arguments,
    operands: &[&str],
    did: &str,
    change_value: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Output {
    let named = match select(call, arguments, operands) {
        Ok(named) => named,
        Err(output) => return output,
    };
    let mut output = Output::default();
    let mut change = begin(call);
    let mut changed = Vec::new();
    for found in named {
        let items = match found {
            Named::One(_, item) => vec![*item],
            Named::All(_, items) => items,
            Named::Missing(resource, name) => {
                fail(&mut output, &not_found(resource, name));
                continue;
            }
        };
        for item in items {
            let title = item.title();
            let mut value = match &item.kept {
                Some(kept) if &*item.kind != "Namespace" => kept.manifest.clone(),
                _ => item.value.clone(),
            };
            if item.kept.is_none() && &*item.kind != "Namespace" {
                let why = match item.is_built_in() {
                    true => " belongs to the cluster itself, which does not change it",
                    false => " was made in App Mesh, without an object: apply a manifest of it first",
                };
                let text = [&*title, why];
                fail(&mut output, &["error: ", &text.concat()].concat());
                continue;
            }
            let before = value.clone();
            if let Err(why) = change_value(&mut value) {
                fail(&mut output, &why);
                continue;
            }
            let manifest = Manifest {
                api_version: item.api_version.clone(),
                kind: item.kind.to_string(),
                name: item.name.to_string(),
                namespace: item.namespace.to_string(),
                value,
            };
            let done = if &*item.kind == "Namespace" {
                change.label_namespace(&item.name, text_map(&manifest.value["metadata"]["labels"]));
                Ok(Vec::new())
            } else {
                change.put(&manifest).map(|(_, notes)| notes)
            };
            match done {
                Ok(notes) => {
                    for note in notes.into_iter().chain(group_note(&change, &manifest)) {
                        let text = ["Warning: ", &*short_title(&manifest), ": ", &note, "\n"].concat();
                        output.stderr.push_str(&text);
                    }
                    let word = if before == manifest.value { ["not ", did].concat() } else { did.to_owned() };
                    output.stdout.push_str(&[&*title, " ", &word, "\n"].concat());
                    changed.push(manifest.key());
                }
                Err(denied) => fail(&mut output, &denied.line("")),
            }
        }
    }
    let line = typed(call);
    let mut committed = Output::default();
    commit(call, change, line, &mut committed);
    if committed.exit_code != 0 {
        return committed;
    }
    output.stderr.push_str(&committed.stderr);
    output.stderr.push_str(&reasons(call, &changed));
    output
}

/// Runs `scale`, `patch`, `set image` and `rollout restart`.
pub(super) fn adjust(call: &mut Call, arguments: &Arguments, verb: &str) -> Output {
    let operands = arguments.operands.get(1..).unwrap_or_default();
    match verb {
        "scale" => {
            let Some(count) = arguments.value("replicas").and_then(|text| text.parse::<u32>().ok()) else {
                return Output::failed(1, "error: required flag(s) \"replicas\" not set\n");
            };
            let whole = scaled(count);
            edit(call, arguments, operands, "scaled", &mut |value| {
                merge(value, &whole);
                Ok(())
            })
        }
        "patch" => {
            let Some(text) = arguments.value("patch") else {
                return Output::failed(
                    1,
                    "error: must specify --patch or --patch-file containing the contents of the patch\n",
                );
            };
            let patch = match in_english(|| parse_all(text)).ok().and_then(|mut found| found.pop()) {
                Some(patch) if patch.is_object() && arguments.value("type") != Some("json") => patch,
                _ => {
                    return Output::failed(
                        1,
                        "error: the patch is not an object; JSON patches (--type=json) are not simulated\n",
                    );
                }
            };
            edit(call, arguments, operands, "patched", &mut |value| {
                merge(value, &patch);
                Ok(())
            })
        }
        "restart" => {
            let now = call.context.playground.next_env().now.to_string();
            let annotation = object(&[("kubectl.kubernetes.io/restartedAt", &now)]);
            let metadata = object(&[("annotations", &annotation)]);
            let template = object(&[("metadata", &metadata)]);
            let whole = object(&[("spec", &object(&[("template", &template)]))]);
            edit(call, arguments, operands.get(1..).unwrap_or_default(), "restarted", &mut |value| {
                merge(value, &whole);
                Ok(())
            })
        }
        _ => {
            let is_pair = |word: &&&str| word.contains('=');
            let pairs: Vec<_> = operands.iter().skip(1).filter(is_pair).copied().collect();
            let names: Vec<_> = operands.iter().skip(1).filter(|word| !is_pair(word)).copied().collect();
            edit(call, arguments, &names, "image updated", &mut |value| {
                let containers = value["spec"]["template"]["spec"]["containers"].as_array_mut();
                for container in containers.into_iter().flatten() {
                    for (name, image) in pairs.iter().filter_map(|pair| pair.split_once('=')) {
                        if container["name"] == name || name == "*" {
                            container["image"] = Value::from(image);
                        }
                    }
                }
                Ok(())
            })
        }
    }
}

fn scaled(count: u32) -> Value {
    object(&[("spec", &object(&[("replicas", &i64::from(count))]))])
}
