//! `@csv` and the other formats, which convert values to strings.

use mesh_text::{
    base64::{from_base64, to_base64},
    data::{Data, hex},
};

use super::order::told;

/// Names of the formats.
pub const FORMATS: &[&str] =
    &["@text", "@json", "@csv", "@tsv", "@html", "@uri", "@sh", "@base64", "@base64d"];

/// Formats a value.
///
/// # Errors
/// Returns jq's message if the format does not support the value.
pub fn format(format: &str, value: &Data) -> Result<Data, String> {
    if format == "@text" && matches!(value, Data::Text(_)) {
        return Ok(value.clone());
    }
    let plain = match value {
        Data::Text(text) => text.to_string(),
        other => other.compact(),
    };
    let escaped = |replaced: &[(char, &str)]| {
        let mut made = String::new();
        for c in plain.chars() {
            match replaced.iter().find(|(known, _)| *known == c) {
                Some((_, new)) => made.push_str(new),
                None => made.push(c),
            }
        }
        made
    };
    Ok(Data::text(&match format {
        "@text" => plain,
        "@json" => value.compact(),
        "@html" => escaped(&[('<', "&lt;"), ('>', "&gt;"), ('&', "&amp;"), ('\'', "&#39;"), ('"', "&quot;")]),
        "@uri" => {
            let mut made = String::new();
            for byte in plain.bytes() {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    made.push(char::from(byte));
                } else {
                    made.push('%');
                    made.push_str(&hex(byte.into(), 2).to_ascii_uppercase());
                }
            }
            made
        }
        "@base64" => to_base64(plain.as_bytes()),
        "@base64d" => {
            let plain = plain.trim_end_matches('=');
            let bytes = from_base64(&[plain, "==="].concat());
            let bytes = bytes.ok_or_else(|| [&*told(value), " is not valid base64 data"].concat())?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "@sh" => row(value, " ", "can not be escaped for shell", |item| match item {
            Data::Text(text) => ["'", &text.replace('\'', "'\\''"), "'"].concat(),
            other => other.compact(),
        })?,
        "@csv" | "@tsv" => {
            let Data::List(_) = value else {
                let kind = if format == "@csv" { "csv" } else { "tsv" };
                return Err([&*told(value), " cannot be ", kind, "-formatted, only an array can be"].concat());
            };
            let is_csv = format == "@csv";
            row(value, if is_csv { "," } else { "\t" }, "is not valid in a csv row", |item| match item {
                Data::Null => String::new(),
                Data::Text(text) if is_csv => ["\"", &text.replace('"', "\"\""), "\""].concat(),
                Data::Text(text) => {
                    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
                }
                other => other.compact(),
            })?
        }
        _ => return Err([format, " is not a valid format"].concat()),
    }))
}

fn row(value: &Data, between: &str, wrong: &str, write: impl Fn(&Data) -> String) -> Result<String, String> {
    let items = match value {
        Data::List(items) => items,
        other => std::slice::from_ref(other),
    };
    if let Some(item) = items.iter().find(|item| !item.is_scalar()) {
        return Err([&*told(item), " ", wrong].concat());
    }
    Ok(items.iter().map(write).collect::<Vec<_>>().join(between))
}
