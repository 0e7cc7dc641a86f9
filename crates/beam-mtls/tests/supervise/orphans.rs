//! Orphans become children of the supervisor, and none stays a zombie.

use rustix::process::{Pid, Signal, kill_process};

use crate::release::supervise;
use crate::supervised::{Supervised, children, status, until};

#[test]
fn ten_thousand_orphans_are_reaped() {
    // Each subshell ends before the process that it has started, and nobody waits for that one.
    let script = "i=0; while [ $i -lt 10000 ]; do (exit 9 & :); i=$((i+1)); done; echo ready
                  (sleep 100 </dev/null >/dev/null & echo $!)
                  read -r _; exit 3";
    let mut supervised = Supervised::start(supervise(&["sh", "-c", script]));
    let last = Pid::from_raw(supervised.line().parse().expect("a number")).expect("the id of a process");
    let supervisor = supervised.pid();
    until("the last one is adopted", || status(last, "PPid") == supervisor.as_raw_nonzero().to_string());
    until("all others are reaped", || children(supervisor).len() == 2);
    kill_process(last, Signal::KILL).expect("an orphan");
    until("the last one is reaped, too", || children(supervisor).len() == 1);
    assert_eq!(supervised.end().code(), Some(3));
}
