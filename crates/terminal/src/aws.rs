//! The `aws` command: App Mesh, and the parts of sharing, Cloud Map and identity that App Mesh needs.
//!
//! Output and exit status are those of version 1 of the AWS CLI; the tests compare them with the real tool. Of version
//! 2, the command supports what old walkthroughs use: YAML, and options that have no effect here. Every option, type
//! and bound comes from the declarations of `model`; nothing here may know what a setting means. Start at [`run`].

mod arguments;
mod cloud_map;
mod cloudformation;
mod configure;
pub(super) mod format;
mod help;
mod input;
mod names;
mod nearest;
#[cfg(test)]
mod oracle;
pub(super) mod pages;
mod query;
mod ram;
pub(super) mod service;
mod shorthand;
mod sts;
#[cfg(test)]
mod tests;

use arguments::{Count, Flag, Found, Positional};
use data::{Data, member, named};
use input::{Failure, Given, Reader};
use pages::Paging;
use query::{Query, Room};
use service::{Operation, Run, SERVICES, Service};

use mesh_documents::echo::{kebab, quote};
pub(crate) use mesh_text::data::{self, json};

use app_mesh_engine::{
    control_plane::Action,
    model::{AccountId, Member, Shape},
};
use playground_core::playground::Fault;

use super::{Context, Output};

/// Output of `aws --version`: the version whose behaviour is simulated.
const VERSION: &str = "aws-cli/1.45.11 Python/3.11.7 Linux/MeshPlayground botocore/1.43.11\n";

/// Message before a usage error. The AWS CLI prints the carriage return at its start, too.
const USAGE: &str = "\rNote: AWS CLI version 2, the latest major version of the AWS CLI, is now stable and recommended \
    for general use. For more information, see the AWS CLI version 2 installation instructions at: \
    https://docs.aws.amazon.com/cli/latest/userguide/install-cliv2.html\n\n\
    usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n\
    To see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> <subcommand> help\n";

/// Variable with the HTTP status of the simulated failure of App Mesh, if there is one.
pub(super) const FAULT: &str = "APPMESH_FAULT";
/// Command of the App Mesh preview.
const PREVIEW: &str = "appmesh-preview";
/// Number of retries of the AWS CLI when a service fails.
const RETRIES: u32 = 4;

/// Callback before each request, with the operation and its input as JSON.
type Note<'n> = &'n mut dyn FnMut(Action, &serde_json::Value);

/// Runs `aws` with these arguments.
///
/// ```
/// use {app_mesh_engine::model::TextMap, mesh_terminal::{Context, Files, aws}, playground_core::playground::Playground};
/// let mut playground = Playground::empty().unwrap();
/// let mut context = Context {
///     playground: &mut playground,
///     files: &mut Files::new(),
///     variables: &mut TextMap::new(),
///     stdin: "".into(),
/// };
/// let words = ["appmesh", "create-mesh", "--mesh-name", "colors", "--query", "mesh.status.status"];
/// assert_eq!(aws::run(&mut context, &words.map(String::from)).stdout, "\"ACTIVE\"\n");
/// ```
pub fn run(context: &mut Context, arguments: &[String]) -> Output {
    run_noting(context, arguments, &mut |_, _| {})
}

/// Runs `aws` like [`run`], and calls `note` before each request to App Mesh.
pub fn run_noting(context: &mut Context, arguments: &[String], note: Note) -> Output {
    run_counting(context, arguments, note).0
}

/// Runs `aws` like [`run_noting`]; also returns the work in steps of the shell, without the charge for the output.
pub(super) fn run_counting(context: &mut Context, arguments: &[String], note: Note) -> (Output, usize) {
    let mut output = Output::default();
    let mut line = Line { context, output: &mut output, note, words: arguments, work: 0 };
    let ended = line.run();
    // Fuzzing timed a request at about 40 µs, and an error with its list of choices at 130 µs.
    let work = line.work + if ended.is_ok() { 2 } else { 12 };
    if let Err(failure) = ended {
        let (text, exit_code) = match failure {
            Failure::Usage(text) => (["usage: ", USAGE, "aws: error: ", &text, "\n"].concat(), 2),
            Failure::Unknown(text) => (["usage: ", USAGE, "\n", &text, "\n"].concat(), 255),
            Failure::Plain(text) | Failure::Syntax(text) => (["\n", &text, "\n"].concat(), 255),
        };
        output.stderr.push_str(&text);
        output.exit_code = exit_code;
    }
    (output, work)
}

/// The global options of the AWS CLI, in its order, with the values that each accepts: `None` for an option without a
/// value, and an empty list for any value.
pub(super) const OPTIONS: &[(&str, Option<&[&str]>)] = &[
    ("debug", None),
    ("endpoint-url", Some(&[])),
    ("no-verify-ssl", None),
    ("no-paginate", None),
    ("output", Some(format::NAMES)),
    ("query", Some(&[])),
    ("profile", Some(&[])),
    ("region", Some(&[])),
    ("color", Some(&["on", "off", "auto"])),
    ("no-sign-request", None),
    ("ca-bundle", Some(&[])),
    ("cli-read-timeout", Some(&[])),
    ("cli-connect-timeout", Some(&[])),
    ("v2-debug", None),
    ("version", None),
    // The remaining options exist in version 2 only.
    ("no-cli-pager", None),
    ("no-cli-auto-prompt", None),
    ("cli-auto-prompt", None),
    ("cli-binary-format", Some(&[])),
];
/// Number of the options that version 1 has.
const OLD_OPTIONS: usize = 15;

/// Values of the global options.
struct Settings {
    form: String,
    query: Option<Query>,
    profile: Option<String>,
    pages: bool,
}

/// A running line.
struct Line<'l, 'c> {
    context: &'l mut Context<'c>,
    output: &'l mut Output,
    note: Note<'l>,
    words: &'l [String],
    /// Work done, in steps of the shell.
    work: usize,
}

impl Line<'_, '_> {
    fn run(&mut self) -> Result<(), Failure> {
        let flags: Vec<_> = OPTIONS
            .iter()
            .enumerate()
            .map(|(i, (name, words))| Flag {
                choices: words.unwrap_or_default(),
                is_shortened: i < OLD_OPTIONS,
                ..Flag::new(name, if words.is_some() { Count::One } else { Count::None })
            })
            .collect();
        if self.words.first().is_some_and(|word| word == "--version") {
            self.output.stdout.push_str(VERSION);
            return Ok(());
        }
        let mut commands: Vec<_> = names::COMMANDS.split_ascii_whitespace().collect();
        // The AWS CLI no longer has the preview command, but old walkthroughs use it: accept it, but do not list it.
        if self.words.iter().any(|word| word == PREVIEW) {
            commands.push(PREVIEW);
        }
        let positional = Positional { name: "command", choices: Some(&commands) };
        let found = arguments::parse(&flags, &positional, self.words).map_err(Failure::Usage)?;
        let word = |name: &str| {
            let place = OPTIONS.iter().position(|(known, _)| *known == name);
            let given = found.given.iter().find(|(flag, _)| Some(*flag) == place);
            given.map(|(_, words)| words.first().map(String::as_str).unwrap_or_default())
        };
        if word("version").is_some() {
            self.output.stdout.push_str(VERSION);
            return Ok(());
        }
        if word("debug").is_some() {
            let text = "--debug has no log here: requests do not leave the playground; History shows their answers\n";
            self.output.stderr.push_str(text);
        }
        let query = word("query").map(|text| {
            let about =
                |wrong: String| Failure::Plain(["Bad value for --query ", text, ": ", &wrong].concat());
            Query::parse(text).map_err(about)
        });
        let query = query.transpose()?;
        if let Some(url) = word("endpoint-url").filter(|url| !url.contains(':')) {
            return Err(Failure::Plain(
                [
                    "Bad value for --endpoint-url \"",
                    url,
                    "\": scheme is missing.  Must be of the form http://<hostname>/ or https://<hostname>/",
                ]
                .concat(),
            ));
        }
        for name in ["cli-read-timeout", "cli-connect-timeout"] {
            if let Some(wrong) = word(name).filter(|word| arguments::whole(word).is_none()) {
                return Err(Failure::Plain(arguments::not_whole(wrong)));
            }
        }
        let variable = |name: &str| self.context.variables.get(name).cloned().filter(|text| !text.is_empty());
        let profile = word("profile").map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
        let form = word("output").map(str::to_owned).or_else(|| variable("AWS_DEFAULT_OUTPUT"));
        let form = form.or_else(|| configure::setting(self.context.files, profile.as_deref(), "output"));
        let settings = Settings {
            form: form.unwrap_or_else(|| "json".to_owned()),
            query,
            profile,
            pages: word("no-paginate").is_none(),
        };
        let region = word("region").map(str::to_owned);
        match found.positional.as_deref() {
            Some("help") => self.output.stdout.push_str(&help::tool()),
            Some("configure") => {
                return configure::run(self.context, self.output, &found.rest, settings.profile.as_deref());
            }
            Some(command) => {
                let known = SERVICES.iter().find(|(name, _)| *name == command);
                if let Some((_, service)) = known {
                    return self.serve(*service, command, &found.rest, settings, region.as_deref());
                }
                return Err(not_simulated(command));
            }
            None => {}
        }
        Ok(())
    }

    /// Returns the account that a profile selects: the name of an account selects that account, `default` the current
    /// one, and a profile of `~/.aws/config` the account that it names.
    fn account(&self, profile: Option<&str>) -> Result<AccountId, Failure> {
        let world = self.context.playground.world();
        let Some(name) = profile.filter(|name| *name != "default") else { return Ok(world.account.clone()) };
        let known = world.accounts.iter().find(|account| account.as_str() == name);
        if known.is_none() && configure::has_profile(self.context.files, name) {
            let Some(number) = configure::account(self.context.files, name) else {
                return Ok(world.account.clone());
            };
            let known = world.accounts.iter().find(|account| account.as_str() == number);
            return known.cloned().ok_or_else(|| {
                let text =
                    ["The profile ", name, " names account ", &number, ", which is not in this playground"];
                Failure::Plain(text.concat())
            });
        }
        let missing = || Failure::Plain(["The config profile (", name, ") could not be found"].concat());
        known.cloned().ok_or_else(missing)
    }

    fn serve(
        &mut self,
        service: Service,
        command: &str,
        words: &[String],
        settings: Settings,
        region: Option<&str>,
    ) -> Result<(), Failure> {
        let operations = service.operations();
        let mut names: Vec<_> = service.names().split_ascii_whitespace().collect();
        if names.is_empty() {
            names.extend(operations.iter().map(|operation| operation.command.as_str()));
            names.push("help");
        }
        let positional = Positional { name: "operation", choices: Some(&names) };
        let found = arguments::parse(&[], &positional, words).map_err(Failure::Usage)?;
        let name = found.positional.unwrap_or_default();
        if name == "wait" && service == Service::CloudFormation {
            return self.wait(&found.rest, settings, region);
        }
        match operations.iter().find(|operation| operation.command == name) {
            Some(operation) => self.operate(operation, command, &found.rest, settings, region),
            None if name != "help" && !name.is_empty() => Err(not_simulated(&[command, " ", &name].concat())),
            None => {
                self.output.stdout.push_str(&help::service(command, &operations));
                Ok(())
            }
        }
    }

    /// Runs `aws cloudformation wait`, which returns at once, because a stack never changes while a command waits.
    fn wait(&mut self, words: &[String], settings: Settings, region: Option<&str>) -> Result<(), Failure> {
        let waiters: Vec<_> = cloudformation::WAITERS.iter().map(service::Declaration::plain).collect();
        let mut names: Vec<_> = waiters.iter().map(|waiter| waiter.command.as_str()).collect();
        names.push("help");
        let positional = Positional { name: "subcommand", choices: Some(&names) };
        let found = arguments::parse(&[], &positional, words).map_err(Failure::Usage)?;
        let name = found.positional.unwrap_or_default();
        match waiters.iter().find(|waiter| waiter.command == name) {
            Some(waiter) => self.operate(waiter, "cloudformation wait", &found.rest, settings, region),
            None => {
                self.output.stdout.push_str(&help::service("cloudformation wait", &waiters));
                Ok(())
            }
        }
    }

    fn operate(
        &mut self,
        operation: &Operation,
        command: &str,
        words: &[String],
        mut settings: Settings,
        region: Option<&str>,
    ) -> Result<(), Failure> {
        let (flags, found) = match words {
            [only] if only == "help" => (Vec::new(), None),
            _ => {
                let flags = flags(operation, words);
                let positional = Positional { name: "help", choices: None };
                let found = arguments::parse(&flags, &positional, words).map_err(Failure::Usage)?;
                (flags, Some(found))
            }
        };
        let Some(mut found) = found.filter(|found| found.positional.as_deref() != Some("help")) else {
            self.output.stdout.push_str(&help::operation(command, operation));
            return Ok(());
        };
        // The AWS CLI ignores an empty positional argument.
        found.rest.extend(found.positional.take().filter(|word| !word.is_empty()));
        if !found.rest.is_empty() {
            return Err(Failure::Unknown(["Unknown options: ", &found.rest.join(", ")].concat()));
        }
        let line = Options { flags: &flags, found: &found };
        if let Some(pages) = operation.pages {
            // An option for manual pagination disables automatic pagination.
            let by_hand = [pages.token, pages.limit].map(|name| line.words(&option(name)).is_some());
            settings.pages &= !by_hand.contains(&true);
            if !settings.pages {
                let named = |name: &&str| {
                    line.words(name).is_some_and(|words| {
                        words.first().is_some_and(|word| arguments::whole(word).as_deref() != Some("0"))
                    })
                };
                let names: Vec<_> =
                    ["--starting-token", "--page-size", "--max-items"].into_iter().filter(named).collect();
                if !names.is_empty() {
                    let text = "Error during pagination: Cannot specify --no-paginate along with pagination arguments: ";
                    return Err(Failure::Plain([text, &names.join(", ")].concat()));
                }
            }
        }
        let (mut given, paging) = self.input(operation, &line)?;
        if !settings.pages && paging.is_asked_for() {
            // Only pagination options with the value 0 get this far. The AWS CLI passes them on, and its validation
            // rejects them.
            let value = Data::map(Vec::new());
            given.push(Given { name: "PaginationConfig".into(), value, is_ordered: false });
        }
        let account = self.account(settings.profile.as_deref())?;
        if let Some(kind) = line.words("--generate-cli-skeleton") {
            return self.skeleton(operation, kind.first().map_or("", String::as_str), &given, &settings);
        }
        if let Some(region) = region.filter(|region| !is_region(region)) {
            let text = ["Provided region_name '", region, "' doesn't match a supported format."];
            return Err(Failure::Plain(text.concat()));
        }
        let pages = operation.pages.filter(|_| settings.pages);
        let mut ask = |given: &[Given]| self.ask(operation, given, &account);
        let Some(pages) = pages else {
            let answer = ask(&given)?;
            if let (Run::Plain(_), Data::Text(text)) = (operation.run, &answer) {
                self.output.stdout.push_str(text);
                return Ok(());
            }
            return self.print(operation, &answer, &settings);
        };
        let result = pages::collect(pages, given, &paging, &mut ask)?;
        if settings.form == "text" || settings.form == "yaml-stream" {
            // These formats print page by page, and the query applies to each page.
            for page in &result.pages {
                let members = vec![named(pages.list, Data::list(page.clone()))];
                self.print(operation, &Data::map(members), &settings)?;
            }
            if let Some(token) = &result.resume {
                let inner = Data::map(vec![member("NextToken", token)]);
                self.print(operation, &Data::map(vec![named("NextToken", inner)]), &settings)?;
            }
            return Ok(());
        }
        let items = result.pages.into_iter().flatten().collect();
        let mut members = vec![named(pages.list, Data::list(items))];
        members.extend(result.resume.map(|token| member("NextToken", &token)));
        self.print(operation, &Data::map(members), &settings)
    }

    /// Returns the input that the options specify, and the pagination settings.
    fn input(&mut self, operation: &Operation, line: &Options) -> Result<(Vec<Given>, Paging), Failure> {
        let files = Reader { files: self.context.files, stdin: &self.context.stdin };
        let mut given = Vec::new();
        for member in &operation.members {
            let name = option(member.name);
            if let Some(words) = line.words(&name) {
                given.push(input::unpack(member, &name, words, &files)?);
            } else if matches!(member.shape, Shape::Boolean)
                && line.words(&["--no-", name.trim_start_matches('-')].concat()).is_some()
            {
                given.push(input::unpack(member, &name, &["false".to_owned()], &files)?);
            }
        }
        for (name, is_yaml) in [("--cli-input-json", false), ("--cli-input-yaml", true)] {
            if let Some([text]) = line.words(name) {
                input::add_whole(&mut given, text, is_yaml, &files)?;
            }
        }
        let mut paging = Paging::default();
        let word = |name: &str| line.words(name).and_then(|words| words.first());
        if let Some(token) = word("--starting-token") {
            paging.start = Some(
                files.load(token, true).map_err(|f| f.about("--starting-token"))?.unwrap_or(token.clone()),
            );
        }
        paging.size = word("--page-size").and_then(|word| arguments::whole(word));
        paging.most = word("--max-items").and_then(|word| arguments::whole(word)?.parse().ok());
        if paging.most.is_some_and(|most| most <= 0) {
            let text = "warning: Non-positive values for --max-items may result in undefined behavior.\n";
            self.output.stderr.push_str(text);
        }
        Ok((given, paging))
    }

    /// Validates an input and sends the request.
    fn ask(&mut self, operation: &Operation, given: &[Given], account: &AccountId) -> Result<Data, Failure> {
        let problems = input::validate(&operation.members, given);
        if !problems.is_empty() {
            let text = ["Parameter validation failed:\n", &problems.join("\n")];
            return Err(Failure::Plain(text.concat()));
        }
        let members = given.iter().map(|given| (given.name.clone(), given.value.clone())).collect();
        let line: Vec<_> = self.words.iter().map(|word| quote(word)).collect();
        let mut line = ["aws ", &line.join(" ")].concat();
        // The account may come from a variable, which may not be set when the line is typed again.
        let has_profile = self.words.iter().any(|word| word.starts_with("--profile"));
        if *account != self.context.playground.world().account && !has_profile {
            line.push_str(" --profile ");
            line.push_str(account.as_str());
        }
        let input = Data::map(members);
        let asked = service::Asked { account, input: &input, line: &line, remarks: Default::default() };
        let failing = self.context.variables.get(FAULT).and_then(|status| Fault::of(status));
        let answer = match operation.run {
            Run::AppMesh(action) => {
                let input = serde_json::Value::from(asked.input);
                (self.note)(action, &input);
                if let Some(fault) = failing {
                    for _ in 0..RETRIES {
                        (self.note)(action, &input);
                    }
                    let text = format!(
                        "An error occurred ({}) when calling the {} operation (reached max retries: 4): {}",
                        fault.code(),
                        operation.name,
                        fault.message()
                    );
                    return Err(Failure::Plain(text));
                }
                service::ask(self.context, action, &asked)
            }
            Run::Here(answerer) | Run::Plain(answerer) => answerer(self.context, &asked),
        };
        self.output.stderr.push_str(&asked.remarks.take());
        let items =
            operation.pages.zip(answer.as_ref().ok()).and_then(|(pages, answer)| answer.get(pages.list));
        self.work += 4 + items.map_or(0, |items| items.items().len() / 2);
        answer.map_err(|refusal| {
            self.output.stdout.push_str(&refusal.printed);
            if refusal.code.is_empty() {
                return Failure::Plain(refusal.message);
            }
            let (code, name) = (refusal.code, &*operation.name);
            let text =
                ["An error occurred (", code, ") when calling the ", name, " operation: ", &refusal.message];
            Failure::Plain(text.concat())
        })
    }

    fn skeleton(
        &mut self,
        operation: &Operation,
        kind: &str,
        given: &[Given],
        settings: &Settings,
    ) -> Result<(), Failure> {
        let skeleton = input::skeleton(&operation.members);
        match kind {
            "output" => {
                let sample = help::sample(operation)?;
                let problems = input::validate(&operation.members, given);
                if problems.is_empty() {
                    return self.print(operation, &sample, settings);
                }
                return Err(Failure::Plain(
                    ["Parameter validation failed:\n", &problems.join("\n")].concat(),
                ));
            }
            "yaml-input" => {
                self.output.stdout.push_str(&format::printed("yaml", "", &skeleton).unwrap_or_default())
            }
            _ => self.output.stdout.push_str(&[&skeleton.pretty(), "\n"].concat()),
        }
        Ok(())
    }

    fn print(&mut self, operation: &Operation, answer: &Data, settings: &Settings) -> Result<(), Failure> {
        let found = match &settings.query {
            Some(query) => {
                let room = Room::default();
                let found = query.value_of(answer, &room);
                // One step of the shell takes as long as many steps of a query.
                self.work += room.done() / 1_000;
                found.map_err(Failure::Plain)?
            }
            None => answer.clone(),
        };
        let text = format::printed(&settings.form, &operation.name, &found).map_err(Failure::Plain)?;
        self.output.stdout.push_str(&text);
        Ok(())
    }
}

/// Returns the error for a command of the real AWS CLI that is not simulated, with an alternative.
fn not_simulated(command: &str) -> Failure {
    let text = [
        "aws ",
        command,
        " is a command of the AWS CLI that this playground does not simulate.\n",
        "Simulated are appmesh, and as far as it needs them cloudformation, ram, servicediscovery and sts.\n",
        "What runs beside the mesh comes from what you open (Open... a CloudFormation template or App Mesh JSON; \
         kubectl apply Kubernetes manifests), or from the commands task and dns.",
    ];
    Failure::Plain(text.concat())
}

/// The options of an operation, and those that the line specifies.
struct Options<'o> {
    flags: &'o [Flag],
    found: &'o Found,
}

impl Options<'_> {
    /// Returns the words of an option, if the line has it.
    fn words(&self, name: &str) -> Option<&[String]> {
        let place = self.flags.iter().position(|flag| flag.name == name)?;
        self.found.given.iter().find(|(flag, _)| *flag == place).map(|(_, words)| words.as_slice())
    }
}

/// Converts the name of a member to an option: `--mesh-name`.
pub(super) fn option(member: &str) -> String {
    ["--", kebab(member).trim_start_matches('-')].concat()
}

/// Returns the options of an operation.
fn flags(operation: &Operation, words: &[String]) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for member in &operation.members {
        let Member { required, shape, .. } = *member;
        let name = option(member.name);
        let name = name.trim_start_matches('-');
        match shape {
            Shape::Boolean => {
                flags.push(Flag::new(name, Count::None));
                flags.push(Flag::new(&["no-", name].concat(), Count::None));
            }
            Shape::List { .. } => flags.push(Flag { required, ..Flag::new(name, Count::Any) }),
            _ => flags.push(Flag { required, ..Flag::new(name, Count::One) }),
        }
    }
    flags.push(Flag::new("cli-input-json", Count::One));
    if operation.pages.is_some() {
        flags.push(Flag::new("starting-token", Count::One));
        flags.push(Flag { is_number: true, ..Flag::new("page-size", Count::One) });
        flags.push(Flag { is_number: true, ..Flag::new("max-items", Count::One) });
    }
    let choices: &[&str] = &["input", "output", "yaml-input"];
    flags.push(Flag { choices, ..Flag::new("generate-cli-skeleton", Count::Optional("input")) });
    flags.push(Flag { is_shortened: false, ..Flag::new("cli-input-yaml", Count::One) });
    // No option is required with a whole input or for an input skeleton. Only their full names have this effect.
    let skeleton = words.iter().position(|word| word == "--generate-cli-skeleton");
    let wants_input = skeleton.is_some_and(|at| words.get(at + 1).is_none_or(|word| word != "output"));
    if wants_input || words.iter().any(|word| word == "--cli-input-json" || word == "--cli-input-yaml") {
        flags.iter_mut().for_each(|flag| flag.required = false);
    }
    flags
}

/// Returns whether a region is valid as a part of a host name.
fn is_region(region: &str) -> bool {
    (1..=63).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !region.starts_with('-')
        && !region.ends_with('-')
}
