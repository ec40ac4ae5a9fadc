//! Derives tasks, DNS and Cloud Map from the objects of the cluster.
//!
//! [`surroundings`] is a function of the cluster alone; [`replace`] replaces the old derived state with the new one and
//! preserves manual changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    rc::Rc,
};

use app_mesh_engine::{
    environment::{
        CloudMapService, ClusterObject, Environment, Families, Instance, LabelSelector, ObjectKey,
        ObjectState, Task, Tasks, text_map,
    },
    model::{Kind, TextMap},
    world::World,
};

use super::{
    admit::mesh_of_reference,
    kinds::aws_name_of,
    workloads::{cloud_map_service, hash},
};

/// State of the environment that is derived from the objects of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
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

/// Derives the state of the environment from the cluster of a world.
pub fn surroundings(world: &World) -> Surroundings {
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

/// Returns the task of a pod: an application that listens on every address of its pod.
fn task(address: IpAddr) -> Task {
    match address {
        IpAddr::V4(address) => Task::new(Some(address), None, Families::V4),
        // An application that listens on `::` in a pod responds on both loopback addresses.
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
            // The port is always that of the first listener, even if the pod listens on another port.
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

/// Returns the name of the load balancer of a Service, if it has one.
pub fn load_balancer(world: &World, key: &ObjectKey, object: &ClusterObject) -> Option<String> {
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

/// Replaces the old derived state with the new one; manual changes stay.
pub fn replace(world: &mut World, before: &Surroundings, after: &Surroundings) {
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
            // The namespace stays, because it existed before the controller used it.
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
