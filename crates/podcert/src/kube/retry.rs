//! Retries of calls to the API server: a transient failure is retried until the caller's deadline, any other is an error at
//! once. Only this file decides which is which; kube's own retries are off.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use kube::core::response::StatusDetails;
use tokio::time::{sleep, timeout};

use super::progress::Progress;

/// Repeats a call until it succeeds or fails permanently. The caller must set a deadline.
pub(crate) async fn repeat<T, F: Future<Output = kube::Result<T>>>(
    progress: &mut Progress,
    mut call: impl FnMut() -> F,
) -> Result<T, kube::Error> {
    let mut backoff = Backoff::new();
    loop {
        // A dead connection may go unnoticed. If the call did create the object, the next attempt recognizes it.
        match timeout(CALL_TIMEOUT, call()).await {
            Ok(Err(error)) if is_transient(&error) => {
                progress.call_failed(reason(&error));
                backoff.wait(demanded(&error)).await;
            }
            Ok(Err(error)) if is_refusal(&error) && progress.failed_recently() => {
                progress.refused(reason(&error));
                backoff.wait(Duration::ZERO).await;
            }
            Ok(result) => return result,
            Err(_) => {
                progress.call_failed(format!("no answer within {CALL_TIMEOUT:?}"));
                backoff.wait(Duration::ZERO).await;
            }
        }
    }
}

/// Exponential backoff with jitter.
pub(crate) struct Backoff(ExponentialBackoff);

impl Backoff {
    pub(crate) fn new() -> Self {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(MAX_DELAY)
            .without_max_times()
            .with_jitter();
        Self(backoff.build())
    }

    /// Waits before the next attempt, at least as long as the server requires (Retry-After).
    pub(crate) async fn wait(&mut self, demanded: Duration) {
        sleep(self.0.next().unwrap_or(MAX_DELAY).max(demanded)).await;
    }
}

/// Whether the same call may succeed later. If the server cannot reach a webhook, it responds with 500.
pub(crate) fn is_transient(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => status.code == 429 || status.code >= 500,
        kube::Error::HyperError(_) | kube::Error::ReadEvents(_) | kube::Error::Service(_) => true,
        _ => false,
    }
}

/// Whether the server refuses us. A server that is starting does so too until it has loaded its authorization rules.
fn is_refusal(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 401 || status.code == 403)
}

/// Whether the server no longer has the version from which it was to report changes.
pub(crate) fn is_expired(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 410)
}

/// What went wrong, without repetitions: kube's texts include their causes, and a status twice.
pub(crate) fn reason(error: &kube::Error) -> String {
    let kube::Error::Api(status) = error else {
        let innermost = std::iter::successors(error.source(), |cause| (*cause).source()).last();
        return innermost.map_or_else(|| error.to_string(), ToString::to_string);
    };
    match (status.message.as_str(), status.reason.as_str()) {
        ("", "") => format!("status {}", status.code),
        ("", reason) => format!("{reason}, status {}", status.code),
        (message, "") => format!("{message} (status {})", status.code),
        (message, reason) => format!("{message} ({reason}, status {})", status.code),
    }
}

fn demanded(error: &kube::Error) -> Duration {
    let details = match error {
        kube::Error::Api(status) => status.details.as_ref(),
        _ => None,
    };
    let seconds = details.map_or(0, |StatusDetails { retry_after_seconds, .. }| *retry_after_seconds);
    Duration::from_secs(seconds.into())
}

const MAX_DELAY: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
