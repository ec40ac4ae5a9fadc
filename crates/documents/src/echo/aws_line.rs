//! Conversion of an operation to the line that runs it.

use serde_json::Value;

use app_mesh_engine::{
    control_plane::{Operation, Request, names},
    model::{AccountId, MeshId, ResourceId, TextMap, object},
};
use mesh_text::json::compact;

/// Returns the shortest `aws appmesh` line that requests this operation, quoted for a POSIX shell.
///
/// ```
/// use app_mesh_engine::{control_plane::{Operation, Verb}, model::Kind};
/// use mesh_documents::echo::command_line;
/// let caller = "123456789012".parse().unwrap();
/// let input = serde_json::json!({"meshName": "colors", "spec": {"egressFilter": {"type": "ALLOW_ALL"}}});
/// let create = Operation::parse(Verb::Create, Kind::Mesh, &input, &caller).unwrap();
/// assert_eq!(
///     command_line(&create, &caller),
///     r#"aws appmesh create-mesh --mesh-name colors --spec '{"egressFilter":{"type":"ALLOW_ALL"}}'"#
/// );
/// ```
pub fn command_line(operation: &Operation, caller: &AccountId) -> String {
    let id = operation.id();
    let mut line =
        format!("aws appmesh {}-{}", operation.verb().command(), id.key.kind.declaration().command);
    let mut option = |name: &str, value: &str| {
        line.push_str(" --");
        line.push_str(&kebab(name));
        // The AWS CLI would parse a value that begins with a hyphen as an option.
        line.push(if value.trim_start_matches('\'').starts_with('-') { '=' } else { ' ' });
        line.push_str(value);
    };
    for (member, name) in names(id) {
        option(&member, &quote(name.as_str().unwrap_or_default()));
    }
    if id.mesh.owner != *caller {
        option("meshOwner", id.mesh.owner.as_str());
    }
    if let Operation::Create { spec, .. } | Operation::Update { spec, .. } = operation {
        let json = spec.json();
        // The spec is optional for a mesh only.
        let may_be_absent = id.key == ResourceId::of_mesh(id.mesh.clone()).key;
        if !(may_be_absent && *json == Value::Object(serde_json::Map::new())) {
            option("spec", &quote(&compact(json)));
        }
    }
    if let Operation::Create { tags, .. } = operation
        && !tags.is_empty()
    {
        option("tags", &tag_words(tags));
    }
    line
}

/// Returns the line for any request. It has no client token, because a token has no meaning for a later request.
pub fn request_line(request: &Request, caller: &AccountId) -> String {
    match request {
        Request::Resource { operation, .. } => command_line(operation, caller),
        Request::Tag { arn, tags } => {
            format!("aws appmesh tag-resource --resource-arn {} --tags {}", quote(arn), tag_words(tags))
        }
        Request::Untag { arn, keys } => {
            // The AWS CLI would parse some keys as an option, a file or JSON, so such keys are in a JSON list.
            let is_plain = keys.iter().all(|key| !key.starts_with(['-', '[', '{']) && !key.contains("://"));
            let words: Vec<_> = keys.iter().map(|key| quote(key)).collect();
            let words = if is_plain {
                words.join(" ")
            } else {
                let keys = keys.iter().map(|key| Value::from(&**key));
                quote(&compact(&Value::Array(keys.collect())))
            };
            format!("aws appmesh untag-resource --resource-arn {} --tag-keys {words}", quote(arn))
        }
        Request::List { kind, .. } => format!("aws appmesh list-{}", kebab(kind.declaration().collection)),
        Request::ListTags { arn, .. } => {
            format!("aws appmesh list-tags-for-resource --resource-arn {}", quote(arn))
        }
    }
}

/// Returns tags in shorthand syntax. If shorthand would parse one of them differently, all are in JSON, because the AWS
/// CLI does not accept a mixture.
fn tag_words(tags: &TextMap) -> String {
    // Shorthand syntax allows only these characters.
    let is_plain_character = |c: char| c <= '\u{ffff}' && c.is_alphanumeric() || "-_./:@+".contains(c);
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(is_plain_character);
    let all_plain = tags.iter().all(|(key, value)| is_plain(key) && is_plain(value));
    let word = |(key, value): (&String, &String)| match all_plain {
        true => format!("key={key},value={value}"),
        false => quote(&compact(&object(&[("key", key), ("value", value)]))),
    };
    tags.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Returns the `aws ram` line that shares a mesh.
pub fn share_line(mesh: &MeshId, region: &str, with: &AccountId) -> String {
    let arn = ResourceId::of_mesh(mesh.clone()).arn(region, &mesh.owner);
    let name = quote(&mesh.name);
    let between = if mesh.name.starts_with('-') { '=' } else { ' ' };
    format!(
        "aws ram create-resource-share --name{between}{name} --resource-arns {} --principals {with}",
        quote(&arn)
    )
}

/// Quotes a word so that a POSIX shell reads it back unchanged.
///
/// ```
/// use mesh_documents::echo::quote;
/// assert_eq!(quote("a-b_1.c/d"), "a-b_1.c/d");
/// assert_eq!(quote("it's"), r"'it'\''s'");
/// assert_eq!(quote(""), "''");
/// ```
pub fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+,%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Converts `virtualNodeName` to `virtual-node-name`; a leading capital also gets a hyphen before it.
pub fn kebab(member: &str) -> String {
    let mut option = String::with_capacity(member.len() + 3);
    for c in member.chars() {
        if c.is_ascii_uppercase() {
            option.push('-');
        }
        option.push(c.to_ascii_lowercase());
    }
    option
}

#[cfg(test)]
mod tests {
    use super::*;
    use app_mesh_engine::{control_plane::Verb, model::Kind};
    use serde_json::json;

    #[track_caller]
    fn check(verb: Verb, kind: Kind, input: Value, expected: &str) {
        let caller = "123456789012".parse().unwrap();
        let operation = Operation::parse(verb, kind, &input, &caller).unwrap();
        assert_eq!(command_line(&operation, &caller), expected);
    }

    #[test]
    fn each_line_is_minimal_and_quoted() {
        check(Verb::Create, Kind::Mesh, json!({"meshName": "m"}), "aws appmesh create-mesh --mesh-name m");
        check(
            Verb::Create,
            Kind::Mesh,
            json!({"meshName": "m", "tags": [{"key": "team", "value": "a"}, {"key": "it's", "value": ""}]}),
            r#"aws appmesh create-mesh --mesh-name m --tags '{"key":"it'\''s","value":""}' '{"key":"team","value":"a"}'"#,
        );
        check(
            Verb::Delete,
            Kind::GatewayRoute,
            json!({"meshName": "m", "virtualGatewayName": "g", "gatewayRouteName": "r", "meshOwner": "210987654321"}),
            "aws appmesh delete-gateway-route --gateway-route-name r --mesh-name m --virtual-gateway-name g \
             --mesh-owner 210987654321",
        );
        check(
            Verb::Update,
            Kind::VirtualService,
            json!({"meshName": "m", "virtualServiceName": "a b", "spec": {}}),
            "aws appmesh update-virtual-service --mesh-name m --virtual-service-name 'a b' --spec '{}'",
        );
    }
}
