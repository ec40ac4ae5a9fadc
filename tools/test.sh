#!/usr/bin/env bash
# Runs every check and test, in parallel where one does not depend on another; `tools/test.sh check` runs those of
# daily work. The output of a step is printed as a whole when the step exits; the first failure stops the run.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=tools/jobs.sh
source "$root/tools/jobs.sh"
use_tools
cd "$root"

# In CI, a lock file that does not match Cargo.toml is an error and is not updated.
locked=()
[[ -z ${CI:-} ]] || locked=(--locked)
core=(--workspace --no-default-features "${locked[@]}")
# Only the whole run tests with the SDK, the AWS CLI and Envoy.
[[ ${1:-} != check ]] || core+=(--exclude conformance)
page=(--target wasm32-unknown-unknown --features ui "${locked[@]}")
# Without the library's own tests: they belong to the core, which runs and lints them.
page_targets=(--bins --examples --test web)

# `make check` runs plain `cargo test`, so that a developer's own `cargo test` reuses the compiled code; the whole run
# lints while it compiles.
tester=(cargo test)
[[ ${1:-} == check ]] || tester=(linted cargo test)

# The test programs: those that drive the AWS CLI or take long, those that drive the real Envoy, and all others.
slow_clients=() slow_envoy=() quick=()
for file in tests/*.rs tests/*/main.rs conformance/tests/*.rs conformance/tests/*/main.rs; do
    name=${file#conformance/} name=${name#tests/} name=${name%/main.rs} name=${name%.rs}
    case $file in
    tests/web.rs) ;;
    conformance/tests/envoy.rs | conformance/tests/live*) slow_envoy+=("$name") ;;
    conformance/* | tests/terminal_fuzz.rs) slow_clients+=("$name") ;;
    *) quick+=("$name") ;;
    esac
done

# linted COMMAND...: runs cargo with Clippy as the compiler of our own code. One compilation then produces both lints
# and code; `cargo clippy` followed by `cargo test` took a fifth longer. There are no line tables, which only a
# backtrace needs: a panic names its line anyway. The scanner of YAML is optimised, because tests give it long texts.
linted() {
    CARGO_PROFILE_DEV_DEBUG=0 \
    RUSTC_WORKSPACE_WRAPPER=$(type -P clippy-driver) \
        CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__ "$@" \
        --config profile.dev.package.saphyr-parser.opt-level=2
}
# cargo_test NAME...: runs the test programs with these names, which the step `build-core` has built before.
cargo_test() {
    local name chosen=()
    for name in "$@"; do chosen+=(--test "$name"); done
    "${tester[@]}" "${core[@]}" "${chosen[@]}"
}
# quick_tests: runs the tests of the library, the quick test programs, and the examples of the documentation.
quick_tests() {
    "${tester[@]}" "${core[@]}" --lib
    cargo_test "${quick[@]}"
    "${tester[@]}" "${core[@]}" --doc
}

# browser_tests: runs the tests of the page in both browsers.
browser_tests() {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$e2e/wasm.mjs "${tester[@]}" "${page[@]}" --test web
}

# --- The steps ------------------------------------------------------------------------------------------------

steps=()
declare -A heading=() needs=() command=() passed=()
# step NAME HEADING 'NEEDED-STEP...' COMMAND...: adds a step.
step() {
    steps+=("$1")
    heading[$1]=$2 needs[$1]=$3
    command[$1]=$(printf '%q ' "${@:4}")
}
# is_long NAME: succeeds if a step belongs to the chain that the whole run waits for, from the installation to the
# last browser.
is_long() { [[ " compile install build chromium firefox " == *" $1 "* ]]; }
# perform NAME: runs a step in its job, with the tools that earlier steps installed on the PATH. The long chain has
# priority; the other steps run with a lower one.
perform() {
    is_long "$1" || renice -n 10 -p "$BASHPID" >/dev/null 2>&1 || true
    use_tools
    eval "${command[$1]}"
}

step format 'Format: cargo fmt' '' cargo fmt --check
step licenses 'The licences of dist/ are those of its crates' '' tools/licenses-test.sh
step papers 'Documents: links, excerpts of the code, release notes' '' tools/papers-test.sh
if [[ ${1:-} == check ]]; then
    step lint-core 'Lints: cargo clippy, the core' '' cargo clippy "${core[@]}" --all-targets -- -D warnings
    step lint-page 'Lints: cargo clippy, the page (wasm32)' '' cargo clippy "${page[@]}" --all-targets -- -D warnings
    step core 'Tests of the core' '' quick_tests
else
    # Ordered by the duration of dependent steps: a step starts once a slot is free and its dependencies have passed.
    step compile 'Build of dist/: compile the page' '' tools/build.sh --compile
    step install 'What the tests need is installed' '' tools/install.sh test
    step installer 'The installer: what it would do on other machines' '' tools/install-test.sh
    step build 'Build of dist/, and its size' 'compile install' tools/build.sh
    step build-core 'Lints and tests of the core: compile' '' linted cargo test "${core[@]}" --all-targets --no-run
    step envoy 'Tests of the core beside the real Envoy' 'install build-core' cargo_test "${slow_envoy[@]}"
    step clients 'Tests of the core beside the AWS CLI' 'install build-core' cargo_test "${slow_clients[@]}"
    step core 'Tests of the core' build-core quick_tests
    step chromium 'End-to-end test of dist/ in Chromium' build tools/e2e.sh
    step firefox 'End-to-end test of dist/ in Firefox: the files of tests/e2e/firefox.txt' 'build chromium' tools/e2e.sh --firefox
    step build-page 'Lints and tests of the page (wasm32): compile' '' linted cargo test "${page[@]}" "${page_targets[@]}" --no-run
    step web 'Tests of the page in headless Chromium and Firefox: wasm-bindgen-test' 'install build-page' browser_tests
fi

# --- The run --------------------------------------------------------------------------------------------------

# One step per processor, plus one that is mostly waiting.
slots=${TEST_JOBS:-$(($(nproc) + 1))}
# can_begin STEP: succeeds if all dependencies of a step have passed.
can_begin() {
    local need
    for need in ${needs[$1]}; do
        [[ -n ${passed[$need]:-} ]] || return 1
    done
}
begin_steps() {
    local name waiting=()
    for name in "${steps[@]}"; do
        # Steps of the long chain do not wait for a slot.
        if can_begin "$name" && { ((${#running[@]} < slots)) || { ((slots > 1)) && is_long "$name"; }; }; then
            printf '.... %(%H:%M:%S)T begins: %s\n' -1 "${heading[$name]}"
            start_job "$name" 0 perform "$name"
        else
            waiting+=("$name")
        fi
    done
    steps=("${waiting[@]}")
}

kept=$(mktemp -d)
trap 'stop_jobs; rm -rf "$kept"' EXIT
while ((${#steps[@]} + ${#running[@]})); do
    begin_steps
    next_job
    printf '\n==== %s\n' "${heading[$ended]}"
    cat "$logs/$ended"
    if ((status)); then
        printf '\n==== FAILED after %s: %s\n' "$took" "${heading[$ended]}" >&2
        exit 1
    fi
    printf -- '---- passed in %s: %s\n\n' "$took" "${heading[$ended]}"
    passed[$ended]=yes
    mv "$logs/$ended" "$kept/"
done

# Print each skipped test once, and the total numbers of tests.
grep -h '^skipped: ' "$kept"/* | sort -u || true
awk '
    /^test result: / { passed += $4; failed += $6; skipped += $8 }
    /^(installer|licenses|papers|chromium|firefox): [0-9]+ passed, / { passed += $2; failed += $4; skipped += $6 }
    END { printf "\nall: %d passed, %d failed, %d skipped\n", passed, failed, skipped }
' "$kept"/*
printf '==== All passed in %d s\n' "$SECONDS"
