//! CloudFormation stacks: the resources of a template, and its exports to other templates.

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
    /// Its account.
    pub account: AccountId,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last update.
    pub updated: Option<Timestamp>,
    /// Its status, as the API names it: `CREATE_COMPLETE`.
    pub status: Box<str>,
    /// The reason of its status, after a failure.
    pub reason: Option<Box<str>>,
    /// The description in its template.
    pub description: Option<Box<str>>,
    /// The value of each parameter.
    pub parameters: TextMap,
    /// Its outputs.
    pub outputs: Vec<StackOutput>,
    /// Its resources, in the order of creation.
    pub resources: Vec<StackResource>,
    /// The names of the exports that it imports, each once.
    pub imports: Vec<Name>,
    /// A checksum of its template and parameters: equal if an update would change nothing.
    pub sum: Box<str>,
}

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutput {
    /// Its name in the template.
    pub key: Name,
    /// Its value.
    pub value: Box<str>,
    /// Its description in the template.
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
    /// The value of `Ref` for it.
    pub physical_id: Box<str>,
    /// The App Mesh resource behind it, if any.
    pub resource: Option<ResourceId>,
}

impl Stack {
    /// Returns the ARN, which is the value of `AWS::StackId`.
    pub fn arn(&self, region: &str) -> String {
        let Self { account, name, id, .. } = self;
        format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}")
    }
}

impl World {
    /// Returns the stack of an account with this name or ARN.
    pub fn stack(&self, account: &AccountId, name: &str) -> Option<&Stack> {
        let own = self.stacks.iter().filter(|stack| stack.account == *account);
        own.map(|stack| &**stack).find(|stack| *stack.name == *name || stack.arn(&self.region) == name)
    }

    /// Returns the exports of an account's stacks: each name with its stack and value.
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
