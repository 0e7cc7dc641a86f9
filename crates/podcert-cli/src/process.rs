//! How our programs run: one thread, and log lines on standard error.

use std::future::Future;
use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Runs a future to its end. Everything waits for one thing at a time, so one thread will do. A lookup of a name that
/// still runs, in a thread of its own, is not waited for.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Fails only if the kernel grants no file descriptors, when nothing else would work either.
    let runtime = runtime.expect("a runtime can be made");
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    output
}

/// Logs what these crates report. kube's lines are left out: it logs each failed attempt, which we report once and with
/// its reason.
pub fn log_to_stderr(crates: &[&str]) {
    let ours = crates.iter().map(|name| (*name, LevelFilter::INFO)).collect::<Targets>();
    let lines = fmt().with_writer(io::stderr).without_time().with_target(false).finish();
    lines.with(ours).init();
}
