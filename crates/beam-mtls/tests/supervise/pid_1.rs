//! As the first process of a container: for this process the kernel ignores signals that it does not handle, every orphan
//! is its own, and the container ends with it.

use rustix::process::{Signal, kill_process};

use crate::release::supervise_behind;
use crate::supervised::{READ, Supervised, children};

#[test]
fn signals_reach_the_command_and_its_exit_code_comes_out() {
    let script = format!("trap 'exit 9' TERM; {READ}");
    let mut supervised = first_process(&script);
    kill_process(supervised.command(), Signal::TERM).expect("the first process");
    assert_eq!(supervised.wait().code(), Some(9));
}

#[test]
fn no_zombie_is_left() {
    let script = "i=0; while [ $i -lt 500 ]; do (exit 9 & :); i=$((i+1)); done; echo ready
                  until ! grep -l '^State:.Z' /proc/[0-9]*/status; do sleep 0.05; done >/dev/null 2>&1
                  echo none; read -r _; exit 3";
    let mut supervised = first_process(script);
    assert_eq!(supervised.line(), "none");
    assert_eq!(supervised.end().code(), Some(3));
}

#[test]
fn everything_ends_with_the_first_process() {
    let script = format!("trap '' TERM; trap 'echo here' USR1; setsid sleep 100 & {READ}");
    let supervised = first_process(&script);
    let first = supervised.command();
    kill_process(first, Signal::TERM).expect("the first process");
    kill_process(first, Signal::USR1).expect("the first process");
    assert_eq!(supervised.line(), "here");
    assert_eq!(children(first).len(), 1);
    kill_process(first, Signal::KILL).expect("the first process");
    assert_eq!(supervised.rest(), [""; 0]);
}

#[test]
fn a_stop_from_a_terminal_is_ignored_as_the_kernel_does() {
    let script = format!("trap 'echo here' USR1; {READ}");
    let mut supervised = first_process(&script);
    let first = supervised.command();
    for _ in 0..3 {
        kill_process(first, Signal::TSTP).expect("the first process");
        kill_process(first, Signal::USR1).expect("the first process");
        assert_eq!(supervised.line(), "here");
    }
    assert_eq!(supervised.end().code(), Some(0));
}

/// A supervisor that is the first process of a namespace, with a shell. Its parent, `unshare`, takes its place in
/// [`Supervised`]: the supervisor is what is called the command there.
fn first_process(script: &str) -> Supervised {
    let unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    Supervised::start(supervise_behind(&unshare, &["sh", "-c", script]))
}
