//! Commands to the store, and the events, effects and refusals that it returns.

use std::{fmt, rc::Rc};

use app_mesh_engine::{
    control_plane::{Error, READ_ONLY, Verb},
    environment::LabelSelector,
    model::{AccountId, IpPreference, Key, Kind, MeshId, Problem, ResourceId},
    world::World,
};
use mesh_documents::{Opened, Plan, scenario::Variant};
use mesh_text::words::{say, t};
use serde_json::Value;

use super::{AppState, EnvironmentChange, History};

/// A command of the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An API operation, given by the members of its input.
    Call {
        /// Verb of the operation.
        verb: Verb,
        /// Kind of the resource.
        kind: Kind,
        /// Names, spec and tags, in the format of the API.
        input: Value,
    },
    /// `CreateMesh`, together with the mesh's namespace selector.
    CreateMesh {
        /// Input of the operation.
        input: Value,
        /// Kubernetes namespaces that the mesh selects; `None` selects none.
        selector: Option<LabelSelector>,
    },
    /// Delete a mesh with all its resources, in order, as one step.
    TearDown(MeshId),
    /// Set or clear the IP preference of a mesh or of one virtual node.
    SetPreference {
        /// The mesh or virtual node.
        id: ResourceId,
        /// The preference; `None` clears it.
        preference: Option<IpPreference>,
    },
    /// Change the environment of the mesh.
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
    /// Set the Kubernetes namespaces that a mesh selects.
    SetSelector {
        /// The mesh.
        mesh: MeshId,
        /// The selector; `None` selects none.
        selector: Option<LabelSelector>,
    },
    /// Act as another account.
    SwitchAccount(AccountId),
    /// Add an account to act as, and to share meshes with.
    AddAccount(AccountId),
    /// Turn the enforcement of the service's default quotas on or off.
    EnforceQuotas(bool),
    /// Apply the plan of a document.
    Open(Rc<Plan>),
    /// Commit the world of an opened document; a page opens documents in slices.
    ShowOpened(Rc<Opened>),
    /// Start over with the six colours.
    LoadScenario(Variant),
    /// Replace the world, as one step: with the changes of another tab, or with the content for another project.
    Replace {
        /// The world.
        world: Rc<World>,
        /// Description of the step.
        label: String,
    },
    /// Show another playground with its own history, such as another project; the previous one stays unchanged.
    SwitchTo {
        /// The playground.
        state: Rc<AppState>,
        /// Message to announce.
        told: String,
    },
    /// Add the steps of an earlier visit to the history. No effect if the current world does not continue them.
    Recall {
        /// The steps done and undone.
        earlier: Rc<History>,
        /// World at the end of that visit.
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
    /// Select a resource in the shown mesh, or nothing.
    Select(Option<Key>),
    /// Show another panel; on a narrow screen, only one is visible at a time.
    ShowPanel(Panel),
    /// Show another facet of the selection.
    ShowFacet(Facet),
    /// Point at a setting, to see what it wrote: the resource and the path in its spec. `None` clears it.
    PointAt(Option<(Key, String)>),
    /// Preview the effect of a mesh preference, without changing anything. `None` ends the preview.
    Preview(Option<Option<IpPreference>>),
    /// Set the seed of the random choices in simulated requests.
    SetSeed(u64),
}

/// The panels of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Panel {
    /// Graph of the mesh.
    #[default]
    Graph,
    /// Table of nodes and preferences.
    Matrix,
    /// One request, event by event.
    Request,
    /// Two preferences side by side.
    Compare,
    /// Meshes and their resources.
    Resources,
    /// Details of the selection.
    Inspector,
    /// Steps done and undone.
    History,
    /// Terminal for commands.
    Terminal,
}

impl Panel {
    /// All panels.
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

    /// Returns the word used in links and addresses.
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

    /// Returns the panel with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.as_str() == word)
    }
}

/// Views of the selected resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Effects of its settings.
    #[default]
    Effects,
    /// The configuration of its Envoy.
    Envoy,
}

impl Facet {
    /// Returns the word used in links.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effects => "effects",
            Self::Envoy => "envoy",
        }
    }

    /// Returns the facet with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Effects, Self::Envoy].into_iter().find(|facet| facet.as_str() == word)
    }
}

/// Event reported by an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A resource was created.
    Created(ResourceId),
    /// A resource was updated.
    Updated(ResourceId),
    /// A resource was deleted.
    Deleted(ResourceId),
    /// The environment of the meshes changed.
    EnvironmentChanged,
    /// The accounts that can see a mesh changed.
    SharingChanged(MeshId),
    /// The acting account changed.
    AccountSwitched(AccountId),
    /// An account was added.
    AccountAdded(AccountId),
    /// The enforcement of the default quotas was turned on or off.
    QuotasSwitched(bool),
    /// A document was opened.
    Opened,
    /// The scenario was loaded again.
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

/// Side effect for the page to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Save the state for the next visit.
    Save,
    /// Announce a message to screen readers.
    Announce(String),
}

/// Reason why a command changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The control plane refused.
    Service(Error),
    /// There is nothing to undo or redo.
    NoStep,
    /// The record of a step of an earlier visit is damaged.
    Unreadable,
    /// The playground is read-only.
    ReadOnly,
    /// The target of the command does not exist; described in words.
    Gone(&'static str),
}

impl Refusal {
    /// Returns the problems of an invalid input, for display at the fields.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Service(Error::Invalid(problems)) => problems,
            _ => &[],
        }
    }
}

impl Refusal {
    /// Returns the message in the user's language, except for messages of the service.
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
