//! Whether the issuer exists and is ready, if the account may read it.

use kube::Client;
use serde_json::Value;

use super::super::IssuerRef;
use super::super::object::Status;
use crate::identity::Pod;
use crate::kube::read::{CallError, get};

/// What is known about an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerState {
    /// The service account may not read it, as is usual.
    Hidden,
    /// It does not exist.
    Missing,
    /// Its API group is not served.
    NoGroup,
    /// Its API group does not have this kind.
    NoKind,
    /// Its controller says that it is not ready.
    NotReady {
        /// The reason in its condition.
        reason: String,
    },
    /// It is ready.
    Ready,
    /// It exists but has no Ready condition: its controller has not seen it, or never sets one.
    Silent,
    /// It could not be read.
    Unknown {
        /// Why.
        reason: String,
    },
}

pub(super) async fn inspect(client: &Client, pod: &Pod, issuer: &IssuerRef) -> IssuerState {
    let collection = match collection(client, pod, issuer).await {
        Ok(collection) => collection,
        Err(state) => return state,
    };
    match get(client, &collection, issuer.name()).await {
        Ok(object) => readiness(&object),
        Err(CallError { code: Some(404), .. }) => IssuerState::Missing,
        Err(error) => unknown(error),
    }
}

/// The path of issuers of this kind in the API.
async fn collection(client: &Client, pod: &Pod, issuer: &IssuerRef) -> Result<String, IssuerState> {
    let (kind, group) = (issuer.kind(), issuer.group());
    let found = match get(client, "/apis", group).await {
        Ok(found) => found,
        Err(CallError { code: Some(404), .. }) => return Err(IssuerState::NoGroup),
        Err(error) => return Err(unknown(error)),
    };
    let version = found["preferredVersion"]["version"].as_str().unwrap_or("v1").to_owned();
    let resources = get(client, &format!("/apis/{group}"), &version).await.map_err(unknown)?;
    // Names with a slash, such as issuers/status, are subresources.
    let is_it = |resource: &&Value| {
        resource["kind"] == kind && resource["name"].as_str().is_some_and(|name| !name.contains('/'))
    };
    let resources = resources["resources"].as_array().map_or(&[][..], Vec::as_slice);
    let resource = resources.iter().find(is_it).ok_or(IssuerState::NoKind)?;
    let plural = resource["name"].as_str().unwrap_or_default();
    Ok(match resource["namespaced"].as_bool() {
        Some(false) => format!("/apis/{group}/{version}/{plural}"),
        _ => format!("/apis/{group}/{version}/namespaces/{}/{plural}", pod.namespace),
    })
}

fn readiness(object: &Value) -> IssuerState {
    let status: Status = serde_json::from_value(object["status"].clone()).unwrap_or_default();
    match status.conditions.iter().find(|condition| condition.r#type == "Ready") {
        Some(condition) if condition.status == "True" => IssuerState::Ready,
        Some(condition) => IssuerState::NotReady { reason: condition.to_string() },
        None => IssuerState::Silent,
    }
}

fn unknown(error: CallError) -> IssuerState {
    match error.code {
        Some(403) => IssuerState::Hidden,
        _ => IssuerState::Unknown { reason: error.reason },
    }
}
