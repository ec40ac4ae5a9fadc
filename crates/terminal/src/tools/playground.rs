//! The playground's own commands, for state that no AWS tool changes.
//!
//! Each command is declared once, as a [`Form`].

use std::rc::Rc;

use crate::{aws::FAULT, command::Output};
use app_mesh_engine::{
    environment::{CloudMapService, Families, Family, Interception, SelectorError, Task},
    model::{MeshId, TextMap},
    traffic::DiscoveryMethod,
};
use mesh_documents::echo::{FORMS, Form};
use mesh_documents::scenario::Variant;
use mesh_text::nearest::nearest;
use playground_core::store::{Command, EnvironmentChange};

use super::Call;

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
