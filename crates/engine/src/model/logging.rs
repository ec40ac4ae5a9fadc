//! Access logs of virtual nodes and virtual gateways.

use super::{
    FilePath, List,
    declare::{structure, text, union},
};

structure! {
    /// Logging settings. Source: API shape `Logging`.
    Logging {
        /// Where requests are logged; absent means nowhere.
        "accessLog" access_log: Option<AccessLog>,
    }
}

union! {
    /// Destination of an access log. Source: API shape `AccessLog`.
    AccessLog {
        /// To a file of the proxy.
        "file" file: Option<FileAccessLog>,
    }
}

structure! {
    /// An access log in a file. Source: API shape `FileAccessLog`.
    FileAccessLog {
        /// How a line looks; absent means Envoy's default.
        "format" format: Option<LoggingFormat>,
        /// The file, for example `/dev/stdout`.
        "path" path: FilePath,
    }
}

union! {
    /// Format of the lines of an access log. Source: API shape `LoggingFormat`.
    LoggingFormat {
        /// An object with these keys and values.
        "json" json: Option<List<JsonFormatRef>>,
        /// A text with Envoy's `%COMMANDS%` in it.
        "text" text: Option<TextFormat>,
    }
}

structure! {
    /// One member of a JSON access log line. Source: API shape `JsonFormatRef`.
    JsonFormatRef {
        /// The name of the member.
        "key" key: JsonKey,
        /// Its value, with Envoy's `%COMMANDS%` in it.
        "value" value: JsonValue,
    }
}

text! {
    /// The name of a log member, 1 to 100 characters. Source: API shape `JsonKey`.
    JsonKey 1..=100
}

text! {
    /// The value of a log member, 1 to 100 characters. Source: API shape `JsonValue`.
    JsonValue 1..=100
}

text! {
    /// A text format for log lines, 1 to 1000 characters. Source: API shape `TextFormat`.
    TextFormat 1..=1000
}

/// Logging settings of a gateway. Source: API shape `VirtualGatewayLogging`, with the same members as [`Logging`].
pub type VirtualGatewayLogging = Logging;

/// Destination of a gateway's access log. Source: API shape `VirtualGatewayAccessLog`, equal to [`AccessLog`].
pub type VirtualGatewayAccessLog = AccessLog;

/// A gateway's access log in a file. Source: API shape `VirtualGatewayFileAccessLog`, equal to [`FileAccessLog`].
pub type VirtualGatewayFileAccessLog = FileAccessLog;
