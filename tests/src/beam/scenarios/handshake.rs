//! `beam-mtls handshake`: what it tells of nodes, and that nodes take no notice of it.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use podcert_testkit::TestCa;

use super::on_each_otp;
use crate::beam::bench::{Bench, PORT, now};
use crate::beam::credentials::{Credentials, good_leaf, valid_now};
use crate::beam::erl::{Erl, control};
use crate::beam::node::{Node, URI};
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::beam::stranger::{Manners, Stranger, cookie_home};
use crate::process::Process;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("a handshake with nodes", nodes),
            ("a handshake over IPv6", |scene, otp| {
                scene.enter_own_network();
                nodes(scene, otp);
            }),
            ("a handshake with a node of another URI", another_uri),
            ("a handshake with strangers", strangers),
            ("a handshake with plain TCP", plain_tcp),
        ],
    )
}

fn nodes(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let other = Node::start(scene, otp, "app", 12);
    let mark = node.log().mark();
    node.expect("net_kernel:monitor_nodes(true, [{node_type, all}])", "ok");
    // Again and again, since each one has to leave nothing behind that would be in the way of the next.
    for _ in 0..5 {
        for dialled in [&node, &other] {
            let (code, told) = handshake(scene, &other, &dialled.host, &[]);
            assert_eq!(code, Some(0), "{told}");
            for part in [dialled.name.as_str(), "TLS 1.3", URI] {
                assert!(told.contains(part), "{part} is not in\n{told}");
            }
        }
    }
    node.await_peers(&[]);
    node.expect("receive Message -> Message after 0 -> none end", "none");
    assert_eq!(node.log().since(mark), "", "the node has logged something");
    assert_eq!(node.ping(&other.name), "pong");

    let (code, told) = handshake(scene, &other, &node.host, &["--at-least=2"]);
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains(&node.name) && told.contains("--at-least 2"), "{told}");
    let (code, told) = handshake(scene, &other, &scene.node_address(13).to_string(), &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains("refused"), "{told}");
}

fn another_uri(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let other = Node::builder(scene, otp, "db", 12).uri("spiffe://scenario.test/ns/shop/sa/db").start();
    let (code, told) = handshake(scene, &other, &node.host, &[]);
    assert_eq!(code, Some(65), "{told}");
    assert!(told.contains("none of the URIs") && told.contains(URI), "{told}");

    // Only the node minds.
    let mark = node.log().mark();
    let (code, told) = handshake(scene, &other, &node.host, &["--peers=any"]);
    assert_eq!(code, Some(77), "{told}");
    assert!(told.contains("it refuses our certificate"), "{told}");
    node.expect_logged(mark, "uri_not_among_peers");
}

fn strangers(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let mut stranger = Stranger::start(scene, otp, 12);
    let ca = scene.ca();
    let (host, other) = (scene.address(12).to_string(), scene.address(13).to_string());
    let expired = good_leaf(&ca, &host).validity(now() - HOUR * 2, now() - HOUR);
    let both = valid_now(ca.leaf()).ip(&host).dns("other.test").uri(URI);
    let cases = [
        ("app", &host, Credentials::of(expired, &ca), Manners::Stock, 65, "has expired"),
        (
            "app",
            &host,
            Credentials::good(&TestCa::new(), &host),
            Manners::Stock,
            65,
            "issued by none of the CAs",
        ),
        ("app", &host, Credentials::good(&ca, &other), Manners::Stock, 65, "does not name this address"),
        (
            "app",
            &host,
            Credentials::good(&ca, &host),
            Manners::Careless,
            65,
            "does not ask for a certificate",
        ),
        (
            "app",
            &other,
            Credentials::of(both, &ca),
            Manners::Stock,
            65,
            "but its certificate does not contain that host",
        ),
    ];
    for (base, claimed, credentials, manners, expected, reason) in cases {
        stranger.become_node(scene, &format!("{base}@{claimed}"), &credentials, manners);
        let (code, told) = handshake(scene, &node, &host, &[]);
        assert_eq!(code, Some(expected), "{reason}: {told}");
        assert!(told.contains(reason), "{reason:?} is not in\n{told}");
    }
}

fn plain_tcp(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let host = scene.address(12).to_string();
    let mut command = scene.command(otp, "erl");
    command.args(["-name", &format!("plain@{host}"), "-start_epmd", "false"]);
    command.args(["-erl_epmd_port", &PORT.to_string()]);
    let interface = beam_mtls::artifacts::render::erlang::address(scene.node_address(12));
    command.args(["-kernel", "inet_dist_use_interface", &interface]).args(control());
    command.env("HOME", cookie_home(scene));
    let plain = Erl::start(scene, "plain TCP", command);
    let mark = plain.log().mark();
    let (code, told) = handshake(scene, &node, &host, &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(
        told.contains(&format!("it is plain@{host}, but speaks Erlang's distribution without TLS")),
        "{told}"
    );
    assert_eq!(plain.log().since(mark), "", "the node has logged something");
}

/// With the certificate of a node, from its side: exit code, table and errors.
fn handshake(scene: &Scene, of: &Node, host: &str, settings: &[&str]) -> (Option<i32>, String) {
    let mut command = scene.command(of.otp, &format!("{INSIDE}/beam-mtls"));
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    command.args(["handshake", "--directory", &format!("{}/certificate", of.directory)]);
    command.args(settings).arg(format!("{host}:{PORT}"));
    let mut process = Process::start(command);
    let code = process.end().code();
    (code, process.log_to_end())
}

const HOUR: Duration = Duration::from_secs(60 * 60);
