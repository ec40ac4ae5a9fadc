#!/usr/bin/env bash
# Builds the page into dist/, prints its size, and fails if it exceeds tools/budget.json.
# `tools/build.sh --compile` only compiles the Rust code of the build, which takes longest and needs no other tool.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# For tools/split.mjs: relocations, and symbols that name the part that `ui::later::enter` enters.
flags="-Csymbol-mangling-version=v0 -Clink-arg=--emit-relocs"
# Panic messages name source files of crates. Without this machine's folder in their paths, the module is the same
# everywhere, and smaller.
crates=${CARGO_HOME:-$HOME/.cargo}/registry/src
[[ $crates == *[[:space:]]* ]] || flags+=" --remap-path-prefix=$crates="
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags

# In CI, a lock file that does not match Cargo.toml is an error and is not updated.
if [[ ${1:-} == --compile ]]; then
    exec cargo build --release --target wasm32-unknown-unknown --bin mesh-playground ${CI:+--locked}
fi
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
