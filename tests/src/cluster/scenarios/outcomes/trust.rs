//! Whom to trust: what the signer tells along with the certificate, and what is mounted.

use podcert_testkit::TestCa;
use serde_json::json;

use super::asker;
use super::signer::Request;
use crate::cluster::namespace::Namespace;

/// It may be replaced at any time, and who trusts it alone trusts less than the CA means.
pub(super) fn intermediate_as_ca(namespace: &Namespace) {
    let (request, ca) = (Request::of_asker(namespace), TestCa::new().intermediate());
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    asker::fails(namespace, 78, &["\"CN=test intermediate\", is an intermediate", ADVICE]);
}

pub(super) fn no_ca(namespace: &Namespace) {
    let (request, ca) = (Request::of_asker(namespace), TestCa::new());
    request.answer(&request.leaf(&ca).sign().chain_pem, None);
    asker::fails(namespace, 78, &["Deployment.apps/nobody returned no CA certificate", ADVICE]);
}

/// What the advice leads to, for a signer that tells its intermediate.
pub(super) fn root(namespace: &Namespace) {
    let root = TestCa::new();
    let ca = root.intermediate();
    mount(namespace, root.pem());
    let request = Request::of_asker(namespace);
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    asker::publishes(namespace);
}

/// Who mounts an intermediate means it; the signer tells nothing.
pub(super) fn intermediate(namespace: &Namespace) {
    let ca = TestCa::new().intermediate();
    mount(namespace, ca.pem());
    let request = Request::of_asker(namespace);
    request.answer(&request.leaf(&ca).sign().chain_pem, None);
    asker::publishes(namespace);
}

/// The CA that the signer tells would do, and counts for nothing.
pub(super) fn another_root(namespace: &Namespace) {
    mount(namespace, TestCa::new().pem());
    let (request, ca) = (Request::of_asker(namespace), TestCa::new());
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(ca.pem()));
    asker::fails(namespace, 65, &["does not chain to a trusted CA", "trust the CA that issued it"]);
}

/// It ends before anything is asked for.
pub(super) fn nobody(namespace: &Namespace) {
    mount(namespace, "");
    asker::starts(namespace, "ca");
    let file = "the file set by --trust (PODCERT_TRUST), /etc/trust/ca.crt, cannot be used: it is not a PEM bundle of CA certificates";
    asker::fails(namespace, 65, &[file, "it does not contain a certificate"]);
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
