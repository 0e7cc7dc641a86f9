//! What applications build on distribution: `global` and `pg`.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::{mesh, trial};
use crate::beam::bench::Bench;
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let same = Otp::ALL.map(|otp| (otp.to_string(), [otp; 3]));
    let [old, middle, new] = Otp::ALL;
    // `pg` of OTP 29 sends what that of 25 does not understand, whatever carries it.
    let neighbours = [("otp25+27", [old, old, middle]), ("otp27+29", [middle, new, middle])];
    let neighbours = neighbours.map(|(name, otps)| (name.to_owned(), otps));
    let mut trials = vec![trial(bench, "otp25+27+29/global names survive a node".into(), |scene| {
        global(scene, Otp::ALL);
    })];
    for (name, otps) in same.into_iter().chain(neighbours) {
        trials.push(trial(bench, format!("{name}/global names survive a node"), move |scene| {
            global(scene, otps)
        }));
        trials.push(trial(bench, format!("{name}/pg groups are seen everywhere"), move |scene| {
            pg(scene, otps)
        }));
    }
    trials
}

fn global(scene: &Scene, otps: [Otp; 3]) {
    let mut nodes = cluster(scene, &otps);
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

fn pg(scene: &Scene, otps: [Otp; 3]) {
    let mut nodes = cluster(scene, &otps);
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

fn cluster(scene: &Scene, otps: &[Otp]) -> Vec<Node> {
    let mut nodes = mesh::start(scene, otps);
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    for name in &names[1..] {
        assert_eq!(nodes[0].ping(name), "pong");
    }
    for node in &mut nodes {
        node.await_value("length(nodes())", "2");
    }
    nodes
}
