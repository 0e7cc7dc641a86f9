//! The state of a request, a pure function of the object.

use std::fmt;

use k8s_openapi::ByteString;

use super::object::{CertificateRequest, Condition, Status};
use crate::signer::Issued;

/// The state of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Denied(String),
    Failed(String),
    Invalid(String),
    Issued(Issued),
    Waiting(Waiting),
}

/// What a request is waiting for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    is_approved: bool,
    message: Option<String>,
}

/// The state of an existing object. The order matters: what was denied or is invalid may never become ready or failed.
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
            (true, None) => f.write_str("it is approved, but its issuer has not answered yet"),
            (false, None) => f.write_str("it has not been approved yet"),
            (false, Some(message)) => write!(f, "it has not been approved yet; {message}"),
        }
    }
}

/// PEM is ASCII; anything else cannot be read as a certificate anyway.
fn text(bytes: &ByteString) -> String {
    String::from_utf8_lossy(&bytes.0).into_owned()
}

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
    fn the_most_decisive_condition_determines_the_state() {
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
    fn a_ready_request_contains_the_certificate_and_perhaps_the_ca() {
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
    fn a_waiting_request_says_what_it_is_waiting_for() {
        for (is_approved, message, expected) in [
            (false, None, "it has not been approved yet"),
            (true, None, "it is approved, but its issuer has not answered yet"),
            (true, Some("no such issuer"), "no such issuer"),
            // News of the issuer must not hide that the request is not approved.
            (false, Some("no such issuer"), "it has not been approved yet; no such issuer"),
        ] {
            let message = message.map(str::to_owned);
            assert_eq!(Waiting { is_approved, message }.to_string(), expected);
        }
    }
}
