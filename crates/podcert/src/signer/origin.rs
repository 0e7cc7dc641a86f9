//! The signer that a certificate came from, as the line that is published with it: `local`, or `cert-manager
//! ClusterIssuer/ca`.

use std::fmt;
use std::str::FromStr;

use super::cert_manager::IssuerRef;

/// The signer that a certificate came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// cert-manager, or an external issuer that answers its requests. An origin without an issuer was written by an older
    /// version; it equals the origin of no current signer.
    CertManager(Option<IssuerRef>),
    /// The local CA on this machine, for development.
    Local,
}

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        let unknown = || UnknownOrigin { text: text.to_owned() };
        match text.split_once(' ') {
            Some(("cert-manager", issuer)) => {
                issuer.parse().map(|issuer| Self::CertManager(Some(issuer))).map_err(|_| unknown())
            }
            None if text == "cert-manager" => Ok(Self::CertManager(None)),
            None if text == "local" => Ok(Self::Local),
            Some(_) | None => Err(unknown()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertManager(Some(issuer)) => write!(f, "cert-manager {issuer}"),
            Self::CertManager(None) => f.write_str("cert-manager"),
            Self::Local => f.write_str("local"),
        }
    }
}

/// A text that is not a signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a signer that this version knows")]
pub struct UnknownOrigin {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_survives_writing_and_reading() {
        for text in [
            "local",
            "cert-manager",
            "cert-manager Issuer/ca",
            "cert-manager ClusterIssuer/ca",
            "cert-manager AWSPCAClusterIssuer.awspca.cert-manager.io/ca",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", " ", "local ca", "cert-manager ", "cert-manager  ca", "cert-manager a/b", "vault"] {
            assert_eq!(text.parse::<Origin>(), Err(UnknownOrigin { text: text.to_owned() }));
        }
    }
}
