use std::path::PathBuf;

use mesh_text::yaml;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::outside::samples;

fn pseudo() -> Pseudo {
    Pseudo {
        account_id: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
        partition: "aws".to_owned(),
        stack_name: "demo-stack".to_owned(),
    }
}

fn given(values: &[(&str, &str)]) -> TextMap {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn resolve(text: &str, values: &[(&str, &str)]) -> Result<Resolved, TemplateError> {
    let value = yaml::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Template::read(&value)?.resolve(&given(values), &pseudo())
}

fn notes(resolved: &Resolved) -> Vec<String> {
    let line = |note: &Note| format!("{:?} {}: {}", note.disposition, note.path, note.reason);
    resolved.notes.iter().map(line).collect()
}

/// Returns a template with parameters, mappings, conditions and other resources, for one property `P` of one mesh.
fn around(property: &str) -> String {
    [
        "
Parameters:
  Name: { Type: String, Default: colors }
  Port: { Type: Number, Default: 9080 }
  Zones: { Type: CommaDelimitedList, Default: 'a, b,c' }
  Stage: { Type: String, Default: beta, AllowedValues: [beta, prod] }
Mappings:
  Stages:
    beta: { Size: 1, Hosts: [x, y], Label: small }
Conditions:
  IsBeta: !Equals [!Ref Stage, beta]
  IsProd: !Not [!Condition IsBeta]
  Both: !And [!Condition IsBeta, { Condition: IsProd }]
  Either: !Or [!Condition IsBeta, { Condition: IsProd }]
Resources:
  Node:
    Type: AWS::AppMesh::VirtualNode
    Properties: { MeshName: m, MeshOwner: '210987654321', VirtualNodeName: blue-vn }
  Gone:
    Type: AWS::AppMesh::VirtualNode
    Condition: IsProd
    Properties: { MeshName: m }
  Unnamed:
    Type: AWS::AppMesh::VirtualGateway
    Properties: { MeshName: m }
  Hop:
    Type: AWS::AppMesh::Route
    Properties: { MeshName: m, VirtualRouterName: r, RouteName: h }
  Task:
    Type: AWS::ECS::Service
    Properties: { ServiceName: !Sub '${Name}-task', Role: !Ref Node }
  Certificate:
    Type: AWS::CertificateManager::Certificate
  Probe:
    Type: AWS::AppMesh::Mesh
    Properties:
      P: ",
        property,
    ]
    .concat()
}

#[track_caller]
fn gives(property: &str, expected: Value) {
    let text = around(property);
    let resolved = resolve(&text, &[]).unwrap_or_else(|error| panic!("{property}: {error}"));
    let probe = resolved.resources.iter().find(|resource| resource.logical_id == "Probe").unwrap();
    assert_eq!(probe.properties.get("P").cloned(), Some(expected).filter(|v| !v.is_null()), "{property}");
}

#[track_caller]
fn fails(property: &str, expected: &str) {
    match resolve(&around(property), &[]) {
        Ok(_) => panic!("{property} was resolved"),
        Err(error) => assert_eq!(error.to_string(), ["`Resources.Probe.Properties.P", expected].concat()),
    }
}

#[test]
fn functions() {
    for (property, expected) in [
        ("!Ref Name", json!("colors")),
        ("!Ref Port", json!(9080)),
        ("!Ref Zones", json!(["a", "b", "c"])),
        ("!Ref AWS::AccountId", json!("123456789012")),
        ("!Ref AWS::Region", json!("us-west-2")),
        ("!Ref AWS::NoValue", json!(null)),
        ("[a, !Ref AWS::NoValue, b]", json!(["a", "b"])),
        ("!Ref Node", json!("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/blue-vn")),
        ("!Ref Hop", json!("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualRouter/r/route/h")),
        ("!GetAtt Node.Arn", json!("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/blue-vn")),
        ("!GetAtt Node.MeshName", json!("m")),
        ("!GetAtt Node.VirtualNodeName", json!("blue-vn")),
        ("!GetAtt Node.MeshOwner", json!("210987654321")),
        ("!GetAtt Node.ResourceOwner", json!("123456789012")),
        ("!GetAtt Node.Uid", json!("Node-uid")),
        ("!GetAtt Hop.MeshOwner", json!("123456789012")),
        ("!GetAtt Hop.VirtualRouterName", json!("r")),
        ("!GetAtt Unnamed.VirtualGatewayName", json!("Unnamed")),
        ("{ 'Fn::GetAtt': Node.MeshName }", json!("m")),
        ("!Sub '${Name}-${AWS::StackName}.${Node.MeshName}'", json!("colors-demo-stack.m")),
        ("!Sub '${!Name} ${Port} $Name ${Name'", json!("${Name} 9080 $Name ${Name")),
        ("!Sub ['${a}-${Name}', { a: !Ref Port, Name: shadow }]", json!("9080-shadow")),
        ("!Sub 'svc.${AWS::URLSuffix}'", json!("svc.amazonaws.com")),
        ("!Sub '${Node}'", json!("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/blue-vn")),
        ("!Join ['-', [a, !Ref Name, 1]]", json!("a-colors-1")),
        ("!Join ['', !Ref Zones]", json!("abc")),
        ("!Select [1, !Ref Zones]", json!("b")),
        ("!Select ['0', !Split ['.', 'x.y']]", json!("x")),
        ("!Split ['.', !GetAtt Node.VirtualNodeName]", json!(["blue-vn"])),
        ("!If [IsBeta, 1, 2]", json!(1)),
        ("!If [IsProd, !GetAtt Gone.MeshName, !Ref AWS::NoValue]", json!(null)),
        ("!If [Both, 1, !If [Either, 2, 3]]", json!(2)),
        ("!FindInMap [Stages, !Ref Stage, Size]", json!(1)),
        ("!FindInMap [Stages, beta, Hosts]", json!(["x", "y"])),
        ("!FindInMap [Stages, prod, Label, { DefaultValue: tall }]", json!("tall")),
        ("!FindInMap [Stages, prod, Label]", json!("Stages-prod-Label")),
        ("!Base64 abc", json!("abc")),
        ("!Length [1, 2]", json!(2)),
        ("{ 'Fn::ToJsonString': { a: !Ref Port } }", json!("{\"a\":9080}")),
        ("!ImportValue /prod/mesh-name", json!("mesh-name")),
        ("!GetAZs ''", json!(["us-west-2a", "us-west-2b", "us-west-2c"])),
        ("'{{resolve:ssm:/prod/mesh:2}}.local'", json!("mesh.local")),
        ("!Sub '{{resolve:ssm:${Name}}}'", json!("colors")),
        ("!Ref Task", json!("Task")),
        ("!GetAtt Task.ServiceName", json!("colors-task")),
        ("!GetAtt Task.Role", json!("Task.Role")),
        ("!GetAtt Task.ServiceArn", json!("Task.ServiceArn")),
        ("!Ref Certificate", json!("arn:aws:acm:us-west-2:123456789012:certificate/Certificate")),
        ("!GetAtt Task.Arn", json!("arn:aws:ecs:us-west-2:123456789012:Task")),
        ("{ MeshName: !Ref Node }", json!({ "MeshName": "blue-vn" })),
        ("{ Condition: x, Ref: y }", json!({ "Condition": "x", "Ref": "y" })),
        ("{ 'Fn::Transform': x, a: 1 }", json!({ "a": 1 })),
    ] {
        gives(property, expected);
    }
}

#[test]
fn functions_used_wrongly() {
    for (property, expected) in [
        ("!Ref Nam", "`: there is no parameter or resource named `Nam`; did you mean `Name`?"),
        (
            "!Ref Elsewhere",
            "`: there is no parameter or resource named `Elsewhere`; add it to the template or correct the name",
        ),
        (
            "[1, { x: !Sub '${Nod.MeshName}' }]",
            "[1].x`: there is no parameter or resource named `Nod`; did you mean `Node`?",
        ),
        (
            "!Ref AWS::AcountId",
            "`: there is no pseudo parameter named `AWS::AcountId`; did you mean `AWS::AccountId`?",
        ),
        (
            "!GetAtt Node.Name",
            "`: `Node` has no attribute `Name`; choose one of `MeshName`, `VirtualNodeName`, `Arn`, `MeshOwner`, \
             `ResourceOwner`, `Uid`",
        ),
        (
            "!GetAtt Name.Arn",
            "`: there is no resource named `Name`; add it to the template or correct the name",
        ),
        (
            "!GetAtt Node",
            "`: `Fn::GetAtt` must be given a resource and one of its attributes: `Mesh.MeshName`, or both in a list",
        ),
        (
            "!Ref Gone",
            "`: `Gone` is not created, because its condition `IsProd` is false; put this under the same condition",
        ),
        ("!Ref [Name]", "`: `Ref` must be given the name of a parameter or resource"),
        ("!Sub [a, b, c]", "`: `Fn::Sub` must be given text, or a list of text and an object of variables"),
        ("!Sub '${Zones}'", "`: `Fn::Sub` must be given single values here, not a list or an object"),
        ("!Join [a]", "`: `Fn::Join` must be given a list: the text between, and a list of values"),
        ("!Select [3, [a]]", "`: `Fn::Select` asks for item 3, counted from 0, of a list that has 1"),
        ("!Select [-1, [a]]", "`: `Fn::Select` must be given a list: an index from 0, and a list of values"),
        (
            "!Split ['', a]",
            "`: `Fn::Split` must be given a list: the text to split at, which is not empty, and the text to split",
        ),
        ("!If [IsBta, 1, 2]", "`: there is no condition named `IsBta`; did you mean `IsBeta`?"),
        ("!If [IsBeta, 1]", "`: `Fn::If` must be given a list: a condition's name and two values"),
        (
            "!Equals [1, 1]",
            "`: `Fn::Equals` decides a condition; move it to `Conditions` and use `Fn::If` here",
        ),
        ("{ 'Fn::Subs': a }", "`: CloudFormation has no function `Fn::Subs`; did you mean `Fn::Sub`?"),
        ("{ 'Fn::Sub': a, b: 1 }", "`: `Fn::Sub` must be the only member of its object; move the others out"),
    ] {
        fails(property, expected);
    }
}

#[track_caller]
fn refuse(text: &str, values: &[(&str, &str)], expected: &str) {
    match resolve(text, values) {
        Ok(_) => panic!("was resolved: {text}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

#[test]
fn templates_that_are_wrong() {
    for (text, expected) in [
        ("[]", "this must be an object, but it is a list; check how it is written and indented"),
        ("a: 1", "this is not a CloudFormation template; it must have a section `Resources`"),
        (
            "Resources: []",
            "`Resources`: this must be an object, but it is a list; check how it is written and indented",
        ),
        (
            "Resources: { A: {} }",
            "`Resources.A`: this resource has no `Type`; add one, such as `AWS::AppMesh::VirtualNode`",
        ),
        (
            "Resources: { A: { Type: 1 } }",
            "`Resources.A.Type`: this must be text, but it is a number; check how it is written and indented",
        ),
        (
            "Resources: { A: { Type: 'AWS::AppMesh::Mesh', Properties: [] } }",
            "`Resources.A.Properties`: this must be an object, but it is a list; check how it is written and indented",
        ),
        (
            "Resources: { A: { Type: 'AWS::AppMesh::Mesh', DependsOn: [A] } }",
            "`Resources.A`: these refer to each other in a circle: `A` → `A`; remove one of the references",
        ),
        (
            "Resources: { Able: { Type: 'AWS::AppMesh::Mesh', DependsOn: Abel } }",
            "`Resources.Able.DependsOn`: there is no resource named `Abel`; add it to the template or correct the name",
        ),
        (
            "
Resources:
  A: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: !Sub '${B.MeshName}' } }
  B: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: !GetAtt C.MeshName } }
  C: { Type: 'AWS::AppMesh::Mesh', DependsOn: [B] }
",
            "`Resources.B`: these refer to each other in a circle: `B` → `C` → `B`; remove one of the references",
        ),
        (
            "
Conditions: { X: !Condition Y, Y: !Not [!Condition X] }
Resources: { A: { Type: 'AWS::AppMesh::Mesh', Condition: X } }
",
            "`Conditions.Y`: these refer to each other in a circle: `X` → `Y` → `X`; remove one of the references",
        ),
        (
            "
Conditions: { X: !Equals [!Ref A, 1] }
Resources: { A: { Type: 'AWS::AppMesh::Mesh', Condition: X } }
",
            "`Conditions.X`: a condition cannot depend on the resource `A`; use a parameter",
        ),
        (
            "
Conditions: { X: !Sub a }
Resources: { A: { Type: 'AWS::AppMesh::Mesh', Condition: X } }
",
            "`Conditions.X`: CloudFormation has no function `Fn::Sub`; correct its name",
        ),
    ] {
        refuse(text, &[], expected);
    }
}

#[test]
fn parameters() {
    let text = "
Parameters:
  Name: { Type: String, Description: Mesh name }
  Stage: { Type: String, Default: beta, AllowedValues: [beta, prod, 3] }
  Port: { Type: Number, Default: 1 }
  Zones: { Type: 'List<String>', Default: 'a,b', AllowedValues: [a, b] }
  Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /mesh/image }
Resources:
  Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: !Ref Name, Image: !Ref Image } }
";
    let template = Template::read(&yaml::parse(text).unwrap()).unwrap();
    let missing = template.missing(&TextMap::new());
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].name.as_str(), missing[0].description.as_deref()), ("Name", Some("Mesh name")));
    assert!(template.missing(&given(&[("Name", "m")])).is_empty());

    let no_value = "`Parameters.Name`: this parameter has no value and no default; give it a value";
    refuse(text, &[], no_value);
    for (name, value, expected) in [
        ("Stage", "3", None),
        (
            "Stage",
            "gamma",
            Some("`gamma` is not a value this parameter allows; choose one of `beta`, `prod`, `3`"),
        ),
        ("Zones", "a, c", Some("`c` is not a value this parameter allows; choose one of `a`, `b`")),
        ("Port", "8 0", Some("this parameter must be a number, not `8 0`; give it a number")),
        ("Port", "1.5", None),
    ] {
        let values = [("Name", "m"), (name, value)];
        match expected {
            None => assert!(resolve(text, &values).is_ok(), "{name} {value}"),
            Some(expected) => refuse(text, &values, &format!("`Parameters.{name}`: {expected}")),
        }
    }
    let long = "x".repeat(4097);
    refuse(
        text,
        &[("Name", &long)],
        "`Parameters.Name`: this is 4097 bytes long and CloudFormation allows 4096; shorten it",
    );

    let resolved = resolve(text, &[("Name", "m"), ("Nmae", "m")]).unwrap();
    assert_eq!(
        notes(&resolved),
        [
            "Ignored Parameters.Nmae: the template has no such parameter",
            "Guessed Parameters.Image: this is the name of a value in Parameter Store, which is not known; the name \
             is used",
        ]
    );
}

#[test]
fn everything_left_out_or_guessed_is_noted() {
    let text = "
AWSTemplateFormatVersion: '2010-09-09'
Description: colors
Output: {}
Conditions: { Never: !Equals [a, b] }
Resources:
  Mesh:
    Type: AWS::AppMesh::Mesh
    DeletionPolicy: Retain
    Propertys: {}
  Node:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !Ref Mesh
      VirtualNodeName: !ImportValue node
      Tags: [!GetAtt Task.Name]
  Off: { Type: 'AWS::AppMesh::Mesh', Condition: Never }
  Odd: { Type: 'AWS::AppMesh::VirtualNod' }
  Task: { Type: 'AWS::ECS::Service' }
  'Fn::ForEach::X': []
";
    let resolved = resolve(text, &[]).unwrap();
    let mut found = notes(&resolved);
    found.sort();
    let seven = "the seven are Mesh, VirtualNode, VirtualService, VirtualRouter, Route, VirtualGateway and GatewayRoute";
    let mut expected = vec![
        "Guessed Resources.Mesh.Properties.MeshName: CloudFormation would make up a name; the logical id is used"
            .to_owned(),
        "Guessed Resources.Node.Properties.MeshName: this is an ARN where a name belongs; the name at its end is used"
            .to_owned(),
        "Guessed Resources.Node.Properties.Tags[0]: Task is not created here; a made-up value stands for it".to_owned(),
        "Guessed Resources.Node.Properties.VirtualNodeName: another stack exports this value; the name of the export is \
         used"
            .to_owned(),
        "Ignored Description: this describes the template and is not part of a mesh".to_owned(),
        "Ignored Output: CloudFormation has no such section; did you mean `Outputs`?".to_owned(),
        "Ignored Resources.Fn::ForEach::X: loops and other functions over resources are not run; write the resources out"
            .to_owned(),
        "Ignored Resources.Mesh.DeletionPolicy: a stack is not deleted or replaced here".to_owned(),
        "Ignored Resources.Mesh.Propertys: resources have no such attribute; did you mean `Properties`?".to_owned(),
        format!("Ignored Resources.Odd: AWS::AppMesh::VirtualNod is not a type of App Mesh; {seven}"),
        "Ignored Resources.Off: its condition `Never` is false".to_owned(),
        "Ignored Resources.Task: AWS::ECS::Service is not an App Mesh resource".to_owned(),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let ids: Vec<&str> = resolved.resources.iter().map(|resource| resource.logical_id.as_str()).collect();
    assert_eq!(ids, ["Mesh", "Node"]);
    assert_eq!(
        resolved.resources[1].properties,
        json!({ "MeshName": "Mesh", "VirtualNodeName": "node", "Tags": ["Task.Name"] })
    );
}

#[test]
fn resources_come_after_what_they_need() {
    let text = "
Conditions: { Never: !Equals [a, b] }
Resources:
  A: { Type: 'AWS::AppMesh::Mesh', DependsOn: [Z, Task, Off], Properties: { MeshName: a } }
  B: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: b, X: !If [Never, !Ref Y, x] } }
  C: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: !Sub ['${v}', { v: !GetAtt D.MeshName }] } }
  D: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: !Join ['', [!GetAtt Y.MeshName, '-d']] } }
  Off: { Type: 'AWS::AppMesh::Mesh', Condition: Never }
  Task: { Type: 'AWS::ECS::Service', DependsOn: A }
  Y: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: y } }
  Z: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: z } }
";
    let resolved = resolve(text, &[]).unwrap();
    let ids: Vec<&str> = resolved.resources.iter().map(|resource| resource.logical_id.as_str()).collect();
    assert_eq!(ids, ["Z", "A", "B", "Y", "D", "C"]);
    assert_eq!(resolved.resources[5].properties["MeshName"], "y-d");
}

#[test]
fn templates_that_grow_are_stopped() {
    let mut text =
        "Resources:\n  R0: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: lol } }\n".to_owned();
    for level in 1..60 {
        let inner = format!("${{R{}.MeshName}}", level - 1).repeat(4);
        text.push_str(&format!(
            "  R{level}: {{ Type: 'AWS::AppMesh::Mesh', Properties: {{ MeshName: !Sub '{inner}' }} }}\n"
        ));
    }
    let error = resolve(&text, &[]).unwrap_err();
    assert_eq!(error.problem, Problem::TooLarge { limit: 8 * 1024 * 1024 });

    let mut text =
        "Resources: { A: { Type: 'AWS::AppMesh::Mesh', Condition: C0 } }\nConditions:\n".to_owned();
    for level in 0..10_000 {
        text.push_str(&format!("  C{level}: !Not [!Condition C{}]\n", level + 1));
    }
    assert_eq!(resolve(&text, &[]).unwrap_err().problem, Problem::TooDeep { limit: 200 });

    let mut text = "Resources:\n  R0: { Type: 'AWS::AppMesh::Mesh' }\n".to_owned();
    for level in 1..20_000 {
        text.push_str(&format!("  R{level}: {{ Type: 'AWS::AppMesh::Mesh', DependsOn: R{} }}\n", level - 1));
    }
    assert_eq!(resolve(&text, &[]).map(|resolved| resolved.resources.len()), Ok(20_000));

    // Each of these would be noted with its path, which contains the name.
    let attributes: Vec<String> = (0..100_000).map(|number| format!("a{number}: 1")).collect();
    let text = format!(
        "Resources: {{ ? {} : {{ Type: 'AWS::AppMesh::Mesh', {} }} }}",
        "x".repeat(1_000_000),
        attributes.join(", ")
    );
    assert_eq!(resolve(&text, &[]).unwrap_err().problem, Problem::TooLong { length: 1_000_000, limit: 255 });

    // Each reference to an attribute of a resource that is not created here visits that attribute again.
    let text = format!(
        "Resources:\n  A:\n    Type: AWS::AppMesh::Mesh\n    Properties:\n      X: [{}]\n  B:\n    Type: Other\n    \
         Properties:\n      C: [!Ref B, {}]\n",
        vec!["!GetAtt B.C"; 30_000].join(", "),
        vec!["1"; 60_000].join(", ")
    );
    assert_eq!(resolve(&text, &[]).unwrap_err().problem, Problem::TooLarge { limit: 8 * 1024 * 1024 });
}

#[test]
fn only_templates_are_templates() {
    for (text, expected) in [
        ("Resources: { A: { Type: 'AWS::ECS::Service' } }", true),
        ("Resources: { A: 1, B: { Type: x } }", true),
        ("Resources: { A: 1 }", false),
        ("Resources: []", false),
        ("kind: Mesh", false),
        ("[1]", false),
    ] {
        assert_eq!(is_template(&yaml::parse(text).unwrap()), expected, "{text}");
    }
}

// The published templates

fn sample_templates() -> Vec<(PathBuf, String)> {
    let Some(samples) = samples() else { return Vec::new() };
    let mut templates = Vec::new();
    for folder in ["dns", "cloud"] {
        for entry in std::fs::read_dir(samples.join("howto-ipv6").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                templates.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert_eq!(templates.len(), 12);
    templates
}

#[test]
fn published_templates_resolve() {
    for (path, text) in sample_templates() {
        let path = path.display();
        let value = yaml::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(is_template(&value), "{path}");
        let template = Template::read(&value).unwrap();
        let values = given(&[("AppMeshMeshName", "colors"), ("ProjectName", "demo")]);
        assert!(template.missing(&values).is_empty());
        let resolved = template.resolve(&values, &pseudo()).unwrap_or_else(|error| panic!("{path}: {error}"));

        let count = |kind: &str| {
            let resource_type = ["AWS::AppMesh::", kind].concat();
            resolved.resources.iter().filter(|resource| resource.resource_type == resource_type).count()
        };
        let kinds = ["Mesh", "VirtualGateway", "GatewayRoute", "VirtualNode", "VirtualService"];
        assert_eq!(kinds.map(count), [1, 1, 6, 6, 6], "{path}");
        assert_eq!(resolved.resources.len(), 20, "{path}");
        assert!(resolved.resources.iter().all(|resource| resource.properties["MeshName"] == "colors"));

        let place = |id: &str| resolved.resources.iter().position(|r| r.logical_id == id).unwrap();
        for resource in &resolved.resources {
            let here = place(&resource.logical_id);
            let depends_on = value["Resources"][&resource.logical_id].get("DependsOn");
            for needed in depends_on.map(|names| texts(names, "").unwrap()).unwrap_or_default() {
                assert!(place(&needed) < here, "{path}: {needed} before {}", resource.logical_id);
            }
            assert!(place("Mesh") <= here, "{path}");
        }
        let text = json!(resolved.resources.iter().map(|r| &r.properties).collect::<Vec<_>>()).to_string();
        assert!(!text.contains("Fn::") && !text.contains("\"Ref\"") && !text.contains("${"), "{path}");
    }
}

// Implausible texts

const PIECES: &[&str] = &[
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!If ",
    "!Join ",
    "!Select ",
    "!Split ",
    "!FindInMap ",
    "!Equals ",
    "!Not ",
    "Ref: ",
    "'Fn::Sub': ",
    "Name",
    "Node",
    "Probe",
    "Gone",
    "Node.MeshName",
    "AWS::Region",
    "AWS::NoValue",
    "${Node.Arn}",
    "'${Name}'",
    "IsBeta",
    "IsProd",
    "[",
    "]",
    "{ ",
    " }",
    ", ",
    "a",
    "1",
    "-1",
    "\"",
    "null",
    "'{{resolve:ssm:x}}'",
    "{{resolve:",
    "}}",
    "${",
    "}",
    "*x",
    "&x ",
    "é",
];

/// Removes a part of a text, or replaces it with another piece.
fn mutate(text: &str, at: usize, length: usize, piece: &str) -> String {
    let boundary = |mut index: usize| {
        index = index.min(text.len());
        while !text.is_char_boundary(index) {
            index -= 1;
        }
        index
    };
    let start = boundary(at % (text.len() + 1));
    let end = boundary(start + length).max(start);
    [&text[..start], piece, &text[end..]].concat()
}

/// Reads and resolves a text. Any error is valid, but the call must return.
fn survive(text: &str) {
    let Ok(values) = yaml::parse_all(text) else { return };
    for value in values {
        is_template(&value);
        match Template::read(&value) {
            Ok(template) => {
                let names =
                    template.parameters.iter().map(|parameter| (parameter.name.clone(), "1".to_owned()));
                let _ = template.resolve(&names.collect(), &pseudo()).map_err(|error| error.to_string());
                let _ = template.resolve(&TextMap::new(), &pseudo()).map_err(|error| error.to_string());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

proptest! {
    #[test]
    fn any_property_is_resolved_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        survive(&around(&pieces.concat()));
    }

    #[test]
    fn mutated_templates_are_resolved_or_refused(
        changes in prop::collection::vec((any::<usize>(), 0_usize..20, prop::sample::select(PIECES)), 1..6),
    ) {
        let mut text = around("!Sub '${Name}'");
        for (at, length, piece) in changes {
            text = mutate(&text, at, length, piece);
        }
        survive(&text);
    }

    #[test]
    fn any_value_is_a_template_or_refused(value in value()) {
        let template = json!({
            "Conditions": value,
            "Mappings": value,
            "Resources": { "A": { "Type": "AWS::AppMesh::Mesh", "Condition": "B", "Properties": value }, "B": value },
        });
        for value in [&value, &template] {
            if let Ok(template) = Template::read(value) {
                let _ = template.resolve(&TextMap::new(), &pseudo()).map_err(|error| error.to_string());
            }
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    let words = &["A", "B", "Ref", "Type", "AWS::AppMesh::Mesh", "A.Arn", "${A}", "${B.Arn}", "0", ""];
    let keys = &[
        "A",
        "B",
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "Ref",
        "Fn::Sub",
        "Fn::If",
        "Fn::GetAtt",
        "Fn::Not",
        "Fn::Equals",
        "Fn::Join",
        "Fn::Select",
        "Fn::FindInMap",
        "Resources",
        "Parameters",
        "Default",
        "AllowedValues",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        prop::sample::select(&words[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&keys[..]), inner), 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

/// Expands loops: over resources, outputs and properties, nested, over lists and parameters.
#[test]
fn loops_are_written_out() {
    let text = "
Transform: AWS::LanguageExtensions
Parameters:
  Colors: { Type: CommaDelimitedList, Default: 'red, light-blue' }
Mappings:
  Ports: { All: { List: ['80', '81'] } }
Resources:
  Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: m } }
  'Fn::ForEach::Nodes':
    - Color
    - !Ref Colors
    - 'Node&{Color}':
        Type: AWS::AppMesh::VirtualNode
        Properties:
          MeshName: !GetAtt Mesh.MeshName
          VirtualNodeName: !Sub '${Color}-vn'
          Tags: [!Ref Color]
          'Fn::ForEach::Members':
            - Name
            - [First, Second]
            - '${Name}Of': !Sub '${Name}-${Color}'
  'Fn::ForEach::Routers':
    - Zone
    - [a, b]
    - 'Fn::ForEach::PerPort':
        - Port
        - !FindInMap [Ports, All, List]
        - 'Router${Zone}${Port}':
            Type: AWS::AppMesh::VirtualRouter
            Properties: { MeshName: m, VirtualRouterName: !Sub 'r-${Zone}-${Port}' }
Outputs:
  'Fn::ForEach::Names':
    - Color
    - [red]
    - 'Name${Color}': { Value: !GetAtt 'Node${Color}.VirtualNodeName' }
";
    let resolved = resolve(text, &[]).unwrap();
    let names: Vec<_> = resolved
        .resources
        .iter()
        .map(|resource| (resource.logical_id.as_str(), resource.properties.clone()))
        .collect();
    let router =
        |zone: &str, port: &str| json!({"MeshName": "m", "VirtualRouterName": format!("r-{zone}-{port}")});
    let node = |color: &str| {
        json!({"MeshName": "m", "VirtualNodeName": format!("{color}-vn"), "Tags": [color],
            "FirstOf": format!("First-{color}"), "SecondOf": format!("Second-{color}")})
    };
    let expected = [
        ("Mesh", json!({"MeshName": "m"})),
        ("Nodelightblue", node("light-blue")),
        ("Nodered", node("red")),
        ("Routera80", router("a", "80")),
        ("Routera81", router("a", "81")),
        ("Routerb80", router("b", "80")),
        ("Routerb81", router("b", "81")),
    ];
    assert_eq!(names, expected);
    assert_eq!(resolved.outputs.len(), 1);
    assert_eq!((&*resolved.outputs[0].key, &*resolved.outputs[0].value), ("Namered", "red-vn"));
    assert_eq!(notes(&resolved), Vec::<String>::new());
    let given = resolve(text, &[("Colors", "x")]);
    // Now the output refers to a node that does not exist.
    assert!(given.unwrap_err().to_string().contains("`Nodered`"));
}

#[test]
fn wrong_loops_are_told() {
    for (argument, text) in [
        (
            "[1, [a], {}]",
            "a loop is a list of three: a name for the item, a list of items, and an object with what to write out",
        ),
        (
            "[X, [a], b]",
            "a loop is a list of three: a name for the item, a list of items, and an object with what to write out",
        ),
        ("[X, a, { 'R${X}': {} }]", "a loop goes over a list of texts"),
        ("[X, [[a]], { 'R${X}': {} }]", "a loop goes over a list of texts"),
        ("[X, [a, b], { R: {} }]", "`R` is there more than once; let its name contain the item of the loop"),
    ] {
        let template =
            format!("Resources: {{ M: {{ Type: 'AWS::AppMesh::Mesh' }}, 'Fn::ForEach::L': {argument} }}");
        let error = resolve(&template, &[]).unwrap_err().to_string();
        assert!(error.contains(text), "{argument}: {error}");
    }
    // The size limit also applies to nested loops.
    let mut body = "{ 'R${A}': { Type: x } }".to_owned();
    for name in ["A", "B", "C", "D", "E", "F"] {
        let items: Vec<_> = (0..40).map(|i| i.to_string()).collect();
        body = format!("{{ 'Fn::ForEach::{name}${{Z}}': [{name}, [{}], {body}] }}", items.join(","));
    }
    let template = format!("Resources: {body}");
    let error = resolve(&template, &[]).unwrap_err();
    assert!(matches!(error.problem, Problem::TooLarge { .. } | Problem::Mistake(_)), "{error}");
}

/// Values of `Ref` and `Fn::GetAtt` for resources of other services, if the template has them.
#[test]
fn names_of_other_resources_are_known() {
    let text = |value: &str| {
        format!(
            "
Parameters: {{ Zone: {{ Type: String, Default: example.local }} }}
Resources:
  Record:
    Type: AWS::Route53::RecordSet
    Properties: {{ HostedZoneName: !Sub '${{Zone}}.', Name: !Sub 'backend.${{Zone}}', Type: A, TTL: 60, ResourceRecords: [10.0.0.1] }}
  Alias: {{ Type: 'AWS::Route53::RecordSet', Properties: {{ Name: !Ref Record, Type: CNAME }} }}
  Logs: {{ Type: 'AWS::Logs::LogGroup', Properties: {{ LogGroupName: /mesh }} }}
  Found: {{ Type: 'AWS::ServiceDiscovery::Service', Properties: {{ Name: red }} }}
  Balancer: {{ Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' }}
  Mesh: {{ Type: 'AWS::AppMesh::Mesh', Properties: {{ MeshName: {value} }} }}
"
        )
    };
    for (value, expected, guesses) in [
        ("!Ref Record", "backend.example.local", 0),
        ("!Ref Alias", "backend.example.local", 0),
        ("!Ref Logs", "/mesh", 0),
        ("!GetAtt Found.Name", "red", 1),
        ("!GetAtt Balancer.DNSName", "balancer-1234567890.us-west-2.elb.amazonaws.com", 1),
    ] {
        let resolved = resolve(&text(value), &[]).unwrap();
        assert_eq!(resolved.resources[0].properties["MeshName"], expected, "{value}");
        let guessed = resolved.notes.iter().filter(|note| note.disposition == Disposition::Guessed);
        assert_eq!(guessed.count(), guesses, "{value}");
        let record =
            Record { name: "backend.example.local".to_owned(), addresses: vec!["10.0.0.1".to_owned()] };
        assert_eq!(resolved.records, [record]);
    }
}
