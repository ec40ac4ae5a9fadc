//! The inspector of the selected resource: its preference, the four effects, the requests to it, its environment, its
//! JSON.

use std::rc::Rc;

use mesh_text::words::{english, say, t};
use yew::prelude::*;

use super::{envoy::EnvoyPanel, surroundings::environment_switches};
use crate::{
    control_plane::{Env, Mesh, Operation, Resource, Timestamp},
    model::{Key, Kind, MeshId, ResourceId, SpecView},
    resolve::{Provenance, mesh_preference, own_preference},
    store::{Command, EnvironmentChange, Facet, Rights},
    terminal,
    traffic::{self, End, Request, clients, reach, send_to_each, target},
    ui::{
        components::{
            FieldNote, Node, bool_attribute, button, button_with, copyable, el, el_with, empty_node, field,
            hidden, keyed, node, preference_select, text, text_in,
        },
        hooks::{ResourceDialogTarget, Store},
        later::{Panels, lazy},
    },
    view_model::{
        EffectRow, EffectTable, HopRow, Trace, gateway_effects, node_effects, preference_words,
        provenance_words, sentence, trace,
    },
};

/// Renders the details of the selected resource.
pub fn inspector(
    store: &Store,
    announce: &Callback<String>,
    on_target: &Callback<Option<ResourceDialogTarget>>,
) -> Node {
    let content = || -> Option<Vec<Node>> {
        let (id, mesh) = store.mesh()?;
        let key = store.state.view.selected.clone()?;
        let resource = mesh.get(&key)?;
        let environment = &store.shown_world.environment;
        // Only the graph moves the focus to this heading.
        let mut title = vec![el_with("h2", &["tabindex"], vec!["-1".into()], vec![text(&key.name)])];
        if store.can_change(&mesh, &key) {
            let id = ResourceId { mesh: id.clone(), key: key.clone() };
            let edit = on_target.reform(move |_: MouseEvent| Some(ResourceDialogTarget::Edit(id.clone())));
            title.push(button("", t("Edit…"), &say("Edit {0}", &[&key.translated_plain()]), edit));
        }
        let mut content = vec![
            text_in("p", "kind", &sentence(t(key.kind.declaration().words))),
            el("div", "panel-title", title),
        ];
        let has_envoy = matches!(key.kind, Kind::VirtualNode | Kind::VirtualGateway);
        if has_envoy {
            content.push(facets(store));
        }
        if has_envoy && store.state.view.facet == Facet::Envoy {
            let (store, announce) = (store.clone(), announce.clone());
            content.push(node(lazy::<Panels>(move || {
                html! { <EnvoyPanel store={store.clone()} key_of={key.clone()} announce={announce.clone()} /> }
            })));
            return Some(content);
        }
        match resource.spec.view() {
            SpecView::VirtualNode(spec) => {
                content.push(node_preference(store, &id, &mesh, &key));
                content.extend(
                    node_effects(environment, &mesh, &key.name).map(|lanes| effects(store, &key, &lanes)),
                );
                content.push(traces(store, &id, &mesh, &key));
                let reach = reach(environment, &mesh, &key.name);
                content.extend(reach.map(|reach| environment_switches(store, spec, &reach)));
            }
            SpecView::VirtualGateway(_) => {
                let hint = t("A virtual gateway has no preference of its own: it takes the mesh's.");
                content.push(text_in("p", "hint", hint));
                content.push(effects(store, &key, &gateway_effects(&mesh)));
            }
            SpecView::Mesh(_) => content.push(mesh_facts(store, &id, &mesh)),
            _ => {}
        }
        content.push(json(store, resource, announce));
        Some(content)
    };
    let content = content().unwrap_or_else(|| vec![text_in("p", "empty", t("Nothing is selected."))]);
    labelled("aside", "panel inspector", t("Details"), content)
}

/// Renders the tabs of the facets: effects and Envoy.
fn facets(store: &Store) -> Node {
    let tab = |words: &str, facet: Facet| {
        let pressed = vec![bool_attribute(store.state.view.facet == facet)];
        button_with(
            "",
            words,
            &["aria-pressed"],
            pressed,
            false,
            store.command_callback(Command::ShowFacet(facet)),
        )
    };
    let tabs = vec![tab(t("Effects"), Facet::Effects), tab(t("Envoy"), Facet::Envoy)];
    let values = vec!["tabs".into(), "group".into(), t("Side of the resource").into()];
    el_with("div", &["class", "role", "aria-label"], values, tabs)
}

/// Renders a part of the page with a name for screen readers.
fn labelled(tag: &'static str, class: &'static str, name: &'static str, content: Vec<Node>) -> Node {
    el_with(tag, &["class", "aria-label"], vec![class.into(), name.into()], content)
}

/// Renders a node's own preference, and the one that is in force without it.
fn node_preference(store: &Store, mesh_id: &MeshId, mesh: &Mesh, key: &Key) -> Node {
    let id = ResourceId { mesh: mesh_id.clone(), key: key.clone() };
    let Some(spec) = mesh.virtual_node(&key.name) else { return empty_node() };
    let none = say("Mesh's own: {0}", &[preference_words(mesh_preference(mesh))]);
    let on_change = store.preference_callback(id);
    let has_no_place = spec.service_discovery().is_none();
    let hint =
        if has_no_place { t("Without service discovery there is no place for a preference.") } else { "" };
    let own = own_preference(spec);
    let select = preference_select(
        "node-preference",
        None,
        own,
        &none,
        has_no_place || !store.can_change(mesh, key),
        false,
        &on_change,
    );
    field("node-preference", t("IP version preference"), FieldNote::new(None, hint), select)
}

/// Renders the button that shows the lines written by the preference in force, the node's own or the mesh's.
fn lines_of_preference(store: &Store, key: &Key, provenance: Provenance) -> Option<Node> {
    let (_, mesh) = store.mesh()?;
    let (key, path) = match provenance {
        Provenance::NoPreference => return None,
        Provenance::InheritedFromMesh => {
            (mesh.of_kind(Kind::Mesh).next()?.id.key.clone(), "spec.serviceDiscovery.ipPreference")
        }
        Provenance::SetHere => {
            let is_dns = mesh.virtual_node(&key.name)?.service_discovery()?.dns().is_some();
            let path = if is_dns { "spec.serviceDiscovery.dns" } else { "spec.serviceDiscovery.awsCloudMap" };
            return Some(point(store, key.clone(), format!("{path}.ipPreference")));
        }
    };
    Some(point(store, key, path.to_owned()))
}

fn point(store: &Store, key: Key, path: String) -> Node {
    let commands = vec![Command::PointAt(Some((key, path))), Command::ShowFacet(Facet::Envoy)];
    button("", t("Its lines in Envoy"), "", store.commands_callback(commands))
}

/// Renders the four lanes.
fn effects(store: &Store, key: &Key, lanes: &EffectTable) -> Node {
    let preference = lanes.preference;
    let provenance = provenance_words(preference.provenance);
    let source = match preference.provenance {
        Provenance::NoPreference => provenance.to_owned(),
        _ => [preference_words(preference.preference), t(", "), provenance].concat(),
    };
    let lane = |lane: &EffectRow| {
        let class = if lane.is_used { "lane" } else { "lane unused" };
        let facts = vec![
            text_in("code", "", &lane.value),
            text_in("span", "text", &lane.text),
            text_in("span", "from", provenance),
        ];
        let lane_part = el("div", class, vec![text_in("dt", "", lane.name), el("dd", "", facts)]);
        // The key contains the value, so that a changed lane becomes a new element and is highlighted.
        keyed(lane_part, format!("{}{}", lane.name, lane.value))
    };
    let mut parts = vec![
        text_in("h3", "", t("Effects")),
        el("p", "provenance", vec![text(t("In force: ")), text_in("strong", "", &source)]),
        el("dl", "", lanes.rows.iter().map(lane).collect()),
    ];
    parts.extend(lines_of_preference(store, key, preference.provenance));
    labelled("section", "effects", t("Effects"), parts)
}

/// Renders every request to this node, hop by hop.
fn traces(store: &Store, id: &MeshId, mesh: &Mesh, key: &Key) -> Node {
    let requests = requests_to(&store.shown_world, mesh, &key.name);
    if requests.is_empty() {
        let hint = t("Nothing sends to this node: no gateway route and no backend leads to it.");
        return text_in("p", "hint", hint);
    }
    let view = |(request, target): &(Request, usize)| {
        let trace = trace(&store.shown_world, mesh, &id.name, request, *target);
        let may_fix = store.can_change(mesh, key);
        trace_view(store, &trace, &ResourceId { mesh: id.clone(), key: key.clone() }, may_fix)
    };
    labelled("section", "traces", t("Requests to this node"), requests.iter().map(view).collect())
}

/// Returns every request that a route sends to the node, with the index of the node among the route's targets.
fn requests_to(world: &crate::world::World, mesh: &Mesh, node: &str) -> Vec<(Request, usize)> {
    let mut found = Vec::new();
    for request in clients(mesh) {
        for (at, outcome) in send_to_each(&world.environment, mesh, &request) {
            let reached = match (outcome.service, outcome.end) {
                (None, End::Unresolved) => target(&world.environment, mesh, &request),
                (service, _) => service.map(|hop| hop.node),
            };
            if reached.is_some_and(|reached| &*reached == node) {
                found.push((request.clone(), at));
            }
        }
    }
    found
}

fn trace_view(store: &Store, trace: &Trace, id: &ResourceId, may_fix: bool) -> Node {
    let (class, sign) = if trace.arrives { ("headline pass", "✓ ") } else { ("headline fail", "✕ ") };
    let hop = |hop: &HopRow| {
        let mark = vec!["mark".into(), "true".into()];
        let parts = vec![
            el_with("span", &["class", "aria-hidden"], mark, vec![text(hop.mark.sign())]),
            text_in("strong", "", hop.name),
            text_in("span", "visually-hidden", &say(" ({0}): ", &[hop.mark.word()])),
            text_in("span", "text", &hop.text),
        ];
        el("li", hop.mark.class(), parts)
    };
    let status = trace.status.map_or(t("reset").to_owned(), |status| status.to_string());
    let reply =
        vec![text_in("code", "", &format!("{status} {}", trace.body)), text_in("span", "hint", &trace.flags)];
    let mut parts = vec![
        text_in("h3", "", &trace.request),
        el("p", class, vec![hidden(sign), text(&trace.headline)]),
        el("ol", "hops", trace.hops.iter().map(hop).collect()),
        el("p", "reply", reply),
    ];
    if let Some(host) = trace.unresolved.as_deref().filter(|_| store.state.rights == Rights::Change) {
        let (record, placeholder) = (Rc::from(host), traffic::PLACEHOLDER);
        let change = EnvironmentChange::Record { host: record, address: placeholder.into(), on: true };
        let words = say("Add A record {0} for {1}", &[&placeholder.to_string(), host]);
        let hint = t("Whichever address the record has, this node's Envoy routes by port and host.");
        let fixes = vec![
            text_in("p", "", hint),
            button("", &words, "", store.command_callback(Command::ChangeEnvironment(change))),
        ];
        let names = &["class", "role", "aria-label"];
        parts.push(el_with("div", names, vec!["fixes".into(), "group".into(), t("Fixes").into()], fixes));
    } else if !trace.fixes.is_empty() && may_fix {
        let mut fixes = vec![text_in("p", "", t("On this node, any of these lets it through:"))];
        for fix in &trace.fixes {
            let command = Command::SetPreference { id: id.clone(), preference: Some(*fix) };
            fixes.push(button("", &say("Set {0}", &[fix.as_str()]), "", store.command_callback(command)));
        }
        let names = &["class", "role", "aria-label"];
        parts.push(el_with("div", names, vec!["fixes".into(), "group".into(), t("Fixes").into()], fixes));
    } else if !trace.cure.is_empty() {
        parts.push(text_in("p", "fixes", trace.cure));
    }
    el("article", "trace", parts)
}

/// Renders the facts of a mesh: namespaces, sharing, tags.
fn mesh_facts(store: &Store, id: &MeshId, mesh: &Mesh) -> Node {
    let world = &store.state.world;
    let namespaces = match world.selectors.get(id) {
        None => t("selects none").to_owned(),
        Some(selector) => {
            let selected = world.selected_namespaces(id);
            let names: Vec<_> = selected.iter().map(|name| &***name).collect();
            let text = selector.to_string();
            let text = if text.is_empty() { t("all").to_owned() } else { text };
            format!(
                "{text}: {}",
                if names.is_empty() { t("none matches").to_owned() } else { names.join(", ") }
            )
        }
    };
    let tags =
        mesh.get(&ResourceId::of_mesh(id.clone()).key).map(|mesh| mesh.tags.clone()).unwrap_or_default();
    let egress = mesh.spec().and_then(|spec| spec.egress_filter()).map(|filter| filter.filter_type());
    let egress = match egress {
        Some(filter) => filter.as_str().to_owned(),
        None => t("DROP_ALL (the default)").to_owned(),
    };
    let fact =
        |name: &str, value: Vec<Node>| el("div", "", vec![text_in("dt", "", name), el("dd", "", value)]);
    let tags = match tags.is_empty() {
        true => vec![text(t("none"))],
        false => {
            tags.iter().map(|(key, value)| text_in("code", "tag-pair", &format!("{key} = {value}"))).collect()
        }
    };
    let facts = vec![
        fact(t("Egress filter"), vec![text(&egress)]),
        fact(t("IP version preference"), vec![text(preference_words(mesh_preference(mesh)))]),
        fact(t("Namespaces"), vec![text(&namespaces)]),
        fact(t("Tags"), tags),
    ];
    let mut parts = vec![el("dl", "", facts)];
    if id.owner == world.account {
        parts.push(text_in("h3", "", t("Sharing")));
        for account in world.accounts.iter().filter(|account| **account != id.owner) {
            let (mesh_id, with) = (id.clone(), account.clone());
            let (word, name, command) = if world.control_plane.is_shared(id, account) {
                (
                    t("Stop sharing"),
                    english("Stop sharing with {0}"),
                    Command::Unshare { mesh: mesh_id, with },
                )
            } else {
                (t("Share mesh"), english("Share mesh with {0}"), Command::Share { mesh: mesh_id, with })
            };
            let button = button("", word, &say(name, &[account.as_str()]), store.command_callback(command));
            parts.push(el("p", "sharing", vec![text(&say("Account {0} ", &[account.as_str()])), button]));
        }
    }
    labelled("section", "mesh-facts", t("Mesh"), parts)
}

/// Renders the `describe-…` command line of a resource and its answer.
fn json(store: &Store, resource: &Rc<Resource>, announce: &Callback<String>) -> Node {
    let world = &store.state.world;
    let describe = Operation::Describe(resource.id.clone());
    let line = terminal::command_line(&describe, &world.account);
    let env = Env { now: Timestamp(0), seed: 0 };
    let answer = match store.shown_world.control_plane.clone().apply(&describe, &world.account, &env) {
        Ok(response) => mesh_text::json::pretty(&response.answer(&world.region)),
        Err(error) => format!("An error occurred ({}): {error}", error.code()),
    };
    let parts = vec![
        text_in("summary", "", "JSON"),
        copyable(line, english("command"), announce),
        copyable(answer, english("answer"), announce),
    ];
    el("details", "json", parts)
}
