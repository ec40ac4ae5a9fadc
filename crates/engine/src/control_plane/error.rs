//! Errors that the service returns.

use std::fmt;

use mesh_text::words::english;

use crate::model::{AccountId, Key, Kind, MeshId, Problem, ResourceId};

/// A resource that prevents the deletion of another resource.
pub type Blocker = Key;

/// An error of the service. `Display` writes the message of the response; [`Error::code`] returns its exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The request breaks rules of the API; all of them are reported.
    Invalid(Vec<Problem>),
    /// A resource that the request names does not exist.
    NotFound {
        /// The mesh that was searched, or that is itself missing.
        mesh: MeshId,
        /// The resource that is missing.
        key: Key,
    },
    /// A resource with this name already exists.
    Exists(ResourceId),
    /// Other resources depend on the one to be deleted.
    InUse {
        /// The resource that cannot be deleted.
        id: ResourceId,
        /// All resources that depend on it, in list order.
        blockers: Vec<Blocker>,
    },
    /// The caller's account has no permission for the operation on the mesh or its resources.
    Forbidden {
        /// The account that sent the request.
        caller: AccountId,
        /// The resource of the request.
        id: ResourceId,
    },
    /// The request would exceed a default quota.
    LimitExceeded {
        /// The limited items, in the service's plural words: `VirtualNodes in mesh m`.
        what: String,
        /// The quota.
        quota: usize,
    },
    /// A resource would have more tags than allowed.
    TooManyTags {
        /// Number of tags that it would have.
        found: usize,
    },
    /// The client token was used before, with a different request.
    TokenReused(Box<str>),
    /// The ARN belongs to another account; the service reports it as invalid.
    ForeignArn {
        /// The ARN.
        arn: Box<str>,
        /// The account in the ARN.
        account: Box<str>,
    },
    /// The whole playground is read-only, as if a policy of the account denied every change.
    ReadOnly,
}

/// Message of a change to a read-only playground.
pub const READ_ONLY: &str = english(
    "this playground is read-only, so nothing was changed; open it in full to change a copy of your own",
);

impl Error {
    /// Returns the exception, as in the header `x-amzn-ErrorType`. Source: docs/facts/api-errors.md#codes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "BadRequestException",
            Self::NotFound { .. } => "NotFoundException",
            Self::Exists(_) => "ConflictException",
            Self::InUse { .. } => "ResourceInUseException",
            Self::Forbidden { .. } => "ForbiddenException",
            Self::LimitExceeded { .. } => "LimitExceededException",
            Self::TooManyTags { .. } => "TooManyTagsException",
            Self::TokenReused(_) => "ConflictException",
            // Not in the API model: the error comes from IAM. Source: docs/facts/api-errors.md#texts.
            Self::ForeignArn { .. } | Self::ReadOnly => "AccessDeniedException",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    write!(f, "{}{problem}", if i == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            // The message for a virtual node is a real response of the service (roadmap issue 173).
            Self::NotFound { mesh, key } => match key.kind {
                Kind::Mesh => {
                    write!(f, "Mesh with name {} is not present for account {}", mesh.name, mesh.owner)
                }
                kind => {
                    let (word, name) = (kind.declaration().word, &key.name);
                    write!(f, "{word} with name {name} is not present under ")?;
                    if let (Some(parent), Some(name)) = (kind.declaration().parent, &key.parent) {
                        write!(f, "{} {name} in ", parent.declaration().word)?;
                    }
                    write!(f, "mesh {} for account {}", mesh.name, mesh.owner)
                }
            },
            Self::Exists(id) => {
                write!(f, "{} with name {} already exists", id.key.kind.declaration().word, id.key.name)
            }
            Self::InUse { id, blockers } => write_in_use(f, id, blockers),
            Self::LimitExceeded { what, quota } => {
                write!(f, "The quota of {quota} {what} is reached")
            }
            Self::TooManyTags { found } => {
                write!(f, "A resource can have up to 50 tags, this one would have {found}")
            }
            Self::TokenReused(token) => {
                write!(f, "The client token {token} was used before, with another specification")
            }
            // A real message of the service: docs/facts/api-errors.md#texts.
            Self::ForeignArn { arn, account } => {
                write!(f, "{arn} is an invalid ARN. Invalid account id in the ARN provided : {account}")
            }
            Self::ReadOnly => f.write_str(READ_ONLY),
            Self::Forbidden { caller, id } => write!(
                f,
                "Account {caller} is not authorized to do this to {} {} of mesh owner {}",
                id.key.kind.declaration().word,
                id.key.name,
                id.mesh.owner
            ),
        }
    }
}

/// Writes the message for a resource in use: the service's real message where it is known. Source:
/// docs/facts/api-rules.md#deletion.
fn write_in_use(f: &mut fmt::Formatter<'_>, id: &ResourceId, blockers: &[Blocker]) -> fmt::Result {
    let name = &id.key.name;
    match id.key.kind {
        Kind::Mesh => {
            let mut kinds: Vec<_> =
                blockers.iter().map(|key| format!("{}s", key.kind.declaration().word)).collect();
            kinds.dedup();
            let kinds = kinds.join(", ");
            let owner = &id.mesh.owner;
            write!(
                f,
                "Mesh {name} for account {owner} has active {kinds}, please delete {kinds} before deleting the Mesh"
            )
        }
        Kind::VirtualNode if blockers.iter().any(|key| key.kind == Kind::Route) => write!(
            f,
            "VirtualNode with name {name} cannot be deleted because it is the target of one or more routes."
        ),
        Kind::VirtualNode | Kind::VirtualRouter
            if blockers.iter().any(|key| key.kind == Kind::VirtualService) =>
        {
            let word = id.key.kind.declaration().word;
            write!(f, "{word} with name {name} cannot be deleted because it is a VirtualService provider")
        }
        Kind::VirtualService => {
            let ids: Vec<_> = blockers.iter().map(|key| &*key.name).collect();
            write!(
                f,
                "VirtualService {name} is being referenced in the following: GATEWAY_ROUTE: [{}]",
                ids.join(", ")
            )
        }
        kind => {
            let inner = blockers.first().map_or("resources", |key| key.kind.declaration().word);
            let word = kind.declaration().word;
            write!(f, "{word} with name {name} cannot be deleted because it has active {inner}s")
        }
    }
}
