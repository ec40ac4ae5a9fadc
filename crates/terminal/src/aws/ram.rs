//! `aws ram`: sharing meshes with other accounts.
//!
//! Within one organization that shares resources (the environment's `organization`, on by default) accounts use shared
//! meshes at once. Otherwise, or if the owner passes `--allow-external-principals`, a share sends invitations.
//! `control_plane::share` implements the shares.

mod invitation;

use std::str::FromStr;

use crate::Context;
use app_mesh_engine::{
    control_plane::{ControlPlane, ResourceShare},
    model::{
        AccountId, Bounded, Declared, List, MeshId, Shape,
        declare::{choice, integer, structure_by},
    },
    world::World,
};
use invitation::{Associations, Invitations, Reply};

use super::{
    data::{Data, Members, member, named},
    service::{Asked, Declaration, Refusal},
};

/// The simulated operations.
pub const OPERATIONS: &[Declaration] = &[
    Declaration {
        name: "AcceptResourceShareInvitation",
        input: Reply::SHAPE,
        list: None,
        run: invitation::accept,
    },
    Declaration { name: "AssociateResourceShare", input: Association::SHAPE, list: None, run: associate },
    Declaration { name: "CreateResourceShare", input: Creation::SHAPE, list: None, run: create },
    Declaration { name: "DeleteResourceShare", input: Deletion::SHAPE, list: None, run: delete },
    Declaration {
        name: "DisassociateResourceShare",
        input: Association::SHAPE,
        list: None,
        run: disassociate,
    },
    Declaration {
        name: "GetResourceShareAssociations",
        input: Associations::SHAPE,
        list: Some("resourceShareAssociations"),
        run: invitation::associations,
    },
    Declaration {
        name: "GetResourceShareInvitations",
        input: Invitations::SHAPE,
        list: Some("resourceShareInvitations"),
        run: invitation::list,
    },
    Declaration {
        name: "GetResourceShares",
        input: Shares::SHAPE,
        list: Some("resourceShares"),
        run: shares,
    },
    Declaration {
        name: "RejectResourceShareInvitation",
        input: Reply::SHAPE,
        list: None,
        run: invitation::reject,
    },
];

structure_by! {
    /// Source: API shape `CreateResourceShareRequest` of RAM, in its order.
    Creation by CreationMembers {
        /// Name of the share.
        "name" name: String,
        /// ARNs of the meshes.
        "resourceArns" resource_arns: Option<List<String>>,
        /// The accounts.
        "principals" principals: Option<List<String>>,
        /// Not stored.
        "tags" tags: Option<List<Tag>>,
        /// `true` invites accounts as if they were outside the organization; `false` admits only accounts in it.
        "allowExternalPrincipals" allow_external_principals: Option<bool>,
        /// Ignored.
        "clientToken" client_token: Option<String>,
        /// Ignored: a mesh has one set of permissions.
        "permissionArns" permission_arns: Option<List<String>>,
        /// Ignored.
        "sources" sources: Option<List<String>>,
    }
}

structure_by! {
    /// A tag. Source: API shape `Tag` of RAM.
    Tag by TagMembers {
        /// Key of the tag.
        "key" key: Option<String>,
        /// Value of the tag.
        "value" value: Option<String>,
    }
}

structure_by! {
    /// Source: API shapes `AssociateResourceShareRequest` and `DisassociateResourceShareRequest` of RAM.
    Association by AssociationMembers {
        /// The share.
        "resourceShareArn" resource_share_arn: String,
        /// ARNs of the meshes.
        "resourceArns" resource_arns: Option<List<String>>,
        /// The accounts.
        "principals" principals: Option<List<String>>,
        /// Ignored.
        "clientToken" client_token: Option<String>,
        /// Ignored.
        "sources" sources: Option<Bounded<String, 0, 12>>,
    }
}

structure_by! {
    /// Source: API shape `DeleteResourceShareRequest` of RAM.
    Deletion by DeletionMembers {
        /// The share.
        "resourceShareArn" resource_share_arn: String,
        /// Ignored.
        "clientToken" client_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `GetResourceSharesRequest` of RAM.
    Shares by SharesMembers {
        /// Only these shares.
        "resourceShareArns" resource_share_arns: Option<List<String>>,
        /// Only shares with this status; all shares are active.
        "resourceShareStatus" resource_share_status: Option<Status>,
        /// Owner of the shares to list.
        "resourceOwner" resource_owner: Owner,
        /// Only shares of this name.
        "name" name: Option<String>,
        /// Ignored.
        "nextToken" next_token: Option<String>,
        /// Ignored: all items are on one page.
        "maxResults" max_results: Option<Limit>,
    }
}

choice! {
    /// Status of a share. Source: API shape `ResourceShareStatus` of RAM.
    Status {
        /// Being created.
        Pending "PENDING",
        /// In effect, as every share here.
        Active "ACTIVE",
        /// Not created.
        Failed "FAILED",
        /// Being deleted.
        Deleting "DELETING",
        /// Deleted.
        Deleted "DELETED",
    }
}

choice! {
    /// Owner of the shares to list. Source: API shape `ResourceOwner` of RAM.
    Owner {
        /// The calling account.
        Own "SELF",
        /// Other accounts that share with the calling account.
        Others "OTHER-ACCOUNTS",
    }
}

integer! {
    /// Maximum number of items per page. Source: API shape `MaxResults` of RAM.
    Limit 1..=500
}

fn create(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let (meshes, principals) = entities(asked, region(context))?;
    let name = asked.text("name");
    let (mut world, env) = context.playground.begin();
    let external = match asked.input.get("allowExternalPrincipals") {
        Some(Data::Bool(external)) => Some(*external),
        _ => None,
    };
    let invites = invites(&world, external, asked.account, &principals)?;
    let (at_once, invited) = if invites { (&[][..], &principals[..]) } else { (&principals[..], &[][..]) };
    let plane = &mut world.control_plane;
    let made = plane.create_share(name, asked.account, &meshes, at_once, &env)?;
    plane.set_external(&made.id, external);
    let share = plane.invite(&made.id, invited, &env).unwrap_or(made);
    context.playground.commit(world, &["Share ", name].concat(), asked.line)?;
    Ok(wrapped("resourceShare", told(&share, region(context))))
}

/// Returns whether a share invites accounts instead of giving them access at once.
///
/// # Errors
/// When the share admits only accounts of the owner's organization, and one of the principals is not in it.
fn invites(
    world: &World,
    external: Option<bool>,
    owner: &AccountId,
    principals: &[AccountId],
) -> Result<bool, Refusal> {
    let outside = principals.iter().find(|account| *account != owner && !world.environment.organization);
    match (external, outside) {
        (Some(false), Some(account)) => {
            let text = [
                "Principal ",
                account.as_str(),
                " is not in your AWS organization. You do not have permission to add external AWS accounts to a \
                resource share.",
            ];
            Err(Refusal::new("InvalidParameterException", text.concat()))
        }
        _ => Ok(external == Some(true) || outside.is_some()),
    }
}

fn associate(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    change_share(context, asked, true)
}

fn disassociate(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    change_share(context, asked, false)
}

fn change_share(context: &mut Context, asked: &Asked, adds: bool) -> Result<Data, Refusal> {
    let id = share_id(context, asked)?;
    let (meshes, principals) = entities(asked, region(context))?;
    let (mut world, env) = context.playground.begin();
    let external = world.control_plane.shares().find(|share| share.id == id).and_then(|share| share.external);
    let invites = adds && invites(&world, external, asked.account, &principals)?;
    let plane = &mut world.control_plane;
    let (share, label, status) = if adds {
        let at_once = if invites { &[][..] } else { &principals };
        let mut share = plane.associate(&id, &meshes, at_once).transpose()?;
        if invites {
            share = plane.invite(&id, &principals, &env);
        }
        (share, "Add to a resource share", "ASSOCIATING")
    } else {
        let share = plane.disassociate(&id, &meshes, &principals);
        (share, "Take out of a resource share", "DISASSOCIATING")
    };
    let share = share.ok_or_else(|| unknown(asked))?;
    context.playground.commit(world, label, asked.line)?;
    Ok(associations(&share, region(context), asked, status))
}

fn delete(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let id = share_id(context, asked)?;
    let (mut world, _) = context.playground.begin();
    if !world.control_plane.delete_share(&id) {
        return Err(unknown(asked));
    }
    context.playground.commit(world, "Delete a resource share", asked.line)?;
    Ok(wrapped("returnValue", Data::Bool(true)))
}

/// Parses a member whose type is a choice.
///
/// # Errors
/// RAM's error for a value that the choice does not have.
fn parse_choice<T: Declared + FromStr>(asked: &Asked, member: &str) -> Result<T, Refusal> {
    let value = asked.text(member);
    value.parse().map_err(|_| {
        let values = match T::SHAPE {
            Shape::Choice(values) => values.join(", "),
            _ => String::new(),
        };
        let text = [
            "Value '",
            value,
            "' at '",
            member,
            "' failed to satisfy constraint: Member must satisfy enum value set: [",
            &values,
            "]",
        ];
        Refusal::new("InvalidParameterException", text.concat())
    })
}

fn shares(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let is_own = parse_choice::<Owner>(asked, "resourceOwner")? == Owner::Own;
    // A deleted share is gone at once, so all are active.
    let is_active = match asked.text("resourceShareStatus") {
        "" => true,
        _ => parse_choice::<Status>(asked, "resourceShareStatus")? == Status::Active,
    };
    let (name, arns) = (asked.text("name"), asked.texts("resourceShareArns"));
    let region = region(context);
    let is_asked_for = |share: &ResourceShare| {
        let is_mine = share.owner == *asked.account;
        (if is_own { is_mine } else { !is_mine && share.principals.contains(asked.account) })
            && (name.is_empty() || *share.name == *name)
            && (arns.is_empty() || arns.contains(&share.arn(region).as_str()))
    };
    let found = control_plane(context).shares().filter(|share| is_active && is_asked_for(share));
    Ok(wrapped("resourceShares", Data::list(found.map(|share| told(share, region)).collect())))
}

/// Parses the meshes and accounts in the request.
fn entities(asked: &Asked, region: &str) -> Result<(Vec<MeshId>, Vec<AccountId>), Refusal> {
    let mut meshes = Vec::new();
    for arn in asked.texts("resourceArns") {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let mesh = match *parts {
            ["arn", "aws", "appmesh", found, owner, path] if found == region => {
                owner.parse().ok().zip(path.strip_prefix("mesh/"))
            }
            _ => None,
        };
        let Some((owner, name)) = mesh.filter(|(_, name)| !name.contains('/')) else {
            let text = ["The specified resource ARN ", arn, " is not the ARN of a mesh of this region."];
            return Err(Refusal::new("MalformedArnException", text.concat()));
        };
        meshes.push(MeshId { owner, name: name.into() });
    }
    let mut principals = Vec::new();
    for principal in asked.texts("principals") {
        let Ok(account) = principal.parse() else {
            let text = ["The specified principal ", principal, " is not an account id of 12 digits."];
            return Err(Refusal::new("InvalidParameterException", text.concat()));
        };
        principals.push(account);
    }
    Ok((meshes, principals))
}

/// Returns the id of the share in the request, which the calling account must own.
fn share_id(context: &Context, asked: &Asked) -> Result<Box<str>, Refusal> {
    let (arn, region) = (asked.text("resourceShareArn"), region(context));
    let is_meant =
        |share: &&std::rc::Rc<ResourceShare>| share.owner == *asked.account && share.arn(region) == arn;
    let found = control_plane(context).shares().find(is_meant);
    found.map(|share| share.id.clone()).ok_or_else(|| unknown(asked))
}

fn unknown(asked: &Asked) -> Refusal {
    let text = ["ResourceShare ", asked.text("resourceShareArn"), " could not be found."];
    Refusal::new("UnknownResourceException", text.concat())
}

fn told(share: &ResourceShare, region: &str) -> Data {
    Data::map(vec![
        member("resourceShareArn", &share.arn(region)),
        member("name", &share.name),
        member("owningAccountId", share.owner.as_str()),
        named("allowExternalPrincipals", Data::Bool(share.external.unwrap_or(true))),
        member("status", "ACTIVE"),
        member("featureSet", "STANDARD"),
    ])
}

/// Returns one association for each mesh and account in the request.
fn associations(share: &ResourceShare, region: &str, asked: &Asked, status: &str) -> Data {
    let of = |list: &str, kind: &'static str| {
        let entities = asked.texts(list).into_iter();
        let told = entities.map(|entity| -> Members {
            vec![
                member("resourceShareArn", &share.arn(region)),
                member("resourceShareName", &share.name),
                member("associatedEntity", entity),
                member("associationType", kind),
                member("status", status),
                named("external", Data::Bool(kind == "PRINCIPAL")),
            ]
        });
        told.map(Data::map).collect::<Vec<_>>()
    };
    let all = [of("principals", "PRINCIPAL"), of("resourceArns", "RESOURCE")].concat();
    wrapped("resourceShareAssociations", Data::list(all))
}

fn wrapped(name: &str, value: Data) -> Data {
    Data::map(vec![named(name, value)])
}

fn control_plane<'c>(context: &'c Context) -> &'c ControlPlane {
    &context.playground.world().control_plane
}

fn region<'c>(context: &'c Context) -> &'c str {
    &context.playground.world().region
}
