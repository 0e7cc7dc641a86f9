//! Keeps a certificate good: obtain, publish, wait, renew. The [`provider`] decides what one turn does, and
//! an [`Observer`] what happens after a renewal; neither is known here.

mod backoff;

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use ring::digest;
use tokio::time::Instant;

use crate::diagnose::explain;
use crate::provider::{self, Error, Obtained, Outcome, Source};
use crate::request::Wanted;
use crate::schedule::{self, between, until_due, until_due_again};
use crate::store::Store;
use crate::support::clock::{Attempt, Clock};
use crate::support::durable_file;
use crate::verify::{self, VerifiedCertificate};

/// What is kept good, and how.
#[derive(Clone, Copy, Debug)]
pub struct Keeper<'a> {
    /// Where certificates come from.
    pub source: &'a Source,
    /// The certificate that is wanted.
    pub wanted: &'a Wanted,
    /// Where it is published.
    pub store: &'a Store,
    /// How long one attempt may take.
    pub time_limit: Duration,
    /// The clock.
    pub clock: &'a dyn Clock,
}

/// Is notified of renewals. It is awaited between turns, so it must return quickly.
pub trait Observer: Send + Sync {
    /// A certificate, or the same one with different CAs, was published. `took` is how long that took.
    fn published<'a>(&'a self, obtained: &'a Obtained, took: Duration) -> BoxFuture<'a, ()>;

    /// A renewal failed. The published certificate stays.
    fn failed<'a>(&'a self, failure: &'a Failure<'a>) -> BoxFuture<'a, ()>;
}

/// A renewal that failed.
#[derive(Debug)]
pub struct Failure<'a> {
    /// Why.
    pub error: &'a Error,
    /// How long it took to fail.
    pub took: Duration,
    /// The number of consecutive failures.
    pub failures: u32,
    /// How long until the next attempt.
    pub pause: Duration,
    /// How long the published certificate is still valid; zero if it has expired.
    pub left: Duration,
}

/// When a certificate is due for renewal.
pub fn due_at(certificate: &VerifiedCertificate) -> Timestamp {
    schedule::due_at(certificate.fingerprint(), certificate.not_before(), certificate.not_after())
}

impl Keeper<'_> {
    /// Ensures that a good certificate is published: one turn.
    pub async fn obtain(&self) -> Result<Obtained, Error> {
        self.turn(self.wanted).await
    }

    /// The first turn of a program that goes on renewing: if it fails, a published certificate that is still good will do.
    pub async fn start(&self) -> Result<Obtained, Error> {
        let error = match self.obtain().await {
            Ok(obtained) => return Ok(obtained),
            Err(error) => error,
        };
        match self.still_good() {
            Some(certificate) if !self.wanted.renew => {
                tracing::warn!(
                    serial = certificate.serial(),
                    not_after = %certificate.not_after(),
                    "using the published certificate, because no new one can be obtained: {}",
                    explain(&error)
                );
                Ok(Obtained { certificate, outcome: Outcome::Kept })
            }
            _ => Err(error),
        }
    }

    /// The published certificate, if it is valid, from the same source and for the same names.
    fn still_good(&self) -> Option<VerifiedCertificate> {
        let provider = self.source.provider();
        let names = provider.names(self.wanted)?.ok()?;
        let stored = self.store.current().ok()??;
        let certificate = verify::existing(&stored, &names, self.clock.now()).ok()?;
        (provider.origin().as_ref() == Some(stored.origin())).then_some(certificate)
    }

    /// Renews for as long as it is polled, starting with a certificate that was just obtained.
    pub async fn keep(&self, first: Obtained, observer: &dyn Observer) -> Infallible {
        // The first turn has complied with it.
        let wanted = Wanted { renew: false, ..self.wanted.clone() };
        let mut next = self.until_due(&first);
        let mut current = first.certificate;
        let mut seen = if self.trusts_the_same(&current) { self.trust_file() } else { None };
        loop {
            self.wait(next, &seen).await;
            let (obtained, took) = self.renew(&wanted, &current, &mut seen, observer).await;
            // Another process may have published as well.
            let is_new = obtained.certificate.fingerprint() != current.fingerprint();
            if is_new || obtained.certificate.trust() != current.trust() {
                observer.published(&obtained, took).await;
            }
            next = self.until_due(&obtained);
            current = obtained.certificate;
        }
    }

    fn until_due(&self, obtained: &Obtained) -> Duration {
        let is_issued = matches!(obtained.outcome, Outcome::Issued(_));
        let is_renewed_elsewhere = self.source.provider().origin().is_none();
        let until_due = if is_issued || is_renewed_elsewhere { until_due_again } else { until_due };
        until_due(&obtained.certificate, self.clock.now())
    }

    /// Tries until it succeeds. `seen` is the content of the trust file before the last attempt.
    async fn renew(
        &self,
        wanted: &Wanted,
        current: &VerifiedCertificate,
        seen: &mut Option<Vec<u8>>,
        observer: &dyn Observer,
    ) -> (Obtained, Duration) {
        let mut failures = 0;
        loop {
            *seen = self.trust_file();
            let start = Instant::now();
            let result = self.turn(wanted).await;
            let took = start.elapsed();
            let error = match result {
                Ok(obtained) => return (obtained, took),
                Err(error) => error,
            };
            failures += 1;
            let left = between(self.clock.now(), current.not_after());
            let life = between(current.not_before(), current.not_after());
            let pause = backoff::pause(failures, left, life, draw(current, failures));
            let failure = Failure { error: &error, took, failures, pause, left };
            log(&failure, current);
            observer.failed(&failure).await;
            self.wait(pause, seen).await;
        }
    }

    async fn turn(&self, wanted: &Wanted) -> Result<Obtained, Error> {
        let attempt = Attempt::new(self.clock, self.time_limit);
        provider::obtain(self.source, wanted, self.store, &attempt).await
    }

    /// Waits this long by the time of day or by the timer, whichever ends first: the timer does not see the time during
    /// which a machine is suspended, and the time of day may be set back. Ends early if the trust file's content is no
    /// longer what was seen.
    async fn wait(&self, duration: Duration, seen: &Option<Vec<u8>>) {
        let start = self.clock.now();
        let mut left = duration;
        while !left.is_zero() && between(start, self.clock.now()) < duration {
            // A missing file is not a change: it may be being replaced.
            if self.trust_file().is_some_and(|bytes| Some(bytes) != *seen) {
                return;
            }
            let step = left.min(LOOK);
            self.clock.sleep(step).await;
            left -= step;
        }
    }

    /// Whether the trust file still says what it said when the first turn read it.
    fn trusts_the_same(&self, certificate: &VerifiedCertificate) -> bool {
        let known = self.source.provider().known_trust(self.clock.now());
        let bundle = known.and_then(|known| known.bundle.ok().flatten());
        bundle.is_none_or(|bundle| bundle == *certificate.trust())
    }

    fn trust_file(&self) -> Option<Vec<u8>> {
        let path = self.source.provider().trust_file()?;
        durable_file::read_bytes(&path).ok().map(|(bytes, _)| bytes)
    }
}

/// Failures become errors when expiry is near.
fn log(failure: &Failure<'_>, current: &VerifiedCertificate) {
    let Failure { error, failures, pause, left, .. } = failure;
    let error = explain(*error);
    let (serial, not_after) = (current.serial(), current.not_after());
    let life = between(current.not_before(), not_after);
    if left.is_zero() {
        tracing::error!(serial, %not_after, failures, next_in = ?pause, "the certificate has expired and cannot be renewed: {error}");
    } else if *left < life / 6 {
        tracing::error!(serial, %not_after, failures, next_in = ?pause, "the certificate expires soon and cannot be renewed: {error}");
    } else {
        tracing::warn!(serial, %not_after, failures, next_in = ?pause, "renewal failed: {error}");
    }
}

/// A number between 0 and 1, derived from the certificate and the number of failures.
fn draw(certificate: &VerifiedCertificate, failures: u32) -> f64 {
    let text = format!("{}{failures}", certificate.fingerprint());
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    f64::from(u16::from_be_bytes([hash.as_ref()[0], hash.as_ref()[1]])) / f64::from(u16::MAX)
}

/// How often the time of day and the trust file are checked during a wait.
const LOOK: Duration = Duration::from_secs(30);
