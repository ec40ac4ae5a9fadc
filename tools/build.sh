#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# tools/split.mjs finds functions by the whole path of their names, which only this form of symbols has.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-Csymbol-mangling-version=v0

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
