//! The pods of workloads and their addresses.
//!
//! [`run`] creates and removes pods and assigns addresses; `surroundings` derives the state of the environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use app_mesh_engine::{
    control_plane::Env,
    environment::{
        CloudMapService, Cluster, ClusterObject, Family, LabelSelector, ObjectKey, ObjectState, text_map,
    },
    model::{Kind, TextMap},
    world::World,
};
use mesh_text::json::compact;
use serde_json::{Map, Value};

use super::{admit::namespace_labels, kinds::aws_name_of};

/// The kinds that create pods.
pub const WORKLOADS: [&str; 5] = ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"];

/// Maximum number of pods of one workload.
const MOST_REPLICAS: i64 = 50;

/// Returns the number of pods that a workload requests.
pub fn replicas(kind: &str, object: &ClusterObject) -> i64 {
    match kind {
        "DaemonSet" => 1,
        "Job" => object.spec("completions").as_i64().unwrap_or(1).clamp(0, MOST_REPLICAS),
        _ => object.spec("replicas").as_i64().unwrap_or(1).clamp(0, MOST_REPLICAS),
    }
}

/// Returns a stable hash of a string (FNV-1a).
pub(super) fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns letters and digits in the style of Kubernetes' random names.
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

/// Returns the hash of the template of a workload, as used in the names of replica sets.
pub fn template_hash(object: &ClusterObject) -> String {
    suffix(hash(&compact(object.spec("template"))), 10)
}

/// Returns the names of the pods that a workload requests.
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

/// Creates and removes the pods of workloads, and assigns addresses. Returns the guesses in words.
pub fn run(world: &mut World, env: &Env) -> Vec<String> {
    let old = &world.environment.cluster;
    let mut cluster = Cluster::clone(old);
    let is_workload = |key: &ObjectKey| WORKLOADS.contains(&&*key.kind);
    let workloads: Vec<_> = old
        .objects
        .iter()
        .filter(|(key, _)| is_workload(key))
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect();
    let proxies = Proxies::of(old);
    let mut wanted = BTreeSet::new();
    for (key, object) in &workloads {
        let names = pod_names(key, object);
        let refusal = injection_refusal(world, &proxies, key, object, names.first());
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

/// Returns a unique id, derived from a string.
pub fn uid(text: &str) -> Rc<str> {
    Env { now: app_mesh_engine::control_plane::Timestamp(0), seed: hash(text) }.uid().into()
}

/// Returns the pod webhook's reason to refuse the pods of a workload: two nodes, or two gateways, select them.
fn injection_refusal(
    world: &World,
    proxies: &Proxies,
    key: &ObjectKey,
    workload: &ClusterObject,
    pod: Option<&String>,
) -> Option<String> {
    let namespace = namespace_labels(world, &key.namespace)?;
    if namespace.get("appmesh.k8s.aws/sidecarInjectorWebhook").map(String::as_str) != Some("enabled") {
        return None;
    }
    let labels = text_map(&workload.spec("template")["metadata"]["labels"]);
    for kind in [Kind::VirtualNode, Kind::VirtualGateway] {
        let found: Vec<_> = proxies
            .selecting(kind, &key.namespace, &labels)
            .map(|(key, _)| [&*key.namespace, "/", &*key.name].concat())
            .collect();
        if found.len() > 1 {
            let (namespace, pod) = (&key.namespace, pod.map_or("", String::as_str));
            let (found, kind) = (found.join(","), kind.declaration().word);
            return Some(format!(
                "admission webhook \"mpod.appmesh.k8s.aws\" denied the request: found multiple matching {kind}s for pod {namespace}/{pod}: {found}"
            ));
        }
    }
    None
}

/// The nodes and gateways with their selectors, read once for many pods.
pub struct Proxies(Vec<(ObjectKey, Kind, String, LabelSelector)>);

impl Proxies {
    /// Collects the nodes and gateways of a cluster.
    pub fn of(cluster: &Cluster) -> Self {
        let kinds = [Kind::VirtualNode, Kind::VirtualGateway];
        let objects = kinds.into_iter().flat_map(|kind| {
            cluster.of_kind(kind.declaration().word).map(move |(key, object)| (kind, key, object))
        });
        let selecting = objects.filter_map(|(kind, key, object)| {
            let selector = LabelSelector::from_manifest(object.spec("podSelector")).ok().flatten()?;
            let name = aws_name_of(kind, &key.namespace, &key.name, object);
            Some((key.clone(), kind, name, selector))
        });
        Self(selecting.collect())
    }

    /// Returns the nodes or gateways of a namespace that select these labels.
    fn selecting<'p>(
        &'p self,
        kind: Kind,
        namespace: &'p str,
        labels: &'p TextMap,
    ) -> impl Iterator<Item = (&'p ObjectKey, &'p str)> {
        let found = self.0.iter().filter(move |(key, known, _, selector)| {
            *known == kind && &*key.namespace == namespace && selector.selects(labels)
        });
        found.map(|(key, _, name, _)| (key, name.as_str()))
    }

    /// Returns the App Mesh name of the node or gateway whose Envoy runs in a pod.
    pub fn find(&self, namespace: &str, pod: &ClusterObject) -> Option<(Kind, String)> {
        let labels = pod.labels();
        [Kind::VirtualNode, Kind::VirtualGateway].into_iter().find_map(|kind| {
            self.selecting(kind, namespace, &labels).next().map(|(_, name)| (kind, name.to_owned()))
        })
    }
}

/// Returns whether a namespace has neither workloads nor Services, so that its workloads are guessed.
fn is_guessed(cluster: &Cluster, namespace: &str) -> bool {
    let says = |kind: &str| kind == "Pod" || kind == "Service" || WORKLOADS.contains(&kind);
    !cluster.objects.keys().any(|key| &*key.namespace == namespace && says(&key.kind))
}

/// Returns an address in the cluster's range for pods or Services.
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

/// Assigns an address to every pod and Service without one, and to guessed ones.
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

/// Returns the guess for a node or service without a workload in any manifest; `None` if enough is known.
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

pub(super) fn cloud_map_service(node: &ClusterObject) -> Option<CloudMapService> {
    let found = &node.spec("serviceDiscovery")["awsCloudMap"];
    Some(CloudMapService {
        namespace: found["namespaceName"].as_str()?.into(),
        service: found["serviceName"].as_str()?.into(),
    })
}
