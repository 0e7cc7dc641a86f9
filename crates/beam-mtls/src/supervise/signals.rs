//! The signals that are caught, all of which are forwarded but SIGCHLD.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use nix::sys::signal::SigSet;
use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

/// Signals that are caught.
#[derive(Debug)]
pub struct Signals {
    caught: Vec<(Signal, unix::Signal)>,
    /// Those that were ignored when this process was started.
    ignored: Vec<Signal>,
}

impl Signals {
    /// Catches signals before the command is started, so that none is lost. The command inherits which signals are ignored
    /// and which are blocked, so these are left alone. SIGCHLD is always caught: while it is ignored, the kernel keeps
    /// no exit status.
    pub fn catch() -> io::Result<Self> {
        let ignored = ignored_signals();
        let is_ignored = |signal: &Signal| *signal != Signal::CHILD && ignored & bit(*signal) != 0;
        let (ignored, others): (Vec<_>, Vec<_>) = catchable().partition(is_ignored);
        let caught = others.into_iter().map(listen).collect::<io::Result<_>>()?;
        Ok(Self { caught, ignored })
    }

    /// Once the command is started, catches what was ignored and what was blocked: the command may want it by now.
    pub fn catch_rest(&mut self) {
        for signal in self.ignored.drain(..) {
            match listen(signal) {
                Ok(listener) => self.caught.push(listener),
                Err(error) => tracing::warn!("signal {} will not be forwarded: {error}", signal.as_raw()),
            }
        }
        if let Err(error) = SigSet::all().thread_unblock() {
            tracing::warn!("signals that were blocked will not be forwarded: {error}");
        }
    }

    /// The next signal. As the kernel does, it counts one that comes again before it is taken only once.
    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            for (signal, listener) in &mut self.caught {
                if listener.poll_recv(context).is_ready() {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// SIGKILL and SIGSTOP cannot be caught. The others are sent to a process because of what it did itself: a fault, a write
/// to a broken pipe (for us, maybe that of the log), or use of the terminal from the background.
const NOT_CAUGHT: [Signal; 12] = [
    Signal::KILL,
    Signal::STOP,
    Signal::ABORT,
    Signal::BUS,
    Signal::FPE,
    Signal::ILL,
    Signal::SEGV,
    Signal::SYS,
    Signal::TRAP,
    Signal::PIPE,
    Signal::TTIN,
    Signal::TTOU,
];

fn catchable() -> impl Iterator<Item = Signal> {
    (1..=MAX).filter_map(numbered).filter(|signal| !NOT_CAUGHT.contains(signal))
}

fn listen(signal: Signal) -> io::Result<(Signal, unix::Signal)> {
    Ok((signal, unix::signal(SignalKind::from_raw(signal.as_raw()))?))
}

/// The highest number of a signal on Linux; other systems have fewer.
const MAX: i32 = 64;

/// A signal, real-time signals included, unless the C library reserves it.
#[cfg(target_os = "linux")]
fn numbered(number: i32) -> Option<Signal> {
    rustix_libc_wrappers::process::SignalExt::from_raw(number)
}

#[cfg(not(target_os = "linux"))]
fn numbered(number: i32) -> Option<Signal> {
    Signal::from_named_raw(number)
}

/// A bit per signal that is ignored; none where there is no `/proc`.
fn ignored_signals() -> u64 {
    fs::read_to_string("/proc/self/status").map(|status| ignored_in(&status)).unwrap_or_default()
}

/// See proc_pid_status(5).
fn ignored_in(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

fn bit(signal: Signal) -> u64 {
    1 << (signal.as_raw() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_the_process() {
        let ignored =
            ignored_in("Name:\tsh\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000000201\nSigCgt:\t0\n");
        let found: Vec<Signal> = catchable().filter(|signal| ignored & bit(*signal) != 0).collect();
        assert_eq!(found, [Signal::HUP, Signal::USR1]);
        assert_eq!(ignored_in("Name:\tsh\n"), 0);
    }

    #[test]
    fn faults_and_what_cannot_be_caught_are_left_alone() {
        let caught: Vec<Signal> = catchable().collect();
        for signal in [Signal::TERM, Signal::CHILD, Signal::CONT, Signal::TSTP, Signal::WINCH] {
            assert!(caught.contains(&signal), "{signal:?}");
        }
        for signal in NOT_CAUGHT {
            assert!(!caught.contains(&signal), "{signal:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn real_time_signals_are_caught() {
        assert!(catchable().any(|signal| signal.as_raw() == 64));
    }
}
