//! Something the pod needs goes away and comes back.

use super::requester;
use super::signer::Request;
use crate::pods::namespace::Namespace;

/// The request exists, and the approver is away.
pub(super) fn cert_manager(namespace: &Namespace) {
    let stopped = Stopped::new(namespace, "deployment/cert-manager", "controller");
    requester::starts(namespace, "ca");
    requester::says(namespace, "reason=it has not been approved yet");
    drop(stopped);
    requester::publishes(namespace);
}

/// No request can be made.
pub(super) fn webhook(namespace: &Namespace) {
    let stopped = Stopped::new(namespace, "deployment/cert-manager-webhook", "webhook");
    requester::starts(namespace, "ca");
    requester::says(namespace, "failed calling webhook \"webhook.cert-manager.io\"");
    drop(stopped);
    requester::publishes(namespace);
}

/// It ends without notice to its watchers.
pub(super) fn api_server(namespace: &Namespace) {
    let request = Request::of_requester(namespace);
    requester::says(namespace, "waiting for a certificate");
    let mut xtask = namespace.cluster().xtask().expect("a cluster of the tests");
    xtask.args(["restart", "kube-apiserver"]);
    namespace.run(xtask, None).unwrap_or_else(|error| panic!("{error}"));
    request.answer_well();
    requester::publishes(namespace);
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
        namespace.await_by(&["wait", "pods", &pods, "--for=delete", THEIRS]);
        stopped
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        // A scenario may have panicked already; the transcript shows what went wrong here.
        let _ = self.namespace.try_kubectl(&["scale", self.deployment, "--replicas=1", THEIRS]);
        let _ = self.namespace.try_await_by(&["rollout", "status", self.deployment, THEIRS]);
    }
}

/// Overrides the namespace of the scenario.
const THEIRS: &str = "--namespace=cert-manager";
