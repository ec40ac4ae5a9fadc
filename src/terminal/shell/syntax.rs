//! Syntax tree of a line of the shell.

/// Commands one after another.
pub type List = Vec<Item>;

/// A pipeline, and when it runs.
#[derive(Clone, Debug)]
pub struct Item {
    /// After what it runs.
    pub after: After,
    /// Whether its status is turned round: `! command`.
    pub is_negated: bool,
    /// Whether to print the elapsed time: `time command`.
    pub is_timed: bool,
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
    /// The line of the script where it begins.
    pub line: u32,
}

/// `NAME=value`, `NAME[index]=value`, `NAME+=value`, `NAME=(value …)`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The place in an array.
    pub index: Option<Word>,
    /// Whether the value is added to the one before: `+=`.
    pub is_added: bool,
    /// The value.
    pub value: Value,
}

/// The value of an assignment.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text.
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
        /// Variables that are set for it, or set at all when there are no words.
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
        /// Conditions with what is done.
        branches: Vec<(List, List)>,
        /// The commands of `else`.
        otherwise: List,
    },
    /// `while …; do …; done`
    While {
        /// The condition.
        condition: List,
        /// The status of the condition at which it goes on: success, or failure for `until`.
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
    /// `{ …; }`, or `( … )`, whose variables stay inside.
    Group {
        /// The commands.
        body: List,
        /// Whether it runs in a subshell.
        is_subshell: bool,
    },
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

/// Another place to read from or write to.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// The stream that it redirects.
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
    /// 3 to 9.
    Other(u8),
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
    /// The content.
    pub piece: Piece,
}

/// The content of a part of a word.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `$NAME`, `${NAME}` and what else may be in the braces.
    Variable {
        /// The name.
        name: String,
        /// Which elements of an array.
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

/// Which elements of an array.
#[derive(Clone, Debug)]
pub enum Index {
    /// The variable itself.
    None,
    /// All, each as a separate field: `[@]`.
    Each,
    /// All, joined to one text when quoted: `[*]`.
    Joined,
    /// One.
    At(Word),
}

/// When a word replaces the value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// `-`: when it is unset.
    Otherwise,
    /// `=`: the same, and the word is assigned to it.
    Assign,
    /// `+`: when it is set.
    Instead,
    /// `?`: error message when it is unset.
    Needed,
}

/// An operator of `${…}`.
#[derive(Clone, Debug)]
pub enum Change {
    /// It stays as it is.
    None,
    /// `${#NAME}`
    Length,
    /// `${!NAME[@]}`: the indices of an array.
    Indices,
    /// `${!NAME*}`: the names with this prefix.
    Names,
    /// `${NAME:-word}` and the related operators.
    Default {
        /// Which.
        kind: Default,
        /// Whether an empty value counts as unset: with a colon.
        is_empty_none: bool,
        /// The word.
        word: Word,
    },
    /// `${NAME%pattern}` and its like: without what fits at its beginning or end.
    Cut {
        /// Whether at its end.
        is_end: bool,
        /// Whether as much as possible.
        is_longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${NAME/pattern/new}`
    Replace {
        /// Where: `/` anywhere once, `//` everywhere, `/#` at the start, `/%` at the end.
        place: Option<char>,
        /// The pattern.
        pattern: Word,
        /// The replacement.
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
    /// `${NAME@Q}` and the related transformations.
    Form(char),
}

/// A text as a quoted word.
pub fn plain(text: &str) -> Word {
    vec![Part { is_quoted: true, piece: Piece::Text(text.to_owned()) }]
}
