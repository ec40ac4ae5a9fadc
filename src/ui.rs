//! The page: Yew components around the engine.
//!
//! This is the only module that uses the browser. Components show a snapshot and dispatch commands; `store` makes all
//! decisions, and `view_model` produces all texts about meshes. Only `effects` performs effects, and `storage` stores
//! data between visits. Start at [`app::App`].

pub mod app;
mod canvas;
mod components;
mod door;
mod effects;
mod embed;
mod hooks;
mod later;
mod offline;
mod panels;
pub mod part;
mod slices;
pub mod storage;
mod visit;

/// Renders the page into the element `#app` of the document and replaces its content.
pub fn mount() {
    let root = gloo::utils::document().get_element_by_id("app");
    if let Some(root) = root {
        root.set_inner_html("");
        yew::Renderer::<app::App>::with_root(root).render();
    }
}

/// Renders the page into this element, for tests.
pub fn mount_in(root: web_sys::Element) {
    yew::Renderer::<app::App>::with_root(root).render();
}
