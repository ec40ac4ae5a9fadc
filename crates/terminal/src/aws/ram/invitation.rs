//! Invitations to resource shares, and the principals and resources of a share.

use crate::Context;
use app_mesh_engine::{
    control_plane::{Invitation, InvitationError, InvitationStatus, ResourceShare},
    model::{
        List, ResourceId,
        declare::{choice, structure_by},
    },
};

use super::{
    super::{
        data::{Data, Members, member, named},
        service::{Asked, Refusal},
    },
    Limit, control_plane, region, wrapped,
};

structure_by! {
    /// Source: API shapes `AcceptResourceShareInvitationRequest` and `RejectResourceShareInvitationRequest` of RAM.
    Reply by ReplyMembers {
        /// The invitation.
        "resourceShareInvitationArn" resource_share_invitation_arn: String,
        /// Ignored.
        "clientToken" client_token: Option<String>,
    }
}

structure_by! {
    /// Source: API shape `GetResourceShareInvitationsRequest` of RAM.
    Invitations by InvitationsMembers {
        /// Only these invitations.
        "resourceShareInvitationArns" resource_share_invitation_arns: Option<List<String>>,
        /// Only invitations to these shares.
        "resourceShareArns" resource_share_arns: Option<List<String>>,
        /// Ignored.
        "nextToken" next_token: Option<String>,
        /// Ignored: all items are on one page.
        "maxResults" max_results: Option<Limit>,
    }
}

structure_by! {
    /// Source: API shape `GetResourceShareAssociationsRequest` of RAM.
    Associations by AssociationsMembers {
        /// Type of the associations to list: of resources or of principals.
        "associationType" association_type: Association,
        /// Only associations with these shares.
        "resourceShareArns" resource_share_arns: Option<List<String>>,
        /// Only associations of this mesh.
        "resourceArn" resource_arn: Option<String>,
        /// Only associations of this account.
        "principal" principal: Option<String>,
        /// Only associations with this status.
        "associationStatus" association_status: Option<String>,
        /// Ignored.
        "nextToken" next_token: Option<String>,
        /// Ignored: all items are on one page.
        "maxResults" max_results: Option<Limit>,
    }
}

choice! {
    /// The type of an association. Source: API shape `ResourceShareAssociationType` of RAM.
    Association {
        /// Accounts.
        Principal "PRINCIPAL",
        /// Meshes.
        Resource "RESOURCE",
        /// Sources; none exist here.
        Source "SOURCE",
    }
}

/// Runs `aws ram accept-resource-share-invitation`.
pub fn accept(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    answer(context, asked, InvitationStatus::Accepted, "Accept a resource share")
}

/// Runs `aws ram reject-resource-share-invitation`.
pub fn reject(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    answer(context, asked, InvitationStatus::Rejected, "Reject a resource share")
}

fn answer(
    context: &mut Context,
    asked: &Asked,
    status: InvitationStatus,
    label: &str,
) -> Result<Data, Refusal> {
    let arn = asked.text("resourceShareInvitationArn");
    let id = invitation_id(arn)?;
    let (mut world, _) = context.playground.begin();
    let is_here = world.control_plane.shares().any(|share| {
        let mut invitations = share.invitations.iter();
        invitations.any(|invitation| invitation.arn(share, &world.region) == arn)
    });
    let answered = match is_here {
        true => world.control_plane.answer_invitation(id, asked.account, status),
        false => Err(InvitationError::NotFound),
    };
    let share = answered.map_err(|error| refusal(arn, error))?;
    context.playground.commit(world, label, asked.line)?;
    let invitation = share.invitations.iter().find(|invitation| *invitation.id == *id);
    let shown = invitation.map_or(Data::Null, |invitation| shown(invitation, &share, region(context)));
    Ok(wrapped("resourceShareInvitation", shown))
}

/// Converts an error to a refusal. The messages follow the pattern of the service's other errors, because none is
/// published for these.
fn refusal(arn: &str, error: InvitationError) -> Refusal {
    let (code, what) = match error {
        InvitationError::NotFound => ("ResourceShareInvitationArnNotFoundException", "could not be found."),
        InvitationError::Answered(InvitationStatus::Rejected) => {
            ("ResourceShareInvitationAlreadyRejectedException", "was already rejected.")
        }
        InvitationError::Answered(_) => {
            ("ResourceShareInvitationAlreadyAcceptedException", "was already accepted.")
        }
    };
    Refusal::new(code, ["ResourceShareInvitation ", arn, " ", what].concat())
}

/// Parses the id at the end of the ARN of an invitation.
fn invitation_id(arn: &str) -> Result<&str, Refusal> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let id = match *parts {
        ["arn", _, "ram", _, _, path] => path.strip_prefix("resource-share-invitation/"),
        _ => None,
    };
    id.ok_or_else(|| {
        let text = ["The specified resource share invitation ARN ", arn, " is not valid."];
        Refusal::new("MalformedArnException", text.concat())
    })
}

/// Runs `aws ram get-resource-share-invitations`: lists the invitations that the calling account received.
pub fn list(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let (arns, shares) = (asked.texts("resourceShareInvitationArns"), asked.texts("resourceShareArns"));
    for arn in &arns {
        invitation_id(arn)?;
    }
    let region = region(context);
    let mut found = Vec::new();
    let mut known = Vec::new();
    for share in control_plane(context).shares() {
        for invitation in share.invitations.iter().filter(|invitation| invitation.to == *asked.account) {
            let arn = invitation.arn(share, region);
            let is_asked_for = (arns.is_empty() || arns.contains(&arn.as_str()))
                && (shares.is_empty() || shares.contains(&share.arn(region).as_str()));
            if is_asked_for {
                found.push(shown(invitation, share, region));
            }
            known.push(arn);
        }
    }
    if let Some(arn) = arns.iter().find(|arn| !known.iter().any(|known| known == *arn)) {
        return Err(refusal(arn, InvitationError::NotFound));
    }
    if known.is_empty()
        && let Some(share) =
            control_plane(context).shares().find(|share| share.principals.contains(asked.account))
    {
        let text = [
            "note: no invitations, as account ",
            asked.account.as_str(),
            " may use the meshes of resource share ",
            &share.name,
            " at once: all accounts of this playground are in one organization; `organization off` changes that\n",
        ];
        asked.remarks.borrow_mut().push_str(&text.concat());
    }
    Ok(wrapped("resourceShareInvitations", Data::list(found)))
}

fn shown(invitation: &Invitation, share: &ResourceShare, region: &str) -> Data {
    let mut members = vec![
        member("resourceShareInvitationArn", &invitation.arn(share, region)),
        member("resourceShareName", &share.name),
        member("resourceShareArn", &share.arn(region)),
        member("senderAccountId", share.owner.as_str()),
        member("receiverAccountId", invitation.to.as_str()),
    ];
    members.push(named("invitationTimestamp", Data::from(&invitation.at.epoch_seconds().into())));
    members.push(member("status", invitation.status.as_str()));
    Data::map(members)
}

/// Runs `aws ram get-resource-share-associations`: lists the associations of the calling account's shares.
pub fn associations(context: &mut Context, asked: &Asked) -> Result<Data, Refusal> {
    let region = region(context);
    let (kind, arns) = (asked.text("associationType"), asked.texts("resourceShareArns"));
    let (principal, resource) = (asked.text("principal"), asked.text("resourceArn"));
    let status = asked.text("associationStatus");
    let is_external = !context.playground.world().environment.organization;
    let mut found = Vec::new();
    for share in control_plane(context).shares().filter(|share| share.owner == *asked.account) {
        let arn = share.arn(region);
        let mut entities = Vec::new();
        match kind {
            "PRINCIPAL" => {
                entities.extend(share.principals.iter().map(|account| (account.to_string(), "ASSOCIATED")));
                let pending = share.invitations.iter().filter(|one| one.status == InvitationStatus::Pending);
                entities.extend(pending.map(|one| (one.to.to_string(), "ASSOCIATING")));
            }
            "RESOURCE" => entities.extend(
                share
                    .meshes
                    .iter()
                    .map(|mesh| (ResourceId::of_mesh(mesh.clone()).arn(region, &mesh.owner), "ASSOCIATED")),
            ),
            _ => {}
        }
        let wanted = if kind == "PRINCIPAL" { principal } else { resource };
        entities.retain(|(entity, is)| {
            (arns.is_empty() || arns.contains(&arn.as_str()))
                && (wanted.is_empty() || wanted == entity)
                && (status.is_empty() || status == *is)
        });
        found.extend(entities.into_iter().map(|(entity, is)| -> Members {
            vec![
                member("resourceShareArn", &arn),
                member("resourceShareName", &share.name),
                member("associatedEntity", &entity),
                member("associationType", kind),
                member("status", is),
                named(
                    "external",
                    Data::Bool(kind == "PRINCIPAL" && (is_external || share.external == Some(true))),
                ),
            ]
        }));
    }
    Ok(wrapped("resourceShareAssociations", Data::list(found.into_iter().map(Data::map).collect())))
}
