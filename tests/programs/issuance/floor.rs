//! The least that a certificate can take: two calls of a client that is already connected and has its key.

use std::cell::Cell;

use futures_util::StreamExt;
use http::Request;
use kube::api::{PostParams, WatchEvent, WatchParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use podcert::identity::Identity;
use podcert::request::KeyAlgorithm;
use podcert::request::SigningRequest;
use serde_json::json;

use crate::programs::ISSUER;

/// The client.
pub struct Floor {
    client: Client,
    api: Api<DynamicObject>,
    resource: ApiResource,
    made: Cell<usize>,
}

impl Floor {
    /// A client that sends its requests in the namespace of this pod.
    pub fn new(client: Client) -> Self {
        let resource =
            ApiResource::from_gvk(&GroupVersionKind::gvk("cert-manager.io", "v1", "CertificateRequest"));
        let api = Api::default_namespaced_with(client.clone(), &resource);
        Self { client, api, resource, made: Cell::new(0) }
    }

    /// A new request with a new key, and with names of the kinds that podcert requests.
    pub fn request(&self) -> DynamicObject {
        let number = self.made.get();
        self.made.set(number + 1);
        let names = Identity {
            dns_names: ["10-0-0-7.bench.pod.cluster.local".parse().expect("a name")].into(),
            ip_addresses: ["10.0.0.7".parse().expect("an address")].into(),
            uris: ["spiffe://cluster.local/ns/bench/sa/bench".parse().expect("a URI")].into(),
        };
        let names = names.names().expect("three names");
        let day = std::time::Duration::from_secs(24 * 3600);
        let request = SigningRequest::new(names, KeyAlgorithm::default(), day).expect("a request");
        DynamicObject::new(&format!("floor-{number}"), &self.resource).data(json!({ "spec": {
            "request": k8s_openapi::ByteString(request.csr_pem().as_bytes().to_owned()),
            "duration": "24h",
            "usages": ["digital signature", "server auth", "client auth"],
            "issuerRef": { "name": ISSUER, "kind": "Issuer", "group": "cert-manager.io" },
        } }))
    }

    /// Opens a connection for the next call: a watch that is dropped closes its connection.
    pub async fn connect(&self) {
        let request = Request::get("/version").body(Vec::new()).expect("a request");
        self.client.request_text(request).await.expect("a version");
    }

    /// Creates the object and watches it by its name until there is a certificate in it.
    pub async fn issue(&self, request: &DynamicObject) -> kube::Result<()> {
        let created = self.api.create(&PostParams::default(), request).await?;
        let name = created.metadata.name.unwrap_or_default();
        let version = created.metadata.resource_version.unwrap_or_default();
        let params = WatchParams::default().fields(&format!("metadata.name={name}"));
        let mut events = self.api.watch(&params, &version).await?.boxed();
        while let Some(event) = events.next().await {
            match event? {
                WatchEvent::Modified(object) if object.data["status"]["certificate"].is_string() => {
                    return Ok(());
                }
                WatchEvent::Error(status) => return Err(kube::Error::Api(status)),
                _ => {}
            }
        }
        panic!("{name} was not signed before the API server ended the watch")
    }
}
