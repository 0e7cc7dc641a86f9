//! Runs the scenarios in pods; `cargo test --package scenarios --test cluster -- NAME` runs those with NAME in their
//! names.

use std::process::ExitCode;
use std::sync::Arc;

use scenarios::pods::access::Cluster;
use scenarios::pods::scenarios::trials;
use scenarios::scenario;

fn main() -> ExitCode {
    // They wait for the cluster most of the time.
    scenario::main(4, Cluster::from_environment().map(|cluster| trials(&Arc::new(cluster))))
}
