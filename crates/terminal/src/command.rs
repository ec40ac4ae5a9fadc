//! Input and output of a command of the terminal.

use std::cell::Cell;

use app_mesh_engine::model::TextMap;
use playground_core::playground::Playground;

use super::files::Files;

/// Output and exit status of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit status; 0 on success.
    pub exit_code: u8,
}

impl Output {
    /// Returns the output of a command that succeeds.
    pub fn printed(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// Returns the output of a command that fails.
    pub fn failed(exit_code: u8, stderr: impl Into<String>) -> Self {
        Self { stdout: String::new(), stderr: stderr.into(), exit_code }
    }
}

/// Environment in which a command runs.
#[derive(Debug)]
pub struct Context<'c> {
    /// The playground that it reads and changes.
    pub playground: &'c mut Playground,
    /// The files that it reads and writes.
    pub files: &'c mut Files,
    /// The variables that are set: `AWS_PROFILE`, `AWS_DEFAULT_OUTPUT`, and the user's own.
    pub variables: &'c mut TextMap,
    /// Standard input.
    pub stdin: Stdin<'c>,
}

/// Standard input of a command, which records whether the command read it: what one command reads, the next one does
/// not see.
#[derive(Debug, Default)]
pub struct Stdin<'c> {
    text: &'c str,
    is_read: Cell<bool>,
}

impl<'c> From<&'c str> for Stdin<'c> {
    fn from(text: &'c str) -> Self {
        Self { text, is_read: Cell::new(false) }
    }
}

impl<'c> Stdin<'c> {
    /// Reads the whole text.
    pub fn read(&self) -> &'c str {
        self.is_read.set(true);
        self.text
    }

    /// Returns whether a command read the text.
    pub fn is_read(&self) -> bool {
        self.is_read.get()
    }

    /// Returns whether there is no text; does not count as reading.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
