//! The source of certificates by the settings: its names, the CAs known beforehand, and whether what is published
//! is from
//! it.

use jiff::Timestamp;
use podcert::names::{self, SubjectNames};
use podcert::provider::KnownTrust;
use podcert::request::Wanted;
use podcert::signer::Origin;
use podcert::store::TRUST;
use podcert::support::durable_file;
use podcert::trust::TrustBundle;

use super::files::private_key;
use super::{SOURCE, Subject};
use crate::diagnostics::Finding;

/// The source, the names that it is asked for, and the CAs that are known beforehand.
pub(super) fn check(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let Some(settings) = subject.settings else {
        return vec![SOURCE.note("source", "the settings are invalid, so the signer is not known")];
    };
    let provider = settings.source.provider();
    let mut findings = vec![SOURCE.ok("source", provider.describe())];
    match wanted_names(subject) {
        Some(Ok(names)) => {
            let asks = if provider.origin().is_some() { "asks for" } else { "needs" };
            findings.push(SOURCE.ok("identity", format!("it {asks} {names}")));
        }
        Some(Err(error)) => findings.push(SOURCE.of_error("identity", &error)),
        None => {
            findings.push(SOURCE.note("identity", "no names are requested: the published ones are accepted"))
        }
    }
    if let Some(known) = provider.known_trust(now) {
        findings.extend(known_trust(&known, subject, now));
    }
    findings
}

/// The names that are asked for; none if what is published is taken as it is.
pub(super) fn wanted_names(subject: &Subject<'_>) -> Option<Result<SubjectNames, names::Error>> {
    let settings = subject.settings?;
    settings.source.provider().names(&Wanted { needed: subject.needed.clone(), ..settings.wanted.clone() })
}

/// Whether what is published came from the source that is set.
pub(super) fn origin(subject: &Subject<'_>, published: Option<&Origin>) -> Option<Finding> {
    let published = published?;
    let wanted = subject.settings?.source.provider().origin().unwrap_or_else(|| published.clone());
    if wanted == *published {
        return Some(SOURCE.ok("origin", format!("the published certificate came from {published}")));
    }
    let found = format!("the published certificate came from {published}, but the settings say {wanted}");
    Some(SOURCE.warning("origin", found, "restart the pod, which then obtains a new one"))
}

fn known_trust(known: &KnownTrust, subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let KnownTrust { name, path, bundle, holds_private_key } = known;
    let mut findings = Vec::new();
    if *holds_private_key {
        findings.push(private_key(SOURCE, name, path));
    }
    let trust = match bundle {
        Ok(Some(trust)) => trust,
        Ok(None) => {
            let found = format!("{} does not exist yet: the first start creates it", path.display());
            findings.push(SOURCE.note(*name, found));
            return findings;
        }
        Err(error) => {
            findings.push(SOURCE.of_error(*name, error));
            return findings;
        }
    };
    findings.push(SOURCE.ok(*name, format!("{}: {}", path.display(), subjects(trust))));
    let published = durable_file::read_bytes(&subject.directory.join(TRUST)).ok();
    let published = published.and_then(|(pem, _)| TrustBundle::parse(&pem, now).ok());
    if published.is_some_and(|published| published != *trust) {
        let found =
            format!("the published certificate came with different CAs than those in {}", path.display());
        findings.push(SOURCE.warning(*name, found, "restart the pod, which then obtains a new one"));
    }
    findings
}

fn subjects(trust: &TrustBundle) -> String {
    trust.anchors().iter().map(|anchor| anchor.subject.clone()).collect::<Vec<_>>().join("; ")
}
