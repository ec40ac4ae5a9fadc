//! Objects created from arguments instead of a file: `create KIND NAME`, `run NAME`, `expose KIND NAME`.

use crate::{command::Output, tools::Call};
use app_mesh_engine::model::object;
use mesh_documents::kubernetes::{Manifest, Resource, VERSION};
use serde_json::{Map, Value};

use super::{
    arguments::Arguments,
    change::{begin, commit, plural, typed},
    named::{Named, not_found, select},
};

/// Runs `create KIND NAME` and `run NAME`: creates the object from the arguments.
pub(super) fn made(call: &mut Call, arguments: &Arguments) -> Output {
    let image = arguments.value("image");
    let manifest = match &*arguments.operands {
        ["create", "namespace" | "ns", name] => bare("v1", "Namespace", name, None),
        ["create", "deployment" | "deploy", _] if image.is_none() => {
            return Output::failed(1, "error: required flag(s) \"image\" not set\n");
        }
        ["create", "deployment" | "deploy", name] => {
            let labels = object(&[("app", name)]);
            let metadata = object(&[("labels", &labels)]);
            let template = object(&[("metadata", &metadata), ("spec", &containers(name, arguments))]);
            let replicas = arguments.value("replicas").and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
            let selector = object(&[("matchLabels", &labels)]);
            let spec = object(&[("replicas", &replicas), ("selector", &selector), ("template", &template)]);
            bare("apps/v1", "Deployment", name, Some(&spec))
        }
        ["run", name, words @ ..] => {
            let mut pod = bare("v1", "Pod", name, Some(&containers(name, arguments)));
            let written = arguments.value("labels").or(arguments.selector);
            pod["metadata"]["labels"] = match written {
                Some(written) => Value::Object(pairs(written.split(','))),
                None => object(&[("run", name)]),
            };
            let words = words.iter().copied().chain(arguments.command.iter().map(String::as_str));
            let words: Vec<_> = words.map(Value::from).collect();
            let env =
                pairs(arguments.values.iter().filter(|(name, _)| *name == "env").map(|(_, pair)| *pair));
            let env: Vec<_> =
                env.iter().map(|(name, value)| object(&[("name", name), ("value", value)])).collect();
            let container = &mut pod["spec"]["containers"][0];
            if !words.is_empty() {
                let member = if arguments.has("command") { "command" } else { "args" };
                container[member] = Value::Array(words);
            }
            if !env.is_empty() {
                container["env"] = Value::Array(env);
            }
            if let Some(policy) = arguments.value("restart") {
                pod["spec"]["restartPolicy"] = Value::from(policy);
            }
            pod
        }
        ["create", kind, operands @ ..] => {
            let name = operands
                .iter()
                .find(|word| !matches!(**word, "generic" | "tls" | "docker-registry" | "clusterip"));
            let Some((resource, name)) =
                Resource::of_word(kind).zip(name).filter(|(found, _)| found.version != VERSION)
            else {
                let text = ["error: unknown command \"", kind, "\" for \"kubectl create\"\n"].concat();
                return Output::failed(1, text + "See 'kubectl create --help' for usage.\n");
            };
            let mut made = bare(resource.version, resource.kind, name, None);
            let literals = arguments.values.iter().filter(|(name, _)| *name == "from-literal");
            let data = pairs(literals.map(|(_, pair)| *pair));
            if !data.is_empty() {
                made["data"] = Value::Object(data);
            }
            made
        }
        _ => return Output::failed(1, "error: must specify one of -f and -k\n"),
    };
    let manifest = match Manifest::read(&manifest, arguments.namespace()) {
        Ok(manifest) => manifest,
        Err(why) => return Output::failed(1, ["error: ", &why, "\n"].concat()),
    };
    let dry = arguments.value("dry-run").filter(|mode| *mode != "none");
    if let ("yaml" | "json", Some(_)) = (arguments.form, dry) {
        let data = mesh_text::data::Data::from(&manifest.value);
        let printed = crate::aws::format::printed(arguments.form, "", &data);
        return Output::printed(printed.unwrap_or_default());
    }
    let world = call.context.playground.world();
    let is_there = match &*manifest.kind {
        "Namespace" => world.environment.namespaces.contains_key(&*manifest.name),
        _ => world.environment.cluster.objects.contains_key(&manifest.key()),
    };
    if is_there {
        let text = [
            "Error from server (AlreadyExists): ",
            &*plural(&manifest),
            " \"",
            &manifest.name,
            "\" already exists\n",
        ];
        return Output::failed(1, text.concat());
    }
    let mut change = begin(call);
    if let Err(denied) = change.put(&manifest) {
        return Output::failed(1, [&*denied.line(""), "\n"].concat());
    }
    let mut output = Output::printed([&*manifest.title(), " created\n"].concat());
    if dry.is_none() {
        let line = typed(call);
        commit(call, change, line, &mut output);
    }
    output
}

/// Converts pairs such as `a=b` to the members of an object.
fn pairs<'p>(pairs: impl Iterator<Item = &'p str>) -> Map<String, Value> {
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
}

fn bare(version: &str, kind: &str, name: &str, spec: Option<&Value>) -> Value {
    let metadata = object(&[("name", &name)]);
    object(&[("apiVersion", &version), ("kind", &kind), ("metadata", &metadata), ("spec", &spec.cloned())])
}

fn containers(name: &str, arguments: &Arguments) -> Value {
    let port = arguments.value("port").and_then(|text| text.parse::<i64>().ok());
    let ports = port.map(|port| Value::Array(vec![object(&[("containerPort", &port)])]));
    let container = object(&[("image", &arguments.value("image")), ("name", &name), ("ports", &ports)]);
    object(&[("containers", &Value::Array(vec![container]))])
}

/// Runs `expose KIND NAME --port N`.
pub(super) fn expose(call: &mut Call, arguments: &Arguments) -> Output {
    let operands = arguments.operands.get(1..).unwrap_or_default();
    let port = arguments.value("port").and_then(|text| text.parse::<i64>().ok());
    let named = match select(call, arguments, operands) {
        Ok(named) => named,
        Err(output) => return output,
    };
    let item = match named.into_iter().next() {
        Some(Named::One(_, item)) => item,
        Some(Named::Missing(resource, name)) => return Output::failed(1, not_found(resource, name) + "\n"),
        _ => return Output::failed(1, "error: resource(s) were provided, but no name was specified\n"),
    };
    let template = &item.value["spec"]["template"];
    let own_port = template["spec"]["containers"][0]["ports"][0]["containerPort"].as_i64();
    let Some(port) = port.or(own_port) else {
        return Output::failed(1, "error: couldn't find port via --port flag or introspection\n");
    };
    let labels =
        if template.is_null() { &item.value["metadata"]["labels"] } else { &template["metadata"]["labels"] };
    let ports = Value::Array(vec![object(&[("port", &port)])]);
    let spec = object(&[("ports", &ports), ("selector", labels), ("type", &arguments.value("type"))]);
    let service = bare("v1", "Service", &item.name, Some(&spec));
    let Ok(manifest) = Manifest::read(&service, &item.namespace) else { return Output::default() };
    let mut change = begin(call);
    if let Err(denied) = change.put(&manifest) {
        return Output::failed(1, [&*denied.line(""), "\n"].concat());
    }
    let mut output = Output::printed([&*manifest.title(), " exposed\n"].concat());
    let line = typed(call);
    commit(call, change, line, &mut output);
    output
}
