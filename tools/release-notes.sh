#!/usr/bin/env bash
# Prints the section of a version in CHANGELOG.md, as the notes of its release.
#
#     tools/release-notes.sh v0.1.0 [CHANGELOG]
#
# It fails if the changelog has no such section, if the section is empty, or, unless a changelog is given, if
# Cargo.toml has another version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() { echo "release-notes: $*" >&2 && exit 1; }

version=${1:-}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+[-+.0-9A-Za-z]*$ ]] || die "usage: tools/release-notes.sh v1.2.3 [CHANGELOG]"
changelog=${2:-CHANGELOG.md}
if [[ $# -lt 2 ]]; then
    declared=$(sed -n '/^version = "/ { s/^version = "\(.*\)"$/\1/p; q }' Cargo.toml)
    [[ $declared == "$version" ]] || die "the tag says $version, Cargo.toml $declared"
fi
[[ -f $changelog ]] || die "there is no $changelog"

# A heading is `## 1.2.3 - 2026-01-31` or `## [1.2.3] - 2026-01-31`. Definitions of links are at the end of the file.
notes=$(awk -v version="$version" '
    /^## / {
        name = $2
        gsub(/[][]/, "", name)
        inside = name == version
        next
    }
    /^\[[^]]*\]: / || !inside { next }
    # GitHub shows every line break of release notes, so each paragraph becomes one line.
    /^ +[^ *-]/ && text != "" { sub(/^ +/, ""); text = text " " $0; next }
    { if (text != "") print text; text = $0; if (text == "") print "" }
    END { print text }
' "$changelog" | sed -e '/./,$!d')
grep -q '^[-*] ' <<<"$notes" || die "$changelog has no changes for $version"
printf '%s\n' "$notes"
