//! The only function that changes the state.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Answer, Env, Error, Operation, Request, Verb},
    environment::LabelSelector,
    model::{AccountId, IpPreference, Key, Kind, MeshId, ResourceId, Spec},
    resolve,
    world::World,
};
use mesh_documents::echo::{Form, line, perform, request_line, share_line};
use mesh_documents::{
    Opened, Report,
    scenario::{self, Variant},
};
use mesh_text::words::{english, say, t};

use super::{Command, Echo, Effect, EnvironmentChange, Event, Facet, History, Panel, Past, Refusal, Step};

/// State of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppState {
    /// Current world.
    pub world: Rc<World>,
    /// Steps that led to the world.
    pub history: Rc<History>,
    /// The current view; not part of the history.
    pub view: View,
    /// Report of the document opened last.
    pub report: Option<Rc<Report>>,
    /// Seed of the random choices in simulated requests. Links contain it, so that the requests have the same outcome
    /// there.
    pub seed: u64,
    /// Whether the world may be changed. The view may always change.
    pub rights: Rights,
}

/// Permissions for a playground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rights {
    /// All commands are allowed.
    #[default]
    Change,
    /// Read-only: every command that would change the playground is refused.
    Look,
}

/// The view: the mesh, selection and panel shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Mesh shown.
    pub mesh: Option<MeshId>,
    /// Resource selected in the mesh.
    pub selected: Option<Key>,
    /// Panel shown.
    pub panel: Panel,
    /// Facet of the selection that is shown.
    pub facet: Facet,
    /// Setting pointed at: a resource and the path in its spec.
    pub pointed: Option<(Key, String)>,
    /// Mesh preference that is previewed without changing anything.
    pub preview: Option<Option<IpPreference>>,
}

/// Result of a command.
#[derive(Clone, Debug)]
pub struct Update {
    /// The new state: the same `Rc` if nothing changed.
    pub state: Rc<AppState>,
    /// Events that occurred.
    pub events: Vec<Event>,
    /// Effects for the page to perform.
    pub effects: Vec<Effect>,
    /// Reason why nothing changed.
    pub refusal: Option<Refusal>,
}

impl AppState {
    /// Creates a playground with a world and no history.
    pub fn new(world: World) -> Self {
        Self::looking(world, View::default(), 1)
    }

    /// Like [`AppState::new`], but with a shared world.
    pub fn of(world: Rc<World>) -> Self {
        Self::showing(world, View::default(), 1)
    }

    /// Creates a playground with a world, a view and no history. Parts of the view that do not exist in the world are
    /// reset.
    pub fn looking(world: World, view: View, seed: u64) -> Self {
        Self::showing(Rc::new(world), view, seed)
    }

    fn showing(world: Rc<World>, view: View, seed: u64) -> Self {
        let mut state =
            Self { world, history: Rc::default(), view, report: None, seed, rights: Rights::Change };
        state.settle_view();
        state
    }

    /// Returns the playground that a first-time visitor sees.
    pub fn first_visit(env: &Env) -> Option<Self> {
        scenario::six_colours(Variant::Dns, env).map(Self::new)
    }

    /// Resets the parts of the view that refer to missing resources.
    fn settle_view(&mut self) {
        let world = &self.world;
        if self.view.mesh.as_ref().and_then(|mesh| world.visible_mesh(mesh)).is_none() {
            let first = world.control_plane.visible_to(&world.account).next().map(|(id, _)| id.clone());
            self.view = View { mesh: first, selected: None, preview: None, ..self.view.clone() };
        }
        let mesh = self.view.mesh.as_ref().and_then(|mesh| world.control_plane.mesh(mesh));
        let Some(mesh) = mesh else { return };
        if self.view.selected.as_ref().is_none_or(|key| mesh.get(key).is_none()) {
            // A resource is always selected, so that the inspector shows effects from the start.
            let first = [Kind::VirtualNode, Kind::VirtualGateway, Kind::Mesh]
                .into_iter()
                .find_map(|kind| mesh.of_kind(kind).next());
            self.view.selected = first.map(|resource| resource.id.key.clone());
        }
    }
}

/// Outcome of a command that changes the world.
struct Outcome {
    world: World,
    label: String,
    echoes: Vec<Echo>,
    events: Vec<Event>,
}

/// Executes one command.
pub fn update(state: &Rc<AppState>, command: Command, env: &Env) -> Update {
    match command {
        Command::Call { verb, kind, input } => commit(state, call(&state.world, verb, kind, &input, env)),
        Command::CreateMesh { input, selector } => {
            commit_and_show(state, create_mesh(&state.world, &input, selector, env))
        }
        Command::TearDown(mesh) => commit(state, tear_down(&state.world, &mesh, env)),
        Command::SetPreference { id, preference } => {
            commit(state, set_preference(&state.world, &id, preference, env))
        }
        Command::ChangeEnvironment(change) => commit(state, change_environment(&state.world, &change)),
        Command::Share { mesh, with } => commit(state, share(&state.world, &mesh, &with, true)),
        Command::Unshare { mesh, with } => commit(state, share(&state.world, &mesh, &with, false)),
        Command::SetSelector { mesh, selector } => commit(state, set_selector(&state.world, &mesh, selector)),
        Command::SwitchAccount(account) => commit(state, switch_account(&state.world, account)),
        Command::AddAccount(account) => commit(state, add_account(&state.world, account)),
        Command::EnforceQuotas(are_enforced) => commit(state, enforce_quotas(&state.world, are_enforced)),
        Command::Open(plan) => show_opened(state, Rc::new(mesh_documents::apply(&state.world, &plan, env))),
        Command::ShowOpened(opened) => show_opened(state, opened),
        Command::LoadScenario(variant) => load_scenario(state, variant, env),
        Command::Replace { world, label } => {
            // No command line reproduces a world from elsewhere.
            let echoes = vec![Echo { line: format!("# {label}"), answer: None }];
            let events = vec![Event::Replaced];
            commit(state, Ok(Outcome { world: World::clone(&world), label, echoes, events }))
        }
        Command::SwitchTo { state, told } => Update {
            state,
            events: vec![Event::Switched],
            effects: vec![Effect::Announce(told)],
            refusal: None,
        },
        Command::GoTo(place) => go_to(state, place),
        Command::Undo => travel(state, BACK, 1),
        Command::Redo => travel(state, FORWARD, 1),
        Command::Recall { earlier, ended } => recall(state, &earlier, &ended),
        Command::ShowMesh(mesh) => look(state, |view| {
            if view.mesh.as_ref() != Some(&mesh) {
                *view = View { mesh: Some(mesh.clone()), panel: view.panel, ..View::default() };
            }
        }),
        Command::Select(key) => look(state, |view| view.selected = key.clone()),
        Command::ShowPanel(panel) => look(state, |view| view.panel = panel),
        Command::ShowFacet(facet) => look(state, |view| view.facet = facet),
        Command::PointAt(setting) => look(state, |view| view.pointed = setting.clone()),
        Command::Preview(preview) => look(state, |view| view.preview = preview),
        Command::SetSeed(seed) => {
            let mut next = AppState::clone(state);
            next.seed = seed;
            Update { state: Rc::new(next), events: Vec::new(), effects: Vec::new(), refusal: None }
        }
    }
}

fn call(
    world: &World,
    verb: Verb,
    kind: Kind,
    input: &serde_json::Value,
    env: &Env,
) -> Result<Outcome, Refusal> {
    let operation = Operation::parse(verb, kind, input, &world.account).map_err(Error::Invalid)?;
    run(world, &operation, env)
}

/// Runs one operation as the acting account.
fn run(world: &World, operation: &Operation, env: &Env) -> Result<Outcome, Refusal> {
    let mut world = world.clone();
    let (_, echo) = perform(&mut world, operation, env)?;
    let (label, event) = described(operation);
    Ok(Outcome { world, label, echoes: vec![echo], events: event.into_iter().collect() })
}

/// Answers one API request as an account. Read-only requests add no step.
pub fn answer(
    state: &Rc<AppState>,
    request: &Request,
    account: &AccountId,
    env: &Env,
) -> (Update, Result<Answer, Error>) {
    if state.rights == Rights::Look && !request.only_reads() {
        return (refuse_change(state), Err(Error::ReadOnly));
    }
    let mut world = World::clone(&state.world);
    let answer = world.answer(request, account, env);
    let unchanged =
        |refusal| Update { state: state.clone(), events: Vec::new(), effects: Vec::new(), refusal };
    let found = match &answer {
        Err(error) => return (unchanged(Some(error.clone().into())), answer),
        Ok(_) if request.only_reads() => return (unchanged(None), answer),
        Ok(found) => found,
    };
    let (label, event) = match request {
        Request::Resource { operation, .. } => described(operation),
        Request::Tag { arn, .. } => (say("Tag {0}", &[arn]), None),
        Request::Untag { arn, .. } => (say("Untag {0}", &[arn]), None),
        Request::List { .. } | Request::ListTags { .. } => (String::new(), None),
    };
    let shown = Some(found.shown(&world.region));
    let mut line = request_line(request, account);
    if *account != world.account {
        line.push_str(" --profile ");
        line.push_str(account.as_str());
    }
    let echo = Echo { line, answer: shown };
    let outcome = Outcome { world, label, echoes: vec![echo], events: event.into_iter().collect() };
    (commit(state, Ok(outcome)), answer)
}

/// Makes a changed world the current one, as one step executed by a terminal line.
pub fn replace(state: &Rc<AppState>, world: World, label: String, line: String) -> Update {
    let event = match world.environment == state.world.environment {
        true => None,
        false => Some(Event::EnvironmentChanged),
    };
    let echoes = vec![Echo { line, answer: None }];
    commit(state, Ok(Outcome { world, label, echoes, events: event.into_iter().collect() }))
}

/// Returns the description of an operation and its event.
fn described(operation: &Operation) -> (String, Option<Event>) {
    let id = operation.id().clone();
    let label = |words: &'static str| say(words, &[&id.key.translated()]);
    match operation.verb() {
        Verb::Create => (label(english("Create {0}")), Some(Event::Created(id))),
        Verb::Update => (label(english("Update {0}")), Some(Event::Updated(id))),
        Verb::Delete => (label(english("Delete {0}")), Some(Event::Deleted(id))),
        Verb::Describe => (label(english("Describe {0}")), None),
    }
}

/// Deletes a mesh with all its resources, or nothing if one deletion is refused.
fn tear_down(world: &World, mesh: &MeshId, env: &Env) -> Result<Outcome, Refusal> {
    let mut world = world.clone();
    let mut echoes = Vec::new();
    let mut events = Vec::new();
    for (id, index) in world.control_plane.teardown(mesh).into_iter().zip(0..) {
        let (_, echo) = perform(&mut world, &Operation::Delete(id.clone()), &env.nth(index))?;
        echoes.push(echo);
        events.push(Event::Deleted(id));
    }
    if events.is_empty() {
        return Err(Refusal::Gone("the mesh"));
    }
    Ok(Outcome { world, label: say("Delete mesh `{0}` and everything in it", &[&mesh.name]), echoes, events })
}

fn create_mesh(
    world: &World,
    input: &serde_json::Value,
    selector: Option<LabelSelector>,
    env: &Env,
) -> Result<Outcome, Refusal> {
    let mut outcome = call(world, Verb::Create, Kind::Mesh, input, env)?;
    if let (Some(selector), Some(Event::Created(id))) = (selector, outcome.events.first()) {
        let line = line(Form::Selector, &[&id.mesh.name, &selector.to_string()]);
        outcome.echoes.push(Echo { line, answer: None });
        outcome.world.selectors.insert(id.mesh.clone(), Rc::new(selector));
    }
    Ok(outcome)
}

fn set_selector(world: &World, mesh: &MeshId, selector: Option<LabelSelector>) -> Result<Outcome, Refusal> {
    let is_own = mesh.owner == world.account && world.control_plane.mesh(mesh).is_some();
    if !is_own {
        return Err(Refusal::Gone("the mesh"));
    }
    let mut world = world.clone();
    let text = selector.as_ref().map(ToString::to_string);
    match selector {
        Some(selector) => drop(world.selectors.insert(mesh.clone(), Rc::new(selector))),
        None => drop(world.selectors.remove(mesh)),
    }
    let line = line(Form::Selector, &[&mesh.name, text.as_deref().unwrap_or("-")]);
    let label = say("Set the namespaceSelector of mesh `{0}`", &[&mesh.name]);
    let echo = Echo { line, answer: None };
    Ok(Outcome { world, label, echoes: vec![echo], events: vec![Event::EnvironmentChanged] })
}

fn set_preference(
    world: &World,
    id: &ResourceId,
    preference: Option<IpPreference>,
    env: &Env,
) -> Result<Outcome, Refusal> {
    let resource = world.control_plane.get(id).ok_or(Refusal::Gone("the resource"))?;
    let spec: Spec = resolve::with_preference(&resource.spec, preference)
        .ok_or(Refusal::Gone("the service discovery that would hold a preference"))?;
    // Compares the meaning: `{}` and `{"serviceDiscovery":{}}` both set no preference.
    if resolve::preference_of(&resource.spec) == preference {
        return Ok(Outcome {
            world: world.clone(),
            label: String::new(),
            echoes: Vec::new(),
            events: Vec::new(),
        });
    }
    let mut outcome = run(world, &Operation::Update { id: id.clone(), spec }, env)?;
    let word = preference.map_or_else(|| t("no preference"), IpPreference::as_str);
    outcome.label = say("Set {0} to {1}", &[&id.key.translated(), word]);
    Ok(outcome)
}

fn change_environment(world: &World, change: &EnvironmentChange) -> Result<Outcome, Refusal> {
    let environment = change.apply(&world.environment).ok_or(Refusal::Gone(change.subject()))?;
    let mut world = world.clone();
    let before = std::mem::replace(&mut world.environment, Rc::new(environment));
    let label = change.words();
    let echo = Echo { line: change.line(&before), answer: None };
    Ok(Outcome { world, label, echoes: vec![echo], events: vec![Event::EnvironmentChanged] })
}

fn share(world: &World, mesh: &MeshId, with: &AccountId, on: bool) -> Result<Outcome, Refusal> {
    let id = ResourceId::of_mesh(mesh.clone());
    if mesh.owner != world.account {
        return Err(Error::Forbidden { caller: world.account.clone(), id }.into());
    }
    let mut world = world.clone();
    // A further account is added to the existing share, whose ARN is different wherever the line is typed. So only the
    // first account has a line of `aws ram`. Outside an organization, that line would send an invitation.
    let has_share = world.control_plane.shares().any(|share| share.meshes == std::slice::from_ref(mesh))
        || !world.environment.organization;
    let own = |word: &str| line(Form::Sharing, &[word, &mesh.name, with.as_str()]);
    let (words, line) = if on {
        world.control_plane.share(mesh, with)?;
        let line = if has_share { own("add") } else { share_line(mesh, &world.region, with) };
        (english("Share {0} with {1}"), line)
    } else {
        world.control_plane.unshare(mesh, with);
        (english("Stop sharing {0} with {1}"), own("remove"))
    };
    let label = say(words, &[&id.key.translated(), with.as_str()]);
    let echo = Echo { line, answer: None };
    Ok(Outcome { world, label, echoes: vec![echo], events: vec![Event::SharingChanged(mesh.clone())] })
}

fn switch_account(world: &World, account: AccountId) -> Result<Outcome, Refusal> {
    if !world.accounts.contains(&account) {
        return Err(Refusal::Gone("the account"));
    }
    let echo = Echo { line: format!("export AWS_PROFILE={account}"), answer: None };
    let label = say("Act as account {0}", &[account.as_str()]);
    let world = World { account: account.clone(), ..world.clone() };
    Ok(Outcome { world, label, echoes: vec![echo], events: vec![Event::AccountSwitched(account)] })
}

fn add_account(world: &World, account: AccountId) -> Result<Outcome, Refusal> {
    let mut world = world.clone();
    let mut events = Vec::new();
    let label = say("Add account {0}", &[account.as_str()]);
    let echo = Echo { line: line(Form::Account, &[account.as_str()]), answer: None };
    if !world.accounts.contains(&account) {
        world.accounts.push(account.clone());
        events.push(Event::AccountAdded(account));
    }
    Ok(Outcome { world, label, echoes: vec![echo], events })
}

fn enforce_quotas(world: &World, are_enforced: bool) -> Result<Outcome, Refusal> {
    let mut world = world.clone();
    world.control_plane.enforces_quotas = are_enforced;
    let word = if are_enforced { "on" } else { "off" };
    let label = match are_enforced {
        true => t("Turn the default quotas on"),
        false => t("Turn the default quotas off"),
    };
    let label = label.to_owned();
    let echo = Echo { line: line(Form::Quotas, &[word]), answer: None };
    Ok(Outcome { world, label, echoes: vec![echo], events: vec![Event::QuotasSwitched(are_enforced)] })
}

/// Replaces only the walkthrough's own mesh and its environment; everything else stays.
fn load_scenario(state: &Rc<AppState>, variant: Variant, env: &Env) -> Update {
    let mut world = World::clone(&state.world);
    let mesh = MeshId { owner: world.account.clone(), name: scenario::MESH.into() };
    world.control_plane.forget(&mesh);
    world.selectors.remove(&mesh);
    let outcome = scenario::add_six_colours(&mut world, variant, env).map_err(Refusal::from).map(|()| {
        let (label, word) = match variant {
            Variant::Dns => (t("Load the six colours (DNS)"), "dns"),
            Variant::CloudMap => (t("Load the six colours (Cloud Map)"), "cloudmap"),
        };
        let echoes = vec![Echo { line: line(Form::Scenario, &[word]), answer: None }];
        Outcome { world, label: label.to_owned(), echoes, events: vec![Event::ScenarioLoaded] }
    });
    let mut update = commit(state, outcome);
    if update.refusal.is_none() {
        show(&mut update, mesh);
    }
    update
}

/// Shows a mesh and preserves the panel.
fn show(update: &mut Update, mesh: MeshId) {
    let next = Rc::make_mut(&mut update.state);
    next.view = View { mesh: Some(mesh), panel: next.view.panel, ..View::default() };
    next.settle_view();
}

/// Commits the world of an opened document.
fn show_opened(state: &Rc<AppState>, opened: Rc<Opened>) -> Update {
    if !Rc::ptr_eq(&opened.base, &state.world) {
        let gone = Refusal::Gone(english("the world that the document was opened in"));
        return commit(state, Err(gone));
    }
    let opened = Rc::unwrap_or_clone(opened);
    let shown = opened.mesh;
    let outcome = Outcome {
        world: opened.world,
        label: opened.label,
        echoes: opened.echoes,
        events: vec![Event::Opened],
    };
    let mut update = commit(state, Ok(outcome));
    if update.refusal.is_some() {
        return update;
    }
    Rc::make_mut(&mut update.state).report = Some(Rc::new(opened.report));
    if let Some(mesh) = shown {
        show(&mut update, mesh);
    }
    update
}

fn commit_and_show(state: &Rc<AppState>, outcome: Result<Outcome, Refusal>) -> Update {
    let mut update = commit(state, outcome);
    let created = update.events.iter().find_map(|event| match event {
        Event::Created(id) => Some(id.mesh.clone()),
        _ => None,
    });
    if let Some(mesh) = created {
        show(&mut update, mesh);
    }
    update
}

/// Makes an outcome the current state, as one step of the history.
fn commit(state: &Rc<AppState>, outcome: Result<Outcome, Refusal>) -> Update {
    match outcome {
        Err(refusal) => {
            // A problem of a field is announced at the field.
            let effects = match refusal.problems() {
                [] => vec![Effect::Announce(refusal.words())],
                _ => Vec::new(),
            };
            Update { state: state.clone(), events: Vec::new(), effects, refusal: Some(refusal) }
        }
        Ok(_) if state.rights == Rights::Look => refuse_change(state),
        Ok(outcome) if outcome.world == *state.world => {
            Update { state: state.clone(), events: Vec::new(), effects: Vec::new(), refusal: None }
        }
        Ok(outcome) => {
            let mut next = AppState::clone(state);
            next.world = Rc::new(outcome.world);
            let step = Step {
                label: outcome.label.clone(),
                echoes: outcome.echoes.into(),
                before: Past::Here(state.world.clone()),
                after: Past::Here(next.world.clone()),
            };
            Rc::make_mut(&mut next.history).push(step);
            next.view.preview = None;
            next.settle_view();
            let effects = vec![Effect::Save, Effect::Announce(outcome.label)];
            Update { state: Rc::new(next), events: outcome.events, effects, refusal: None }
        }
    }
}

/// Refuses a command that would change a read-only playground.
fn refuse_change(state: &Rc<AppState>) -> Update {
    let refusal = Refusal::ReadOnly;
    let effects = vec![Effect::Announce(refusal.words())];
    Update { state: state.clone(), events: Vec::new(), effects, refusal: Some(refusal) }
}

/// A direction through the history.
struct Way {
    go: fn(&mut History) -> Option<Rc<Step>>,
    world: fn(&Step) -> &Past,
    event: Event,
    words: &'static str,
}

const BACK: Way = Way {
    go: History::back,
    world: |step| &step.before,
    event: Event::Undone,
    words: english("Undone: {0}"),
};
const FORWARD: Way = Way {
    go: History::forward,
    world: |step| &step.after,
    event: Event::Redone,
    words: english("Redone: {0}"),
};

/// Moves by this number of steps; announces only the last one.
fn travel(state: &Rc<AppState>, way: Way, steps: usize) -> Update {
    if state.rights == Rights::Look {
        return refuse_change(state);
    }
    let refused = |refusal: Refusal, effects| Update {
        state: state.clone(),
        events: Vec::new(),
        effects,
        refusal: Some(refusal),
    };
    let mut next = AppState::clone(state);
    let history = Rc::make_mut(&mut next.history);
    let Some(step) = (0..steps).map_while(|_| (way.go)(history)).last() else {
        return refused(Refusal::NoStep, Vec::new());
    };
    let Some(world) = (way.world)(&step).world() else {
        return refused(Refusal::Unreadable, vec![Effect::Announce(Refusal::Unreadable.words())]);
    };
    next.world = world;
    next.view.preview = None;
    next.settle_view();
    let effects = vec![Effect::Save, Effect::Announce(say(way.words, &[&step.label]))];
    Update { state: Rc::new(next), events: vec![way.event], effects, refusal: None }
}

/// Moves to a point in the history.
fn go_to(state: &Rc<AppState>, place: usize) -> Update {
    let done = state.history.done().len();
    match done.abs_diff(place) {
        0 => look(state, |_| ()),
        steps => travel(state, if done > place { BACK } else { FORWARD }, steps),
    }
}

/// Adds the steps of an earlier visit, which ended with this world, to the history.
fn recall(state: &Rc<AppState>, earlier: &History, ended: &Rc<World>) -> Update {
    let mut next = AppState::clone(state);
    let is_empty = state.history.done().is_empty() && state.history.undone().is_empty();
    let goes_on = !is_empty || Rc::ptr_eq(&state.world, ended);
    let is_recalled = goes_on && Rc::make_mut(&mut next.history).recall(earlier, ended);
    let state = if is_recalled { Rc::new(next) } else { state.clone() };
    let effects = if is_recalled { vec![Effect::Save] } else { Vec::new() };
    Update { state, events: Vec::new(), effects, refusal: None }
}

/// Makes a state from elsewhere the current one. The terminal creates its steps itself.
///
/// A new mesh is shown, because the user probably wants to see it.
pub fn adopt(before: &Rc<AppState>, mut after: Rc<AppState>) -> Update {
    let is_changed = !Rc::ptr_eq(&before.world, &after.world);
    if is_changed {
        let shown = |world: &World| {
            world.control_plane.visible_to(&world.account).map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        let known = shown(&before.world);
        let made = shown(&after.world).into_iter().find(|id| !known.contains(id));
        let next = Rc::make_mut(&mut after);
        if let Some(mesh) = made {
            next.view = View { mesh: Some(mesh), panel: next.view.panel, ..View::default() };
        }
        next.view.preview = None;
        next.settle_view();
    }
    let effects = if is_changed { vec![Effect::Save] } else { Vec::new() };
    Update { state: after, events: Vec::new(), effects, refusal: None }
}

/// Changes the view, which adds no step.
fn look(state: &Rc<AppState>, change: impl FnOnce(&mut View)) -> Update {
    let mut next = AppState::clone(state);
    change(&mut next.view);
    next.settle_view();
    let (state, effects) = if next.view == state.view {
        (state.clone(), Vec::new())
    } else {
        (Rc::new(next), vec![Effect::Save])
    };
    Update { state, events: Vec::new(), effects, refusal: None }
}
