//! The renewal of a node's certificate while its command runs, for `--supervise`.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use podcert::diagnose::explain;
use podcert::keeper::{Failure, Observer};
use podcert::provider::Obtained;
use podcert::store::Store;
use podcert::support::clock::Clock;
use podcert_cli::settings::Settings;

use super::NodeFiles;

/// A certificate that was obtained, and everything that its renewal needs.
#[derive(Debug)]
pub struct Renewal {
    settings: Settings,
    store: Store,
    files: NodeFiles,
    first: Obtained,
}

impl Renewal {
    pub(super) fn new(settings: Settings, store: Store, files: NodeFiles, first: Obtained) -> Self {
        Self { settings, store, files, first }
    }

    /// Renews the certificate for as long as it is polled.
    pub async fn run(self, clock: &dyn Clock) -> Infallible {
        let keeper = self.settings.keeper(&self.store, clock);
        keeper.keep(self.first, &Rewriter { files: &self.files }).await
    }
}

/// Renders the node's files again, because they contain the certificate's URIs.
struct Rewriter<'a> {
    files: &'a NodeFiles,
}

impl Observer for Rewriter<'_> {
    fn published<'a>(&'a self, obtained: &'a Obtained, _took: Duration) -> BoxFuture<'a, ()> {
        if let Err(error) = self.files.write(&obtained.certificate) {
            tracing::error!(
                "the files of the node cannot be rendered for the new certificate: {}",
                explain(&error)
            );
        }
        ready(()).boxed()
    }

    /// The keeper logs it.
    fn failed<'a>(&'a self, _failure: &'a Failure<'a>) -> BoxFuture<'a, ()> {
        ready(()).boxed()
    }
}
