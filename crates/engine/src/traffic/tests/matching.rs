//! Conditions one by one, as a real Envoy (1.40) accepted or refused them, and the order of routes.
//!
//! Rule numbers are those of docs/facts/api-rules.md.

use super::*;
use crate::model::{GatewayRouteSpec, HttpMethod, HttpScheme, RouteSpec, View, parse};

/// A request for a path, with headers written as `Name: value`.
fn request(path: &str, headers: &[&str]) -> Request {
    let mut request = Request::get(Client::Gateway("g".into()), path).on_the_wire();
    let pair = |header: &&str| {
        let (name, value) = header.split_once(':').unwrap();
        (name.into(), value.trim().into())
    };
    request.headers = headers.iter().map(pair).collect();
    request
}

/// Returns the conditions of a route for a request that arrived on port 80.
fn conditions(route: &Value, request: &Request) -> Vec<Condition> {
    parse::<RouteSpec>(route, "spec").unwrap();
    Matches::of_route(View::new(route)).unwrap().conditions(request, Some(80), false)
}

fn http(matches: &Value) -> Value {
    json!({"httpRoute": {"match": matches, "action": {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}}})
}

#[track_caller]
fn check(matches: &Value, path: &str, headers: &[&str], expected: bool) {
    let found = conditions(&http(matches), &request(path, headers));
    let passes = found.iter().all(|condition| condition.passes);
    assert_eq!(passes, expected, "{matches} {path} {headers:?}: {found:?}");
}

#[test]
fn a_path_is_matched_as_envoy_does() {
    let prefix = |prefix: &str| json!({"prefix": prefix});
    let exact = |exact: &str| json!({"path": {"exact": exact}});
    let regex = |regex: &str| json!({"path": {"regex": regex}});
    for (matches, path, expected) in [
        (prefix("/"), "/anything", true),
        (prefix("/a"), "/a?x=1", true),
        (prefix("/a?x"), "/a?x=1", false),
        (prefix("/shop"), "/shopping", true),
        (prefix("/shop"), "/Shop", false),
        (prefix("/a b"), "/a%20b", false),
        (prefix("/a%20b"), "/a%20b", true),
        (exact("/a"), "/a?x=1", true),
        (exact("/a"), "/a/", false),
        (exact("/a"), "/A", false),
        (regex("/a"), "/ab", false),
        (regex("/a.*"), "/ab", true),
        (regex("/a"), "/a?x", true),
        (regex("/a|/b"), "/b", true),
        (regex("/a|/ab"), "/ab", true),
        (regex("^/a$"), "/a", true),
        (regex("/a+?"), "/aaa", true),
        (regex("(?i)/A"), "/a", true),
        (regex("/[0-9]{2,3}"), "/1234", false),
        // Normalized paths: `normalize_path` and `merge_slashes`.
        (exact("/a/b"), "//a//b", true),
        (exact("/a"), "/x/../a", true),
        (exact("/A"), "/%41", true),
    ] {
        check(&matches, path, &[], expected);
    }
}

#[test]
fn a_path_is_made_normal_as_envoy_does() {
    for (path, expected) in [
        ("/", "/"),
        ("/a/../b", "/b"),
        ("/a/./b", "/a/b"),
        ("/../a", "/a"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("/a//b", "/a/b"),
        ("//a", "/a"),
        ("/a///", "/a/"),
        ("/%41", "/A"),
        ("/%2e%2e/x", "/x"),
        ("/a/%2E%2e/b", "/b"),
        ("/%7e", "/~"),
        ("/%2F", "/%2F"),
        ("/%2f", "/%2f"),
        ("/a%5cb", "/a%5cb"),
        ("/a\\b", "/a/b"),
        ("/%zz", "/%zz"),
        ("/%", "/%"),
        ("/%20", "/%20"),
        ("/\"q", "/%22q"),
        ("/<x>", "/%3Cx%3E"),
        ("/{x}", "/%7Bx%7D"),
        ("/a|b", "/a%7Cb"),
        ("/`", "/%60"),
        ("/^", "/%5E"),
        ("/a;b", "/a;b"),
        ("/a..b", "/a..b"),
        ("/...", "/..."),
        ("/a?x=/../y", "/a?x=/../y"),
        ("/a?x=%41//b", "/a?x=%41//b"),
        ("/%c3%a4", "/%c3%a4"),
        ("/%2b", "/%2b"),
        ("/%27", "/%27"),
        ("/*", "/*"),
        ("/a//../b", "/a/b"),
        ("/a/..//b", "/b"),
        ("/%2e", "/"),
        ("/a%2f..%2fb", "/a%2f..%2fb"),
        // Not measured: how browsers normalize paths that Envoy refuses.
        ("/a#f", "/a"),
        ("/ä b", "/%C3%A4%20b"),
        ("", "/"),
        ("a", "/a"),
        ("?x", "/?x"),
        ("/%é", "/%%C3%A9"),
    ] {
        assert_eq!(path::normalized(path), expected, "{path}");
    }
}

#[test]
fn a_header_is_matched_as_envoy_does() {
    let matches = |header: Value| json!({"prefix": "/", "headers": [header]});
    let by = |how: &str, value: Value, invert: bool| {
        matches(json!({"name": "x-a", "match": {how: value}, "invert": invert}))
    };
    let text = |how: &str, invert: bool| by(how, json!("v"), invert);
    let range = |invert: bool| by("range", json!({"start": 1, "end": 10}), invert);
    let present = |invert: bool| matches(json!({"name": "x-a", "invert": invert}));
    for (matches, headers, expected) in [
        (text("exact", false), &["x-a: v"][..], true),
        (text("exact", false), &["x-a: V"], false),
        (text("exact", false), &["X-A: v"], true),
        (text("exact", false), &["x-a: v", "x-a: w"], true),
        (by("exact", json!("v,w"), false), &["x-a: v", "x-a: w"], false),
        (by("suffix", json!("w"), false), &["x-a: v", "x-a: w"], true),
        (text("prefix", false), &["x-a: vw"], true),
        (text("suffix", false), &["x-a: wv"], true),
        (text("regex", false), &["x-a: vw"], false),
        (by("regex", json!("v."), false), &["x-a: vw"], true),
        (range(false), &["x-a: 1"], true),
        (range(false), &["x-a: 9"], true),
        (range(false), &["x-a: 10"], false),
        (range(false), &["x-a: 0"], false),
        (range(false), &["x-a: +5"], true),
        (range(false), &["x-a: 05"], true),
        (range(false), &["x-a: -1"], false),
        (range(false), &["x-a: 5.0"], false),
        (range(false), &["x-a: 0x5"], false),
        (range(false), &["x-a: abc"], false),
        (range(false), &["x-a: 99999999999999999999"], false),
        (range(false), &["x-a: 5,6"], false),
        (range(false), &["x-a: 5", "x-a: 5"], true),
        (range(true), &["x-a: 20"], true),
        (range(true), &["x-a: abc"], true),
        (range(true), &[], false),
        (present(false), &["x-a: v"], true),
        (present(false), &["x-a:"], true),
        (present(false), &[], false),
        (present(true), &[], true),
        (present(true), &["x-a: v"], false),
        // An absent header fails, whether the test is inverted or not.
        (text("exact", true), &[], false),
        (text("prefix", true), &[], false),
        (text("suffix", true), &[], false),
        (text("regex", true), &[], false),
        (text("exact", true), &["x-a: zz"], true),
        (text("exact", true), &["x-a: v"], false),
        (text("prefix", true), &["x-a: zz"], true),
        (text("suffix", true), &["x-a: v"], false),
        (text("prefix", false), &["x-a:"], false),
        (matches(json!({"name": ":method", "match": {"exact": "GET"}})), &[], true),
        (matches(json!({"name": "host", "match": {"exact": "g"}})), &[], true),
        (matches(json!({"name": ":authority", "match": {"prefix": "g"}})), &[], true),
        (matches(json!({"name": ":path", "match": {"exact": "/?x"}})), &[], true),
        (
            matches(json!({"name": ":scheme", "match": {"exact": "https"}})),
            &["x-forwarded-proto: https"],
            true,
        ),
    ] {
        check(&matches, "/?x", headers, expected);
    }
}

#[test]
fn a_query_parameter_is_matched_as_envoy_does() {
    let exact = |name: &str, value: &str| json!({"prefix": "/", "queryParameters": [{"name": name, "match": {"exact": value}}]});
    let present = || json!({"prefix": "/", "queryParameters": [{"name": "x"}]});
    for (matches, path, expected) in [
        (exact("x", "1"), "/?x=1", true),
        (exact("x", "1"), "/?x=2", false),
        (exact("x", "1"), "/?y=2&x=1", true),
        (exact("x", "1"), "/?x=1&x=2", true),
        (exact("x", "2"), "/?x=1&x=2", false),
        (exact("x", "a b"), "/?x=a%20b", false),
        (exact("x", "a%20b"), "/?x=a%20b", true),
        (exact("x", "a b"), "/?x=a+b", false),
        (exact("a b", "1"), "/?a%20b=1", false),
        (exact("X", "1"), "/?x=1", false),
        (exact("x", ""), "/?x=", true),
        (exact("x", ""), "/?x", true),
        (exact("x", "1"), "/?y=2;x=1", false),
        (exact("x", "a=b"), "/?x=a=b", true),
        (exact("x", "1"), "/", false),
        (present(), "/?x=1", true),
        (present(), "/?x", true),
        (present(), "/?y", false),
    ] {
        check(&matches, path, &[], expected);
    }
}

#[test]
fn method_scheme_and_port_are_matched() {
    let mut post = request("/", &[]);
    post.method = HttpMethod::Post;
    post.scheme = HttpScheme::Https;
    let cases = [
        (json!({"prefix": "/", "method": "POST"}), true),
        (json!({"prefix": "/", "method": "GET"}), false),
        (json!({"prefix": "/", "scheme": "https"}), true),
        (json!({"prefix": "/", "scheme": "http"}), false),
        (json!({"port": 80}), true),
        (json!({"port": 81}), false),
    ];
    for (matches, expected) in cases {
        let found = conditions(&http(&matches), &post);
        assert_eq!(found.iter().all(|condition| condition.passes), expected, "{matches}");
    }
    // Measured: the header `x-forwarded-proto` determines the scheme.
    check(&json!({"prefix": "/", "scheme": "https"}), "/", &["x-forwarded-proto: https"], true);
    check(&json!({"prefix": "/", "scheme": "http"}), "/", &["x-forwarded-proto: https"], false);
}

#[test]
fn grpc_is_matched_by_service_method_metadata_and_content_type() {
    let call = |service: &str, method: &str| {
        let protocol = Protocol::Grpc { service: service.into(), method: method.into() };
        let mut request = request("/", &["x-a: v"]);
        request.protocol = protocol;
        request.on_the_wire()
    };
    let mut typed = request("/s.S/M", &["content-type: application/grpc+proto"]);
    typed.method = HttpMethod::Post;
    let web = request("/s.S/M", &["content-type: application/grpc-web"]);
    for (matches, request, expected) in [
        (json!({}), call("any", "M"), true),
        (json!({"serviceName": "s.S"}), call("s.S", "M"), true),
        (json!({"serviceName": "s.S"}), call("s.SS", "M"), false),
        (json!({"serviceName": "s.S", "methodName": "M"}), call("s.S", "M"), true),
        (json!({"serviceName": "s.S", "methodName": "M"}), call("s.S", "MM"), false),
        (json!({"metadata": [{"name": "x-a", "match": {"exact": "v"}}]}), call("s", "M"), true),
        (json!({"metadata": [{"name": "x-b"}]}), call("s", "M"), false),
        (json!({"serviceName": "s.S"}), typed, true),
        (json!({"serviceName": "s.S"}), web, false),
        (json!({"serviceName": "s.S"}), self::request("/s.S/M", &[]), false),
    ] {
        let action = json!({"weightedTargets": [{"virtualNode": "n", "weight": 1}]});
        let found = conditions(&json!({"grpcRoute": {"match": matches, "action": action}}), &request);
        assert_eq!(found.iter().all(|condition| condition.passes), expected, "{matches} {found:?}");
    }
    // Measured: an HTTP route matches gRPC like any other request.
    let found = conditions(&http(&json!({"prefix": "/s.S/"})), &call("s.S", "M"));
    assert!(found.iter().all(|condition| condition.passes));
}

#[test]
fn a_host_is_matched_without_case_and_port() {
    for (hostname, host, expected) in [
        (json!({"exact": "shop.com"}), "shop.com", true),
        (json!({"exact": "shop.com"}), "SHOP.com:8080", true),
        (json!({"exact": "shop.com"}), "a.shop.com", false),
        (json!({"suffix": ".shop.com"}), "a.b.shop.com:1", true),
        (json!({"suffix": ".shop.com"}), "shop.com", false),
        (json!({"suffix": "shop.com"}), "shop.com", true),
        (json!({"suffix": "Shop.com"}), "my-shop.com", true),
        (json!({"exact": "[::1]"}), "[::1]:80", true),
        (json!({"exact": "::1"}), "::1", true),
    ] {
        let target = json!({"virtualService": {"virtualServiceName": "s"}});
        let spec = json!({"httpRoute": {"match": {"prefix": "/", "hostname": hostname}, "action": {"target": target}}});
        parse::<GatewayRouteSpec>(&spec, "spec").unwrap();
        let mut request = request("/", &[]);
        request.host = Some(host.into());
        let matches = Matches::of_gateway_route(View::new(&spec)).unwrap();
        let found = matches.conditions(&request, None, false);
        assert_eq!(found.iter().all(|condition| condition.passes), expected, "{hostname} {host}");
    }
}

#[test]
fn a_condition_says_what_it_wanted_and_what_it_found() {
    let matches =
        json!({"prefix": "/a", "headers": [{"name": "x-a", "match": {"exact": "v"}, "invert": true}]});
    let found = conditions(&http(&matches), &request("/b?x", &["x-a: v"]));
    let plain = |what, expected, inverted, found: &str, passes| Condition {
        what,
        expected,
        inverted,
        found: Some(found.into()),
        passes,
        bad_pattern: None,
    };
    let expected = [
        plain(What::Path, Test::Prefix("/a".into()), false, "/b", false),
        plain(What::Header("x-a".into()), Test::Exact("v".into()), true, "v", false),
    ];
    assert_eq!(found, expected);
}

/// None of these may panic, hang or match; each fails with a reason.
#[test]
fn an_expression_that_is_none_fails_with_its_reason() {
    let nested = format!("{}{}", "(".repeat(120), ")".repeat(120));
    for regex in [
        "(",
        "a)(b",
        "[z-a]",
        "*",
        "(?P<n>a)(?P<n>b)",
        "a{2,1}",
        "\\",
        "(?z)",
        &nested,
        "((((a{99}){99}){99}){99})",
    ] {
        let found = conditions(&http(&json!({"path": {"regex": regex}})), &request("/ab", &[]));
        assert!(!found[0].passes, "{regex}");
        assert!(found[0].bad_pattern.as_ref().is_some_and(|reason| !reason.is_empty()), "{regex}");
    }
}

/// Expressions that RE2 accepts, and those that it refuses: each was given to a real Envoy (1.40).
#[test]
fn the_same_expressions_are_taken_as_by_envoy() {
    let taken = [
        r#"\d+"#,
        r#"\w"#,
        r#"[[:alpha:]]+"#,
        r#"(?i)a"#,
        r#"(?s)."#,
        r#"(?U)a+"#,
        r#"(?P<n>a)"#,
        r#"(?<n>a)"#,
        r#"\Qa.b\E"#,
        r#"\z"#,
        r#"\Aa"#,
        r#"a\b"#,
        r#"a{1000}"#,
        r#"a*?"#,
        r#"\x{41}"#,
        r#"\x41"#,
        r#"\a"#,
        r#"[]a]"#,
        r#"[^]a]"#,
        r#"{"#,
        r#"a{"#,
        r#"a{,2}"#,
        r#"a{1,"#,
        r#"}"#,
        r#"]"#,
        r#"\/"#,
        r#"\-"#,
        r#"\_"#,
        r#"é"#,
        r#"[a&&b]"#,
        r#"[a~~b]"#,
        r#"[a[b]]"#,
        r#"\b{start}a"#,
        r#"\<a"#,
        r#"()"#,
        r#"(|a)"#,
        r#"a||b"#,
        r#"(?:)"#,
        r#"(?im-s:a)"#,
        r#"(?-i)a"#,
        r#"\t\n\r\f\v"#,
        r#"[\w-]+"#,
        r#"[a\-z]"#,
        r#"[[:word:]]"#,
        r#"[:alpha:]"#,
        r#"\D\S\W"#,
        r#"[^\d]"#,
        r#"(?m)^a$"#,
        r#"a^b"#,
        r#"^*"#,
        r#"$*"#,
        r#"\b+"#,
        r#"(?:a){0}"#,
        "a\nb",
        r#"(?i:A)b"#,
        r#"[A-z]"#,
        r#"\.\*\?\+\(\)\[\]\{\}\|\^\$\\"#,
        r#"\ "#,
        r#"\#"#,
        r#"\&"#,
        r#"\~"#,
        r#"\""#,
        r#"\'"#,
        r#"\:"#,
        r#"\a\%"#,
        r#"\@"#,
        r#"\!"#,
        r#"\="#,
        r#"\,"#,
        r#"\;"#,
        r#"\`"#,
    ];
    for regex in taken {
        assert!(pattern::describes(regex, "").is_ok(), "{regex}: {:?}", pattern::describes(regex, ""));
    }
    let refused = [
        r#"(?x) a"#,
        r#"a\Z"#,
        r#"a{1001}"#,
        r#"(?=a)a"#,
        r#"(?!a)b"#,
        r#"(a)\1"#,
        r#"a**"#,
        r#"a++"#,
        r#"[a-\d]"#,
        r#"\u0041"#,
        r#"\e"#,
        r#"\h"#,
        r#"\é"#,
        r#"(?R)a"#,
        r#"[a--b]"#,
        r#"(?"#,
        r#"(?P"#,
        r#"[a-"#,
        r#"[b-a]"#,
        r#"x{2}{3}"#,
        r#"(a{10}){101}"#,
        r#"\8"#,
        r#"(?i-)a"#,
        r#"*a"#,
        r#"+"#,
        r#"a|*"#,
        r#"(?#c)a"#,
        r#"\K"#,
        r#"\R"#,
        r#"\X"#,
        r#"\N"#,
        r#"\cA"#,
        r#"[[:nope:]]"#,
        r#"a{2,1}"#,
        r#"(a"#,
        r#"a)"#,
    ];
    for regex in refused {
        assert!(pattern::describes(regex, "").is_err(), "{regex}");
    }
    // Accepted by RE2, but not supported here: these fail with a reason, which the page shows.
    let unknown = [
        r#"\pL"#,
        r#"\p{Greek}"#,
        r#"(?P<n>a)(?P<n>b)"#,
        r#"\C"#,
        r#"\0"#,
        r#"\012"#,
        r#"[\pL]"#,
        r#"\PL"#,
        r#"\pN"#,
    ];
    for regex in unknown {
        assert!(pattern::describes(regex, "").is_err(), "{regex}");
    }
}

#[test]
fn what_only_re2_takes_means_what_it_means_there() {
    for (regex, text, expected) in [
        ("[a[b]]", "[]", true),
        ("[a[b]]", "a", false),
        ("[a&&b]", "&", true),
        ("[a~~b]", "~", true),
        ("[]a]", "]", true),
        ("[^]a]", "]", false),
        ("a{", "a{", true),
        ("a{,2}", "a{,2}", true),
        ("{", "{", true),
        ("x{2}", "xx", true),
        (r"\Qa.b\E", "a.b", true),
        (r"\Qa.b\Ec", "axbc", false),
        (r"\Qa*", "a*", true),
        ("[[:alpha:]]+", "az", true),
        (r"[\]]", "]", true),
        ("(?:a{10}){100}", &"a".repeat(1000), true),
        ("a??b", "b", true),
        ("(?i:A)b", "ab", true),
        (r"\x{41}", "A", true),
    ] {
        assert_eq!(pattern::describes(regex, text), Ok(expected), "{regex} {text}");
    }
    for regex in ["(a{10}){101}", "((a{10}){10}){11}", "a{1001}", "a{99999999999}", "a*{2}", "(?ix)a"] {
        assert!(pattern::describes(regex, "a").is_err(), "{regex}");
    }
}

#[test]
fn a_hostile_expression_ends() {
    // A backtracking engine would practically never finish.
    let long = format!("/{}", "a".repeat(20_000));
    for regex in ["/(a*)*b", "/(a|aa)+$", "/(.*)*(.*)*(.*)*x", "/(a?){250}a{250}"] {
        check(&json!({"path": {"regex": regex}}), &long, &[], regex.ends_with('$'));
    }
}

/// Checks the order in which routes are tried. `expected` lists their names.
#[track_caller]
fn check_order(routes: &[(&str, Option<u16>, Value)], expected: &str) {
    let mut inputs = vec![mesh_input(None), node("n", By::Dns, None, &[]), router("vr", &[])];
    for (name, priority, matches) in routes {
        let mut spec = http(matches);
        if let Some(priority) = priority {
            spec["priority"] = json!(priority);
        }
        inputs.push((Kind::Route, json!({"virtualRouterName": "vr", "routeName": name, "spec": spec})));
    }
    let mesh = mesh(&inputs);
    let order = ordered(&mesh, Kind::Route, "vr");
    let names: Vec<_> = order.iter().map(|(route, _)| &*route.id.key.name).collect();
    assert_eq!(names.join(" "), expected);
}

#[test]
fn routes_are_tried_in_the_documented_order() {
    let prefix = |prefix: &str| json!({"prefix": prefix});
    let header = || json!([{"name": "h"}]);
    // R17: priority first, unset last.
    check_order(&[("a", None, prefix("/long")), ("b", Some(999), prefix("/"))], "b a");
    check_order(&[("a", Some(1), prefix("/long")), ("b", Some(0), prefix("/"))], "b a");
    check_order(&[("a", Some(1000), prefix("/")), ("b", None, prefix("/long"))], "b a");
    // G18: the longest prefix wins.
    check_order(&[("a", None, prefix("/")), ("b", None, prefix("/a")), ("c", None, prefix("/a/b"))], "c b a");
    // Rule of this project: exact, then regular expression, then prefix; more conditions first; then by name.
    let exact = json!({"path": {"exact": "/a"}});
    let regex = json!({"path": {"regex": "/a.*"}});
    check_order(&[("a", None, prefix("/abcdef")), ("b", None, regex), ("c", None, exact)], "c b a");
    let with = json!({"prefix": "/", "headers": header()});
    let more = json!({"prefix": "/", "headers": header(), "method": "GET"});
    check_order(&[("a", None, prefix("/")), ("b", None, with), ("c", None, more)], "c b a");
    check_order(
        &[("b", None, prefix("/")), ("a", None, prefix("/")), ("c", None, json!({"port": 80}))],
        "a b c",
    );
}
