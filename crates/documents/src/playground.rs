//! The playground document: one versioned JSON object for a whole world. Old versions can always be opened.
//!
//! Its structures are declared like those of the API, so reading reports every problem with its path.
// The names of the members document themselves, as in the JSON.
#![allow(missing_docs)]

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
    str::FromStr,
};

use litemap::LiteMap;
use serde_json::Value;

mod stacks;

use app_mesh_engine::{
    control_plane::{
        ControlPlane, Invitation, InvitationStatus, Metadata, Resource, ResourceShare, Timestamp, check_name,
    },
    environment::{
        Certificate, Certificates, CloudMapService, Cluster, ClusterObject, DnsRecords, Environment,
        Families, Family, Instance, Interception, LabelSelector, MOST_NAMES, ObjectKey, ObjectState, Task,
        is_certificate_word,
    },
    model::{
        AccountId, Items, Key, Kind, List, MeshId, Name, Problem, ResourceId, Rule, Spec, TextMap, View,
        Written, declare::structure_by, excerpt, join, object, parse,
    },
    world::World,
};
use mesh_text::json::compact;
use mesh_text::{
    job::{LocalBoxFuture, Pace, at_once},
    words::{english, say},
};
use stacks::StoredStack;

use super::{
    Note, OpenError,
    guess::{old_names, unresolved_backends},
    open::RESOURCE,
    yaml,
};

/// Value of `format` in every document.
const FORMAT: &str = "mesh-playground";
/// Version that is written.
const VERSION: u64 = 1;

/// Reason why a playground document cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// A newer version of the page wrote the document.
    Newer {
        /// Version of the document.
        version: u64,
    },
    /// Members of the document are missing or invalid.
    Wrong(Vec<Problem>),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { version } => f.write_str(&say(
                "the document has version {0}, this page reads up to {1}; reload the page to get a newer one",
                &[&version.to_string(), &VERSION.to_string()],
            )),
            Self::Wrong(problems) => {
                // One damaged list can break a thousand rules; the first five are enough.
                for (i, problem) in problems.iter().take(5).enumerate() {
                    write!(f, "{}{problem}", if i == 0 { "" } else { "; " })?;
                }
                match problems.len() {
                    0..=5 => Ok(()),
                    count => f.write_str(&say("; and {0} more", &[&(count - 5).to_string()])),
                }
            }
        }
    }
}

structure_by! {
    /// The document.
    Document by DocumentMembers {
        "account" account: String,
        "accounts" accounts: List<String>,
        "environment" environment: StoredEnvironment,
        "format" format: String,
        "quotas" quotas: Option<bool>,
        "region" region: String,
        "resourceShares" resource_shares: Option<List<StoredShare>>,
        "resources" resources: List<StoredResource>,
        "selectors" selectors: Option<List<Selector>>,
        "shares" shares: Option<List<Share>>,
        "stacks" stacks: Option<List<StoredStack>>,
        "version" version: i64,
    }
}

structure_by! {
    /// A resource. The times are milliseconds since 1970.
    StoredResource by StoredResourceMembers {
        "createdAt" created_at: i64,
        "kind" kind: String,
        "lastUpdatedAt" last_updated_at: i64,
        "mesh" mesh: String,
        "meshOwner" mesh_owner: String,
        "name" name: String,
        "parent" parent: Option<String>,
        "resourceOwner" resource_owner: String,
        "spec" spec: Value,
        "tags" tags: Option<List<Pair>>,
        "uid" uid: String,
        "version" version: i64,
    }
}

structure_by! {
    /// A key with a value: tags, labels, attributes.
    Pair by PairMembers {
        "key" key: String,
        "value" value: String,
    }
}

structure_by! {
    /// A mesh that is shared with an account, as stored before documents had resource shares.
    Share by ShareMembers {
        "mesh" mesh: String,
        "meshOwner" mesh_owner: String,
        "with" with: String,
    }
}

structure_by! {
    /// A resource share.
    StoredShare by StoredShareMembers {
        "external" external: Option<bool>,
        "id" id: String,
        "invitations" invitations: Option<List<StoredInvitation>>,
        "meshes" meshes: List<String>,
        "name" name: String,
        "owner" owner: String,
        "principals" principals: List<String>,
    }
}

structure_by! {
    /// An invitation to a resource share. The time is milliseconds since 1970.
    StoredInvitation by StoredInvitationMembers {
        "at" at: i64,
        "id" id: String,
        "status" status: String,
        "to" to: String,
    }
}

structure_by! {
    /// The namespace selector of a mesh.
    Selector by SelectorMembers {
        "mesh" mesh: String,
        "meshOwner" mesh_owner: String,
        "namespaceSelector" namespace_selector: String,
    }
}

structure_by! {
    /// The environment of the meshes.
    StoredEnvironment by StoredEnvironmentMembers {
        "certificates" certificates: Option<List<StoredCertificate>>,
        "cloudMap" cloud_map: List<StoredService>,
        "cluster" cluster: Option<StoredCluster>,
        "defaultRetries" default_retries: bool,
        "dns" dns: List<StoredRecords>,
        "dnsIsWhole" dns_is_whole: Option<bool>,
        "interceptsIpv6" intercepts_ipv6: bool,
        "namespaces" namespaces: Option<List<StoredNamespace>>,
        "organization" organization: Option<bool>,
        "tasks" tasks: List<StoredTask>,
        "trust" trust: Option<List<StoredTrust>>,
    }
}

structure_by! {
    /// The stated facts of a certificate.
    StoredCertificate by StoredCertificateMembers {
        "authority" authority: Option<String>,
        "certificate" certificate: String,
        "names" names: Option<List<String>>,
    }
}

structure_by! {
    /// The authorities in a trust store.
    StoredTrust by StoredTrustMembers {
        "authorities" authorities: List<String>,
        "store" store: String,
    }
}

structure_by! {
    /// The Kubernetes cluster.
    StoredCluster by StoredClusterMembers {
        "backendGroups" backend_groups: bool,
        "forwards" forwards: List<StoredForward>,
        "ipv6" ipv6: bool,
        "objects" objects: List<StoredObject>,
    }
}

structure_by! {
    /// Targets of the address of a Service.
    StoredForward by StoredForwardMembers {
        "address" address: String,
        "to" to: List<String>,
    }
}

structure_by! {
    /// An object of the cluster. The time is milliseconds since 1970.
    StoredObject by StoredObjectMembers {
        "added" added: List<Pair>,
        "createdAt" created_at: i64,
        "generation" generation: i64,
        "kind" kind: String,
        "manifest" manifest: Value,
        "name" name: String,
        "namespace" namespace: String,
        "reason" reason: Option<String>,
        "state" state: String,
        "uid" uid: String,
    }
}

structure_by! {
    /// A task.
    StoredTask by StoredTaskMembers {
        "ipv4" ipv4: Option<String>,
        "ipv6" ipv6: Option<String>,
        "listensOnIpv4" listens_on_ipv4: bool,
        "listensOnIpv6" listens_on_ipv6: bool,
        "name" name: String,
        "running" running: Option<bool>,
    }
}

structure_by! {
    /// The records of a host name.
    StoredRecords by StoredRecordsMembers {
        "a" a: List<String>,
        "aaaa" aaaa: List<String>,
        "hostname" hostname: String,
    }
}

structure_by! {
    /// A Cloud Map service.
    StoredService by StoredServiceMembers {
        "instances" instances: List<StoredInstance>,
        "namespace" namespace: String,
        "service" service: String,
    }
}

structure_by! {
    /// An instance of a Cloud Map service.
    StoredInstance by StoredInstanceMembers {
        "attributes" attributes: Option<List<Pair>>,
        "id" id: String,
        "ipv4" ipv4: Option<String>,
        "ipv6" ipv6: Option<String>,
    }
}

structure_by! {
    /// A Kubernetes namespace.
    StoredNamespace by StoredNamespaceMembers {
        "labels" labels: List<Pair>,
        "name" name: String,
    }
}

/// Returns whether a value claims to be a playground document.
pub(super) fn is_document(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(FORMAT)
}

/// Serializes a world to a document, as JSON text.
pub fn save(world: &World) -> String {
    compact(&to_value(world))
}

/// Serializes a world to a document, as a JSON value.
pub fn to_value(world: &World) -> Value {
    let meshes = || world.control_plane.meshes();
    let shares = world.control_plane.shares().map(|share| {
        let invitations = share.invitations.iter().map(|invitation| {
            object(&[
                ("at", &invitation.at.0),
                ("id", &&*invitation.id),
                ("status", &invitation.status.as_str()),
                ("to", &invitation.to.as_str()),
            ])
        });
        // Absent if there are none, as in documents of older versions.
        let invitations = (!share.invitations.is_empty()).then(|| list(invitations));
        object(&[
            ("external", &share.external),
            ("id", &&*share.id),
            ("invitations", &invitations),
            ("meshes", &list(share.meshes.iter().map(|mesh| mesh.name.write()))),
            ("name", &share.name),
            ("owner", &share.owner.as_str()),
            ("principals", &list(share.principals.iter().map(|account| account.as_str().write()))),
        ])
    });
    let selectors = world.selectors.iter().map(|(id, selector)| {
        let text = selector.to_string();
        object(&[("mesh", &id.name), ("meshOwner", &id.owner.as_str()), ("namespaceSelector", &text)])
    });
    let resources = meshes().flat_map(|(_, mesh)| mesh.resources());
    object(&[
        ("account", &world.account.as_str()),
        ("accounts", &list(world.accounts.iter().map(|account| account.as_str().write()))),
        ("environment", &stored_environment(world)),
        ("format", &FORMAT),
        ("quotas", &world.control_plane.enforces_quotas),
        ("region", &world.region),
        ("resourceShares", &list(shares)),
        ("resources", &list(resources.map(|resource| stored(resource)))),
        ("selectors", &list(selectors)),
        ("stacks", &stacks::write(world)),
        ("version", &VERSION.cast_signed()),
    ])
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::Array(items.collect())
}

fn stored(resource: &Resource) -> Value {
    let Resource { id, metadata, spec, tags } = resource;
    object(&[
        ("createdAt", &metadata.created_at.0),
        ("kind", &id.key.kind.declaration().word),
        ("lastUpdatedAt", &metadata.last_updated_at.0),
        ("mesh", &id.mesh.name),
        ("meshOwner", &id.mesh.owner.as_str()),
        ("name", &id.key.name),
        ("parent", &id.key.parent),
        ("resourceOwner", &metadata.resource_owner.as_str()),
        ("spec", spec.json()),
        ("tags", &some_pairs(tags)),
        ("uid", &&*metadata.uid),
        ("version", &metadata.version),
    ])
}

fn pairs(map: &TextMap) -> Value {
    list(map.iter().map(|(key, value)| object(&[("key", key), ("value", value)])))
}

/// Returns `None` for an empty map.
fn some_pairs(map: &TextMap) -> Option<Value> {
    (!map.is_empty()).then(|| pairs(map))
}

fn address(address: Option<impl Into<IpAddr>>) -> Option<String> {
    address.map(|address| address.into().to_string())
}

fn stored_environment(world: &World) -> Value {
    let environment = &world.environment;
    let instance = |instance: &Instance| {
        object(&[
            ("attributes", &some_pairs(&instance.attributes)),
            ("id", &instance.id),
            ("ipv4", &address(instance.ipv4)),
            ("ipv6", &address(instance.ipv6)),
        ])
    };
    let services = environment.cloud_map.iter().map(|(service, instances)| {
        object(&[
            ("instances", &list(instances.iter().map(instance))),
            ("namespace", &service.namespace),
            ("service", &service.service),
        ])
    });
    let hosts = environment.dns.iter().map(|(host, records)| {
        object(&[
            ("a", &list(records.a.iter().map(|ipv4| address(Some(*ipv4)).write()))),
            ("aaaa", &list(records.aaaa.iter().map(|ipv6| address(Some(*ipv6)).write()))),
            ("hostname", host),
        ])
    });
    let namespaces = environment
        .namespaces
        .iter()
        .map(|(name, labels)| object(&[("labels", &pairs(labels)), ("name", name)]));
    let tasks = environment.tasks.iter().map(|(name, task)| {
        object(&[
            ("ipv4", &address(task.ipv4)),
            ("ipv6", &address(task.ipv6)),
            ("listensOnIpv4", &task.listens_on.ipv4),
            ("listensOnIpv6", &task.listens_on.ipv6),
            ("name", name),
            // Written only for a stopped task, so that documents do not grow.
            ("running", &(!task.is_running).then_some(false)),
        ])
    });
    let (certificates, trust) = stored_certificates(&environment.certificates);
    object(&[
        ("certificates", &certificates),
        ("cloudMap", &list(services)),
        ("cluster", &(!environment.cluster.is_new()).then(|| stored_cluster(&environment.cluster))),
        ("defaultRetries", &environment.default_retries),
        ("dns", &list(hosts)),
        // Written only if a backend's name has no record, to distinguish this document from documents from before names
        // needed a record.
        ("dnsIsWhole", &(!unresolved_backends(&world.control_plane, environment).is_empty()).then_some(true)),
        ("interceptsIpv6", &(environment.interception == Interception::Both)),
        ("namespaces", &list(namespaces)),
        // Written only if off, so that documents do not grow.
        ("organization", &(!environment.organization).then_some(false)),
        ("tasks", &list(tasks)),
        ("trust", &trust),
    ])
}

/// Returns `None` for absent statements, so that documents do not grow.
fn stored_certificates(certificates: &Certificates) -> (Option<Value>, Option<Value>) {
    let words = |words: &[Rc<str>]| list(words.iter().map(|word| word.write()));
    let issued = certificates.issued.iter().map(|(certificate, stated)| {
        object(&[
            ("authority", &stated.authority),
            ("certificate", certificate),
            ("names", &stated.names.as_deref().map(words)),
        ])
    });
    let trusted = certificates
        .trusted
        .iter()
        .map(|(store, held)| object(&[("authorities", &words(held)), ("store", store)]));
    (
        (!certificates.issued.is_empty()).then(|| list(issued)),
        (!certificates.trusted.is_empty()).then(|| list(trusted)),
    )
}

fn stored_cluster(cluster: &Cluster) -> Value {
    let objects = cluster.objects.iter().map(|(key, kept)| {
        object(&[
            ("added", &pairs(&kept.added)),
            ("createdAt", &kept.created_at),
            ("generation", &kept.generation),
            ("kind", &key.kind),
            ("manifest", &kept.manifest),
            ("name", &key.name),
            ("namespace", &key.namespace),
            ("reason", &(!kept.reason.is_empty()).then(|| kept.reason.to_string())),
            ("state", &kept.state.as_str()),
            ("uid", &&*kept.uid),
        ])
    });
    let forwards = cluster.forwards.iter().map(|(from, to)| {
        let to = list(to.iter().map(|to| to.to_string().write()));
        object(&[("address", &from.to_string()), ("to", &to)])
    });
    object(&[
        ("backendGroups", &cluster.backend_groups),
        ("forwards", &list(forwards)),
        ("ipv6", &(cluster.family == Family::V6)),
        ("objects", &list(objects)),
    ])
}

/// Reads the values whose text has a meaning, and collects those that are invalid.
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, path: String, text: String) {
        self.problems.push(Problem { path, rule: Rule::Service(text) });
    }

    fn account(&mut self, text: &str, path: String) -> Option<AccountId> {
        text.parse().map_err(|rule| self.problems.push(Problem { path, rule })).ok()
    }

    fn mesh(&mut self, name: &str, owner: &str, path: &str) -> Option<MeshId> {
        Some(MeshId { owner: self.account(owner, join(path, "meshOwner"))?, name: name.into() })
    }

    fn address<T: FromStr>(&mut self, text: Option<&str>, path: &str, member: &str) -> Option<T> {
        let text = text?;
        let address = text.parse().ok();
        if address.is_none() {
            self.wrong(join(path, member), format!("is not an address: `{}`", excerpt(text)));
        }
        address
    }

    fn resource(&mut self, stored: View<StoredResource>, path: &str) -> Option<Resource> {
        let mesh = self.mesh(stored.mesh(), stored.mesh_owner(), path)?;
        let resource_owner = self.account(stored.resource_owner(), join(path, "resourceOwner"))?;
        let Some(kind) = Kind::from_word(stored.kind()) else {
            let text = format!("`{}` is not a kind of resource", excerpt(stored.kind()));
            self.wrong(join(path, "kind"), text);
            return None;
        };
        if kind.declaration().parent.is_some() != stored.parent().is_some() {
            self.wrong(join(path, "parent"), format!("does not fit a {}", kind.declaration().words));
            return None;
        }
        if kind == Kind::Mesh && stored.name() != stored.mesh() {
            self.wrong(join(path, "name"), "is not the name of its mesh".to_owned());
            return None;
        }
        if let Err(problem) = check_name(kind, stored.name()) {
            self.problems.push(Problem { path: join(path, "name"), rule: problem });
            return None;
        }
        let spec = Spec::parse(kind, stored.spec(), &join(path, "spec"));
        let spec = spec.map_err(|problems| self.problems.extend(problems)).ok()?;
        let metadata = Metadata {
            created_at: Timestamp(stored.created_at()),
            last_updated_at: Timestamp(stored.last_updated_at()),
            resource_owner,
            uid: stored.uid().into(),
            version: stored.version(),
        };
        let key = Key { kind, parent: stored.parent().map(Name::from), name: stored.name().into() };
        let tags = map_of(stored.tags().unwrap_or_default());
        Some(Resource { id: ResourceId { mesh, key }, metadata, spec, tags })
    }

    fn environment(&mut self, stored: View<StoredEnvironment>) -> Environment {
        let mut environment = Environment {
            default_retries: stored.default_retries(),
            organization: stored.organization().unwrap_or(true),
            interception: if stored.intercepts_ipv6() { Interception::Both } else { Interception::Ipv4Only },
            ..Environment::default()
        };
        for (i, task) in stored.tasks().iter().enumerate() {
            let path = format!("environment.tasks[{i}]");
            let restored = Task {
                ipv4: self.address(task.ipv4(), &path, "ipv4"),
                ipv6: self.address(task.ipv6(), &path, "ipv6"),
                listens_on: Families { ipv4: task.listens_on_ipv4(), ipv6: task.listens_on_ipv6() },
                is_running: task.running().unwrap_or(true),
            };
            environment.tasks.insert(task.name().into(), Rc::new(restored));
        }
        for (i, host) in stored.dns().iter().enumerate() {
            let path = format!("environment.dns[{i}]");
            let mut records = DnsRecords::default();
            for (k, text) in host.a().iter().enumerate() {
                records.a.extend(self.address::<Ipv4Addr>(Some(text), &path, &format!("a[{k}]")));
            }
            for (k, text) in host.aaaa().iter().enumerate() {
                records.aaaa.extend(self.address::<Ipv6Addr>(Some(text), &path, &format!("aaaa[{k}]")));
            }
            environment.dns.insert(host.hostname().into(), Rc::new(records));
        }
        for (i, service) in stored.cloud_map().iter().enumerate() {
            let instances = service.instances().iter().enumerate().map(|(k, instance)| {
                let path = format!("environment.cloudMap[{i}].instances[{k}]");
                Instance {
                    id: instance.id().into(),
                    ipv4: self.address(instance.ipv4(), &path, "ipv4"),
                    ipv6: self.address(instance.ipv6(), &path, "ipv6"),
                    attributes: map_of(instance.attributes().unwrap_or_default()),
                }
            });
            let instances = instances.collect();
            let name =
                CloudMapService { namespace: service.namespace().into(), service: service.service().into() };
            environment.cloud_map.insert(name, Rc::new(instances));
        }
        environment.certificates = Rc::new(self.certificates(stored));
        for namespace in stored.namespaces().unwrap_or_default().iter() {
            environment.namespaces.insert(namespace.name().into(), Rc::new(map_of(namespace.labels())));
        }
        if let Some(cluster) = stored.cluster() {
            environment.cluster = Rc::new(self.cluster(cluster));
        }
        environment
    }

    fn cluster(&mut self, stored: View<StoredCluster>) -> Cluster {
        let mut cluster = Cluster {
            family: if stored.ipv6() { Family::V6 } else { Family::V4 },
            backend_groups: stored.backend_groups(),
            ..Cluster::default()
        };
        if stored.objects().len() > Cluster::MOST_OBJECTS {
            let text = format!("must have at most {} objects", Cluster::MOST_OBJECTS);
            self.wrong("environment.cluster.objects".to_owned(), text);
            return cluster;
        }
        for object in stored.objects().iter() {
            let kept = ClusterObject {
                manifest: object.manifest().clone(),
                added: map_of(object.added()),
                created_at: object.created_at(),
                uid: object.uid().into(),
                generation: object.generation(),
                state: ObjectState::from_word(object.state()),
                reason: object.reason().unwrap_or_default().into(),
            };
            let key = ObjectKey::new(object.kind(), object.namespace(), object.name());
            cluster.objects.insert(key, Rc::new(kept));
        }
        for (i, forward) in stored.forwards().iter().enumerate() {
            let path = format!("environment.cluster.forwards[{i}]");
            let from = self.address::<IpAddr>(Some(forward.address()), &path, "address");
            let mut to = Vec::new();
            for (k, text) in forward.to().iter().enumerate() {
                to.extend(self.address::<IpAddr>(Some(text), &path, &format!("to[{k}]")));
            }
            if let Some(from) = from {
                cluster.forwards.insert(from, to);
            }
        }
        cluster
    }
}

impl Reader {
    fn certificates(&mut self, stored: View<StoredEnvironment>) -> Certificates {
        let mut certificates = Certificates::default();
        for (i, certificate) in stored.certificates().unwrap_or_default().iter().enumerate() {
            let path = format!("environment.certificates[{i}]");
            let authority = certificate.authority();
            let authority = authority.and_then(|word| self.word(word, join(&path, "authority")));
            let names = certificate.names().map(|names| self.words(names, &path, "names"));
            let stated = Certificate { authority, names };
            certificates.issued.insert(certificate.certificate().into(), Rc::new(stated));
        }
        for (i, trust) in stored.trust().unwrap_or_default().iter().enumerate() {
            let authorities =
                self.words(trust.authorities(), &format!("environment.trust[{i}]"), "authorities");
            certificates.trusted.insert(trust.store().into(), Rc::new(authorities));
        }
        certificates
    }

    /// Reads the name of a certificate or of an authority.
    fn word(&mut self, word: &str, path: String) -> Option<Rc<str>> {
        if !is_certificate_word(word) {
            self.wrong(path, format!("is no name for a certificate: `{}`", excerpt(word)));
            return None;
        }
        Some(word.into())
    }

    fn words(&mut self, words: Items<String>, path: &str, member: &str) -> Vec<Rc<str>> {
        if words.iter().count() > MOST_NAMES {
            self.wrong(join(path, member), format!("has more than {MOST_NAMES} items"));
            return Vec::new();
        }
        let words = words.iter().enumerate();
        words.filter_map(|(i, word)| self.word(word, format!("{path}.{member}[{i}]"))).collect()
    }
}

fn map_of(pairs: Items<Pair>) -> TextMap {
    let mut map = TextMap::new();
    for pair in pairs.iter() {
        map.insert(pair.key().to_owned(), pair.value().to_owned());
    }
    map
}

/// Restores the world from the text of a saved document.
///
/// # Errors
/// Returns an error if the text is not JSON, or the document is invalid.
pub fn restore_text(text: &str) -> Result<World, OpenError> {
    at_once(|pace| async move { restore_text_paced(text, &pace).await })
}

/// Like [`restore_text`], but runs in slices.
///
/// # Errors
/// As [`restore_text`].
pub fn restore_text_paced<'w>(text: &'w str, pace: &'w Pace) -> LocalBoxFuture<'w, Result<World, OpenError>> {
    Box::pin(async move {
        let value = yaml::parse_kept_paced(text, pace).await.map_err(OpenError::Syntax)?;
        restore_paced(&value, pace).await.map_err(OpenError::Document)
    })
}

/// Restores the world from a document.
///
/// # Errors
/// Returns an error if something is missing or invalid, with the path of each problem; nothing is restored in part.
pub fn restore(value: &Value) -> Result<World, DocumentError> {
    at_once(|pace| async move { restore_paced(value, &pace).await })
}

/// Like [`restore`], but runs in slices.
///
/// # Errors
/// As [`restore`].
pub fn restore_paced<'w>(
    value: &'w Value,
    pace: &'w Pace,
) -> LocalBoxFuture<'w, Result<World, DocumentError>> {
    Box::pin(async move { restore_telling(value, pace).await.map(|(world, _)| world) })
}

/// Like [`restore_paced`], but also returns notes on the assumptions made for a document of an older version.
pub(super) async fn restore_telling(value: &Value, pace: &Pace) -> Result<(World, Vec<Note>), DocumentError> {
    match value.get("version").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(DocumentError::Newer { version }),
        _ => {
            let rule = Rule::Service(format!("must be a number from 1 to {VERSION}"));
            return Err(DocumentError::Wrong(vec![Problem { path: "version".to_owned(), rule }]));
        }
    }
    let count = value.get("resources").and_then(Value::as_array).map_or(0, Vec::len);
    pace.work(RESOURCE * count).await;
    let document = parse::<Document>(value, "").map_err(DocumentError::Wrong)?;
    let mut reader = Reader { problems: Vec::new() };
    let mut control_plane = ControlPlane::default();
    let mut accounts = Vec::new();
    for (i, account) in document.accounts().iter().enumerate() {
        accounts.extend(reader.account(account, format!("accounts[{i}]")));
    }
    pace.begin(english("{0} of {1} resources read"), document.resources().len());
    for (i, stored) in document.resources().iter().enumerate() {
        pace.reach(i);
        pace.work(RESOURCE).await;
        let path = format!("resources[{i}]");
        if let Some(resource) = reader.resource(stored, &path)
            && !control_plane.restore(resource)
        {
            reader.wrong(path, "is in a mesh, router or gateway that is not there".to_owned());
        }
    }
    for (i, share) in document.shares().unwrap_or_default().iter().enumerate() {
        let path = format!("shares[{i}]");
        let mesh = reader.mesh(share.mesh(), share.mesh_owner(), &path);
        let with = reader.account(share.with(), join(&path, "with"));
        if let Some((mesh, with)) = mesh.zip(with)
            && let Err(error) = control_plane.share(&mesh, &with)
        {
            reader.wrong(path, error.to_string());
        }
    }
    for (i, stored) in document.resource_shares().unwrap_or_default().iter().enumerate() {
        let path = format!("resourceShares[{i}]");
        let Some(owner) = reader.account(stored.owner(), join(&path, "owner")) else { continue };
        let meshes = stored.meshes().iter();
        let meshes = meshes.map(|name| MeshId { owner: owner.clone(), name: name.into() }).collect();
        let mut principals = Vec::new();
        for (k, account) in stored.principals().iter().enumerate() {
            principals.extend(reader.account(account, format!("{path}.principals[{k}]")));
        }
        let mut invitations = Vec::new();
        for (k, invitation) in stored.invitations().unwrap_or_default().iter().enumerate() {
            let path = format!("{path}.invitations[{k}]");
            let status =
                InvitationStatus::ALL.into_iter().find(|status| status.as_str() == invitation.status());
            if status.is_none() {
                reader.wrong(join(&path, "status"), format!("is no status: {}", invitation.status()));
            }
            let to = reader.account(invitation.to(), join(&path, "to"));
            let (id, at) = (invitation.id().into(), Timestamp(invitation.at()));
            invitations.extend(to.zip(status).map(|(to, status)| Invitation { id, to, at, status }));
        }
        let (id, name, external) = (stored.id().into(), stored.name().into(), stored.external());
        let share = ResourceShare { id, name, owner, meshes, principals, external, invitations };
        if !control_plane.restore_share(share) {
            reader.wrong(path, "is of a mesh that is not there".to_owned());
        }
    }
    control_plane.enforces_quotas = document.quotas().unwrap_or(true);
    let mut selectors = LiteMap::new();
    for (i, selector) in document.selectors().unwrap_or_default().iter().enumerate() {
        let path = format!("selectors[{i}]");
        let mesh = reader.mesh(selector.mesh(), selector.mesh_owner(), &path);
        match (mesh, selector.namespace_selector().parse::<LabelSelector>()) {
            (_, Err(error)) => {
                reader.wrong(join(&path, "namespaceSelector"), format!("is no selector: {error}"))
            }
            (Some(mesh), Ok(_)) if control_plane.mesh(&mesh).is_none() => {
                reader.wrong(path, "is for a mesh that is not there".to_owned());
            }
            (Some(mesh), Ok(parsed)) => drop(selectors.insert(mesh, Rc::new(parsed))),
            (None, Ok(_)) => {}
        }
    }
    let stacks = stacks::read(&mut reader, document.stacks().unwrap_or_default());
    let mut environment = reader.environment(document.environment());
    let mut notes = Vec::new();
    if document.environment().dns_is_whole() != Some(true) {
        let names = unresolved_backends(&control_plane, &environment);
        notes = old_names(&mut environment, &names);
    }
    let environment = Rc::new(environment);
    let account = reader.account(document.account(), "account".to_owned());
    match account {
        Some(account) if reader.problems.is_empty() && accounts.contains(&account) => {
            let region = document.region().into();
            Ok((World { control_plane, environment, accounts, account, region, selectors, stacks }, notes))
        }
        Some(account) if !accounts.contains(&account) => {
            reader.wrong("account".to_owned(), format!("{account} is not among the accounts"));
            Err(DocumentError::Wrong(reader.problems))
        }
        _ => Err(DocumentError::Wrong(reader.problems)),
    }
}
