#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# The standard library is built along, for size and with panics that only stop: 15 kB less to download (br), most
# of it the texts and code of panics that cannot happen. Cargo calls this unstable, hence the bootstrap switch; it
# concerns this one build. What panics, panics with its text in `make serve` and in the tests.
export RUSTC_BOOTSTRAP=1
export CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort \
-Zlocation-detail=none -Zfmt-debug=none -Zmerge-functions=disabled"

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
