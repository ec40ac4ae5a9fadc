//! The page: Yew components around the engine.
//!
//! The only module that knows a browser. Components show a snapshot and dispatch commands; all decisions are made
//! in `store`, all words about meshes in `view_model`. Start at [`app::App`]; effects are performed in `effects`
//! alone, and what is kept is kept by `storage`.

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

/// Shows the page in the element `#app` of the document, in place of what is there.
pub fn mount() {
    let root = gloo::utils::document().get_element_by_id("app");
    if let Some(root) = root {
        root.set_inner_html("");
        yew::Renderer::<app::App>::with_root(root).render();
    }
}

/// Shows the page in this element, for tests.
pub fn mount_in(root: web_sys::Element) {
    yew::Renderer::<app::App>::with_root(root).render();
}
