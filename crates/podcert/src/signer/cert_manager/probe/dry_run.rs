//! The request itself, as a dry run: RBAC, quotas and admission decide as they would, and nothing is kept.

use kube::api::PostParams;
use kube::{Api, Client};

use super::super::IssuerRef;
use super::super::object::{CertificateRequest, manifest, resource};
use super::call::{Trouble, within_patience};
use crate::check::CLUSTER;
use crate::csr::SigningRequest;
use crate::exit::ExitClass;
use crate::identity::Pod;
use crate::report::Finding;

pub(super) async fn look(client: Client, pod: &Pod, issuer: &IssuerRef, request: &SigningRequest) -> Finding {
    let api: Api<CertificateRequest> = Api::namespaced_with(client, pod.namespace.as_str(), &resource());
    let params = PostParams { dry_run: true, ..PostParams::default() };
    let object = manifest(request, pod, issuer);
    let Err(Trouble { code, reason }) = within_patience(api.create(&params, &object)).await else {
        return CLUSTER.ok("dry run", "a CertificateRequest for these names would be admitted");
    };
    match code {
        Some(400) if reason.contains("dry run") => {
            CLUSTER.note("dry run", format!("an admission webhook allows none: {reason}"))
        }
        Some(404) => {
            let found = "the API server knows no CertificateRequests";
            CLUSTER.error("dry run", ExitClass::Unavailable, found, "install cert-manager")
        }
        Some(400..500) => {
            let found = format!("a CertificateRequest would be refused: {reason}");
            let remedy = "let the service account's Role and the admission policies allow it";
            CLUSTER.error("dry run", ExitClass::Refused, found, remedy)
        }
        _ => {
            let found = format!("a CertificateRequest would fail: {reason}");
            let remedy = "look whether cert-manager runs, its webhook among the rest";
            CLUSTER.error("dry run", ExitClass::Unavailable, found, remedy)
        }
    }
}
