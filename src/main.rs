//! Mounts the page; nothing else.

fn main() {
    mesh_playground::ui::mount();
}
