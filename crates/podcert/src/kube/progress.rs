//! The progress of a request, so that the log and the error at the deadline say what it is waiting for.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// What is known about a request that is not decided yet.
pub(crate) struct Progress {
    request: String,
    issuer: String,
    /// What the request is waiting for; `None` until the API server has accepted it.
    waiting: Option<String>,
    /// The error of the last call, unless it succeeded.
    last_error: Option<String>,
    /// When the API server last was, or may have been, unavailable.
    failed_at: Option<Instant>,
}

impl Progress {
    pub(crate) fn new(request: String, issuer: String) -> Self {
        Self { request, issuer, waiting: None, last_error: None, failed_at: None }
    }

    /// Records what the object is waiting for. The same reason is logged only once.
    pub(crate) fn waiting(&mut self, waiting: &impl fmt::Display) {
        self.last_error = None;
        let waiting = waiting.to_string();
        if self.waiting.as_ref() != Some(&waiting) {
            let Self { request, issuer, .. } = self;
            tracing::info!(%request, %issuer, reason = %waiting, "waiting for a certificate");
            self.waiting = Some(waiting);
        }
    }

    /// Records a failed call. The same reason is logged only once.
    pub(crate) fn call_failed(&mut self, reason: String) {
        self.connection_lost();
        self.refused(reason);
    }

    /// Records that the API server is, or was briefly, unavailable.
    pub(crate) fn connection_lost(&mut self) {
        self.failed_at = Some(Instant::now());
    }

    /// Records a refusal by a server that may only be starting. The same reason is logged only once.
    pub(crate) fn refused(&mut self, reason: String) {
        if self.last_error.as_ref() != Some(&reason) {
            tracing::warn!(request = %self.request, %reason, "the call to the API server failed and will be retried");
            self.last_error = Some(reason);
        }
    }

    /// Whether the API server was unavailable recently, so that it may only be starting.
    pub(crate) fn failed_recently(&self) -> bool {
        self.failed_at.is_some_and(|at| at.elapsed() < STARTING)
    }

    /// The state to report when the deadline has passed.
    pub(crate) fn last_state(self) -> LastState {
        match (self.waiting, self.last_error) {
            (None, last_error) => {
                LastState::NotAccepted(last_error.unwrap_or_else(|| "no answer".to_owned()))
            }
            (Some(waiting), Some(last_error)) => {
                LastState::Waiting(format!("{waiting}; the last call to the API server failed: {last_error}"))
            }
            (Some(waiting), None) => LastState::Waiting(waiting),
        }
    }
}

/// The last known state of a request that was not answered in time.
pub(crate) enum LastState {
    /// The API server never accepted it, for this reason.
    NotAccepted(String),
    /// It was waiting for this.
    Waiting(String),
}

/// How long an API server that was unavailable may refuse requests because it has not loaded its authorization rules yet.
const STARTING: Duration = Duration::from_secs(30);
