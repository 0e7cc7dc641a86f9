//! Compares the distribution over TLS as beam-mtls sets it up with OTP's own TLS and with plain TCP.
//!
//! All three are measured in turns, so that whatever else the machine does slows all of them. What is told is how they
//! compare; the figures themselves only hold for one machine and hour.

mod carrier;

use std::process::ExitCode;
use std::sync::Arc;

use carrier::{Carrier, Pair};
use scenarios::bench::Bench;
use scenarios::figures::{Ratio, median};
use scenarios::otp::Otp;
use scenarios::scene::Scene;

fn main() -> ExitCode {
    let bench = match Bench::from_environment() {
        Ok(bench) => Arc::new(bench),
        Err(problem) => {
            eprintln!("nothing can be measured: {problem}");
            return ExitCode::FAILURE;
        }
    };
    println!("{ROUNDS} rounds of {SLICE} ms; ratios above 1 are in favour of beam-mtls; in brackets, where");
    println!("the ratio lies with a certainty of 95 %; the aim is never to be slower than OTP's TLS.");
    for otp in Otp::ALL {
        compare(&bench, otp);
    }
    ExitCode::SUCCESS
}

fn compare(bench: &Arc<Bench>, otp: Otp) {
    let scene = Scene::new(bench.clone());
    let mut pairs = Carrier::ALL.map(|carrier| carrier.start(&scene, otp));
    println!("\nOTP {}", otp.release());
    for (carrier, pair) in Carrier::ALL.iter().zip(&mut pairs) {
        println!("  {:<16}{}", carrier.name(), pair.describe());
    }
    println!(
        "  {:<16}{:>11}{:>11}{:>11}   {:<32}against TCP",
        "", "beam-mtls", "OTP's TLS", "TCP", "against OTP's TLS"
    );
    let rates = rounds(&mut pairs);
    for (measure, [ours, stock, tcp]) in MEASURES.iter().zip(&rates) {
        println!(
            "  {:<16}{:>11.0}{:>11.0}{:>11.0}   {:<32}{}",
            measure.name,
            median(ours),
            median(stock),
            median(tcp),
            against_stock(ours, stock),
            Ratio::of(ours, tcp)
        );
    }
}

/// For each measure and carrier, the rates of all rounds.
fn rounds(pairs: &mut [Pair; 3]) -> [[Vec<f64>; 3]; MEASURES.len()] {
    let mut rates: [[Vec<f64>; 3]; MEASURES.len()] = Default::default();
    for round in 0..=ROUNDS {
        for (measure, rates) in MEASURES.iter().zip(&mut rates) {
            // Each carrier comes first in turn, so that none has an advantage from its place.
            for carrier in (0..3).map(|place| (place + round) % 3) {
                let rate = pairs[carrier].measure(measure.function, SLICE);
                // The first round loads code and fills caches.
                if round > 0 {
                    rates[carrier].push(rate);
                }
            }
        }
    }
    rates
}

fn against_stock(ours: &[f64], stock: &[f64]) -> String {
    let ratio = Ratio::of(ours, stock);
    let verdict = if ratio.low > 1.0 {
        "faster"
    } else if ratio.high < 1.0 {
        "SLOWER"
    } else {
        "no difference"
    };
    format!("{ratio} {verdict}")
}

/// What is measured, and the function of `pace` that does it.
struct Measure {
    name: &'static str,
    function: &'static str,
}

const MEASURES: [Measure; 3] = [
    Measure { name: "connects/s", function: "connects" },
    Measure { name: "round trips/s", function: "round_trips" },
    Measure { name: "MB/s in 64 KiB", function: "stream" },
];

const ROUNDS: usize = 20;

/// Milliseconds that each measurement takes.
const SLICE: u32 = 300;
