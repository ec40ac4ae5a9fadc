//! The playground document: one versioned JSON object for a whole world. Old versions open for ever.
//!
//! Its structures are declared as those of the API are, so reading tells every problem with its path.

use std::{collections::BTreeMap, fmt, rc::Rc, str::FromStr};

use litemap::LiteMap;
use serde_json::Value;

use super::{OpenError, yaml};
use crate::{
    control_plane::{ControlPlane, Metadata, Resource, Timestamp, check_name},
    environment::{
        CloudMapService, DnsRecords, Environment, Families, Instance, Interception, LabelSelector, Task,
    },
    model::{
        AccountId, Key, Kind, List, MeshId, Name, Problem, ResourceId, Rule, Spec, declare::structure, join,
        parse,
    },
    world::World,
};

/// The value of `format` in every document.
const FORMAT: &str = "mesh-playground";
/// The version that is written.
const VERSION: u64 = 1;

/// Why a playground document cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// It was written by a newer page.
    Newer {
        /// Its version.
        version: u64,
    },
    /// Things in it are not as they must be.
    Wrong(Vec<Problem>),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { version } => write!(
                f,
                "the document has version {version}, this page reads up to {VERSION}; reload the page to get a newer one"
            ),
            Self::Wrong(problems) => {
                // One damaged list can break a thousand rules; the first few say enough.
                for (i, problem) in problems.iter().take(5).enumerate() {
                    write!(f, "{}{problem}", if i == 0 { "" } else { "; " })?;
                }
                match problems.len() {
                    0..=5 => Ok(()),
                    count => write!(f, "; and {} more", count - 5),
                }
            }
        }
    }
}

structure! {
    /// The document.
    Document {
        "account" account: Rc<str>,
        "accounts" accounts: List<Rc<str>>,
        "environment" environment: StoredEnvironment,
        "format" format: Rc<str>,
        "region" region: Rc<str>,
        "resources" resources: List<StoredResource>,
        "selectors" selectors: Option<List<Selector>>,
        "shares" shares: Option<List<Share>>,
        "version" version: i64,
    }
}

structure! {
    /// A resource. The times are milliseconds since 1970.
    StoredResource {
        "createdAt" created_at: i64,
        "kind" kind: Rc<str>,
        "lastUpdatedAt" last_updated_at: i64,
        "mesh" mesh: Rc<str>,
        "meshOwner" mesh_owner: Rc<str>,
        "name" name: Rc<str>,
        "parent" parent: Option<Rc<str>>,
        "resourceOwner" resource_owner: Rc<str>,
        "spec" spec: Value,
        "tags" tags: Option<List<Pair>>,
        "uid" uid: Rc<str>,
        "version" version: i64,
    }
}

structure! {
    /// A key with a value: tags, labels, attributes.
    Pair {
        "key" key: Rc<str>,
        "value" value: Rc<str>,
    }
}

structure! {
    /// A mesh that is shared with an account.
    Share {
        "mesh" mesh: Rc<str>,
        "meshOwner" mesh_owner: Rc<str>,
        "with" with: Rc<str>,
    }
}

structure! {
    /// The namespace selector of a mesh.
    Selector {
        "mesh" mesh: Rc<str>,
        "meshOwner" mesh_owner: Rc<str>,
        "namespaceSelector" namespace_selector: Rc<str>,
    }
}

structure! {
    /// What is around the meshes.
    StoredEnvironment {
        "cloudMap" cloud_map: List<StoredService>,
        "defaultRetries" default_retries: bool,
        "dns" dns: List<StoredRecords>,
        "interceptsIpv6" intercepts_ipv6: bool,
        "namespaces" namespaces: Option<List<StoredNamespace>>,
        "tasks" tasks: List<StoredTask>,
    }
}

structure! {
    /// A task.
    StoredTask {
        "ipv4" ipv4: Option<Rc<str>>,
        "ipv6" ipv6: Option<Rc<str>>,
        "listensOnIpv4" listens_on_ipv4: bool,
        "listensOnIpv6" listens_on_ipv6: bool,
        "name" name: Rc<str>,
    }
}

structure! {
    /// The records of a host name.
    StoredRecords {
        "a" a: List<Rc<str>>,
        "aaaa" aaaa: List<Rc<str>>,
        "hostname" hostname: Rc<str>,
    }
}

structure! {
    /// A Cloud Map service.
    StoredService {
        "instances" instances: List<StoredInstance>,
        "namespace" namespace: Rc<str>,
        "service" service: Rc<str>,
    }
}

structure! {
    /// An instance of a Cloud Map service.
    StoredInstance {
        "attributes" attributes: Option<List<Pair>>,
        "id" id: Rc<str>,
        "ipv4" ipv4: Option<Rc<str>>,
        "ipv6" ipv6: Option<Rc<str>>,
    }
}

structure! {
    /// A Kubernetes namespace.
    StoredNamespace {
        "labels" labels: List<Pair>,
        "name" name: Rc<str>,
    }
}

/// Whether a value says that it is a playground document.
pub(super) fn is_document(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(FORMAT)
}

/// The document of a world, as JSON text.
pub fn save(world: &World) -> String {
    use crate::model::Written;

    let meshes = || world.control_plane.meshes();
    let shares = meshes().flat_map(|(id, mesh)| {
        mesh.shared_with().iter().map(|with| Share {
            mesh: id.name.clone(),
            mesh_owner: id.owner.as_str().into(),
            with: with.as_str().into(),
        })
    });
    let selectors = world.selectors.iter().map(|(id, selector)| Selector {
        mesh: id.name.clone(),
        mesh_owner: id.owner.as_str().into(),
        namespace_selector: selector.to_string().into(),
    });
    let document = Document {
        account: world.account.as_str().into(),
        accounts: world.accounts.iter().map(|account| account.as_str().into()).collect(),
        environment: stored_environment(&world.environment),
        format: FORMAT.into(),
        region: world.region.clone(),
        resources: meshes().flat_map(|(_, mesh)| mesh.resources()).map(|resource| stored(resource)).collect(),
        selectors: Some(selectors.collect()),
        shares: Some(shares.collect()),
        version: VERSION.cast_signed(),
    };
    document.write().to_string()
}

fn stored(resource: &Resource) -> StoredResource {
    let Resource { id, metadata, spec, tags } = resource;
    StoredResource {
        created_at: metadata.created_at.0,
        kind: id.key.kind.declaration().word.into(),
        last_updated_at: metadata.last_updated_at.0,
        mesh: id.mesh.name.clone(),
        mesh_owner: id.mesh.owner.as_str().into(),
        name: id.key.name.clone(),
        parent: id.key.parent.clone(),
        resource_owner: metadata.resource_owner.as_str().into(),
        spec: spec.write(),
        tags: (!tags.is_empty()).then(|| pairs(tags)),
        uid: (&*metadata.uid).into(),
        version: metadata.version,
    }
}

fn pairs(map: &BTreeMap<String, String>) -> List<Pair> {
    map.iter().map(|(key, value)| Pair { key: key.as_str().into(), value: value.as_str().into() }).collect()
}

fn stored_environment(environment: &Environment) -> StoredEnvironment {
    let text = |address: &dyn fmt::Display| -> Rc<str> { address.to_string().into() };
    let instance = |instance: &Instance| StoredInstance {
        attributes: (!instance.attributes.is_empty()).then(|| pairs(&instance.attributes)),
        id: instance.id.clone(),
        ipv4: instance.ipv4.map(|address| text(&address)),
        ipv6: instance.ipv6.map(|address| text(&address)),
    };
    let services = environment.cloud_map.iter().map(|(service, instances)| StoredService {
        instances: instances.iter().map(instance).collect(),
        namespace: service.namespace.clone(),
        service: service.service.clone(),
    });
    let hosts = environment.dns.iter().map(|(host, records)| StoredRecords {
        a: records.a.iter().map(|address| text(address)).collect(),
        aaaa: records.aaaa.iter().map(|address| text(address)).collect(),
        hostname: host.clone(),
    });
    let namespaces = environment
        .namespaces
        .iter()
        .map(|(name, labels)| StoredNamespace { labels: pairs(labels), name: name.clone() });
    let tasks = environment.tasks.iter().map(|(name, task)| StoredTask {
        ipv4: task.ipv4.map(|address| text(&address)),
        ipv6: task.ipv6.map(|address| text(&address)),
        listens_on_ipv4: task.listens_on.ipv4,
        listens_on_ipv6: task.listens_on.ipv6,
        name: name.clone(),
    });
    StoredEnvironment {
        cloud_map: services.collect(),
        default_retries: environment.default_retries,
        dns: hosts.collect(),
        intercepts_ipv6: environment.interception == Interception::Both,
        namespaces: Some(namespaces.collect()),
        tasks: tasks.collect(),
    }
}

/// Reads parts whose text must mean something, and gathers what does not.
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

    fn mesh(&mut self, name: &Name, owner: &str, path: &str) -> Option<MeshId> {
        Some(MeshId { owner: self.account(owner, join(path, "meshOwner"))?, name: name.clone() })
    }

    fn address<T: FromStr>(&mut self, text: &str, path: String) -> Option<T> {
        let address = text.parse().ok();
        if address.is_none() {
            self.wrong(path, format!("is not an address: `{}`", crate::model::excerpt(text)));
        }
        address
    }

    fn resource(&mut self, stored: &StoredResource, path: &str) -> Option<Resource> {
        let mesh = self.mesh(&stored.mesh, &stored.mesh_owner, path)?;
        let resource_owner = self.account(&stored.resource_owner, join(path, "resourceOwner"))?;
        let Some(kind) = Kind::from_word(&stored.kind) else {
            self.wrong(
                join(path, "kind"),
                format!("`{}` is not a kind of resource", crate::model::excerpt(&stored.kind)),
            );
            return None;
        };
        if kind.declaration().parent.is_some() != stored.parent.is_some() {
            self.wrong(join(path, "parent"), format!("does not fit a {}", kind.declaration().words));
            return None;
        }
        if kind == Kind::Mesh && stored.name != stored.mesh {
            self.wrong(join(path, "name"), "is not the name of its mesh".to_owned());
            return None;
        }
        if let Err(problem) = check_name(kind, &stored.name) {
            self.problems.push(Problem { path: join(path, "name"), rule: problem });
            return None;
        }
        let spec = Spec::parse(kind, &stored.spec, &join(path, "spec"));
        let spec = spec.map_err(|problems| self.problems.extend(problems)).ok()?;
        let metadata = Metadata {
            created_at: Timestamp(stored.created_at),
            last_updated_at: Timestamp(stored.last_updated_at),
            resource_owner,
            uid: (&*stored.uid).into(),
            version: stored.version,
        };
        let key = Key { kind, parent: stored.parent.clone(), name: stored.name.clone() };
        let tags = map_of(stored.tags.as_deref().unwrap_or_default());
        Some(Resource { id: ResourceId { mesh, key }, metadata, spec, tags })
    }

    fn environment(&mut self, stored: &StoredEnvironment) -> Environment {
        let mut environment = Environment {
            default_retries: stored.default_retries,
            interception: if stored.intercepts_ipv6 { Interception::Both } else { Interception::Ipv4Only },
            ..Environment::default()
        };
        for (i, task) in stored.tasks.iter().enumerate() {
            let path = format!("environment.tasks[{i}]");
            let restored = Task {
                ipv4: task.ipv4.as_deref().and_then(|text| self.address(text, join(&path, "ipv4"))),
                ipv6: task.ipv6.as_deref().and_then(|text| self.address(text, join(&path, "ipv6"))),
                listens_on: Families { ipv4: task.listens_on_ipv4, ipv6: task.listens_on_ipv6 },
            };
            environment.tasks.insert(task.name.clone(), Rc::new(restored));
        }
        for (i, host) in stored.dns.iter().enumerate() {
            let path = |member: &str, k: usize| format!("environment.dns[{i}].{member}[{k}]");
            let a = host.a.iter().enumerate();
            let aaaa = host.aaaa.iter().enumerate();
            let records = DnsRecords {
                a: a.filter_map(|(k, text)| self.address(text, path("a", k))).collect(),
                aaaa: aaaa.filter_map(|(k, text)| self.address(text, path("aaaa", k))).collect(),
            };
            environment.dns.insert(host.hostname.clone(), Rc::new(records));
        }
        for (i, service) in stored.cloud_map.iter().enumerate() {
            let instances = service.instances.iter().enumerate().map(|(k, instance)| {
                let path = format!("environment.cloudMap[{i}].instances[{k}]");
                Instance {
                    id: instance.id.clone(),
                    ipv4: instance.ipv4.as_deref().and_then(|text| self.address(text, join(&path, "ipv4"))),
                    ipv6: instance.ipv6.as_deref().and_then(|text| self.address(text, join(&path, "ipv6"))),
                    attributes: map_of(instance.attributes.as_deref().unwrap_or_default()),
                }
            });
            let instances = instances.collect();
            let name =
                CloudMapService { namespace: service.namespace.clone(), service: service.service.clone() };
            environment.cloud_map.insert(name, Rc::new(instances));
        }
        for namespace in stored.namespaces.as_deref().unwrap_or_default() {
            environment.namespaces.insert(namespace.name.clone(), Rc::new(map_of(&namespace.labels)));
        }
        environment
    }
}

fn map_of(pairs: &[Pair]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for pair in pairs {
        map.insert(pair.key.to_string(), pair.value.to_string());
    }
    map
}

/// The world that a saved text holds.
///
/// # Errors
/// When the text is no JSON, or its document is wrong.
pub fn restore_text(text: &str) -> Result<World, OpenError> {
    let value = yaml::parse_kept(text).map_err(OpenError::Syntax)?;
    restore(&value).map_err(OpenError::Document)
}

/// The world a document holds.
///
/// # Errors
/// When something in it is missing or wrong, each with its path; nothing is taken by half.
pub fn restore(value: &Value) -> Result<World, DocumentError> {
    match value.get("version").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(DocumentError::Newer { version }),
        _ => {
            let rule = Rule::Service(format!("must be a number from 1 to {VERSION}"));
            return Err(DocumentError::Wrong(vec![Problem { path: "version".to_owned(), rule }]));
        }
    }
    let document: Document = parse(value, "").map_err(DocumentError::Wrong)?;
    let mut reader = Reader { problems: Vec::new() };
    let mut control_plane = ControlPlane::default();
    let mut accounts = Vec::new();
    for (i, account) in document.accounts.iter().enumerate() {
        accounts.extend(reader.account(account, format!("accounts[{i}]")));
    }
    for (i, stored) in document.resources.iter().enumerate() {
        let path = format!("resources[{i}]");
        if let Some(resource) = reader.resource(stored, &path)
            && !control_plane.restore(resource)
        {
            reader.wrong(path, "is in a mesh, router or gateway that is not there".to_owned());
        }
    }
    for (i, share) in document.shares.as_deref().unwrap_or_default().iter().enumerate() {
        let path = format!("shares[{i}]");
        let mesh = reader.mesh(&share.mesh, &share.mesh_owner, &path);
        let with = reader.account(&share.with, join(&path, "with"));
        if let Some((mesh, with)) = mesh.zip(with)
            && let Err(error) = control_plane.share(&mesh, &with)
        {
            reader.wrong(path, error.to_string());
        }
    }
    let mut selectors = LiteMap::new();
    for (i, selector) in document.selectors.as_deref().unwrap_or_default().iter().enumerate() {
        let path = format!("selectors[{i}]");
        let mesh = reader.mesh(&selector.mesh, &selector.mesh_owner, &path);
        match (mesh, selector.namespace_selector.parse::<LabelSelector>()) {
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
    let environment = Rc::new(reader.environment(&document.environment));
    let account = reader.account(&document.account, "account".to_owned());
    match account {
        Some(account) if reader.problems.is_empty() && accounts.contains(&account) => {
            Ok(World { control_plane, environment, accounts, account, region: document.region, selectors })
        }
        Some(account) if !accounts.contains(&account) => {
            reader.wrong("account".to_owned(), format!("{account} is not among the accounts"));
            Err(DocumentError::Wrong(reader.problems))
        }
        _ => Err(DocumentError::Wrong(reader.problems)),
    }
}
