//! An idle supervisor is not woken.

use std::thread;
use std::time::Duration;

use rustix::process::Pid;

use crate::release::supervise;
use crate::supervised::{READ, Supervised, status, until};

#[test]
fn a_supervisor_is_not_woken_without_a_reason() {
    let mut supervised = Supervised::start(supervise(&["sh", "-c", READ]));
    // It may still be on its way to its first wait.
    until("it waits", || {
        let before = wakeups(supervised.pid());
        thread::sleep(Duration::from_millis(200));
        wakeups(supervised.pid()) == before
    });
    let before = wakeups(supervised.pid());
    thread::sleep(Duration::from_secs(3));
    assert_eq!(wakeups(supervised.pid()), before);
    assert_eq!(supervised.end().code(), Some(0));
}

/// How often it has gone to sleep.
fn wakeups(pid: Pid) -> String {
    status(pid, "voluntary_ctxt_switches")
}
