//! Functions that take filters, and assignments by path.

use mesh_text::data::Data;

use super::{
    at::{At, Scope, Track},
    filter::Filter,
    number::Decimal,
    order::{is_true, member, with, without},
    run::{Emit, Flow, Run, Stop},
    values,
};

/// The functions that take filters, each with its number of arguments.
pub const FILTERS: &[(&str, usize)] = &[
    ("debug", 0),
    ("empty", 0),
    ("env", 0),
    ("error", 0),
    ("error", 1),
    ("getpath", 1),
    ("halt", 0),
    ("halt_error", 0),
    ("input", 0),
    ("inputs", 0),
    ("limit", 2),
    ("path", 1),
    ("range", 3),
    ("recurse", 1),
    ("stderr", 0),
];

impl<'f> Run<'f> {
    #[inline(never)]
    pub(crate) fn filters(
        &mut self,
        name: &'static str,
        arguments: &'f [Filter],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        match (name, arguments) {
            ("empty", _) => Ok(()),
            ("error", []) => Err(Stop::Error(at.value)),
            ("error", [message]) => self.eval(message, at, scope, &mut |_, why| Err(Stop::Error(why.value))),
            ("env", _) => {
                let environment = self.environment.clone();
                emit(self, at.made(environment))
            }
            ("input", _) => match self.inputs.pop() {
                Some(input) => emit(self, at.made(input)),
                None => Err("No more inputs".to_owned().into()),
            },
            ("inputs", _) => {
                while let Some(input) = self.inputs.pop() {
                    emit(self, at.made(input))?;
                }
                Ok(())
            }
            ("debug" | "stderr", _) => {
                let text = at.value.compact();
                self.counts(text.len() / 16)?;
                let text = if name == "debug" { ["[\"DEBUG:\",", &text, "]\n"].concat() } else { text };
                self.said.push_str(&text);
                emit(self, at)
            }
            ("halt", _) => Err(Stop::Halt(String::new(), 0)),
            ("halt_error", _) => {
                let text = match &at.value {
                    Data::Text(text) => text.to_string(),
                    other => other.compact() + "\n",
                };
                Err(Stop::Halt(text, 5))
            }
            ("limit", [most, inner]) => self.limit(most, inner, at, scope, emit),
            ("range", [from, to, by]) => self.range([from, to, by], at, scope, emit),
            ("recurse", [inner]) => self.recurse(inner, at, scope, emit),
            ("path", [inner]) => self.eval(inner, at.tracked(), scope, &mut |run, found| {
                let path = found.path()?;
                run.gives(Ok(Data::list(path)), at.clone(), emit)
            }),
            ("getpath", [path]) => self.eval(path, at.untracked(), scope, &mut |run, path| {
                run.counts(path.value.items().len())?;
                let mut found = at.clone();
                for key in path.value.items() {
                    // A part of `null` is `null`, not an error.
                    found = if found.value == Data::Null {
                        found.part(&Data::Null, || key.clone())
                    } else {
                        run.member_of(&found, key.clone())?
                    };
                }
                emit(run, found)
            }),
            _ => Err(Stop::TooMuch),
        }
    }

    #[inline(never)]
    fn limit(
        &mut self,
        most: &'f Filter,
        inner: &'f Filter,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        for most in self.all(most, at.untracked(), scope)? {
            let mut left = Decimal::of(&most.value).and_then(Decimal::to_whole).unwrap_or(0);
            if left <= 0 {
                continue;
            }
            self.labels += 1;
            let own = self.labels;
            let ended = self.eval(inner, at.clone(), scope, &mut |run, at| {
                left -= 1;
                emit(run, at)?;
                if left == 0 { Err(Stop::Break(own)) } else { Ok(()) }
            });
            match ended {
                Err(Stop::Break(label)) if label == own => {}
                ended => ended?,
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn range(&mut self, bounds: [&'f Filter; 3], at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        let mut found = Vec::new();
        for bound in bounds {
            let numbers = self.all(bound, at.untracked(), scope)?;
            let numbers: Option<Vec<_>> = numbers.iter().map(|at| Decimal::of(&at.value)).collect();
            found.push(numbers.ok_or_else(|| "Range bounds must be numeric".to_owned())?);
        }
        let [from, to, by] = found.as_slice() else { return Ok(()) };
        let zero = Decimal::whole(0);
        for from in from {
            for to in to {
                for by in by {
                    let mut number = *from;
                    let goes_up = by.order(zero);
                    while number.order(*to) == goes_up.reverse() && goes_up.is_ne() {
                        self.counts(1)?;
                        emit(self, at.made(number.value()))?;
                        number = number.plus(*by);
                    }
                }
            }
        }
        Ok(())
    }

    /// Emits a value, the filter's results for it, the results for those, and so on. Pending values are in a list
    /// instead of on the call stack, so that the recursion can be long.
    #[inline(never)]
    fn recurse(&mut self, inner: &'f Filter, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        let mut waiting = vec![at];
        while let Some(at) = waiting.pop() {
            self.counts(1)?;
            emit(self, at.clone())?;
            let mut next = self.all(inner, at, scope)?;
            next.reverse();
            waiting.append(&mut next);
        }
        Ok(())
    }

    /// Evaluates `|=`, `=` and the assignments with an operator.
    #[inline(never)]
    pub(crate) fn assigns(
        &mut self,
        operator: &'static str,
        [left, right]: [&'f Filter; 2],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let mut paths = Vec::new();
        for found in self.all(left, at.tracked(), scope)? {
            paths.push(found.path()?);
        }
        let rights =
            if operator == "|" { vec![at.untracked()] } else { self.all(right, at.untracked(), scope)? };
        for value in rights {
            let mut whole = at.value.clone();
            let mut gone = Vec::new();
            for path in &paths {
                self.weighs(&whole)?;
                let mut before = whole.clone();
                for key in path {
                    before = member(&before, key)?;
                }
                let new = match operator {
                    "|" => {
                        let from = At { value: before, track: Track::Off };
                        self.first(right, from, scope)?
                    }
                    "" => Some(value.value.clone()),
                    "//" => Some(if is_true(&before) { before } else { value.value.clone() }),
                    _ => {
                        self.weighs(&before)?;
                        self.counts(values::work_of(operator, &before, &value.value))?;
                        Some(values::operate(operator, &before, &value.value)?)
                    }
                };
                match new {
                    Some(new) => whole = with(&whole, path, &new)?,
                    None => gone.push(path),
                }
            }
            // Delete from the end, so that earlier positions in a list stay valid.
            for path in gone.into_iter().rev() {
                whole = without(&whole, path)?;
            }
            self.gives(Ok(whole), at.clone(), emit)?;
        }
        Ok(())
    }

    /// Returns the first result of a filter.
    fn first(&mut self, filter: &'f Filter, at: At, scope: &Scope<'f>) -> Result<Option<Data>, Stop> {
        self.labels += 1;
        let own = self.labels;
        let mut found = None;
        let ended = self.eval(filter, at, scope, &mut |_, at| {
            found = Some(at.value);
            Err(Stop::Break(own))
        });
        match ended {
            Err(Stop::Break(label)) if label == own => {}
            ended => ended?,
        }
        Ok(found)
    }
}
