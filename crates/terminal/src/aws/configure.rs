//! `aws configure` and its files: profiles in `~/.aws/config`, keys in `~/.aws/credentials`.
//!
//! A profile may select the acting account by `role_arn`, `sso_account_id` or `aws_account_id`; without these it acts
//! as the current account. The default region is the region of the playground.

use crate::{Context, Files, files::HOME};

use super::input::Failure;

/// Runs `aws configure` with these arguments for a profile.
///
/// # Errors
/// When the arguments are invalid.
pub fn run(
    context: &mut Context,
    output: &mut crate::Output,
    words: &[String],
    profile: Option<&str>,
) -> Result<(), Failure> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match *words {
        ["list"] => {
            output.stdout.push_str(&list(context, profile));
            Ok(())
        }
        ["list-profiles"] => {
            for name in profiles(context.files) {
                output.stdout.push_str(&[&name, "\n"].concat());
            }
            Ok(())
        }
        ["get", name] => {
            match value(context, name, profile) {
                Some(value) => output.stdout.push_str(&[&value, "\n"].concat()),
                None => output.exit_code = 1,
            }
            Ok(())
        }
        ["set", name, value] => set(context, name, value, profile),
        _ => Err(Failure::Plain(
            "aws configure: list, get <name> and set <name> <value> are what there is here".to_owned(),
        )),
    }
}

/// Returns the output of `aws configure list`.
fn list(context: &Context, profile: Option<&str>) -> String {
    let config = |name: &str| setting(context.files, profile, name);
    let region = match config("region") {
        Some(region) => (region, "config-file", "~/.aws/config"),
        None => {
            let region = context.playground.world().region.to_string();
            (region, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']")
        }
    };
    let masked = |name: &str, usual: &str| match config(name) {
        Some(key) => {
            let start = key.char_indices().rev().nth(3).map_or(0, |(start, _)| start);
            (["****************", key.get(start..).unwrap_or_default()].concat(), "config-file", "")
        }
        None => (["****************", usual].concat(), "env", ""),
    };
    let profile = match profile {
        Some(name) => (name.to_owned(), "manual", "--profile"),
        None => ("<not set>".to_owned(), "None", "None"),
    };
    let mut text = String::new();
    for (name, (value, kind, location)) in [
        ("Name", ("Value".to_owned(), "Type", "Location")),
        ("----", ("-----".to_owned(), "----", "--------")),
        ("profile", profile),
        ("access_key", masked("aws_access_key_id", "MPLE")),
        ("secret_key", masked("aws_secret_access_key", "EKEY")),
        ("region", region),
    ] {
        text.push_str(&format!("{name:>10} {value:>24} {kind:>16}    {location}\n"));
    }
    text
}

/// Splits a name into profile and setting: `profile.dev.region` and `dev.region` are settings of the profile `dev`.
fn split<'n>(name: &'n str, profile: Option<&'n str>) -> (Option<&'n str>, &'n str) {
    let dotted = name.strip_prefix("profile.").unwrap_or(name);
    match dotted.split_once('.') {
        Some((profile, name)) => (Some(profile), name),
        None => (profile, name),
    }
}

fn value(context: &Context, name: &str, profile: Option<&str>) -> Option<String> {
    let (profile, name) = split(name, profile);
    setting(context.files, profile, name).or_else(|| match name {
        "region" => Some(context.playground.world().region.to_string()),
        "profile" => context.variables.get("AWS_PROFILE").cloned(),
        "output" => context.variables.get("AWS_DEFAULT_OUTPUT").cloned(),
        _ => None,
    })
}

fn set(context: &mut Context, name: &str, value: &str, profile: Option<&str>) -> Result<(), Failure> {
    let (profile, name) = split(name, profile);
    let (path, section) = place(name, profile.unwrap_or("default"));
    let before = context.files.get(&path).cloned().unwrap_or_default();
    let text = changed(&before, &section, name, value);
    let folder = [HOME, "/.aws"].concat();
    let written =
        context.files.make_folder(&folder, true).and_then(|()| context.files.write(&path, &text, false));
    written.map_err(|why| Failure::Plain(format!("{why}: '{path}'")))
}

/// Returns the file and the section that store a setting.
fn place(name: &str, profile: &str) -> (String, String) {
    if matches!(name, "aws_access_key_id" | "aws_secret_access_key" | "aws_session_token") {
        return ([HOME, "/.aws/credentials"].concat(), profile.to_owned());
    }
    let section = match profile {
        "default" => "default".to_owned(),
        _ if profile.contains(char::is_whitespace) => ["profile '", profile, "'"].concat(),
        _ => ["profile ", profile].concat(),
    };
    ([HOME, "/.aws/config"].concat(), section)
}

/// Returns the name of the section if the line is a section header.
fn section_of(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split(']').next().map(str::trim)
}

/// Parses a line as a name and a value.
fn pair(line: &str) -> Option<(&str, &str)> {
    let is_pair = !line.starts_with(char::is_whitespace) && !line.starts_with(['#', ';', '[']);
    let (name, value) = line.split_once('=').filter(|_| is_pair)?;
    Some((name.trim(), value.trim()))
}

/// Sets a value in a section of a file's text: replaces an existing setting, else appends to the section.
fn changed(before: &str, section: &str, name: &str, value: &str) -> String {
    let line = [name, " = ", value].concat();
    let mut lines: Vec<&str> = before.lines().collect();
    let Some(start) = lines.iter().position(|line| section_of(line) == Some(section)) else {
        let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        return [before, gap, "[", section, "]\n", &line, "\n"].concat();
    };
    let end = lines.iter().skip(start + 1).position(|line| section_of(line).is_some());
    let end = end.map_or(lines.len(), |length| start + 1 + length);
    let inner = lines.get(start + 1..end).unwrap_or_default();
    let known = inner.iter().position(|line| pair(line).is_some_and(|(known, _)| known == name));
    let last = inner.iter().rposition(|line| pair(line).is_some());
    match (known.and_then(|place| lines.get_mut(start + 1 + place)), last) {
        (Some(known), _) => *known = &line,
        (None, Some(last)) => lines.insert(start + 2 + last, &line),
        (None, None) => lines.insert(start + 1, &line),
    }
    lines.join("\n") + "\n"
}

/// Returns the names of the profiles in the files.
fn profiles(files: &Files) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for file in ["config", "credentials"] {
        let text = files.get(&[HOME, "/.aws/", file].concat()).map_or("", String::as_str);
        for section in text.lines().filter_map(section_of) {
            let name = section.strip_prefix("profile ").unwrap_or(section).trim().trim_matches(['\'', '"']);
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Returns whether the files define a profile.
pub fn has_profile(files: &Files, profile: &str) -> bool {
    profiles(files).iter().any(|known| known == profile)
}

/// Returns a setting of a profile from the files.
pub fn setting(files: &Files, profile: Option<&str>, name: &str) -> Option<String> {
    let profile = profile.unwrap_or("default");
    let (path, section) = place(name, profile);
    let mut lines = files.get(&path)?.lines().skip_while(|line| section_of(line) != Some(&section)).skip(1);
    let inner = lines.by_ref().take_while(|line| section_of(line).is_none());
    inner.filter_map(pair).filter(|(known, _)| *known == name).last().map(|(_, value)| value.to_owned())
}

/// Returns the id of the account that a profile acts as, according to the files.
pub fn account(files: &Files, profile: &str) -> Option<String> {
    let role = setting(files, Some(profile), "role_arn");
    let of_role = role.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
    of_role
        .or_else(|| setting(files, Some(profile), "sso_account_id"))
        .or_else(|| setting(files, Some(profile), "aws_account_id"))
}
