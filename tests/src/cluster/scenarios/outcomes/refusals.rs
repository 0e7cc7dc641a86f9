//! Requests that are not signed: somebody says no, or nobody says anything.

use super::asker;
use super::signer::{APPROVED, ISSUER, Request};
use crate::cluster::namespace::Namespace;

pub(super) fn denied(namespace: &Namespace) {
    let request = Request::of_asker(namespace);
    request.set(&[["Denied", "True", "Policy", "not in this namespace"]]);
    let reason = format!("{} was denied: not in this namespace (Policy)", request.shown());
    let advice = format!("have this pod's requests to {ISSUER} approved");
    asker::fails(namespace, 77, &[&reason, &advice]);
}

pub(super) fn invalid(namespace: &Namespace) {
    let request = Request::of_asker(namespace);
    request.set(&[["InvalidRequest", "True", "Policy", "lives too long"]]);
    let reason = format!("{} is invalid: lives too long (Policy)", request.shown());
    asker::fails(namespace, 77, &[&reason, &format!("request only what {ISSUER} allows")]);
}

pub(super) fn failed(namespace: &Namespace) {
    let request = Request::of_asker(namespace);
    request.set(&[APPROVED, ["Ready", "False", "Failed", "the HSM is on fire"]]);
    let signer = format!("{ISSUER} ({}) could not sign the request for DNS:", request.shown());
    asker::fails(namespace, 69, &[&signer, "the HSM is on fire (Failed)"]);
}

/// cert-manager leaves requests to issuers of others to approvers of others.
pub(super) fn not_approved(namespace: &Namespace) {
    asker::starts_as(namespace, "app", ISSUER, SHORT);
    let reason = format!("was not certified by {ISSUER} within 10s: it has not been approved yet; {ADVICE}");
    asker::fails(namespace, 75, &[&reason]);
}

pub(super) fn issuer_missing(namespace: &Namespace) {
    asker::starts_as(namespace, "app", "missing", SHORT);
    let reason = "was not certified by Issuer/missing within 10s: Referenced \"Issuer\" not found: ";
    asker::fails(namespace, 75, &[reason, "(Pending)", ADVICE]);
}

/// Its CA is in a Secret that is not there.
pub(super) fn issuer_not_ready(namespace: &Namespace) {
    let issuer = "{ apiVersion: cert-manager.io/v1, kind: Issuer, metadata: { name: early }, \
                  spec: { ca: { secretName: missing } } }";
    namespace.apply_text(issuer);
    namespace.kubectl(&["wait", "issuer/early", "--for=condition=Ready=False", "--timeout=60s"]);
    asker::starts_as(namespace, "app", "early", SHORT);
    let reason = "was not certified by Issuer/early within 10s: Referenced issuer does not have a Ready status condition";
    asker::fails(namespace, 75, &[reason, "(Pending)", ADVICE]);
}

pub(super) fn no_rights(namespace: &Namespace) {
    asker::starts_as(namespace, "powerless", "ca", SHORT);
    let account = format!("User \"system:serviceaccount:{}:powerless\" cannot create", namespace.name());
    let advice = "a Role that may create, get and watch certificaterequests";
    asker::fails(namespace, 77, &["the API server refused", &account, "status 403", advice]);
}

const SHORT: &str = "10s";
const ADVICE: &str = "check the issuer and the approval, or set a longer --deadline (PODCERT_DEADLINE)";
