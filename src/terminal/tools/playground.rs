//! The playground's own commands, for state that no AWS tool changes.
//!
//! Each command is declared once, as a [`Form`]. The declaration defines its syntax, the echo of a click, the help text
//! and the completions.

use std::rc::Rc;

use super::Call;
use crate::{
    environment::{CloudMapService, Families, Family, Interception, SelectorError, Task},
    model::{MeshId, TextMap, nearest},
    scenario::Variant,
    store::{Command, EnvironmentChange},
    terminal::{aws::FAULT, command::Output, echo::quote},
    traffic::DiscoveryMethod,
};

/// Form of a command line. In its pattern, words in capitals are values, words with bars are a choice, and all other
/// words are literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
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
pub(crate) struct Declaration {
    form: Form,
    pattern: &'static str,
    about: &'static str,
}

/// Every form, in the order of the enum.
pub(crate) const FORMS: &[Declaration] = &[
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
    pub(crate) fn tool(&self) -> &'static str {
        self.pattern.split(' ').next().unwrap_or_default()
    }

    /// Returns the line for help.
    pub(crate) fn usage(&self) -> String {
        [self.pattern, ": ", self.about].concat()
    }

    /// Returns the slot of the pattern at a position after the command.
    pub(crate) fn slot(&self, place: usize) -> Option<&'static str> {
        self.pattern.split(' ').nth(place + 1)
    }

    /// Returns the allowed words at a position after the command; `None` if the slot is a free value or does not exist.
    pub(crate) fn choices(&self, place: usize) -> Option<Vec<&'static str>> {
        let slot = self.slot(place)?;
        (!is_given(slot)).then(|| slot.split('|').collect())
    }

    /// Returns the words that are values or choices in the pattern; `None` if the words do not match it.
    fn values<'w>(&self, words: &'w [String]) -> Option<Vec<&'w str>> {
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
pub(crate) fn line(form: Form, values: &[&str]) -> String {
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

/// Runs the command of any form.
pub(super) fn run(call: &mut Call) -> Output {
    let forms = FORMS.iter().filter(|declaration| declaration.tool() == call.name);
    let found =
        forms.clone().find_map(|declaration| Some((declaration.form, declaration.values(call.words)?)));
    let Some((form, values)) = found else {
        let usages: String =
            forms.clone().flat_map(|declaration| ["usage: ", declaration.pattern, "\n"]).collect();
        let choices: Vec<_> = forms.flat_map(|form| (0..5).filter_map(|place| form.choices(place))).collect();
        let choices: Vec<_> = choices.into_iter().flatten().collect();
        let near = call.words.iter().filter(|word| !choices.contains(&word.as_str()));
        let near = near.filter_map(|word| nearest(word, &choices)).next();
        let near = near.map(|near| ["did you mean `", near, "`?\n"].concat());
        return Output::failed(2, usages + &near.unwrap_or_default());
    };
    if form == Form::Fault {
        // A fault belongs to this terminal and is no step of the history.
        match values.first() {
            Some(&"off") | None => drop(call.context.variables.remove(FAULT)),
            Some(status) => drop(call.context.variables.insert(FAULT.to_owned(), (*status).to_owned())),
        }
        return Output::default();
    }
    if form == Form::Certificates {
        return super::cert::list(call);
    }
    let first = values.first().copied().unwrap_or_default();
    match form {
        Form::ClusterFamily => {
            let family = if first == "ipv6" { Family::V6 } else { Family::V4 };
            return super::kubectl::set_cluster(call, Some(family), None);
        }
        Form::BackendGroups => return super::kubectl::set_cluster(call, None, Some(first == "on")),
        _ => {}
    }
    match command(call, form, &values) {
        Ok(command) => asked(call, command),
        Err(why) => Output::failed(1, [call.name, ": ", &why, "\n"].concat()),
    }
}

/// Runs `undo` or `redo`.
pub(super) fn travel(call: &mut Call) -> Output {
    let history = &call.context.playground.state().history;
    let (command, step, word) = match call.name {
        "undo" => (Command::Undo, history.done().last(), "Undone: "),
        _ => (Command::Redo, history.undone().last(), "Redone: "),
    };
    let told = step.map(|step| [word, &*step.label, "\n"].concat()).unwrap_or_default();
    let mut output = asked(call, command);
    if output.exit_code == 0 {
        output.stdout = told;
    }
    output
}

/// Runs a command of the store.
pub(super) fn asked(call: &mut Call, command: Command) -> Output {
    // Each command is a step of the history; creating a mesh takes longer.
    call.work.done += if matches!(command, Command::LoadScenario(_)) { 24 } else { 4 };
    match call.context.playground.run(command).refusal {
        None => Output::default(),
        Some(refusal) => Output::failed(1, [call.name, ": ", &*refusal.to_string(), "\n"].concat()),
    }
}

/// Returns the store command for a form with these values, or an error message.
fn command(call: &Call, form: Form, values: &[&str]) -> Result<Command, String> {
    let value = |place: usize| values.get(place).copied().unwrap_or_default();
    let world = call.context.playground.world();
    let task = |place: usize| -> Result<Rc<str>, String> {
        match world.environment.tasks.contains_key(value(place)) {
            true => Ok(value(place).into()),
            false => Err(["there is no task `", value(place), "`"].concat()),
        }
    };
    let change = match form {
        Form::Dns => {
            let on = value(0) == "add";
            let family = if value(2) == "A" { Family::V4 } else { Family::V6 };
            match value(3).parse() {
                Ok(address) if Family::of(address) == family => {
                    EnvironmentChange::Record { host: value(1).into(), address, on }
                }
                Ok(_) => {
                    return Err([value(3), " is not an address for a record of type ", value(2)].concat());
                }
                Err(_) => EnvironmentChange::Register {
                    by: DiscoveryMethod::Dns(value(1).into()),
                    task: task(3)?,
                    family,
                    on,
                },
            }
        }
        Form::CloudMap => {
            let service = CloudMapService { namespace: value(1).into(), service: value(2).into() };
            EnvironmentChange::Register {
                by: DiscoveryMethod::CloudMap(service),
                task: task(3)?,
                family: if value(4) == "ipv4" { Family::V4 } else { Family::V6 },
                on: value(0) == "add",
            }
        }
        Form::Application => EnvironmentChange::ListenOn { task: task(0)?, families: families(value(1)) },
        Form::Task if value(1) == "remove" => EnvironmentChange::Task { name: task(0)?, task: None },
        Form::Task => EnvironmentChange::Run { task: task(0)?, on: value(1) == "start" },
        Form::NewTask => {
            let mut task = Task::new(None, None, Families::default());
            for address in value(1).split(',') {
                match address.parse() {
                    Ok(std::net::IpAddr::V4(address)) => task.ipv4 = Some(address),
                    Ok(std::net::IpAddr::V6(address)) => task.ipv6 = Some(address),
                    Err(_) => return Err(["`", address, "` is not an IP address"].concat()),
                }
            }
            task.listens_on = Families { ipv4: task.ipv4.is_some(), ipv6: task.ipv6.is_some() };
            EnvironmentChange::Task { name: value(0).into(), task: Some(Rc::new(task)) }
        }
        Form::Interception if value(0) == "both" => EnvironmentChange::Intercept(Interception::Both),
        Form::Interception => EnvironmentChange::Intercept(Interception::Ipv4Only),
        Form::Retries => EnvironmentChange::DefaultRetries(value(0) == "on"),
        Form::Organization => EnvironmentChange::Organization(value(0) == "on"),
        Form::Account => {
            let account = value(0).parse().map_err(|rule| format!("`{}` {rule}", value(0)))?;
            return Ok(Command::AddAccount(account));
        }
        Form::Sharing => {
            let mesh = MeshId { owner: world.account.clone(), name: value(1).into() };
            let with = value(2).parse().map_err(|rule| format!("`{}` {rule}", value(2)))?;
            return Ok(match value(0) {
                "add" => Command::Share { mesh, with },
                _ => Command::Unshare { mesh, with },
            });
        }
        Form::Fault | Form::ClusterFamily | Form::BackendGroups => return Err("it is no step".to_owned()),
        Form::Quotas => return Ok(Command::EnforceQuotas(value(0) == "on")),
        Form::Scenario => {
            return Ok(Command::LoadScenario(if value(0) == "dns" {
                Variant::Dns
            } else {
                Variant::CloudMap
            }));
        }
        Form::Selector => {
            let mesh = MeshId { owner: world.account.clone(), name: value(0).into() };
            let selector = match value(1) {
                "-" => None,
                text => Some(text.parse().map_err(|error: SelectorError| error.to_string())?),
            };
            return Ok(Command::SetSelector { mesh, selector });
        }
        Form::Trust => super::cert::trust(value(0), value(1))?,
        Form::ForgetCertificate => EnvironmentChange::ForgetCertificate(value(0).into()),
        Form::Certificate | Form::SignedBy | Form::CertificateNames => {
            let authority = (form != Form::CertificateNames).then(|| value(1));
            let names = match form {
                Form::Certificate => Some(value(2)),
                Form::CertificateNames => Some(value(1)),
                _ => None,
            };
            super::cert::certificate(&world.environment.certificates, value(0), authority, names)?
        }
        Form::Certificates => return Err("it is no step".to_owned()),
        Form::Namespace => EnvironmentChange::Namespace { name: value(0).into(), labels: None },
        Form::Labels => {
            let mut labels = TextMap::new();
            for label in value(1).split(',').filter(|label| !label.is_empty()) {
                let (key, value) = label.split_once('=').unwrap_or((label, ""));
                labels.insert(key.to_owned(), value.to_owned());
            }
            EnvironmentChange::Namespace { name: value(0).into(), labels: Some(labels) }
        }
    };
    Ok(Command::ChangeEnvironment(change))
}

/// Parses IP families: `ipv4,ipv6`.
fn families(text: &str) -> Families {
    Families { ipv4: text.contains("ipv4"), ipv6: text.contains("ipv6") }
}

/// Returns the word for IP families in a command line.
pub(crate) const fn families_word(families: Families) -> &'static str {
    match (families.ipv4, families.ipv6) {
        (true, true) => "ipv4,ipv6",
        (true, false) => "ipv4",
        (false, true) => "ipv6",
        (false, false) => "nothing",
    }
}
