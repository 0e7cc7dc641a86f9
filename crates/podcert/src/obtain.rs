//! From identity to published files: what is there is kept while it is good, else a new certificate is
//! asked for, verified and published. If anything fails, nothing is written.

mod error;

use std::fmt;
use std::thread;
use std::time::Instant;

use jiff::Timestamp;

pub use error::Error;

use crate::csr::SigningRequest;
use crate::identity::Identity;
use crate::names::SubjectNames;
use crate::schedule;
use crate::settings::Settings;
use crate::signer::{self, Issued, Origin, Signer};
use crate::store::Store;
use crate::trust::{self, TrustBundle};
use crate::verify::{self, VerifiedCertificate};

/// A certificate that is published in the directory of the settings.
#[derive(Debug)]
pub struct Obtained {
    /// The certificate.
    pub certificate: VerifiedCertificate,
    /// Whether it was there already or had to be issued.
    pub outcome: Outcome,
}

/// How a certificate came to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Issued now.
    Issued(Reason),
    /// The existing one is good for this identity and not due.
    Kept,
}

/// Why a certificate had to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The existing one is from another CA.
    AnotherCa,
    /// The existing one has other names.
    AnotherIdentity,
    /// The existing one is from another source or issuer, this one.
    AnotherSource(Origin),
    /// The existing one is due for renewal.
    Due,
    /// The existing one has expired.
    Expired,
    /// None was there.
    Missing,
    /// The settings demand it.
    Renew,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnotherSource(origin) => return write!(f, "the existing certificate is from {origin}"),
            Self::AnotherCa => "the existing certificate is from another CA",
            Self::AnotherIdentity => "the existing certificate has other names",
            Self::Due => "the existing certificate is due for renewal",
            Self::Expired => "the existing certificate has expired",
            Self::Missing => "there is no certificate yet",
            Self::Renew => "--renew demands it",
        })
    }
}

/// Obtains a certificate for this identity, with the names of the settings added.
///
/// If a certificate becomes valid only in a few seconds, this blocks the thread until then. Others that publish in
/// the directory are waited for until `ends_at`.
pub async fn obtain<S: Signer>(
    settings: &Settings,
    identity: &Identity,
    signer: &S,
    now: Timestamp,
    ends_at: Instant,
) -> Result<Obtained, Error> {
    let identity = identity.clone().and(&settings.additional);
    let names = if settings.ip_addresses_as_dns_names {
        identity.with_ip_addresses_as_dns_names().names()?
    } else {
        identity.names()?
    };
    let store = Store::open(&settings.directory)?.owned_by(settings.owner.as_ref());
    let reason = if settings.renew {
        Reason::Renew
    } else {
        match examine(&store, &names, signer, now)? {
            Ok(certificate) => return Ok(Obtained { certificate, outcome: Outcome::Kept }),
            Err(reason) => reason,
        }
    };
    tracing::info!(%names, source = %signer.origin(), %reason, "obtaining a certificate");
    let start = Instant::now();
    let (request, issued) = request(settings, &names, signer, now).await?;
    // The signer may have taken its time.
    let now = now.saturating_add(start.elapsed()).unwrap_or(now);
    let trust = trust_for(&issued, signer, now)?;
    let certificate = once_valid(now, |now| verify::verify(&request, &issued, &trust, now))?;
    store.publish(&certificate, &signer.origin(), ends_at)?;
    tracing::info!(
        serial = certificate.serial(),
        not_after = %certificate.not_after(),
        directory = %settings.directory.display(),
        "published a certificate"
    );
    Ok(Obtained { certificate, outcome: Outcome::Issued(reason) })
}

/// What is published, or why it cannot stay. What is merely out of date is replaced; what is damaged is an error,
/// since somebody should know.
fn examine<S: Signer>(
    store: &Store,
    names: &SubjectNames,
    signer: &S,
    now: Timestamp,
) -> Result<Result<VerifiedCertificate, Reason>, Error> {
    let Some(stored) = store.current()? else { return Ok(Err(Reason::Missing)) };
    let certificate = match once_valid(now, |now| verify::existing(&stored, names, now)) {
        Ok(certificate) => certificate,
        Err(source) => {
            let directory = store.directory().to_owned();
            return reason_to_replace(&source).map(Err).ok_or(Error::Existing { directory, source });
        }
    };
    if *stored.origin() != signer.origin() {
        return Ok(Err(Reason::AnotherSource(stored.origin().clone())));
    }
    if signer.trust().is_some_and(|trust| trust != certificate.trust()) {
        return Ok(Err(Reason::AnotherCa));
    }
    if now >= schedule::due_at(certificate.not_before(), certificate.not_after()) {
        return Ok(Err(Reason::Due));
    }
    Ok(Ok(certificate))
}

fn reason_to_replace(error: &verify::Error) -> Option<Reason> {
    match error {
        verify::Error::Chain { .. } | verify::Error::Trust { source: trust::Error::NoneValid { .. }, .. } => {
            Some(Reason::AnotherCa)
        }
        verify::Error::Expired { .. } => Some(Reason::Expired),
        verify::Error::Names { .. } => Some(Reason::AnotherIdentity),
        verify::Error::Ca { .. }
        | verify::Error::Key { .. }
        | verify::Error::KeyMismatch { .. }
        | verify::Error::KeyUsage { .. }
        | verify::Error::NotACertificate { .. }
        | verify::Error::NotYetValid { .. }
        | verify::Error::Pem { .. }
        | verify::Error::TooFarAhead { .. }
        | verify::Error::Trust { .. }
        | verify::Error::Usage { .. } => None,
    }
}

/// Has a fresh key certified. Where the request was deleted, perhaps by an eager collector, another one is made.
async fn request<S: Signer>(
    settings: &Settings,
    names: &SubjectNames,
    signer: &S,
    now: Timestamp,
) -> Result<(SigningRequest, Issued), Error> {
    let mut left = MAX_REQUESTS;
    loop {
        left -= 1;
        let request = SigningRequest::new(names.clone(), settings.key_algorithm, settings.duration)?;
        match signer.sign(&request, now).await {
            Err(error @ signer::Error::Gone { .. }) if left > 0 => {
                tracing::warn!(%error, "starting again with a new key");
            }
            answer => return Ok((request, answer?)),
        }
    }
}

/// What the signer trusted beforehand goes before what it tells along with its answer.
fn trust_for<S: Signer>(issued: &Issued, signer: &S, now: Timestamp) -> Result<TrustBundle, Error> {
    match (signer.trust(), &issued.ca_pem) {
        (Some(trust), _) => Ok(trust.clone()),
        (None, Some(pem)) => {
            let trust = TrustBundle::parse(pem, now).map_err(Error::Trust)?;
            match trust.intermediate() {
                Some(subject) => Err(Error::NotARoot { subject: subject.to_owned() }),
                None => Ok(trust),
            }
        }
        (None, None) => Err(Error::NoTrust { signer: signer.origin() }),
    }
}

/// Checks once, and if the certificate is about to become valid, waits for that and checks again. Blocking
/// is all right: it is seldom, short, and nothing can be done without a certificate.
fn once_valid(
    now: Timestamp,
    check: impl Fn(Timestamp) -> Result<VerifiedCertificate, verify::Error>,
) -> Result<VerifiedCertificate, verify::Error> {
    match check(now) {
        Err(verify::Error::NotYetValid { certificate, not_before, wait, .. }) => {
            tracing::warn!(certificate, ?wait, "waiting for a certificate to become valid");
            thread::sleep(wait);
            check(not_before)
        }
        result => result,
    }
}

/// How many requests are made, one after the other, before whoever deletes them is taken to mean it.
const MAX_REQUESTS: usize = 3;
