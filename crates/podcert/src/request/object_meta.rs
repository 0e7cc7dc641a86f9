//! The metadata of every request object that a pod creates. Garbage collection selects objects by these labels, Kubernetes'
//! own by the owner reference.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::SigningRequest;
use crate::identity::Pod;
use crate::support::hex;

/// The domain of all labels, annotations and signer names of this project.
pub const DOMAIN: &str = "podcert.dev";

/// The label that says what manages an object (one of Kubernetes' recommended labels).
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "podcert");

/// The label with the UID of the pod that created a request.
pub fn pod_uid_label() -> String {
    format!("{DOMAIN}/pod-uid")
}

/// The metadata of a request object. Its name contains a hash of the key, so a create that is sent twice because the
/// response was lost can only conflict with its own object.
pub(crate) fn object_meta(request: &SigningRequest, pod: &Pod) -> ObjectMeta {
    let hash = ring::digest::digest(&ring::digest::SHA256, request.public_key_der());
    let hash = hex::encode(&hash.as_ref()[..8]);
    let longest = LONGEST_NAME - hash.len() - 1;
    let pod_name = pod.name.as_str();
    // Object names are ASCII.
    let pod_name = pod_name[..pod_name.len().min(longest)].trim_end_matches(['-', '.']);
    let (managed_by, podcert) = MANAGED_BY;
    ObjectMeta {
        name: Some(format!("{pod_name}-{hash}")),
        namespace: Some(pod.namespace.to_string()),
        labels: Some(BTreeMap::from([
            (managed_by.to_owned(), podcert.to_owned()),
            (pod_uid_label(), pod.uid.to_string()),
        ])),
        // Deleted with the pod. Blocking the pod's deletion could require more rights than the pod has.
        owner_references: Some(vec![OwnerReference {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: pod.name.to_string(),
            uid: pod.uid.to_string(),
            ..OwnerReference::default()
        }]),
        ..ObjectMeta::default()
    }
}

const LONGEST_NAME: usize = 253;
