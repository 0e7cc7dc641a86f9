//! The scenario as approver and signer, for an issuer that has no controller.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use podcert_testkit::{LeafBuilder, TestCa};
use serde_json::{Value, json};

use super::requester;
use crate::pods::namespace::Namespace;

/// A kind that the API server knows, since cert-manager refuses approvals for others; but not one of cert-manager's, which
/// it would answer itself.
pub(super) const ISSUER: &str = "Deployment.apps/nobody";

/// A request that waits for its answer.
pub(super) struct Request<'a> {
    namespace: &'a Namespace,
    object: String,
}

impl<'a> Request<'a> {
    /// The one of a pod that is started for it.
    pub(super) fn of_requester(namespace: &'a Namespace) -> Self {
        requester::starts(namespace, ISSUER);
        Self::next(namespace)
    }

    /// The one that is there, or comes.
    pub(super) fn next(namespace: &'a Namespace) -> Self {
        let managed = "--selector=app.kubernetes.io/managed-by=podcert";
        let mut object = String::new();
        namespace.until("there is a CertificateRequest", || {
            object = namespace.try_kubectl(&["get", "certificaterequests", managed, "--output=name"])?;
            Ok(!object.is_empty())
        });
        assert_eq!(object.lines().count(), 1, "the pod has made more than one request: {object}");
        Self { namespace, object }
    }

    /// The object, as kubectl names it.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    /// Its name, as podcert names it.
    pub(super) fn shown(&self) -> String {
        let name = self.object.rsplit('/').next().unwrap_or_default();
        format!("CertificateRequest {}/{name}", self.namespace.name())
    }

    /// A leaf that is what was asked for, and valid now.
    pub(super) fn leaf(&self, ca: &TestCa) -> LeafBuilder {
        let now = now();
        let template = "--output=go-template={{.spec.request | base64decode}}";
        let csr = self.namespace.kubectl(&["get", &self.object, template]);
        ca.leaf().csr(&csr).validity(now - MINUTE, now + MINUTE * 60)
    }

    /// Approves it and answers with this chain and this CA.
    pub(super) fn answer(&self, chain_pem: &str, ca_pem: Option<&str>) {
        let mut status = conditions(&[APPROVED, ["Ready", "True", "Issued", "signed"]]);
        status["certificate"] = BASE64_STANDARD.encode(chain_pem).into();
        status["ca"] = ca_pem.map(|pem| BASE64_STANDARD.encode(pem)).into();
        self.patch(&status);
    }

    /// Answers with what was asked for.
    pub(super) fn answer_well(&self) {
        let ca = TestCa::new();
        self.answer(&self.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    }

    /// Sets conditions, each `[type, status, reason, message]`.
    pub(super) fn set(&self, all: &[[&str; 4]]) {
        self.patch(&conditions(all));
    }

    /// Deletes it.
    pub(super) fn delete(self) {
        self.namespace.kubectl(&["delete", &self.object]);
    }

    fn patch(&self, status: &Value) {
        let patch = json!({ "status": status }).to_string();
        let arguments = ["patch", &self.object, "--subresource=status", "--type=merge", "--patch", &patch];
        self.namespace.kubectl(&arguments);
    }
}

/// The first answer to every request that is to be signed.
pub(super) const APPROVED: [&str; 4] = ["Approved", "True", "Tests", "approved"];

fn conditions(conditions: &[[&str; 4]]) -> Value {
    let conditions = conditions.iter().map(|[kind, status, reason, message]| {
        json!({ "type": kind, "status": status, "reason": reason, "message": message })
    });
    json!({ "conditions": conditions.collect::<Vec<_>>() })
}

#[expect(clippy::disallowed_methods, reason = "the door for the time: pods live in ours")]
fn now() -> Timestamp {
    Timestamp::now()
}

const MINUTE: Duration = Duration::from_secs(60);
