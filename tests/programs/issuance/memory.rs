//! The peak memory of `podcert obtain`.

use std::fs;

use tokio::process::Command;

use crate::programs::{DIRECTORY, Program, Programs, succeed};
use crate::verdict;

/// Measures, and prints.
///
/// The kernel's figure includes the fork of the parent, so the parent is `time`, which is small.
pub async fn measure(programs: &Programs, rounds: usize) {
    let report = format!("{DIRECTORY}/memory");
    let mut floor = Command::new("/bench/time");
    floor.args(["--format=%M", "--output", &report, "true"]);
    succeed(floor).await;
    let floor = mebibytes(&report);
    let mut peak: f64 = 0.0;
    for _ in 0..rounds {
        succeed(programs.timed(Program::Podcert, &report)).await;
        peak = peak.max(mebibytes(&report));
    }
    println!("Peak memory of `podcert obtain`, the most of {rounds} runs; of `true`: {floor:.2} MiB");
    println!("  {peak:.2} MiB   {}\n", verdict(peak, AIM, "MiB"));
}

fn mebibytes(report: &str) -> f64 {
    let text = fs::read_to_string(report).expect("a report");
    text.trim().parse::<f64>().expect("a number of KiB") / 1024.0
}

/// How many runs are measured.
pub const ROUNDS: usize = 20;

const AIM: f64 = 6.0;
