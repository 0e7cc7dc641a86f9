//! Runs the scenarios on a cluster; `cargo test --package scenarios --test cluster -- NAME` runs those with NAME in their
//! names.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;
use scenarios::cluster::access::Cluster;
use scenarios::cluster::scenarios::trials;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait for the cluster most of the time.
    arguments.test_threads.get_or_insert(4);
    match Cluster::from_environment() {
        Ok(cluster) => libtest_mimic::run(&arguments, trials(&Arc::new(cluster))).exit_code(),
        Err(problem) => {
            eprintln!("no scenario can run: {problem}");
            ExitCode::FAILURE
        }
    }
}
