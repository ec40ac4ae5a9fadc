//! Command lines of the playground's own commands, for state that no AWS tool changes.
//!
//! Each command is declared once, as a [`Form`]. The declaration defines its syntax, the echo of a click, the help text
//! and the completions.

use app_mesh_engine::environment::Families;

use super::aws_line::quote;

/// Form of a command line. In its pattern, words in capitals are values, words with bars are a choice, and all other
/// words are literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A DNS record.
    Dns,
    /// An address of an instance in Cloud Map.
    CloudMap,
    /// The IP families that an application listens on.
    Application,
    /// Start, stop or removal of a task.
    Task,
    /// A new task.
    NewTask,
    /// The IP families whose traffic is redirected to Envoy.
    Interception,
    /// The default route retry policy.
    Retries,
    /// An additional account.
    Account,
    /// An account that may use a mesh.
    Sharing,
    /// Whether all accounts are in one organization.
    Organization,
    /// The default quotas.
    Quotas,
    /// A failing service.
    Fault,
    /// The mesh that a first visit starts with.
    Scenario,
    /// The Kubernetes namespaces that a mesh selects.
    Selector,
    /// The known certificates and trust stores.
    Certificates,
    /// The authorities in a trust store.
    Trust,
    /// A certificate or trust store to forget.
    ForgetCertificate,
    /// The authority and the names of a certificate.
    Certificate,
    /// The authority of a certificate.
    SignedBy,
    /// The names of a certificate.
    CertificateNames,
    /// The IP family of the Kubernetes cluster.
    ClusterFamily,
    /// The flag of the App Mesh controller for backend groups.
    BackendGroups,
    /// A Kubernetes namespace to remove.
    Namespace,
    /// A Kubernetes namespace and its labels.
    Labels,
}

/// Pattern and description of a form.
#[derive(Debug)]
pub struct Declaration {
    /// Form that this declares.
    pub form: Form,
    /// Pattern of the command line; see [`Form`].
    pub pattern: &'static str,
    about: &'static str,
}

/// Every form, in the order of the enum.
pub const FORMS: &[Declaration] = &[
    declared(
        Form::Dns,
        "dns add|remove HOST A|AAAA ADDRESS",
        "publish or withdraw a record (a task, for its address)",
    ),
    declared(
        Form::CloudMap,
        "cloudmap add|remove NAMESPACE SERVICE TASK ipv4|ipv6",
        "register the address of a task, or withdraw it",
    ),
    declared(
        Form::Application,
        "app TASK listens ipv4|ipv6|ipv4,ipv6|nothing",
        "what its application listens on",
    ),
    declared(Form::Task, "task TASK start|stop|remove", "run a task, stop it, or forget it"),
    declared(
        Form::NewTask,
        "task TASK add ADDRESS,ADDRESS",
        "a task with an address of one or both families",
    ),
    declared(Form::Interception, "intercept both|ipv4", "what is redirected to Envoy"),
    declared(Form::Retries, "retries on|off", "App Mesh's default route retry policy"),
    declared(Form::Account, "account add ACCOUNT", "an account to act as, and to share meshes with"),
    declared(
        Form::Sharing,
        "sharing add|remove MESH ACCOUNT",
        "let an account use a mesh, in whichever resource share it is, or no more",
    ),
    declared(
        Form::Organization,
        "organization on|off",
        "whether all accounts are in one organization: if not, aws ram shares by invitation",
    ),
    declared(Form::Quotas, "quotas on|off", "whether the service's default quotas hold"),
    declared(
        Form::Fault,
        "fault 429|500|503|off",
        "let App Mesh fail, whatever aws asks it, until it is off (the variable APPMESH_FAULT)",
    ),
    declared(Form::Scenario, "scenario dns|cloudmap", "the six colours of the IPv6 walkthrough, anew"),
    declared(
        Form::Selector,
        "selector MESH LABELS",
        "the Kubernetes namespaces a mesh selects, as kubectl -l; '' is all, - none",
    ),
    declared(
        Form::Certificates,
        "cert list",
        "certificates and trust stores in the meshes, and what is stated of each",
    ),
    declared(
        Form::Trust,
        "cert trust STORE AUTHORITIES",
        "the authorities in a trust store (a file, an SDS secret, an ARN), as a,b; - is none",
    ),
    declared(
        Form::ForgetCertificate,
        "cert forget CERTIFICATE",
        "state nothing of a certificate or trust store: TLS assumes what lets it work",
    ),
    declared(
        Form::Certificate,
        "cert sign CERTIFICATE AUTHORITY NAMES",
        "who signed a certificate (itself: self-signed), and its subject alternative names",
    ),
    declared(Form::SignedBy, "cert sign CERTIFICATE AUTHORITY", "who signed a certificate"),
    declared(
        Form::CertificateNames,
        "cert names CERTIFICATE NAMES",
        "its subject alternative names, as a.local,*.b.local,spiffe://c; - is none",
    ),
    declared(
        Form::ClusterFamily,
        "cluster family ipv4|ipv6",
        "the IP family of the Kubernetes cluster: of its pods, its Services and its meshes",
    ),
    declared(
        Form::BackendGroups,
        "cluster backend-groups on|off",
        "the flag enable-backend-groups of the App Mesh controller",
    ),
    declared(Form::Namespace, "namespace delete NAME", "forget a Kubernetes namespace"),
    declared(
        Form::Labels,
        "namespace NAME LABELS",
        "a Kubernetes namespace with labels, as key=value,key=value",
    ),
];

const fn declared(form: Form, pattern: &'static str, about: &'static str) -> Declaration {
    Declaration { form, pattern, about }
}

impl Declaration {
    /// Returns the name of the command.
    pub fn tool(&self) -> &'static str {
        self.pattern.split(' ').next().unwrap_or_default()
    }

    /// Returns the line for help.
    pub fn usage(&self) -> String {
        [self.pattern, ": ", self.about].concat()
    }

    /// Returns the slot of the pattern at a position after the command.
    pub fn slot(&self, place: usize) -> Option<&'static str> {
        self.pattern.split(' ').nth(place + 1)
    }

    /// Returns the allowed words at a position after the command; `None` if the slot is a free value or does not exist.
    pub fn choices(&self, place: usize) -> Option<Vec<&'static str>> {
        let slot = self.slot(place)?;
        (!is_given(slot)).then(|| slot.split('|').collect())
    }

    /// Returns the words that are values or choices in the pattern; `None` if the words do not match it.
    pub fn values<'w>(&self, words: &'w [String]) -> Option<Vec<&'w str>> {
        let slots: Vec<_> = self.pattern.split(' ').skip(1).collect();
        if slots.len() != words.len() {
            return None;
        }
        let mut values = Vec::new();
        for (slot, word) in slots.into_iter().zip(words) {
            if is_given(slot) || slot.contains('|') {
                values.push(word.as_str());
            }
            if !is_given(slot) && !slot.split('|').any(|choice| choice == word) {
                return None;
            }
        }
        Some(values)
    }
}

fn is_given(slot: &str) -> bool {
    slot.chars().all(|c| c.is_ascii_uppercase() || c == ',') && slot.len() > 1
}

/// Returns the command line of a form with these values, quoted for the shell.
pub fn line(form: Form, values: &[&str]) -> String {
    let pattern = FORMS.iter().find(|declaration| declaration.form == form);
    let mut values = values.iter();
    let mut line = String::new();
    for slot in pattern.map_or("", |declaration| declaration.pattern).split(' ') {
        let is_open = is_given(slot) || slot.contains('|');
        let word = if is_open { quote(values.next().unwrap_or(&"")) } else { slot.to_owned() };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    line
}

/// Returns the word for IP families in a command line.
pub const fn families_word(families: Families) -> &'static str {
    match (families.ipv4, families.ipv6) {
        (true, true) => "ipv4,ipv6",
        (true, false) => "ipv4",
        (false, true) => "ipv6",
        (false, false) => "nothing",
    }
}
