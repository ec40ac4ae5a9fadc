#!/usr/bin/env bash
# Checks the documents of the repository: links between files, paths and code excerpts in CONTRIBUTING.md, the notes
# of a release, and the format of CHANGELOG.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# verdict WHAT PROBLEMS: records one test, which fails unless PROBLEMS is empty.
verdict() {
    if [[ -n $2 ]]; then
        printf 'FAILED: %s\n%s\n' "$1" "$2"
        printf 'papers: %s passed, 1 failed\n' "$passed"
        exit 1
    fi
    passed=$((passed + 1))
}

# --- Links -----------------------------------------------------------------------------------------------------

# broken_links FILE...: prints each link to a file or a heading that does not exist.
broken_links() {
    local file link target anchor
    for file in "$@"; do
        # Ignore links inside code.
        awk '/^ *```/ { code = !code; next } !code { gsub(/`[^`]*`/, ""); print }' "$file" |
            { grep -o '](<\?[^)>]*>\?)' || true; } | sed 's/^](<\?//; s/>\?)$//' | while read -r link; do
            case $link in
            http://* | https://* | mailto:*) continue ;;
            esac
            target=${link%%#*} anchor=
            [[ $link != *'#'* ]] || anchor=${link#*#}
            if [[ -z $target ]]; then target=$file; else target=$(dirname "$file")/$target; fi
            if [[ ! -e $target ]]; then
                echo "$file: $link"
            elif [[ -n $anchor && $target == *.md ]] && ! grep -qxF -- "$anchor" <(headings "$target"); then
                echo "$file: $link: no such heading"
            fi
        done
    done
}
# headings FILE: prints the anchors of its headings, and its explicit anchors.
headings() {
    grep -o '<a id="[^"]*"' "$1" | cut -d '"' -f 2 || true
    awk '/^ *```/ { code = !code } !code && /^#+ / { sub(/^#+ /, ""); print tolower($0) }' "$1" |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}
documents() {
    find . \( -name target -o -name dist -o -name node_modules -o -name .git \) -prune -o -name '*.md' -print | sed 's|^\./||' | sort
}

mapfile -t files < <(documents)
((${#files[@]} > 7)) || verdict 'the documents are found' "only ${files[*]}"
verdict 'links lead to files and headings' "$(broken_links "${files[@]}")"

printf '# A b\n<a id="c"></a>[one](#a-b) [own](#c) [two](none.md) [three](#none) `[four](none.md)`\n' >"$folder/a.md"
verdict 'a broken link is found' "$(diff <(broken_links "$folder/a.md") \
    <(printf '%s\n' "$folder/a.md: none.md" "$folder/a.md: #none: no such heading") || true)"

# --- CONTRIBUTING.md ---------------------------------------------------------------------------------------------

# missing_paths FILE: prints the paths between backticks that do not exist. `NAME` and `*` are placeholders for parts
# of a path.
missing_paths() {
    local path
    { grep -o '`[A-Za-z0-9_.-]*/[A-Za-z0-9_./*-]*`' "$1" || true; } | tr -d '`' | sort -u | while read -r path; do
        case $path in
        *NAME* | target/* | dist/*) continue ;;
        esac
        compgen -G "$path" >/dev/null || echo "$path"
    done
}
# false_excerpts FILE: prints the lines of each block ```LANGUAGE PATH that do not follow each other in that file.
# Ignores indentation; a line `…` matches any lines.
false_excerpts() {
    awk '
        function bare(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
        /^ *```/ {
            if (path != "" || is_code) { path = ""; is_code = 0; next }
            is_code = 1
            if (NF < 2) next
            path = $2; blocks++; delete source; count = 0; at = 1; is_open = 1
            while ((getline text < path) > 0) source[++count] = bare(text)
            close(path)
            if (!count) { print path ": no such file"; path = "" }
            next
        }
        path != "" {
            line = bare($0)
            if (line == "…") { is_open = 1; next }
            if (is_open) { while (at <= count && source[at] != line) at++; is_open = 0 }
            if (at > count || source[at] != line) {
                print path ": not there, or not in this order: " line
                path = ""
                next
            }
            at++
        }
        END { if (!blocks) print "no excerpts" }
    ' "$1"
}
verdict 'the paths in CONTRIBUTING.md exist' "$(missing_paths CONTRIBUTING.md)"
verdict 'the excerpts in CONTRIBUTING.md are of the code' "$(false_excerpts CONTRIBUTING.md)"

printf 'one\n  two\nthree\nfour\n' >"$folder/code"
# excerpt LINE...: prints the problems of an excerpt with these lines.
excerpt() {
    printf '%s\n' "\`\`\`text $folder/code" "$@" '```' >"$folder/b.md"
    false_excerpts "$folder/b.md" | sed "s|^$folder/||"
}
verdict 'an excerpt may leave lines out where it says so' "$(excerpt two three)$(excerpt one … '    four')"
verdict 'a false excerpt is found' "$(diff <(excerpt one three; excerpt two …  one; excerpt five) <(printf \
    'code: not there, or not in this order: %s\n' three one five) || true)"
printf '`tools/none.sh` `tools/*.sh` `src/NAME.rs`\n' >"$folder/c.md"
verdict 'a missing path is found' "$(diff <(missing_paths "$folder/c.md") <(echo tools/none.sh) || true)"

# --- The changelog and the notes of a release --------------------------------------------------------------------

cat >"$folder/changelog" <<'TEXT'
# Changelog

## [Unreleased]

### Added

- Not yet.

## [0.2.0] - 2026-02-28

### Fixed

- Two, see
  [here](#x).
- Three.

## 0.2.0-rc.1 - 2026-02-01

- A candidate.

## 0.1.0 - 2026-01-31

[Unreleased]: https://example.com
[0.2.0]: https://example.com/2
TEXT
# notes VERSION: prints the notes of a release, and "failed" if there is an error.
notes() { tools/release-notes.sh "$1" "$folder/changelog" 2>&1 || echo failed; }
# is WHAT FOUND EXPECTED: records one test, which fails if the texts differ.
is() { verdict "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true)"; }
is 'the notes of a release' "$(notes v0.2.0)" $'### Fixed\n\n- Two, see [here](#x).\n- Three.'
is 'without its v, and without brackets' "$(notes 0.2.0-rc.1)" '- A candidate.'
is 'a version without changes' "$(notes v0.1.0)" "release-notes: $folder/changelog has no changes for 0.1.0"$'\nfailed'
is 'a version that is not there' "$(notes v0.2)" $'release-notes: usage: tools/release-notes.sh v1.2.3 [CHANGELOG]\nfailed'
is 'a part of a version' "$(notes v0.2.00)" "release-notes: $folder/changelog has no changes for 0.2.00"$'\nfailed'
is 'another version than that of Cargo.toml' "$(tools/release-notes.sh v99.0.0 2>&1 | sed 's/[0-9.]*$//' || true)" \
    'release-notes: the tag says 99.0.0, Cargo.toml '

# The format of keepachangelog.com: unreleased changes first, then versions with their dates, the newest first.
headings=$(grep '^## ' CHANGELOG.md)
is 'unreleased changes come first' "$(head -n 1 <<<"$headings")" '## Unreleased'
versions=$(tail -n +2 <<<"$headings")
verdict 'versions have their dates' \
    "$(grep -vE '^## [0-9]+\.[0-9]+\.[0-9]+[^ ]* - [0-9]{4}-[0-9]{2}-[0-9]{2}$' <<<"$versions" | grep . || true)"
is 'the newest version comes first' "$versions" "$(sort -k2,2Vr <<<"$versions")"
verdict 'changes stand under a heading of their kind' "$(grep '^### ' CHANGELOG.md |
    grep -vxE '### (Added|Changed|Deprecated|Removed|Fixed|Security)' || true)"

echo "papers: $passed passed, 0 failed"
