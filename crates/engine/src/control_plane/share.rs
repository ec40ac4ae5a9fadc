//! Resource shares: how AWS RAM lets other accounts use a mesh.
//!
//! Sources: user guide, page "sharing"; AWS RAM's `create-resource-share`; docs/facts/sharing.md.

use std::rc::Rc;

use mesh_text::sorting;

use super::{ControlPlane, Env, Error, Timestamp};
use crate::model::{AccountId, MeshId, Name, ResourceId};

/// A resource share: meshes of one account, and the accounts that may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceShare {
    /// Unique among all shares: the last part of the share's ARN.
    pub id: Box<str>,
    /// Name chosen by its owner.
    pub name: Name,
    /// The account that owns the share and its meshes.
    pub owner: AccountId,
    /// Its meshes, each once.
    pub meshes: Vec<MeshId>,
    /// The accounts they are shared with, each once.
    pub principals: Vec<AccountId>,
    /// Whether accounts outside the owner's organisation may be principals; `None` if the owner did not specify it. All
    /// accounts of a playground belong to one organisation, so only a share with `true` sends invitations.
    pub external: Option<bool>,
    /// The invitations that it sent, oldest first; at most one per account is pending.
    pub invitations: Vec<Invitation>,
}

/// An invitation to use the meshes of a share. Source: API shape `ResourceShareInvitation` of RAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Unique among all invitations: the last part of its ARN.
    pub id: Box<str>,
    /// The invited account.
    pub to: AccountId,
    /// The time of sending.
    pub at: Timestamp,
    /// Its status.
    pub status: InvitationStatus,
}

/// The status of an invitation. Source: API shape `ResourceShareInvitationStatus` of RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// Neither accepted nor rejected.
    Pending,
    /// Accepted: the account is a principal of the share.
    Accepted,
    /// Rejected.
    Rejected,
}

impl InvitationStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Accepted, Self::Rejected];

    /// Returns the word of the API, such as `PENDING`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
        }
    }
}

/// Reason why an invitation cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationError {
    /// The account has no such invitation.
    NotFound,
    /// It was already answered.
    Answered(InvitationStatus),
}

impl Invitation {
    /// Returns the ARN by which `aws ram` identifies it; the account in it is the sender's.
    pub fn arn(&self, share: &ResourceShare, region: &str) -> String {
        format!("arn:aws:ram:{region}:{}:resource-share-invitation/{}", share.owner, self.id)
    }
}

impl ResourceShare {
    /// Returns the ARN by which `aws ram` identifies it.
    pub fn arn(&self, region: &str) -> String {
        format!("arn:aws:ram:{region}:{}:resource-share/{}", self.owner, self.id)
    }
}

impl ResourceShare {
    /// Withdraws the unanswered invitation to an account.
    fn forget_pending(&mut self, account: &AccountId) {
        self.invitations.retain(|invitation| !invitation.is_pending_for(account));
    }
}

impl Invitation {
    fn is_pending_for(&self, account: &AccountId) -> bool {
        self.to == *account && self.status == InvitationStatus::Pending
    }
}

impl ControlPlane {
    /// Returns all shares, oldest first.
    pub fn shares(&self) -> impl Iterator<Item = &Rc<ResourceShare>> {
        self.shares.iter()
    }

    /// Returns whether an account may use a mesh of another account.
    pub fn is_shared(&self, mesh: &MeshId, with: &AccountId) -> bool {
        self.shares.iter().any(|share| share.meshes.contains(mesh) && share.principals.contains(with))
    }

    /// Returns the accounts that a mesh is shared with, ordered by id.
    pub fn shared_with(&self, mesh: &MeshId) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        for share in self.shares.iter().filter(|share| share.meshes.contains(mesh)) {
            accounts.extend(share.principals.iter().cloned());
        }
        sorting::sort(&mut accounts);
        accounts.dedup();
        accounts
    }

    /// Creates a share, as `aws ram create-resource-share` does; meshes and accounts can be added later.
    ///
    /// # Errors
    /// When a mesh does not exist, or another account owns it: an account cannot share what is shared with it.
    pub fn create_share(
        &mut self,
        name: &str,
        owner: &AccountId,
        meshes: &[MeshId],
        principals: &[AccountId],
        env: &Env,
    ) -> Result<Rc<ResourceShare>, Error> {
        let id = env.uid();
        let share = ResourceShare {
            id,
            name: name.into(),
            owner: owner.clone(),
            meshes: Vec::new(),
            principals: Vec::new(),
            external: None,
            invitations: Vec::new(),
        };
        self.associated(share, meshes, principals, self.shares.len())
    }

    /// Adds meshes and accounts to a share, as `aws ram associate-resource-share` does.
    ///
    /// # Errors
    /// As [`create_share`](Self::create_share); `None` when there is no such share.
    pub fn associate(
        &mut self,
        id: &str,
        meshes: &[MeshId],
        principals: &[AccountId],
    ) -> Option<Result<Rc<ResourceShare>, Error>> {
        let place = self.place_of_share(id)?;
        let share = ResourceShare::clone(self.shares.get(place)?);
        Some(self.associated(share, meshes, principals, place))
    }

    /// Adds meshes and accounts to a share, and stores it at index `place` of the list of shares, or appends it.
    fn associated(
        &mut self,
        mut share: ResourceShare,
        meshes: &[MeshId],
        principals: &[AccountId],
        place: usize,
    ) -> Result<Rc<ResourceShare>, Error> {
        for mesh in meshes {
            let id = ResourceId::of_mesh(mesh.clone());
            self.existing(&id)?;
            if mesh.owner != share.owner {
                return Err(Error::Forbidden { caller: share.owner, id });
            }
            if !share.meshes.contains(mesh) {
                share.meshes.push(mesh.clone());
            }
        }
        for account in principals {
            // A mesh is not shared with its own account.
            if *account != share.owner && !share.principals.contains(account) {
                share.principals.push(account.clone());
                share.forget_pending(account);
            }
        }
        let share = Rc::new(share);
        match self.shares.get_mut(place) {
            Some(found) => *found = share.clone(),
            None => self.shares.push(share.clone()),
        }
        Ok(share)
    }

    /// Removes meshes and accounts from a share. Resources that an account created in a mesh stay there.
    ///
    /// Returns the updated share; `None` if it does not exist.
    pub fn disassociate(
        &mut self,
        id: &str,
        meshes: &[MeshId],
        principals: &[AccountId],
    ) -> Option<Rc<ResourceShare>> {
        let place = self.place_of_share(id)?;
        let share = Rc::make_mut(self.shares.get_mut(place)?);
        share.meshes.retain(|mesh| !meshes.contains(mesh));
        share.principals.retain(|account| !principals.contains(account));
        principals.iter().for_each(|account| share.forget_pending(account));
        self.shares.get(place).cloned()
    }

    /// Sets whether accounts outside the organisation may be principals of a share.
    pub fn set_external(&mut self, id: &str, external: Option<bool>) {
        if let Some(share) = self.place_of_share(id).and_then(|place| self.shares.get_mut(place)) {
            Rc::make_mut(share).external = external;
        }
    }

    /// Invites accounts outside the organisation to a share: each can use its meshes after it accepts.
    ///
    /// Returns the updated share; `None` if it does not exist.
    pub fn invite(&mut self, id: &str, principals: &[AccountId], env: &Env) -> Option<Rc<ResourceShare>> {
        let place = self.place_of_share(id)?;
        let share = Rc::make_mut(self.shares.get_mut(place)?);
        for (index, account) in (1u64..).zip(principals) {
            let is_in = share.principals.contains(account)
                || share.invitations.iter().any(|invitation| invitation.is_pending_for(account));
            if *account != share.owner && !is_in {
                let (id, at) = (env.nth(index).uid(), env.now);
                share.invitations.push(Invitation {
                    id,
                    to: account.clone(),
                    at,
                    status: InvitationStatus::Pending,
                });
            }
        }
        self.shares.get(place).cloned()
    }

    /// Accepts or rejects an invitation on behalf of its recipient; returns the updated share.
    ///
    /// # Errors
    /// When the account has no such invitation, or it was answered before.
    pub fn answer_invitation(
        &mut self,
        id: &str,
        account: &AccountId,
        status: InvitationStatus,
    ) -> Result<Rc<ResourceShare>, InvitationError> {
        let is_meant = |invitation: &Invitation| *invitation.id == *id && invitation.to == *account;
        let share = self.shares.iter_mut().find(|share| share.invitations.iter().any(is_meant));
        let share = share.ok_or(InvitationError::NotFound)?;
        let inner = Rc::make_mut(share);
        let invitation = inner.invitations.iter_mut().find(|invitation| is_meant(invitation));
        let invitation = invitation.ok_or(InvitationError::NotFound)?;
        if invitation.status != InvitationStatus::Pending {
            return Err(InvitationError::Answered(invitation.status));
        }
        invitation.status = status;
        if status == InvitationStatus::Accepted && !inner.principals.contains(account) {
            inner.principals.push(account.clone());
        }
        Ok(share.clone())
    }

    /// Deletes a share; returns whether it existed.
    pub fn delete_share(&mut self, id: &str) -> bool {
        let place = self.place_of_share(id);
        place.map(|place| self.shares.remove(place)).is_some()
    }

    /// Inserts a share of a saved document; returns `false`, and inserts nothing, if one of its meshes does not exist.
    pub fn restore_share(&mut self, share: ResourceShare) -> bool {
        let is_whole = share.meshes.iter().all(|mesh| self.mesh(mesh).is_some());
        if is_whole {
            self.shares.push(Rc::new(share));
        }
        is_whole
    }

    /// Shares one mesh with one account: through the share that contains only this mesh, or through a new one.
    ///
    /// # Errors
    /// When the mesh does not exist.
    pub fn share(&mut self, mesh: &MeshId, with: &AccountId) -> Result<(), Error> {
        let meshes = std::slice::from_ref(mesh);
        self.existing(&ResourceId::of_mesh(mesh.clone()))?;
        if *with == mesh.owner || self.is_shared(mesh, with) {
            return Ok(());
        }
        let place = self.shares.iter().position(|share| share.meshes == meshes);
        let (share, place) = match place.and_then(|place| self.shares.get(place)) {
            Some(share) => (ResourceShare::clone(share), place.unwrap_or_default()),
            None => (self.lone_share(mesh), self.shares.len()),
        };
        self.associated(share, meshes, std::slice::from_ref(with), place).map(drop)
    }

    /// Returns a new share for a single mesh. Its name and id derive from the mesh's name, so that the same clicks
    /// always create the same share.
    fn lone_share(&self, mesh: &MeshId) -> ResourceShare {
        let mut id = mesh.name.to_string();
        while self.place_of_share(&id).is_some() {
            id.push('-');
        }
        ResourceShare {
            id: id.into(),
            name: mesh.name.clone(),
            owner: mesh.owner.clone(),
            meshes: Vec::new(),
            principals: Vec::new(),
            external: None,
            invitations: Vec::new(),
        }
    }

    /// Stops sharing one mesh with one account; other meshes stay shared. Resources that the account created in it
    /// stay.
    pub fn unshare(&mut self, mesh: &MeshId, with: &AccountId) {
        let mut kept = Vec::new();
        self.shares.retain_mut(|entry| {
            if !entry.meshes.contains(mesh) || !entry.principals.contains(with) {
                return true;
            }
            let share = Rc::make_mut(entry);
            if share.meshes.len() > 1 {
                share.meshes.retain(|other| other != mesh);
                kept.extend(share.principals.iter().filter(|account| *account != with).cloned());
            } else {
                share.principals.retain(|account| account != with);
            }
            !share.principals.is_empty()
        });
        for account in kept {
            // The mesh exists, because it was shared.
            let _ = self.share(mesh, &account);
        }
    }

    /// Removes a deleted mesh from all shares.
    pub(super) fn forget_shares(&mut self, mesh: &MeshId) {
        for share in &mut self.shares {
            if share.meshes.contains(mesh) {
                Rc::make_mut(share).meshes.retain(|other| other != mesh);
            }
        }
    }

    fn place_of_share(&self, id: &str) -> Option<usize> {
        self.shares.iter().position(|share| *share.id == *id)
    }
}
