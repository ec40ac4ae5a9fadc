//! Service discovery of a virtual node: DNS or AWS Cloud Map.

use super::{
    IpPreference, List, Pattern,
    declare::{choice, structure, text, union},
};

union! {
    /// Service discovery of a virtual node. Source: API shape `ServiceDiscovery`.
    ServiceDiscovery {
        /// By the instances registered with a Cloud Map service.
        "awsCloudMap" aws_cloud_map: Option<AwsCloudMapServiceDiscovery>,
        /// By the addresses of a host name.
        "dns" dns: Option<DnsServiceDiscovery>,
    }
}

structure! {
    /// Discovery by DNS. Source: API shape `DnsServiceDiscovery`.
    DnsServiceDiscovery {
        /// The host name that is looked up; the model sets no bounds.
        "hostname" hostname: String,
        /// The preference of this node; absent means the mesh's.
        "ipPreference" ip_preference: Option<IpPreference>,
        /// What an answer with several addresses means; absent means `LOADBALANCER`.
        "responseType" response_type: Option<DnsResponseType>,
    }
}

choice! {
    /// Meaning of the addresses in a DNS answer. Source: API shape `DnsResponseType`.
    DnsResponseType {
        /// Load balancers: one address is enough (Envoy's `LOGICAL_DNS`).
        LoadBalancer "LOADBALANCER",
        /// Endpoints: traffic is spread over all of them (Envoy's `STRICT_DNS`).
        Endpoints "ENDPOINTS",
    }
}

structure! {
    /// Discovery by Cloud Map. Source: API shape `AwsCloudMapServiceDiscovery`.
    AwsCloudMapServiceDiscovery {
        /// Only instances that have every one of these attributes are endpoints.
        "attributes" attributes: Option<List<AwsCloudMapInstanceAttribute>>,
        /// The preference of this node; absent means the mesh's.
        "ipPreference" ip_preference: Option<IpPreference>,
        /// The Cloud Map namespace.
        "namespaceName" namespace_name: AwsCloudMapName,
        /// The Cloud Map service in that namespace.
        "serviceName" service_name: AwsCloudMapName,
    }
}

text! {
    /// A Cloud Map namespace or service, 1 to 1024 characters. Source: API shape `AwsCloudMapName`.
    AwsCloudMapName 1..=1024
}

structure! {
    /// An attribute of a Cloud Map instance. Source: API shape `AwsCloudMapInstanceAttribute`.
    AwsCloudMapInstanceAttribute {
        /// The name of the attribute.
        "key" key: AwsCloudMapInstanceAttributeKey,
        /// The value it must have.
        "value" value: AwsCloudMapInstanceAttributeValue,
    }
}

text! {
    /// The name of an attribute: 1 to 255 printable ASCII characters, no space.
    ///
    /// Source: API shape `AwsCloudMapInstanceAttributeKey`.
    AwsCloudMapInstanceAttributeKey 1..=255, KEY
}

const KEY: Pattern =
    Pattern { text: "^[a-zA-Z0-9!-~]+$", obeys: |text| !text.is_empty() && text.bytes().all(is_graphic) };

text! {
    /// The value of an attribute: 1 to 1024 printable ASCII characters, the first not a space.
    ///
    /// Source: API shape `AwsCloudMapInstanceAttributeValue`.
    ///
    /// ```
    /// use app_mesh_engine::model::{AwsCloudMapInstanceAttributeValue, parse};
    /// let parsed = |text: &str| parse::<AwsCloudMapInstanceAttributeValue>(&text.into(), "value").is_ok();
    /// assert!(parsed("blue green"));
    /// assert!(!parsed(" blue"));
    /// ```
    AwsCloudMapInstanceAttributeValue 1..=1024, VALUE
}

// The model has two spaces in the character class; one would mean the same.
const VALUE: Pattern = Pattern {
    text: "^([a-zA-Z0-9!-~][  a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$",
    obeys: |text| !text.starts_with(' ') && text.bytes().all(|byte| byte == b' ' || is_graphic(byte)),
};

/// Returns whether a byte is in `[a-zA-Z0-9!-~]`, which is `[!-~]`.
const fn is_graphic(byte: u8) -> bool {
    byte.is_ascii_graphic()
}
