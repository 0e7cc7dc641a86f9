//! Which signer a certificate is from, as the line that is written beside it: `local`, or
//! `cert-manager ClusterIssuer/ca`.

use std::fmt;
use std::str::FromStr;

use super::cert_manager::IssuerRef;

/// The signer that a certificate is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// cert-manager, or an external issuer that answers its requests. Without an issuer it was written by an older
    /// version, and is none that a signer has now.
    CertManager(Option<IssuerRef>),
    /// A CA of our own on this machine, for development.
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

/// A text that names no signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a signer that this version knows")]
pub struct UnknownOrigin {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_is_read_as_it_is_written() {
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
    fn anything_else_is_refused() {
        for text in ["", " ", "local ca", "cert-manager ", "cert-manager  ca", "cert-manager a/b", "vault"] {
            assert_eq!(text.parse::<Origin>(), Err(UnknownOrigin { text: text.to_owned() }));
        }
    }
}
