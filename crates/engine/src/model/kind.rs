//! The seven kinds of resource, each declared once: its words, its JSON names and its parent.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{
    Declared, GatewayRouteSpec, MeshSpec, Problem, RouteSpec, Shape, View, VirtualGatewaySpec,
    VirtualNodeSpec, VirtualRouterSpec, VirtualServiceSpec,
    declare::{checked, known},
};

/// Everything that differs between the kinds of resource, except behaviour.
#[derive(Debug)]
pub struct KindDeclaration {
    /// Name in the API, which error messages and CloudFormation types (`AWS::AppMesh::VirtualNode`) use.
    pub word: &'static str,
    /// The member that wraps one resource in a response, and the singular segment of its ARN: `virtualNode`.
    pub member: &'static str,
    /// The collection, as a path segment and as the member of a list response: `virtualNodes`.
    pub collection: &'static str,
    /// The member that holds its name: `virtualNodeName`.
    pub name_member: &'static str,
    /// The command word of the AWS CLI: `virtual-node`.
    pub command: &'static str,
    /// Name in prose: `virtual node`.
    pub words: &'static str,
    /// The kind that contains it, if that is not the mesh itself.
    pub parent: Option<Kind>,
    /// Maximum number of resources in an account, a mesh, a router or a gateway, whichever contains them. Source: the
    /// service's default quotas; docs/facts/quotas.md#defaults.
    pub quota: usize,
    /// Shape of its `spec`.
    pub spec: &'static Shape,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $spec:ident, $member:literal, $collection:literal, $name_member:literal,
        $command:literal, $words:literal, $parent:expr, $quota:literal;)*) => {
        /// A kind of resource, in the order in which a document can create them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind; no kind refers to a later one.
            pub const ALL: [Self; 7] = [$(Self::$kind,)*];

            /// Returns the declaration of this kind.
            pub const fn declaration(self) -> &'static KindDeclaration {
                match self {
                    $(Self::$kind => &KindDeclaration {
                        word: stringify!($kind),
                        member: $member,
                        collection: $collection,
                        name_member: $name_member,
                        command: $command,
                        words: $words,
                        parent: $parent,
                        quota: $quota,
                        spec: <$spec as Declared>::SHAPE,
                    },)*
                }
            }
        }

        /// A spec, read in place from its JSON.
        #[derive(Clone, Copy, Debug)]
        pub enum SpecView<'v> { $($(#[$doc])* $kind(View<'v, $spec>),)* }

        impl Spec {
            /// Returns typed access to its members.
            pub fn view(&self) -> SpecView<'_> {
                match self.kind { $(Kind::$kind => SpecView::$kind(View::new(&self.json)),)* }
            }
        }
    };
}

/// Spec of a resource of any kind: JSON that breaks no rule of the kind's declaration, and contains only members of
/// that declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    kind: Kind,
    json: Rc<Value>,
}

impl Spec {
    /// Parses the spec of a resource of this kind. Omits members that the declaration does not contain, and nulls.
    ///
    /// # Errors
    /// Every rule of the declaration that `value` breaks; paths begin with `path`.
    pub fn parse(kind: Kind, value: &Value, path: &str) -> Result<Self, Vec<Problem>> {
        let shape = kind.declaration().spec;
        checked(shape, value, path)?;
        Ok(Self { kind, json: Rc::new(known(shape, value)) })
    }

    /// Returns the kind of resource that it is for.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns its JSON, without absent members.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Returns the same spec with the member at a path set to a value, or removed. Creates missing objects on the path.
    ///
    /// INVARIANT: the declaration allows the value there, which the caller ensures.
    pub fn with(&self, path: &[&str], value: Option<Value>) -> Self {
        let mut json = Value::clone(&self.json);
        let mut place = &mut json;
        for name in path {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[*name];
        }
        *place = value.unwrap_or_default();
        self.replaced(known(self.kind.declaration().spec, &json))
    }

    /// Returns another spec of the same kind.
    ///
    /// INVARIANT: the declaration allows it, which the caller ensures.
    pub fn replaced(&self, json: Value) -> Self {
        Self { kind: self.kind, json: Rc::new(json) }
    }
}

kinds! {
    /// A mesh.
    Mesh MeshSpec, "mesh", "meshes", "meshName", "mesh", "mesh", None, 15;
    /// A virtual node: one workload, and the Envoy beside it.
    VirtualNode VirtualNodeSpec, "virtualNode", "virtualNodes", "virtualNodeName", "virtual-node",
        "virtual node", None, 200;
    /// A virtual router: picks a node for a request by its routes.
    VirtualRouter VirtualRouterSpec, "virtualRouter", "virtualRouters", "virtualRouterName", "virtual-router",
        "virtual router", None, 200;
    /// A virtual service: the name that clients send requests to.
    VirtualService VirtualServiceSpec, "virtualService", "virtualServices", "virtualServiceName",
        "virtual-service", "virtual service", None, 200;
    /// A route of a virtual router.
    Route RouteSpec, "route", "routes", "routeName", "route", "route", Some(Kind::VirtualRouter), 50;
    /// A virtual gateway: the entry point of the mesh.
    VirtualGateway VirtualGatewaySpec, "virtualGateway", "virtualGateways", "virtualGatewayName",
        "virtual-gateway", "virtual gateway", None, 3;
    /// A gateway route of a virtual gateway.
    GatewayRoute GatewayRouteSpec, "gatewayRoute", "gatewayRoutes", "gatewayRouteName", "gateway-route",
        "gateway route", Some(Kind::VirtualGateway), 10;
}

impl Kind {
    /// Returns the kind with this name in the API, such as `VirtualNode`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.declaration().word == word)
    }
}
