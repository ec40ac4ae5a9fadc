//! `test`, `match` and related functions: regular expressions in linear time.

use mesh_text::{
    data::{Data, named},
    pattern::Pattern,
};

use super::order::{count, told};

/// Returns the matches of a pattern, in jq's format. The pattern may be a list of the pattern and its flags.
///
/// # Errors
/// Returns a message if the value is not a string, the pattern or a flag is invalid, or the string is too long.
pub fn matches(value: &Data, pattern: &Data, flags: &Data, work: &mut usize) -> Result<Data, String> {
    let cannot = || [&*told(value), " cannot be matched, as it is not a string"].concat();
    let Data::Text(text) = value else { return Err(cannot()) };
    let (pattern, flags) = match pattern {
        Data::List(parts) => (parts.first().unwrap_or(&Data::Null), parts.get(1).unwrap_or(flags)),
        _ => (pattern, flags),
    };
    let Data::Text(written) = pattern else {
        return Err([&*told(pattern), " cannot be matched, as it is not a string"].concat());
    };
    let flags = match flags {
        Data::Null => "",
        Data::Text(flags) => flags,
        other => return Err([&*told(other), " is not a string"].concat()),
    };
    if let Some(wrong) = flags.chars().find(|c| !"gimnpslx".contains(*c)) {
        return Err(
            [flags, " is not a valid modifier string (", wrong.encode_utf8(&mut [0; 4]), ")"].concat()
        );
    }
    let mut set: String = flags.chars().filter(|c| "ix".contains(*c)).collect();
    if flags.contains(['s', 'p']) {
        set.push('s');
    }
    let written = if set.is_empty() { written.to_string() } else { ["(?", &set, ")", written].concat() };
    *work += written.len();
    let pattern =
        Pattern::new(&written).ok_or_else(|| [&*written, " (at offset 0) is not a valid regex"].concat())?;
    *work += pattern.work(text);
    if *work > 400_000 {
        return Err("the text is too long for this regular expression".to_owned());
    }
    let names: Vec<_> = pattern.regex.capture_names().skip(1).collect();
    let mut found = Vec::new();
    let (mut characters, mut last) = (0, 0);
    for captures in pattern.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        if whole.is_empty() && flags.contains('n') {
            continue;
        }
        characters += text.get(last..whole.start()).unwrap_or_default().chars().count();
        last = whole.start();
        let mut groups = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let group = captures.get(place + 1);
            let before = group.and_then(|group| text.get(last..group.start()));
            let offset = match group {
                Some(_) => count(characters + before.unwrap_or_default().chars().count()),
                None => -1,
            };
            let string = group.map_or(Data::Null, |group| Data::text(group.as_str()));
            let length = group.map_or(0, |group| group.as_str().chars().count());
            groups.push(Data::map(vec![
                named("offset", Data::whole(offset)),
                named("length", Data::whole(count(length))),
                named("string", string),
                named("name", name.map_or(Data::Null, Data::text)),
            ]));
        }
        found.push(Data::map(vec![
            named("offset", Data::whole(count(characters))),
            named("length", Data::whole(count(whole.as_str().chars().count()))),
            named("string", Data::text(whole.as_str())),
            named("captures", Data::list(groups)),
        ]));
        if !flags.contains('g') {
            break;
        }
    }
    Ok(Data::list(found))
}
