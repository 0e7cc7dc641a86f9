//! `podcert obtain` in an init container: what it publishes, and who owns its request.

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("publishes-for-fs-group", Needs::Namespace(publishes)),
    Scenario::new("request-goes-with-pod", Needs::Namespace(is_collected)),
];

/// Modes and owners let other users of the pod read the files; the certificate names the pod and its address.
fn publishes(namespace: &Namespace) {
    namespace.apply("obtain.yaml", &[]);
    // The second init container has read them as a different user.
    namespace.wait("pod/holder", ".status.phase", "Running");
    let exec = |command: &[&str]| namespace.kubectl(&[&["exec", "holder", "--"], command].concat());
    let stat = ["stat", "--dereference", "--format=%a %u:%g"];
    let modes = exec(&[&stat[..], &[CERTIFICATE, "/run/podcert/tls.key", CA]].concat());
    let found = modes.lines().skip_while(|line| line.starts_with("Defaulted")).collect::<Vec<_>>();
    assert_eq!(found, ["444 65532:4000", "440 65532:4000", "444 65532:4000"]);

    let address = namespace.field("pod/holder", ".status.podIP");
    exec(&["openssl", "verify", "-verify_ip", &address, "-CAfile", CA, CERTIFICATE]);
    let names = exec(&["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", CERTIFICATE]);
    let identity = format!("URI:spiffe://cluster.local/ns/{}/sa/app", namespace.name());
    assert!(names.contains(&identity), "the certificate does not have {identity}: {names}");
}

fn is_collected(namespace: &Namespace) {
    namespace.apply("obtain.yaml", &[]);
    namespace.wait("pod/holder", ".status.phase", "Running");
    let pod = namespace.field("pod/holder", ".metadata.uid");
    let label = format!("--selector=podcert.dev/pod-uid={pod}");
    let requests = namespace.kubectl(&["get", "certificaterequests", &label, "--output=name"]);
    assert_eq!(requests.lines().count(), 1, "the pod has made other requests than one: {requests}");
    assert_eq!(
        namespace.field(&requests, ".metadata.ownerReferences[*].uid"),
        pod,
        "the owner of {requests}"
    );
    namespace.kubectl(&["delete", "pod/holder"]);
    namespace.wait_gone(&requests);
}

const CERTIFICATE: &str = "/run/podcert/tls.crt";
const CA: &str = "/run/podcert/ca.crt";
