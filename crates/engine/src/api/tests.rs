//! Tests of the wire with handwritten requests; `tests/` runs the official SDK and CLI.
#![allow(clippy::unwrap_used)] // A test may panic.

use serde_json::{Value, json};

use super::*;
use crate::service::MemoryService;

const OWNER: &str = "123456789012";

fn send(service: &mut MemoryService, method: &str, path: &str, body: &Value) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let path = format!("/v20190125{path}");
    handle(service, Request { method: method.into(), path, query: query.into(), headers: Vec::new(), body })
}

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// Sends a request that succeeds; returns the body of the response.
#[track_caller]
fn ok(service: &mut MemoryService, method: &str, path: &str, body: Value) -> Value {
    let response = send(service, method, path, &body);
    assert_eq!(
        (response.status, header(&response, "x-amzn-errortype")),
        (200, None),
        "{path} {}",
        json_of(&response)
    );
    json_of(&response)
}

/// Sends a request that is rejected; returns the message.
#[track_caller]
fn refused(
    service: &mut MemoryService,
    method: &str,
    path: &str,
    body: Value,
    status: u16,
    code: &str,
) -> String {
    let before = service.world().clone();
    let response = send(service, method, path, &body);
    let message = json_of(&response)["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (response.status, header(&response, "x-amzn-errortype")),
        (status, Some(code)),
        "{path} {message}"
    );
    assert_eq!(*service.world(), before);
    message
}

/// Returns a service that has mesh `m` with a node `n`, a router `r`, a service `a b.local` and a gateway `g`.
fn full() -> MemoryService {
    let mut service = MemoryService::empty().unwrap();
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    ok(&mut service, "PUT", "/meshes", json!({"meshName": "m"}));
    ok(
        &mut service,
        "PUT",
        "/meshes/m/virtualNodes",
        json!({"virtualNodeName": "n", "spec": {"listeners": listeners, "serviceDiscovery": {"dns": {"hostname": "n"}}}}),
    );
    ok(
        &mut service,
        "PUT",
        "/meshes/m/virtualRouters",
        json!({"virtualRouterName": "r", "spec": {"listeners": listeners}}),
    );
    ok(
        &mut service,
        "PUT",
        "/meshes/m/virtualServices",
        json!({"virtualServiceName": "a b.local", "spec": {"provider": {"virtualRouter": {"virtualRouterName": "r"}}}}),
    );
    ok(
        &mut service,
        "PUT",
        "/meshes/m/virtualGateways",
        json!({"virtualGatewayName": "g", "spec": {"listeners": listeners}}),
    );
    service
}

#[test]
fn all_38_operations_have_their_path() {
    let mut found: Vec<Action> = Vec::new();
    for (method, path) in [("GET", "/tags"), ("PUT", "/tag"), ("PUT", "/untag")] {
        found.push(route(method, &format!("/v20190125{path}")).unwrap().0);
    }
    for collection in [
        "meshes",
        "meshes/m/virtualNodes",
        "meshes/m/virtualRouters",
        "meshes/m/virtualServices",
        "meshes/m/virtualGateways",
        "meshes/m/virtualRouter/r/routes",
        "meshes/m/virtualGateway/g/gatewayRoutes",
    ] {
        for method in ["GET", "PUT"] {
            found.push(route(method, &format!("/v20190125/{collection}")).unwrap().0);
        }
        for method in ["GET", "PUT", "DELETE"] {
            found.push(route(method, &format!("/v20190125/{collection}/x")).unwrap().0);
        }
    }
    let mut all: Vec<_> = Action::all().collect();
    all.sort();
    found.sort();
    assert_eq!(found, all);
}

#[test]
fn what_is_no_operation_is_told() {
    let mut service = full();
    for (method, path) in [
        ("GET", "/"),
        ("POST", "/meshes"),
        ("DELETE", "/meshes"),
        ("GET", "/virtualNodes"),
        ("GET", "/meshes/m/routes"),
        ("GET", "/meshes/m/virtualRouters/r/routes"),
        ("GET", "/meshes/m/virtualNode/n/routes"),
        ("GET", "/meshes/m/virtualGateway/g/routes"),
        ("GET", "/meshes/m/meshes"),
        ("GET", "/meshes/m/virtualNodes/n/more"),
        ("GET", "/meshes/m/"),
        ("PUT", "/tags"),
    ] {
        refused(&mut service, method, path, Value::Null, 404, "UnknownOperationException");
    }
    let response =
        handle(&mut service, Request { method: "GET".into(), path: "/".into(), ..Request::default() });
    assert_eq!(response.status, 404);
}

#[test]
fn a_resource_is_made_read_changed_and_removed() {
    let mut service = full();
    service.set_time(crate::control_plane::Timestamp(1_563_810_546_590));
    let path = "/meshes/m/virtualRouter/r/routes";
    let spec = |prefix: &str| {
        json!({"httpRoute": {"match": {"prefix": prefix},
            "action": {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}}})
    };
    let created = ok(&mut service, "PUT", path, json!({"routeName": "x", "spec": spec("/")}));
    assert_eq!(created["metadata"]["createdAt"].to_string(), "1563810546.59");
    assert_eq!(
        created["metadata"]["arn"],
        format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh/m/virtualRouter/r/route/x")
    );
    assert_eq!(
        (&created["meshName"], &created["virtualRouterName"], &created["routeName"]),
        (&json!("m"), &json!("r"), &json!("x"))
    );
    let item = format!("{path}/x");
    assert_eq!(ok(&mut service, "GET", &item, Value::Null), created);
    service.set_time(crate::control_plane::Timestamp(1_563_810_547_000));
    let updated = ok(&mut service, "PUT", &item, json!({"spec": spec("/b")}));
    assert_eq!(updated["metadata"]["version"], 2);
    assert_eq!(updated["metadata"]["lastUpdatedAt"].to_string(), "1563810547");
    assert_eq!(updated["spec"], spec("/b"));
    let deleted = ok(&mut service, "DELETE", &item, Value::Null);
    assert_eq!(
        (&deleted["status"]["status"], &deleted["metadata"]["version"]),
        (&json!("DELETED"), &json!(3))
    );
    let message = refused(&mut service, "GET", &item, Value::Null, 404, "NotFoundException");
    assert_eq!(
        message,
        format!("Route with name x is not present under VirtualRouter r in mesh m for account {OWNER}")
    );
}

#[test]
fn names_in_a_path_are_percent_encoded() {
    let mut service = full();
    // The name of a virtual service may have any character but `/`; a name with `/` is rejected, not misrouted.
    let created = ok(
        &mut service,
        "PUT",
        "/meshes/m/virtualServices",
        json!({"virtualServiceName": "b c.ü", "spec": {}}),
    );
    assert_eq!(ok(&mut service, "GET", "/meshes/m/virtualServices/b%20c.%C3%BC", Value::Null), created);
    let message =
        refused(&mut service, "GET", "/meshes/arn%3Aaws%2Fm", Value::Null, 400, "BadRequestException");
    assert_eq!(message, "meshName may have only letters, digits, hyphens and underscores, not `:`");
}

#[test]
fn lists_have_pages() {
    let mut service = full();
    service.world();
    for i in 0..7 {
        let spec = json!({});
        ok(
            &mut service,
            "PUT",
            "/meshes/m/virtualServices",
            json!({"virtualServiceName": format!("s{i}"), "spec": spec}),
        );
    }
    let mut names = Vec::new();
    let mut path = "/meshes/m/virtualServices?limit=3".to_owned();
    let mut pages = 0;
    loop {
        let page = ok(&mut service, "GET", &path, Value::Null);
        let items = page["virtualServices"].as_array().unwrap();
        pages += 1;
        names.extend(items.iter().map(|item| item["virtualServiceName"].as_str().unwrap().to_owned()));
        match page["nextToken"].as_str() {
            Some(token) => {
                assert_eq!(items.len(), 3);
                path = format!("/meshes/m/virtualServices?limit=3&nextToken={token}");
            }
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(names, ["a b.local", "s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
    let keys: Vec<_> = ok(&mut service, "GET", "/meshes", Value::Null)["meshes"][0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        keys,
        ["arn", "createdAt", "lastUpdatedAt", "meshName", "meshOwner", "resourceOwner", "version"]
    );
    for (query, text) in [
        ("limit=0", "limit must be from 1 to 100, not 0"),
        ("limit=x", "limit must be a whole number, not a string"),
        ("nextToken=zz", "nextToken is not a token of this list; leave it out to begin anew"),
        ("nextToken=00", "nextToken is not a token of this list; leave it out to begin anew"),
        ("nextToken=%F0%9F", "nextToken is not a token of this list; leave it out to begin anew"),
    ] {
        let path = format!("/meshes/m/virtualServices?{query}");
        assert_eq!(refused(&mut service, "GET", &path, Value::Null, 400, "BadRequestException"), text);
    }
    refused(&mut service, "GET", "/meshes/ghost/virtualServices", Value::Null, 404, "NotFoundException");
    refused(
        &mut service,
        "GET",
        "/meshes/m/virtualRouter/ghost/routes",
        Value::Null,
        404,
        "NotFoundException",
    );
}

/// A page begins where the previous one ended, whatever was created or removed in between.
#[test]
fn a_list_that_changes_repeats_and_loses_nothing() {
    let mut service = full();
    for name in ["b", "d", "f"] {
        ok(&mut service, "PUT", "/meshes/m/virtualServices", json!({"virtualServiceName": name, "spec": {}}));
    }
    let first = ok(&mut service, "GET", "/meshes/m/virtualServices?limit=3", Value::Null);
    ok(&mut service, "DELETE", "/meshes/m/virtualServices/d", Value::Null);
    for name in ["c", "e"] {
        ok(&mut service, "PUT", "/meshes/m/virtualServices", json!({"virtualServiceName": name, "spec": {}}));
    }
    let token = first["nextToken"].as_str().unwrap();
    let path = format!("/meshes/m/virtualServices?limit=3&nextToken={token}");
    let second = ok(&mut service, "GET", &path, Value::Null);
    let names: Vec<_> = second["virtualServices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["virtualServiceName"])
        .collect();
    assert_eq!(names, ["e", "f"]);
    assert!(second.get("nextToken").is_none());
}

/// A token continues the list that issued it, with any page size. It does not continue a list of another kind, mesh,
/// parent or resource, whether or not they share names.
#[test]
fn a_token_belongs_to_its_list() {
    let mut service = MemoryService::empty().unwrap();
    let arn = |path: &str| format!("arn:aws:appmesh:us-west-2:{OWNER}:{path}").replace('/', "%2F");
    let mut lists = vec!["/meshes?".to_owned()];
    for mesh in ["m", "other"] {
        let tags: Vec<_> = ["a", "c", "y"]
            .iter()
            .map(|key| json!({"key": format!("{key}{}", &mesh[1..]), "value": ""}))
            .collect();
        ok(&mut service, "PUT", "/meshes", json!({"meshName": mesh, "tags": tags}));
        lists.push(format!("/tags?resourceArn={}&", arn(&format!("mesh/{mesh}"))));
        // Some names are in all lists, others only in one.
        for (member, collection) in
            [("virtualRouter", "virtualRouters"), ("virtualService", "virtualServices")]
        {
            for name in ["a".to_owned(), "b".to_owned(), format!("{mesh}-{member}"), "z".to_owned()] {
                let body = json!({format!("{member}Name"): name, "spec": {}});
                ok(&mut service, "PUT", &format!("/meshes/{mesh}/{collection}"), body);
            }
            lists.push(format!("/meshes/{mesh}/{collection}?"));
        }
        ok(
            &mut service,
            "PUT",
            &format!("/meshes/{mesh}/virtualNodes"),
            json!({"virtualNodeName": "n", "spec": {}}),
        );
        let spec = json!({"tcpRoute": {"action": {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}}});
        for router in ["a", "b"] {
            let list = format!("/meshes/{mesh}/virtualRouter/{router}/routes");
            for name in ["a".to_owned(), format!("{mesh}-{router}"), "z".to_owned()] {
                ok(&mut service, "PUT", &list, json!({"routeName": name, "spec": spec}));
            }
            lists.push(format!("{list}?"));
        }
    }
    let mut refusals = 0;
    for list in &lists {
        let mut token: Option<String> = None;
        let mut limit = 1;
        loop {
            let after = token.as_deref().map(|token| format!("&nextToken={token}")).unwrap_or_default();
            let page = ok(&mut service, "GET", &format!("{list}limit={limit}{after}"), Value::Null);
            limit = 2;
            let Some(next) = page["nextToken"].as_str() else { break };
            for other in lists.iter().filter(|other| *other != list) {
                let path = format!("{other}nextToken={next}");
                let text = refused(&mut service, "GET", &path, Value::Null, 400, "BadRequestException");
                assert_eq!(
                    text, "nextToken is not a token of this list; leave it out to begin anew",
                    "{list} {path}"
                );
                refusals += 1;
            }
            token = Some(next.to_owned());
        }
    }
    assert!(refusals >= 140, "{refusals}");
}

/// Source: the API reference's text for `clientToken`.
#[test]
fn a_client_token_has_at_most_36_letters_digits_hyphens_and_underscores() {
    let mut service = full();
    let bodies = |token: &str| {
        [
            ("/meshes", json!({"meshName": "new", "clientToken": token})),
            ("/meshes/m", json!({"clientToken": token, "spec": {}})),
            (
                "/meshes/m/virtualServices",
                json!({"virtualServiceName": "new", "spec": {}, "clientToken": token}),
            ),
            ("/meshes/m/virtualRouters/r", json!({"spec": {}, "clientToken": token})),
        ]
    };
    let allowed = "clientToken may have only letters, digits, hyphens and underscores, not";
    for (token, text) in [
        ("x".repeat(37), "clientToken must have 0 to 36 characters, not 37".to_owned()),
        ("é".repeat(37), "clientToken must have 0 to 36 characters, not 37".to_owned()),
        ("a b".to_owned(), format!("{allowed} ` `")),
        ("a.b".to_owned(), format!("{allowed} `.`")),
        ("{00000000-0000-4000-8000-000000000000".replace('-', ""), format!("{allowed} `{{`")),
        ("é".to_owned(), format!("{allowed} `\\u{{e9}}`")),
    ] {
        for (path, body) in bodies(&token) {
            assert_eq!(refused(&mut service, "PUT", path, body, 400, "BadRequestException"), text, "{path}");
        }
    }
    for (path, body) in bodies("Az09-_00-0000-4000-8000-000000000000") {
        ok(&mut service, "PUT", path, body);
    }
}

/// Keys that begin with `aws:` are reserved for AWS.
#[test]
fn tag_keys_of_aws_are_refused() {
    let mut service = full();
    let arn = format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh%2Fm");
    let refusal = |place: &str| format!("{place} starts with aws:, which is reserved");
    for key in ["aws:", "aws:cloudformation:stack-name", "AWS:x", "Aws:x"] {
        let tags = json!([{"key": "fine", "value": "aws:fine"}, {"key": key, "value": "v"}]);
        let calls = [
            ("/meshes".to_owned(), json!({"meshName": "new", "tags": tags}), "tags[1].key"),
            (
                "/meshes/m/virtualRouters".to_owned(),
                json!({"virtualRouterName": "new", "spec": {}, "tags": tags}),
                "tags[1].key",
            ),
            (format!("/tag?resourceArn={arn}"), json!({"tags": tags}), "tags[1].key"),
            (format!("/untag?resourceArn={arn}"), json!({"tagKeys": ["a", key]}), "tagKeys[1]"),
        ];
        for (path, body, place) in calls {
            let text = refused(&mut service, "PUT", &path, body, 400, "BadRequestException");
            assert_eq!(text, refusal(place), "{path} {key}");
        }
    }
    for key in ["aws", "awsome:x", "my:aws:x", "ａws:x", "aw"] {
        let tags = json!({"tags": [{"key": key, "value": "v"}]});
        ok(&mut service, "PUT", &format!("/tag?resourceArn={arn}"), tags);
    }
}

/// An ARN instead of a name is a bad request, wherever a name is expected. Source: aws-app-mesh-roadmap issue 101.
#[test]
fn an_arn_is_no_name() {
    let mut service = full();
    let arn = format!("arn:aws:appmesh:us-west-2:{OWNER}:mesh/m");
    let encoded = arn.replace('/', "%2F");
    let allowed = "may have only letters, digits, hyphens and underscores, not `:`";
    let cases = [
        (
            "PUT",
            format!("/meshes/{encoded}/virtualNodes"),
            json!({"virtualNodeName": "x", "spec": {}}),
            "meshName",
        ),
        ("GET", format!("/meshes/{encoded}/virtualNodes"), Value::Null, "meshName"),
        ("GET", format!("/meshes/{encoded}/virtualRouter/r/routes"), Value::Null, "meshName"),
        ("GET", format!("/meshes/m/virtualRouter/{encoded}/routes"), Value::Null, "virtualRouterName"),
        ("GET", format!("/meshes/{encoded}"), Value::Null, "meshName"),
        ("PUT", format!("/meshes/{encoded}"), json!({"spec": {}}), "meshName"),
        ("DELETE", format!("/meshes/{encoded}"), Value::Null, "meshName"),
        ("PUT", "/meshes".to_owned(), json!({"meshName": arn}), "meshName"),
        ("GET", format!("/meshes/m/virtualNodes/{encoded}"), Value::Null, "virtualNodeName"),
        ("PUT", format!("/meshes/m/virtualNodes/{encoded}"), json!({"spec": {}}), "virtualNodeName"),
        ("DELETE", format!("/meshes/m/virtualNodes/{encoded}"), Value::Null, "virtualNodeName"),
        (
            "DELETE",
            format!("/meshes/m/virtualGateway/{encoded}/gatewayRoutes/x"),
            Value::Null,
            "virtualGatewayName",
        ),
    ];
    for (method, path, body, member) in cases {
        let text = refused(&mut service, method, &path, body, 400, "BadRequestException");
        assert_eq!(text, format!("{member} {allowed}"), "{method} {path}");
    }
    // The name of a virtual service may contain any character except `/`.
    let path = format!("/meshes/m/virtualServices/{encoded}");
    let text = refused(&mut service, "GET", &path, Value::Null, 400, "BadRequestException");
    assert_eq!(text, "virtualServiceName may have only characters other than /, not `/`");
    // A slash is also rejected in the name of a parent; a resource with such a name is just not found.
    refused(&mut service, "GET", "/meshes/a%2Fb/virtualNodes", Value::Null, 400, "BadRequestException");
    refused(&mut service, "GET", "/meshes/a%2Fb/virtualNodes/n", Value::Null, 400, "BadRequestException");
    refused(&mut service, "GET", "/meshes/a%2Fb", Value::Null, 404, "NotFoundException");
    refused(&mut service, "GET", "/meshes/a%20b", Value::Null, 404, "NotFoundException");
}

/// Tag requests need an ARN of this partition, this region and the caller's account.
#[test]
fn an_arn_of_elsewhere_is_not_answered() {
    let mut service = full();
    let invalid = "is an invalid ARN. Invalid";
    for (arn, status, code, text) in [
        (
            format!("arn:aws:appmesh:eu-west-1:{OWNER}:mesh/m"),
            400,
            "BadRequestException",
            "region in the ARN provided : eu-west-1",
        ),
        (
            format!("arn:aws:appmesh::{OWNER}:mesh/m"),
            400,
            "BadRequestException",
            "region in the ARN provided : ",
        ),
        (
            format!("arn:aws-cn:appmesh:us-west-2:{OWNER}:mesh/m"),
            400,
            "BadRequestException",
            "partition in the ARN provided : aws-cn",
        ),
        (
            format!("arn::appmesh:us-west-2:{OWNER}:mesh/m"),
            400,
            "BadRequestException",
            "partition in the ARN provided : ",
        ),
        (
            "arn:aws:appmesh:us-west-2:210987654321:mesh/m".to_owned(),
            403,
            "AccessDeniedException",
            "account id in the ARN provided : 210987654321",
        ),
    ] {
        let query = format!("resourceArn={}", arn.replace('/', "%2F"));
        let expected = format!("{arn} {invalid} {text}");
        for (method, path, body) in [
            ("GET", "/tags", Value::Null),
            ("PUT", "/tag", json!({"tags": [{"key": "k", "value": "v"}]})),
            ("PUT", "/untag", json!({"tagKeys": ["k"]})),
        ] {
            let found = refused(&mut service, method, &format!("{path}?{query}"), body, status, code);
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}

#[test]
fn a_client_token_makes_a_retry_safe() {
    let mut service = MemoryService::empty().unwrap();
    let mesh = |egress: &str, token: &str| json!({"meshName": "m", "clientToken": token, "spec": {"egressFilter": {"type": egress}}});
    let first = ok(&mut service, "PUT", "/meshes", mesh("DROP_ALL", "t1"));
    let before = service.world().clone();
    assert_eq!(ok(&mut service, "PUT", "/meshes", mesh("DROP_ALL", "t1")), first);
    assert_eq!(*service.world(), before);
    let text = refused(&mut service, "PUT", "/meshes", mesh("ALLOW_ALL", "t1"), 409, "ConflictException");
    assert_eq!(text, "The client token t1 was used before, with another specification");
    let text = refused(&mut service, "PUT", "/meshes", mesh("DROP_ALL", "t2"), 409, "ConflictException");
    assert_eq!(text, "Mesh with name m already exists");
    let update = |token: &str| json!({"spec": {}, "clientToken": token});
    assert_eq!(ok(&mut service, "PUT", "/meshes/m", update("t1"))["metadata"]["version"], 2);
    assert_eq!(ok(&mut service, "PUT", "/meshes/m", update("t1"))["metadata"]["version"], 2);
    assert_eq!(ok(&mut service, "PUT", "/meshes/m", update("t3"))["metadata"]["version"], 3);
    let long: Vec<_> =
        (0..150).map(|i| ok(&mut service, "PUT", "/meshes/m", update(&format!("u{i}")))).collect();
    assert_eq!(long.last().unwrap()["metadata"]["version"], 153);
}

#[test]
fn tags_are_set_listed_and_removed() {
    let mut service = full();
    let arn = format!("arn%3Aaws%3Aappmesh%3Aus-west-2%3A{OWNER}%3Amesh%2Fm%2FvirtualNode%2Fn");
    let tags = |keys: std::ops::Range<usize>| json!({"tags": keys.map(|key| json!({"key": format!("k{key:02}"), "value": "v"})).collect::<Vec<_>>()});
    let version = ok(&mut service, "GET", "/meshes/m/virtualNodes/n", Value::Null)["metadata"].clone();
    assert_eq!(ok(&mut service, "PUT", &format!("/tag?resourceArn={arn}"), tags(0..30)), json!({}));
    let text = refused(
        &mut service,
        "PUT",
        &format!("/tag?resourceArn={arn}"),
        tags(25..51),
        400,
        "TooManyTagsException",
    );
    assert_eq!(text, "A resource can have up to 50 tags, this one would have 51");
    ok(&mut service, "PUT", &format!("/tag?resourceArn={arn}"), tags(25..50));
    ok(
        &mut service,
        "PUT",
        &format!("/tag?resourceArn={arn}"),
        json!({"tags": [{"key": "k00", "value": "new"}]}),
    );
    let page = ok(&mut service, "GET", &format!("/tags?limit=40&resourceArn={arn}"), Value::Null);
    assert_eq!(
        (page["tags"].as_array().unwrap().len(), &page["tags"][0]),
        (40, &json!({"key": "k00", "value": "new"}))
    );
    let token = page["nextToken"].as_str().unwrap();
    let rest =
        ok(&mut service, "GET", &format!("/tags?limit=40&nextToken={token}&resourceArn={arn}"), Value::Null);
    assert_eq!((rest["tags"].as_array().unwrap().len(), &rest["tags"][0]["key"]), (10, &json!("k40")));
    assert!(rest.get("nextToken").is_none());
    ok(&mut service, "PUT", &format!("/untag?resourceArn={arn}"), json!({"tagKeys": ["k00", "ghost"]}));
    let all = ok(&mut service, "GET", &format!("/tags?resourceArn={arn}"), Value::Null);
    assert_eq!(all["tags"].as_array().unwrap().len(), 49);
    assert_eq!(ok(&mut service, "GET", "/meshes/m/virtualNodes/n", Value::Null)["metadata"], version);
    for (arn, status, code) in [
        ("nonsense", 400, "BadRequestException"),
        ("arn:aws:appmesh:us-west-2:123456789012:mesh", 400, "BadRequestException"),
        ("arn:aws:appmesh:us-west-2:123456789012:mesh/m/route/x", 400, "BadRequestException"),
        ("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode", 400, "BadRequestException"),
        ("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/ghost", 404, "NotFoundException"),
        (
            "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualRouter/r/route/ghost",
            404,
            "NotFoundException",
        ),
        ("arn:aws:appmesh:us-west-2:210987654321:mesh/m", 403, "AccessDeniedException"),
    ] {
        refused(&mut service, "GET", &format!("/tags?resourceArn={arn}"), Value::Null, status, code);
    }
}

#[test]
fn a_bad_body_is_told() {
    let mut service = full();
    for (body, text) in [
        (&b"{"[..], "the body is not JSON: "),
        (b"[]", "the body must be an object"),
        (b"\xff", "the body is not UTF-8"),
        (b"", "meshName is required"),
        (b"{\"meshName\": 7}", "meshName must be a string, not a number"),
        (b"{} {}", "the body is not JSON: "),
    ] {
        let request = Request {
            method: "PUT".into(),
            path: "/v20190125/meshes".into(),
            body: body.to_vec(),
            ..Request::default()
        };
        let response = handle(&mut service, request);
        let message = json_of(&response)["message"].as_str().unwrap().to_owned();
        assert_eq!(response.status, 400);
        assert!(message.starts_with(text), "{message}");
    }
    let long = Request {
        method: "PUT".into(),
        path: "/v20190125/meshes".into(),
        body: vec![b' '; LONGEST_BODY + 1],
        ..Request::default()
    };
    assert_eq!(handle(&mut service, long).status, 400);
}

/// Members that the model does not contain are ignored, as the service's front end did.
#[test]
fn unknown_members_are_ignored() {
    let mut service = MemoryService::empty().unwrap();
    let body = json!({"meshName": "m", "meshOwner": "210987654321", "colour": "red",
        "spec": {"colour": "red", "egressFilter": {"type": "DROP_ALL", "colour": 1}}});
    let created = ok(&mut service, "PUT", "/meshes?colour=red", body);
    assert_eq!(created["spec"], json!({"egressFilter": {"type": "DROP_ALL"}}));
    assert_eq!(created["metadata"]["meshOwner"], OWNER);
    assert_eq!(
        ok(&mut service, "DELETE", "/meshes/m?meshOwner=210987654321", Value::Null)["status"]["status"],
        "DELETED"
    );
}

#[test]
fn the_service_can_be_made_to_fail() {
    let mut service = full();
    for (fault, status, code) in [
        (Fault::TooManyRequests, 429, "TooManyRequestsException"),
        (Fault::InternalServerError, 500, "InternalServerErrorException"),
        (Fault::ServiceUnavailable, 503, "ServiceUnavailableException"),
    ] {
        service.fail_next(fault);
        refused(&mut service, "GET", "/meshes", Value::Null, status, code);
        ok(&mut service, "GET", "/meshes", Value::Null);
    }
}
