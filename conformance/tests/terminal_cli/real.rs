//! The real tool, over the bridge.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use mesh_playground::{api, playground::Fault};
use serde_json::{Value, json};

use super::{
    Result,
    bridge::{Bridge, client},
    corpus::{Step, clock, prepare, words},
    wire,
};

/// The tool, and the playground that it sends requests to.
pub struct Real {
    bridge: Bridge,
    process: RefCell<(Child, ChildStdin, BufReader<ChildStdout>)>,
    /// Folder of its files.
    folder: PathBuf,
}

/// Returns the Python interpreter that has the tool, and the folder of the tool's own files. The interpreter is the one
/// named in the first line of the tool's script.
fn python() -> Option<(PathBuf, PathBuf)> {
    let [tool, sdk] = [version("AWSCLI"), version("BOTO3")];
    let own = std::env::home_dir()?.join(format!(".cache/mesh-playground/aws-{tool}-{sdk}/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(own).chain(std::env::split_paths(&path)).find_map(|folder| {
        let text = std::fs::read(folder.join("aws")).ok()?;
        let line = text.split(|byte| *byte == b'\n').next()?;
        let python = String::from_utf8_lossy(line.strip_prefix(b"#!")?).trim().to_owned();
        let script = "import awscli; print(awscli.__version__, awscli.__path__[0])";
        let output = Command::new(&python).args(["-c", script]).output().ok()?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let folder = told.trim().strip_prefix(tool)?.strip_prefix(' ')?;
        Some((python.into(), folder.into()))
    })
}

/// Returns the version of a tool that recorded the golden file: the one that is installed for the tests.
fn version(tool: &str) -> &'static str {
    let lines = include_str!("../../../tools/versions.env").lines();
    let mut versions = lines.filter_map(|line| line.strip_prefix(tool)?.strip_prefix("_VERSION="));
    versions.next().unwrap()
}

/// Returns the folder of the installed tool's own files.
pub fn package() -> Option<PathBuf> {
    python().map(|(_, folder)| folder)
}

impl Real {
    /// Starts the tool; `None` if its version 1 is not installed.
    pub fn start() -> Option<Self> {
        let (python, _) = python()?;
        let bridge = Bridge::start();
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal_cli/driver.py");
        let mut command = client(python);
        // A failing service gets the tool's default number of attempts.
        command.env_remove("AWS_MAX_ATTEMPTS");
        command.env("PYTHONUTF8", "1").env("AWS_ENDPOINT_URL", bridge.url());
        command.args(["-B", driver]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take()?;
        let output = BufReader::new(child.stdout.take()?);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("terminal-{}", child.id()));
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self { bridge, process: RefCell::new((child, input, output)), folder })
    }

    /// Executes a step. Returns the result of a line.
    pub fn take(&self, number: usize, step: &Step) -> Option<Result> {
        match step {
            Step::Line(line) => return Some(self.run(number, line)),
            Step::Fault(status) => {
                let failing = Fault::of(status);
                self.bridge.with(move |door| door.failing = failing);
            }
            Step::File(name, text) => std::fs::write(self.folder.join(name), text).unwrap(),
            other => {
                let step = other.clone();
                self.bridge.with(move |door| {
                    door.playground.set_time(clock(number));
                    prepare(&mut door.playground, &step);
                });
            }
        }
        None
    }

    fn run(&self, number: usize, line: &str) -> Result {
        self.bridge.with(move |door| {
            door.clock = Some(clock(number));
            door.requests.clear();
            door.bodies.clear();
        });
        let asked = json!({"words": words(line)[1..], "folder": self.folder});
        let mut process = self.process.borrow_mut();
        writeln!(process.1, "{asked}").unwrap();
        let mut answer = String::new();
        process.2.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {line}"));
        let (requests, bodies) = self.bridge.with(|door| (door.requests.clone(), door.bodies.clone()));
        let has_token = line.contains("client-token") || line.contains("clientToken");
        let pairs = requests.iter().zip(&bodies);
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Result {
            stdout: text("stdout"),
            stderr: text("stderr"),
            code: answer["code"].as_i64().unwrap(),
            requests: pairs.map(|(request, body)| wire::bridged(request, body, has_token)).collect(),
        }
    }

    /// Sends the requests of a line without the tool.
    pub fn replay(&self, number: usize, requests: &[Value]) {
        let requests: Vec<api::Request> = requests.iter().map(wire::undone).collect();
        self.bridge.with(move |door| {
            door.playground.set_time(clock(number));
            for request in requests {
                if let Some(fault) = door.failing {
                    door.playground.fail_next(fault);
                }
                api::handle(&mut door.playground, request);
            }
        });
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.borrow_mut().0.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
