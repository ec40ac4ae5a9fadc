//! Meshes, owned and shared, and everything in the mesh shown.

use yew::prelude::*;

use super::{accounts::AccountsSection, create_mesh::CreateMeshDialog, delete::DeleteDialog};
use crate::{
    model::{Key, Kind, MeshId, Name, ResourceId},
    store::{Command, Panel},
    traffic,
    ui::{
        components::{
            Node, all, button, button_with, el, el_fixed, el_with, fixed, keyed, node, status_badge, text,
            text_in, when,
        },
        effects,
        hooks::{Store, Target},
        later::later,
    },
    words::{english, plain, say, t},
};

#[derive(Properties, PartialEq)]
pub struct ResourcesProps {
    pub store: Store,
    /// Opens the dialog that makes or changes a resource.
    pub on_target: Callback<Option<Target>>,
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
        Callback::from(move |()| {
            deleting.set(None);
            // What opened the dialog may be gone with what was deleted.
            effects::focus_soon("main");
        })
    };
    let create = button("primary", t("Create mesh"), "", open(true).reform(|_: MouseEvent| ()));
    let mut parts = vec![el("div", "panel-title", vec![text_in("h2", "", t("Meshes")), create])];
    parts.push(match meshes.is_empty() {
        true => text_in("p", "empty", t("This account sees no mesh.")),
        false => el("ul", "meshes", meshes.iter().map(|id| mesh_row(store, id, &on_delete)).collect()),
    });
    // One fragment each: the number of parts stays, and with it the button that opened a dialog.
    parts.push(all(contested(store)));
    parts.push(all(tree(store, &on_delete, &props.on_target)));
    let create = creating.then(|| {
        let (store, on_close) = (store.clone(), open(false));
        later(move || html! { <CreateMeshDialog store={store.clone()} on_close={on_close.clone()} /> })
    });
    let delete = (*deleting).clone().map(|id| {
        let store = store.clone();
        later(move || {
            html! { <DeleteDialog store={store.clone()} id={id.clone()} on_close={close_delete.clone()} /> }
        })
    });
    let dialogs = node(html! {
        <>
            <AccountsSection store={store.clone()} />
            { create.unwrap_or_default() }
            { delete.unwrap_or_default() }
        </>
    });
    parts.push(dialogs);
    *el_fixed(
        "aside",
        const { &[fixed("class", "panel resources"), fixed("aria-label", "Resources")] },
        parts,
    )
}

fn mesh_row(store: &Store, id: &MeshId, on_delete: &Callback<ResourceId>) -> Node {
    let world = &store.state.world;
    let is_shown = store.state.view.mesh.as_ref() == Some(id);
    let is_owner = id.owner == world.account;
    let shared_with = world.control_plane.shared_with(id).len();
    let owner = match (is_owner, shared_with) {
        (true, 0) => t("Owned by you").to_owned(),
        (true, count) => say("Owned by you, shared with {0}", &[&count.to_string()]),
        (false, _) => say("Shared by {0}", &[id.owner.as_str()]),
    };
    let resource = ResourceId::of_mesh(id.clone());
    let delete = {
        let resource = resource.clone();
        on_delete.reform(move |_: MouseEvent| resource.clone())
    };
    let show = store.on_all(vec![Command::ShowMesh(id.clone()), Command::Select(Some(resource.key.clone()))]);
    let mut parts = vec![link(&id.name, is_shown, show), text_in("span", "hint", &owner)];
    if is_owner {
        parts.push(button("quiet", t("Delete"), &say("Delete mesh {0}", &[&id.name]), delete));
    }
    keyed(el("li", if is_shown { "shown" } else { "" }, parts), format!("{}/{}", id.owner, id.name))
}

/// A button that looks like a link, marked when it leads to what is shown.
fn link(words: &str, is_shown: bool, onclick: Callback<MouseEvent>) -> Node {
    button_with("link", words, &["aria-current"], vec![when(is_shown, "true")], false, onclick)
}

/// Namespaces that two meshes claim.
fn contested(store: &Store) -> Vec<Node> {
    let contested = store.state.world.contested_namespaces();
    let note = |(namespace, meshes): &(&Name, Vec<&MeshId>)| {
        let names: Vec<_> = meshes.iter().map(|mesh| &*mesh.name).collect();
        let words = format!(
            "found multiple matching meshes for namespace: {namespace}, expecting 1 but found {}: {}",
            meshes.len(),
            names.join(", ")
        );
        el_fixed("p", const { &[fixed("class", "note"), fixed("role", "status")] }, vec![text(&words)])
    };
    contested.iter().map(note).collect()
}

/// What is in the mesh shown, by kind.
fn tree(store: &Store, on_delete: &Callback<ResourceId>, on_target: &Callback<Option<Target>>) -> Vec<Node> {
    let Some((id, mesh)) = store.mesh() else { return Vec::new() };
    let kinds = [
        (Kind::VirtualGateway, english("Virtual gateways ({0})")),
        (Kind::GatewayRoute, english("Gateway routes ({0})")),
        (Kind::VirtualService, english("Virtual services ({0})")),
        (Kind::VirtualRouter, english("Virtual routers ({0})")),
        (Kind::Route, english("Routes ({0})")),
        (Kind::VirtualNode, english("Virtual nodes ({0})")),
    ];
    let item = |key: &Key| {
        let is_selected = store.state.view.selected.as_ref() == Some(key);
        let select =
            store.on_all(vec![Command::Select(Some(key.clone())), Command::ShowPanel(Panel::Inspector)]);
        let delete = {
            let resource = ResourceId { mesh: id.clone(), key: key.clone() };
            on_delete.reform(move |_: MouseEvent| resource.clone())
        };
        let reach = (key.kind == Kind::VirtualNode)
            .then(|| traffic::reach(&store.shown.environment, &mesh, &key.name))
            .flatten();
        let mut parts = vec![link(&key.name, is_selected, select)];
        parts.extend(reach.map(|reach| status_badge(reach.met())));
        if id.owner == store.state.world.account || store.may_change(&mesh, key) {
            parts.push(button("quiet", "✕", &say("Delete {0}", &[&plain(key)]), delete));
        }
        keyed(el("li", if is_selected { "shown" } else { "" }, parts), key.to_string())
    };
    let create = |kind: Kind| {
        let mesh = id.clone();
        on_target.reform(move |_: MouseEvent| Some(Target::Create(kind, mesh.clone())))
    };
    let title = text_in("h2", "", &say("In mesh {0}", &[&id.name]));
    let create = button("", t("Create…"), t("Create in this mesh"), create(Kind::VirtualNode));
    let mut parts = vec![el("div", "panel-title", vec![title, create])];
    for (kind, words) in kinds {
        let keys: Vec<_> = mesh.of_kind(kind).map(|resource| resource.id.key.clone()).collect();
        if keys.is_empty() {
            continue;
        }
        let declaration = kind.declaration();
        let summary = say(words, &[&keys.len().to_string()]);
        let content = vec![text_in("summary", "", &summary), el("ul", "", keys.iter().map(item).collect())];
        // Open to begin with; what the user does with it afterwards is the browser's.
        let open = when(matches!(kind, Kind::VirtualNode | Kind::VirtualGateway), "open");
        parts.push(keyed(el_with("details", &["open"], vec![open], content), declaration.member.to_owned()));
    }
    parts
}
