#!/usr/bin/env bash
# Builds the page into dist/, prints how large it is, and fails when it is larger than tools/budget.json allows.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
trunk build --release --locked="$([[ -n ${CI:-} ]] && echo true || echo false)" "$@"
node tools/size.mjs
