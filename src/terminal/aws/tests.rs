//! What the differential test cannot show: what only we have.

use crate::{
    model::TextMap,
    playground::Playground,
    terminal::{Context, Files, Output, aws},
};

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

    /// Words are divided by spaces.
    fn run(&mut self, line: &str) -> Output {
        let words: Vec<_> = line.split(' ').map(String::from).collect();
        let mut context = Context {
            playground: &mut self.playground,
            files: &mut self.files,
            variables: &mut self.variables,
            stdin: "",
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

/// What `aws configure` keeps is in files, as the real tool writes them.
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
    // A profile acts as the account that it names, else as the current one; its output is its own.
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
        stdin: "{\"meshName\": \"piped\"}",
    };
    assert_eq!(aws::run(&mut context, &words).stdout, "\"piped\"\n");
}

#[test]
fn the_version_is_told_as_scripts_look_for_it() {
    assert!(Terminal::new().printed("--version").starts_with("aws-cli/1.45.11 "));
}
