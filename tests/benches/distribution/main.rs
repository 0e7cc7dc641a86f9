//! Compares the distribution over TLS as beam-mtls sets it up with OTP's own TLS and with plain TCP.
//!
//! All three are measured in turns, so that whatever else the machine does slows all of them. What is reported is how they
//! compare; the figures themselves only hold for one machine and hour.

mod carrier;

use std::process::ExitCode;
use std::sync::Arc;

use carrier::{Carrier, Pace, Pair};
use scenarios::figures::{Ratio, median};
use scenarios::nodes::fixtures::Fixtures;
use scenarios::nodes::otp::Otp;
use scenarios::nodes::test_bed::TestBed;
use scenarios::rounds;

fn main() -> ExitCode {
    let fixtures = match Fixtures::from_environment() {
        Ok(fixtures) => Arc::new(fixtures),
        Err(problem) => {
            eprintln!("nothing can be measured: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let rounds = rounds::from_arguments().unwrap_or(ROUNDS);
    println!("{INTRODUCTION}\n{rounds} rounds, each measurement {SLICE} ms");
    for otp in Otp::ALL {
        compare(&fixtures, otp, rounds);
    }
    ExitCode::SUCCESS
}

fn compare(fixtures: &Arc<Fixtures>, otp: Otp, rounds: usize) {
    let bed = TestBed::new(fixtures.clone());
    let mut pairs = Carrier::ALL.map(|carrier| carrier.start(&bed, otp));
    println!("\nOTP {}", otp.release());
    for (carrier, pair) in Carrier::ALL.iter().zip(&mut pairs) {
        println!("  {:<12}{}", carrier.name(), pair.describe());
    }
    let [ours, stock, tcp] = Carrier::ALL.map(Carrier::name);
    println!("{:>38}{stock:>12}{tcp:>12}   {:<37}against {tcp}", ours, format!("against {stock}"));
    for (measure, paces) in MEASURES.iter().zip(measure(&mut pairs, rounds)) {
        row(measure, "second", paces.each_ref().map(|paces| series(paces, |pace| pace.per_second)));
        row(
            measure,
            "s of CPU",
            paces.each_ref().map(|paces| series(paces, |pace| pace.per_processor_second)),
        );
    }
}

/// For each measure and carrier, the paces of all rounds.
fn measure(pairs: &mut [Pair; 3], rounds: usize) -> [[Vec<Pace>; 3]; MEASURES.len()] {
    let mut paces: [[Vec<Pace>; 3]; MEASURES.len()] = Default::default();
    // The first round loads code and fills caches, and does not count.
    for round in 0..=rounds {
        for (measure, paces) in MEASURES.iter().zip(&mut paces) {
            // Each carrier comes first in turn, so that none has an advantage from its place.
            for carrier in (0..3).map(|place| (place + round) % 3) {
                let pace = pairs[carrier].measure(measure.function, SLICE);
                if round > 0 {
                    paces[carrier].push(pace);
                }
            }
        }
    }
    paces
}

fn series(paces: &[Pace], rate: impl Fn(&Pace) -> f64) -> Vec<f64> {
    paces.iter().map(rate).collect()
}

fn row(measure: &Measure, per: &str, [ours, stock, tcp]: [Vec<f64>; 3]) {
    let name = format!("{} per {per}", measure.name);
    let [a, b, c] = [&ours, &stock, &tcp].map(|rates| median(rates) * measure.factor);
    let (against_stock, against_tcp) = (Ratio::of(&ours, &stock), Ratio::of(&ours, &tcp));
    let verdict = format!("{against_stock} {}", against_stock.verdict());
    println!("  {name:<25}{a:>11.0}{b:>12.0}{c:>12.0}   {verdict:<37}{against_tcp}");
}

/// What is measured.
struct Measure {
    name: &'static str,
    /// The function of `pace` that does it.
    function: &'static str,
    /// What one counts as in the table.
    factor: f64,
}

/// Connects come first, so that each round has a connection of its own: some are slower than others as long as they
/// last.
const MEASURES: [Measure; 3] = [
    Measure { name: "connects", function: "connects", factor: 1.0 },
    Measure { name: "round trips", function: "round_trips", factor: 1.0 },
    Measure { name: "MB", function: "stream", factor: 0.065536 },
];

const ROUNDS: usize = 30;

/// Milliseconds that each measurement takes.
const SLICE: u32 = 200;

const INTRODUCTION: &str = "\
The distribution as beam-mtls sets it up, with OTP's own TLS options, and without TLS; the aim is never to be slower
than OTP's TLS. Each end is a node with one scheduler. A ratio above 1 is in favour of beam-mtls; in brackets is where
it lies with a certainty of 95 %. On a machine that does other things as well, the rows per second of processor time
(CPU, of both nodes) are those to trust.";
