//! cert-manager: one CertificateRequest per certificate, as an object that is sent, a state that follows from it, and what
//! would become of it. cert-manager or a policy approves the request, the issuer answers in its status, and Kubernetes
//! garbage-collects it with the pod that owns it. How calls are retried is the business of `kube`.
//!
//! Each certificate takes two calls to the API server: a create, and a watch of that one object.

pub mod inspect;
mod issuer;
mod object;
mod state;

use kube::Api;
use kube::api::PostParams;
use tokio::time::timeout_at;

pub use issuer::{Error as IssuerError, IssuerRef};

use self::object::{CertificateRequest, manifest};
use self::state::{State, state_of};
use super::{Error, Issued, Origin, Signer};
use crate::identity::Pod;
use crate::kube::progress::{LastState, Progress};
use crate::kube::retry;
use crate::kube::watch::Watch;
use crate::request::SigningRequest;
use crate::support::clock::{Attempt, Deadline};
use crate::trust::TrustBundle;

/// An issuer that signs the requests of one pod.
pub struct CertManager {
    api: Api<CertificateRequest>,
    pod: Pod,
    issuer: IssuerRef,
    trust: Option<TrustBundle>,
}

impl CertManager {
    /// An issuer that signs the requests of `pod`.
    pub fn new(client: kube::Client, pod: Pod, issuer: IssuerRef, trust: Option<TrustBundle>) -> Self {
        let api = Api::namespaced_with(client, pod.namespace.as_str(), &object::resource());
        Self { api, pod, issuer, trust }
    }

    async fn certify(&self, asked: &Asked<'_>, progress: &mut Progress) -> Result<Issued, Error> {
        let mut object = self.create(asked, progress).await?;
        let mut watch = Watch::after(&self.api, &asked.name, &object);
        loop {
            match state_of(&object) {
                State::Issued(issued) => return Ok(issued),
                State::Waiting(waiting) => progress.waiting(&waiting),
                State::Denied(reason) => return Err(asked.denied(reason)),
                State::Failed(reason) => return Err(asked.failed(reason)),
                State::Invalid(reason) => return Err(asked.invalid(reason)),
            }
            let changed = watch.next(progress).await.map_err(|error| asked.refused(&error))?;
            object = changed.ok_or_else(|| asked.gone())?;
        }
    }

    /// If the name is taken, it is probably by our own object, from an earlier call whose response was lost.
    async fn create(&self, asked: &Asked<'_>, progress: &mut Progress) -> Result<CertificateRequest, Error> {
        let params = PostParams::default();
        match retry::repeat(progress, || self.api.create(&params, &asked.manifest)).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            result => return result.map_err(|error| asked.refused(&error)),
        }
        let found = retry::repeat(progress, || self.api.get_opt(&asked.name)).await;
        match found.map_err(|error| asked.refused(&error))? {
            None => Err(asked.gone()),
            Some(object) if object.spec.request == asked.manifest.spec.request => Ok(object),
            Some(_) => Err(Error::Conflict { request: asked.object.clone() }),
        }
    }
}

impl Signer for CertManager {
    fn origin(&self) -> Origin {
        Origin::CertManager(Some(self.issuer.clone()))
    }

    fn trust(&self) -> Option<&TrustBundle> {
        self.trust.as_ref()
    }

    async fn sign(&self, request: &SigningRequest, attempt: &Attempt<'_>) -> Result<Issued, Error> {
        let asked = Asked::new(request, &self.pod, &self.issuer);
        let mut progress = Progress::new(asked.object.clone(), asked.issuer.clone());
        let certified = timeout_at(attempt.deadline.ends_at(), self.certify(&asked, &mut progress)).await;
        certified.unwrap_or_else(|_| Err(asked.late(progress, attempt.deadline)))
    }
}

/// The request that is sent, and the errors that it may end with.
struct Asked<'a> {
    request: &'a SigningRequest,
    manifest: CertificateRequest,
    name: String,
    object: String,
    issuer: String,
}

impl<'a> Asked<'a> {
    fn new(request: &'a SigningRequest, pod: &Pod, issuer: &IssuerRef) -> Self {
        let manifest = manifest(request, pod, issuer);
        let name = manifest.metadata.name.clone().unwrap_or_default();
        let object = format!("CertificateRequest {}/{name}", pod.namespace);
        Self { request, manifest, name, object, issuer: issuer.to_string() }
    }

    fn denied(&self, reason: String) -> Error {
        Error::Denied { request: self.object.clone(), issuer: self.issuer.clone(), reason }
    }

    fn failed(&self, reason: String) -> Error {
        Error::Failed {
            signer: format!("{} ({})", self.issuer, self.object),
            names: self.request.names().to_string(),
            source: reason.into(),
        }
    }

    fn gone(&self) -> Error {
        Error::Gone { request: self.object.clone() }
    }

    fn late(&self, progress: Progress, deadline: Deadline) -> Error {
        let (request, deadline) = (self.object.clone(), deadline.allowed());
        match progress.last_state() {
            LastState::NotAccepted(reason) => {
                Error::Unavailable { request, reason: format!("not within {deadline:?}: {reason}") }
            }
            LastState::Waiting(reason) => {
                Error::Deadline { request, issuer: self.issuer.clone(), deadline, reason }
            }
        }
    }

    fn invalid(&self, reason: String) -> Error {
        Error::Invalid { request: self.object.clone(), issuer: self.issuer.clone(), reason }
    }

    /// 404 means that the API server does not know such objects; any other 4xx means that it refuses this one.
    fn refused(&self, error: &kube::Error) -> Error {
        let (request, reason) = (self.object.clone(), retry::reason(error));
        match error {
            kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 404 => {
                Error::Refused { request, reason }
            }
            _ => Error::Unavailable { request, reason },
        }
    }
}
