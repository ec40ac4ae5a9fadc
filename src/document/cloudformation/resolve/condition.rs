//! Conditions: which of them hold.

use serde_json::Value;

use super::{Answer, Resolver, items};
use crate::{
    document::cloudformation::{Problem, join, scalar_text, shape_of},
    model::nearest,
};

impl Resolver<'_> {
    pub(super) fn condition(&mut self, name: &str) -> Answer<bool> {
        if let Some(Value::Bool(known)) = self.conditions.get(name) {
            return Ok(*known);
        }
        if let Some(start) = self.deciding.iter().position(|deciding| deciding == name) {
            let mut names = self.deciding.split_off(start);
            names.push(name.to_owned());
            return Err(self.fail(Problem::Circle { names }));
        }
        let template = self.template;
        let Some(expression) = template.conditions.get(name) else {
            let known: Vec<&str> = template.conditions.keys().map(String::as_str).collect();
            return Err(self.unknown("condition", name, &known));
        };
        self.deciding.push(name.to_owned());
        let path = std::mem::replace(&mut self.path, join("Conditions", name));
        let holds = self.decide(expression)?;
        self.path = path;
        self.deciding.pop();
        self.conditions.insert(name.to_owned(), Value::Bool(holds));
        Ok(holds)
    }

    fn decide(&mut self, expression: &Value) -> Answer<bool> {
        self.enter()?;
        let only = expression.as_object().filter(|members| members.len() == 1).and_then(|m| m.iter().next());
        let (function, argument) = match (only, expression) {
            (Some((function, argument)), _) => (function.as_str(), argument),
            (None, Value::Bool(holds)) => {
                self.depth -= 1;
                return Ok(*holds);
            }
            _ => {
                let expected = "a condition, such as `Fn::Equals`";
                return Err(self.fail(Problem::Shape { expected, found: shape_of(expression) }));
            }
        };
        let holds = match function {
            "Condition" => match argument.as_str() {
                Some(name) => self.condition(name)?,
                None => return Err(self.arguments(function, "the name of a condition")),
            },
            "Fn::Equals" => {
                let [left, right] = items(argument) else {
                    return Err(self.arguments(function, "a list of two values"));
                };
                let left = self.value(left)?.unwrap_or(Value::Null);
                let right = self.value(right)?.unwrap_or(Value::Null);
                match (scalar_text(&left), scalar_text(&right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => left == right,
                }
            }
            "Fn::Not" => {
                let [inner] = items(argument) else {
                    return Err(self.arguments(function, "a list of one condition"));
                };
                !self.decide(inner)?
            }
            // Each is decided even when the answer is clear, so that mistakes in the rest are found.
            "Fn::And" | "Fn::Or" => {
                let inner = items(argument);
                if inner.is_empty() {
                    return Err(self.arguments(function, "a list of conditions"));
                }
                let mut met = 0;
                for condition in inner {
                    met += usize::from(self.decide(condition)?);
                }
                if function == "Fn::And" { met == inner.len() } else { met > 0 }
            }
            _ => {
                let decisive = ["Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"];
                let suggestion = nearest(function, &decisive);
                return Err(self.fail(Problem::UnknownFunction { name: function.to_owned(), suggestion }));
            }
        };
        self.depth -= 1;
        Ok(holds)
    }
}
