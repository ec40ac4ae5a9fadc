//! Predicts and measures every case.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use mesh_playground::{
    control_plane::Mesh,
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance},
    envoy,
    model::{IpPreference, Key, Kind, MeshId, TextMap},
    traffic::{Client, Discovery, Request, send},
    world::World,
};
use serde_json::{Value, json};

use crate::{
    common::PREFERENCES,
    dns, meshes,
    network::{self, Redirected, Task},
};

/// Families on which an application listens.
const APPLICATIONS: [(&str, Families); 3] =
    [("4", Families::V4), ("6", Families::V6), ("46", Families::BOTH)];
/// Address families under which a target is registered.
const RECORDS: [(&str, Families); 4] = [
    ("a", Families::V4),
    ("aaaa", Families::V6),
    ("both", Families::BOTH),
    ("none", Families { ipv4: false, ipv6: false }),
];
/// DNS with both response types, and Cloud Map.
const DISCOVERIES: [&str; 3] = ["dns", "endpoints", "cloud"];

/// The preferences of a mesh and its nodes.
#[derive(Clone, Copy)]
struct Setting {
    mesh: Option<IpPreference>,
    /// Preference of the target nodes.
    own: Option<IpPreference>,
}

/// Returns each preference on the mesh, including none; then each on the nodes of a mesh with the opposite preference.
fn settings() -> Vec<Setting> {
    let of_mesh = PREFERENCES.map(|mesh| Setting { mesh, own: None });
    let opposite = |own| match own {
        IpPreference::Ipv4Only | IpPreference::Ipv4Preferred => IpPreference::Ipv6Only,
        IpPreference::Ipv6Only | IpPreference::Ipv6Preferred => IpPreference::Ipv4Only,
    };
    let own =
        PREFERENCES.into_iter().flatten().map(|own| Setting { mesh: Some(opposite(own)), own: Some(own) });
    of_mesh.into_iter().chain(own).collect()
}

impl Setting {
    /// Returns the word for folders, host names and cases.
    fn word(self) -> String {
        let place = if self.own.is_some() { "own" } else { "mesh" };
        let preference = self.own.or(self.mesh).map_or("none", IpPreference::as_str);
        format!("{place}-{}", preference.to_ascii_lowercase().replace('_', "-"))
    }

    fn hostname(self, target: &str) -> String {
        format!("{target}.{}.local", self.word())
    }
}

/// The compared results of one request.
#[derive(Debug, PartialEq)]
struct Seen {
    status: String,
    body: String,
    caller_flags: String,
    caller_details: String,
    /// Address to which the caller's Envoy connected; empty if it had no host.
    first_hop: String,
    attempts: String,
    /// Flags of the target's Envoy; empty if it did not receive the request.
    target_flags: String,
    /// Address to which the target's Envoy connected.
    second_hop: String,
    /// Number of requests that the target's Envoy received.
    asked: usize,
}

/// Returns the target nodes: one for each application, kind of records and kind of discovery.
fn targets() -> Vec<(String, &'static str, Families, &'static str)> {
    let mut targets = Vec::new();
    for (application, _) in APPLICATIONS {
        for (records, registered) in RECORDS {
            for discovery in DISCOVERIES {
                targets.push((
                    format!("app{application}-{records}-{discovery}"),
                    application,
                    registered,
                    discovery,
                ));
            }
        }
    }
    targets
}

/// Returns the mesh of one setting, whose nodes log to this folder. Host names differ from those of other settings.
fn world(setting: Setting, folder: &str) -> World {
    let logging = |file: &str| {
        let format = [
            ("case", "%REQ(X-CASE)%"),
            ("cluster", "%UPSTREAM_CLUSTER%"),
            ("flags", "%RESPONSE_FLAGS%"),
            ("details", "%RESPONSE_CODE_DETAILS%"),
            ("host", "%UPSTREAM_HOST%"),
            ("attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
        ];
        let format: Vec<_> = format.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        json!({"accessLog": {"file": {"path": format!("{folder}/{file}.log"), "format": {"json": format}}}})
    };
    let listeners = json!([{"portMapping": {"port": 9080, "protocol": "http"}}]);
    let set = |preference: Option<IpPreference>| {
        preference.map_or(json!({}), |preference| json!({"ipPreference": preference.as_str()}))
    };
    let mesh = json!({"serviceDiscovery": set(setting.mesh)});
    let mut resources = vec![(Kind::Mesh, "m".to_owned(), mesh)];
    let mut backends = Vec::new();
    for (name, application, _, discovery) in targets() {
        let mut found = set(setting.own);
        let method = if discovery == "cloud" { "awsCloudMap" } else { "dns" };
        match discovery {
            "cloud" => {
                found["namespaceName"] = json!("local");
                found["serviceName"] = json!(name);
            }
            _ => found["hostname"] = json!(setting.hostname(&name)),
        }
        if discovery == "endpoints" {
            found["responseType"] = json!("ENDPOINTS");
        }
        let service = format!("{name}.svc");
        backends.push(json!({"virtualService": {"virtualServiceName": service}}));
        let spec = json!({"listeners": listeners, "serviceDiscovery": {method: found},
            "logging": logging(&format!("app{application}"))});
        resources.push((Kind::VirtualNode, name.clone(), spec));
        let provider = json!({"provider": {"virtualNode": {"virtualNodeName": name}}});
        resources.push((Kind::VirtualService, service.clone(), provider));
    }
    let client = json!({"backends": backends, "logging": logging("client")});
    resources.push((Kind::VirtualNode, "client".to_owned(), client));
    let gateway = json!({"listeners": [{"portMapping": {"port": 8080, "protocol": "http"}}], "logging": logging("gateway")});
    resources.push((Kind::VirtualGateway, "gateway".to_owned(), gateway));
    for (name, ..) in targets() {
        let target = json!({"target": {"virtualService": {"virtualServiceName": format!("{name}.svc")}}});
        let spec = json!({"httpRoute": {"match": {"prefix": format!("/{name}")}, "action": target}});
        resources.push((Kind::GatewayRoute, format!("gateway/{name}"), spec));
    }
    let resources: Vec<_> =
        resources.iter().map(|(kind, name, spec)| (*kind, name.as_str(), spec.clone())).collect();
    meshes::world(&resources)
}

/// Returns the environment with the registrations for the tasks of one setting, which are in the order of
/// [`APPLICATIONS`].
fn environment(tasks: &[Task], setting: Setting, default_retries: bool) -> Environment {
    let mut environment = Environment { default_retries, ..Environment::default() };
    for ((name, listens_on), task) in APPLICATIONS.iter().zip(tasks) {
        let task = mesh_playground::environment::Task::new(Some(task.ipv4), Some(task.ipv6), *listens_on);
        environment.tasks.insert((*name).into(), Rc::new(task));
    }
    for (name, application, registered, discovery) in targets() {
        let place = APPLICATIONS.iter().position(|(other, _)| *other == application).unwrap();
        let ipv4 = registered.ipv4.then_some(tasks[place].ipv4);
        let ipv6 = registered.ipv6.then_some(tasks[place].ipv6);
        if discovery != "cloud" {
            let records = DnsRecords { a: ipv4.into_iter().collect(), aaaa: ipv6.into_iter().collect() };
            environment.dns.insert(setting.hostname(&name).into(), Rc::new(records));
        } else {
            let service = CloudMapService { namespace: "local".into(), service: name.as_str().into() };
            let instance = Instance { id: "i".into(), ipv4, ipv6, attributes: TextMap::new() };
            environment.cloud_map.insert(service, Rc::new(vec![instance]));
        }
        let records = DnsRecords { a: vec![network::SERVICE], aaaa: Vec::new() };
        environment.dns.insert(format!("{name}.svc").into(), Rc::new(records));
    }
    environment
}

/// Writes the configuration of an Envoy to a file, and returns its path.
pub fn config(environment: &Environment, id: &MeshId, mesh: &Mesh, key: &Key, folder: &str) -> String {
    let config = envoy::bootstrap(environment, id, mesh, key).unwrap();
    let file = format!("{folder}/{}.json", key.name);
    std::fs::write(&file, envoy::to_json(&config.tree())).unwrap();
    file
}

/// Writes the configuration of the Envoy that represents all target nodes with the same application. Their
/// configurations differ only in the name, because the service discovery of a node configures its callers, not the node
/// itself.
fn target_config(
    environment: &Environment,
    id: &MeshId,
    mesh: &Mesh,
    application: &str,
    folder: &str,
) -> String {
    let names: Vec<_> =
        targets().into_iter().filter(|(_, other, ..)| *other == application).map(|(name, ..)| name).collect();
    let of = |name: &str| {
        let key = Key::new(Kind::VirtualNode, name);
        let tree = envoy::bootstrap(environment, id, mesh, &key).unwrap().tree();
        envoy::to_json(&tree).replace(name, "NAME")
    };
    for name in &names {
        assert_eq!(of(name), of(&names[0]), "{name}");
    }
    config(environment, id, mesh, &Key::new(Kind::VirtualNode, names[0].as_str()), folder)
}

/// A client's Envoy and its task.
struct Sender {
    is_gateway: bool,
    task: Task,
    folder: String,
}

/// Two senders in the same mesh and environment.
struct Stage {
    name: String,
    world: World,
    senders: Vec<Sender>,
}

/// Starts the tasks of every setting, with the default retries and, for preferences on the mesh, also without; then
/// compares the results.
pub fn prove(folder: &str) {
    let (mut stages, mut all_targets, mut names) = (Vec::new(), Vec::new(), Environment::default());
    let mut numbers = 1..;
    for setting in settings() {
        let mut target = || Task::new(numbers.next().unwrap(), Redirected::In);
        let mut targets = APPLICATIONS.map(|_| target());
        let with_and_without = if setting.own.is_some() { &[true][..] } else { &[true, false] };
        for default_retries in with_and_without.iter().copied() {
            let name = format!("{}-{default_retries}", setting.word());
            let folder = format!("{folder}/{name}");
            std::fs::create_dir_all(&folder).unwrap();
            let mut world = world(setting, &folder);
            let environment = environment(&targets, setting, default_retries);
            names.dns.extend(environment.dns.iter().map(|(name, records)| (name.clone(), records.clone())));
            world.environment = Rc::new(environment);
            let (id, mesh) = world.control_plane.meshes().next().unwrap();
            if default_retries {
                for ((application, _), task) in APPLICATIONS.iter().zip(&mut targets) {
                    task.start_application(application, "");
                    task.start_envoy(&target_config(&world.environment, id, mesh, application, &folder));
                }
            }
            let senders =
                [(false, Redirected::Out), (true, Redirected::Nothing)].map(|(is_gateway, redirected)| {
                    let task = Task::new(numbers.next().unwrap(), redirected);
                    Sender { is_gateway, task, folder: folder.clone() }
                });
            stages.push(Stage { name, senders: senders.into(), world });
        }
        all_targets.extend(targets);
    }
    names.dns.extend(crate::names::records().dns);
    // Envoy resolves its names when it starts, so the DNS server must already run.
    dns::serve(network::RESOLVER, &names);
    for stage in &mut stages {
        let (id, mesh) = stage.world.control_plane.meshes().next().unwrap();
        for sender in &mut stage.senders {
            let key = match sender.is_gateway {
                true => Key::new(Kind::VirtualGateway, "gateway"),
                false => Key::new(Kind::VirtualNode, "client"),
            };
            sender.task.start_envoy(&config(&stage.world.environment, id, mesh, &key, &sender.folder));
        }
    }
    let tasks = stages.iter().flat_map(|stage| &stage.senders).map(|sender| &sender.task);
    all_targets.iter().chain(tasks).for_each(Task::wait_for_envoy);

    let mut answers = BTreeMap::new();
    for (stage, sender) in
        stages.iter().flat_map(|stage| stage.senders.iter().map(move |sender| (stage, sender)))
    {
        answers.extend(ask(stage, sender));
    }
    // Envoy writes its logs every 50 ms.
    std::thread::sleep(Duration::from_millis(500));
    compare(folder, &stages, &answers);
}

fn case(stage: &Stage, sender: &Sender, target: &str) -> String {
    let client = if sender.is_gateway { "gateway" } else { "client" };
    format!("{}-{client}-{target}", stage.name)
}

/// Sends one request to each target. Returns the id of each with its status and body.
fn ask(stage: &Stage, sender: &Sender) -> Vec<(String, String)> {
    let requests = targets().into_iter().map(|(name, ..)| {
        let id = case(stage, sender, &name);
        match sender.is_gateway {
            true => (
                id,
                SocketAddr::from((sender.task.ipv4, 8080)),
                "outside.example.com".to_owned(),
                format!("/{name}"),
            ),
            false => (id, SocketAddr::from((network::SERVICE, 9080)), format!("{name}.svc"), "/".to_owned()),
        }
    });
    if sender.is_gateway {
        return requests
            .map(|(id, to, host, path)| (id.clone(), crate::request(to, &id, &host, &path)))
            .collect();
    }
    let lines: Vec<_> = requests.map(|(id, to, host, path)| format!("{id} {to} {host} {path}")).collect();
    sender.task.request_all(&lines)
}

/// Returns the lines of all logs in a folder that belong to a case, by case.
fn logs(folder: &str, is_wanted: impl Fn(&Value) -> bool) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for stage in
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(stage).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "log") {
                for line in std::fs::read_to_string(&file).unwrap().lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    if is_wanted(&line) {
                        found
                            .entry(line["case"].as_str().unwrap_or_default().to_owned())
                            .or_default()
                            .push(line);
                    }
                }
            }
        }
    }
    found
}

fn compare(folder: &str, stages: &[Stage], answers: &BTreeMap<String, String>) {
    let cluster = |line: &Value| line["cluster"].as_str().unwrap_or_default().to_owned();
    let callers = logs(folder, |line| cluster(line).starts_with("cds_egress_"));
    let targets_ =
        logs(folder, |line| cluster(line).starts_with("cds_ingress_") && !cluster(line).contains("_self_"));
    let (mut cases, mut arrived, mut differences) = (0, 0, Vec::new());
    for stage in stages {
        let (_, mesh) = stage.world.control_plane.meshes().next().unwrap();
        for sender in &stage.senders {
            for (name, ..) in targets() {
                let id = case(stage, sender, &name);
                let (client, path) = match sender.is_gateway {
                    true => (Client::Gateway("gateway".into()), format!("/{name}")),
                    false => (
                        Client::Node { node: "client".into(), service: format!("{name}.svc").into() },
                        "/".to_owned(),
                    ),
                };
                let foretold = foretold(&stage.world.environment, mesh, &Request::get(client, &path));
                let seen = seen(answers.get(&id), callers.get(&id), targets_.get(&id));
                cases += 1;
                arrived += usize::from(seen.status == "200");
                if foretold != seen {
                    differences.push(format!("{id}\n  foretold {foretold:?}\n  seen     {seen:?}"));
                }
            }
        }
    }
    println!("{cases} cases, {arrived} of them arrive, {} differ", differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // 36 targets and two clients; five settings of the mesh, with and without retries, and four of nodes.
    assert!(cases == 36 * 2 * (5 * 2 + 4) && arrived > 0 && arrived < cases, "{cases} {arrived}");
}

fn foretold(environment: &Environment, mesh: &Mesh, request: &Request) -> Seen {
    let reach = send(environment, mesh, request).reach.unwrap();
    let at = |address: IpAddr| SocketAddr::from((address, 9080)).to_string();
    let endpoint = reach.application.map(|hop| hop.endpoint);
    let family = endpoint.map_or("", |endpoint| if endpoint.is_ipv4() { "IPv4" } else { "IPv6" });
    let is_asked = reach.reply.target_flags.is_some();
    Seen {
        status: reach.reply.status.to_string(),
        body: if reach.arrives() { family } else { reach.reply.body }.to_owned(),
        caller_flags: reach.reply.caller_flags.to_owned(),
        caller_details: reach.reply.caller_details.to_string(),
        first_hop: match &reach.discovery {
            Discovery::Found { address, .. } => at(*address),
            _ => String::new(),
        },
        attempts: reach.reply.attempts.to_string(),
        target_flags: reach.reply.target_flags.unwrap_or_default().to_owned(),
        second_hop: endpoint.filter(|_| is_asked).map(at).unwrap_or_default(),
        asked: if is_asked { usize::try_from(reach.reply.attempts).unwrap() } else { 0 },
    }
}

fn seen(answer: Option<&String>, caller: Option<&Vec<Value>>, target: Option<&Vec<Value>>) -> Seen {
    let (status, body) = answer.and_then(|answer| answer.split_once(' ')).unwrap_or(("no answer", ""));
    let text = |lines: Option<&Vec<Value>>, name: &str| {
        let line = lines.and_then(|lines| lines.last());
        line.map_or(String::new(), |line| match &line[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        })
    };
    // JSON contains null where a text log has `-`, also for no flags.
    let flags = |lines: Option<&Vec<Value>>| {
        let flags = text(lines, "flags");
        if lines.is_some() && flags.is_empty() { "-".to_owned() } else { flags }
    };
    Seen {
        status: status.to_owned(),
        body: body.to_owned(),
        caller_flags: flags(caller),
        caller_details: text(caller, "details"),
        first_hop: text(caller, "host"),
        attempts: text(caller, "attempts"),
        target_flags: flags(target),
        second_hop: text(target, "host"),
        asked: target.map_or(0, Vec::len),
    }
}
