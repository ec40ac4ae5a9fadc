//! Parser of compound commands.

use super::{
    parse::{Parser, Read, is_name, unclosed},
    syntax::{Change, Condition, Index, List, Next, Part, Piece, What, Word},
};

impl Parser<'_> {
    /// Parses commands up to a word, and the word. There must be at least one command.
    pub(super) fn block(&mut self, end: &str) -> Read<List> {
        let list = self.list(&[end], false)?;
        if list.is_empty() {
            return Err(self.unexpected());
        }
        self.expects_word(end)?;
        Ok(list)
    }

    pub(super) fn for_loop(&mut self) -> Read<What> {
        let start = self.at;
        self.takes_word("for");
        self.skip_blank();
        if self.rest().starts_with("((") {
            return self.counting_loop();
        }
        let length = self.rest().find(|c| !is_name(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..length).unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(self.unexpected());
        }
        self.at += length;
        self.skip_lines();
        let mut words = Vec::new();
        let is_listed = self.takes_word("in");
        if is_listed {
            self.skip_blank();
            while let Some(word) = self.word()? {
                words.push(word);
                self.skip_blank();
            }
        }
        if !is_listed {
            let name = "@".to_owned();
            let all = Piece::Variable { name, index: Index::None, is_indirect: false, change: Change::None };
            words.push(vec![Part { is_quoted: true, piece: all }]);
        }
        let written = self.text.get(start..self.at).unwrap_or_default().trim_end().to_owned();
        self.skip_blank();
        self.takes(";");
        self.skip_lines();
        if self.takes_word("{") {
            return Ok(What::For { name, words, body: self.block("}")?, written });
        }
        self.expects_word("do")?;
        Ok(What::For { name, words, body: self.block("done")?, written })
    }

    pub(super) fn while_loop(&mut self, goes_on: bool) -> Read<What> {
        let condition = self.block("do")?;
        Ok(What::While { condition, goes_on, body: self.block("done")? })
    }

    pub(super) fn condition(&mut self) -> Read<What> {
        let mut branches = Vec::new();
        let mut otherwise = List::new();
        loop {
            let condition = self.block("then")?;
            let body = self.list(&["elif", "else", "fi"], false)?;
            if body.is_empty() {
                return Err(self.unexpected());
            }
            branches.push((condition, body));
            if self.takes_word("elif") {
                continue;
            }
            if self.takes_word("else") {
                otherwise = self.block("fi")?;
            } else {
                self.expects_word("fi")?;
            }
            return Ok(What::If { branches, otherwise });
        }
    }

    /// Returns whether the `))` for a `((` is on this line; otherwise `((` opens two subshells.
    pub(super) fn has_numbers(&self) -> bool {
        self.rest().split('\n').next().is_some_and(|line| line.contains("))"))
    }

    /// Parses `((…))`.
    pub(super) fn numbers(&mut self) -> Read<Word> {
        let rest = self.rest().get(2..).unwrap_or_default();
        let Some(end) = rest.find("))") else { return Err(unclosed(')')) };
        let text = rest.get(..end).unwrap_or_default().to_owned();
        let word = self.inner(&text)?;
        self.at += end + 4;
        Ok(word)
    }

    fn inner(&mut self, text: &str) -> Read<Word> {
        let line = self.line();
        Parser::new(text, self.depth, line).quoted(None)
    }

    /// Parses a loop `for ((first; condition; next))`.
    fn counting_loop(&mut self) -> Read<What> {
        let rest = self.rest().get(2..).unwrap_or_default();
        let Some(end) = rest.find("))") else { return Err(unclosed(')')) };
        let text = rest.get(..end).unwrap_or_default().to_owned();
        let parts: Vec<_> = text.split(';').collect();
        let [first, condition, next] = *parts else { return Err(self.unexpected()) };
        let [first, condition, next] = [self.inner(first)?, self.inner(condition)?, self.inner(next)?];
        self.at += end + 4;
        self.skip_blank();
        self.takes(";");
        self.expects_word("do")?;
        Ok(What::Count { first, condition, next, body: self.block("done")? })
    }

    /// Parses `name() command` or `function name command`; `None` if neither begins here.
    pub(super) fn function(&mut self) -> Read<Option<What>> {
        let start = self.at;
        let is_told = self.takes_word("function");
        self.skip_blank();
        let length = self.rest().find(|c| !is_name(c) && !"-.:+@".contains(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..length).unwrap_or_default().to_owned();
        self.at += length;
        self.skip_blank();
        let has_marks = self.takes("()") || {
            let at = self.at;
            let takes = self.takes("(") && {
                self.skip_blank();
                self.takes(")")
            };
            self.at = if takes { self.at } else { at };
            takes
        };
        if name.is_empty() || !(is_told || has_marks) {
            self.at = start;
            return Ok(None);
        }
        self.skip_lines();
        let body = self.at;
        let line = self.line();
        self.goes_deeper()?;
        self.command()?;
        self.depth -= 1;
        let text = self.text.get(body..self.at).unwrap_or_default();
        Ok(Some(What::Function(name, text.to_owned(), line)))
    }

    /// Parses a `case` command.
    pub(super) fn case(&mut self) -> Read<What> {
        let start = self.at;
        self.takes_word("case");
        self.skip_blank();
        let Some(word) = self.word()? else { return Err(self.unexpected()) };
        let written = self.text.get(start..self.at).unwrap_or_default().to_owned();
        self.expects_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.takes_word("esac") {
                return Ok(What::Case { word, arms, written });
            }
            self.takes("(");
            let mut patterns = Vec::new();
            loop {
                self.skip_blank();
                match self.word()? {
                    Some(pattern) => patterns.push(pattern),
                    None => return Err(self.unexpected()),
                }
                self.skip_blank();
                if !self.takes("|") {
                    break;
                }
            }
            if !self.takes(")") {
                return Err(self.unexpected());
            }
            let body = self.list(&[";;", ";&", "esac"], false)?;
            let next = if self.takes(";;&") {
                Next::Others
            } else if self.takes(";&") {
                Next::Through
            } else {
                self.takes(";;");
                Next::End
            };
            arms.push((patterns, body, next));
        }
    }

    /// Parses the condition in `[[ … ]]`.
    pub(super) fn test_or(&mut self) -> Read<Condition> {
        self.goes_deeper()?;
        let mut left = self.test_and()?;
        while self.takes("||") {
            left = Condition::Or(Box::new(left), Box::new(self.test_and()?));
            self.goes_deeper()?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn test_and(&mut self) -> Read<Condition> {
        let mut left = self.test_one()?;
        while self.takes("&&") {
            left = Condition::And(Box::new(left), Box::new(self.test_one()?));
            self.goes_deeper()?;
        }
        Ok(left)
    }

    fn test_one(&mut self) -> Read<Condition> {
        self.skip_lines();
        if self.takes_word("!") {
            self.goes_deeper()?;
            return Ok(Condition::Not(Box::new(self.test_one()?)));
        }
        if self.takes("(") {
            let inner = self.test_or()?;
            self.skip_lines();
            return if self.takes(")") { Ok(inner) } else { Err(self.unexpected()) };
        }
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.skip_lines();
            if self.is_at_word("]]") || self.rest().starts_with(['&', '|', ')']) {
                break;
            }
            let mark = ["<", ">"].into_iter().find(|mark| self.is_at_word(mark) && self.takes(mark));
            if let Some(mark) = mark {
                words.push(vec![Part { is_quoted: true, piece: Piece::Text(mark.to_owned()) }]);
                continue;
            }
            let is_match =
                |word: &Word| matches!(&**word, [Part { piece: Piece::Text(text), .. }] if text == "=~");
            self.is_expression = words.last().is_some_and(is_match);
            let word = self.word();
            self.is_expression = false;
            match word? {
                Some(word) => words.push(word),
                None => return Err(self.unexpected()),
            }
        }
        if words.is_empty() { Err(self.unexpected()) } else { Ok(Condition::Words(words)) }
    }
}
