//! `kubectl` and `exec`: the App Mesh controller's objects as files, and commands beside an application.
//!
//! What the controller did with an object is done at once: it is translated to operations of the API (`crd`), with its
//! texts where it refuses (fact sheet on the API, section 9). Objects of other kinds are told and left out.

mod crd;

use serde_json::{Map, Value};

use super::{Call, url::find};
use crate::{
    control_plane::{READ_ONLY, Resource, Timestamp, Verb},
    document::yaml::parse_all,
    environment::LabelSelector,
    model::{Kind, MeshId, Spec, TextMap, object},
    store::{Command, EnvironmentChange},
    terminal::{
        aws::{data::Data, format},
        command::Output,
        shell::plain_path,
    },
    words::in_english,
};
use crd::Object;

const USAGE: &str = "usage: kubectl apply|delete -f FILE\n       kubectl get|delete KIND [NAME] [-n NAMESPACE | -A] [-o yaml|json|wide|name]\n       kubectl create namespace NAME\n       kubectl label namespace NAME KEY=VALUE …\n       kubectl exec NODE -- COMMAND …\n";

/// What the words behind `kubectl` say.
struct Asked<'w> {
    operands: Vec<&'w str>,
    files: Vec<&'w str>,
    namespace: &'w str,
    form: &'w str,
    is_everywhere: bool,
}

pub(super) fn run(call: &mut Call) -> Output {
    // Whatever is asked, it looks at all there is.
    let world = call.context.playground.world();
    let count: usize = world.control_plane.meshes().map(|(_, mesh)| mesh.resources().count()).sum();
    call.work.counts(count * 12);
    let mut asked = Asked {
        operands: Vec::new(),
        files: Vec::new(),
        namespace: "default",
        form: "",
        is_everywhere: false,
    };
    let mut words = call.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut value = |glued: &str| {
            let written = word.get(glued.len()..).unwrap_or_default().trim_start_matches('=');
            if written.is_empty() {
                words.next().unwrap_or_default()
            } else {
                &word[word.len() - written.len()..]
            }
        };
        match word {
            "exec" => return exec(call),
            "-A" | "--all-namespaces" => asked.is_everywhere = true,
            _ if word.starts_with("--filename") => asked.files.push(value("--filename")),
            _ if word.starts_with("--namespace") => asked.namespace = value("--namespace"),
            _ if word.starts_with("--output") => asked.form = value("--output"),
            _ if word.starts_with("-f") => asked.files.push(value("-f")),
            _ if word.starts_with("-n") => asked.namespace = value("-n"),
            _ if word.starts_with("-o") => asked.form = value("-o"),
            _ if word.starts_with('-') => {}
            _ => asked.operands.push(word),
        }
    }
    match &*asked.operands {
        ["apply" | "create"] if !asked.files.is_empty() => with_files(call, &asked, true),
        ["delete"] if !asked.files.is_empty() => with_files(call, &asked, false),
        ["create", "namespace" | "ns", name] => {
            let output = namespace(call, name, Some(TextMap::new()));
            told(output, &["namespace/", name, " created\n"].concat())
        }
        ["delete", "namespace" | "ns", name] => {
            let output = namespace(call, name, None);
            told(output, &["namespace \"", name, "\" deleted\n"].concat())
        }
        ["label", "namespace" | "ns", name, labels @ ..] => {
            let known = &call.context.playground.world().environment.namespaces;
            let mut all = known.get(*name).map(|labels| TextMap::clone(labels)).unwrap_or_default();
            for label in labels {
                match (label.split_once('='), label.strip_suffix('-')) {
                    (Some((key, value)), _) => drop(all.insert(key.to_owned(), value.to_owned())),
                    (None, Some(key)) => drop(all.remove(key)),
                    (None, None) => return Output::failed(1, USAGE),
                }
            }
            let output = namespace(call, name, Some(all));
            told(output, &["namespace/", name, " labeled\n"].concat())
        }
        ["get", kind, names @ ..] => get(call, &asked, kind, names),
        ["delete", kind, names @ ..] => delete_named(call, &asked, kind, names),
        _ => Output::failed(1, USAGE),
    }
}

/// `exec NODE -- COMMAND …`, also as `kubectl exec deploy/NODE -c app -- COMMAND …`.
pub(super) fn exec(call: &mut Call) -> Output {
    let mut words = call.words.iter().enumerate();
    let mut node = None;
    let mut command = &[][..];
    while let Some((at, word)) = words.next() {
        let rest = |from: usize| call.words.get(from..).unwrap_or_default();
        match word.as_str() {
            "exec" if node.is_none() && call.name == "kubectl" => {}
            "--" => {
                command = rest(at + 1);
                break;
            }
            "-c" | "--container" | "-n" | "--namespace" => drop(words.next()),
            option if option.starts_with('-') => {}
            name if node.is_none() => node = Some(name.rsplit('/').next().unwrap_or(name)),
            _ => {
                command = rest(at);
                break;
            }
        }
    }
    let Some(name) = node.filter(|_| !command.is_empty()) else {
        return Output::failed(1, "usage: exec NODE -- COMMAND …\n");
    };
    let Some((_, _, key)) = find(call.context.playground, &[Kind::VirtualNode], name) else {
        return Output::failed(
            1,
            ["error: there is no virtual node `", name, "` to run it beside\n"].concat(),
        );
    };
    if command.first().is_some_and(|word| matches!(word.as_str(), "exec" | "kubectl")) {
        return Output::failed(1, "error: one exec is not run inside another\n");
    }
    super::run(call.context, Some(&key.name), command, call.work)
}

/// An output with a text, where it has no errors.
fn told(mut output: Output, text: &str) -> Output {
    if output.exit_code == 0 {
        output.stdout.push_str(text);
    }
    output
}

fn asked_of_store(call: &mut Call, command: Command) -> Result<(), String> {
    match call.context.playground.run(command).refusal {
        None => Ok(()),
        Some(refusal) => Err(refusal.to_string()),
    }
}

fn namespace(call: &mut Call, name: &str, labels: Option<TextMap>) -> Output {
    let labels = labels.map(|mut labels| {
        // Kubernetes adds this one itself.
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
        labels
    });
    let change = EnvironmentChange::Namespace { name: name.into(), labels };
    match asked_of_store(call, Command::ChangeEnvironment(change)) {
        Ok(()) => Output::default(),
        Err(refusal) if refusal == READ_ONLY => {
            Output::failed(1, ["Error from server (Forbidden): ", READ_ONLY, "\n"].concat())
        }
        Err(_) => {
            let text = ["Error from server (NotFound): namespaces \"", name, "\" not found\n"];
            Output::failed(1, text.concat())
        }
    }
}

fn with_files(call: &mut Call, asked: &Asked, is_apply: bool) -> Output {
    let mut documents = Vec::new();
    for path in &asked.files {
        let text = match *path {
            "-" => call.context.stdin,
            path => match call.context.files.get(plain_path(path)) {
                Some(text) => text,
                None => {
                    let text = ["error: the path \"", path, "\" does not exist\n"];
                    return Output::failed(1, text.concat());
                }
            },
        };
        match in_english(|| parse_all(text)) {
            Ok(found) => documents.extend(found.into_iter().flat_map(|document| match &document["items"] {
                Value::Array(items) => items.clone(),
                _ => vec![document],
            })),
            Err(why) => {
                return Output::failed(
                    1,
                    ["error: error parsing ", path, ": ", &*why.to_string(), "\n"].concat(),
                );
            }
        }
    }
    if documents.is_empty() {
        return Output::failed(1, "error: no objects passed to apply\n");
    }
    let mut objects: Vec<_> =
        documents.iter().map(|document| Object::read(document, asked.namespace)).collect();
    if !is_apply {
        // What is referred to goes after what refers to it, as the controller's finalizers have it.
        objects.sort_by_key(|object| std::cmp::Reverse(object.kind));
    }
    let known = objects.clone();
    let mut output = Output::default();
    for object in &objects {
        let done = if is_apply { apply(call, object, &known) } else { delete(call, object) };
        match done {
            Ok(text) => output.stdout.push_str(&[&*text, "\n"].concat()),
            Err(why) => {
                output.stderr.push_str(&["Error from server: ", &why, "\n"].concat());
                output.exit_code = 1;
            }
        }
    }
    output
}

fn apply(call: &mut Call, object: &Object, known: &[Object]) -> Result<String, String> {
    let Some(kind) = object.kind else {
        if object.word != "Namespace" {
            return Ok([&*object.told(), " skipped: it is not of App Mesh"].concat());
        }
        let labels = object.labels();
        let before = call.context.playground.world().environment.namespaces.clone();
        let output = namespace(call, &object.name, Some(labels));
        return match output.exit_code {
            0 => {
                let is_new = !before.contains_key(&*object.name);
                let is_same = call.context.playground.world().environment.namespaces == before;
                let did = if is_new { " created" } else { " configured" };
                Ok([&*object.told(), if is_same { " unchanged" } else { did }].concat())
            }
            _ => Err(output.stderr),
        };
    };
    if object.spec.get("meshRef").is_some() {
        return Err([&*object.word, " create may not specify read-only field: spec.meshRef"].concat());
    }
    let mesh = if kind == Kind::Mesh { own_mesh(call, object) } else { mesh_of(call, object)? };
    let mut notes = Vec::new();
    let spec = crd::spec(call, &mesh, object, known, kind.declaration().spec, &object.spec, &mut notes);
    let mut parent = None;
    if kind == Kind::GatewayRoute {
        parent = Some(gateway_of(call, &mesh, object)?);
    }
    let mut did = put(call, &mesh, kind, parent.as_deref(), &object.aws_name(), &spec)?;
    if kind == Kind::Mesh {
        let selector = selector_of(&object.spec["namespaceSelector"])?;
        if call.context.playground.world().selectors.get(&mesh).map(|known| &**known) != selector.as_ref() {
            asked_of_store(call, Command::SetSelector { mesh, selector })?;
            did = if did == "unchanged" { "configured" } else { did };
        }
    } else if kind == Kind::VirtualRouter {
        let routes = routes(call, &mesh, object, known, &mut notes)?;
        did = if did == "unchanged" && routes { "configured" } else { did };
    }
    let notes: String = notes.iter().flat_map(|note| ["\n  ", note]).collect();
    Ok([&*object.told(), " ", did, &notes].concat())
}

fn own_mesh(call: &Call, object: &Object) -> MeshId {
    let world = call.context.playground.world();
    let owner = object.spec["meshOwner"].as_str().and_then(|owner| owner.parse().ok());
    MeshId { owner: owner.unwrap_or_else(|| world.account.clone()), name: object.aws_name().into() }
}

/// The one mesh whose selector takes the object's namespace.
fn mesh_of(call: &Call, object: &Object) -> Result<MeshId, String> {
    let world = call.context.playground.world();
    let mut labels = TextMap::new();
    labels.insert("kubernetes.io/metadata.name".to_owned(), object.namespace.clone());
    let labels = match world.environment.namespaces.get(&*object.namespace) {
        Some(labels) => labels,
        None if object.namespace == "default" => &labels,
        None => return Err(["namespaces \"", &object.namespace, "\" not found"].concat()),
    };
    let found = world.selectors.iter().filter(|(_, selector)| selector.selects(labels));
    let found: Vec<_> = found.map(|(id, _)| id).filter(|id| world.visible_mesh(id).is_some()).collect();
    match &*found {
        [one] => Ok((*one).clone()),
        [] => Err(format!(
            "failed to find matching mesh for namespace: {}, expecting 1 but found 0",
            object.namespace
        )),
        many => {
            let names: Vec<_> = many.iter().map(|id| &*id.name).collect();
            let (namespace, count) = (&object.namespace, many.len());
            let names = names.join(",");
            Err(format!(
                "found multiple matching meshes for namespace: {namespace}, expecting 1 but found {count}: {names}"
            ))
        }
    }
}

/// The one gateway that takes a gateway route: that of the mesh, or of its namespace where there are several.
fn gateway_of(call: &Call, mesh: &MeshId, object: &Object) -> Result<String, String> {
    let world = call.context.playground.world();
    let gateways = world.control_plane.mesh(mesh).map(|mesh| mesh.of_kind(Kind::VirtualGateway));
    let mut names: Vec<_> =
        gateways.into_iter().flatten().map(|gateway| gateway.id.key.name.to_string()).collect();
    let own = ["_", &object.namespace].concat();
    if names.len() > 1 && names.iter().any(|name| name.ends_with(&own)) {
        names.retain(|name| name.ends_with(&own));
    }
    let (route, count) = (&object.name, names.len());
    match &*names {
        [one] => Ok(one.clone()),
        [] => Err(format!(
            "failed to find matching virtualGateway for gatewayRoute: {route}, expecting 1 but found 0"
        )),
        _ => {
            let names = names.join(",");
            Err(format!(
                "found multiple matching virtualGateways for gatewayRoute: {route}, expecting 1 but found {count}: {names}"
            ))
        }
    }
}

/// The members that name a resource in the input of an operation.
fn names(mesh: &MeshId, kind: Kind, parent: Option<&str>, name: &str) -> Map<String, Value> {
    let mut input = Map::new();
    let mut add = |member: &str, value: &str| {
        input.insert(member.to_owned(), Value::from(value));
    };
    add("meshName", &mesh.name);
    add("meshOwner", mesh.owner.as_str());
    if let (Some(of), Some(parent)) = (kind.declaration().parent, parent) {
        add(of.declaration().name_member, parent);
    }
    add(kind.declaration().name_member, name);
    input
}

fn existing<'c>(
    call: &'c Call,
    mesh: &MeshId,
    kind: Kind,
    parent: Option<&str>,
    name: &str,
) -> Option<&'c Resource> {
    let key = crate::model::Key { kind, parent: parent.map(Into::into), name: name.into() };
    let found = call.context.playground.world().control_plane.mesh(mesh)?.get(&key)?;
    Some(found)
}

/// Creates a resource, or updates it where its spec is another; what was done.
fn put(
    call: &mut Call,
    mesh: &MeshId,
    kind: Kind,
    parent: Option<&str>,
    name: &str,
    spec: &Value,
) -> Result<&'static str, String> {
    let mut input = names(mesh, kind, parent, name);
    let (verb, did) = match existing(call, mesh, kind, parent, name) {
        None => (Verb::Create, "created"),
        Some(resource) => match Spec::parse(kind, spec, "spec") {
            Ok(spec) if spec == resource.spec => return Ok("unchanged"),
            _ => (Verb::Update, "configured"),
        },
    };
    input.insert("spec".to_owned(), spec.clone());
    asked_of_store(call, Command::Call { verb, kind, input: Value::Object(input) })?;
    Ok(did)
}

fn remove(
    call: &mut Call,
    mesh: &MeshId,
    kind: Kind,
    parent: Option<&str>,
    name: &str,
) -> Result<(), String> {
    let input = Value::Object(names(mesh, kind, parent, name));
    asked_of_store(call, Command::Call { verb: Verb::Delete, kind, input })
}

/// Makes the routes of a router those of its object; whether that changed any.
fn routes(
    call: &mut Call,
    mesh: &MeshId,
    object: &Object,
    known: &[Object],
    notes: &mut Vec<String>,
) -> Result<bool, String> {
    let router = object.aws_name();
    let mut wanted = Vec::new();
    for route in object.spec["routes"].as_array().cloned().unwrap_or_default() {
        let Value::Object(mut members) = route else { continue };
        let name =
            members.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        let shape = Kind::Route.declaration().spec;
        wanted.push((name, crd::spec(call, mesh, object, known, shape, &Value::Object(members), notes)));
    }
    let mesh_now = call.context.playground.world().control_plane.mesh(mesh);
    let old = mesh_now.map(|mesh| mesh.within(Kind::Route, &router));
    let old: Vec<_> = old.into_iter().flatten().map(|route| route.id.key.name.clone()).collect();
    let mut changed = false;
    for name in old.iter().filter(|name| !wanted.iter().any(|(wanted, _)| *wanted == ***name)) {
        remove(call, mesh, Kind::Route, Some(&router), name)?;
        changed = true;
    }
    for (name, spec) in wanted {
        changed |= put(call, mesh, Kind::Route, Some(&router), &name, &spec)? != "unchanged";
    }
    Ok(changed)
}

/// A `namespaceSelector` in the notation of `kubectl -l`; `None` selects nothing.
fn selector_of(selector: &Value) -> Result<Option<LabelSelector>, String> {
    if selector.is_null() {
        return Ok(None);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        parts.push([&**key, "=", &text(value)].concat());
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = text(&expression["key"]);
        let values = expression["values"].as_array().cloned().unwrap_or_default();
        let values: Vec<_> = values.iter().map(text).collect();
        let values = values.join(",");
        parts.push(match &*text(&expression["operator"]) {
            "In" => [&*key, " in (", &values, ")"].concat(),
            "NotIn" => [&*key, " notin (", &values, ")"].concat(),
            "DoesNotExist" => ["!", &*key].concat(),
            _ => key,
        });
    }
    parts.join(",").parse().map(Some).map_err(|error: crate::environment::SelectorError| error.to_string())
}

fn delete(call: &mut Call, object: &Object) -> Result<String, String> {
    let told = [&*object.group(), " \"", &object.name, "\" deleted"].concat();
    let Some(kind) = object.kind else {
        if object.word != "Namespace" {
            return Ok([&*object.told(), " skipped: it is not of App Mesh"].concat());
        }
        let output = namespace(call, &object.name, None);
        return if output.exit_code == 0 { Ok(told) } else { Err(output.stderr) };
    };
    let name = object.aws_name();
    let missing = || [&*object.group(), " \"", &object.name, "\" not found"].concat();
    let found = {
        let world = call.context.playground.world();
        let meshes = world.control_plane.visible_to(&world.account);
        let mut found = meshes.flat_map(|(_, mesh)| mesh.of_kind(kind));
        found.find(|resource| *resource.id.key.name == *name).map(|resource| resource.id.clone())
    };
    let id = found.ok_or_else(missing)?;
    if kind == Kind::VirtualRouter {
        let mesh = call.context.playground.world().control_plane.mesh(&id.mesh);
        let routes = mesh.map(|mesh| mesh.within(Kind::Route, &name));
        let routes: Vec<_> = routes.into_iter().flatten().map(|route| route.id.key.name.clone()).collect();
        for route in routes {
            remove(call, &id.mesh, Kind::Route, Some(&name), &route)?;
        }
    }
    remove(call, &id.mesh, kind, id.key.parent.as_deref(), &name)?;
    Ok(told)
}

/// The kind of a word: `virtualnodes`, `virtualnode.appmesh.k8s.aws`. A route is a part of its router here.
fn kind_of(word: &str) -> Option<Kind> {
    let word = word.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let mut kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Route);
    kinds.find(|kind| {
        let declaration = kind.declaration();
        [declaration.member, declaration.collection]
            .into_iter()
            .any(|known| known.to_ascii_lowercase() == word)
    })
}

fn unknown_kind(word: &str) -> Output {
    let text = ["error: the server doesn't have a resource type \"", word, "\"\n"];
    Output::failed(1, text.concat())
}

fn delete_named(call: &mut Call, asked: &Asked, word: &str, names: &[&str]) -> Output {
    let Some(kind) = kind_of(word) else { return unknown_kind(word) };
    let mut output = Output::default();
    for name in names {
        let object = Object::named(kind, name, asked.namespace);
        match delete(call, &object) {
            Ok(text) => output.stdout.push_str(&[&*text, "\n"].concat()),
            Err(why) => {
                output.stderr.push_str(&["Error from server: ", &why, "\n"].concat());
                output.exit_code = 1;
            }
        }
    }
    output
}

fn get(call: &mut Call, asked: &Asked, word: &str, names: &[&str]) -> Output {
    if matches!(word, "namespaces" | "namespace" | "ns") {
        let namespaces = &call.context.playground.world().environment.namespaces;
        let mut rows = vec![["", "", "NAME", "STATUS"].map(str::to_owned)];
        rows.extend(namespaces.keys().map(|name| ["", "", name, "Active"].map(str::to_owned)));
        return Output::printed(table(&rows, 2));
    }
    let Some(kind) = kind_of(word) else { return unknown_kind(word) };
    let Timestamp(now) = call.context.playground.next_env().now;
    let world = call.context.playground.world();
    let meshes = world.control_plane.visible_to(&world.account);
    let found = meshes.flat_map(|(_, mesh)| mesh.of_kind(kind));
    let found = found.map(|resource| (Object::of(world, resource), resource));
    let is_asked = |object: &Object| {
        let is_here = kind == Kind::Mesh || asked.is_everywhere || object.namespace == asked.namespace;
        is_here && (names.is_empty() || names.contains(&&*object.name))
    };
    let found: Vec<_> = found.filter(|(object, _)| is_asked(object)).collect();
    if let Some(missing) = names.iter().find(|name| !found.iter().any(|(object, _)| object.name == ***name)) {
        let group = Object::named(kind, missing, asked.namespace).group();
        let text = ["Error from server (NotFound): ", &*group, " \"", missing, "\" not found\n"];
        return Output::failed(1, text.concat());
    }
    match asked.form {
        "yaml" | "json" => {
            let items: Vec<_> =
                found.iter().map(|(object, resource)| crd::manifest(world, object, resource)).collect();
            let whole = match <[Value; 1]>::try_from(items) {
                Ok([one]) if !names.is_empty() => one,
                items => {
                    let items = items.map_or_else(Value::Array, |[one]| Value::Array(vec![one]));
                    object(&[("apiVersion", &"v1"), ("items", &items), ("kind", &"List")])
                }
            };
            let printed = format::printed(asked.form, "", &Data::from(&whole));
            Output::printed(printed.unwrap_or_default())
        }
        "name" => Output::printed(found.iter().map(|(object, _)| object.told() + "\n").collect::<String>()),
        "" | "wide" => {
            if found.is_empty() {
                return Output { stderr: "No resources found\n".to_owned(), ..Output::default() };
            }
            let mut rows = vec![["NAMESPACE", "NAME", "ARN", "AGE"].map(str::to_owned)];
            for (object, resource) in &found {
                let arn = resource.id.arn(&world.region, &resource.metadata.resource_owner);
                let age = age(now - resource.metadata.created_at.0);
                rows.push([object.namespace.clone(), object.name.clone(), arn, age]);
            }
            let first = usize::from(!asked.is_everywhere || kind == Kind::Mesh);
            Output::printed(table(&rows, first))
        }
        other => Output::failed(
            1,
            ["error: unable to match a printer suitable for the output format \"", other, "\"\n"].concat(),
        ),
    }
}

/// Columns as wide as their widest cell, three spaces between them.
fn table(rows: &[[String; 4]], first: usize) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate().skip(first) {
            text.push_str(cell);
            let is_last = column + 1 == row.len();
            let spaces = if is_last { 0 } else { width(column) + 3 - cell.len() };
            text.extend(std::iter::repeat_n(' ', spaces));
        }
        text.push('\n');
    }
    text
}

/// A time as kubectl tells it: its largest unit.
fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let unit = units.into_iter().find(|(_, length)| seconds >= *length).unwrap_or(("s", 1));
    format!("{}{}", seconds / unit.1, unit.0)
}
