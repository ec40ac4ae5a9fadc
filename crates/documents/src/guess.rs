//! Guesses the environment of an opened document: tasks, records and registrations that the document does not contain.

use std::{net::Ipv4Addr, rc::Rc};

use app_mesh_engine::{
    control_plane::ControlPlane,
    environment::{DnsRecords, Environment, Families, Instance, Task},
    model::{Name, ResourceId, SpecView, TextMap},
    traffic::{self, DiscoveryMethod, PLACEHOLDER, PLACEHOLDER_V6},
    world::World,
};
use mesh_text::{
    sorting,
    words::{say, t},
};

use super::{Disposition, Note};
use crate::scenario;

/// Adds to the environment what the resource `id` needs and no document states.
///
/// A template states the service discovery of a node, but not the registered tasks. If the environment does not know
/// the node's host name or Cloud Map service, a name of the walkthrough brings the walkthrough's own tasks; any other
/// name gets one task with IPv4, which is noted as a guess. The name of a virtual service gets a record, because
/// applications look it up before they call it; the walkthrough's own services get none, because no application calls
/// them.
pub(super) fn guess_environment(world: &mut World, id: &ResourceId, path: &str, notes: &mut Vec<Note>) {
    let Some(resource) = world.control_plane.get(id).cloned() else { return };
    let spec = match resource.spec.view() {
        SpecView::VirtualNode(spec) => spec,
        SpecView::VirtualService(_) if scenario::is_service(&id.key.name) => return,
        SpecView::VirtualService(_) => {
            let environment = Rc::make_mut(&mut world.environment);
            notes.extend(name_record(environment, &id.key.name).map(|assumed| note(path, &assumed)));
            return;
        }
        _ => return,
    };
    let published = scenario::environment();
    let environment = Rc::make_mut(&mut world.environment);
    let reason = match traffic::discovery_method(spec) {
        Some(DiscoveryMethod::Dns(hostname)) if !environment.dns.contains_key(&hostname) => {
            if published.dns.contains_key(&hostname) {
                adopt(environment, &published)
            } else {
                let (name, ipv4) = add_task(environment, &id.key.name);
                let text = say(
                    "an A record for {0} and a task {1} whose application listens on IPv4",
                    &[&hostname, &name],
                );
                environment.dns.insert(hostname, Rc::new(DnsRecords { a: vec![ipv4], aaaa: Vec::new() }));
                text
            }
        }
        Some(DiscoveryMethod::CloudMap(service)) if !environment.cloud_map.contains_key(&service) => {
            if published.cloud_map.contains_key(&service) {
                adopt(environment, &published)
            } else {
                let (name, ipv4) = add_task(environment, &id.key.name);
                let discovery = spec.service_discovery().and_then(|discovery| discovery.aws_cloud_map());
                let wanted = discovery.and_then(|discovery| discovery.attributes()).unwrap_or_default();
                let mut attributes = TextMap::new();
                for wanted in wanted.iter() {
                    attributes.insert(wanted.key().to_owned(), wanted.value().to_owned());
                }
                let instance =
                    Instance { id: format!("{name}-1").into(), ipv4: Some(ipv4), ipv6: None, attributes };
                let text = say(
                    "an IPv4 instance of {0} and a task {1} with an IPv4 application",
                    &[&service.service, &name],
                );
                environment.cloud_map.insert(service, Rc::new(vec![instance]));
                text
            }
        }
        _ => return,
    };
    notes.push(note(path, &reason));
}

fn note(path: &str, assumed: &str) -> Note {
    Note {
        path: path.to_owned(),
        disposition: Disposition::Guessed,
        reason: say("the document does not say what is registered: assumed {0}", &[assumed]),
    }
}

/// Publishes a placeholder record for a name without one. Returns the assumption in words.
pub fn name_record(environment: &mut Environment, name: &str) -> Option<String> {
    let records = environment.dns.get(name);
    if records.is_some_and(|records| !records.a.is_empty() || !records.aaaa.is_empty()) {
        return None;
    }
    let records = DnsRecords { a: vec![PLACEHOLDER], aaaa: Vec::new() };
    environment.dns.insert(name.into(), Rc::new(records));
    let address = PLACEHOLDER.to_string();
    Some(say("a record of {0} for the name {1}, which callers look up first", &[&address, name]))
}

/// Returns the names of virtual services that are a backend of some virtual node and have no record, so that its
/// application cannot call them.
pub(super) fn unresolved_backends(control_plane: &ControlPlane, environment: &Environment) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for (_, mesh) in control_plane.meshes() {
        let nodes = mesh.node_names().filter_map(|node| mesh.virtual_node(node));
        let backends = nodes.flat_map(|node| node.backends().unwrap_or_default().iter());
        for backend in backends.filter_map(|backend| backend.virtual_service()) {
            let name = backend.virtual_service_name();
            if mesh.virtual_service(name).is_some() {
                names.push(name.into());
            }
        }
    }
    sorting::sort(&mut names);
    names.dedup();
    let known =
        environment.dns.iter().filter(|(_, records)| !records.a.is_empty() || !records.aaaa.is_empty());
    let mut known: Vec<_> = known.map(|(host, _)| host.to_ascii_lowercase()).collect();
    sorting::sort(&mut known);
    names.retain(|name| known.binary_search(&name.to_ascii_lowercase()).is_err());
    names
}

/// Publishes placeholder records for these names, for documents from before names needed a record.
pub(super) fn old_names(environment: &mut Environment, names: &[Name]) -> Vec<Note> {
    // A task without IPv4 called such a name over IPv6.
    let needs_v6 = environment.tasks.iter().any(|(_, task)| task.ipv4.is_none() && task.ipv6.is_some());
    let mut notes = Vec::new();
    for name in names {
        notes.extend(name_record(environment, name).map(|assumed| note("environment.dns", &assumed)));
        if let Some(records) = environment.dns.get_mut(&**name).filter(|_| needs_v6) {
            Rc::make_mut(records).aaaa = vec![PLACEHOLDER_V6];
        }
    }
    notes
}

fn adopt(environment: &mut Environment, published: &Environment) -> String {
    let add = |environment: &mut Environment| {
        for (name, task) in published.tasks.iter() {
            environment.tasks.try_insert(name.clone(), task.clone());
        }
        for (host, records) in published.dns.iter() {
            environment.dns.try_insert(host.clone(), records.clone());
        }
        for (service, instances) in published.cloud_map.iter() {
            environment.cloud_map.try_insert(service.clone(), instances.clone());
        }
    };
    add(environment);
    t("the six tasks of the published IPv6 walkthrough").to_owned()
}

/// Adds a task with free addresses, named after the node.
fn add_task(environment: &mut Environment, node: &str) -> (Rc<str>, Ipv4Addr) {
    let mut name: Rc<str> = node.into();
    let mut number = 1;
    while environment.tasks.contains_key(&name) {
        number += 1;
        name = format!("{node}-{number}").into();
    }
    // Addresses start at 10.1.2.0; the walkthrough's tasks are in 10.0.1.0/24.
    let address = |host: u16| {
        let [high, low] = host.to_be_bytes();
        Ipv4Addr::new(10, 1u8.saturating_add(high >> 4), 2u8.saturating_add(high & 0xf), low)
    };
    // Each task takes at most one address, so the search starts after as many addresses as there are tasks.
    let start = u16::try_from(environment.tasks.len() + 1).unwrap_or(u16::MAX);
    let mut hosts = (start..=u16::MAX).chain(1..start);
    let host = hosts.find(|host| environment.task_at(address(*host).into()).is_none()).unwrap_or(start);
    let ipv4 = address(host);
    let ipv6 = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, host);
    let task = Task::new(Some(ipv4), Some(ipv6), Families::V4);
    environment.tasks.insert(name.clone(), Rc::new(task));
    (name, ipv4)
}
