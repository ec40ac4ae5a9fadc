//! A request as its client sends it.

use super::path::normalized;
use crate::model::{HttpMethod, HttpScheme, Name};

/// Sender of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Client {
    /// An outside client, through this virtual gateway.
    Gateway(Name),
    /// The application of a virtual node.
    Node {
        /// The virtual node.
        node: Name,
        /// The name it dials: a virtual service, or any host or address outside the mesh.
        service: Name,
    },
}

/// Protocol of the connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC: an HTTP/2 `POST` of `/service/method` with the content type `application/grpc`.
    Grpc {
        /// The gRPC service, with its package.
        service: Name,
        /// Its method.
        method: Name,
    },
    /// Bytes of any other protocol.
    Tcp,
}

/// One request, or one TCP connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The client that sends it.
    pub client: Client,
    /// The host named in the request (`:authority`), with a port if the client writes one; `None` means the dialled
    /// name.
    pub host: Option<Name>,
    /// The requested path with its query, beginning with `/`; not used for gRPC, which has its own.
    pub path: String,
    /// The method; not used for gRPC, which has its own.
    pub method: HttpMethod,
    /// Headers, or gRPC metadata, as sent; a name may occur more than once.
    pub headers: Vec<(Name, Name)>,
    /// `https` means that the client itself speaks TLS, to a gateway or to an outside host.
    pub scheme: HttpScheme,
    /// The client's own certificate, if the server requests one: the path of its file.
    pub certificate: Option<Name>,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port; for `None`, see [`dialled_port`](super::dialled_port).
    pub port: Option<i64>,
}

impl Request {
    /// Creates the request `GET path` over HTTP/1.1, without TLS and without headers.
    ///
    /// ```
    /// use app_mesh_engine::traffic::{Client, Request};
    /// let request = Request::get(Client::Gateway("entry".into()), "/cart?item=1");
    /// assert_eq!((request.path_only(), request.query()), ("/cart", Some("item=1")));
    /// assert_eq!(request.authority(), "entry");
    /// ```
    pub fn get(client: Client, path: &str) -> Self {
        Self {
            client,
            host: None,
            path: path.to_owned(),
            method: HttpMethod::Get,
            headers: Vec::new(),
            scheme: HttpScheme::Http,
            certificate: None,
            protocol: Protocol::Http,
            port: None,
        }
    }

    /// Returns the host named in the request: as written, otherwise the dialled name.
    pub fn authority(&self) -> &str {
        match (&self.host, &self.client) {
            (Some(host), _) => host,
            (None, Client::Gateway(dialled) | Client::Node { service: dialled, .. }) => dialled,
        }
    }

    /// Returns the path without its query, which is the part that routes match. Measured for prefix, exact and regex
    /// matches.
    pub fn path_only(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or_default()
    }

    /// Returns the query, raw, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.path.split('#').next()?.split_once('?').map(|(_, query)| query)
    }

    /// Returns whether it is gRPC.
    pub const fn is_grpc(&self) -> bool {
        matches!(self.protocol, Protocol::Grpc { .. })
    }

    /// Returns the values sent under a name, ignoring case. Envoy's pseudo-headers (`:path`) are headers, too.
    pub(super) fn values<'r>(&'r self, name: &str) -> Vec<&'r str> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is(":authority") || is("host") {
            vec![self.authority()]
        } else if is(":path") {
            vec![&self.path]
        } else if is(":method") {
            vec![self.method.as_str()]
        } else if is(":scheme") {
            vec![self.told_scheme()]
        } else if is("content-type") && self.is_grpc() {
            vec!["application/grpc"]
        } else {
            let named = self.headers.iter().filter(|(known, _)| is(known));
            named.map(|(_, value)| &**value).collect()
        }
    }

    /// Returns the scheme that routes see. Measured: a header `x-forwarded-proto` overrides the scheme of the
    /// connection.
    pub(super) fn told_scheme(&self) -> &str {
        let told = self.values("x-forwarded-proto");
        let told = told.first().filter(|told| matches!(**told, "http" | "https"));
        told.copied().unwrap_or(self.scheme.as_str())
    }

    /// Returns the request as Envoy interprets it: a gRPC call has the method and path of gRPC, and every path is
    /// normalized.
    pub(super) fn on_the_wire(&self) -> Self {
        match &self.protocol {
            Protocol::Grpc { service, method } => {
                let path = normalized(&format!("/{service}/{method}"));
                Self { path, method: HttpMethod::Post, ..self.clone() }
            }
            _ => Self { path: normalized(&self.path), ..self.clone() },
        }
    }
}
