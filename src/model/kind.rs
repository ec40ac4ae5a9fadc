//! The seven kinds of resource, each declared once: its words, its JSON names and where it lives.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{
    Declared, GatewayRouteSpec, MeshSpec, Problem, RouteSpec, Shape, View, VirtualGatewaySpec,
    VirtualNodeSpec, VirtualRouterSpec, VirtualServiceSpec,
    declare::{checked, known},
};

/// Everything that differs from one kind of resource to the next but its behaviour.
#[derive(Debug)]
pub struct KindDeclaration {
    /// The API's word, which error texts and CloudFormation types (`AWS::AppMesh::VirtualNode`) use.
    pub word: &'static str,
    /// The member that wraps one resource in an answer, and the singular segment of its ARN: `virtualNode`.
    pub member: &'static str,
    /// The collection, as a path segment and as the member of a list answer: `virtualNodes`.
    pub collection: &'static str,
    /// The member that holds its name: `virtualNodeName`.
    pub name_member: &'static str,
    /// The command word of the AWS CLI: `virtual-node`.
    pub command: &'static str,
    /// What people call it: `virtual node`.
    pub words: &'static str,
    /// The kind it lives in, when that is not the mesh itself.
    pub parent: Option<Kind>,
    /// How many there may be where it lives: in an account, a mesh, a router or a gateway. Source: the service's
    /// default quotas; docs/facts/quotas.md#defaults.
    pub quota: usize,
    /// What its `spec` must look like.
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

            /// What is declared of this kind.
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

        /// A spec, read where its JSON lies.
        #[derive(Clone, Copy, Debug)]
        pub enum SpecView<'v> { $($(#[$doc])* $kind(View<'v, $spec>),)* }

        impl Spec {
            /// Its members, typed.
            pub fn view(&self) -> SpecView<'_> {
                match self.kind { $(Kind::$kind => SpecView::$kind(View::new(&self.json)),)* }
            }
        }
    };
}

/// What a resource is set to, whatever its kind: JSON that breaks no rule of the kind's declaration, and has
/// nothing in it that the declaration does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    kind: Kind,
    json: Rc<Value>,
}

impl Spec {
    /// Reads the spec of a resource of this kind. What the declaration does not know, and what is null, is left out.
    ///
    /// # Errors
    /// Every rule of the declaration that `value` breaks; paths begin with `path`.
    pub fn parse(kind: Kind, value: &Value, path: &str) -> Result<Self, Vec<Problem>> {
        let shape = kind.declaration().spec;
        checked(shape, value, path)?;
        Ok(Self { kind, json: Rc::new(known(shape, value)) })
    }

    /// The kind it is for.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Its JSON, without members that are absent.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The same spec with the member at a path set to a value, or with none there. Objects on the way are made.
    ///
    /// INVARIANT: the caller knows that the declaration allows that value there.
    pub(crate) fn with(&self, path: &[&str], value: Option<Value>) -> Self {
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

    /// Another spec of the same kind.
    ///
    /// INVARIANT: the caller knows that the declaration allows it.
    pub(crate) fn replaced(&self, json: Value) -> Self {
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
    /// A virtual service: the name that others send to.
    VirtualService VirtualServiceSpec, "virtualService", "virtualServices", "virtualServiceName",
        "virtual-service", "virtual service", None, 200;
    /// A route of a virtual router.
    Route RouteSpec, "route", "routes", "routeName", "route", "route", Some(Kind::VirtualRouter), 50;
    /// A virtual gateway: the way into the mesh.
    VirtualGateway VirtualGatewaySpec, "virtualGateway", "virtualGateways", "virtualGatewayName",
        "virtual-gateway", "virtual gateway", None, 3;
    /// A gateway route of a virtual gateway.
    GatewayRoute GatewayRouteSpec, "gatewayRoute", "gatewayRoutes", "gatewayRouteName", "gateway-route",
        "gateway route", Some(Kind::VirtualGateway), 10;
}

impl Kind {
    /// The kind whose API word this is: `VirtualNode`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.declaration().word == word)
    }
}
