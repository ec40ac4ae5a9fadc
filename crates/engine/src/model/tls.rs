//! TLS on both sides: the client policy toward backends and the TLS of a listener.
//!
//! The API has separate shapes for virtual nodes and virtual gateways, but with the same members, so each is declared
//! once and the gateway's name is an alias.

use super::{
    Bounded, List, PortNumber,
    declare::{choice, structure, text, union},
};

structure! {
    /// Settings for a client's connections to a backend. Source: API shape `ClientPolicy`.
    ClientPolicy {
        /// TLS toward the backend; absent means none is demanded.
        "tls" tls: Option<ClientPolicyTls>,
    }
}

structure! {
    /// TLS toward a backend. Source: API shape `ClientPolicyTls`.
    ClientPolicyTls {
        /// The certificate the client shows, for mutual TLS.
        "certificate" certificate: Option<ClientTlsCertificate>,
        /// Whether a connection without TLS is refused; absent means `true`.
        "enforce" enforce: Option<bool>,
        /// The ports the policy holds for; absent or empty means all.
        "ports" ports: Option<List<PortNumber>>,
        /// How the backend's certificate is checked.
        "validation" validation: TlsValidationContext,
    }
}

union! {
    /// The certificate of a client. Source: API shape `ClientTlsCertificate`.
    ClientTlsCertificate {
        /// From files of the proxy.
        "file" file: Option<ListenerTlsFileCertificate>,
        /// From Envoy's Secret Discovery Service.
        "sds" sds: Option<ListenerTlsSdsCertificate>,
    }
}

structure! {
    /// Validation of a backend's certificate. Source: API shape `TlsValidationContext`.
    TlsValidationContext {
        /// The names of which the certificate must have one.
        "subjectAlternativeNames" subject_alternative_names: Option<SubjectAlternativeNames>,
        /// Whose signature is trusted.
        "trust" trust: TlsValidationContextTrust,
    }
}

union! {
    /// Certificate authorities that a client trusts. Source: API shape `TlsValidationContextTrust`.
    TlsValidationContextTrust {
        /// Certificate authorities of AWS Private CA.
        "acm" acm: Option<TlsValidationContextAcmTrust>,
        /// A certificate chain in a file of the proxy.
        "file" file: Option<TlsValidationContextFileTrust>,
        /// A secret of Envoy's Secret Discovery Service.
        "sds" sds: Option<TlsValidationContextSdsTrust>,
    }
}

structure! {
    /// Trust in certificate authorities. Source: API shape `TlsValidationContextAcmTrust`.
    TlsValidationContextAcmTrust {
        /// The ARNs of 1 to 3 root certificate authorities.
        "certificateAuthorityArns" certificate_authority_arns: Bounded<String, 1, 3>,
    }
}

structure! {
    /// Trust in a file. Source: API shape `TlsValidationContextFileTrust`.
    TlsValidationContextFileTrust {
        /// The chain of trusted certificates.
        "certificateChain" certificate_chain: FilePath,
    }
}

structure! {
    /// Trust in a secret. Source: API shape `TlsValidationContextSdsTrust`.
    TlsValidationContextSdsTrust {
        /// The name of the secret; the model sets no bounds.
        "secretName" secret_name: String,
    }
}

structure! {
    /// The names a peer's certificate may have. Source: API shape `SubjectAlternativeNames`.
    SubjectAlternativeNames {
        /// How they are compared.
        "match" matches: SubjectAlternativeNameMatchers,
    }
}

structure! {
    /// Comparison of certificate names. Source: API shape `SubjectAlternativeNameMatchers`.
    SubjectAlternativeNameMatchers {
        /// The certificate must have one of these, letter for letter.
        "exact" exact: List<SubjectAlternativeName>,
    }
}

text! {
    /// A host name or URI in a certificate, 1 to 254 characters. Source: API shape `SubjectAlternativeName`.
    SubjectAlternativeName 1..=254
}

structure! {
    /// TLS settings of a listener. Source: API shape `ListenerTls`.
    ListenerTls {
        /// The certificate the listener shows.
        "certificate" certificate: ListenerTlsCertificate,
        /// Whether TLS is demanded, offered or off.
        "mode" mode: ListenerTlsMode,
        /// How a client's certificate is checked; absent means none is asked for.
        "validation" validation: Option<ListenerTlsValidationContext>,
    }
}

choice! {
    /// TLS mode of a listener. Source: API shape `ListenerTlsMode`.
    ListenerTlsMode {
        /// Only connections with TLS.
        Strict "STRICT",
        /// Connections with and without TLS.
        Permissive "PERMISSIVE",
        /// Only connections without TLS.
        Disabled "DISABLED",
    }
}

union! {
    /// The certificate of a listener. Source: API shape `ListenerTlsCertificate`.
    ListenerTlsCertificate {
        /// From AWS Certificate Manager.
        "acm" acm: Option<ListenerTlsAcmCertificate>,
        /// From files of the proxy.
        "file" file: Option<ListenerTlsFileCertificate>,
        /// From Envoy's Secret Discovery Service.
        "sds" sds: Option<ListenerTlsSdsCertificate>,
    }
}

structure! {
    /// A certificate of AWS Certificate Manager. Source: API shape `ListenerTlsAcmCertificate`.
    ListenerTlsAcmCertificate {
        /// The ARN of a private certificate in the same account and region.
        "certificateArn" certificate_arn: String,
    }
}

structure! {
    /// A certificate in files, of a listener or a client. Source: API shape `ListenerTlsFileCertificate`.
    ListenerTlsFileCertificate {
        /// The certificate and those that vouch for it.
        "certificateChain" certificate_chain: FilePath,
        /// The private key.
        "privateKey" private_key: FilePath,
    }
}

structure! {
    /// A certificate from a secret, of a listener or a client. Source: API shape `ListenerTlsSdsCertificate`.
    ListenerTlsSdsCertificate {
        /// The name of the secret; the model sets no bounds.
        "secretName" secret_name: String,
    }
}

structure! {
    /// Validation of a client's certificate by a listener. Source: API shape `ListenerTlsValidationContext`.
    ListenerTlsValidationContext {
        /// The names of which the certificate must have one.
        "subjectAlternativeNames" subject_alternative_names: Option<SubjectAlternativeNames>,
        /// Whose signature is trusted.
        "trust" trust: ListenerTlsValidationContextTrust,
    }
}

union! {
    /// Certificate authorities that a listener trusts; unlike a client's, never `acm`.
    ///
    /// Source: API shape `ListenerTlsValidationContextTrust`.
    ListenerTlsValidationContextTrust {
        /// A certificate chain in a file of the proxy.
        "file" file: Option<TlsValidationContextFileTrust>,
        /// A secret of Envoy's Secret Discovery Service.
        "sds" sds: Option<TlsValidationContextSdsTrust>,
    }
}

text! {
    /// A path in the proxy's file system, 1 to 255 characters. Source: API shape `FilePath`.
    FilePath 1..=255
}

/// Gateway counterpart of [`ClientPolicy`]. Source: API shape of the same name.
pub type VirtualGatewayClientPolicy = ClientPolicy;
/// Gateway counterpart of [`ClientPolicyTls`]. Source: API shape of the same name.
pub type VirtualGatewayClientPolicyTls = ClientPolicyTls;
/// Gateway counterpart of [`ClientTlsCertificate`]. Source: API shape of the same name.
pub type VirtualGatewayClientTlsCertificate = ClientTlsCertificate;
/// Gateway counterpart of [`TlsValidationContext`]. Source: API shape of the same name.
pub type VirtualGatewayTlsValidationContext = TlsValidationContext;
/// Gateway counterpart of [`TlsValidationContextTrust`]. Source: API shape of the same name.
pub type VirtualGatewayTlsValidationContextTrust = TlsValidationContextTrust;
/// Gateway counterpart of [`TlsValidationContextAcmTrust`]. Source: API shape of the same name.
pub type VirtualGatewayTlsValidationContextAcmTrust = TlsValidationContextAcmTrust;
/// Gateway counterpart of [`TlsValidationContextFileTrust`]. Source: API shape of the same name.
pub type VirtualGatewayTlsValidationContextFileTrust = TlsValidationContextFileTrust;
/// Gateway counterpart of [`TlsValidationContextSdsTrust`]. Source: API shape of the same name.
pub type VirtualGatewayTlsValidationContextSdsTrust = TlsValidationContextSdsTrust;
/// Gateway counterpart of [`ListenerTls`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTls = ListenerTls;
/// Gateway counterpart of [`ListenerTlsMode`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsMode = ListenerTlsMode;
/// Gateway counterpart of [`ListenerTlsCertificate`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsCertificate = ListenerTlsCertificate;
/// Gateway counterpart of [`ListenerTlsAcmCertificate`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsAcmCertificate = ListenerTlsAcmCertificate;
/// Gateway counterpart of [`ListenerTlsFileCertificate`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsFileCertificate = ListenerTlsFileCertificate;
/// Gateway counterpart of [`ListenerTlsSdsCertificate`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsSdsCertificate = ListenerTlsSdsCertificate;
/// Gateway counterpart of [`ListenerTlsValidationContext`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsValidationContext = ListenerTlsValidationContext;
/// Gateway counterpart of [`ListenerTlsValidationContextTrust`]. Source: API shape of the same name.
pub type VirtualGatewayListenerTlsValidationContextTrust = ListenerTlsValidationContextTrust;
