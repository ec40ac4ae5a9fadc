//! Evaluates conditions.

use crate::cloudformation::{join, scalar_text, wrong_shape};
use mesh_text::words::{english, t};
use serde_json::Value;

use super::{Resolver, items, only_member};

impl Resolver<'_> {
    pub(in crate::cloudformation) fn condition(&mut self, name: &str) -> bool {
        if let Some(known) = self.conditions.get(name) {
            return *known == Value::Bool(true);
        }
        let conditions = &self.template.conditions;
        let Some((name, expression)) = conditions.get_key_value(name) else {
            let mut known = Vec::new();
            for name in conditions.keys() {
                known.push(name.as_str());
            }
            self.unknown(english("condition"), name, &known);
            return false;
        };
        if let Some(start) = self.deciding.iter().position(|deciding| deciding == name) {
            let names = self.deciding.split_off(start);
            self.circle(&names);
            return false;
        }
        self.deciding.push(name);
        let path = std::mem::replace(&mut self.path, join("Conditions", name));
        let holds = self.decide(expression);
        self.path = path;
        self.deciding.pop();
        self.conditions.insert(name.clone(), Value::Bool(holds));
        holds
    }

    fn decide(&mut self, expression: &Value) -> bool {
        if !self.enter() {
            return false;
        }
        let holds = match (only_member(expression), expression) {
            (Some((function, argument)), _) => self.decide_function(function, argument),
            (None, Value::Bool(holds)) => *holds,
            _ => {
                self.fail(&[&wrong_shape(expression, t("a condition, such as `Fn::Equals`"))]);
                false
            }
        };
        self.depth -= 1;
        holds
    }

    fn decide_function(&mut self, function: &str, argument: &Value) -> bool {
        let inner = items(argument);
        let (fits, expected) = match function {
            "Condition" => (argument.is_string(), english("the name of a condition")),
            "Fn::Equals" => (inner.len() == 2, english("a list of two values")),
            "Fn::Not" => (inner.len() == 1, english("a list of one condition")),
            "Fn::And" | "Fn::Or" => (!inner.is_empty(), english("a list of conditions")),
            _ => {
                let known = ["Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"];
                self.unknown_function(function, &known);
                return false;
            }
        };
        if !fits {
            self.arguments(function, expected);
            return false;
        }
        if let Value::String(name) = argument {
            return self.condition(name);
        }
        if function == "Fn::Equals" {
            let left = self.value(&inner[0]).unwrap_or(Value::Null);
            let right = self.value(&inner[1]).unwrap_or(Value::Null);
            return match (scalar_text(&left), scalar_text(&right)) {
                (Some(left), Some(right)) => left == right,
                _ => left == right,
            };
        }
        // Evaluates every operand even if the result is already known, to find errors in the rest.
        let mut met = 0;
        for condition in inner {
            met += usize::from(self.decide(condition));
        }
        match function {
            "Fn::Not" => met == 0,
            "Fn::And" => met == inner.len(),
            _ => met > 0,
        }
    }
}
