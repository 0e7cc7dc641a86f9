//! An API server that is unavailable, busy, or no longer has a version.

use podcert::diagnose::{Diagnose, ErrorClass};
use podcert_testkit::TestCa;
use podcert_testkit::api::{Answer, event, failure};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    DEADLINE, create, create_answered, get, issue, issued, modified, obtain_by, pending, stored, watch,
};

/// A refused connection, a busy server, a restarting one, an unavailable webhook.
#[tokio::test(start_paused = true)]
async fn transient_failures_are_retried() {
    type Trouble = fn() -> Answer;
    let troubles: [Trouble; 4] = [
        || Answer::Lost,
        || failure(429, "TooManyRequests", "slow down"),
        || failure(503, "ServiceUnavailable", "starting"),
        || failure(500, "InternalError", "failed calling webhook \"webhook.cert-manager.io\""),
    ];
    for trouble in troubles {
        let steps = vec![create_answered(move |_| trouble()), create(), issue(100, TestCa::new())];
        assert!(obtain_by(steps).await.is_ok());
        let steps = vec![create(), watch(100, move |_| trouble()), issue(100, TestCa::new())];
        assert!(obtain_by(steps).await.is_ok());
    }
}

/// A starting server refuses everybody until it has loaded its authorization rules.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_an_outage_is_retried() {
    let steps = vec![
        create_answered(|_| Answer::Lost),
        create_answered(|_| failure(403, "Forbidden", "User \"web\" cannot create")),
        create(),
        watch(100, |_| Answer::Broken(vec![])),
        watch(100, |_| failure(401, "Unauthorized", "Unauthorized")),
        watch(100, |_| failure(403, "Forbidden", "User \"web\" cannot watch")),
        issue(100, TestCa::new()),
    ];
    assert!(obtain_by(steps).await.is_ok());
}

/// If a server dies, the end of the watch may be all that is seen.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_end_of_a_watch_is_retried() {
    let ended = watch(100, |_| Answer::Ended(vec![]));
    let refused = watch(100, |_| failure(403, "Forbidden", "User \"web\" cannot watch"));
    assert!(obtain_by(vec![create(), ended, refused, issue(100, TestCa::new())]).await.is_ok());
}

/// Half a minute later, a refusal is real.
#[tokio::test(start_paused = true)]
async fn a_refusal_long_after_an_outage_is_final() {
    let steps = vec![
        create_answered(|_| starting(30)),
        create_answered(|_| failure(403, "Forbidden", "User \"web\" cannot create")),
    ];
    assert_eq!(obtain_by(steps).await.unwrap_err().class(), ErrorClass::Refused);
}

/// The server says how long to wait.
#[tokio::test(start_paused = true)]
async fn retry_after_is_honored() {
    let busy = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 429,
        "reason": "TooManyRequests", "message": "slow down", "details": {"retryAfterSeconds": 30}});
    let start = Instant::now();
    let steps = vec![create_answered(|_| Answer::Object(429, busy)), create(), issue(100, TestCa::new())];
    assert!(obtain_by(steps).await.is_ok());
    assert!(start.elapsed().as_secs() >= 30);
}

/// The connection is dead and nothing reports it. If the request did arrive, it is recognized.
#[tokio::test(start_paused = true)]
async fn a_call_without_a_response_is_retried() {
    let steps = vec![
        create_answered(|_| Answer::Silence),
        create_answered(|_| failure(409, "AlreadyExists", "exists")),
        get(|_| Answer::Silence),
        get(|created| Answer::Object(200, stored(created, 107, Value::Null))),
        watch(107, |_| Answer::Silence),
        issue(107, TestCa::new()),
    ];
    let start = Instant::now();
    assert!(obtain_by(steps).await.is_ok());
    assert!((45..60).contains(&start.elapsed().as_secs()));
}

/// The server is unavailable until the deadline.
#[tokio::test(start_paused = true)]
async fn a_server_that_stays_unavailable_is_an_error_at_the_deadline() {
    let start = Instant::now();
    let error = obtain_by(vec![create_answered(|_| starting(3600))]).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), DEADLINE.as_secs());
    assert_eq!(error.class(), ErrorClass::Unavailable);
    let text = error.to_string();
    assert!(text.contains("shop/web-0-") && text.contains("starting"), "{text}");
}

/// The server no longer has the version from which to watch: the object is read and watched from its current version.
#[tokio::test(start_paused = true)]
async fn an_expired_version_is_read_again() {
    let by_status = watch(100, |_| failure(410, "Expired", "too old"));
    let by_event = watch(100, |_| {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410,
            "reason": "Expired", "message": "too old"});
        Answer::Open(vec![event("ERROR", status)])
    });
    for expired in [by_status, by_event] {
        let read = get(|created| Answer::Object(200, stored(created, 120, pending(true, "wait"))));
        assert!(obtain_by(vec![create(), expired, read, issue(120, TestCa::new())]).await.is_ok());
    }
}

/// In the meantime it was deleted.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_gone_when_it_is_read_again_is_replaced() {
    let steps = vec![
        create(),
        watch(100, |_| failure(410, "Expired", "too old")),
        get(|_| failure(404, "NotFound", "not found")),
        create(),
        issue(100, TestCa::new()),
    ];
    assert!(obtain_by(steps).await.is_ok());
}

/// In the meantime it was answered.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_issued_when_it_is_read_again_is_done() {
    let steps = vec![
        create(),
        watch(100, |_| failure(410, "Expired", "too old")),
        get(|created| Answer::Object(200, issued(created, &TestCa::new())["object"].clone())),
    ];
    assert!(obtain_by(steps).await.is_ok());
}

/// A watch that breaks, or that the server ends, continues from the last change that was seen.
#[tokio::test(start_paused = true)]
async fn a_broken_watch_continues_where_it_was() {
    let seen = |created: &Value| vec![modified(created, 101, pending(true, "wait"))];
    let broken = watch(100, move |created| Answer::Broken(seen(created)));
    let ended = watch(100, move |created| Answer::Ended(seen(created)));
    for dropped in [broken, ended] {
        assert!(obtain_by(vec![create(), dropped, issue(101, TestCa::new())]).await.is_ok());
    }
}

/// A bookmark moves the version from which a broken watch continues.
#[tokio::test(start_paused = true)]
async fn a_broken_watch_continues_from_the_last_bookmark() {
    let bookmark = json!({"kind": "CertificateRequest", "apiVersion": "cert-manager.io/v1",
        "metadata": {"resourceVersion": "150"}});
    let dropped = watch(100, |_| Answer::Ended(vec![event("BOOKMARK", bookmark)]));
    assert!(obtain_by(vec![create(), dropped, issue(150, TestCa::new())]).await.is_ok());
}

/// The server becomes unavailable while the issuer is missing: both are reported.
#[tokio::test(start_paused = true)]
async fn a_deadline_reports_the_last_reason_and_the_outage() {
    let mut steps = vec![
        create(),
        watch(100, |created| Answer::Broken(vec![modified(created, 101, pending(true, "no such issuer"))])),
    ];
    steps.push(watch(101, |_| starting(3600)));
    let error = obtain_by(steps).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Deadline);
    let text = error.to_string();
    assert!(text.contains("no such issuer") && text.contains("starting"), "{text}");
}

/// A starting server that asks to wait for some seconds.
fn starting(seconds: u32) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503,
        "reason": "ServiceUnavailable", "message": "starting", "details": {"retryAfterSeconds": seconds}});
    Answer::Object(503, status)
}
