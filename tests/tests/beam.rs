//! Runs the scenarios on real nodes; `cargo test --package scenarios --test beam -- NAME` runs those with NAME in
//! their names.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;
use scenarios::beam::bench::Bench;
use scenarios::beam::scenarios::trials;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Nodes wait for each other most of the time, and more of them at once would only wait longer.
    arguments.test_threads.get_or_insert(2);
    match Bench::from_environment() {
        Ok(bench) => libtest_mimic::run(&arguments, trials(&Arc::new(bench))).exit_code(),
        Err(problem) => {
            eprintln!("no scenario can run: {problem}");
            ExitCode::FAILURE
        }
    }
}
