//! What is selected: its preference, the four effects, the requests to it, what is around it, its JSON.

use std::rc::Rc;

use serde_json::Value;
use yew::prelude::*;

use super::{resources::capitalised, surroundings::surroundings};
use crate::{
    control_plane::{Env, Mesh, Operation, Resource, Timestamp},
    model::{AccountId, Key, MeshId, ResourceId, Spec},
    resolve::{Provenance, mesh_preference, own_preference},
    store::Command,
    terminal,
    traffic::{Request, clients, reach, send},
    ui::{
        components::{copyable, preference_select},
        hooks::Store,
    },
    view_model::{Lanes, Trace, gateway_lanes, node_lanes, preference_words, provenance_words, trace},
};

/// JSON as the AWS CLI prints it: four spaces.
pub(super) fn pretty(value: &Value) -> String {
    use serde::Serialize;
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => value.to_string(),
    }
}

/// What is selected.
pub fn inspector(store: &Store, announce: &Callback<String>) -> Html {
    let content = || -> Option<Html> {
        let (id, mesh) = store.mesh()?;
        let key = store.state.view.selected.clone()?;
        let resource = mesh.get(&key)?;
        let name = &*key.name;
        let words = capitalised(key.kind.declaration().words);
        let body = match &resource.spec {
            Spec::VirtualNode(spec) => html! {
                <>
                    { node_preference(store, &id, &mesh, &key) }
                    if let Some(lanes) = node_lanes(&store.shown.environment, &mesh, name) { { effects(&lanes) } }
                    { traces(store, &id, &mesh, &key) }
                    if let Some(reach) = reach(&store.shown.environment, &mesh, name) {
                        { surroundings(store, spec, &reach) }
                    }
                </>
            },
            Spec::VirtualGateway(_) => html! {
                <>
                    <p class="hint">{ "A virtual gateway has no preference of its own: it takes the mesh's." }</p>
                    { effects(&gateway_lanes(&mesh)) }
                </>
            },
            Spec::Mesh(_) => mesh_facts(store, &id, &mesh),
            _ => Html::default(),
        };
        Some(html! {
            <>
                <p class="kind">{ words }</p>
                <h2>{ name }</h2>
                { body }
                { json(store, resource, announce) }
            </>
        })
    };
    html! {
        <aside class="panel inspector" aria-label="Details">
            { content().unwrap_or_else(|| html! { <p class="empty">{ "Nothing is selected." }</p> }) }
        </aside>
    }
}

/// A node's own preference, and what is in force without it.
fn node_preference(store: &Store, mesh_id: &MeshId, mesh: &Mesh, key: &Key) -> Html {
    let id = ResourceId { mesh: mesh_id.clone(), key: key.clone() };
    let Some(spec) = mesh.virtual_node(&key.name) else { return Html::default() };
    let none = format!("Mesh's own: {}", preference_words(mesh_preference(mesh)));
    let on_change = {
        let (dispatch, id) = (store.dispatch.clone(), id.clone());
        Callback::from(move |preference| {
            dispatch.run(Command::SetPreference { id: id.clone(), preference });
        })
    };
    html! {
        <div class="field">
            <label for="node-preference">{ "IP version preference" }</label>
            { preference_select("node-preference", None, own_preference(spec), &none, spec.service_discovery.is_none(), &on_change) }
            if spec.service_discovery.is_none() {
                <p class="hint">{ "Without service discovery there is no place for a preference." }</p>
            }
        </div>
    }
}

/// The four lanes.
fn effects(lanes: &Lanes) -> Html {
    let preference = lanes.preference;
    let provenance = provenance_words(preference.provenance);
    let source = match preference.provenance {
        Provenance::NoPreference => provenance.to_owned(),
        _ => format!("{}, {provenance}", preference_words(preference.preference)),
    };
    html! {
        <section class="effects" aria-label="Effects">
            <h3>{ "Effects" }</h3>
            <p class="provenance">{ "In force: " }<strong>{ source }</strong></p>
            <dl>
                { for lanes.lanes.iter().map(|lane| html! {
                    // The key changes with the value, so that a changed lane is drawn anew and marks itself.
                    <div class={classes!("lane", (!lane.is_used).then_some("unused"))}
                        key={format!("{}{}", lane.name, lane.value)}>
                        <dt>{ lane.name }</dt>
                        <dd>
                            <code>{ &lane.value }</code>
                            <span class="text">{ &lane.text }</span>
                            <span class="from">{ provenance }</span>
                        </dd>
                    </div>
                }) }
            </dl>
        </section>
    }
}

/// Every request that goes to this node, hop by hop.
fn traces(store: &Store, id: &MeshId, mesh: &Mesh, key: &Key) -> Html {
    let requests: Vec<Request> = requests_to(&store.shown, mesh, &key.name);
    if requests.is_empty() {
        return html! {
            <p class="hint">{ "Nothing sends to this node: no gateway route and no backend leads to it." }</p>
        };
    }
    html! {
        <section class="traces" aria-label="Requests to this node">
            { for requests.iter().map(|request| {
                let trace = trace(&store.shown, mesh, &id.name, request);
                trace_view(store, &trace, &ResourceId { mesh: id.clone(), key: key.clone() })
            }) }
        </section>
    }
}

fn requests_to(world: &crate::world::World, mesh: &Mesh, node: &str) -> Vec<Request> {
    let leads_here = |request: &Request| {
        let outcome = send(&world.environment, mesh, request);
        outcome.service.is_some_and(|hop| &*hop.node == node)
    };
    clients(mesh).into_iter().filter(leads_here).collect()
}

fn trace_view(store: &Store, trace: &Trace, id: &ResourceId) -> Html {
    let (class, sign) = if trace.arrives { ("headline pass", "✓ ") } else { ("headline fail", "✕ ") };
    html! {
        <article class="trace">
            <h3>{ &trace.request }</h3>
            <p {class}><span aria-hidden="true">{ sign }</span>{ &trace.headline }</p>
            <ol class="hops">
                { for trace.hops.iter().map(|hop| html! {
                    <li class={hop.mark.class()}>
                        <span class="mark" aria-hidden="true">{ hop.mark.sign() }</span>
                        <strong>{ hop.name }</strong>
                        <span class="visually-hidden">{ format!(" ({}): ", hop.mark.word()) }</span>
                        <span class="text">{ &hop.text }</span>
                    </li>
                }) }
            </ol>
            <p class="reply">
                <code>{ trace.status.map_or("reset".to_owned(), |status| status.to_string()) }{ " " }{ trace.body }</code>
                <span class="hint">{ &trace.flags }</span>
            </p>
            if !trace.fixes.is_empty() {
                <div class="fixes" role="group" aria-label="Fixes">
                    <p>{ "On this node, any of these lets it through:" }</p>
                    { for trace.fixes.iter().map(|fix| {
                        let command = Command::SetPreference { id: id.clone(), preference: Some(*fix) };
                        html! {
                            <button type="button" onclick={store.on(command)}>{ format!("Set {fix}") }</button>
                        }
                    }) }
                </div>
            } else if !trace.arrives && trace.node.is_some() {
                <p class="fixes">{ "No preference of the node cures this: change what is registered, or what the \
                    application listens on." }</p>
            }
        </article>
    }
}

/// A mesh: namespaces, sharing, tags.
fn mesh_facts(store: &Store, id: &MeshId, mesh: &Mesh) -> Html {
    let world = &store.state.world;
    let namespaces = match world.selectors.get(id) {
        None => "selects none".to_owned(),
        Some(selector) => {
            let selected = world.selected_namespaces(id);
            let names: Vec<_> = selected.iter().map(|name| &***name).collect();
            let text = selector.to_string();
            let text = if text.is_empty() { "all".to_owned() } else { text };
            format!("{text}: {}", if names.is_empty() { "none matches".to_owned() } else { names.join(", ") })
        }
    };
    let tags =
        mesh.get(&ResourceId::of_mesh(id.clone()).key).map(|mesh| mesh.tags.clone()).unwrap_or_default();
    let egress = mesh.spec().and_then(|spec| spec.egress_filter.as_ref()).map(|filter| filter.filter_type);
    let egress = match egress {
        Some(filter) => filter.as_str().to_owned(),
        None => "DROP_ALL (the default)".to_owned(),
    };
    let is_owner = id.owner == world.account;
    let others: Vec<AccountId> =
        world.accounts.iter().filter(|account| **account != id.owner).cloned().collect();
    html! {
        <section class="mesh-facts" aria-label="Mesh">
            <dl>
                <div><dt>{ "Egress filter" }</dt><dd>{ egress }</dd></div>
                <div><dt>{ "IP version preference" }</dt><dd>{ preference_words(mesh_preference(mesh)) }</dd></div>
                <div><dt>{ "Namespaces" }</dt><dd>{ namespaces }</dd></div>
                <div><dt>{ "Tags" }</dt><dd>
                    if tags.is_empty() { { "none" } }
                    { for tags.iter().map(|(key, value)| html! { <code class="tag-pair">{ format!("{key} = {value}") }</code> }) }
                </dd></div>
            </dl>
            if is_owner {
                <h3>{ "Sharing" }</h3>
                { for others.into_iter().map(|account| {
                    let is_shared = mesh.shared_with().contains(&account);
                    let (word, command) = if is_shared {
                        ("Stop sharing", Command::Unshare { mesh: id.clone(), with: account.clone() })
                    } else {
                        ("Share mesh", Command::Share { mesh: id.clone(), with: account.clone() })
                    };
                    html! {
                        <p class="sharing">
                            { format!("Account {account} ") }
                            <button type="button" onclick={store.on(command)} aria-label={format!("{word} with {account}")}>{ word }</button>
                        </p>
                    }
                }) }
            }
        </section>
    }
}

/// What `describe-…` asks and answers.
fn json(store: &Store, resource: &Rc<Resource>, announce: &Callback<String>) -> Html {
    let world = &store.state.world;
    let describe = Operation::Describe(resource.id.clone());
    let line = terminal::command_line(&describe, &world.account);
    let env = Env { now: Timestamp(0), seed: 0 };
    let answer = match store.shown.control_plane.clone().apply(&describe, &world.account, &env) {
        Ok(response) => pretty(&response.answer(&world.region)),
        Err(error) => format!("An error occurred ({}): {error}", error.code()),
    };
    html! {
        <details class="json">
            <summary>{ "JSON" }</summary>
            { copyable(line, "command", announce) }
            { copyable(answer, "answer", announce) }
        </details>
    }
}
