//! Durations, and the timeouts that listeners and routes build from them.

use super::declare::{choice, integer, structure};

structure! {
    /// A duration; the API allows either member to be absent. Source: API shape `Duration`.
    Duration {
        /// The unit of `value`.
        "unit" unit: Option<DurationUnit>,
        /// How many of the unit; 0 switches a timeout off.
        "value" value: Option<DurationValue>,
    }
}

choice! {
    /// The unit of a [`Duration`]. Source: API shape `DurationUnit`.
    DurationUnit {
        /// Seconds.
        Seconds "s",
        /// Milliseconds.
        Milliseconds "ms",
    }
}

integer! {
    /// A count of seconds or milliseconds, 0 or more. Source: API shape `DurationValue`.
    DurationValue 0..=i64::MAX
}

structure! {
    /// Timeouts for HTTP and HTTP/2. Source: API shape `HttpTimeout`.
    HttpTimeout {
        /// How long a connection may be idle; absent means 300 seconds.
        "idle" idle: Option<Duration>,
        /// How long one request may take; absent means 15 seconds.
        "perRequest" per_request: Option<Duration>,
    }
}

/// Timeouts for gRPC. Source: API shape `GrpcTimeout`, with the same members as [`HttpTimeout`].
pub type GrpcTimeout = HttpTimeout;

structure! {
    /// Timeouts for TCP. Source: API shape `TcpTimeout`.
    TcpTimeout {
        /// How long a connection may be idle; absent means 300 seconds.
        "idle" idle: Option<Duration>,
    }
}
