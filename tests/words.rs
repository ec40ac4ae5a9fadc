//! Every text that the page shows is in every catalogue of `lang/`, and no other text is.
//!
//! `UPDATE_WORDS=1 cargo test --test words` rewrites `lang/en.json`, the list of all texts for translators, and sorts
//! the other catalogues; people have to add the texts that are missing there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use mesh_playground::{
    model::{Declared, Kind, Shape, TagList},
    view_model::label,
};

type Catalogue = BTreeMap<String, String>;

/// Code before a text that a catalogue must have.
const CALLS: &[&str] =
    &["t(", "say(", "english(", "Cause::Default(", "Refusal::Gone(", "fixed(\"aria-label\","];

#[test]
fn the_list_of_texts_is_as_the_sources_have_them() {
    let texts: Catalogue = texts().into_iter().map(|text| (text.clone(), text)).collect();
    assert!(texts.len() > 500, "only {} texts are found in the sources", texts.len());
    let path = catalogue_path("en");
    let written = written(&texts);
    if std::env::var_os("UPDATE_WORDS").is_some() {
        fs::write(path, written).unwrap();
        return;
    }
    let found = catalogue("en");
    let missing: Vec<_> = texts.keys().filter(|text| !found.contains_key(*text)).collect();
    let left_over: Vec<_> = found.keys().filter(|text| !texts.contains_key(*text)).collect();
    assert!(
        fs::read_to_string(path).unwrap() == written,
        "lang/en.json is not up to date; UPDATE_WORDS=1 cargo test --test words writes it\nmissing: {missing:#?}\n\
         left over: {left_over:#?}"
    );
}

#[test]
fn german_is_complete() {
    check("de");
}

#[test]
fn japanese_is_complete() {
    check("ja");
}

#[test]
fn texts_are_found_however_they_are_written() {
    let source = r#"
        // t("in a comment")
        a(t("one"), say("two {0}", &[x]), english(
            "three \
             lines", ), text("not this"), wait("nor this"), fixed("aria-label", "four"), t("a \"quote\"\n"));
        #[cfg(test)]
        mod tests { t("nor that") }
    "#;
    let found: Vec<_> = texts_in(source).collect();
    assert_eq!(found, ["one", "two {0}", "three lines", "four", "a \"quote\"\n"]);
}

#[track_caller]
fn check(language: &str) {
    let translations = catalogue(language);
    if std::env::var_os("UPDATE_WORDS").is_some() {
        fs::write(catalogue_path(language), written(&translations)).unwrap();
    }
    let texts = texts();
    let mut wrong = Vec::new();
    for text in &texts {
        match translations.get(text) {
            None => wrong.push(format!("missing: {text:?}")),
            Some(translation) if translation.trim().is_empty() => wrong.push(format!("empty: {text:?}")),
            Some(translation) if places(translation) != places(text) => {
                wrong.push(format!("other places: {text:?}: {translation:?}"));
            }
            Some(_) => {}
        }
    }
    let left_over = translations.keys().filter(|text| !texts.contains(*text));
    wrong.extend(left_over.map(|text| format!("left over: {text:?}")));
    assert!(wrong.is_empty(), "lang/{language}.json: {} mistakes\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        fs::read_to_string(catalogue_path(language)).unwrap() == written(&translations),
        "lang/{language}.json is not in order; UPDATE_WORDS=1 cargo test --test words puts it so"
    );
}

fn catalogue_path(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lang").join(format!("{language}.json"))
}

fn catalogue(language: &str) -> Catalogue {
    serde_json::from_str(&fs::read_to_string(catalogue_path(language)).unwrap()).unwrap()
}

fn written(catalogue: &Catalogue) -> String {
    serde_json::to_string_pretty(catalogue).unwrap() + "\n"
}

/// Returns the numbers of `{0}`, `{1}`, … in a text.
fn places(text: &str) -> BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    inside.map(|(number, _)| number).filter(|number| number.parse::<usize>().is_ok()).collect()
}

/// Returns every text that is shown: those of the sources, and those of the declarations.
fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path().join("src"));
    let mut folders: Vec<_> = crates.chain([root.join("src")]).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                texts.extend(texts_in(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    for kind in Kind::ALL {
        let declaration = kind.declaration();
        texts.insert(declaration.words.to_owned());
        texts.insert(label(declaration.name_member));
        declared(declaration.spec, "", &mut texts);
    }
    declared(TagList::SHAPE, "tags", &mut texts);
    texts
}

/// Collects the labels and explanations of a form. An item of a list has the singular of the list's label.
fn declared(shape: &Shape, name: &str, texts: &mut BTreeSet<String>) {
    match *shape {
        Shape::Structure(structure) => {
            for member in structure.members {
                texts.insert(label(member.name));
                if !member.about.trim().is_empty() {
                    texts.insert(member.about.trim().to_owned());
                }
                declared(member.shape, member.name, texts);
            }
        }
        Shape::List { of, .. } => {
            let label = label(name);
            texts.insert(label.strip_suffix('s').unwrap_or(&label).to_owned());
            declared(of, name, texts);
        }
        _ => {}
    }
}

/// Returns the string literals in a source, outside comments and tests, that follow one of [`CALLS`].
fn texts_in(source: &str) -> impl Iterator<Item = String> {
    // The tests of a file are at its end, unless they have a separate file.
    let source = source.split("mod tests {").next().unwrap_or_default();
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let source: String = lines.flat_map(|line| [line, "\n"]).collect();
    let mut found = Vec::new();
    for call in CALLS {
        for (at, _) in source.match_indices(call) {
            let before = source[..at].chars().next_back();
            let rest = source[at + call.len()..].trim_start();
            if before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != '.')
                && let Some(rest) = rest.strip_prefix('"')
            {
                found.push((at, literal(rest)));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, text)| text)
}

/// Returns a literal up to its closing quote.
fn literal(source: &str) -> String {
    let mut text = String::new();
    let mut letters = source.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('\n') => while letters.next_if(|next| next.is_whitespace()).is_some() {},
                Some(other) => text.push(other),
                None => break,
            },
            _ => text.push(letter),
        }
    }
    text
}
