//! Filters that bind names at run time: `as`, `reduce`, `foreach`, `label`.

use mesh_text::data::Data;

use super::{
    at::{At, Bound, Scope, Track, bind},
    filter::{Filter, Fold, Pattern},
    order::member,
    run::{Emit, Flow, Run, Stop},
};

impl<'f> Run<'f> {
    #[inline(never)]
    pub(crate) fn names(
        &mut self,
        source: &'f Filter,
        pattern: &'f Pattern,
        body: &'f Filter,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        self.eval(source, at.untracked(), scope, &mut |run, value| {
            let inner = run.bound(pattern, &value.value, scope)?;
            run.eval(body, at.clone(), &inner, emit)
        })
    }

    /// Binds the names of a pattern to the parts of a value. A computed member name uses its first result.
    fn bound(&mut self, pattern: &'f Pattern, value: &Data, scope: &Scope<'f>) -> Result<Scope<'f>, Stop> {
        let mut scope = scope.clone();
        match pattern {
            Pattern::Name(name) => scope = bind(&scope, Bound::Value(name, value.clone())),
            Pattern::List(items) => {
                if !matches!(value, Data::List(_) | Data::Null) {
                    return Err(["Cannot index ", value.kind(), " with number"].concat().into());
                }
                for (place, pattern) in items.iter().enumerate() {
                    let item = value.items().get(place).cloned().unwrap_or(Data::Null);
                    scope = self.bound(pattern, &item, &scope)?;
                }
            }
            Pattern::Object(members) => {
                for (name, own, pattern) in members {
                    let from = At { value: value.clone(), track: Track::Off };
                    let name = self.all(name, from, &scope)?.into_iter().next();
                    let item = member(value, &name.map_or(Data::Null, |at| at.value))?;
                    if let Some(own) = own {
                        scope = bind(&scope, Bound::Value(own, item.clone()));
                    }
                    if let Some(pattern) = pattern {
                        scope = self.bound(pattern, &item, &scope)?;
                    }
                }
            }
        }
        Ok(scope)
    }

    #[inline(never)]
    pub(crate) fn fold(&mut self, fold: &'f Fold, at: At, scope: &Scope<'f>, emit: Emit<'_, 'f>) -> Flow {
        for first in self.all(&fold.first, at.clone(), scope)? {
            let mut state = first;
            self.eval(&fold.source, at.untracked(), scope, &mut |run, value| {
                let inner = run.bound(&fold.pattern, &value.value, scope)?;
                let before = std::mem::replace(&mut state, at.made(Data::Null));
                let next = run.all(&fold.next, before.clone(), &inner)?;
                if !fold.is_each {
                    state = next.into_iter().last().unwrap_or_else(|| at.made(Data::Null));
                    return Ok(());
                }
                state = before;
                for next in next {
                    state = next.clone();
                    match &fold.shown {
                        Some(shown) => run.eval(shown, next, &inner, emit)?,
                        None => emit(run, next)?,
                    }
                }
                Ok(())
            })?;
            if !fold.is_each {
                emit(self, state)?;
            }
        }
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn label(
        &mut self,
        name: &'f str,
        body: &'f Filter,
        at: At,
        scope: &Scope<'f>,
        emit: Emit<'_, 'f>,
    ) -> Flow {
        self.labels += 1;
        let own = self.labels;
        let inner = bind(scope, Bound::Label(name, own));
        match self.eval(body, at, &inner, emit) {
            Err(Stop::Break(label)) if label == own => Ok(()),
            ended => ended,
        }
    }
}
