//! Metrics for Prometheus, named by its conventions: base units, and `_total` for counters.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use podcert::diagnose::{Diagnose, ErrorClass};
use podcert::keeper;
use podcert::verify::VerifiedCertificate;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// All metrics.
pub struct Metrics {
    registry: Registry,
    expiry: Gauge,
    due: Gauge,
    last_success: Gauge,
    attempts: Counter,
    failures: Family<Reason, Counter>,
    duration: Histogram,
    reloads: Counter,
    reload_failures: Counter,
    not_after: AtomicI64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

impl Metrics {
    /// A certificate was published.
    pub fn published(&self, certificate: &VerifiedCertificate, now: Timestamp) {
        let not_after = certificate.not_after().as_second();
        self.not_after.store(not_after, Ordering::Relaxed);
        self.expiry.set(not_after);
        self.due.set(keeper::due_at(certificate).as_second());
        self.last_success.set(now.as_second());
    }

    /// A renewal succeeded.
    pub fn renewed(&self, took: Duration) {
        self.attempts.inc();
        self.duration.observe(took.as_secs_f64());
    }

    /// A renewal failed.
    pub fn failed(&self, error: &impl Diagnose, took: Duration) {
        self.attempts.inc();
        self.duration.observe(took.as_secs_f64());
        self.failures.get_or_create(&Reason { reason: reason(error.class()) }).inc();
    }

    /// A reload was attempted.
    pub fn reloaded(&self, is_ok: bool) {
        self.reloads.inc();
        if !is_ok {
            self.reload_failures.inc();
        }
    }

    /// Whether the published certificate is still valid.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        now.as_second() < self.not_after.load(Ordering::Relaxed)
    }

    /// The metrics in the OpenMetrics text format.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let (expiry, due, last_success) = (Gauge::default(), Gauge::default(), Gauge::default());
        let (attempts, reloads, reload_failures) =
            (Counter::default(), Counter::default(), Counter::default());
        let failures = Family::<Reason, Counter>::default();
        let duration =
            Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0]);
        // Exported from the start, so that the first increase is visible.
        for class in CLASSES {
            let _ = failures.get_or_create(&Reason { reason: reason(class) });
        }
        let mut registry = Registry::with_prefix("podcert");
        let seconds = || Unit::Seconds;
        registry.register_with_unit(
            "certificate_expiry_timestamp",
            "When the published certificate expires, in Unix time",
            seconds(),
            expiry.clone(),
        );
        registry.register_with_unit(
            "certificate_renewal_timestamp",
            "When the published certificate is due for renewal, in Unix time",
            seconds(),
            due.clone(),
        );
        registry.register_with_unit(
            "renewal_last_success_timestamp",
            "When a certificate was last published, in Unix time",
            seconds(),
            last_success.clone(),
        );
        registry.register("renewal_attempts", "Renewals attempted since the start", attempts.clone());
        registry.register("renewal_failures", "Renewals that failed, by reason", failures.clone());
        registry.register_with_unit(
            "renewal_duration",
            "How long renewals took, failed ones included",
            seconds(),
            duration.clone(),
        );
        registry.register("reload_attempts", "Reloads attempted after a renewal", reloads.clone());
        registry.register("reload_failures", "Reloads that failed", reload_failures.clone());
        Self {
            registry,
            expiry,
            due,
            last_success,
            attempts,
            failures,
            duration,
            reloads,
            reload_failures,
            not_after: AtomicI64::new(i64::MIN),
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

fn reason(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::CannotWrite => "cannot_write",
        ErrorClass::Data => "data",
        ErrorClass::Deadline => "deadline",
        ErrorClass::Refused => "refused",
        ErrorClass::Settings => "settings",
        ErrorClass::Unavailable => "unavailable",
        ErrorClass::Usage => "usage",
    }
}

/// The classes of errors that a renewal can fail with.
const CLASSES: [ErrorClass; 6] = [
    ErrorClass::CannotWrite,
    ErrorClass::Data,
    ErrorClass::Deadline,
    ErrorClass::Refused,
    ErrorClass::Settings,
    ErrorClass::Unavailable,
];
