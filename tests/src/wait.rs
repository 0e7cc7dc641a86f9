//! Waiting for something to become true, never for a fixed time.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `condition` holds; panics with `what` when it takes too long.
pub fn until(what: &str, condition: impl FnMut() -> bool) {
    assert!(holds_within(PATIENCE, condition), "waited {PATIENCE:?} in vain: {what}");
}

/// Whether `condition` comes to hold before the time is over.
pub fn holds_within(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        sleep(PAUSE);
    }
}

const PAUSE: Duration = Duration::from_millis(5);
