//! What the API server reports about a request before it is made, in words.

use podcert::diagnose::ErrorClass;
use podcert::identity::Pod;
use podcert::provider::{ApiInspection, CertManagerProvider};
use podcert::signer::cert_manager::IssuerRef;
use podcert::signer::cert_manager::inspect::{Access, DryRun, IssuerState, RESOURCE, VERBS};

use super::CLUSTER;
use crate::diagnostics::Finding;

/// A finding for each thing that was inspected.
pub fn findings(inspected: &ApiInspection<'_>) -> Vec<Finding> {
    let CertManagerProvider { issuer, pod, .. } = inspected.asks;
    let inspection = &inspected.inspection;
    let mut findings = access(&inspection.access, pod);
    findings.extend(inspection.issuer.as_ref().map(|state| issuer_state(state, pod, issuer)));
    findings.extend(inspection.dry_run.as_ref().map(dry_run));
    findings
}

fn access(access: &Access, pod: &Pod) -> Vec<Finding> {
    let account = format!("service account {}/{}", pod.namespace, pod.service_account);
    let answers = CLUSTER.ok("API server", "it answers, and accepts the pod's token");
    match access {
        Access::Granted => {
            let found = format!("{account} may {} {RESOURCE}", VERBS.join(", "));
            vec![answers, CLUSTER.ok("RBAC", found)]
        }
        Access::Missing { verbs } => {
            let found = format!("{account} may not {} {RESOURCE}", verbs.join(", "));
            let remedy = format!(
                "bind it to a Role in namespace {} with apiGroups [cert-manager.io], resources \
                    [certificaterequests], verbs [{}]",
                pod.namespace,
                VERBS.join(", ")
            );
            vec![answers, CLUSTER.error("RBAC", ErrorClass::Refused, found, remedy)]
        }
        Access::TokenRefused { reason } => {
            let found = format!("it rejects the pod's token: {reason}");
            let remedy = format!("restart the pod; if that does not help, check that {account} still exists");
            vec![CLUSTER.error("API server", ErrorClass::Refused, found, remedy)]
        }
        Access::Unknown { reason } => {
            vec![CLUSTER.note("RBAC", format!("{account} may not query its own permissions: {reason}"))]
        }
        Access::Unreachable { reason } => {
            let found = format!("it cannot be reached: {reason}");
            let remedy = "check that it is running, and that no NetworkPolicy keeps the pod from reaching it";
            vec![CLUSTER.error("API server", ErrorClass::Unavailable, found, remedy)]
        }
    }
}

fn issuer_state(state: &IssuerState, pod: &Pod, issuer: &IssuerRef) -> Finding {
    let error = |class, found: String, remedy: String| CLUSTER.error("issuer", class, found, remedy);
    let correct = "correct --issuer (PODCERT_ISSUER)";
    let group = issuer.group();
    match state {
        IssuerState::Ready => CLUSTER.ok("issuer", format!("{issuer} is ready")),
        IssuerState::NotReady { reason } => error(
            ErrorClass::Unavailable,
            format!("{issuer} is not ready: {reason}"),
            "fix the issuer; its conditions give details".to_owned(),
        ),
        IssuerState::Silent if issuer.is_of_cert_manager() => error(
            ErrorClass::Unavailable,
            format!("{issuer} has no condition Ready: cert-manager has not seen it"),
            "check that cert-manager is running".to_owned(),
        ),
        IssuerState::Silent => {
            CLUSTER.note("issuer", format!("{issuer} exists, but does not report whether it is ready"))
        }
        IssuerState::Missing if issuer.kind() == "Issuer" => error(
            ErrorClass::Settings,
            format!("{issuer} does not exist in namespace {}", pod.namespace),
            format!(
                "create it there, or {correct}; a cluster-wide issuer is ClusterIssuer/{}",
                issuer.name()
            ),
        ),
        IssuerState::Missing => error(
            ErrorClass::Settings,
            format!("{issuer} does not exist"),
            format!("create it, or {correct}"),
        ),
        IssuerState::NoGroup => error(
            ErrorClass::Unavailable,
            format!("the API server does not serve the group {group}"),
            if issuer.is_of_cert_manager() {
                "install cert-manager".to_owned()
            } else {
                "install the issuer's own controller".to_owned()
            },
        ),
        IssuerState::NoKind => error(
            ErrorClass::Settings,
            format!("{issuer}: the API group {group} has no kind {}", issuer.kind()),
            correct.to_owned(),
        ),
        IssuerState::Hidden => CLUSTER.note(
            "issuer",
            format!(
                "this service account may not see whether {issuer} is ready; {}",
                administrators_look(pod, issuer)
            ),
        ),
        IssuerState::Unknown { reason } => CLUSTER.note(
            "issuer",
            format!("{issuer} cannot be inspected: {reason}; {}", administrators_look(pod, issuer)),
        ),
    }
}

fn administrators_look(pod: &Pod, issuer: &IssuerRef) -> String {
    format!(
        "an administrator can see it with `kubectl --namespace {} get {}.{} {}`",
        pod.namespace,
        issuer.kind().to_ascii_lowercase(),
        issuer.group(),
        issuer.name()
    )
}

fn dry_run(dry_run: &DryRun) -> Finding {
    match dry_run {
        DryRun::Admitted => CLUSTER.ok("dry run", "a CertificateRequest for these names would be admitted"),
        DryRun::Unsupported { reason } => {
            CLUSTER.note("dry run", format!("an admission webhook does not support it: {reason}"))
        }
        DryRun::NoSuchKind => CLUSTER.error(
            "dry run",
            ErrorClass::Unavailable,
            "the API server does not serve CertificateRequests",
            "install cert-manager",
        ),
        DryRun::Refused { reason } => CLUSTER.error(
            "dry run",
            ErrorClass::Refused,
            format!("a CertificateRequest would be refused: {reason}"),
            "let the service account's Role and the admission policies allow it",
        ),
        DryRun::Failed { reason } => CLUSTER.error(
            "dry run",
            ErrorClass::Unavailable,
            format!("a CertificateRequest would fail: {reason}"),
            "check that cert-manager and its webhook are running",
        ),
    }
}
