//! JSON: read by `serde_json`, then held to the rules that it does not have.

use serde_json::{Map, Value};

use super::{
    Document, MAX_NESTING, MAX_NODES, SyntaxError, error, given_twice, position, too_deep, too_many,
};

/// Whether the text opens the way JSON does and YAML hardly ever: `{"`, `{}`, `[{`, `["`. Such a text is held
/// to JSON, because the JSON reader tells its mistakes better; several YAML documents may still start that way.
pub(super) fn looks_like_json(text: &str) -> bool {
    let mut characters = text.chars().filter(|c| !c.is_whitespace());
    let json = match characters.next() {
        Some('{') => matches!(characters.next(), Some('"' | '}') | None),
        Some('[') => matches!(characters.next(), Some('{' | '[' | '"' | ']') | None),
        _ => false,
    };
    // A line of JSON never starts with a dash twice: its texts cannot hold a line break.
    json && !text.contains("\n---")
}

pub(super) fn read_json(text: &str) -> Result<Vec<Document>, SyntaxError> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut documents = Vec::new();
    loop {
        let start = stream.byte_offset();
        let start = text.len() - text[start..].trim_start().len();
        match stream.next() {
            None => break,
            Some(Ok(value)) => {
                // Of many documents only the first two are ever pointed at; finding the start of each would go
                // over the text again and again.
                let (line, column) = if documents.len() < 2 { position(text, start) } else { (1, 1) };
                documents.push(Document { value, line, column });
            }
            Some(Err(problem)) => return Err(json_error(&problem)),
        }
    }
    survey_json(text)?;
    Ok(documents)
}

fn json_error(problem: &serde_json::Error) -> SyntaxError {
    let text = problem.to_string();
    let what = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
    let message = if what.starts_with("recursion") {
        too_deep()
    } else if what.starts_with("EOF") {
        "this JSON stops before it is complete; is its end missing?".to_owned()
    } else {
        ["this is not JSON: ", what, "; check the commas, brackets and quotes just before it"].concat()
    };
    SyntaxError { line: problem.line().max(1), column: problem.column().max(1), message }
}

/// Applies to well-formed JSON the rules that its reader does not: no key twice, and the limits.
fn survey_json(text: &str) -> Result<(), SyntaxError> {
    let mut open: Vec<Option<Map<String, Value>>> = Vec::new();
    let mut nodes = 0;
    let mut line = 1;
    let mut line_start = 0;
    let bytes = text.as_bytes();
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let start = index;
        index += 1;
        match byte {
            b'\n' => {
                line += 1;
                line_start = index;
                continue;
            }
            b'{' => open.push(Some(Map::new())),
            b'[' => open.push(None),
            b'}' | b']' => {
                open.pop();
                continue;
            }
            b'"' => {
                while let Some(byte) = bytes.get(index)
                    && *byte != b'"'
                {
                    index += if *byte == b'\\' { 2 } else { 1 };
                }
                index += 1;
                let is_key = text.get(index..).unwrap_or("").trim_start().starts_with(':');
                if let (true, Some(Some(keys))) = (is_key, open.last_mut()) {
                    let key = text.get(start + 1..index - 1).unwrap_or("");
                    if let Some(first) = keys.insert(key.to_owned(), Value::from(line)) {
                        let first = first.as_u64().map_or(1, |first| usize::try_from(first).unwrap_or(1));
                        let column = text[line_start..start].chars().count() + 1;
                        return Err(error(line, column, &given_twice(key, first, line)));
                    }
                    continue;
                }
            }
            b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                while bytes.get(index).is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
                    index += 1;
                }
            }
            _ => continue,
        }
        nodes += 1;
        let message = match () {
            () if open.len() > MAX_NESTING => too_deep(),
            () if nodes > MAX_NODES => too_many(),
            () => continue,
        };
        return Err(error(line, text[line_start..start].chars().count() + 1, &message));
    }
    Ok(())
}
