//! Problems in a template, and their messages.

use std::fmt;

use mesh_text::words::say;

/// Problem of a part of a template. Its message also gives the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// A name, or the value of a parameter, is longer than CloudFormation allows.
    TooLong {
        /// Length in bytes.
        length: usize,
        /// Maximum length in bytes.
        limit: usize,
    },
    /// Functions or conditions are nested too deep.
    TooDeep {
        /// Maximum depth.
        limit: usize,
    },
    /// The resolved resources would be too large.
    TooLarge {
        /// Maximum size in bytes.
        limit: usize,
    },
    /// The value of a parameter violates a constraint: CloudFormation's own message, which names the parameter.
    Constraint(String),
    /// Any other error in the template, as a message. Code never distinguishes these errors, so the message is written
    /// where the error is found.
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
            Problem::Constraint(words) | Problem::Mistake(words) => f.write_str(words),
        }
    }
}
