//! Certificates and trust: the signer and the names of each certificate, and the authorities in each trust store.
//!
//! No proxy exists whose files could be read, so each fact is stated or assumed. Assumptions let a mesh work:
//! a certificate is signed by an authority that its peer trusts, and has the names its peer requires.
//!
//! A certificate or trust store is known by its reference in a mesh: the path of a file, the name of an SDS secret, or
//! the ARN of AWS Certificate Manager or AWS Private CA. A reference means the same on every proxy.

use std::rc::Rc;

use litemap::LiteMap;

/// The maximum number of names in a certificate, and of authorities in a trust store.
pub const MOST_NAMES: usize = 100;
/// The maximum length of a reference, an authority or a name, in bytes; the API's limits for a path and a name are
/// lower.
pub const LONGEST: usize = 2048;

/// The word for the authority of a self-signed certificate.
pub const ITSELF: &str = "itself";

/// The known facts of one certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Certificate {
    /// Its authority; `None` if it is not stated. A self-signed certificate is its own authority.
    pub authority: Option<Rc<str>>,
    /// Its subject alternative names: DNS names, and URIs if they contain `://`. `None` if they are not stated.
    pub names: Option<Vec<Rc<str>>>,
}

/// The answer to a question about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It follows from stated facts.
    Yes,
    /// It is assumed, because a fact is missing.
    Assumed,
    /// Stated facts rule it out.
    No,
}

/// The stated facts of all certificates and trust stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Certificates, by reference.
    pub issued: LiteMap<Rc<str>, Rc<Certificate>>,
    /// The authorities in each trust store, by reference.
    pub trusted: LiteMap<Rc<str>, Rc<Vec<Rc<str>>>>,
}

impl Certificates {
    /// Returns whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.issued.is_empty() && self.trusted.is_empty()
    }

    /// Returns whether a certificate is known to be its own authority.
    pub fn is_self_signed(&self, certificate: &str) -> bool {
        self.issued.get(certificate).is_some_and(|known| known.authority.as_deref() == Some(certificate))
    }

    /// Returns the stated subject alternative names of a certificate; empty if none are stated.
    pub fn names(&self, certificate: &str) -> &[Rc<str>] {
        self.issued.get(certificate).and_then(|known| known.names.as_deref()).unwrap_or_default()
    }

    /// Returns whether any of these trust stores accepts the signature of a certificate.
    ///
    /// A store contains the authorities stated for it. A store that is the certificate itself, or has the name of its
    /// authority, accepts it even if nothing is stated. Measured: Envoy accepts a certificate that is in the store
    /// itself.
    pub fn trusts(&self, stores: &[Rc<str>], certificate: &str) -> Answer {
        let authority = self.issued.get(certificate).and_then(|known| known.authority.as_deref());
        let is_held = |holds: &str| holds == certificate || Some(holds) == authority;
        let mut answer = Answer::No;
        for store in stores {
            let held = self.trusted.get(&**store);
            if is_held(store) || held.is_some_and(|held| held.iter().any(|holds| is_held(holds))) {
                return Answer::Yes;
            }
            // An authority of AWS Private CA is only the one that its ARN names.
            if held.is_none() && !is_private_authority(store) {
                answer = Answer::Assumed;
            }
        }
        if authority.is_none() { Answer::Assumed } else { answer }
    }

    /// Returns whether a certificate has one of these names; `Yes` if none is required.
    pub fn has_name(&self, certificate: &str, wanted: &[Rc<str>]) -> Answer {
        if wanted.is_empty() {
            return Answer::Yes;
        }
        match self.issued.get(certificate).and_then(|known| known.names.as_ref()) {
            None => Answer::Assumed,
            Some(names) if wanted.iter().any(|wanted| names.iter().any(|name| fits(wanted, name))) => {
                Answer::Yes
            }
            Some(_) => Answer::No,
        }
    }
}

/// Returns whether a reference is the ARN of an authority of AWS Private CA.
pub fn is_private_authority(reference: &str) -> bool {
    reference.starts_with("arn:") && reference.contains(":acm-pca:")
}

/// Returns whether a string is a valid authority or name: not empty, not too long, and without spaces and commas,
/// which separate names in lists.
pub fn is_certificate_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',')
}

/// Returns whether a name of a certificate matches a required one. A URI must be identical; a DNS name ignores case,
/// and its first label may have one `*`. Source: Envoy's DNS matcher for subject alternative names, measured.
fn fits(wanted: &str, name: &str) -> bool {
    let is_uri = |text: &str| text.contains("://");
    if is_uri(wanted) || is_uri(name) {
        return wanted == name;
    }
    if wanted.eq_ignore_ascii_case(name) {
        return true;
    }
    let (Some((label, rest)), Some((pattern, pattern_rest))) = (wanted.split_once('.'), name.split_once('.'))
    else {
        return false;
    };
    let Some((front, back)) = pattern.split_once('*') else { return false };
    let is_encoded = pattern.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    if back.contains('*')
        || pattern_rest.contains('*')
        || is_encoded
        || !rest.eq_ignore_ascii_case(pattern_rest)
    {
        return false;
    }
    let (label, front, back) =
        (label.to_ascii_lowercase(), front.to_ascii_lowercase(), back.to_ascii_lowercase());
    label.strip_prefix(&*front).is_some_and(|label| label.ends_with(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Rc<str>> {
        text.split(' ').filter(|word| !word.is_empty()).map(Rc::from).collect()
    }

    /// `/x` is signed by `one` and has several names; `/self` is self-signed; `/bare` has no names; `/private` is of
    /// Private CA.
    fn stated() -> Certificates {
        let mut certificates = Certificates::default();
        for (reference, authority, names) in [
            ("/x", Some("one"), Some("a.local *.b.local w*.c.local spiffe://mesh/a")),
            ("/self", Some("/self"), None),
            ("/bare", None, Some("")),
            ("/private", Some("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/1"), None),
        ] {
            let certificate = Certificate { authority: authority.map(Rc::from), names: names.map(words) };
            certificates.issued.insert(reference.into(), Rc::new(certificate));
        }
        for (store, authorities) in
            [("/one", "one"), ("/two", "two"), ("/both", "one two"), ("/pinned", "/x /bare")]
        {
            certificates.trusted.insert(store.into(), Rc::new(words(authorities)));
        }
        certificates
    }

    #[test]
    fn trust_follows_from_facts_or_is_assumed() {
        use Answer::{Assumed, No, Yes};
        for (stores, certificate, expected) in [
            ("/one", "/x", Yes),
            ("/two", "/x", No),
            ("/both", "/x", Yes),
            ("/two /one", "/x", Yes),
            ("/pinned", "/x", Yes),
            ("/pinned", "/bare", Yes),
            // The store is the certificate itself, or has the name of the authority.
            ("/x", "/x", Yes),
            ("one", "/x", Yes),
            ("/self", "/self", Yes),
            ("/one", "/self", No),
            // A fact is missing.
            ("/unknown", "/x", Assumed),
            ("/two /unknown", "/x", Assumed),
            ("/one", "/unknown", Assumed),
            ("/one", "/bare", Assumed),
            ("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/1", "/private", Yes),
            ("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/2", "/private", No),
            ("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/2", "/x", No),
            ("arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/2", "/unknown", Assumed),
        ] {
            assert_eq!(stated().trusts(&words(stores), certificate), expected, "{stores} {certificate}");
        }
        assert!(stated().is_self_signed("/self") && !stated().is_self_signed("/x"));
    }

    #[test]
    fn names_fit_as_envoy_compares_them() {
        use Answer::{Assumed, No, Yes};
        for (certificate, wanted, expected) in [
            ("/x", "", Yes),
            ("/x", "a.local", Yes),
            ("/x", "A.Local", Yes),
            ("/x", "z.local", No),
            ("/x", "z.local a.local", Yes),
            ("/x", "y.b.local", Yes),
            ("/x", "z.y.b.local", No),
            ("/x", "b.local", No),
            ("/x", "web.C.local", Yes),
            ("/x", "eb.c.local", No),
            ("/x", "spiffe://mesh/a", Yes),
            ("/x", "spiffe://mesh/A", No),
            ("/bare", "a.local", No),
            ("/self", "a.local", Assumed),
            ("/unknown", "a.local", Assumed),
        ] {
            assert_eq!(stated().has_name(certificate, &words(wanted)), expected, "{certificate} {wanted}");
        }
        assert!(!fits("a.local", "*"), "a wildcard alone has no second label");
        assert!(!fits("xn--a.local", "xn--*.local"));
    }
}
