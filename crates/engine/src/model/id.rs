//! Owners and names of resources: account ids, resource ids, ARNs.

use std::{fmt, rc::Rc, str::FromStr};

use mesh_text::words::{english, t};

use super::{Kind, Rule};

/// The name of a resource, as its owner wrote it.
pub type Name = Rc<str>;

/// An AWS account: exactly 12 digits. Source: API shape `AccountId`.
///
/// ```
/// use app_mesh_engine::model::AccountId;
/// assert!("123456789012".parse::<AccountId>().is_ok());
/// assert!("12345".parse::<AccountId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(Rc<str>);

impl AccountId {
    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = Rule;

    fn from_str(text: &str) -> Result<Self, Rule> {
        match text.chars().count() {
            12 if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(text.into())),
            12 => {
                let found = text.chars().find(|c| !c.is_ascii_digit()).unwrap_or_default();
                Err(Rule::Characters { allowed: english("digits"), found })
            }
            found => Err(Rule::Length { min: 12, max: 12, found }),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of a mesh among all accounts: the owner and the name. The same name may exist in two accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MeshId {
    /// The account that owns the mesh.
    pub owner: AccountId,
    /// The name of the mesh.
    pub name: Name,
}

/// Key of a resource in its mesh. `Ord` sorts by kind, then parent, then name, which is the order of lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The kind of the resource.
    pub kind: Kind,
    /// The router of a route, or the gateway of a gateway route; `None` for all other kinds.
    pub parent: Option<Name>,
    /// Its name; for the mesh, the name of the mesh.
    pub name: Name,
}

impl Key {
    /// Returns the key as an accessible name, without the quotation marks around the name.
    pub fn plain(&self) -> String {
        [self.kind.declaration().words, " ", &self.name].concat()
    }

    /// Returns the resource in the user's language: "virtual node `red`".
    #[inline(never)]
    pub fn translated(&self) -> String {
        [t(self.kind.declaration().words), " `", &*self.name, "`"].concat()
    }

    /// Returns the resource in the user's language for the name of a control, which is read aloud: like
    /// [`translated`](Self::translated), but without quotation marks.
    #[inline(never)]
    pub fn translated_plain(&self) -> String {
        [t(self.kind.declaration().words), " ", &*self.name].concat()
    }

    /// Returns the key of a resource directly in the mesh.
    pub fn new(kind: Kind, name: impl Into<Name>) -> Self {
        Self { kind, parent: None, name: name.into() }
    }

    /// Returns the key of a route of a router, or of a gateway route of a gateway.
    pub fn within(kind: Kind, parent: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self { kind, parent: Some(parent.into()), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.declaration().words, self.name)
    }
}

/// Id of a resource among all accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    /// The mesh that it is or that contains it.
    pub mesh: MeshId,
    /// The resource in that mesh.
    pub key: Key,
}

impl ResourceId {
    /// Returns the id of a mesh itself.
    pub fn of_mesh(mesh: MeshId) -> Self {
        let key = Key::new(Kind::Mesh, mesh.name.clone());
        Self { mesh, key }
    }

    /// Returns the ARN. `owner` is the account that created the resource; in a shared mesh, another account may own the
    /// mesh.
    ///
    /// Source: user guide, "How App Mesh works with IAM"; the account is the resource owner in its examples.
    pub fn arn(&self, region: &str, owner: &AccountId) -> String {
        let mut arn = format!("arn:aws:appmesh:{region}:{owner}:mesh/{}", self.mesh.name);
        if let (Some(kind), Some(parent)) = (self.key.kind.declaration().parent, &self.key.parent) {
            arn = format!("{arn}/{}/{parent}", kind.declaration().member);
        }
        match self.key.kind {
            Kind::Mesh => arn,
            kind => format!("{arn}/{}/{}", kind.declaration().member, self.key.name),
        }
    }
}
