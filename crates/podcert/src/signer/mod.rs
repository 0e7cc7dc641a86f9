//! Who certifies a request: one file or folder per signer, and the error that all of them share, by outcome. What a signer
//! returns is not trusted here: `verify` checks it.

pub mod cert_manager;
pub mod local;
mod origin;

use std::future::Future;
use std::time::Duration;

pub use cert_manager::CertManager;
pub use local::LocalCa;
pub use origin::{Origin, UnknownOrigin};

use crate::diagnose;
use crate::request::SigningRequest;
use crate::support::clock::Attempt;
use crate::trust::TrustBundle;

/// Something that certifies requests.
pub trait Signer {
    /// Which signer this is. It is recorded with the certificate; a certificate with a different origin is replaced.
    fn origin(&self) -> Origin;

    /// The trusted CAs, if they are known before anything is signed. A certificate that was published with different CAs is
    /// replaced.
    fn trust(&self) -> Option<&TrustBundle>;

    /// Has the request certified. The response is unchecked: [`verify`](crate::verify) checks it.
    fn sign(
        &self,
        request: &SigningRequest,
        attempt: &Attempt<'_>,
    ) -> impl Future<Output = Result<Issued, Error>> + Send;
}

/// What a signer returned, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate and its intermediates in PEM, leaf first.
    pub chain_pem: String,
    /// The CA certificates in PEM, if the signer returned them.
    pub ca_pem: Option<String>,
}

/// Why a request was not certified, by outcome. `request` names the object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// The API server has a different request with the name of ours.
    #[error("{request} already exists and is for a different key")]
    Conflict { request: String },
    /// The deadline has passed.
    #[error("{request} was not certified by {issuer} within {deadline:?}: {reason}")]
    Deadline { request: String, issuer: String, deadline: Duration, reason: String },
    /// An approver denied it.
    #[error("{request} was denied: {reason}")]
    Denied { request: String, issuer: String, reason: String },
    /// The signer tried and failed.
    #[error("{signer} could not sign the request for {names}")]
    Failed { signer: String, names: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The request was deleted before it was answered.
    #[error("{request} was deleted before it was answered")]
    Gone { request: String },
    /// An approver declared it invalid.
    #[error("{request} is invalid: {reason}")]
    Invalid { request: String, issuer: String, reason: String },
    /// The API server refused it.
    #[error("the API server refused {request}: {reason}")]
    Refused { request: String, reason: String },
    /// The API server cannot be reached, or does not know such requests.
    #[error("the API server did not accept {request}: {reason}")]
    Unavailable { request: String, reason: String },
}

diagnose!(Error {
    Self::Conflict { .. } => Unavailable("find out who created it, then try again"),
    Self::Deadline { .. } => Deadline("check the issuer and the approval, or set a longer --deadline (PODCERT_DEADLINE)"),
    Self::Denied { issuer, .. } => Refused("have this pod's requests to {issuer} approved"),
    Self::Failed { .. } => Unavailable(),
    Self::Gone { .. } => Unavailable("find out who deletes such requests, and check the pod's name and UID"),
    Self::Invalid { issuer, .. } => Refused("request only what {issuer} allows"),
    Self::Refused { .. } => Refused("give the pod's service account a Role that may create, get and watch certificaterequests, and check that admission allows this one"),
    Self::Unavailable { .. } => Unavailable("check the connection to it, and that cert-manager is running"),
});
