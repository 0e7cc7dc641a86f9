//! Requests that are deleted while the pod waits.

use super::requester;
use super::signer::Request;
use crate::pods::namespace::Namespace;

/// A second request is made, with a new key, and answered.
pub(super) fn once(namespace: &Namespace) {
    let first = Request::of_requester(namespace);
    let name = first.object().to_owned();
    first.delete();
    let second = Request::next(namespace);
    // The name holds a hash of the key.
    assert_ne!(second.object(), name, "the same key was used again");
    second.answer_well();
    requester::says(namespace, "making a new request with a new key");
    requester::publishes(namespace);
}

/// Three deletions are no accident.
pub(super) fn three_times(namespace: &Namespace) {
    Request::of_requester(namespace).delete();
    Request::next(namespace).delete();
    let third = Request::next(namespace);
    let reason = format!("{} was deleted before it was answered", third.shown());
    third.delete();
    requester::fails(namespace, 69, &[&reason, "find out who deletes such requests"]);
}
