//! What can be wrong with a template, and the words for it.

use std::fmt;

/// What is wrong with a part of a template. Its text says what to do, too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// There is no `Resources` section.
    NoResources,
    /// A resource has no `Type`.
    NoType,
    /// A part is, say, a list where an object is asked for.
    Shape {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A parameter has neither a value nor a default.
    NoValue,
    /// A parameter's value is not among those it allows.
    NotAllowed {
        /// The value given.
        value: String,
        /// The values it may have.
        allowed: Vec<String>,
    },
    /// A parameter of type `Number` was given something else.
    NotANumber {
        /// The value given.
        value: String,
    },
    /// A name, or the value of a parameter, is longer than CloudFormation allows.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// Something is referred to that the template does not have.
    UnknownName {
        /// What kind of thing was looked for: `parameter or resource`, `resource` or `condition`.
        kind: &'static str,
        /// The name that is not there.
        name: String,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// An attribute is asked for that the resource does not have.
    UnknownAttribute {
        /// The logical id of the resource.
        resource: String,
        /// The attribute asked for.
        attribute: String,
        /// The attributes there are.
        known: Vec<&'static str>,
    },
    /// A function that CloudFormation does not have.
    UnknownFunction {
        /// Its name.
        name: String,
        /// The function that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// A function of conditions is used outside `Conditions`.
    NotInCondition {
        /// The function.
        function: String,
    },
    /// A condition depends on a resource.
    ResourceInCondition {
        /// The logical id of the resource.
        name: String,
    },
    /// A function has arguments that it cannot work with.
    Arguments {
        /// The function.
        function: String,
        /// What it must be given.
        expected: &'static str,
    },
    /// A function stands next to other members of an object.
    NotAlone {
        /// The function.
        function: String,
    },
    /// `Fn::Select` asks for an item that the list does not have.
    OutOfRange {
        /// The index asked for.
        index: usize,
        /// How many items there are.
        length: usize,
    },
    /// Resources or conditions refer to each other in a circle.
    Circle {
        /// The names along the circle; the last is the first again.
        names: Vec<String>,
    },
    /// A resource is referred to that its condition leaves out.
    Absent {
        /// The logical id of the resource.
        name: String,
        /// Its condition, which is false.
        condition: String,
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
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoResources => {
                f.write_str("this is not a CloudFormation template; it must have a section `Resources`")
            }
            Problem::NoType => {
                f.write_str("this resource has no `Type`; add one, such as `AWS::AppMesh::VirtualNode`")
            }
            Problem::Shape { expected, found } => {
                write!(f, "this must be {expected}, but it is {found}; check how it is written and indented")
            }
            Problem::NoValue => f.write_str("this parameter has no value and no default; give it a value"),
            Problem::NotAllowed { value, allowed } => {
                write!(f, "`{value}` is not a value this parameter allows; choose one of ")?;
                list(f, allowed)
            }
            Problem::NotANumber { value } => {
                write!(f, "this parameter must be a number, not `{value}`; give it a number")
            }
            Problem::TooLong { length, limit } => {
                write!(f, "this is {length} bytes long and CloudFormation allows {limit}; shorten it")
            }
            Problem::UnknownName { kind, name, suggestion } => {
                write!(f, "there is no {kind} named `{name}`; ")?;
                match suggestion {
                    Some(near) => write!(f, "did you mean `{near}`?"),
                    None => f.write_str("add it to the template or correct the name"),
                }
            }
            Problem::UnknownAttribute { resource, attribute, known } => {
                write!(f, "`{resource}` has no attribute `{attribute}`; choose one of ")?;
                list(f, known)
            }
            Problem::UnknownFunction { name, suggestion } => {
                write!(f, "CloudFormation has no function `{name}`; ")?;
                match suggestion {
                    Some(near) => write!(f, "did you mean `{near}`?"),
                    None => f.write_str("correct its name"),
                }
            }
            Problem::NotInCondition { function } => {
                write!(f, "`{function}` decides a condition; move it to `Conditions` and use `Fn::If` here")
            }
            Problem::ResourceInCondition { name } => {
                write!(f, "a condition cannot depend on the resource `{name}`; use a parameter")
            }
            Problem::Arguments { function, expected } => write!(f, "`{function}` must be given {expected}"),
            Problem::NotAlone { function } => {
                write!(f, "`{function}` must be the only member of its object; move the others out")
            }
            Problem::OutOfRange { index, length } => {
                write!(f, "`Fn::Select` asks for item {index}, counted from 0, of a list that has {length}")
            }
            Problem::Circle { names } => {
                f.write_str("these refer to each other in a circle: ")?;
                for (index, name) in names.iter().enumerate() {
                    let arrow = if index == 0 { "" } else { " → " };
                    write!(f, "{arrow}`{name}`")?;
                }
                f.write_str("; remove one of the references")
            }
            Problem::Absent { name, condition } => write!(
                f,
                "`{name}` is not created, because its condition `{condition}` is false; put this under the \
                 same condition"
            ),
            Problem::TooDeep { limit } => {
                write!(f, "functions or conditions are nested more than {limit} levels deep; flatten them")
            }
            Problem::TooLarge { limit } => {
                write!(f, "the template comes to more than {limit} bytes up to here; make it smaller")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}`{item}`")?;
    }
    Ok(())
}
