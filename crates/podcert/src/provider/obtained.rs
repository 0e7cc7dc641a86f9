//! What an attempt ended with.

use std::fmt;

use crate::signer::Origin;
use crate::verify::VerifiedCertificate;

/// A certificate that is published in the store.
#[derive(Debug)]
pub struct Obtained {
    /// The certificate.
    pub certificate: VerifiedCertificate,
    /// Whether it was there already or had to be issued.
    pub outcome: Outcome,
}

/// How a certificate came to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Issued now.
    Issued(Reason),
    /// The existing one is good for this identity and not due.
    Kept,
}

/// Why a certificate had to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The existing one is from a different CA.
    AnotherCa,
    /// The existing one has different names.
    AnotherIdentity,
    /// The existing one is from a different source or issuer, this one.
    AnotherSource(Origin),
    /// The existing one is due for renewal.
    Due,
    /// The existing one has expired.
    Expired,
    /// There is none.
    Missing,
    /// The settings demand it.
    Renew,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnotherSource(origin) => return write!(f, "the existing certificate is from {origin}"),
            Self::AnotherCa => "the existing certificate is from a different CA",
            Self::AnotherIdentity => "the existing certificate has different names",
            Self::Due => "the existing certificate is due for renewal",
            Self::Expired => "the existing certificate has expired",
            Self::Missing => "there is no certificate yet",
            Self::Renew => "--renew is set",
        })
    }
}
