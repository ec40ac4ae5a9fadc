//! What can be wrong with a template, and the words for it.

use std::fmt;

use crate::words::say;

/// What is wrong with a part of a template. Its text says what to do, too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// A name, or the value of a parameter, is longer than CloudFormation allows.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// Functions or conditions are nested too deep.
    TooDeep {
        /// The greatest depth.
        limit: usize,
    },
    /// The resolved resources would be too large.
    TooLarge {
        /// The greatest size in bytes.
        limit: usize,
    },
    /// The template does not say what it should; why, in words. Nobody but its reader tells one such mistake
    /// from the next, so it is put into words where it is found.
    Mistake(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::TooLong { length, limit } => f.write_str(&say(
                "this is {0} bytes long and CloudFormation allows {1}; shorten it",
                &[&length.to_string(), &limit.to_string()],
            )),
            Problem::TooDeep { limit } => f.write_str(&say(
                "functions or conditions are nested more than {0} levels deep; flatten them",
                &[&limit.to_string()],
            )),
            Problem::TooLarge { limit } => f.write_str(&say(
                "the template comes to more than {0} bytes up to here; make it smaller",
                &[&limit.to_string()],
            )),
            Problem::Mistake(words) => f.write_str(words),
        }
    }
}
