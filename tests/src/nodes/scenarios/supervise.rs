//! Nodes whose parent is `beam-mtls run --supervise`.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;
use crate::wait;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("stop", EachOtp(stop)),
    Scenario::new("exit-codes", EachOtp(codes)),
    Scenario::new("idle", EachOtp(idle)),
];

fn stop(bed: &mut TestBed, otp: Otp) {
    let mut node = supervised(bed, otp);
    assert_eq!(status(beam(&mut node), "PPid"), node.pid().to_string());
    let mark = node.log().mark();
    // It reaches the supervisor alone: the node has a process group of its own.
    node.signal(Signal::TERM);
    assert_eq!(node.wait().code(), Some(0));
    node.expect_logged(mark, "SIGTERM received - shutting down");
}

fn codes(bed: &mut TestBed, otp: Otp) {
    let mut node = supervised(bed, otp);
    node.ask("erlang:halt(7)");
    assert_eq!(node.wait().code(), Some(7));

    let mut node = supervised(bed, otp);
    kill_process(beam(&mut node), Signal::KILL).expect("a node that runs");
    assert_eq!(node.wait().code(), Some(128 + 9));
}

fn idle(bed: &mut TestBed, otp: Otp) {
    let node = supervised(bed, otp);
    let supervisor = i32::try_from(node.pid()).ok().and_then(Pid::from_raw).expect("a process");
    let wakeups = || status(supervisor, "voluntary_ctxt_switches");
    let is_idle = wait::holds(|| {
        let before = wakeups();
        thread::sleep(Duration::from_secs(2));
        wakeups() == before
    });
    assert!(is_idle, "the supervisor wakes up all the time");
    // How much of the binary's file is mapped beside it depends on how the binary was built.
    let anonymous = status(supervisor, "RssAnon");
    let kibibytes: u64 = anonymous.trim_end_matches(" kB").parse().expect("a number");
    assert!(kibibytes < 2 * 1024, "the supervisor takes {anonymous}");
}

fn supervised(bed: &TestBed, otp: Otp) -> Node {
    Node::builder(bed, otp, "app", 11).setting("--supervise", "true").start()
}

/// The node's process.
fn beam(node: &mut Node) -> Pid {
    let id = node.eval("os:getpid()");
    id.trim_matches('"').parse().ok().and_then(Pid::from_raw).expect("the id of a process")
}

/// A line of `/proc/PID/status`, without its name.
fn status(process: Pid, name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).expect("a process");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.expect("a line of that name").trim().to_owned()
}
