//! Resource shares: how AWS RAM lets other accounts use a mesh.
//!
//! Sources: user guide, page "sharing"; AWS RAM's `create-resource-share`; fact sheet, section 7.

use std::rc::Rc;

use super::{ControlPlane, Env, Error};
use crate::model::{AccountId, MeshId, Name, ResourceId};

/// Some meshes of one account, and the accounts that may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceShare {
    /// Unique among all shares: the last part of the share's ARN.
    pub id: Box<str>,
    /// What its owner calls it.
    pub name: Name,
    /// The account that shares.
    pub owner: AccountId,
    /// Its meshes, each once.
    pub meshes: Vec<MeshId>,
    /// The accounts they are shared with, each once.
    pub principals: Vec<AccountId>,
}

impl ResourceShare {
    /// The ARN by which `aws ram` names it.
    pub fn arn(&self, region: &str) -> String {
        format!("arn:aws:ram:{region}:{}:resource-share/{}", self.owner, self.id)
    }
}

impl ControlPlane {
    /// Every share, oldest first.
    pub fn shares(&self) -> impl Iterator<Item = &Rc<ResourceShare>> {
        self.shares.iter()
    }

    /// Whether an account may use a mesh of another account.
    pub fn is_shared(&self, mesh: &MeshId, with: &AccountId) -> bool {
        self.shares.iter().any(|share| share.meshes.contains(mesh) && share.principals.contains(with))
    }

    /// The accounts a mesh is shared with, in the order of their ids.
    pub fn shared_with(&self, mesh: &MeshId) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        for share in self.shares.iter().filter(|share| share.meshes.contains(mesh)) {
            accounts.extend(share.principals.iter().cloned());
        }
        accounts.sort();
        accounts.dedup();
        accounts
    }

    /// Creates a share, as `aws ram create-resource-share` does; its meshes and accounts may come later.
    ///
    /// # Errors
    /// When a mesh does not exist, or another account owns it: what is shared cannot be shared on.
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

    /// Puts a share with more in it at a place.
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
            }
        }
        let share = Rc::new(share);
        match self.shares.get_mut(place) {
            Some(found) => *found = share.clone(),
            None => self.shares.push(share.clone()),
        }
        Ok(share)
    }

    /// Takes meshes and accounts out of a share. What an account made in a mesh stays there.
    ///
    /// `None` when there is no such share.
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
        self.shares.get(place).cloned()
    }

    /// Deletes a share; whether there was one.
    pub fn delete_share(&mut self, id: &str) -> bool {
        let place = self.place_of_share(id);
        place.map(|place| self.shares.remove(place)).is_some()
    }

    /// Puts a share as a saved document has it; `false` when one of its meshes is not there.
    pub(crate) fn restore_share(&mut self, share: ResourceShare) -> bool {
        let is_whole = share.meshes.iter().all(|mesh| self.mesh(mesh).is_some());
        if is_whole {
            self.shares.push(Rc::new(share));
        }
        is_whole
    }

    /// Shares one mesh with one account: in the share that has just this mesh, or in a new one.
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

    /// A share for one mesh alone, named for it, so that the same clicks always make the same share.
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
        }
    }

    /// Ends the sharing of one mesh with one account; other meshes stay shared. What that account made in it stays.
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
            // The mesh exists, as it was shared.
            let _ = self.share(mesh, &account);
        }
    }

    /// Takes a mesh that is gone out of all shares.
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
