//! Obtaining a certificate from a signer: the published one is kept while it is good; otherwise a new one is requested,
//! verified and published. If anything fails, nothing is written.

use jiff::Timestamp;

use super::{Error, Obtained, Outcome, Reason};
use crate::identity::Identity;
use crate::names::SubjectNames;
use crate::request::{SigningRequest, Wanted};
use crate::schedule;
use crate::signer::{self, Issued, Signer};
use crate::store::Store;
use crate::support::clock::Attempt;
use crate::trust::{self, TrustBundle};
use crate::verify::{self, VerifiedCertificate};

/// Obtains a certificate from a signer for the names that were found and those that are wanted in addition.
pub async fn obtain_signed<S: Signer>(
    signer: &S,
    found: &Identity,
    wanted: &Wanted,
    store: &Store,
    attempt: &Attempt<'_>,
) -> Result<Obtained, Error> {
    let names = wanted.names(found)?;
    let reason = if wanted.renew {
        Reason::Renew
    } else {
        match check_published(store, &names, signer, attempt).await? {
            Published::Good(certificate) => return Ok(Obtained { certificate, outcome: Outcome::Kept }),
            Published::TrustsOthers(certificate) => {
                publish(
                    store,
                    &certificate,
                    signer,
                    attempt,
                    "published the certificate with the CAs that are trusted now",
                )
                .await?;
                return Ok(Obtained { certificate, outcome: Outcome::TrustUpdated });
            }
            Published::OutOfDate(reason) => reason,
        }
    };
    tracing::info!(%names, source = %signer.origin(), %reason, "obtaining a certificate");
    let (request, issued) = request(wanted, &names, signer, attempt).await?;
    let trust = trust_for(&issued, signer, attempt)?;
    let certificate = once_valid(attempt, |now| verify::verify(&request, &issued, &trust, now)).await?;
    publish(store, &certificate, signer, attempt, "published a certificate").await?;
    Ok(Obtained { certificate, outcome: Outcome::Issued(reason) })
}

async fn publish<S: Signer>(
    store: &Store,
    certificate: &VerifiedCertificate,
    signer: &S,
    attempt: &Attempt<'_>,
    done: &str,
) -> Result<(), Error> {
    store.publish(certificate, &signer.origin(), attempt.deadline).await?;
    tracing::info!(
        serial = certificate.serial(),
        not_after = %certificate.not_after(),
        directory = %store.directory().display(),
        "{done}"
    );
    Ok(())
}

/// What is already published.
enum Published {
    /// It stays.
    Good(VerifiedCertificate),
    /// It stays, but was published with different CAs; this is the same certificate with those that are trusted now.
    TrustsOthers(VerifiedCertificate),
    /// A new one takes its place.
    OutOfDate(Reason),
}

/// What is published, and whether it can stay. What is merely out of date is replaced; what is damaged is an error,
/// because somebody should know about it.
async fn check_published<S: Signer>(
    store: &Store,
    names: &SubjectNames,
    signer: &S,
    attempt: &Attempt<'_>,
) -> Result<Published, Error> {
    let Some(stored) = store.current()? else { return Ok(Published::OutOfDate(Reason::Missing)) };
    let certificate = match once_valid(attempt, |now| verify::existing(&stored, names, now)).await {
        Ok(certificate) => certificate,
        Err(source) => {
            let directory = store.directory().to_owned();
            return reason_to_replace(&source)
                .map(Published::OutOfDate)
                .ok_or(Error::Existing { directory, source });
        }
    };
    if *stored.origin() != signer.origin() {
        return Ok(Published::OutOfDate(Reason::AnotherSource(stored.origin().clone())));
    }
    let due = schedule::due_at(certificate.fingerprint(), certificate.not_before(), certificate.not_after());
    if attempt.now() >= due {
        return Ok(Published::OutOfDate(Reason::Due));
    }
    match signer.trust() {
        Some(trust) if trust != certificate.trust() => Ok(with_trust(&certificate, trust, attempt.now())),
        _ => Ok(Published::Good(certificate)),
    }
}

/// While a CA is rolled, the trust bundle changes twice. A new certificate is requested only if the old one is no longer
/// trusted; otherwise all pods would request one at the same time.
fn with_trust(certificate: &VerifiedCertificate, trust: &TrustBundle, now: Timestamp) -> Published {
    match certificate.with_trust(trust, now) {
        Ok(certificate) => Published::TrustsOthers(certificate),
        Err(_) => Published::OutOfDate(Reason::AnotherCa),
    }
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

/// Has a new key certified. If the request is deleted before it is answered, makes a new one.
async fn request<S: Signer>(
    wanted: &Wanted,
    names: &SubjectNames,
    signer: &S,
    attempt: &Attempt<'_>,
) -> Result<(SigningRequest, Issued), Error> {
    let mut left = MAX_REQUESTS;
    loop {
        left -= 1;
        let request = SigningRequest::new(names.clone(), wanted.key_algorithm, wanted.duration)?;
        match signer.sign(&request, attempt).await {
            Err(error @ signer::Error::Gone { .. }) if left > 0 => {
                tracing::warn!(%error, "making a new request with a new key");
            }
            answer => return Ok((request, answer?)),
        }
    }
}

/// CAs that were known before signing take precedence over those that the signer returns.
fn trust_for<S: Signer>(issued: &Issued, signer: &S, attempt: &Attempt<'_>) -> Result<TrustBundle, Error> {
    match (signer.trust(), &issued.ca_pem) {
        (Some(trust), _) => Ok(trust.clone()),
        (None, Some(pem)) => {
            trust::warn_of_private_key(&signer.origin(), pem.as_bytes());
            let trust = TrustBundle::parse(pem, attempt.now()).map_err(Error::Trust)?;
            match trust.intermediate() {
                Some(subject) => Err(Error::NotARoot { subject: subject.to_owned() }),
                None => Ok(trust),
            }
        }
        (None, None) => Err(Error::NoTrust { signer: signer.origin() }),
    }
}

/// Checks a certificate. If it is about to become valid, waits for that and checks again.
async fn once_valid(
    attempt: &Attempt<'_>,
    check: impl Fn(Timestamp) -> Result<VerifiedCertificate, verify::Error>,
) -> Result<VerifiedCertificate, verify::Error> {
    match check(attempt.now()) {
        Err(verify::Error::NotYetValid { certificate, not_before, wait, .. }) => {
            tracing::warn!(certificate, ?wait, "waiting for a certificate to become valid");
            attempt.clock.sleep(wait).await;
            // If the clock was set back in the meantime, do not wait again.
            check(attempt.now().max(not_before))
        }
        result => result,
    }
}

/// How many requests are made, one after the other, until a deletion is considered intentional.
const MAX_REQUESTS: usize = 3;
