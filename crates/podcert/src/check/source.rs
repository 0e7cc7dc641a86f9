//! Where certificates come from by the settings, for which names, and whether what is published is from there.

use std::path::Path;

use jiff::Timestamp;

use super::{SOURCE, Subject};
use crate::files;
use crate::names::{self, SubjectNames};
use crate::report::Finding;
use crate::settings::Source;
use crate::signer::{Origin, local};
use crate::source::read_trust;
use crate::trust::TrustBundle;

/// The source, the names that are asked for, and the CAs that are known beforehand.
pub(super) fn look(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let Some(settings) = subject.settings else {
        return vec![SOURCE.note("source", "the settings are faulty, so it is not known who would sign")];
    };
    let mut findings = vec![SOURCE.ok("source", kind(&settings.source))];
    match wanted(subject) {
        Some(Ok(names)) => {
            let asks = if settings.source == Source::Published { "needs" } else { "asks for" };
            findings.push(SOURCE.ok("identity", format!("it {asks} {names}")));
        }
        Some(Err(error)) => findings.push(SOURCE.of_error("identity", error.exit_class(), &error)),
        None => findings.push(SOURCE.note("identity", "no names are asked for: those that are published do")),
    }
    match &settings.source {
        Source::CertManager { trust: Some(path), .. } => findings.push(match read_trust(path, now) {
            Ok(trust) => SOURCE.ok("trust", format!("{}: {}", path.display(), subjects(&trust))),
            Err(error) => SOURCE.of_error("trust", error.exit_class(), &error),
        }),
        Source::Local { state_directory } => findings.extend(local_ca(state_directory, subject, now)),
        Source::CertManager { trust: None, .. } | Source::Published => {}
    }
    findings
}

/// The names that are asked for; none where what is published is taken as it is.
pub(super) fn wanted(subject: &Subject<'_>) -> Option<Result<SubjectNames, names::Error>> {
    let settings = subject.settings?;
    let own = subject.own.clone().and(&settings.additional);
    let identity = match &settings.source {
        Source::CertManager { pod, .. } => pod.identity().and(&own),
        Source::Local { .. } => own,
        Source::Published if own == Default::default() => return None,
        Source::Published => own,
    };
    let as_dns_names = settings.ip_addresses_as_dns_names;
    Some(if as_dns_names { identity.with_ip_addresses_as_dns_names() } else { identity }.names())
}

/// Whether what is published came from where certificates come from by the settings.
pub(super) fn origin(subject: &Subject<'_>, published: Option<&Origin>) -> Option<Finding> {
    let published = published?;
    let wanted = match &subject.settings?.source {
        Source::CertManager { issuer, .. } => Origin::CertManager(Some(issuer.clone())),
        Source::Local { .. } => Origin::Local,
        Source::Published => published.clone(),
    };
    if wanted == *published {
        return Some(SOURCE.ok("origin", format!("what is published came from {published}")));
    }
    let found = format!("what is published came from {published}, and the settings say {wanted}");
    Some(SOURCE.warning("origin", found, "restart the pod, which then obtains another one"))
}

fn kind(source: &Source) -> String {
    match source {
        Source::CertManager { issuer, pod, .. } => {
            format!("cert-manager, {issuer}, for pod {}/{}", pod.namespace, pod.name)
        }
        Source::Local { state_directory } => format!("the local CA in {}", state_directory.display()),
        Source::Published => "what is published already, as by an init container".to_owned(),
    }
}

/// The local CA is read and not opened, which would make it.
fn local_ca(directory: &Path, subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let path = local::certificate_path(directory);
    let Ok((pem, _)) = files::read(&path) else {
        let found = format!("{} is not there: the first start makes the CA", path.display());
        return vec![SOURCE.note("local CA", found)];
    };
    let trust = match TrustBundle::parse(&pem, now) {
        Ok(trust) => trust,
        Err(error) => return vec![SOURCE.of_error("local CA", error.exit_class(), &error)],
    };
    let mut findings = vec![SOURCE.ok("local CA", subjects(&trust))];
    let published = files::read(&subject.directory.join("ca.crt")).ok();
    let published = published.and_then(|(pem, _)| TrustBundle::parse(&pem, now).ok());
    if published.is_some_and(|published| published != trust) {
        let found = "what is published is from another local CA";
        findings.push(SOURCE.warning("local CA", found, "restart the node, which then obtains another one"));
    }
    findings
}

pub(super) fn subjects(trust: &TrustBundle) -> String {
    trust.anchors().iter().map(|anchor| anchor.subject.clone()).collect::<Vec<_>>().join("; ")
}
