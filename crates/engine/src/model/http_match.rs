//! Match criteria of both routes and gateway routes: header, path, query parameter, method.

use super::{
    Bounded,
    declare::{choice, structure, text, union},
};

structure! {
    /// A header a request must have. Source: API shape `HttpRouteHeader`.
    HttpRouteHeader {
        /// Whether the rule is turned round; absent means `false`.
        "invert" invert: Option<bool>,
        /// What its value must be; absent means the header need only be there.
        "match" matches: Option<HeaderMatchMethod>,
        /// The name of the header.
        "name" name: HeaderName,
    }
}

/// A header, for a gateway route. Source: API shape of this name, equal to [`HttpRouteHeader`].
pub type HttpGatewayRouteHeader = HttpRouteHeader;

/// gRPC metadata, which are headers on the wire. Source: API shape of this name, equal to [`HttpRouteHeader`].
pub type GrpcRouteMetadata = HttpRouteHeader;

/// gRPC metadata, for a gateway route. Source: API shape of this name, equal to [`HttpRouteHeader`].
pub type GrpcGatewayRouteMetadata = HttpRouteHeader;

union! {
    /// Condition for the value of a header. Source: API shape `HeaderMatchMethod`.
    HeaderMatchMethod {
        /// This very text.
        "exact" exact: Option<HeaderMatch>,
        /// A text that starts so.
        "prefix" prefix: Option<HeaderMatch>,
        /// A number in the range.
        "range" range: Option<MatchRange>,
        /// A text that the regular expression describes.
        "regex" regex: Option<HeaderMatch>,
        /// A text that ends so.
        "suffix" suffix: Option<HeaderMatch>,
    }
}

/// Condition for a route's gRPC metadata. Source: API shape of this name, equal to [`HeaderMatchMethod`].
pub type GrpcRouteMetadataMatchMethod = HeaderMatchMethod;

/// Condition for a gateway route's gRPC metadata. Source: API shape of this name, equal to [`HeaderMatchMethod`].
pub type GrpcMetadataMatchMethod = HeaderMatchMethod;

text! {
    /// A string or pattern for a header's value, 1 to 255 characters. Source: API shape `HeaderMatch`.
    HeaderMatch 1..=255
}

text! {
    /// The name of a header or of gRPC metadata, 1 to 50 characters. Source: API shape `HeaderName`.
    HeaderName 1..=50
}

structure! {
    /// A range of whole numbers. Source: API shape `MatchRange`.
    MatchRange {
        /// The first number after the range.
        "end" end: i64,
        /// The first number in the range.
        "start" start: i64,
    }
}

structure! {
    /// The path a request must have; exactly one of the members must be set. Source: API shape `HttpPathMatch`.
    HttpPathMatch {
        /// This very path; it starts with `/`.
        "exact" exact: Option<HttpPathExact>,
        /// A path that the regular expression describes.
        "regex" regex: Option<HttpPathRegex>,
    }
}

text! {
    /// A whole path, 1 to 255 characters. Source: API shape `HttpPathExact`.
    HttpPathExact 1..=255
}

text! {
    /// A regular expression for paths, 1 to 255 characters. Source: API shape `HttpPathRegex`.
    HttpPathRegex 1..=255
}

structure! {
    /// A query parameter a request must have. Source: API shape `HttpQueryParameter`.
    HttpQueryParameter {
        /// What its value must be; absent means the parameter need only be there.
        "match" matches: Option<QueryParameterMatch>,
        /// The name of the parameter; the model sets no bounds.
        "name" name: String,
    }
}

structure! {
    /// Condition for the value of a query parameter. Source: API shape `QueryParameterMatch`.
    QueryParameterMatch {
        /// This very text.
        "exact" exact: Option<String>,
    }
}

/// 1 to 10 query parameters, all of which must match. Source: API shape `HttpQueryParameters`.
pub type HttpQueryParameters = Bounded<HttpQueryParameter, 1, 10>;

/// 1 to 10 headers, all of which must match. Source: API shape `HttpRouteHeaders` and its three counterparts.
pub type HttpRouteHeaders = Bounded<HttpRouteHeader, 1, 10>;

choice! {
    /// The method of a request. Source: API shape `HttpMethod`.
    HttpMethod {
        /// `GET`.
        Get "GET",
        /// `HEAD`.
        Head "HEAD",
        /// `POST`.
        Post "POST",
        /// `PUT`.
        Put "PUT",
        /// `DELETE`.
        Delete "DELETE",
        /// `CONNECT`.
        Connect "CONNECT",
        /// `OPTIONS`.
        Options "OPTIONS",
        /// `TRACE`.
        Trace "TRACE",
        /// `PATCH`.
        Patch "PATCH",
    }
}

choice! {
    /// The scheme of a request. Source: API shape `HttpScheme`.
    HttpScheme {
        /// Without TLS.
        Http "http",
        /// With TLS.
        Https "https",
    }
}
