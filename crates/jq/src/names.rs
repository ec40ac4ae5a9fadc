//! Parser of the filters that bind names: patterns, `reduce` and `foreach`, and function definitions.

use mesh_text::data::Data;

use super::{
    filter::{Definition, Filter, Fold, Pattern},
    read::{Read, Reader},
};

impl Reader<'_> {
    /// Parses what follows `as`: a pattern, and the filter after it.
    pub(crate) fn named(&mut self, source: Filter) -> Read {
        let count = self.variables.len();
        let pattern = self.pattern()?;
        self.expects("|")?;
        let body = self.pipe()?;
        self.variables.truncate(count);
        Ok(Filter::As(Box::new(source), pattern, Box::new(body)))
    }

    fn pattern(&mut self) -> Read<Pattern> {
        self.goes_deeper()?;
        let pattern = self.part_of_pattern()?;
        self.depth -= 1;
        Ok(pattern)
    }

    fn part_of_pattern(&mut self) -> Read<Pattern> {
        if self.takes("$") {
            let name = self.name()?;
            self.variables.push(name.clone());
            return Ok(Pattern::Name(name));
        }
        if self.takes("[") {
            let mut items = vec![self.pattern()?];
            while self.takes(",") {
                items.push(self.pattern()?);
            }
            self.expects("]")?;
            return Ok(Pattern::List(items));
        }
        self.expects("{")?;
        let mut members = Vec::new();
        loop {
            let mut own = None;
            let name = if self.takes("$") {
                let name = self.name()?;
                self.variables.push(name.clone());
                own = Some(name.clone());
                Filter::Literal(Data::Text(name))
            } else {
                self.key()?
            };
            let inner = if self.takes(":") { Some(self.pattern()?) } else { None };
            if inner.is_none() && own.is_none() {
                return Err(self.unexpected());
            }
            members.push((name, own, inner));
            if self.takes("}") {
                return Ok(Pattern::Object(members));
            }
            self.expects(",")?;
        }
    }

    pub(crate) fn fold(&mut self, is_each: bool) -> Read {
        let mut source = self.primary()?;
        // The `as` of `reduce` or `foreach` is not that of a pipe, so parse the postfixes here.
        loop {
            if self.takes("[") {
                source = self.brackets(source)?;
            } else if self.rest.starts_with('.') && self.takes(".") {
                source = self.member(source)?;
            } else if self.takes("?") {
                source = Filter::Try(Box::new(source), None);
            } else {
                break;
            }
            self.joins()?;
        }
        self.expects("as")?;
        let count = self.variables.len();
        let pattern = self.pattern()?;
        self.expects("(")?;
        // The pattern's variables are not in scope in the initial value.
        let bound = self.variables.split_off(count);
        let first = self.pipe()?;
        self.variables.extend(bound);
        self.expects(";")?;
        let next = self.pipe()?;
        let shown = if is_each && self.takes(";") { Some(self.pipe()?) } else { None };
        self.expects(")")?;
        self.variables.truncate(count);
        Ok(Filter::Fold(Box::new(Fold { is_each, source, pattern, first, next, shown })))
    }

    /// Parses what follows `def`.
    pub(crate) fn definition(&mut self) -> Read<Definition> {
        let name = self.name()?;
        let mut parameters = Vec::new();
        if self.takes("(") {
            loop {
                let is_value = self.takes("$");
                parameters.push((self.name()?, is_value));
                if !self.takes(";") {
                    break;
                }
            }
            self.expects(")")?;
        }
        self.expects(":")?;
        let (functions, variables) = (self.functions.len(), self.variables.len());
        self.functions.push((name.clone(), parameters.len()));
        for (parameter, is_value) in &parameters {
            self.functions.push((parameter.clone(), 0));
            if *is_value {
                self.variables.push(parameter.clone());
            }
        }
        let body = self.pipe()?;
        self.expects(";")?;
        self.functions.truncate(functions);
        self.variables.truncate(variables);
        Ok(Definition { name, parameters, body })
    }
}
