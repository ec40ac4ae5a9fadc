//! Meshes, owned and shared, and everything in the mesh shown.

use yew::prelude::*;

use super::{create_mesh::CreateMeshDialog, delete::DeleteDialog};
use crate::{
    model::{Key, Kind, MeshId, ResourceId},
    store::{Command, Panel},
    traffic,
    ui::{components::status_badge, hooks::Store},
};

#[derive(Properties, PartialEq)]
pub struct ResourcesProps {
    pub store: Store,
}

#[component]
pub fn ResourcesPanel(props: &ResourcesProps) -> Html {
    let store = &props.store;
    let creating = use_state(|| false);
    let deleting = use_state(|| None::<ResourceId>);
    let world = &store.state.world;
    let meshes: Vec<_> = world.control_plane.visible_to(&world.account).map(|(id, _)| id.clone()).collect();
    let open = |open: bool| {
        let creating = creating.clone();
        Callback::from(move |()| creating.set(open))
    };
    let on_delete = {
        let deleting = deleting.clone();
        Callback::from(move |id| deleting.set(Some(id)))
    };
    let close_delete = {
        let deleting = deleting.clone();
        Callback::from(move |()| deleting.set(None))
    };
    html! {
        <aside class="panel resources" aria-label="Resources">
            <div class="panel-title">
                <h2>{ "Meshes" }</h2>
                <button type="button" class="primary" onclick={open(true).reform(|_: MouseEvent| ())}>{ "Create mesh" }</button>
            </div>
            if meshes.is_empty() {
                <p class="empty">{ "This account sees no mesh." }</p>
            } else {
                <ul class="meshes">
                    { for meshes.iter().map(|id| mesh_row(store, id, &on_delete)) }
                </ul>
            }
            { contested(store) }
            { tree(store, &on_delete) }
            if *creating { <CreateMeshDialog store={store.clone()} on_close={open(false)} /> }
            if let Some(id) = &*deleting { <DeleteDialog store={store.clone()} id={id.clone()} on_close={close_delete} /> }
        </aside>
    }
}

fn mesh_row(store: &Store, id: &MeshId, on_delete: &Callback<ResourceId>) -> Html {
    let world = &store.state.world;
    let is_shown = store.state.view.mesh.as_ref() == Some(id);
    let is_owner = id.owner == world.account;
    let shared_with = world.control_plane.mesh(id).map_or(0, |mesh| mesh.shared_with().len());
    let owner = match (is_owner, shared_with) {
        (true, 0) => "Owned by you".to_owned(),
        (true, count) => format!("Owned by you, shared with {count}"),
        (false, _) => format!("Shared by {}", id.owner),
    };
    let resource = ResourceId::of_mesh(id.clone());
    let delete = {
        let resource = resource.clone();
        on_delete.reform(move |_: MouseEvent| resource.clone())
    };
    let show = {
        let (dispatch, id, key) = (store.dispatch.clone(), id.clone(), resource.key.clone());
        move |_: MouseEvent| {
            dispatch.run(Command::ShowMesh(id.clone()));
            dispatch.run(Command::Select(Some(key.clone())));
        }
    };
    html! {
        <li key={format!("{}/{}", id.owner, id.name)} class={classes!(is_shown.then_some("shown"))}>
            <button type="button" class="link" onclick={show} aria-current={is_shown.then_some("true")}>{ &*id.name }</button>
            <span class="hint">{ owner }</span>
            if is_owner {
                <button type="button" class="quiet" onclick={delete} aria-label={format!("Delete mesh {}", id.name)}>
                    { "Delete" }
                </button>
            }
        </li>
    }
}

/// Namespaces that two meshes claim.
fn contested(store: &Store) -> Html {
    let contested = store.state.world.contested_namespaces();
    html! {
        { for contested.iter().map(|(namespace, meshes)| {
            let names: Vec<_> = meshes.iter().map(|mesh| &*mesh.name).collect();
            html! {
                <p class="note" role="status">
                    { format!(
                        "found multiple matching meshes for namespace: {namespace}, expecting 1 but found {}: {}",
                        meshes.len(), names.join(", ")
                    ) }
                </p>
            }
        }) }
    }
}

/// What is in the mesh shown, by kind.
fn tree(store: &Store, on_delete: &Callback<ResourceId>) -> Html {
    let Some((id, mesh)) = store.mesh() else { return Html::default() };
    let kinds = [
        Kind::VirtualGateway,
        Kind::GatewayRoute,
        Kind::VirtualService,
        Kind::VirtualRouter,
        Kind::Route,
        Kind::VirtualNode,
    ];
    let item = |key: &Key| {
        let is_selected = store.state.view.selected.as_ref() == Some(key);
        let select = {
            let (dispatch, key) = (store.dispatch.clone(), key.clone());
            move |_: MouseEvent| {
                dispatch.run(Command::Select(Some(key.clone())));
                dispatch.run(Command::ShowPanel(Panel::Inspector));
            }
        };
        let delete = {
            let resource = ResourceId { mesh: id.clone(), key: key.clone() };
            on_delete.reform(move |_: MouseEvent| resource.clone())
        };
        let reach = (key.kind == Kind::VirtualNode)
            .then(|| traffic::reach(&store.shown.environment, &mesh, &key.name))
            .flatten();
        html! {
            <li key={key.to_string()} class={classes!(is_selected.then_some("shown"))}>
                <button type="button" class="link" onclick={select} aria-current={is_selected.then_some("true")}>
                    { &*key.name }
                </button>
                if let Some(reach) = reach { { status_badge(reach.met()) } }
                <button type="button" class="quiet" onclick={delete} aria-label={format!("Delete {key}")}>{ "✕" }</button>
            </li>
        }
    };
    html! {
        <>
            <h2>{ "In mesh " }{ &*id.name }</h2>
            { for kinds.into_iter().map(|kind| {
                let keys: Vec<_> = mesh.of_kind(kind).map(|resource| resource.id.key.clone()).collect();
                if keys.is_empty() {
                    return Html::default();
                }
                html! {
                    <details key={kind.declaration().member} open={matches!(kind, Kind::VirtualNode | Kind::VirtualGateway)}>
                        <summary>{ format!("{}s ({})", capitalised(kind.declaration().words), keys.len()) }</summary>
                        <ul>{ for keys.iter().map(item) }</ul>
                    </details>
                }
            }) }
        </>
    }
}

/// The same words with a capital at the front.
pub(super) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
