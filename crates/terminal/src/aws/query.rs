//! JMESPath, the language of `--query`: parses a query to a tree, and evaluates it on a response.
//!
//! As complete as the real tool's library (Python's `jmespath`), including its error messages. Numbers are compared as
//! decimals; see `functions` for the limits of this. Start at [`Query::parse`] and [`Query::value_of`].

mod functions;
mod tokens;
mod tree;

use std::cell::Cell;

use super::data::{Data, Members};
use functions::{Argument, call, compare};
use tree::Node;

/// Budget of a query: the number of values that it may create and read, each with all its parts.
const MOST_WORK: usize = 2_000_000;

/// A parsed query.
#[derive(Debug)]
pub struct Query(Node);

impl Query {
    /// Parses a query.
    ///
    /// # Errors
    /// A message of several lines, with the position of the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        tree::parse(text).map(Self)
    }

    /// Evaluates the query on a value; the result is null if nothing matches.
    ///
    /// # Errors
    /// When a function does not exist or gets an invalid argument, or when the query exceeds its budget.
    pub fn value_of(&self, data: &Data, room: &Room) -> Result<Data, String> {
        value_of(&self.0, data, room)
    }
}

/// Remaining budget of a query. It is needed because values share parts, so a result can grow faster than its query.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(MOST_WORK))
    }
}

impl Room {
    /// Returns the amount of work done.
    pub fn done(&self) -> usize {
        MOST_WORK - self.0.get()
    }

    fn takes(&self, work: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(work);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| "This query makes too much of the answer".to_owned())
    }

    /// Charges all parts of a value to the budget, and stops when the budget is exceeded.
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

/// INVARIANT: the parser in `tree` limits the depth of the tree, and thereby the recursion.
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
        // An expression reference counts as true, whatever its value would be.
        Node::Not(inner) if matches!(**inner, Node::Expression(_)) => Data::Bool(false),
        Node::Not(inner) => Data::Bool(value_of(inner, data, room)?.is_empty()),
        // A selection from null is null.
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
        // A result cannot be an expression reference, which is not serializable.
        Node::Expression(_) => return Err("Encountered unrecognized type in JSON encoder.".to_owned()),
    };
    // Nodes that only select a part create no new value.
    let makes =
        matches!(node, Node::Slice(_) | Node::Flatten(_) | Node::List(_) | Node::Hash(_) | Node::Call(..));
    if makes {
        room.holds(&value)?;
    }
    Ok(value)
}

/// Evaluates `each` on the items that fulfil the condition, and omits null results.
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

/// Returns the slice `[start:stop:step]`, as Python does.
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
