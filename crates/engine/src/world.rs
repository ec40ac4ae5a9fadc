//! The complete state of one playground, stored by the history and by documents.

use std::rc::Rc;

use litemap::LiteMap;

use crate::{
    control_plane::{Answer, ControlPlane, Env, Error, Mesh, Operation, Request, Response, Verb},
    environment::{Environment, LabelSelector},
    model::{AccountId, Kind, MeshId, Name},
};

mod stack;

pub use stack::{Stack, StackOutput, StackResource};

/// The account a playground starts with, as in the user guide's examples.
pub const FIRST_ACCOUNT: &str = "123456789012";
/// A second account, to share meshes with; also from the user guide.
pub const SECOND_ACCOUNT: &str = "210987654321";

/// The complete state, as a value; clones share unchanged parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// The meshes of all accounts.
    pub control_plane: ControlPlane,
    /// The environment of the meshes.
    pub environment: Rc<Environment>,
    /// All accounts.
    pub accounts: Vec<AccountId>,
    /// The account that acts: the caller of every operation.
    pub account: AccountId,
    /// The region in every ARN.
    pub region: Name,
    /// The `namespaceSelector` of each mesh that has one; a mesh without one selects no namespace.
    pub selectors: LiteMap<MeshId, Rc<LabelSelector>>,
    /// The CloudFormation stacks of all accounts, oldest first: opened templates and deployed ones.
    pub stacks: Vec<Rc<Stack>>,
}

impl World {
    /// Returns a world with two empty accounts.
    ///
    /// The account ids are constants that parse; a test fails if they are changed to invalid ones.
    pub fn empty() -> Option<Self> {
        let account: AccountId = FIRST_ACCOUNT.parse().ok()?;
        let other: AccountId = SECOND_ACCOUNT.parse().ok()?;
        Some(Self {
            control_plane: ControlPlane::default(),
            environment: Rc::default(),
            accounts: vec![account.clone(), other],
            account,
            region: "us-west-2".into(),
            selectors: LiteMap::new(),
            stacks: Vec::new(),
        })
    }

    /// Answers one request of the API as an account. Deleting a mesh also removes its selector.
    ///
    /// # Errors
    /// Returns an error if the service refuses the request.
    pub fn answer(&mut self, request: &Request, account: &AccountId, env: &Env) -> Result<Answer, Error> {
        let region = self.region.clone();
        let answer = self.control_plane.answer(request, account, &region, env)?;
        if let Request::Resource { operation, .. } = request {
            self.drop_selector(operation);
        }
        Ok(answer)
    }

    /// Applies one operation as the acting account. Deleting a mesh also removes its selector.
    ///
    /// # Errors
    /// Returns an error if the service refuses the operation.
    pub fn apply(&mut self, operation: &Operation, env: &Env) -> Result<Response, Error> {
        let response = self.control_plane.apply(operation, &self.account, env)?;
        self.drop_selector(operation);
        Ok(response)
    }

    fn drop_selector(&mut self, operation: &Operation) {
        if operation.verb() == Verb::Delete && operation.id().key.kind == Kind::Mesh {
            self.selectors.remove(&operation.id().mesh);
        }
    }

    /// Returns the mesh with this id, if the acting account can see it.
    pub fn visible_mesh(&self, id: &MeshId) -> Option<&Rc<Mesh>> {
        let mesh = self.control_plane.mesh(id)?;
        (id.owner == self.account || self.control_plane.is_shared(id, &self.account)).then_some(mesh)
    }

    /// Returns the Kubernetes namespaces that a mesh selects, ordered by name.
    pub fn selected_namespaces(&self, mesh: &MeshId) -> Vec<&Name> {
        let Some(selector) = self.selectors.get(mesh) else { return Vec::new() };
        let namespaces = self.environment.namespaces.iter();
        namespaces.filter(|(_, labels)| selector.selects(labels)).map(|(name, _)| name).collect()
    }

    /// Returns the namespaces that more than one mesh selects, each with those meshes. The controller refuses to create
    /// resources in them ("found multiple matching meshes for namespace").
    pub fn contested_namespaces(&self) -> Vec<(&Name, Vec<&MeshId>)> {
        let namespaces = self.environment.namespaces.iter();
        let claims = namespaces.map(|(name, labels)| {
            let meshes = self.selectors.iter().filter(|(_, selector)| selector.selects(labels));
            (name, meshes.map(|(mesh, _)| mesh).collect::<Vec<_>>())
        });
        claims.filter(|(_, meshes)| meshes.len() > 1).collect()
    }
}
