//! Mutated documents of every dialect: each is opened or refused with a reason, quickly, and nothing panics.
//!
//! `cargo test` opens a hundred documents of a fixed seed. The long run is `FUZZ_DOCUMENTS=10000 cargo test --profile
//! fuzz --no-default-features --test document_fuzz -- --nocapture`, which reports the slowest and the largest document
//! of each dialect; `FUZZ_SEED=n` repeats a run.

#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

#[path = "common/mod.rs"]
mod common;
#[path = "common/fuzz.rs"]
mod fuzz;
#[path = "common/work.rs"]
mod work;

use std::{
    fmt::Write,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use common::ENV;
use fuzz::{Dice, clock, place};
use mesh_playground::{
    document,
    model::TextMap,
    playground::Playground,
    scenario::{Variant, six_colours},
    store::Command,
    terminal::Terminal,
    world::World,
};
use serde_json::{Map, Value, json};

/// The time limit for a document of up to 100 kB, in an optimised build; longer ones may take proportionally longer.
const BAR: Duration = Duration::from_millis(200);
/// Maximum number of bytes that a document may allocate at one time.
const MOST_KEPT: u64 = 64 << 20;
/// Maximum length of a document in bytes.
const LONGEST: usize = 400_000;
/// Number of documents of each dialect in a short run.
const SHORT: usize = 25;
/// About the size of a browser's stack; an unoptimised build needs more.
const STACK: usize = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 20 };

/// A dialect, with the documents that are mutated.
struct Dialect {
    name: &'static str,
    corpus: Vec<String>,
    open: fn(&str) -> Playground,
}

/// Opens a text as *Open…* does.
fn open(text: &str) -> Playground {
    let mut playground = Playground::empty().unwrap();
    let plan = document::read(text).and_then(|source| source.plan(&TextMap::new(), playground.world()));
    match plan {
        Ok(plan) => drop(playground.run(Command::Open(Rc::new(plan)))),
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal without a reason"),
    }
    playground
}

/// Applies a manifest like `kubectl`, to a cluster with a mesh for each namespace.
fn apply(text: &str) -> Playground {
    let (mut terminal, mut playground) = (Terminal::default(), Playground::empty().unwrap());
    terminal.files_mut().insert("k.yaml".to_owned(), text.to_owned());
    let output = terminal.run(&mut playground, "kubectl apply -f k.yaml");
    assert!(output.exit_code == 0 || !output.stderr.is_empty(), "a refusal without a reason");
    playground
}

fn dialects() -> Vec<Dialect> {
    let colours = six_colours(Variant::Dns, &ENV).unwrap();
    let mut dialects = vec![
        Dialect { name: "CloudFormation", corpus: vec![TEMPLATE.to_owned()], open },
        Dialect { name: "App Mesh JSON", corpus: vec![inputs().to_string()], open },
        Dialect {
            name: "playground document",
            corpus: vec![document::save(&colours), document::save(&World::empty().unwrap())],
            open,
        },
        Dialect { name: "Kubernetes", corpus: vec![MANIFEST.to_owned()], open: apply },
    ];
    if let Some(samples) = common::samples() {
        for (dialect, folders) in [
            (0, &["howto-ipv6/dns", "howto-ipv6/cloud", "cdk"][..]),
            (1, &["user-guide"]),
            (3, &["kubernetes", "kubernetes/controller"]),
        ] {
            for folder in folders {
                dialects[dialect].corpus.extend(texts(&samples.join(folder)));
            }
        }
    }
    dialects
}

/// Returns the documents of a folder, sorted by name.
fn texts(folder: &Path) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_document = |path: &Path| {
        path.extension().is_some_and(|extension| {
            ["yaml", "json", "template"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        })
    };
    paths.iter().filter(|path| is_document(path)).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// A template with every kind, with most settings.
const TEMPLATE: &str = r#"
Parameters:
  Name: {Type: String, Default: shop}
  Port: {Type: Number, Default: 8080}
Conditions: {IsShop: !Equals [!Ref Name, shop]}
Resources:
  Mesh:
    Type: AWS::AppMesh::Mesh
    Properties: {MeshName: !Ref Name, Spec: {ServiceDiscovery: {IpPreference: IPv6_PREFERRED}}}
  Node:
    Type: AWS::AppMesh::VirtualNode
    DependsOn: Mesh
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: !Sub '${Name}-node'
      Tags: [{Key: a, Value: b}]
      Spec:
        Listeners:
          - PortMapping: {Port: !Ref Port, Protocol: http}
            HealthCheck: {HealthyThreshold: 2, IntervalMillis: 5000, Protocol: http, Path: /, TimeoutMillis: 2000, UnhealthyThreshold: 2}
            Timeout: {HTTP: {Idle: {Unit: s, Value: 5}}}
        ServiceDiscovery: {DNS: {Hostname: !Join ['.', [node, local]]}}
        Backends: !If [IsShop, [{VirtualService: {VirtualServiceName: pay.local}}], !Ref 'AWS::NoValue']
  Router:
    Type: AWS::AppMesh::VirtualRouter
    Properties: {MeshName: !Ref Name, VirtualRouterName: r, Spec: {Listeners: [{PortMapping: {Port: 8080, Protocol: http}}]}}
  Route:
    Type: AWS::AppMesh::Route
    Properties:
      MeshName: !Ref Name
      VirtualRouterName: r
      RouteName: all
      Spec: {HttpRoute: {Match: {Prefix: /}, Action: {WeightedTargets: [{VirtualNode: !GetAtt Node.VirtualNodeName, Weight: 1}]}}}
  Service:
    Type: AWS::AppMesh::VirtualService
    Properties: {MeshName: !Ref Name, VirtualServiceName: pay.local, Spec: {Provider: {VirtualRouter: {VirtualRouterName: r}}}}
"#;

/// Objects of the controller, with workloads and Services.
const MANIFEST: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {mesh: shop}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: Mesh
metadata: {name: shop}
spec: {namespaceSelector: {matchLabels: {mesh: shop}}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualNode
metadata: {name: pay, namespace: shop}
spec:
  podSelector: {matchLabels: {app: pay}}
  listeners: [{portMapping: {port: 8080, protocol: http}}]
  serviceDiscovery: {dns: {hostname: pay.shop.svc.cluster.local}}
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualRouter
metadata: {name: pay, namespace: shop}
spec:
  listeners: [{portMapping: {port: 8080, protocol: http}}]
  routes: [{name: all, httpRoute: {match: {prefix: /}, action: {weightedTargets: [{virtualNodeRef: {name: pay}, weight: 1}]}}}]
---
apiVersion: appmesh.k8s.aws/v1beta2
kind: VirtualService
metadata: {name: pay, namespace: shop}
spec: {awsName: pay.shop.svc.cluster.local, provider: {virtualRouter: {virtualRouterRef: {name: pay}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {app: pay}}, template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: app, image: i, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{port: 8080}]}
";

fn inputs() -> Value {
    json!([
        {"meshName": "m", "spec": {"egressFilter": {"type": "ALLOW_ALL"}}, "tags": [{"key": "a", "value": "b"}]},
        {"meshName": "m", "virtualNodeName": "n", "spec": {
            "listeners": [{"portMapping": {"port": 80, "protocol": "http"},
                "tls": {"mode": "STRICT", "certificate": {"file": {"certificateChain": "/c.pem", "privateKey": "/k.pem"}}}}],
            "serviceDiscovery": {"awsCloudMap": {"namespaceName": "local", "serviceName": "n", "attributes": [{"key": "a", "value": "b"}]}}}},
        {"virtualService": {"meshName": "m", "virtualServiceName": "s.local",
            "spec": {"provider": {"virtualNode": {"virtualNodeName": "n"}}}, "metadata": {"version": 1}}},
        {"meshName": "m", "virtualGatewayName": "g", "spec": {"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}},
        {"meshName": "m", "virtualGatewayName": "g", "gatewayRouteName": "gr", "spec": {"httpRoute": {
            "match": {"prefix": "/", "headers": [{"name": "x", "invert": true, "match": {"regex": "a.*"}}]},
            "action": {"target": {"virtualService": {"virtualServiceName": "s.local"}}}}}},
    ])
}

const SIGNS: &[&str] = &[
    "\n",
    " ",
    "\t",
    "  ",
    "- ",
    ": ",
    "? ",
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!Foo ",
    "&a ",
    "*a ",
    "<<: *a\n",
    "---\n",
    "...\n",
    "#",
    "|\n",
    ">\n",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\\",
    "\\u0000",
    "\u{0}",
    "\u{feff}",
    "é",
    "😀",
    "~",
    "null",
    "true",
    "1e999",
    "-1",
    "99999999999999999999",
    "0x1F",
    ".inf",
    "${",
    "${AWS::Region}",
    "Fn::If",
    "Ref",
    "AWS::NoValue",
    "kind: List\n",
    "apiVersion: appmesh.k8s.aws/v1beta2\n",
    "\"version\":99,",
    "meshName",
    "Type: AWS::AppMesh::Mesh\n",
];

/// Returns a mutated document.
fn mutated(dice: &mut Dice, corpus: &[String]) -> String {
    let mut text = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(4) {
        text = match (dice.below(3), serde_json::from_str::<Value>(&text)) {
            (0 | 1, Ok(mut value)) => {
                change_value(dice, &mut value);
                value.to_string()
            }
            _ => change_text(dice, &text, corpus),
        };
        // Truncates after each change, because several could produce gigabytes.
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

/// Mutates a random part of a value.
fn change_value(dice: &mut Dice, value: &mut Value) {
    let inner = match value {
        Value::Object(members) if dice.below(5) > 0 => {
            let at = dice.below(members.len());
            members.values_mut().nth(at)
        }
        Value::Array(items) if dice.below(5) > 0 => {
            let at = dice.below(items.len());
            items.get_mut(at)
        }
        _ => None,
    };
    if let Some(inner) = inner {
        return change_value(dice, inner);
    }
    let was = value.take();
    *value = match (dice.below(12), was) {
        (0, Value::Object(mut members)) => {
            let key = members.keys().nth(dice.below(members.len())).cloned();
            key.map(|key| members.remove(&key));
            Value::Object(members)
        }
        (1, Value::Object(members)) => {
            Value::Object(members.into_iter().map(|(key, value)| ([&*key, "x"].concat(), value)).collect())
        }
        (2, Value::Array(items)) => {
            let times = [2, 30, 2_000][dice.below(3)] / items.len().max(1) + 1;
            let count = items.len() * times;
            let items = Value::Array(items);
            let most = LONGEST / items.to_string().len();
            let items = items.as_array().unwrap();
            Value::Array(items.iter().cycle().take(count.min(items.len() * (most + 1))).cloned().collect())
        }
        (3, was) => {
            let deep = [1, 10, 70, 3_000][dice.below(4)];
            // `json!` would copy everything at each level.
            (0..deep).fold(was, |inner, _| Value::Array(vec![inner]))
        }
        (4, _) => Value::from("x".repeat([0, 1, 256, 20_000][dice.below(4)])),
        (5, _) => json!([null, {}, [], -1, 65_536, 1.5, true, "", "ALLOW_ALL"])[dice.below(9)].clone(),
        (6, _) => {
            let count = [3, 500, 20_000][dice.below(3)];
            Value::Object((0..count).map(|i| (format!("key{i}"), Value::from(i))).collect::<Map<_, _>>())
        }
        (_, was) => json!([was.clone(), was]),
    };
}

fn change_text(dice: &mut Dice, text: &str, corpus: &[String]) -> String {
    let other = &corpus[dice.below(corpus.len())];
    let (here, there) = (place(dice, text), place(dice, text));
    let (first, last) = (here.min(there), here.max(there));
    let (before, middle, after) = (&text[..first], &text[first..last], &text[last..]);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (at, with) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(11) {
        0 if !lines.is_empty() => {
            lines.remove(at);
            lines.concat()
        }
        1 if !lines.is_empty() => {
            lines.insert(with, lines[at]);
            lines.concat()
        }
        2 if !lines.is_empty() => {
            lines.swap(at, with);
            lines.concat()
        }
        3 => {
            let theirs: Vec<&str> = other.split_inclusive('\n').collect();
            lines.insert(at, theirs.get(dice.below(theirs.len())).copied().unwrap_or_default());
            lines.concat()
        }
        4 => {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(7);
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        5 | 6 => [before, dice.one(SIGNS), middle, dice.one(SIGNS), after].concat(),
        7 => {
            let (open, close) =
                [("[", "]"), ("{a: ", "}"), ("!Sub [", "]"), ("- ", ""), ("? ", "")][dice.below(5)];
            let count = [3, 70, 20_000][dice.below(3)];
            [before, &open.repeat(count), middle, &close.repeat(count), after].concat()
        }
        8 => {
            let count = [10, 1_000, 100_000][dice.below(3)];
            [before, &middle.repeat((count / middle.len().max(1)).max(2)), after].concat()
        }
        9 => [before, &other[place(dice, other)..]].concat(),
        _ => [before, after].concat(),
    }
}

/// The longest times and the largest results of a dialect.
struct Summary {
    slowest: (Duration, String),
    largest: (usize, String),
    /// Maximum number of bytes in use at one time.
    hungriest: (u64, String),
}

fn run(dialect: &Dialect, seed: u64, count: usize) -> Summary {
    let start = Instant::now();
    let mut dice = Dice::new(seed);
    let mut summary = Summary {
        slowest: (Duration::ZERO, String::new()),
        largest: (0, String::new()),
        hungriest: (0, String::new()),
    };
    for _ in 0..count {
        let text = mutated(&mut dice, &dialect.corpus);
        if std::env::var_os("FUZZ_TRACE").is_some() {
            std::fs::write(std::env::temp_dir().join("document-fuzz-text"), &text).unwrap();
        }
        let begun = clock(start);
        let (playground, made) = work::made(|| (dialect.open)(&text));
        let took = clock(start) - begun;
        let saved = document::save(playground.world());
        assert_eq!(
            document::restore_text(&saved).as_ref(),
            Ok(playground.world()),
            "{text:?} is not saved whole"
        );
        let times = u32::try_from(text.len() / 100_000).unwrap() + 1;
        if took / times > summary.slowest.0 {
            summary.slowest = (took / times, text.clone());
        }
        if made.most > summary.hungriest.0 {
            summary.hungriest = (made.most, text.clone());
        }
        if saved.len() > summary.largest.0 {
            summary.largest = (saved.len(), text);
        }
    }
    summary
}

/// Returns the start of a text, with its length.
fn excerpt(text: &str) -> String {
    let start: String = text.chars().take(300).collect();
    format!("{} bytes: {start:?}", text.len())
}

#[test]
fn mutated_documents_are_opened_or_refused() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let long = number("FUZZ_DOCUMENTS").and_then(|count| usize::try_from(count).ok());
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let all = move || {
        let mut report = String::new();
        let mut slow = Vec::new();
        for dialect in dialects() {
            let Summary { slowest, largest, hungriest } = run(&dialect, seed, long.unwrap_or(SHORT));
            writeln!(
                report,
                "{}: slowest {:.1} ms per 100 kB, {}",
                dialect.name,
                slowest.0.as_secs_f64() * 1e3,
                excerpt(&slowest.1)
            )
            .unwrap();
            writeln!(
                report,
                "{}: largest {} bytes saved, of {}",
                dialect.name,
                largest.0,
                excerpt(&largest.1)
            )
            .unwrap();
            writeln!(
                report,
                "{}: at most {} bytes at one time, of {}",
                dialect.name,
                hungriest.0,
                excerpt(&hungriest.1)
            )
            .unwrap();
            assert!(hungriest.0 < MOST_KEPT, "{report}");
            if slowest.0 > BAR {
                slow.push(format!("{} took {:?}: {:?}", dialect.name, slowest.0, slowest.1));
            }
        }
        println!("{report}");
        // On a busy machine, the processor time of a daily run is not meaningful.
        assert!(long.is_none() || cfg!(debug_assertions) || slow.is_empty(), "{slow:#?}");
    };
    std::thread::Builder::new().stack_size(STACK).spawn(all).unwrap().join().unwrap();
}
