//! `run --supervise`: stays as the parent of the command, as PID 1 of a container does. It forwards signals, reaps
//! orphans, and ends as the command ends.
//!
//! `signals` catches what can be forwarded, `child` is the command, `reaper` waits for every process that ends, and
//! `terminal` lends the terminal to the command. The reaper takes the status of every child of this process, so
//! nothing else here may start processes and wait for them.

mod child;
mod reaper;
mod signals;
mod terminal;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::process::{self, ExitCode};

use podcert::diagnose;
use rustix::process::Signal;

use self::child::Child;
use self::signals::Signals;
use crate::command;

/// Why there is no child.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// The handlers of signals.
    #[error("signals cannot be caught")]
    Signals(#[source] std::io::Error),
}

diagnose!(Error {
    Self::Command(error) => of(error),
    Self::Signals(_) => Unavailable(),
});

/// Starts the command by `start`, as the leader of a process group, and runs `background` until the command ends.
/// Returns the command's exit code, 128 + n if signal n ended it.
///
/// If this process is killed, the command goes with it only if this is PID 1, whose end is the end of every process in
/// its namespace. Otherwise `PR_SET_PDEATHSIG` would be needed, which only the child itself can set, between fork and exec:
/// unsafe code.
pub async fn supervise(
    start: impl FnOnce() -> Result<process::Child, command::Error>,
    background: impl Future<Output = Infallible>,
) -> Result<ExitCode, Error> {
    let mut signals = Signals::catch().map_err(Error::Signals)?;
    reaper::adopt_orphans();
    let child = Child::of(&start()?);
    signals.catch_rest();
    let mut background = pin!(background);
    let code = loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::CHILD => if let Some(code) = reaper::reap(&child) { break code },
                signal => child.forward(signal),
            },
            never = &mut background => match never {},
        }
    };
    terminal::take_back(child.pid());
    Ok(ExitCode::from(code))
}
