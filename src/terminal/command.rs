//! What a command of the terminal is given, and what it gives back.

use super::files::Files;
use crate::{model::TextMap, playground::Playground};

/// What a command prints, and how it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What it prints.
    pub stdout: String,
    /// What it complains of.
    pub stderr: String,
    /// 0 where it did what was asked.
    pub exit_code: u8,
}

impl Output {
    /// What a command prints that did what was asked.
    pub fn printed(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// What a command says that did not.
    pub fn failed(exit_code: u8, stderr: impl Into<String>) -> Self {
        Self { stdout: String::new(), stderr: stderr.into(), exit_code }
    }
}

/// What a command runs in.
#[derive(Debug)]
pub struct Context<'c> {
    /// The playground it reads and changes.
    pub playground: &'c mut Playground,
    /// The files it reads and writes.
    pub files: &'c mut Files,
    /// The variables that are set: `AWS_PROFILE`, `AWS_DEFAULT_OUTPUT`, and the user's own.
    pub variables: &'c mut TextMap,
    /// What is piped into it.
    pub stdin: &'c str,
}
