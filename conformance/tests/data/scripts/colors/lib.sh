# What the script says and does again and again.
say() {
    printf "[$(date)] : %s\n" "$*"
}

fail() {
    say "Error: $1"
    exit ${2:-"1"}
}

check() {
    [ -n "${MESH_NAME}" ] || fail "MESH_NAME is not set"
}

# create KIND SPEC OPTION...
create() {
    local kind=$1 spec="${here}/specs/$2" input
    shift 2
    input=$(jq -n --arg MESH "$MESH_NAME" --arg DOMAIN "$SERVICES_DOMAIN" --arg NAME "${@: -1}" -f "$spec")
    cmd=( aws appmesh "create-$kind" --mesh-name "${MESH_NAME}" "$@" ${PROFILE_OPT} \
        --cli-input-json "$input" --query '*.metadata.uid' --output text )
    say "${cmd[@]:0:5}"
    uid=$("${cmd[@]}") || fail "Unable to create $kind" "$?"
    say "--> ${uid}"
}

# remove KIND OPTION...
remove() {
    local kind=$1
    shift
    cmd=(aws appmesh "delete-$kind")
    cmd+=(--mesh-name "$MESH_NAME" "$@" --query '*.status.status' --output text)
    say "${cmd[*]}"
    "${cmd[@]}" || fail "Unable to delete ${kind//-/ }" "$?"
}
