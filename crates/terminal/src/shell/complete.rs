//! Completion at the cursor: commands, options, values, and the names of existing objects.
//!
//! Options and their values come from the declarations, names from the playground. This module repeats no list that is
//! defined elsewhere.

use app_mesh_engine::{
    model::{Kind, Shape},
    traffic::{self, Client},
};
use mesh_documents::echo::{FORMS, quote};
use mesh_text::sorting;
use playground_core::playground::Playground;

use super::Terminal;
use crate::{
    aws::{
        OPTIONS, format, option,
        service::{Operation, SERVICES},
    },
    tools,
};

/// Candidates to replace a part of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Start of the part, in bytes.
    pub start: usize,
    /// End of the part, in bytes: the cursor.
    pub end: usize,
    /// The candidates in order, quoted for the shell.
    pub candidates: Vec<String>,
}

/// The command at the cursor.
#[derive(Default)]
struct Typed {
    /// Its words before the one at the cursor.
    words: Vec<String>,
    /// The word at the cursor, up to the cursor.
    word: String,
    start: usize,
}

/// Words after which a command begins.
const KEYWORDS: [&str; 9] = ["!", "do", "then", "else", "elif", "if", "while", "until", "{"];

impl Terminal {
    /// Returns the candidates at the cursor, a position in bytes.
    ///
    /// ```
    /// use {mesh_terminal::Terminal, playground_core::playground::Playground};
    /// let playground = Playground::empty().unwrap();
    /// let completion = Terminal::default().complete(&playground, "aws appmesh create-me", 21);
    /// assert_eq!((completion.start, &*completion.candidates), (12, &["create-mesh".to_owned()][..]));
    /// ```
    pub fn complete(&self, playground: &Playground, line: &str, cursor: usize) -> Completion {
        let mut end = cursor.min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let typed = typed(line.get(..end).unwrap_or_default());
        let found = Finder { terminal: self, playground, typed: &typed }.all();
        let mut candidates: Vec<_> =
            found.into_iter().filter(|found| found.starts_with(&typed.word)).collect();
        sorting::sort(&mut candidates);
        candidates.dedup();
        // A word is quoted only if the shell would not read it back without quotes.
        let is_special = |c: char| c.is_whitespace() || "'\"\\`;&|<>()#".contains(c);
        let candidates = candidates.into_iter().map(|found| match found.contains(is_special) {
            true => quote(&found),
            false => found,
        });
        Completion { start: typed.start, end, candidates: candidates.collect() }
    }
}

/// Parses the words of the last command in a text.
fn typed(text: &str) -> Typed {
    let mut typed = Typed::default();
    let mut quotes = None;
    let mut is_open = false;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if quotes.is_none() && (c.is_whitespace() || ";&|()<>`".contains(c)) {
            if is_open {
                let word = std::mem::take(&mut typed.word);
                typed.words.push(word);
                is_open = false;
            }
            if !" \t<>".contains(c) {
                typed.words.clear();
            }
            continue;
        }
        if !is_open {
            (is_open, typed.start) = (true, at);
        }
        match c {
            _ if quotes == Some(c) => quotes = None,
            '\'' | '"' if quotes.is_none() => quotes = Some(c),
            '\\' if quotes != Some('\'') => typed.word.extend(characters.next().map(|(_, c)| c)),
            _ => typed.word.push(c),
        }
    }
    if !is_open {
        typed.start = text.len();
    }
    let is_before = |word: &String| KEYWORDS.contains(&word.as_str()) || word.split_once('=').is_some();
    let before = typed.words.iter().take_while(|word| is_before(word)).count();
    typed.words.drain(..before);
    typed
}

struct Finder<'f> {
    terminal: &'f Terminal,
    playground: &'f Playground,
    typed: &'f Typed,
}

impl Finder<'_> {
    fn all(&self) -> Vec<String> {
        if let Some(name) = self.typed.word.strip_prefix('$') {
            let brace = if name.starts_with('{') { ("{", "}") } else { ("", "") };
            let names = self.terminal.names.texts.keys();
            return names.map(|name| ["$", brace.0, name, brace.1].concat()).collect();
        }
        let Some((command, words)) = self.typed.words.split_first() else {
            return tools::names().into_iter().map(str::to_owned).collect();
        };
        // The words after `exec NODE --` are a separate command.
        let inner =
            words.iter().position(|word| word == "--").map(|at| words.get(at + 1..).unwrap_or_default());
        match (command.as_str(), inner) {
            ("exec" | "kubectl", Some([])) => owned(&["curl", "dig", "nslookup"]),
            ("exec" | "kubectl", Some([inner, words @ ..])) => self.behind(inner, words, true),
            _ => self.behind(command, words, false),
        }
    }

    fn behind(&self, command: &str, words: &[String], is_inside: bool) -> Vec<String> {
        match (command, words.len()) {
            ("aws", _) => self.aws(words),
            ("help", _) => tools::names().into_iter().map(str::to_owned).collect(),
            ("curl", _) => self.urls(is_inside),
            ("dig" | "nslookup", _) => self.hosts(),
            ("envoy", 1) => owned(&["clusters", "config_dump", "listeners", "stats"]),
            ("envoy", _) => self.names(&[Kind::VirtualNode, Kind::VirtualGateway], None),
            ("exec", _) => self.names(&[Kind::VirtualNode], None),
            ("kubectl", 0) => owned(&[
                "annotate",
                "api-resources",
                "apply",
                "create",
                "delete",
                "describe",
                "exec",
                "expose",
                "get",
                "label",
                "logs",
                "patch",
                "replace",
                "rollout",
                "run",
                "scale",
                "set",
                "version",
                "wait",
            ]),
            ("kubectl", 1) if matches!(words[0].as_str(), "get" | "delete" | "describe") => {
                let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Route);
                kinds.map(|kind| kind.declaration().collection.to_ascii_lowercase()).collect()
            }
            ("export", _) => ["AWS_PROFILE=", "AWS_DEFAULT_OUTPUT="]
                .into_iter()
                .map(str::to_owned)
                .chain(self.accounts().into_iter().map(|account| ["AWS_PROFILE=", &account].concat()))
                .collect(),
            _ => self.form(command, words).unwrap_or_else(|| self.files("")),
        }
    }

    /// Returns the candidates at this position of a command of the playground; `None` if `command` is no such command.
    fn form(&self, command: &str, words: &[String]) -> Option<Vec<String>> {
        let mut found = None;
        for form in FORMS.iter().filter(|form| form.tool() == command) {
            let found = found.get_or_insert_with(Vec::new);
            // The words before the cursor select the form of the command.
            let fits = words.iter().enumerate().all(|(place, word)| {
                form.choices(place).is_none_or(|choices| choices.contains(&word.as_str()))
            });
            let Some(slot) = form.slot(words.len()).filter(|_| fits) else { continue };
            match slot {
                "TASK" => {
                    let tasks = self.playground.world().environment.tasks.iter();
                    found.extend(tasks.map(|(name, _)| name.to_string()));
                }
                "HOST" => found.extend(self.hosts()),
                "CERTIFICATE" | "STORE" => {
                    let world = self.playground.world();
                    let all = tools::certificates(world).into_iter();
                    let of_slot = all.filter(|(is_store, _)| *is_store == (slot == "STORE"));
                    found.extend(of_slot.map(|(_, reference)| reference.to_string()));
                }
                "MESH" => found.extend(self.names(&[Kind::Mesh], None)),
                "NAMESPACE" | "SERVICE" => {
                    for service in self.playground.world().environment.cloud_map.keys() {
                        let name = if slot == "SERVICE" { &service.service } else { &service.namespace };
                        found.push(name.to_string());
                    }
                }
                _ => found.extend(
                    form.choices(words.len()).unwrap_or_default().iter().map(|choice| (*choice).to_owned()),
                ),
            }
        }
        found
    }

    fn aws(&self, words: &[String]) -> Vec<String> {
        let globals = || OPTIONS.iter().map(|(name, _)| ["--", name].concat());
        let names = SERVICES.iter().map(|(name, _)| (*name).to_owned());
        let service = words.iter().position(|word| SERVICES.iter().any(|(name, _)| name == word));
        let Some(at) = service else {
            return self.value(words, None).unwrap_or_else(|| {
                names.chain(["configure", "help"].map(str::to_owned)).chain(globals()).collect()
            });
        };
        let operations = SERVICES.iter().find(|(name, _)| *name == words[at]);
        let operations = operations.map(|(_, service)| service.operations()).unwrap_or_default();
        let Some(command) = words.get(at + 1) else {
            return operations
                .into_iter()
                .map(|operation| operation.command)
                .chain(["help".to_owned()])
                .collect();
        };
        let operation = operations.into_iter().find(|operation| operation.command == *command);
        if let Some(values) = self.value(words, operation.as_ref()) {
            return values;
        }
        let members = operation.iter().flat_map(|operation| operation.members.iter());
        let mut options: Vec<_> = members.map(|member| option(member.name)).collect();
        options
            .extend(["--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton"].map(str::to_owned));
        options.extend(globals());
        options.retain(|option| !words.contains(option));
        options
    }

    /// Returns the values of the option before the cursor; `None` if no option there takes a value.
    fn value(&self, words: &[String], operation: Option<&Operation>) -> Option<Vec<String>> {
        let last = words.last().filter(|word| word.starts_with("--"))?;
        let global = OPTIONS.iter().find(|(name, _)| last.strip_prefix("--") == Some(name));
        match (last.as_str(), global) {
            ("--output", _) => return Some(owned(format::NAMES)),
            ("--profile", _) => return Some(self.accounts()),
            ("--cli-input-json" | "--cli-input-yaml", _) => return Some(self.files("file://")),
            ("--generate-cli-skeleton", _) => return Some(owned(&["input", "output", "yaml-input"])),
            (_, Some((_, words))) => return words.map(owned),
            _ => {}
        }
        let member = operation?.members.iter().find(|member| option(member.name) == *last)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.declaration().name_member == member.name);
        Some(match (kind, member.shape) {
            (Some(kind), _) => self.names(&[kind], Some(words)),
            (None, Shape::Choice(words)) => owned(words),
            (None, Shape::Boolean) => return None,
            _ if member.name == "meshOwner" => self.accounts(),
            _ if member.name == "resourceArn" => self.arns(),
            _ => self.files("file://"),
        })
    }

    fn accounts(&self) -> Vec<String> {
        self.playground.world().accounts.iter().map(ToString::to_string).collect()
    }

    fn arns(&self) -> Vec<String> {
        let world = self.playground.world();
        let meshes = world.control_plane.visible_to(&world.account);
        let resources = meshes.flat_map(|(_, mesh)| mesh.resources());
        let own = resources.filter(|resource| resource.metadata.resource_owner == world.account);
        own.map(|resource| resource.id.arn(&world.region, &world.account)).collect()
    }

    /// Returns the names of existing resources, limited to the mesh and the parent that the words name, if any.
    fn names(&self, kinds: &[Kind], words: Option<&[String]>) -> Vec<String> {
        let given = |kind: Kind| {
            let name = option(kind.declaration().name_member);
            let at = words?.iter().position(|word| *word == name)?;
            words?.get(at + 1)
        };
        let world = self.playground.world();
        let meshes = world.control_plane.visible_to(&world.account);
        let meshes = meshes.filter(|(id, _)| given(Kind::Mesh).is_none_or(|mesh| *id.name == **mesh));
        let mut names = Vec::new();
        for (_, mesh) in meshes {
            for kind in kinds {
                let parent = kind.declaration().parent.and_then(given);
                let all = mesh.of_kind(*kind).map(|resource| &resource.id.key);
                let here =
                    all.filter(|key| parent.is_none() || key.parent.as_deref() == parent.map(String::as_str));
                names.extend(here.map(|key| key.name.to_string()));
            }
        }
        names
    }

    fn hosts(&self) -> Vec<String> {
        self.playground.world().environment.dns.keys().map(ToString::to_string).collect()
    }

    /// Returns URLs that the meshes serve.
    fn urls(&self, is_inside: bool) -> Vec<String> {
        let world = self.playground.world();
        let mut urls = Vec::new();
        for (_, mesh) in world.control_plane.visible_to(&world.account) {
            for request in traffic::clients(mesh) {
                let host = match &request.client {
                    Client::Node { service, .. } if is_inside => service,
                    Client::Gateway(gateway) if !is_inside => gateway,
                    _ => continue,
                };
                urls.push(["http://", host, &request.path].concat());
            }
        }
        urls
    }

    fn files(&self, before: &str) -> Vec<String> {
        self.terminal.files.keys().map(|name| [before, name].concat()).collect()
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
