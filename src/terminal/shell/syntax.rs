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
    /// `for ((first; condition; next)); do …; done`
    Count {
        /// What is reckoned before all.
        first: Word,
        /// What is not zero while it goes on.
        condition: Word,
        /// What is reckoned after each turn.
        next: Word,
        /// What is done.
        body: List,
    },
    /// `((…))`
    Number(Word),
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
    /// `case word in pattern) …;; esac`
    Case {
        /// What is looked at.
        word: Word,
        /// Patterns, with what is done where one of them fits.
        arms: Vec<(Vec<Word>, List)>,
    },
    /// `[[ … ]]`
    Test(Condition),
    /// `name() { …; }`: its name, and the text of its body.
    Function(String, String),
    /// `{ …; }`, or `( … )`, whose variables stay inside.
    Group {
        /// The commands.
        body: List,
        /// Whether it is a shell of its own.
        is_subshell: bool,
    },
}

/// What `[[ … ]]` asks.
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
    /// `$NAME`, `${NAME}` and what else may be in the braces.
    Variable {
        /// The name.
        name: String,
        /// What is made of its value.
        change: Change,
    },
    /// `$(…)`
    Output(List),
    /// `$((…))`
    Number(Word),
}

/// What is made of the value of a variable.
#[derive(Clone, Debug)]
pub enum Change {
    /// It stays as it is.
    None,
    /// `${#NAME}`
    Length,
    /// `${NAME:-word}`: what stands there when it is not set or empty.
    Otherwise(Word),
    /// `${NAME:=word}`: the same, which it then has.
    Assign(Word),
    /// `${NAME:+word}`: what stands there when it is not empty.
    Instead(Word),
    /// `${NAME:?word}`: what is said when it is not set or empty.
    Needed(Word),
    /// `${NAME%pattern}` and its like: without what fits at its beginning or end.
    Cut {
        /// Whether at its end.
        is_end: bool,
        /// Whether as much as possible.
        is_longest: bool,
        /// What fits.
        pattern: Word,
    },
    /// `${NAME/pattern/new}`
    Replace {
        /// Whether everywhere: `//`.
        is_all: bool,
        /// What fits.
        pattern: Word,
        /// What stands there then.
        new: Word,
    },
    /// `${NAME:from:length}`
    Part(Word, Option<Word>),
    /// `${NAME^^}` and `${NAME,,}`: capitals or not, all or the first.
    Letters {
        /// Whether capitals.
        is_upper: bool,
        /// Whether all of them.
        is_all: bool,
    },
}
