//! After any sequence of requests, the state is consistent, and every step can be undone and redone.
//!
//! A model runs beside the engine and knows only the responses: every resource that was created and not deleted exists,
//! and its version is the number of its updates plus one. After each step, both must agree, and the state must be
//! consistent.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use mesh_playground::{
    control_plane::{Action, Answer, Operation, Request, Response, Timestamp, Verb},
    model::{AccountId, Key, Kind, MeshId, ResourceId, Spec, TextMap},
    playground::Playground,
    store::{AppState, Command, Refusal},
    world::World,
};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::config;

/// Few names, so that operations often affect the same resource.
const MESHES: [&str; 2] = ["m", "w"];
const NAMES: [&str; 2] = ["a", "b"];
const VERBS: [Verb; 4] = [Verb::Create, Verb::Describe, Verb::Update, Verb::Delete];

/// An operation; accounts are 0 and 1.
#[derive(Clone, Debug)]
enum Op {
    Call { verb: Verb, kind: Kind, place: Place, spec: Value, token: Option<&'static str> },
    List { kind: Kind, place: Place, limit: i64 },
    Tags { change: Option<Action>, kind: Kind, place: Place, key: &'static str },
    Share { mesh: &'static str, owner: usize, with: usize, on: bool },
    Switch(usize),
}

/// Names of a resource: its mesh, the owner of the mesh if given, the name of its parent, and its own name.
#[derive(Clone, Debug)]
struct Place {
    mesh: &'static str,
    owner: Option<usize>,
    parent: &'static str,
    name: &'static str,
}

fn account(index: usize) -> AccountId {
    World::empty().unwrap().accounts[index].clone()
}

impl Place {
    /// Returns the members by which an operation names the resource.
    fn input(&self, kind: Kind) -> Value {
        let mut input = json!({"meshName": self.mesh});
        if let Some(owner) = self.owner {
            input["meshOwner"] = json!(account(owner).as_str());
        }
        if let Some(parent) = kind.declaration().parent {
            input[parent.declaration().name_member] = json!(self.parent);
        }
        if kind != Kind::Mesh {
            input[kind.declaration().name_member] = json!(self.name);
        }
        input
    }

    /// Returns the id of the resource; without an owner, the mesh belongs to the caller.
    fn id(&self, kind: Kind, caller: &AccountId) -> ResourceId {
        let mesh =
            MeshId { owner: self.owner.map_or_else(|| caller.clone(), account), name: self.mesh.into() };
        match kind.declaration().parent {
            _ if kind == Kind::Mesh => ResourceId::of_mesh(mesh),
            Some(_) => ResourceId { mesh, key: Key::within(kind, self.parent, self.name) },
            None => ResourceId { mesh, key: Key::new(kind, self.name) },
        }
    }
}

/// Input to the playground.
enum Asked {
    Request(Request),
    Command(Command),
}

impl Op {
    /// Returns the input for this world.
    fn asked(&self, world: &World) -> Asked {
        let caller = &world.account;
        let (action, input) = match self {
            Self::Switch(to) => return Asked::Command(Command::SwitchAccount(account(*to))),
            Self::Share { mesh, owner, with, on } => {
                let (mesh, with) = (MeshId { owner: account(*owner), name: (*mesh).into() }, account(*with));
                return Asked::Command(match on {
                    true => Command::Share { mesh, with },
                    false => Command::Unshare { mesh, with },
                });
            }
            Self::Call { verb, kind, place, spec, token } => {
                let mut input = place.input(*kind);
                input["spec"] = spec.clone();
                input["clientToken"] = json!(token);
                let action = match verb {
                    Verb::Create => Action::Create(*kind),
                    Verb::Describe => Action::Describe(*kind),
                    Verb::Update => Action::Update(*kind),
                    Verb::Delete => Action::Delete(*kind),
                };
                (action, input)
            }
            Self::List { kind, place, limit } => {
                let mut input = place.input(*kind);
                input["limit"] = json!(limit);
                (Action::List(*kind), input)
            }
            Self::Tags { change, kind, place, key } => {
                let id = place.id(*kind, caller);
                let arn = id.arn(&world.region, &id.mesh.owner);
                let tag = json!({"key": key, "value": place.parent});
                let input = json!({"resourceArn": arn, "tags": [tag], "tagKeys": [key]});
                (change.unwrap_or(Action::ListTagsForResource), input)
            }
        };
        Asked::Request(Request::parse(action, &input, caller).unwrap())
    }
}

/// Chooses the first name more often than the others, so that more of the named resources exist.
fn any_name() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(NAMES[0]), 1 => Just(NAMES[1])]
}

fn any_place() -> impl Strategy<Value = Place> {
    let owner = prop_oneof![3 => Just(Some(0)), 1 => Just(Some(1)), 2 => Just(None)];
    let mesh = prop_oneof![4 => Just(MESHES[0]), 1 => Just(MESHES[1])];
    (mesh, owner, any_name(), any_name()).prop_map(|(mesh, owner, parent, name)| Place {
        mesh,
        owner,
        parent,
        name,
    })
}

/// Generates small specs, which refer to resources that may exist.
fn any_spec(kind: Kind) -> BoxedStrategy<Value> {
    let port = || prop_oneof![3 => Just(Value::Null), 1 => Just(json!(80)), 1 => Just(json!(81))];
    let listening = |none: Value| {
        let ports = prop_oneof![1 => Just(&[][..]), 4 => Just(&[80][..]), 1 => Just(&[80, 81][..])];
        ports.prop_map(move |ports: &[i64]| match ports {
            [] => none.clone(),
            _ => {
                ports.iter().map(|port| json!({"portMapping": {"port": port, "protocol": "http"}})).collect()
            }
        })
    };
    match kind {
        Kind::Mesh => {
            prop_oneof![Just(json!({})), Just(json!({"egressFilter": {"type": "ALLOW_ALL"}}))].boxed()
        }
        Kind::VirtualNode => (listening(Value::Null), any::<bool>())
            .prop_map(|(listeners, has_backend)| {
                let discovery = (!listeners.is_null()).then(|| json!({"dns": {"hostname": "n.local"}}));
                let backends = has_backend.then(|| json!([{"virtualService": {"virtualServiceName": "a"}}]));
                json!({"listeners": listeners, "serviceDiscovery": discovery, "backends": backends})
            })
            .boxed(),
        Kind::VirtualRouter | Kind::VirtualGateway => {
            listening(json!([])).prop_map(|listeners| json!({"listeners": listeners})).boxed()
        }
        Kind::VirtualService => prop_oneof![
            Just(json!({})),
            any_name().prop_map(|name| json!({"provider": {"virtualNode": {"virtualNodeName": name}}})),
            any_name().prop_map(|name| json!({"provider": {"virtualRouter": {"virtualRouterName": name}}})),
        ]
        .boxed(),
        Kind::Route => {
            let target = (any_name(), port());
            let target =
                target.prop_map(|(node, port)| json!({"virtualNode": node, "weight": 1, "port": port}));
            let of = prop::sample::select(&["httpRoute", "http2Route", "grpcRoute", "tcpRoute"][..]);
            (of, prop::collection::vec(target, 1..3), port())
                .prop_map(|(of, targets, port)| {
                    json!({of: {"action": {"weightedTargets": targets}, "match": {"port": port}}})
                })
                .boxed()
        }
        Kind::GatewayRoute => (any_name(), port(), port())
            .prop_map(|(service, port, target)| {
                let target = json!({"virtualService": {"virtualServiceName": service}, "port": target});
                json!({"httpRoute": {"action": {"target": target}, "match": {"prefix": "/", "port": port}}})
            })
            .boxed(),
    }
}

fn any_op() -> impl Strategy<Value = Op> {
    let call = |verbs: &'static [Verb]| {
        let token = prop::option::weighted(0.3, prop::sample::select(&["t1", "t2"][..]));
        let kind = prop::sample::select(&Kind::ALL[..]);
        let kind = kind.prop_flat_map(|kind| any_spec(kind).prop_map(move |spec| (kind, spec)));
        (prop::sample::select(verbs), kind, any_place(), token)
            .prop_map(|(verb, (kind, spec), place, token)| Op::Call { verb, kind, place, spec, token })
    };
    let kind = || prop::sample::select(&Kind::ALL[..]);
    let list =
        (kind(), any_place(), 1i64..4).prop_map(|(kind, place, limit)| Op::List { kind, place, limit });
    let change = prop::sample::select(&[None, Some(Action::TagResource), Some(Action::UntagResource)][..]);
    let tags = (change, kind(), any_place(), prop::sample::select(&NAMES[..]))
        .prop_map(|(change, kind, place, key)| Op::Tags { change, kind, place, key });
    let share = (prop::sample::select(&MESHES[..]), 0..2usize, 0..2usize, prop::bool::weighted(0.7))
        .prop_map(|(mesh, owner, with, on)| Op::Share { mesh, owner, with, on });
    prop_oneof![
        8 => call(&VERBS[..1]),
        8 => call(&VERBS[1..]),
        2 => list,
        2 => tags,
        2 => share,
        1 => (0..2usize).prop_map(Op::Switch),
    ]
}

/// Generates operations: first, in half of the cases, those that create a world in which more succeeds; then any
/// operations, some of them twice.
fn any_ops() -> impl Strategy<Value = Vec<Op>> {
    let anything = prop::collection::vec((any_op(), prop::bool::weighted(0.1)), 0..100);
    (any::<bool>(), anything).prop_map(|(is_furnished, anything)| {
        let mut ops = if is_furnished { furniture() } else { Vec::new() };
        for (op, is_twice) in anything {
            ops.extend(is_twice.then(|| op.clone()));
            ops.push(op);
        }
        ops
    })
}

/// Creates two resources of each kind, `a` and `b`, in mesh `m` of the first account, shared with the second.
fn furniture() -> Vec<Op> {
    let create = |name: &'static str, kind: Kind| {
        let spec = match kind {
            Kind::Route => {
                let targets = json!([{"virtualNode": name, "weight": 1}]);
                json!({"tcpRoute": {"action": {"weightedTargets": targets}}})
            }
            Kind::GatewayRoute => {
                let target = json!({"virtualService": {"virtualServiceName": name}});
                json!({"httpRoute": {"action": {"target": target}, "match": {}}})
            }
            Kind::VirtualGateway => json!({"listeners": []}),
            _ => json!({}),
        };
        let place = Place { mesh: "m", owner: None, parent: name, name };
        Op::Call { verb: Verb::Create, kind, place, spec, token: None }
    };
    let calls = NAMES.iter().flat_map(|name| Kind::ALL.map(|kind| create(name, kind)));
    calls.chain([Op::Share { mesh: "m", owner: 0, with: 1, on: true }]).collect()
}

/// State of a resource according to the responses.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    owner: AccountId,
    version: i64,
    uid: Box<str>,
    spec: Spec,
    tags: TextMap,
}

/// Expected state according to the responses.
#[derive(Default)]
struct Model {
    resources: BTreeMap<ResourceId, Known>,
    shares: BTreeSet<(MeshId, AccountId)>,
    tokens: Vec<(AccountId, Box<str>, Operation, Response)>,
    steps: usize,
    /// Number of occurrences of each result: `Create Route`, or the code of an error.
    seen: BTreeMap<String, usize>,
}

impl Model {
    fn count(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    fn uses(&self, mesh: &MeshId, by: &AccountId) -> bool {
        mesh.owner == *by || self.shares.contains(&(mesh.clone(), by.clone()))
    }

    /// Executes an operation and checks the response.
    fn step(&mut self, playground: &mut Playground, op: &Op) -> Result<(), TestCaseError> {
        let before = playground.state().clone();
        let caller = before.world.account.clone();
        let is_change = match (op, op.asked(&before.world)) {
            (op, Asked::Command(command)) => {
                let refusal = playground.run(command).refusal;
                self.commanded(op, &caller, refusal)?
            }
            (Op::List { kind, place, .. }, Asked::Request(request)) => {
                self.listed(playground, *kind, place, request, &caller)?;
                false
            }
            (op, Asked::Request(request)) => match (op, playground.answer(&request)) {
                (Op::Tags { change, kind, place, key }, answer) => self.tagged(
                    *change,
                    &place.id(*kind, &caller),
                    (*key, place.parent),
                    &caller,
                    answer.ok(),
                )?,
                (_, Ok(answer)) => self.answered(&request, &caller, &answer)?,
                (_, Err(error)) => {
                    self.count(error.code());
                    false
                }
            },
        };
        self.steps += usize::from(is_change);
        let after = playground.state();
        prop_assert_eq!(is_change, !Rc::ptr_eq(&before, after));
        if let Some(step) = after.history.done().last().filter(|_| is_change) {
            prop_assert!(step.before.is(&before.world) && step.after.is(&after.world));
        }
        prop_assert_eq!(after.history.done().len(), self.steps);
        self.check(&after.world)
    }

    /// Updates the model after a command that switches accounts or changes sharing. Returns whether the world must have
    /// changed.
    fn commanded(
        &mut self,
        op: &Op,
        caller: &AccountId,
        refusal: Option<Refusal>,
    ) -> Result<bool, TestCaseError> {
        let Op::Share { mesh, owner, with, on } = op else {
            prop_assert_eq!(refusal, None);
            return Ok(matches!(op, Op::Switch(to) if account(*to) != *caller));
        };
        let (mesh, with) = (MeshId { owner: account(*owner), name: (*mesh).into() }, account(*with));
        let exists = self.resources.contains_key(&ResourceId::of_mesh(mesh.clone()));
        // Removing a share that does not exist changes nothing, even if the mesh does not exist.
        prop_assert_eq!(refusal.is_none(), mesh.owner == *caller && (exists || !on), "{:?}", refusal);
        if refusal.is_some() || mesh.owner == with {
            return Ok(false);
        }
        self.count(if *on { "Share" } else { "Unshare" });
        Ok(if *on { self.shares.insert((mesh, with)) } else { self.shares.remove(&(mesh, with)) })
    }

    /// Reads a list to its end, page by page.
    fn listed(
        &mut self,
        playground: &mut Playground,
        kind: Kind,
        place: &Place,
        mut request: Request,
        caller: &AccountId,
    ) -> Result<(), TestCaseError> {
        let expected = self.expected_list(kind, place, caller);
        let mut found = Vec::new();
        while let Ok(answer) = playground.answer(&request) {
            let (Answer::List { items, next, .. }, Request::List { page, .. }) = (answer, &mut request)
            else {
                return Err(TestCaseError::fail("not a list"));
            };
            prop_assert!(items.len() <= page.limit);
            found.extend(items.iter().map(|item| item.id.clone()));
            prop_assert!(found.len() <= self.resources.len(), "a list without end");
            // A full page is not empty, so a list has an end.
            prop_assert!(next.is_none() || items.len() == page.limit);
            page.after = next.map(Box::from);
            if page.after.is_none() {
                self.count(&format!("List {kind:?}"));
                prop_assert_eq!(Some(found), expected);
                return Ok(());
            }
        }
        prop_assert_eq!(None, expected);
        Ok(())
    }

    /// Updates the model after a response. Returns whether the world must have changed.
    fn answered(
        &mut self,
        request: &Request,
        caller: &AccountId,
        answer: &Answer,
    ) -> Result<bool, TestCaseError> {
        let (Request::Resource { operation, client_token }, Answer::Resource(response)) = (request, answer)
        else {
            return Err(TestCaseError::fail("no resource"));
        };
        let (id, verb) = (operation.id(), operation.verb());
        self.count(&format!("{verb:?} {:?}", id.key.kind));
        let resource = &response.resource;
        prop_assert_eq!(&resource.id, id);
        let is_same = |(by, token, done, _): &&(AccountId, Box<str>, Operation, Response)| {
            (by, Some(token), done.verb(), done.id().key.kind)
                == (caller, client_token.as_ref(), verb, id.key.kind)
        };
        if let Some((_, _, done, first)) = self.tokens.iter().find(is_same) {
            // A repeated request changes nothing.
            prop_assert_eq!((done, first), (operation, response));
            self.count("asked again");
            return Ok(false);
        }
        if let Some(token) = client_token {
            self.tokens.push((caller.clone(), token.clone(), operation.clone(), response.clone()));
        }
        // Permissions: docs/facts/sharing.md#permissions.
        prop_assert!(self.uses(&id.mesh, caller));
        if matches!(id.key.kind, Kind::VirtualGateway | Kind::GatewayRoute) {
            prop_assert_eq!(&id.mesh.owner, caller);
        }
        let is_owner = |known: &Known| known.owner == *caller;
        let metadata = &resource.metadata;
        match operation {
            Operation::Create { spec, tags, .. } => {
                prop_assert_eq!((metadata.version, &metadata.resource_owner), (1, caller));
                let known = Known {
                    owner: caller.clone(),
                    version: 1,
                    uid: metadata.uid.clone(),
                    spec: spec.clone(),
                    tags: tags.clone(),
                };
                prop_assert!(self.resources.values().all(|other| other.uid != known.uid));
                prop_assert_eq!(self.resources.insert(id.clone(), known), None);
            }
            Operation::Describe(_) => {
                let known = &self.resources[id];
                let told = (metadata.version, &metadata.resource_owner, &metadata.uid, &resource.tags);
                prop_assert_eq!(told, (known.version, &known.owner, &known.uid, &known.tags));
                return Ok(false);
            }
            Operation::Update { spec, .. } => {
                let known = self.resources.get_mut(id).unwrap();
                prop_assert!(is_owner(known));
                known.version += 1;
                known.spec = spec.clone();
                prop_assert_eq!((metadata.version, &metadata.uid), (known.version, &known.uid));
            }
            Operation::Delete(_) => {
                let known = self.resources.remove(id).unwrap();
                prop_assert!(is_owner(&known) || id.mesh.owner == *caller);
                if id.key.kind == Kind::Mesh {
                    self.shares.retain(|(mesh, _)| *mesh != id.mesh);
                }
            }
        }
        Ok(true)
    }

    /// Returns the expected items of a list; `None` if it must be refused.
    fn expected_list(&self, kind: Kind, place: &Place, caller: &AccountId) -> Option<Vec<ResourceId>> {
        let all = self.resources.keys().filter(|id| id.key.kind == kind);
        if kind == Kind::Mesh {
            return Some(all.filter(|id| self.uses(&id.mesh, caller)).cloned().collect());
        }
        // The container must exist and be visible to the caller: the parent, or the mesh itself.
        let home = place.id(kind.declaration().parent.unwrap_or(Kind::Mesh), caller);
        let home = match kind.declaration().parent {
            Some(parent) => ResourceId { key: Key::new(parent, place.parent), ..home },
            None => home,
        };
        let is_hidden =
            matches!(kind, Kind::VirtualGateway | Kind::GatewayRoute) && home.mesh.owner != *caller;
        let is_given = self.resources.contains_key(&home) && self.uses(&home.mesh, caller) && !is_hidden;
        let parent = kind.declaration().parent.map(|_| home.key.name.clone());
        is_given.then(|| all.filter(|id| id.mesh == home.mesh && id.key.parent == parent).cloned().collect())
    }

    /// Updates the model after tags were set, removed or listed. Returns whether the world must have changed.
    fn tagged(
        &mut self,
        change: Option<Action>,
        asked: &ResourceId,
        (key, value): (&str, &str),
        caller: &AccountId,
        answer: Option<Answer>,
    ) -> Result<bool, TestCaseError> {
        // The ARN contains the owner of the resource, but not that of the mesh. If two resources match, the one in the
        // first mesh is used.
        let mut own = self.resources.iter().filter(|(id, known)| {
            (&id.key, &id.mesh.name) == (&asked.key, &asked.mesh.name)
                && known.owner == *caller
                && self.uses(&id.mesh, caller)
        });
        let found = own.next().map(|(id, _)| id.clone()).filter(|_| asked.mesh.owner == *caller);
        prop_assert_eq!(answer.is_some(), found.is_some());
        let Some((answer, id)) = answer.zip(found) else { return Ok(false) };
        self.count(&change.map_or("ListTags".to_owned(), Action::name));
        let Some(known) = self.resources.get_mut(&id) else { return Ok(false) };
        match change {
            Some(Action::TagResource) => {
                let old = known.tags.insert(key.to_owned(), value.to_owned());
                Ok(old.as_deref() != Some(value))
            }
            Some(_) => Ok(known.tags.remove(key).is_some()),
            None => {
                let all = known.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(answer, Answer::Tags { tags: all, next: None });
                Ok(false)
            }
        }
    }

    /// Checks that the state agrees with the responses and is consistent.
    fn check(&self, world: &World) -> Result<(), TestCaseError> {
        let plane = &world.control_plane;
        let mut found = BTreeMap::new();
        for (mesh_id, mesh) in plane.meshes() {
            for resource in mesh.resources() {
                prop_assert_eq!(&resource.id.mesh, mesh_id);
                let metadata = &resource.metadata;
                prop_assert!(metadata.created_at <= metadata.last_updated_at);
                let known = Known {
                    owner: metadata.resource_owner.clone(),
                    version: metadata.version,
                    uid: metadata.uid.clone(),
                    spec: resource.spec.clone(),
                    tags: resource.tags.clone(),
                };
                prop_assert_eq!(found.insert(resource.id.clone(), known), None);
            }
            prop_assert_eq!(mesh.of_kind(Kind::Mesh).count(), 1);
            let by_kind: usize = Kind::ALL.map(|kind| mesh.of_kind(kind).count()).iter().sum();
            prop_assert_eq!(by_kind, mesh.resources().count());
        }
        prop_assert_eq!(&found, &self.resources);
        for (id, known) in &found {
            let exists = |key: Key| found.contains_key(&ResourceId { mesh: id.mesh.clone(), key });
            prop_assert!(exists(Key::new(Kind::Mesh, id.mesh.name.clone())), "{:?}", id);
            if let Some(kind) = id.key.kind.declaration().parent {
                prop_assert!(exists(Key::new(kind, id.key.parent.clone().unwrap())), "{:?}", id);
            }
            if id.key.kind == Kind::Mesh {
                prop_assert_eq!((&known.owner, &id.key.name), (&id.mesh.owner, &id.mesh.name));
                let shared: Vec<_> = self.shares.iter().filter(|(mesh, _)| *mesh == id.mesh).collect();
                let shared: Vec<_> = shared.into_iter().map(|(_, with)| with.clone()).collect();
                prop_assert_eq!(plane.shared_with(&id.mesh), shared);
            }
            let mut needed = Vec::new();
            if id.key.kind != Kind::VirtualNode {
                references(known.spec.json(), &mut needed);
            }
            for key in needed {
                prop_assert!(exists(key.clone()), "{:?} needs {:?}", id, key);
            }
        }
        Ok(())
    }
}

/// Collects the references of a spec that does not belong to a node, using only the names of the API.
fn references(value: &Value, found: &mut Vec<Key>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            for (name, value) in members {
                let kind = match name.as_str() {
                    "virtualNode" | "virtualNodeName" => Some(Kind::VirtualNode),
                    "virtualRouterName" => Some(Kind::VirtualRouter),
                    "virtualServiceName" => Some(Kind::VirtualService),
                    _ => None,
                };
                found.extend(kind.zip(value.as_str()).map(|(kind, name)| Key::new(kind, name)));
                references(value, found);
            }
        }
        _ => {}
    }
}

/// Executes all operations and returns the model.
fn run(ops: &[Op]) -> Result<Model, TestCaseError> {
    let mut playground = Playground::empty().unwrap();
    let mut model = Model::default();
    for (second, op) in (0i64..).zip(ops) {
        playground.set_time(Timestamp(1_767_225_600_000 + 1000 * second));
        model.step(&mut playground, op)?;
    }
    Ok(model)
}

/// Undoes or redoes as many steps as possible, and returns their number.
fn travel(playground: &mut Playground, command: &Command) -> usize {
    (0..).take_while(|_| playground.run(command.clone()).refusal.is_none()).count()
}

proptest! {
    #![proptest_config(config(384))]

    #[test]
    fn any_sequence_keeps_the_state_consistent(ops in any_ops()) {
        run(&ops)?;
    }

    /// With undo and redo in between, at the positions in `turns`.
    #[test]
    fn undoing_all_gives_the_first_world_and_redoing_all_the_last(
        ops in any_ops(),
        turns in prop::collection::vec((0..100usize, any::<bool>()), 0..20),
    ) {
        let mut playground = Playground::empty().unwrap();
        let first = playground.world().clone();
        for (i, op) in ops.iter().enumerate() {
            match op.asked(playground.world()) {
                Asked::Request(request) => drop(playground.answer(&request)),
                Asked::Command(command) => drop(playground.run(command)),
            }
            for (_, is_back) in turns.iter().filter(|(place, _)| *place == i) {
                playground.run(if *is_back { Command::Undo } else { Command::Redo });
            }
        }
        let last: Rc<AppState> = playground.state().clone();
        let undone = travel(&mut playground, &Command::Undo);
        prop_assert_eq!(undone, last.history.done().len());
        prop_assert_eq!(playground.world(), &first);
        for _ in 0..undone {
            prop_assert_eq!(playground.run(Command::Redo).refusal, None);
        }
        prop_assert_eq!(playground.world(), &*last.world);
        prop_assert_eq!(&playground.state().history, &last.history);
    }
}

/// Coverage of the sequences, with a fixed seed: each operation succeeds for each kind, and each refusal occurs.
#[test]
fn the_sequences_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let (ops, mut seen) = (any_ops(), BTreeMap::<String, usize>::new());
    for _ in 0..200 {
        let model = run(&ops.new_tree(&mut runner).unwrap().current()).unwrap();
        for (what, count) in model.seen {
            *seen.entry(what).or_default() += count;
        }
    }
    let verbs = ["Create", "Describe", "Update", "Delete", "List"];
    let mut wanted: Vec<_> =
        verbs.into_iter().flat_map(|verb| Kind::ALL.map(|kind| format!("{verb} {kind:?}"))).collect();
    wanted.extend(
        [
            "TagResource",
            "UntagResource",
            "ListTags",
            "Share",
            "Unshare",
            "asked again",
            "BadRequestException",
            "NotFoundException",
            "ConflictException",
            "ResourceInUseException",
            "ForbiddenException",
        ]
        .map(str::to_owned),
    );
    assert_eq!(
        wanted.into_iter().filter(|what| !seen.contains_key(what)).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}
