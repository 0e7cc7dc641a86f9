//! Two nodes that dial each other, one after the other or both at once, have one link.

use super::Needs::EachPairing;
use super::{Scenario, mesh};
use crate::nodes::node::{Node, quoted};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("one-link", EachPairing(both_at_once))];

fn both_at_once(bed: &mut TestBed, first: Otp, second: Otp) {
    // The name decides whose attempt wins; each release wins in one of the pairings.
    let mut nodes = [Node::start(bed, first, "m", 11), Node::start(bed, second, "m", 12)];
    let names = nodes.each_ref().map(|node| node.name.clone());
    assert_eq!(nodes[0].ping(&names[1]), "pong");
    let of_one_link = nodes.each_mut().map(|node| node.eval(DISTRIBUTION_PROCESSES));
    mesh::part(&mut nodes);
    for _ in 0..ROUNDS {
        let ping = |name: &str| format!("net_adm:ping('{name}')");
        nodes[0].ask(&ping(&names[1]));
        nodes[1].ask(&ping(&names[0]));
        for (node, other) in nodes.iter_mut().zip([&names[1], &names[0]]) {
            assert_eq!(node.answer("ping"), "pong", "{} and {other} dial at once", node.name);
        }
        expect_one_link(&mut nodes, &names);
        for (node, of_one_link) in nodes.iter_mut().zip(&of_one_link) {
            node.await_value(DISTRIBUTION_PROCESSES, of_one_link);
        }
        // Still, now that the attempt that lost has ended.
        expect_one_link(&mut nodes, &names);
        mesh::part(&mut nodes);
    }
}

fn expect_one_link(nodes: &mut [Node; 2], names: &[String; 2]) {
    for (node, other) in nodes.iter_mut().zip([&names[1], &names[0]]) {
        let links = format!("[{}]", quoted(other));
        node.expect("[Node || {Node, _} <- erlang:system_info(dist_ctrl)]", &links);
        node.expect("nodes(connected)", &links);
        mesh::expect_good_links(node);
    }
}

const ROUNDS: usize = 20;

/// How many processes accept, set up or hold a link.
const DISTRIBUTION_PROCESSES: &str = "length([P || P <- processes(), \
    {_, Stack} <- [process_info(P, current_stacktrace)], \
    lists:any(fun({M, _, _, _}) -> lists:member(M, [dist_util, inet_tls_dist, beam_mtls_dist]) end, Stack)])";
