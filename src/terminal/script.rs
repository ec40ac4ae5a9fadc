//! A whole history as a script.

use super::{Form, line};
use crate::{
    scenario::{self, Variant},
    store::AppState,
    world::World,
};

/// The lines that do everything that was done, in order: typed into an empty playground they make this one. What was
/// there before the first of them is brought in by its scenario; where it came from somewhere else, a comment says so.
///
/// ```
/// use mesh_playground::{playground::Playground, terminal::{Terminal, script}};
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
