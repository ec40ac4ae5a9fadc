//! Changes of the environment: the conditions that instructors change to demonstrate failures.

use std::{net::IpAddr, rc::Rc};

use app_mesh_engine::{
    environment::{
        Certificate, CloudMapService, Environment, Families, Family, ITSELF, Instance, Interception, Task,
        Tasks,
    },
    model::{Name, TextMap},
    traffic::DiscoveryMethod,
};
use litemap::LiteMap;
use mesh_documents::echo::{Form, families_word, line};
use mesh_text::words::{english, say, t};

/// One change of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentChange {
    /// Publish or withdraw the addresses of one family under which a task is registered.
    Register {
        /// Discovery method and name.
        by: DiscoveryMethod,
        /// Task that has the addresses.
        task: Rc<str>,
        /// Address family.
        family: Family,
        /// Whether to publish or to withdraw.
        on: bool,
    },
    /// Publish or withdraw a DNS record, regardless of which task has its address.
    Record {
        /// The host name.
        host: Rc<str>,
        /// The address.
        address: IpAddr,
        /// Whether to publish or to withdraw.
        on: bool,
    },
    /// Add or replace a task, or remove one; its registrations stay.
    Task {
        /// Name of the task.
        name: Rc<str>,
        /// The task; `None` removes it.
        task: Option<Rc<Task>>,
    },
    /// Add or replace a Kubernetes namespace with its labels, or remove one.
    Namespace {
        /// Name of the namespace.
        name: Name,
        /// Labels of the namespace; `None` removes it.
        labels: Option<TextMap>,
    },
    /// State the known facts of a certificate.
    Certificate {
        /// Reference to the certificate.
        certificate: Rc<str>,
        /// Authority and names of the certificate.
        stated: Rc<Certificate>,
    },
    /// State the authorities in a trust store.
    Trust {
        /// Reference to the trust store.
        store: Rc<str>,
        /// The authorities.
        authorities: Vec<Rc<str>>,
    },
    /// Remove the stated facts of a certificate or trust store; assumptions apply again.
    ForgetCertificate(Rc<str>),
    /// Change the address families on which the application of a task listens.
    ListenOn {
        /// The task.
        task: Rc<str>,
        /// The families.
        families: Families,
    },
    /// Start or stop a task; its registrations stay.
    Run {
        /// The task.
        task: Rc<str>,
        /// Whether to start or to stop.
        on: bool,
    },
    /// Change which traffic is redirected to Envoy.
    Intercept(Interception),
    /// Turn App Mesh's default retry policy on or off.
    DefaultRetries(bool),
    /// Set whether all accounts are members of one organization that shares resources.
    Organization(bool),
}

impl EnvironmentChange {
    /// Applies the change. Returns `None` if its subject does not exist.
    pub(super) fn apply(&self, environment: &Environment) -> Option<Environment> {
        let mut environment = environment.clone();
        match self {
            Self::Register { by, task, family, on } => {
                let address = {
                    let task = environment.tasks.get(task)?;
                    match family {
                        Family::V4 => IpAddr::V4(task.ipv4?),
                        Family::V6 => IpAddr::V6(task.ipv6?),
                    }
                };
                match by {
                    DiscoveryMethod::Dns(host) => set_record(&mut environment, host, address, *on),
                    DiscoveryMethod::CloudMap(service) => {
                        set_instance(&mut environment, service, task, address, *on);
                    }
                }
            }
            Self::Record { host, address, on } => set_record(&mut environment, host, *address, *on),
            Self::Task { name, task: Some(task) } => environment.tasks.insert(name.clone(), task.clone()),
            Self::Task { name, task: None } => {
                let mut others = Tasks::default();
                for (other, task) in environment.tasks.iter().filter(|(other, _)| *other != name) {
                    others.insert(other.clone(), task.clone());
                }
                environment.tasks = others;
            }
            Self::Namespace { name, labels: Some(labels) } => {
                environment.namespaces.insert(name.clone(), Rc::new(labels.clone()));
            }
            Self::Namespace { name, labels: None } => drop(environment.namespaces.remove(name)?),
            Self::Certificate { certificate, stated } => {
                let certificates = Rc::make_mut(&mut environment.certificates);
                certificates.issued.insert(certificate.clone(), stated.clone());
            }
            Self::Trust { store, authorities } => {
                let certificates = Rc::make_mut(&mut environment.certificates);
                certificates.trusted.insert(store.clone(), Rc::new(authorities.clone()));
            }
            Self::ForgetCertificate(reference) => {
                let certificates = Rc::make_mut(&mut environment.certificates);
                let issued = certificates.issued.remove(reference);
                let trusted = certificates.trusted.remove(reference);
                if issued.is_none() && trusted.is_none() {
                    return None;
                }
            }
            Self::ListenOn { task, families } => {
                Rc::make_mut(environment.tasks.get_mut(task)?).listens_on = *families;
            }
            Self::Run { task, on } => {
                Rc::make_mut(environment.tasks.get_mut(task)?).is_running = *on;
            }
            Self::Intercept(interception) => environment.interception = *interception,
            Self::DefaultRetries(on) => environment.default_retries = *on,
            Self::Organization(on) => environment.organization = *on,
        }
        Some(environment)
    }

    /// Returns the name of the subject of the change, for the message if it is missing.
    pub(super) const fn subject(&self) -> &'static str {
        match self {
            Self::Namespace { .. } => english("the namespace"),
            Self::ForgetCertificate(_) => english("a statement about the certificate"),
            _ => english("the task"),
        }
    }

    /// Returns the terminal line with the same effect in `environment`, the state before the change.
    pub fn line(&self, environment: &Environment) -> String {
        let verb = |on: bool| if on { "add" } else { "remove" };
        let switch = |on: bool| if on { "on" } else { "off" };
        let record = |host: &str, family: Family, address: &str, on: bool| {
            let kind = if family == Family::V4 { "A" } else { "AAAA" };
            line(Form::Dns, &[verb(on), host, kind, address])
        };
        match self {
            Self::Register { by, task, family, on } => match by {
                DiscoveryMethod::Dns(host) => {
                    // The address is more specific than the task, and the line also works if the task does not exist.
                    let found = environment.tasks.get(task);
                    let mut found = found.into_iter().flat_map(|task| task.addresses());
                    match found.find(|address| Family::of(*address) == *family) {
                        Some(address) => record(host, *family, &address.to_string(), *on),
                        None => record(host, *family, task, *on),
                    }
                }
                DiscoveryMethod::CloudMap(CloudMapService { namespace, service }) => {
                    let family = if *family == Family::V4 { "ipv4" } else { "ipv6" };
                    line(Form::CloudMap, &[verb(*on), namespace, service, task, family])
                }
            },
            Self::Record { host, address, on } => {
                record(host, Family::of(*address), &address.to_string(), *on)
            }
            Self::Task { name, task: Some(task) } => {
                let addresses: Vec<_> = task.addresses().map(|address| address.to_string()).collect();
                line(Form::NewTask, &[name, &addresses.join(",")])
            }
            Self::Task { name, task: None } => line(Form::Task, &[name, "remove"]),
            Self::Namespace { name, labels: None } => line(Form::Namespace, &[name]),
            Self::Namespace { name, labels: Some(labels) } => {
                let labels: Vec<_> = labels.iter().map(|(key, value)| [key, "=", value].concat()).collect();
                line(Form::Labels, &[name, &labels.join(",")])
            }
            Self::Certificate { certificate, stated } => certificate_line(certificate, stated),
            Self::Trust { store, authorities } => line(Form::Trust, &[store, &written(authorities)]),
            Self::ForgetCertificate(reference) => line(Form::ForgetCertificate, &[reference]),
            Self::ListenOn { task, families } => line(Form::Application, &[task, families_word(*families)]),
            Self::Run { task, on } => line(Form::Task, &[task, if *on { "start" } else { "stop" }]),
            Self::Intercept(Interception::Both) => line(Form::Interception, &["both"]),
            Self::Intercept(Interception::Ipv4Only) => line(Form::Interception, &["ipv4"]),
            Self::DefaultRetries(on) => line(Form::Retries, &[switch(*on)]),
            Self::Organization(on) => line(Form::Organization, &[switch(*on)]),
        }
    }
}

/// Returns the terminal line that states an authority, names, or both.
fn certificate_line(certificate: &str, stated: &Certificate) -> String {
    let authority = stated.authority.as_deref();
    let authority = authority.map(|authority| if authority == certificate { ITSELF } else { authority });
    match (authority, &stated.names) {
        (Some(authority), Some(names)) => line(Form::Certificate, &[certificate, authority, &written(names)]),
        (Some(authority), None) => line(Form::SignedBy, &[certificate, authority]),
        (None, names) => {
            line(Form::CertificateNames, &[certificate, &written(names.as_deref().unwrap_or_default())])
        }
    }
}

/// Formats names or authorities as a list in the syntax of a command; `-` is an empty list.
fn written(names: &[Rc<str>]) -> String {
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

fn set_record(environment: &mut Environment, host: &Rc<str>, address: IpAddr, on: bool) {
    let records = entry(&mut environment.dns, host);
    match address {
        IpAddr::V4(address) => set(&mut records.a, address, on),
        IpAddr::V6(address) => set(&mut records.aaaa, address, on),
    }
}

/// Returns the value of a key, for modification. Inserts a new one if there is none.
fn entry<'a, K: Ord + Clone, V: Clone + Default>(map: &'a mut LiteMap<K, Rc<V>>, key: &K) -> &'a mut V {
    map.try_insert(key.clone(), Rc::default());
    // INVARIANT: the line above inserted the key if it was absent.
    #[allow(clippy::expect_used)]
    Rc::make_mut(map.get_mut(key).expect("the key is there"))
}

fn set<T: PartialEq>(addresses: &mut Vec<T>, address: T, on: bool) {
    addresses.retain(|known| *known != address);
    if on {
        addresses.push(address);
    }
}

fn set_instance(
    environment: &mut Environment,
    service: &CloudMapService,
    task: &str,
    address: IpAddr,
    on: bool,
) {
    let Some(owner) = environment.tasks.get(task).cloned() else { return };
    let instances = entry(&mut environment.cloud_map, service);
    let id = format!("{task}-1");
    let found = instances.iter().position(|instance| {
        let mut addresses = instance.ipv4.map(IpAddr::V4).into_iter().chain(instance.ipv6.map(IpAddr::V6));
        *instance.id == *id || addresses.any(|address| owner.has_address(address))
    });
    let index = found.unwrap_or_else(|| {
        instances.push(Instance { id: id.into(), ipv4: None, ipv6: None, attributes: TextMap::new() });
        instances.len() - 1
    });
    if let Some(instance) = instances.get_mut(index) {
        match address {
            IpAddr::V4(address) => instance.ipv4 = on.then_some(address),
            IpAddr::V6(address) => instance.ipv6 = on.then_some(address),
        }
    }
}

impl EnvironmentChange {
    /// Returns the description for the history.
    pub fn words(&self) -> String {
        let record = |words: &'static str, family: Family, host: &str| {
            say(words, &[if family == Family::V4 { "A" } else { "AAAA" }, host])
        };
        match self {
            Self::Register { by: DiscoveryMethod::Dns(host), family, on: true, .. } => {
                record(english("DNS: publish the {0} record of {1}"), *family, host)
            }
            Self::Register { by: DiscoveryMethod::Dns(host), family, on: false, .. } => {
                record(english("DNS: withdraw the {0} record of {1}"), *family, host)
            }
            Self::Register { by: DiscoveryMethod::CloudMap(service), task, family, on } => {
                let attribute = if *family == Family::V4 { "AWS_INSTANCE_IPV4" } else { "AWS_INSTANCE_IPV6" };
                let parts = &[attribute, task, &*service.service];
                match on {
                    true => say("Cloud Map: publish {0} of {1} in {2}", parts),
                    false => say("Cloud Map: withdraw {0} of {1} in {2}", parts),
                }
            }
            Self::Record { host, address, on: true } => {
                say("DNS: publish {0} as a record of {1}", &[&address.to_string(), host])
            }
            Self::Record { host, address, on: false } => {
                say("DNS: withdraw {0} as a record of {1}", &[&address.to_string(), host])
            }
            Self::Task { name, task: Some(_) } => say("Task {0} added", &[name]),
            Self::Task { name, task: None } => say("Task {0} removed", &[name]),
            Self::Namespace { name, labels: Some(_) } => say("Namespace {0} labelled", &[name]),
            Self::Namespace { name, labels: None } => say("Namespace {0} removed", &[name]),
            Self::Certificate { certificate, stated } => match &stated.authority {
                Some(authority) => say("Certificate {0} is signed by {1}", &[certificate, authority]),
                None => say("Names of certificate {0}", &[certificate]),
            },
            Self::Trust { store, authorities } => {
                say("{0} holds the authorities {1}", &[store, &written(authorities)])
            }
            Self::ForgetCertificate(reference) => say("Nothing is stated of {0}", &[reference]),
            Self::ListenOn { task, families } => {
                say("Application of {0} listens on {1}", &[task, families.words()])
            }
            Self::Run { task, on: true } => say("Task {0} started", &[task]),
            Self::Run { task, on: false } => say("Task {0} stopped", &[task]),
            Self::Intercept(Interception::Both) => t("Tasks redirect IPv4 and IPv6 to Envoy").to_owned(),
            Self::Intercept(Interception::Ipv4Only) => t("Tasks redirect only IPv4 to Envoy").to_owned(),
            Self::DefaultRetries(true) => t("Default route retry policy on").to_owned(),
            Self::DefaultRetries(false) => t("Default route retry policy off").to_owned(),
            Self::Organization(true) => t("All accounts are in one organization").to_owned(),
            Self::Organization(false) => t("The accounts are in no common organization").to_owned(),
        }
    }
}
