//! The stored meshes and how an operation changes them.

use std::rc::Rc;

use litemap::LiteMap;
use serde_json::Value;

use super::{
    Error, Metadata, Operation, Receipt, Resource, ResourceShare, Response, Status, Timestamp, rules,
};
use crate::model::{
    AccountId, Key, Kind, MeshId, MeshSpec, Name, ResourceId, View, VirtualGatewaySpec, VirtualNodeSpec,
    VirtualRouterSpec, VirtualServiceSpec,
};

/// External inputs of an operation, passed in so that the same script always produces the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Env {
    /// The current time.
    pub now: Timestamp,
    /// Seed from which ids are generated; different for each command.
    pub seed: u64,
}

impl Env {
    /// Returns the environment of the `index`-th of several operations that one command runs.
    #[must_use]
    pub const fn nth(self, index: u64) -> Self {
        // The seeds are far apart, so that the operations of one command and of later commands never share an id.
        Self { now: self.now, seed: self.seed.wrapping_add(index.wrapping_mul(APART)) }
    }

    /// Returns the environment of the next command.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { now: self.now, seed: self.seed.wrapping_add(1) }
    }

    /// Returns an id for a request. It differs from the ids of resources, which are derived from the seed itself.
    pub fn request_id(&self) -> Box<str> {
        Self { now: self.now, seed: !self.seed }.uid()
    }

    /// Returns the number of steps from the seed `earlier` to this seed in the sequence of one command's operations.
    /// The result is meaningful only if it is small.
    pub const fn places_after(self, earlier: u64) -> i64 {
        self.seed.wrapping_sub(earlier).wrapping_mul(APART_INVERSE).cast_signed()
    }

    /// Returns the seed from which a UUID was generated; `None` if [`uid`](Self::uid) did not generate it.
    pub fn seed_of(uid: &str) -> Option<u64> {
        let mut first = 0;
        for (digits, bits) in [(uid.get(..8)?, 32), (uid.get(9..13)?, 16), (uid.get(15..18)?, 16)] {
            first = first << bits | u64::from_str_radix(digits, 16).ok()?;
        }
        // A UUID lacks four bits of the number, so all 16 values are tried; the right seed generates the same UUID.
        let seeds = (0..16).map(|missing| unmix(first | missing << 12));
        seeds.into_iter().find(|seed| *Self { now: Timestamp(0), seed: *seed }.uid() == *uid)
    }

    /// Returns the UUID of this environment, which depends only on the seed.
    pub fn uid(&self) -> Box<str> {
        let (a, b) = (mix(self.seed), mix(mix(self.seed) ^ self.seed));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | (b >> 48) & 0x3fff,
            b & 0xffff_ffff_ffff
        )
        .into()
    }
}

/// Distance between the seeds of successive operations of one command.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;
/// Multiplicative inverse of [`APART`] modulo 2^64.
const APART_INVERSE: u64 = 0xf1de_83e1_9937_733d;

/// Spreads a counter over all bits, with SplitMix64's finaliser.
const fn mix(seed: u64) -> u64 {
    let seed = seed.wrapping_add(APART);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// Inverts [`mix`]: applies the inverse of each step in reverse order.
const fn unmix(mixed: u64) -> u64 {
    let seed = mixed ^ (mixed >> 31) ^ (mixed >> 62);
    let seed = seed.wrapping_mul(0x3196_42b2_d24d_8ec3);
    let seed = seed ^ (seed >> 27) ^ (seed >> 54);
    let seed = seed.wrapping_mul(0x96de_1b17_3f11_9089);
    (seed ^ (seed >> 30) ^ (seed >> 60)).wrapping_sub(APART)
}

/// A mesh: its own resource and all resources in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mesh {
    /// INVARIANT: sorted by key; each key occurs once.
    resources: Vec<Rc<Resource>>,
}

impl Mesh {
    /// Returns the resource with this key.
    pub fn get(&self, key: &Key) -> Option<&Rc<Resource>> {
        self.place(key).ok().and_then(|place| self.resources.get(place))
    }

    /// Returns the index of the resource with this key, or else, as an `Err`, the index at which to insert it.
    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.resources.binary_search_by(|resource| resource.id.key.cmp(key))
    }

    /// Returns the resources whose key is `first` or comes after it.
    pub(super) fn starting_at(&self, first: &Key) -> &[Rc<Resource>] {
        let place = self.place(first).unwrap_or_else(|place| place);
        self.resources.get(place..).unwrap_or_default()
    }

    /// Returns all resources of a kind, ordered by parent and name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Rc<Resource>> {
        let first = Key { kind, parent: None, name: "".into() };
        self.starting_at(&first).iter().take_while(move |resource| resource.id.key.kind == kind)
    }

    /// Returns the routes of a router, or the gateway routes of a gateway, ordered by name.
    pub fn within(&self, kind: Kind, parent: &str) -> impl Iterator<Item = &Rc<Resource>> {
        let first = Key::within(kind, parent, "");
        let parent = first.parent.clone();
        self.starting_at(&first)
            .iter()
            .take_while(move |resource| resource.id.key.kind == kind && resource.id.key.parent == parent)
    }

    /// Returns all resources of the mesh: the mesh itself first, then the others by kind, parent and name.
    pub fn resources(&self) -> impl Iterator<Item = &Rc<Resource>> {
        self.resources.iter()
    }
}

/// All meshes of all accounts of one playground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlane {
    meshes: LiteMap<MeshId, Rc<Mesh>>,
    pub(super) shares: Vec<Rc<ResourceShare>>,
    /// Responses to requests with a client token, oldest first.
    pub(super) receipts: Rc<[Rc<Receipt>]>,
    /// Whether the service's default quotas are enforced.
    pub enforces_quotas: bool,
}

impl Default for ControlPlane {
    fn default() -> Self {
        Self { meshes: LiteMap::new(), shares: Vec::new(), receipts: Rc::default(), enforces_quotas: true }
    }
}

impl ControlPlane {
    /// Returns the mesh with this id.
    pub fn mesh(&self, id: &MeshId) -> Option<&Rc<Mesh>> {
        self.meshes.get(id)
    }

    /// Returns the resource with this id.
    pub fn get(&self, id: &ResourceId) -> Option<&Rc<Resource>> {
        self.mesh(&id.mesh)?.get(&id.key)
    }

    /// Returns all meshes, ordered by owner and name.
    pub fn meshes(&self) -> impl Iterator<Item = (&MeshId, &Rc<Mesh>)> {
        self.meshes.iter()
    }

    /// Returns the meshes that an account can see: its own, and those shared with it.
    pub fn visible_to<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> impl Iterator<Item = (&'a MeshId, &'a Rc<Mesh>)> {
        self.meshes().filter(move |(id, _)| id.owner == *account || self.is_shared(id, account))
    }

    /// Applies one operation on behalf of an account.
    ///
    /// # Errors
    /// When the service would reject the operation; the state is then unchanged.
    pub fn apply(&mut self, operation: &Operation, caller: &AccountId, env: &Env) -> Result<Response, Error> {
        let id = operation.id();
        rules::check_permission(self, operation, caller)?;
        match operation {
            Operation::Create { spec, tags, .. } => {
                if self.get(id).is_some() {
                    return Err(Error::Exists(id.clone()));
                }
                rules::check_new_name(id)?;
                rules::check_spec(self, id, spec)?;
                rules::check_quota(self, id)?;
                let metadata = Metadata {
                    created_at: env.now,
                    last_updated_at: env.now,
                    resource_owner: caller.clone(),
                    uid: env.uid(),
                    version: 1,
                };
                let resource = Resource { id: id.clone(), metadata, spec: spec.clone(), tags: tags.clone() };
                Ok(Response { resource: self.put(resource), status: Status::Active })
            }
            Operation::Describe(_) => {
                Ok(Response { resource: normalised(&self.existing(id)?), status: Status::Active })
            }
            Operation::Update { spec, .. } => {
                let mut resource = Resource::clone(&*self.existing(id)?);
                rules::check_spec(self, id, spec)?;
                resource.spec = spec.clone();
                resource.metadata.version = resource.metadata.version.saturating_add(1);
                resource.metadata.last_updated_at = env.now;
                Ok(Response { resource: self.put(resource), status: Status::Active })
            }
            Operation::Delete(_) => {
                let mut resource = Resource::clone(&*self.existing(id)?);
                let blockers = self.blockers(id);
                if !blockers.is_empty() {
                    return Err(Error::InUse { id: id.clone(), blockers });
                }
                resource.metadata.last_updated_at = env.now;
                // Delete increments the version of every kind but a mesh: docs/facts/api-resources.md#versions.
                let step = i64::from(id.key.kind != Kind::Mesh);
                resource.metadata.version = resource.metadata.version.saturating_add(step);
                self.remove(id);
                Ok(Response { resource: normalised(&Rc::new(resource)), status: Status::Deleted })
            }
        }
    }

    /// Returns the keys of all resources that prevent the deletion of a resource, in list order.
    pub fn blockers(&self, id: &ResourceId) -> Vec<Key> {
        let Some(mesh) = self.mesh(&id.mesh) else { return Vec::new() };
        mesh.resources()
            .filter(|other| other.id.key != id.key && rules::blocks(other, &id.key))
            .map(|other| other.id.key.clone())
            .collect()
    }

    /// Returns the ids of a mesh and everything in it, in an order in which each can be deleted: the mesh is last.
    ///
    /// No kind refers to a kind that documents create later, so this is the reverse of the order of creation.
    pub fn teardown(&self, mesh: &MeshId) -> Vec<ResourceId> {
        let resources = self.mesh(mesh).map_or(&[][..], |mesh| &mesh.resources);
        resources.iter().rev().map(|resource| resource.id.clone()).collect()
    }

    /// Removes a mesh and everything in it, without the checks of an operation.
    pub fn forget(&mut self, mesh: &MeshId) {
        self.meshes.remove(mesh);
        self.forget_shares(mesh);
    }

    /// Inserts a resource of a saved document, without the checks of an operation.
    ///
    /// Returns `false`, and inserts nothing, if the mesh or parent of the resource does not exist yet.
    pub fn restore(&mut self, resource: Resource) -> bool {
        let id = &resource.id;
        let parent = id.key.kind.declaration().parent.zip(id.key.parent.clone());
        let home = match parent {
            Some((kind, name)) => self.get(&ResourceId { mesh: id.mesh.clone(), key: Key::new(kind, name) }),
            None => self.get(&ResourceId::of_mesh(id.mesh.clone())),
        };
        let has_home = id.key.kind == Kind::Mesh || home.is_some();
        if has_home {
            self.put(resource);
        }
        has_home
    }

    pub(super) fn existing(&self, id: &ResourceId) -> Result<Rc<Resource>, Error> {
        self.get(id).cloned().ok_or_else(|| Error::NotFound { mesh: id.mesh.clone(), key: id.key.clone() })
    }

    pub(super) fn put(&mut self, resource: Resource) -> Rc<Resource> {
        let resource = Rc::new(resource);
        let id = &resource.id;
        self.meshes.try_insert(id.mesh.clone(), Rc::default());
        if let Some(mesh) = self.meshes.get_mut(&id.mesh) {
            let mesh = Rc::make_mut(mesh);
            match mesh.place(&id.key) {
                Ok(place) => mesh.resources[place] = resource.clone(),
                Err(place) => mesh.resources.insert(place, resource.clone()),
            }
        }
        resource
    }

    fn remove(&mut self, id: &ResourceId) {
        if id.key.kind == Kind::Mesh {
            self.forget(&id.mesh);
        } else if let Some(mesh) = self.meshes.get_mut(&id.mesh) {
            let mesh = Rc::make_mut(mesh);
            if let Ok(place) = mesh.place(&id.key) {
                mesh.resources.remove(place);
            }
        }
    }
}

/// Returns a resource as the responses to describe and delete show it. Create and update echo the spec as it was sent.
///
/// A virtual node always has `backends`, even if the list is empty (the user guide's outputs); a health check without a
/// port gets the port of its listener. Source: docs/facts/api-resources.md#specs.
fn normalised(resource: &Rc<Resource>) -> Rc<Resource> {
    let spec = resource.spec.json();
    let mut changed = None;
    let listeners = spec.get("listeners").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (i, listener) in listeners.iter().enumerate() {
        if listener.get("healthCheck").is_some_and(|check| check.get("port").is_none()) {
            let changed = changed.get_or_insert_with(|| spec.clone());
            changed["listeners"][i]["healthCheck"]["port"] = listener["portMapping"]["port"].clone();
        }
    }
    if resource.id.key.kind == Kind::VirtualNode && spec.get("backends").is_none() {
        changed.get_or_insert_with(|| spec.clone())["backends"] = Value::Array(Vec::new());
    }
    match changed {
        Some(json) => Rc::new(Resource { spec: resource.spec.replaced(json), ..Resource::clone(resource) }),
        None => resource.clone(),
    }
}

/// Typed access to the specs of a mesh, for the pure functions of a snapshot.
impl Mesh {
    /// Returns the spec of the mesh itself; `None` only if the mesh has been removed.
    pub fn spec(&self) -> Option<View<'_, MeshSpec>> {
        self.of_kind(Kind::Mesh).next().map(|resource| View::new(resource.spec.json()))
    }

    /// Returns the spec of a virtual node.
    pub fn virtual_node(&self, name: &str) -> Option<View<'_, VirtualNodeSpec>> {
        self.get(&Key::new(Kind::VirtualNode, name)).map(|resource| View::new(resource.spec.json()))
    }

    /// Returns the spec of a virtual gateway.
    pub fn virtual_gateway(&self, name: &str) -> Option<View<'_, VirtualGatewaySpec>> {
        self.get(&Key::new(Kind::VirtualGateway, name)).map(|resource| View::new(resource.spec.json()))
    }

    /// Returns the spec of a virtual service.
    pub fn virtual_service(&self, name: &str) -> Option<View<'_, VirtualServiceSpec>> {
        self.get(&Key::new(Kind::VirtualService, name)).map(|resource| View::new(resource.spec.json()))
    }

    /// Returns the spec of a virtual router.
    pub fn virtual_router(&self, name: &str) -> Option<View<'_, VirtualRouterSpec>> {
        self.get(&Key::new(Kind::VirtualRouter, name)).map(|resource| View::new(resource.spec.json()))
    }

    /// Returns the names of all virtual nodes.
    pub fn node_names(&self) -> impl Iterator<Item = &Name> {
        self.of_kind(Kind::VirtualNode).map(|resource| &resource.id.key.name)
    }
}
