//! What a line of the shell is made of.

/// Commands one after another.
pub type List = Vec<Item>;

/// A pipeline, and when it runs.
#[derive(Clone, Debug)]
pub struct Item {
    /// After what it runs.
    pub after: After,
    /// Whether its status is turned round: `! command`.
    pub is_negated: bool,
    /// The commands, each reading what the one before it prints.
    pub commands: Vec<Command>,
}

/// When a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Whatever was before it.
    Anything,
    /// After success: `&&`.
    Success,
    /// After failure: `||`.
    Failure,
}

/// A command, with where it reads and writes.
#[derive(Clone, Debug)]
pub struct Command {
    /// What it does.
    pub what: What,
    /// In the order in which they are written.
    pub redirections: Vec<Redirection>,
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum What {
    /// `NAME=value word word`
    Simple {
        /// Variables that are set for it, or set at all when there are no words.
        assignments: Vec<(String, Word)>,
        /// The command and its arguments.
        words: Vec<Word>,
    },
    /// `for NAME in word …; do …; done`
    For {
        /// The variable.
        name: String,
        /// Its values.
        words: Vec<Word>,
        /// What is done with each.
        body: List,
    },
    /// `if …; then …; elif …; then …; else …; fi`
    If {
        /// Conditions with what is done.
        branches: Vec<(List, List)>,
        /// What is done when none holds.
        otherwise: List,
    },
    /// `while …; do …; done`
    While {
        /// The condition.
        condition: List,
        /// The status of the condition at which it goes on: success, or failure for `until`.
        goes_on: bool,
        /// What is done.
        body: List,
    },
    /// `{ …; }`, or `( … )`, whose variables stay inside.
    Group {
        /// The commands.
        body: List,
        /// Whether it is a shell of its own.
        is_subshell: bool,
    },
}

/// Another place to read from or write to.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// What it changes.
    pub stream: Stream,
    /// How.
    pub how: How,
    /// The file, or the text that is read.
    pub target: Word,
}

/// A stream of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// 0
    Input,
    /// 1
    Output,
    /// 2
    Errors,
    /// 1 and 2: `&>`.
    Both,
}

/// How a stream is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `<`
    Read,
    /// `<<` and `<<<`: the target is the text itself.
    Text,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>&1`: the target is the number of another stream.
    Same,
}

/// A word before it is expanded.
pub type Word = Vec<Part>;

/// A part of a word.
#[derive(Clone, Debug)]
pub struct Part {
    /// Whether it stands in quotes, and so is never split.
    pub is_quoted: bool,
    /// What it is.
    pub piece: Piece,
}

/// What a part of a word is.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `$NAME`, `${NAME}` or `${NAME:-otherwise}`.
    Variable {
        /// The name.
        name: String,
        /// What stands there when it is not set or empty.
        otherwise: Word,
    },
    /// `$(…)`
    Output(List),
    /// `$((…))`
    Number(Word),
}
