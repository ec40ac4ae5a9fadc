//! The match conditions of a route, in Envoy's configuration.

use super::{
    cause::{At, Cause},
    tree::Tree,
};

/// The header in which a gateway, when it sends a request to itself, names the service of a request whose host it
/// preserves. Source: docs/facts/envoy.md#configuration.
pub(super) const SERVICE_HEADER: &str = "x-app-mesh-virtual-service";

const HEADER: &str = "{name:$0,string_match:$1,range_match:$2,present_match:$3,invert_match:$4}";
const MATCH: &str = "{prefix:$0,path:$1,safe_regex:$2,headers:$3,query_parameters:$4,grpc:$5}";

/// Builds the match of a route or gateway route. `prefix` replaces the prefix of the route; `more` are additional
/// headers to match.
pub(super) fn matching(kind: &str, matches: At, prefix: Option<Tree>, more: Vec<Tree>) -> Tree {
    let mut parts: [Tree; 6] = Default::default();
    let path = matches.first_of(&["path", "prefix", "serviceName"]);
    let inner = path.and_then(|(_, path)| path.first_of(&["exact", "regex"]));
    match (path, inner) {
        (_, Some(("exact", exact))) => parts[1] = exact.tree(),
        (_, Some((_, regex))) => parts[2] = regex.wrote(regex_of(regex.tree())),
        (Some(("prefix", own)), _) => parts[0] = prefix.unwrap_or_else(|| own.tree()),
        (Some(("serviceName", service)), _) => match matches.first_of(&["methodName"]) {
            Some((_, method)) => {
                let path = format!("/{}/{}", service.text(), method.text());
                parts[1] = method.wrote(Tree::text(&path));
            }
            None => parts[0] = service.wrote(Tree::text(&format!("/{}/", service.text()))),
        },
        _ => parts[0] = prefix.unwrap_or_else(any_path),
    }
    let mut headers = more;
    for (member, name) in [("method", ":method"), ("scheme", ":scheme")] {
        if let Some((_, value)) = matches.first_of(&[member]) {
            let exact = Tree::fill("{exact:$0}", &mut [value.tree()]);
            headers.push(value.wrote(header(Tree::word(name), exact)));
        }
    }
    if let Some((_, host)) = matches.first_of(&["hostname"]) {
        headers.push(host.wrote(header(Tree::word(":authority"), hostname(host))));
    }
    if let Some((_, listed)) = matches.first_of(&["headers", "metadata"]) {
        headers.extend(listed.items().map(listed_header));
    }
    parts[3] = Tree::list_if_any(headers);
    if let Some((_, listed)) = matches.first_of(&["queryParameters"]) {
        parts[4] = Tree::list_if_any(listed.items().map(query_parameter).collect());
    }
    if kind == "grpcRoute" {
        parts[5] = Tree::fill("{}", &mut []);
    }
    Tree::fill(MATCH, &mut parts)
}

fn any_path() -> Tree {
    Tree::word("/").because(Some(Cause::Default("every path, where the route names none")))
}

/// Builds the match of a header's value. `value` is an object of Envoy's `StringMatcher`.
pub(super) fn header(name: Tree, value: Tree) -> Tree {
    Tree::fill(HEADER, &mut [name, value])
}

fn regex_of(regex: Tree) -> Tree {
    Tree::fill("{regex:$0}", &mut [regex])
}

fn listed_header(listed: At) -> Tree {
    let mut parts: [Tree; 5] = Default::default();
    parts[0] = listed.at("name").tree();
    match listed.at("match").first_of(&["exact", "prefix", "range", "regex", "suffix"]) {
        Some(("range", range)) => {
            let mut bounds = [range.at("start").tree(), range.at("end").tree()];
            parts[2] = range.wrote(Tree::fill("{start:$0,end:$1}", &mut bounds));
        }
        Some((how, value)) => {
            let template = match how {
                "exact" => "{exact:$0}",
                "prefix" => "{prefix:$0}",
                "suffix" => "{suffix:$0}",
                _ => "{safe_regex:{regex:$0}}",
            };
            parts[1] = value.wrote(Tree::fill(template, &mut [value.tree()]));
        }
        None => parts[3] = Tree::flag(true),
    }
    let invert = listed.at("invert");
    parts[4] = invert.wrote(Tree::flag(invert.is_true()));
    listed.wrote(Tree::fill(HEADER, &mut parts))
}

/// Builds the match of a query parameter. Names that the API allows and Envoy refuses become names that no request
/// has: an empty name becomes a space, and a name of more than 1024 bytes is truncated.
fn query_parameter(listed: At) -> Tree {
    const PARAMETER: &str = "{name:$0,string_match:$1,present_match:$2}";
    const MOST_BYTES: usize = 1024;
    let name = listed.at("name");
    let text = name.text();
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= MOST_BYTES).last();
    let text = end.and_then(|end| text.get(..end)).unwrap_or(" ");
    let exact = listed.at("match.exact");
    let value = exact.wrote(Tree::fill("{exact:$0}", &mut [exact.tree()]));
    let is_there = Tree::flag(!exact.is_set());
    listed.wrote(Tree::fill(PARAMETER, &mut [name.wrote(Tree::text(text)), value, is_there]))
}

/// Builds the match of a host, which may include a port and ignores case. A name that is not ASCII is not a host
/// name, and is compared literally.
fn hostname(host: At) -> Tree {
    let Some((how, name)) = host.first_of(&["exact", "suffix"]) else { return Tree::default() };
    if !name.text().is_ascii() {
        let template = if how == "exact" { "{exact:$0}" } else { "{suffix:$0}" };
        return Tree::fill(template, &mut [name.tree()]);
    }
    let start = if how == "suffix" { ".*" } else { "" };
    let mut regex = format!("(?i){start}");
    for c in name.text().chars() {
        if c.is_ascii_punctuation() {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex.push_str("(:[0-9]+)?");
    Tree::fill("{safe_regex:{regex:$0}}", &mut [Tree::text(&regex).because(name.cause())])
}
