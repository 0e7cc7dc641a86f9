//! The certificate that is published, each property by itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::files::Files;
use super::moment::moment;
use super::{CERTIFICATE, Subject, source};
use crate::exit::ExitClass;
use crate::names::{self, SubjectNames};
use crate::report::Finding;
use crate::schedule::due_at;
use crate::settings::{Settings, Source};
use crate::store::Store;
use crate::trust::TrustBundle;
use crate::verify::{Error, Examined};

/// Looks at it, as far as its files could be read.
pub(super) fn look(
    store: &Store,
    files: &Files,
    subject: &Subject<'_>,
    now: Timestamp,
    findings: &mut Vec<Finding>,
) {
    let trust = files.trust.as_ref().and_then(|pem| cas(store, pem, now, findings));
    let Some(chain) = &files.chain else { return };
    let path = store.certificate_path().display().to_string();
    let certificate = match Examined::parse(&path, chain) {
        Ok(certificate) => certificate,
        Err(error) => {
            findings.push(CERTIFICATE.of_error(check_of(&error), error.exit_class(), &error));
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
        let told = |error: &Error| CERTIFICATE.of_error(check_of(error), error.exit_class(), error);
        findings.extend(faults.iter().map(told));
        if !is_wrong("expiry") {
            findings.push(expiry(&certificate, now));
        }
    }
    findings.push(names(&certificate, subject));
    findings.push(CERTIFICATE.ok("serial", certificate.serial));
}

/// The CAs that peers are checked against. One that expires takes all that it has signed along.
fn cas(store: &Store, pem: &str, now: Timestamp, findings: &mut Vec<Finding>) -> Option<TrustBundle> {
    let trust = match TrustBundle::parse(pem, now) {
        Ok(trust) => trust,
        Err(source) => {
            let error = Error::Trust { bundle: store.trust_path().display().to_string(), source };
            findings.push(CERTIFICATE.of_error("CA", error.exit_class(), &error));
            return None;
        }
    };
    for anchor in trust.anchors() {
        let found = format!("{}, until {}", anchor.subject, moment(anchor.not_after, now));
        findings.push(if now >= due_at(anchor.not_before, anchor.not_after) {
            CERTIFICATE.warning(
                "CA",
                found,
                "have the CA renewed, and nodes restarted after that, in good time",
            )
        } else {
            CERTIFICATE.ok("CA", found)
        });
    }
    Some(trust)
}

fn expiry(certificate: &Examined, now: Timestamp) -> Finding {
    let Examined { not_before, not_after, .. } = certificate;
    let due = due_at(*not_before, *not_after);
    let found = format!("valid until {}; renewal is due {}", moment(*not_after, now), moment(due, now));
    if now >= due {
        CERTIFICATE.warning("expiry", found, "restart the pod, which then obtains another one")
    } else {
        CERTIFICATE.ok("expiry", found)
    }
}

/// The names in it against those that are asked for.
fn names(certificate: &Examined, subject: &Subject<'_>) -> Finding {
    let has = &certificate.names;
    let shown = if has.is_empty() { "no name".to_owned() } else { names::join(has) };
    let Some(Ok(wanted)) = source::wanted(subject) else { return CERTIFICATE.ok("names", shown) };
    let missing: BTreeSet<String> = wanted.labelled().difference(has).cloned().collect();
    if missing.is_empty() {
        return more(has, &wanted, shown);
    }
    let found = format!("it is for {shown}, and lacks {}", names::join(&missing));
    match subject.settings {
        Some(Settings { source: Source::Published, .. }) => CERTIFICATE.error(
            "names",
            ExitClass::Settings,
            found,
            "let whoever obtains it, as an init container does, add the names",
        ),
        _ => CERTIFICATE.warning("names", found, "restart the pod, which then obtains another one"),
    }
}

/// Addresses as DNS names, which old releases of OTP want, may be there or not.
fn more(has: &BTreeSet<String>, wanted: &SubjectNames, shown: String) -> Finding {
    let addresses = wanted.ip_addresses().iter().map(|address| format!("DNS:{address}"));
    let known: BTreeSet<String> = wanted.labelled().into_iter().chain(addresses).collect();
    let more: BTreeSet<String> = has.difference(&known).cloned().collect();
    if more.is_empty() {
        return CERTIFICATE.ok("names", shown);
    }
    CERTIFICATE.note("names", format!("{shown}; not asked for (any more): {}", names::join(&more)))
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
