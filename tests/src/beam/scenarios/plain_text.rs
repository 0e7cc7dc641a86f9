//! A script between us and `erl` that asks for another distribution, or for weaker TLS: the node stops, and at no
//! time does it listen to anything but verified TLS.

use std::sync::Arc;
use std::time::Instant;

use libtest_mimic::Trial;

use super::trial;
use crate::beam::bench::Bench;
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::beam::sockets;
use crate::beam::stranger::Stranger;
use crate::process::Process;
use crate::wait::PATIENCE;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for otp in Otp::ALL {
        for (what, script) in SCRIPTS {
            let name = format!("{otp}/a script that {what}");
            trials.push(trial(bench, name, move |scene| stops(scene, otp, script)));
        }
        trials.push(trial(bench, format!("{otp}/a script that drops ERL_ZFLAGS"), move |scene| {
            goes_on(scene, otp, "unset ERL_ZFLAGS");
        }));
        trials.push(trial(bench, format!("{otp}/words for the application in ERL_FLAGS"), move |scene| {
            let mut node = Node::builder(scene, otp, "app", 11).variable("ERL_FLAGS", "-extra words").start();
            node.expect("hd(init:get_plain_arguments())", "\"words\"");
            node.expect("init:get_argument(proto_dist)", "{ok,[[\"inet_tls\"]]}");
        }));
        for (what, script) in REPETITIONS {
            let name = format!("{otp}/a script that {what}");
            trials.push(trial(bench, name, move |scene| match otp.release() {
                // Falls back to TCP when the flag is there twice; later releases take the first.
                "25" => stops(scene, otp, script),
                _ => goes_on(scene, otp, script),
            }));
        }
    }
    trials
}

/// What the script says before it becomes `erl`.
const SCRIPTS: [(&str, &str); 9] = [
    ("asks for TCP", "export ERL_AFLAGS='-proto_dist inet_tcp'"),
    ("asks for TCP as well", "export ERL_AFLAGS='-proto_dist inet_tcp inet_tls'"),
    ("asks for TCP behind TLS", "export ERL_AFLAGS='-proto_dist inet_tls inet_tcp'"),
    (
        "replaces ERL_FLAGS",
        "export ERL_FLAGS='-name x@127.0.0.1 -proto_dist inet_tcp -start_epmd false -erl_epmd_port 9100'",
    ),
    (
        "replaces ERL_FLAGS and forgets TLS",
        "export ERL_FLAGS='-name x@127.0.0.1 -start_epmd false -erl_epmd_port 9100'",
    ),
    (
        "asks for TCP and tunes its sockets",
        "erl=$1; shift; set -- \"$erl\" -proto_dist inet_tcp -kernel inet_dist_listen_options '[{nodelay,true}]' \"$@\"",
    ),
    ("names another node", "erl=$1; shift; set -- \"$erl\" -name other@127.0.0.1 \"$@\""),
    ("gives a short name", "erl=$1; shift; set -- \"$erl\" -sname other \"$@\""),
    ("asks not to verify", "export ERL_AFLAGS='-ssl_dist_opt server_verify verify_none'"),
];

/// Scripts whose flag comes behind, or before, one that says the same or better.
const REPETITIONS: [(&str, &str); 3] = [
    ("asks for TLS again", "export ERL_AFLAGS='-proto_dist inet_tls'"),
    ("asks for TCP last", "export ERL_ZFLAGS=\"$ERL_ZFLAGS -proto_dist inet_tcp\""),
    ("replaces ERL_ZFLAGS", "export ERL_ZFLAGS='-proto_dist inet_tcp'"),
];

fn stops(scene: &Scene, otp: Otp, script: &str) {
    let builder = Node::builder(scene, otp, "app", 11).wrapper(&unread(script));
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
    Node::start(scene, otp, "app", 11);
}

/// A script that `run` cannot read: what it sets is seen by nobody before the BEAM.
fn unread(script: &str) -> [&str; 5] {
    ["sh", "-c", "script=$1; shift; eval \"$script\"; exec \"$@\"", "sh", script]
}

/// The script does no harm: names are bound as ever.
fn goes_on(scene: &Scene, otp: Otp, script: &str) {
    let mut node = Node::builder(scene, otp, "app", 11).wrapper(&unread(script)).start();
    let mut stranger = Stranger::start(scene, otp, 66);
    let name = format!("app@{}", scene.address(12));
    stranger.claim(scene, &name, 66);
    assert_eq!(stranger.ping(&node.name), "pang");
    stranger.claim(scene, &name, 12);
    assert_eq!(stranger.ping(&node.name), "pong");
    node.await_peers(&[&name]);
}

/// All listeners that were seen while it ran.
pub(super) fn listeners_until_end(process: &mut Process) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    let mut heard = Vec::new();
    while process.is_alive() {
        assert!(Instant::now() < deadline, "it does not stop; it listens on {heard:?}");
        heard.extend(sockets::listeners(process.pid()));
        heard.dedup();
    }
    heard
}
