//! What is sent, and what happens if a response is wrong.

use std::fs;

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::provider::{Error, Outcome, Reason};
use podcert_testkit::api::Answer;
use podcert_testkit::{LeafBuilder, TestCa};
use serde_json::{Value, json};

use super::{PodScene, create, create_answered, encode, issue, modified, obtain_by, ready, stored, watch};
use crate::support::{request, trust};

/// The pod creates one object, which it owns, and nothing else.
#[tokio::test(start_paused = true)]
async fn the_request_contains_pod_issuer_and_usages() {
    let create = create_answered(|created| {
        let name = created["metadata"]["name"].as_str().unwrap();
        let hash = name.strip_prefix("web-0-").unwrap();
        assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        let expected = json!({
            "apiVersion": "cert-manager.io/v1",
            "kind": "CertificateRequest",
            "metadata": {
                "name": name,
                "namespace": "shop",
                "labels": {
                    "app.kubernetes.io/managed-by": "podcert",
                    "podcert.dev/pod-uid": "0b1e7a1c-34a5-4a0e-9d8d-0d4d5c2f9a11"
                },
                "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "web-0",
                    "uid": "0b1e7a1c-34a5-4a0e-9d8d-0d4d5c2f9a11"}]
            },
            "spec": {
                "request": created["spec"]["request"],
                "duration": "86400s",
                "usages": ["digital signature", "server auth", "client auth"],
                "issuerRef": {"name": "ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}
            }
        });
        assert_eq!(*created, expected);
        Answer::Object(201, stored(created, 100, Value::Null))
    });
    let obtained = obtain_by(vec![create, issue(100, TestCa::new())]).await.unwrap();
    assert_eq!(
        obtained.certificate.names().to_string(),
        "DNS:10-0-0-7.shop.pod.cluster.local, IP:10.0.0.7, URI:spiffe://cluster.local/ns/shop/sa/web"
    );
}

/// A published certificate is kept without a call. One from a different issuer or source is not, nor one of an older
/// version, which did not record the issuer.
#[tokio::test(start_paused = true)]
async fn a_good_certificate_is_kept_unless_it_is_from_a_different_issuer() {
    let mut scene = PodScene::new();
    scene.obtain(vec![create(), issue(100, TestCa::new())]).await.unwrap();
    let source = scene.directory().join("..data/source");
    assert_eq!(fs::read_to_string(&source).unwrap(), "cert-manager ClusterIssuer/ca\n");
    assert_eq!(scene.obtain(vec![]).await.unwrap().outcome, Outcome::Kept);
    for written in ["local", "cert-manager", "cert-manager Issuer/ca", "cert-manager ClusterIssuer/b"] {
        fs::remove_file(&source).unwrap();
        fs::write(&source, format!("{written}\n")).unwrap();
        let again = scene.obtain(vec![create(), issue(100, TestCa::new())]).await.unwrap();
        assert_eq!(again.outcome, Outcome::Issued(Reason::AnotherSource(written.parse().unwrap())));
    }
    scene.issuer = "ClusterIssuer.example.org/ca";
    let another = scene.obtain(vec![create(), issue(100, TestCa::new())]).await.unwrap();
    let reason = Reason::AnotherSource("cert-manager ClusterIssuer/ca".parse().unwrap());
    assert_eq!(another.outcome, Outcome::Issued(reason));
    assert_eq!(fs::read_to_string(&source).unwrap(), "cert-manager ClusterIssuer.example.org/ca\n");
    assert_eq!(scene.obtain(vec![]).await.unwrap().outcome, Outcome::Kept);
}

/// The issuer signs, but not what was requested.
#[tokio::test(start_paused = true)]
async fn a_certificate_that_was_not_requested_is_refused() {
    type Change = fn(LeafBuilder) -> LeafBuilder;
    let changes: [(Change, &str); 3] = [
        (|leaf| leaf.dns("more.example"), "wrong names"),
        (|leaf| leaf.with(|params| drop(params.subject_alt_names.pop())), "wrong names"),
        (|leaf| leaf.public_key(&different_key()), "a different key"),
    ];
    for (change, expected) in changes {
        let answer = watch(100, move |created| {
            let ca = TestCa::new();
            Answer::Open(vec![modified(created, 102, ready(created, &ca, change))])
        });
        let error = obtain_by(vec![create(), answer]).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Data);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// If the issuer returns no CA, or an intermediate, it is unknown which CA to trust.
#[tokio::test(start_paused = true)]
async fn a_response_without_a_root_requires_a_configured_one() {
    for (ca_pem, expected) in [(String::new(), "returned no CA"), (intermediate_pem(), "is an intermediate")]
    {
        let answer = watch(100, move |created| {
            let mut status = ready(created, &TestCa::new(), |leaf| leaf);
            status["ca"] = encode(&ca_pem).into();
            Answer::Open(vec![modified(created, 102, status)])
        });
        let error = obtain_by(vec![create(), answer]).await.unwrap_err();
        assert!(matches!(error, Error::NoTrust { .. } | Error::NotARoot { .. }));
        assert_eq!(error.class(), ErrorClass::Settings);
        let text = explain(&error);
        assert!(text.contains(expected) && text.contains("mount") && text.contains("--trust"), "{text}");
    }
}

/// With a mounted bundle, the CA that the issuer returns does not matter.
#[tokio::test(start_paused = true)]
async fn a_mounted_bundle_takes_precedence_over_the_issuers_ca() {
    let root = TestCa::new();
    let scene = PodScene { trust: Some(trust(&root)), ..PodScene::new() };
    let intermediate = root.intermediate();
    let obtained = scene.obtain(vec![create(), issue(100, intermediate)]).await.unwrap();
    assert_eq!(obtained.certificate.trust().pem(), trust(&root).pem());
    // A root other than the trusted one.
    let error = PodScene { trust: Some(trust(&root)), ..PodScene::new() }
        .obtain(vec![create(), issue(100, TestCa::new())])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not chain"), "{error}");
}

fn intermediate_pem() -> String {
    TestCa::new().intermediate().pem().to_owned()
}

fn different_key() -> Vec<u8> {
    request(&["a"]).public_key_der().to_owned()
}
