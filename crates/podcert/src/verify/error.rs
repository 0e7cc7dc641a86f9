//! What can be wrong with a certificate. `certificate` is a path, or says where it came from.

use std::time::Duration;

use jiff::Timestamp;

use crate::diagnose;
use crate::support::pem;
use crate::trust;

/// A certificate that is refused.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// It is a CA certificate itself.
    #[error("{certificate} is a CA certificate")]
    Ca { certificate: String },
    /// No chain leads to a trusted CA.
    #[error("{certificate} does not chain to a trusted CA for use as {usage}")]
    Chain { certificate: String, usage: &'static str, source: webpki::Error },
    /// It has expired.
    #[error("{certificate} expired at {not_after}, it is {now}")]
    Expired { certificate: String, not_after: Timestamp, now: Timestamp },
    /// The key on disk cannot be read.
    #[error("{key} is not a private key that can be used")]
    Key { key: String, source: rcgen::Error },
    /// It certifies somebody else's key.
    #[error("{certificate} belongs to another key")]
    KeyMismatch { certificate: String },
    /// It must not sign handshakes.
    #[error("{certificate} has a key usage without digital signatures")]
    KeyUsage { certificate: String },
    /// It has other names than those asked for.
    #[error("{certificate} has the wrong names: asked for {asked}, got {got}")]
    Names { certificate: String, asked: String, got: String },
    /// It does not parse.
    #[error("{certificate} is not an X.509 certificate that can be used")]
    NotACertificate { certificate: String },
    /// It becomes valid within [`MAX_WAIT`], for which a caller may wait.
    #[error("{certificate} becomes valid at {not_before}, it is {now}")]
    NotYetValid { certificate: String, not_before: Timestamp, now: Timestamp, wait: Duration },
    /// The chain is not usable PEM.
    #[error("{certificate} is not a PEM certificate chain")]
    Pem { certificate: String, source: pem::Error },
    /// It becomes valid too late to wait for.
    #[error("{certificate} becomes valid only at {not_before}, it is {now}")]
    TooFarAhead { certificate: String, not_before: Timestamp, now: Timestamp },
    /// The trust bundle cannot be used.
    #[error("{bundle} is not a trust bundle that can be used")]
    Trust { bundle: String, source: trust::Error },
    /// It lacks an extended key usage.
    #[error("{certificate} allows {got}, not both server and client authentication")]
    Usage { certificate: String, got: String },
}

diagnose!(Error {
    Self::Ca { .. } => Data("have a leaf certificate issued, a pod must not sign others"),
    Self::Chain { .. } => Data("trust the CA that issued it"),
    Self::Expired { .. } => Data("obtain a new one, or set the clock"),
    Self::Key { .. } => Data(),
    Self::KeyMismatch { .. } => Data("key and certificate must come from the same request"),
    Self::KeyUsage { .. } => Data("let the issuer add them"),
    Self::Names { .. } => Data("let the issuer copy the names"),
    Self::NotACertificate { .. } => Data(),
    Self::NotYetValid { wait, .. } => Data("wait {wait:?}"),
    Self::Pem { source, .. } => of(source),
    Self::TooFarAhead { .. } => Data("set the clocks of pod and issuer"),
    Self::Trust { source, .. } => of(source),
    Self::Usage { .. } => Data("let the issuer add both"),
});

/// How far ahead a certificate's start may lie to be waited for: clocks differ, and issuers do not backdate.
pub const MAX_WAIT: Duration = Duration::from_secs(10);
