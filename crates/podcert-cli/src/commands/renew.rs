//! `podcert renew`: obtains a certificate and renews it until it is stopped.

use std::process::ExitCode;

use podcert::keeper::Keeper;
use podcert::support::clock::SystemClock;
use tokio::signal::unix::{SignalKind, signal};

use super::PROGRAM;
use crate::cli::{self, RenewArgs};
use crate::exit::fail;
use crate::process::block_on;
use crate::renewal::{Error, Renewal, Renewer};
use crate::settings::Settings;

/// Renews as the settings say.
pub fn run(args: RenewArgs) -> ExitCode {
    match cli::renew_settings(args) {
        Ok((settings, renewal)) => block_on(renew_until_stopped(&settings, &renewal)),
        Err(faults) => fail(PROGRAM, &faults),
    }
}

async fn renew_until_stopped(settings: &Settings, renewal: &Renewal) -> ExitCode {
    let store = match settings.store() {
        Ok(store) => store,
        Err(error) => return fail(PROGRAM, &error),
    };
    let keeper = settings.keeper(&store, &SystemClock);
    tokio::select! {
        // The kernel ignores signals to PID 1 that it does not handle.
        () = stopped() => ExitCode::SUCCESS,
        Err(error) = renew(&keeper, renewal) => fail(PROGRAM, &error),
    }
}

async fn renew(keeper: &Keeper<'_>, renewal: &Renewal) -> Result<std::convert::Infallible, Error> {
    let renewer = Renewer::open(renewal, &SystemClock).await?;
    let first = keeper.start().await?;
    Ok(renewer.keep(keeper, first).await)
}

async fn stopped() {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopped");
}
