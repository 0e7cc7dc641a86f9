//! Who dials looks at whom it has reached: the first word that it says may be a secret.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use podcert_testkit::{TestCa, Usage};

use super::trial;
use crate::beam::bench::{Bench, now};
use crate::beam::credentials::{Credentials, good_leaf, valid_now};
use crate::beam::node::{Node, URI};
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::beam::stranger::{Manners, Stranger};

/// The scenarios, for every pairing of who is dialled and who dials.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let name = |(server, client): &(Otp, Otp)| {
        format!("{server}+{}/servers with a wrong certificate", client.release())
    };
    Otp::pairings()
        .map(|pair| trial(bench, name(&pair), move |scene| wrong_servers(scene, pair.0, pair.1)))
        .collect()
}

fn wrong_servers(scene: &Scene, server: Otp, client: Otp) {
    let mut node = Node::start(scene, client, "app", 11);
    let mut stranger = Stranger::start(scene, server, 12);
    let ca = scene.ca();
    let (host, other) = (scene.address(12).to_string(), scene.address(13).to_string());
    let name = format!("app@{host}");
    let leaf = || valid_now(ca.leaf());
    let good = || good_leaf(&ca, &host);
    let of = |leaf| Credentials::of(leaf, &ca);
    let cases = [
        ("another host's", Credentials::good(&ca, &other), "hostname_check_failed"),
        (
            "another workload's",
            of(leaf().dns(&host).ip(&host).uri(&format!("{URI}-2"))),
            "uri_not_among_peers",
        ),
        ("of no workload", of(leaf().dns(&host).ip(&host)), "uri_not_among_peers"),
        ("without a host", of(leaf().common_name(&host).uri(URI)), "hostname_check_failed"),
        ("of another CA", Credentials::good(&TestCa::new(), &host), "unknown_ca"),
        ("self-signed", of(good().self_signed()), "selfsigned_peer"),
        ("for clients only", of(good().usage(Usage::Client)), "ext_key"),
        ("expired", of(good().validity(now() - HOUR * 2, now() - HOUR)), "Certificate Expired"),
    ];
    for (what, credentials, reason) in cases {
        stranger.become_node(scene, &name, &credentials, Manners::Careless);
        let mark = node.log().mark();
        assert_eq!(node.ping(&name), "pang", "a server whose certificate is {what}");
        node.expect_logged(mark, reason);
        stranger.expect("nodes(connected)", "[]");

        stranger.become_node(scene, &name, &Credentials::good(&ca, &host), Manners::Careless);
        assert_eq!(node.ping(&name), "pong", "the same server with the right certificate ({what} before)");
        stranger.leave();
        node.await_peers(&[]);
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
