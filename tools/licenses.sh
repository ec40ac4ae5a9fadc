#!/usr/bin/env bash
# Regenerates static/licenses.txt: our licence, and the notices of everything in the download. Run it after a change
# of the crates, which `make test` detects (tools/licenses-test.sh). If the right version of cargo-about is not
# installed, it first compiles it, which takes some minutes.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$root"

if ! use_rust_tool cargo-about "$CARGO_ABOUT_VERSION" cargo-about; then
    echo "licenses: cargo install cargo-about $CARGO_ABOUT_VERSION"
    (cd / && CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=false \
        cargo install --quiet --locked --features cli --root "$(rust_tool_root cargo-about "$CARGO_ABOUT_VERSION")" \
        --version "=$CARGO_ABOUT_VERSION" cargo-about)
    use_rust_tool cargo-about "$CARGO_ABOUT_VERSION" cargo-about
fi
# A crate whose licence is not accepted, or whose licence file differs from tools/about.toml, is an error.
new=$(mktemp)
trap 'rm -f "$new" "$new.crates"' EXIT
cargo about generate --locked --offline --fail --features ui --config tools/about.toml tools/about.hbs >"$new.crates"
{
    cat <<'TEXT'
Mesh Playground: licences
=========================

This file comes with the published page. It has our own licence first, then the notices of the Rust crates that the page
is compiled of, the wasm-bindgen crate's script among them, and of Rust's standard library. The page has no other script.

TEXT
    cat LICENSE
    printf '\n%s\n' '--------------------------------------------------------------------------------'
    cat LICENSE-MIT
    printf '\n%s\n' '--------------------------------------------------------------------------------'
    cat LICENSE-APACHE
    printf '\n\n%s\n%s\n' 'The crates' '=========='
    cat "$new.crates"
    printf '\n%s\n%s\n\n' "Rust's standard library" '======================='
    # The toolchain contains it as HTML, for all platforms at once.
    node tools/licenses.mjs "$(rustc --print sysroot)"
} >"$new"
mv "$new" static/licenses.txt
chmod 644 static/licenses.txt
tools/licenses-test.sh
