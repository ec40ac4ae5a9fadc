//! The terminal as its users see it: whole walkthroughs, and random lines.
//!
//! The tables of single lines with their output are beside the shell (`crates/terminal/src/shell/tests`).
#![allow(clippy::unwrap_used, clippy::panic)] // A test may panic.

mod echo;
mod fuzz;
#[path = "../properties/specs.rs"]
mod specs;
mod walkthroughs;
#[path = "../common/work.rs"]
mod work;

use mesh_playground::{
    playground::Playground,
    terminal::{Output, Terminal},
};

/// A terminal with an empty playground.
struct Desk {
    terminal: Terminal,
    playground: Playground,
}

impl Desk {
    fn new() -> Self {
        Self { terminal: Terminal::default(), playground: Playground::empty().unwrap() }
    }

    fn run(&mut self, line: &str) -> Output {
        self.terminal.run(&mut self.playground, line)
    }

    /// Runs a script line by line and returns its output. No line may fail.
    #[track_caller]
    fn script(&mut self, script: &str) -> String {
        let mut printed = String::new();
        for line in Terminal::lines(script) {
            let output = self.run(&line);
            assert_eq!((&*output.stderr, output.exit_code), ("", 0), "{line}");
            printed.push_str(&output.stdout);
        }
        printed
    }
}
