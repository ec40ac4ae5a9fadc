#!/usr/bin/env bash
# Measures the data plane and the page in Chromium, and the control plane natively, in WebAssembly, and against moto's
# server with the same calls. Prints ratios. `tools/bench.sh ui [PART...]` measures only the page, or only these parts
# of it: table, graph, preference, paint.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

out=target/bench
mkdir -p "$out"

# Compares the page's components with hand-written pages. Optimized like the page.
ui() {
    cargo build --quiet --release --target wasm32-unknown-unknown --example page
    wasm-bindgen --target web --no-typescript --out-dir "$out/page" \
        target/wasm32-unknown-unknown/release/examples/page.wasm
    wasm-opt -Oz --low-memory-unused --strip-debug "$out/page/page_bg.wasm" -o "$out/page/page_bg.wasm"
    node tools/bench-ui.mjs "$out/page" "$@"
}
if [[ ${1:-} == ui ]]; then
    shift
    ui "$@"
    exit
fi

moto=$cache/moto-$MOTO_VERSION
if [[ ! -x $moto/bin/moto_server ]]; then
    echo "install: moto $MOTO_VERSION, into $moto"
    rm -rf "$moto"
    python3 -m venv "$moto"
    "$moto/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$MOTO_VERSION"
fi

cargo bench --quiet --no-default-features --bench api >"$out/native.json"
cargo bench --quiet --no-default-features --bench api -- --calls >"$out/calls.json"
cargo build --quiet --release --target wasm32-unknown-unknown --example bench
wasm-bindgen --target nodejs --no-typescript --out-dir "$out" \
    target/wasm32-unknown-unknown/release/examples/bench.wasm
wasm-bindgen --target web --no-typescript --out-dir "$out/web" \
    target/wasm32-unknown-unknown/release/examples/bench.wasm
node tools/bench-page.mjs "$out/web"
ui

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$moto/bin/moto_server" -H 127.0.0.1 -p "$port" >"$out/moto.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in {1..100}; do
    if curl -fs "http://127.0.0.1:$port/moto-api/data.json" >/dev/null; then break; fi
    sleep 0.2
done
node tools/bench.mjs "$out/native.json" "$out/calls.json" "$out" "$port"

# The longest tasks of the built page during the heaviest work.
if [[ -e dist/index.html ]]; then node tools/bench-tasks.mjs; fi
# Lighthouse's speed score of the built page for a phone on a slow network: the median of three runs must be 95 or more.
if [[ -e dist/index.html ]]; then LIGHTHOUSE_SPEED=1 node tests/e2e/run.mjs lighthouse; fi
