//! What certificates cost in a cluster, told from a pod in it: the time for one, for many at once, until a node of a new
//! pod runs, and the memory.
//!
//! Runs in the pod of `pod.yaml`, which `cargo xtask bench cluster` makes, with everything that is compared in its
//! image: all have the same token, network and processors. What is compared is measured in turns.

mod crowd;
mod floor;
mod memory;
mod pods;
mod programs;
mod requests;
mod single;

use kube::Client;

use floor::Floor;
use programs::Programs;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = Client::try_default().await.expect("a way to the API server");
        let floor = Floor::new(client.clone());
        let programs = Programs::default();
        single::compare(&client, &floor, &programs).await;
        memory::measure(&programs).await;
        pods::compare(&client).await;
        crowd::compare(&client, &floor, &programs).await;
    });
}

/// Whether an aim was reached.
fn verdict(value: f64, aim: f64, unit: &str) -> String {
    format!("aim: {aim} {unit}, {}", if value <= aim { "met" } else { "MISSED" })
}
