//! The command starts with the signal mask and the dispositions with which its supervisor was started, which sees and
//! forwards these signals all the same.

use std::process::Command;

use rustix::process::Signal;

use crate::release::{alone_behind, supervise_behind};
use crate::supervised::{READ, Supervised, status, until};

#[test]
fn the_mask_and_the_dispositions_are_those_without_a_supervisor() {
    for wrapper in [
        &["env"][..],
        &["env", "--ignore-signal=HUP,INT,TERM,TSTP,TTIN,TTOU,USR1,WINCH,RTMIN+3"],
        &["env", "--block-signal=HUP,TERM,CONT,USR2,RTMAX"],
        &["env", "--block-signal"],
        &["env", "--block-signal=CHLD", "--ignore-signal=QUIT"],
    ] {
        let alone = signal_sets(alone_behind(wrapper, PRINT));
        assert_eq!(signal_sets(supervise_behind(wrapper, PRINT)), alone, "{wrapper:?}");
    }
}

#[test]
fn the_end_of_the_command_is_noticed_although_sigchld_is_blocked_or_ignored() {
    for wrapper in [["env", "--block-signal=CHLD"], ["env", "--ignore-signal=CHLD"]] {
        let status = supervise_behind(&wrapper, &["sh", "-c", "exit 7"]).status().expect("a status");
        assert_eq!(status.code(), Some(7), "{wrapper:?}");
    }
}

#[test]
fn a_signal_that_was_ignored_is_forwarded_to_a_command_that_wants_it() {
    let script = format!("trap 'echo hup' HUP; {READ}");
    // A shell does not trap what it was started to ignore.
    let command = ["env", "--default-signal=HUP", "sh", "-c", &script];
    let mut supervised = Supervised::start(supervise_behind(&["env", "--ignore-signal=HUP"], &command));
    // The command may be faster than its supervisor, which ignores the signal until then.
    until("the signal is caught", || set(&status(supervised.pid(), "SigCgt")) & 1 != 0);
    supervised.signal(Signal::HUP);
    assert_eq!(supervised.line(), "hup");
    assert_eq!(supervised.end().code(), Some(0));
}

#[test]
fn a_signal_that_was_blocked_is_forwarded_and_waits_for_the_command() {
    let mut supervised =
        Supervised::start(supervise_behind(&["env", "--block-signal=USR1"], &["sh", "-c", READ]));
    let command = supervised.command();
    assert_eq!(set(&status(command, "ShdPnd")), 0);
    supervised.signal(Signal::USR1);
    until("the signal is pending", || set(&status(command, "ShdPnd")) == 1 << (Signal::USR1.as_raw() - 1));
    assert_eq!(supervised.end().code(), Some(0));
}

/// A command that prints its own sets.
const PRINT: &[&str] = &["grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"];

/// The signals that a command finds blocked, ignored and caught.
fn signal_sets(mut command: Command) -> Vec<u64> {
    let output = command.output().expect("a command");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let sets: Vec<u64> = text.lines().filter_map(|line| Some(set(line.split_once(':')?.1))).collect();
    assert_eq!(sets.len(), 3, "{text}");
    sets
}

/// Signals as `/proc/PID/status` shows them, without two that are glibc's own and that its posix_spawn ignores.
fn set(text: &str) -> u64 {
    let of_glibc = 1 << 31 | 1 << 32;
    u64::from_str_radix(text.trim(), 16).expect("a set of signals") & !of_glibc
}
