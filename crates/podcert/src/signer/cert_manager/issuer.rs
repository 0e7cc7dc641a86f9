//! References to issuers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::diagnose;
use crate::identity::ObjectName;

/// A reference to an issuer: `NAME`, `KIND/NAME` or `KIND.GROUP/NAME`. Without a kind it is an Issuer in the pod's namespace;
/// without a group it is one of cert-manager's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct IssuerRef {
    name: String,
    kind: String,
    group: String,
}

impl IssuerRef {
    /// The issuer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind, as in `ClusterIssuer`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The API group of its kind.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// Whether it is one of cert-manager's own, and not an external issuer.
    pub fn is_of_cert_manager(&self) -> bool {
        self.group == GROUP
    }
}

impl FromStr for IssuerRef {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (kind, name) = text.split_once('/').unwrap_or(("Issuer", text));
        let (kind, group) = kind.split_once('.').unwrap_or((kind, GROUP));
        let is_name = |name: &str| name.parse::<ObjectName>().is_ok();
        let is_kind = kind.starts_with(|first: char| first.is_ascii_uppercase())
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_kind || !is_name(group) || !is_name(name) {
            return Err(Error { text: text.to_owned() });
        }
        Ok(Self { name: name.to_owned(), kind: kind.to_owned(), group: group.to_owned() })
    }
}

impl fmt::Display for IssuerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, group } = self;
        if group == GROUP { write!(f, "{kind}/{name}") } else { write!(f, "{kind}.{group}/{name}") }
    }
}

/// A text that is not a reference to an issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an issuer")]
pub struct Error {
    text: String,
}

diagnose!(Error {
    Self { .. } => Usage("write NAME, KIND/NAME or KIND.GROUP/NAME, as in ClusterIssuer/ca"),
});

const GROUP: &str = "cert-manager.io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_group_have_defaults() {
        for (text, kind, group, shown) in [
            ("ca", "Issuer", "cert-manager.io", "Issuer/ca"),
            ("ClusterIssuer/ca", "ClusterIssuer", "cert-manager.io", "ClusterIssuer/ca"),
            (
                "AWSPCAClusterIssuer.awspca.cert-manager.io/ca.a-b",
                "AWSPCAClusterIssuer",
                "awspca.cert-manager.io",
                "AWSPCAClusterIssuer.awspca.cert-manager.io/ca.a-b",
            ),
        ] {
            let issuer: IssuerRef = text.parse().unwrap();
            assert_eq!((issuer.kind.as_str(), issuer.group.as_str()), (kind, group));
            assert_eq!(issuer.to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "/", "ClusterIssuer/", "/ca", "issuer/ca", "Issuer./ca", "A/b/c", "A_b/c", "Ca", "a b"]
        {
            assert!(text.parse::<IssuerRef>().is_err(), "{text}");
        }
    }
}
