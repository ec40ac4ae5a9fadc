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
    /// Whether its time is printed: `time command`.
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
    /// The line of the script that it begins in.
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
    /// What it is set to.
    pub value: Value,
}

/// What a variable is set to.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text.
    Text(Word),
    /// The elements of an array: some with their index. And how they are written, for `set -x`.
    Array(Vec<(Option<Word>, Word)>, String),
}

/// A word behind `declare` and its like.
#[derive(Clone, Debug)]
pub enum Argument {
    /// An option or a name.
    Word(Word),
    /// A name with its value.
    Assignment(Assignment),
}

/// What a command does.
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
        /// Which of them.
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
        /// What is done with each.
        body: List,
        /// How it is written up to `do`, for `set -x`.
        written: String,
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
        /// Patterns, with what is done where one of them fits, and what comes after that.
        arms: Vec<(Vec<Word>, List, Next)>,
        /// How it is written up to `in`, for `set -x`.
        written: String,
    },
    /// `[[ … ]]`
    Test(Condition),
    /// `name() { …; }`: its name, the text of its body, and the line that this begins in.
    Function(String, String, u32),
    /// `{ …; }`, or `( … )`, whose variables stay inside.
    Group {
        /// The commands.
        body: List,
        /// Whether it is a shell of its own.
        is_subshell: bool,
    },
}

/// What follows an arm of `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// `;;`: nothing more.
    End,
    /// `;&`: the next arm, whatever its patterns.
    Through,
    /// `;;&`: the next arm that fits.
    Others,
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
        /// Which elements of an array.
        index: Index,
        /// Whether its value is the name that is meant: `${!NAME}`.
        is_indirect: bool,
        /// What is made of its value.
        change: Change,
    },
    /// `$(…)`
    Output(List),
    /// `<(…)`: the path of a file with what the commands print.
    Process(List),
    /// `$((…))`
    Number(Word),
}

/// Which elements of an array.
#[derive(Clone, Debug)]
pub enum Index {
    /// The variable itself.
    None,
    /// All, each a field of its own: `[@]`.
    Each,
    /// All, as one text where they are quoted: `[*]`.
    Joined,
    /// One.
    At(Word),
}

/// When another word stands for a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// `-`: where it is not set.
    Otherwise,
    /// `=`: the same, which it is set to.
    Assign,
    /// `+`: where it is set.
    Instead,
    /// `?`: what is said where it is not set.
    Needed,
}

/// What is made of the value of a variable.
#[derive(Clone, Debug)]
pub enum Change {
    /// It stays as it is.
    None,
    /// `${#NAME}`
    Length,
    /// `${!NAME[@]}`: the indices of an array.
    Indices,
    /// `${!NAME*}`: the names that begin so.
    Names,
    /// `${NAME:-word}` and its like.
    Default {
        /// Which.
        kind: Default,
        /// Whether an empty value is as none: with a colon.
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
        /// What fits.
        pattern: Word,
    },
    /// `${NAME/pattern/new}`
    Replace {
        /// Where: `/` anywhere once, `//` everywhere, `/#` at the start, `/%` at the end.
        place: Option<char>,
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
    /// `${NAME@Q}` and its like.
    Form(char),
}

/// A text as a word that is quoted.
pub fn plain(text: &str) -> Word {
    vec![Part { is_quoted: true, piece: Piece::Text(text.to_owned()) }]
}
