//! Signers that sign: one as it should, and others that sign something else than was asked for.

use podcert_testkit::TestCa;

use super::requester;
use super::signer::Request;
use crate::pods::namespace::Namespace;

/// What makes the refusals of all other answers mean something.
pub(super) fn good(namespace: &Namespace) {
    Request::of_requester(namespace).answer_well();
    requester::publishes(namespace);
}

pub(super) fn added_name(namespace: &Namespace) {
    let (request, ca) = (Request::of_requester(namespace), TestCa::new());
    let leaf = request.leaf(&ca).dns("added.example").sign();
    request.answer(&leaf.chain_pem, Some(ca.pem()));
    requester::fails(namespace, 65, &["wrong names: asked for DNS:", "added.example", ADVICE]);
}

/// The URI is dropped, as a signer for web servers might.
pub(super) fn dropped_name(namespace: &Namespace) {
    let (request, ca) = (Request::of_requester(namespace), TestCa::new());
    let leaf = request.leaf(&ca).with(|params| drop(params.subject_alt_names.pop())).sign();
    request.answer(&leaf.chain_pem, Some(ca.pem()));
    let identity = format!("URI:spiffe://cluster.local/ns/{}/sa/app, got ", namespace.name());
    requester::fails(namespace, 65, &["wrong names: asked for DNS:", &identity, ADVICE]);
}

/// The certificate has the pod's names, but was made for the request before this one.
pub(super) fn another_key(namespace: &Namespace) {
    let (former, ca) = (Request::of_requester(namespace), TestCa::new());
    let leaf = former.leaf(&ca).sign();
    former.delete();
    Request::next(namespace).answer(&leaf.chain_pem, Some(ca.pem()));
    requester::fails(
        namespace,
        65,
        &["belongs to a different key; use the key and the certificate of the same request"],
    );
}

/// The CA in the answer has the name of the one that signed, but a different key.
pub(super) fn wrong_ca(namespace: &Namespace) {
    let (request, ca) = (Request::of_requester(namespace), TestCa::new());
    request.answer(&request.leaf(&ca).sign().chain_pem, Some(TestCa::new().pem()));
    requester::fails(namespace, 65, &["does not chain to a trusted CA", "trust the CA that issued it"]);
}

const ADVICE: &str = "configure the issuer to copy the names of the request";
