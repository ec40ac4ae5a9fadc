#!/usr/bin/env bash
# Checks that static/licenses.txt names exactly the crates of the page, each in its version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# All that is compiled into the page or expands its macros: build scripts and tests leave nothing in it.
used=$(cargo tree --locked --offline --target wasm32-unknown-unknown --features ui --edges normal --prefix none \
    --format '{p}' | sed 's/ (.*//; s/ v/ /; /^mesh-playground /d' | sort -u)
listed=$(sed -n '/^The crates$/,/^---/ s/^- \([^ ]*\) \([^ ,]*\), .*/\1 \2/p' static/licenses.txt | sort -u)
if [[ -z $used || $used != "$listed" ]]; then
    echo 'static/licenses.txt does not have the crates of Cargo.lock; run make licenses. < is missing, > is too many:'
    diff <(echo "$used") <(echo "$listed") | grep '^[<>]' || true
    echo 'licenses: 0 passed, 1 failed'
    exit 1
fi
echo 'licenses: 1 passed, 0 failed'
