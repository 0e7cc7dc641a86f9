//! cert-manager, played by the scripted API server. Only waiting moves the time, so that deadlines and backoff take no real
//! time; a call that never comes ends at the deadline.

mod answers;
mod connections;
mod outcomes;

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use podcert::provider::{Error, Obtained, obtain_signed};
use podcert::request::Wanted;
use podcert::signer::CertManager;
use podcert::store::Store;
use podcert::support::clock::Attempt;
use podcert::trust::TrustBundle;
use podcert_testkit::api::{Answer, ApiServer, REQUESTS, Step, event};
use podcert_testkit::{LeafBuilder, ManualClock, NOW, TestCa, memory, pod, wanted};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::entries;

/// A pod and its issuer, which is ClusterIssuer/ca unless it is changed.
pub(crate) struct PodScene {
    pub(crate) memory: TempDir,
    pub(crate) issuer: &'static str,
    pub(crate) wanted: Wanted,
    pub(crate) trust: Option<TrustBundle>,
}

impl PodScene {
    pub(crate) fn new() -> Self {
        let memory = memory();
        Self { memory, issuer: "ClusterIssuer/ca", wanted: wanted(), trust: None }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.memory.path().join("run")
    }

    /// Obtains a certificate, from a new key to published files, while the server expects these calls.
    pub(crate) async fn obtain(&self, steps: Vec<Step>) -> Result<Obtained, Error> {
        let (client, server) = ApiServer::start(steps);
        let issuer = self.issuer.parse().unwrap();
        let signer = CertManager::new(client, pod(), issuer, self.trust.clone());
        let store = Store::open(&self.directory())?;
        let clock = ManualClock::at(NOW);
        let attempt = Attempt::new(&clock, DEADLINE);
        let result = obtain_signed(&signer, &pod().identity(), &self.wanted, &store, &attempt).await;
        drop(signer);
        server.finish().await;
        assert_eq!(result.is_err(), entries(self.memory.path()).is_empty());
        result
    }
}

pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) async fn obtain_by(steps: Vec<Step>) -> Result<Obtained, Error> {
    PodScene::new().obtain(steps).await
}

/// The create, answered with the object that the API server stores.
pub(crate) fn create() -> Step {
    create_answered(|created| Answer::Object(201, stored(created, 100, Value::Null)))
}

pub(crate) fn create_answered(answer: impl FnOnce(&Value) -> Answer + Send + 'static) -> Step {
    Step::new("POST", REQUESTS, answer)
}

/// A watch of the created object that starts at a version.
pub(crate) fn watch(version: u32, answer: impl FnOnce(&Value) -> Answer + Send + 'static) -> Step {
    let query = "watch=true&timeoutSeconds=290&fieldSelector=metadata.name%3D{name}&allowWatchBookmarks=true";
    Step::new("GET", format!("{REQUESTS}?{query}&resourceVersion={version}"), answer)
}

pub(crate) fn get(answer: impl FnOnce(&Value) -> Answer + Send + 'static) -> Step {
    Step::new("GET", format!("{REQUESTS}/{{name}}"), answer)
}

/// A watch in which the object is signed at once.
pub(crate) fn issue(version: u32, ca: TestCa) -> Step {
    watch(version, move |created| Answer::Open(vec![issued(created, &ca)]))
}

/// The event of an object that a CA has signed.
pub(crate) fn issued(created: &Value, ca: &TestCa) -> Value {
    modified(created, 102, ready(created, ca, |leaf| leaf))
}

pub(crate) fn modified(created: &Value, version: u32, status: Value) -> Value {
    event("MODIFIED", stored(created, version, status))
}

/// The object that the API server stores.
pub(crate) fn stored(created: &Value, version: u32, status: Value) -> Value {
    let mut object = created.clone();
    object["metadata"]["resourceVersion"] = version.to_string().into();
    object["metadata"]["uid"] = "5d1d".into();
    object["spec"]["username"] = "system:serviceaccount:shop:web".into();
    if !status.is_null() {
        object["status"] = status;
    }
    object
}

/// The status of a signed request.
pub(crate) fn ready(created: &Value, ca: &TestCa, change: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Value {
    let leaf = change(ca.leaf().csr(&csr_pem(created))).sign();
    json!({
        "conditions": [condition("Approved", "True", "cert-manager.io", "Certificate request has been approved"),
            condition("Ready", "True", "Issued", "Certificate fetched from issuer successfully")],
        "certificate": encode(&leaf.chain_pem),
        "ca": encode(ca.pem()),
    })
}

pub(crate) fn pending(is_approved: bool, message: &str) -> Value {
    let mut conditions = vec![condition("Ready", "False", "Pending", message)];
    if is_approved {
        conditions.push(condition("Approved", "True", "cert-manager.io", "approved"));
    }
    json!({ "conditions": conditions })
}

pub(crate) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "2026-06-01T00:00:00Z"})
}

pub(crate) fn csr_pem(created: &Value) -> String {
    let text = created["spec"]["request"].as_str().unwrap();
    String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap()
}

pub(crate) fn encode(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}
