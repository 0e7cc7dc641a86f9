//! Two nodes that dial each other, one after the other or both at once, have one link.

use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use libtest_mimic::Trial;

use super::{mesh, trial};
use crate::beam::bench::Bench;
use crate::beam::node::{Node, quoted};
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;

/// The scenarios, for every pairing.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let name = |(a, b): &(Otp, Otp)| format!("{a}+{}/both dial at once", b.release());
    Otp::pairings()
        .map(|pair| trial(bench, name(&pair), move |scene| both_at_once(scene, pair.0, pair.1)))
        .collect()
}

fn both_at_once(scene: &Scene, first: Otp, second: Otp) {
    // The name decides whose attempt wins; both releases get to win.
    let mut nodes = [Node::start(scene, first, "m", 11), Node::start(scene, second, "m", 12)];
    for _ in 0..ROUNDS {
        let names = [nodes[0].name.clone(), nodes[1].name.clone()];
        let ping = |name: &str| format!("net_adm:ping('{name}')");
        nodes[0].ask(&ping(&names[1]));
        nodes[1].ask(&ping(&names[0]));
        for (node, other) in nodes.iter_mut().zip([&names[1], &names[0]]) {
            assert_eq!(node.answer("ping"), "pong", "{} and {other} dial at once", node.name);
        }
        // Long enough for the link that lost to be given up.
        for pause in [0, 50] {
            sleep(Duration::from_millis(pause));
            for (node, other) in nodes.iter_mut().zip([&names[1], &names[0]]) {
                let links = format!("[{}]", quoted(other));
                node.expect("[Node || {Node, _} <- erlang:system_info(dist_ctrl)]", &links);
                node.expect("nodes(connected)", &links);
                mesh::expect_good_links(node);
            }
        }
        mesh::part(&mut nodes);
    }
}

const ROUNDS: usize = 20;
