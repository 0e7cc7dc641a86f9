//! Whether the issuer exists and is ready, where the account may look.

use kube::Client;
use serde_json::Value;

use super::super::IssuerRef;
use super::super::issuer::GROUP;
use super::super::object::Status;
use super::call::{Trouble, get};
use crate::check::CLUSTER;
use crate::exit::ExitClass;
use crate::identity::Pod;
use crate::report::Finding;

pub(super) async fn look(client: &Client, pod: &Pod, issuer: &IssuerRef) -> Option<Finding> {
    Some(match place(client, pod, issuer).await {
        Ok(collection) => match get(client, &collection, &issuer.name).await {
            Ok(object) => readiness(issuer, &object),
            Err(Trouble { code: Some(404), .. }) => missing(pod, issuer),
            Err(trouble) => unknown(pod, issuer, &trouble),
        },
        Err(finding) => finding,
    })
}

/// Where such issuers are found in the API.
async fn place(client: &Client, pod: &Pod, issuer: &IssuerRef) -> Result<String, Finding> {
    let IssuerRef { kind, group, .. } = issuer;
    let found = match get(client, "/apis", group).await {
        Ok(found) => found,
        Err(Trouble { code: Some(404), .. }) => return Err(no_group(group)),
        Err(trouble) => return Err(unknown(pod, issuer, &trouble)),
    };
    let version = found["preferredVersion"]["version"].as_str().unwrap_or("v1").to_owned();
    let resources = get(client, &format!("/apis/{group}"), &version).await;
    let resources = resources.map_err(|trouble| unknown(pod, issuer, &trouble))?;
    // Those with a slash, such as issuers/status, are parts of others.
    let is_it = |resource: &&Value| {
        resource["kind"] == kind.as_str() && resource["name"].as_str().is_some_and(|name| !name.contains('/'))
    };
    let resources = resources["resources"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(resource) = resources.iter().find(is_it) else {
        let found = format!("{issuer}: the API group {group} has no kind {kind}");
        return Err(CLUSTER.error("issuer", ExitClass::Settings, found, "correct --issuer (PODCERT_ISSUER)"));
    };
    let plural = resource["name"].as_str().unwrap_or_default();
    Ok(match resource["namespaced"].as_bool() {
        Some(false) => format!("/apis/{group}/{version}/{plural}"),
        _ => format!("/apis/{group}/{version}/namespaces/{}/{plural}", pod.namespace),
    })
}

fn readiness(issuer: &IssuerRef, object: &Value) -> Finding {
    let status: Status = serde_json::from_value(object["status"].clone()).unwrap_or_default();
    let ready = status.conditions.iter().find(|condition| condition.r#type == "Ready");
    match ready.map(|condition| (condition.status.as_str(), condition.to_string())) {
        Some(("True", _)) => CLUSTER.ok("issuer", format!("{issuer} is ready")),
        Some((_, reason)) => {
            let found = format!("{issuer} is not ready: {reason}");
            CLUSTER.error("issuer", ExitClass::Unavailable, found, "mend the issuer; its conditions say more")
        }
        None if issuer.group == GROUP => {
            let found = format!("{issuer} has no condition Ready: cert-manager has not looked at it");
            CLUSTER.error("issuer", ExitClass::Unavailable, found, "look whether cert-manager runs")
        }
        None => CLUSTER.note("issuer", format!("{issuer} exists, and does not say whether it is ready")),
    }
}

fn missing(pod: &Pod, issuer: &IssuerRef) -> Finding {
    let (found, remedy) = match issuer.kind.as_str() {
        "Issuer" => (
            format!("{issuer} does not exist in namespace {}", pod.namespace),
            format!(
                "create it there, or correct --issuer (PODCERT_ISSUER); one for all namespaces is ClusterIssuer/{}",
                issuer.name
            ),
        ),
        _ => {
            (format!("{issuer} does not exist"), "create it, or correct --issuer (PODCERT_ISSUER)".to_owned())
        }
    };
    CLUSTER.error("issuer", ExitClass::Settings, found, remedy)
}

fn no_group(group: &str) -> Finding {
    let found = format!("the API server knows no group {group}");
    let remedy = if group == GROUP { "install cert-manager" } else { "install the issuer's own controller" };
    CLUSTER.error("issuer", ExitClass::Unavailable, found, remedy)
}

/// Most service accounts may not look, and need not.
fn unknown(pod: &Pod, issuer: &IssuerRef, trouble: &Trouble) -> Finding {
    let Trouble { code, reason } = trouble;
    let IssuerRef { name, kind, group } = issuer;
    let look = format!(
        "an administrator sees it by `kubectl --namespace {} get {}.{group} {name}`",
        pod.namespace,
        kind.to_ascii_lowercase()
    );
    match code {
        Some(403) => {
            let found = format!("whether {issuer} is ready is not for this service account to see; {look}");
            CLUSTER.note("issuer", found)
        }
        _ => CLUSTER.note("issuer", format!("{issuer} cannot be looked at: {reason}; {look}")),
    }
}
