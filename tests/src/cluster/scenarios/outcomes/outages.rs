//! What the pod needs is away for a while, and comes back.

use super::asker;
use super::signer::Request;
use crate::cluster::namespace::Namespace;

/// The request is there, and nobody to approve it.
pub(super) fn cert_manager(namespace: &Namespace) {
    let stopped = Stopped::new(namespace, "deployment/cert-manager", "controller");
    asker::starts(namespace, "ca");
    asker::says(namespace, "reason=it has not been approved yet");
    drop(stopped);
    asker::publishes(namespace);
}

/// No request can be made.
pub(super) fn webhook(namespace: &Namespace) {
    let stopped = Stopped::new(namespace, "deployment/cert-manager-webhook", "webhook");
    asker::starts(namespace, "ca");
    asker::says(namespace, "failed calling webhook \"webhook.cert-manager.io\"");
    drop(stopped);
    asker::publishes(namespace);
}

/// It ends without a word to those who watch.
pub(super) fn api_server(namespace: &Namespace) {
    let request = Request::of_asker(namespace);
    asker::says(namespace, "waiting for a certificate");
    let mut xtask = namespace.cluster().xtask().expect("a cluster of the tests");
    xtask.args(["restart", "kube-apiserver"]);
    namespace.run(xtask, None).unwrap_or_else(|error| panic!("{error}"));
    request.answer_well();
    asker::publishes(namespace);
}

/// A program of cert-manager's that does not run until this is dropped.
struct Stopped<'a> {
    namespace: &'a Namespace,
    deployment: &'static str,
}

impl<'a> Stopped<'a> {
    /// Returns when its pods are gone.
    fn new(namespace: &'a Namespace, deployment: &'static str, component: &str) -> Self {
        let stopped = Self { namespace, deployment };
        namespace.kubectl(&["scale", deployment, "--replicas=0", THEIRS]);
        let pods = format!("--selector=app.kubernetes.io/component={component}");
        namespace.kubectl(&["wait", "pods", &pods, "--for=delete", "--timeout=60s", THEIRS]);
        stopped
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        // A scenario may have panicked already; the transcript tells what went wrong here.
        let _ = self.namespace.try_kubectl(&["scale", self.deployment, "--replicas=1", THEIRS]);
        let _ = self.namespace.try_kubectl(&["rollout", "status", self.deployment, "--timeout=60s", THEIRS]);
    }
}

/// Overrides the namespace of the scenario.
const THEIRS: &str = "--namespace=cert-manager";
