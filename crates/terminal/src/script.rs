//! Conversion of a whole history to a script.

use app_mesh_engine::world::World;
use mesh_documents::{
    echo::{Form, line},
    scenario::{self, Variant},
};
use playground_core::store::AppState;

/// Returns the lines that repeat all steps of the history, in order. Run in an empty playground, they recreate this
/// one. If the history began with a scenario, the first line loads it. If it began with any other content, the first
/// line is a comment about that.
///
/// ```
/// use {mesh_terminal::{Terminal, script}, playground_core::playground::Playground};
/// let mut playground = Playground::empty().unwrap();
/// Terminal::default().run(&mut playground, "aws appmesh create-mesh --mesh-name shop");
/// assert_eq!(script(playground.state()), "aws appmesh create-mesh --mesh-name shop\n");
/// ```
pub fn script(state: &AppState) -> String {
    let done = state.history.done();
    let first = done.first().map_or_else(|| Some(state.world.clone()), |step| step.before.world());
    let is_empty = World::empty().is_some_and(|empty| first.as_deref() == Some(&empty));
    let mut script = match first.as_deref().and_then(scenario::variant_of) {
        _ if is_empty => String::new(),
        Some(Variant::Dns) => line(Form::Scenario, &["dns"]) + "\n",
        Some(Variant::CloudMap) => line(Form::Scenario, &["cloudmap"]) + "\n",
        None => "# What was there before these lines is in the file that `Save file` writes.\n".to_owned(),
    };
    for echo in done.iter().flat_map(|step| step.echoes.iter()) {
        script.push_str(&echo.line);
        script.push('\n');
    }
    script
}
