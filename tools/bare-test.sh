#!/usr/bin/env bash
# Tests `make serve` and `make test` on a bare system: a new Debian in a folder, with git, make, and rustup with this
# machine's stable toolchain, but without crates, tools or browsers. It clones the repository as committed, runs
# `make serve` until the page and its wasm are served, stops it, runs `make test`, and prints a transcript with times.
#
#     tools/bare-test.sh [serve|test]...     default: both, in this order; `test` alone uses the system of `serve`
#
# Needs root, Linux, Debian's debootstrap, curl, and some 15 GB in BARE_ROOT (default: /var/tmp/mesh-playground-bare),
# where `serve` recreates the system. The transcript is also written to BARE_ROOT/transcript.log. CI and TEST_JOBS are
# passed on if they are set. `make test` does not run this script, because it takes half an hour.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bare=${BARE_ROOT:-/var/tmp/mesh-playground-bare}
system=$bare/system

# Copies this machine's settings for the package registries, if present. These files:
files=(/etc/resolv.conf /etc/hosts /etc/ssl/certs /usr/local/share/ca-certificates /etc/pip.conf /etc/npmrc
    ~/.npmrc ~/.config/pip ~/.pip ~/.cargo/config.toml)
# These variables:
variables='^(https?|no|all|HTTPS?|NO|ALL)_(proxy|PROXY)$|^(SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE)$'
variables+='|^(NODE_EXTRA_CA_CERTS|npm_config_.*|NPM_CONFIG_.*)$|^PIP_(CERT|PROXY|.*INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT)$'
variables+='|^CARGO_(HTTP|NET|REGISTR|SOURCE)_.*|^RUSTUP_(DIST|UPDATE).*|^(CI|TEST_JOBS)$'
# And apt's settings: the sources of Debian's own packages, and options such as Acquire::http.

die() { echo "bare-test: $*" >&2 && exit 1; }
say() { printf '[%(%H:%M:%S)T] %s\n' -1 "$*"; }

[[ $(id -u) == 0 ]] || die "this needs root, to make a system in a folder"
for command in debootstrap curl unshare chroot rustup; do
    command -v "$command" >/dev/null || die "there is no $command"
done
(($#)) || set -- serve 'test'
mkdir -p "$bare"
exec > >(tee -a "$bare/transcript.log") 2>&1

# --- The system ------------------------------------------------------------------------------------------------

# debian_sources: prints this machine's package sources of its own release, as lines of a sources.list.
debian_sources() {
    local codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk -v of="^$codename(-|$)" '$1 == "Packages" && $3 ~ of { print "deb", $2, $3, $4 }' | sort -u
}

make_system() {
    local sources toolchain file place
    sources=$(debian_sources)
    [[ -n $sources ]] || die "apt names no source of Debian's own packages; run apt-get update"
    read -r _ mirror codename _ <<<"$(sort -k3,3 <<<"$sources" | head -n 1)"
    # The base system is the same each time, so it is cached.
    if [[ ! -d $bare/debian ]]; then
        rm -rf "$bare/debian.part"
        debootstrap --variant=minbase --include=ca-certificates,git,make "$codename" "$bare/debian.part" "$mirror" \
            >"$bare/debootstrap.log" || die "debootstrap failed; see $bare/debootstrap.log"
        mv "$bare/debian.part" "$bare/debian"
    fi
    rm -rf "$system"
    cp -a "$bare/debian" "$system"
    echo "$sources" >"$system/etc/apt/sources.list"
    apt-config dump --format '%f "%v";%n' Acquire | grep -E '^Acquire::(https?|ForceIPv[46]|Retries)' >"$system/etc/apt/apt.conf.d/90machine" || true

    for file in "${files[@]}"; do
        [[ -e $file ]] || continue
        place=$system${file/#$HOME//root}
        # Do not copy into existing folders: symbolic links in them would lead out of the system.
        mkdir -p "$(dirname "$place")"
        rm -rf "$place"
        cp -rL "$file" "$place"
    done
    # Set up rustup as its installer does: CARGO_HOME contains only the commands.
    toolchain=$(rustc +stable --print sysroot)
    mkdir -p "$system/root/.cargo" "$system/root/.rustup/toolchains"
    cp -a "${CARGO_HOME:-$HOME/.cargo}/bin" "$system/root/.cargo/bin"
    find "$system/root/.cargo/bin" -type f ! -samefile "$system/root/.cargo/bin/rustup" -delete
    cp "${RUSTUP_HOME:-$HOME/.rustup}/settings.toml" "$system/root/.rustup/"
    tar -C "$(dirname "$toolchain")" --exclude=share/doc -c "$(basename "$toolchain")" | tar -C "$system/root/.rustup/toolchains" -x
    inside 'rustup default stable; for target in $(rustup target list --installed); do
        [[ $(rustc -vV) == *"host: $target"* ]] || rustup target remove "$target"; done' &>"$bare/rustup.log" ||
        die "the toolchain does not run there; see $bare/rustup.log"
    git clone --quiet --bare "file://$root" "$system/srv/mesh-playground.git"
}

# inside SCRIPT: runs it in the system, in separate process and mount namespaces, so that its children exit with it.
inside() {
    local name carried=()
    for name in $(compgen -e | grep -E "$variables"); do carried+=("$name=${!name}"); done
    unshare --mount --pid --fork --kill-child bash -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/dev/shm"
        mount -t tmpfs tmpfs "$1/run"
        exec chroot "$1" /usr/bin/env -i "${@:3}" bash -c "$2"
    ' inside "$system" "$1" HOME=/root USER=root LANG=C.UTF-8 TERM=dumb \
        PATH=/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${carried[@]}" </dev/null
}

# --- The two commands ------------------------------------------------------------------------------------------

# free_port: prints a free port of this machine, because the system shares its network.
free_port() {
    local port
    for port in {18080..18180}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
    done
    die "no port from 18080 to 18180 is free"
}

# served: succeeds if the page and its wasm are served, and the wasm has the right magic number.
served() {
    local page module
    page=$(curl -fs --max-time 20 "http://127.0.0.1:$port/") || return 1
    module=$(grep -o 'data-module="[^"]*"' <<<"$page" | cut -d '"' -f 2)
    [[ -n $module ]] || return 1
    [[ $(curl -fs --max-time 20 "http://127.0.0.1:$port/${module#./}" | head -c 4 | tr -d '\0') == asm ]]
}

try_serve() {
    local began=$SECONDS process port
    port=$(free_port)
    inside "git clone --quiet file:///srv/mesh-playground.git ~/mesh-playground && cd ~/mesh-playground && PORT=$port make serve" &
    process=$!
    # Kill the child of the waiting shell: everything inside exits with it.
    trap 'pkill -KILL -P "$process" || true' EXIT
    until served; do
        kill -0 "$process" 2>/dev/null || die "make serve ended before it served the page"
        sleep 1
    done
    pkill -KILL -P "$process" || true
    wait "$process" 2>/dev/null || true
    trap - EXIT
    times+=("make serve: from the clone to the served page in $((SECONDS - began)) s")
    say "${times[-1]}"
}

try_test() {
    local began=$SECONDS
    inside 'cd ~/mesh-playground && make test' || die "make test failed after $((SECONDS - began)) s"
    times+=("make test: $((SECONDS - began)) s")
    say "${times[-1]}"
}

times=()
for part in "$@"; do
    case $part in
    serve)
        say "A system with nothing on it, in $system"
        make_system
        say "$(git -C "$root" log -1 --format='make serve of %h, %s')"
        try_serve
        ;;
    test)
        say "make test, after make serve"
        try_test
        ;;
    *) die "usage: tools/bare-test.sh [serve|test]..." ;;
    esac
done
printf '\n%s\n' "$(nproc) processors, load $(cut -d ' ' -f 1-3 /proc/loadavg):" "${times[@]}"
