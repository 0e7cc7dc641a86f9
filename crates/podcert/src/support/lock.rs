//! Locks between processes, with a deadline.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::sleep;

use super::clock::Deadline;

/// Locks a file until it is closed. If other processes hold the lock until the deadline, returns [`ErrorKind::TimedOut`].
pub(crate) async fn lock(file: &File, deadline: Deadline) -> io::Result<()> {
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
        let Some(left) = deadline.left() else { break };
        sleep(pause.min(left)).await;
    }
    Err(ErrorKind::TimedOut.into())
}
