#!/usr/bin/env bash
# Serves the page on http://127.0.0.1:8080 and rebuilds it on every change of src/, crates/, static/ or index.html.
# RELEASE=1 serves the optimised build; PORT selects another port.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# A separate folder, so that dist/, which is published and tested, stays as `make build` wrote it.
mkdir -p target/serve
release=false
if [[ ${RELEASE:-0} == 1 ]]; then release=true; fi
exec trunk serve --release="$release" --dist target/serve ${PORT:+--port "$PORT"} "$@"
