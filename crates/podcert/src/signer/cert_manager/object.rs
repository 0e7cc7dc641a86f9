//! The CertificateRequest that is sent to the API server.

use k8s_openapi::ByteString;
use kube::core::{ApiResource, GroupVersionKind, Object, TypeMeta};
use serde::{Deserialize, Serialize};

use super::IssuerRef;
use crate::identity::Pod;
use crate::request::SigningRequest;
use crate::request::object_meta::object_meta;

/// The parts of cert-manager's CertificateRequest that we use.
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

/// The resource in the API.
pub(super) fn resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("cert-manager.io", "v1", "CertificateRequest"))
}

/// The object that requests a certificate.
pub(super) fn manifest(request: &SigningRequest, pod: &Pod, issuer: &IssuerRef) -> CertificateRequest {
    let resource = resource();
    CertificateRequest {
        types: Some(TypeMeta { api_version: resource.api_version, kind: resource.kind }),
        metadata: object_meta(request, pod),
        spec: Spec {
            request: ByteString(request.csr_pem().as_bytes().to_owned()),
            duration: format!("{}s", request.duration().as_secs()),
            usages: ["digital signature", "server auth", "client auth"].map(str::to_owned).into(),
            issuer_ref: issuer.clone(),
        },
        status: None,
    }
}
