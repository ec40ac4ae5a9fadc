//! Labels and hints of the members in a form.

use mesh_text::words::{find, say, t};

use crate::model::{Member, Shape};

/// Words whose label differs from the API's spelling. The first label is the one in the service's console.
const WORDS: &[(&str, &str)] = &[
    ("ip preference", "IP version preference"),
    ("http2", "HTTP/2"),
    ("http", "HTTP"),
    ("grpc", "gRPC"),
    ("tcp", "TCP"),
    ("tls", "TLS"),
    ("dns", "DNS"),
    ("sds", "SDS"),
    ("acm", "ACM"),
    ("aws", "AWS"),
    ("arn", "ARN"),
    ("arns", "ARNs"),
    ("json", "JSON"),
    ("millis", "(ms)"),
];

/// Returns the label of a member: "Health check" for `healthCheck`, "AWS cloud map" for `awsCloudMap`.
///
/// ```
/// use mesh_playground::view_model::label;
/// assert_eq!(label("http2Route"), "HTTP/2 route");
/// assert_eq!(label("ipPreference"), "IP version preference");
/// ```
pub fn label(name: &str) -> String {
    translated(english_label(name))
}

/// Translates a label to the reader's language.
pub(super) fn translated(english: String) -> String {
    find(&english).map_or(english, str::to_owned)
}

/// Returns the English label of a member, which is its key in the catalogues.
pub(super) fn english_label(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    let known = |word: &str| WORDS.iter().find(|(known, _)| *known == word).map(|(_, written)| *written);
    if let Some(written) = known(&words) {
        return written.to_owned();
    }
    let mut label = String::new();
    for word in words.split(' ') {
        match known(word) {
            Some(written) => label.push_str(written),
            None if label.is_empty() => label = sentence(word),
            None => label.push_str(word),
        }
        label.push(' ');
    }
    label.truncate(label.trim_end().len());
    label
}

/// Capitalizes the first letter.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// Returns the singular: "Listener" for "Listeners".
pub(super) fn singular(words: &str) -> &str {
    words.strip_suffix('s').unwrap_or(words)
}

/// Returns the purpose of a member, and its bounds.
pub(super) fn hint(member: &Member) -> String {
    let about = t(member.about.trim()).replace('`', "");
    match *member.shape {
        // Do not repeat bounds that the text already contains.
        Shape::Integer { max, .. } if max < i64::MAX && member.about.contains(&max.to_string()) => about,
        Shape::Integer { min, max } if max < i64::MAX => {
            [&*about, " ", &*say("{0} to {1}.", &[&min.to_string(), &max.to_string()])].concat()
        }
        Shape::Integer { min, .. } if min > i64::MIN => {
            [&*about, " ", &*say("{0} or more.", &[&min.to_string()])].concat()
        }
        _ => about,
    }
}
