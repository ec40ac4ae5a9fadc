//! Names and numbers that several kinds of resource share.

use super::declare::{integer, text};

text! {
    /// The name of a mesh, virtual node, router, route, gateway or gateway route: 1 to 255 characters.
    ///
    /// The API model has no pattern; the characters that the service accepts in a *new* name are a rule of the control
    /// plane. Source: API shape `ResourceName`.
    ResourceName 1..=255
}

integer! {
    /// A port, 1 to 65535. Source: API shape `PortNumber`.
    PortNumber 1..=65535
}
