//! The steps of the test: lines, and events between them.

use mesh_playground::{
    control_plane::Timestamp,
    model::{MeshId, TextMap},
    playground::Playground,
    store,
    terminal::{Context, Files, aws},
};

use super::{Result, wire};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// A shell line.
    Line(String),
    /// A file is created: name and text.
    File(String, String),
    /// Another account becomes the acting one.
    Account(String),
    /// A mesh of the acting account is shared with an account.
    Share(String, String),
    /// The service fails with this status from now on; `none` ends this.
    Fault(String),
}

/// Returns all steps; those of another file if `LINES` names one.
pub fn steps() -> Vec<Step> {
    let other = std::env::var("LINES").ok().map(|path| std::fs::read_to_string(path).unwrap());
    let text = other.as_deref().unwrap_or(include_str!("lines.txt"));
    let mut steps = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        steps.push(match part().as_str() {
            "@file" => Step::File(part(), part().replace("\\n", "\n")),
            "@account" => Step::Account(part()),
            "@fault" => Step::Fault(part()),
            "@share" => Step::Share(part(), part()),
            _ => Step::Line(line.replace("\\n", "\n")),
        });
    }
    steps
}

/// Returns the time at a step: the same for both sides.
pub fn clock(number: usize) -> Timestamp {
    Timestamp(1_767_225_600_000 + i64::try_from(number).unwrap() * 1_234)
}

/// Executes a step that is not a line.
pub fn prepare(playground: &mut Playground, step: &Step) {
    match step {
        Step::Account(id) => {
            playground.run(store::Command::SwitchAccount(id.parse().unwrap()));
            assert_eq!(playground.world().account.as_str(), id);
        }
        Step::Share(mesh, with) => {
            let mesh = MeshId { owner: playground.world().account.clone(), name: mesh.as_str().into() };
            let with = with.parse().unwrap();
            playground.run(store::Command::Share { mesh: mesh.clone(), with });
            assert!(!playground.world().control_plane.shared_with(&mesh).is_empty());
        }
        Step::Line(_) | Step::File(..) | Step::Fault(_) => {}
    }
}

/// Splits a line into words as a POSIX shell does, without expansions.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\n' | '\t' => words.extend(word.take()),
            '\'' => {
                let quoted: String = characters.by_ref().take_while(|c| *c != '\'').collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = characters.next() {
                    match c {
                        '"' => break,
                        '\\' => match characters.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                            Some('\n') | None => {}
                            Some(other) => word.extend(['\\', other]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => match characters.next() {
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The simulated `aws`.
pub struct Ours {
    pub playground: Playground,
    pub files: Files,
    /// Variables that persist between lines.
    pub variables: TextMap,
}

impl Default for Ours {
    fn default() -> Self {
        Self { playground: Playground::empty().unwrap(), files: Files::new(), variables: TextMap::new() }
    }
}

impl Ours {
    /// Executes a step. Returns the result of a line.
    pub fn take(&mut self, number: usize, step: &Step) -> Option<Result> {
        self.playground.set_time(clock(number));
        match step {
            Step::Line(line) => return Some(self.run(line)),
            Step::File(name, text) => {
                self.files.insert(name.clone(), text.clone());
            }
            Step::Fault(status) => drop(self.variables.insert("APPMESH_FAULT".to_owned(), status.clone())),
            other => prepare(&mut self.playground, other),
        }
        None
    }

    /// Runs a line, which must be an `aws` command.
    pub fn run(&mut self, line: &str) -> Result {
        let words = words(line);
        assert_eq!(words[0], "aws", "{line}");
        let mut requests = Vec::new();
        let mut context = Context {
            playground: &mut self.playground,
            files: &mut self.files,
            variables: &mut self.variables,
            stdin: "".into(),
        };
        let output = aws::run_noting(&mut context, &words[1..], &mut |action, input| {
            requests.push(wire::request(action, input));
        });
        Result { stdout: output.stdout, stderr: output.stderr, code: output.exit_code.into(), requests }
    }
}
