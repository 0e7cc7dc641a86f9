//! Who certifies a request. Each signer is a file of its own; all share one error, by outcome.

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

/// Something that certifies a request.
pub trait Signer {
    /// Which signer this is. It is written beside the certificate; one from another origin is replaced.
    fn origin(&self) -> Origin;

    /// The CAs that are trusted, if they are known before anything is signed. A certificate on disk that
    /// was published with other ones is replaced.
    fn trust(&self) -> Option<&TrustBundle>;

    /// Has the request certified. The answer is as it came: [`verify`](crate::verify) checks it.
    fn sign(
        &self,
        request: &SigningRequest,
        attempt: &Attempt<'_>,
    ) -> impl Future<Output = Result<Issued, Error>> + Send;
}

/// What a signer answered, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate and its intermediates in PEM, leaf first.
    pub chain_pem: String,
    /// The CA certificates in PEM, if the signer told them.
    pub ca_pem: Option<String>,
}

/// A request that was not certified, by outcome. `request` names the object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// The API server holds another request under the name that only ours should have.
    #[error("{request} already exists and is for a different key")]
    Conflict { request: String },
    /// Time is up.
    #[error("{request} was not certified by {issuer} within {deadline:?}: {reason}")]
    Deadline { request: String, issuer: String, deadline: Duration, reason: String },
    /// Somebody who may decide has said no.
    #[error("{request} was denied: {reason}")]
    Denied { request: String, issuer: String, reason: String },
    /// The signer tried and could not.
    #[error("{signer} could not sign the request for {names}")]
    Failed { signer: String, names: String, source: Box<dyn std::error::Error + Send + Sync> },
    /// The request was deleted before it was answered.
    #[error("{request} was deleted before it was answered")]
    Gone { request: String },
    /// Somebody who may decide has found the request to be wrong.
    #[error("{request} is invalid: {reason}")]
    Invalid { request: String, issuer: String, reason: String },
    /// The API server will not have it.
    #[error("the API server refused {request}: {reason}")]
    Refused { request: String, reason: String },
    /// The API server cannot be reached, or lacks what is needed.
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
