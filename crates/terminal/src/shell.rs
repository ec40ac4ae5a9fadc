//! The shell of the terminal: the part of the POSIX shell that walkthroughs use.
//!
//! It parses a line, expands its words and runs its commands. The commands are in [`tools`](super::tools) and
//! [`aws`](super::aws). No input may panic or run forever: nesting, steps, strings and files are bounded. Start at
//! [`Terminal::run`]. `syntax` has the syntax tree, `parse` builds it, and `run` executes it.

mod alias;
mod brace;
mod builtins;
mod change;
mod complete;
mod compound;
mod declare;
mod declared;
mod expand;
mod find;
mod glob;
mod input;
mod inside;
mod names;
mod number;
mod options;
mod parameter;
mod parse;
mod redirect;
mod refs;
mod run;
mod script;
mod special;
mod syntax;
#[cfg(test)]
mod tests;
mod timeout;
mod trace;
mod xargs;

pub use complete::Completion;

use litemap::LiteMap;

use mesh_text::{
    job::{LocalBoxFuture, Pace, at_once},
    words::english,
};

use playground_core::logs::Logs;

use app_mesh_engine::{model::TextMap, traffic::Counters};
use playground_core::playground::Playground;

use super::{Files, Output};
pub(super) use builtins::BUILTINS;
pub(super) use glob::matches as fits;
use names::Names;
use options::Options;
pub(super) use run::plain_path;
use run::{MOST_STEPS, Shell};
pub(super) use trace::percent_q;

/// Progress message of a line.
const STEPS: &str = english("{0} of at most {1} steps");

/// Maximum number of lines in the history.
const KEPT_LINES: usize = 500;

/// A terminal: the state that persists between lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    files: Files,
    names: Names,
    functions: LiteMap<String, Function>,
    aliases: LiteMap<String, String>,
    options: Options,
    random: u32,
    /// The positional parameters, `$1` and so on.
    arguments: Vec<String>,
    history: Vec<String>,
    logs: Logs,
    status: u8,
    /// The counters of the Envoys for the requests sent from this terminal.
    counters: Counters,
}

/// The definition of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Function {
    /// The text of its body.
    body: String,
    /// The line of its script on which the body begins.
    line: u32,
    /// The path of the script.
    source: String,
    /// Whether child shells have it, too: `export -f`.
    is_exported: bool,
}

impl Terminal {
    /// Runs one complete line, as typed or pasted. It may contain several commands and here-documents.
    ///
    /// ```
    /// use {mesh_terminal::Terminal, playground_core::playground::Playground};
    /// let mut terminal = Terminal::default();
    /// let mut playground = Playground::empty().unwrap();
    /// let output = terminal.run(&mut playground, "for c in red blue; do echo \"colour $c\"; done | grep -c colour");
    /// assert_eq!((&*output.stdout, output.exit_code), ("2\n", 0));
    /// ```
    pub fn run(&mut self, playground: &mut Playground, line: &str) -> Output {
        at_once(|pace| async move { self.run_paced(playground, line, &pace).await })
    }

    /// Runs a line like [`run`](Self::run), but in slices. A stopped job terminates the line with status 130; changes
    /// made until then are preserved.
    pub fn run_paced<'w>(
        &'w mut self,
        playground: &'w mut Playground,
        line: &'w str,
        pace: &'w Pace,
    ) -> LocalBoxFuture<'w, Output> {
        Box::pin(async move {
            pace.begin(STEPS, MOST_STEPS as usize);
            self.remember(line);
            // If the account was switched elsewhere, the terminal acts as the new account, too.
            if let Some(profile) = self.names.texts.get_mut("AWS_PROFILE")
                && playground.world().accounts.iter().any(|account| account.as_str() == *profile)
            {
                *profile = playground.world().account.to_string();
            }
            let started = playground.now().0;
            playground.logs = std::mem::take(&mut self.logs);
            // The page creates a new playground for each line.
            std::mem::swap(&mut playground.counters, &mut self.counters);
            let mut shell = Shell {
                playground: &mut *playground,
                files: &mut self.files,
                names: &mut self.names,
                functions: &mut self.functions,
                aliases: &mut self.aliases,
                options: &mut self.options,
                random: &mut self.random,
                arguments: &mut self.arguments,
                zero: "bash".to_owned(),
                last_word: String::new(),
                line: 1,
                frames: Vec::new(),
                locals: Vec::new(),
                is_in_function: false,
                conditions: 0,
                loops: 0,
                input: input::Input::default(),
                history: &mut self.history,
                status: self.status,
                place: None,
                pipe_statuses: vec![self.status],
                output: String::new(),
                errors: String::new(),
                apart: None,
                moved: None,
                written: "".into(),
                is_trapped: false,
                is_refused: false,
                traps: LiteMap::new(),
                opened: Vec::new(),
                captures: 0,
                numbers: 0,
                pipes: Vec::new(),
                letters_read: 0,
                slept: 0,
                deadline: None,
                is_late: false,
                started,
                steps: MOST_STEPS,
                copied: 0,
                stop: None,
                subshells: 0,
                subscripts: 0,
                scripts: 0,
                level: 0,
                pace,
                paced: MOST_STEPS,
            };
            shell.script(line).await;
            shell.exit_trap().await;
            let Shell { status, output, errors, .. } = shell;
            self.status = status;
            // `set -e` and `set -n` do not outlast the line in an interactive terminal.
            (self.options.is_strict, self.options.runs_nothing) = (false, false);
            self.logs = std::mem::take(&mut playground.logs);
            std::mem::swap(&mut playground.counters, &mut self.counters);
            Output { stdout: output, stderr: errors, exit_code: status }
        })
    }

    /// Splits a script into complete commands, to be run one after another: continued lines, loops and here-documents
    /// stay together. The concatenated commands equal the script, except for parts without a command.
    ///
    /// ```
    /// use mesh_terminal::Terminal;
    /// let lines = Terminal::lines("# so\ncat > f <<E\na\nE\necho a \\\n  b; echo c\n");
    /// assert_eq!(lines, ["cat > f <<E\na\nE\n", "echo a \\\n  b; echo c\n"]);
    /// ```
    pub fn lines(script: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = script;
        while !rest.is_empty() {
            let (length, is_empty) = match parse::line(rest) {
                Ok((list, length)) => (length, list.is_empty()),
                Err(error) if error.is_incomplete => (rest.len(), false),
                // The part up to the error is reported when it runs; the lines after it may be valid.
                Err(error) => {
                    let behind = rest.get(error.at..).unwrap_or_default();
                    (behind.find('\n').map_or(rest.len(), |end| error.at + end + 1), false)
                }
            };
            let (line, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, ""));
            if !is_empty {
                lines.push(line.to_owned());
            }
            rest = after;
        }
        lines
    }

    /// Returns whether input is complete: it does not end within a quotation, a here-document or a loop.
    pub fn is_complete(text: &str) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            match parse::line(rest) {
                Ok((_, length)) => rest = rest.get(length.max(1)..).unwrap_or_default(),
                Err(error) => return !error.is_incomplete,
            }
        }
        !text.trim_end_matches('\n').ends_with('\\')
    }

    /// Returns the lines typed before, oldest first.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// Returns the index in the history of the newest line that contains `text` and is older than the line at `before`.
    pub fn search(&self, text: &str, before: usize) -> Option<usize> {
        self.history.iter().take(before).rposition(|line| line.contains(text))
    }

    /// Returns the files of the terminal.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Returns the files of the terminal, to add or remove some.
    pub fn files_mut(&mut self) -> &mut Files {
        &mut self.files
    }

    /// Returns the variables that are set.
    pub fn variables(&self) -> &TextMap {
        &self.names.texts
    }

    fn remember(&mut self, line: &str) {
        let line = line.trim_end();
        if line.is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() >= KEPT_LINES {
            self.history.remove(0);
        }
        self.history.push(line.to_owned());
    }
}
