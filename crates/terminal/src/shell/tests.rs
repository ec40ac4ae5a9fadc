//! Test cases of lines and their output.
#![allow(clippy::unwrap_used)] // A test may panic.

mod certificates;
mod complete;
mod echo;
mod limits;
mod requests;
mod scripts;
mod syntax;
mod tools;

use super::*;

/// A terminal and a playground with the six colours scenario.
struct Desk {
    terminal: Terminal,
    playground: Playground,
}

impl Desk {
    fn new() -> Self {
        let env = app_mesh_engine::control_plane::Env {
            now: app_mesh_engine::control_plane::Timestamp(0),
            seed: 1,
        };
        let world =
            mesh_documents::scenario::six_colours(mesh_documents::scenario::Variant::Dns, &env).unwrap();
        Self { terminal: Terminal::default(), playground: Playground::new(world) }
    }

    fn run(&mut self, line: &str) -> Output {
        self.terminal.run(&mut self.playground, line)
    }

    /// Runs a line and compares its output with `expected`: standard error follows `!`, a non-zero exit status `=`.
    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        let output = self.run(line);
        let mut told = output.stdout;
        if !output.stderr.is_empty() {
            told.push('!');
            told.push_str(&output.stderr);
        }
        if output.exit_code != 0 {
            told.push_str(&format!("={}", output.exit_code));
        }
        assert_eq!(told, expected, "{line}");
    }
}

/// Checks each line on a new desk.
#[track_caller]
fn check_all(cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        Desk::new().check(line, expected);
    }
}
