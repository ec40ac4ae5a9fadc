//! Conditions of `test`, `[` and `[[`.
//!
//! POSIX decides conditions of up to four words by their number; longer ones are expressions, in which `-a` binds more
//! tightly than `-o`, as bash has it (`test.c` of bash 5.2).

use std::cmp::Ordering;

use super::Call;
use crate::{Files, command::Output};

/// Maximum depth of parentheses.
const MAX_DEPTH: usize = 100;

/// State that the operators of a condition read.
pub(crate) trait State {
    /// Returns the files.
    fn files(&self) -> &Files;
    /// Returns whether a variable or an element of an array is set: `-v NAME`.
    fn is_set(&mut self, name: &str) -> bool;
    /// Returns whether an option of the shell is on: `-o NAME`.
    fn is_on(&mut self, option: &str) -> bool;
}

/// Evaluates a condition.
///
/// # Errors
///
/// bash's message, without the name of the command before it, if the words are not a condition.
pub(crate) fn evaluate(state: &mut dyn State, words: &[String]) -> Result<bool, String> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    by_number(state, &words)
}

/// Evaluates a condition of up to four words by their number, and a longer one as an expression.
fn by_number(state: &mut dyn State, words: &[&str]) -> Result<bool, String> {
    match *words {
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        ["!", word] => Ok(word.is_empty()),
        [operator, word] => unary(state, operator, word).ok_or_else(|| needs("unary", operator)),
        [left, "-a", right] => Ok(!left.is_empty() && !right.is_empty()),
        [left, "-o", right] => Ok(!left.is_empty() || !right.is_empty()),
        [left, operator, right] if is_binary(operator) => binary(state, left, operator, right),
        ["!", ref rest @ ..] if rest.len() < 4 => by_number(state, rest).map(|holds| !holds),
        ["(", word, ")"] => Ok(!word.is_empty()),
        [_, operator, _] => Err(needs("binary", operator)),
        ["(", operator, word, ")"] => by_number(state, &[operator, word]),
        _ => {
            let mut expression = Expression { state, words, position: 0 };
            let holds = expression.or(0)?;
            match expression.next() {
                None => Ok(holds),
                Some(word) if word.starts_with('-') => {
                    Err(["syntax error: `", word, "' unexpected"].concat())
                }
                Some(_) => Err("too many arguments".to_owned()),
            }
        }
    }
}

/// Recursive-descent parser of a condition, which evaluates what it parses.
struct Expression<'a> {
    state: &'a mut dyn State,
    words: &'a [&'a str],
    position: usize,
}

impl<'a> Expression<'a> {
    fn peek(&self, ahead: usize) -> Option<&'a str> {
        self.words.get(self.position + ahead).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek(0);
        self.position += 1;
        word
    }

    fn takes(&mut self, word: &str) -> bool {
        let takes = self.peek(0) == Some(word);
        self.position += usize::from(takes);
        takes
    }

    fn or(&mut self, depth: usize) -> Result<bool, String> {
        let mut holds = self.and(depth)?;
        while self.takes("-o") {
            holds |= self.and(depth)?;
        }
        Ok(holds)
    }

    fn and(&mut self, depth: usize) -> Result<bool, String> {
        let mut holds = self.term(depth)?;
        while self.takes("-a") {
            holds &= self.term(depth)?;
        }
        Ok(holds)
    }

    fn term(&mut self, depth: usize) -> Result<bool, String> {
        let mut is_negated = false;
        while self.takes("!") {
            is_negated = !is_negated;
        }
        let word = self.next().ok_or_else(|| "argument expected".to_owned())?;
        let holds = if word == "(" {
            if depth == MAX_DEPTH {
                return Err("too many nested parentheses".to_owned());
            }
            let holds = self.or(depth + 1)?;
            match self.next() {
                Some(")") => holds,
                Some(other) => return Err(["`)' expected, found ", other].concat()),
                None => return Err("`)' expected".to_owned()),
            }
        } else if let Some((operator, right)) =
            self.peek(0).zip(self.peek(1)).filter(|(word, _)| is_binary(word))
        {
            self.position += 2;
            binary(self.state, word, operator, right)?
        } else if let Some(holds) = self.peek(0).and_then(|operand| unary(self.state, word, operand)) {
            self.position += 1;
            holds
        } else {
            // An operator without its operand is a string, too.
            !word.is_empty()
        };
        Ok(holds != is_negated)
    }
}

fn needs(kind: &str, word: &str) -> String {
    [word, ": ", kind, " operator expected"].concat()
}

/// Returns whether a word is an operator between two operands, other than `-a` and `-o`.
fn is_binary(word: &str) -> bool {
    matches!(word, "=" | "==" | "!=" | "<" | ">" | "-nt" | "-ot" | "-ef")
        || compared(Ordering::Equal, word).is_some()
}

fn binary(state: &mut dyn State, left: &str, operator: &str, right: &str) -> Result<bool, String> {
    let number =
        |word: &str| word.trim().parse::<i64>().map_err(|_| [word, ": integer expression expected"].concat());
    Ok(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        // All files have the same age, and a missing one is older.
        "-nt" | "-ot" => {
            let files = state.files();
            let [left, right] = [left, right].map(|path| files.get(path).is_some() || files.is_folder(path));
            if operator == "-nt" { left && !right } else { right && !left }
        }
        "-ef" => {
            let files = state.files();
            files.absolute(left) == files.absolute(right)
        }
        _ => {
            let left = number(left)?;
            compared(left.cmp(&number(right)?), operator).unwrap_or_default()
        }
    })
}

/// Evaluates a unary operator; `None` if it is unknown.
fn unary(state: &mut dyn State, operator: &str, word: &str) -> Option<bool> {
    match operator {
        "-v" => return Some(state.is_set(word)),
        "-o" => return Some(state.is_on(word)),
        _ => {}
    }
    let files = state.files();
    let (file, is_folder) = (files.get(word), files.is_folder(word));
    Some(match operator {
        "-n" => !word.is_empty(),
        "-z" => word.is_empty(),
        "-f" => file.is_some() && word != "/dev/null",
        "-a" | "-e" | "-r" | "-w" | "-O" | "-G" => file.is_some() || is_folder,
        "-s" => is_folder || file.is_some_and(|text| !text.is_empty()),
        "-d" => is_folder,
        "-x" => files.is_executable(word) || is_folder,
        "-c" => word.starts_with("/dev/"),
        // Nothing here is a terminal to a script, a link, a pipe, a socket or a device with blocks.
        "-t" | "-L" | "-h" | "-b" | "-p" | "-S" | "-g" | "-u" | "-k" | "-N" => false,
        _ => return None,
    })
}

/// Applies an arithmetic comparison operator to an ordering; `None` for an unknown operator.
pub(crate) fn compared(order: Ordering, operator: &str) -> Option<bool> {
    Some(match operator {
        "-eq" => order.is_eq(),
        "-ne" => order.is_ne(),
        "-lt" => order.is_lt(),
        "-le" => order.is_le(),
        "-gt" => order.is_gt(),
        "-ge" => order.is_ge(),
        _ => return None,
    })
}

impl State for Call<'_, '_> {
    fn files(&self) -> &Files {
        self.context.files
    }

    fn is_set(&mut self, name: &str) -> bool {
        self.context.variables.contains_key(name)
    }

    // Outside of a shell there are no options of one.
    fn is_on(&mut self, _: &str) -> bool {
        false
    }
}

/// Runs `test` or `[` as a command of its own, as `xargs` and `env` start it.
pub(super) fn test(call: &mut Call) -> Output {
    let words = match (call.name, call.words.split_last()) {
        ("[", Some((last, inner))) if last == "]" => inner,
        ("[", _) => return Output::failed(2, "bash: [: missing `]'\n"),
        _ => call.words,
    };
    match evaluate(call, words) {
        Ok(holds) => Output { exit_code: u8::from(!holds), ..Output::default() },
        Err(message) => Output::failed(2, ["bash: ", call.name, ": ", &message, "\n"].concat()),
    }
}
