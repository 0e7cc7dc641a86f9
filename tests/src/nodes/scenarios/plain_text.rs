//! A script between `beam-mtls` and `erl` that asks for a different distribution or for weaker TLS: the node stops, and
//! never listens to anything but verified TLS.

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::foreign_node::ForeignNode;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::sockets;
use crate::nodes::test_bed::TestBed;
use crate::process::Process;
use crate::wait::Deadline;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("asks-for-tcp", EachOtp(|bed, otp| stops(bed, otp, TCP))),
    Scenario::new("asks-for-tcp-as-well", EachOtp(|bed, otp| stops(bed, otp, TCP_AND_TLS))),
    Scenario::new("asks-for-tcp-after-tls", EachOtp(|bed, otp| stops(bed, otp, TLS_AND_TCP))),
    Scenario::new("replaces-erl-flags", EachOtp(|bed, otp| stops(bed, otp, OTHER_ERL_FLAGS))),
    Scenario::new("forgets-tls", EachOtp(|bed, otp| stops(bed, otp, OTHER_ERL_FLAGS_WITHOUT_TLS))),
    Scenario::new("tunes-tcp-sockets", EachOtp(|bed, otp| stops(bed, otp, TUNED_TCP))),
    Scenario::new("names-another-node", EachOtp(|bed, otp| stops(bed, otp, OTHER_NAME))),
    Scenario::new("gives-a-short-name", EachOtp(|bed, otp| stops(bed, otp, SHORT_NAME))),
    Scenario::new("asks-not-to-verify", EachOtp(|bed, otp| stops(bed, otp, NO_VERIFICATION))),
    Scenario::new("drops-erl-zflags", EachOtp(|bed, otp| goes_on(bed, otp, "unset ERL_ZFLAGS"))),
    Scenario::new("extra-words", EachOtp(extra_words)),
    Scenario::new("asks-for-tls-again", EachOtp(|bed, otp| repeats(bed, otp, TLS_AGAIN))),
    Scenario::new("asks-for-tcp-last", EachOtp(|bed, otp| repeats(bed, otp, TCP_LAST))),
    Scenario::new("replaces-erl-zflags", EachOtp(|bed, otp| repeats(bed, otp, OTHER_ERL_ZFLAGS))),
];

fn stops(bed: &mut TestBed, otp: Otp, script: &str) {
    let builder = Node::builder(bed, otp, "app", 11).wrapper(&unread(script));
    let mut process = builder.start_in_vain();
    let heard = listeners_until_end(&mut process);
    let log = process.log_to_end();
    assert_eq!(heard, Vec::<String>::new(), "it has listened");
    assert!(!process.wait().success(), "it should fail");
    let reasons = [
        "only_TLS_distribution_may_listen_here",
        "which is not TLS alone",
        "would weaken its TLS options",
        "its certificate was obtained for",
    ];
    assert!(reasons.iter().any(|reason| log.contains(reason)), "nothing says why");

    // The same node without the script starts.
    Node::start(bed, otp, "app", 11);
}

/// A script that `run` cannot read, so that only the BEAM sees what it sets.
fn unread(script: &str) -> [&str; 5] {
    ["sh", "-c", "script=$1; shift; eval \"$script\"; exec \"$@\"", "sh", script]
}

/// The script does no harm: names are bound as ever.
fn goes_on(bed: &mut TestBed, otp: Otp, script: &str) {
    let mut node = Node::builder(bed, otp, "app", 11).wrapper(&unread(script)).start();
    let mut foreign = ForeignNode::start(bed, otp, 66);
    let name = format!("app@{}", bed.address(12));
    foreign.claim(bed, &name, 66);
    assert_eq!(foreign.ping(&node.name), "pang");
    foreign.claim(bed, &name, 12);
    assert_eq!(foreign.ping(&node.name), "pong");
    node.await_peers(&[&name]);
}

/// OTP 25 falls back to TCP when the flag is there twice; later releases take the first.
fn repeats(bed: &mut TestBed, otp: Otp, script: &str) {
    if otp == Otp::V25 { stops(bed, otp, script) } else { goes_on(bed, otp, script) }
}

/// Words for the application in ERL_FLAGS.
fn extra_words(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::builder(bed, otp, "app", 11).variable("ERL_FLAGS", "-extra words").start();
    node.expect("hd(init:get_plain_arguments())", "\"words\"");
    node.expect("init:get_argument(proto_dist)", "{ok,[[\"inet_tls\"]]}");
}

/// All listeners that were seen while it ran.
pub(super) fn listeners_until_end(process: &mut Process) -> Vec<String> {
    let mut deadline = Deadline::default();
    let mut heard = Vec::new();
    while process.is_alive() {
        assert!(!deadline.has_passed(), "it does not stop; it listens on {heard:?}");
        heard.extend(sockets::listeners(process.pid()));
        heard.dedup();
    }
    heard
}

// What each script does before it becomes `erl`.
const TCP: &str = "export ERL_AFLAGS='-proto_dist inet_tcp'";
const TCP_AND_TLS: &str = "export ERL_AFLAGS='-proto_dist inet_tcp inet_tls'";
const TLS_AND_TCP: &str = "export ERL_AFLAGS='-proto_dist inet_tls inet_tcp'";
const OTHER_ERL_FLAGS: &str =
    "export ERL_FLAGS='-name x@127.0.0.1 -proto_dist inet_tcp -start_epmd false -erl_epmd_port 9100'";
const OTHER_ERL_FLAGS_WITHOUT_TLS: &str =
    "export ERL_FLAGS='-name x@127.0.0.1 -start_epmd false -erl_epmd_port 9100'";
const TUNED_TCP: &str = "erl=$1; shift; set -- \"$erl\" -proto_dist inet_tcp -kernel inet_dist_listen_options '[{nodelay,true}]' \"$@\"";
const OTHER_NAME: &str = "erl=$1; shift; set -- \"$erl\" -name other@127.0.0.1 \"$@\"";
const SHORT_NAME: &str = "erl=$1; shift; set -- \"$erl\" -sname other \"$@\"";
const NO_VERIFICATION: &str = "export ERL_AFLAGS='-ssl_dist_opt server_verify verify_none'";

// Scripts that set a flag a second time, before or after ours.
const TLS_AGAIN: &str = "export ERL_AFLAGS='-proto_dist inet_tls'";
const TCP_LAST: &str = "export ERL_ZFLAGS=\"$ERL_ZFLAGS -proto_dist inet_tcp\"";
const OTHER_ERL_ZFLAGS: &str = "export ERL_ZFLAGS='-proto_dist inet_tcp'";
