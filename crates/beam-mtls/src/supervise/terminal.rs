//! The terminal on standard input, whose keys reach the process group in the foreground. The command has a group of its
//! own, so that a Ctrl-C reaches it once and not a second time through us.

use std::io::stdin;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::getpgrp;
use rustix::process::Pid;
use rustix::termios::{tcgetpgrp, tcsetpgrp};

/// Puts a process group in the foreground, if that is our place.
pub fn lend(group: Pid) {
    if own_group().is_some_and(is_in_foreground) {
        set_foreground(group);
    }
}

/// Whether a process group is in the foreground, or can be lent it.
pub fn is_in_reach(group: Pid) -> bool {
    is_in_foreground(group) || own_group().is_some_and(is_in_foreground)
}

/// Takes the foreground back from a group that has ended, so that a script can go on after us.
pub fn take_back(group: Pid) {
    let Some(ours) = own_group().filter(|_| is_in_foreground(group)) else { return };
    let mut stop = SigSet::empty();
    stop.add(Signal::SIGTTOU);
    // Otherwise the terminal stops a process in the background that wants to change this.
    if let Ok(mask) = stop.thread_swap_mask(SigmaskHow::SIG_BLOCK) {
        set_foreground(ours);
        let _ = mask.thread_set_mask();
    }
}

/// The group of this process; none if it is in a PID namespace whose members cannot see that group (`unshare --pid`).
fn own_group() -> Option<Pid> {
    Pid::from_raw(getpgrp().as_raw())
}

fn is_in_foreground(group: Pid) -> bool {
    tcgetpgrp(stdin()) == Ok(group)
}

fn set_foreground(group: Pid) {
    if let Err(error) = tcsetpgrp(stdin(), group) {
        tracing::warn!("the terminal cannot be handed on: {error}");
    }
}
