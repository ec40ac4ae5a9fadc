#!/usr/bin/env bash
# Everything that must hold, in order; the first step that fails ends the run.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_tools
cd "$root"

# In CI a lock file that does not fit Cargo.toml is an error, not something to mend in passing.
locked=()
[[ -z ${CI:-} ]] || locked=(--locked)
core=(--no-default-features "${locked[@]}")
page=(--target wasm32-unknown-unknown --features ui "${locked[@]}")

# step HEADING COMMAND...
step() {
    local heading=$1 started=$SECONDS
    shift
    printf '\n==== %s  [%(%H:%M:%S)T]\n' "$heading" -1
    if ! "$@"; then
        printf '\n==== FAILED: %s\n' "$heading" >&2
        exit 1
    fi
    printf -- '---- passed in %d s: %s\n' $((SECONDS - started)) "$heading"
}

# browser_tests chromium|firefox
browser_tests() (
    # The tracked webdriver.json has Debian's path of each browser; the copy has the one of this machine.
    mkdir -p target
    BROWSER=$1 node -e '
        const { readFileSync, writeFileSync } = require("node:fs");
        const all = JSON.parse(readFileSync("webdriver.json", "utf8"));
        const [key, binary] = process.env.BROWSER === "firefox"
            ? ["moz:firefoxOptions", process.env.FIREFOX]
            : ["goog:chromeOptions", process.env.CHROMIUM];
        writeFileSync("target/webdriver.json", JSON.stringify({ [key]: { ...all[key], binary } }));
    ' || return 1
    # The runner takes the driver that is named. This one of Firefox is told where its browser is by the capabilities.
    if [[ $1 == firefox ]]; then
        GECKODRIVER=$(type -P geckodriver)
        export GECKODRIVER
        unset CHROMEDRIVER
    fi
    # The waits are for a machine that does other things, too; the runner's own are short.
    WASM_BINDGEN_TEST_WEBDRIVER_JSON=$root/target/webdriver.json \
    WASM_BINDGEN_TEST_TIMEOUT=${WASM_BINDGEN_TEST_TIMEOUT:-120} \
    WASM_BINDGEN_TEST_DRIVER_TIMEOUT=${WASM_BINDGEN_TEST_DRIVER_TIMEOUT:-30} \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
        cargo test "${page[@]}" --test web
)

step 'The installer: what it would do on a bare machine' tools/install-test.sh
step 'Format: cargo fmt' cargo fmt --check
step 'Lints: cargo clippy, the core' cargo clippy "${core[@]}" --all-targets -- -D warnings
step 'Lints: cargo clippy, the page (wasm32)' cargo clippy "${page[@]}" --all-targets -- -D warnings
step 'Tests of the core: cargo test' cargo test "${core[@]}"
if [[ -e tests/web.rs ]]; then
    step 'Tests of the page in headless Chromium: wasm-bindgen-test' browser_tests chromium
    step 'Tests of the page in headless Firefox: wasm-bindgen-test' browser_tests firefox
else
    printf '\n==== Skipped: there is no tests/web.rs\n'
fi
step 'Build of dist/, and its size' tools/build.sh
step 'End-to-end test of dist/ in Chromium' tools/e2e.sh
step 'End-to-end test of dist/ in Firefox: the files of tests/e2e/firefox.txt' tools/e2e.sh --firefox
printf '\n==== All passed in %d s\n' "$SECONDS"
