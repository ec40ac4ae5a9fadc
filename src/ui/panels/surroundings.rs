//! Switches for the environment of a node: the registered addresses, and the address families its application listens
//! on.

use std::rc::Rc;

use mesh_text::words::{say, t};

use crate::{
    environment::{Environment, Families, Family, Interception},
    model::{View, VirtualNodeSpec},
    store::{Command, EnvironmentChange},
    traffic::{DiscoveryMethod, Reach, discovery_method},
    ui::{
        components::{Node, checkbox, el, el_with, text_in},
        hooks::Store,
    },
};

/// Renders every switch that affects one node.
pub fn environment_switches(store: &Store, spec: View<VirtualNodeSpec>, reach: &Reach) -> Node {
    let environment = &store.shown_world.environment;
    let by = discovery_method(spec);
    let task = reach.task.clone().or_else(|| namesake(environment, by.as_ref()));
    let mut parts = vec![text_in("h3", "", t("Around this node"))];
    match &task {
        Some(task) => {
            parts.extend(by.map(|by| registered(store, &by, task)));
            parts.push(listening(store, task));
        }
        None => parts.push(text_in("p", "hint", t("No task is known behind this node."))),
    }
    let both = environment.interception == Interception::Both;
    parts.push(switch(store, t("Tasks redirect IPv6 to Envoy, too"), both, {
        EnvironmentChange::Intercept(if both { Interception::Ipv4Only } else { Interception::Both })
    }));
    let retries = environment.default_retries;
    parts.push(switch(
        store,
        t("Default route retry policy"),
        retries,
        EnvironmentChange::DefaultRetries(!retries),
    ));
    let values = vec!["surroundings".into(), t("Around this node").into()];
    el_with("section", &["class", "aria-label"], values, parts)
}

/// Returns the task whose name matches the host or the service, for use when nothing is registered. Without it, a
/// withdrawn address could not be published again.
fn namesake(environment: &Environment, by: Option<&DiscoveryMethod>) -> Option<Rc<str>> {
    let name = match by? {
        DiscoveryMethod::Dns(host) => host.split('.').next().unwrap_or_default(),
        DiscoveryMethod::CloudMap(service) => &service.service,
    };
    environment.tasks.get(name).map(|_| name.into())
}

/// Renders a checkbox that changes the environment; `next` is the change to its other state.
fn switch(store: &Store, label: &str, is_on: bool, next: EnvironmentChange) -> Node {
    checkbox(label, is_on, &store.command_callback(Command::ChangeEnvironment(next)))
}

/// Renders the switches for which addresses of the task are published.
fn registered(store: &Store, by: &DiscoveryMethod, task: &Rc<str>) -> Node {
    let environment = &store.shown_world.environment;
    let (title, words) = match by {
        DiscoveryMethod::Dns(host) => (say("DNS of {0}", &[host]), [t("A record"), t("AAAA record")]),
        DiscoveryMethod::CloudMap(service) => {
            (say("Cloud Map service {0}", &[&service.service]), ["AWS_INSTANCE_IPV4", "AWS_INSTANCE_IPV6"])
        }
    };
    let switches = Family::ALL.into_iter().zip(words).map(|(family, word)| {
        let label =
            address(environment, task, family).map_or(word.to_owned(), |address| format!("{word} {address}"));
        let is_on = is_registered(environment, by, task, family);
        let (by, task) = (by.clone(), task.clone());
        switch(store, &label, is_on, EnvironmentChange::Register { by, task, family, on: !is_on })
    });
    let mut parts = vec![text_in("legend", "", &title)];
    parts.extend(switches);
    el("fieldset", "", parts)
}

fn address(environment: &Environment, task: &str, family: Family) -> Option<String> {
    let task = environment.tasks.get(task)?;
    match family {
        Family::V4 => task.ipv4.map(|address| address.to_string()),
        Family::V6 => task.ipv6.map(|address| address.to_string()),
    }
}

fn is_registered(environment: &Environment, by: &DiscoveryMethod, task: &str, family: Family) -> bool {
    let Some(task) = environment.tasks.get(task) else { return false };
    match by {
        DiscoveryMethod::Dns(host) => environment.dns.get(host).is_some_and(|records| match family {
            Family::V4 => task.ipv4.is_some_and(|address| records.a.contains(&address)),
            Family::V6 => task.ipv6.is_some_and(|address| records.aaaa.contains(&address)),
        }),
        DiscoveryMethod::CloudMap(service) => environment.cloud_map.get(service).is_some_and(|instances| {
            instances.iter().any(|instance| match family {
                Family::V4 => task.ipv4.is_some() && instance.ipv4 == task.ipv4,
                Family::V6 => task.ipv6.is_some() && instance.ipv6 == task.ipv6,
            })
        }),
    }
}

/// Renders the switches for what the application listens on, and whether its task runs.
fn listening(store: &Store, task: &Rc<str>) -> Node {
    let found = store.shown_world.environment.tasks.get(task);
    let families = found.map_or(Families::default(), |task| task.listens_on);
    let switches = Family::ALL.into_iter().map(|family| {
        let is_on = families.has(family);
        let next =
            EnvironmentChange::ListenOn { task: task.clone(), families: families.with(family, !is_on) };
        switch(store, family.as_str(), is_on, next)
    });
    let mut parts = vec![text_in("legend", "", &say("Application of {0} listens on", &[task]))];
    parts.extend(switches);
    let runs = found.is_some_and(|task| task.is_running);
    let stop = EnvironmentChange::Run { task: task.clone(), on: !runs };
    el("div", "", vec![el("fieldset", "", parts), switch(store, &say("Task {0} runs", &[task]), runs, stop)])
}
