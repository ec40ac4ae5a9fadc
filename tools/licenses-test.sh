#!/usr/bin/env bash
# Checks that static/licenses.txt lists exactly the crates of the page with their versions, and that deny.toml lists
# exactly the crates that are used in several versions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# All crates that are compiled into the page or expand its macros, except our own: build scripts and tests leave no code
# in it.
used=$(cargo tree --locked --offline --target wasm32-unknown-unknown --features ui --edges normal --prefix none \
    --format '{p}' | sed '/ (\//d; s/ (.*//; s/ v/ /' | sort -u)
listed=$(sed -n '/^The crates$/,/^---/ s/^- \([^ ]*\) \([^ ,]*\), .*/\1 \2/p' static/licenses.txt | sort -u)
if [[ -z $used || $used != "$listed" ]]; then
    echo 'static/licenses.txt does not have the crates of Cargo.lock; run make licenses. < is missing, > is too many:'
    diff <(echo "$used") <(echo "$listed") | grep '^[<>]' || true
    echo 'licenses: 0 passed, 1 failed'
    exit 1
fi

# The crates that `cargo deny check bans` would refuse, computed without the network: all versions but the newest of
# each crate of the page, its build scripts and its macros.
several=$(cargo tree --locked --offline --target wasm32-unknown-unknown --all-features --edges normal,build --prefix none \
    --format '{p}' | sed '/ (\//d; s/ (.*//; s/ v/ /' | sort -u -k1,1 -k2,2V |
    awk '$1 == name { print name "@" version } { name = $1; version = $2 }' | sort)
skipped=$(sed -n 's/^ *{ crate = "\([^"]*@[^"]*\)".*/\1/p' deny.toml | sort)
if [[ $several != "$skipped" ]]; then
    echo 'deny.toml does not skip the crates that are there in several versions; < is missing, > is too many:'
    diff <(echo "$several") <(echo "$skipped") | grep '^[<>]' || true
    echo 'licenses: 1 passed, 1 failed'
    exit 1
fi
echo 'licenses: 2 passed, 0 failed'
