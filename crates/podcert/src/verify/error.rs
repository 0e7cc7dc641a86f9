//! What can be wrong with a certificate. `certificate` is a path, or says where the certificate came from.

use std::time::Duration;

use jiff::Timestamp;

use crate::diagnose;
use crate::support::pem;
use crate::trust;

/// Why a certificate is refused.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// It is a CA certificate.
    #[error("{certificate} is a CA certificate")]
    Ca { certificate: String },
    /// No chain leads to a trusted CA.
    #[error("{certificate} does not chain to a trusted CA for use as {usage}")]
    Chain { certificate: String, usage: &'static str, source: webpki::Error },
    /// It has expired.
    #[error("{certificate} expired at {not_after}, it is now {now}")]
    Expired { certificate: String, not_after: Timestamp, now: Timestamp },
    /// The key on disk cannot be read.
    #[error("{key} is not a usable private key")]
    Key { key: String, source: rcgen::Error },
    /// It certifies a different key.
    #[error("{certificate} belongs to a different key")]
    KeyMismatch { certificate: String },
    /// It may not be used to sign handshakes.
    #[error("the key usage of {certificate} does not include digital signatures")]
    KeyUsage { certificate: String },
    /// Its names are not the requested ones.
    #[error("{certificate} has the wrong names: asked for {asked}, got {got}")]
    Names { certificate: String, asked: String, got: String },
    /// It does not parse.
    #[error("{certificate} is not a usable X.509 certificate")]
    NotACertificate { certificate: String },
    /// It becomes valid within [`MAX_WAIT`], so that the caller may wait.
    #[error("{certificate} becomes valid at {not_before}, it is now {now}")]
    NotYetValid { certificate: String, not_before: Timestamp, now: Timestamp, wait: Duration },
    /// The chain is not valid PEM.
    #[error("{certificate} is not a PEM certificate chain")]
    Pem { certificate: String, source: pem::Error },
    /// It becomes valid too late to wait for.
    #[error("{certificate} does not become valid until {not_before}, it is now {now}")]
    TooFarAhead { certificate: String, not_before: Timestamp, now: Timestamp },
    /// The trust bundle cannot be used.
    #[error("{bundle} is not a usable trust bundle")]
    Trust { bundle: String, source: trust::Error },
    /// It lacks an extended key usage.
    #[error("{certificate} allows {got}, not both server and client authentication")]
    Usage { certificate: String, got: String },
}

diagnose!(Error {
    Self::Ca { .. } => Data("have a leaf certificate issued; a pod must not sign certificates"),
    Self::Chain { .. } => Data("trust the CA that issued it"),
    Self::Expired { .. } => Data("obtain a new one, or correct the clock"),
    Self::Key { .. } => Data(),
    Self::KeyMismatch { .. } => Data("use the key and the certificate of the same request"),
    Self::KeyUsage { .. } => Data("configure the issuer to add them"),
    Self::Names { .. } => Data("configure the issuer to copy the names of the request"),
    Self::NotACertificate { .. } => Data(),
    Self::NotYetValid { wait, .. } => Data("wait {wait:?}"),
    Self::Pem { source, .. } => of(source),
    Self::TooFarAhead { .. } => Data("synchronize the clocks of the pod's machine and the issuer's"),
    Self::Trust { source, .. } => of(source),
    Self::Usage { .. } => Data("configure the issuer to add both"),
});

/// How long to wait at most for a certificate to become valid: clocks differ, and issuers do not backdate.
pub const MAX_WAIT: Duration = Duration::from_secs(10);
