//! Nodes that dial each other form one mesh, in any order and direction.

use super::Needs::EachMix;
use super::Scenario;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("three-in-every-order", EachMix(TRIOS, three)),
    Scenario::new("five", EachMix(QUINTETS, five)),
    Scenario::new("three-over-ipv6", EachMix(TRIOS, three_over_ipv6)),
];

/// All 48: the order of the three links, and who dials in each.
fn three(bed: &mut TestBed, otps: &[Otp]) {
    let mut nodes = start(bed, otps);
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

fn three_over_ipv6(bed: &mut TestBed, otps: &[Otp]) {
    bed.enter_own_network();
    three(bed, otps);
}

/// In each selection, nodes that have accepted a link dial a new node, which a list of allowed nodes would forbid.
fn five(bed: &mut TestBed, otps: &[Otp]) {
    let mut nodes = start(bed, otps);
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
pub(super) fn start(bed: &TestBed, otps: &[Otp]) -> Vec<Node> {
    let bases = ["a", "b-1", "c_2", "Shop", "e"];
    // Addresses and base names sort in different orders, which decides who wins when both dial.
    let lasts = [15, 11, 14, 12, 13];
    otps.iter().zip(bases).zip(lasts).map(|((otp, base), last)| Node::start(bed, *otp, base, last)).collect()
}

fn mesh(nodes: &mut [Node], calls: &[(usize, usize)]) {
    for &(from, to) in calls {
        let name = nodes[to].name.clone();
        let answer = nodes[from].ping(&name);
        assert_eq!(answer, "pong", "{} dialed {name}, in {calls:?}", nodes[from].name);
    }
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    for node in &mut *nodes {
        let peers: Vec<&str> = names.iter().filter(|name| **name != node.name).map(String::as_str).collect();
        node.await_peers(&peers);
        expect_good_links(node);
    }
    // The one that was dialed first; others may have been connected by `global` before they were dialed.
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

/// Cuts all links, and waits until all messages about that have been handled.
pub(super) fn part(nodes: &mut [Node]) {
    for node in &mut *nodes {
        node.eval("[erlang:disconnect_node(Node) || Node <- nodes(connected)]");
    }
    for node in &mut *nodes {
        node.await_peers(&[]);
        // Both get a message for each link that has ended, one after the other.
        node.eval("{sys:get_state(net_kernel), sys:get_state(global_name_server), ok}");
    }
}

const TRIOS: &[&[Otp]] = &[&[Otp::V25; 3], &[Otp::V27; 3], &[Otp::V29; 3], &Otp::ALL];
const QUINTETS: &[&[Otp]] =
    &[&[Otp::V25; 5], &[Otp::V27; 5], &[Otp::V29; 5], &[Otp::V29, Otp::V25, Otp::V27, Otp::V25, Otp::V29]];

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
