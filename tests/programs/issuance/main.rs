//! What certificates cost in a cluster, measured in one of its pods: the time for one, for many at once, until a node of
//! a new pod is up, and the memory.
//!
//! Runs in the pod of `pod.yaml`, which `cargo xtask bench cluster` creates, with everything that is compared in its
//! image: all have the same token, network and processors. What is compared is measured in turns.

mod crowd;
mod floor;
mod memory;
mod pods;
mod programs;
mod requests;
mod single;

use kube::Client;
use scenarios::rounds;

use floor::Floor;
use programs::Programs;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = Client::try_default().await.expect("a way to the API server");
        let floor = Floor::new(client.clone());
        let programs = Programs::default();
        // As many as the figures need, unless the arguments set a number.
        let rounds = rounds::from_arguments();
        single::compare(&client, &floor, &programs, rounds.unwrap_or(single::ROUNDS)).await;
        memory::measure(&programs, rounds.unwrap_or(memory::ROUNDS)).await;
        pods::compare(&client, rounds.unwrap_or(pods::ROUNDS)).await;
        crowd::compare(&client, &floor, &programs, rounds).await;
    });
}

/// Whether an aim was reached.
fn verdict(value: f64, aim: f64, unit: &str) -> String {
    format!("aim: {aim} {unit}, {}", if value <= aim { "met" } else { "MISSED" })
}
