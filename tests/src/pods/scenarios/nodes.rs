//! Nodes in pods, started by `beam-mtls run` without a chart: they reach each other by address, and let no other workload
//! in.

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("meet-by-address", Needs::Namespace(meet)),
    Scenario::new("refuse-another-service-account", Needs::Namespace(refuse)),
];

fn meet(namespace: &Namespace) {
    let listener = listener(namespace, "ca");
    Node { pod: "colleague", target: &listener, ..Node::default() }.start(namespace);
    let end = namespace.end_of("colleague");
    assert_eq!(end.code, 0, "it did not connect: {}", end.said);
    assert!(
        end.said.contains("connected {net_address,") && end.said.contains(",tls,"),
        "not over TLS: {}",
        end.said
    );
}

/// Its certificate is as good, and its own side would let anybody in.
fn refuse(namespace: &Namespace) {
    let listener = listener(namespace, "ca");
    let stranger = Node {
        pod: "stranger",
        account: "other",
        peers: "any",
        target: &listener,
        tries: "3",
        ..Node::default()
    };
    stranger.start(namespace);
    Node { pod: "colleague", peers: "any", target: &listener, ..Node::default() }.start(namespace);
    assert_eq!(namespace.end_of("colleague").code, 0, "the refusal only counts if the colleague is admitted");
    let end = namespace.end_of("stranger");
    assert!(
        end.said.contains("refused"),
        "the stranger was not refused, or did not come to dial: {}",
        end.said
    );
    listener_says(namespace, "uri_not_among_peers");
}

/// A node that stays; its address.
pub(super) fn listener(namespace: &Namespace, issuer: &str) -> String {
    Node { pod: LISTENER, issuer, ..Node::default() }.start(namespace);
    namespace.wait("pod/listener", ".status.phase", "Running");
    // From now on it listens.
    namespace.await_logged(LISTENER, "listening");
    namespace.field("pod/listener", ".status.podIP")
}

/// Asserts that it logs why it refuses.
pub(super) fn listener_says(namespace: &Namespace, reason: &str) {
    let said = namespace.logs(LISTENER);
    assert!(said.contains(reason), "the listener does not say {reason}: {said}");
}

/// What `node.yaml` is filled in with.
struct Node<'a> {
    pod: &'a str,
    account: &'a str,
    issuer: &'a str,
    peers: &'a str,
    /// The address that it dials; none for one that stays.
    target: &'a str,
    /// How often, with a second between.
    tries: &'a str,
}

impl Default for Node<'_> {
    fn default() -> Self {
        Self { pod: "", account: "app", issuer: "ca", peers: "own", target: "", tries: "30" }
    }
}

impl Node<'_> {
    fn start(&self, namespace: &Namespace) {
        let words = [
            ("POD", self.pod),
            ("ACCOUNT", self.account),
            ("ISSUER", self.issuer),
            ("PEERS", self.peers),
            ("TARGET", self.target),
            ("TRIES", self.tries),
        ];
        namespace.apply("node.yaml", &words);
    }
}

const LISTENER: &str = "listener";
