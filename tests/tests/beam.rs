//! Runs the scenarios on real nodes; `cargo test --package scenarios --test beam -- NAME` runs those with NAME in
//! their names.

use std::process::ExitCode;
use std::sync::Arc;

use scenarios::nodes::fixtures::Fixtures;
use scenarios::nodes::scenarios::trials;
use scenarios::scenario;

fn main() -> ExitCode {
    // Nodes wait for each other most of the time; more of them at once would only wait longer.
    scenario::main(2, Fixtures::from_environment().map(|fixtures| trials(&Arc::new(fixtures))))
}
