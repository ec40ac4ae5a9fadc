#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
# `tools/build.sh --compile` only compiles what the build needs of Rust, which takes longest and needs no other tool.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# For tools/split.mjs: what refers to what, and symbols that name the part that `ui::later::enter` enters.
flags="-Csymbol-mangling-version=v0 -Clink-arg=--emit-relocs"
# Panics name files of crates: without the folder of this machine the module is the same everywhere, and smaller.
crates=${CARGO_HOME:-$HOME/.cargo}/registry/src
[[ $crates == *[[:space:]]* ]] || flags+=" --remap-path-prefix=$crates="
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
if [[ ${1:-} == --compile ]]; then
    exec cargo build --release --target wasm32-unknown-unknown --bin mesh-playground ${CI:+--locked}
fi
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
