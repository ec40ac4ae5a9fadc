//! Real authorities and certificates, and the corresponding facts of an environment.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use mesh_playground::environment::{Certificate, Certificates};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Value, json};

/// Certificates: name, authority (`itself`: self-signed), and names.
const CERTIFICATES: &[(&str, &str, &[&str])] = &[
    ("good", "one", &["*.local"]),
    ("named", "one", &["a.local", "b.local", "spiffe://m/a", "spiffe://m/b"]),
    ("partial", "one", &["n*.local"]),
    ("upper", "one", &["*.LOCAL"]),
    ("bare", "one", &[]),
    ("localhost", "one", &["localhost"]),
    ("other", "two", &["*.local"]),
    ("self", "itself", &["*.local"]),
    ("client-one", "one", &["client.local", "spiffe://m/client"]),
    ("client-two", "two", &["client.local"]),
    ("client-bare", "one", &[]),
    ("client-self", "itself", &["client.local"]),
];
/// Trust stores: name, and the authorities or certificates in it.
const STORES: &[(&str, &[&str])] = &[
    ("trust-one", &["one"]),
    ("trust-two", &["two"]),
    ("trust-both", &["one", "two"]),
    ("trust-good", &["good"]),
    ("trust-self", &["self", "client-self"]),
];

/// Returns the ARN of an authority of AWS Private CA.
pub fn authority_arn(authority: &str) -> String {
    format!("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/{authority}")
}

/// Returns the ARN of a certificate of ACM.
pub fn certificate_arn(certificate: &str) -> String {
    format!("arn:aws:acm:us-west-2:123456789012:certificate/{certificate}")
}

/// All authorities, certificates and stores, by name.
pub struct Pki {
    folder: PathBuf,
    /// Certificates and keys as PEM.
    issued: BTreeMap<String, [String; 2]>,
    /// Authorities and stores as PEM.
    trusted: BTreeMap<String, String>,
}

/// Creates all authorities, certificates and stores, and writes them to files: `NAME.pem`, `NAME.key`.
pub fn write(folder: &Path) -> Pki {
    let mut pki = Pki { folder: folder.to_owned(), issued: BTreeMap::new(), trusted: BTreeMap::new() };
    let mut authorities = BTreeMap::new();
    for name in ["one", "two"] {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        pki.trusted.insert(name.to_owned(), params.self_signed(&key).unwrap().pem());
        authorities.insert(name, Issuer::new(params, key));
    }
    for (name, authority, names) in CERTIFICATES {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Not the name of an authority, or it would look self-signed.
        params.distinguished_name.push(DnType::CommonName, format!("certificate {name}"));
        params.subject_alt_names = names.iter().map(|name| san(name)).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = match authorities.get(authority) {
            Some(authority) => params.signed_by(&key, authority).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        fs::write(pki.path(name), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        pki.issued.insert((*name).to_owned(), [certificate.pem(), key.serialize_pem()]);
    }
    for (name, members) in STORES {
        let pem = |member: &&str| {
            let issued = pki.issued.get(*member).map(|[pem, _]| pem);
            pki.trusted.get(*member).or(issued).unwrap().clone()
        };
        let text: String = members.iter().map(pem).collect();
        fs::write(pki.path(name), &text).unwrap();
        pki.trusted.insert((*name).to_owned(), text);
    }
    pki
}

fn san(name: &str) -> SanType {
    let text = name.try_into().unwrap();
    if name.contains("://") { SanType::URI(text) } else { SanType::DnsName(text) }
}

impl Pki {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pem"))
    }

    /// Returns the complete facts of these certificates: of the files, of the secrets `sds-NAME`, and of the ARNs of
    /// ACM.
    pub fn facts(&self) -> Rc<Certificates> {
        let mut facts = Certificates::default();
        for (name, authority, names) in CERTIFICATES {
            let path = self.path(name).display().to_string();
            let names: Vec<Rc<str>> = names.iter().map(|name| Rc::from(*name)).collect();
            for reference in [path, format!("sds-{name}"), certificate_arn(name)] {
                let arn = authority_arn(authority);
                let authority = match *authority {
                    "itself" => reference.clone(),
                    _ if reference.starts_with("arn:") => arn,
                    authority => authority.to_owned(),
                };
                let certificate =
                    Certificate { authority: Some(authority.into()), names: Some(names.clone()) };
                facts.issued.insert(reference.into(), Rc::new(certificate));
            }
        }
        for (name, members) in STORES {
            for (reference, is_file) in
                [(self.path(name).display().to_string(), true), (format!("sds-{name}"), false)]
            {
                let member = |member: &&str| -> Vec<Rc<str>> {
                    if self.issued.contains_key(*member) {
                        // A certificate is listed by the references that are checked against this store.
                        let path = self.path(member).display().to_string();
                        return vec![if is_file { path } else { format!("sds-{member}") }.into()];
                    }
                    vec![Rc::from(*member), authority_arn(member).into()]
                };
                facts.trusted.insert(reference.into(), Rc::new(members.iter().flat_map(member).collect()));
            }
        }
        Rc::new(facts)
    }

    /// Returns a secret for Envoy, as a certificate with its key or as a trust store: by the name `sds-NAME`, the ARN
    /// of a certificate, or the ARNs of authorities.
    pub fn secret(&self, secret: &str, is_store: bool) -> Value {
        let inline = |text: &str| json!({"inline_string": text});
        let name = secret.strip_prefix("sds-").unwrap_or_else(|| secret.rsplit('/').next().unwrap());
        let content = if is_store {
            let roots: String = if secret.starts_with("arn:aws:acm-pca:") {
                secret.split(',').map(|arn| self.trusted[arn.rsplit('/').next().unwrap()].clone()).collect()
            } else if secret.starts_with("arn:") {
                // The root of a certificate, which App Mesh's server also sends.
                let (_, authority, _) = CERTIFICATES.iter().find(|(known, ..)| *known == name).unwrap();
                self.trusted[*authority].clone()
            } else {
                self.trusted[name].clone()
            };
            json!({"validation_context": {"trusted_ca": inline(&roots)}})
        } else {
            let [certificate, key] = &self.issued[name];
            json!({"tls_certificate": {"certificate_chain": inline(certificate), "private_key": inline(key)}})
        };
        let mut resource = content;
        resource["@type"] = json!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret");
        resource["name"] = json!(secret);
        json!({"resources": [resource]})
    }
}
