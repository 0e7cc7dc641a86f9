//! Whether the API server is there, takes the pod's token, and grants what a request needs. Every account may ask what
//! it may do (SelfSubjectAccessReview).

use kube::Client;
use serde_json::{Value, json};

use super::call::{Trouble, ask};
use crate::check::CLUSTER;
use crate::exit::ExitClass;
use crate::identity::Pod;
use crate::report::Finding;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing is known to be missing.
    Granted,
    /// Something is missing.
    Refused,
    /// Nobody who could grant anything.
    Unreachable,
}

pub(super) async fn look(client: &Client, pod: &Pod, findings: &mut Vec<Finding>) -> Access {
    let mut missing = Vec::new();
    for verb in VERBS {
        match ask(client, REVIEWS, &question(verb, pod)).await {
            Ok(answer) if answer["status"]["allowed"] == Value::Bool(true) => {}
            Ok(_) => missing.push(verb),
            Err(trouble) => return failed(trouble, pod, findings),
        }
    }
    findings.push(CLUSTER.ok("API server", "it answers, and takes the pod's token"));
    let account = format!("service account {}/{}", pod.namespace, pod.service_account);
    if missing.is_empty() {
        let found = format!("{account} may {} {RESOURCE}", VERBS.join(", "));
        findings.push(CLUSTER.ok("RBAC", found));
        return Access::Granted;
    }
    let found = format!("{account} may not {} {RESOURCE}", missing.join(", "));
    let remedy = format!(
        "bind it to a Role in namespace {} with apiGroups [cert-manager.io], resources [certificaterequests], verbs [{}]",
        pod.namespace,
        VERBS.join(", ")
    );
    findings.push(CLUSTER.error("RBAC", ExitClass::Refused, found, remedy));
    Access::Refused
}

fn failed(trouble: Trouble, pod: &Pod, findings: &mut Vec<Finding>) -> Access {
    let Trouble { code, reason } = trouble;
    let (finding, access) = match code {
        Some(401) => {
            let found = format!("it does not take the pod's token: {reason}");
            let remedy = format!(
                "restart the pod; if that does not help, look whether service account {}/{} is still there",
                pod.namespace, pod.service_account
            );
            (CLUSTER.error("API server", ExitClass::Refused, found, remedy), Access::Unreachable)
        }
        Some(403) => {
            let found = format!("what the service account may do cannot be asked: {reason}");
            (CLUSTER.note("RBAC", found), Access::Granted)
        }
        _ => {
            let found = format!("it cannot be asked: {reason}");
            let remedy =
                "look whether a NetworkPolicy lets the pod reach the API server, and whether that runs";
            (CLUSTER.error("API server", ExitClass::Unavailable, found, remedy), Access::Unreachable)
        }
    };
    findings.push(finding);
    access
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
const RESOURCE: &str = "certificaterequests.cert-manager.io";
const VERBS: [&str; 3] = ["create", "get", "watch"];
