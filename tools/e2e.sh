#!/usr/bin/env bash
# Runs the end-to-end test of the page in dist/. Arguments choose test files by a part of their name.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

[[ -e dist/index.html ]] || { echo "e2e: there is no dist/index.html; run make build first" >&2 && exit 1; }
exec node tests/e2e/run.mjs "$@"
