//! How far a request has come, so that whoever waits knows for what, and a deadline can name it.

use std::time::Duration;

use tokio::time::Instant;

use super::state::Waiting;
use crate::signer::Error;

/// The last news of a request.
pub(super) struct Progress {
    request: String,
    issuer: String,
    /// None as long as the API server has not taken the request.
    waiting: Option<Waiting>,
    /// What the last call met, unless it succeeded.
    trouble: Option<String>,
    /// When the API server last was away, or may have been.
    failed_at: Option<Instant>,
}

impl Progress {
    pub(super) fn new(request: String, issuer: String) -> Self {
        Self { request, issuer, waiting: None, trouble: None, failed_at: None }
    }

    /// The object waits for something. Told once.
    pub(super) fn waiting(&mut self, waiting: Waiting) {
        self.trouble = None;
        if self.waiting.as_ref() != Some(&waiting) {
            let Self { request, issuer, .. } = self;
            tracing::info!(%request, %issuer, reason = %waiting, "waiting for a certificate");
            self.waiting = Some(waiting);
        }
    }

    /// The API server could not be asked. Told once.
    pub(super) fn trouble(&mut self, reason: String) {
        self.interrupted();
        self.refusal(reason);
    }

    /// The API server is away, or was for a moment.
    pub(super) fn interrupted(&mut self) {
        self.failed_at = Some(Instant::now());
    }

    /// The API server refuses what it may grant once it has started. Told once.
    pub(super) fn refusal(&mut self, reason: String) {
        if self.trouble.as_ref() != Some(&reason) {
            tracing::warn!(request = %self.request, %reason, "the API server failed, trying again");
            self.trouble = Some(reason);
        }
    }

    /// Whether the API server was away a moment ago, so that it may only be starting.
    pub(super) fn failed_lately(&self) -> bool {
        self.failed_at.is_some_and(|at| at.elapsed() < STARTING)
    }

    /// What is to be told when time is up.
    pub(super) fn at_deadline(self, deadline: Duration) -> Error {
        let Self { request, issuer, waiting, trouble, .. } = self;
        let Some(waiting) = waiting else {
            let reason = trouble.unwrap_or_else(|| "no answer".to_owned());
            return Error::Unavailable { request, reason: format!("not within {deadline:?}: {reason}") };
        };
        let reason = match trouble {
            Some(trouble) => format!("{waiting}; lately the API server failed: {trouble}"),
            None => waiting.to_string(),
        };
        Error::Deadline { request, issuer, deadline, reason }
    }
}

/// How long an API server that was away may take until it knows who may do what.
const STARTING: Duration = Duration::from_secs(30);
