//! Name references: `declare -n NAME=TARGET`, `local -n NAME=$1`.

use std::borrow::Cow;

use super::{
    declare::is_variable,
    run::Shell,
    syntax::{Assignment, Index, Word, plain},
};

/// Maximum number of references to follow, as in bash.
const MOST: usize = 8;

/// Splits `NAME[INDEX]`; the index is `None` if there is none.
pub fn split(target: &str) -> (&str, Option<&str>) {
    match target.strip_suffix(']').and_then(|target| target.split_once('[')) {
        Some((name, index)) => (name, Some(index)),
        None => (target, None),
    }
}

impl Shell<'_> {
    /// Returns the variable or element that a name refers to: the name itself, unless it is a reference. The variable
    /// is never a reference, so a circle of references refers to nothing.
    pub fn real<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let refs = &self.names.refs;
        let mut real = Cow::Borrowed(name);
        if refs.is_empty() {
            return real;
        }
        for _ in 0..MOST {
            match refs.get(&*real).filter(|target| !target.is_empty()) {
                Some(target) => real = Cow::Owned(target.clone()),
                None if real.contains('[') && refs.contains_key(split(&real).0) => break,
                None => return real,
            }
        }
        Cow::Borrowed(name)
    }

    /// Returns the variable and the index that a reference in an expansion means; `None` if the name is no reference.
    pub fn referred(&self, name: &str, index: &Index) -> Option<(String, Index)> {
        let real = self.real(name);
        if *real == *name {
            return None;
        }
        let (name, part) = split(&real);
        let index = match (index, part) {
            (Index::None, Some("@")) => Index::Each,
            (Index::None, Some("*")) => Index::Joined,
            (Index::None, Some(part)) => Index::At(plain(part)),
            _ => index.clone(),
        };
        Some((name.to_owned(), index))
    }

    /// Returns the assignment to the target of a reference; `None` if the name is no reference.
    pub fn referred_assignment(&self, assignment: &Assignment) -> Option<Assignment> {
        let real = self.real(&assignment.name);
        if *real == *assignment.name {
            return None;
        }
        let (name, part) = split(&real);
        let index: Option<Word> = assignment.index.clone().or_else(|| part.map(plain));
        Some(Assignment { name: name.to_owned(), index, ..assignment.clone() })
    }

    /// Makes a name refer to a target; an empty target is that of the next assignment. Returns whether it succeeded.
    pub fn refers(&mut self, command: &str, name: &str, target: &str) -> bool {
        let (of, _) = split(target);
        if !target.is_empty() && !is_variable(of) {
            self.fail(&match command {
                "for" => ["`", target, "': not a valid identifier"].concat(),
                _ => [command, ": `", target, "': invalid variable name for name reference"].concat(),
            });
            return false;
        }
        if of == name {
            self.fail(&[command, ": ", name, ": nameref variable self references not allowed"].concat());
            return false;
        }
        if !self.copies(name.len() + target.len() + 64) {
            return false;
        }
        self.names.texts.remove(name);
        self.names.refs.insert(name.to_owned(), target.to_owned());
        true
    }
}
