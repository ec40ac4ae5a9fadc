//! The terminal as its users meet it: whole walkthroughs, and lines that nobody meant.
//!
//! Lines with what they print are tables beside the shell (`src/terminal/shell/tests`).
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

/// A terminal before an empty playground.
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

    /// Runs a script line by line; what it printed. Nothing may fail.
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
