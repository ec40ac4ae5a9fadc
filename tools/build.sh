#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# For tools/split.mjs: what refers to what, and symbols that name the part that `ui::later::enter` enters.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Csymbol-mangling-version=v0 -Clink-arg=--emit-relocs"

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
