//! A namespace of a scenario's own, and what is done with the objects in it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use podcert_testkit::TestCa;
use serde_json::Value;

use crate::cluster::access::Cluster;
use crate::cluster::transcript::Transcript;

/// It goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    cluster: Arc<Cluster>,
    transcript: Transcript,
}

/// How a pod's first container ended.
#[derive(Debug)]
pub struct End {
    /// Its exit code.
    pub code: i64,
    /// All that it said.
    pub said: String,
}

impl Namespace {
    /// Makes it, with the Issuer `ca` and the service accounts `app`, `other` and `powerless`.
    pub fn new(cluster: Arc<Cluster>, scenario: &str) -> Self {
        let name = format!("{PREFIX}{}", scenario.replace(['_', '/'], "-").to_lowercase());
        assert!(name.len() <= 63, "{name} is too long for a namespace");
        let namespace = Self { name, cluster, transcript: Transcript::default() };
        namespace.remove_former();
        // Not issued by cert-manager, which at times fails when it is busy, and then waits for an hour.
        let ca = TestCa::named(&format!("CA of {}", namespace.name));
        let quoted = |pem: &str| Value::from(pem).to_string();
        namespace.apply("namespace.yaml", &[("CA", &quoted(ca.pem())), ("CA_KEY", &quoted(&ca.key_pem()))]);
        namespace.kubectl(&["wait", "issuer/ca", "--for=condition=Ready", WAIT]);
        namespace
    }

    /// Another one of the same scenario.
    pub fn sibling(&self, suffix: &str) -> Self {
        Self::new(self.cluster.clone(), &format!("{}-{suffix}", self.name.trim_start_matches(PREFIX)))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster that it is on.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Applies one of the manifests in `tests/manifests`, with the words on the left replaced.
    pub fn apply(&self, manifest: &str, words: &[(&str, &str)]) {
        self.apply_text(&self.filled_in(manifest, words));
    }

    /// One of these manifests, filled in.
    pub fn filled_in(&self, manifest: &str, words: &[(&str, &str)]) -> String {
        let path = Path::new(MANIFESTS).join(manifest);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let words = words.iter().copied().chain([("NAMESPACE", self.name.as_str())]);
        words.fold(text, |text, (word, value)| text.replace(&format!("<{word}>"), value))
    }

    /// Applies a manifest.
    pub fn apply_text(&self, text: &str) {
        self.run(self.command(&["apply", "--filename=-"]), Some(text))
            .unwrap_or_else(|error| panic!("{error}"));
    }

    /// Waits until a field of an object has a value.
    pub fn wait(&self, object: &str, field: &str, value: &str) {
        let condition = format!("--for=jsonpath={{{field}}}={value}");
        self.kubectl(&["wait", object, &condition, WAIT]);
    }

    /// Waits until objects are gone.
    pub fn wait_gone(&self, objects: &str) {
        // It may take the collector of a young cluster half a minute to see that there are CertificateRequests.
        self.kubectl(&["wait", objects, "--for=delete", "--timeout=120s"]);
    }

    /// A field of an object.
    pub fn field(&self, object: &str, field: &str) -> String {
        self.kubectl(&["get", object, "--output", &format!("jsonpath={{{field}}}")])
    }

    /// What a pod says, so far.
    pub fn logs(&self, pod: &str) -> String {
        self.kubectl(&["logs", pod])
    }

    /// Waits until a pod's container has ended.
    pub fn end_of(&self, pod: &str) -> End {
        let object = format!("pod/{pod}");
        let ended = "--for=jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
        self.kubectl(&["wait", &object, ended, WAIT]);
        let code = self.field(&object, ".status.containerStatuses[0].state.terminated.exitCode");
        End { code: code.parse().expect("an exit code"), said: self.logs(pod) }
    }

    /// What kubectl prints; it must succeed.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.try_kubectl(arguments).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What kubectl prints, or why it failed.
    pub fn try_kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(self.command(arguments), None)
    }

    /// Runs any command, for the transcript.
    pub fn run(&self, command: Command, input: Option<&str>) -> Result<String, String> {
        self.transcript.run(command, input)
    }

    /// What was done last, and what is there, for who has to find out why a scenario failed.
    pub fn tail(&self) -> String {
        for arguments in [
            ["get", "pods,certificaterequests", "-o=wide"],
            ["get", "events", "--field-selector=type=Warning"],
        ] {
            // It is the scenario's failure that counts.
            let _ = self.try_kubectl(&arguments);
        }
        self.transcript.tail()
    }

    /// What an interrupted run has left; nobody else's namespace.
    fn remove_former(&self) {
        let field = format!("--field-selector=metadata.name={}", self.name);
        let label = "--selector=app.kubernetes.io/managed-by=podcert-tests";
        self.kubectl(&["delete", "namespace", &field, label, WAIT]);
    }

    /// kubectl with these arguments, in this namespace.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut kubectl = self.cluster.kubectl();
        kubectl.args(["--namespace", &self.name]).args(arguments);
        kubectl
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What could not be removed here is removed before the next run.
        let _ = self.try_kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
    }
}

const PREFIX: &str = "podcert-tests-";

const MANIFESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");

const WAIT: &str = "--timeout=120s";
