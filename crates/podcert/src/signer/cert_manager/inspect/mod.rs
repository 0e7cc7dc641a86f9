//! Whether a request would succeed, without making one: may the pod make it, does the issuer exist, would it be
//! admitted. What is found is returned as data; how it reads is for others.

mod access;
mod dry_run;
mod issuer;

use kube::Client;

pub use access::{Access, RESOURCE, VERBS};
pub use dry_run::DryRun;
pub use issuer::IssuerState;

use super::IssuerRef;
use crate::identity::Pod;
use crate::request::SigningRequest;

/// What the API server says beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What the pod's service account may do.
    pub access: Access,
    /// The issuer; not asked for if the API server does not answer.
    pub issuer: Option<IssuerState>,
    /// What would become of a request; not tried without the rights for it, or without a request.
    pub dry_run: Option<DryRun>,
}

/// Asks the API server, in the name of a pod. The request is sent as a dry run only.
pub async fn inspect(
    client: Client,
    pod: &Pod,
    issuer: &IssuerRef,
    request: Option<&SigningRequest>,
) -> Inspection {
    let access = access::inspect(&client, pod).await;
    if matches!(access, Access::TokenRefused { .. } | Access::Unreachable { .. }) {
        return Inspection { access, issuer: None, dry_run: None };
    }
    let state = issuer::inspect(&client, pod, issuer).await;
    let dry_run = match request {
        // A request that may not be made would only be refused again.
        Some(request) if !matches!(access, Access::Missing { .. }) => {
            Some(dry_run::inspect(client, pod, issuer, request).await)
        }
        _ => None,
    };
    Inspection { access, issuer: Some(state), dry_run }
}
