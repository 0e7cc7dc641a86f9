//! The object, and how it is sent.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::core::{ApiResource, GroupVersionKind, Object, TypeMeta};
use serde::{Deserialize, Serialize};

use super::IssuerRef;
use crate::csr::SigningRequest;
use crate::identity::Pod;
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
    pub(super) conditions: Vec<Condition>,
    pub(super) certificate: Option<ByteString>,
    pub(super) ca: Option<ByteString>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Condition {
    pub(super) r#type: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
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

const LONGEST_NAME: usize = 253;
