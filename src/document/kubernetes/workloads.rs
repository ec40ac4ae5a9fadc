//! What runs in the cluster: pods of workloads, addresses, DNS records of Services, instances in Cloud Map.
//!
//! [`run`] makes and removes pods and gives out addresses; [`surroundings`] is what follows from the objects for the
//! environment, and [`replace`] puts one in the place of another, leaving alone what was changed by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use serde_json::{Map, Value};

use super::{
    admit::{mesh_of_reference, namespace_labels},
    kinds::aws_name_of,
};
use crate::{
    control_plane::Env,
    environment::{
        CloudMapService, Cluster, ClusterObject, Environment, Families, Family, Instance, LabelSelector,
        ObjectKey, ObjectState, Task, Tasks, text_map,
    },
    model::{Kind, TextMap},
    terminal::compact,
    world::World,
};

/// The kinds that make pods.
pub(crate) const WORKLOADS: [&str; 5] = ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"];

/// The most pods of one workload.
const MOST_REPLICAS: i64 = 50;

/// How many pods a workload asks for.
pub(crate) fn replicas(kind: &str, object: &ClusterObject) -> i64 {
    match kind {
        "DaemonSet" => 1,
        "Job" => object.spec("completions").as_i64().unwrap_or(1).clamp(0, MOST_REPLICAS),
        _ => object.spec("replicas").as_i64().unwrap_or(1).clamp(0, MOST_REPLICAS),
    }
}

/// A number of a text that is the same everywhere (FNV-1a).
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Letters and digits as Kubernetes makes random names of.
fn suffix(mut number: u64, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    number ^= number >> 29;
    let mut text = String::new();
    for _ in 0..length {
        let place = usize::try_from(number % 27).unwrap_or_default();
        text.push(LETTERS.get(place).copied().map_or('x', char::from));
        number /= 27;
    }
    text
}

/// The hash of the template of a workload, as in the names of replica sets.
pub(crate) fn template_hash(object: &ClusterObject) -> String {
    suffix(hash(&compact(object.spec("template"))), 10)
}

/// The names of the pods that a workload asks for.
fn pod_names(key: &ObjectKey, object: &ClusterObject) -> Vec<String> {
    let template = template_hash(object);
    let whole = [&*key.kind, "/", &key.namespace, "/", &key.name, "/", &template].concat();
    let count = replicas(&key.kind, object);
    let name = &key.name;
    (0..count)
        .map(|index| {
            let own = suffix(hash(&format!("{whole}/{index}")), 5);
            match &*key.kind {
                "StatefulSet" => format!("{name}-{index}"),
                "Deployment" => format!("{name}-{template}-{own}"),
                _ => format!("{name}-{own}"),
            }
        })
        .collect()
}

/// Makes and removes the pods of workloads, and gives addresses. Returns what was guessed, in words.
pub(crate) fn run(world: &mut World, env: &Env) -> Vec<String> {
    let old = &world.environment.cluster;
    let mut cluster = Cluster::clone(old);
    let is_workload = |key: &ObjectKey| WORKLOADS.contains(&&*key.kind);
    let workloads: Vec<_> = old
        .objects
        .iter()
        .filter(|(key, _)| is_workload(key))
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    let mut wanted = BTreeSet::new();
    for (key, object) in &workloads {
        let names = pod_names(key, object);
        let refusal = injection_refusal(world, key, object, names.first());
        let owner = [&*key.kind, "/", &key.name].concat();
        let mut kept = ClusterObject::clone(object);
        kept.reason = refusal.clone().unwrap_or_default().into();
        if kept != **object {
            cluster.objects.insert(key.clone(), Rc::new(kept));
        }
        for name in names.iter().filter(|_| refusal.is_none()) {
            let pod = ObjectKey::new("Pod", &key.namespace, name);
            let is_there = cluster.objects.contains_key(&pod);
            if !is_there && cluster.objects.len() < Cluster::MOST_OBJECTS {
                cluster.objects.insert(pod.clone(), Rc::new(pod_of(key, object, name, &owner, env)));
            }
            wanted.insert(pod);
        }
    }
    let is_orphan = |key: &ObjectKey, object: &ClusterObject| {
        &*key.kind == "Pod" && object.added("owner").is_some() && !wanted.contains(key)
    };
    let orphans: Vec<_> =
        cluster.objects.iter().filter(|(key, pod)| is_orphan(key, pod)).map(|(key, _)| key.clone()).collect();
    for key in orphans {
        cluster.objects.remove(&key);
    }
    let guesses = give_addresses(world, &mut cluster);
    if cluster != *world.environment.cluster {
        Rc::make_mut(&mut world.environment).cluster = Rc::new(cluster);
    }
    guesses
}

fn pod_of(key: &ObjectKey, workload: &ClusterObject, name: &str, owner: &str, env: &Env) -> ClusterObject {
    let template = workload.spec("template");
    let mut labels = Map::new();
    for (key, value) in text_map(&template["metadata"]["labels"]).iter() {
        labels.insert(key.clone(), Value::from(&**value));
    }
    match &*key.kind {
        "Deployment" | "ReplicaSet" => {
            labels.insert("pod-template-hash".to_owned(), Value::from(template_hash(workload)));
        }
        "StatefulSet" => {
            labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), Value::from(name));
        }
        _ => {}
    }
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), Value::from(name));
    metadata.insert("namespace".to_owned(), Value::from(&*key.namespace));
    metadata.insert("labels".to_owned(), Value::Object(labels));
    if !template["metadata"]["annotations"].is_null() {
        metadata.insert("annotations".to_owned(), template["metadata"]["annotations"].clone());
    }
    let mut manifest = Map::new();
    manifest.insert("apiVersion".to_owned(), Value::from("v1"));
    manifest.insert("kind".to_owned(), Value::from("Pod"));
    manifest.insert("metadata".to_owned(), Value::Object(metadata));
    manifest.insert("spec".to_owned(), template["spec"].clone());
    let mut added = TextMap::new();
    added.insert("owner".to_owned(), owner.to_owned());
    ClusterObject {
        manifest: Value::Object(manifest),
        added,
        created_at: env.now.0,
        uid: uid(&[&key.namespace, "/", name].concat()),
        generation: 1,
        state: ObjectState::Settled,
        reason: "".into(),
    }
}

/// A unique id of a text: the same text has the same.
pub(crate) fn uid(text: &str) -> Rc<str> {
    Env { now: crate::control_plane::Timestamp(0), seed: hash(text) }.uid().into()
}

/// Whether the webhook for pods refuses those of a workload: two nodes, or two gateways, select them.
fn injection_refusal(
    world: &World,
    key: &ObjectKey,
    workload: &ClusterObject,
    pod: Option<&String>,
) -> Option<String> {
    let namespace = namespace_labels(world, &key.namespace)?;
    if namespace.get("appmesh.k8s.aws/sidecarInjectorWebhook").map(String::as_str) != Some("enabled") {
        return None;
    }
    let labels = text_map(&workload.spec("template")["metadata"]["labels"]);
    for kind in ["VirtualNode", "VirtualGateway"] {
        let found: Vec<_> = selecting(&world.environment.cluster, kind, &key.namespace, &labels)
            .map(|key| [&*key.namespace, "/", &*key.name].concat())
            .collect();
        if found.len() > 1 {
            let (namespace, pod) = (&key.namespace, pod.map_or("", String::as_str));
            let found = found.join(",");
            return Some(format!(
                "admission webhook \"mpod.appmesh.k8s.aws\" denied the request: found multiple matching {kind}s for pod {namespace}/{pod}: {found}"
            ));
        }
    }
    None
}

/// The nodes or gateways of a namespace whose `podSelector` takes these labels.
pub(crate) fn selecting<'c>(
    cluster: &'c Cluster,
    kind: &'c str,
    namespace: &'c str,
    labels: &'c TextMap,
) -> impl Iterator<Item = &'c ObjectKey> {
    let objects = cluster.of_kind(kind).filter(move |(key, _)| &*key.namespace == namespace);
    let objects = objects.filter(|(_, object)| {
        let selector = LabelSelector::from_manifest(object.spec("podSelector"));
        selector.ok().flatten().is_some_and(|selector| selector.selects(labels))
    });
    objects.map(|(key, _)| key)
}

/// The name in App Mesh of the node or gateway whose Envoy is in a pod.
pub(crate) fn proxy_of(cluster: &Cluster, namespace: &str, pod: &ClusterObject) -> Option<(Kind, String)> {
    let labels = pod.labels();
    [Kind::VirtualNode, Kind::VirtualGateway].into_iter().find_map(|kind| {
        let key = selecting(cluster, kind.declaration().word, namespace, &labels).next()?;
        let object = cluster.objects.get(key)?;
        Some((kind, aws_name_of(kind, namespace, &key.name, object)))
    })
}

/// Whether nothing says what runs in a namespace: neither workloads nor Services.
fn is_guessed(cluster: &Cluster, namespace: &str) -> bool {
    let says = |kind: &str| kind == "Pod" || kind == "Service" || WORKLOADS.contains(&kind);
    !cluster.objects.keys().any(|key| &*key.namespace == namespace && says(&key.kind))
}

/// The ranges of a cluster: pods, and Services.
fn address(family: Family, is_service: bool, number: u32) -> IpAddr {
    let [_, high, middle, low] = number.to_be_bytes();
    match (family, is_service) {
        (Family::V4, false) => Ipv4Addr::new(192, 168_u8.wrapping_add(high & 1), middle, low).into(),
        (Family::V4, true) => Ipv4Addr::new(10, 100, middle, low).into(),
        (Family::V6, is_service) => {
            let [first, second] = if is_service { [0xfd00, 0xec2] } else { [0x2001, 0xdb8] };
            let low = u16::try_from(number & 0xffff).unwrap_or_default();
            let high = u16::try_from(number >> 16).unwrap_or_default();
            Ipv6Addr::new(first, second, 0xe, 0, 0, 0, high, low).into()
        }
    }
}

/// Gives an address to every pod and Service that has none, and to what is guessed.
fn give_addresses(world: &World, cluster: &mut Cluster) -> Vec<String> {
    let family = cluster.family;
    let mut taken: BTreeSet<IpAddr> = BTreeSet::new();
    for object in cluster.objects.values() {
        let words = ["podIP", "clusterIP", "guess"];
        taken.extend(words.iter().filter_map(|word| object.added(word)?.parse::<IpAddr>().ok()));
    }
    let mut next = [0x0100_u32; 2];
    let mut free = |is_service: bool| {
        let Some(next) = next.get_mut(usize::from(is_service)) else { return address(family, is_service, 1) };
        loop {
            *next += 1;
            let found = address(family, is_service, *next);
            if taken.insert(found) || *next > 0xffff {
                return found;
            }
        }
    };
    let mut changes: Vec<(ObjectKey, &str, String)> = Vec::new();
    let mut guesses = Vec::new();
    let mut guessed: BTreeMap<Rc<str>, bool> = BTreeMap::new();
    for (key, object) in cluster.objects.iter() {
        match &*key.kind {
            "Pod" if object.added("podIP").is_none() => {
                changes.push((key.clone(), "podIP", free(false).to_string()));
            }
            "Service" if object.added("clusterIP").is_none() => {
                let written = object.spec("clusterIP").as_str().filter(|written| !written.is_empty());
                let is_outside = object.spec("type").as_str() == Some("ExternalName");
                let address = match written {
                    Some(written) => written.to_owned(),
                    None if is_outside => String::new(),
                    None => free(true).to_string(),
                };
                changes.push((key.clone(), "clusterIP", address));
            }
            "VirtualNode" | "VirtualService" => {
                let is_open = *guessed
                    .entry(key.namespace.clone())
                    .or_insert_with(|| is_guessed(cluster, &key.namespace));
                match (is_open, object.added("guess")) {
                    (true, None) => {
                        if let Some(text) = guess_words(world, key, object) {
                            let address = free(&*key.kind == "VirtualService").to_string();
                            guesses.push(text.replace("{address}", &address));
                            changes.push((key.clone(), "guess", address));
                        }
                    }
                    (false, Some(_)) => changes.push((key.clone(), "guess", String::new())),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    for (key, word, value) in changes {
        if let Some(object) = cluster.objects.get_mut(&key) {
            let object = Rc::make_mut(object);
            match word == "guess" && value.is_empty() {
                true => drop(object.added.remove(word)),
                false => drop(object.added.insert(word.to_owned(), value)),
            }
        }
    }
    guesses
}

/// What is guessed for a node or a service of which no manifest says what runs; `None` where enough is known.
fn guess_words(world: &World, key: &ObjectKey, object: &ClusterObject) -> Option<String> {
    let environment = &world.environment;
    let title = [&*key.kind.to_ascii_lowercase(), "/", &key.name].concat();
    if &*key.kind == "VirtualService" {
        let name = aws_name_of(Kind::VirtualService, &key.namespace, &key.name, object);
        let is_known = environment.dns.contains_key(&*name)
            || environment
                .cluster
                .of_kind("VirtualNode")
                .any(|(_, node)| node.spec("serviceDiscovery")["dns"]["hostname"].as_str() == Some(&name));
        let text = format!(
            "{title}: no manifest has a Service named like it: guessed a record of {name}, {{address}}"
        );
        return (!is_known).then_some(text);
    }
    let discovery = object.spec("serviceDiscovery");
    if let Some(host) = discovery["dns"]["hostname"].as_str() {
        let text = format!(
            "{title}: no manifest says what runs: guessed a pod at {{address}} and a record of {host}"
        );
        return (!environment.dns.contains_key(host)).then_some(text);
    }
    let service = cloud_map_service(object)?;
    let is_known = environment.cloud_map.get(&service).is_some_and(|instances| !instances.is_empty());
    let name = &service.service;
    (!is_known).then(|| {
        format!("{title}: no manifest says what runs: guessed a pod at {{address}}, an instance of {name}")
    })
}

fn cloud_map_service(node: &ClusterObject) -> Option<CloudMapService> {
    let found = &node.spec("serviceDiscovery")["awsCloudMap"];
    Some(CloudMapService {
        namespace: found["namespaceName"].as_str()?.into(),
        service: found["serviceName"].as_str()?.into(),
    })
}

/// What follows from the objects of the cluster for the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    tasks: BTreeMap<Rc<str>, Task>,
    records: BTreeSet<(Rc<str>, IpAddr)>,
    instances: BTreeMap<CloudMapService, BTreeMap<Rc<str>, Instance>>,
    forwards: BTreeMap<IpAddr, Vec<IpAddr>>,
}

/// A pod with its address.
struct Running<'c> {
    key: &'c ObjectKey,
    labels: TextMap,
    address: IpAddr,
}

/// What the cluster of a world gives to its environment.
pub(crate) fn surroundings(world: &World) -> Surroundings {
    let cluster = &world.environment.cluster;
    let mut found = Surroundings::default();
    let pods: Vec<_> = cluster
        .of_kind("Pod")
        .filter_map(|(key, object)| {
            let address = object.added("podIP")?.parse().ok()?;
            Some(Running { key, labels: object.labels(), address })
        })
        .collect();
    for pod in &pods {
        let name = match found.tasks.contains_key(&pod.key.name) {
            true => [&*pod.key.namespace, ".", &pod.key.name].concat().into(),
            false => pod.key.name.clone(),
        };
        found.tasks.insert(name, task(pod.address));
    }
    for (key, object) in cluster.of_kind("Service") {
        found.service(world, key, object, &pods);
    }
    for (key, object) in cluster.of_kind("VirtualNode") {
        if object.state != ObjectState::Terminating {
            found.node(world, key, object, &pods);
        }
    }
    for (key, object) in cluster.of_kind("VirtualService") {
        if let Some(address) = object.added("guess").and_then(|guess| guess.parse().ok()) {
            let name = aws_name_of(Kind::VirtualService, &key.namespace, &key.name, object);
            found.records.insert((name.into(), address));
        }
    }
    found
}

/// A task of a pod: an application that listens on every address of its pod.
fn task(address: IpAddr) -> Task {
    match address {
        IpAddr::V4(address) => Task::new(Some(address), None, Families::V4),
        // What listens on `::` in a pod is reached at both loopback addresses.
        IpAddr::V6(address) => Task::new(None, Some(address), Families::BOTH),
    }
}

impl Surroundings {
    fn service(&mut self, world: &World, key: &ObjectKey, object: &ClusterObject, pods: &[Running]) {
        let host: Rc<str> = [&*key.name, ".", &key.namespace, ".svc.cluster.local"].concat().into();
        let selector = text_map(object.spec("selector"));
        let is_selected = |pod: &&Running| {
            pod.key.namespace == key.namespace
                && !selector.is_empty()
                && selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
        };
        let selected: Vec<_> = pods.iter().filter(is_selected).collect();
        match object.added("clusterIP").unwrap_or_default() {
            "None" => {
                for pod in selected {
                    self.records.insert((host.clone(), pod.address));
                    let own: Rc<str> = [&*pod.key.name, ".", &host].concat().into();
                    if pod.labels.contains_key("statefulset.kubernetes.io/pod-name") {
                        self.records.insert((own, pod.address));
                    }
                }
            }
            address => {
                let Ok(address) = address.parse::<IpAddr>() else { return };
                self.records.insert((host, address));
                if let Some(name) = load_balancer(world, key, object) {
                    self.records.insert((name.into(), address));
                }
                self.forwards.insert(address, selected.iter().map(|pod| pod.address).collect());
            }
        }
    }

    fn node(&mut self, world: &World, key: &ObjectKey, object: &ClusterObject, pods: &[Running]) {
        let discovery = object.spec("serviceDiscovery");
        let guess = object.added("guess").and_then(|guess| guess.parse::<IpAddr>().ok());
        let host = discovery["dns"]["hostname"].as_str();
        if let (Some(address), Some(host)) = (guess, host) {
            self.records.insert((host.into(), address));
        }
        if let Some(address) = guess {
            let name = match self.tasks.contains_key(&key.name) {
                true => aws_name_of(Kind::VirtualNode, &key.namespace, &key.name, object).into(),
                false => key.name.clone(),
            };
            self.tasks.insert(name, task(address));
        }
        let Some(service) = cloud_map_service(object) else { return };
        let instances = self.instances.entry(service).or_default();
        let selector = LabelSelector::from_manifest(object.spec("podSelector")).ok().flatten();
        let selected = pods.iter().filter(|pod| {
            pod.key.namespace == key.namespace
                && selector.as_ref().is_some_and(|selector| selector.selects(&pod.labels))
        });
        let none = TextMap::new();
        let selected = selected.map(|pod| (pod.address, Some(pod), &pod.labels));
        for (address, pod, labels) in selected.chain(guess.map(|address| (address, None, &none))) {
            let mut attributes = labels.clone();
            let mut add =
                |name: &str, value: &str| drop(attributes.insert(name.to_owned(), value.to_owned()));
            for attribute in discovery["awsCloudMap"]["attributes"].as_array().into_iter().flatten() {
                add(
                    attribute["key"].as_str().unwrap_or_default(),
                    attribute["value"].as_str().unwrap_or_default(),
                );
            }
            // The port is that of the first listener, whatever the pod listens on.
            if let Some(port) = object.spec("listeners")[0]["portMapping"]["port"].as_i64() {
                add("AWS_INSTANCE_PORT", &port.to_string());
            }
            if let Some(pod) = pod {
                add("k8s.io/pod", &pod.key.name);
            }
            add("k8s.io/namespace", &key.namespace);
            let mesh = mesh_of_reference(world, object.added("mesh").unwrap_or_default());
            add("appmesh.k8s.aws/mesh", &mesh.name);
            add(
                "appmesh.k8s.aws/virtualNode",
                &aws_name_of(Kind::VirtualNode, &key.namespace, &key.name, object),
            );
            let id: Rc<str> = address.to_string().into();
            let (ipv4, ipv6) = match address {
                IpAddr::V4(address) => (Some(address), None),
                IpAddr::V6(address) => (None, Some(address)),
            };
            instances.insert(id.clone(), Instance { id, ipv4, ipv6, attributes });
        }
    }
}

/// The name of the load balancer of a Service that has one.
pub(crate) fn load_balancer(world: &World, key: &ObjectKey, object: &ClusterObject) -> Option<String> {
    if object.spec("type").as_str() != Some("LoadBalancer") {
        return None;
    }
    let own = hash(&[&*key.namespace, "/", &key.name].concat());
    Some(format!(
        "k8s-{}-{}-{:010x}.elb.{}.amazonaws.com",
        key.namespace,
        key.name,
        own & 0xff_ffff_ffff,
        world.region
    ))
}

/// Puts what the cluster gives now in the place of what it gave before; what was changed by hand stays.
pub(crate) fn replace(world: &mut World, before: &Surroundings, after: &Surroundings) {
    if before == after {
        return;
    }
    let environment = Rc::make_mut(&mut world.environment);
    replace_tasks(environment, before, after);
    for (host, address) in before.records.difference(&after.records) {
        let Some(records) = environment.dns.get_mut(host) else { continue };
        let records = Rc::make_mut(records);
        match address {
            IpAddr::V4(address) => records.a.retain(|known| known != address),
            IpAddr::V6(address) => records.aaaa.retain(|known| known != address),
        }
        if records.a.is_empty() && records.aaaa.is_empty() {
            environment.dns.remove(host);
        }
    }
    for (host, address) in after.records.difference(&before.records) {
        environment.dns.try_insert(host.clone(), Rc::default());
        let Some(records) = environment.dns.get_mut(host) else { continue };
        let records = Rc::make_mut(records);
        match address {
            IpAddr::V4(address) if !records.a.contains(address) => records.a.push(*address),
            IpAddr::V6(address) if !records.aaaa.contains(address) => records.aaaa.push(*address),
            _ => {}
        }
    }
    replace_instances(environment, before, after);
    let forwards = after.forwards.iter().map(|(from, to)| (*from, to.clone())).collect();
    Rc::make_mut(&mut environment.cluster).forwards = forwards;
}

fn replace_tasks(environment: &mut Environment, before: &Surroundings, after: &Surroundings) {
    let is_gone = |name: &Rc<str>| before.tasks.contains_key(name) && !after.tasks.contains_key(name);
    if before.tasks.keys().any(is_gone) {
        let mut others = Tasks::default();
        for (name, task) in environment.tasks.iter().filter(|(name, _)| !is_gone(name)) {
            others.insert(name.clone(), task.clone());
        }
        environment.tasks = others;
    }
    for (name, task) in after.tasks.iter().filter(|(name, task)| before.tasks.get(*name) != Some(*task)) {
        environment.tasks.insert(name.clone(), Rc::new(task.clone()));
    }
}

fn replace_instances(environment: &mut Environment, before: &Surroundings, after: &Surroundings) {
    let none = BTreeMap::new();
    for (service, old) in &before.instances {
        let new = after.instances.get(service).unwrap_or(&none);
        let Some(known) = environment.cloud_map.get_mut(service) else { continue };
        Rc::make_mut(known)
            .retain(|instance| !old.contains_key(&instance.id) || new.contains_key(&instance.id));
        if known.is_empty() && !after.instances.contains_key(service) {
            environment.cloud_map.remove(service);
            // The namespace stays, as it was there before the controller came.
            if !environment.cloud_map.keys().any(|other| other.namespace == service.namespace) {
                let namespace = CloudMapService { namespace: service.namespace.clone(), service: "".into() };
                environment.cloud_map.insert(namespace, Rc::default());
            }
        }
    }
    for (service, new) in &after.instances {
        environment.cloud_map.try_insert(service.clone(), Rc::default());
        let old = before.instances.get(service).unwrap_or(&none);
        let Some(known) = environment.cloud_map.get_mut(service) else { continue };
        for (id, instance) in new.iter().filter(|(id, instance)| old.get(*id) != Some(*instance)) {
            let known = Rc::make_mut(known);
            known.retain(|other| other.id != *id);
            known.push(instance.clone());
        }
    }
}
