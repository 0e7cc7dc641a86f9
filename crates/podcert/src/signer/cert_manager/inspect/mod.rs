//! Whether a request would succeed, without making one: may the pod create it, does the issuer exist, would it be admitted?
//! The answers are data; their wording belongs to the caller.

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

/// What the API server says about future requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What the pod's service account may do.
    pub access: Access,
    /// The issuer; `None` if the API server does not respond.
    pub issuer: Option<IssuerState>,
    /// What would happen to a request; `None` without the rights to create it, or without a request.
    pub dry_run: Option<DryRun>,
}

/// Asks the API server on behalf of a pod. The request is sent only as a dry run.
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
        // Without the right to create it, the request would only be refused.
        Some(request) if !matches!(access, Access::Missing { .. }) => {
            Some(dry_run::inspect(client, pod, issuer, request).await)
        }
        _ => None,
    };
    Inspection { access, issuer: Some(state), dry_run }
}
