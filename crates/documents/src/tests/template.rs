//! CloudFormation templates: properties in CloudFormation's capitalization become the API's members.

use super::*;

/// Checks the spec of one more resource in a template with a mesh `m`.
#[track_caller]
fn check(word: &str, properties: Value, kind: Kind, name: &str, expected: Value) {
    let mut properties = properties;
    properties["MeshName"] = json!("m");
    let target = json!({"Type": "AWS::AppMesh::VirtualNode", "Properties":
        {"MeshName": "m", "VirtualNodeName": "target", "Spec": {}}});
    let of_type = |word: &str, properties: Value| json!({"Type": format!("AWS::AppMesh::{word}"), "Properties": properties});
    let router = json!({"MeshName": "m", "VirtualRouterName": "vr", "Spec": {"Listeners": []}});
    let service = json!({"MeshName": "m", "VirtualServiceName": "s.local", "Spec": {}});
    let gateway = json!({"MeshName": "m", "VirtualGatewayName": "g", "Spec":
        {"Listeners": [{"PortMapping": {"Port": 80, "Protocol": "http"}}]}});
    let template = json!({"Resources": {
        "M": of_type("Mesh", json!({"MeshName": "m", "Spec": {}})),
        "Target": target,
        "Router": of_type("VirtualRouter", router),
        "Service": of_type("VirtualService", service),
        "Gateway": of_type("VirtualGateway", gateway),
        "It": of_type(word, properties),
    }});
    let opened = opened(&template);
    assert_eq!(counts(&opened), [6, 0, 0, 0], "{:#?}", notes(&opened));
    assert_eq!(spec_of(&opened.world, kind, name), expected);
    let ignored: Vec<_> = notes(&opened).into_iter().filter(|note| note.starts_with("ignored")).collect();
    assert_eq!(ignored, Vec::<String>::new());
}

#[test]
fn a_nodes_properties_are_found_in_cloudformations_capitals() {
    let properties = json!({"VirtualNodeName": "n", "Spec": {
        "BackendDefaults": {"ClientPolicy": {"TLS": {"Enforce": true, "Ports": [443], "Validation": {
            "SubjectAlternativeNames": {"Match": {"Exact": ["a.local"]}},
            "Trust": {"ACM": {"CertificateAuthorityArns": ["arn:ca"]}},
        }, "Certificate": {"SDS": {"SecretName": "s"}}}}},
        "Backends": [{"VirtualService": {"VirtualServiceName": "b.local"}}],
        "Listeners": [
            {"PortMapping": {"Port": 1, "Protocol": "http"},
             "ConnectionPool": {"HTTP": {"MaxConnections": 1, "MaxPendingRequests": 2}},
             "Timeout": {"HTTP": {"Idle": {"Unit": "s", "Value": 1}, "PerRequest": {"Unit": "ms", "Value": 2}}},
             "HealthCheck": {"HealthyThreshold": 2, "IntervalMillis": 5000, "Path": "/", "Port": 1, "Protocol": "http",
                "TimeoutMillis": 2000, "UnhealthyThreshold": 2},
             "OutlierDetection": {"BaseEjectionDuration": {"Unit": "s", "Value": 1}, "Interval": {"Unit": "s",
                "Value": 1}, "MaxEjectionPercent": 50, "MaxServerErrors": 5},
             "TLS": {"Mode": "STRICT", "Certificate": {"ACM": {"CertificateArn": "arn:c"}}}},
            {"PortMapping": {"Port": 2, "Protocol": "http2"}, "ConnectionPool": {"HTTP2": {"MaxRequests": 3}},
             "Timeout": {"HTTP2": {"Idle": {"Unit": "s", "Value": 1}}},
             "TLS": {"Mode": "PERMISSIVE", "Certificate": {"File": {"CertificateChain": "/c", "PrivateKey": "/k"}},
                "Validation": {"Trust": {"File": {"CertificateChain": "/ca"}}}}},
            {"PortMapping": {"Port": 3, "Protocol": "grpc"}, "ConnectionPool": {"GRPC": {"MaxRequests": 4}},
             "Timeout": {"GRPC": {"PerRequest": {"Unit": "s", "Value": 1}}}},
            {"PortMapping": {"Port": 4, "Protocol": "tcp"}, "ConnectionPool": {"TCP": {"MaxConnections": 5}},
             "Timeout": {"TCP": {"Idle": {"Unit": "s", "Value": 1}}}},
        ],
        "Logging": {"AccessLog": {"File": {"Path": "/dev/stdout", "Format": {"Json": [{"Key": "k", "Value": "v"}]}}}},
        "ServiceDiscovery": {"DNS": {"Hostname": "n.local", "IpPreference": "IPv6_ONLY", "ResponseType": "ENDPOINTS"}},
    }});
    let second = |value: u64| json!({"unit": "s", "value": value});
    let expected = json!({
        "backendDefaults": {"clientPolicy": {"tls": {"enforce": true, "ports": [443], "validation": {
            "subjectAlternativeNames": {"match": {"exact": ["a.local"]}},
            "trust": {"acm": {"certificateAuthorityArns": ["arn:ca"]}},
        }, "certificate": {"sds": {"secretName": "s"}}}}},
        "backends": [{"virtualService": {"virtualServiceName": "b.local"}}],
        "listeners": [
            {"portMapping": {"port": 1, "protocol": "http"},
             "connectionPool": {"http": {"maxConnections": 1, "maxPendingRequests": 2}},
             "timeout": {"http": {"idle": second(1), "perRequest": {"unit": "ms", "value": 2}}},
             "healthCheck": {"healthyThreshold": 2, "intervalMillis": 5000, "path": "/", "port": 1, "protocol": "http",
                "timeoutMillis": 2000, "unhealthyThreshold": 2},
             "outlierDetection": {"baseEjectionDuration": second(1), "interval": second(1), "maxEjectionPercent": 50,
                "maxServerErrors": 5},
             "tls": {"mode": "STRICT", "certificate": {"acm": {"certificateArn": "arn:c"}}}},
            {"portMapping": {"port": 2, "protocol": "http2"}, "connectionPool": {"http2": {"maxRequests": 3}},
             "timeout": {"http2": {"idle": second(1)}},
             "tls": {"mode": "PERMISSIVE", "certificate": {"file": {"certificateChain": "/c", "privateKey": "/k"}},
                "validation": {"trust": {"file": {"certificateChain": "/ca"}}}}},
            {"portMapping": {"port": 3, "protocol": "grpc"}, "connectionPool": {"grpc": {"maxRequests": 4}},
             "timeout": {"grpc": {"perRequest": second(1)}}},
            {"portMapping": {"port": 4, "protocol": "tcp"}, "connectionPool": {"tcp": {"maxConnections": 5}},
             "timeout": {"tcp": {"idle": second(1)}}},
        ],
        "logging": {"accessLog": {"file": {"path": "/dev/stdout", "format": {"json": [{"key": "k", "value": "v"}]}}}},
        "serviceDiscovery": {"dns": {"hostname": "n.local", "ipPreference": "IPv6_ONLY", "responseType": "ENDPOINTS"}},
    });
    check("VirtualNode", properties, Kind::VirtualNode, "n", expected);
}

#[test]
fn every_kinds_properties_are_found() {
    let listener = json!([{"PortMapping": {"Port": 80, "Protocol": "http"}}]);
    let cloud_map = json!({"AWSCloudMap": {"NamespaceName": "ns", "ServiceName": "sv", "IpPreference": "IPv4_ONLY",
        "Attributes": [{"Key": "k", "Value": "v"}]}});
    check(
        "VirtualNode",
        json!({"VirtualNodeName": "n", "Spec": {"Listeners": listener, "ServiceDiscovery": cloud_map}}),
        Kind::VirtualNode,
        "n",
        json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}],
            "serviceDiscovery": {"awsCloudMap": {"namespaceName": "ns", "serviceName": "sv",
                "ipPreference": "IPv4_ONLY", "attributes": [{"key": "k", "value": "v"}]}}}),
    );
    check(
        "VirtualRouter",
        json!({"VirtualRouterName": "v2", "Spec": {"Listeners": listener}}),
        Kind::VirtualRouter,
        "v2",
        json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}),
    );
    check(
        "VirtualService",
        json!({"VirtualServiceName": "a.local", "Spec": {"Provider": {"VirtualNode": {"VirtualNodeName": "target"}}}}),
        Kind::VirtualService,
        "a.local",
        json!({"provider": {"virtualNode": {"virtualNodeName": "target"}}}),
    );
    check(
        "Route",
        json!({"VirtualRouterName": "vr", "RouteName": "r", "Spec": {"Priority": 5, "HttpRoute": {
            "Match": {"Prefix": "/", "Headers": [{"Name": "h", "Match": {"Range": {"Start": 1, "End": 2}}}]},
            "Action": {"WeightedTargets": [{"VirtualNode": "target", "Weight": 1}]},
            "RetryPolicy": {"MaxRetries": 1, "PerRetryTimeout": {"Unit": "s", "Value": 1},
                "HttpRetryEvents": ["server-error"], "TcpRetryEvents": ["connection-error"]},
        }}}),
        Kind::Route,
        "r",
        json!({"priority": 5, "httpRoute": {
            "match": {"prefix": "/", "headers": [{"name": "h", "match": {"range": {"start": 1, "end": 2}}}]},
            "action": {"weightedTargets": [{"virtualNode": "target", "weight": 1}]},
            "retryPolicy": {"maxRetries": 1, "perRetryTimeout": {"unit": "s", "value": 1},
                "httpRetryEvents": ["server-error"], "tcpRetryEvents": ["connection-error"]},
        }}),
    );
    check(
        "Route",
        json!({"VirtualRouterName": "vr", "RouteName": "r", "Spec": {"GrpcRoute": {
            "Match": {"ServiceName": "p.S", "MethodName": "Get"},
            "Action": {"WeightedTargets": [{"VirtualNode": "target", "Weight": 1}]},
        }}}),
        Kind::Route,
        "r",
        json!({"grpcRoute": {"match": {"serviceName": "p.S", "methodName": "Get"},
            "action": {"weightedTargets": [{"virtualNode": "target", "weight": 1}]}}}),
    );
    check(
        "VirtualGateway",
        json!({"VirtualGatewayName": "g2", "Spec": {"Listeners": [{
            "PortMapping": {"Port": 80, "Protocol": "http2"}, "ConnectionPool": {"HTTP2": {"MaxRequests": 1}},
            "TLS": {"Mode": "DISABLED", "Certificate": {"SDS": {"SecretName": "s"}}},
        }]}}),
        Kind::VirtualGateway,
        "g2",
        json!({"listeners": [{"portMapping": {"port": 80, "protocol": "http2"},
            "connectionPool": {"http2": {"maxRequests": 1}},
            "tls": {"mode": "DISABLED", "certificate": {"sds": {"secretName": "s"}}}}]}),
    );
    check(
        "GatewayRoute",
        json!({"VirtualGatewayName": "g", "GatewayRouteName": "gr", "Spec": {"Http2Route": {
            "Match": {"Path": {"Exact": "/a"}, "Hostname": {"Suffix": ".example"}},
            "Action": {"Rewrite": {"Hostname": {"DefaultTargetHostname": "DISABLED"}},
                "Target": {"VirtualService": {"VirtualServiceName": "s.local"}}},
        }}}),
        Kind::GatewayRoute,
        "gr",
        json!({"http2Route": {
            "match": {"path": {"exact": "/a"}, "hostname": {"suffix": ".example"}},
            "action": {"rewrite": {"hostname": {"defaultTargetHostname": "DISABLED"}},
                "target": {"virtualService": {"virtualServiceName": "s.local"}}},
        }}),
    );
}

const TEMPLATE: &str = "
Parameters:
  Port: {Type: Number, Default: 9080}
Resources:
  Mesh:
    Type: AWS::AppMesh::Mesh
    Properties:
      MeshName: m
      Tags: [{Key: team, Value: a}]
      Spec: {ServiceDiscovery: {IpPreference: IPv6_ONLY}}
  Node:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: n
      Colour: red
      Spec:
        Listeners: [{PortMapping: {Port: !Ref Port, Protocol: http}}]
        ServiceDiscovery: {DNS: {Hostname: n.local}}
  Bad:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: bad
      Spec:
        Listeners: [{PortMapping: {Port: 0, Protocol: http}}]
        ServiceDiscovery: {DNS: {Hostname: n.local}}
  Service:
    Type: AWS::AppMesh::VirtualService
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualServiceName: s.local
      Spec: {Provider: {VirtualNode: {VirtualNodeName: !GetAtt Node.VirtualNodeName}}}
";

#[test]
fn a_template_is_reported_key_by_key() {
    let opened = open_in(&World::empty().unwrap(), TEMPLATE);
    assert_eq!(counts(&opened), [3, 0, 0, 1], "{:#?}", notes(&opened));
    let told = notes(&opened);
    for expected in [
        "kept Resources.Mesh.Properties.MeshName: m",
        "kept Resources.Mesh.Properties.Tags[0].Key: team",
        "kept Resources.Mesh.Properties.Spec.ServiceDiscovery.IpPreference: IPv6_ONLY",
        "kept Resources.Node.Properties.Spec.ServiceDiscovery.DNS.Hostname: n.local",
        "ignored Resources.Node.Properties.Colour: not a member of a virtual node",
    ] {
        assert!(told.iter().any(|note| note == expected), "{expected}\n{told:#?}");
    }
    assert_eq!(spec_of(&opened.world, Kind::VirtualNode, "n")["listeners"][0]["portMapping"]["port"], 9080);
    let mesh = opened.world.control_plane.meshes().next().unwrap().1.clone();
    assert_eq!(mesh.get(&Key::new(Kind::Mesh, "m")).unwrap().tags.get("team").unwrap(), "a");
}

/// The path is that of the document, so that the user finds it there.
#[test]
fn a_refusal_names_the_key_as_the_template_writes_it() {
    let opened = open_in(&World::empty().unwrap(), TEMPLATE);
    let refused: Vec<_> =
        opened.report.notes.iter().filter(|note| note.disposition == Disposition::Refused).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason, "must be from 1 to 65535, not 0");
    assert_eq!(refused[0].path, "Resources.Bad.Properties.Spec.Listeners[0].PortMapping.Port");
}

#[test]
fn parameters_are_asked_for_and_used() {
    let world = World::empty().unwrap();
    let source = read(TEMPLATE).unwrap();
    assert_eq!(source.parameters().iter().map(|parameter| &*parameter.name).collect::<Vec<_>>(), ["Port"]);
    let given = TextMap::from_iter([("Port".to_owned(), "8080".to_owned())]);
    let plan = source.plan(&given, &world).unwrap();
    let opened = apply(&Rc::new(world.clone()), &Rc::new(plan), &ENV);
    assert_eq!(spec_of(&opened.world, Kind::VirtualNode, "n")["listeners"][0]["portMapping"]["port"], 8080);
    let text = TEMPLATE.replace(", Default: 9080", "");
    let error = read(&text).unwrap().plan(&TextMap::new(), &world).unwrap_err();
    assert!(error.to_string().contains("Port"), "{error}");
    assert_eq!(read(r#"{"meshName": "m"}"#).unwrap().parameters(), []);
}

/// A template imports the exports of a template that was opened before; it also opens alone, with a guess.
#[test]
fn an_export_of_an_opened_template_is_imported() {
    let first = json!({
        "Parameters": {"Env": {"Type": "String", "Default": "dev"}},
        "Resources": {"M": {"Type": "AWS::AppMesh::Mesh", "Properties": {"MeshName": {"Fn::Sub": "${Env}-mesh"}}}},
        "Outputs": {"MeshName": {
            "Value": {"Fn::GetAtt": ["M", "MeshName"]},
            "Export": {"Name": {"Fn::Sub": "${Env}:MeshName"}},
        }},
    });
    let second = json!({
        "Parameters": {"Env": {"Type": "String", "Default": "dev"}},
        "Resources": {"N": {"Type": "AWS::AppMesh::VirtualRouter", "Properties": {
            "MeshName": {"Fn::ImportValue": {"Fn::Sub": "${Env}:MeshName"}},
            "VirtualRouterName": "leaf", "Spec": {},
        }}},
    });
    let open = |world: &World, template: &Value| {
        let source = read(&template.to_string()).unwrap();
        let plan = source.plan(&TextMap::new(), world).unwrap();
        apply(&Rc::new(world.clone()), &Rc::new(plan), &ENV)
    };
    let alone = open(&World::empty().unwrap(), &second);
    assert_eq!(counts(&alone), [0, 0, 0, 1]);
    let one = open(&World::empty().unwrap(), &first);
    let both = open(&one.world, &second);
    assert_eq!(counts(&both), [1, 0, 0, 0], "{:?}", notes(&both));
    let mesh = MeshId { owner: both.world.account.clone(), name: "dev-mesh".into() };
    let key = Key::new(Kind::VirtualRouter, "leaf");
    assert!(both.world.control_plane.get(&app_mesh_engine::model::ResourceId { mesh, key }).is_some());
    // A saved document stores the stacks, and opening the same template again changes no stack.
    let kept = restore_text(&save(&both.world)).unwrap();
    assert_eq!(kept, both.world);
    let names: Vec<_> = kept.stacks.iter().map(|stack| (&*stack.name, stack.imports.len())).collect();
    assert_eq!(names, [("playground", 0), ("playground-2", 1)]);
    assert_eq!(open(&open(&kept, &first).world, &second).world.stacks, kept.stacks);
}

/// Route 53 records go into the environment's DNS, from a record set and from a group.
#[test]
fn record_sets_are_in_the_dns() {
    let record = |name: &str, kind: &str, values: Value| json!({"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": values});
    let of = |kind: &str, properties: Value| json!({"Type": format!("AWS::Route53::{kind}"), "Properties": properties});
    let opened = opened(&json!({"Resources": {
        "M": {"Type": "AWS::AppMesh::Mesh", "Properties": {"MeshName": "m"}},
        "A": of("RecordSet", record("backend.example.local", "A", json!(["10.0.0.1", "10.0.0.2"]))),
        "Group": of("RecordSetGroup", json!({"HostedZoneName": "example.local.", "RecordSets": [
            record("six.example.local.", "AAAA", json!(["2001:db8::1"])),
            record("alias.example.local.", "CNAME", json!(["backend.example.local"])),
        ]})),
        "S": {"Type": "AWS::AppMesh::VirtualService", "Properties":
            {"MeshName": "m", "VirtualServiceName": {"Ref": "A"}, "Spec": {}}},
    }}));
    assert_eq!(counts(&opened), [2, 0, 0, 0]);
    let dns = &opened.world.environment.dns;
    let of = |host: &str| dns.get(host).map(|found| (found.a.len(), found.aaaa.len()));
    assert_eq!(of("backend.example.local"), Some((2, 0)));
    assert_eq!(of("six.example.local"), Some((0, 1)));
    assert_eq!(of("alias.example.local"), None);
    let mesh = MeshId { owner: opened.world.account.clone(), name: "m".into() };
    let key = Key::new(Kind::VirtualService, "backend.example.local");
    assert!(opened.world.control_plane.get(&app_mesh_engine::model::ResourceId { mesh, key }).is_some());
}
