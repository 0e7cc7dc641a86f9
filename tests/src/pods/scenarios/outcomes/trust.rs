//! Which CA to trust: the one that the signer returns with the certificate, or the one that is mounted.

use podcert_testkit::TestCa;
use serde_json::json;

use super::requester;
use super::signer::Request;
use crate::pods::namespace::Namespace;

/// It may be replaced at any time, and a pod that trusts only it would then refuse its peers.
pub(super) fn intermediate_as_ca(namespace: &Namespace) {
    let (request, ca) = (Request::of_requester(namespace), TestCa::new().intermediate());
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    requester::fails(namespace, 78, &["\"CN=test intermediate\", is an intermediate", ADVICE]);
}

pub(super) fn no_ca(namespace: &Namespace) {
    let (request, ca) = (Request::of_requester(namespace), TestCa::new());
    request.answer(&request.leaf(&ca).sign().chain_pem, None);
    requester::fails(namespace, 78, &["Deployment.apps/nobody returned no CA certificate", ADVICE]);
}

/// The remedy for a signer that returns its intermediate.
pub(super) fn root(namespace: &Namespace) {
    let root = TestCa::new();
    let ca = root.intermediate();
    mount(namespace, root.pem());
    let request = Request::of_requester(namespace);
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    requester::publishes(namespace);
}

/// A mounted intermediate is intended; the signer returns no CA.
pub(super) fn intermediate(namespace: &Namespace) {
    let ca = TestCa::new().intermediate();
    mount(namespace, ca.pem());
    let request = Request::of_requester(namespace);
    request.answer(&request.leaf(&ca).sign().chain_pem, None);
    requester::publishes(namespace);
}

/// The signer returns the right CA, but only the mounted one counts.
pub(super) fn another_root(namespace: &Namespace) {
    mount(namespace, TestCa::new().pem());
    let (request, ca) = (Request::of_requester(namespace), TestCa::new());
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    requester::fails(namespace, 65, &["does not chain to a trusted CA", "trust the CA that issued it"]);
}

/// It ends before anything is asked for.
pub(super) fn nobody(namespace: &Namespace) {
    mount(namespace, "");
    requester::starts(namespace, "ca");
    let file = "the file set by --trust (PODCERT_TRUST), /etc/trust/ca.crt, cannot be used: it is not a PEM bundle of CA certificates";
    requester::fails(namespace, 65, &[file, "it does not contain a certificate"]);
}

/// As trust-manager would.
fn mount(namespace: &Namespace, ca_pem: &str) {
    let trust = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "trust" },
        "data": { "path": "/etc/trust/ca.crt", "ca.crt": ca_pem },
    });
    namespace.apply_text(&trust.to_string());
}

const ADVICE: &str = "mount the root CA's certificate and set --trust (PODCERT_TRUST) to its file";
