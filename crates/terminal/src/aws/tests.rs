//! Tests of behaviour that only the playground has, which the differential test cannot cover.

use crate::{Context, Files, Output, aws};
use app_mesh_engine::model::TextMap;
use playground_core::playground::Playground;

/// A terminal with an empty playground.
struct Terminal {
    playground: Playground,
    files: Files,
    variables: TextMap,
}

impl Terminal {
    fn new() -> Self {
        Self { playground: Playground::empty().unwrap(), files: Files::new(), variables: TextMap::new() }
    }

    /// Runs a command line, whose words are separated by spaces.
    fn run(&mut self, line: &str) -> Output {
        let words: Vec<_> = line.split(' ').map(String::from).collect();
        let mut context = Context {
            playground: &mut self.playground,
            files: &mut self.files,
            variables: &mut self.variables,
            stdin: "".into(),
        };
        aws::run(&mut context, &words)
    }

    #[track_caller]
    fn printed(&mut self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!((output.exit_code, &*output.stderr), (0, ""), "{line}");
        output.stdout
    }

    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.printed(line), expected, "{line}");
    }

    #[track_caller]
    fn check_refused(&mut self, line: &str, exit_code: u8, expected: &str) {
        let output = self.run(line);
        assert_eq!((output.exit_code, &*output.stdout), (exit_code, ""), "{line}");
        assert!(output.stderr.contains(expected), "{line}: {}", output.stderr);
    }
}

/// `aws configure` stores its settings in files, in the format of the real tool.
#[test]
fn profiles_are_kept_in_files() {
    let mut terminal = Terminal::new();
    for line in [
        "configure set region eu-west-1 --profile dev",
        "configure set output text --profile dev",
        "configure set region us-east-1",
        "configure set region eu-central-1 --profile dev",
        "configure set profile.theirs.role_arn arn:aws:iam::210987654321:role/mesh",
        "configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE --profile dev",
        "configure set profile.lost.sso_account_id 999999999999",
    ] {
        assert_eq!(terminal.printed(line), "", "{line}");
    }
    let file = |terminal: &Terminal, name: &str| terminal.files.get(name).cloned().unwrap();
    assert_eq!(
        file(&terminal, "/home/playground/.aws/config"),
        "[profile dev]\nregion = eu-central-1\noutput = text\n[default]\nregion = us-east-1\n\
         [profile theirs]\nrole_arn = arn:aws:iam::210987654321:role/mesh\n\
         [profile lost]\nsso_account_id = 999999999999\n"
    );
    assert_eq!(
        file(&terminal, "/home/playground/.aws/credentials"),
        "[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
    );
    terminal.check("configure get region", "us-east-1\n");
    terminal.check("configure get region --profile dev", "eu-central-1\n");
    terminal.check("configure get profile.dev.region", "eu-central-1\n");
    terminal.check("configure list-profiles", "dev\ndefault\ntheirs\nlost\n");
    // A profile acts as the account that it names, else as the current one; it has its own output format.
    terminal.check("sts get-caller-identity --query Account --profile dev", "123456789012\n");
    terminal.check("sts get-caller-identity --query Account --profile theirs", "\"210987654321\"\n");
    terminal.check_refused(
        "sts get-caller-identity --profile lost",
        255,
        "\nThe profile lost names account 999999999999, which is not in this playground\n",
    );
    terminal.check_refused(
        "sts get-caller-identity --profile none",
        255,
        "\nThe config profile (none) could not be found\n",
    );
}

#[test]
fn a_profile_is_an_account() {
    let mut terminal = Terminal::new();
    terminal.printed("appmesh create-mesh --mesh-name own");
    terminal.printed("appmesh create-mesh --mesh-name theirs --profile 210987654321");
    let names = "--query meshes[].meshName --output text";
    terminal.check(&format!("appmesh list-meshes {names}"), "own\n");
    terminal.check(&format!("appmesh list-meshes {names} --profile 210987654321"), "theirs\n");
    assert_eq!(terminal.playground.world().account.as_str(), "123456789012");
    let history = &terminal.playground.state().history;
    let lines: Vec<_> = history.done().iter().map(|step| step.echoes[0].line.clone()).collect();
    assert_eq!(
        lines,
        [
            "aws appmesh create-mesh --mesh-name own",
            "aws appmesh create-mesh --mesh-name theirs --profile 210987654321"
        ]
    );
    terminal.variables.insert("AWS_PROFILE".into(), "210987654321".into());
    terminal.check("sts get-caller-identity --query Account", "\"210987654321\"\n");
    terminal.check(&format!("appmesh list-meshes {names} --profile default"), "own\n");
    terminal.check("configure get profile", "210987654321\n");
    terminal.printed("configure set output text");
    terminal.check("sts get-caller-identity", "210987654321\tarn:aws:iam::210987654321:root\t210987654321\n");
    terminal.printed("configure set output xml");
    terminal.check_refused("sts get-caller-identity", 255, "\nUnknown output type: xml\n");
    terminal.check("configure get region", "us-west-2\n");
    terminal.check_refused("configure get nothing", 1, "");
    assert!(terminal.printed("configure list").contains("us-west-2"));
    terminal.check_refused("configure", 255, "configure: list, get");
}

#[test]
fn yaml_goes_in_and_out() {
    let mut terminal = Terminal::new();
    let file = "meshName: yaml\nspec:\n  egressFilter:\n    type: ALLOW_ALL\n";
    terminal.files.insert("mesh.yaml".into(), file.into());
    terminal.printed("appmesh create-mesh --cli-input-yaml file://mesh.yaml");
    terminal.check(
        "appmesh describe-mesh --mesh-name yaml --output yaml --query mesh.[spec,status,metadata.version,meshName]",
        "- egressFilter:\n    type: ALLOW_ALL\n- status: ACTIVE\n- 1\n- yaml\n",
    );
    terminal.check("appmesh list-meshes --output yaml-stream --query meshes[].version", "- - 1\n");
    terminal.check(
        "appmesh tag-resource --generate-cli-skeleton yaml-input",
        "resourceArn: ''\ntags:\n- key: ''\n  value: ''\n",
    );
    terminal.check_refused("appmesh create-mesh --cli-input-yaml [a", 255, "cli-input-yaml");
    terminal.check("appmesh-preview list-meshes --no-cli-pager --query length(meshes)", "1\n");
}

#[test]
fn a_mesh_is_shared_and_taken_back() {
    let mut terminal = Terminal::new();
    terminal.printed("appmesh create-mesh --mesh-name m");
    let share = "ram create-resource-share --name s --resource-arns arn:aws:appmesh:us-west-2:123456789012:mesh/m \
        --principals 210987654321 --query resourceShare.resourceShareArn --output text";
    let arn = terminal.printed(share).trim().to_owned();
    let seen = "appmesh list-meshes --profile 210987654321 --query meshes[].meshOwner --output text";
    terminal.check(seen, "123456789012\n");
    terminal.check(
        "ram get-resource-shares --resource-owner SELF --query resourceShares[].name",
        "[\n    \"s\"\n]\n",
    );
    terminal.check(
        "ram get-resource-shares --resource-owner OTHER-ACCOUNTS --profile 210987654321 --output text --query resourceShares[].name",
        "s\n",
    );
    let of_status = "ram get-resource-shares --resource-owner SELF --output text --query resourceShares[].name \
        --resource-share-status";
    terminal.check(&format!("{of_status} ACTIVE"), "s\n");
    terminal.check(&format!("{of_status} DELETED"), "");
    let status = "--query resourceShareAssociations[].status --output text";
    terminal.check(
        &format!(
            "ram disassociate-resource-share --resource-share-arn {arn} --principals 210987654321 {status}"
        ),
        "DISASSOCIATING\n",
    );
    terminal.check(seen, "");
    terminal.check(
        &format!(
            "ram associate-resource-share --resource-share-arn {arn} --principals 210987654321 {status}"
        ),
        "ASSOCIATING\n",
    );
    terminal.check(seen, "123456789012\n");
    terminal.check(
        &format!("ram delete-resource-share --resource-share-arn {arn}"),
        "{\n    \"returnValue\": true\n}\n",
    );
    terminal.check(seen, "");
    assert_eq!(terminal.playground.state().history.done().len(), 5);
    for (line, expected) in [
        (format!("ram delete-resource-share --resource-share-arn {arn}"), "UnknownResourceException"),
        (format!("{of_status} GONE"), "InvalidParameterException"),
        ("ram create-resource-share --name s --resource-arns x".to_owned(), "MalformedArnException"),
        ("ram create-resource-share --name s --principals x".to_owned(), "InvalidParameterException"),
        (
            "ram create-resource-share --name s --resource-arns arn:aws:appmesh:us-west-2:123456789012:mesh/x".to_owned(),
            "NotFoundException",
        ),
        ("ram get-resource-shares --resource-owner ME".to_owned(), "InvalidParameterException"),
    ] {
        terminal.check_refused(&line, 255, expected);
    }
}

const MESH: &str = "
Parameters: {Env: {Type: String, Default: dev}}
Resources:
  Mesh: {Type: 'AWS::AppMesh::Mesh', Properties: {MeshName: !Sub '${Env}-mesh'}}
Outputs:
  MeshName: {Value: !GetAtt Mesh.MeshName, Export: {Name: !Sub '${AWS::StackName}:MeshName'}, Description: its name}
";
const NODE: &str = "
Parameters: {Stack: {Type: String}, Name: {Type: String, Default: leaf}}
Resources:
  Node:
    Type: AWS::AppMesh::VirtualRouter
    Properties: {MeshName: {'Fn::ImportValue': !Sub '${Stack}:MeshName'}, VirtualRouterName: !Ref Name, Spec: {}}
";

/// Deploys, describes, updates and deletes a stack; a stack whose export is imported cannot be deleted.
#[test]
fn stacks_come_and_go() {
    let mut terminal = Terminal::new();
    terminal.files.insert("mesh.yaml".to_owned(), MESH.to_owned());
    terminal.files.insert("node.yaml".to_owned(), NODE.to_owned());
    let deployed = |name: &str| {
        format!(
            "\nWaiting for changeset to be created..\nWaiting for stack create/update to complete\nSuccessfully \
             created/updated stack - {name}\n"
        )
    };
    let mesh = "cloudformation deploy --stack-name base --template-file mesh.yaml";
    terminal.check(mesh, &deployed("base"));
    let again = terminal.run(mesh);
    assert_eq!(again.stdout, "\nWaiting for changeset to be created..\n");
    assert_eq!(
        (&*again.stderr, again.exit_code),
        ("\nNo changes to deploy. Stack base is up to date\n", 255)
    );
    let again = terminal.run(&format!("{mesh} --no-fail-on-empty-changeset"));
    assert_eq!((&*again.stderr, again.exit_code), ("", 0));
    assert!(again.stdout.ends_with("\nNo changes to deploy. Stack base is up to date\n"));
    let meshes = "appmesh list-meshes --query meshes[].meshName --output text";
    terminal.check(meshes, "dev-mesh\n");
    let outputs = "--query Stacks[0].Outputs[].[OutputKey,OutputValue,ExportName,Description] --output text";
    terminal.check(
        &format!("cloudformation describe-stacks --stack-name base {outputs}"),
        "MeshName\tdev-mesh\tbase:MeshName\tits name\n",
    );
    terminal.check(
        "cloudformation list-exports --query Exports[].[Name,Value] --output text",
        "base:MeshName\tdev-mesh\n",
    );
    // Another stack, which has a parameter, imports the export.
    let node = "cloudformation deploy --stack-name leaf --template-file node.yaml";
    terminal.check_refused(node, 255, "CreateChangeSet operation: Parameters: [Stack] must have values");
    terminal.check(&format!("{node} --parameter-overrides Stack=base"), &deployed("leaf"));
    terminal
        .check("cloudformation list-imports --export-name base:MeshName --output text", "IMPORTS\tleaf\n");
    terminal.check("cloudformation wait stack-create-complete --stack-name leaf", "");
    let routers = "appmesh list-virtual-routers --mesh-name dev-mesh --query virtualRouters[].virtualRouterName --output text";
    terminal.check(routers, "leaf\n");
    // Parameters keep their values; an update deletes the resources that the template no longer has.
    terminal.check(&format!("{node} --parameter-overrides Name=stem"), &deployed("leaf"));
    terminal.check(routers, "stem\n");
    let status = |name: &str| {
        format!(
            "cloudformation describe-stacks --stack-name {name} --query Stacks[0].StackStatus --output text"
        )
    };
    terminal.check(&status("leaf"), "UPDATE_COMPLETE\n");
    terminal.check(
        "cloudformation describe-stack-resources --stack-name leaf --query StackResources[].[LogicalResourceId,ResourceType] --output text",
        "Node\tAWS::AppMesh::VirtualRouter\n",
    );
    let listed = "cloudformation list-stacks --stack-status-filter CREATE_COMPLETE --query StackSummaries[].StackName --output text";
    terminal.check(listed, "base\n");
    // An imported export cannot be deleted, and the failed deletion changes nothing.
    terminal.check("cloudformation delete-stack --stack-name base", "");
    terminal.check(meshes, "dev-mesh\n");
    terminal.check(
        "cloudformation describe-stack-events --stack-name base --query StackEvents[0].ResourceStatusReason --output text",
        "Delete canceled. Cannot delete export base:MeshName as it is in use by leaf.\n",
    );
    terminal.check_refused(
        "cloudformation wait stack-delete-complete --stack-name base",
        255,
        "Waiter StackDeleteComplete failed",
    );
    terminal.check("cloudformation delete-stack --stack-name leaf", "");
    terminal.check("cloudformation delete-stack --stack-name base", "");
    terminal.check("cloudformation wait stack-delete-complete --stack-name base", "");
    terminal.check(meshes, "");
    terminal.check_refused(
        &status("base"),
        255,
        "(ValidationError) when calling the DescribeStacks operation: Stack with id base does not exist",
    );
    terminal.check("cloudformation describe-stacks", "{\n    \"Stacks\": []\n}\n");
}

/// A stack that fails is rolled back completely and reports the reason.
#[test]
fn a_stack_that_fails_leaves_nothing() {
    let mut terminal = Terminal::new();
    terminal.files.insert("node.yaml".to_owned(), NODE.to_owned());
    terminal.files.insert("mesh.yaml".to_owned(), MESH.to_owned());
    let failed = "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up to \
                  the failure\naws cloudformation describe-stack-events --stack-name leaf";
    let node = "cloudformation deploy --stack-name leaf --template-file ./node.yaml --parameter-overrides Stack=none";
    // The progress lines come before the failure.
    let waited = "\nWaiting for changeset to be created..\nWaiting for stack create/update to complete\n";
    let fails = |terminal: &mut Terminal, line: &str, text: &str| {
        let output = terminal.run(line);
        assert_eq!((output.exit_code, &*output.stdout), (255, waited), "{line}");
        assert!(output.stderr.contains(text), "{line}: {}", output.stderr);
    };
    fails(&mut terminal, node, failed);
    terminal.check(
        "cloudformation describe-stacks --query Stacks[].[StackName,StackStatus,StackStatusReason] --output text",
        "leaf\tROLLBACK_COMPLETE\tNo export named none:MeshName found.\n",
    );
    terminal.check_refused(node, 255, "is in ROLLBACK_COMPLETE state and can not be updated.");
    terminal.check_refused(
        "cloudformation wait stack-create-complete --stack-name leaf",
        255,
        "ROLLBACK_COMPLETE",
    );
    // A deployment does not adopt an existing resource of another origin.
    terminal.printed("appmesh create-mesh --mesh-name dev-mesh");
    fails(
        &mut terminal,
        "cloudformation deploy --stack-name own --template-file mesh.yaml",
        "--stack-name own",
    );
    terminal.check(
        "cloudformation describe-stacks --stack-name own --query Stacks[].StackStatusReason --output text",
        "Mesh: Resource of type 'AWS::AppMesh::Mesh' with identifier 'dev-mesh' already exists.\n",
    );
    for (line, text) in [
        ("cloudformation deploy --stack-name s --template-file nope.yaml", "Invalid template path nope.yaml"),
        (
            "cloudformation deploy --stack-name s --template-file mesh.yaml --parameter-overrides Env",
            "['Env'] value passed to --parameter-overrides must be of format Key=Value",
        ),
        (
            "cloudformation deploy --stack-name 1s --template-file mesh.yaml",
            "1 validation error detected: Value '1s' at 'stackName'",
        ),
        (
            "cloudformation update-stack --stack-name s --template-body file://mesh.yaml",
            "Stack [s] does not exist",
        ),
        (
            "cloudformation create-stack --stack-name leaf --template-body file://mesh.yaml",
            "(AlreadyExistsException) when calling the CreateStack operation: Stack [leaf] already exists",
        ),
        ("cloudformation create-stack --stack-name s --template-body {}", "Template format error"),
        ("cloudformation validate-template --template-body file://none", "No such file or directory"),
        ("cloudformation list-imports --export-name x", "Export 'x' does not exist."),
    ] {
        terminal.check_refused(line, 255, text);
    }
    // The same with the operations of the API instead of `deploy`.
    let create = "cloudformation create-stack --stack-name api --template-body file://mesh.yaml --parameters ParameterKey=Env,ParameterValue=api";
    assert!(
        terminal
            .printed(&format!("{create} --output text"))
            .starts_with("arn:aws:cloudformation:us-west-2:123456789012:stack/api/")
    );
    let update = "cloudformation update-stack --stack-name api --template-body file://mesh.yaml --parameters ParameterKey=Env,UsePreviousValue=true";
    terminal.check_refused(
        update,
        255,
        "(ValidationError) when calling the UpdateStack operation: No updates are to be performed.",
    );
    terminal.check(
        "cloudformation validate-template --template-body file://node.yaml --query Parameters[].[ParameterKey,DefaultValue] --output text",
        "Name\tleaf\nStack\tNone\n",
    );
}

/// A template that CloudFormation rejects is rejected, with the service's text; *Open…* is lenient.
#[test]
fn a_template_that_cloudformation_rejects_is_not_deployed() {
    let mut terminal = Terminal::new();
    let mesh = "Resources: {M: {Type: AWS::AppMesh::Mesh, Properties: {MeshName: m}}}";
    let parameter = |constraints: &str| {
        format!(
            "Parameters: {{P: {{{constraints}}}}}\nResources: {{M: {{Type: AWS::AppMesh::Mesh, Properties: {{MeshName: m}}}}}}"
        )
    };
    for (text, value, message) in [
        (
            "Resources: {V: {Type: AWS::AppMesh::VirtualServic}, W: {Type: Mesh}, X: {Type: AWS::S3::Bucket}}".to_owned(),
            "",
            "Template format error: Unrecognized resource types: [AWS::AppMesh::VirtualServic, Mesh]",
        ),
        (format!("{mesh}\nResource: {{}}"), "", "Invalid template property or properties [Resource]"),
        (
            "Resources: {M: {Type: AWS::AppMesh::Mesh, Propertys: {}}}".to_owned(),
            "",
            "Invalid template resource property 'Propertys'",
        ),
        (parameter("Type: String, AllowedPattern: '[a-z0-9]+'"), "BAD_", "Parameter 'P' must match pattern [a-z0-9]+"),
        (
            parameter("Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: only small letters"),
            "a1",
            "Parameter P failed to satisfy constraint: only small letters",
        ),
        (parameter("Type: String, MinLength: 3"), "ab", "Parameter 'P' must contain at least 3 characters"),
        (parameter("Type: String, MaxLength: '2'"), "äöü", "Parameter 'P' must contain at most 2 characters"),
        (parameter("Type: Number, MinValue: 1"), "0", "Parameter 'P' must be a number not less than 1"),
        (parameter("Type: Number, MaxValue: 9.5"), "10", "Parameter 'P' must be a number not greater than 9.5"),
        (
            parameter("Type: CommaDelimitedList, AllowedPattern: '[a-z]+'"),
            "a,B",
            "Parameter 'P' must match pattern [a-z]+",
        ),
    ] {
        terminal.files.insert("t.yaml".to_owned(), text.clone());
        let line = "cloudformation deploy --stack-name s --template-file t.yaml";
        let line = if value.is_empty() { line.to_owned() } else { format!("{line} --parameter-overrides P={value}") };
        let expected = format!("(ValidationError) when calling the CreateChangeSet operation: {message}\n");
        terminal.check_refused(&line, 255, &expected);
    }
    // A pattern that cannot be checked here, such as one with a lookahead, accepts every value.
    terminal
        .files
        .insert("t.yaml".to_owned(), parameter("Type: String, AllowedPattern: '(?!x).*', Default: y"));
    terminal.printed("cloudformation deploy --stack-name fine --template-file t.yaml");
    // The properties of a resource are checked when it is created, so the stack is rolled back.
    for (stack, text, reason) in [
        (
            "top",
            "Resources: {M: {Type: AWS::AppMesh::Mesh, Properties: {MeshNam: x}}}",
            "Properties validation failed for resource M with message:\n#: extraneous key [MeshNam] is not permitted",
        ),
        (
            "deep",
            "Resources: {N: {Type: AWS::AppMesh::VirtualNode, Properties: {MeshName: m, Spec: {Backendz: [], Listeners: \
             [{PortMapping: {Port: 1, Protocol: http, Foo: 1}}]}}}}",
            "Properties validation failed for resource N with message:\n#/Spec: extraneous key [Backendz] is not \
             permitted\n#/Spec/Listeners/0/PortMapping: extraneous key [Foo] is not permitted",
        ),
    ] {
        terminal.files.insert("t.yaml".to_owned(), text.to_owned());
        let line = format!("cloudformation deploy --stack-name {stack} --template-file t.yaml");
        let output = terminal.run(&line);
        assert!(output.stderr.contains("Failed to create/update the stack."), "{line}: {}", output.stderr);
        let status = format!(
            "cloudformation describe-stacks --stack-name {stack} --query Stacks[0].[StackStatus,StackStatusReason] --output json"
        );
        let printed = terminal.printed(&status);
        let expected = mesh_text::json::pretty(&serde_json::json!(["ROLLBACK_COMPLETE", reason]));
        assert_eq!(printed.trim_end().replace("    ", ""), expected.trim_end().replace("  ", ""), "{stack}");
    }
}

/// A command of the real tool that is not simulated gets its own error with an alternative, not "Invalid choice".
#[test]
fn what_is_not_simulated_is_told() {
    let mut terminal = Terminal::new();
    for (line, name) in [
        ("ecs list-services --cluster c", "aws ecs"),
        ("ec2 describe-instances", "aws ec2"),
        ("s3 cp a b", "aws s3"),
        ("eks update-kubeconfig --name c", "aws eks"),
        ("deploy push", "aws deploy"),
        ("configservice subscribe", "aws configservice"),
        ("--region eu-west-1 route53 list-hosted-zones", "aws route53"),
        ("ram list-permissions", "aws ram list-permissions"),
        (
            "servicediscovery get-service-attributes --service-id x",
            "aws servicediscovery get-service-attributes",
        ),
        ("sts assume-role --role-arn a --role-session-name b", "aws sts assume-role"),
        ("cloudformation detect-stack-drift --stack-name s", "aws cloudformation detect-stack-drift"),
    ] {
        let output = terminal.run(line);
        let start = format!("\n{name} is a command of the AWS CLI that this playground does not simulate.\n");
        assert!(output.stderr.starts_with(&start), "{line}: {}", output.stderr);
        assert!(output.stderr.contains("Open..."), "{line}");
        assert_eq!((output.stdout.as_str(), output.exit_code), ("", 255), "{line}");
    }
    // A command that the real tool does not have gets the tool's own error with all valid choices.
    for (line, end) in [
        ("apmesh", "Invalid choice: 'apmesh', maybe you meant:\n\n  * appmesh\n"),
        ("ecss list-services", "\n  * ecs\n"),
        ("ram accept-resource-share-invitations", "\n  * accept-resource-share-invitation\n"),
    ] {
        let output = terminal.run(line);
        assert!(output.stderr.contains(": Invalid choice, valid choices are:\n\n"), "{line}");
        assert!(output.stderr.contains(end), "{line}: {}", output.stderr);
        assert_eq!(output.exit_code, 2, "{line}");
    }
}

/// An account can use a mesh shared by invitation once it accepts; accounts of the organisation get no invitation.
#[test]
fn a_mesh_is_shared_by_invitation() {
    let mut terminal = Terminal::new();
    let (second, third) = ("--profile 210987654321", "--profile 999999999999");
    terminal.playground.run(playground_core::store::Command::AddAccount("999999999999".parse().unwrap()));
    terminal.printed("appmesh create-mesh --mesh-name m");
    let arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/m";
    let statuses =
        "ram get-resource-share-invitations --query resourceShareInvitations[].status --output text";
    let seen = "appmesh list-meshes --query meshes[].meshOwner --output text";
    // Within the organisation.
    let create = "ram create-resource-share --query resourceShare.resourceShareArn --output text --name";
    for option in ["", " --no-allow-external-principals"] {
        let share = terminal
            .printed(&format!("{create} org --resource-arns {arn} --principals 210987654321{option}"));
        // Standard output is empty, as with the real tool; standard error has the reason.
        let output = terminal.run(&format!("{statuses} {second}"));
        assert_eq!((output.exit_code, &*output.stdout), (0, ""));
        assert!(
            output.stderr.starts_with("note: no invitations, as account 210987654321 may use"),
            "{}",
            output.stderr
        );
        terminal.check(&format!("{seen} {second}"), "123456789012\n");
        terminal.printed(&format!("ram delete-resource-share --resource-share-arn {}", share.trim()));
        terminal.check(&format!("{seen} {second}"), "");
    }
    // From outside the organisation.
    let share = terminal.printed(&format!(
        "{create} out --allow-external-principals --resource-arns {arn} --principals 210987654321 999999999999"
    ));
    let share = share.trim();
    terminal.check(statuses, "");
    let invitation = "ram get-resource-share-invitations --query resourceShareInvitations[].resourceShareInvitationArn --output text";
    let [yes, no] =
        [second, third].map(|by| terminal.printed(&format!("{invitation} {by}")).trim().to_owned());
    assert_ne!(yes, no);
    assert!(yes.starts_with("arn:aws:ram:us-west-2:123456789012:resource-share-invitation/"), "{yes}");
    let associated = format!(
        "ram get-resource-share-associations --association-type PRINCIPAL --resource-share-arns {share} --query resourceShareAssociations[].[associatedEntity,status,external] --output text"
    );
    let pending = "210987654321\tASSOCIATING\tTrue\n999999999999\tASSOCIATING\tTrue\n";
    terminal.check(&associated, pending);
    let shares =
        "ram get-resource-shares --resource-owner OTHER-ACCOUNTS --query resourceShares[].name --output text";
    for by in [second, third] {
        terminal.check(&format!("{statuses} {by}"), "PENDING\n");
        terminal.check(&format!("{seen} {by}"), "");
        terminal.check(&format!("{shares} {by}"), "");
    }
    let accept = "ram accept-resource-share-invitation --query resourceShareInvitation.status --resource-share-invitation-arn";
    let reject = "ram reject-resource-share-invitation --query resourceShareInvitation.[status,senderAccountId,receiverAccountId,resourceShareName] --output text --resource-share-invitation-arn";
    // Only the invited account can answer, and only once.
    let missing = "ResourceShareInvitationArnNotFoundException";
    terminal.check_refused(&format!("{accept} {yes}"), 255, missing);
    terminal.check_refused(&format!("{accept} {yes} {third}"), 255, missing);
    terminal.check_refused(&format!("{accept} {yes}x {second}"), 255, missing);
    terminal.check_refused(
        &format!("{accept} {} {second}", yes.replace("us-west-2", "eu-west-1")),
        255,
        missing,
    );
    terminal.check_refused(&format!("{accept} {share} {second}"), 255, "MalformedArnException");
    terminal.check(&format!("{accept} {yes} {second}"), "\"ACCEPTED\"\n");
    terminal.check(&format!("{reject} {no} {third}"), "REJECTED\t123456789012\t999999999999\tout\n");
    for (invitation, by, code) in [
        (&yes, second, "ResourceShareInvitationAlreadyAcceptedException"),
        (&no, third, "ResourceShareInvitationAlreadyRejectedException"),
    ] {
        terminal.check_refused(&format!("{accept} {invitation} {by}"), 255, code);
        terminal.check_refused(&format!("{reject} {invitation} {by}"), 255, code);
    }
    terminal.check(&associated, "210987654321\tASSOCIATED\tTrue\n");
    for (by, owners, names, status) in
        [(second, "123456789012\n", "out\n", "ACCEPTED\n"), (third, "", "", "REJECTED\n")]
    {
        terminal.check(&format!("{seen} {by}"), owners);
        terminal.check(&format!("{shares} {by}"), names);
        terminal.check(&format!("{statuses} {by}"), status);
    }
    // A document stores open and answered invitations.
    let text = mesh_documents::save(terminal.playground.world());
    let kept = mesh_documents::restore_text(&text).unwrap();
    assert_eq!(kept.control_plane, terminal.playground.world().control_plane);
    // An account that rejected an invitation can be invited again; withdrawing an open invitation removes it.
    let again = |verb: &str| {
        format!("ram {verb}-resource-share --resource-share-arn {share} --principals 999999999999")
    };
    terminal.printed(&again("associate"));
    terminal.printed(&again("associate"));
    terminal.check(&format!("{statuses} {third}"), "REJECTED\tPENDING\n");
    terminal.printed(&again("disassociate"));
    terminal.check(&format!("{statuses} {third}"), "REJECTED\n");
    terminal.printed(&format!("ram delete-resource-share --resource-share-arn {share}"));
    terminal.check(&format!("{statuses} {second}"), "");
    terminal.check(&format!("{seen} {second}"), "");
}

/// Outside an organization a share sends invitations, unless its owner admits only the organization.
#[test]
fn accounts_outside_an_organization_are_invited() {
    let mut terminal = Terminal::new();
    let second = "--profile 210987654321";
    let outside = playground_core::store::EnvironmentChange::Organization(false);
    terminal.playground.run(playground_core::store::Command::ChangeEnvironment(outside));
    terminal.printed("appmesh create-mesh --mesh-name m");
    let arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/m";
    let create = "ram create-resource-share --query resourceShare.resourceShareArn --output text --name";
    let list = "ram get-resource-share-invitations --output text --query";
    let status = format!("{list} resourceShareInvitations[].status {second}");
    let seen = format!("appmesh list-meshes --query meshes[].meshOwner --output text {second}");
    // A share that is limited to the organization admits no other account, neither at its creation nor later.
    let only = "s --no-allow-external-principals";
    let refused = "(InvalidParameterException) when calling the CreateResourceShare operation: Principal 210987654321 \
        is not in your AWS organization. You do not have permission to add external AWS accounts to a resource share.";
    terminal.check_refused(&format!("{create} {only} --principals 210987654321"), 255, refused);
    let share = terminal.printed(&format!("{create} {only} --principals 123456789012"));
    let add = format!("--resource-share-arn {} --principals 210987654321", share.trim());
    let add = |verb: &str| format!("ram {verb}-resource-share {add}");
    terminal.check_refused(&add("associate"), 255, "InvalidParameterException");
    terminal.printed(&add("disassociate"));
    terminal.check(&status, "");
    // Every other share sends an invitation, at its creation and when an account is added later.
    for comes_later in [false, true] {
        let share = if comes_later {
            let share = terminal.printed(&format!("{create} t --resource-arns {arn}")).trim().to_owned();
            terminal.printed(&format!(
                "ram associate-resource-share --resource-share-arn {share} --principals 210987654321"
            ));
            share
        } else {
            terminal
                .printed(&format!("{create} t --resource-arns {arn} --principals 210987654321"))
                .trim()
                .to_owned()
        };
        terminal.check(&status, "PENDING\n");
        terminal.check(&seen, "");
        let external = format!(
            "ram get-resource-share-associations --association-type PRINCIPAL --resource-share-arns {share} \
             --query resourceShareAssociations[].[status,external] --output text"
        );
        terminal.check(&external, "ASSOCIATING\tTrue\n");
        let invitation = terminal
            .printed(&format!("{list} resourceShareInvitations[].resourceShareInvitationArn {second}"));
        terminal.printed(&format!(
            "ram accept-resource-share-invitation --resource-share-invitation-arn {} {second}",
            invitation.trim()
        ));
        terminal.check(&status, "ACCEPTED\n");
        terminal.check(&seen, "123456789012\n");
        terminal.printed(&format!("ram delete-resource-share --resource-share-arn {share}"));
        terminal.check(&seen, "");
    }
    let text = mesh_documents::save(terminal.playground.world());
    assert!(!mesh_documents::restore_text(&text).unwrap().environment.organization);
}

#[test]
fn instances_are_registered_and_found() {
    let mut terminal = Terminal::new();
    terminal.printed("servicediscovery create-private-dns-namespace --name ns --vpc vpc-1");
    let namespace =
        terminal.printed("servicediscovery list-namespaces --query Namespaces[0].Id --output text");
    let create = format!(
        "servicediscovery create-service --name red --namespace-id {} --query Service.Id --output text",
        namespace.trim()
    );
    let service = terminal.printed(&create).trim().to_owned();
    terminal.printed(&format!(
        "servicediscovery register-instance --service-id {service} --instance-id i1 --attributes \
         AWS_INSTANCE_IPV4=10.0.0.1,AWS_INSTANCE_IPV6=fd00::1,version=1"
    ));
    terminal.printed(&format!(
        "servicediscovery register-instance --service-id {service} --instance-id i2 --attributes \
         {{\"AWS_INSTANCE_IPV4\":\"10.0.0.2\"}}"
    ));
    let discover = "servicediscovery discover-instances --namespace-name ns --service-name red --output text \
        --query Instances[].Attributes.AWS_INSTANCE_IPV4";
    terminal.check(discover, "10.0.0.1\t10.0.0.2\n");
    terminal.check(&format!("{discover} --query-parameters version=1"), "10.0.0.1\n");
    let list =
        format!("servicediscovery list-instances --service-id {service} --query Instances[0].Attributes");
    terminal.check(
        &list,
        "{\n    \"AWS_INSTANCE_IPV4\": \"10.0.0.1\",\n    \"AWS_INSTANCE_IPV6\": \"fd00::1\",\n    \"version\": \"1\"\n}\n",
    );
    for what in ["deregister-instance", "get-instance"] {
        terminal.check_refused(
            &format!("servicediscovery {what} --service-id {service} --instance-id i3"),
            255,
            "InstanceNotFound",
        );
    }
    terminal.check_refused(&format!("servicediscovery delete-service --id {service}"), 255, "ResourceInUse");
    for id in ["i1", "i2"] {
        terminal.printed(&format!(
            "servicediscovery deregister-instance --service-id {service} --instance-id {id}"
        ));
    }
    terminal.check(discover, "");
    terminal.check(
        "servicediscovery list-services --query Services[].[Name,InstanceCount] --output text",
        "red\t0\n",
    );
    terminal.check_refused(&create, 255, "ServiceAlreadyExists");
    terminal.printed(&format!("servicediscovery delete-service --id {service}"));
    terminal.printed(&format!("servicediscovery delete-namespace --id {}", namespace.trim()));
    terminal.check("servicediscovery list-namespaces --query Namespaces", "[]\n");
    assert!(terminal.playground.world().environment.cloud_map.is_empty());
}

#[test]
fn help_tells_every_command_and_member() {
    let mut terminal = Terminal::new();
    assert!(terminal.printed("help").contains("o servicediscovery"));
    let commands = terminal.printed("appmesh help");
    assert_eq!(commands.matches("       o ").count(), 38);
    let help = terminal.printed("appmesh create-virtual-node help");
    for part in ["--virtual-node-name <value>", "[--mesh-owner <value>]", "listeners -> (list)", "[required]"]
    {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn an_empty_word_is_no_option() {
    let mut terminal = Terminal::new();
    terminal.printed("sts get-caller-identity ");
    terminal.check_refused("sts get-caller-identity  x", 255, "Unknown options: x\n");
}

#[test]
fn what_is_piped_in_is_a_file() {
    let mut terminal = Terminal::new();
    let words = "appmesh create-mesh --cli-input-json file:///dev/stdin --query mesh.meshName".split(' ');
    let words: Vec<_> = words.map(String::from).collect();
    let mut context = Context {
        playground: &mut terminal.playground,
        files: &mut terminal.files,
        variables: &mut terminal.variables,
        stdin: "{\"meshName\": \"piped\"}".into(),
    };
    assert_eq!(aws::run(&mut context, &words).stdout, "\"piped\"\n");
}

#[test]
fn the_version_is_told_as_scripts_look_for_it() {
    assert!(Terminal::new().printed("--version").starts_with("aws-cli/1.45.11 "));
}
