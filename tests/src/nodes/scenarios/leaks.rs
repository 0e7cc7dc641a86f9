//! Thousands of handshakes, most of them refused, leave nothing behind.

use std::time::Duration;

use podcert_testkit::{LeafBuilder, TestCa};

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::credentials::{Credentials, good_leaf, valid_now};
use crate::nodes::erl::{Erl, control};
use crate::nodes::fixtures::PORT;
use crate::nodes::foreign_node::write_credentials;
use crate::nodes::node::{Node, URI};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::wait;

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("handshakes", EachOtp(handshakes))];

fn handshakes(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let mut visitor = visitor(bed, otp);
    let host = node.host.clone();
    let mut visit = |round: &str, count: usize| -> usize {
        let directories = credentials(bed, round).join(",");
        // In pieces, so that each answer comes before the deadline.
        let pieces = count / PIECE;
        let slowness = wait::scaled(Duration::from_secs(1)).as_secs();
        let run = format!("handshakes:run(\"{host}\", {PORT}, [{directories}], {PIECE}, {slowness})");
        (0..pieces).map(|_| visitor.eval(&run).parse::<usize>().expect("a count")).sum()
    };
    // What is loaded and made once is there afterwards.
    visit("first", PIECE);
    let atoms: usize = node.eval(ATOMS).parse().expect("a count");
    node.await_value(CONNECTIONS, "[]");
    let others = node.eval(OTHERS);

    let completed = visit("second", HANDSHAKES);
    assert!(
        completed > HANDSHAKES / 10 && completed < HANDSHAKES / 2,
        "{completed} handshakes were completed"
    );
    node.await_value(OTHERS, &others);
    let atoms_after: usize = node.eval(ATOMS).parse().expect("a count");
    assert!(atoms_after <= atoms, "atoms have grown from {atoms} to {atoms_after}");
    node.expect("net_kernel:allowed()", "{ok,[]}");
    node.expect("nodes(connected)", "[]");

    let mut good = Node::start(bed, otp, "late", 12);
    assert_eq!(good.ping(&node.name), "pong");
}

fn visitor(bed: &TestBed, otp: Otp) -> Erl {
    std::fs::write(bed.path("handshakes.erl"), SOURCE).expect("a source");
    let mut command = bed.command(otp, "erl");
    command.args(["-pa", INSIDE, "-kernel", "logger_level", "none"]).args(control());
    let mut visitor = Erl::start(bed, "visitor", command);
    let compile = format!("compile:file(\"{INSIDE}/handshakes\", [{{outdir, \"{INSIDE}\"}}])");
    visitor.expect(&compile, "{ok,handshakes}");
    visitor.expect("ssl:start()", "ok");
    visitor
}

/// Erlang strings of directories: a good certificate, bad ones, none. All have names that nothing else has.
fn credentials(bed: &TestBed, round: &str) -> Vec<String> {
    let (ca, other_ca) = (bed.ca(), TestCa::new());
    let names = |leaf: LeafBuilder, which: usize, count: usize| {
        (0..count).fold(leaf, |leaf, n| leaf.dns(&format!("host-{n}.{round}-{which}.test")))
    };
    let bare = || valid_now(ca.leaf());
    let leaves = [
        names(bare().uri(URI), 0, 30),
        names(bare().uri(URI), 1, 33),
        names(bare(), 2, 30),
        names(bare().uri(&format!("{URI}/{round}")), 3, 30),
        names(valid_now(other_ca.leaf()).uri(URI), 4, 30),
        bare().uri(URI).common_name(&format!("common.{round}.test")),
        good_leaf(&ca, &bed.address(66).to_string()).self_signed(),
        names(bare().uri(URI), 7, 31),
    ];
    let directories = leaves.into_iter().enumerate().map(|(index, leaf)| {
        let name = format!("{round}-{index}");
        write_credentials(&bed.make_directory(&name), &Credentials::of(leaf, &ca));
        format!("\"{INSIDE}/{name}\"")
    });
    directories.chain(["\"none\"".to_owned()]).collect()
}

const HANDSHAKES: usize = 2000;
const PIECE: usize = 250;

const ATOMS: &str = "erlang:system_info(atom_count)";
/// What ends last of a connection.
const CONNECTIONS: &str = "supervisor:which_children(tls_dist_connection_sup)";
const OTHERS: &str = "{erlang:system_info(process_count), erlang:system_info(port_count), length(ets:all())}";

const SOURCE: &str = include_str!("../../../erlang/handshakes.erl");
