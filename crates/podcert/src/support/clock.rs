//! Time as an argument: what time it is, how to wait, and when an attempt has to end.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::Instant;

/// The time of day, and waiting. Tests pass a clock that they control.
pub trait Clock: Debug + Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Waits without blocking the thread.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// The system's clock, which waits by tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the clock; everything else takes the time as an argument"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// When an attempt has to end, measured by a monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    ends_at: Instant,
    allowed: Duration,
}

impl Deadline {
    /// A deadline after this duration.
    pub fn after(allowed: Duration) -> Self {
        Self { ends_at: Instant::now() + allowed, allowed }
    }

    /// The end.
    pub fn ends_at(self) -> Instant {
        self.ends_at
    }

    /// How long the attempt was allowed to take, for error messages.
    pub fn allowed(self) -> Duration {
        self.allowed
    }

    /// The time that is left; `None` once the deadline has passed.
    pub fn left(self) -> Option<Duration> {
        Some(self.ends_at.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }
}

/// One attempt to obtain a certificate: its clock and its deadline.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The one deadline of everything that the attempt waits for.
    pub deadline: Deadline,
}

impl<'a> Attempt<'a> {
    /// An attempt that starts now.
    pub fn new(clock: &'a dyn Clock, allowed: Duration) -> Self {
        Self { clock, deadline: Deadline::after(allowed) }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
