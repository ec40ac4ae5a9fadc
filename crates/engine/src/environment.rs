//! The environment of the mesh: facts outside App Mesh that outcomes depend on.
//!
//! DNS records, Cloud Map instances, tasks with the addresses their applications listen on, certificates, Kubernetes
//! namespaces. It must not depend on the control plane: it holds names and addresses only. Start at [`Environment`].

mod certificates;
mod cluster;
mod selector;
mod tasks;

pub use certificates::{
    Answer, Certificate, Certificates, ITSELF, LONGEST, MOST_NAMES, is_certificate_word, is_private_authority,
};
pub use cluster::{Cluster, ClusterObject, ObjectKey, ObjectState, text_map};
pub use selector::{LabelSelector, SelectorError};
pub use tasks::Tasks;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use litemap::LiteMap;
use mesh_text::words::t;

use crate::model::{Name, TextMap};

/// One version of the Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both families, IPv4 first.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// Returns the family of an address.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// Returns `IPv4` or `IPv6`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// A set of IP versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Families {
    /// Whether it speaks IPv4.
    pub ipv4: bool,
    /// Whether it speaks IPv6.
    pub ipv6: bool,
}

impl Families {
    /// IPv4 only.
    pub const V4: Self = Self { ipv4: true, ipv6: false };
    /// IPv6 only.
    pub const V6: Self = Self { ipv4: false, ipv6: true };
    /// Both.
    pub const BOTH: Self = Self { ipv4: true, ipv6: true };

    /// Returns whether this family is in the set.
    pub const fn has(self, family: Family) -> bool {
        match family {
            Family::V4 => self.ipv4,
            Family::V6 => self.ipv6,
        }
    }

    /// Returns the set with one family added or removed.
    pub const fn with(self, family: Family, on: bool) -> Self {
        match family {
            Family::V4 => Self { ipv4: on, ..self },
            Family::V6 => Self { ipv6: on, ..self },
        }
    }

    /// Returns the names of the families in the reader's language.
    pub fn words(self) -> &'static str {
        match self {
            Self::BOTH => t("IPv4 and IPv6"),
            Self { ipv4: false, ipv6: false } => t("neither"),
            // A single family has the same name in every language.
            one => one.as_str(),
        }
    }

    /// Returns `IPv4`, `IPv6`, `IPv4 and IPv6` or `neither`.
    pub const fn as_str(self) -> &'static str {
        match (self.ipv4, self.ipv6) {
            (true, true) => "IPv4 and IPv6",
            (true, false) => "IPv4",
            (false, true) => "IPv6",
            (false, false) => "neither",
        }
    }
}

/// A task: an application with an Envoy in front of it, with at most one address of each family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// Its IPv4 address, if it has one.
    pub ipv4: Option<Ipv4Addr>,
    /// Its IPv6 address, if it has one.
    pub ipv6: Option<Ipv6Addr>,
    /// The families of the local addresses on which its application listens.
    pub listens_on: Families,
    /// Whether it runs. A stopped task no longer has its addresses, while DNS and Cloud Map may still name them:
    /// packets to it vanish, as to an address that no task has (docs/facts/envoy.md#outcomes).
    pub is_running: bool,
}

impl Task {
    /// Creates a running task.
    pub const fn new(ipv4: Option<Ipv4Addr>, ipv6: Option<Ipv6Addr>, listens_on: Families) -> Self {
        Self { ipv4, ipv6, listens_on, is_running: true }
    }

    /// Returns its addresses, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.ipv4.map(IpAddr::V4).into_iter().chain(self.ipv6.map(IpAddr::V6))
    }

    /// Returns whether an address is this task's.
    pub fn has_address(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.ipv4 == Some(address),
            IpAddr::V6(address) => self.ipv6 == Some(address),
        }
    }
}

/// The address records of one host name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DnsRecords {
    /// A records: IPv4 addresses, in the order answered.
    pub a: Vec<Ipv4Addr>,
    /// AAAA records: IPv6 addresses, in the order answered.
    pub aaaa: Vec<Ipv6Addr>,
}

/// One instance registered with a Cloud Map service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Its instance id.
    pub id: Rc<str>,
    /// The attribute `AWS_INSTANCE_IPV4`.
    pub ipv4: Option<Ipv4Addr>,
    /// The attribute `AWS_INSTANCE_IPV6`.
    pub ipv6: Option<Ipv6Addr>,
    /// All other attributes, `AWS_INSTANCE_PORT` included.
    pub attributes: TextMap,
}

/// The name of a Cloud Map service: its namespace and its own name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloudMapService {
    /// The namespace.
    pub namespace: Rc<str>,
    /// The service in it.
    pub service: Rc<str>,
}

/// The traffic that a task redirects to its Envoy (`APPMESH_ENABLE_IPV6`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interception {
    /// IPv4 and IPv6: nothing bypasses Envoy.
    #[default]
    Both,
    /// IPv4 only: an IPv6 connection goes straight to the application.
    Ipv4Only,
}

/// Everything around the meshes of a playground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The tasks, by name.
    pub tasks: Tasks,
    /// DNS, by host name.
    pub dns: LiteMap<Rc<str>, Rc<DnsRecords>>,
    /// Cloud Map, by service.
    pub cloud_map: LiteMap<CloudMapService, Rc<Vec<Instance>>>,
    /// The traffic that tasks redirect to their Envoys.
    pub interception: Interception,
    /// Whether App Mesh adds its default retry policy to every HTTP route, as it did for accounts that had no
    /// mesh before 29 July 2020.
    pub default_retries: bool,
    /// Whether all accounts are members of one organization that shares resources (AWS Organizations): RAM then gives
    /// access without an invitation.
    pub organization: bool,
    /// Kubernetes namespaces and their labels.
    pub namespaces: LiteMap<Name, Rc<TextMap>>,
    /// The signers of certificates, and the trusted authorities.
    pub certificates: Rc<Certificates>,
    /// The Kubernetes cluster and the objects applied to it.
    pub cluster: Rc<Cluster>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            tasks: Tasks::default(),
            dns: LiteMap::new(),
            cloud_map: LiteMap::new(),
            interception: Interception::Both,
            default_retries: true,
            organization: true,
            namespaces: LiteMap::new(),
            certificates: Rc::default(),
            cluster: Rc::default(),
        }
    }
}

impl Environment {
    /// Returns the task at an address, running or stopped. The address of a Kubernetes Service leads to a pod that it
    /// selects.
    pub fn task_at(&self, address: IpAddr) -> Option<(&Rc<str>, &Rc<Task>)> {
        let forwarded = || self.cluster.forwards.get(&address)?.iter().find_map(|pod| self.tasks.at(*pod));
        self.tasks.at(address).or_else(forwarded)
    }
}
