//! Whether a request would go well: what is asked, what is found, and that nothing is created.

use podcert::diagnose::ErrorClass;
use podcert::provider::{ApiInspection, CertManagerProvider};
use podcert::request::{KeyAlgorithm, SigningRequest};
use podcert::signer::cert_manager::inspect::inspect;
use podcert_cli::check::cluster;
use podcert_cli::diagnostics::{Finding, Severity};
use podcert_testkit::api::{Answer, ApiServer, REQUESTS, Step, failure};
use podcert_testkit::{DAY, identity, pod};
use serde_json::{Value, json};

/// What is found against these calls.
async fn findings_of(issuer: &str, steps: Vec<Step>) -> Vec<Finding> {
    let (client, server) = ApiServer::start(steps);
    let asks = CertManagerProvider { issuer: issuer.parse().unwrap(), pod: pod(), trust: None };
    let names = identity(&["a"]).names().unwrap();
    let request = SigningRequest::new(names, KeyAlgorithm::EcdsaP256, DAY).unwrap();
    let inspection = inspect(client, &asks.pod, &asks.issuer, Some(&request)).await;
    server.finish().await;
    cluster::findings(&ApiInspection { asks: &asks, inspection })
}

fn review(verb: &'static str, allowed: bool) -> Step {
    Step::new("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", move |asked| {
        let expected = json!({"group": "cert-manager.io", "resource": "certificaterequests", "namespace": "shop",
            "verb": verb});
        assert_eq!(asked["spec"]["resourceAttributes"], expected);
        Answer::Object(201, json!({"status": {"allowed": allowed}}))
    })
}

fn reviews(allowed: bool) -> Vec<Step> {
    ["create", "get", "watch"].map(|verb| review(verb, allowed)).into()
}

fn get(path: &'static str, answer: impl FnOnce() -> Answer + Send + 'static) -> Step {
    Step::new("GET", path, move |_| answer())
}

/// How the kind is found, then the issuer itself.
fn issuer(answer: impl FnOnce() -> Answer + Send + 'static) -> [Step; 3] {
    [
        get("/apis/cert-manager.io", || Answer::Object(200, json!({"preferredVersion": {"version": "v1"}}))),
        get("/apis/cert-manager.io/v1", || {
            let resource = |name: &str, kind: &str, namespaced: bool| json!({"name": name, "kind": kind, "namespaced": namespaced});
            let resources = [
                resource("clusterissuers/status", "ClusterIssuer", false),
                resource("clusterissuers", "ClusterIssuer", false),
                resource("issuers", "Issuer", true),
            ];
            Answer::Object(200, json!({"resources": resources}))
        }),
        get("/apis/cert-manager.io/v1/clusterissuers/ca", answer),
    ]
}

fn condition(status: &str, message: &str) -> Answer {
    let condition = json!({"type": "Ready", "status": status, "reason": "KeyPair", "message": message});
    Answer::Object(200, json!({"status": {"conditions": [condition]}}))
}

fn dry_run(answer: impl FnOnce(&Value) -> Answer + Send + 'static) -> Step {
    Step::new("POST", format!("{REQUESTS}?dryRun=All"), answer)
}

fn admitted() -> Step {
    dry_run(|object| Answer::Object(201, object.clone()))
}

fn steps(parts: Vec<Vec<Step>>) -> Vec<Step> {
    parts.into_iter().flatten().collect()
}

#[track_caller]
fn expect(findings: &[Finding], expected: &[(&str, Severity, &str)]) {
    let found: Vec<_> = findings.iter().map(|it| (it.check.as_str(), it.severity)).collect();
    assert_eq!(found, expected.iter().map(|(check, severity, _)| (*check, *severity)).collect::<Vec<_>>());
    for (finding, (_, _, part)) in findings.iter().zip(expected) {
        assert!(finding.found.contains(part), "{part} is not in: {}", finding.found);
    }
}

const REFUSED: Severity = Severity::Error(ErrorClass::Refused);
const UNAVAILABLE: Severity = Severity::Error(ErrorClass::Unavailable);
const SETTINGS: Severity = Severity::Error(ErrorClass::Settings);

#[tokio::test(start_paused = true)]
async fn all_is_well() {
    let calls = steps(vec![reviews(true), issuer(|| condition("True", "ok")).into(), vec![admitted()]]);
    let findings = findings_of("ClusterIssuer/ca", calls).await;
    expect(
        &findings,
        &[
            ("API server", Severity::Ok, "accepts the pod's token"),
            ("RBAC", Severity::Ok, "service account shop/web may create, get, watch"),
            ("issuer", Severity::Ok, "ClusterIssuer/ca is ready"),
            ("dry run", Severity::Ok, "would be admitted"),
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn rights_that_are_missing_are_named_with_the_role_that_has_them() {
    let reviews = vec![review("create", false), review("get", true), review("watch", false)];
    let findings =
        findings_of("ClusterIssuer/ca", steps(vec![reviews, issuer(|| condition("True", "")).into()])).await;
    expect(
        &findings,
        &[
            ("API server", Severity::Ok, ""),
            (
                "RBAC",
                REFUSED,
                "service account shop/web may not create, watch certificaterequests.cert-manager.io",
            ),
            ("issuer", Severity::Ok, ""),
        ],
    );
    let remedy = findings[1].remedy.as_deref().unwrap();
    assert!(remedy.contains("namespace shop") && remedy.contains("verbs [create, get, watch]"), "{remedy}");
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_is_missing_or_not_ready_is_named() {
    type Reply = fn() -> Answer;
    let cases: [(Reply, Severity, &str); 4] = [
        (|| failure(404, "NotFound", "no such"), SETTINGS, "ClusterIssuer/ca does not exist"),
        (
            || condition("False", "secret \"ca\" not found"),
            UNAVAILABLE,
            "not ready: secret \"ca\" not found (KeyPair)",
        ),
        (|| Answer::Object(200, json!({})), UNAVAILABLE, "cert-manager has not seen it"),
        (
            || failure(403, "Forbidden", "no"),
            Severity::Note,
            "this service account may not see whether ClusterIssuer/ca is ready",
        ),
    ];
    for (reply, severity, part) in cases {
        let calls = steps(vec![reviews(true), issuer(reply).into(), vec![admitted()]]);
        let findings = findings_of("ClusterIssuer/ca", calls).await;
        expect(&findings[2..3], &[("issuer", severity, part)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_issuer_of_the_namespace_is_looked_up_there() {
    let [group, resources, _] = issuer(|| Answer::Lost);
    let missing =
        get("/apis/cert-manager.io/v1/namespaces/shop/issuers/ca", || failure(404, "NotFound", "no"));
    let calls = steps(vec![reviews(true), vec![group, resources, missing, admitted()]]);
    let findings = findings_of("ca", calls).await;
    expect(&findings[2..3], &[("issuer", SETTINGS, "Issuer/ca does not exist in namespace shop")]);
    assert!(findings[2].remedy.as_deref().unwrap().contains("ClusterIssuer/ca"));
}

#[tokio::test(start_paused = true)]
async fn a_kind_and_a_group_that_are_unknown_are_named() {
    let [group, resources, _] = issuer(|| Answer::Lost);
    let calls = steps(vec![reviews(true), vec![group, resources, admitted()]]);
    expect(&findings_of("Isuer/ca", calls).await[2..3], &[("issuer", SETTINGS, "has no kind Isuer")]);
    let no_group = get("/apis/awspca.cert-manager.io", || failure(404, "NotFound", "no"));
    let calls = steps(vec![reviews(true), vec![no_group, admitted()]]);
    let findings = findings_of("AWSPCAIssuer.awspca.cert-manager.io/ca", calls).await;
    expect(&findings[2..3], &[("issuer", UNAVAILABLE, "does not serve the group awspca.cert-manager.io")]);
}

#[tokio::test(start_paused = true)]
async fn admission_is_asked_too() {
    type Reply = fn(&Value) -> Answer;
    let cases: [(Reply, Severity, &str); 4] = [
        (|_| failure(403, "Forbidden", "policy says no"), REFUSED, "would be refused: policy says no"),
        (|_| failure(404, "NotFound", "no"), UNAVAILABLE, "does not serve CertificateRequests"),
        (|_| failure(500, "InternalError", "webhook is down"), UNAVAILABLE, "webhook is down"),
        (
            |_| failure(400, "BadRequest", "admission webhook \"x\" does not support dry run"),
            Severity::Note,
            "an admission webhook does not support it",
        ),
    ];
    for (reply, severity, part) in cases {
        let calls = steps(vec![reviews(true), issuer(|| condition("True", "")).into(), vec![dry_run(reply)]]);
        expect(&findings_of("ClusterIssuer/ca", calls).await[3..], &[("dry run", severity, part)]);
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_api_server_nothing_else_is_asked() {
    type Reply = fn(&Value) -> Answer;
    let cases: [(Reply, Severity, &str); 3] = [
        (
            |_| failure(401, "Unauthorized", "token expired"),
            REFUSED,
            "rejects the pod's token: token expired",
        ),
        (|_| Answer::Lost, UNAVAILABLE, "it cannot be reached"),
        (|_| Answer::Silence, UNAVAILABLE, "no answer within 10s"),
    ];
    for (reply, severity, part) in cases {
        let first = Step::new("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", reply);
        expect(&findings_of("ClusterIssuer/ca", vec![first]).await, &[("API server", severity, part)]);
    }
}
