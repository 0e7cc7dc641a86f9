//! Locks between processes, which are awaited no longer than to a deadline.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};

/// Locks a file until it is closed. Others may hold it until then: that is [`ErrorKind::TimedOut`]. Blocking is all
/// right: whoever waits here has nothing else to do.
pub(crate) fn lock(file: &File, ends_at: Instant) -> io::Result<()> {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(200))
        .without_max_times()
        .with_jitter();
    for pause in pauses.build() {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
        let left = ends_at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        thread::sleep(pause.min(left));
    }
    Err(ErrorKind::TimedOut.into())
}
