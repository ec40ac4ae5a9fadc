//! What can be asked of the store, what it tells, and what it wants done.

use std::{fmt, rc::Rc};

use serde_json::Value;

use super::{AppState, EnvironmentChange, History};
use crate::{
    control_plane::{Error, READ_ONLY, Verb},
    document::{Opened, Plan},
    environment::LabelSelector,
    model::{AccountId, IpPreference, Key, Kind, MeshId, Problem, ResourceId},
    scenario::Variant,
    words::{say, t},
    world::World,
};

/// Something the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An operation of the API, by the members of its input.
    Call {
        /// What to do.
        verb: Verb,
        /// To which kind of resource.
        kind: Kind,
        /// The names, spec and tags, as the API takes them.
        input: Value,
    },
    /// `CreateMesh`, together with the mesh's namespace selector.
    CreateMesh {
        /// The input of the operation.
        input: Value,
        /// Which Kubernetes namespaces the mesh selects; `None` selects none.
        selector: Option<LabelSelector>,
    },
    /// Delete a mesh with everything in it, in order, as one step.
    TearDown(MeshId),
    /// Set or clear the preference of a mesh or of one virtual node.
    SetPreference {
        /// The mesh or virtual node.
        id: ResourceId,
        /// `None` is no preference of its own.
        preference: Option<IpPreference>,
    },
    /// Change something around the mesh.
    ChangeEnvironment(EnvironmentChange),
    /// Share a mesh with an account.
    Share {
        /// The mesh.
        mesh: MeshId,
        /// The account.
        with: AccountId,
    },
    /// Stop sharing a mesh with an account.
    Unshare {
        /// The mesh.
        mesh: MeshId,
        /// The account.
        with: AccountId,
    },
    /// Set which Kubernetes namespaces a mesh selects.
    SetSelector {
        /// The mesh.
        mesh: MeshId,
        /// `None` selects none.
        selector: Option<LabelSelector>,
    },
    /// Act as another account.
    SwitchAccount(AccountId),
    /// Add an account to act as, and to share meshes with.
    AddAccount(AccountId),
    /// Whether the service's default quotas hold.
    EnforceQuotas(bool),
    /// Bring in what a document holds.
    Open(Rc<Plan>),
    /// Commit the world of an opened document; a page opens documents in slices.
    ShowOpened(Rc<Opened>),
    /// Start over with the six colours.
    LoadScenario(Variant),
    /// Make this the world, as one step: what another tab did, or what is put in the place of another project.
    Replace {
        /// The world.
        world: Rc<World>,
        /// The step in words.
        label: String,
    },
    /// Show another playground with its own history, such as another project; the one that is left stays as it is.
    SwitchTo {
        /// The playground.
        state: Rc<AppState>,
        /// What to tell of it.
        told: String,
    },
    /// Add the steps of an earlier visit to the history; no effect if the present world does not continue them.
    Recall {
        /// The steps done and undone.
        earlier: Rc<History>,
        /// The world that the visit ended with.
        ended: Rc<World>,
    },
    /// Go to the point of the history with this many steps done.
    GoTo(usize),
    /// Go back one step.
    Undo,
    /// Go forward one step.
    Redo,
    /// Show this mesh.
    ShowMesh(MeshId),
    /// Select something in the shown mesh.
    Select(Option<Key>),
    /// Show another panel; on a narrow screen, only one is seen at a time.
    ShowPanel(Panel),
    /// Show another side of what is selected.
    ShowFacet(Facet),
    /// Point at a setting, to see what it wrote: the resource and the path in its spec. `None` ends it.
    PointAt(Option<(Key, String)>),
    /// See what a mesh preference would do, changing nothing; `None` ends it.
    Preview(Option<Option<IpPreference>>),
    /// Draw by chance from this number on, in the requests that are played.
    SetSeed(u64),
}

/// The panels of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Panel {
    /// The mesh, drawn.
    #[default]
    Graph,
    /// Nodes against preferences.
    Matrix,
    /// One request, event by event.
    Request,
    /// Two preferences beside each other.
    Compare,
    /// Meshes and what is in them.
    Resources,
    /// What is selected.
    Inspector,
    /// What was done.
    History,
    /// Where commands are typed.
    Terminal,
}

impl Panel {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Graph,
        Self::Matrix,
        Self::Request,
        Self::Compare,
        Self::Resources,
        Self::Inspector,
        Self::History,
        Self::Terminal,
    ];

    /// The word for it in links and addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Matrix => "matrix",
            Self::Request => "request",
            Self::Compare => "compare",
            Self::Resources => "resources",
            Self::Inspector => "inspector",
            Self::History => "history",
            Self::Terminal => "terminal",
        }
    }

    /// The panel with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.as_str() == word)
    }
}

/// The sides of what is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Facet {
    /// What its settings come to.
    #[default]
    Effects,
    /// The configuration of its Envoy.
    Envoy,
}

impl Facet {
    /// The word for it in links.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effects => "effects",
            Self::Envoy => "envoy",
        }
    }

    /// The facet with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Effects, Self::Envoy].into_iter().find(|facet| facet.as_str() == word)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A resource was made.
    Created(ResourceId),
    /// A resource was changed.
    Updated(ResourceId),
    /// A resource was removed.
    Deleted(ResourceId),
    /// Something around the mesh changed.
    EnvironmentChanged,
    /// Who sees which mesh changed.
    SharingChanged(MeshId),
    /// The acting account changed.
    AccountSwitched(AccountId),
    /// There is one more account.
    AccountAdded(AccountId),
    /// The default quotas hold from now on, or no more.
    QuotasSwitched(bool),
    /// A document was brought in.
    Opened,
    /// The scenario was loaded anew.
    ScenarioLoaded,
    /// The whole world was replaced.
    Replaced,
    /// Another playground is shown.
    Switched,
    /// A step was undone.
    Undone,
    /// A step was redone.
    Redone,
}

/// Work for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep the state for the next visit.
    Save,
    /// Tell screen readers.
    Announce(String),
}

/// Why a command changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The control plane refused.
    Service(Error),
    /// There is nothing to undo or redo.
    NoStep,
    /// The record of a step of an earlier visit is damaged.
    Unreadable,
    /// The playground is only to be looked at.
    ReadOnly,
    /// The command is about something that is not there, in words.
    Gone(&'static str),
}

impl Refusal {
    /// The problems of an invalid input, for the fields they belong to.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Service(Error::Invalid(problems)) => problems,
            _ => &[],
        }
    }
}

impl Refusal {
    /// The same in the reader's language, but for what the service says.
    pub fn words(&self) -> String {
        match self {
            Self::Service(_) => self.to_string(),
            Self::NoStep => t("there is no step to go to").to_owned(),
            Self::Unreadable => t("what was kept of this step cannot be read").to_owned(),
            Self::ReadOnly => t(READ_ONLY).to_owned(),
            Self::Gone(what) => say("{0} is not there any more", &[t(what)]),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => write!(f, "{}: {error}", error.code()),
            Self::NoStep => f.write_str("there is no step to go to"),
            Self::Unreadable => f.write_str("what was kept of this step cannot be read"),
            Self::ReadOnly => f.write_str(READ_ONLY),
            Self::Gone(what) => write!(f, "{what} is not there any more"),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}
