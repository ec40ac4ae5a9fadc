//! The servers and client policies of the table, and their mesh.

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path, rc::Rc};

use mesh_playground::{
    control_plane::{Env, Mesh, Operation, Timestamp, Verb},
    environment::{CloudMapService, DnsRecords, Environment, Families, Instance, Task},
    model::{Key, Kind, MeshId, TextMap},
    traffic::{Client, PLACEHOLDER},
    world::World,
};
use serde_json::{Value, json};

use crate::{
    loopback::free_ports,
    pki::{authority_arn, certificate_arn},
};

/// The protocols in which every case is sent.
pub const PROTOCOLS: [&str; 4] = ["http", "http2", "grpc", "tcp"];

/// The client policies of gateways, as in a case: trust, names, certificate.
pub const GATEWAYS: [(&str, &str, &str); 5] = [
    ("", "", ""),
    ("trust-one", "", ""),
    ("trust-two", "", ""),
    ("trust-both", "a.local", ""),
    ("trust-one", "", "client-one"),
];

/// A server and a client policy, in one protocol. Empty strings are unset.
pub struct Case {
    pub name: String,
    pub protocol: &'static str,
    pub arrives: bool,
    server: Server,
    policy: Policy,
    /// Number of its node.
    pub number: usize,
    pub port: u16,
    is_found_by_dns: bool,
}

#[derive(Clone, Copy)]
struct Server {
    certificate: &'static str,
    mode: &'static str,
    trust: &'static str,
    names: &'static str,
}

#[derive(Clone, Copy)]
struct Policy {
    trust: &'static str,
    names: &'static str,
    certificate: &'static str,
    is_enforced: bool,
}

/// A client of a case, with its path, port and loopback address.
pub struct Place {
    pub client: Client,
    pub path: String,
    pub port: u16,
    pub at: Ipv4Addr,
}

/// All cases with their ports.
pub struct Table {
    pub cases: Vec<Case>,
    pub gateways: Vec<u16>,
}

/// A certificate (or its secret `sds-…`, or its ARN `acm-…`), mode, trust and names of a server; trust, names and
/// certificate of the client policy (trust `none`: no policy); whether a request arrives.
type Row =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, bool);

const ROWS: &[Row] = &[
    // Authorities.
    ("good", "STRICT", "", "", "trust-one", "", "", true),
    ("good", "STRICT", "", "", "trust-two", "", "", false),
    ("good", "STRICT", "", "", "trust-both", "", "", true),
    ("other", "STRICT", "", "", "trust-one", "", "", false),
    ("other", "STRICT", "", "", "trust-one", "x.local", "", false),
    ("good", "STRICT", "", "", "trust-good", "", "", true),
    ("self", "STRICT", "", "", "trust-one", "", "", false),
    ("self", "STRICT", "", "", "trust-self", "", "", true),
    ("self", "STRICT", "", "", "self", "", "", true),
    // No policy: a certificate in files is not checked.
    ("other", "STRICT", "", "", "none", "", "", true),
    ("self", "PERMISSIVE", "", "", "none", "", "", true),
    ("bare", "STRICT", "", "", "none", "", "", true),
    ("other", "DISABLED", "", "", "none", "", "", true),
    // Names.
    ("named", "STRICT", "", "", "trust-one", "", "", false),
    ("named", "STRICT", "", "", "trust-one", "a.local", "", true),
    ("named", "STRICT", "", "", "trust-one", "A.Local", "", true),
    ("named", "STRICT", "", "", "trust-one", "x.local b.local", "", true),
    ("named", "STRICT", "", "", "trust-one", "spiffe://m/a", "", true),
    ("named", "STRICT", "", "", "trust-one", "spiffe://m/A", "", false),
    ("named", "STRICT", "", "", "trust-one", "x.local", "", false),
    ("bare", "STRICT", "", "", "trust-one", "", "", false),
    ("bare", "STRICT", "", "", "trust-one", "bare", "", false),
    ("good", "STRICT", "", "", "trust-one", "deep.a.local", "", false),
    ("good", "STRICT", "", "", "trust-one", "local", "", false),
    ("partial", "STRICT", "", "", "trust-one", "", "", true),
    ("partial", "STRICT", "", "", "trust-one", "a.local", "", false),
    ("upper", "STRICT", "", "", "trust-one", "", "", true),
    ("localhost", "STRICT", "", "", "trust-one", "", "", true),
    ("good", "STRICT", "", "", "trust-one", "localhost", "", false),
    // The mode.
    ("good", "PERMISSIVE", "", "", "trust-one", "", "", true),
    ("other", "PERMISSIVE", "", "", "trust-one", "", "", false),
    ("good", "DISABLED", "", "", "trust-one", "", "", false),
    ("", "", "", "", "trust-one", "", "", false),
    ("", "", "", "", "none", "", "", true),
    ("other", "STRICT", "", "", "relaxed trust-one", "", "", false),
    ("", "", "", "", "relaxed trust-one", "", "", true),
    // Mutual TLS.
    ("good", "STRICT", "trust-one", "", "trust-one", "", "client-one", true),
    ("good", "STRICT", "trust-one", "", "trust-one", "", "", false),
    ("good", "STRICT", "trust-one", "", "none", "", "", false),
    ("good", "STRICT", "trust-one", "", "trust-one", "", "client-two", false),
    ("good", "STRICT", "trust-both", "", "trust-one", "", "client-two", true),
    ("good", "STRICT", "trust-one", "", "trust-one", "", "client-self", false),
    ("good", "STRICT", "trust-self", "", "trust-one", "", "client-self", true),
    ("good", "STRICT", "trust-one", "", "trust-one", "", "client-bare", true),
    ("good", "STRICT", "trust-one", "client.local", "trust-one", "", "client-one", true),
    ("good", "STRICT", "trust-one", "spiffe://m/client", "trust-one", "", "client-one", true),
    ("good", "STRICT", "trust-one", "other.local", "trust-one", "", "client-one", false),
    ("good", "STRICT", "trust-one", "other.local", "trust-one", "", "client-bare", false),
    ("good", "STRICT", "trust-one", "other.local", "trust-one", "", "client-two", false),
    ("other", "STRICT", "trust-one", "other.local", "trust-one", "", "client-two", false),
    ("other", "STRICT", "trust-one", "", "trust-one", "", "", false),
    ("good", "PERMISSIVE", "trust-one", "", "trust-one", "", "", false),
    ("good", "PERMISSIVE", "trust-one", "", "trust-one", "", "client-one", true),
    ("good", "DISABLED", "trust-one", "", "none", "", "", true),
    ("good", "STRICT", "", "", "trust-one", "", "client-two", true),
    // Secrets.
    ("sds-good", "STRICT", "", "", "sds-trust-one", "", "", true),
    ("sds-other", "STRICT", "", "", "sds-trust-one", "", "", false),
    (
        "sds-named",
        "STRICT",
        "sds-trust-one",
        "spiffe://m/client",
        "sds-trust-one",
        "spiffe://m/a",
        "sds-client-one",
        true,
    ),
    (
        "sds-named",
        "STRICT",
        "sds-trust-one",
        "spiffe://m/other",
        "sds-trust-one",
        "spiffe://m/a",
        "sds-client-one",
        false,
    ),
    ("sds-other", "STRICT", "", "", "none", "", "", true),
    // AWS Certificate Manager and AWS Private CA.
    ("acm-good", "STRICT", "", "", "acm-one", "", "", true),
    ("acm-good", "STRICT", "", "", "acm-two", "", "", false),
    ("acm-good", "STRICT", "", "", "acm-two acm-one", "", "", true),
    ("acm-named", "STRICT", "", "", "acm-one", "", "", false),
    ("acm-named", "STRICT", "", "", "none", "", "", true),
    ("acm-good", "STRICT", "", "", "trust-one", "", "", true),
    ("good", "STRICT", "", "", "acm-two", "", "", false),
];

pub fn table(_folder: &Path) -> Table {
    let ports = free_ports(PROTOCOLS.len() + ROWS.len() * 2 + GATEWAYS.len());
    let mut ports = ports.into_iter();
    let of_protocol: BTreeMap<_, _> = PROTOCOLS.into_iter().zip(ports.by_ref()).collect();
    let gateways = ports.by_ref().take(GATEWAYS.len()).collect();
    let mut cases = Vec::new();
    for (row, protocol) in ROWS.iter().flat_map(|row| PROTOCOLS.map(|protocol| (row, protocol))) {
        let &(certificate, mode, trust, names, to_trust, wanted, shown, arrives) = row;
        let relaxed = to_trust.strip_prefix("relaxed ");
        let is_found_by_dns = certificate == "localhost";
        // A separate port, if only the port distinguishes backends, or all have one address.
        let own = protocol == "tcp" || is_found_by_dns;
        cases.push(Case {
            name: format!("{row:?}"),
            protocol,
            arrives,
            server: Server { certificate, mode, trust, names },
            policy: Policy {
                trust: relaxed.unwrap_or(to_trust),
                names: wanted,
                certificate: shown,
                is_enforced: relaxed.is_none(),
            },
            number: cases.len(),
            port: if own { ports.next().unwrap() } else { of_protocol[protocol] },
            is_found_by_dns,
        });
    }
    Table { cases, gateways }
}

impl Case {
    pub fn node(&self) -> String {
        format!("n{}", self.number)
    }

    fn service(&self) -> String {
        format!("s{}", self.number)
    }

    /// Returns the service-discovery address of its node.
    pub fn address(&self) -> Ipv4Addr {
        let [.., high, low] = u32::try_from(self.number + 2).unwrap().to_be_bytes();
        if self.is_found_by_dns { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(127, 1, high, low) }
    }
}

impl Table {
    /// Returns every caller with its cases: all cases for the node, those of HTTP for the gateways.
    pub fn callers(&self) -> Vec<(Key, Vec<(&Case, Place)>)> {
        let mut places = Vec::new();
        for case in &self.cases {
            let client = Client::Node { node: "client".into(), service: case.service().into() };
            places.push((
                case,
                Place { client, path: "/".into(), port: case.port, at: Ipv4Addr::new(127, 0, 0, 9) },
            ));
        }
        let mut callers = vec![(Key::new(Kind::VirtualNode, "client"), places)];
        for (gateway, port) in self.gateways.iter().enumerate() {
            let name = format!("g{gateway}");
            let mut places = Vec::new();
            for case in self.cases.iter().filter(|case| case.protocol == "http") {
                let client = Client::Gateway(name.as_str().into());
                let path = format!("/{}/", case.node());
                places.push((case, Place { client, path, port: *port, at: Ipv4Addr::LOCALHOST }));
            }
            callers.push((Key::new(Kind::VirtualGateway, name), places));
        }
        callers
    }

    pub fn environment(&self) -> Environment {
        let mut environment = Environment::default();
        for case in &self.cases {
            let task = Task::new(Some(case.address()), None, Families::V4);
            environment.tasks.insert(case.node().into(), Rc::new(task));
            // The caller resolves the service's name; any address is sufficient.
            let placeholder = DnsRecords { a: vec![PLACEHOLDER], aaaa: Vec::new() };
            environment.dns.insert(case.service().into(), Rc::new(placeholder));
            if !case.is_found_by_dns {
                let service = CloudMapService { namespace: "local".into(), service: case.node().into() };
                let instance = Instance {
                    id: "i".into(),
                    ipv4: Some(case.address()),
                    ipv6: None,
                    attributes: TextMap::new(),
                };
                environment.cloud_map.insert(service, Rc::new(vec![instance]));
            }
        }
        let records = DnsRecords { a: vec![Ipv4Addr::LOCALHOST], aaaa: Vec::new() };
        environment.dns.insert("localhost".into(), Rc::new(records));
        environment
    }
}

/// Returns the log settings of a proxy, with all compared fields.
fn logging(folder: &Path, name: &str) -> Value {
    let keys = [
        ("case", "%REQ(X-CASE)%"),
        ("local", "%DOWNSTREAM_LOCAL_ADDRESS%"),
        ("flags", "%RESPONSE_FLAGS%"),
        ("details", "%RESPONSE_CODE_DETAILS%"),
        ("attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"),
        ("upstream_failure", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
    ];
    let json: Vec<_> = keys.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    json!({"accessLog": {"file": {"path": folder.join(format!("{name}.log")), "format": {"json": json}}}})
}

fn certificate(folder: &Path, name: &str) -> Value {
    let path = |end: &str| folder.join(format!("{name}.{end}"));
    match (name.strip_prefix("acm-"), name.starts_with("sds-")) {
        (Some(name), _) => json!({"acm": {"certificateArn": certificate_arn(name)}}),
        (_, true) => json!({"sds": {"secretName": name}}),
        _ => json!({"file": {"certificateChain": path("pem"), "privateKey": path("key")}}),
    }
}

fn validation(folder: &Path, trust: &str, names: &str) -> Value {
    let trust = if trust.starts_with("acm-") {
        let arns: Vec<_> = trust.split(' ').map(|name| authority_arn(&name["acm-".len()..])).collect();
        json!({"acm": {"certificateAuthorityArns": arns}})
    } else if trust.starts_with("sds-") {
        json!({"sds": {"secretName": trust}})
    } else {
        json!({"file": {"certificateChain": folder.join(format!("{trust}.pem"))}})
    };
    let names: Vec<_> = names.split(' ').filter(|name| !name.is_empty()).collect();
    match names.is_empty() {
        true => json!({"trust": trust}),
        false => json!({"trust": trust, "subjectAlternativeNames": {"match": {"exact": names}}}),
    }
}

fn client_policy(folder: &Path, policy: Policy) -> Value {
    let mut tls = json!({"validation": validation(folder, policy.trust, policy.names)});
    if !policy.certificate.is_empty() {
        tls["certificate"] = certificate(folder, policy.certificate);
    }
    if !policy.is_enforced {
        tls["enforce"] = json!(false);
    }
    json!({"tls": tls})
}

/// Creates a node and a service for each case, a node that has all of them as backends, and gateways with routes to
/// those of HTTP.
pub fn mesh(table: &Table, folder: &Path) -> (MeshId, Mesh) {
    let mut inputs = vec![(Kind::Mesh, json!({"spec": {}}))];
    let mut backends = Vec::new();
    for case in &table.cases {
        let (node, service, server) = (case.node(), case.service(), case.server);
        let mut listener = json!({"portMapping": {"port": case.port, "protocol": case.protocol}});
        if !server.certificate.is_empty() {
            listener["tls"] =
                json!({"mode": server.mode, "certificate": certificate(folder, server.certificate)});
            if !server.trust.is_empty() {
                listener["tls"]["validation"] = validation(folder, server.trust, server.names);
            }
        }
        let discovery = match case.is_found_by_dns {
            true => json!({"dns": {"hostname": "localhost", "ipPreference": "IPv4_ONLY"}}),
            false => json!({"awsCloudMap": {"namespaceName": "local", "serviceName": node}}),
        };
        let spec = json!({"listeners": [listener], "serviceDiscovery": discovery, "logging": logging(folder, &node)});
        inputs.push((Kind::VirtualNode, json!({"virtualNodeName": node, "spec": spec})));
        let provider = json!({"virtualNode": {"virtualNodeName": node}});
        inputs.push((
            Kind::VirtualService,
            json!({"virtualServiceName": service, "spec": {"provider": provider}}),
        ));
        let mut backend = json!({"virtualServiceName": service});
        if case.policy.trust != "none" {
            backend["clientPolicy"] = client_policy(folder, case.policy);
        }
        backends.push(json!({"virtualService": backend}));
    }
    let spec = json!({"backends": backends, "logging": logging(folder, "client")});
    inputs.push((Kind::VirtualNode, json!({"virtualNodeName": "client", "spec": spec})));
    for (number, ((trust, names, certificate), port)) in GATEWAYS.into_iter().zip(&table.gateways).enumerate()
    {
        let gateway = format!("g{number}");
        let mut spec = json!({"listeners": [{"portMapping": {"port": port, "protocol": "http"}}],
            "logging": logging(folder, &gateway)});
        if !trust.is_empty() {
            let policy = Policy { trust, names, certificate, is_enforced: true };
            spec["backendDefaults"] = json!({"clientPolicy": client_policy(folder, policy)});
        }
        inputs.push((Kind::VirtualGateway, json!({"virtualGatewayName": gateway, "spec": spec})));
        for case in table.cases.iter().filter(|case| case.protocol == "http") {
            let target = json!({"target": {"virtualService": {"virtualServiceName": case.service()}}});
            let route = json!({"match": {"prefix": format!("/{}/", case.node())}, "action": target});
            inputs.push((
                Kind::GatewayRoute,
                json!({"virtualGatewayName": gateway,
                "gatewayRouteName": case.node(), "spec": {"httpRoute": route}}),
            ));
        }
    }
    made(&inputs)
}

fn made(inputs: &[(Kind, Value)]) -> (MeshId, Mesh) {
    let mut world = World::empty().unwrap();
    world.control_plane.enforces_quotas = false;
    let account = world.account.clone();
    for (seed, (kind, input)) in (0u64..).zip(inputs) {
        let mut input = input.clone();
        input["meshName"] = json!("m");
        let operation = Operation::parse(Verb::Create, *kind, &input, &account).unwrap();
        let applied = world.control_plane.apply(&operation, &account, &Env { now: Timestamp(0), seed });
        applied.unwrap_or_else(|error| panic!("{error}: {input}"));
    }
    let (id, mesh) = world.control_plane.meshes().next().unwrap();
    (id.clone(), Mesh::clone(mesh))
}
