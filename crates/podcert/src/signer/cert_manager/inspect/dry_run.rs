//! A dry run of the request: RBAC, quotas and admission decide as usual, but nothing is stored.

use kube::api::PostParams;
use kube::{Api, Client};

use super::super::IssuerRef;
use super::super::object::{CertificateRequest, manifest, resource};
use crate::identity::Pod;
use crate::kube::read::{CallError, with_timeout};
use crate::request::SigningRequest;

/// What would happen to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It would be admitted.
    Admitted,
    /// It would fail for a transient reason.
    Failed {
        /// What the API server says.
        reason: String,
    },
    /// The API server does not know such objects.
    NoSuchKind,
    /// It would be refused.
    Refused {
        /// What the API server says.
        reason: String,
    },
    /// An admission webhook does not support dry runs.
    Unsupported {
        /// What the API server says.
        reason: String,
    },
}

pub(super) async fn inspect(
    client: Client,
    pod: &Pod,
    issuer: &IssuerRef,
    request: &SigningRequest,
) -> DryRun {
    let api: Api<CertificateRequest> = Api::namespaced_with(client, pod.namespace.as_str(), &resource());
    let params = PostParams { dry_run: true, ..PostParams::default() };
    let object = manifest(request, pod, issuer);
    match with_timeout(api.create(&params, &object)).await {
        Ok(_) => DryRun::Admitted,
        Err(CallError { code: Some(400), reason }) if reason.contains("dry run") => {
            DryRun::Unsupported { reason }
        }
        Err(CallError { code: Some(404), .. }) => DryRun::NoSuchKind,
        Err(CallError { code: Some(400..500), reason }) => DryRun::Refused { reason },
        Err(CallError { reason, .. }) => DryRun::Failed { reason },
    }
}
