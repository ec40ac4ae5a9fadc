//! Published commands, unmodified: those of the user guide, and those that the AWS CLI ships. Each must run, and its
//! output must have the published members, of the published types.
//!
//! The texts are not copied: they are read from the samples and from the installed package.

use mesh_playground::{model::Kind, playground::Playground};
use serde_json::{Value, json};

use super::{
    common,
    corpus::{Ours, words},
    real,
};

/// A command, its input files, and its published output.
struct Example {
    command: String,
    files: Vec<(String, String)>,
    output: Option<Value>,
}

/// Errors in the published texts: the published text and the intended one. The reasons are in
/// `crates/engine/src/control_plane/tests/guide.rs`.
const SLIPS: &[(&str, &str)] = &[
    // A backslash continues a line only if it is the last character.
    ("\\ \n", "\\\n"),
    (
        "create-virtual-gateway \\\n--mesh-name meshName \\\n--virtual-gateway-name virtualGatewayName \\\n--gateway-route-name",
        "create-gateway-route --mesh-name meshName --virtual-gateway-name virtualGatewayName --gateway-route-name",
    ),
    ("nameOfMehod", "nameOfmethod"),
    ("\"methodName\":\"methodName\"", "\"methodName\":\"nameOfmethod\""),
];

fn mended(text: &str) -> String {
    SLIPS.iter().fold(text.to_owned(), |text, (published, meant)| text.replace(published, meant))
}

#[test]
fn the_commands_of_the_user_guide_run_unmodified() {
    let Some(folder) = common::samples() else { return };
    let (mut count, mut files) = (0, 0);
    for entry in std::fs::read_dir(folder.join("user-guide")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        files += 1;
        // Regardless of the layout of the page, no command is skipped.
        let found = text.matches("\"aws appmesh ").count();
        let before = count;
        let published: Value = serde_json::from_str(&text).unwrap();
        // Each page creates a resource and then deletes it.
        let mut ours = Ours::default();
        for example in published.as_array().unwrap() {
            let files = example["files"].as_object().unwrap().iter();
            let files = files.map(|(name, text)| {
                let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
                (name.clone(), mended(&text))
            });
            let example = Example {
                command: mended(example["command"].as_str().unwrap()),
                files: files.collect(),
                output: Some(example["output"].clone()),
            };
            check(&example, &mut ours);
            count += 1;
        }
        assert_eq!(count - before, found, "{text}");
    }
    assert_eq!((files, count), (7, 14));
}

#[test]
fn the_examples_of_the_aws_cli_run_unmodified() {
    let Some(package) = real::package() else {
        assert!(std::env::var_os("CI").is_none(), "no AWS CLI, version 1, on the PATH");
        common::skipped("tests with the AWS CLI, version 1, as there is none; `make test` installs its own");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(package.join("examples/appmesh"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut count = 0;
    for file in &files {
        let page = std::fs::read_to_string(file).unwrap();
        let examples = examples(&page);
        // Regardless of the layout of the page, no line with a command is skipped.
        let found = page.lines().filter(|line| line.trim_start().starts_with("aws appmesh ")).count();
        assert_eq!(examples.len(), found, "{}", file.display());
        for example in examples {
            check(&example, &mut Ours::default());
            count += 1;
        }
    }
    assert_eq!((files.len(), count), (29, 34), "another version of the tool has others");
}

/// Returns the examples of a page: indented blocks, each after a heading.
fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut heading = "";
    let mut block = String::new();
    for line in page.lines().chain(["end"]) {
        if line.starts_with("  ") || line.trim().is_empty() {
            block.push_str(line);
            block.push('\n');
            continue;
        }
        let text = block.trim();
        if text.starts_with("aws appmesh") && !text.contains("\n\n") {
            examples.push(Example { command: text.to_owned(), files: Vec::new(), output: None });
        } else if let Some(example) = examples.last_mut().filter(|_| !text.is_empty()) {
            if let Some(name) = heading.strip_prefix("Contents of ") {
                let name = name.trim_end_matches(':').trim_matches('`').to_owned();
                example.files.push((name, text.to_owned()));
            } else if heading.starts_with("Output") {
                example.output = Some(serde_json::from_str(text).unwrap());
            }
        }
        block.clear();
        heading = line;
    }
    examples
}

#[track_caller]
fn check(example: &Example, ours: &mut Ours) {
    let words = words(&example.command);
    for (name, text) in &example.files {
        ours.files.insert(name.clone(), text.clone());
    }
    provide(ours, &words, example.output.as_ref());
    let result = ours.run(&example.command);
    assert_eq!((result.code, &*result.stderr), (0, ""), "{}", example.command);
    match &example.output {
        None => assert_eq!(result.stdout, "", "{}", example.command),
        Some(published) => {
            let printed: Value = serde_json::from_str(&result.stdout).unwrap();
            compare(published, &printed, &example.command);
        }
    }
}

/// Checks that every published member is also printed, with a value of the same type.
fn compare(published: &Value, printed: &Value, place: &str) {
    match (published, printed) {
        (Value::Object(members), Value::Object(ours)) => {
            for (name, value) in members {
                let place = format!("{place}.{name}");
                // A node without backends is described without this member here.
                if name == "backends" && *value == json!([]) {
                    continue;
                }
                let found = ours.get(name).unwrap_or_else(|| panic!("{place} is missing in {printed}"));
                compare(value, found, &place);
            }
        }
        (Value::Array(items), Value::Array(ours)) => {
            assert_eq!(items.is_empty(), ours.is_empty(), "{place}");
            for (item, own) in items.iter().zip(ours) {
                compare(item, own, &format!("{place}[]"));
            }
        }
        // The guide's version 2 prints a date.
        (Value::String(text), Value::Number(_)) => assert!(text.starts_with("2022-04-0"), "{place}"),
        _ => assert_eq!(
            std::mem::discriminant(published),
            std::mem::discriminant(printed),
            "{place}: {published} is not as {printed}"
        ),
    }
}

/// Creates the resources that a command needs: the mesh, the resources in its input, and its target, unless the command
/// creates it.
fn provide(ours: &mut Ours, words: &[String], output: Option<&Value>) {
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == format!("--{name}"))?;
        words.get(at + 1).cloned()
    };
    let whole = option("cli-input-json").map(|path| {
        let text = ours.files.get(path.trim_start_matches("file://"));
        text.unwrap_or_else(|| panic!("{path} of {words:?}")).clone()
    });
    let whole: Value = whole.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let name = |kind: Kind| {
        let member = kind.declaration().name_member;
        let given = option(&format!("{}-name", kind.declaration().command));
        given.or_else(|| whole[member].as_str().map(str::to_owned))
    };
    let output = output.and_then(|output| output.as_object()?.values().next()).cloned().unwrap_or_default();
    if let Some(region) = option("resource-arn").as_deref().and_then(|arn| arn.split(':').nth(3)) {
        // An ARN of another region is refused.
        let mut world = ours.playground.world().clone();
        world.region = region.into();
        ours.playground = Playground::new(world);
    }
    let arn = option("resource-arn").map(|arn| arn.rsplit('/').next().unwrap().to_owned());
    let mesh = name(Kind::Mesh).or(arn).unwrap_or_else(|| "some".to_owned());
    let command = words[2].as_str();
    if command != "create-mesh" {
        let is_looked_at = command == "describe-mesh" || command == "delete-mesh";
        make(ours, Kind::Mesh, &mesh, "", &mesh, output.get("spec").filter(|_| is_looked_at));
    }
    // References in the spec.
    let refer = |kind: Kind, member: &str| {
        let mut names = Vec::new();
        collect(&whole["spec"], member, &mut names);
        // For a command that describes or deletes, the spec is in the published output.
        collect(&output["spec"], member, &mut names);
        (kind, names)
    };
    let references = [
        refer(Kind::VirtualNode, "virtualNode"),
        refer(Kind::VirtualNode, "virtualNodeName"),
        refer(Kind::VirtualRouter, "virtualRouterName"),
        refer(Kind::VirtualService, "virtualServiceName"),
    ];
    for (kind, names) in references {
        for name in names {
            make(ours, kind, &mesh, "", &name, None);
        }
    }
    let (verb, word) = command.split_once('-').unwrap();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Mesh) {
        let Some(own) = name(kind) else {
            if verb == "list" && word.trim_end_matches('s') == kind.declaration().command {
                let parent = kind.declaration().parent.and_then(name).unwrap_or_default();
                make(ours, Kind::VirtualNode, &mesh, "", "target", None);
                make(ours, kind, &mesh, &parent, "listed", None);
            }
            continue;
        };
        let is_subject = word == kind.declaration().command;
        if !(is_subject && verb == "create") {
            let parent = kind.declaration().parent.and_then(name).unwrap_or_default();
            make(ours, Kind::VirtualNode, &mesh, "", "target", None);
            make(ours, Kind::VirtualService, &mesh, "", "target", None);
            let spec = output.get("spec").filter(|_| is_subject && verb != "update");
            make(ours, kind, &mesh, &parent, &own, spec);
        }
    }
    if command == "list-tags-for-resource" || command == "untag-resource" {
        let line = format!(
            "aws appmesh tag-resource --resource-arn {} --tags key=key1,value=value1",
            option("resource-arn").unwrap()
        );
        assert_eq!(ours.run(&line).code, 0);
    }
}

/// Collects the strings of all members with this name.
fn collect(value: &Value, member: &str, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if name == member => names.push(text.to_owned()),
                    _ => collect(value, member, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, member, names)),
        _ => {}
    }
}

/// Creates a resource with this spec or with the members that it requires; an existing resource stays.
fn make(ours: &mut Ours, kind: Kind, mesh: &str, parent: &str, name: &str, spec: Option<&Value>) {
    let listeners = json!([{"portMapping": {"port": 80, "protocol": "http"}}]);
    let spec = spec.cloned().unwrap_or_else(|| match kind {
        Kind::Mesh | Kind::VirtualService => json!({}),
        Kind::VirtualNode => {
            json!({"listeners": listeners, "serviceDiscovery": {"dns": {"hostname": "n.local"}}})
        }
        Kind::VirtualRouter | Kind::VirtualGateway => json!({"listeners": listeners}),
        Kind::Route => json!({"httpRoute": {"match": {"prefix": "/"},
            "action": {"weightedTargets": [{"virtualNode": "target", "weight": 1}]}}}),
        Kind::GatewayRoute => json!({"httpRoute": {"match": {"prefix": "/"},
            "action": {"target": {"virtualService": {"virtualServiceName": "target"}}}}}),
    });
    let declaration = kind.declaration();
    let mut input = json!({"meshName": mesh, "spec": spec});
    input[declaration.name_member] = name.into();
    if let Some(of) = declaration.parent {
        input[of.declaration().name_member] = parent.into();
    }
    let result = ours.run(&format!("aws appmesh create-{} --cli-input-json '{input}'", declaration.command));
    assert!(result.code == 0 || result.stderr.contains("ConflictException"), "{}", result.stderr);
}
