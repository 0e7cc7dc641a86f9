//! Thousands of handshakes, most of them by those who may not connect, leave nothing behind.

use std::sync::Arc;

use libtest_mimic::Trial;
use podcert_testkit::{LeafBuilder, TestCa};

use super::on_each_otp;
use crate::beam::bench::{Bench, PORT};
use crate::beam::credentials::{Credentials, good_leaf, valid_now};
use crate::beam::erl::{Erl, control};
use crate::beam::node::{Node, URI};
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::beam::stranger::write_credentials;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(bench, &[("handshakes leave nothing behind", handshakes)])
}

fn handshakes(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let mut visitor = visitor(scene, otp);
    let host = node.host.clone();
    let mut visit = |round: &str, count: usize| -> usize {
        let directories = credentials(scene, round).join(",");
        // In a process of its own, in pieces that fit into what we wait for an answer.
        let pieces = count / PIECE;
        let run = format!("handshakes:run(\"{host}\", {PORT}, [{directories}], {PIECE})");
        (0..pieces).map(|_| visitor.eval(&run).parse::<usize>().expect("a count")).sum()
    };
    // What is loaded and made once is there afterwards.
    visit("first", PIECE);
    let atoms: usize = node.eval(ATOMS).parse().expect("a count");
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

    let mut good = Node::start(scene, otp, "late", 12);
    assert_eq!(good.ping(&node.name), "pong");
}

fn visitor(scene: &Scene, otp: Otp) -> Erl {
    std::fs::write(scene.path("handshakes.erl"), SOURCE).expect("a source");
    let mut command = scene.command(otp, "erl");
    command.args(["-pa", INSIDE, "-kernel", "logger_level", "none"]).args(control());
    let mut visitor = Erl::start(scene, "visitor", command);
    let compile = format!("compile:file(\"{INSIDE}/handshakes\", [{{outdir, \"{INSIDE}\"}}])");
    visitor.expect(&compile, "{ok,handshakes}");
    visitor.expect("ssl:start()", "ok");
    visitor
}

/// Erlang strings of directories: a good certificate, bad ones, none. All have names that nothing else has.
fn credentials(scene: &Scene, round: &str) -> Vec<String> {
    let (ca, other_ca) = (scene.ca(), TestCa::new());
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
        good_leaf(&ca, &scene.address(66).to_string()).self_signed(),
        names(bare().uri(URI), 7, 31),
    ];
    let directories = leaves.into_iter().enumerate().map(|(index, leaf)| {
        let name = format!("{round}-{index}");
        write_credentials(&scene.make_directory(&name), &Credentials::of(leaf, &ca));
        format!("\"{INSIDE}/{name}\"")
    });
    directories.chain(["\"none\"".to_owned()]).collect()
}

const HANDSHAKES: usize = 2000;
const PIECE: usize = 250;

const ATOMS: &str = "erlang:system_info(atom_count)";
const OTHERS: &str = "{erlang:system_info(process_count), erlang:system_info(port_count), length(ets:all())}";

const SOURCE: &str = include_str!("../../../erlang/handshakes.erl");
