//! Stack of a template. An opened template also becomes a stack, so that later templates can import its exports.

use std::rc::Rc;

use app_mesh_engine::{
    control_plane::{Env, Operation, Verb},
    environment::{DnsRecords, Environment},
    model::{AccountId, ResourceId, TextMap},
    world::{Stack, StackOutput, StackResource, World},
};

use super::{
    cloudformation::{Record, Resolved, Template},
    open::Item,
};

/// Name of the stack of an opened template.
pub(super) const OPENED: &str = "playground";

/// The stack in a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StackPlan {
    /// Name of the deployment; `None` for an opened template.
    pub name: Option<String>,
    description: Option<String>,
    pub parameters: TextMap,
    pub outputs: Vec<StackOutput>,
    pub imports: Vec<String>,
    pub missing_imports: Vec<String>,
    /// CloudFormation's message for a resource of a deployment that has properties its type does not have.
    pub invalid: Option<String>,
    others: Vec<(String, String)>,
    records: Vec<Record>,
}

impl StackPlan {
    /// Creates the plan of a resolved template's stack, without its App Mesh resources.
    pub fn new(name: Option<&str>, template: &Template, resolved: &Resolved) -> Self {
        Self {
            name: name.map(str::to_owned),
            description: template.description.clone(),
            parameters: resolved.parameters.clone(),
            outputs: resolved.outputs.clone(),
            imports: resolved.imports.clone(),
            missing_imports: resolved.missing_imports.clone(),
            invalid: None,
            others: resolved.others.clone(),
            records: resolved.records.clone(),
        }
    }

    /// Returns a checksum of the whole stack, which is equal if an update would change nothing.
    pub fn sum(&self, items: &[Item]) -> String {
        let mut text = String::new();
        for item in items {
            text.push_str(&item.path);
            text.push_str(&mesh_text::json::compact(&item.input));
        }
        let mut add = |parts: &[&str]| parts.iter().for_each(|part| text.extend([part, "\n"]));
        self.parameters.iter().for_each(|(name, value)| add(&[name, value]));
        self.outputs.iter().for_each(|output| add(&[&output.key, &output.value]));
        self.others.iter().for_each(|(name, kind)| add(&[name, kind]));
        self.invalid.iter().for_each(|message| add(&[message]));
        sum(&text)
    }

    /// Returns the reason why the stack cannot be deployed under this name: a missing import, an export that another
    /// stack has, an unknown property, or an existing resource outside the stack.
    pub fn obstacle(&self, items: &[Item], world: &World, name: &str) -> Option<String> {
        if let Some(missing) = self.missing_imports.first() {
            return Some(["No export named ", missing, " found."].concat());
        }
        if self.invalid.is_some() {
            return self.invalid.clone();
        }
        for export in self.outputs.iter().filter_map(|output| output.export.as_ref()) {
            let other = world
                .exports(&world.account)
                .find(|(known, stack, _)| *known == export && *stack.name != *name);
            if let Some((_, stack, _)) = other {
                return Some(
                    ["Export with name ", &**export, " is already exported by stack ", &*stack.name, "."]
                        .concat(),
                );
            }
        }
        let own = world.stack(&world.account, name).map_or(&[][..], |stack| &stack.resources);
        let taken = ids(items, &world.account).into_iter().find(|(_, id)| {
            let is_own = own.iter().any(|resource| resource.resource.as_ref() == Some(id));
            !is_own && world.control_plane.get(id).is_some()
        });
        taken.map(|(logical_id, id)| {
            let kind = id.key.kind.declaration().word;
            let name = &*id.key.name;
            [
                &*logical_id,
                ": Resource of type 'AWS::AppMesh::",
                kind,
                "' with identifier '",
                name,
                "' already exists.",
            ]
            .concat()
        })
    }

    /// Adds the stack's records to DNS. They replace existing records of the same host.
    pub fn add_records(&self, environment: &mut Rc<Environment>) {
        for Record { name, addresses } in &self.records {
            let mut records = DnsRecords::default();
            for address in addresses {
                records.a.extend(address.parse::<std::net::Ipv4Addr>());
                records.aaaa.extend(address.parse::<std::net::Ipv6Addr>());
            }
            Rc::make_mut(environment).dns.insert(name.as_str().into(), Rc::new(records));
        }
    }

    /// Adds the stack to the world after its items were created.
    pub fn record(&self, world: &mut World, items: &[Item], env: &Env) {
        let mut resources = Vec::new();
        for (logical_id, resource_type) in &self.others {
            resources.push(StackResource {
                logical_id: logical_id.as_str().into(),
                resource_type: resource_type.as_str().into(),
                physical_id: logical_id.as_str().into(),
                resource: None,
            });
        }
        for (logical_id, id) in ids(items, &world.account) {
            let Some(found) = world.control_plane.get(&id) else { continue };
            let physical_id = id.arn(&world.region, &found.metadata.resource_owner).into();
            let resource_type = ["AWS::AppMesh::", id.key.kind.declaration().word].concat();
            resources.push(StackResource {
                logical_id: logical_id.into(),
                resource_type: resource_type.into(),
                physical_id,
                resource: Some(id),
            });
        }
        let name = match &self.name {
            Some(name) => name.clone(),
            None => self.opened_name(world, &resources),
        };
        let old =
            world.stacks.iter().position(|stack| stack.account == world.account && *stack.name == *name);
        let before = old.and_then(|place| world.stacks.get(place)).filter(|stack| !is_gone(stack));
        let stack = Stack {
            id: before.map_or_else(|| env.uid(), |stack| stack.id.clone()),
            name: name.into(),
            account: world.account.clone(),
            created: before.map_or(env.now, |stack| stack.created),
            updated: before.map(|_| env.now),
            status: if before.is_some() { "UPDATE_COMPLETE" } else { "CREATE_COMPLETE" }.into(),
            reason: None,
            description: self.description.as_deref().map(Box::from),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
            resources,
            imports: self.imports.iter().map(|name| name.as_str().into()).collect(),
            sum: self.sum(items).into(),
        };
        match old.and_then(|place| world.stacks.get_mut(place)) {
            // Deploying the same template with the same parameters again changes nothing.
            Some(place)
                if place.sum == stack.sum && !is_gone(place) && place.resources == stack.resources => {}
            Some(place) => *place = Rc::new(stack),
            None => world.stacks.push(Rc::new(stack)),
        }
    }

    /// Returns the name for an opened template's stack: that of a stack with the same resources, or else the next free
    /// one.
    fn opened_name(&self, world: &World, resources: &[StackResource]) -> String {
        let mut number = 1;
        loop {
            let name = if number == 1 { OPENED.to_owned() } else { format!("{OPENED}-{number}") };
            let is_same = |stack: &Stack| {
                let ids = |resources: &[StackResource]| -> Vec<_> {
                    resources.iter().map(|one| (one.logical_id.clone(), one.resource_type.clone())).collect()
                };
                ids(&stack.resources) == ids(resources)
            };
            match world.stack(&world.account, &name) {
                Some(stack) if !is_same(stack) => number += 1,
                _ => return name,
            }
        }
    }
}

/// Returns whether a stack was rolled back or deleted, so that its name is free.
pub fn is_gone(stack: &Stack) -> bool {
    matches!(&*stack.status, "ROLLBACK_COMPLETE" | "DELETE_COMPLETE")
}

/// Returns the App Mesh resources of the items, each with its logical id in the template.
pub(super) fn ids(items: &[Item], account: &AccountId) -> Vec<(String, ResourceId)> {
    let id = |item: &Item| {
        let logical_id = item.path.strip_prefix("Resources.")?.strip_suffix(".Properties")?;
        let operation = Operation::parse(Verb::Describe, item.kind, &item.input, account).ok()?;
        Some((logical_id.to_owned(), operation.id().clone()))
    };
    items.iter().filter_map(id).collect()
}

/// Returns the 64-bit FNV-1a checksum of a string, in hexadecimal digits.
fn sum(text: &str) -> String {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Returns the exports of all stacks of the current account, by name.
pub(super) fn exports(world: &World) -> TextMap {
    world.exports(&world.account).map(|(name, _, value)| (name.to_string(), value.to_owned())).collect()
}
