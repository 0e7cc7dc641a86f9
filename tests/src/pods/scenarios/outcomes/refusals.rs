//! Requests that are not signed: they are refused, or never answered.

use std::time::Duration;

use super::requester;
use super::signer::{APPROVED, ISSUER, Request};
use crate::pods::namespace::Namespace;
use crate::wait;

pub(super) fn denied(namespace: &Namespace) {
    let request = Request::of_requester(namespace);
    request.set(&[["Denied", "True", "Policy", "not in this namespace"]]);
    let reason = format!("{} was denied: not in this namespace (Policy)", request.shown());
    let advice = format!("have this pod's requests to {ISSUER} approved");
    requester::fails(namespace, 77, &[&reason, &advice]);
}

pub(super) fn invalid(namespace: &Namespace) {
    let request = Request::of_requester(namespace);
    request.set(&[["InvalidRequest", "True", "Policy", "lives too long"]]);
    let reason = format!("{} is invalid: lives too long (Policy)", request.shown());
    requester::fails(namespace, 77, &[&reason, &format!("request only what {ISSUER} allows")]);
}

pub(super) fn failed(namespace: &Namespace) {
    let request = Request::of_requester(namespace);
    request.set(&[APPROVED, ["Ready", "False", "Failed", "the HSM is on fire"]]);
    let signer = format!("{ISSUER} ({}) could not sign the request for DNS:", request.shown());
    requester::fails(namespace, 69, &[&signer, "the HSM is on fire (Failed)"]);
}

/// cert-manager leaves requests to issuers of others to approvers of others.
pub(super) fn not_approved(namespace: &Namespace) {
    let deadline = deadline();
    requester::starts_as(namespace, "app", ISSUER, &deadline);
    let reason =
        format!("was not certified by {ISSUER} within {deadline}: it has not been approved yet; {ADVICE}");
    requester::fails(namespace, 75, &[&reason]);
}

pub(super) fn issuer_missing(namespace: &Namespace) {
    let deadline = deadline();
    requester::starts_as(namespace, "app", "missing", &deadline);
    let reason =
        format!("was not certified by Issuer/missing within {deadline}: Referenced \"Issuer\" not found: ");
    requester::fails(namespace, 75, &[&reason, "(Pending)", ADVICE]);
}

/// Its CA is in a Secret that is not there.
pub(super) fn issuer_not_ready(namespace: &Namespace) {
    let issuer = "{ apiVersion: cert-manager.io/v1, kind: Issuer, metadata: { name: early }, \
                  spec: { ca: { secretName: missing } } }";
    namespace.apply_text(issuer);
    namespace.await_by(&["wait", "issuer/early", "--for=condition=Ready=False"]);
    let deadline = deadline();
    requester::starts_as(namespace, "app", "early", &deadline);
    let reason = format!(
        "was not certified by Issuer/early within {deadline}: Referenced issuer does not have a Ready status condition"
    );
    requester::fails(namespace, 75, &[&reason, "(Pending)", ADVICE]);
}

pub(super) fn no_rights(namespace: &Namespace) {
    requester::starts_as(namespace, "powerless", "ca", &deadline());
    let account = format!("User \"system:serviceaccount:{}:powerless\" cannot create", namespace.name());
    let advice = "a Role that may create, get and watch certificaterequests";
    requester::fails(namespace, 77, &["the API server refused", &account, "status 403", advice]);
}

/// A deadline that passes. Until then cert-manager has to have said why it does not sign; and it has to be short beside the
/// time for which a scenario waits for a pod's end.
fn deadline() -> String {
    let time = wait::scaled(Duration::from_secs(10)).min(Duration::from_secs(60));
    format!("{}s", time.as_secs())
}

const ADVICE: &str = "check the issuer and the approval, or set a longer --deadline (PODCERT_DEADLINE)";
