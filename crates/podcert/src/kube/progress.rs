//! How far a request has come, so that a log shows what it waits for, and a deadline can name it.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// The last news of a request.
pub(crate) struct Progress {
    request: String,
    issuer: String,
    /// None as long as the API server has not taken the request.
    waiting: Option<String>,
    /// What the last call met, unless it succeeded.
    last_error: Option<String>,
    /// When the API server last was away, or may have been.
    failed_at: Option<Instant>,
}

impl Progress {
    pub(crate) fn new(request: String, issuer: String) -> Self {
        Self { request, issuer, waiting: None, last_error: None, failed_at: None }
    }

    /// The object waits for something. Told once.
    pub(crate) fn waiting(&mut self, waiting: &impl fmt::Display) {
        self.last_error = None;
        let waiting = waiting.to_string();
        if self.waiting.as_ref() != Some(&waiting) {
            let Self { request, issuer, .. } = self;
            tracing::info!(%request, %issuer, reason = %waiting, "waiting for a certificate");
            self.waiting = Some(waiting);
        }
    }

    /// The API server could not be asked. Told once.
    pub(crate) fn call_failed(&mut self, reason: String) {
        self.connection_lost();
        self.refused(reason);
    }

    /// The API server is away, or was for a moment.
    pub(crate) fn connection_lost(&mut self) {
        self.failed_at = Some(Instant::now());
    }

    /// The API server refuses what it may grant once it has started. Told once.
    pub(crate) fn refused(&mut self, reason: String) {
        if self.last_error.as_ref() != Some(&reason) {
            tracing::warn!(request = %self.request, %reason, "the call to the API server failed and will be retried");
            self.last_error = Some(reason);
        }
    }

    /// Whether the API server was away a moment ago, so that it may only be starting.
    pub(crate) fn failed_recently(&self) -> bool {
        self.failed_at.is_some_and(|at| at.elapsed() < STARTING)
    }

    /// What there is to say when time is up.
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

/// The last news of a request that was not answered in time.
pub(crate) enum LastState {
    /// The API server never took it, for this reason.
    NotAccepted(String),
    /// It was waiting for this.
    Waiting(String),
}

/// How long an API server that was away may take until it knows who may do what.
const STARTING: Duration = Duration::from_secs(30);
