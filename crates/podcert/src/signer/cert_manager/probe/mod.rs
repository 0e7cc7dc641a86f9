//! Looks whether a request would go well, without making one: may we, is there an issuer, would it be admitted.

mod access;
mod call;
mod dry_run;
mod issuer;

use kube::Client;

use self::access::Access;
use super::IssuerRef;
use crate::csr::SigningRequest;
use crate::identity::Pod;
use crate::report::Finding;

/// Asks the API server, in the name of a pod. The request, where there is one, is sent as a dry run only.
pub async fn probe(
    client: Client,
    pod: &Pod,
    issuer: &IssuerRef,
    request: Option<&SigningRequest>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let access = access::look(&client, pod, &mut findings).await;
    if access == Access::Unreachable {
        return findings;
    }
    findings.extend(issuer::look(&client, pod, issuer).await);
    // Access that is refused would only be refused once more.
    if let Some(request) = request.filter(|_| access == Access::Granted) {
        findings.push(dry_run::look(client, pod, issuer, request).await);
    }
    findings
}
