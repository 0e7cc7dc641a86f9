//! Who is refused.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::trial;
use crate::bench::Bench;
use crate::credentials::Credentials;
use crate::node::Node;
use crate::otp::Otp;
use crate::scene::Scene;
use crate::stranger::{Manners, Stranger};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    Otp::pairings()
        .map(|(server, client)| {
            let name = format!("{server}+{}/impostors", client.release());
            trial(bench, name, move |scene| impostors(scene, server, client))
        })
        .collect()
}

fn impostors(scene: &Scene, server: Otp, client: Otp) {
    let mut node = Node::start(scene, server, "app", 11);
    let mut stranger = Stranger::start(scene, client, 66);
    let ca = scene.ca();
    let evil = Credentials::good(&ca, &scene.address(66).to_string());
    let claimed = format!("app@{}", scene.address(12));
    let mark = node.log().mark();
    stranger.become_node(scene, &claimed, &evil, Manners::Careless);
    assert_eq!(stranger.ping(&node.name), "pang");
    println!("{}", node.log().since(mark));
    let good = Credentials::good(&ca, &scene.address(12).to_string());
    stranger.become_node(scene, &claimed, &good, Manners::Careless);
    assert_eq!(stranger.ping(&node.name), "pong");
    node.await_peers(&[&claimed]);
}
