//! Nodes that dial each other become one mesh, whoever dials whom in whatever order.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::trial;
use crate::beam::bench::Bench;
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for otp in Otp::ALL {
        trials.push(trial(bench, format!("{otp}/three nodes mesh in every order"), move |scene| {
            three(scene, [otp; 3])
        }));
        trials.push(trial(bench, format!("{otp}/five nodes mesh"), move |scene| five(scene, [otp; 5])));
    }
    let [old, middle, new] = Otp::ALL;
    trials.push(trial(bench, "otp25+27+29/three nodes mesh in every order".into(), move |scene| {
        three(scene, [old, middle, new]);
    }));
    trials.push(trial(bench, "otp25+27+29/five nodes mesh".into(), move |scene| {
        five(scene, [new, old, middle, old, new]);
    }));
    for otp in Otp::ALL {
        trials.push(trial(bench, format!("{otp}/nodes mesh over IPv6"), move |scene| {
            scene.enter_own_network();
            three(scene, [otp; 3]);
        }));
    }
    trials.push(trial(bench, "otp25+27+29/nodes mesh over IPv6".into(), move |scene| {
        scene.enter_own_network();
        three(scene, [old, middle, new]);
    }));
    trials
}

/// All 48: the order of the three links, and who dials in each.
fn three(scene: &Scene, otps: [Otp; 3]) {
    let mut nodes = start(scene, &otps);
    let links = [(0, 1), (1, 2), (2, 0)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for directions in 0..8 {
            let calls = order.map(|link| {
                let (a, b) = links[link];
                if directions >> link & 1 == 0 { (a, b) } else { (b, a) }
            });
            mesh(&mut nodes, &calls);
        }
    }
}

/// In each selection, nodes that have accepted a link dial somebody new, which a list of allowed nodes would forbid.
fn five(scene: &Scene, otps: [Otp; 5]) {
    let mut nodes = start(scene, &otps);
    for calls in [
        [(0, 1), (1, 2), (2, 3), (3, 4)],
        [(3, 4), (2, 3), (1, 2), (0, 1)],
        [(1, 0), (2, 1), (3, 2), (4, 3)],
        [(1, 0), (2, 0), (3, 0), (4, 0)],
        [(0, 1), (0, 2), (0, 3), (0, 4)],
        [(0, 1), (2, 3), (1, 2), (3, 4)],
        [(0, 4), (4, 1), (1, 3), (3, 2)],
    ] {
        mesh(&mut nodes, &calls);
    }
}

/// Nodes with different base names.
pub(super) fn start(scene: &Scene, otps: &[Otp]) -> Vec<Node> {
    let bases = ["a", "b-1", "c_2", "Shop", "e"];
    // Addresses and base names sort in different orders, which decides who wins when both dial.
    let lasts = [15, 11, 14, 12, 13];
    otps.iter()
        .zip(bases)
        .zip(lasts)
        .map(|((otp, base), last)| Node::start(scene, *otp, base, last))
        .collect()
}

fn mesh(nodes: &mut [Node], calls: &[(usize, usize)]) {
    for &(from, to) in calls {
        let name = nodes[to].name.clone();
        let answer = nodes[from].ping(&name);
        assert_eq!(answer, "pong", "{} dialled {name}, in {calls:?}", nodes[from].name);
    }
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    for node in &mut *nodes {
        let peers: Vec<&str> = names.iter().filter(|name| **name != node.name).map(String::as_str).collect();
        node.await_peers(&peers);
        expect_good_links(node);
    }
    // The one that was dialled first; others may have been connected by `global` before they were dialled.
    nodes[calls[0].1].expect(LISTENING_MODULES, "[beam_mtls_dist]");
    part(nodes);
}

/// What holds on every node that is connected.
pub(super) fn expect_good_links(node: &mut Node) {
    node.expect(TLS_VERSIONS, "['tlsv1.3']");
    node.expect("net_kernel:allowed()", "{ok,[]}");
    let proto_dist = if node.host.contains(':') { "inet6_tls" } else { "inet_tls" };
    node.expect("init:get_argument(proto_dist)", &format!("{{ok,[[\"{proto_dist}\"]]}}"));
}

/// All links are cut, and no message about that is under way any more.
pub(super) fn part(nodes: &mut [Node]) {
    for node in &mut *nodes {
        node.eval("[erlang:disconnect_node(Node) || Node <- nodes(connected)]");
    }
    for node in &mut *nodes {
        node.await_peers(&[]);
        // It is told of each link that has ended, one after the other.
        node.eval("{sys:get_state(net_kernel), sys:get_state(global_name_server), ok}");
    }
}

/// The TLS versions of a node's links.
const TLS_VERSIONS: &str = "lists:usort([begin \
    {_, Sender} = sys:get_state(Controller), \
    {ok, Info} = ssl_gen_statem:connection_information(element(2, element(2, Sender)), false), \
    proplists:get_value(protocol, Info) end || {_, Controller} <- erlang:system_info(dist_ctrl)])";

/// The modules of net_kernel's listeners: the field of each listener's record that is one.
pub(super) const LISTENING_MODULES: &str = "lists:usort([Module || \
    [Listener | _] = Listeners <- tuple_to_list(sys:get_state(net_kernel)), \
    is_tuple(Listener), element(1, Listener) =:= listen, \
    Each <- Listeners, Module <- tuple_to_list(Each), lists:member(Module, [beam_mtls_dist, inet_tls_dist, inet6_tls_dist])])";
