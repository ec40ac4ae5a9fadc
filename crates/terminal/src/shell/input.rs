//! Standard input, which the commands of a line share: what one of them reads, the next ones do not see.

use std::rc::Rc;

use super::run::Shell;

/// Standard input of the running command.
#[derive(Clone, Debug, Default)]
pub struct Input {
    text: Rc<str>,
    at: usize,
    /// Whether it is a file, in which `head` leaves the lines that it does not print.
    pub is_file: bool,
}

impl Input {
    /// Returns an input with this text.
    pub fn new(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), at: 0, is_file: false }
    }

    /// Returns an input from a file.
    pub fn file(text: &str) -> Self {
        Self { is_file: true, ..Self::new(text) }
    }

    /// Returns the text that has not been read.
    pub fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Consumes this many bytes.
    pub fn consume(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    /// Returns whether both are positions in the same text.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.text, &other.text)
    }
}

impl Shell<'_> {
    /// Runs a callback with its own standard input.
    pub async fn fed(&mut self, input: Input, run: impl AsyncFnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.input, input);
        run(self).await;
        self.input = before;
    }

    /// Returns the rest of standard input, and consumes it.
    pub fn drained(&mut self) -> Input {
        let input = self.input.clone();
        self.input.consume(usize::MAX);
        input
    }
}
