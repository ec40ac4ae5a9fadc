//! Lexer of queries. Source of the messages: Python's `jmespath/lexer.py`.

use mesh_text::data::{Data, json};

/// A token of a query.
#[derive(Clone, Debug)]
pub struct Token {
    /// Kind of the token, as error messages name it.
    pub kind: &'static str,
    /// Value of the token; for an operator or punctuation, its text.
    pub value: Data,
    /// Start position, in characters.
    pub start: usize,
}

/// Returns all tokens of a query, followed by `eof`.
///
/// # Errors
/// The message for the first invalid token.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let characters: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { text, characters: &characters, at: 0 };
    let mut found = Vec::new();
    while let Some(first) = lexer.peek(0) {
        let start = lexer.at;
        let (kind, value) = match first {
            ' ' | '\t' | '\n' | '\r' => {
                lexer.at += 1;
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                ("unquoted_identifier", lexer.run(|c| c.is_ascii_alphanumeric() || c == '_'))
            }
            '0'..='9' | '-' => {
                lexer.at += 1;
                let number = ["", &first.to_string(), &lexer.run(|c| c.is_ascii_digit())].concat();
                if number == "-" {
                    return Err(lexer.wrong(start, "Unknown token '-'"));
                }
                found.push(Token { kind: "number", value: Data::Number(shortest(&number).into()), start });
                continue;
            }
            '`' => {
                let value = lexer.literal(start)?;
                found.push(Token { kind: "literal", value, start });
                continue;
            }
            '\'' => ("literal", lexer.until('\'')?.replace("\\'", "'")),
            '"' => {
                let quoted = ["\"", &lexer.until('"')?, "\""].concat();
                let name = json::read(&quoted)
                    .map_err(|error| lexer.wrong(start, error.split(':').next().unwrap_or_default()))?;
                ("quoted_identifier", name.as_str().unwrap_or_default().to_owned())
            }
            _ => {
                let kind = sign(first, lexer.peek(1));
                match kind {
                    Some((kind, length)) => {
                        lexer.at += length;
                        let end = start + length;
                        (kind, characters.get(start..end).unwrap_or_default().iter().collect())
                    }
                    None if first == '=' => return Err(lexer.wrong(start, "Unknown token '='")),
                    None => return Err(lexer.wrong(start, &format!("Unknown token {first}"))),
                }
            }
        };
        found.push(Token { kind, value: Data::Text(value.into()), start });
    }
    found.push(Token { kind: "eof", value: Data::text(""), start: characters.len() });
    Ok(found)
}

/// Returns the kind and the length of an operator or punctuation.
fn sign(first: char, second: Option<char>) -> Option<(&'static str, usize)> {
    Some(match (first, second) {
        ('.', _) => ("dot", 1),
        ('*', _) => ("star", 1),
        (']', _) => ("rbracket", 1),
        (',', _) => ("comma", 1),
        (':', _) => ("colon", 1),
        ('@', _) => ("current", 1),
        ('(', _) => ("lparen", 1),
        (')', _) => ("rparen", 1),
        ('{', _) => ("lbrace", 1),
        ('}', _) => ("rbrace", 1),
        ('[', Some(']')) => ("flatten", 2),
        ('[', Some('?')) => ("filter", 2),
        ('[', _) => ("lbracket", 1),
        ('|', Some('|')) => ("or", 2),
        ('|', _) => ("pipe", 1),
        ('&', Some('&')) => ("and", 2),
        ('&', _) => ("expref", 1),
        ('<', Some('=')) => ("lte", 2),
        ('<', _) => ("lt", 1),
        ('>', Some('=')) => ("gte", 2),
        ('>', _) => ("gt", 1),
        ('!', Some('=')) => ("ne", 2),
        ('!', _) => ("not", 1),
        ('=', Some('=')) => ("eq", 2),
        _ => return None,
    })
}

/// Returns an integer without leading zeros.
fn shortest(number: &str) -> String {
    crate::aws::arguments::whole(number).unwrap_or_default()
}

struct Lexer<'t> {
    text: &'t str,
    characters: &'t [char],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn run(&mut self, belongs: fn(char) -> bool) -> String {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let run: String = rest.iter().take_while(|c| belongs(**c)).collect();
        self.at += run.len();
        run
    }

    /// Returns the text between two delimiters, including its backslashes, and consumes the delimiters.
    fn until(&mut self, mark: char) -> Result<String, String> {
        let start = self.at;
        let mut found = String::new();
        self.at += 1;
        loop {
            let next = self.peek(0);
            self.at += 1;
            match next {
                Some(c) if c == mark => return Ok(found),
                Some('\\') => {
                    found.push('\\');
                    let escaped = self.peek(0);
                    self.at += 1;
                    found.push(escaped.ok_or_else(|| self.unclosed(start, mark))?);
                }
                Some(c) => found.push(c),
                None => return Err(self.unclosed(start, mark)),
            }
        }
    }

    fn literal(&mut self, start: usize) -> Result<Data, String> {
        let lexeme = self.until('`')?.replace("\\`", "`");
        // A literal that is not valid JSON is a string without quotation marks.
        json::read(&lexeme)
            .or_else(|_| json::read(&["\"", lexeme.trim_start(), "\""].concat()))
            .map_err(|_| self.wrong(start, &["Bad token ", &lexeme].concat()))
    }

    fn unclosed(&self, start: usize, mark: char) -> String {
        self.wrong(start, &format!("Unclosed {mark} delimiter"))
    }

    fn wrong(&self, at: usize, what: &str) -> String {
        ["Bad jmespath expression: ", what, ":\n", self.text, "\n", &" ".repeat(at), "^"].concat()
    }
}
