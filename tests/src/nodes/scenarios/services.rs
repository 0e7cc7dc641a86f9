//! What applications build on distribution: `global` and `pg`.

use super::Needs::EachMix;
use super::{Scenario, mesh};
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new(
        "global",
        EachMix(&[&[Otp::V25; 3], &[Otp::V27; 3], &[Otp::V29; 3], OLD, NEW, &Otp::ALL], global),
    ),
    // `pg` of OTP 29 sends what that of 25 does not understand, over any carrier.
    Scenario::new("pg", EachMix(&[&[Otp::V25; 3], &[Otp::V27; 3], &[Otp::V29; 3], OLD, NEW], pg)),
];

fn global(bed: &mut TestBed, otps: &[Otp]) {
    let mut nodes = cluster(bed, otps);
    for (index, node) in nodes.iter_mut().enumerate() {
        let register = format!("global:register_name(boss_{index}, spawn(timer, sleep, [infinity]))");
        node.expect(&register, "yes");
    }
    for node in &mut nodes {
        for index in 0..3 {
            node.await_value(&format!("is_pid(global:whereis_name(boss_{index}))"), "true");
        }
    }
    drop(nodes.remove(0));
    for node in &mut nodes {
        node.await_value("global:whereis_name(boss_0)", "undefined");
        node.expect("lists:sort(global:registered_names())", "[boss_1,boss_2]");
    }
    nodes[0].expect("global:register_name(boss_0, spawn(timer, sleep, [infinity]))", "yes");
    nodes[1].await_value("is_pid(global:whereis_name(boss_0))", "true");
}

fn pg(bed: &mut TestBed, otps: &[Otp]) {
    let mut nodes = cluster(bed, otps);
    for node in &mut nodes {
        node.expect("element(1, pg:start(scope))", "ok");
        node.expect("pg:join(scope, group, spawn(timer, sleep, [infinity]))", "ok");
    }
    let count = "length(pg:get_members(scope, group))";
    for node in &mut nodes {
        node.await_value(count, "3");
    }
    drop(nodes.remove(0));
    for node in &mut nodes {
        node.await_value(count, "2");
    }
}

fn cluster(bed: &TestBed, otps: &[Otp]) -> Vec<Node> {
    let mut nodes = mesh::start(bed, otps);
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    for name in &names[1..] {
        assert_eq!(nodes[0].ping(name), "pong");
    }
    for node in &mut nodes {
        node.await_value("length(nodes())", "2");
    }
    nodes
}

const OLD: &[Otp] = &[Otp::V25, Otp::V25, Otp::V27];
const NEW: &[Otp] = &[Otp::V27, Otp::V29, Otp::V27];
