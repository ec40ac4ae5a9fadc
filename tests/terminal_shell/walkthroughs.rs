//! Walkthroughs as scripts, pasted as a whole.

use super::Desk;

/// The mesh and the steps of the published IPv6 walkthrough: a gateway and six colours, created in a loop from
/// here-documents; then each preference and the responses at the gateway; then the override.
const SIX_COLOURS: &str = r##"#!/usr/bin/env bash
# The six colours: how each is found, and on what its application listens.
set -e
export MESH_NAME=howto-ipv6
HOST=default.svc.cluster.local.dns

cat > mesh.json <<EOF
{ "egressFilter": { "type": "ALLOW_ALL" } }
EOF
aws appmesh create-mesh --mesh-name ${MESH_NAME} --spec file://mesh.json > /dev/null

aws appmesh create-virtual-gateway --mesh-name $MESH_NAME \
    --virtual-gateway-name colorgateway-vg \
    --spec '{"listeners": [{"portMapping": {"port": 9080, "protocol": "http"}}]}' \
    --query virtualGateway.status.status --output text

i=10
for colour in red:4:4 orange:4:46 yellow:4:6 green:46:4 blue:46:46 purple:46:6; do
  name=$(echo $colour | grep -o '^[a-z]*')
  found=$(echo $colour | grep -o ':[46]*:' | grep -o '[46]*')
  listens=$(echo $colour | grep -o '[46]*$')
  i=$((i + 1))
  task $name add 10.0.1.$i,2001:db8::$i
  if [ $listens = 4 ]; then app $name listens ipv4; elif [ $listens = 6 ]; then app $name listens ipv6; fi
  dns add $name.$HOST A $name
  if [ $found = 46 ]; then dns add $name.$HOST AAAA $name; fi
  cat > node.json <<EOF
{
  "meshName": "$MESH_NAME",
  "virtualNodeName": "colorteller-$name-vn",
  "spec": {
    "listeners": [{"portMapping": {"port": 9080, "protocol": "http"}}],
    "serviceDiscovery": {"dns": {"hostname": "$name.$HOST"}}
  }
}
EOF
  aws appmesh create-virtual-node --cli-input-json file://node.json > /dev/null
  aws appmesh create-virtual-service --mesh-name $MESH_NAME --virtual-service-name $name.local \
    --spec "provider={virtualNode={virtualNodeName=colorteller-$name-vn}}" | jq -r .virtualService.status.status
  aws appmesh create-gateway-route --mesh-name $MESH_NAME --virtual-gateway-name colorgateway-vg \
    --gateway-route-name colorgateway-route-$name --spec "{\"httpRoute\": {\"match\": {\"prefix\": \"/$name\"},
      \"action\": {\"target\": {\"virtualService\": {\"virtualServiceName\": \"$name.local\"}}}}}" >/dev/null
done
aws appmesh list-virtual-nodes --mesh-name $MESH_NAME | jq '.virtualNodes | length'

for preference in IPv4_ONLY IPv4_PREFERRED IPv6_ONLY IPv6_PREFERRED; do
  aws appmesh update-mesh --mesh-name $MESH_NAME --spec serviceDiscovery={ipPreference=$preference} > /dev/null
  echo "$preference: $(for c in red orange yellow green blue purple; do
    curl -s -o /dev/null -w '%{http_code} ' "http://colorgateway-vg:9080/$c"
  done)"
done

# The override step: three nodes answer again while the mesh stays as it is.
aws appmesh update-mesh --mesh-name $MESH_NAME --spec serviceDiscovery={ipPreference=IPv6_ONLY} > /dev/null
for pair in red=IPv4_PREFERRED orange=IPv4_PREFERRED yellow=IPv6_PREFERRED; do
  name=$(echo $pair | grep -o '^[a-z]*') && preference=$(echo $pair | grep -o 'IPv.*')
  aws appmesh describe-virtual-node --mesh-name $MESH_NAME --virtual-node-name colorteller-$name-vn \
    | jq ".virtualNode.spec | {listeners, serviceDiscovery: {dns: (.serviceDiscovery.dns + {ipPreference: \"$preference\"})}}" > spec.json
  aws appmesh update-virtual-node --mesh-name $MESH_NAME --virtual-node-name colorteller-$name-vn \
    --spec file://spec.json > /dev/null
  curl -s http://colorgateway-vg:9080/$name && echo
done
"##;

const SIX_COLOURS_PRINTED: &str = "ACTIVE
ACTIVE
ACTIVE
ACTIVE
ACTIVE
ACTIVE
ACTIVE
6
IPv4_ONLY: 200 200 503 200 200 503 
IPv4_PREFERRED: 200 200 503 200 200 503 
IPv6_ONLY: 503 503 503 503 200 200 
IPv6_PREFERRED: 503 200 200 503 200 200 
red
orange
yellow
";

#[test]
fn the_six_colours_from_nothing() {
    assert_eq!(Desk::new().script(SIX_COLOURS), SIX_COLOURS_PRINTED);
    // Also as one line, and from a file.
    assert_eq!(Desk::new().run(SIX_COLOURS).stdout, SIX_COLOURS_PRINTED);
    let mut desk = Desk::new();
    desk.terminal.files_mut().insert("run.sh".to_owned(), SIX_COLOURS.to_owned());
    assert_eq!(desk.run("bash ./run.sh").stdout, SIX_COLOURS_PRINTED);
}

/// A mesh that two accounts share and that is deleted at the end.
#[test]
fn a_shared_mesh() {
    let printed = Desk::new().script(
        r#"
aws appmesh create-mesh --mesh-name shared --query mesh.metadata.resourceOwner --output text
ARN=$(aws appmesh describe-mesh --mesh-name shared --query mesh.metadata.arn --output text)
aws ram create-resource-share --name s --resource-arns $ARN --principals 210987654321 --query resourceShare.status
export AWS_PROFILE=210987654321
aws appmesh list-meshes --query 'meshes[].meshOwner' --output text
aws appmesh create-virtual-node --mesh-name shared --mesh-owner 123456789012 --virtual-node-name theirs --spec {} \
  --query virtualNode.metadata.resourceOwner --output text
export AWS_PROFILE=123456789012
aws appmesh delete-mesh --mesh-name shared 2> error.txt || grep -c ResourceInUseException error.txt
AWS_PROFILE=210987654321 aws appmesh delete-virtual-node --mesh-name shared --mesh-owner 123456789012 \
  --virtual-node-name theirs --query virtualNode.status
aws appmesh delete-mesh --mesh-name shared --query mesh.status.status --output text
"#,
    );
    let expected = "123456789012\n\"ACTIVE\"\n123456789012\n210987654321\n1\n{\n    \"status\": \"DELETED\"\n}\nDELETED\n";
    assert_eq!(printed, expected);
}

/// Cloud Map through its own commands, with a task behind it.
#[test]
fn cloud_map_from_nothing() {
    let printed = Desk::new().script(
        r#"
task red add 10.0.0.1,2001:db8::1; app red listens ipv4
aws servicediscovery create-http-namespace --name shop > /dev/null
NS=$(aws servicediscovery list-namespaces --query 'Namespaces[0].Id' --output text)
SRV=$(aws servicediscovery create-service --name red --namespace-id $NS --query Service.Id --output text)
aws servicediscovery register-instance --service-id $SRV --instance-id red-1 \
  --attributes AWS_INSTANCE_IPV4=10.0.0.1,AWS_INSTANCE_IPV6=2001:db8::1 > /dev/null
aws appmesh create-mesh --mesh-name m > /dev/null
aws appmesh create-virtual-node --mesh-name m --virtual-node-name red --spec '{"serviceDiscovery":
  {"awsCloudMap": {"namespaceName": "shop", "serviceName": "red"}},
  "listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]}' > /dev/null
aws appmesh create-virtual-service --mesh-name m --virtual-service-name red.local \
  --spec provider={virtualNode={virtualNodeName=red}} > /dev/null
dns add red.local A 10.10.10.10
aws appmesh create-virtual-node --mesh-name m --virtual-node-name front \
  --spec 'backends=[{virtualService={virtualServiceName=red.local}}]' > /dev/null
exec front -- curl -s http://red.local && echo
aws appmesh update-mesh --mesh-name m --spec serviceDiscovery={ipPreference=IPv6_ONLY} > /dev/null
exec front -- curl -s -o /dev/null -w '%{http_code}\n' http://red.local
aws servicediscovery deregister-instance --service-id $SRV --instance-id red-1 > /dev/null
exec front -- curl -s http://red.local && echo
undo
exec front -- curl -s http://red.local | wc -c
"#,
    );
    assert_eq!(printed, "red\n503\nno healthy upstream\nUndone: Deregister the instance red-1\n98\n");
}
