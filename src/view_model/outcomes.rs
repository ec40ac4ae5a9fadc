//! Outcomes of all requests in one sentence, for users who listen to the page.

use mesh_text::words::{english, say, t};

use super::{graph::request_edges, request_words};
use crate::{
    model::{MeshId, Name},
    traffic::Fault,
    world::World,
};

/// Outcomes of all requests of a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    mesh: MeshId,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    request: String,
    node: Name,
    first_fault: Option<Fault>,
}

/// Maximum number of outcomes that are listed one by one, because a longer sentence is tiring to listen to.
const MOST: usize = 4;

/// Returns the outcomes of all requests of a mesh; `None` if the mesh is not visible.
pub fn outcomes(world: &World, mesh: &MeshId) -> Option<Outcomes> {
    let found = world.visible_mesh(mesh)?;
    let rows = request_edges(&world.environment, found).into_iter().map(|way| Row {
        request: request_words(&way.request),
        node: way.node,
        first_fault: way.first_fault,
    });
    Some(Outcomes { mesh: mesh.clone(), rows: rows.collect() })
}

/// Returns the number of requests that arrive, in words: `4 of 6 requests arrive`.
pub fn arrival_words(arrived: usize, total: usize) -> String {
    say("{0} of {1} requests arrive", &[&arrived.to_string(), &total.to_string()])
}

/// Describes how many requests arrive, and which outcomes differ from `before`. If `before` is absent or belongs to
/// another mesh, lists all failures instead.
pub fn outcomes_summary(before: Option<&Outcomes>, after: &Outcomes) -> String {
    if after.rows.is_empty() {
        return say("There are no requests in mesh {0} yet", &[&after.mesh.name]);
    }
    let before = before.filter(|before| before.mesh == after.mesh);
    let arrived = after.rows.iter().filter(|row| row.first_fault.is_none()).count();
    let mut text = arrival_words(arrived, after.rows.len());
    let mut changed: Vec<String> = Vec::new();
    for (place, row) in after.rows.iter().enumerate() {
        let is_new = match before {
            // Look at the same position first, because most rows do not move.
            Some(before) => {
                before.rows.get(place) != Some(row) && !before.rows.iter().any(|other| other == row)
            }
            None => row.first_fault.is_some(),
        };
        let words = [&*row.node, " ", met_words(row.first_fault)].concat();
        if is_new && !changed.contains(&words) {
            changed.push(words);
        }
    }
    if changed.is_empty() {
        if before.is_some() {
            text.push_str("; ");
            text.push_str(t("none changed"));
        }
        return text;
    }
    let rest = changed.len().saturating_sub(MOST);
    changed.truncate(MOST);
    if rest > 0 {
        changed.push(say("and {0} more", &[&rest.to_string()]));
    }
    [text, "; ".to_owned(), changed.join(", ")].concat()
}

/// Returns the outcome of a request as the predicate of a sentence.
fn met_words(met: Option<Fault>) -> &'static str {
    t(match met {
        None => english("arrives"),
        Some(Fault::Lookup) => english("fails at the caller's own DNS lookup"),
        Some(Fault::Discovery) => english("fails at discovery"),
        Some(Fault::Address) => english("times out on the way"),
        Some(Fault::Listener) => english("fails at the listener"),
        Some(Fault::Tls) => english("fails at TLS"),
        Some(Fault::Application) => english("fails at the application"),
    })
}
