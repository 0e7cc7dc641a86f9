//! What happens to the binding after boot: net_kernel is killed or restarted, the user allows only some nodes.

use beam_mtls::artifacts::render::erlang;

use super::Needs::EachOtp;
use super::mesh::LISTENING_MODULES;
use super::{Scenario, disallowed};
use crate::nodes::credentials::Credentials;
use crate::nodes::foreign_node::{ForeignNode, PeerVerification};
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("net-kernel-killed", EachOtp(killed)),
    Scenario::new("distribution-restarted", EachOtp(started_anew)),
    Scenario::new("options-read-before", EachOtp(read_before)),
    Scenario::new("net-kernel-allow", EachOtp(allow)),
];

/// OTP does not start net_kernel again, it ends the node.
fn killed(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    expect_bound(bed, &mut node);
    node.ask("exit(whereis(net_kernel), kill)");
    node.wait();
}

fn started_anew(bed: &mut TestBed, otp: Otp) {
    // A node that was named on its command line cannot be stopped.
    let mut node = Node::start(bed, otp, "app", 11);
    node.expect("net_kernel:stop()", "{error,not_allowed}");
    expect_bound(bed, &mut node);
    node.expect("whereis(net_sup) =:= undefined", "false");
    // RabbitMQ starts it three times before it is up.
    for _ in 0..3 {
        node.expect("supervisor:terminate_child(kernel_sup, net_sup)", "ok");
        node.await_value("is_alive()", "false");
        node.expect("element(1, supervisor:restart_child(kernel_sup, net_sup))", "ok");
        node.await_value("is_alive()", "true");
        // The listener is a new one, and no peer has to come before names are bound.
        node.await_value(LISTENING_MODULES, "[beam_mtls_dist]");
        expect_bound(bed, &mut node);
    }
}

/// RabbitMQ starts its distribution by itself, after one of its applications has read the option file, and stops that
/// application later.
fn read_before(bed: &mut TestBed, otp: Otp) {
    let builder = Node::builder(bed, otp, "app", 11).setting("--launcher", "none");
    let config = format!("{}/config", builder.directory());
    let script = format!("exec \"$@\" -args_file {config}/tls.args -args_file {config}/epmd.args");
    let mut node = builder.wrapper(&["sh", "-c", &script, "sh"]).start();
    node.expect("is_alive()", "false");
    let read = format!("ssl_dist_sup:consult(\"{config}/ssl_dist.conf\"), receive stop -> ok end");
    node.expect(&format!("register(reader, spawn(fun() -> {read} end))"), "true");
    node.await_value("application:get_env(kernel, inet_dist_listen_options)", "{ok,[{backlog,4096}]}");
    let interface = erlang::address(bed.node_address(11));
    node.expect(&format!("application:set_env(kernel, inet_dist_use_interface, {interface})"), "ok");
    let start = format!("element(1, net_kernel:start(['{}', longnames]))", node.name);
    node.expect(&start, "ok");
    expect_bound(bed, &mut node);
    node.expect("exit(whereis(reader), kill)", "true");
    node.await_value("whereis(reader)", "undefined");
    expect_bound(bed, &mut node);
}

fn allow(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let mut foreign = ForeignNode::start(bed, otp, 66);
    let ca = bed.ca();
    let host = |last| bed.address(last).to_string();
    let server = node.name.clone();
    let mut dial = |name: &str, certified: &str| {
        foreign.become_node(bed, name, &Credentials::good(&ca, certified), PeerVerification::None);
        let answer = foreign.ping(&server);
        foreign.leave();
        answer
    };
    let (named, other_base) = (format!("app@{}", host(12)), format!("other@{}", host(12)));
    let on_host = format!("any@{}", host(13));
    let elsewhere = format!("app@{}", host(14));
    assert_eq!(dial(&elsewhere, &host(14)), "pong", "before anything is allowed");
    node.expect(&format!("net_kernel:allow(['{named}', '{}'])", host(13)), "ok");
    for (name, certified, expected) in [
        (&named, host(12), "pong"),
        (&on_host, host(13), "pong"),
        // OTP's TLS distribution compares only hosts.
        (&other_base, host(12), "pong"),
        (&elsewhere, host(14), "pang"),
        // Allowed by name, but not by certificate.
        (&named, host(66), "pang"),
        (&on_host, host(66), "pang"),
    ] {
        assert_eq!(dial(name, &certified), expected, "{name} with the certificate of {certified}");
    }
}

/// An impostor is refused, the same name with its right certificate let in.
fn expect_bound(bed: &TestBed, node: &mut Node) {
    let mut foreign = ForeignNode::start(bed, node.otp, 66);
    let name = format!("app@{}", bed.address(12));
    let mark = node.log().mark();
    foreign.claim(bed, &name, 66);
    assert_eq!(foreign.ping(&node.name), "pang");
    node.expect_logged(mark, &disallowed(&name));
    foreign.claim(bed, &name, 12);
    assert_eq!(foreign.ping(&node.name), "pong");
    node.expect(LISTENING_MODULES, "[beam_mtls_dist]");
}
