//! The result of an attempt.

use std::fmt;

use crate::signer::Origin;
use crate::verify::VerifiedCertificate;

/// A certificate that is published in the store.
#[derive(Debug)]
pub struct Obtained {
    /// The certificate.
    pub certificate: VerifiedCertificate,
    /// Whether it already existed or was issued.
    pub outcome: Outcome,
}

/// What was done to have a good certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new certificate was issued.
    Issued(Reason),
    /// The existing certificate has the right names and is not due for renewal.
    Kept,
    /// The existing one was published again with the CAs that are trusted now.
    TrustUpdated,
}

/// Why a certificate was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The existing one is from a different CA.
    AnotherCa,
    /// The existing one has different names.
    AnotherIdentity,
    /// The existing one is from a different source or issuer, which the field names.
    AnotherSource(Origin),
    /// The existing one is due for renewal.
    Due,
    /// The existing one has expired.
    Expired,
    /// There is no certificate yet.
    Missing,
    /// The settings require it.
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
