//! What programs share that renew a certificate for as long as they run: probes, metrics, and the reload of programs that
//! use it. The library decides when to renew.

mod http;
mod metrics;
mod reload;
mod settings;

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use podcert::keeper::{Failure, Keeper, Observer};
use podcert::provider::{self, Obtained, Outcome, Reason};
use podcert::support::clock::Clock;
use tokio::net::TcpListener;

pub use http::ListenError;
pub use reload::ReloadError;
pub use settings::{Renewal, RenewalArgs};

use self::metrics::Metrics;
use self::reload::Reloader;

/// A certificate that is being renewed, as others see it.
#[derive(Debug)]
pub struct Renewer<'a> {
    clock: &'a dyn Clock,
    listener: Option<TcpListener>,
    metrics: Metrics,
    reloader: Reloader,
}

impl<'a> Renewer<'a> {
    /// Listens if the settings say so, so that a failure comes before anything is obtained.
    pub async fn open(renewal: &Renewal, clock: &'a dyn Clock) -> Result<Self, ListenError> {
        let listener = match renewal.http {
            Some(address) => Some(http::listen(address).await?),
            None => None,
        };
        Ok(Self {
            clock,
            listener,
            metrics: Metrics::default(),
            reloader: Reloader::new(renewal.reload.clone()),
        })
    }

    /// Renews a certificate that was just obtained, for as long as it is polled.
    pub async fn keep(&self, keeper: &Keeper<'_>, first: Obtained) -> Infallible {
        self.metrics.published(&first.certificate, self.clock.now());
        // A reload may have been pending when the program was restarted. In a new pod there is nothing to reload yet.
        if first.outcome != Outcome::Issued(Reason::Missing) {
            self.reloader.wake();
        }
        let kept = keeper.keep(first, self);
        let served = http::serve(self.listener.as_ref(), &self.metrics, self.clock);
        let (kept, ..) = tokio::join!(kept, served, self.reloader.run(&self.metrics));
        kept
    }
}

impl Observer for Renewer<'_> {
    fn published<'a>(&'a self, obtained: &'a Obtained, took: Duration) -> BoxFuture<'a, ()> {
        self.metrics.renewed(took);
        self.metrics.published(&obtained.certificate, self.clock.now());
        self.reloader.wake();
        ready(()).boxed()
    }

    fn failed<'a>(&'a self, failure: &'a Failure<'a>) -> BoxFuture<'a, ()> {
        self.metrics.failed(failure.error, failure.took);
        ready(()).boxed()
    }
}

/// Why renewal did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The first certificate was not obtained.
    #[error(transparent)]
    Obtain(#[from] provider::Error),
    /// Probes and metrics cannot be served.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

podcert::diagnose!(Error {
    Self::Obtain(error) => of(error),
    Self::Listen(error) => of(error),
});
