//! `podcert obtain`: obtains a certificate once, and ends.

use std::process::ExitCode;

use podcert::provider::obtain;
use podcert::support::clock::{Attempt, SystemClock};

use super::PROGRAM;
use crate::cli;
use crate::exit::fail;
use crate::process::block_on;
use crate::settings::{Args, Settings};

/// Obtains a certificate according to the settings.
pub fn run(args: Args) -> ExitCode {
    match cli::settings(args) {
        Ok(settings) => block_on(obtain_once(&settings)),
        Err(faults) => fail(PROGRAM, &faults),
    }
}

async fn obtain_once(settings: &Settings) -> ExitCode {
    let attempt = Attempt::new(&SystemClock, settings.deadline);
    let store = match settings.store() {
        Ok(store) => store,
        Err(error) => return fail(PROGRAM, &error),
    };
    match obtain(&settings.source, &settings.wanted, &store, &attempt).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => fail(PROGRAM, &error),
    }
}
