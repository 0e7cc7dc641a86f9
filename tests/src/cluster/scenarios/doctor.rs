//! `beam-mtls doctor` by `kubectl exec`, which sees the pod's variables only.

use serde_json::Value;

use super::{Scenario, within_namespace};
use crate::cluster::namespace::Namespace;
use crate::cluster::release::{Kind, Release};
use crate::wait;

pub(super) const SCENARIOS: &[Scenario] = &[
    within_namespace("doctor/finds_nothing_wrong", healthy),
    within_namespace("doctor/finds_nothing_wrong_with_mix", |namespace| {
        chart(namespace, Kind::StatefulSet, &["/mix/bin/server"], "mix, release clustered: starts a node");
    }),
    within_namespace("doctor/finds_nothing_wrong_with_relx", |namespace| {
        chart(
            namespace,
            Kind::Deployment,
            &["/app/bin/clustered", "foreground"],
            "relx, release clustered: starts a node",
        );
    }),
    within_namespace("doctor/names_rights_that_are_missing", no_rights),
    within_namespace("doctor/names_issuers_that_cannot_sign", issuers),
    within_namespace("doctor/names_a_service_without_the_pod", no_service),
];

fn healthy(namespace: &Namespace) {
    for pod in ["one", "two"] {
        start(namespace, pod, "app", "ca", NODE);
    }
    let two = namespace.field("pod/two", ".status.podIP");
    let requests = || namespace.kubectl(&["get", "certificaterequests", "--output=name"]).lines().count();
    // Addresses come into DNS, and nodes into being, a moment later.
    let mut report = Report::of(namespace, "one");
    wait::until("one sees two", || {
        report = Report::of(namespace, "one");
        report.has(&format!("peer {two}:9100"), "ok", &format!("app@{two}"))
            && report.has("local port", "ok", "has the same cookie")
    });
    report.expect("DNS", "ok", "has 2 addresses");
    report.expect("RBAC", "ok", "/app may create, get, watch");
    report.expect("issuer", "note", "this service account may not see whether");
    report.expect("dry run", "ok", "would be admitted");
    report.expect("key access", "ok", "the application");
    report.expect("process", "ok", "the BEAM runs as process");
    assert_eq!(report.exit_code, 0, "{}", report.text);
    assert_eq!(requests(), 2, "looking has made a request");
}

/// In pods of the chart, which sets the rest; the release is found by the BEAM that runs.
fn chart(namespace: &Namespace, kind: Kind, args: &[&str], launcher: &str) {
    let args = format!("--set-json=args={}", serde_json::json!(args));
    let release = Release::install(namespace, kind, &["image.tag=otp-27", "replicas=2", &args]);
    let views = release.meets(2);
    let (pod, view) = views.first_key_value().expect("a pod");
    let report = Report::of(namespace, pod);
    report.expect("launcher", "ok", launcher);
    report.expect("local port", "ok", "has the same cookie");
    report.expect("name", "ok", &view.node);
    let peers = view.peers.iter().map(|peer| &peer.node);
    for peer in peers {
        let is_it = |finding: &Value| finding["found"].as_str().is_some_and(|found| found.contains(peer));
        assert!(report.findings.iter().any(is_it), "{peer} is not in\n{}", report.text);
    }
    assert_eq!(report.exit_code, 0, "{}", report.text);
}

fn no_rights(namespace: &Namespace) {
    start(namespace, "idle", "powerless", "ca", IDLE);
    let report = Report::of(namespace, "idle");
    report.expect(
        "RBAC",
        "error",
        "/powerless may not create, get, watch certificaterequests.cert-manager.io",
    );
    assert_eq!(report.exit_code, 77, "{}", report.text);
}

/// With an account that may look at issuers.
fn issuers(namespace: &Namespace) {
    namespace.apply_text(
        "{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: issuers }, rules: [\
         { apiGroups: [cert-manager.io], resources: [issuers], verbs: [get] }] }",
    );
    let account = format!("--serviceaccount={}:app", namespace.name());
    namespace.kubectl(&["create", "rolebinding", "issuers", "--role=issuers", &account]);
    namespace.apply_text(
        "{ apiVersion: cert-manager.io/v1, kind: Issuer, metadata: { name: early }, \
         spec: { ca: { secretName: missing } } }",
    );
    namespace.kubectl(&["wait", "issuer/early", "--for=condition=Ready=False", "--timeout=60s"]);
    for (issuer, severity, told) in [
        ("ca", "ok", "Issuer/ca is ready"),
        ("early", "error", "Issuer/early is not ready: "),
        ("missing", "error", "Issuer/missing does not exist in namespace"),
        ("Isuer/ca", "error", "has no kind Isuer"),
    ] {
        let pod = issuer.to_lowercase().replace('/', "-");
        start(namespace, &pod, "app", issuer, IDLE);
        Report::of(namespace, &pod).expect("issuer", severity, told);
    }
}

/// Its label is another one than the Service selects.
fn no_service(namespace: &Namespace) {
    start(namespace, "one", "app", "ca", NODE);
    namespace.kubectl(&["label", "pod/one", "--overwrite", "app=other"]);
    wait::until("the Service has no pod", || {
        Report::of(namespace, "one").has("DNS", "error", "cannot be resolved")
    });
}

/// A pod that runs.
fn start(namespace: &Namespace, pod: &str, account: &str, issuer: &str, command: &str) {
    let words =
        [("POD", pod), ("APP", "app"), ("ACCOUNT", account), ("ISSUER", issuer), ("COMMAND", command)];
    namespace.apply("doctor.yaml", &words);
    namespace.wait(&format!("pod/{pod}"), ".status.phase", "Running");
}

/// What it has said.
struct Report {
    exit_code: u64,
    findings: Vec<Value>,
    text: String,
}

impl Report {
    fn of(namespace: &Namespace, pod: &str) -> Self {
        // kubectl has exit codes of its own; this one is in the report.
        let look = "/beam-mtls doctor --json; true";
        let text = namespace.kubectl(&["exec", pod, "--", "sh", "-c", look]);
        let json = text.find('{').map(|start| &text[start..]).unwrap_or_default();
        let report: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {text}"));
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        Self { exit_code: report["exit_code"].as_u64().unwrap_or(u64::MAX), findings, text }
    }

    fn has(&self, check: &str, severity: &str, found: &str) -> bool {
        self.findings.iter().any(|finding| {
            finding["check"] == check
                && finding["severity"] == severity
                && finding["found"].as_str().is_some_and(|text| text.contains(found))
        })
    }

    fn expect(&self, check: &str, severity: &str, found: &str) {
        assert!(self.has(check, severity, found), "{check}, {severity}: {found:?} is not in\n{}", self.text);
    }
}

const NODE: &str = "[/beam-mtls, run, --, erl, -noinput]";
const IDLE: &str = "[sleep, infinity]";
