//! Evaluation of filters.
//!
//! Each result is emitted as soon as it is computed, so that `limit` and `first` stop endless filters. The number of
//! steps, the call depth and the size of values are limited: no filter hangs, and none overflows the stack, neither
//! natively nor in a browser.

use mesh_text::data::{Data, Members};

use super::{
    at::{At, Bound, Scope, Track, bind, label},
    filter::{Definition, Filter, Program, Target},
    formats,
    number::Decimal,
    order::{bounds, count, is_true, told},
    values,
};

/// Maximum number of steps of one line: less than 200 ms in a browser, because a filter does not pause.
pub const MOST_STEPS: u32 = 150_000;
/// Maximum call depth of filters: what fits a browser's stack of one megabyte. Code without optimizations uses far more
/// stack.
const DEEPEST: u32 = if cfg!(debug_assertions) { 100 } else { 400 };
/// Maximum number of values within one value, and their maximum nesting depth.
const MOST_PARTS: u32 = 100_000;
const DEEPEST_VALUE: u32 = 200;

/// Reason why evaluation stops.
#[derive(Debug)]
pub enum Stop {
    /// An error that can be caught.
    Error(Data),
    /// A limit is exceeded; this cannot be caught.
    TooMuch,
    /// `break` to the label with this number.
    Break(u32),
    /// The consumer of the results of a `try` or `//` stopped; that filter stores the reason.
    Outside,
    /// `halt` and `halt_error`: the message and the exit status.
    Halt(String, u8),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Error(Data::text(&text))
    }
}

/// Whether evaluation continues.
pub type Flow = Result<(), Stop>;
/// Callback that receives a result.
pub type Emit<'e, 'f> = &'e mut dyn FnMut(&mut Run<'f>, At) -> Flow;

/// Evaluation of a filter.
pub struct Run<'f> {
    program: &'f Program,
    /// Number of steps left.
    pub steps: u32,
    /// Inputs that are not read yet, the next one last.
    pub inputs: Vec<Data>,
    /// Output to standard error.
    pub said: String,
    /// Variables of the shell.
    pub environment: Data,
    /// Number of labels so far.
    pub labels: u32,
    globals: Scope<'f>,
    depth: u32,
}

impl<'f> Run<'f> {
    /// Creates the evaluation of a filter with its variables.
    pub fn new(
        program: &'f Program,
        given: &'f [(String, Data)],
        environment: Data,
        inputs: Vec<Data>,
    ) -> Self {
        let mut globals = None;
        for (name, value) in given {
            globals = bind(&globals, Bound::Value(name, value.clone()));
        }
        Self {
            program,
            steps: MOST_STEPS,
            inputs,
            said: String::new(),
            environment,
            globals,
            depth: 0,
            labels: 0,
        }
    }

    /// Emits the results for a value.
    ///
    /// # Errors
    /// Returns the reason if evaluation stops early; earlier results remain valid.
    pub fn results(&mut self, value: Data, found: &mut dyn FnMut(&mut Self, Data) -> Flow) -> Flow {
        let globals = self.globals.clone();
        self.depth = 0;
        let at = At { value, track: Track::Off };
        self.eval(&self.program.main, at, &globals, &mut |run, at| found(run, at.value))
    }

    /// Charges work to the budget.
    ///
    /// # Errors
    /// Returns [`Stop::TooMuch`] if the budget is exceeded.
    pub fn counts(&mut self, work: usize) -> Flow {
        let work = u32::try_from(work).unwrap_or(u32::MAX);
        let left = self.steps.checked_sub(work);
        self.steps = left.unwrap_or(0);
        if left.is_some() { Ok(()) } else { Err(Stop::TooMuch) }
    }

    /// Charges the size of a value to the budget. Parts are shared, so a value can grow faster than the number of
    /// steps that build it.
    pub(crate) fn weighs(&mut self, value: &Data) -> Flow {
        self.weight(value).map(|_| ())
    }

    /// Charges the size of a value to the budget; returns the number of its parts.
    fn weight(&mut self, value: &Data) -> Result<usize, Stop> {
        if value.is_scalar() && value.as_str().is_none_or(|text| text.len() < 64) {
            return Ok(1);
        }
        let mut room = MOST_PARTS;
        size(value, &mut room, DEEPEST_VALUE)?;
        let parts = usize::try_from(MOST_PARTS - room).unwrap_or(usize::MAX);
        self.counts(parts / 4)?;
        Ok(parts)
    }

    /// Returns a part of a value; charges the lookup to the budget.
    pub(crate) fn member_of(&mut self, of: &At, key: Data) -> Result<At, Stop> {
        self.counts(match (&of.value, &key) {
            // Positions of a list within another: compares each position with at least the first element.
            (Data::List(items), Data::List(parts)) => items.len().saturating_mul(1 + parts.len() / 4),
            (Data::List(items), Data::Map(_)) => items.len() / 8,
            (Data::Text(text), Data::Map(_)) => text.len() / 64,
            // Lookup of a member is linear.
            (Data::Map(members), _) => members.len() / 16,
            _ => 0,
        })?;
        of.member(key)
    }

    pub(crate) fn eval(&mut self, filter: &'f Filter, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        self.counts(1)?;
        if self.depth >= DEEPEST {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let ended = self.made(filter, at, scope, emit);
        self.depth -= 1;
        ended
    }

    /// INVARIANT: each large branch is a separate function, so that this one uses little stack.
    #[inline(never)]
    fn made(&mut self, filter: &'f Filter, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        match filter {
            Filter::Identity => emit(self, at),
            Filter::Literal(value) => emit(self, at.made(value.clone())),
            Filter::Variable(name) => self.variable(name, at, scope, emit),
            Filter::Pipe(first, second) => {
                self.eval(first, at, scope, &mut |run, at| run.eval(second, at, scope, emit))
            }
            Filter::Both(first, second) => {
                self.eval(first, at.clone(), scope, emit)?;
                self.eval(second, at, scope, emit)
            }
            Filter::Member(of, by) => self.member(of, by, at, scope, emit),
            Filter::Slice(of, from, to) => self.slice(of, [from, to], at, scope, emit),
            Filter::Each(of) => self.eval(of, at, scope, &mut |run, at| run.each(&at, emit)),
            Filter::Try(tried, caught) => self.tries(tried, caught.as_deref(), at, scope, emit),
            Filter::Negative(inner) => self.negative(inner, at, scope, emit),
            Filter::Operator("//", left, right) => self.alternative(left, right, at, scope, emit),
            Filter::Operator(operator @ ("and" | "or"), left, right) => {
                self.logic(*operator == "or", [left, right], at, scope, emit)
            }
            Filter::Operator(operator, left, right) => self.operate(operator, [left, right], at, scope, emit),
            Filter::Assign(operator, left, right) => self.assigns(operator, [left, right], at, scope, emit),
            Filter::List(inner) => self.list(inner.as_deref(), at, scope, emit),
            Filter::Object(members) => self.object(members, Members::new(), at, scope, emit),
            Filter::Text(format, parts) => self.text(format, parts, String::new(), at, scope, emit),
            Filter::Format(format) => self.gives(formats::format(format, &at.value), at, emit),
            Filter::If(branches, otherwise) => {
                self.condition(branches, otherwise.as_deref(), at, scope, emit)
            }
            Filter::As(source, pattern, body) => self.names(source, pattern, body, at, scope, emit),
            Filter::Fold(fold) => self.fold(fold, at, scope, emit),
            Filter::Define(definition, body) => {
                let inner = bind(scope, Bound::Function(definition));
                self.eval(body, at, &inner, emit)
            }
            Filter::Label(name, body) => self.label(name, body, at, scope, emit),
            Filter::Break(name) => Err(label(name, scope).map_or(Stop::TooMuch, Stop::Break)),
            Filter::Call(Target::Own(name), arguments) => self.own(name, arguments, at, scope, emit),
            Filter::Call(Target::Library(place), arguments) => {
                let Some(Some(definition)) = self.program.library.get(*place) else {
                    return Err(Stop::TooMuch);
                };
                let inner = bind(&None, Bound::Function(definition));
                self.calls(definition, arguments, at, scope, inner, emit)
            }
            Filter::Call(Target::Value(name), arguments) => {
                self.values(name, arguments, Vec::new(), at, scope, emit)
            }
            Filter::Call(Target::Filter(name), arguments) => self.filters(name, arguments, at, scope, emit),
        }
    }

    /// Emits a computed value, unless it exceeds the size limits.
    pub(crate) fn gives(&mut self, made: Result<Data, String>, at: At, emit: Emit<'_, 'f>) -> Flow {
        let made = made?;
        self.weighs(&made)?;
        emit(self, at.made(made))
    }

    /// Collects all results.
    pub(crate) fn all(&mut self, filter: &'f Filter, at: At, scope: &Scope<'f>) -> Result<Vec<At>, Stop> {
        let mut found = Vec::new();
        self.eval(filter, at, scope, &mut |_, at| {
            found.push(at);
            Ok(())
        })?;
        Ok(found)
    }

    #[inline(never)]
    fn variable(&mut self, name: &str, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        let mut scope = scope;
        while let Some(names) = scope {
            match &names.bound {
                Bound::Value(known, value) if *known == name => return emit(self, at.made(value.clone())),
                _ => scope = &names.before,
            }
        }
        let environment = self.environment.clone();
        emit(self, at.made(environment))
    }

    #[inline(never)]
    fn member(
        &mut self,
        of: &'f Filter,
        by: &'f Filter,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        if let Filter::Literal(key) = by {
            return self.eval(of, at, scope, &mut |run, of| {
                let part = run.member_of(&of, key.clone())?;
                emit(run, part)
            });
        }
        let from = at.untracked();
        self.eval(of, at, scope, &mut |run, of| {
            run.eval(by, from.clone(), scope, &mut |run, key| {
                let part = run.member_of(&of, key.value)?;
                emit(run, part)
            })
        })
    }

    #[inline(never)]
    fn slice(
        &mut self,
        of: &'f Filter,
        ends: [&'f Option<Box<Filter>>; 2],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let mut found = [vec![Data::Null], vec![Data::Null]];
        for (end, found) in ends.into_iter().zip(&mut found) {
            if let Some(end) = end {
                *found = self.all(end, at.untracked(), scope)?.into_iter().map(|at| at.value).collect();
            }
        }
        let [from, to] = found;
        self.eval(of, at, scope, &mut |run, of| {
            for to in &to {
                for from in &from {
                    let part = run.member_of(&of, bounds(from.clone(), to.clone()))?;
                    run.weighs(&part.value)?;
                    emit(run, part)?;
                }
            }
            Ok(())
        })
    }

    #[inline(never)]
    fn each(&mut self, at: &At, emit: Emit<'_, 'f>) -> Flow {
        match &at.value {
            Data::List(items) => items.iter().enumerate().try_for_each(|(place, item)| {
                self.counts(1)?;
                emit(self, at.part(item, || Data::whole(count(place))))
            }),
            Data::Map(members) => members.iter().try_for_each(|(name, item)| {
                self.counts(1)?;
                emit(self, at.part(item, || Data::Text(name.clone())))
            }),
            other => Err(["Cannot iterate over ", &told(other)].concat().into()),
        }
    }

    #[inline(never)]
    fn tries(
        &mut self,
        tried: &'f Filter,
        caught: Option<&'f Filter>,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let mut outside = None;
        let from = at.untracked();
        // Errors of the consumer are not caught here.
        let ended = self.eval(tried, at, scope, &mut |run, at| {
            emit(run, at).map_err(|stop| {
                outside = Some(stop);
                Stop::Outside
            })
        });
        match (ended, outside, caught) {
            (Err(_), Some(stop), _) => Err(stop),
            (Err(Stop::Error(_)), None, None) => Ok(()),
            (Err(Stop::Error(why)), None, Some(caught)) => self.eval(caught, from.made(why), scope, emit),
            (ended, ..) => ended,
        }
    }

    #[inline(never)]
    fn alternative(
        &mut self,
        left: &'f Filter,
        right: &'f Filter,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let (mut outside, mut is_any) = (None, false);
        let ended = self.eval(left, at.clone(), scope, &mut |run, at| {
            if !is_true(&at.value) {
                return Ok(());
            }
            is_any = true;
            emit(run, at).map_err(|stop| {
                outside = Some(stop);
                Stop::Outside
            })
        });
        match (ended, outside) {
            (Err(_), Some(stop)) => return Err(stop),
            (Err(Stop::Error(_)) | Ok(()), None) => {}
            (ended, _) => return ended,
        }
        if is_any { Ok(()) } else { self.eval(right, at, scope, emit) }
    }

    #[inline(never)]
    fn negative(&mut self, inner: &'f Filter, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        self.eval(inner, at, scope, &mut |run, at| match Decimal::of(&at.value) {
            Some(number) => emit(run, at.made(number.negative().value())),
            None => Err([&told(&at.value), " cannot be negated"].concat().into()),
        })
    }

    #[inline(never)]
    fn logic(
        &mut self,
        is_or: bool,
        [left, right]: [&'f Filter; 2],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let from = at.untracked();
        self.eval(left, from.clone(), scope, &mut |run, left| {
            if is_true(&left.value) == is_or {
                return emit(run, at.made(Data::Bool(is_or)));
            }
            run.eval(right, from.clone(), scope, &mut |run, right| {
                emit(run, at.made(Data::Bool(is_true(&right.value))))
            })
        })
    }

    #[inline(never)]
    fn operate(
        &mut self,
        operator: &'static str,
        [left, right]: [&'f Filter; 2],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let from = at.untracked();
        self.eval(right, from.clone(), scope, &mut |run, right| {
            run.eval(left, from.clone(), scope, &mut |run, left| {
                run.weighs(&left.value)?;
                run.counts(values::work_of(operator, &left.value, &right.value))?;
                let made = values::operate(operator, &left.value, &right.value);
                run.gives(made, at.clone(), emit)
            })
        })
    }

    #[inline(never)]
    fn list(&mut self, inner: Option<&'f Filter>, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        let mut items = Vec::new();
        if let Some(inner) = inner {
            self.eval(inner, at.untracked(), scope, &mut |_, at| {
                items.push(at.value);
                Ok(())
            })?;
        }
        self.gives(Ok(Data::list(items)), at, emit)
    }

    /// Emits an object for each combination of the members' results.
    #[inline(never)]
    fn object(
        &mut self,
        members: &'f [(Filter, Filter)],
        made: Members,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let Some(((name, value), rest)) = members.split_first() else {
            return self.gives(Ok(Data::map(made)), at, emit);
        };
        self.eval(name, at.untracked(), scope, &mut |run, name| {
            let Data::Text(name) = &name.value else {
                return Err(["Object keys must be strings, not ", &told(&name.value)].concat().into());
            };
            run.eval(value, at.untracked(), scope, &mut |run, value| {
                let mut made = made.clone();
                match made.iter_mut().find(|(known, _)| known == name) {
                    Some(known) => known.1 = value.value,
                    None => made.push((name.clone(), value.value)),
                }
                run.object(rest, made, at.clone(), scope, emit)
            })
        })
    }

    #[inline(never)]
    fn text(
        &mut self,
        format: &'static str,
        parts: &'f [(Data, Option<Filter>)],
        made: String,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let Some(((text, inner), rest)) = parts.split_first() else {
            return self.gives(Ok(Data::text(&made)), at, emit);
        };
        let made = made + text.as_str().unwrap_or_default();
        let Some(inner) = inner else { return self.text(format, rest, made, at, scope, emit) };
        self.eval(inner, at.untracked(), scope, &mut |run, value| {
            let put = formats::format(format, &value.value)?;
            run.weighs(&put)?;
            let made = [&*made, put.as_str().unwrap_or_default()].concat();
            run.text(format, rest, made, at.clone(), scope, emit)
        })
    }

    #[inline(never)]
    fn condition(
        &mut self,
        branches: &'f [(Filter, Filter)],
        otherwise: Option<&'f Filter>,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let Some(((condition, body), rest)) = branches.split_first() else {
            return match otherwise {
                Some(otherwise) => self.eval(otherwise, at, scope, emit),
                None => emit(self, at),
            };
        };
        self.eval(condition, at.untracked(), scope, &mut |run, holds| match is_true(&holds.value) {
            true => run.eval(body, at.clone(), scope, emit),
            false => run.condition(rest, otherwise, at.clone(), scope, emit),
        })
    }

    /// Calls a function or parameter that the filter defines.
    #[inline(never)]
    fn own(
        &mut self,
        name: &str,
        arguments: &'f [Filter],
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let mut place = scope;
        while let Some(names) = place {
            match &names.bound {
                Bound::Argument(known, filter, outer) if *known == name && arguments.is_empty() => {
                    return self.eval(filter, at, outer, emit);
                }
                Bound::Function(definition)
                    if *definition.name == *name && definition.parameters.len() == arguments.len() =>
                {
                    return self.calls(definition, arguments, at, scope, place.clone(), emit);
                }
                _ => place = &names.before,
            }
        }
        Err(Stop::TooMuch)
    }

    /// Binds the arguments one after another, and then runs the body.
    #[inline(never)]
    fn calls(
        &mut self,
        definition: &'f Definition,
        arguments: &'f [Filter],
        at: At,
        scope: &Scope<'f>,
        inner: Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let taken = definition.parameters.len() - arguments.len();
        let (Some((argument, rest)), Some((name, is_value))) =
            (arguments.split_first(), definition.parameters.get(taken))
        else {
            return self.eval(&definition.body, at, &inner, emit);
        };
        let inner = bind(&inner, Bound::Argument(name, argument, scope.clone()));
        if !is_value {
            return self.calls(definition, rest, at, scope, inner, emit);
        }
        self.eval(argument, at.untracked(), scope, &mut |run, value| {
            let inner = bind(&inner, Bound::Value(name, value.value));
            run.calls(definition, rest, at.clone(), scope, inner, emit)
        })
    }

    /// Calls a function of values for each combination of its arguments' results.
    #[inline(never)]
    fn values(
        &mut self,
        name: &'static str,
        arguments: &'f [Filter],
        given: Vec<Data>,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        let Some((argument, rest)) = arguments.split_first() else {
            let mut parts = 0;
            if !matches!(name, "length" | "type" | "has") {
                parts = self.weight(&at.value)?;
            }
            // A sort compares each element many times, with all its parts.
            let mut work = match name {
                "sort" | "unique" | "max" | "min" => at.value.items().len() * 24 + parts * 8,
                "_sort_by" | "_group_by" | "_min_by" | "_max_by" => {
                    let keys = given.first().map_or(Ok(0), |keys| self.weight(keys))?;
                    at.value.items().len() * 24 + keys * 8
                }
                "has" => match &at.value {
                    Data::Map(members) => members.len() / 16,
                    _ => 0,
                },
                "length" => at.value.as_str().map_or(0, str::len) / 64,
                _ => 0,
            };
            self.counts(std::mem::take(&mut work))?;
            let made = values::call(name, &at.value, &given, &mut work);
            self.counts(work)?;
            return self.gives(made, at, emit);
        };
        self.eval(argument, at.untracked(), scope, &mut |run, value| {
            let mut given = given.clone();
            given.push(value.value);
            run.values(name, rest, given, at.clone(), scope, emit)
        })
    }
}

/// Counts the parts of a value; a long string counts as several.
fn size(value: &Data, room: &mut u32, depth: u32) -> Flow {
    let own = match value {
        Data::Text(text) => text.len() / 16,
        _ => 0,
    };
    let depth = depth.checked_sub(1).ok_or(Stop::TooMuch)?;
    let own = u32::try_from(own).unwrap_or(u32::MAX).saturating_add(1);
    *room = room.checked_sub(own).ok_or(Stop::TooMuch)?;
    match value {
        Data::List(items) => items.iter().try_for_each(|item| size(item, room, depth)),
        Data::Map(members) => members.iter().try_for_each(|(_, member)| size(member, room, depth)),
        _ => Ok(()),
    }
}
