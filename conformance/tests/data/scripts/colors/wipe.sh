if [ ! -z "${PROFILE}" ]; then
    PROFILE_OPT="--profile ${PROFILE}"
fi
services=($(aws appmesh list-virtual-services ${PROFILE_OPT} \
    --mesh-name "${MESH_NAME}" \
    | jq -r ".virtualServices[].virtualServiceName"))
for service in ${services[@]}
do
    aws appmesh delete-virtual-service ${PROFILE_OPT} \
        --mesh-name "${MESH_NAME}" \
        --virtual-service-name "${service}" --query virtualService.status.status || echo "Unable to delete $service $?"
done
aws appmesh delete-mesh --mesh-name "${MESH_NAME}" || echo "Unable to delete mesh ${MESH_NAME} $?"
