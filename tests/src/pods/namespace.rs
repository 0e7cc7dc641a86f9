//! The namespace of a scenario, and operations on the objects in it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use podcert_testkit::TestCa;
use serde_json::Value;

use crate::pods::access::Cluster;
use crate::pods::transcript::Transcript;
use crate::scenario::Place;
use crate::wait::{self, Deadline};

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
        let namespace = Self { name: Self::name_for(scenario), cluster, transcript: Transcript::default() };
        namespace.remove_former();
        // Not issued by cert-manager, which at times fails when it is busy, and then waits for an hour.
        let ca = TestCa::named(&format!("CA of {}", namespace.name));
        let quoted = |pem: &str| Value::from(pem).to_string();
        namespace.apply("namespace.yaml", &[("CA", &quoted(ca.pem())), ("CA_KEY", &quoted(&ca.key_pem()))]);
        namespace.await_by(&["wait", "issuer/ca", "--for=condition=Ready"]);
        namespace
    }

    /// What the namespace of a scenario is called.
    pub(crate) fn name_for(scenario: &str) -> String {
        format!("{PREFIX}{}", scenario.replace('/', "-"))
    }

    /// A second namespace of the same scenario.
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
        self.await_by(&["wait", object, &condition]);
    }

    /// Waits until objects are gone.
    pub fn wait_gone(&self, objects: &str) {
        self.await_by(&["wait", objects, "--for=delete"]);
    }

    /// Runs a command of kubectl that waits, like `wait` or `rollout status`, again and again until it succeeds.
    pub fn await_by(&self, arguments: &[&str]) {
        self.try_await_by(arguments).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The same, or why it failed.
    pub fn try_await_by(&self, arguments: &[&str]) -> Result<String, String> {
        let mut deadline = Deadline::after(PATIENCE);
        loop {
            match self.try_kubectl(&[arguments, &["--timeout=30s"]].concat()) {
                Err(error) if error.contains("timed out") && !deadline.has_passed() => {}
                result => return result,
            }
        }
    }

    /// Waits until a condition holds. One that fails is tried again: a busy API server may not answer in time.
    pub fn until(&self, what: &str, mut condition: impl FnMut() -> Result<bool, String>) {
        let mut last = None;
        let holds = wait::holds_before(Deadline::after(PATIENCE), || match condition() {
            Ok(holds) => holds,
            Err(error) => {
                last = Some(error);
                false
            }
        });
        assert!(holds, "waited in vain until {what}; the last error was: {last:?}");
    }

    /// A field of an object.
    pub fn field(&self, object: &str, field: &str) -> String {
        self.try_field(object, field).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, or why it cannot be read.
    pub fn try_field(&self, object: &str, field: &str) -> Result<String, String> {
        self.try_kubectl(&["get", object, "--output", &format!("jsonpath={{{field}}}")])
    }

    /// What a pod says, so far.
    pub fn logs(&self, pod: &str) -> String {
        self.kubectl(&["logs", pod])
    }

    /// Waits until a pod says something.
    pub fn await_logged(&self, pod: &str, text: &str) {
        // A pod that starts has no log yet.
        self.until(&format!("{pod} says {text:?}"), || Ok(self.try_kubectl(&["logs", pod])?.contains(text)));
    }

    /// Waits until a pod's container has ended.
    pub fn end_of(&self, pod: &str) -> End {
        let object = format!("pod/{pod}");
        let ended = "--for=jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
        self.await_by(&["wait", &object, ended]);
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

    /// Removes what an interrupted run has left, but not a namespace that is not ours.
    fn remove_former(&self) {
        let field = format!("--field-selector=metadata.name={}", self.name);
        let label = "--selector=app.kubernetes.io/managed-by=podcert-tests";
        self.await_by(&["delete", "namespace", &field, label]);
    }

    /// kubectl with these arguments, in this namespace.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut kubectl = self.cluster.kubectl();
        kubectl.args(["--namespace", &self.name]).args(arguments);
        kubectl
    }
}

impl Place for Namespace {
    /// What was done last, and what is there.
    fn log_tails(&self) -> String {
        for arguments in [
            ["get", "pods,certificaterequests", "-o=wide"],
            ["get", "events", "--field-selector=type=Warning"],
        ] {
            // It is the scenario's failure that counts.
            let _ = self.try_kubectl(&arguments);
        }
        self.transcript.tail()
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

/// It may take the collector of a young cluster half a minute to see that there are CertificateRequests.
const PATIENCE: Duration = Duration::from_secs(300);
