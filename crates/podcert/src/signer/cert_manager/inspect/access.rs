//! Whether the API server responds, accepts the pod's token, and grants what a request needs. Every account may ask what it
//! may do (SelfSubjectAccessReview).

use kube::Client;
use serde_json::{Value, json};

use crate::identity::Pod;
use crate::kube::read::{CallError, ask};

/// What the pod's service account may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything that a request needs.
    Granted,
    /// Some verbs are not granted.
    Missing {
        /// Those of [`VERBS`] that are not granted.
        verbs: Vec<&'static str>,
    },
    /// The API server does not accept the pod's token.
    TokenRefused {
        /// What it says.
        reason: String,
    },
    /// The account may not even ask.
    Unknown {
        /// What the API server says.
        reason: String,
    },
    /// The API server cannot be reached.
    Unreachable {
        /// Why.
        reason: String,
    },
}

/// The resource of requests, with its group.
pub const RESOURCE: &str = "certificaterequests.cert-manager.io";

/// The verbs that a pod uses on its requests.
pub const VERBS: [&str; 3] = ["create", "get", "watch"];

pub(super) async fn inspect(client: &Client, pod: &Pod) -> Access {
    let mut verbs = Vec::new();
    for verb in VERBS {
        match ask(client, REVIEWS, &question(verb, pod)).await {
            Ok(answer) if answer["status"]["allowed"] == Value::Bool(true) => {}
            Ok(_) => verbs.push(verb),
            Err(CallError { code: Some(401), reason }) => return Access::TokenRefused { reason },
            Err(CallError { code: Some(403), reason }) => return Access::Unknown { reason },
            Err(CallError { reason, .. }) => return Access::Unreachable { reason },
        }
    }
    if verbs.is_empty() { Access::Granted } else { Access::Missing { verbs } }
}

fn question(verb: &str, pod: &Pod) -> Value {
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "group": "cert-manager.io",
            "resource": "certificaterequests",
            "namespace": pod.namespace.as_str(),
            "verb": verb,
        }},
    })
}

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
