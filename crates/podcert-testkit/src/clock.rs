//! A clock that tests set themselves.

use std::future;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use podcert::support::clock::Clock;

/// Stands still except while somebody sleeps, which takes no real time.
#[derive(Debug)]
pub struct ManualClock(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    suspension: Duration,
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(State { now, suspension: Duration::ZERO }))
    }

    /// Shows a different time from now on, as when an administrator sets it.
    pub fn set(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// Suspends the machine for this long during the next sleep.
    pub fn suspend(&self, duration: Duration) {
        self.state().suspension = duration;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        let mut state = self.state();
        let suspension = mem::take(&mut state.suspension);
        state.now += duration + suspension;
        Box::pin(future::ready(()))
    }
}
