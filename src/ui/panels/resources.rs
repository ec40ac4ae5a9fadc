//! The resources panel: owned and shared meshes, and everything in the shown mesh.

mod rows;

use std::rc::Rc;

use mesh_text::words::{english, say, t};
use yew::prelude::*;

use self::rows::RowAction;
use super::{accounts::AccountsSection, create_mesh::CreateMeshDialog, delete::DeleteDialog};
use crate::{
    model::{Kind, MeshId, Name, ResourceId},
    store::{Command, Panel},
    ui::{
        components::{
            Node, attribute_if, button, button_with, el, el_fixed, el_with, fixed, keyed, node, node_list,
            text, text_in,
        },
        effects,
        hooks::{ResourceDialogTarget, Store, use_unfolded},
        later::{Panels, lazy},
    },
    view_model::{ResourceRow, resource_rows},
};

#[derive(Properties, PartialEq)]
struct SettingsProps {
    store: Store,
}

/// The section *Accounts and quotas*, initially folded; its content is rendered when it is unfolded.
#[component]
fn Settings(props: &SettingsProps) -> Html {
    let (is_open, ontoggle) = use_unfolded();
    let store = props.store.clone();
    let content =
        is_open.then(|| lazy::<Panels>(move || html! { <AccountsSection store={store.clone()} /> }));
    html! {
        <details class="settings" {ontoggle}>
            <summary>{ t("Accounts and quotas") }</summary>
            { content.unwrap_or_default() }
        </details>
    }
}

#[derive(Properties, PartialEq)]
pub struct ResourcesProps {
    pub store: Store,
    /// Opens the dialog that creates or changes a resource.
    pub on_target: Callback<Option<ResourceDialogTarget>>,
}

#[component]
pub fn ResourcesPanel(props: &ResourcesProps) -> Html {
    let store = &props.store;
    let creating = use_state(|| false);
    let deleting = use_state(|| None::<ResourceId>);
    let rows = use_rows(store);
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
            // The element that opened the dialog may have been deleted with the resource.
            effects::focus_soon("main");
        })
    };
    let create = button("primary", t("Create mesh"), "", open(true).reform(|_: MouseEvent| ()));
    let mut parts = vec![el("div", "panel-title", vec![text_in("h2", "", t("Meshes")), create])];
    parts.push(match meshes.is_empty() {
        true => text_in("p", "empty", t("This account sees no mesh.")),
        false => el("ul", "meshes", meshes.iter().map(|id| mesh_row(store, id, &on_delete)).collect()),
    });
    // Each list is one fragment, so that the number of parts stays the same and the button that opened a dialog is
    // preserved.
    parts.push(node_list(contested(store)));
    parts.push(node_list(tree(store, &rows, &on_delete, &props.on_target)));
    let create = creating.then(|| {
        let (store, on_close) = (store.clone(), open(false));
        lazy::<Panels>(
            move || html! { <CreateMeshDialog store={store.clone()} on_close={on_close.clone()} /> },
        )
    });
    let delete = (*deleting).clone().map(|id| {
        let store = store.clone();
        lazy::<Panels>(move || {
            html! { <DeleteDialog store={store.clone()} id={id.clone()} on_close={close_delete.clone()} /> }
        })
    });
    let dialogs = node(html! {
        <>
            <Settings store={store.clone()} />
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
    let show = store
        .commands_callback(vec![Command::ShowMesh(id.clone()), Command::Select(Some(resource.key.clone()))]);
    let mut parts = vec![link(&id.name, is_shown, show), text_in("span", "hint", &owner)];
    if is_owner {
        parts.push(button("quiet", t("Delete"), &say("Delete mesh {0}", &[&id.name]), delete));
    }
    keyed(el("li", if is_shown { "shown" } else { "" }, parts), format!("{}/{}", id.owner, id.name))
}

/// Renders a button that looks like a link, marked if its target is shown.
fn link(words: &str, is_shown: bool, onclick: Callback<MouseEvent>) -> Node {
    button_with("link", words, &["aria-current"], vec![attribute_if(is_shown, "true")], false, onclick)
}

/// Renders the namespaces that several meshes claim.
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

/// The kinds of resources in a mesh, in the order shown.
const KINDS: [(Kind, &str); 6] = [
    (Kind::VirtualGateway, english("Virtual gateways ({0})")),
    (Kind::GatewayRoute, english("Gateway routes ({0})")),
    (Kind::VirtualService, english("Virtual services ({0})")),
    (Kind::VirtualRouter, english("Virtual routers ({0})")),
    (Kind::Route, english("Routes ({0})")),
    (Kind::VirtualNode, english("Virtual nodes ({0})")),
];

/// Returns the rows of the shown mesh for each of [`KINDS`]; recomputed only when the mesh, its environment or the
/// account changes.
#[hook]
fn use_rows(store: &Store) -> Rc<Vec<Rc<[ResourceRow]>>> {
    let (environment, account) = (store.shown_world.environment.clone(), store.state.world.account.clone());
    use_memo((store.mesh(), environment, account), |(found, environment, account)| match found {
        Some((id, mesh)) => KINDS.map(|(kind, _)| resource_rows(environment, id, mesh, kind, account)).into(),
        None => Vec::new(),
    })
}

/// Renders the resources of the shown mesh, by kind.
fn tree(
    store: &Store,
    rows: &[Rc<[ResourceRow]>],
    on_delete: &Callback<ResourceId>,
    on_target: &Callback<Option<ResourceDialogTarget>>,
) -> Vec<Node> {
    let Some((id, _)) = store.mesh() else { return Vec::new() };
    let clicked = {
        let (dispatch, id, on_delete) = (store.dispatch.clone(), id.clone(), on_delete.clone());
        Callback::from(move |clicked| match clicked {
            RowAction::Select(key) => {
                dispatch.run(Command::Select(Some(key)));
                dispatch.run(Command::ShowPanel(Panel::Inspector));
            }
            RowAction::Delete(key) => on_delete.emit(ResourceId { mesh: id.clone(), key }),
        })
    };
    let create = |kind: Kind| {
        let mesh = id.clone();
        on_target.reform(move |_: MouseEvent| Some(ResourceDialogTarget::Create(kind, mesh.clone())))
    };
    let title = text_in("h2", "", &say("In mesh {0}", &[&id.name]));
    let create = button("", t("Create…"), t("Create in this mesh"), create(Kind::VirtualNode));
    let mut parts = vec![el("div", "panel-title", vec![title, create])];
    for ((kind, words), rows) in KINDS.into_iter().zip(rows) {
        if rows.is_empty() {
            continue;
        }
        let summary = say(words, &[&rows.len().to_string()]);
        let list = rows::list(rows, store.state.view.selected.as_ref(), &clicked);
        let content = vec![text_in("summary", "", &summary), list];
        // Initially open; afterwards the browser stores whether the user folded it.
        let open = attribute_if(matches!(kind, Kind::VirtualNode | Kind::VirtualGateway), "open");
        parts.push(keyed(
            el_with("details", &["open"], vec![open], content),
            kind.declaration().member.to_owned(),
        ));
    }
    parts
}
