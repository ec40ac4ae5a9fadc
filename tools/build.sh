#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# tools/split.mjs finds functions by the whole path of their names, which only this form of symbols has, and a function
# that LLVM merged with an equal one may be needed by both modules. No stable option turns merging off, hence the
# bootstrap switch, for this one build; the other options leave out text of panics that the page never shows.
export RUSTC_BOOTSTRAP=1
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Csymbol-mangling-version=v0 -Zmerge-functions=disabled \
-Zlocation-detail=none -Zfmt-debug=none"

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
