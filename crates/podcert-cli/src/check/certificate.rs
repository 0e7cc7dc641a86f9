//! The certificate that is published, each property by itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::files::Files;
use super::{CERTIFICATE, Subject, source};
use crate::diagnostics::Finding;
use crate::humanize::relative_time;
use podcert::diagnose::ErrorClass;
use podcert::names::{self, SubjectNames};
use podcert::schedule::{due_at, latest_at};
use podcert::store::Store;
use podcert::trust::TrustBundle;
use podcert::verify::{Error, ParsedLeaf};

/// Checks it, as far as its files could be read.
pub(super) fn check(
    store: &Store,
    files: &Files,
    subject: &Subject<'_>,
    now: Timestamp,
    findings: &mut Vec<Finding>,
) {
    let trust = files.trust.as_ref().and_then(|pem| cas(store, pem, now, findings));
    let Some(chain) = &files.chain else { return };
    let path = store.certificate_path().display().to_string();
    let certificate = match ParsedLeaf::parse(&path, chain) {
        Ok(certificate) => certificate,
        Err(error) => {
            findings.push(CERTIFICATE.of_error(check_of(&error), &error));
            return;
        }
    };
    let key_path = store.key_path().display().to_string();
    let key = files.key.as_ref().map(|pem| (key_path.as_str(), pem));
    if let Some(trust) = &trust {
        let faults = certificate.faults(key, trust, now);
        let is_wrong = |check: &str| faults.iter().any(|error| check_of(error) == check);
        let good = [
            ("key", "it belongs to the certificate", key.is_some()),
            ("chain", "it leads to a CA in ca.crt", true),
            ("usages", "server and client authentication", true),
        ];
        for (check, found, _) in good.into_iter().filter(|(check, _, seen)| *seen && !is_wrong(check)) {
            findings.push(CERTIFICATE.ok(check, found));
        }
        findings.extend(faults.iter().map(|error| CERTIFICATE.of_error(check_of(error), error)));
        if !is_wrong("expiry") {
            findings.push(expiry(&certificate, now));
        }
    }
    findings.push(names(&certificate, subject));
    findings.push(CERTIFICATE.ok("serial", certificate.serial));
}

/// The CAs that peers are checked against. One that expires takes all that it has signed along.
fn cas(store: &Store, pem: &[u8], now: Timestamp, findings: &mut Vec<Finding>) -> Option<TrustBundle> {
    let trust = match TrustBundle::parse(pem, now) {
        Ok(trust) => trust,
        Err(source) => {
            let error = Error::Trust { bundle: store.trust_path().display().to_string(), source };
            findings.push(CERTIFICATE.of_error("CA", &error));
            return None;
        }
    };
    for anchor in trust.anchors() {
        let found = format!("{}, until {}", anchor.subject, relative_time(anchor.not_after, now));
        findings.push(if now >= latest_at(anchor.not_before, anchor.not_after) {
            CERTIFICATE.warning("CA", found, "renew the CA, and then restart the nodes, in good time")
        } else {
            CERTIFICATE.ok("CA", found)
        });
    }
    Some(trust)
}

fn expiry(certificate: &ParsedLeaf, now: Timestamp) -> Finding {
    let ParsedLeaf { not_before, not_after, fingerprint, .. } = certificate;
    let due = due_at(fingerprint, *not_before, *not_after);
    let found =
        format!("valid until {}; renewal is due {}", relative_time(*not_after, now), relative_time(due, now));
    if now >= due {
        CERTIFICATE.warning("expiry", found, "restart the pod, which then obtains a new one")
    } else {
        CERTIFICATE.ok("expiry", found)
    }
}

/// The names in it against those that are asked for.
fn names(certificate: &ParsedLeaf, subject: &Subject<'_>) -> Finding {
    let has = &certificate.names;
    let shown = if has.is_empty() { "no name".to_owned() } else { names::join(has) };
    let Some(Ok(wanted)) = source::wanted_names(subject) else { return CERTIFICATE.ok("names", shown) };
    let missing: BTreeSet<String> = wanted.labeled().difference(has).cloned().collect();
    if missing.is_empty() {
        return more(has, &wanted, shown);
    }
    let found = format!("it is for {shown}, but lacks {}", names::join(&missing));
    let is_obtained_elsewhere =
        subject.settings.is_some_and(|settings| settings.source.provider().origin().is_none());
    if is_obtained_elsewhere {
        CERTIFICATE.error(
            "names",
            ErrorClass::Settings,
            found,
            "add the names where it is obtained, as on the init container",
        )
    } else {
        CERTIFICATE.warning("names", found, "restart the pod, which then obtains a new one")
    }
}

/// Addresses as DNS names, which old releases of OTP want, may be there or not.
fn more(has: &BTreeSet<String>, wanted: &SubjectNames, shown: String) -> Finding {
    let addresses = wanted.ip_addresses().iter().map(|address| format!("DNS:{address}"));
    let known: BTreeSet<String> = wanted.labeled().into_iter().chain(addresses).collect();
    let more: BTreeSet<String> = has.difference(&known).cloned().collect();
    if more.is_empty() {
        return CERTIFICATE.ok("names", shown);
    }
    CERTIFICATE.note("names", format!("{shown}; no longer requested: {}", names::join(&more)))
}

/// The property that an error is about.
fn check_of(error: &Error) -> &'static str {
    match error {
        Error::Chain { .. } => "chain",
        Error::Expired { .. } | Error::NotYetValid { .. } | Error::TooFarAhead { .. } => "expiry",
        Error::Key { .. } | Error::KeyMismatch { .. } => "key",
        Error::Names { .. } => "names",
        Error::NotACertificate { .. } | Error::Pem { .. } => "format",
        Error::Trust { .. } => "CA",
        Error::Ca { .. } | Error::KeyUsage { .. } | Error::Usage { .. } => "usages",
    }
}
