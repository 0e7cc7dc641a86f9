//! What `beam-mtls run` adds to the start of each kind of release, and TLS to its console: against the same release
//! without both, on plain TCP, in turns.

mod subject;

use std::process::ExitCode;
use std::sync::Arc;

use scenarios::figures::{Ratio, median};
use scenarios::nodes::fixtures::Fixtures;
use scenarios::nodes::otp::Otp;
use scenarios::nodes::test_bed::TestBed;
use scenarios::rounds;
use scenarios::scenario::run_in;
use subject::{SUBJECTS, Subject, Way};

fn main() -> ExitCode {
    let fixtures = match Fixtures::from_environment() {
        Ok(fixtures) => Arc::new(fixtures),
        Err(problem) => {
            eprintln!("nothing can be measured: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let rounds = rounds::from_arguments().unwrap_or(ROUNDS);
    println!("{INTRODUCTION}\n{rounds} rounds on OTP {}\n", OTP.release());
    println!("{:<34}{:>9}{:>9}{:>9}   ratio", "milliseconds", "ours", "bare", "added");
    for subject in &SUBJECTS {
        let bed = TestBed::new(fixtures.clone());
        if let Err(failed) = run_in(bed, |bed| compare(bed, subject, rounds)) {
            eprintln!("{}", failed.message().unwrap_or_default());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compare(bed: &TestBed, subject: &Subject, rounds: usize) {
    subject.unpack(bed, OTP);
    let (mut starts, mut consoles) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    // The first round fills caches, makes the CA and obtains the certificate, and does not count.
    for round in 0..=rounds {
        let mut ways = Way::BOTH;
        ways.rotate_left(round % 2);
        for way in ways {
            let (start, node) = subject.start(bed, OTP, way);
            let console = subject.console(bed, OTP, way);
            drop(node);
            if round > 0 {
                starts[way as usize].push(start);
                consoles[way as usize].push(console);
            }
        }
    }
    row(&format!("{}: first line of the node", subject.name), &starts);
    row(&format!("{}: prompt of the console", subject.name), &consoles);
}

fn row(name: &str, [ours, bare]: &[Vec<f64>; 2]) {
    let (a, b) = (median(ours), median(bare));
    println!("{name:<34}{a:>9.0}{b:>9.0}{:>9.0}   {}", a - b, Ratio::of(ours, bare));
}

const OTP: Otp = Otp::ALL[1];

const ROUNDS: usize = 10;

const INTRODUCTION: &str = "\
From the start of the command to the node's first own line, and from the start of its console, at a terminal, to the
prompt. Ours: `run` with a certificate that is there already, TLS. Bare: the same release by itself, TCP, without epmd.
In brackets is where the ratio lies with a certainty of 95 %.";
