//! JMESPath, the language of `--query`: from a text to a tree, and its value for an answer.
//!
//! Complete as the real tool's library is (Python's `jmespath`), its error texts included. Numbers are compared as
//! decimals; see `functions` for what that leaves out. Start at [`Query::parse`] and [`Query::value_of`].

mod functions;
mod tokens;
mod tree;

use std::cell::Cell;

use super::data::{Data, Members};
use functions::{Argument, call, compare};
use tree::Node;

/// How much a query may do: values it makes and looks at, each with all its parts.
const MOST_WORK: usize = 2_000_000;

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
    /// When a function is given what it cannot take, or there is no such function; when it makes too much.
    pub fn value_of(&self, data: &Data, room: &Room) -> Result<Data, String> {
        value_of(&self.0, data, room)
    }
}

/// How much a query may still do: parts that are shared can grow faster than the query that shares them.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(MOST_WORK))
    }
}

impl Room {
    /// How much was done.
    pub fn done(&self) -> usize {
        MOST_WORK - self.0.get()
    }

    fn takes(&self, work: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(work);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| "This query makes too much of the answer".to_owned())
    }

    /// Takes as much as a value has parts, and no more time than there is room.
    fn holds(&self, value: &Data) -> Result<(), String> {
        self.takes(1)?;
        match value {
            Data::List(items) => items.iter().try_for_each(|item| self.holds(item)),
            Data::Map(members) => members.iter().try_for_each(|(_, member)| self.holds(member)),
            Data::Text(text) => self.takes(text.len() / 4),
            _ => Ok(()),
        }
    }
}

/// INVARIANT: a tree is no deeper than `tree` lets it be.
fn value_of(node: &Node, data: &Data, room: &Room) -> Result<Data, String> {
    room.takes(1)?;
    let value = match node {
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
                value = value_of(step, &value, room)?;
            }
            value
        }
        Node::Projection(base, each) => match value_of(base, data, room)? {
            Data::List(items) => projected(&items, each, None, room)?,
            _ => Data::Null,
        },
        Node::Values(base, each) => match value_of(base, data, room)? {
            Data::Map(members) => {
                let values: Vec<_> = members.iter().map(|(_, value)| value.clone()).collect();
                projected(&values, each, None, room)?
            }
            _ => Data::Null,
        },
        Node::Filter(base, each, condition) => match value_of(base, data, room)? {
            Data::List(items) => projected(&items, each, Some(condition), room)?,
            _ => Data::Null,
        },
        Node::Flatten(base) => match value_of(base, data, room)? {
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
            let (left, right) = (value_of(left, data, room)?, value_of(right, data, room)?);
            room.holds(&left)?;
            room.holds(&right)?;
            compare(operator, &left, &right)?
        }
        Node::Or(left, right) => match value_of(left, data, room)? {
            value if value.is_empty() => value_of(right, data, room)?,
            value => value,
        },
        Node::And(left, right) => match value_of(left, data, room)? {
            value if value.is_empty() => value,
            _ => value_of(right, data, room)?,
        },
        // An expression is something, whatever it would come to.
        Node::Not(inner) if matches!(**inner, Node::Expression(_)) => Data::Bool(false),
        Node::Not(inner) => Data::Bool(value_of(inner, data, room)?.is_empty()),
        // Nothing is selected from nothing.
        Node::List(_) | Node::Hash(_) if *data == Data::Null => Data::Null,
        Node::List(nodes) => {
            Data::list(nodes.iter().map(|node| value_of(node, data, room)).collect::<Result<_, _>>()?)
        }
        Node::Hash(pairs) => {
            let mut members = Members::new();
            for (name, node) in pairs {
                let value = value_of(node, data, room)?;
                functions::set(&mut members, name, value);
            }
            Data::map(members)
        }
        Node::Call(name, nodes) => {
            let arguments = nodes.iter().map(|node| match node {
                Node::Expression(inner) => Ok(Argument::Expression(inner)),
                _ => value_of(node, data, room).map(Argument::Value),
            });
            let arguments: Vec<_> = arguments.collect::<Result<_, _>>()?;
            for argument in &arguments {
                if let Argument::Value(value) = argument {
                    room.holds(value)?;
                }
            }
            call(name, arguments, room)?
        }
        // By itself it is nothing that could be printed.
        Node::Expression(_) => return Err("Encountered unrecognized type in JSON encoder.".to_owned()),
    };
    // What only picks a part makes none.
    let makes =
        matches!(node, Node::Slice(_) | Node::Flatten(_) | Node::List(_) | Node::Hash(_) | Node::Call(..));
    if makes {
        room.holds(&value)?;
    }
    Ok(value)
}

/// What each item that fulfils the condition becomes, without what is null.
fn projected(items: &[Data], each: &Node, condition: Option<&Node>, room: &Room) -> Result<Data, String> {
    let mut found = Vec::new();
    for item in items {
        let fits = match condition {
            Some(condition) => !value_of(condition, item, room)?.is_empty(),
            None => true,
        };
        if fits {
            let value = value_of(each, item, room)?;
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
