//! `beam-mtls doctor` by `kubectl exec`, which sees the pod's variables only.

use serde_json::Value;

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;
use crate::pods::release::{Kind, Release};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("finds-nothing-wrong", Needs::Namespace(healthy)),
    Scenario::new("finds-nothing-wrong-with-mix", Needs::Namespace(mix)),
    Scenario::new("finds-nothing-wrong-with-relx", Needs::Namespace(relx)),
    Scenario::new("names-rights-that-are-missing", Needs::Namespace(no_rights)),
    Scenario::new("names-issuers-that-cannot-sign", Needs::Namespace(issuers)),
    Scenario::new("names-a-service-without-the-pod", Needs::Namespace(no_service)),
];

fn healthy(namespace: &Namespace) {
    for pod in ["one", "two"] {
        start(namespace, pod, "app", "ca", NODE);
    }
    let two = namespace.field("pod/two", ".status.podIP");
    let requests = || namespace.kubectl(&["get", "certificaterequests", "--output=name"]).lines().count();
    let (peer, name) = (format!("peer {two}:9100"), format!("app@{two}"));
    let findings = [
        (peer.as_str(), "ok", name.as_str()),
        ("local port", "ok", "has the same cookie"),
        ("DNS", "ok", "has 2 addresses"),
        ("RBAC", "ok", "/app may create, get, watch"),
        ("issuer", "note", "this service account may not see whether"),
        ("dry run", "ok", "would be admitted"),
        ("key access", "ok", "the application"),
        ("process", "ok", "the BEAM runs as process"),
    ];
    doctor_finds(namespace, "one", Some(0), &findings);
    assert_eq!(requests(), 2, "doctor has made a request");
}

fn mix(namespace: &Namespace) {
    chart(namespace, Kind::StatefulSet, &["/mix/bin/server"], "mix, release clustered: starts a node");
}

fn relx(namespace: &Namespace) {
    let args = ["/app/bin/clustered", "foreground"];
    chart(namespace, Kind::Deployment, &args, "relx, release clustered: starts a node");
}

/// In pods of the chart, which sets the rest; the release is found by the BEAM that runs.
fn chart(namespace: &Namespace, kind: Kind, args: &[&str], launcher: &str) {
    let args = format!("--set-json=args={}", serde_json::json!(args));
    let release = Release::install(namespace, kind, &["image.tag=otp-27", "replicas=2", &args]);
    let views = release.meets(2);
    let (pod, view) = views.first_key_value().expect("a pod");
    let findings = [
        ("launcher", "ok", launcher),
        ("local port", "ok", "has the same cookie"),
        ("name", "ok", &view.node),
    ];
    let report = doctor_finds(namespace, pod, Some(0), &findings);
    for peer in view.peers.iter().map(|peer| &peer.node) {
        let is_it = |finding: &Value| finding["found"].as_str().is_some_and(|found| found.contains(peer));
        assert!(report.findings.iter().any(is_it), "{peer} is not in\n{}", report.text);
    }
}

fn no_rights(namespace: &Namespace) {
    start(namespace, "idle", "powerless", "ca", IDLE);
    let missing = "/powerless may not create, get, watch certificaterequests.cert-manager.io";
    doctor_finds(namespace, "idle", Some(77), &[("RBAC", "error", missing)]);
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
    namespace.await_by(&["wait", "issuer/early", "--for=condition=Ready=False"]);
    for (issuer, severity, text) in [
        ("ca", "ok", "Issuer/ca is ready"),
        ("early", "error", "Issuer/early is not ready: "),
        ("missing", "error", "Issuer/missing does not exist in namespace"),
        ("Isuer/ca", "error", "has no kind Isuer"),
    ] {
        let pod = issuer.to_lowercase().replace('/', "-");
        start(namespace, &pod, "app", issuer, IDLE);
        doctor_finds(namespace, &pod, None, &[("issuer", severity, text)]);
    }
}

/// Its label is not the one that the Service selects.
fn no_service(namespace: &Namespace) {
    start(namespace, "one", "app", "ca", NODE);
    namespace.kubectl(&["label", "pod/one", "--overwrite", "app=other"]);
    doctor_finds(namespace, "one", None, &[("DNS", "error", "cannot be resolved")]);
}

/// A pod that runs.
fn start(namespace: &Namespace, pod: &str, account: &str, issuer: &str, command: &str) {
    let words =
        [("POD", pod), ("APP", "app"), ("ACCOUNT", account), ("ISSUER", issuer), ("COMMAND", command)];
    namespace.apply("doctor.yaml", &words);
    namespace.wait(&format!("pod/{pod}"), ".status.phase", "Running");
}

/// Waits until doctor finds all of this in a pod (check, severity, part of the text), and perhaps ends with this code.
/// Names come into DNS, and nodes start to listen, a moment after the pod runs.
fn doctor_finds(
    namespace: &Namespace,
    pod: &str,
    code: Option<u64>,
    findings: &[(&str, &str, &str)],
) -> Report {
    let mut last = None;
    namespace.until(&format!("doctor finds {findings:?} and ends with {code:?}"), || {
        let report = Report::of(namespace, pod)?;
        let is_it = report.has_all(findings) && code.is_none_or(|code| code == report.exit_code);
        last = Some(report);
        Ok(is_it)
    });
    last.expect("a report")
}

/// What doctor has found.
struct Report {
    exit_code: u64,
    findings: Vec<Value>,
    text: String,
}

impl Report {
    fn of(namespace: &Namespace, pod: &str) -> Result<Self, String> {
        // kubectl has exit codes of its own; doctor's is in the report.
        let doctor = "/beam-mtls doctor --json; true";
        let text = namespace.try_kubectl(&["exec", pod, "--", "sh", "-c", doctor])?;
        let json = text.find('{').map(|start| &text[start..]).unwrap_or_default();
        let report: Value = serde_json::from_str(json).map_err(|error| format!("{error}: {text}"))?;
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        Ok(Self { exit_code: report["exit_code"].as_u64().unwrap_or(u64::MAX), findings, text })
    }

    fn has_all(&self, findings: &[(&str, &str, &str)]) -> bool {
        findings.iter().all(|(check, severity, text)| {
            self.findings.iter().any(|finding| {
                finding["check"] == *check
                    && finding["severity"] == *severity
                    && finding["found"].as_str().is_some_and(|found| found.contains(text))
            })
        })
    }
}

const NODE: &str = "[/beam-mtls, run, --, erl, -noinput]";
const IDLE: &str = "[sleep, infinity]";
