//! Syntax tree of a line of the shell.

use std::rc::Rc;

/// Pipelines that run one after another.
pub type List = Vec<Item>;

/// A pipeline, and the condition under which it runs.
#[derive(Clone, Debug)]
pub struct Item {
    /// The condition under which it runs.
    pub after: After,
    /// Whether its exit status is negated: `! command`.
    pub is_negated: bool,
    /// Whether to print the elapsed time: `time command`.
    pub is_timed: bool,
    /// The commands; each reads the output of the one before it.
    pub commands: Vec<Command>,
}

/// Condition under which a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Unconditionally.
    Anything,
    /// After success: `&&`.
    Success,
    /// After failure: `||`.
    Failure,
}

/// A command with its redirections.
#[derive(Clone, Debug)]
pub struct Command {
    /// The kind of command.
    pub what: What,
    /// The redirections, in source order.
    pub redirections: Vec<Redirection>,
    /// The line of the script on which it begins.
    pub line: u32,
    /// Its source text for `$BASH_COMMAND`; empty for loops, groups and other commands of commands.
    pub written: Rc<str>,
}

/// `NAME=value`, `NAME[index]=value`, `NAME+=value`, `NAME=(value …)`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The index in an array.
    pub index: Option<Word>,
    /// Whether the value is added to the previous one: `+=`.
    pub is_added: bool,
    /// The value.
    pub value: Value,
}

/// The value of an assignment.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(Word),
    /// The elements of an array, with optional indices, and their source text for `set -x`.
    Array(Vec<(Option<Word>, Word)>, String),
}

/// An argument of `declare` and related commands.
#[derive(Clone, Debug)]
pub enum Argument {
    /// An option or a name.
    Word(Word),
    /// A name with its value.
    Assignment(Assignment),
}

/// The kinds of commands.
#[derive(Clone, Debug)]
pub enum What {
    /// `NAME=value word word`
    Simple {
        /// Variables that are set for the command only, or permanently if there are no words.
        assignments: Vec<Assignment>,
        /// The command and its arguments.
        words: Vec<Word>,
    },
    /// `declare NAME=value`, and `local`, `readonly`, `export`, `typeset`.
    Declare {
        /// The command.
        command: String,
        /// Options, names and values.
        arguments: Vec<Argument>,
    },
    /// `for NAME in word …; do …; done`
    For {
        /// The variable.
        name: String,
        /// Its values.
        words: Vec<Word>,
        /// The body of the loop.
        body: List,
        /// The source text up to `do`, for `set -x`.
        written: String,
    },
    /// `for ((first; condition; next)); do …; done`
    Count {
        /// Initial expression.
        first: Word,
        /// Loop condition: continue while non-zero.
        condition: Word,
        /// Expression after each iteration.
        next: Word,
        /// The body.
        body: List,
    },
    /// `((…))`
    Number(Word),
    /// `if …; then …; elif …; then …; else …; fi`
    If {
        /// Conditions, each with its commands.
        branches: Vec<(List, List)>,
        /// The commands of `else`.
        otherwise: List,
    },
    /// `while …; do …; done`
    While {
        /// The condition.
        condition: List,
        /// Whether the loop continues if the condition succeeds; false for `until`, which continues if it fails.
        goes_on: bool,
        /// The body.
        body: List,
    },
    /// `case word in pattern) …;; esac`
    Case {
        /// The word to match.
        word: Word,
        /// The arms: patterns, commands, and how to continue after them.
        arms: Vec<(Vec<Word>, List, Next)>,
        /// The source text up to `in`, for `set -x`.
        written: String,
    },
    /// `[[ … ]]`
    Test(Condition),
    /// `name() { …; }`: its name, the text of its body, and the line where the body begins.
    Function(String, String, u32),
    /// `{ …; }`, or `( … )`, which runs in a subshell.
    Group {
        /// The commands.
        body: List,
        /// Whether it runs in a subshell.
        is_subshell: bool,
    },
}

impl What {
    /// Returns whether it consists of commands that handle their own failures.
    pub fn is_block(&self) -> bool {
        match self {
            Self::Group { is_subshell, .. } => !is_subshell,
            Self::For { .. }
            | Self::Count { .. }
            | Self::If { .. }
            | Self::While { .. }
            | Self::Case { .. } => true,
            _ => false,
        }
    }
}

/// How `case` continues after an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// `;;`: leave the `case`.
    End,
    /// `;&`: run the next arm without a match.
    Through,
    /// `;;&`: test the following arms.
    Others,
}

/// The condition of `[[ … ]]`.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `a || b`
    Or(Box<Condition>, Box<Condition>),
    /// `a && b`
    And(Box<Condition>, Box<Condition>),
    /// `! a`
    Not(Box<Condition>),
    /// `a == b`, `-z a`
    Words(Vec<Word>),
}

/// A redirection of a stream.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// The stream that it redirects.
    pub stream: Stream,
    /// The kind of redirection.
    pub how: How,
    /// The file, or the text to read.
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
    /// 3 to 9.
    Other(u8),
}

/// Kind of redirection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `<`
    Read,
    /// `<<` and `<<<`: the target is the text itself.
    Text,
    /// `>`
    Write,
    /// `>|`: also overwrites a file that `set -C` protects.
    Over,
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
    /// Whether it is quoted, and therefore never split.
    pub is_quoted: bool,
    /// The content.
    pub piece: Piece,
}

/// The content of a part of a word.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// `$NAME`, `${NAME}` and the other forms of `${…}`.
    Variable {
        /// The name.
        name: String,
        /// Selected elements of an array.
        index: Index,
        /// Whether its value is the name of the actual variable: `${!NAME}`.
        is_indirect: bool,
        /// The operator that is applied to its value.
        change: Change,
    },
    /// `$(…)`
    Output(List),
    /// `<(…)`: the path of a file with the output of the commands.
    Process(List),
    /// `$((…))`
    Number(Word),
}

/// Selected elements of an array.
#[derive(Clone, Debug)]
pub enum Index {
    /// The variable itself.
    None,
    /// All, each as a separate field: `[@]`.
    Each,
    /// All, joined to one field when quoted: `[*]`.
    Joined,
    /// One.
    At(Word),
}

/// Operator that combines the value of a variable with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// `-`: the word replaces an unset value.
    Otherwise,
    /// `=`: the word replaces an unset value, and is assigned to the variable.
    Assign,
    /// `+`: the word replaces a set value.
    Instead,
    /// `?`: the word is the error message for an unset value.
    Needed,
}

/// An operator of `${…}`.
#[derive(Clone, Debug)]
pub enum Change {
    /// No operator.
    None,
    /// `${#NAME}`
    Length,
    /// `${!NAME[@]}`: the indices of an array.
    Indices,
    /// `${!NAME*}`: the names with this prefix.
    Names,
    /// `${NAME:-word}` and the related operators.
    Default {
        /// The operator.
        kind: Default,
        /// Whether an empty value is treated as unset: with a colon.
        is_empty_none: bool,
        /// The word.
        word: Word,
    },
    /// `${NAME%pattern}` and the related operators: removes a match at the start or end.
    Cut {
        /// Whether to remove a match at the end, not at the start.
        is_end: bool,
        /// Whether to remove the longest match, not the shortest.
        is_longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${NAME/pattern/new}`
    Replace {
        /// Matches to replace: `/` the first one, `//` all, `/#` one at the start, `/%` one at the end.
        place: Option<char>,
        /// The pattern.
        pattern: Word,
        /// The replacement.
        new: Word,
    },
    /// `${NAME:from:length}`
    Part(Word, Option<Word>),
    /// `${NAME^^}`, `${NAME,,}` and the related operators: converts the case.
    Letters {
        /// Whether to convert to upper case.
        is_upper: bool,
        /// Whether to convert all characters, not only the first.
        is_all: bool,
        /// The pattern of the characters to convert; an empty one matches all.
        pattern: Word,
    },
    /// `${NAME@Q}` and the related transformations.
    Form(char),
}

/// Converts a string to a quoted word.
pub fn plain(text: &str) -> Word {
    vec![Part { is_quoted: true, piece: Piece::Text(text.to_owned()) }]
}
