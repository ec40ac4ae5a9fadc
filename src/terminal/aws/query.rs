//! JMESPath, the language of `--query`: from a text to a tree, and its value for an answer.
//!
//! Complete as the real tool's library is (Python's `jmespath`), its error texts included. Numbers are compared as
//! decimals; see `functions` for what that leaves out. Start at [`Query::parse`] and [`Query::value_of`].

mod functions;
mod tokens;
mod tree;

use super::data::{Data, Members};
use functions::{Argument, call, compare};
use tree::Node;

/// A query that was read.
#[derive(Debug)]
pub struct Query(Node);

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong, and where, on several lines.
    pub fn parse(text: &str) -> Result<Self, String> {
        tree::parse(text).map(Self)
    }

    /// What it finds in a value; null where there is nothing.
    ///
    /// # Errors
    /// When a function is given what it cannot take, or there is no such function.
    pub fn value_of(&self, data: &Data) -> Result<Data, String> {
        value_of(&self.0, data)
    }
}

/// INVARIANT: a tree is no deeper than `tree` lets it be.
fn value_of(node: &Node, data: &Data) -> Result<Data, String> {
    Ok(match node {
        Node::Current => data.clone(),
        Node::Literal(value) => value.clone(),
        Node::Field(name) => data.get(name).cloned().unwrap_or(Data::Null),
        Node::Index(index) => {
            let items = data.items();
            let place = usize::try_from(if *index < 0 { *index + length(items) } else { *index });
            place.ok().and_then(|place| items.get(place)).cloned().unwrap_or(Data::Null)
        }
        Node::Slice(parts) => match data {
            Data::List(items) => slice(items, *parts)?,
            _ => Data::Null,
        },
        Node::Sequence(steps) => {
            let mut value = data.clone();
            for step in steps {
                value = value_of(step, &value)?;
            }
            value
        }
        Node::Projection(base, each) => match value_of(base, data)? {
            Data::List(items) => projected(&items, each, None)?,
            _ => Data::Null,
        },
        Node::Values(base, each) => match value_of(base, data)? {
            Data::Map(members) => {
                let values: Vec<_> = members.iter().map(|(_, value)| value.clone()).collect();
                projected(&values, each, None)?
            }
            _ => Data::Null,
        },
        Node::Filter(base, each, condition) => match value_of(base, data)? {
            Data::List(items) => projected(&items, each, Some(condition))?,
            _ => Data::Null,
        },
        Node::Flatten(base) => match value_of(base, data)? {
            Data::List(items) => {
                let mut flat = Vec::new();
                for item in items.iter() {
                    match item {
                        Data::List(inner) => flat.extend(inner.iter().cloned()),
                        other => flat.push(other.clone()),
                    }
                }
                Data::list(flat)
            }
            _ => Data::Null,
        },
        Node::Compare(operator, left, right) => {
            compare(operator, &value_of(left, data)?, &value_of(right, data)?)?
        }
        Node::Or(left, right) => match value_of(left, data)? {
            value if value.is_empty() => value_of(right, data)?,
            value => value,
        },
        Node::And(left, right) => match value_of(left, data)? {
            value if value.is_empty() => value,
            _ => value_of(right, data)?,
        },
        // An expression is something, whatever it would come to.
        Node::Not(inner) if matches!(**inner, Node::Expression(_)) => Data::Bool(false),
        Node::Not(inner) => Data::Bool(value_of(inner, data)?.is_empty()),
        // Nothing is selected from nothing.
        Node::List(_) | Node::Hash(_) if *data == Data::Null => Data::Null,
        Node::List(nodes) => {
            Data::list(nodes.iter().map(|node| value_of(node, data)).collect::<Result<_, _>>()?)
        }
        Node::Hash(pairs) => {
            let mut members = Members::new();
            for (name, node) in pairs {
                let value = value_of(node, data)?;
                functions::set(&mut members, name, value);
            }
            Data::map(members)
        }
        Node::Call(name, nodes) => {
            let arguments = nodes.iter().map(|node| match node {
                Node::Expression(inner) => Ok(Argument::Expression(inner)),
                _ => value_of(node, data).map(Argument::Value),
            });
            call(name, arguments.collect::<Result<_, _>>()?)?
        }
        // By itself it is nothing that could be printed.
        Node::Expression(_) => return Err("Encountered unrecognized type in JSON encoder.".to_owned()),
    })
}

/// What each item that fulfils the condition becomes, without what is null.
fn projected(items: &[Data], each: &Node, condition: Option<&Node>) -> Result<Data, String> {
    let mut found = Vec::new();
    for item in items {
        let fits = match condition {
            Some(condition) => !value_of(condition, item)?.is_empty(),
            None => true,
        };
        if fits {
            let value = value_of(each, item)?;
            if value != Data::Null {
                found.push(value);
            }
        }
    }
    Ok(Data::list(found))
}

fn length(items: &[Data]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// `[start:stop:step]`, as Python slices.
fn slice(items: &[Data], [start, stop, step]: [Option<i64>; 3]) -> Result<Data, String> {
    let (length, step) = (length(items), step.unwrap_or(1));
    if step == 0 {
        return Err("slice step cannot be zero".to_owned());
    }
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |bound: Option<i64>, or: i64| match bound {
        None => or,
        Some(bound) if bound < 0 => bound.saturating_add(length).max(lowest),
        Some(bound) => bound.min(highest),
    };
    let (mut at, stop) = if step > 0 {
        (bound(start, 0), bound(stop, length))
    } else {
        (bound(start, length - 1), bound(stop, -1))
    };
    let mut found = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at = at.saturating_add(step);
    }
    Ok(Data::list(found))
}
