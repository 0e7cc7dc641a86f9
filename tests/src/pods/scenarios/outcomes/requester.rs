//! The pod that requests a certificate, and how it ends.

use crate::pods::namespace::Namespace;

/// Starts it with the right to make requests and a long deadline.
pub(super) fn starts(namespace: &Namespace, issuer: &str) {
    starts_as(namespace, "app", issuer, "1h");
}

/// Starts it under an account, with a deadline.
pub(super) fn starts_as(namespace: &Namespace, account: &str, issuer: &str, deadline: &str) {
    let words = [("POD", POD), ("ACCOUNT", account), ("ISSUER", issuer), ("DEADLINE", deadline)];
    namespace.apply("obtainer.yaml", &words);
}

/// Waits until it says something while it runs.
pub(super) fn says(namespace: &Namespace, text: &str) {
    namespace.await_logged(POD, text);
}

/// It ends with a certificate.
pub(super) fn publishes(namespace: &Namespace) {
    let end = namespace.end_of(POD);
    assert_eq!(end.code, 0, "it failed: {}", end.said);
    assert!(end.said.contains(PUBLISHED), "it does not say that it has published: {}", end.said);
}

/// It ends with this code, says all of this in its last line, and has published nothing.
pub(super) fn fails(namespace: &Namespace, code: i64, reasons: &[&str]) {
    let end = namespace.end_of(POD);
    assert_eq!(end.code, code, "another exit code: {}", end.said);
    let last = end.said.lines().last().unwrap_or_default();
    assert!(last.starts_with("podcert: "), "it does not end with an error: {}", end.said);
    for reason in reasons {
        assert!(last.contains(reason), "its error does not say {reason:?}: {last}");
    }
    assert!(!end.said.contains(PUBLISHED), "it has published: {}", end.said);
}

const POD: &str = "requester";
const PUBLISHED: &str = "published a certificate";
