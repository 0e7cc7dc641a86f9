//! Pods with a valid certificate of their own and the stolen cookie: each is refused, and the same pod is admitted once only
//! its certificate differs. That it can get this certificate is the first weakness in the threat model.

use super::{Needs, Scenario, nodes};
use crate::pods::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("another-pod", Needs::Namespace(another_pod)),
    Scenario::new("another-service-account", Needs::Namespace(another_service_account)),
    Scenario::new("another-namespace", Needs::Cluster(another_namespace)),
    Scenario::new("any-name-is-approved-by-default", Needs::Namespace(any_name)),
];

/// It is of the same service account, and takes the name of a pod that is not there. An address as such in its certificate
/// counts only if the connection comes from it, so that the stolen certificate has to name it as a host.
fn another_pod(namespace: &Namespace) {
    let target = nodes::listener(namespace, "ca");
    let attacker = Attacker { claim: ABSENT, target: &target, ..Attacker::default() };
    attacker.is_refused(namespace, "Connection attempt from disallowed node app@10.244.255.1");
    let elsewhere = Attacker { pod: "elsewhere", addresses: ABSENT, ..attacker };
    elsewhere.start(namespace);
    elsewhere.was_refused(namespace);
    Attacker { pod: "exchanged", as_dns_names: true, ..elsewhere }.is_admitted(namespace);
}

fn another_service_account(namespace: &Namespace) {
    let target = nodes::listener(namespace, "ca");
    let attacker = Attacker { account: "other", target: &target, ..Attacker::default() };
    attacker.is_refused(namespace, "uri_not_among_peers");
    Attacker { pod: "exchanged", uris: &uri(namespace), ..attacker }.is_admitted(namespace);
}

/// The same ClusterIssuer signs for both.
fn another_namespace(namespace: &Namespace) {
    let issuer = "ClusterIssuer/cluster-ca";
    let target = nodes::listener(namespace, issuer);
    let elsewhere = namespace.sibling("elsewhere");
    let attacker = Attacker { issuer, target: &target, ..Attacker::default() };
    attacker.start(&elsewhere);
    attacker.was_refused(&elsewhere);
    nodes::listener_says(namespace, "uri_not_among_peers");
    Attacker { pod: "exchanged", uris: &uri(namespace), ..attacker }.is_admitted(&elsewhere);
}

/// cert-manager's approver does not compare the names with the pod that asks.
fn any_name(namespace: &Namespace) {
    let attacker = Attacker {
        addresses: ABSENT,
        uris: "spiffe://cluster.local/ns/kube-system/sa/admin",
        ..Attacker::default()
    };
    attacker.start(namespace);
    namespace.end_of(attacker.pod);
    let said = namespace.kubectl(&["logs", attacker.pod, "--container=obtain"]);
    assert!(said.contains("published a certificate"), "the request did not succeed: {said}");
}

/// What `attacker.yaml` is filled in with.
#[derive(Clone, Copy)]
pub(super) struct Attacker<'a> {
    pub pod: &'a str,
    pub account: &'a str,
    pub issuer: &'a str,
    /// Addresses and URIs to ask for beyond the pod's own.
    pub addresses: &'a str,
    pub uris: &'a str,
    /// Whether the addresses shall also be DNS names.
    pub as_dns_names: bool,
    /// The host of the name that it takes; none for its own.
    pub claim: &'a str,
    pub target: &'a str,
    pub cookie: &'a str,
}

impl Default for Attacker<'_> {
    fn default() -> Self {
        Self {
            pod: "attacker",
            account: "app",
            issuer: "ca",
            addresses: "",
            uris: "",
            as_dns_names: false,
            claim: "",
            target: "127.0.0.1",
            cookie: "nodes-of-the-cluster",
        }
    }
}

impl Attacker<'_> {
    pub(super) fn start(&self, namespace: &Namespace) {
        let words = [
            ("POD", self.pod),
            ("ACCOUNT", self.account),
            ("ISSUER", self.issuer),
            ("ADDRESSES", self.addresses),
            ("URIS", self.uris),
            ("AS_DNS_NAMES", if self.as_dns_names { "true" } else { "false" }),
            ("CLAIM", self.claim),
            ("TARGET", self.target),
            ("COOKIE", self.cookie),
        ];
        namespace.apply("attacker.yaml", &words);
    }

    fn is_refused(&self, namespace: &Namespace, reason: &str) {
        self.start(namespace);
        self.was_refused(namespace);
        nodes::listener_says(namespace, reason);
    }

    pub(super) fn was_refused(&self, namespace: &Namespace) {
        let end = namespace.end_of(self.pod);
        assert!(end.said.contains("refused"), "{} was not refused: {}", self.pod, end.said);
    }

    pub(super) fn is_admitted(&self, namespace: &Namespace) {
        self.start(namespace);
        let end = namespace.end_of(self.pod);
        assert!(end.said.contains("admitted"), "{} was not admitted: {}", self.pod, end.said);
    }
}

fn uri(namespace: &Namespace) -> String {
    format!("spiffe://cluster.local/ns/{}/sa/app", namespace.name())
}

/// An address of the pods' network that no pod has.
const ABSENT: &str = "10.244.255.1";
