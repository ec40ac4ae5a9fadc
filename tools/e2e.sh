#!/usr/bin/env bash
# Runs the end-to-end test of the page in dist/, in Chromium or, with --firefox as the first argument, in Firefox.
# Other arguments select test files by a part of their name; without any, Firefox runs those listed in
# tests/e2e/firefox.txt.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

[[ -e dist/index.html ]] || { echo "e2e: there is no dist/index.html; run make build first" >&2 && exit 1; }
if [[ ${1:-} == --firefox ]]; then
    shift
    export E2E_ENGINE=firefox
    (($#)) || mapfile -t chosen < <(awk -v ci="${CI:-}" '/^#/ { next } $1 == "ci" { if (ci) print $2; next } { print $1 }' "$e2e/firefox.txt")
    set -- "$@" ${chosen[@]+"${chosen[@]}"}
fi
exec node tests/e2e/run.mjs "$@"
