//! Waits for every process that ends: the command, and orphans that are ours to wait for.

use rustix::process::{Signal, WaitOptions, WaitStatus, wait};

use super::child::Child;

/// Has orphans of the command become our children even if we are not PID 1.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!("orphans will not be reaped here: {error}");
    }
}

/// Reaps everything that has ended. Returns the exit code of the command, once it has ended.
pub fn reap(child: &Child) -> Option<u8> {
    let mut code = None;
    // An error means that there is no child left.
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
        if pid != child.pid() {
            continue;
        }
        match status.stopping_signal().and_then(Signal::from_named_raw) {
            Some(signal) => child.stopped(signal),
            None => code = exit_code(status),
        }
    }
    code
}

/// As a shell reports it (POSIX, 2.8.2).
fn exit_code(status: WaitStatus) -> Option<u8> {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
}
