//! What happens to the binding after boot: net_kernel is killed or started anew, the user allows some nodes only.

use std::sync::Arc;

use beam_mtls::artifacts::render::erlang;
use libtest_mimic::Trial;

use super::mesh::LISTENING_MODULES;
use super::{disallowed, on_each_otp};
use crate::beam::bench::Bench;
use crate::beam::credentials::Credentials;
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::beam::stranger::{Manners, Stranger};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("a node whose net_kernel is killed ends", killed),
            ("names stay bound when distribution was started anew", started_anew),
            ("names stay bound when an application has read the options", read_before),
            ("net_kernel:allow still counts", allow),
        ],
    )
}

/// OTP does not start net_kernel again, it ends the node.
fn killed(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    expect_bound(scene, &mut node);
    node.ask("exit(whereis(net_kernel), kill)");
    node.wait();
}

fn started_anew(scene: &mut Scene, otp: Otp) {
    // A node that was named on its command line cannot be stopped.
    let mut node = Node::start(scene, otp, "app", 11);
    node.expect("net_kernel:stop()", "{error,not_allowed}");
    expect_bound(scene, &mut node);
    node.expect("whereis(net_sup) =:= undefined", "false");
    // RabbitMQ starts it three times before it is up.
    for _ in 0..3 {
        node.expect("supervisor:terminate_child(kernel_sup, net_sup)", "ok");
        node.await_value("is_alive()", "false");
        node.expect("element(1, supervisor:restart_child(kernel_sup, net_sup))", "ok");
        node.await_value("is_alive()", "true");
        // The listener is a new one, in which nobody has put anything yet.
        node.expect(LISTENING_MODULES, "[inet_tls_dist]");
        expect_bound(scene, &mut node);
    }
}

/// RabbitMQ starts its distribution by itself, after one of its applications has read the option file, and stops that
/// application later.
fn read_before(scene: &mut Scene, otp: Otp) {
    let builder = Node::builder(scene, otp, "app", 11).setting("--launcher", "none");
    let config = format!("{}/config", builder.directory());
    let script = format!("exec \"$@\" -args_file {config}/tls.args -args_file {config}/epmd.args");
    let mut node = builder.wrapper(&["sh", "-c", &script, "sh"]).start();
    node.expect("is_alive()", "false");
    let read = format!("ssl_dist_sup:consult(\"{config}/ssl_dist.conf\"), receive stop -> ok end");
    node.expect(&format!("register(reader, spawn(fun() -> {read} end))"), "true");
    node.await_value("application:get_env(kernel, inet_dist_listen_options)", "undefined");
    let interface = erlang::address(scene.node_address(11));
    node.expect(&format!("application:set_env(kernel, inet_dist_use_interface, {interface})"), "ok");
    let start = format!("element(1, net_kernel:start(['{}', longnames]))", node.name);
    node.expect(&start, "ok");
    expect_bound(scene, &mut node);
    node.expect("exit(whereis(reader), kill)", "true");
    node.await_value("whereis(reader)", "undefined");
    expect_bound(scene, &mut node);
}

fn allow(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let mut stranger = Stranger::start(scene, otp, 66);
    let ca = scene.ca();
    let host = |last| scene.address(last).to_string();
    let server = node.name.clone();
    let mut dial = |name: &str, certified: &str| {
        stranger.become_node(scene, name, &Credentials::good(&ca, certified), Manners::Careless);
        let answer = stranger.ping(&server);
        stranger.leave();
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
        // OTP's carrier for TLS looks at hosts only.
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
fn expect_bound(scene: &Scene, node: &mut Node) {
    let mut stranger = Stranger::start(scene, node.otp, 66);
    let name = format!("app@{}", scene.address(12));
    let mark = node.log().mark();
    stranger.claim(scene, &name, 66);
    assert_eq!(stranger.ping(&node.name), "pang");
    node.expect_logged(mark, &disallowed(&name));
    stranger.claim(scene, &name, 12);
    assert_eq!(stranger.ping(&node.name), "pong");
    node.expect(LISTENING_MODULES, "[beam_mtls_dist]");
}
