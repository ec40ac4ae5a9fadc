//! Comments and documents cite facts by existing paths.
//!
//! Three forms are checked in every text file of the repository: `docs/facts/<page>.md#<anchor>`, the bare number of an
//! API rule in a comment (`docs/facts/api-rules.md` has an anchor for each), and relative links in Markdown. Texts
//! outside the repository are not valid sources: [`OUTSIDE`] lists the files that look for samples there.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // A test may panic.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use common::{TextFile, root, text_files};
use regex_lite::Regex;

/// The page of the API rules. Its anchors are rule numbers in lower case.
const RULES: &str = "docs/facts/api-rules.md";

/// The files that may mention the folder beside the checkout, because tests look for published samples there.
const OUTSIDE: &[&str] = &[".ci/run", "README.md", "tests/common/outside.rs", "tests/e2e/page.mjs"];

/// Every text file except this one, which contains the searched strings.
static FILES: LazyLock<Vec<TextFile>> =
    LazyLock::new(|| text_files().into_iter().filter(|file| file.path != "tests/facts.rs").collect());

/// Returns the anchors of a Markdown page: explicit ids, and headings as GitHub names them. Then returns the duplicate
/// ones.
fn anchors(text: &str) -> (BTreeSet<String>, Vec<String>) {
    let id = Regex::new(r#"<a id="([^"]*)"></a>"#).unwrap();
    let heading = Regex::new(r"^#{1,6} +(.*?) *$").unwrap();
    let (mut found, mut repeated) = (BTreeSet::new(), Vec::new());
    for line in outside_of_fences(text) {
        let ids = id.captures_iter(line).map(|id| id[1].to_owned());
        let slug = heading.captures(&id.replace_all(line, "")).map(|heading| slug(&heading[1]));
        for anchor in ids.chain(slug) {
            if !found.insert(anchor.clone()) {
                repeated.push(anchor);
            }
        }
    }
    (found, repeated)
}

/// Returns the anchor of a heading.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// Returns the lines of a Markdown page that are not in a fenced code block.
fn outside_of_fences(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns the references to facts in a text, each with its anchor.
fn references(text: &str) -> Vec<(String, Option<String>)> {
    let reference =
        Regex::new(r"(docs/facts/[A-Za-z0-9_.-]*[A-Za-z0-9]|docs/facts/\s)(?:#([A-Za-z0-9_-]+))?").unwrap();
    let found = reference.captures_iter(text);
    found.map(|found| (found[1].to_owned(), found.get(2).map(|anchor| anchor.as_str().to_owned()))).collect()
}

/// Returns the rule numbers in a line of a program: in its comment, or as a whole string.
fn rule_numbers(line: &str) -> Vec<&str> {
    // Amazon S3 is not a rule.
    let is_rule = |word: &&str| {
        let digits = word.strip_prefix(['G', 'M', 'N', 'P', 'R', 'S']).unwrap_or_default();
        matches!(digits.len(), 1 | 2) && digits.bytes().all(|digit| digit.is_ascii_digit()) && *word != "S3"
    };
    let comment = line.find("//").map_or("", |start| &line[start..]);
    let words = comment.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.chain(line.split('"').skip(1).step_by(2)).filter(is_rule).collect()
}

/// Returns the targets of the links in a Markdown page that are relative paths or anchors of the page itself.
fn relative_links(text: &str) -> Vec<String> {
    let code = Regex::new(r"`[^`]*`").unwrap();
    let link = Regex::new(r"\]\(([^()\s]+)\)").unwrap();
    let mut found = Vec::new();
    for line in outside_of_fences(text) {
        let line = code.replace_all(line, "``");
        let targets = link.captures_iter(&line).map(|target| target[1].to_owned());
        found.extend(targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")));
    }
    found
}

/// Resolves a link in the page `from` to a path relative to the repository.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    let _page = parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Joins a text to one line, without comment markers, so that phrases are found across line breaks.
fn prose(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().trim_start_matches(['/', '!', '#', '*', '>']).trim());
    lines.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Returns the Markdown pages of the repository with their anchors.
fn pages() -> BTreeMap<&'static str, BTreeSet<String>> {
    let pages = FILES.iter().filter(|file| file.path.ends_with(".md"));
    pages
        .map(|page| {
            let (found, repeated) = anchors(&page.text);
            // Other pages may repeat a heading; each fact must have only one anchor.
            let is_unique = repeated.is_empty() || !page.path.starts_with("docs/facts/");
            assert!(is_unique, "{} has anchors twice: {repeated:?}", page.path);
            (page.path.as_str(), found)
        })
        .collect()
}

#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn references_to_facts_resolve() {
    let pages = pages();
    let (mut count, mut problems) = (0, Vec::new());
    for file in FILES.iter().filter(|file| file.text.contains("docs/facts/")) {
        for (path, anchor) in references(&file.text) {
            count += 1;
            let page = pages.get(path.as_str());
            if !page.is_some_and(|page| anchor.as_ref().is_none_or(|anchor| page.contains(anchor))) {
                let anchor = anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
                problems.push(format!("{}: {path}{anchor}", file.path));
            }
        }
    }
    assert_none(&problems);
    assert!(count > 50, "only {count} references are found");
}

#[test]
fn rule_numbers_resolve() {
    let pages = pages();
    let rules = &pages[RULES];
    let (mut count, mut problems) = (0, Vec::new());
    for file in FILES.iter().filter(|file| file.path.ends_with(".rs")) {
        let names_page = file.text.contains(RULES);
        for (number, line) in (1..).zip(file.text.lines()) {
            for rule in rule_numbers(line) {
                count += 1;
                if !rules.contains(&rule.to_lowercase()) {
                    problems.push(format!("{}:{number}: there is no rule {rule}", file.path));
                } else if !names_page {
                    problems.push(format!("{}:{number}: cites {rule}, and not {RULES}", file.path));
                }
            }
        }
    }
    assert_none(&problems);
    assert!(count > 50, "only {count} rule numbers are found");
}

#[test]
fn nothing_outside_of_the_repository_is_cited() {
    let beside = concat!("../", "shared");
    let phrases = [
        concat!("fact ", "sheet"),
        concat!("fact-", "sheet"),
        "envoy-facts.md",
        "appmesh-api.md",
        "dialects.md",
    ];
    let mut problems = Vec::new();
    for file in FILES.iter() {
        let prose = prose(&file.text);
        for phrase in phrases {
            if prose.contains(phrase) {
                problems.push(format!("{} cites {phrase:?}", file.path));
            }
        }
        if prose.contains(beside) != OUTSIDE.contains(&file.path.as_str()) {
            problems.push(format!("{} mentions {beside}, or its exception is stale", file.path));
        }
    }
    assert_none(&problems);
}

#[test]
fn relative_links_in_documents_resolve() {
    let pages = pages();
    let (mut count, mut problems) = (0, Vec::new());
    for page in FILES.iter().filter(|file| file.path.ends_with(".md")) {
        for link in relative_links(&page.text) {
            count += 1;
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = if target.is_empty() { page.path.clone() } else { resolve(&page.path, target) };
            let has_anchor =
                anchor.is_empty() || pages.get(path.as_str()).is_some_and(|page| page.contains(anchor));
            if !root().join(&path).exists() || !has_anchor {
                problems.push(format!("{}: {link}", page.path));
            }
        }
    }
    assert_none(&problems);
    assert!(count > 10, "only {count} links are found");
}

#[test]
fn the_index_has_every_page() {
    let index = FILES.iter().find(|file| file.path == "docs/facts/README.md").unwrap();
    let linked: BTreeSet<_> =
        relative_links(&index.text).iter().map(|link| resolve(&index.path, link)).collect();
    let is_page = |file: &&TextFile| file.path.starts_with("docs/facts/") && file.path != index.path;
    let unlisted = FILES.iter().filter(is_page).filter(|page| !linked.contains(&page.path));
    assert_none(&unlisted.map(|page| page.path.clone()).collect::<Vec<_>>());
}

#[test]
fn anchors_are_ids_and_headings() {
    let page = "# One page\n<a id=\"r7\"></a>\n```\n# code\n```\n## `DROP_ALL`: the default\n";
    let expected = ["drop_all-the-default", "one-page", "r7"].map(str::to_owned);
    assert_eq!(anchors(page), (BTreeSet::from(expected), Vec::new()));
    assert_eq!(anchors("# a\n<a id=\"a\"></a>").1, ["a"]);
}

#[test]
fn references_are_found_in_any_text() {
    let page = "docs/facts/envoy.md";
    assert_eq!(
        references(&format!("//! Source: {page}#egress, measured.")),
        [(page.into(), Some("egress".into()))]
    );
    assert_eq!(references(&format!("[it]({page})")), [(page.into(), None)]);
    assert_eq!(references("in docs/facts, or `docs/facts/`"), []);
    // A reference is not split over two lines.
    assert_eq!(references("docs/facts/\n//! envoy.md").len(), 1);
    assert_eq!(rule_numbers("Case::new(\"G3\", x) // N2, RFC 6724, S3, P256"), ["N2", "G3"]);
    assert_eq!(rule_numbers("let r2 = R2;"), [] as [&str; 0]);
    assert_eq!(relative_links("[a](b.md#c) `[x](y)` [d](https://e.f)"), ["b.md#c"]);
    assert_eq!(resolve("docs/facts/README.md", "../../src/lib.rs"), "src/lib.rs");
    assert_eq!(prose("//! of the Fact\n//! Sheet"), "of the fact sheet");
}
