//! `kubectl logs`: log lines of a pod's containers about the requests of this terminal.

use std::net::IpAddr;

use crate::{
    command::Output,
    tools::{Call, url::find},
};
use app_mesh_engine::{
    environment::{ClusterObject, ObjectKey},
    model::{Key, Kind, MeshId},
};
use mesh_documents::kubernetes::{CONTROLLER, CONTROLLER_NAMESPACE, Proxies, RESOURCES, Resource};
use playground_core::logs::{Writer, without_access_log};

use super::{
    arguments::Arguments, change::fail, exec::pod_of, items::Item, named::not_found, print::containers,
};

/// The source of the requested logs.
struct Source {
    title: String,
    containers: Vec<String>,
    proxy: Option<(MeshId, Key)>,
    address: Option<IpAddr>,
}

pub(super) fn run(call: &mut Call, arguments: &Arguments) -> Output {
    let operands = arguments.operands.get(1..).unwrap_or_default();
    let mut sources = Vec::new();
    match (operands, arguments.selector) {
        ([word], None) => match source(call, arguments.namespace(), word) {
            Some(source) => sources.push(source),
            None if word.contains(CONTROLLER) && arguments.namespace() == CONTROLLER_NAMESPACE => {
                let text =
                    "error: the controller writes no log here: kubectl get events -A shows why objects wait
";
                return Output::failed(1, text);
            }
            None => {
                let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
                let resource = Resource::of_word(kind).or_else(|| RESOURCES.first());
                let text = resource.map(|resource| not_found(resource, name)).unwrap_or_default();
                return Output::failed(1, text + "\n");
            }
        },
        ([], Some(_)) => {
            let selector = match super::change::selector(arguments) {
                Ok(selector) => selector,
                Err(output) => return output,
            };
            let pods = Resource::of_kind("Pod");
            let items = pods.map(|pods| super::items::of_kind(call.context.playground.world(), pods));
            let is_asked = |item: &Item| {
                &*item.namespace == arguments.namespace()
                    && selector.as_ref().is_none_or(|selector| item.is_selected(selector))
            };
            let pods: Vec<_> = items.into_iter().flatten().filter(is_asked).collect();
            let proxies = Proxies::of(&call.context.playground.world().environment.cluster);
            for pod in pods {
                let kept = pod.kept.as_ref();
                sources.extend(kept.map(|kept| of_pod(call, &proxies, &pod.key(), kept)));
            }
            if sources.is_empty() {
                let text = ["No resources found in ", arguments.namespace(), " namespace.\n"].concat();
                return Output { stderr: text, ..Output::default() };
            }
        }
        _ => {
            return Output::failed(
                1,
                "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples\n",
            );
        }
    }
    let mut output = Output::default();
    for source in sources {
        one(call, arguments, &source, &mut output);
    }
    output
}

fn one(call: &Call, arguments: &Arguments, source: &Source, output: &mut Output) {
    let first = source.containers.first().map_or("app", String::as_str);
    let asked: Vec<&str> = match (arguments.container, arguments.has("all-containers")) {
        (Some(name), _) => vec![name],
        (None, true) => source.containers.iter().map(String::as_str).collect(),
        (None, false) => {
            if source.containers.len() > 1 {
                let all = source.containers.join(", ");
                let text = ["Defaulted container \"", first, "\" out of: ", &all, "\n"].concat();
                output.stderr.push_str(&text);
            }
            vec![first]
        }
    };
    for container in asked {
        // The application's container may have any name; `app` is an alias for it here.
        let is_known = container == "app" || source.containers.iter().any(|known| known == container);
        if !is_known {
            let text = ["error: container ", container, " is not valid for pod ", &source.title];
            fail(output, &text.concat());
            continue;
        }
        let Some((mesh, key)) = &source.proxy else { continue };
        let is_gateway = key.kind == Kind::VirtualGateway;
        let writer = if container == "envoy" || is_gateway { Writer::Envoy } else { Writer::Application };
        let playground = &call.context.playground;
        let mut lines: Vec<_> = playground.logs.lines(mesh, key, writer, source.address).collect();
        if let Some(tail) = arguments.value("tail").and_then(|text| text.parse::<usize>().ok()) {
            lines = lines.split_off(lines.len().saturating_sub(tail));
        }
        let prefix = match arguments.has("prefix") {
            true => ["[pod/", &*source.title, "/", container, "] "].concat(),
            false => String::new(),
        };
        output.stdout.extend(lines.iter().flat_map(|line| [&*prefix, *line, "\n"]));
        let resource = playground.world().control_plane.mesh(mesh);
        if writer == Writer::Envoy
            && let Some(note) = resource.and_then(|mesh| without_access_log(mesh, key))
        {
            output.stderr.push_str(&["Warning: ", &*note, "\n"].concat());
        }
    }
}

/// Returns the source that a word names: a pod, a workload, or a node or gateway of App Mesh.
fn source(call: &Call, namespace: &str, word: &str) -> Option<Source> {
    if let Some((key, pod)) = pod_of(call, namespace, word) {
        let proxies = Proxies::of(&call.context.playground.world().environment.cluster);
        return Some(of_pod(call, &proxies, key, pod));
    }
    let name = word.rsplit('/').next().unwrap_or(word);
    let (mesh, _, key) = find(call.context.playground, &[Kind::VirtualNode, Kind::VirtualGateway], name)?;
    let containers = match key.kind {
        Kind::VirtualGateway => vec!["envoy".to_owned()],
        _ => vec!["app".to_owned(), "envoy".to_owned()],
    };
    Some(Source { title: name.to_owned(), containers, proxy: Some((mesh, key)), address: None })
}

fn of_pod(call: &Call, proxies: &Proxies, key: &ObjectKey, pod: &ClusterObject) -> Source {
    let found = proxies.find(&key.namespace, pod);
    let proxy = found.and_then(|(kind, name)| {
        let (mesh, _, key) = find(call.context.playground, &[kind], &name)?;
        (*key.name == *name).then_some((mesh, key))
    });
    Source {
        title: key.name.to_string(),
        containers: containers(proxies, &key.namespace, pod),
        proxy,
        address: pod.added("podIP").and_then(|address| address.parse().ok()),
    }
}
