set -euo pipefail
mesh=${1:?a mesh}
trap 'echo "done with $mesh at ${PWD##*/}"' EXIT
for seconds in {5..15..5}; do
    aws appmesh update-virtual-node --mesh-name "$mesh" --virtual-node-name red-vn --output text \
        --query 'virtualNode.spec.listeners[0].timeout.http.idle.value' --cli-input-json "$(
            jq -n --arg NAME red-vn --arg DOMAIN local -f node.json |
                jq --argjson seconds "$seconds" '.spec.listeners[0].timeout.http.idle = {unit: "s", value: $seconds}'
        )"
done
echo "$UNSET_NAME"
