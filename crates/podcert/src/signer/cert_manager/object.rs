//! The object: what is sent, and what the answer means.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::core::{ApiResource, GroupVersionKind, Object, TypeMeta};
use serde::{Deserialize, Serialize};

use super::IssuerRef;
use crate::csr::SigningRequest;
use crate::identity::Pod;
use crate::signer::Issued;
use crate::x509;

/// cert-manager's CertificateRequest, as far as it concerns us.
pub(super) type CertificateRequest = Object<Spec, Status>;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec {
    pub(super) request: ByteString,
    duration: String,
    usages: Vec<String>,
    issuer_ref: IssuerRef,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Status {
    conditions: Vec<Condition>,
    certificate: Option<ByteString>,
    ca: Option<ByteString>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
    reason: String,
    message: String,
}

/// Where the object is found in the API.
pub(super) fn resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("cert-manager.io", "v1", "CertificateRequest"))
}

/// The object that asks for a certificate. Its name holds a hash of the key: a create that is sent twice, since
/// nobody knows what became of the first, meets its own object and no other.
pub(super) fn manifest(request: &SigningRequest, pod: &Pod, issuer: &IssuerRef) -> CertificateRequest {
    let hash = ring::digest::digest(&ring::digest::SHA256, request.public_key_der());
    let hash = x509::hex(&hash.as_ref()[..8]);
    let longest = LONGEST_NAME - hash.len() - 1;
    let pod_name = pod.name.as_str();
    // Object names are ASCII.
    let pod_name = pod_name[..pod_name.len().min(longest)].trim_end_matches(['-', '.']);
    let resource = resource();
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    CertificateRequest {
        types: Some(TypeMeta { api_version: resource.api_version, kind: resource.kind }),
        metadata: ObjectMeta {
            name: Some(format!("{pod_name}-{hash}")),
            namespace: Some(pod.namespace.to_string()),
            labels: Some(BTreeMap::from([
                label("app.kubernetes.io/managed-by", "podcert"),
                label("podcert.local/pod-uid", pod.uid.as_str()),
            ])),
            // Collected with the pod. Blocking the pod's deletion could demand more rights than the pod has.
            owner_references: Some(vec![OwnerReference {
                api_version: "v1".to_owned(),
                kind: "Pod".to_owned(),
                name: pod.name.to_string(),
                uid: pod.uid.to_string(),
                ..OwnerReference::default()
            }]),
            ..ObjectMeta::default()
        },
        spec: Spec {
            request: ByteString(request.csr_pem().as_bytes().to_owned()),
            duration: format!("{}s", request.duration().as_secs()),
            usages: ["digital signature", "server auth", "client auth"].map(str::to_owned).into(),
            issuer_ref: issuer.clone(),
        },
        status: None,
    }
}

/// What has become of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Denied(String),
    Failed(String),
    Invalid(String),
    Issued(Issued),
    Waiting(Waiting),
}

/// What a request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    is_approved: bool,
    message: Option<String>,
}

/// The state of an object that is there. The order matters: what has been denied or is invalid may never become ready or failed.
pub(super) fn state_of(request: &CertificateRequest) -> State {
    let Some(status) = &request.status else {
        return State::Waiting(Waiting { is_approved: false, message: None });
    };
    if let Some(condition) = status.condition("Denied", "True") {
        return State::Denied(condition.to_string());
    }
    if let Some(condition) = status.condition("InvalidRequest", "True") {
        return State::Invalid(condition.to_string());
    }
    let not_ready = status.condition("Ready", "False");
    if let Some(condition) = not_ready.filter(|condition| condition.reason == "Failed") {
        return State::Failed(condition.to_string());
    }
    let certificate = status.certificate.as_ref().filter(|bytes| !bytes.0.is_empty());
    if let (Some(_), Some(certificate)) = (status.condition("Ready", "True"), certificate) {
        let ca = status.ca.as_ref().filter(|bytes| !bytes.0.is_empty());
        return State::Issued(Issued { chain_pem: text(certificate), ca_pem: ca.map(text) });
    }
    State::Waiting(Waiting {
        is_approved: status.condition("Approved", "True").is_some(),
        message: not_ready.map(Condition::to_string),
    })
}

impl Status {
    fn condition(&self, kind: &str, status: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.r#type == kind && condition.status == status)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason.as_str(), self.message.as_str()) {
            ("", message) => f.write_str(message),
            (reason, "") => f.write_str(reason),
            (reason, message) => write!(f, "{message} ({reason})"),
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_approved, &self.message) {
            (true, Some(message)) => f.write_str(message),
            (true, None) => f.write_str("it is approved, and its issuer has not answered yet"),
            (false, None) => f.write_str("it is not approved"),
            (false, Some(message)) => write!(f, "it is not approved; {message}"),
        }
    }
}

/// PEM is ASCII; what is not will not be read as a certificate either.
fn text(bytes: &ByteString) -> String {
    String::from_utf8_lossy(&bytes.0).into_owned()
}

const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The state of a request with these conditions, each `[type, status, reason, message]`.
    fn state(conditions: &[[&str; 4]], more: serde_json::Value) -> State {
        let conditions: Vec<_> = conditions
            .iter()
            .map(|[kind, status, reason, message]| {
                json!({"type": kind, "status": status, "reason": reason, "message": message})
            })
            .collect();
        let mut status = more;
        status["conditions"] = conditions.into();
        let object = json!({"metadata": {"name": "web-0-0f"}, "spec": {"request": "YQ=="}, "status": status});
        state_of(&serde_json::from_value(object).unwrap())
    }

    fn waiting(is_approved: bool, message: Option<&str>) -> State {
        State::Waiting(Waiting { is_approved, message: message.map(str::to_owned) })
    }

    const APPROVED: [&str; 4] = ["Approved", "True", "cert-manager.io", "approved"];
    const DENIED: [&str; 4] = ["Denied", "True", "policy", "no"];
    const FAILED: [&str; 4] = ["Ready", "False", "Failed", "broken"];
    const INVALID: [&str; 4] = ["InvalidRequest", "True", "policy", "bad"];
    const PENDING: [&str; 4] = ["Ready", "False", "Pending", "no such issuer"];
    const READY: [&str; 4] = ["Ready", "True", "Issued", "signed"];

    #[test]
    fn the_first_condition_that_decides_does() {
        let none = || json!({});
        let denied = State::Denied("no (policy)".to_owned());
        let invalid = State::Invalid("bad (policy)".to_owned());
        let failed = State::Failed("broken (Failed)".to_owned());
        for (conditions, expected) in [
            (&[][..], waiting(false, None)),
            (&[APPROVED], waiting(true, None)),
            (&[PENDING], waiting(false, Some("no such issuer (Pending)"))),
            (&[APPROVED, PENDING], waiting(true, Some("no such issuer (Pending)"))),
            (&[APPROVED, READY], waiting(true, None)),
            (&[DENIED], denied.clone()),
            (&[["Denied", "False", "", ""]], waiting(false, None)),
            (&[FAILED, DENIED], denied.clone()),
            (&[READY, INVALID, DENIED], denied),
            (&[FAILED, INVALID], invalid.clone()),
            (&[APPROVED, INVALID, PENDING], invalid),
            (&[APPROVED, FAILED], failed.clone()),
            (&[FAILED], failed),
            (&[["Ready", "False", "Denied", "denied"]], waiting(false, Some("denied (Denied)"))),
        ] {
            assert_eq!(state(conditions, none()), expected, "{conditions:?}");
        }
    }

    #[test]
    fn a_ready_request_holds_the_certificate_and_perhaps_the_ca() {
        let issued = |ca_pem: Option<&str>| {
            State::Issued(Issued { chain_pem: "leaf".to_owned(), ca_pem: ca_pem.map(str::to_owned) })
        };
        for (more, expected) in [
            (json!({"certificate": "bGVhZg==", "ca": "cm9vdA=="}), issued(Some("root"))),
            (json!({"certificate": "bGVhZg==", "ca": ""}), issued(None)),
            (json!({"certificate": "bGVhZg=="}), issued(None)),
            (json!({"certificate": "", "ca": "cm9vdA=="}), waiting(true, None)),
        ] {
            assert_eq!(state(&[APPROVED, READY], more), expected);
        }
        let early = json!({"certificate": "bGVhZg=="});
        assert_eq!(state(&[APPROVED], early.clone()), waiting(true, None));
        assert_eq!(state(&[FAILED], early), State::Failed("broken (Failed)".to_owned()));
    }

    #[test]
    fn what_is_waited_for_is_told() {
        for (is_approved, message, told) in [
            (false, None, "it is not approved"),
            (true, None, "it is approved, and its issuer has not answered yet"),
            (true, Some("no such issuer"), "no such issuer"),
            // That nobody approved it must not be hidden by news of the issuer.
            (false, Some("no such issuer"), "it is not approved; no such issuer"),
        ] {
            let message = message.map(str::to_owned);
            assert_eq!(Waiting { is_approved, message }.to_string(), told);
        }
    }
}
