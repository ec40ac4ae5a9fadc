//! Any bytes on the wire yield a JSON response with a status of the service, and a refusal changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use mesh_playground::{
    api::{Request, handle},
    control_plane::Action,
    model::Kind,
    playground::Playground,
    store::Command,
};
use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree as _,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::config;

/// Status and exceptions. Source: docs/facts/api-errors.md#codes.
const REFUSALS: [(u16, &[&str]); 4] = [
    (400, &["BadRequestException", "LimitExceededException", "TooManyTagsException"]),
    (403, &["AccessDeniedException", "ForbiddenException"]),
    (404, &["NotFoundException", "UnknownOperationException"]),
    (409, &["ConflictException", "ResourceInUseException"]),
];

/// Returns the path of the resources of a kind, in mesh `m`, router `r` and gateway `g`.
fn collection(kind: Kind) -> String {
    let collection = kind.declaration().collection;
    match kind {
        Kind::Mesh => "/v20190125/meshes".to_owned(),
        Kind::Route => format!("/v20190125/meshes/m/virtualRouter/r/{collection}"),
        Kind::GatewayRoute => format!("/v20190125/meshes/m/virtualGateway/g/{collection}"),
        _ => format!("/v20190125/meshes/m/{collection}"),
    }
}

fn request(method: &str, path: String, query: &str, body: &Value) -> Request {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Request { method: method.to_owned(), path, query: query.to_owned(), headers: Vec::new(), body }
}

/// Returns a spec to which several rules of the service apply.
fn spec(kind: Kind) -> Value {
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    match kind {
        Kind::Mesh => {
            json!({"egressFilter": {"type": "DROP_ALL"}, "serviceDiscovery": {"ipPreference": "IPv6_ONLY"}})
        }
        Kind::VirtualNode => json!({
            "backends": [{"virtualService": {"virtualServiceName": "s"}}],
            "listeners": [{"portMapping": {"port": 80, "protocol": "http"}, "timeout": {"http": {"idle": {"unit": "s", "value": 1}}},
                "healthCheck": {"healthyThreshold": 2, "intervalMillis": 5000, "path": "/", "protocol": "http",
                "timeoutMillis": 2000, "unhealthyThreshold": 2}}],
            "serviceDiscovery": {"awsCloudMap": {"attributes": [{"key": "k", "value": "v w"}], "namespaceName": "é",
                "serviceName": "n"}},
        }),
        Kind::VirtualRouter | Kind::VirtualGateway => json!({"listeners": listeners}),
        Kind::VirtualService => json!({"provider": {"virtualRouter": {"virtualRouterName": "r"}}}),
        Kind::Route => json!({"httpRoute": {
            "match": {"prefix": "/", "headers": [{"name": "h", "match": {"range": {"start": -1, "end": 5}}}], "port": 80},
            "action": {"weightedTargets": [{"virtualNode": "n", "weight": 100, "port": 80}]},
            "retryPolicy": {"maxRetries": 1, "perRetryTimeout": {"unit": "ms", "value": 5}, "httpRetryEvents": ["server-error"]},
        }, "priority": 0}),
        Kind::GatewayRoute => json!({"grpcRoute": {
            "match": {"serviceName": "p.S", "hostname": {"suffix": ".local"}},
            "action": {"target": {"virtualService": {"virtualServiceName": "s"}}, "rewrite": {}},
        }}),
    }
}

fn create(kind: Kind, name: &str) -> Request {
    let body = json!({
        kind.declaration().name_member: name, "spec": spec(kind), "tags": [{"key": "team", "value": ""}],
        "clientToken": name,
    });
    request("PUT", collection(kind), "", &body)
}

/// Returns a playground with two resources of each kind: one that is in use, and `x`, which is not.
fn furnished() -> Playground {
    let mut playground = Playground::empty().unwrap();
    for name in ["used", "x"] {
        for kind in Kind::ALL {
            let used = match kind {
                Kind::Mesh => "m",
                Kind::VirtualNode => "n",
                Kind::VirtualRouter => "r",
                Kind::VirtualService => "s",
                Kind::VirtualGateway => "g",
                Kind::Route | Kind::GatewayRoute => "u",
            };
            let response = handle(&mut playground, create(kind, if name == "x" { name } else { used }));
            assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        }
    }
    // A mesh of the other account, for forbidden requests.
    let accounts = playground.world().accounts.clone();
    playground.run(Command::SwitchAccount(accounts[1].clone()));
    handle(&mut playground, create(Kind::Mesh, "m"));
    playground.run(Command::SwitchAccount(accounts[0].clone()));
    playground
}

thread_local! {
    /// Created once; copies are cheap.
    static FURNISHED: Playground = furnished();
}

/// Returns one request for each of the 38 operations that succeeds in the furnished playground.
fn valid() -> Vec<(Action, Request)> {
    let arn = "resourceArn=arn%3Aaws%3Aappmesh%3Aus-west-2%3A123456789012%3Amesh%2Fm%2FvirtualRouter%2Fr%2Froute%2Fx";
    let requests = Action::all().map(|action| {
        let request = match action {
            Action::Create(kind) => create(kind, "new"),
            Action::Describe(kind) => {
                request("GET", format!("{}/x", collection(kind)), "meshOwner=123456789012", &Value::Null)
            }
            Action::Update(kind) => {
                let body = json!({"spec": spec(kind), "clientToken": "t"});
                request("PUT", format!("{}/x", collection(kind)), "", &body)
            }
            Action::Delete(kind) => request("DELETE", format!("{}/x", collection(kind)), "", &Value::Null),
            Action::List(kind) => request("GET", collection(kind), "limit=1", &Value::Null),
            Action::ListTagsForResource => request("GET", "/v20190125/tags".to_owned(), arn, &Value::Null),
            Action::TagResource => request(
                "PUT",
                "/v20190125/tag".to_owned(),
                arn,
                &json!({"tags": [{"key": "k", "value": "v"}]}),
            ),
            Action::UntagResource => {
                request("PUT", "/v20190125/untag".to_owned(), arn, &json!({"tagKeys": ["team"]}))
            }
        };
        (action, request)
    });
    requests.collect()
}

/// Returns requests that are valid except for the state: names that are taken or in use, and a mesh of another account.
fn refused() -> Vec<Request> {
    let taken = Kind::ALL.map(|kind| create(kind, "x"));
    let used = ["", "/virtualNodes/n", "/virtualRouters/r", "/virtualServices/s", "/virtualGateways/g"];
    let used = used.map(|path| request("DELETE", format!("/v20190125/meshes/m{path}"), "", &Value::Null));
    let foreign = Kind::ALL.map(|kind| {
        request("GET", format!("{}/x", collection(kind)), "meshOwner=210987654321", &Value::Null)
    });
    let arn = "resourceArn=arn:aws:appmesh:us-west-2:210987654321:mesh/m";
    let foreign =
        foreign.into_iter().chain([request("GET", "/v20190125/tags".to_owned(), arn, &Value::Null)]);
    taken.into_iter().chain(used).chain(foreign).collect()
}

/// A change of bytes: position, number of removed bytes, and inserted bytes.
type Edit = (Index, usize, Vec<u8>);

fn any_edit() -> impl Strategy<Value = Edit> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(
            &[
                "{", "}", "[", "]", "\"", ",", ":", "null", "-1", "1e999", "\\u0000", "\\ud800", "/", "%",
                "%2F", "&", "="
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (any::<Index>(), 0..4usize, bytes)
}

fn edited(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, gone, come) in edits {
        let start = place.index(bytes.len() + 1);
        let end = bytes.len().min(start + gone);
        bytes.splice(start..end, come.iter().copied());
    }
    bytes
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Generates values that are invalid at most positions of a spec.
fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(
            &[
                "null",
                "true",
                "0",
                "-1",
                "80",
                "1.5",
                "1e999",
                "9223372036854775808",
                "\"\"",
                "\"/\"",
                "[]",
                "{}",
                "[[[[[[[[[]]]]]]]]]",
                r#"{"$serde_json::private::Number": "1"}"#
            ][..]
        )
        .prop_map(|text| serde_json::from_str(text).unwrap_or_default()),
        any::<String>().prop_map(Value::from),
    ]
}

/// Collects the JSON pointers of all values in a value.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let mut inner = |name: String, value: &Value| {
        let pointer = format!("{pointer}/{name}");
        places(value, &pointer, found);
        found.push(pointer);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| inner(i.to_string(), item)),
        Value::Object(members) => members.iter().for_each(|(name, member)| inner(name.clone(), member)),
        _ => {}
    }
}

/// Generates a request of which any part may be invalid.
fn any_request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![8 => prop::sample::select(&["GET", "PUT", "DELETE"][..]).prop_map(str::to_owned), 1 => any::<String>()];
    let segment = prop_oneof![
        3 => prop::sample::select(&["meshes", "m", "x", "tags", "tag", "untag", "virtualNodes", "virtualNode", "virtualRouter", "r",
            "routes", "gatewayRoutes", "virtualServices", "", ".", "..", "%", "%zz", "%2F", "%00", "%ff"][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let path = prop::collection::vec(segment, 0..7).prop_map(|segments| segments.join("/"));
    let path = prop_oneof![6 => path.prop_map(|path| format!("/v20190125/{path}")), 1 => any::<String>()];
    let pair = prop_oneof![
        4 => prop::sample::select(&["limit=1", "limit=0", "limit=99999999999999999999", "limit", "nextToken=6d", "nextToken=%F0%9F",
            "resourceArn=arn:aws:appmesh:::mesh/", "resourceArn=arn:aws:appmesh:r:123456789012:mesh/m/mesh/m", "meshOwner=210987654321",
            "meshOwner=", "=", "%=%", "spec=1", "tags=1"][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let query = prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"));
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        any_json().prop_map(|value| value.to_string().into_bytes()),
        any_json().prop_map(|value| json!({"meshName": "new", "virtualNodeName": "new", "spec": value})
            .to_string()
            .into_bytes()),
    ];
    (method, path, query, body).prop_map(|(method, path, query, body)| Request {
        method,
        path,
        query,
        headers: Vec::new(),
        body,
    })
}

/// Generates a valid or nearly valid request with few or no errors added.
fn any_mutant() -> impl Strategy<Value = Request> {
    let edits = |likely: f64| {
        prop::option::weighted(likely, prop::collection::vec(any_edit(), 1..3))
            .prop_map(Option::unwrap_or_default)
    };
    let values = prop::collection::vec((any::<Index>(), any_json()), 0..2);
    let known: Vec<_> = valid().into_iter().map(|(_, request)| request).chain(refused()).collect();
    (prop::sample::select(known), edits(0.2), edits(0.2), values, edits(0.2)).prop_map(
        |(mut request, path, query, values, body)| {
            request.path = text(&edited(request.path.as_bytes(), &path));
            request.query = text(&edited(request.query.as_bytes(), &query));
            if let Ok(mut value) = serde_json::from_slice::<Value>(&request.body) {
                for (place, new) in values {
                    let mut found = Vec::new();
                    places(&value, "", &mut found);
                    let pointer = place.get(&found);
                    *value.pointer_mut(pointer).unwrap() = new;
                }
                request.body = value.to_string().into_bytes();
            }
            request.body = edited(&request.body, &body);
            request
        },
    )
}

/// Sends a request, checks the properties of every response, and returns the status.
fn check(playground: &mut Playground, request: &Request) -> Result<u16, TestCaseError> {
    let before = playground.state().clone();
    let response = handle(playground, request.clone());
    let body: Value =
        serde_json::from_slice(&response.body).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(body.is_object(), "{}", body);
    let header = |name: &str| {
        response.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    };
    prop_assert_eq!(header("content-type"), Some("application/json"));
    prop_assert_eq!(header("x-amzn-requestid").map(str::len), Some(36));
    let code = header("x-amzn-errortype");
    if response.status == 200 {
        prop_assert_eq!(code, None);
        prop_assert!(request.method != "GET" || *playground.state() == before);
        return Ok(200);
    }
    let known = REFUSALS.iter().find(|(status, _)| *status == response.status);
    prop_assert!(
        known.is_some_and(|(_, codes)| code.is_some_and(|code| codes.contains(&code))),
        "{:?}",
        response
    );
    prop_assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", body);
    prop_assert_eq!(playground.state(), &before);
    Ok(response.status)
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn anything_is_answered(requests in prop::collection::vec(any_request(), 1..8)) {
        let mut playground = FURNISHED.with(Playground::clone);
        for request in requests {
            check(&mut playground, &request)?;
        }
    }

    #[test]
    fn what_is_almost_right_is_answered(requests in prop::collection::vec(any_mutant(), 1..8)) {
        let mut playground = FURNISHED.with(Playground::clone);
        for request in requests {
            check(&mut playground, &request)?;
        }
    }
}

#[test]
fn all_38_operations_are_among_the_valid_requests() {
    let mut paths = BTreeSet::new();
    for (action, request) in valid() {
        let status = check(&mut furnished(), &request).unwrap();
        assert_eq!(status, 200, "{}", action.name());
        paths.insert((request.method, request.path));
    }
    assert_eq!(paths.len(), 38);
}

/// Coverage of the mutants, with a fixed seed: each status occurs.
#[test]
fn the_mutants_reach_every_status() {
    let mut runner = TestRunner::deterministic();
    let (mutants, mut seen) = (any_mutant(), BTreeMap::<u16, usize>::new());
    let furnished = furnished();
    for _ in 0..600 {
        let mutant = mutants.new_tree(&mut runner).unwrap().current();
        *seen.entry(check(&mut furnished.clone(), &mutant).unwrap()).or_default() += 1;
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [200, 400, 403, 404, 409]);
}
