//! Each signal that can be forwarded reaches the command; no other signal does.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Signal, kill_process};
use rustix_libc_wrappers::process::SignalExt;

use crate::release::supervise;
use crate::supervised::{READ, Supervised, status, until};

#[test]
fn each_signal_reaches_the_command() {
    let forwarded: Vec<Signal> =
        (1..=64).filter_map(SignalExt::from_raw).filter(|signal| !NOT_FORWARDED.contains(signal)).collect();
    // The standard signals, and the real-time signals that the C library does not reserve.
    assert!(forwarded.len() >= 31 - NOT_FORWARDED.len() + 30, "{forwarded:?}");
    let mut supervised = trapping(&forwarded);
    for signal in forwarded {
        supervised.signal(signal);
        assert_eq!(supervised.line(), signal.as_raw().to_string());
    }
    assert_eq!(supervised.end().code(), Some(0));
}

#[test]
fn what_concerns_the_supervisor_alone_stays_with_it() {
    let mut supervised = trapping(&[Signal::CHILD, Signal::PIPE, Signal::USR1]);
    for _ in 0..2 {
        supervised.signal(Signal::CHILD);
        supervised.signal(Signal::PIPE);
        supervised.signal(Signal::USR1);
        assert_eq!(supervised.line(), Signal::USR1.as_raw().to_string());
    }
    assert_eq!(supervised.end().code(), Some(0));
}

#[test]
fn a_fault_ends_the_supervisor_and_is_not_forwarded() {
    // SIGBUS and SIGSEGV are caught by Rust's runtime, which detects stack overflows by them.
    for fault in [Signal::ABORT, Signal::FPE, Signal::ILL, Signal::SYS, Signal::TRAP] {
        let mut supervised = trapping(&[fault]);
        supervised.signal(fault);
        assert_eq!(supervised.end().signal(), Some(fault.as_raw()), "{fault:?}");
        assert_eq!(supervised.rest(), [""; 0]);
    }
}

#[test]
fn a_command_that_ignores_sigterm_goes_on() {
    let mut supervised =
        Supervised::start(supervise(&["sh", "-c", &format!("trap '' TERM; trap 'echo here' USR1; {READ}")]));
    for _ in 0..3 {
        supervised.signal(Signal::TERM);
        supervised.signal(Signal::USR1);
        assert_eq!(supervised.line(), "here");
    }
    assert_eq!(supervised.end().code(), Some(0));
}

#[test]
fn a_signal_that_ends_the_command_is_in_the_exit_code() {
    let mut supervised = Supervised::start(supervise(&["sh", "-c", READ]));
    supervised.signal(Signal::TERM);
    assert_eq!(supervised.wait().code(), Some(128 + 15));
}

#[test]
fn a_command_that_was_stopped_by_sigstop_stays_stopped_until_sigcont() {
    let mut supervised = Supervised::start(supervise(&["sh", "-c", READ]));
    let command = supervised.command();
    kill_process(command, Signal::STOP).expect("a command");
    until("it stops", || status(command, "State").starts_with('T'));
    until("the supervisor waits", || status(supervised.pid(), "State").starts_with('S'));
    supervised.signal(Signal::CONT);
    assert_eq!(supervised.end().code(), Some(0));
}

/// A command that prints the number of each of these signals that it gets.
fn trapping(signals: &[Signal]) -> Supervised {
    let traps = signals.iter().map(|signal| format!("trap 'echo {0}' {0}; ", signal.as_raw()));
    let script = traps.collect::<String>() + READ;
    Supervised::start(supervise(&["sh", "-c", &script]))
}

const NOT_FORWARDED: [Signal; 13] = [
    Signal::KILL,
    Signal::STOP,
    Signal::CHILD,
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
