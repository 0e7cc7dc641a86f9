//! The outcomes of a request, and the errors of the bad ones.

use std::sync::{Arc, OnceLock};

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::provider::Error;
use podcert_testkit::TestCa;
use podcert_testkit::api::{Answer, Step, event, failure};
use serde_json::{Value, json};

use super::{
    condition, create, create_answered, csr_pem, encode, get, issue, issued, modified, obtain_by, pending,
    stored, watch,
};

/// The issuer answers before the watch has started: two calls.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_answered_at_once_takes_two_calls() {
    assert!(obtain_by(vec![create(), issue(100, TestCa::new())]).await.is_ok());
}

/// The issuer is missing at first: still one watch, and two calls.
#[tokio::test(start_paused = true)]
async fn a_pending_request_is_awaited() {
    let answer = watch(100, |created| {
        Answer::Open(vec![
            modified(created, 101, pending(true, "Referenced \"ClusterIssuer\" not found")),
            event(
                "BOOKMARK",
                json!({"kind": "CertificateRequest", "apiVersion": "cert-manager.io/v1",
                "metadata": {"resourceVersion": "150"}}),
            ),
            issued(created, &TestCa::new()),
        ])
    });
    assert!(obtain_by(vec![create(), answer]).await.is_ok());
}

/// A condition ends the waiting at once.
async fn ended(condition: Value) -> Error {
    let answer = watch(100, move |created| {
        Answer::Open(vec![modified(created, 101, json!({ "conditions": [condition] }))])
    });
    obtain_by(vec![create(), answer]).await.unwrap_err()
}

#[track_caller]
fn assert_explains(error: &Error, class: ErrorClass, expected: &[&str]) {
    let text = explain(error);
    assert_eq!(error.class(), class, "{text}");
    for part in expected {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_request_ends_at_once() {
    let error = ended(condition("Denied", "True", "policy.cert-manager.io", "No policy approved")).await;
    let expected = ["CertificateRequest shop/web-0-", "No policy approved", "ClusterIssuer/ca", "approved"];
    assert_explains(&error, ErrorClass::Refused, &expected);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_request_ends_at_once() {
    let error = ended(condition("InvalidRequest", "True", "policy", "too long")).await;
    assert_explains(
        &error,
        ErrorClass::Refused,
        &["CertificateRequest shop/web-0-", "too long", "ClusterIssuer/ca"],
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_request_ends_at_once() {
    let error = ended(condition("Ready", "False", "Failed", "Vault said no")).await;
    let expected = ["CertificateRequest shop/web-0-", "Vault said no", "ClusterIssuer/ca", "IP:10.0.0.7"];
    assert_explains(&error, ErrorClass::Unavailable, &expected);
}

/// The pod's service account has no Role.
#[tokio::test(start_paused = true)]
async fn a_forbidden_create_ends_at_once_with_the_rights_that_are_needed() {
    let refuse = create_answered(|_| failure(403, "Forbidden", "User \"web\" cannot create"));
    let error = obtain_by(vec![refuse]).await.unwrap_err();
    let expected = ["shop/web-0-", "User \"web\" cannot create (Forbidden", "create, get and watch"];
    assert_explains(&error, ErrorClass::Refused, &expected);
}

/// Creating is allowed, watching is not.
#[tokio::test(start_paused = true)]
async fn a_forbidden_watch_ends_at_once() {
    let refuse = watch(100, |_| failure(403, "Forbidden", "User \"web\" cannot watch"));
    let error = obtain_by(vec![create(), refuse]).await.unwrap_err();
    assert_explains(&error, ErrorClass::Refused, &["cannot watch", "create, get and watch"]);
}

/// cert-manager is not installed.
#[tokio::test(start_paused = true)]
async fn an_unknown_resource_ends_at_once() {
    let refuse = create_answered(|_| failure(404, "NotFound", "the server could not find it"));
    let error = obtain_by(vec![refuse]).await.unwrap_err();
    assert_explains(&error, ErrorClass::Unavailable, &["could not find it", "that cert-manager is running"]);
}

/// The first create succeeded although its response was lost: the second one conflicts with the object of the first.
#[tokio::test(start_paused = true)]
async fn a_conflict_after_a_retry_is_our_own_request() {
    let steps = vec![
        create_answered(|_| failure(504, "Timeout", "timed out")),
        create_answered(|_| failure(409, "AlreadyExists", "exists")),
        get(|created| Answer::Object(200, stored(created, 107, Value::Null))),
        issue(107, TestCa::new()),
    ];
    assert!(obtain_by(steps).await.is_ok());
}

/// The object with our name is for a different key: it must not be paired with ours.
#[tokio::test(start_paused = true)]
async fn a_conflict_with_a_different_key_is_an_error() {
    let steps = vec![
        create_answered(|_| failure(409, "AlreadyExists", "exists")),
        get(|created| {
            let mut other = stored(created, 107, Value::Null);
            other["spec"]["request"] = encode(&csr_pem(created).to_lowercase()).into();
            Answer::Object(200, other)
        }),
    ];
    let error = obtain_by(steps).await.unwrap_err();
    assert_explains(&error, ErrorClass::Unavailable, &["shop/web-0-", "for a different key"]);
}

fn deleted(version: u32) -> Step {
    watch(version, |created| Answer::Open(vec![event("DELETED", stored(created, 101, Value::Null))]))
}

/// Something deletes the request too early: a new one is made, with a new key and therefore a new name.
#[tokio::test(start_paused = true)]
async fn a_deleted_request_is_replaced_by_one_with_a_new_key() {
    let first = Arc::new(OnceLock::new());
    let second = first.clone();
    let steps = vec![
        create_answered(move |created| {
            first.set(created.clone()).unwrap();
            Answer::Object(201, stored(created, 100, Value::Null))
        }),
        deleted(100),
        create_answered(move |created| {
            let first = second.get().unwrap();
            assert_ne!(created["metadata"]["name"], first["metadata"]["name"]);
            assert_ne!(created["spec"]["request"], first["spec"]["request"]);
            Answer::Object(201, stored(created, 100, Value::Null))
        }),
        issue(100, TestCa::new()),
    ];
    assert!(obtain_by(steps).await.is_ok());
}

/// The UID of the owner is wrong, so every request is deleted at once. This is not repeated forever.
#[tokio::test(start_paused = true)]
async fn requests_that_keep_being_deleted_are_an_error() {
    let steps = vec![create(), deleted(100), create(), deleted(100), create(), deleted(100)];
    let error = obtain_by(steps).await.unwrap_err();
    assert_explains(&error, ErrorClass::Unavailable, &["shop/web-0-", "was deleted", "UID"]);
}

/// Nothing more happens. The error at the deadline contains the last reason.
#[tokio::test(start_paused = true)]
async fn a_deadline_reports_the_last_reason() {
    let missing = "Referenced \"ClusterIssuer\" not found: clusterissuer.cert-manager.io \"ca\" not found";
    let not_ready = "Referenced issuer does not have a Ready status condition";
    let approved = json!({"conditions": [condition("Approved", "True", "cert-manager.io", "approved")]});
    for (status, expected) in [
        (Value::Null, "it has not been approved yet"),
        (approved, "its issuer has not answered"),
        (pending(true, missing), missing),
        (pending(true, not_ready), not_ready),
        (pending(false, not_ready), "it has not been approved yet; Referenced issuer"),
    ] {
        let answer = watch(100, move |created| Answer::Open(vec![modified(created, 101, status)]));
        let error = obtain_by(vec![create(), answer]).await.unwrap_err();
        let expected =
            ["CertificateRequest shop/web-0-", "ClusterIssuer/ca within 120s", expected, "--deadline"];
        assert_explains(&error, ErrorClass::Deadline, &expected);
    }
}
