//! CloudFormation stacks: what a template made, and what it hands to other templates.

use super::World;
use crate::{
    control_plane::Timestamp,
    model::{AccountId, Name, ResourceId, TextMap},
};

/// A stack of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The last part of its ARN.
    pub id: Box<str>,
    /// Its name, unique among the stacks of its account.
    pub name: Name,
    /// The account it is in.
    pub account: AccountId,
    /// When it was created.
    pub created: Timestamp,
    /// When it was updated last.
    pub updated: Option<Timestamp>,
    /// Its status in the word of the API: `CREATE_COMPLETE`.
    pub status: Box<str>,
    /// Why it has this status, after a failure.
    pub reason: Option<Box<str>>,
    /// What its template says of itself.
    pub description: Option<Box<str>>,
    /// The value of each parameter.
    pub parameters: TextMap,
    /// What it hands on.
    pub outputs: Vec<StackOutput>,
    /// What it is made of, in the order of creation.
    pub resources: Vec<StackResource>,
    /// The names of the exports that it imports, each once.
    pub imports: Vec<Name>,
    /// A sum of its template and parameters: equal where an update would change nothing.
    pub sum: Box<str>,
}

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutput {
    /// Its name in the template.
    pub key: Name,
    /// Its value.
    pub value: Box<str>,
    /// What the template says about it.
    pub description: Option<Box<str>>,
    /// The name by which other stacks import it.
    pub export: Option<Name>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: Name,
    /// Its type: `AWS::AppMesh::Mesh`.
    pub resource_type: Name,
    /// What `Ref` gives for it.
    pub physical_id: Box<str>,
    /// The App Mesh resource that it is.
    pub resource: Option<ResourceId>,
}

impl Stack {
    /// The ARN, which `AWS::StackId` gives.
    pub fn arn(&self, region: &str) -> String {
        let Self { account, name, id, .. } = self;
        format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}")
    }
}

impl World {
    /// The stack of an account with this name or ARN.
    pub fn stack(&self, account: &AccountId, name: &str) -> Option<&Stack> {
        let own = self.stacks.iter().filter(|stack| stack.account == *account);
        own.map(|stack| &**stack).find(|stack| *stack.name == *name || stack.arn(&self.region) == name)
    }

    /// What the stacks of an account export: each name with its stack and value.
    pub fn exports<'w>(
        &'w self,
        account: &'w AccountId,
    ) -> impl Iterator<Item = (&'w Name, &'w Stack, &'w str)> {
        let own = self.stacks.iter().filter(|stack| stack.account == *account);
        own.flat_map(|stack| {
            let exported = stack.outputs.iter().filter_map(|output| Some((output.export.as_ref()?, output)));
            exported.map(|(name, output)| (name, &**stack, &*output.value))
        })
    }
}
