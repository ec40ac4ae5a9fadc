#!/usr/bin/env bash
# Makes, changes and removes a mesh with the constructs of published scripts.
set -o pipefail
shopt -s nullglob

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" > /dev/null && pwd)"
source "${here}/lib.sh"

: "${COLOURS:=red blue}"
read -ra colours <<< "$COLOURS"
declare -A ports=([red]=9080 [blue]=9081)

up() {
    create mesh mesh.json --mesh-name "$MESH_NAME"
    local colour
    for colour in "${colours[@]}"; do
        create virtual-node node.json --virtual-node-name "${colour}-vn"
    done
    create virtual-router router.json --virtual-router-name "colour-vr"
    create route route.json --virtual-router-name colour-vr --route-name "all"
    create virtual-service service.json --virtual-service-name "colour.${SERVICES_DOMAIN}"
    for spec in "${here}"/specs/*.json "${here}"/specs/*.none; do
        say "spec $(basename "$spec" .json) of $((++count))"
    done
}

down() {
    remove virtual-service --virtual-service-name "colour.${SERVICES_DOMAIN}"
    remove route --virtual-router-name colour-vr --route-name all
    remove virtual-router --virtual-router-name colour-vr
    for colour in "${colours[@]}"; do
        remove virtual-node --virtual-node-name "${colour}-vn"
    done
    remove mesh
}

# Changes what is there by way of jq, and reads it back.
retry() {
    local spec
    spec=$(aws appmesh describe-route --mesh-name "$MESH_NAME" --virtual-router-name colour-vr --route-name all \
        | jq -c --argjson retries "${1:-2}" '.route.spec | .httpRoute.retryPolicy = {
            maxRetries: $retries, perRetryTimeout: {unit: "ms", value: 2000}, httpRetryEvents: ["server-error"]}') \
        || fail "no route" "$?"
    printf '%s\n' "$spec" > "${here}/changed.json"
    aws appmesh update-route --mesh-name "$MESH_NAME" --virtual-router-name colour-vr --route-name all \
        --spec "file://${here}/changed.json" --query 'route.[routeName, metadata.version]' --output text
    while IFS=$'\t' read -r name version; do
        [[ $version -ge 2 ]] && say "$name is at ${version}"
    done < <(aws appmesh list-routes --mesh-name "$MESH_NAME" --virtual-router-name colour-vr \
        --query 'routes[].[routeName, version]' --output text)
    rm -f "${here}/changed.json"
}

list() {
    local node nodes=($(aws appmesh list-virtual-nodes --mesh-name "$MESH_NAME" --output json \
        | jq -r '.virtualNodes[].virtualNodeName'))
    say "${#nodes[@]} nodes: ${nodes[*]^^}"
    for node in "${nodes[@]}"; do
        if [[ $node =~ ^([a-z]+)-vn$ ]]; then
            printf '%-6s|%5d|%s\n' "${BASH_REMATCH[1]}" "${ports[${BASH_REMATCH[1]}]:-0}" "${node%-*}"
        fi
    done
    aws appmesh describe-virtual-node --mesh-name "$MESH_NAME" --virtual-node-name nobody-vn
    say "status $?"
}

main() {
    local action="$1"
    if [ -z "$action" ]; then
        echo "Usage: ${0##*/} up|retry|timeout|list|wipe|down" >&2
        exit 64
    fi
    check
    case "$action" in
        up | down | list) "$action" ;;
        retry) retry 3 ;;
        timeout) (cd specs && timeout 600 bash ../timeout.sh "${MESH_NAME}") ;;
        wipe) bash -ex "${here}/wipe.sh" ;;
        *) fail "Invalid action: $action" ;;
    esac
}

main "$@"
