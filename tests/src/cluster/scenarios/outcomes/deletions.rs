//! Requests that are deleted while the pod waits.

use super::asker;
use super::signer::Request;
use crate::cluster::namespace::Namespace;

/// Another request is made, with another key, and answered.
pub(super) fn once(namespace: &Namespace) {
    let first = Request::of_asker(namespace);
    let name = first.object().to_owned();
    first.delete();
    let second = Request::next(namespace);
    // The name holds a hash of the key.
    assert_ne!(second.object(), name, "the same key was used again");
    second.answer_well();
    asker::says(namespace, "making a new request with a new key");
    asker::publishes(namespace);
}

/// Whoever deletes them means it.
pub(super) fn three_times(namespace: &Namespace) {
    Request::of_asker(namespace).delete();
    Request::next(namespace).delete();
    let third = Request::next(namespace);
    let reason = format!("{} was deleted before it was answered", third.shown());
    third.delete();
    asker::fails(namespace, 69, &[&reason, "find out who deletes such requests"]);
}
