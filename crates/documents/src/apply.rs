//! Applies the plan of a document, one resource after the other: all at once, or in slices.

use std::rc::Rc;

use crate::echo::Echo;
use app_mesh_engine::{
    control_plane::{Env, Operation, Verb},
    model::{MeshId, ResourceId, join},
    world::World,
};
use mesh_text::{
    job::{LocalBoxFuture, Pace, at_once},
    sorting,
    words::{english, say, t},
};

use super::{
    Counts, Disposition, Note, Report,
    guess::guess_environment,
    open::{Item, PASS, Plan, RESOURCE},
};

/// The result of opening a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// World in which the document was opened.
    pub base: Rc<World>,
    /// World with the document applied.
    pub world: World,
    /// Mesh to show.
    pub mesh: Option<MeshId>,
    /// Description of the undo step.
    pub label: String,
    /// Equivalent commands.
    pub echoes: Vec<Echo>,
    /// One note for each key, and the counts.
    pub report: Report,
}

/// Opens a document at once. Creates each resource, or updates it if one of that name exists. A refused resource is
/// reported and does not affect the others.
pub fn apply(world: &Rc<World>, plan: &Rc<Plan>, env: &Env) -> Opened {
    at_once(|pace| async move { apply_paced(world, plan, env, &pace).await })
}

/// Like [`apply`], but runs in slices.
pub fn apply_paced<'w>(
    world: &'w Rc<World>,
    plan: &'w Rc<Plan>,
    env: &'w Env,
    pace: &'w Pace,
) -> LocalBoxFuture<'w, Opened> {
    Box::pin(async move {
        let mut opening = Opening::new(world, plan, env);
        let (_, all) = opening.progress();
        pace.begin(english("{0} of {1} resources opened"), all);
        loop {
            let notes = opening.opened.report.notes.len();
            let is_done = opening.advance(1);
            pace.reach(opening.progress().0);
            pace.work(RESOURCE + 5 * (opening.opened.report.notes.len() - notes)).await;
            if is_done {
                break;
            }
        }
        pace.work(PASS).await;
        let opened = opening.finish();
        pace.work(PASS).await;
        opened
    })
}

/// A document that opens in slices, so that the page stays responsive. Call [`advance`](Self::advance) until it reports
/// completion, then [`finish`](Self::finish). Dropping it changes nothing.
pub struct Opening {
    plan: Rc<Plan>,
    env: Env,
    /// Number of resources done.
    done: usize,
    opened: Opened,
    enforces_quotas: bool,
}

impl Opening {
    /// Starts to open a document in a world.
    pub fn new(base: &Rc<World>, plan: &Rc<Plan>, env: &Env) -> Self {
        let mut world = World::clone(base);
        // Quotas do not apply: the document's resources existed under the quotas of their own account.
        let enforces_quotas = std::mem::take(&mut world.control_plane.enforces_quotas);
        if let Some(stack) = &plan.stack {
            stack.add_records(&mut world.environment);
        }
        let report = Report { counts: Counts::default(), notes: plan.notes.clone() };
        let (mesh, label, echoes) = (None, String::new(), Vec::new());
        let opened = Opened { base: base.clone(), world, mesh, label, echoes, report };
        Self { plan: plan.clone(), env: *env, done: 0, opened, enforces_quotas }
    }

    /// Returns the number of resources done and the total number.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.plan.items.len())
    }

    /// Creates or updates at most `count` further resources. Returns whether all are done. The work grows only with the
    /// number of resources, not with their notes and refusals.
    pub fn advance(&mut self, count: usize) -> bool {
        let plan = self.plan.clone();
        for item in plan.items.iter().skip(self.done).take(count) {
            self.open(item);
            self.done += 1;
        }
        self.done == plan.items.len()
    }

    /// Returns the result, with the resources done so far.
    pub fn finish(mut self) -> Opened {
        if let Some(whole) = &self.plan.whole {
            return replaced(self.opened.base, World::clone(whole), self.opened.report.notes);
        }
        let name = self.opened.mesh.as_ref().map_or_else(|| t("nothing").into(), |mesh| mesh.name.clone());
        self.opened.label = say("Open {0}: {1}", &[self.plan.label, &name]);
        let counts = &self.opened.report.counts;
        // An empty stack leaves the playground unchanged.
        if let Some(stack) = &self.plan.stack
            && counts.created + counts.updated + counts.unchanged > 0
        {
            stack.record(&mut self.opened.world, &self.plan.items, &self.env.nth(self.done as u64));
        }
        self.opened.world.control_plane.enforces_quotas = self.enforces_quotas;
        self.opened
    }

    fn open(&mut self, item: &Item) {
        let Opened { world, mesh, echoes, report, .. } = &mut self.opened;
        let env = self.env.nth(self.done as u64);
        match apply_item(world, item, &env, echoes) {
            Ok((id, outcome)) => {
                mesh.get_or_insert_with(|| id.mesh.clone());
                if outcome != ItemOutcome::Created {
                    ignore_tags(item, &mut report.notes);
                }
                match outcome {
                    ItemOutcome::Created => report.counts.created += 1,
                    ItemOutcome::Updated => report.counts.updated += 1,
                    ItemOutcome::Unchanged => report.counts.unchanged += 1,
                }
                guess_environment(world, &id, &item.path, &mut report.notes);
            }
            Err(reasons) => {
                report.counts.refused += 1;
                let spelling = Spelling::of(self.plan.notes.get(item.notes.clone()).unwrap_or_default());
                let refused = reasons.into_iter().map(|(path, reason)| Note {
                    path: spelling.of_document(&path),
                    disposition: Disposition::Refused,
                    reason,
                });
                report.notes.extend(refused);
            }
        }
    }
}

/// A playground document replaces the world as a whole.
fn replaced(base: Rc<World>, world: World, notes: Vec<Note>) -> Opened {
    let created = world.control_plane.meshes().map(|(_, mesh)| mesh.resources().count()).sum();
    let mesh = world.control_plane.visible_to(&world.account).next().map(|(id, _)| id.clone());
    Opened {
        base,
        mesh,
        world,
        label: t("Open a playground document").to_owned(),
        echoes: vec![Echo { line: "# open a playground document".to_owned(), answer: None }],
        report: Report { counts: Counts { created, ..Counts::default() }, notes },
    }
}

/// Marks the tags of an existing resource as ignored, because `Update…` operations take no tags.
fn ignore_tags(item: &Item, notes: &mut [Note]) {
    let tags = join(&item.path, "tags");
    for note in notes.get_mut(item.notes.clone()).unwrap_or_default() {
        if note.path.get(..tags.len()).is_some_and(|start| start.eq_ignore_ascii_case(&tags)) {
            note.disposition = Disposition::Ignored;
            note.reason = t("the resource exists, and an update takes no tags").to_owned();
        }
    }
}

/// The paths of one resource in the document's spelling, for lookup by the API's spelling.
struct Spelling<'n> {
    /// Each path in lower case and as written, sorted.
    paths: Vec<(String, &'n str)>,
}

impl<'n> Spelling<'n> {
    fn of(notes: &'n [Note]) -> Self {
        let mut paths: Vec<_> =
            notes.iter().map(|note| (note.path.to_ascii_lowercase(), &*note.path)).collect();
        sorting::sort(&mut paths);
        Self { paths }
    }

    /// Returns the document's path `Properties.Spec.Listeners[0]` for the API's path `Properties.spec.listeners[0]`.
    /// Parts that the document does not have keep the API's spelling.
    fn of_document(&self, path: &str) -> String {
        let lower = path.to_ascii_lowercase();
        // The path with the longest common prefix is a neighbour in the sorted list.
        let place = self.paths.partition_point(|(known, _)| *known < lower);
        let neighbours = [place.checked_sub(1), Some(place)].into_iter().flatten();
        let written = neighbours.filter_map(|place| Some(self.paths.get(place)?.1));
        let best = written.max_by_key(|written| common_names(path, written));
        match best.and_then(|written| {
            let length = common_names(path, written);
            Some((written.get(..length)?, path.get(length..)?))
        }) {
            Some((written, rest)) => [written, rest].concat(),
            None => path.to_owned(),
        }
    }
}

/// Returns the length of the common prefix of two paths, up to the end of a whole name. Ignores ASCII case.
fn common_names(path: &str, written: &str) -> usize {
    let same = written.bytes().zip(path.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let ends = |text: &str| matches!(text.as_bytes().get(same), None | Some(b'.' | b'['));
    if ends(path) && ends(written) {
        return same;
    }
    path.get(..same).and_then(|part| part.rfind(['.', '['])).unwrap_or(0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemOutcome {
    Created,
    Updated,
    Unchanged,
}

/// Creates or updates one resource. On refusal, returns each reason with its path.
fn apply_item(
    world: &mut World,
    item: &Item,
    env: &Env,
    echoes: &mut Vec<Echo>,
) -> Result<(ResourceId, ItemOutcome), Vec<(String, String)>> {
    let operation =
        Operation::parse(Verb::Create, item.kind, &item.input, &world.account).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| (join(&item.path, &problem.path), problem.rule.to_string()))
                .collect::<Vec<_>>()
        })?;
    let id = operation.id().clone();
    let existing = world.control_plane.get(&id).cloned();
    let (operation, outcome) = match (existing, operation) {
        (Some(existing), Operation::Create { spec, .. }) if existing.spec == spec => {
            return Ok((id, ItemOutcome::Unchanged));
        }
        (Some(_), Operation::Create { id, spec, .. }) => {
            (Operation::Update { id, spec }, ItemOutcome::Updated)
        }
        (_, operation) => (operation, ItemOutcome::Created),
    };
    match crate::echo::perform(world, &operation, env) {
        Ok((_, echo)) => {
            echoes.push(echo);
            Ok((id, outcome))
        }
        Err(error) => Err(vec![(item.path.clone(), format!("{}: {error}", error.code()))]),
    }
}
